"""What is known at one point of a script, and how two ways to the same point are merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wholeship.workflows.facts.template import NOTHING, Value

OUTPUT, ENV, PATH, SUMMARY = "\0output", "\0env", "\0path", "\0summary"
"""The paths that ``$GITHUB_OUTPUT`` and its like stand for."""


@dataclass(frozen=True, slots=True)
class Word:
    """One argument. Unquoted text is split at white space once its reading is chosen."""

    value: Value
    quoted: bool = True

    @property
    def literal(self) -> str | None:
        """The text, when it is known."""
        return self.value.literal


@dataclass(frozen=True, slots=True)
class State:
    """``done``: commands that certainly succeeded; ``tried``: certainly started; ``failed``: may have failed.

    ``out`` collects standard output while somebody wants it; ``files`` what was written where.
    """

    names: Mapping[str, Value] = field(default_factory=dict)
    arrays: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    arguments: tuple[Word, ...] = ()
    done: frozenset[int] = frozenset()
    tried: frozenset[int] = frozenset()
    failed: frozenset[int] = frozenset()
    stdin: Value | None = None
    out: Value = NOTHING
    files: Mapping[str, Value] = field(default_factory=dict)
    errexit: bool = True
    pipefail: bool = False

    def name(self, name: str, value: Value) -> State:
        """With the variable *name* set."""
        return replace(self, names={**self.names, name: value})

    def write(self, path: str, value: Value, *, append: bool) -> State:
        """With *value* in the file at *path*."""
        before = self.files.get(path, NOTHING) if append else NOTHING
        return replace(self, files={**self.files, path: before + value})

    def said(self, value: Value) -> State:
        """With *value* on standard output."""
        return replace(self, out=self.out + value)

    def succeeded(self, index: int) -> State:
        """After command *index* ended well."""
        return replace(
            self, done=self.done | {index}, tried=self.tried | {index}, failed=self.failed - {index}
        )

    def missed(self, index: int) -> State:
        """After command *index* failed."""
        return replace(
            self, done=self.done - {index}, tried=self.tried | {index}, failed=self.failed | {index}
        )

    def after(self, inner: State) -> State:
        """This state with what a subshell that ended in *inner* leaves behind: effects, not variables."""
        return replace(self, done=inner.done, tried=inner.tried, failed=inner.failed, files=inner.files)


def join(one: State | None, other: State | None) -> State | None:
    """What is known when either way may have been taken; None is a way that does not exist."""
    if one is None or other is None or one is other:
        return one or other
    return replace(
        one,
        names=_join_values(one.names, other.names),
        arrays=one.arrays if one.arrays == other.arrays else _common(one.arrays, other.arrays),
        arguments=one.arguments if len(one.arguments) >= len(other.arguments) else other.arguments,
        done=one.done & other.done,
        tried=one.tried & other.tried,
        failed=one.failed | other.failed,
        out=one.out.join(other.out),
        files=_join_values(one.files, other.files),
        errexit=one.errexit and other.errexit,
        pipefail=one.pipefail and other.pipefail,
    )


def join_all(states: list[State]) -> State | None:
    """All of them merged."""
    total: State | None = None
    for state in states:
        total = join(total, state)
    return total


def _join_values(one: Mapping[str, Value], other: Mapping[str, Value]) -> Mapping[str, Value]:
    if one is other or one == other:
        return one
    return {
        name: one.get(name, NOTHING).join(other.get(name, NOTHING)) for name in dict.fromkeys((*one, *other))
    }


def _common(
    one: Mapping[str, tuple[Word, ...]], other: Mapping[str, tuple[Word, ...]]
) -> Mapping[str, tuple[Word, ...]]:
    """The longer reading of each array: more words mean more possible publishes."""
    return {
        name: max(one.get(name, ()), other.get(name, ()), key=len) for name in dict.fromkeys((*one, *other))
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement can end: well, badly, or badly where ``set -e`` looks away (``soft``)."""

    ok: State | None = None
    bad: State | None = None
    soft: State | None = None

    @property
    def any(self) -> State | None:
        """However it ended."""
        return join(self.ok, join(self.bad, self.soft))

    @property
    def failed(self) -> State | None:
        """When it did not end well."""
        return join(self.bad, self.soft)


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command that a script can reach.

    ``requires`` are the commands that have succeeded whenever this one starts. ``row`` counts lines of the
    script from 0; ``file`` is the script of the repository it stands in, empty for the ``run:`` text.
    """

    index: int
    words: tuple[Word, ...]
    row: int
    requires: frozenset[int] = frozenset()
    loop: bool = False
    background: bool = False
    stdin: Value | None = None
    names: Mapping[str, Value] = field(default_factory=dict)
    file: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """What a script does. ``unread`` lists, in words, what could not be read and may do anything."""

    commands: tuple[Command, ...] = ()
    conditional: frozenset[int] = frozenset()
    masked: frozenset[int] = frozenset()
    outputs: Mapping[str, Value] = field(default_factory=dict)
    environment: Mapping[str, Value] = field(default_factory=dict)
    files: Mapping[str, Value] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
