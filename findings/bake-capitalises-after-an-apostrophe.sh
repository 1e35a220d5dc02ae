#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print` of a target whose labels are made with title().
# One would guess: each word gets a capital, as bake's documentation says, so "it's 1st" becomes "It's 1st".
# What happens: a word begins anew after an apostrophe, a dot or a slash: "It'S 1st", "Node.Js", "Acme/App". After an
#   underscore it does not: "Front_end".
# Why it matters: a title that is an image's label, and is compared with the one of the last release or of the chart, differs.

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
GOBIN="$work/bin" timeout 900 go install github.com/docker/buildx/cmd/buildx@v0.38.2
PATH="$work/bin:$PATH"
cd "$work"
cat >docker-bake.hcl <<'END'
target "default" {
  labels = {
    apostrophe = title("it's 1st")
    dot        = title("node.js")
    slash      = title("acme/app")
    underscore = title("front_end")
    plain      = title("acme app")
  }
}
END
timeout 60 buildx bake --print >plan.json 2>bake.log
label() { jq -r ".target.default.labels.$1" plan.json; }
state 'title("acme app")' "Acme App" "$(label plain)"
state "title(\"it's 1st\")" "It'S 1st" "$(label apostrophe)"
state 'title("node.js")' Node.Js "$(label dot)"
state 'title("acme/app")' Acme/App "$(label slash)"
state 'title("front_end")' Front_end "$(label underscore)"
tell
