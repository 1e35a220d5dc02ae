"""Frozen dataclasses that are quick to make: the standard library's, without the cost at each start.

A process loads some two hundred classes of values, and lives for a fifth of a second. The standard library
compiles up to seven methods for each class, most of which are never called. Here they are closures, and
``__init__`` is compiled when the first value is made. Everything else (fields, ``replace``, ``match``) is the
standard library's; a test holds that a class made here behaves as one made there.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_QUICK = frozenset(("frozen", "slots"))
"""What may be asked for; with anything else, the standard library makes the class."""


def _dataclass(cls: type | None = None, /, **asked: bool) -> Any:
    """As :func:`dataclasses.dataclass`."""

    def made(cls: type) -> type:
        quick = asked.get("frozen") and asked.keys() <= _QUICK and _is_plain(cls)
        return _made(cls, asked.get("slots", False)) if quick else dataclasses.dataclass(**asked)(cls)

    return made if cls is None else made(cls)


def _is_plain(cls: type) -> bool:
    """Whether it inherits no fields, and has none that only ``__init__`` sees."""
    kinds = map(str, vars(cls).get("__annotations__", {}).values())
    return not any(map(dataclasses.is_dataclass, cls.__bases__)) and not any("InitVar" in k for k in kinds)


def _made(cls: type, slots: bool) -> type:
    own = dict(vars(cls))
    new: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    every = dataclasses.fields(new)
    names = tuple(each.name for each in every)
    compared = _getter([each.name for each in every if each.compare])
    hashed = _getter([each.name for each in every if (each.compare if each.hash is None else each.hash)])
    methods = {
        "__init__": _init(new),
        "__repr__": _repr([each.name for each in every if each.repr]),
        "__eq__": _eq(compared),
        "__hash__": lambda self: hash(hashed(self)),
    }
    if slots:
        methods |= {"__getstate__": lambda self: [getattr(self, name) for name in names]}
        methods |= {"__setstate__": _restored(names)}
    has_hash = own.get("__hash__") is not None
    for name, method in methods.items():
        if name not in own or (name == "__hash__" and not has_hash):
            _put(new, name, method)
    _put(new, "__setattr__", _frozen(new, names, "assign to"))
    _put(new, "__delattr__", _frozen(new, names, "delete"))
    new.__dataclass_params__.eq = new.__dataclass_params__.init = new.__dataclass_params__.repr = True
    new.__dataclass_params__.frozen = True
    return new  # type: ignore[no-any-return]


def _put(cls: type, name: str, method: Any) -> None:
    method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
    setattr(cls, name, method)


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """The values of *names*, always as a tuple."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return (lambda self: (getattr(self, names[0]),)) if names else (lambda self: ())


def _eq(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or values(self) == values(other)

    return equal


def _repr(names: list[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        held = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({held})"

    return shown


def _restored(names: tuple[str, ...]) -> Callable[[Any, list[Any]], None]:
    def restore(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return restore


def _frozen(cls: type, names: tuple[str, ...], what: str) -> Callable[..., None]:
    def refuse(self: Any, name: str, *value: Any) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot {what} field {name!r}")
        getattr(super(cls, self), "__setattr__" if value else "__delattr__")(name, *value)

    return refuse


def _init(cls: Any) -> Callable[..., None]:
    """An ``__init__`` that makes way for a compiled one as it is called first."""

    def first(self: Any, *args: Any, **given: Any) -> None:
        if cls.__init__ is first:
            _put(cls, "__init__", _compiled(cls))
        cls.__init__(self, *args, **given)

    return first


def _compiled(cls: Any) -> Any:
    """``__init__`` with the parameters and defaults of the fields of *cls*."""
    known: dict[str, Any] = {"_factory": object(), "_set": object.__setattr__}
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for each in dataclasses.fields(cls):
        name, value = each.name, each.name
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}() if {name} is _factory else {name}" if each.init else f"_make_{name}()"
        known[f"_default_{name}"] = known["_factory"] if each.default is MISSING else each.default
        has_default = each.default is not MISSING or each.default_factory is not MISSING
        if each.init:
            (named if each.kw_only else plain).append(f"{name}=_default_{name}" if has_default else name)
        elif each.default is not MISSING:
            value = f"_default_{name}"
        elif each.default_factory is MISSING:
            continue
        slot = getattr(cls, name, None)
        if isinstance(slot, MemberDescriptorType):
            known[f"_put_{name}"] = slot.__set__
            lines.append(f" _put_{name}(self, {value})")
        else:
            lines.append(f" _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    exec(f"def __init__({parameters}):\n" + "\n".join(lines or [" pass"]), known)  # noqa: S102
    return known["__init__"]


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass
