"""A script's commands as one line of text each."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.github.sinks import STEP_SINKS
from wholeship.shell.interpret import interpret
from wholeship.shell.state import Script
from wholeship.shell.words import readings
from wholeship.texts.template import Kind, Value

HARMLESS = ("date", "cat", "git", "cut", "sleep", "cond")


def commands(script: str, shell: str = "", **names: str | Value) -> list[str]:
    """``docker push a`` with marks: ``?`` may not run, ``~`` may fail unseen, ``*`` in a loop."""
    return lines_of(interpret(script, shell=shell, names=values(names), site="job/step"))


def lines_of(found: Script) -> list[str]:
    """The commands of a reading, those that only answer questions left out."""
    said = []
    for command in found.commands:
        lines = [" ".join(map(str, line)) for line in readings(command.words)]
        if lines[0].split(" ")[0] in HARMLESS:
            continue
        marks = (
            "?" * (command.index in found.conditional)
            + "~" * (command.index in found.masked)
            + "*" * command.loop
            + "&" * command.background
        )
        said.append(f"{' or '.join(lines)}{' ' if marks else ''}{marks}")
    return said


def outputs(script: str, **names: str | Value) -> dict[str, str]:
    """What a script leaves in ``$GITHUB_OUTPUT``."""
    found = interpret(script, names=values(names), site="job/step", sinks=STEP_SINKS)
    return {name: str(value) for name, value in found.outputs.items()}


def values(names: Mapping[str, str | Value]) -> dict[str, Value]:
    """Texts as values."""
    return {name: Value.literal_of(text) if isinstance(text, str) else text for name, text in names.items()}


def unknown(name: str) -> Value:
    """A text that is only known at run time."""
    return Value.hole(Kind.INPUT, name)
