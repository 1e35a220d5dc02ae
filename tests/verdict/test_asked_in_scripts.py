"""A script that asks for what an earlier step left to tell how its push ended."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

W = "docker push r.io/worker:$GITHUB_SHA"
APP = "docker push r.io/app:$GITHUB_SHA"
GOOD = f"{W} && echo ok=1 >> $GITHUB_OUTPUT || true"
BAD = f"{W} || echo ok=1 >> $GITHUB_OUTPUT"
BOTH = f"if {W}; then echo ok=1 >> $GITHUB_OUTPUT; else echo ok=0 >> $GITHUB_OUTPUT; fi"
OK = '"${{ steps.w.outputs.ok }}"'


def run(lines: str, more: str = "") -> str:
    """A step that runs *lines*."""
    return f"      - {more}run: |\n" + "".join(f"          {line}\n" for line in lines.split("\n"))


def whole(first: str, *steps: str, more: str = "") -> bool | None:
    """The verdict where step w runs *first*, and *steps* come after it."""
    every = (run(first, f"id: w\n        {more}"), *steps)
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{''.join(every)}", on="push")
    return check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched"))).whole


ENV = f"env: {{OK: '{OK[1:-1]}'}}\n        "
ASKED = [
    (GOOD, f"[ {OK} = 1 ] || exit 1"),
    (GOOD, f"if [ {OK} != 1 ]; then exit 1; fi"),
    (GOOD, f"test -n {OK}"),
    (BAD, f"[ {OK} = 1 ] && exit 1"),
    (BAD, f"if [ -n {OK} ]; then exit 1; fi"),
    (BOTH, f"[ {OK} = 1 ] || exit 1"),
    (BOTH, f"[ {OK} = 0 ] && exit 1"),
    (BOTH, f"case {OK} in 1) ;; *) exit 1 ;; esac"),
]


@pytest.mark.parametrize(("first", "question"), ASKED)
def test_a_script_that_ends_by_such_a_text_pushes_only_after_it(first: str, question: str) -> None:
    """In the step of the push, in one of its own, and by a variable of the step."""
    assert whole(first, run(f"{question}\n{APP}")) is True
    by_variable = question.replace(OK, '"$OK"')
    assert whole(first, run(f"{by_variable}\n{APP}", ENV)) is True
    if " && " not in question:  # a last line that fails ends a step of its own
        assert whole(first, run(question), run(APP)) is True
        assert whole(first, run(by_variable, ENV), run(APP)) is True


@pytest.mark.parametrize(
    ("first", "question"),
    [
        (f"{W} && echo OK=1 >> $GITHUB_ENV || true", '[ "$OK" = 1 ] || exit 1'),
        (f"{W} || echo OK=1 >> $GITHUB_ENV", '[ -z "$OK" ] || exit 1'),
        (f"if {W}; then echo OK=1 >> $GITHUB_ENV; else echo OK=0 >> $GITHUB_ENV; fi", "exit $((1 - OK))"),
    ],
)
def test_variables_for_later_steps_are_asked_for_too(first: str, question: str) -> None:
    """``$OK`` is what the step before has written to ``$GITHUB_ENV``."""
    assert whole(first, run(question), run(APP)) is True


@pytest.mark.parametrize(
    ("first", "question"),
    [
        (GOOD, f"[ {OK} = 1 ] || echo failed"),
        (GOOD, f"[ {OK} = 0 ] && exit 1"),
        (GOOD, f"[ {OK} = 1 ] && exit 1"),
        (BAD, f"[ {OK} = 1 ] || exit 1"),
        (BOTH, f"[ {OK} = 2 ] && exit 1"),
        (BOTH, f"test -n {OK}"),
        (BOTH, f"[ {OK} = 1 ] || exit 0\necho fine"),
        (f"echo ok=1 >> $GITHUB_OUTPUT\n{W} || true", f"[ {OK} = 1 ] || exit 1"),
        (f"{GOOD}\necho ok=1 >> $GITHUB_OUTPUT", f"[ {OK} = 1 ] || exit 1"),
        (GOOD, '[ "${{ steps.w.outputs.other }}" != 1 ] || exit 1'),
    ],
)
def test_a_question_that_any_end_answers_says_nothing(first: str, question: str) -> None:
    """Where the text is another one, or the script goes on all the same, app can be out alone."""
    if "exit 0" not in question:
        assert whole(first, run(f"{question}\n{APP}")) is not True
    assert whole(first, run(question), run(APP)) is not True


def test_a_gate_counts_where_it_runs_and_where_its_end_counts() -> None:
    """Forgiven, skipped, behind the push or of a step that was cut off: then it keeps nothing back."""
    gate = f"[ {OK} = 1 ] || exit 1"
    forgiven = "continue-on-error: true\n        "
    assert whole(GOOD, run(gate), run(APP)) is True
    assert whole(GOOD, run(gate, forgiven), run(APP)) is not True
    assert whole(GOOD, run(f"({gate}) || true"), run(APP)) is not True
    assert whole(GOOD, run(gate, "if: github.actor == 'x'\n        "), run(APP)) is not True
    assert whole(GOOD, run(APP), run(gate)) is not True
    assert whole(GOOD, run(gate), run(APP, "if: always()\n        ")) is not True


def test_a_step_that_was_cut_off_has_told_nothing() -> None:
    """That it failed is not written then: who runs all the same goes on."""
    question = f"[ {OK} = 1 ] && exit 1\n{APP}"
    assert whole(BAD, run(question)) is True
    assert whole(BAD, run(question, "if: always()\n        ")) is not True
    assert whole(f"{BAD}; make", run(question), more="continue-on-error: true\n        ") is not True
    good = f"[ {OK} = 1 ] || exit 1\n{APP}"
    assert whole(GOOD, run(good, "if: always()\n        ")) is True
