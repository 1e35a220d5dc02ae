"""Frozen dataclasses that are quick to make: the standard library's, without the cost at each start.

A process loads some two hundred classes of values, and lives for a fifth of a second. The standard library
compiles up to seven methods for each class, most of which are never called. Here they are closures. The first
values of a class are put together field by field, and ``__init__`` is compiled where more are made; the
standard library looks at the fields when they are asked for. Everything else (``replace``, ``match``) is its
own; a test holds that a class made here behaves as one made there.

Why no library does it (Python 3.11, a class of four fields, processor time): the standard library takes
420 µs to make it, attrs 350, this module 33; with the first of them ``check`` of a small file takes twice as
long. ``msgspec.Struct`` takes 10, but cannot leave a field out of ``==`` (``compare=False``), and is nothing
that ``dataclasses.replace`` and ``fields`` take; what crosses the wire is written with it. The type checker
takes ``dataclass`` from the standard library (the last lines): do so for all, and only the time changes.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_QUICK = frozenset(("frozen", "slots", "order", "eq"))
"""What may be asked for; with anything else, the standard library makes the class."""
_NOT_PLAIN = ("InitVar", "ClassVar", "KW_ONLY")
"""Annotations of what is no field, or another one; where one is, the standard library makes the class."""
_FIRST = 20
"""So many values of a class are put together field by field; for more it pays to compile ``__init__``."""
_Part = tuple[str, Callable[[Any, Any], None], Any, Any]
"""Of a field: its name, what puts a value there, its default and its factory."""
_REQUIRED = dataclasses.field()
"""A field without a default."""
_Fields = dict[str, Any]
"""By name what the standard library's ``field`` gives."""


def _dataclass(cls: type | None = None, /, **asked: bool) -> Any:
    """As :func:`dataclasses.dataclass`."""

    def made(cls: type) -> type:
        quick = asked.keys() <= _QUICK and _is_plain(cls, asked)
        return _made(cls, asked) if quick else dataclasses.dataclass(**asked)(cls)

    return made if cls is None else made(cls)


def _is_plain(cls: type, asked: dict[str, bool]) -> bool:
    """Whether it inherits no fields and no slots, and has but usual fields with usual defaults."""
    if any(dataclasses.is_dataclass(each) or getattr(each, "__slots__", ()) for each in cls.__mro__[1:]):
        return False
    if asked.get("order") and not asked.get("eq", True):
        return False  # which is refused
    own = vars(cls)
    kinds = own.get("__annotations__", {})
    if any(type(own.get(name)).__hash__ is None for name in kinds):
        return False  # a list as a default, which is refused
    said = " ".join(map(str, kinds.values()))
    return not any(word in said for word in _NOT_PLAIN)


def _made(cls: type, asked: dict[str, bool]) -> type:
    own = dict(vars(cls))
    every = {name: _field_of(own.get(name, MISSING)) for name in own.get("__annotations__", {})}
    held: list[type] = []
    given: dict[str, Any] = {
        name: method
        for name, method in _methods(every, asked, held).items()
        if name not in own or (name == "__hash__" and own["__hash__"] is None)
    }
    given |= _guards(every, asked, held)
    for name, method in given.items():
        method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
    given["__dataclass_params__"] = _LateParameters(asked)
    if "__match_args__" not in own:
        placed = (name for name, each in every.items() if each.init and each.kw_only is not True)
        given["__match_args__"] = tuple(placed)
    if asked.get("eq", True) and not asked.get("frozen") and own.get("__hash__") is None:
        given["__hash__"] = None
    new: Any = (
        _with_slots(cls, own | given, every) if asked.get("slots") else _with_defaults(cls, every, given)
    )
    held.append(new)
    new.__dataclass_fields__ = _LateFields(new, {name: own[name] for name in every if name in own})
    return new  # type: ignore[no-any-return]


def _field_of(default: Any) -> Any:
    """The field of a class whose attribute is *default*; one without a default for ``MISSING``."""
    if default is MISSING:
        return _REQUIRED
    return default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)


def _with_slots(cls: type, own: dict[str, Any], every: _Fields) -> type:
    left = {name: held for name, held in own.items() if name not in every}
    left.pop("__dict__", None)
    left.pop("__weakref__", None)
    new = type(cls)(cls.__name__, cls.__bases__, left | {"__slots__": tuple(every)})
    new.__qualname__ = cls.__qualname__
    return new


def _with_defaults(cls: type, every: _Fields, given: dict[str, Any]) -> type:
    for name, each in given.items():
        setattr(cls, name, each)
    for name, each in every.items():
        if each.default is not MISSING:
            setattr(cls, name, each.default)
        elif name in vars(cls):
            delattr(cls, name)
    return cls


def _guards(every: _Fields, asked: dict[str, bool], made: list[type]) -> dict[str, Any]:
    """Methods that go before the class's own (*made* will hold it): how it is ordered, that it is frozen."""
    found: dict[str, Any] = {}
    if asked.get("order"):
        found |= _order(_getter([name for name, each in every.items() if each.compare]))
    if asked.get("frozen"):
        found["__setattr__"] = _frozen(made, tuple(every), "assign to")
        found["__delattr__"] = _frozen(made, tuple(every), "delete")
    return found


