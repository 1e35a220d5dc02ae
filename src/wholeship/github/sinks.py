"""The files and lines by which a step hands something on (GitHub docs, "Workflow commands")."""

from __future__ import annotations

import re

from wholeship.shell.sinks import Sinks
from wholeship.texts.template import Template, Value

OUTPUT, ENV, PATH, SUMMARY = "\0output", "\0env", "\0path", "\0summary"


def workflow_command(text: Value) -> tuple[str, Value] | None:
    """``::set-output name=x::y`` and ``::set-env``: the old way to write the same."""
    only = text.only
    found = re.match(r"::set-(output|env) name=([\w.-]+)::", only.head) if only else None
    if only is None or found is None:
        return None
    rest = Template.of(f"{found[2]}=", only.head[found.end() :], *only.parts[1:])
    return (OUTPUT if found[1] == "output" else ENV), Value.of(rest)


STEP_SINKS = Sinks(
    {"GITHUB_OUTPUT": OUTPUT, "GITHUB_ENV": ENV, "GITHUB_PATH": PATH, "GITHUB_STEP_SUMMARY": SUMMARY},
    OUTPUT,
    ENV,
    PATH,
    workflow_command,
)
"""What a ``run:`` step is told."""
