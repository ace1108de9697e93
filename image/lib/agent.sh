# shellcheck shell=bash disable=SC2154
# The agent for arm64: its jars with the right natives, a Java runtime cut to it, an AOT cache. Sourced by image/build.

java_modules=java.base,java.logging,java.management,java.naming,java.net.http,java.prefs,java.sql,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported
maven_repository=${CITYEDGE_MAVEN_REPOSITORY:-$HOME/.m2/repository}

# The launcher's own list of places (JAVA25_HOME, JAVA_HOME, /usr/lib/jvm) is the same.
find_jlink() {
  local dir
  for dir in "${JAVA25_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/*; do
    if [ -x "$dir/bin/jlink" ] && grep -q '^JAVA_VERSION="25' "$dir/release" 2>/dev/null; then printf '%s\n' "$dir/bin/jlink"; return; fi
  done
  fail 'no JDK 25 found; install one under /usr/lib/jvm or set JAVA25_HOME'
}

# Debian's jmods for arm64, linked on this machine.
make_runtime() {
  local jmods key
  jmods=$(dirname "$(find "$(part openjdk-25-jdk-headless)" -name java.base.jmod)")
  key=$(printf '%s %s' "$jmods" "$java_modules" | sha256sum | cut -c 1-16)
  runtime=$cache/java-$key
  if [ -d "$runtime" ]; then say 'the Java runtime lies in the cache'; return; fi
  say 'linking the Java runtime for arm64'
  rm -rf "$cache/java.new"
  "$(find_jlink)" --module-path "$jmods" --add-modules "$java_modules" --strip-java-debug-attributes --no-header-files \
    --no-man-pages --compress zip-0 --output "$cache/java.new" >"$cache/jlink.log" 2>&1 ||
    fail "jlink failed: $(tail -n 3 "$cache/jlink.log")"
  mv "$cache/java.new" "$runtime"
}

# What is built must be what the sources say, in their version, and nothing of a build before.
look_at_dist() { # DIST VERSION
  local dist=$1 home=$here/.. newer twins
  [ -f "$dist/cityedge-agent-$2.jar" ] && [ -f "$dist/.built" ] || fail "the agent $2 is not built; build it with: ./cityedge help"
  newer=$(find "$home"/pom.xml "$home"/{config,buffer,drivers,video,agent}/{pom.xml,src/main} -newer "$dist/.built" -type f -print -quit)
  [ -z "$newer" ] || fail "${newer#"$home"/} is newer than what is built; build it with: ./cityedge help"
  # One artifact: the same name up to the version, and natives or none.
  twins=$(ls "$dist" | sed -nE 's/\.jar$//p' | sed -E '/-linux-x86_64$/s/^/native /; s/-[0-9].*//' | sort | uniq -d | paste -sd ' ')
  [ -z "$twins" ] || fail "$dist holds more than one version of $twins; build it anew with: rm -r $dist; ./cityedge help"
}

# The distribution's jars, those with natives in their arm64 kind; lines "JAR GROUP:NAME:VERSION" go to $cache/jars.
gather_jars() {
  local dist=$here/../agent/target/dist jar name version found group
  rm -rf "$cache/jars.in" "${cache:?}/lib"
  mkdir -p "$cache/jars.in" "$cache/lib"
  : >"$cache/jars"
  for jar in "$dist"/*.jar; do
    name=$(basename "$jar" .jar)
    if [[ $name == *-linux-x86_64 ]]; then
      name=${name%-linux-x86_64}
      version=${name#*-}
      name=${name%%-*}
      found=$maven_repository/org/bytedeco/$name/$version/$name-$version-linux-arm64.jar
      [ -f "$found" ] || (cd "$here/.." && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:get -Dtransitive=false \
        -Dartifact="org.bytedeco:$name:$version:jar:linux-arm64" >"$cache/maven.log" 2>&1) ||
        fail "Maven does not give org.bytedeco:$name:$version:jar:linux-arm64: $(grep -m 1 ERROR "$cache/maven.log")"
      jar=$found
    fi
    name=$(basename "$jar")
    if [[ $name == cityedge-* ]]; then
      version=${name#cityedge-*-}
      group="org.cityedge:${name%-"$version"}:${version%.jar}"
    else
      found=$(cd "$maven_repository" && find . -name "$name" -print -quit)
      [ -n "$found" ] || fail "where $name comes from is not known: it does not lie in $maven_repository"
      version=$(basename "$(dirname "$found")")
      group=$(dirname "$(dirname "$found")")
      group="$(dirname "${group#./}" | tr / .):$(basename "$group"):$version"
    fi
    cp "$jar" "$cache/jars.in/"
    echo "$name $group" >>"$cache/jars"
  done
  say "repacking $(wc -l <"$cache/jars") jars without signatures and foreign natives"
  rm -rf "$cache/native"
  /usr/bin/env python3 "$here/lib/jars.py" "$cache/jars.in" "$cache/lib" "$cache/native"
  (cd "$cache/lib" && sha256sum -- *.jar) >"$cache/jars.sums"
}

# One file of arguments for every start, so that the cache's class path and flags are those of the training. A heap that begins small stays
# small (a 64th of the machine otherwise), and what the compilers have freed goes back to the system: `./cityedge bench footprint`.
# Our own jars come first: a class of theirs stands before one of a library (video: org.bytedeco.openblas.global), which jars.py leaves no natives.
write_java_arguments() {
  local jars
  jars=$(cd "$cache/lib" && { ls cityedge-*.jar; ls --ignore='cityedge-*'; } | sed 's|^|/opt/cityedge/lib/|' | paste -sd :)
  {
    printf '%s\n' --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
      -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:+ExitOnOutOfMemoryError -Xms16m -XX:TrimNativeHeapInterval=10000 -Djava.awt.headless=true -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 \
      -Dorg.sqlite.lib.path=/opt/cityedge/native -Dorg.sqlite.lib.name=libsqlitejdbc.so
    printf -- '-cp\n%s\n' "$jars"
  } >"$1"
}
