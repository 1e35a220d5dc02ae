"""The files and lines by which a step hands something on (GitHub docs, "Workflow commands")."""

from __future__ import annotations

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.sinks import Sinks
from wholeship.texts.template import EMPTY, Template, Value

OUTPUT, ENV, PATH, SUMMARY = "\0output", "\0env", "\0path", "\0summary"


def workflow_command(text: Value) -> tuple[str, Value] | None:
    """``::set-output name=x::y`` and ``::set-env``: the old way to write the same.

    Of a text with several readings, those that are no such command write nothing.
    """
    found = [(_COMMAND.match(reading.head), reading) for reading in text.options]
    sink = next((match[1] for match, _ in found if match), None)
    if sink is None:
        return None
    written = [
        Template.of(f"{match[2]}=", reading.head[match.end() :], *reading.parts[1:])
        if match and match[1] == sink
        else EMPTY
        for match, reading in found
    ]
    return (OUTPUT if sink == "output" else ENV), Value.of(*written)


_COMMAND = lazy_pattern(r"::set-(output|env) name=([\w.-]+)::")


STEP_SINKS = Sinks(
    {"GITHUB_OUTPUT": OUTPUT, "GITHUB_ENV": ENV, "GITHUB_PATH": PATH, "GITHUB_STEP_SUMMARY": SUMMARY},
    OUTPUT,
    ENV,
    PATH,
    workflow_command,
    ("GITHUB_REF_TYPE", "GITHUB_REF_NAME"),
)
"""What a ``run:`` step is told."""
