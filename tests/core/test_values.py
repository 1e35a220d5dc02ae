"""A class of values made by our decorator behaves as one of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core import values

PLAIN: Any = dataclasses.dataclass(frozen=True, slots=True)
QUICK: Any = values.dataclass(frozen=True, slots=True)
MAKERS = pytest.mark.parametrize("make", [PLAIN, QUICK], ids=["standard", "ours"])


def a_class(make: Any) -> Any:
    class Value:
        """A value."""

        first: int
        second: str = "s"
        third: tuple[int, ...] = field(default_factory=lambda: (1, 2))
        silent: int = field(default=0, repr=False, compare=False)
        named: int = field(default=5, kw_only=True)

    return make(Value)


STANDARD, OURS = a_class(PLAIN), a_class(QUICK)


@values.dataclass(frozen=True, slots=True)
class Kept:
    """One that can be pickled: it stands in the module."""

    first: int
    second: tuple[str, ...] = ()


arguments = st.fixed_dictionaries(
    {"first": st.integers(0, 3)},
    optional={
        "second": st.sampled_from(["a", "b"]),
        "third": st.tuples(st.integers(0, 1)),
        "silent": st.integers(0, 1),
        "named": st.integers(0, 1),
    },
)


@given(arguments, arguments)
def test_values_are_equal_as_the_standard_library_says(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Equality, hashes, what is shown and what ``replace`` gives are those of the standard library."""
    standard, ours = (STANDARD(**one), STANDARD(**other)), (OURS(**one), OURS(**other))
    assert (standard[0] == standard[1]) == (ours[0] == ours[1])
    assert (hash(standard[0]) == hash(standard[1])) == (hash(ours[0]) == hash(ours[1]))
    assert repr(standard[0]) == repr(ours[0])
    assert repr(replace(standard[0], **other)) == repr(replace(ours[0], **other))
    assert dataclasses.asdict(standard[0]) == dataclasses.asdict(ours[0])


@MAKERS
@pytest.mark.parametrize("words", [((), {}), ((1, 2, 3, 4, 5), {}), ((1,), {"other": 2})])
def test_arguments_that_do_not_fit_are_refused(
    make: Any, words: tuple[tuple[Any, ...], dict[str, Any]]
) -> None:
    """Too few, too many and unknown arguments are a TypeError."""
    with pytest.raises(TypeError):
        a_class(make)(*words[0], **words[1])


@MAKERS
def test_nothing_can_be_set(make: Any) -> None:
    """Fields cannot be set nor deleted, and nothing can be added."""
    value = a_class(make)(1)
    changes: list[Callable[[], None]] = [
        lambda: setattr(value, "first", 2),
        lambda: delattr(value, "first"),
        lambda: setattr(value, "other", 2),
    ]
    for change in changes:
        with pytest.raises((FrozenInstanceError, TypeError)):  # for the last, Python 3.11 says the other
            change()


@MAKERS
def test_what_a_class_says_itself_stays(make: Any) -> None:
    """Methods of the class go before those that are made, and ``__post_init__`` is called."""
    called = []

    class Value:
        first: int

        def __post_init__(self) -> None:
            called.append(self.first)

        def __repr__(self) -> str:
            return "shown"

        def __hash__(self) -> int:
            return 7

    value = make(Value)(3)
    assert (called, repr(value), hash(value)) == ([3], "shown", 7)


@pytest.mark.parametrize("decorator", [dataclasses.dataclass, values.dataclass], ids=["standard", "ours"])
def test_properties_can_be_kept(decorator: Any) -> None:
    """A class without slots keeps a property that is worked out once."""

    class Value:
        first: int

        @cached_property
        def double(self) -> list[int]:
            return [self.first * 2]

    value = decorator(frozen=True)(Value)(3)
    assert value.double is value.double


def test_each_factory_makes_one_for_each_value() -> None:
    """Two values do not share what a factory makes."""

    class Value:
        held: list[int] = field(default_factory=list)

    made = values.dataclass(frozen=True, slots=True)(Value)
    assert made().held is not made().held


def test_values_can_be_copied_and_sent() -> None:
    """A value comes back from ``pickle`` and ``copy`` as it was, also before another one was made."""
    value = Kept(1, ("a",))
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    assert [each.name for each in fields(Kept)] == ["first", "second"]


def test_patterns_match() -> None:
    """Fields can be taken apart by their places."""
    match Kept(1, ("a",)):
        case Kept(first, second):
            assert (first, second) == (1, ("a",))
        case _:
            pytest.fail("no match")


