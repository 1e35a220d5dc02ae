"""Frozen dataclasses that are quick to make: the standard library's, without the cost at each start.

A process loads some two hundred classes of values, and lives for a fifth of a second. The standard library
compiles up to seven methods for each class, most of which are never called. Here they are closures,
``__init__`` is compiled when the first value is made, and the standard library looks at the fields when they
are asked for. Everything else (``replace``, ``match``) is its own; a test holds that a class made here
behaves as one made there.
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
    return not any(word in str(kind) for kind in kinds.values() for word in _NOT_PLAIN)


def _made(cls: type, asked: dict[str, bool]) -> type:
    own = dict(vars(cls))
    every = {name: _field_of(own.get(name, MISSING)) for name in own.get("__annotations__", {})}
    new: Any = _with_slots(cls, own, every) if asked.get("slots") else _with_defaults(cls, every)
    for name, method in _methods(every, asked).items():
        if name not in own or (name == "__hash__" and own["__hash__"] is None):
            _put(new, name, method)
    if asked.get("eq", True) and not asked.get("frozen") and own.get("__hash__") is None:
        new.__hash__ = None
    if asked.get("order"):
        for name, method in _order(_getter([name for name, each in every.items() if each.compare])).items():
            _put(new, name, method)
    if asked.get("frozen"):
        _put(new, "__setattr__", _frozen(new, tuple(every), "assign to"))
        _put(new, "__delattr__", _frozen(new, tuple(every), "delete"))
    if "__init__" not in own:
        _put(new, "__init__", _init(new, every))
    if "__match_args__" not in own:
        placed = (name for name, each in every.items() if each.init and each.kw_only is not True)
        setattr(new, "__match_args__", tuple(placed))  # noqa: B010 (mypy wants it said in the class)
    new.__dataclass_params__ = _parameters(**asked)
    new.__dataclass_fields__ = _LateFields(new, {name: own[name] for name in every if name in own})
    return new  # type: ignore[no-any-return]


def _field_of(default: Any) -> Any:
    """The field of a class whose attribute is *default*; one without a default for ``MISSING``."""
    return default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)


def _with_slots(cls: type, own: dict[str, Any], every: _Fields) -> type:
    left = {name: held for name, held in own.items() if name not in every}
    left.pop("__dict__", None)
    left.pop("__weakref__", None)
    new = type(cls)(cls.__name__, cls.__bases__, left | {"__slots__": tuple(every)})
    new.__qualname__ = cls.__qualname__
    return new


def _with_defaults(cls: type, every: _Fields) -> type:
    for name, each in every.items():
        if each.default is not MISSING:
            setattr(cls, name, each.default)
        elif name in vars(cls):
            delattr(cls, name)
    return cls


def _methods(every: _Fields, asked: dict[str, bool]) -> dict[str, Any]:
    methods: dict[str, Any] = {"__repr__": _repr([name for name, each in every.items() if each.repr])}
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


def _init(cls: Any, every: _Fields) -> Callable[..., None]:
    """An ``__init__`` that makes way for a compiled one as it is called first."""

    def first(self: Any, *args: Any, **given: Any) -> None:
        if cls.__init__ is first:
            _put(cls, "__init__", _compiled(cls, every))
        cls.__init__(self, *args, **given)

    return first


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
