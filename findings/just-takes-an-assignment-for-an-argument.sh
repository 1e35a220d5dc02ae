#!/bin/sh
# Tool: just 1.59.0 (PyPI's rust-just).
# Run: `just push tag=2.0`, `just tag=2.0 push` and `tag=2.0 just push` on a recipe that pushes app:{{tag}}.
# One would guess: as with make, the three set the variable, in any order.
# What happens: only the one before the recipe does. After it, the text "tag=2.0" itself is the recipe's argument, so
#   app:tag=2.0 is asked for; an environment variable of the name is ignored; all three end well.
# Why it matters: a Makefile that was moved to just releases the default tag, or another tag than was asked for.

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
python3 -m venv "$work/venv"
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install rust-just==1.59.0
cd "$work"
cat >justfile <<'END'
tag := "1.0"
push image=tag:
    @echo app:{{image}}
plain:
    @echo app:{{tag}}
END
PATH="$work/venv/bin:$PATH"
state "just push" app:1.0 "$(just push)"
state "just push tag=2.0" app:tag=2.0 "$(just push tag=2.0)"
state "just tag=2.0 push" app:2.0 "$(just tag=2.0 push)"
state "just tag=2.0 plain" app:2.0 "$(just tag=2.0 plain)"
state "tag=2.0 just plain" app:1.0 "$(tag=2.0 just plain)"
tell
