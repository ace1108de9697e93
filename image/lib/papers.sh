# shellcheck shell=bash disable=SC2154
# What goes with the image: compressed for the flasher, checksums, bill of materials, signature, the Imager's entry.

write_papers() {
  local image=$out/$name.img
  say 'compressing for the flasher'
  zstd -q -f -12 -T0 "$image" -o "$image.zst"
  /usr/bin/env python3 "$here/lib/sbom.py" "$version" "$here/packages.lock" "$rootfs" "$cache/parts" "$cache/jars" "$cache/jars.in" \
    >"$out/$name.cdx.json"
  cp "$cache/work/root.squashfs" "$out/$name.root"
  printf '{"version":"%s","kernel":"%s","sha256":"%s"}\n' "$version" "$(kernel_release)" "$(sha256sum <"$out/$name.root" | cut -d ' ' -f 1)" >"$out/$name.root.json"
  (cd "$out" && sha256sum "$name.img" "$name.img.zst" "$name.root" "$name.root.json" "$name.cdx.json" >"$name.sha256")
  /usr/bin/env python3 "$here/lib/imager.py" "$version" "$image" "$image.zst" >"$out/$name.imager.json"
  rm -f "$out/$name.sha256.sig"
  if [ -n "$key" ]; then
    # Ed25519 over the file of checksums, which covers the rest.
    openssl pkeyutl -sign -rawin -inkey "$key" -in "$out/$name.sha256" -out "$out/$name.sha256.sig" ||
      fail "$key does not sign; it must be an Ed25519 key: openssl genpkey -algorithm ed25519 -out $key"
  else
    say 'not signed (--sign KEY.pem)'
  fi
  say "done: image/target/$name.{img,img.zst,root,root.json,cdx.json,imager.json,sha256}"
}
