#!/bin/bash
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print --push --set '*.output=type=image'` on one target, up to 200 times.
# One would guess: one command on one file gives one plan.
# What happens: most runs print push=true, some print an output without push. The two overrides are kept in a Go
#   map, and which of them comes last is drawn anew in each run.
# Why it matters: the same job publishes the image on one day and quietly does not on another; both are green.

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
target "default" {
  tags   = ["registry.example.com/acme/app:1"]
  output = ["type=image"]
}
END
declare -A count=([true]=0 [none]=0)
for ((run = 1; run <= 200; run++)); do
    push=$(timeout 60 buildx bake --print --push --set '*.output=type=image' 2>bake.log |
        jq -r '.target.default.output[0].push // "none"')
    count[$push]=$((count[$push] + 1))
    if ((count[true] > 0 && count[none] > 0)); then break; fi
done
echo "after $run runs: pushed in ${count[true]}, not pushed in ${count[none]}"
state "both were seen" yes "$( ((count[true] > 0 && count[none] > 0)) && echo yes || echo no)"
tell
