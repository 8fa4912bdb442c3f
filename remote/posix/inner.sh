# Started by wrapper.sh as a shell of its own, `sh -c THIS rt3d DIR COUNT NAME=VALUE... PROGRAM ARG...`,
# with the command's output on descriptors 3 and 4. Prints how the command ended: a shell says on its
# standard error when a child died of a signal, and that is the only difference between `exit 137`
# and a kill; bash says it in a main shell only, hence this one.
rt3d_dir=$1 rt3d_count=$2
shift 2
# In its POSIX mode, as sh, bash keeps silent about it.
# shellcheck disable=SC3040
[ -z "$BASH_VERSION" ] || set +o posix

# rt3d_program NAME: sets rt3d_path to what would be executed, or prints why there is nothing. The
# path is found here and executed in full: a busybox that prefers its own applets forks without
# exec, and such a process would not carry the mark.
rt3d_program() {
  case $1 in
  -*/*) rt3d_path=./$1 ;;
  */*) rt3d_path=$1 ;;
  *)
    set -f
    rt3d_ifs=$IFS
    IFS=:
    for rt3d_path in $PATH; do
      rt3d_path=${rt3d_path:-.}/$1
      [ -f "$rt3d_path" ] && [ -x "$rt3d_path" ] && break
    done
    IFS=$rt3d_ifs
    ;;
  esac
  [ -f "$rt3d_path" ] || { echo F2; return 1; }
  [ -x "$rt3d_path" ] || { echo F3; return 1; }
}

(
  if [ -n "$rt3d_dir" ]; then
    unset CDPATH
    cd "$rt3d_dir" >/dev/null 2>&1 || { echo F1; exit 1; }
  fi
  while [ "$rt3d_count" -gt 0 ]; do
    # shellcheck disable=SC2163 # NAME=VALUE as given
    export "$1"
    shift
    rt3d_count=$((rt3d_count - 1))
  done
  rt3d_program "$1" || exit 1
  export RT3D_RUN="$RT3D_WRAP"
  shift
  exec "$rt3d_path" "$@" >&3 2>&4 3>&- 4>&-
)
printf 'rc%s' "$?"
