"""Bake files that a step writes before bake runs: metadata-action's, with the tags of a target in it."""

from __future__ import annotations

from wholeship.core.values import dataclass
from wholeship.texts.template import Hole, Template


@dataclass(frozen=True, slots=True)
class MadeFile(Hole):
    """The path of such a file: not known itself, but what the file says is.

    It sets the tags of ``target`` to one of ``readings``.
    """

    target: str = ""
    readings: tuple[tuple[Template, ...], ...] = ((),)

    def __hash__(self) -> int:
        return Hole.__hash__(self)

    def __str__(self) -> str:
        return Hole.__str__(self)


def made_file(path: Template) -> MadeFile | None:
    """The file that *path* leads to, where a step is known to have written it."""
    return next((part for part in path.parts if isinstance(part, MadeFile)), None)
