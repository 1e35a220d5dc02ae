#!/bin/sh
# Tool: PyPI's dockerfile-parse 2.0.1, beside BuildKit's own parser 0.23.2 in a Go program.
# Run: `baseimage` and the parents of a Dockerfile with `COPY <<END` whose text begins with FROM; and of one with
#   a default in its FROM line.
# One would guess: both parsers see one FROM, alpine:3.20; a heredoc is text; `${BASE:-alpine:3.20}` is its default.
# What happens: dockerfile-parse reads the heredoc's lines as instructions, so the base image is the one in the
#   text, and there is a second stage. Of `${BASE:-alpine:3.20}` it leaves `:-alpine:3.20}` as the base.
# Why it matters: "was the base image rebuilt?" is asked of an image that this one is not made from.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install dockerfile-parse==2.0.1
cd "$work"
cat >go.mod <<'END'
module example.com/stages
go 1.23.0
require github.com/moby/buildkit v0.23.2
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	tree, err := parser.Parse(os.Stdin)
	if err != nil {
		panic(err)
	}
	stages, _, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		panic(err)
	}
	for _, stage := range stages {
		fmt.Print(stage.BaseName, " ")
	}
}
END
GOFLAGS=-mod=mod timeout 300 go build -o stages . 2>go.log
cat >parents.py <<'END'
import io, sys
from dockerfile_parse import DockerfileParser

found = DockerfileParser(fileobj=io.BytesIO(sys.stdin.buffer.read()))
print("base", found.baseimage, "of", *found.parent_images)
END
cat >heredoc <<'END'
FROM alpine:3.20
COPY <<EOF /usr/share/doc/greeting
FROM everyone:here
EOF
END
cat >default <<'END'
ARG BASE
FROM ${BASE:-alpine:3.20}
END
state "heredoc, BuildKit" "alpine:3.20 " "$(./stages <heredoc)"
state "heredoc, dockerfile-parse" "base everyone:here of alpine:3.20 everyone:here" "$(venv/bin/python parents.py <heredoc)"
# shellcheck disable=SC2016  # the Dockerfile's own words
state "default, BuildKit" '${BASE:-alpine:3.20} ' "$(./stages <default)"
state "default, dockerfile-parse" "base :-alpine:3.20} of :-alpine:3.20}" "$(venv/bin/python parents.py <default)"
tell
