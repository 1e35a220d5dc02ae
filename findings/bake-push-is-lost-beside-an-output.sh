#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print --push` on targets whose file says `output = ["type=docker"]`, "type=cacheonly" and "type=local".
# One would guess: --push means push, whatever else the file says; or the two are refused together.
# What happens: beside type=docker an image output with push is added. Beside type=cacheonly and type=local nothing
#   is added and nothing is said: the command with --push ends well and nothing reaches a registry.
# Why it matters: the next step, which makes an alias or a deploy of the tag, finds the tag of the last release.

set -eu
[ -n "${bounded:-}" ] || bounded=yes exec timeout 1800 "$0" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
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
GOBIN="$work/bin" timeout 900 go install github.com/docker/buildx/cmd/buildx@v0.38.2
PATH="$work/bin:$PATH"
cd "$work"
for kind in docker cacheonly local,dest=out; do
    cat >docker-bake.hcl <<END
target "default" {
  tags   = ["registry.example.com/acme/app:1"]
  output = ["type=$kind"]
}
END
    timeout 60 buildx bake --print --push >plan.json 2>bake.log
    case $kind in docker) stated=1 ;; *) stated=0 ;; esac
    state "outputs that push, beside type=$kind" $stated \
        "$(jq '[.target.default.output[] | select(.push == "true")] | length' plan.json)"
    state "warnings" 0 "$(grep -ci warn bake.log || true)"
done
tell
