#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print` on a target that inherits the build argument BASE and the label "edition", and sets both to null.
# One would guess: null takes an inherited value away, as it does for a variable's default.
# What happens: null means "say nothing here": the inherited value stays. To set it to "" is the nearest
#   thing there is, and that passes an empty argument, which hides the Dockerfile's own default.
# Why it matters: an image that was meant to be built with the default of its Dockerfile is built, and
#   published, with the argument of its parent.

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
cat >docker-bake.hcl <<'END'
target "common" {
  args   = { BASE = "debian", LEVEL = "2" }
  labels = { edition = "full" }
}
target "slim" {
  inherits = ["common"]
  args     = { BASE = null }
  labels   = { edition = null }
}
END
timeout 60 buildx bake --print slim >plan.json 2>bake.log
state "arguments" '{"BASE":"debian","LEVEL":"2"}' "$(jq -cS .target.slim.args plan.json)"
state "labels" '{"edition":"full"}' "$(jq -cS .target.slim.labels plan.json)"
tell
