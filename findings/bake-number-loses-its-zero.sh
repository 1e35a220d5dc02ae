#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print` with `variable "V" { default = 1.0 }` and V=1.20 in the environment, used in a tag.
# One would guess: the text of the environment variable goes into the tag as it stands: app:1.20.
# What happens: the type of the default decides. Beside a number the environment's "1.20" becomes the number
#   1.2, so the tag is app:1.2. Beside `false`, the text "1" becomes "true". With `default = "1.0"` all is well.
# Why it matters: release 1.20 overwrites the published tag 1.2, two years older. Nobody touched a quote.

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
variable "NUMBER" { default = 1.0 }
variable "TEXT"   { default = "1.0" }
variable "FLAG"   { default = false }
target "default" {
  tags = ["registry.example.com/acme/app:${NUMBER}", "registry.example.com/acme/app:${TEXT}"]
  args = { RELEASE = FLAG }
}
END
NUMBER=1.20 TEXT=1.20 FLAG=1 timeout 60 buildx bake --print >plan.json 2>bake.log
state "default = 1.0, environment 1.20" app:1.2 "$(jq -r '.target.default.tags[0]' plan.json | sed 's,.*/,,')"
state 'default = "1.0", environment 1.20' app:1.20 "$(jq -r '.target.default.tags[1]' plan.json | sed 's,.*/,,')"
state "default = false, environment 1" true "$(jq -r .target.default.args.RELEASE plan.json)"
tell
