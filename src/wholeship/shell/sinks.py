"""``$GITHUB_OUTPUT`` and ``$GITHUB_ENV``: what a script leaves for the steps after it.

GitHub docs, "Workflow commands for GitHub Actions": ``name=value`` lines, and ``name<<DELIMITER`` blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wholeship.shell.state import ENV, OUTPUT
from wholeship.texts.template import EMPTY, Hole, Kind, Template, Value


def entries(written: Value, site: str) -> dict[str, Value]:
    """The names set by *written*, each with what it can be.

    A name that only some readings set can also be empty. A line whose name is not known is left out: the
    value asked for later is then unknown, never wrong.
    """
    readings = [dict(_read(option, site)) for option in written.options]
    names = dict.fromkeys(name for reading in readings for name in reading)
    return {name: Value.of(*(reading.get(name, EMPTY) for reading in readings)) for name in names}


def _read(text: Template, site: str) -> Iterator[tuple[str, Template]]:
    lines = iter(_lines(text))
    for line in lines:
        found = re.match(r"([\w.-]+)(<<|=)", line.head)
        if not found:
            continue
        rest = Template.of(line.head[found.end() :], *line.parts[1:])
        yield found[1], rest if found[2] == "=" else _block(lines, rest)


def _block(lines: Iterator[Template], delimiter: Template) -> Template:
    held: list[str | Template] = []
    for line in lines:
        if line.strip() == delimiter.strip():
            break
        held += ["\n", line] if held else [line]
    return Template.of(*held)


def _lines(text: Template) -> list[Template]:
    lines: list[list[str | Hole]] = [[]]
    for part in text.parts:
        if isinstance(part, Hole):
            lines[-1].append(part)
            continue
        first, *others = part.split("\n")
        lines[-1].append(first)
        lines += [[other] for other in others]
    return [Template.of(*line) for line in lines]


def workflow_command(text: Value) -> tuple[str, Value] | None:
    """``::set-output name=x::y`` and ``::set-env``: the old way to write the same."""
    only = text.only
    found = re.match(r"::set-(output|env) name=([\w.-]+)::", only.head) if only else None
    if only is None or found is None:
        return None
    rest = Template.of(f"{found[2]}=", only.head[found.end() :], *only.parts[1:])
    return (OUTPUT if found[1] == "output" else ENV), Value.of(rest)


def unknown(name: str, site: str) -> Value:
    """An output of code that could not be read."""
    return Value.hole(Kind.OUTPUT, name, site)