def test_who_inherits_a_standard_class_is_one() -> None:
    """A class with inherited fields is the standard library's own."""

    @values.dataclass(frozen=True)
    class Base:
        first: int

    @values.dataclass(frozen=True)
    class Derived(Base):
        second: int

    assert repr(Derived(1, 2)).endswith("Derived(first=1, second=2)")
    with pytest.raises(FrozenInstanceError):
        Derived(1, 2).second = 3  # type: ignore[misc]


OPTIONS = [
    {"frozen": True, "slots": True, "order": True},
    {"frozen": True, "slots": True, "eq": False},
    {"frozen": True},
    {"slots": True},
    {"slots": True, "eq": False},
    {"order": True},
    {},
]


@pytest.mark.parametrize("asked", OPTIONS, ids=str)
def test_each_kind_of_class_is_as_there(asked: dict[str, bool]) -> None:
    """Order, equality, hashes, what can be set, fields and parameters, for each kind that is asked for."""
    there, here = (a_class(make(**asked)) for make in (dataclasses.dataclass, values.dataclass))
    for one in (there, here):
        assert one.__match_args__ == ("first", "second", "third", "silent")
        assert hasattr(one(1), "__dict__") == ("slots" not in asked)
    assert repr(there.__dataclass_params__) == repr(here.__dataclass_params__)
    assert (there.__hash__ is None) == (here.__hash__ is None)
    assert (there(1) == there(1)) == (here(1) == here(1))
    assert replace(here(1), first=2).first == 2
    assert list(map(_shown, fields(there))) == list(map(_shown, fields(here)))
    assert [_compared(there, *pair) for pair in PAIRS] == [_compared(here, *pair) for pair in PAIRS]
    assert _set(there(1)) == _set(here(1))
    assert pickle.loads(pickle.dumps(Kept(1))) == Kept(1)


PAIRS = ((1, 1), (1, 2), (2, 1))


def _shown(each: Any) -> str:
    """A field, but for what is the object's own address."""
    return ", ".join(
        f"{name}={getattr(each, name)!r}" for name in ("name", "type", "init", "repr", "compare", "kw_only")
    )


def _compared(kind: Any, one: int, other: int) -> object:
    try:
        return (
            kind(one) < kind(other),
            kind(one) <= kind(other),
            kind(one) > kind(other),
            kind(one) >= kind(other),
        )
    except TypeError:
        return "cannot be compared"


def _set(value: Any) -> object:
    try:
        value.first = 9
    except FrozenInstanceError:
        return "frozen"
    return value.first


def test_a_value_that_all_would_share_is_refused() -> None:
    """A list as a default is an error, as there."""

    class Value:
        held: list[int] = []  # noqa: RUF012

    with pytest.raises(ValueError, match="mutable default"):
        values.dataclass(frozen=True, slots=True)(Value)


def test_who_inherits_one_of_ours() -> None:
    """A standard class of a base that is ours has the fields of both."""

    @values.dataclass(frozen=True, slots=True)
    class Base:
        first: int
        second: int = 2

    class Heir(Base):
        third: int = 3

    made = dataclasses.dataclass(frozen=True)(Heir)
    assert [each.name for each in fields(made)] == ["first", "second", "third"]
    assert made(1) == made(1, 2, 3)  # type: ignore[call-arg]


@pytest.mark.parametrize("asked", OPTIONS, ids=str)
def test_the_first_values_are_made_as_the_later_ones(asked: dict[str, bool]) -> None:
    """Values that are put together field by field are those that a compiled ``__init__`` makes."""
    words: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((1,), {}),
        ((), {"first": 1, "second": "x"}),
        ((1, "y", (3,), 4), {"named": 6}),
    ]
    there = a_class(dataclasses.dataclass(**asked))
    for args, named in words:
        here = a_class(values.dataclass(**asked))
        shown = {repr(here(*args, **named)) for _ in range(3 * values._FIRST)}
        assert shown == {repr(there(*args, **named))}


@pytest.mark.parametrize("made", [0, values._FIRST + 1])
@pytest.mark.parametrize(
    ("args", "given"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"first": 1}), ((1,), {"other": 1}), ((), {"second": 1})],
)
def test_what_does_not_fit_is_said_alike(made: int, args: tuple[int, ...], given: dict[str, int]) -> None:
    """For the first value of a class and for later ones, in the words of Python, naming what is wrong."""

    def of(make: Any) -> Any:
        class Value:
            first: int
            second: int = 2

        return make(Value)

    told = []
    for kind in (of(PLAIN), of(QUICK)):
        for number in range(made):
            kind(number)
        with pytest.raises(TypeError) as refused:
            kind(*args, **given)
        told.append(str(refused.value).replace(kind.__qualname__, "Value").rpartition("__init__")[2])
    assert told[0] == told[1]
