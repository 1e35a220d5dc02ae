"""The variables of a script, and those that nobody listed."""

from __future__ import annotations

import pytest

from wholeship.shell.names import MAYBE_SET, SET_UNREAD, Names
from wholeship.texts.template import Kind, Value

WRITER = Value.hole(Kind.OUTPUT, "RUNS_ GITHUB_", "job/1")


@pytest.mark.parametrize("name", ["TAG", "version"])
def test_a_variable_that_a_program_set_is_not_unset(name: str) -> None:
    """After a program that surely wrote variables, each unlisted one is that program's, until it is set."""
    names = Names.of({SET_UNREAD: WRITER, "LISTED": Value.literal_of("x")})
    assert names[name] == Value.hole(Kind.OUTPUT, f"env.{name}", "job/1")
    assert names["LISTED"].literal == "x"
    assert names.with_all({name: Value.literal_of("y")})[name].literal == "y"
    assert name not in names.without([name])


@pytest.mark.parametrize("name", ["GITHUB_SHA", "PATH", "COMPOSE_FILE", "BASH_ENV", "1", "@"])
def test_what_steers_shells_and_tools_is_not_written_by_programs(name: str) -> None:
    """Variables of the runner, of the shell and of tools are as they were."""
    names = Names.of({SET_UNREAD: WRITER, MAYBE_SET: WRITER})
    assert name not in names
    assert names.setter(name) == ""


def test_a_variable_that_may_be_set_is_told_apart_by_its_step() -> None:
    """After a program that may have written variables, an unset one is not the same everywhere."""
    names = Names.of({MAYBE_SET: WRITER})
    assert "TAG" not in names
    assert (names.setter("TAG"), Names.of({}).setter("TAG")) == ("job/1", "")
    assert list(names) == []
