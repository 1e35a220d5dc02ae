#!/bin/sh
# Tools: PyPI's python-hcl2 8.1.4, beside docker buildx bake 0.38.2.
# Run: bake files with `${~ x ~}` (blanks cut), and with a number that has an exponent.
# One would guess: both read HCL 2, so what bake takes python-hcl2 reads, and a number is a number.
# What happens: for the first python-hcl2 refuses the whole file. In the second, 10 is a number and 1e1 is the text
#   "${1e1}". A heredoc keeps its two markers inside the quotes of its text.
# Why it matters: a tool that looks through bake files for images misses every target of the file.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install python-hcl2==8.1.4
GOBIN="$work/bin" timeout 900 go install github.com/docker/buildx/cmd/buildx@v0.38.2
PATH="$work/bin:$PATH"
cd "$work"
cat >read.py <<'END'
import json, sys
import hcl2

try:
    with open("docker-bake.hcl") as file:
        found = hcl2.load(file)
    print(json.dumps(list(found["target"][0].values())[0]["args"]["A"]))
except Exception as error:
    print("refused:", type(error).__name__)
END
both() {
    printf 'variable "V" {\n  default = "1"\n}\ntarget "app" {\n  args = { A = %s }\n}\n' "$1" >docker-bake.hcl
    printf 'bake %s, hcl2 %s\n' "$(timeout 60 buildx bake --print app 2>bake.log | jq -c .target.app.args.A)" \
        "$(venv/bin/python read.py)"
}
# shellcheck disable=SC2016  # HCL's own words
{
    state '"x ${~ V ~} y"' 'bake "x1y", hcl2 refused: UnexpectedToken' "$(both '"x ${~ V ~} y"')"
    state "10" 'bake "10", hcl2 10' "$(both 10)"
    state "1e1" 'bake "10", hcl2 "${1e1}"' "$(both 1e1)"
    state "a heredoc" 'bake "one\n", hcl2 "\"<<END\none\nEND\""' "$(both '<<END
one
END
')"
}
tell
