"""What the release file says that an action or a script does, where nobody can read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wholeship.core.values import dataclass
from wholeship.pipeline.effects import Effect, Examine, Write, read_reference
from wholeship.pipeline.publish import CheckKind, Way
from wholeship.texts.template import Hole, Kind, Template, Value


@dataclass(frozen=True, slots=True)
class Declared:
    """``publishes``: references; ``{name}`` in them is the input or variable of that name."""

    publishes: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()

    def effects(self, given: Callable[[str], Value | None]) -> tuple[Effect, ...]:
        """The same as effects, names filled in by *given*."""
        references = tuple(read_reference(_filled(text, given)) for text in self.publishes)
        written = tuple(Write(Way.PUSH, (each,), None) for each in references)
        return (*(Examine(CheckKind.TEST) for _ in self.gates), *written)


def _filled(text: str, given: Callable[[str], Value | None]) -> Template:
    parts: list[str | Template] = []
    for piece in re.split(r"(\{[\w.-]+\})", text):
        name = piece[1:-1] if piece.startswith("{") else ""
        value = given(name) if name else None
        unknown = Template.of(Hole.of(Kind.INPUT, name)) if name else Template.of(piece)
        parts.append(value.only if value is not None and value.only is not None else unknown)
    return Template.of(*parts)


def declared_for(name: str, declarations: Mapping[str, Declared]) -> Declared | None:
    """The declaration for an action (any letter case, without version) or a script path."""
    wanted = name.lower().removeprefix("./")
    for key, declared in declarations.items():
        if key.partition("@")[0].lower().removeprefix("./") == wanted:
            return declared
    return None
