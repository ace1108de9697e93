# shellcheck shell=bash disable=SC2154
# Debian's root for arm64 out of the locked packages: unpacked natively, only maintainer scripts run emulated.
# Sourced by image/build, which runs it in a mount namespace of its own.

# Slow under emulation, and what they make is made natively below, on the device, or not wanted at all (host keys).
stand_ins='usr/bin/systemd-hwdb usr/sbin/update-ca-certificates usr/bin/deb-systemd-helper usr/bin/deb-systemd-invoke usr/bin/ssh-keygen usr/bin/systemctl'
left_out=(--path-exclude='/usr/share/man/*' --path-exclude='/usr/share/doc/*' --path-include='/usr/share/doc/*/copyright'
  --path-exclude='/usr/share/locale/*' --path-exclude='/usr/share/info/*')

# arm64 programs run on this machine: natively, or through qemu-user, which is told to the kernel for as long as we run.
allow_emulation() {
  local rule=/proc/sys/fs/binfmt_misc/qemu-aarch64
  if [ "$(uname -m)" = aarch64 ]; then return; fi
  mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  if [ -e "$rule" ]; then return; fi
  [ -r /usr/lib/binfmt.d/qemu-aarch64.conf ] || fail 'no emulator for arm64 programs; install it with: apt-get install qemu-user-static'
  cat /usr/lib/binfmt.d/qemu-aarch64.conf >/proc/sys/fs/binfmt_misc/register
  at_exit+=("echo -1 >$rule")
}

# The root's folder; made when the lock or this file has changed.
make_rootfs() {
  local key folder tree
  key=$(grep '^root ' "$here/packages.lock" | cat - "$here/lib/rootfs.sh" | sha256sum | cut -c 1-16)
  rootfs=$cache/rootfs-$key
  if [ -d "$rootfs" ]; then say "Debian's root lies in the cache"; return; fi
  tree=$cache/rootfs.new
  rm -rf "$tree"
  allow_emulation
  mkdir -p "$tree"/usr/{bin,sbin,lib} "$tree"/{etc,dev,proc,sys,tmp,run,var/lib/dpkg/info,var/lib/dpkg/updates}
  for folder in bin sbin lib; do ln -s "usr/$folder" "$tree/$folder"; done
  : >"$tree/var/lib/dpkg/status"
  : >"$tree/var/lib/dpkg/available"
  echo arm64 >"$tree/var/lib/dpkg/arch"
  local files
  mapfile -t files < <(locked_files root)
  say "unpacking ${#files[@]} packages"
  # First only the files, so that the maintainer scripts find a shell and dpkg; then dpkg's own way.
  local file
  for file in "${files[@]}"; do dpkg-deb --fsys-tarfile "$file" | tar -C "$tree" --keep-directory-symlink -x; done
  mount --bind /dev "$tree/dev"
  mount -t proc proc "$tree/proc"
  mount -t tmpfs tmpfs "$tree/tmp"
  mount -t tmpfs tmpfs "$tree/run"
  printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
  chmod 755 "$tree/usr/sbin/policy-rc.d"
  cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
  cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
  export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true SYSTEMD_OFFLINE=1
  LC_ALL=C dpkg --root="$tree" --force-depends --force-unsafe-io --force-architecture --no-triggers "${left_out[@]}" \
    --unpack "${files[@]}" >"$cache/unpack.log" 2>&1 || fail "unpacking failed: $(tail -n 5 "$cache/unpack.log")"
  say 'configuring them under emulation'
  for file in $stand_ins; do
    if [ -e "$tree/$file" ]; then
      mv "$tree/$file" "$tree/$file.real"
      printf '#!/bin/sh\nexit 0\n' >"$tree/$file"
      chmod 755 "$tree/$file"
    fi
  done
  LC_ALL=C chroot "$tree" dpkg --force-unsafe-io --configure -a >"$cache/configure.log" 2>&1 </dev/null ||
    fail "configuring failed: $(tail -n 5 "$cache/configure.log")"
  for file in $stand_ins; do
    if [ -e "$tree/$file.real" ]; then mv -f "$tree/$file.real" "$tree/$file"; fi
  done
  umount "$tree/tmp" "$tree/run" "$tree/proc" "$tree/dev"
  forget_the_build "$tree"
  mv "$tree" "$rootfs"
}

# Nothing of this machine, of this day or of a secret stays in the root.
forget_the_build() {
  local tree=$1
  cat "$tree"/usr/share/ca-certificates/mozilla/*.crt >"$tree/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$tree/usr/sbin/policy-rc.d" "$tree"/var/cache/* "$tree"/var/log/* "$tree"/usr/share/{man,locale,info} \
    "$tree"/var/lib/dpkg/{*-old,info,updates,lock*,triggers} "$tree"/var/lib/{apt,systemd/deb-systemd-*,pam/seen*} "${tree:?}"/boot/* \
    "$tree"/etc/{passwd-,group-,shadow-,gshadow-,resolv.conf,hostname} "$tree"/etc/ssh/ssh_host_* "$tree"/etc/systemd/system/*.wants \
    "$tree"/usr/lib/udev/hwdb.d "$tree"/var/lib/systemd/random-seed
  find "$tree/usr/share/doc" -type f ! -name copyright -delete
  : >"$tree/etc/machine-id"
  # No account has a password, and the day on which one was made is of no use.
  awk -F: 'BEGIN { OFS = FS } { $2 = "!*"; $3 = "20000"; print }' "$tree/etc/shadow" >"$tree/etc/shadow.new"
  cat "$tree/etc/shadow.new" >"$tree/etc/shadow"
  rm "$tree/etc/shadow.new"
}
