# shellcheck shell=sh disable=SC2154 # $state is its includer's
# Shared by hold.sh and dog.sh. $state is the directory that holds what was saved.
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/system/bin
export LC_ALL PATH

fail() {
	echo "$*" >&2
	exit 1
}
uptime() {
	read -r up _ </proc/uptime
	echo "${up%%.*}"
}
value() {
	word=
	read -r word 2>/dev/null <"$1"
	echo "$word"
}
put() { echo "$2" 2>/dev/null >"$1"; }
# Writes back what was saved; says what does not take it.
restore() {
	[ -f "$state/saved" ] || return 0
	bad=
	while read -r place governor min max; do
		[ -d "$place" ] || continue
		put "$place/scaling_min_freq" "$(value "$place/cpuinfo_min_freq")"
		put "$place/scaling_max_freq" "$max"
		put "$place/scaling_min_freq" "$min"
		put "$place/scaling_governor" "$governor"
		[ "$(value "$place/scaling_governor") $(value "$place/scaling_min_freq") $(value "$place/scaling_max_freq")" = "$governor $min $max" ] ||
			bad="$bad $place"
	done <"$state/saved"
	rm -f "$state/saved" "$state/until" "$state/dog"
	rmdir "$state"
	[ -z "$bad" ] || fail "not as it was:$bad"
}
