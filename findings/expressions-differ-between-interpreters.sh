#!/bin/sh
# Tools: npm's @actions/expressions 0.3.61 and act's exprparser 0.2.82 in a Go program.
# Run: expressions of workflows that both can read.
# One would guess: two interpreters of one small language agree, or one says what it lacks.
# What happens: a long number from JSON is printed with all its digits, the last one rounded, by the one and as
#   2.02611301234568E+16 by the other; 0.00001 likewise. A star over an object gives its members' values in one and
#   nothing in the other; an index of 1.9 is 1, or nothing. A number of 17 digits as a literal is refused by act.
# Why it matters: a tag made from such a number, or a gate that looks through a star, is right where it was tried out
#   and wrong where it runs.

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
(cd "$work" && npm init -y >"$work/npm.log" && timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts @actions/expressions@0.3.61 >>"$work/npm.log")
cd "$work"
cat >go.mod <<'END'
module example.com/evaluate
go 1.24
require github.com/nektos/act v0.2.82
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/nektos/act/pkg/exprparser"
)

func main() {
	interpreter := exprparser.NewInterpeter(&exprparser.EvaluationEnvironment{}, exprparser.Config{})
	value, err := interpreter.Evaluate("format('{0}', "+os.Args[1]+")", exprparser.DefaultStatusCheckNone)
	if err != nil {
		fmt.Println("refused")
		return
	}
	fmt.Println(value)
}
END
GOFLAGS=-mod=mod timeout 600 go build -o evaluate . 2>go.log
cat >evaluate.mjs <<'END'
import {Evaluator, Lexer, Parser, data, wellKnownFunctions} from "@actions/expressions";

const tokens = new Lexer(`format('{0}', ${process.argv[2]})`).lex().tokens;
const tree = new Parser(tokens, [], Object.values(wellKnownFunctions)).parse();
console.log(new Evaluator(tree, new data.Dictionary()).evaluate().coerceString());
END
both() { echo "actions '$(node evaluate.mjs "$1")', act '$(./evaluate "$1")'"; }
state "fromJSON('20261130123456789')" "actions '20261130123456788', act '2.02611301234568E+16'" \
    "$(both "fromJSON('20261130123456789')")"
state "20261130123456789" "actions '20261130123456788', act 'refused'" "$(both 20261130123456789)"
state "0.00001" "actions '0.00001', act '1E-05'" "$(both 0.00001)"
state "a star over an object" "actions 'failure', act ''" \
    "$(both "join(fromJSON('{\"test\":{\"result\":\"failure\"}}').*.result, ',')")"
state "a star over a list" "actions 'failure', act 'failure'" \
    "$(both "join(fromJSON('[{\"result\":\"failure\"}]').*.result, ',')")"
state "fromJSON('[\"a\",\"b\"]')[1.9]" "actions 'b', act ''" "$(both "fromJSON('[\"a\",\"b\"]')[1.9]")"
tell
