"""Files by which a script hands something on: ``name=value`` lines, and ``name<<DELIMITER`` blocks.

Which variables name them, and what else speaks for them, is said by whoever runs the script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.texts.template import EMPTY, Hole, Kind, Template, Value


def _unheard(_text: Value) -> tuple[str, Value] | None:
    return None


@dataclass(frozen=True, slots=True)
class Sinks:
    """``variables``: each with the sink that it names. Which sink holds what: outputs, variables, folders.

    ``spoken``: what a line on standard output writes, and into which sink. ``reference``: the two variables
    that say whether the run is for a ``tag``, and what that is called.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    outputs: str = ""
    environment: str = ""
    path: str = ""
    spoken: Callable[[Value], tuple[str, Value] | None] = _unheard
    reference: tuple[str, str] = ("", "")


NO_SINKS = Sinks()


@dataclass(frozen=True, slots=True)
class Entries:
    """The names that were set, each with what it can be. ``lost``: a name was set that nobody knows."""

    values: Mapping[str, Value] = field(default_factory=dict)
    lost: bool = False


APART = "\1"
"""Stands between a sink's name and the place of the script that writes to it."""


def is_place(path: str, sink: str = "") -> bool:
    """Whether *path* stands for one place of a script that adds to *sink*, or to any."""
    return APART in path and path.startswith(sink)


def is_of(sink: str, path: str) -> bool:
    """Whether the file *path* is *sink*, or what one place of the script has written there."""
    return bool(sink) and (path == sink or path.startswith(f"{sink}{APART}"))


def entries(written: Iterable[Value], site: str) -> Entries:
    """What was set by *written*, in this order.

    A name that only some readings set can also be what it was before. Where the name in a line is not known,
    every name may have been set by it.
    """
    values: dict[str, Value] = {}
    lost = False
    for each in written:
        readings = [dict(_read(option)) for option in each.options]
        lost = lost or any(_UNKNOWN in reading for reading in readings)
        for name in dict.fromkeys(name for reading in readings for name in reading if name != _UNKNOWN):
            before = values.get(name, Value.of(EMPTY)).options
            found = (reading.get(name) for reading in readings)
            values[name] = Value.of(*(t for one in found for t in ((one,) if one is not None else before)))
    if lost:
        values = {
            name: value.join(
                Value.hole(Kind.OUTPUT, f"{name}, or what was set under a name that is not known", site)
            )
            for name, value in values.items()
        }
    return Entries(values, lost)


SET = "\0set "
"""Before the name of an output: how the variable is called that says that it has been set."""
ENVIRONMENT = "env."
"""Before the name of a variable for later steps, where it stands beside names of outputs."""


def texts_of(written: Value, name: str) -> list[Template | None]:
    """What *written*, where it is there, sets *name* to; None: it does not."""
    return [dict(_read(option)).get(name) for option in written.options if option.parts]


def surely_set(written: Value) -> set[str]:
    """The names that *written* sets to some text, whatever it turns out to be."""
    texts = [dict(_read(option)) for option in written.options]
    return {
        name
        for name in texts[0]
        if name != _UNKNOWN and all(each.get(name, EMPTY) != EMPTY for each in texts)
    }


def set_texts(written: Value) -> Iterator[tuple[str, str]]:
    """The names that *written* sets, each with a text that is known."""
    for option in written.options:
        for name, text in _read(option):
            if name != _UNKNOWN and text.literal:
                yield name, text.literal


_UNKNOWN = "\0"


def _read(text: Template) -> Iterator[tuple[str, Template]]:
    lines = iter(_lines(text))
    for line in lines:
        found = re.match(r"([\w.-]+)(<<|=)", line.head)
        if not found:
            if line.holes and "=" not in line.head:
                yield _UNKNOWN, line
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
