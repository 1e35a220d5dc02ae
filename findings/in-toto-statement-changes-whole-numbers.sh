#!/bin/sh
# Tool: PyPI's in-toto-attestation 0.9.3 (with protobuf 7.36.2).
# Run: a Statement whose predicate holds the whole numbers 1 and 20261130123456789 is made, validated and printed.
# One would guess: the JSON that is signed holds the numbers that were put in.
# What happens: the predicate is a protobuf Struct, which knows one kind of number: 1 is printed as 1.0 and the
#   17 digits end in 88 instead of 89. The text "20261130123456789" stays as it is. validate() has no objection.
# Why it matters: a run number, a build number or a size is signed as another one; a verifier that compares it with
#   the source's says no, and one that reads it into a whole number stops at "1.0".

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install in-toto-attestation==0.9.3 protobuf==7.36.2
cat >"$work/statement.py" <<'END'
import json
from google.protobuf import json_format
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

predicate = {"attempt": 1, "run": 20261130123456789, "text": "20261130123456789"}
subject = ResourceDescriptor(name="registry.example.com/acme/app", digest={"sha256": "0" * 64})
statement = Statement([subject.pb], "https://example.com/release/v1", predicate)
statement.validate()
print(json.dumps(json.loads(json_format.MessageToJson(statement.pb))["predicate"], sort_keys=True))
END
state "the predicate" '{"attempt": 1.0, "run": 2.0261130123456788e+16, "text": "20261130123456789"}' \
    "$("$work/venv/bin/python" "$work/statement.py")"
tell
