# Finding and killing every process of one command. Read by wrapper.sh and by the line that kills
# from outside. $rt3d_mark is the command's nonce: the wrapper carries RT3D_WRAP=nonce, the command
# and its descendants RT3D_RUN=nonce as well.

# rt3d_pids PATTERN...: sets rt3d_found to the processes whose /proc file matched.
rt3d_pids() {
  rt3d_found=
  for rt3d_f in $("$@" 2>/dev/null); do
    rt3d_f=${rt3d_f#/proc/}
    rt3d_found="$rt3d_found ${rt3d_f%/*}"
  done
}

# rt3d_session PID: sets rt3d_ppid and rt3d_sid from /proc; fails when the process is gone.
rt3d_session() {
  read -r rt3d_stat <"/proc/$1/stat" || return 1
  rt3d_stat=${rt3d_stat##*) }
  rt3d_stat=${rt3d_stat#* }
  rt3d_ppid=${rt3d_stat%% *}
  rt3d_stat=${rt3d_stat#* }
  rt3d_stat=${rt3d_stat#* }
  rt3d_sid=${rt3d_stat%% *}
} 2>/dev/null

# rt3d_alone: is nothing of the command left but this shell and one sleep, which it ends? One look at
# all processes, for the usual case that a command leaves nothing behind.
rt3d_alone() {
  rt3d_pids grep -lsz -e "RT3D_WRAP=$rt3d_mark" -e ") [^Z] [0-9][0-9]* [0-9][0-9]* ${rt3d_leader:-none} " /proc/[0-9]*/environ /proc/[0-9]*/stat
  rt3d_me=
  rt3d_nap=
  for rt3d_p in $rt3d_found; do
    [ "$rt3d_p" = $$ ] && rt3d_me=seen
    [ "$rt3d_p" = $$ ] || [ "$rt3d_p" = "$rt3d_nap" ] && continue
    read -r rt3d_stat <"/proc/$rt3d_p/stat" || continue
    case $rt3d_nap$rt3d_stat in
    "$rt3d_p (sleep) "*) rt3d_nap=$rt3d_p ;;
    *) return 1 ;;
    esac
  done
  # A grep without -z saw nothing at all.
  [ -n "$rt3d_me" ] || return 1
  [ -z "$rt3d_nap" ] || kill -9 "$rt3d_nap"
} 2>/dev/null

# rt3d_collect: sets rt3d_own to the wrapper's processes and rt3d_set to the living processes of the
# command: marked ones, members of the wrapper's session when the wrapper leads one, and descendants.
rt3d_collect() {
  # An environment is NUL-separated: busybox's grep sees all of it with -z only, and other greps may
  # not know -z.
  rt3d_grep=-lszF
  rt3d_pids grep $rt3d_grep "RT3D_WRAP=$rt3d_mark" /proc/[0-9]*/environ
  if [ -z "$rt3d_found" ]; then
    rt3d_grep=-lsF
    rt3d_pids grep $rt3d_grep "RT3D_WRAP=$rt3d_mark" /proc/[0-9]*/environ
  fi
  rt3d_marked=$rt3d_found
  rt3d_pids grep $rt3d_grep "RT3D_RUN=$rt3d_mark" /proc/[0-9]*/environ
  rt3d_all=$rt3d_found
  rt3d_own=
  for rt3d_p in $rt3d_marked; do
    case "$rt3d_all " in
    *" $rt3d_p "*) ;;
    *)
      rt3d_own="$rt3d_own $rt3d_p"
      rt3d_session "$rt3d_p" && [ "$rt3d_sid" = "$rt3d_p" ] && rt3d_leader=$rt3d_p
      ;;
    esac
  done
  if [ -n "$rt3d_leader" ]; then
    rt3d_pids grep -ls ") [^Z] [0-9][0-9]* [0-9][0-9]* $rt3d_leader " /proc/[0-9]*/stat
    rt3d_all="$rt3d_all$rt3d_found"
  fi
  rt3d_set=
  rt3d_front=$rt3d_all
  while [ -n "$rt3d_front" ]; do
    rt3d_new=
    for rt3d_p in $rt3d_front; do
      case "$rt3d_own $rt3d_set $$ " in
      *" $rt3d_p "*) ;;
      *) [ -d "/proc/$rt3d_p" ] && rt3d_new="$rt3d_new $rt3d_p" ;;
      esac
    done
    rt3d_set="$rt3d_set$rt3d_new"
    rt3d_front=
    [ -n "$rt3d_new" ] || break
    set -- grep -ls
    for rt3d_p in $rt3d_new; do set -- "$@" -e ") [^Z] $rt3d_p "; done
    rt3d_pids "$@" /proc/[0-9]*/stat
    rt3d_front=$rt3d_found
  done
}

# rt3d_sweep: kills until nothing of the command lives, or gives up after some twenty seconds on what
# cannot be killed (a process stuck in the kernel).
rt3d_sweep() {
  rt3d_round=0
  while rt3d_collect; [ -n "$rt3d_set" ] && [ "$rt3d_round" -lt 40 ]; do
    # shellcheck disable=SC2086 # a list of process ids
    kill -9 $rt3d_set 2>/dev/null
    rt3d_round=$((rt3d_round + 1))
    [ "$rt3d_round" -lt 20 ] || sleep 1
  done
}
