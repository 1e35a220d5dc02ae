#!/bin/sh
# Tools: jib-maven-plugin 3.5.1 (Maven 3.8.7 and JDK 17 of Debian 12), crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: `jib:build` of one program for the tag 1.0; again, nothing changed, for 1.1 with the further tag 1.2 and
#   jib.skipExistingImages=true; and both again with two platforms.
# One would guess: that the layers and the manifest are not sent again, and the new tags are written.
# What happens: no tag is written, Maven ends well, and target/jib-image.json lists the tags beside `imagePushed: false`.
#   With two platforms the imageId in that file changes too: it is the index in the first run, and one platform's
#   configuration in the second.
# Why it matters: jib's images are reproducible, so a component that did not change has no tag of the new release, and what
#   reads the list of tags after the build takes it for released.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
servers=
# shellcheck disable=SC2329  # the trap calls it
finish() {
    for pid in $servers; do kill "$pid" 2>/dev/null || true; done
    chmod -R u+w "$work" && rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM
changed=0
# state WHAT STATED SEEN: shows what was seen, and notes it where it is not what this file states.
state() {
    printf '%s: %s\n' "$1" "$3"
    [ "$3" = "$2" ] && return
    printf '    stated was: %s\n' "$2"
    changed=1
}
# tell: the closing line.
tell() {
    [ "$changed" = 0 ] && echo "as stated" && exit 0
    echo "changed"
    exit 1
}
for tool in mvn:maven javac:default-jdk-headless; do
    command -v "${tool%:*}" >/dev/null || { echo "needs: ${tool%:*} (apt-get install ${tool#*:})" && exit 1; }
done
GOBIN="$work/bin" timeout 900 go install github.com/distribution/distribution/v3/cmd/registry@v3.0.0
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
PATH="$work/bin:$PATH"
# serve NAME PROGRAM: a registry on a free port of the loopback; its address is left in the file NAME.at.
serve() {
    mkdir "$work/$1.store"
    cat >"$work/$1.yml" <<END
version: 0.1
log: {level: info, formatter: text}
storage:
  filesystem: {rootdirectory: $work/$1.store}
  delete: {enabled: true}
http: {addr: "127.0.0.1:0"}
END
    : >"$work/$1.log"
    OTEL_TRACES_EXPORTER=none "$2" serve "$work/$1.yml" >"$work/$1.log" 2>&1 &
    servers="$servers $!"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        sed -n 's/.*listening on \(127[.0-9]*:[0-9]*\).*/\1/p' "$work/$1.log" >"$work/$1.at"
        [ -s "$work/$1.at" ] && return
        sleep 0.5
    done
    echo "the registry $1 did not start"
    exit 1
}
serve three "$(command -v registry)"
host=$(cat "$work/three.at")
export DOCKER_CONFIG="$work/docker"
mkdir -p "$work/code/target/classes" "$work/code/acme"
cd "$work/code"
printf 'package acme;\n\npublic class App {\n    public static void main(String[] words) {}\n}\n' >acme/App.java
javac -d target/classes acme/App.java
printf 'a\n' >../a
tar -C .. -cf ../layer.tar a
for processor in amd64 arm64; do
    crane append --oci-empty-base -f ../layer.tar -t "$host/base:$processor"
    crane mutate --set-platform "linux/$processor" "$host/base:$processor" -t "$host/base:$processor"
done >>../log 2>&1
crane index append -t "$host/base:1" -m "$host/base:amd64" -m "$host/base:arm64" >>../log 2>&1
# project FILE FROM: a project of which jib is the only plug-in, with that base.
project() {
    cat >"$1" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId><artifactId>acme</artifactId><version>1</version>
  <build><plugins><plugin>
    <groupId>com.google.cloud.tools</groupId><artifactId>jib-maven-plugin</artifactId><version>3.5.1</version>
    <configuration>
      <from>$2</from>
      <container><mainClass>acme.App</mainClass></container>
      <allowInsecureRegistries>true</allowInsecureRegistries>
    </configuration>
  </plugin></plugins></build>
</project>
END
}
platform="<os>linux</os><architecture>"
project one.xml "<image>scratch</image>"
project two.xml "<image>$host/base:1</image><platforms><platform>${platform}amd64</architecture></platform>\
<platform>${platform}arm64</architecture></platform></platforms>"
# built PROJECT TAG FLAG...: how Maven ends, and which tags jib's own file lists, with whether it pushed.
built() {
    file=$1 tag=$2
    shift 2
    rm -f target/jib-image.json
    if timeout 600 mvn -q -B -f "$file.xml" -Dmaven.repo.local="$work/m2" -DsendCredentialsOverHttp=true \
        jib:build -Djib.to.image="$host/$file:$tag" "$@" >>../log 2>&1; then ends=well; else ends=badly; fi
    echo "$ends, $(jq -c '[.tags, .imagePushed]' target/jib-image.json)"
    jq -r .imageId target/jib-image.json >>"../$file.ids"
}
skip=-Djib.skipExistingImages=true
# there PROJECT: the tags in the registry.
there() {
    curl -fsS "http://$host/v2/$1/tags/list" | jq -c .tags
}
for name in one two; do
    state "$name, first" 'well, [["1.0"],true]' "$(built $name 1.0)"
    state "$name, again" 'well, [["1.1","1.2"],false]' "$(built $name 1.1 -Djib.to.tags=1.2 $skip)"
    state "$name, in the registry" '["1.0"]' "$(there $name)"
done
state "one program, its ids" 1 "$(sort -u ../one.ids | wc -l | tr -d ' ')"
state "two platforms, their ids" 2 "$(sort -u ../two.ids | wc -l | tr -d ' ')"
tell
