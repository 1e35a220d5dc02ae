#!/bin/sh
# Tools: PyPI's docker 7.2.0 (the SDK) and moby's patternmatcher 0.6.0 (what the builder itself uses), beside git.
# Run: one pattern of a .dockerignore and one file each; is the file left out of the build's context?
# One would guess: SDK and builder agree, as both read .dockerignore, and it works as .gitignore does.
# What happens: the SDK ignores case (the pattern LICENSE leaves out `license`), reads [!a] as "not a" where the builder
#   knows [^a] only, and the other way round. Of git both differ in whether `*.md` reaches into folders.
# Why it matters: one Dockerfile and one commit give two images, depending on who made the context; a file that
#   was to stay out is shipped, or one that is needed is missing.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install docker==7.2.0
cd "$work"
cat >go.mod <<'END'
module example.com/ignored
go 1.23
require github.com/moby/patternmatcher v0.6.0
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/moby/patternmatcher"
)

func main() {
	matcher, err := patternmatcher.New(os.Args[1:2])
	if err != nil {
		panic(err)
	}
	out, err := matcher.MatchesOrParentMatches(os.Args[2])
	if err != nil {
		panic(err)
	}
	if out {
		fmt.Println("out")
	} else {
		fmt.Println("in")
	}
}
END
GOFLAGS=-mod=mod timeout 300 go build -o builder . 2>go.log
cat >sdk.py <<'END'
import sys
from docker.utils.build import PatternMatcher

print("out" if PatternMatcher(sys.argv[1:2]).matches(sys.argv[2]) else "in")
END
git init -q repository
# all PATTERN FILE: builder, SDK and git on whether the file is left out.
all() {
    echo "$1" >repository/.gitignore
    if git -C repository check-ignore -q --no-index "$2"; then git=out; else git=in; fi
    echo "builder $(./builder "$1" "$2"), SDK $(venv/bin/python sdk.py "$1" "$2"), git $git"
}
state "LICENSE, file license" "builder in, SDK out, git in" "$(all LICENSE license)"
state "[!a].env, file b.env" "builder in, SDK out, git out" "$(all '[!a].env' b.env)"
state "[^a].env, file b.env" "builder out, SDK in, git out" "$(all '[^a].env' b.env)"
state "*.md, file notes.md" "builder out, SDK out, git out" "$(all '*.md' notes.md)"
state "*.md, file docs/notes.md" "builder in, SDK in, git out" "$(all '*.md' docs/notes.md)"
tell
