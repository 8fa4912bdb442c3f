# shellcheck shell=sh disable=SC2154 # functions.sh goes before it
# The watchdog: gives the clocks back when the lease has ended, because whoever held them is gone. Argument: STATEDIR.
state=$1
echo $$ >"$state/dog"
while sleep 2; do
	[ -f "$state/saved" ] || exit 0
	until=$(value "$state/until")
	[ "$(uptime)" -lt "${until:-0}" ] || break
done
restore
