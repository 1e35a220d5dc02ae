"""The cases of ``cases/``: what is said of them is what happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.oracle.cases import Case, cases
from tests.oracle.explore import look, machine
from tests.oracle.legs import Runner


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with machine() as found:
        yield found


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases() if case.played])
def test_what_is_said_of_a_case_can_be_seen(case: Case, runner: Runner) -> None:
    """A half release is seen in some run of the case; where it is whole, in none."""
    seen = look(case.world, runner)
    assert seen.unplayable == ""
    assert (seen.half is not None) == case.half, seen.half.story if seen.half else "no half release"
