"""What no run gets to is left out; when asked for, it is read as if one did, and says why none does."""

from __future__ import annotations

import pytest

from wholeship.shell.interpret import interpret

PUSH = "docker push r/a:1"
NEVER = [
    f"if false; then {PUSH}; fi",
    f"exit 0\n{PUSH}",
    f"false && {PUSH}",
    f"L=\nfor i in $L; do {PUSH}; done",
    f"f() {{ {PUSH}; }}",
    f"f() {{ return 0; {PUSH}; }}\nf",
    f"case a in b) {PUSH} ;; esac",
]


def pushes(script: str, *, revive: bool) -> list[str]:
    found = interpret(script, revive=revive).commands
    lines = [(" ".join(str(word.value) for word in each.words), each.revived) for each in found]
    return [why for line, why in lines if line == PUSH]


@pytest.mark.parametrize("script", NEVER)
def test_what_no_run_gets_to_is_read_when_asked(script: str) -> None:
    """The command is there with the reason; without being asked, only that something is skipped."""
    assert pushes(script, revive=False) == []
    assert len(interpret(script).skipped) == 1
    (why,) = pushes(script, revive=True)
    assert why == interpret(script).skipped[0]


@pytest.mark.parametrize("script", [PUSH, f"if $x; then {PUSH}; fi", f"f() {{ {PUSH}; }}\nf", f"a && {PUSH}"])
def test_what_a_run_gets_to_is_no_other_when_asked(script: str) -> None:
    """It stands there once, without a reason."""
    assert interpret(script, revive=True).skipped == ()
    assert pushes(script, revive=True) == [""]


def test_only_what_may_push_is_read() -> None:
    """Everything else that no run gets to stays away."""
    assert interpret("if false; then make-coffee; fi", revive=True).commands == ()
    assert interpret("if false; then make-coffee; fi").skipped == ()
