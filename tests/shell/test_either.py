"""What a script does where a word, an argument or a function can be one thing or another."""

from __future__ import annotations

import pytest

from wholeship.shell.interpret import interpret

EITHER = "if grep -q x /etc/hosts > /dev/null; then {}; else {}; fi; "


def said(script: str) -> set[str]:
    """All that *script* may write to the file ``said``."""
    found = interpret(f"{{ {script}; }} > said")
    assert not found.unread
    return {str(each) for each in found.files["said"].options}


@pytest.mark.parametrize(
    "script",
    [
        EITHER.format("C='echo a'", "C='echo b'") + 'eval "$C"',
        EITHER.format("D=a", "D=b") + "cd $D; echo ${PWD##*/}",
        EITHER.format("N=1", "N=2") + "set -- x a b; shift $N; echo $1",
        EITHER.format("N=0", "N=1") + "f() { return $N; }; f && echo a || echo b",
        EITHER.format("N=0", "N=1") + "( exit $N ) && echo a || echo b",
        EITHER.format("set -- a", "set -- b") + "echo $1",
        EITHER.format("set -- a", "set -- b a") + '[ $# -eq 1 ] && echo a || echo b',
        EITHER.format("f() { echo a; }", "f() { echo b; }") + "f",
        "f() { echo a; }; " + EITHER.format("f() { echo b; }", "true") + "f",
    ],
)  # fmt: skip
def test_what_can_be_two_things_is_followed_in_both(script: str) -> None:
    """A builtin's word, an argument, or a function of which nobody knows which it is: it may be either."""
    options = {option.strip().rpartition("/")[2] for option in said(script)}
    assert options == {"a", "b"}


@pytest.mark.parametrize(
    ("script", "right"),
    [
        ("f() { echo a; }; f() { echo b; }; f", "b\n"),
        ("f() { echo a; }; (f() { echo b; }); f", "a\n"),
        ("f() { echo a; }; f; f() { echo b; }; f", "a\nb\n"),
        ("f() { f() { echo b; }; echo a; }; f; f", "a\nb\n"),
        ("for i in a b; do f() { echo $i; }; f; done", "a\nb\n"),
        ("echo() { true; }; unset -f echo; echo a", "a\n"),
        ("echo() { true; }; command echo a", "a\n"),
        ("echo() { command echo b; }; echo a", "b\n"),
        ("f=1; f() { echo $f; }; unset f; f=2; f", "2\n"),
    ],
)
def test_a_function_is_what_was_defined_last(script: str, right: str) -> None:
    """The last definition counts, in its own shell; `unset -f` and `command` look past it."""
    assert said(script) == {right}


def test_a_trap_of_two_texts_is_not_followed() -> None:
    """Which of two texts a trap runs is nobody's guess: it is said that it is not known."""
    found = interpret(EITHER.format("C=true", "C='exit 0'") + 'trap "$C" ERR; docker push a')
    assert found.unread
