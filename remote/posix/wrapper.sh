# Runs one command, as `sh -c THIS rt3d INNER DIR LIMIT EVERY ERRFILE INFILE COUNT NAME=VALUE... PROGRAM ARG...`
# with RT3D_WRAP=nonce in its environment. INNER is the text of inner.sh. LIMIT is the timeout in whole seconds (0: none), EVERY how
# often to look whether the link is still there. ERRFILE and INFILE stand in for the streams that the
# link does not have, or are empty. The last line on standard output says how the command ended.
rt3d_mark=$RT3D_WRAP
rt3d_inner=$1 rt3d_dir=$2 rt3d_limit=$3 rt3d_every=$4 rt3d_errfile=$5 rt3d_infile=$6 rt3d_count=$7
shift 7
rt3d_leader=
rt3d_session $$ && [ "$rt3d_sid" = $$ ] && rt3d_leader=$$
rt3d_parent=$rt3d_ppid

# The watchdog ends the command when its time is over, and when the wrapper was killed or lost its
# parent, which is what a lost link looks like from here.
rt3d_watch() {
  while :; do
    rt3d_step=$rt3d_every
    [ "$rt3d_limit" -gt 0 ] && [ "$rt3d_limit" -lt "$rt3d_step" ] && rt3d_step=$rt3d_limit
    sleep "$rt3d_step"
    if ! rt3d_session $$ || [ "$rt3d_ppid" != "$rt3d_parent" ]; then
      rt3d_sweep
      exit 0
    fi
    [ "$rt3d_limit" -gt 0 ] || continue
    rt3d_limit=$((rt3d_limit - rt3d_step))
    [ "$rt3d_limit" -le 0 ] || continue
    rt3d_sweep
    exit 0
  done
}

rt3d_watch </dev/null >/dev/null 2>&1 &
rt3d_dog=$!
exec 3>&1 4>&2 2>/dev/null
[ -z "$rt3d_errfile" ] || exec 4>"$rt3d_errfile"
[ -z "$rt3d_infile" ] || exec <"$rt3d_infile"
rt3d_end=$(exec sh -c "$rt3d_inner" rt3d "$rt3d_dir" "$rt3d_count" "$@" 2>&1 3>&3 4>&4)
rt3d_rc=${rt3d_end##*rc}
rt3d_kind=e
case $rt3d_end in
rc*) ;;
F[0-9]*)
  rt3d_kind=f
  rt3d_rc=${rt3d_end#F}
  rt3d_rc=${rt3d_rc%%[!0-9]*}
  ;;
*)
  if [ "$rt3d_rc" -gt 128 ]; then
    rt3d_kind=s
    rt3d_rc=$((rt3d_rc - 128))
  fi
  ;;
esac
# Nothing milder than KILL: a shell may lose a signal that comes while it forks (mksh does). The
# watchdog's sleep is then all that should be left.
kill -9 "$rt3d_dog"
wait "$rt3d_dog"
if ! rt3d_alone; then
  rt3d_sweep
  for rt3d_p in $rt3d_own; do
    [ "$rt3d_p" = $$ ] || kill -9 "$rt3d_p"
  done
fi
exec 4>&-
printf '\nRT3D-END %s %s %03d\n' "$rt3d_mark" "$rt3d_kind" "$rt3d_rc" >&3
