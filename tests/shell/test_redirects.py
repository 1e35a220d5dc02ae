"""Redirections behind a list, against bash itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.test_words_against_bash import by_bash, pytestmark  # noqa: F401
from wholeship.github.sinks import STEP_SINKS
from wholeship.shell.interpret import interpret

SCRIPTS = (
    "echo a && echo b > f; cat f",
    "echo a || echo b > f; echo c >> f; cat f",
    "echo a && { echo b; echo c; } > f; cat f",
    "echo a && echo b 2>&1 | cat > f; cat f",
    "echo a && cat <<< b > f; cat f",
    "true && echo a && echo b >> f && echo c; cat f",
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_redirection_is_of_the_last_command_of_a_list(script: str, tmp_path: Path) -> None:
    """``a && b > f`` puts what *b* says into *f*, and what *a* says where it went before."""
    found = interpret(f"{{ {script}; }} > said")
    assert [str(each) for each in found.files["said"].options] == [by_bash(f"cd {tmp_path}; {script}")]


def test_what_a_push_says_is_not_handed_on() -> None:
    """``push && echo ok=1 >> $GITHUB_OUTPUT`` sets one output, and no other that nobody knows."""
    found = interpret("docker push r/a:1 && echo ok=1 >> $GITHUB_OUTPUT || true", sinks=STEP_SINKS)
    assert {str(each) for each in found.outputs["ok"].options} == {"1", ""}
    assert not found.lost_outputs
    assert found.shown == {("ok", "1"): 1, ("ok", ""): 0}
