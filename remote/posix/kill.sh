# Kills a command from outside, as `sh -c THIS rt3d NONCE WHAT`. WHAT is "command", which leaves its
# wrapper to report the end, or "all", for a command whose link is gone.
rt3d_mark=$1 rt3d_what=$2
rt3d_leader=
rt3d_sweep
[ "$rt3d_what" = all ] || exit 0
for rt3d_p in $rt3d_own; do kill -9 "$rt3d_p" 2>/dev/null; done
rt3d_sweep
