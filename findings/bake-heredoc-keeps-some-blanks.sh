#!/bin/sh
# Tool: docker buildx bake 0.38.2.
# Run: `bake --print` of an argument with an indented heredoc (`<<-`) with a loop in it, with and without the "~" that takes
#   away a line's end.
# One would guess: the indentation that all lines share is gone in both; the "~" takes line ends away and nothing else.
# What happens: with "~" the line behind a directive keeps its eight blanks, since it no longer counts as the beginning of
#   a line; without "~" the blanks are gone, and there are empty lines.
# Why it matters: a list of files or a script that is handed to the build in an argument has other text than it seems to
#   have in the bake file.

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
# items MARK: the argument's lines, between bars, when directives end in MARK.
items() {
    cat >docker-bake.hcl <<END
target "default" {
  args = {
    A = <<-TEXT
        first
        %{ for i in [1, 2] $1}
        item \${i}
        %{ endfor $1}
        done
    TEXT
  }
}
END
    timeout 60 buildx bake --print 2>bake.log | jq -r '.target.default.args.A | gsub("\n"; "|")'
}
state "with ~" "first|        item 1|        item 2|        done|" "$(items '~')"
state "without" "first||item 1||item 2||done|" "$(items '')"
tell
