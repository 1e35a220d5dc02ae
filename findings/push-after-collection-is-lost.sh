#!/bin/sh
# Tools: distribution 3.0.0 and docker-registry 2.8.2 (Debian 12) on the loopback, with `cache: blobdescriptor: inmemory`
#   as in the configuration that both bring along; crane 0.20.6.
# Run: an image is pushed and deleted, `garbage-collect` is run while nobody writes, and the very same image is pushed
#   again to the registry that ran all the while.
# One would guess: what the collector took away is uploaded again; or the push fails.
# What happens: the registry's memory still knows the blobs, so the client is told "existing blob" and sends none; the
#   push ends well with the digest. The tag is listed, and nobody can pull it. Without the cache all is well.
# Why it matters: a clean-up before a rebuild of the same bytes leaves a release that is green and is not there. Only a
#   read of what was pushed shows it.

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
# serve NAME PROGRAM [STORAGE]: a registry on a free port of the loopback; its address is left in the file NAME.at.
serve() {
    mkdir "$work/$1.store"
    cat >"$work/$1.yml" <<END
version: 0.1
log: {level: info, formatter: text}
storage:
  filesystem: {rootdirectory: $work/$1.store}
  delete: {enabled: true}
${3:-}
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
# again NAME PROGRAM: what comes of the second push.
again() {
    host=$(cat "$1.at")
    app=$host/acme/app
    {
        crane append --oci-empty-base -f layer.tar -t "$app:1"
        crane delete "$app@$(crane digest "$app:1")"
        OTEL_TRACES_EXPORTER=none timeout 60 "$2" garbage-collect "$1.yml"
    } >>log 2>&1
    if crane append --oci-empty-base -f layer.tar -t "$app:2" >>log 2>&1; then pushed="push well"; else pushed="push badly"; fi
    if crane validate --remote "$app:2" >>log 2>&1; then pulled="pull well"; else pulled="pull badly"; fi
    echo "$pushed, tag $(crane ls "$app"), $pulled"
}
cache="  cache: {blobdescriptor: inmemory}"
serve plain "$(command -v registry)"
state "3.0.0, no cache" "push well, tag 2, pull well" "$(again plain "$(command -v registry)")"
serve v3.0.0 "$(command -v registry)" "$cache"
state "3.0.0" "push well, tag 2, pull badly" "$(again v3.0.0 "$(command -v registry)")"
serve v2.8.2 "$work/debian/usr/bin/docker-registry" "$cache"
state "2.8.2" "push well, tag 2, pull badly" "$(again v2.8.2 "$work/debian/usr/bin/docker-registry")"
tell
