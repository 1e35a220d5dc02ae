#!/bin/sh
# Tool: docker buildx bake 0.38.2 (with the compose-go that it is built with).
# Run: `bake --print --push` on a Compose file with `image: app:1` and `build.tags: [app:latest]`.
# One would guess: the image is pushed under both names, as `tags` are further names beside `image`.
# What happens: with `build.tags` there, `image` is not a tag any more: only app:latest is pushed. `x-bake.tags` does the
#   same. Without either, `image` is the tag.
# Why it matters: an alias that is added to a release takes the release's own tag away; `compose up` then asks for
#   app:1, and the registry has none, or the one of before.

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
# tags LINES: the tags of app when its `build` has these lines.
tags() {
    {
        printf 'services:\n  app:\n    image: registry.example.com/acme/app:1\n    build:\n      context: .\n'
        printf '%b' "$1"
    } >compose.yaml
    timeout 60 buildx bake --print --push 2>bake.log | jq -r '.target.app.tags[] | sub(".*/"; "")' | paste -sd ' ' -
}
state "image alone" app:1 "$(tags '')"
state "image and build.tags" app:latest "$(tags '      tags: [registry.example.com/acme/app:latest]\n')"
state "image and x-bake.tags" app:latest \
    "$(tags '      x-bake:\n        tags: [registry.example.com/acme/app:latest]\n')"
tell
