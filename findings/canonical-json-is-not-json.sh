#!/bin/sh
# Tool: PyPI's securesystemslib 1.6.0 (the library beneath in-toto and TUF).
# Run: encode_canonical, the form that is signed, of a text with a line break, and of a number with a fraction.
# One would guess: canonical JSON is JSON with one fixed order and spacing, so any JSON reader takes it, and any JSON
#   value can be put in it.
# What happens: only quotes and backslashes are escaped. The line break stands raw in the text, so json.loads refuses
#   what was just written; 1.5 is refused with an error, while 1 is fine.
# Why it matters: a release note with two lines, or a duration, in signed metadata: the signature is good, and a
#   reader in another language cannot read the signed bytes.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install securesystemslib==1.6.0
cat >"$work/canonical.py" <<'END'
import json, sys
from securesystemslib.formats import encode_canonical

value = json.loads(sys.argv[1])
try:
    text = encode_canonical(value)
except Exception as error:
    print("not written:", type(error).__name__)
else:
    try:
        print("read back" if json.loads(text) == value else "read otherwise")
    except ValueError:
        print("written, not readable")
END
encoded() { "$work/venv/bin/python" "$work/canonical.py" "$1"; }
state "one line" "read back" "$(encoded '{"note": "first, \"second\""}')"
state "two lines" "written, not readable" "$(encoded '{"note": "first\nsecond"}')"
state "a whole number" "read back" "$(encoded '{"seconds": 1}')"
state "a fraction" "not written: FormatError" "$(encoded '{"seconds": 1.5}')"
tell
