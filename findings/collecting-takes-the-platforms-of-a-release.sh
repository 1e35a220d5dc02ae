#!/bin/sh
# Tools: docker-registry 2.8.2 (Debian 12) and distribution 3.0.0 on the loopback; crane 0.20.6.
# Run: an image for two platforms is copied under one tag, so its two parts have no tag of their own; then
#   `garbage-collect --delete-untagged` is run while nobody writes, and the image is asked for again.
# One would guess: what a tagged index names is in use, so nothing is taken away.
# What happens: 2.8.2 marks the index and the bytes of the two manifests, and still takes both for untagged: they can no
#   longer be had. The tag is listed and the index is answered with its digest; every pull fails. 3.0.0 keeps them.
# Why it matters: a nightly clean-up breaks each release for several platforms that was copied and not built there, and a
#   check that asks for the tag's digest goes on to say that all is well. Only a look at each platform shows it.

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
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
GOBIN="$work/bin" timeout 900 go install github.com/distribution/distribution/v3/cmd/registry@v3.0.0
PATH="$work/bin:$PATH"
(cd "$work" && timeout 300 apt-get download -q docker-registry=2.8.2+ds1-1 >apt.log 2>&1 && dpkg -x docker-registry_*.deb debian)
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
cd "$work"
tar -cf layer.tar debian/usr/share/doc/docker-registry
cd "$work"
tar -cf layer.tar debian/usr/share/doc/docker-registry
# collected NAME PROGRAM: what an image for two platforms is like after a collection.
collected() {
    host=$(cat "$1.at")
    for cpu in amd64 arm64; do
        crane append --oci-empty-base -f layer.tar -t "$host/build/app:$cpu"
        crane mutate --set-platform "linux/$cpu" -t "$host/build/app:$cpu" "$host/build/app:$cpu"
    done >>log 2>&1
    crane index append -m "$host/build/app:amd64" -m "$host/build/app:arm64" -t "$host/build/app:1" >>log 2>&1
    crane copy "$host/build/app:1" "$host/acme/app:1" >>log 2>&1
    before=$(crane digest "$host/acme/app:1")
    OTEL_TRACES_EXPORTER=none timeout 60 "$2" garbage-collect --delete-untagged "$1.yml" >>log 2>&1
    if [ "$(crane digest "$host/acme/app:1")" = "$before" ]; then index="same digest"; else index="another digest"; fi
    if crane validate --remote "$host/acme/app:1" >>log 2>&1; then pulled="pull well"; else pulled="pull badly"; fi
    echo "tag $(crane ls "$host/acme/app"), $index, $pulled"
}
serve v3.0.0 "$(command -v registry)"
state "3.0.0" "tag 1, same digest, pull well" "$(collected v3.0.0 "$(command -v registry)")"
serve v2.8.2 "$work/debian/usr/bin/docker-registry"
state "2.8.2" "tag 1, same digest, pull badly" "$(collected v2.8.2 "$work/debian/usr/bin/docker-registry")"
tell
