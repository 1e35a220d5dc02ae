#!/bin/sh
# Tools: crane 0.20.6, oras 1.2.3, regctl 0.9.2, distribution 3.0.0 on the loopback.
# Run: push to, and read from, the repository `x` (one letter), which the distribution specification's pattern allows.
# One would guess: what the registry takes and one client pushes, another client can read.
# What happens: oras and regctl push and list it; crane says that the name must have 2 to 255 letters and sends no
#   request at all. It counts the whole path, so `a/b` is fine.
# Why it matters: an image can be published with one client, and not be signed, copied or checked with the tools
#   that are built on crane's library.

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
GOBIN="$work/bin" timeout 900 go install github.com/regclient/regclient/cmd/regctl@v0.9.2
GOBIN="$work/bin" timeout 900 go install oras.land/oras/cmd/oras@v1.2.3
GOBIN="$work/bin" timeout 900 go install github.com/distribution/distribution/v3/cmd/registry@v3.0.0
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
export HOME="$work" DOCKER_CONFIG="$work/docker"
cd "$work"
regctl registry set --tls disabled "$host" >>log 2>&1
for name in x a/b; do
    oras push --plain-http "$host/$name:1" three.yml >>log 2>&1
    state "oras, $name" 1 "$(oras repo tags --plain-http "$host/$name" 2>>log)"
    state "regctl, $name" 1 "$(regctl tag ls "$host/$name" 2>>log)"
    case $name in x) stated=refused ;; *) stated=1 ;; esac
    state "crane, $name" $stated "$(crane ls "$host/$name" 2>crane.log || echo refused)"
    case $name in x) state "its words" 1 "$(grep -c 'between 2 and 255' crane.log)" ;; esac
done
tell