def _methods(every: _Fields, asked: dict[str, bool], made: list[type]) -> dict[str, Any]:
    """The methods of the class that *made* will hold."""
    methods: dict[str, Any] = {
        "__init__": _init(made, every),
        "__repr__": _repr([name for name, each in every.items() if each.repr]),
    }
    compared = [name for name, each in every.items() if each.compare]
    if asked.get("eq", True):
        methods["__eq__"] = _eq(_getter(compared))
    if asked.get("eq", True) and asked.get("frozen"):
        hashed = _getter(
            [n for n, each in every.items() if (each.compare if each.hash is None else each.hash)]
        )
        methods["__hash__"] = lambda self: hash(hashed(self))
    if asked.get("slots") and asked.get("frozen"):
        methods["__getstate__"] = lambda self: [getattr(self, name) for name in every]
        methods["__setstate__"] = _restored(tuple(every))
    return methods


class _LateFields:
    """The ``__dataclass_fields__`` of a class, made by the standard library when they are asked for."""

    def __init__(self, owner: type, held: dict[str, Any]) -> None:
        self._owner, self._held = owner, held

    def __get__(self, _value: object, _asked: type | None = None) -> Any:
        owner = self._owner
        space = {
            "__annotations__": owner.__annotations__,
            "__module__": owner.__module__,
            "__doc__": ".",
        } | self._held
        like: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(type(owner.__name__, (), space))
        setattr(owner, "__dataclass_fields__", like.__dataclass_fields__)  # noqa: B010 (no name of a type)
        return like.__dataclass_fields__


class _LateParameters:
    """The ``__dataclass_params__`` of a class, made by the standard library when they are asked for."""

    def __init__(self, asked: dict[str, bool]) -> None:
        self._asked = asked

    def __get__(self, _value: object, _owner: type | None = None) -> Any:
        return _parameters(**self._asked)


@functools.cache
def _parameters(**asked: bool) -> Any:
    class Like:
        """As every class that is made with these."""

    made: Any = dataclasses.dataclass(**asked)(Like)
    return made.__dataclass_params__


def _order(values: Callable[[Any], tuple[Any, ...]]) -> dict[str, Any]:
    def compared(how: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
        def compare(self: Any, other: Any) -> Any:
            return how(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

        return compare

    return {
        f"__{how.__name__}__": compared(how) for how in (operator.lt, operator.le, operator.gt, operator.ge)
    }


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


def _frozen(made: list[type], names: tuple[str, ...], what: str) -> Callable[..., None]:
    def refuse(self: Any, name: str, *value: Any) -> None:
        (cls,) = made
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot {what} field {name!r}")
        getattr(super(cls, self), "__setattr__" if value else "__delattr__")(name, *value)

    return refuse


def _init(made: list[type], every: _Fields) -> Callable[..., None]:
    """An ``__init__`` that makes way for a compiled one when it was called some times."""
    parts: tuple[_Part, ...] | None = None
    left = _FIRST

    def first(self: Any, *args: Any, **given: Any) -> None:
        nonlocal parts, left
        cls: Any = made[0]
        if parts is None:
            parts = _parts(cls, every)
            left = _FIRST if len(parts) == len(every) else 0
        left -= 1
        values = _bound(parts, args, given) if left >= 0 else None
        if values is not None:
            for part, value in zip(parts, values, strict=True):
                part[1](self, value)
            return
        if cls.__init__ is first:
            compiled = _compiled(cls, every)
            compiled.__qualname__ = first.__qualname__
            cls.__init__ = compiled
        cls.__init__(self, *args, **given)

    return first


def _parts(cls: Any, every: _Fields) -> tuple[_Part, ...]:
    """How each field is put into its slot; fewer than there are fields where that is not all of it."""
    usual = not hasattr(cls, "__post_init__")
    return tuple(
        (name, slot.__set__, each.default, each.default_factory)
        for name, each in every.items()
        if usual
        and each.init
        and each.kw_only is not True
        and isinstance(slot := getattr(cls, name, None), MemberDescriptorType)
    )


def _bound(parts: tuple[_Part, ...], args: tuple[Any, ...], given: dict[str, Any]) -> list[Any] | None:
    """The value of each field; None where the arguments do not fit: a compiled ``__init__`` says why."""
    values, named = list(args), 0
    for name, _, default, factory in parts[len(args) :]:
        if name in given:
            named += 1
            values.append(given[name])
        elif default is not MISSING:
            values.append(default)
        elif factory is not MISSING:
            values.append(factory())
        else:
            return None
    return values if named == len(given) and len(values) == len(parts) else None


def _compiled(cls: Any, every: _Fields) -> Any:
    """``__init__`` with the parameters and defaults of the fields of *cls*."""
    known: dict[str, Any] = {"_factory": object(), "_set": object.__setattr__}
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for name, each in every.items():
        value = name
        if each.default_factory is not MISSING:
            known[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}() if {name} is _factory else {name}" if each.init else f"_make_{name}()"
        known[f"_default_{name}"] = known["_factory"] if each.default is MISSING else each.default
        has_default = each.default is not MISSING or each.default_factory is not MISSING
        if each.init:
            (named if each.kw_only is True else plain).append(
                f"{name}=_default_{name}" if has_default else name
            )
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
