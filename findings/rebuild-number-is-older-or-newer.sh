#!/bin/sh
# Tools: PyPI's packaging 26.4 and semver 3.1.2, npm's semver 7.8.6, Masterminds/semver 3.4.0, Debian's dpkg, git.
# Run: each orders the release tag 1.0.0 and its rebuild 1.0.0-1; and the candidates rc9 and rc10.
# One would guess: a rebuild is newer than what it rebuilds, the tenth candidate newer than the ninth, for everyone.
# What happens: for Python's packaging, dpkg and `git tag --sort=version:refname` 1.0.0-1 is newer than 1.0.0; for the
#   three semver libraries it is a pre-release, older, and it fits no plain range. rc10 is newer for packaging, dpkg
#   and git, older for semver, where only a dot makes a number of it (rc.9, rc.10).
# Why it matters: the script that picks the newest tag and the controller that elects one disagree, so the rebuilt
#   image is pushed, shown as the newest, and never deployed.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install packaging==26.4 semver==3.1.2
(cd "$work" && npm init -y >"$work/npm.log" && timeout 600 npm install --silent --no-audit --no-fund --ignore-scripts semver@7.8.6 >>"$work/npm.log")
cd "$work"
cat >go.mod <<'END'
module example.com/newer
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
	if semver.MustParse(os.Args[1]).GreaterThan(semver.MustParse(os.Args[2])) {
		fmt.Println(os.Args[1])
	} else {
		fmt.Println(os.Args[2])
	}
}
END
GOFLAGS=-mod=mod timeout 300 go build -o newer . 2>go.log
git init -q repository
git -C repository -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m release
# newest TOOL A B: the newer one of two tags.
newest() {
    case $1 in
    packaging) "$work/venv/bin/python" -c 'import sys; from packaging.version import Version as V; print(max(sys.argv[1:], key=V))' "$2" "$3" ;;
    pypi-semver) "$work/venv/bin/python" -c 'import sys; from semver import Version as V; print(max(sys.argv[1:], key=V.parse))' "$2" "$3" ;;
    npm-semver) node -p 'require("semver").sort(process.argv.slice(1))[1]' "$2" "$3" ;;
    go-semver) ./newer "$2" "$3" ;;
    dpkg) if dpkg --compare-versions "$2" gt "$3"; then echo "$2"; else echo "$3"; fi ;;
    git)
        git -C repository tag "$2"
        git -C repository tag "$3"
        git -C repository tag --sort=version:refname | tail -1
        git -C repository tag -d "$2" "$3" >git.log
        ;;
    esac
}
for tool in packaging dpkg git; do
    state "$tool, 1.0.0 and 1.0.0-1" 1.0.0-1 "$(newest $tool 1.0.0 1.0.0-1)"
    state "$tool, 1.0.0-rc9 and 1.0.0-rc10" 1.0.0-rc10 "$(newest $tool 1.0.0-rc9 1.0.0-rc10)"
done
for tool in pypi-semver npm-semver go-semver; do
    state "$tool, 1.0.0 and 1.0.0-1" 1.0.0 "$(newest $tool 1.0.0 1.0.0-1)"
    state "$tool, 1.0.0-rc9 and 1.0.0-rc10" 1.0.0-rc9 "$(newest $tool 1.0.0-rc9 1.0.0-rc10)"
    state "$tool, 1.0.0-rc.9 and 1.0.0-rc.10" 1.0.0-rc.10 "$(newest $tool 1.0.0-rc.9 1.0.0-rc.10)"
done
state "git, 1.0.0 and its candidate 1.0.0-rc.1" 1.0.0-rc.1 "$(newest git 1.0.0 1.0.0-rc.1)"
tell
