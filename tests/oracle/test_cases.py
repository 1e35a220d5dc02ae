"""The cases of ``cases/``: what is said of them is what happens, and `check` is right about them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.oracle.ask import ask
from tests.oracle.cases import Case, cases
from tests.oracle.explore import look, machine
from tests.oracle.legs import Runner


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with machine() as found:
        yield found


def _played() -> list[object]:
    return [
        pytest.param(case, id=case.name, marks=[pytest.mark.extended] if case.long else [])
        for case in cases()
        if case.played
    ]


@pytest.mark.parametrize("case", _played())
def test_what_is_said_of_a_case_can_be_seen(case: Case, runner: Runner) -> None:
    """A half release is seen in some run of the case; where it is whole, in none."""
    seen = look(case.world, runner)
    assert seen.unplayable == ""
    assert (seen.half is not None) == case.half, seen.half.story if seen.half else "no half release"


LIKELY = {
    *("status-file", "status-file-grep", "status-file-background"),
    *("indexed-status", "indexed-status-joined", "pushed-list-compared", "digest-non-empty"),
}
"""What `check` calls half, but not for certain: what a script asks about its pushes is not followed."""


def _asked() -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases()]


@pytest.mark.parametrize("case", _asked())
def test_check_is_right_about_a_case(case: Case) -> None:
    """What can be half is never called whole, and something is told; what is whole is not called half.

    Of those of which it is known that the answer falls short, it is called half, and never for certain.
    """
    said = ask(case.world)
    if case.half:
        assert said.whole is not True, case.says
        assert said.told or not case.asked, case.says
    elif case.name in LIKELY:
        assert said.whole is False, "it is known now: take it out"
        assert not said.certain, case.says
    else:
        assert said.whole is not False, case.says
