#!/bin/sh
# Tools: tree-sitter-bash 0.25.1 with tree-sitter 0.26.1 (PyPI), beside bash itself.
# Run: `push $A-$B.z` and `x=$A-$B.z` are parsed, and run.
# One would guess: one word, as for bash; or, if the grammar cannot read it, an error node.
# What happens: the word ends after the second "$". `push` has the two arguments "$A-$" and "B.z"; and the assignment is
#   followed by a command named B.z. The tree says that there is no error. With braces, or without the ".z", it is right.
# Why it matters: a tag of two variables and a suffix is common. A tool that reads scripts through
#   this grammar sees another tag, another number of arguments, or a command that nobody wrote.

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
timeout 600 "$work/venv/bin/pip" -q --disable-pip-version-check install tree-sitter==0.26.1 tree-sitter-bash==0.25.1
cat >"$work/words.py" <<'END'
import sys
import tree_sitter_bash
from tree_sitter import Language, Parser

tree = Parser(Language(tree_sitter_bash.language())).parse(sys.argv[1].encode())
command = tree.root_node.children[0]
parts = [f"{child.type} {child.text.decode()}" for child in command.children]
print("; ".join(parts) + ("; ERROR" if tree.root_node.has_error else ""))
END
words() { "$work/venv/bin/python" "$work/words.py" "$1"; }
# shellcheck disable=SC2016  # the texts are for the parsers
{
    state 'bash, arguments of push $A-$B.z' "1: a-b.z" \
        "$(bash -c 'push() { echo "$#: $*"; }; A=a B=b; push $A-$B.z')"
    state 'grammar, push $A-$B.z' 'command_name push; concatenation $A-$; word B.z' "$(words 'push $A-$B.z')"
    state 'grammar, x=$A-$B.z' 'variable_assignment x=$A-$; command_name B.z' "$(words 'x=$A-$B.z')"
    state 'grammar, push app:$A-$B' 'command_name push; concatenation app:$A-$B' "$(words 'push app:$A-$B')"
    state 'grammar, push ${A}-${B}.z' 'command_name push; concatenation ${A}-${B}.z' "$(words 'push ${A}-${B}.z')"
}
tell
