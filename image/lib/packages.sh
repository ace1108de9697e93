# shellcheck shell=bash disable=SC2154
# Debian's packages for arm64: which, in which version, fetched and checked. Sourced by image/build, which gives
# $here, $cache, $suite, and say, fail.

# What apt would install for the root on its own, and the image does not carry: there is no apt on a gateway.
not_carried='^(apt|libapt-pkg[0-9.]*|sqv|debian-archive-keyring)$'

wanted() { sed -n "s/^$1 //p" "$here/packages"; }

# The mirrors are those of the machine's own apt; only the suite and the architecture are ours.
mirror_of() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$1 //p" | sort -u | head -n 1
}

# An apt of its own for arm64: keyring, proxy and the like come from the machine, state and lists lie in the cache.
prepare_apt() {
  local key=/usr/share/keyrings/debian-archive-keyring.gpg main security
  [ -r "$key" ] || fail "$key is missing; install it with: apt-get install debian-archive-keyring"
  main=${CITYEDGE_MIRROR:-$(mirror_of Debian)}
  security=${CITYEDGE_SECURITY_MIRROR:-$(mirror_of Debian-Security)}
  if [ -z "$main" ] || [ -z "$security" ]; then
    fail "this machine's apt knows no Debian mirror; set CITYEDGE_MIRROR and CITYEDGE_SECURITY_MIRROR to one"
  fi
  mkdir -p "$cache"/apt/{lists/partial,etc/preferences.d} "$cache/debs/partial" "$cache/none/partial"
  : >"$cache/apt/status"
  printf 'deb [signed-by=%s] %s %s main non-free-firmware\n' "$key" "$main" "$suite" "$key" "$main" "$suite-updates" \
    "$key" "$security" "$suite-security" >"$cache/apt/sources.list"
  cat >"$cache/apt/conf" <<CONF
Dir::Etc::sourcelist "$cache/apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::State "$cache/apt"; Dir::State::status "$cache/apt/status"; Dir::State::lists "$cache/apt/lists";
Dir::Cache "$cache/apt"; Dir::Cache::archives "$cache/debs";
APT::Architecture "arm64"; APT::Architectures { "arm64"; };
APT::Install-Recommends "false"; Acquire::Languages "none"; Acquire::Retries "5"; APT::Sandbox::User "root";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
CONF
}

arm64_apt() { APT_CONFIG=$cache/apt/conf LC_ALL=C apt-get -qq "$@"; }

# Lines "NAME=VERSION SHA256" of what would be fetched for the names given, in no order.
fetch_plan() {
  # apt plans nothing for what lies in its archives, so it is shown an empty folder.
  arm64_apt -y -o Dir::Cache::archives="$cache/none" --print-uris install "$@" >"$cache/plan" 2>"$cache/plan.err" ||
    fail "apt cannot install this for arm64: $(tail -n 3 "$cache/plan.err")"
  awk '{ split($2, part, "_"); version = part[2]; gsub(/%3a/, ":", version); print part[1] "=" version }' "$cache/plan" |
    grep -v -E "${not_carried/)\$/)=}" | APT_CONFIG=$cache/apt/conf xargs apt-cache show |
    awk '/^Package: /{ name = $2 } /^Version: /{ version = $2 } /^SHA256: /{ print name "=" version, $2 }'
}

# Of the parts' plan only the parts themselves; the kernel's name carries its version.
only_parts() {
  local names
  names=$(wanted part | sed 's/^linux-image-arm64$/linux-image-[0-9].*/' | paste -sd '|')
  grep -E "^($names)=" | grep -v -E '^linux-image-[^=]*(-rt|-cloud|-dbg)'
}

# Asks the mirror for the newest versions and writes them down.
update_lock() {
  prepare_apt
  say 'asking the mirror for the newest versions'
  arm64_apt update
  # shellcheck disable=SC2046
  fetch_plan '?essential' $(wanted root) | sed 's/^/root /' >"$cache/lock.new"
  # shellcheck disable=SC2046
  fetch_plan $(wanted part) | only_parts | sed 's/^/part /' >>"$cache/lock.new"
  {
    echo "# Debian $suite, arm64. Made by image/build --update-lock; each line: use, NAME=VERSION, SHA-256 of the package."
    LC_ALL=C sort -u "$cache/lock.new"
  } >"$here/packages.lock"
  say "$(grep -c '^root ' "$here/packages.lock") packages of the root and $(grep -c '^part ' "$here/packages.lock") parts are pinned in image/packages.lock"
}

file_of() { printf '%s_arm64_%s.deb' "${1%%=*}" "$2"; }

# Makes every locked package lie in the cache under its name and checksum; asks the mirror only for what is not there.
fetch_locked() {
  local use package sum names='' missing=0 line
  [ -s "$here/packages.lock" ] || fail 'image/packages.lock is missing; make it with: image/build --update-lock'
  while read -r use package sum; do
    case $use in root | part) ;; *) continue ;; esac
    [ -f "$cache/locked/$(file_of "$package" "$sum")" ] || { names="$names $package"; missing=$((missing + 1)); }
  done <"$here/packages.lock"
  [ "$missing" -gt 0 ] || { say 'all packages lie in the cache'; return; }
  prepare_apt
  say "fetching $missing packages"
  [ -n "$(ls "$cache/apt/lists/"*Packages* 2>/dev/null)" ] || arm64_apt update
  mkdir -p "$cache/locked"
  # shellcheck disable=SC2086
  (cd "$cache/debs" && arm64_apt download $names) >"$cache/download.log" 2>&1 ||
    { arm64_apt update; (cd "$cache/debs" && arm64_apt download $names) >"$cache/download.log" 2>&1; } ||
    fail "the mirror lacks a version of image/packages.lock ($(tail -n 1 "$cache/download.log")); take the newest with image/build --update-lock, or name a snapshot of that day in CITYEDGE_MIRROR and CITYEDGE_SECURITY_MIRROR"
  while read -r sum line; do
    use=$(basename "$line")
    mv "$line" "$cache/locked/$(file_of "${use%%_*}" "$sum")"
  done < <(sha256sum "$cache"/debs/*.deb)
  while read -r use package sum; do
    case $use in root | part) ;; *) continue ;; esac
    [ -f "$cache/locked/$(file_of "$package" "$sum")" ] ||
      fail "what the mirror gave as $package has not the checksum of image/packages.lock ($sum); nothing was built"
  done <"$here/packages.lock"
}

# The files of one use, in the lock's order.
locked_files() {
  local use package sum
  while read -r use package sum; do
    if [ "$use" = "$1" ]; then printf '%s\n' "$cache/locked/$(file_of "$package" "$sum")"; fi
  done <"$here/packages.lock"
}

# The folder into which a part was taken apart, by the beginning of its name.
part() {
  local file folder
  file=$(locked_files part | grep "/$1" | head -n 1)
  [ -n "$file" ] || fail "image/packages.lock has no part $1; make it anew with: image/build --update-lock"
  folder=$cache/parts/$(basename "$file" .deb)
  if [ ! -d "$folder" ]; then
    mkdir -p "$cache/parts"
    rm -rf "$folder.new"
    dpkg-deb -x "$file" "$folder.new"
    mv "$folder.new" "$folder"
  fi
  printf '%s\n' "$folder"
}
