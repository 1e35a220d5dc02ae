#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print --push app` on a file with a target "app" and a group "app" whose only member is "web".
# One would guess: an error about the name that is there twice, or both: the target and the group's members.
# What happens: the group wins without a word. "web" is built and pushed; the target "app" can no longer be
#   asked for by its name at all, although its block is valid and is read.
# Why it matters: a group that is added later under an image's own name takes that image out of the release,
#   and the log shows a green push.

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
target "app" {
  tags = ["registry.example.com/acme/app:1"]
}
target "web" {
  tags = ["registry.example.com/acme/web:1"]
}
END
state "without the group" app \
    "$(timeout 60 buildx bake --print --push app 2>bake.log | jq -r '.target | keys | join(" ")')"
cat >>docker-bake.hcl <<'END'
group "app" {
  targets = ["web"]
}
END
state "with the group" web \
    "$(timeout 60 buildx bake --print --push app 2>bake.log | jq -r '.target | keys | join(" ")')"
state "warnings" 0 "$(grep -ci -e warn -e conflict -e duplicate bake.log || true)"
tell
