"""How programs answer, and what scripts make of that: 0 or a number above it, an empty text or another."""

from __future__ import annotations

from wholeship.texts.template import Hole, Kind, Template, Value

NOT_ZERO = "a number above 0"
PROCESS = "process "
"""How the holes are called that ``$!`` gives."""
FILLED = " that is not empty"
"""How the names of holes end that hold at least one letter."""
WELL = Value.literal_of("0")
BADLY = Value.hole(Kind.OUTPUT, NOT_ZERO)
SOME_TEXT = Template.of(Hole.of(Kind.OUTPUT, f"a text{FILLED}"))


def is_not_zero(text: Template) -> bool:
    """Whether *text* is a number of which only that is known: it is above 0."""
    part = text.parts[0] if len(text.parts) == 1 else None
    return isinstance(part, Hole) and part.name == NOT_ZERO


def is_filled(text: Template) -> bool:
    """Whether *text* surely has a letter."""
    return any(isinstance(part, str) or _is_filled_hole(part) for part in text.parts)


def _is_filled_hole(hole: Hole) -> bool:
    return hole.name == NOT_ZERO or hole.name.endswith(FILLED) or hole.name.startswith(PROCESS)


def least_length(text: Template) -> int:
    """How many letters *text* has at least."""
    return sum(len(part) if isinstance(part, str) else _is_filled_hole(part) for part in text.parts)


def filled(name: str, value: Value) -> Value:
    """What the variable *name* can hold of *value*, given that it is not empty."""
    options = [
        option if is_filled(option) else _made_filled(option) for option in value.options if option.parts
    ]
    return Value.of(*options) if options else Value.hole(Kind.OUTPUT, f"${name}{FILLED}")


def _made_filled(text: Template) -> Template:
    kinds = frozenset(kind for hole in text.holes for kind in hole.kinds)
    sites = " ".join(dict.fromkeys(hole.site for hole in text.holes if hole.site))
    return Template.of(Hole(f"{text}{FILLED}", kinds, sites))
