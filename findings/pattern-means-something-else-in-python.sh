#!/bin/sh
# Tools: PyPI's google-re2 1.1.20251105 and Go's regexp (what Flux filters tags with), beside Python's re.
# Run: patterns that all three take without an error, each against a tag.
# One would guess: a pattern that all three take means the same to all three.
# What happens: {,1} is "at most one" for Python and the four characters themselves for Go and RE2. [[:digit:]] is a
#   digit for Go and RE2, and for Python a set of the letters "[:digt" with a "]" behind it.
# Why it matters: a filter of tags that was tried out in Python elects another tag, or none, in the controller.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install google-re2==1.1.20251105
cd "$work"
cat >go.mod <<'END'
module example.com/match
go 1.22
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"os"
	"regexp"
)

func main() {
	if regexp.MustCompile(os.Args[1]).MatchString(os.Args[2]) {
		fmt.Println("yes")
	} else {
		fmt.Println("no")
	}
}
END
timeout 300 go build -o match . 2>go.log
cat >match.py <<'END'
import re, sys
import re2

module = {"re": re, "re2": re2}[sys.argv[1]]
print("yes" if module.search(sys.argv[2], sys.argv[3]) else "no")
END
# all PATTERN TAG: does it match, in Python, RE2 and Go?
all() {
    echo "python $(venv/bin/python -W ignore match.py re "$1" "$2")," \
        "re2 $(venv/bin/python match.py re2 "$1" "$2"), go $(./match "$1" "$2")"
}
state '^v{,1}1$ on v1' "python yes, re2 no, go no" "$(all '^v{,1}1$' v1)"
state '^v{0,1}1$ on v1' "python yes, re2 yes, go yes" "$(all '^v{0,1}1$' v1)"
state '^[[:digit:]]+$ on 12' "python no, re2 yes, go yes" "$(all '^[[:digit:]]+$' 12)"
state '^[0-9]+$ on 12' "python yes, re2 yes, go yes" "$(all '^[0-9]+$' 12)"
tell
