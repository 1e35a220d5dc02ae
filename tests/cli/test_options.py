"""The flags that commands share, and what stands in for them."""

from __future__ import annotations

import argparse

import pytest

from wholeship.cli.options import VARIABLES, given_value, release_target


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
