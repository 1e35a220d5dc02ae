"""The flags that commands share, and what stands in for them."""

from __future__ import annotations

import argparse

import pytest

from tests.cli.manual import subparsers
from wholeship.cli.options import VARIABLES, given_value, release_target
from wholeship.cli.parsing import build_parser
from wholeship.output import formats
from wholeship.output.formats import FORMATS, Renderer


@pytest.mark.parametrize("name", VARIABLES)
def test_the_order_of_a_flag(name: str) -> None:
    """The flag, then its variable, then nothing; an empty one says nothing."""
    args = argparse.Namespace(**{name: "flag"})
    variable = VARIABLES[name]
    assert given_value(args, name, {variable: "variable"}) == ("flag", f"--{name}")
    assert given_value(argparse.Namespace(**{name: None}), name, {variable: "variable"}) == (
        "variable",
        variable,
    )
    assert given_value(argparse.Namespace(), name, {variable: "  "}) == ("", "")


def test_what_is_said_instead_of_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that is no deploy tag (of what is repaired) is taken for none; the flags stay as typed."""
    monkeypatch.setenv("WHOLESHIP_TAG", "by-variable")
    args = argparse.Namespace(tag="old", registry="ghcr.io/acme")
    target = release_target(args, tag=None)
    assert (target.tag, target.registry) == ("by-variable", "ghcr.io/acme")
    assert target.sources == {"tag": "WHOLESHIP_TAG", "registry": "--registry"}
    assert args.tag == "old"


def test_a_format_in_the_table_is_one_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format is a module and a line of the table: no command has a list of its own."""
    every = {answer for answer, _ in FORMATS}
    more = {(answer, "anew"): Renderer("release_text") for answer in every}
    monkeypatch.setattr(formats, "FORMATS", {**FORMATS, **more})
    offered = {
        name: tuple(action.choices or ())
        for name, parser in subparsers(build_parser("*")).items()
        for action in parser._actions
        if "--format" in action.option_strings
    }
    assert set(offered) >= every
    assert [name for name, choices in offered.items() if "anew" not in choices] == []
