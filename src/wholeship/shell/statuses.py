"""How programs answer: 0, or a number other than 0 of which no more is known."""

from __future__ import annotations

from wholeship.texts.template import Hole, Kind, Template, Value

NOT_ZERO = "a number other than 0"
PROCESS = "process "
"""How the holes are called that ``$!`` gives."""
WELL = Value.literal_of("0")
BADLY = Value.hole(Kind.OUTPUT, NOT_ZERO)


def is_not_zero(text: Template) -> bool:
    """Whether *text* is a number of which only that is known."""
    part = text.parts[0] if len(text.parts) == 1 else None
    return isinstance(part, Hole) and part.name == NOT_ZERO
