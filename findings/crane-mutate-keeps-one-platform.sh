#!/bin/sh
# Tools: crane 0.20.6, distribution 3.0.0 on the loopback.
# Run: `crane mutate --label`, `crane append -b` and `crane flatten` on a tag that is an index of two platforms; then
#   `crane index append` of the same image twice.
# One would guess: each platform is changed, or an error, as `mutate --annotation` gives; an image that is in the index is
#   not put in again.
# What happens: mutate and append take linux/amd64 out of the index, and write that one image under the tag. flatten keeps
#   both platforms. index append adds the same digest a second time.
# Why it matters: "just add a label before the release" takes arm64 away, and a step that is run again makes the index
#   longer.

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
app=$host/acme/app
cd "$work"
tar -cf layer.tar three.yml
{
    crane append --oci-empty-base -f layer.tar -t "$app:base"
    for platform in amd64 arm64; do crane mutate --set-platform linux/$platform "$app:base" -t "$app:$platform"; done
    crane index append -m "$app:amd64" -m "$app:arm64" -t "$app:1"
    crane mutate --label step=release "$app:1" -t "$app:mutated"
    crane append -b "$app:1" -f layer.tar -t "$app:appended"
    crane flatten "$app:1" -t "$app:flat"
    crane index append "$app:1" -m "$app:arm64" -t "$app:again"
} >log 2>&1
platforms() {
    crane manifest "$1" | jq -r 'if .manifests then .manifests[].platform.architecture else "one image" end' | paste -sd ' ' -
}
state "before" "amd64 arm64" "$(platforms "$app:1")"
state "after mutate --label" "one image" "$(platforms "$app:mutated")"
state "after append" "one image" "$(platforms "$app:appended")"
state "after flatten" "amd64 arm64" "$(platforms "$app:flat")"
state "after index append of arm64" "amd64 arm64 arm64" "$(platforms "$app:again")"
if crane mutate --annotation step=release "$app:1" -t "$app:annotated" >>log 2>&1; then seen=taken; else seen=refused; fi
state "mutate --annotation" refused $seen
tell
