"""What a compiled class of values says of its fields: the wheel with compiled modules has it as a module."""

from __future__ import annotations

import dataclasses
from typing import Any

Plain = tuple[bool, bool, bool]
"""Of a field: whether the class is made with it, compared by it and shown with it."""


def says_fields(cls: Any, held: dict[str, Plain]) -> None:
    """Let the standard library know the fields of *cls* (``replace``), and ``match`` their places."""
    cls.__dataclass_fields__ = _Late(cls, held)
    matches_by(cls, tuple(name for name, (made_with, _, _) in held.items() if made_with))


def matches_by(cls: Any, names: tuple[str, ...]) -> None:
    """``match`` asks the class, where mypyc keeps them for its values only."""
    setattr(cls, "__match_args__", names)  # noqa: B010 (mypy knows it as a name of a class alone)


class _Late:
    """The fields, made when they are asked for."""

    def __init__(self, owner: Any, held: dict[str, Plain]) -> None:
        self._owner, self._held = owner, held

    def __get__(self, _value: object, _asked: object = None) -> Any:
        space: dict[str, Any] = {"__annotations__": dict.fromkeys(self._held, "object"), "__doc__": "."}
        for name, (made_with, compared, shown) in self._held.items():
            space[name] = dataclasses.field(init=made_with, compare=compared, repr=shown, default=None)
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)
        self._owner.__dataclass_fields__ = made(type("Like", (), space)).__dataclass_fields__
        return self._owner.__dataclass_fields__
