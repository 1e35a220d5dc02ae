#!/bin/sh
# Tools: Masterminds/semver 3.4.0 (the library of Flux's image policies, Helm and Argo CD's updater) and npm's semver 7.8.6.
# Run: both are asked whether versions fit a range with a pre-release in it.
# One would guess: `>=1.0.0-0 <2.0.0` is "all of 1, candidates too"; both libraries read it alike, and 2.0.0-rc.1 is
#   not in it.
# What happens: in Go one pre-release anywhere opens the whole range to all of them, so 2.0.0-rc.1, which sorts
#   before 2.0.0, fits. In npm a candidate fits only beside a bound of the very same version, so not even
#   1.1.0-rc.1 fits. The Go answer is as wished with `<2.0.0-0`, or with `^1.0.0-0`.
# Why it matters: the policy that was to follow candidates of 1 deploys the first candidate of 2; and a check of
#   the policy with the other library says that nothing will happen.

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
(cd "$work" && npm init -y >"$work/npm.log" && timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts semver@7.8.6 >>"$work/npm.log")
cd "$work"
cat >go.mod <<'END'
module example.com/ranges
go 1.24
require github.com/Masterminds/semver/v3 v3.4.0
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/Masterminds/semver/v3"
)

func main() {
	fmt.Println(must(semver.NewConstraint(os.Args[1])).Check(semver.MustParse(os.Args[2])))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
END
GOFLAGS=-mod=mod timeout 300 go build -o ranges . 2>go.log
# both RANGE VERSION: what each of the two says.
both() {
    echo "go $(./ranges "$1" "$2"), npm $(node -p 'require("semver").satisfies(process.argv[2], process.argv[1])' "$1" "$2")"
}
state "1.1.0-rc.1 in >=1.0.0-0 <2.0.0" "go true, npm false" "$(both '>=1.0.0-0 <2.0.0' 1.1.0-rc.1)"
state "2.0.0-rc.1 in >=1.0.0-0 <2.0.0" "go true, npm false" "$(both '>=1.0.0-0 <2.0.0' 2.0.0-rc.1)"
state "2.0.0-rc.1 in >=1.0.0-0 <2.0.0-0" "go false, npm false" "$(both '>=1.0.0-0 <2.0.0-0' 2.0.0-rc.1)"
state "1.1.0-rc.1 in ^1.0.0-0" "go true, npm false" "$(both '^1.0.0-0' 1.1.0-rc.1)"
state "2.0.0-rc.1 in ^1.0.0-0" "go false, npm false" "$(both '^1.0.0-0' 2.0.0-rc.1)"
state "1.5.0-rc.1 in >=1.0.0" "go false, npm false" "$(both '>=1.0.0' 1.5.0-rc.1)"
tell
