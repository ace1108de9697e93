#!/bin/bash
# here.sh DIST FOLDER: the agent of DIST as image/build makes it for the gateway, but for this machine, so that it can be
# measured: FOLDER/lib and FOLDER/native (repacked jars), FOLDER/java (runtime), FOLDER/java.args (what every start reads).
set -euo pipefail
dist=$1
mkdir -p "$2"
cache=$(cd "$2" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fail() { printf 'here.sh: %s\n' "$*" >&2; exit 1; }
. "$here/lib/agent.sh"

case $(uname -m) in aarch64) platform=Linux/aarch64 ;; *) platform=Linux/$(uname -m) ;; esac
rm -rf "$cache/lib" "$cache/native" "$cache/java"
python3 "$here/lib/jars.py" "$dist" "$cache/lib" "$cache/native" "$platform"
"$(find_jlink)" --add-modules "$java_modules" --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-0 \
  --output "$cache/java" >"$cache/jlink.log" 2>&1 || fail "jlink failed: $(tail -n 3 "$cache/jlink.log")"
write_java_arguments "$cache/java.args"
sed -i "s:/opt/cityedge:$cache:g" "$cache/java.args"
