#!/bin/sh
# Tools: ko 0.18.0, crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: `ko build --bare -t 1.0 ./cmd/app ./cmd/worker`; and `ko build --base-import-paths` of two folders that end in
#   the same name.
# One would guess: an error, as both images would get one name.
# What happens: both are pushed to the same repository and tag, one after the other; two lines name two digests, ko ends
#   well, and the tag is the last one's. The first can be had by its digest only.
# Why it matters: whatever follows the tag of app runs worker.

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
GOBIN="$work/bin" timeout 900 go install github.com/google/ko@v0.18.0
GOBIN="$work/bin" timeout 900 go install github.com/google/go-containerregistry/cmd/crane@v0.20.6
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
export DOCKER_CONFIG="$work/docker" KO_DEFAULTBASEIMAGE="$host/base:1" KO_DOCKER_REPO="$host/acme"
mkdir -p "$work/code/cmd/app" "$work/code/cmd/worker" "$work/code/extra/app"
cd "$work/code"
printf 'module example.com/acme\n\ngo 1.24\n' >go.mod
for folder in cmd/app cmd/worker extra/app; do
    printf 'package main\n\nfunc main() { println("%s") }\n' $folder >$folder/main.go
done
tar -cf ../layer.tar go.mod
{
    crane append --oci-empty-base -f ../layer.tar -t "$host/base:1"
    crane mutate --set-platform linux/amd64 "$host/base:1" -t "$host/base:1"
} >>../log 2>&1
# built HOW FOLDER FOLDER: how ko ends, how many names and digests it prints, and which of them the tag is.
built() {
    if timeout 300 ko build "$1" -t 1.0 --sbom=none "$2" "$3" >../names 2>>../log; then ends=well; else ends=badly; fi
    names=$(sed 's/@.*//' ../names | sort -u)
    digest=$(crane digest "$(echo "$names" | tail -1)")
    echo "$ends, $(echo "$names" | wc -l | tr -d ' ') name, $(sed 's/.*@//' ../names | sort -u | wc -l | tr -d ' ') digests," \
        "tag is line $(grep -n "@$digest" ../names | cut -d: -f1)"
}
state "--bare" "well, 1 name, 2 digests, tag is line 2" "$(built --bare ./cmd/app ./cmd/worker)"
state "--base-import-paths" "well, 1 name, 2 digests, tag is line 2" "$(built --base-import-paths ./cmd/app ./extra/app)"
tell
