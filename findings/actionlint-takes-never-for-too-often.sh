#!/bin/sh
# Tool: actionlint 1.7.12.
# Run: a workflow whose schedule is the 31st of February, which is a valid cron line; and one for the 29th.
# One would guess: no complaint, or "this never happens".
# What happens: it is said to run too often, "once per 0 seconds"; the 29th of February passes.
# Why it matters: a nightly release that never starts is worth a warning; this one tells the author to run it less
#   often.

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
GOBIN="$work/bin" timeout 900 go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
PATH="$work/bin:$PATH"
said() {
    cat >"$work/workflow.yml" <<END
on:
  schedule: [{cron: "$1"}]
jobs:
  release:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
END
    actionlint -no-color -oneline -shellcheck= -pyflakes= "$work/workflow.yml" |
        sed -n 's/.*\(runs too frequently. it runs once per [0-9.]* seconds\).*/\1/p'
}
state "0 0 31 2 *" "runs too frequently. it runs once per 0 seconds" "$(said '0 0 31 2 *')"
state "0 0 29 2 *" "" "$(said '0 0 29 2 *')"
state "0 0 1 2 *" "" "$(said '0 0 1 2 *')"
tell
