#!/bin/sh
# Tool: docker buildx bake 0.38.2 (with the compose-go that it is built with).
# Run: `bake --print` on a Compose file whose build arguments are written without quotes.
# One would guess: a build argument is a text, so what stands in the file is what the Dockerfile gets.
# What happens: each is read as YAML 1.1 first and printed afterwards by Go's rules: 1.10 becomes 1.1, 0123
#   becomes 83, 1234567.0 becomes 1.234567e+06, and a date gets a time and a time zone.
# Why it matters: the image is built for another version than the one in the file. That 0123 is octal here and
#   not in a workflow's `env` makes one value two.

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
cat >compose.yaml <<'END'
services:
  app:
    image: registry.example.com/acme/app:1
    build:
      context: .
      args:
        VERSION: 1.10
        REVISION: 0123
        SCHEMA: 1234567.0
        DAY: 2026-11-30
        RUN: 20261130123456789
        COMMIT: 12e4567
END
timeout 60 buildx bake --print >plan.json 2>bake.log
argument() { jq -r ".target.app.args.$1" plan.json; }
state "VERSION: 1.10" 1.1 "$(argument VERSION)"
state "REVISION: 0123" 83 "$(argument REVISION)"
state "SCHEMA: 1234567.0" 1.234567e+06 "$(argument SCHEMA)"
state "DAY: 2026-11-30" "2026-11-30 00:00:00 +0000 UTC" "$(argument DAY)"
state "RUN: 20261130123456789 (kept)" 20261130123456789 "$(argument RUN)"
state "COMMIT: 12e4567 (kept)" 12e4567 "$(argument COMMIT)"
tell
