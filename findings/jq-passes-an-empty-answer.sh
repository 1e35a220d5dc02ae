#!/bin/sh
# Tool: jq 1.6 (Debian 12).
# Run: `jq -e .digest` on an empty answer; and `.push // true`, a number of 17 digits, and 1.10.
# One would guess: -e fails where there is no digest, as it does for {}; `//` gives a default for what is not there; what
#   is passed through is not changed.
# What happens: an empty answer ends with 0, and an empty text. A `false` that is there counts as not there, so the default
#   true wins. The number ends in 788 instead of 789, and 1.10 is 1.1.
# Why it matters: `digest=$(curl … | jq -er .digest)` under `set -e` goes on with an empty digest when the registry's
#   answer was empty; a switch that says "do not push" pushes.

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
if [ "$(jq --version)" != jq-1.6 ]; then
    echo "needs: apt-get install jq=1.6-2.1+deb12u3 (Debian 12)"
    exit 1
fi
# run TEXT ARGUMENTS: what jq prints, and how it ends.
run() {
    text=$1
    shift
    if out=$(printf '%s' "$text" | jq "$@" 2>"$work/error"); then status=0; else status=$?; fi
    echo "'$out' $status"
}
state "-e, an empty answer" "'' 0" "$(run '' -er .digest)"
state "-e, no digest" "'null' 1" "$(run '{}' -er .digest)"
state "false // true" "'true' 0" "$(run '{"push": false}' '.push // true')"
state "17 digits" "'20261130123456788' 0" "$(run '{"run": 20261130123456789}' .run)"
state "1.10" "'1.1' 0" "$(run '{"version": 1.10}' .version)"
tell
