"""The variables of a script: what it was started with, and what it has set on top.

What is asked of the surroundings is noted. A script that asked the same and was told the same does the same,
so that it need not be run again (:mod:`facts.scripts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, overload

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import NOTHING, SCRIPT, Kind, Value

_Other = TypeVar("_Other")
MAYBE_SET, SET_UNREAD = "\0may be set", "\0set unread"
"""No variables: where an earlier program may have set others than those listed, or surely has set some."""
WHETHER_MAY_SET = "\0whether may be set"
"""What is noted of the first where only that matters, and not where that program ran."""
LEG = "\0leg"
"""Stands for the leg that runs the script, in the sites of those programs."""
HEAD = "\0head"
"""Stands for what is checked out where a program looks into the repository; empty: the event's commit."""
HISTORY = "\0history"
"""The same where a program counts or searches the commits before it: with how many of them are there."""
EXPORTED = "\0exported "
"""Before a name: this variable is handed to the programs that the shell starts."""
EVERY_EXPORTED = "\0every exported"
"""Stands while each variable that is set is exported: ``set -a``."""
FUNCTION = "\0function "
"""Before the name of a function that is defined anew: the number of its body, or ``none``."""
TRAPPED, ERRTRACE, INHERITS = "\0trap ERR", "\0errtrace", "\0inherit_errexit"
"""Whether a trap on ERR ends the shell here, functions have it too, and ``$( )`` has ``-e``: yes or no."""
YES, NO = Value.literal_of("1"), Value.literal_of("0")
"""What the two hold; no: what the script was started with is taken back."""
WITH = "\t"
"""Stands between what is checked out, in words, and how much of the history is there."""
_GIVEN = frozenset(["ACT", "BASH_ENV", "CI", "ENV", "HOME", "IFS", "OLDPWD", "PATH", "PWD", "SHELL", "USER"])
_STEERING = ("COMPOSE_", "DOCKER_", "BUILDX_", "BUILDKIT_", "MAKEF", "npm_")
"""Variables that the shell gives a value of its own, and those that say how tools work: what a program writes
for later steps is taken to be none of them. How those of the runner begin is the name of what it has set."""


_AROUND = lazy_pattern(
    r"(?:GITHUB|RUNNER|ACTIONS|AGENT|BASH|LC|XDG|ANDROID|JAVA_HOME|GOROOT|DOTNET|CONDA|VCPKG|HOMEBREW|SUDO|npm|NVM)"
    r"(?:_\w+)?|HOME|USER|LOGNAME|SHELL|SHLVL|PATH|PWD|OLDPWD|LANG|TERM|IFS|E?UID|PPID|HOST\w+|OSTYPE|MACHTYPE"
    r"|S?RANDOM|SECONDS|EPOCH\w+|LINENO|OPT\w+|FUNCNAME|PIPESTATUS|DIRSTACK|GROUPS|CI|Image\w+|DEBIAN_FRONTEND"
    r"|CHROME\w*|EDGE\w*|GECKO\w*|SELENIUM\w*|TMP(?:DIR)?|TEMP|EDITOR|VISUAL|MAKE\w*|REPLY|COLUMNS|LINES"
)


def may_be_around(name: str) -> bool:
    """Whether a shell, or the machine that it runs on, gives *name* a value unasked."""
    return _AROUND.fullmatch(name) is not None


def _site(value: Value | None) -> str:
    return value.only.holes[0].site if value is not None and value.only is not None else ""


def _is_settable(name: str) -> bool:
    return name.isidentifier() and name not in _GIVEN and not name.startswith(_STEERING)


def _may_set(writer: Value | None, name: str) -> bool:
    """Whether *writer* may have set *name*, which is none of the runner's."""
    if writer is None or writer.only is None:
        return False
    return not name.startswith(tuple(writer.only.holes[0].name.split()))


def told(values: Mapping[str, Value], name: str) -> Value | None:
    """What *values* say of *name*, a variable or something that is noted among them."""
    return _kind_of(values.get(MAYBE_SET)) if name == WHETHER_MAY_SET else values.get(name)


