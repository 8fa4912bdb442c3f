# shellcheck shell=sh disable=SC2154,SC2013 # functions.sh goes before it
# Holds the clocks of some cores still, or gives them back. Arguments: MODE (hold or release) CPUDIR STATEDIR KHZ (0: the
# highest) LEASE (seconds) DOG (the text of dog.sh) CORES (numbers, or nothing for all). Exit 10: no right to set a frequency;
# 11: nothing to set.
#
# STATEDIR holds while clocks are held: saved (POLICY GOVERNOR MIN MAX as they were, a line each), until (the uptime at which
# the lease ends) and dog (the process that gives the clocks back then). Empty: a place that only root writes to, where there
# is one. What is saved is never overwritten: the next process finds what a killed one has left.
mode=$1 cpu=$2 state=$3 khz=$4 lease=$5 dogtext=$6
shift 6
cores=$*
if [ -z "$state" ]; then
	for parent in /run /data/local/tmp /tmp; do
		[ -d "$parent" ] && [ -w "$parent" ] && state=$parent/rt3d-clocks && break
	done
fi

# The pid of the watchdog, if it lives.
dog() {
	pid=$(value "$state/dog")
	[ -n "$pid" ] && grep -qs rt3d-clock-dog "/proc/$pid/cmdline" && echo "$pid"
}

# One directory for each policy of the cores.
policies() {
	if [ -z "$cores" ]; then
		for d in "$cpu"/cpu[0-9]*; do cores="$cores ${d##*/cpu}"; done
	fi
	seen=
	for core in $cores; do
		d=$(cd -P "$cpu/cpu$core/cpufreq" 2>/dev/null && pwd -P) || continue
		[ -f "$d/scaling_max_freq" ] || continue
		case "$seen " in *" $d "*) continue ;; esac
		seen="$seen $d"
	done
	echo "$seen"
}
# The highest frequency that a policy has, at or below the one asked for.
pick() {
	best=$(value "$1/cpuinfo_max_freq")
	[ "$khz" -gt 0 ] || { echo "$best"; return; }
	least=$(value "$1/cpuinfo_min_freq")
	found=
	for f in $(cat "$1/scaling_available_frequencies" 2>/dev/null); do
		[ "$f" -le "$khz" ] && [ "$f" -gt "${found:-0}" ] && found=$f
	done
	[ -n "$found" ] || found=$khz
	[ "$found" -le "$best" ] || found=$best
	[ "$found" -ge "$least" ] || found=$least
	echo "$found"
}

if [ "$mode" = release ]; then
	pid=$(dog)
	[ -z "$pid" ] || kill -9 "$pid"
	restore
	exit 0
fi

all=$(policies)
[ -n "$all" ] || { echo "no core has a frequency that can be set (no cpufreq)" >&2; exit 11; }
for policy in $all; do
	[ -w "$policy/scaling_max_freq" ] || { echo "$policy may not be written" >&2; exit 10; }
done
command -v setsid >/dev/null || fail "there is no setsid, without which the clocks would stay held when the link breaks"

# A watchdog that is about to act must not act in between.
pid=$(dog)
until=$(value "$state/until")
if [ -n "$pid" ] && [ "$((${until:-0} - $(uptime)))" -lt 5 ]; then
	kill -9 "$pid"
	pid=
fi
umask 077
mkdir -p "$state" || fail "cannot make $state"
for policy in $all; do
	grep -qs "^$policy " "$state/saved" && continue
	echo "$policy $(value "$policy/scaling_governor") $(value "$policy/scaling_min_freq") $(value "$policy/scaling_max_freq")" >>"$state/saved"
done
echo "$(($(uptime) + lease))" >"$state/until.new"
mv "$state/until.new" "$state/until" || fail "cannot write $state"

if [ -z "$pid" ]; then
	rm -f "$state/dog"
	# It must outlive this connection: no session, no environment and no stream of it.
	env -i "PATH=$PATH" setsid sh -c "$dogtext" rt3d-clock-dog "$state" </dev/null >/dev/null 2>&1 &
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -s "$state/dog" ] && break
		sleep 1
	done
	[ -n "$(dog)" ] || { restore; fail "the process that gives the clocks back does not start"; }
fi

for policy in $all; do
	want=$(pick "$policy")
	case " $(cat "$policy/scaling_available_governors" 2>/dev/null) " in
	*" performance "* | "  ") put "$policy/scaling_governor" performance ;;
	esac
	put "$policy/scaling_min_freq" "$(value "$policy/cpuinfo_min_freq")"
	put "$policy/scaling_max_freq" "$want"
	put "$policy/scaling_min_freq" "$want"
	if [ "$(value "$policy/scaling_min_freq") $(value "$policy/scaling_max_freq")" != "$want $want" ]; then
		said="$(value "$policy/scaling_min_freq") to $(value "$policy/scaling_max_freq")"
		pid=$(dog)
		[ -z "$pid" ] || kill -9 "$pid"
		restore
		fail "$policy does not take $want kHz: it says $said"
	fi
	echo "${policy##*/} $(value "$policy/scaling_governor") $want"
done
