#!/bin/sh
# Tools: distribution 3.0.0 and docker-registry 2.8.2 (Debian 12) on the loopback, crane 0.20.6, curl.
# Run: PUT of a manifest to an existing tag with `If-None-Match: *`, and with an `If-Match` that names another digest.
# One would guess: 412, since GET of the same address sends an ETag and honours `If-None-Match` with 304.
# What happens: reading is conditional, writing is not: both PUTs are taken with 201, and the tag has moved.
# Why it matters: a registry of this kind offers no "only if it is still what I saw". Two releases that write one
#   tag cannot be kept apart by headers; the order must be made elsewhere, and what was written be read back.

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
serve v3.0.0 "$(command -v registry)"
serve v2.8.2 "$work/debian/usr/bin/docker-registry"
cd "$work"
tar -cf one.tar v3.0.0.yml
tar -cf two.tar v2.8.2.yml
moved() { [ "\"$(crane digest "$app:latest")\"" = "$two" ] && echo yes || echo no; }
type=application/vnd.oci.image.manifest.v1+json
for registry in v3.0.0 v2.8.2; do
    host=$(cat $registry.at)
    app=$host/acme/app
    at=http://$host/v2/acme/app/manifests/latest
    crane append --oci-empty-base -f one.tar -t "$app:1" >>log 2>&1
    crane append --oci-empty-base -f two.tar -t "$app:2" >>log 2>&1
    crane manifest "$app:2" >two.json
    one='"'$(crane digest "$app:1")'"'
    two='"'$(crane digest "$app:2")'"'
    crane tag "$app:1" latest >>log 2>&1
    state "GET with If-None-Match: (what it is), $registry" 304 \
        "$(curl -s -o body -w '%{http_code}' -H "Accept: $type" -H "If-None-Match: $one" "$at")"
    state "PUT with If-None-Match: *, $registry" 201 "$(curl -s -o body -w '%{http_code}' -X PUT \
        -H "Content-Type: $type" -H 'If-None-Match: *' --data-binary @two.json "$at")"
    state "the tag has moved, $registry" yes "$(moved)"
    crane tag "$app:1" latest >>log 2>&1
    state "PUT with If-Match: (what it is not), $registry" 201 "$(curl -s -o body -w '%{http_code}' -X PUT \
        -H "Content-Type: $type" -H "If-Match: $two" --data-binary @two.json "$at")"
    state "the tag has moved, $registry" yes "$(moved)"
done
tell