def _kind_of(writer: Value | None) -> Value | None:
    """All that decides whether *writer* may have set a variable."""
    if writer is None or writer.only is None:
        return None
    hole = writer.only.holes[0]
    return Value.literal_of(f"{hole.name}{bool(hole.site)}")


class Surroundings:
    """What a script is started with. ``asked``: the variables that mattered so far, with their values."""

    __slots__ = ("_had", "_values", "asked")

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values
        self._had: dict[str, bool] = {}
        self.asked: dict[str, Value | None] = {}

    def get(self, name: str) -> Value | None:
        """The variable *name*; None: it is not set."""
        value = self._get(name)
        if value is not None or not _is_settable(name):
            return value
        writer = self._get(SET_UNREAD)
        return Value.hole(Kind.OUTPUT, f"env.{name}", _site(writer)) if _may_set(writer, name) else None

    def _get(self, name: str) -> Value | None:
        value = self.asked[name] = self._values.get(name)
        return value

    def setter(self, name: str) -> str:
        """Where a program that was not read may last have set *name*, which is not listed; empty: nowhere."""
        writer = self._get(MAYBE_SET) if _is_settable(name) else None
        return _site(writer) if _may_set(writer, name) else ""

    def may_set(self, name: str) -> bool:
        """Whether :meth:`setter` knows a place."""
        if not _is_settable(name):
            return False
        writer = self._values.get(MAYBE_SET)
        self.asked[WHETHER_MAY_SET] = _kind_of(writer)
        return bool(_may_set(writer, name) and _site(writer))

    def had(self, name: str) -> bool:
        """Whether a shell that is started with this may have had *name* from the start; asked for once."""
        found = self._had.get(name)
        if found is None:
            found = may_be_around(name) or self.get(name) is not None or self.may_set(name)
            self._had[name] = found
        return found

    def names(self) -> Iterator[str]:
        """Every name. All of them matter then."""
        self.asked |= self._values
        return (name for name in self._values if name not in (MAYBE_SET, SET_UNREAD))


class NarrowSurroundings(Surroundings):
    """Surroundings of which a program gets *only* some variables; of the others nothing is asked."""

    __slots__ = ("_only", "_whole")

    def __init__(self, whole: Surroundings, only: frozenset[str]) -> None:
        super().__init__({})
        self._whole, self._only = whole, only

    def get(self, name: str) -> Value | None:
        """As that of all of them; None for a variable that is kept back."""
        return self._whole.get(name) if passes(name, self._only) else None

    def setter(self, name: str) -> str:
        """As that of all of them; nowhere for a variable that is kept back."""
        return self._whole.setter(name) if passes(name, self._only) else ""

    def may_set(self, name: str) -> bool:
        """As that of all of them; of none that is kept back."""
        return passes(name, self._only) and self._whole.may_set(name)

    def names(self) -> Iterator[str]:
        """Every name that is handed on."""
        return (name for name in self._whole.names() if passes(name, self._only))


def passes(name: str, only: frozenset[str]) -> bool:
    """Whether *name* is one of *only*, or no variable but something that is noted among them."""
    return name in only or not name.isidentifier()


