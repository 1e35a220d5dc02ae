#!/bin/sh
# Tools: tree-sitter-bash 0.25.1 with tree-sitter 0.26.1 (PyPI), beside bash itself.
# Run: `! a | b` and `time a | b` are parsed; the first is run with a failing, and with b failing.
# One would guess: "!" and "time" stand before the whole pipe, as bash's manual has it.
# What happens: the tree is a pipe whose first part is the negated command `! a`; `time` is an ordinary command's name.
#   bash turns round the status of b, the last part, and a's does not count. Nor is there an error node.
# Why it matters: `if ! docker manifest inspect app:1 | grep -q digest; then docker push app:1; fi` pushes when grep
#   finds nothing. Read from the tree, it seems to hang on the command before the pipe.

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
cat >"$work/shape.py" <<'END'
import sys
import tree_sitter_bash
from tree_sitter import Language, Parser

tree = Parser(Language(tree_sitter_bash.language())).parse(sys.argv[1].encode())
top = tree.root_node.children[0]
parts = [f"{child.type} [{child.text.decode()}]" for child in top.named_children]
print(f"{top.type}: " + ", ".join(parts) + (", ERROR" if tree.root_node.has_error else ""))
END
shape() { "$work/venv/bin/python" "$work/shape.py" "$1"; }
state "bash, ! false | true" 1 "$(bash -c '! false | true; echo $?')"
state "bash, ! true | false" 0 "$(bash -c '! true | false; echo $?')"
state "grammar, ! a | b" "pipeline: negated_command [! a], command [b]" "$(shape '! a | b')"
state "grammar, time a | b" "pipeline: command [time a], command [b]" "$(shape 'time a | b')"
tell
