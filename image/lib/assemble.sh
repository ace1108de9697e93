# shellcheck shell=bash disable=SC2154
# From root, runtime and agent to the card: everything native, no mounts, no clock. Sourced by image/build.

# One date for everything, so that the same inputs give the same bytes.
export SOURCE_DATE_EPOCH=1767225600 E2FSPROGS_FAKE_TIME=1767225600
boot_mib=128
slot_mib=384
data_mib=64
kernel_arguments='panic=10 quiet'

kernel_release() { basename "$(part linux-image)"/usr/lib/modules/*; }

# What no lamp post has: sound, screens, foreign network cards, server file systems.
unneeded_modules='sound drivers/gpu drivers/infiniband drivers/staging drivers/isdn drivers/target drivers/message drivers/ata
  drivers/iio/dac drivers/media/dvb-frontends drivers/media/pci drivers/media/tuners drivers/net/ethernet/mellanox drivers/net/ethernet/qlogic drivers/net/ethernet/chelsio
  drivers/net/ethernet/cavium drivers/net/ethernet/marvell drivers/net/ethernet/intel drivers/net/ethernet/hisilicon drivers/net/ethernet/netronome
  drivers/net/ethernet/emulex drivers/net/ethernet/sfc drivers/net/ethernet/freescale drivers/net/wireless/ath drivers/net/wireless/intel
  drivers/net/wireless/marvell drivers/net/wireless/mediatek drivers/net/wireless/realtek drivers/net/wireless/rsi drivers/net/wireless/ti
  drivers/net/wireless/st drivers/net/wireless/atmel drivers/net/wireless/intersil drivers/net/wireless/ralink drivers/net/wireless/zydas
  drivers/net/wireless/microchip drivers/net/wireless/silabs drivers/net/wireless/purelifi drivers/net/wireless/quantenna drivers/net/wireless/admtek
  net/sunrpc net/rds net/smc net/tipc net/sctp net/rxrpc net/openvswitch net/bluetooth fs/ocfs2 fs/gfs2 fs/nfs fs/nfsd fs/smb fs/ceph fs/btrfs fs/xfs
  fs/f2fs fs/jfs fs/bcachefs fs/afs fs/dlm fs/nilfs2 fs/ubifs fs/orangefs'

# The whole root of a slot in $1.
make_tree() {
  local tree=$1 release modules module unit file
  release=$(kernel_release)
  rm -rf "$tree"
  cp -a "$rootfs" "$tree"
  mkdir -p "$tree/usr/lib/modules" "$tree/opt/cityedge" "$tree/data" "$tree/boot/firmware" "$tree/var/lib/systemd/timesync"
  cp -a "$(part linux-image)/usr/lib/modules/$release" "$tree/usr/lib/modules/"
  modules=$tree/usr/lib/modules/$release/kernel
  for module in $unneeded_modules; do rm -rf "${modules:?}/$module"; done
  depmod -b "$tree" "$release"
  cp -a "$runtime" "$tree/opt/cityedge/java"
  cp -a "$cache/lib" "$cache/native" "$tree/opt/cityedge/"
  write_java_arguments "$tree/opt/cityedge/java.args"
  # Modes by what they are for, whatever the checkout's umask was.
  (cd "$here/overlay" && find . -type f) | while read -r file; do
    if [ -x "$here/overlay/$file" ]; then install -D -m 755 "$here/overlay/$file" "$tree/$file"; else install -D -m 644 "$here/overlay/$file" "$tree/$file"; fi
  done
  systemd-sysusers --root="$tree" 2>"$cache/sysusers.log" || fail "the users cannot be made: $(tail -n 2 "$cache/sysusers.log")"
  awk -F: 'BEGIN { OFS = FS } { $2 = "*"; $3 = "20000"; print }' "$tree/etc/shadow" >"$cache/shadow"
  cat "$cache/shadow" >"$tree/etc/shadow"
  while read -r unit; do
    SYSTEMCTL_SKIP_SYSV=1 systemctl --root="$tree" -q enable "$unit" 2>"$cache/enable.log" || fail "$unit cannot be enabled: $(cat "$cache/enable.log")"
  done <"$here/units.enabled"
  # The first has no place to keep anything, the rest would ask questions, write to a read-only root or make keys.
  systemctl --root="$tree" -q mask systemd-networkd-persistent-storage.service systemd-machine-id-commit.service systemd-firstboot.service \
    systemd-update-utmp.service sshd-keygen.service systemd-hwdb-update.service getty@tty1.service serial-getty@.service
  # These look for other ways in, or for partitions to mount; one of them fails where there is no virtual socket.
  mkdir -p "$tree/etc/systemd/system-generators"
  for unit in ssh gpt-auto getty; do ln -s /dev/null "$tree/etc/systemd/system-generators/systemd-$unit-generator"; done
  systemctl --root="$tree" -q set-default multi-user.target
  ln -sfn /run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
  ln -sfn /usr/share/zoneinfo/Asia/Shanghai "$tree/etc/localtime"
  # Its package draws one when it is configured, another at each build and the same for every gateway of one.
  ln -sfn /etc/machine-id "$tree/var/lib/dbus/machine-id"
  rm -rf "$tree"/var/cache/* "$tree"/etc/{passwd-,group-,shadow-,gshadow-,.pwd.lock}
  printf '%s\n' "$version" >"$tree/etc/cityedge-image"
  # "Updated" at our date: systemd has nothing to bring up to date at the first start.
  find "$tree" -xdev -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  touch -d "@$SOURCE_DATE_EPOCH" "$tree/etc/.updated" "$tree/var/.updated"
  touch -h -d "@$SOURCE_DATE_EPOCH" "$tree/etc" "$tree/var" "$tree/usr"
}

# The AOT cache is an input of the tree: made once for these jars, this runtime and these flags.
make_aot_cache() {
  local tree=$1 key
  aot=''
  if [ "$with_aot" = no ]; then return; fi
  key=$(cat "$cache/jars.sums" "$runtime/release" "$tree/opt/cityedge/java.args" "$here/lib/train" | sha256sum | cut -c 1-16)
  aot=$cache/aot-$key
  if [ ! -f "$aot" ]; then
    say 'training the AOT cache under emulation'
    allow_emulation
    if ! "$here/lib/train" "$tree" "$aot.new" >"$cache/aot.log" 2>&1; then
      say "no AOT cache: $(tail -n 1 "$cache/aot.log"); the image starts without one"
      aot=''
      return
    fi
    mv "$aot.new" "$aot"
  fi
  install -m 644 "$aot" "$tree/opt/cityedge/agent.aot"
  sed -i '1i -XX:AOTCache=/opt/cityedge/agent.aot' "$tree/opt/cityedge/java.args"
  touch -h -d "@$SOURCE_DATE_EPOCH" "$tree/opt/cityedge" "$tree/opt/cityedge/agent.aot" "$tree/opt/cityedge/java.args"
}

make_initrd() {
  local work=$1 release source target modules tool module file
  release=$(kernel_release)
  source=$work/root/usr
  target=$work/initrd
  modules=$target/lib/modules/$release
  rm -rf "$target"
  mkdir -p "$target"/{bin,sbin,dev,proc,sys,run,etc} "$modules/kernel"
  cp "$(part busybox-static)/usr/bin/busybox" "$target/bin/"
  cp "$(find "$(part e2fsck-static)" -name e2fsck.static)" "$target/sbin/e2fsck"
  for tool in sh mount umount cat cut tail tr find sort sleep echo mkdir mv rm sync switch_root modprobe findfs '[' uname; do
    ln -s busybox "$target/bin/$tool"
  done
  # Where the kernel itself looks for it: ext4 asks for its checksum that way.
  ln -s ../bin/busybox "$target/sbin/modprobe"
  while read -r _ module; do
    modprobe -d "$source" -S "$release" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" { print $2 }'
  done < <(grep -v '^#' "$here/initramfs/modules") | LC_ALL=C sort -u >"$work/modules"
  while read -r file; do
    case $file in
    *.xz) xz -dc "$file" >"$modules/kernel/$(basename "$file" .xz)" ;;
    *) cp "$file" "$modules/kernel/" ;;
    esac
  done <"$work/modules"
  cp "$source/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$modules/"
  depmod -b "$target" "$release"
  install -m 755 "$here/initramfs/init" "$target/init"
  install -m 644 "$here/initramfs/slots" "$target/etc/slots"
  grep -v '^#' "$here/initramfs/modules" >"$target/etc/modules.list"
  mknod "$target/dev/console" c 5 1
  mknod "$target/dev/null" c 1 3
  find "$target" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  (cd "$target" && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc --reproducible --quiet | zstd -q -19 -T1) >"$work/initrd.img"
}

# One FAT for two worlds: a Raspberry Pi's firmware and EFI, the same kernel and initrd.
make_boot() {
  local work=$1 release kernel firmware folder
  release=$(kernel_release)
  kernel=$(part linux-image)
  firmware=$(part raspi-firmware)/usr/lib/raspi-firmware
  folder=$work/boot
  rm -rf "$folder"
  mkdir -p "$folder/EFI/BOOT" "$folder/loader/entries"
  cp "$kernel/boot/vmlinuz-$release" "$folder/vmlinuz"
  cp "$work/initrd.img" "$folder/"
  cp "$firmware"/{bootcode.bin,start.elf,start4.elf,fixup.dat,fixup4.dat} "$folder/"
  cp "$kernel/usr/lib/linux-image-$release"/broadcom/bcm2837-rpi-*.dtb "$kernel/usr/lib/linux-image-$release"/broadcom/bcm2711-rpi-*.dtb "$folder/"
  cp "$here"/boot/* "$folder/"
  echo "console=tty0 console=ttyS1,115200 $kernel_arguments" >"$folder/cmdline.txt"
  cp "$(find "$(part systemd-boot-efi)" -name systemd-bootaa64.efi)" "$folder/EFI/BOOT/BOOTAA64.EFI"
  printf 'timeout 0\ndefault cityedge.conf\n' >"$folder/loader/loader.conf"
  printf 'title City Edge Agent\nlinux /vmlinuz\ninitrd /initrd.img\noptions console=ttyAMA0 %s\n' "$kernel_arguments" \
    >"$folder/loader/entries/cityedge.conf"
  printf '%s\n' "$version" >"$folder/version.txt"
  find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  rm -f "$work/boot.fat"
  truncate -s "${boot_mib}M" "$work/boot.fat"
  mkfs.vfat -F 32 -s 1 -n CE-BOOT -i 43454231 --invariant "$work/boot.fat" >/dev/null
  # In the order of names, not of the folder; mtools takes the local time zone.
  (cd "$folder" && find . -mindepth 1 -type d | LC_ALL=C sort | sed 's#^\.#::#' | TZ=UTC MTOOLS_SKIP_CHECK=1 xargs -n 1 mmd -i "$work/boot.fat" &&
    find . -type f | LC_ALL=C sort | while read -r file; do
      TZ=UTC MTOOLS_SKIP_CHECK=1 mcopy -m -i "$work/boot.fat" "$file" "::${file#.}"
    done)
}

make_data() {
  rm -rf "$1/data" "$1/data.ext4"
  mkdir "$1/data"
  touch -d "@$SOURCE_DATE_EPOCH" "$1/data"
  truncate -s "${data_mib}M" "$1/data.ext4"
  # "resize" leaves room in the tables for a card of 64 GiB.
  mke2fs -q -t ext4 -b 4096 -L ce-data -U 43454441-5441-4000-8000-000000000001 \
    -E root_owner=0:0,resize=16777216,hash_seed=43454441-5441-4000-8000-000000000002 -d "$1/data" "$1/data.ext4"
}

# MBR, which a Raspberry Pi 3 needs: boot, slot a, slot b, data.
make_card() {
  local work=$1 image=$2 slot_a=$((1 + boot_mib)) slot_b data
  slot_b=$((slot_a + slot_mib))
  data=$((slot_b + slot_mib))
  [ "$(stat -c %s "$work/root.squashfs")" -le $((slot_mib * 1048576)) ] || fail "the root has $(stat -c %s "$work/root.squashfs") bytes, a slot $slot_mib MiB"
  rm -f "$image"
  truncate -s $((data + data_mib))M "$image"
  sfdisk -q "$image" <<TABLE
label: dos
label-id: 0x43454731
start=1MiB, size=${boot_mib}MiB, type=c, bootable
start=${slot_a}MiB, size=${slot_mib}MiB, type=83
start=${slot_b}MiB, size=${slot_mib}MiB, type=83
start=${data}MiB, size=${data_mib}MiB, type=83
TABLE
  put_part "$work/boot.fat" 1
  put_part "$work/root.squashfs" "$slot_a"
  put_part "$work/root.squashfs" "$slot_b"
  put_part "$work/data.ext4" "$data"
}
put_part() { dd if="$1" of="$image" bs=1M seek="$2" conv=notrunc,sparse status=none; }

# Everything after the inputs; $1 works, $2 is the image.
assemble() {
  local work=$1 image=$2
  mkdir -p "$work"
  say 'laying out the root'
  make_tree "$work/root"
  make_aot_cache "$work/root"
  say "packing the root, $(du -sm "$work/root" | cut -f 1) MiB"
  rm -f "$work/root.squashfs"
  mksquashfs "$work/root" "$work/root.squashfs" -comp zstd -Xcompression-level 9 -noappend -no-progress -quiet >"$cache/squashfs.log" 2>&1 ||
    fail "squashfs: $(tail -n 2 "$cache/squashfs.log")"
  say 'making initrd, boot and data partitions'
  make_initrd "$work"
  make_boot "$work"
  make_data "$work"
  make_card "$work" "$image"
  say "$(basename "$image"): $(($(stat -c %s "$image") / 1048576)) MiB, root $(($(stat -c %s "$work/root.squashfs") / 1048576)) MiB, initrd $(stat -c %s "$work/initrd.img") bytes"
}