class Names(Mapping[str, Value]):
    """The variables at one point of a script. Changing one gives another set; None in ``own``: unset."""

    __slots__ = ("_around", "_handed", "own")

    def __init__(self, around: Surroundings, own: Mapping[str, Value | None] | None = None) -> None:
        self._around = around
        self.own: Mapping[str, Value | None] = own if own is not None else {}
        self._handed: Names | None = None

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> Names:
        """Surroundings of their own."""
        return cls(Surroundings(values))

    def find(self, name: str) -> Value | None:
        """The variable *name*; None: it is not set."""
        return self.own[name] if name in self.own else self._around.get(name)

    def setter(self, name: str) -> str:
        """Where *name* may have been set by a program that was not read; empty: nowhere."""
        return "" if name in self.own else self._around.setter(name)

    def may_be_set(self, name: str) -> bool:
        """Whether a program that was not read may have set *name*."""
        return name not in self.own and self._around.may_set(name)

    @overload
    def get(self, key: str, /) -> Value | None: ...
    @overload
    def get(self, key: str, /, default: Value | _Other) -> Value | _Other: ...
    def get(self, key: str, /, default: object = None) -> object:
        """The variable *key*, or *default*."""
        found = self.find(key)
        return default if found is None else found

    def __getitem__(self, name: str) -> Value:
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def __iter__(self) -> Iterator[str]:
        every = dict.fromkeys((*self._around.names(), *self.own))
        return (name for name in every if self.find(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Names):
            return NotImplemented
        return self is other or (self._around is other._around and self.own == other.own)

    __hash__ = None  # type: ignore[assignment]

    def with_all(self, values: Mapping[str, Value]) -> Names:
        """With all of *values* set."""
        if not values:
            return self
        every = self.own.get(EVERY_EXPORTED)
        marks = {f"{EXPORTED}{name}": every for name in values if name.isidentifier()} if every else {}
        return Names(self._around, {**self.own, **values, **marks})

    def without(self, names: Iterable[str]) -> Names:
        """With *names* unset."""
        return Names(self._around, {**self.own, **dict.fromkeys(names)})

    def exporting(self, names: Iterable[str]) -> Names:
        """With *names* handed to the programs that the shell starts."""
        return self.with_all({f"{EXPORTED}{name}": YES for name in names})

    def hiding(self, names: Iterable[str]) -> Names:
        """With *names* kept from the programs that the shell starts."""
        told = tuple(names)
        marks = {f"{EXPORTED}{name}": NO for name in told}
        return Names(self._around, {**self.own, **{name: self.find(name) for name in told}, **marks})

    def exporting_each(self, *, on: bool) -> Names:
        """``set -a``, or ``set +a``: what is set in between is exported, and stays so."""
        return self.with_all({EVERY_EXPORTED: YES}) if on else self.without((EVERY_EXPORTED,))

    def handed(self) -> Names:
        """The variables that a program is started with: without those that are the shell's alone."""
        if self._handed is None:
            own = {name: self._handed_value(name, value) for name, value in self.own.items()}
            if EVERY_EXPORTED in own:
                own[EVERY_EXPORTED] = None  # no other shell's
            self._handed = self if own == self.own else Names(self._around, own)
        return self._handed

    def kept(self, only: frozenset[str] | None, taken: frozenset[str]) -> Names:
        """Without the variables that are *taken* away, and, unless it is None, with none but *only*."""
        if only is None:
            return self.without(taken) if taken else self
        own = {name: value if passes(name, only - taken) else None for name, value in self.own.items()}
        return Names(NarrowSurroundings(self._around, only - taken), own)

    def _handed_value(self, name: str, value: Value | None) -> Value | None:
        if value is None or not name.isidentifier():
            return None if name.startswith(FUNCTION) else value
        mark = self.own.get(f"{EXPORTED}{name}")
        if mark is None or mark is YES:  # nearly all
            return value if mark is YES or self._around.had(name) else None
        texts = {option.literal for option in mark.options}
        reaches = {self._around.had(name) if text == "" else text != NO.literal for text in texts}
        return _either(name, value, NOTHING) if len(reaches) > 1 else value if True in reaches else None

    def restored(self, names: Iterable[str], before: Names) -> Names:
        """With *names* as they were in *before*."""
        own = {name: value for name, value in self.own.items() if name not in names}
        own |= {name: before.own[name] for name in names if name in before.own}
        return Names(before._around, own)

    def join(self, other: Names) -> Names:
        """Either of both."""
        if self.own is other.own or self.own == other.own:
            return self
        own: dict[str, Value | None] = {}
        mine, theirs = self.own, other.own
        for name in dict.fromkeys((*mine, *theirs)):
            if name in mine and name in theirs and mine[name] is theirs[name]:
                own[name] = mine[name]  # set before the ways parted: most are
                continue
            one, two = self.find(name), other.find(name)
            if one is None and two is None:
                own[name] = None
            else:
                own[name] = _either(name, one or NOTHING, two or NOTHING)
        return Names(self._around, own)


def _either(name: str, one: Value, other: Value) -> Value:
    """What a variable holds where two ways of the script meet: which of them it was, is one choice."""
    return one if one == other else one.join(other).chosen(f"{SCRIPT} {name} {hash((one, other))}")
