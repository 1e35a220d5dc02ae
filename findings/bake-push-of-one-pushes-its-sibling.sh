#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print --set app.push=true app worker`, where both targets inherit one `output = ["type=image"]`.
# One would guess: only app is pushed; worker was not named.
# What happens: worker's output says push=true too. The inherited entry is shared between the two, and the switch
#   is written into it. With an `output` of its own in each target, only app is pushed; `--set app.args.X=` does
#   not leak either.
# Why it matters: an image is published that nobody asked to publish, before its turn or before its tests.

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
outputs() {
    timeout 60 buildx bake --print --set app.push=true app worker 2>bake.log |
        jq -rS '.target | map_values(.output[0].push // "no") | "app \(.app), worker \(.worker)"'
}
cat >docker-bake.hcl <<'END'
target "base" {
  output = ["type=image"]
}
target "app" {
  inherits = ["base"]
  tags     = ["registry.example.com/acme/app:1"]
}
target "worker" {
  inherits = ["base"]
  tags     = ["registry.example.com/acme/worker:1"]
}
END
state "an inherited output" "app true, worker true" "$(outputs)"
cat >docker-bake.hcl <<'END'
target "app" {
  output = ["type=image"]
  tags   = ["registry.example.com/acme/app:1"]
}
target "worker" {
  output = ["type=image"]
  tags   = ["registry.example.com/acme/worker:1"]
}
END
state "an output of its own" "app true, worker no" "$(outputs)"
tell
