# shellcheck shell=bash
# For tests that run as root: what this machine has, with /data and /run of the test's own, so that nothing of the machine is touched, and
# two runs at once do not meet.

# own_root PROGRAM ARGUMENT...: in a mount namespace and that root; its exit code.
own_root() {
  local root code=0
  root=$(mktemp -d)
  # shellcheck disable=SC2016
  CITYEDGE_ROOT=$root unshare --mount --uts --propagation private bash -c '
    set -e
    mount -t tmpfs -o mode=755 tmpfs "$CITYEDGE_ROOT"
    for top in /*; do
      case $top in /data | /run) continue ;; esac
      if [ -L "$top" ]; then
        cp -P "$top" "$CITYEDGE_ROOT$top"
      elif [ -d "$top" ]; then
        mkdir "$CITYEDGE_ROOT$top"
        mount --rbind "$top" "$CITYEDGE_ROOT$top"
      fi
    done
    mkdir "$CITYEDGE_ROOT/run" "$CITYEDGE_ROOT/data"
    # Mount points of their own, so that they are seen as such.
    mount -t tmpfs -o mode=755 tmpfs "$CITYEDGE_ROOT/run"
    exec chroot "$CITYEDGE_ROOT" "$@"' - "$@" || code=$?
  rmdir "$root"
  return $code
}
