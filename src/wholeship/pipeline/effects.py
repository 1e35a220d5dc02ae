"""What one command line or one action does to images: the words that programs and actions are read into."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.pipeline.publish import Atomicity, Build, CheckKind, Reference, Way
from wholeship.texts.template import Hole, Kind, Template, Value


@dataclass(frozen=True, slots=True)
class Write:
    """Tags made visible in a registry, in this order. ``platforms`` is None when it could not be read.

    ``ordered``: it begins only when all that the same command does before it has ended well.
    """

    way: Way
    references: tuple[Reference, ...]
    platforms: frozenset[Platform] | None = frozenset()
    sources: tuple[Template, ...] = ()
    build: Build | None = None
    atomicity: Atomicity = Atomicity.PREFIX
    maybe: bool = False  # a flag that is not known decides
    cache: bool = False  # a cache export: visible, but no image
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """A build that leaves images on the runner."""

    build: Build
    platforms: frozenset[Platform] | None = frozenset()


@dataclass(frozen=True, slots=True)
class Retag:
    """``docker tag``: another name for a local image."""

    source: Template
    target: Template


@dataclass(frozen=True, slots=True)
class Login:
    """A registry that later steps of the job can write to."""

    registry: str


@dataclass(frozen=True, slots=True)
class Examine:
    """A test, scan or smoke run. ``real`` is False where it cannot say no; ``reason`` says why."""

    kind: CheckKind
    subjects: tuple[Template, ...] = ()
    real: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """Code that could not be read. ``writes`` is True when it surely publishes, only not what.

    ``quiet``: nothing about it speaks of images; secrets it is handed may be for anything.
    ``name``: what the release file would call it to say what it does; empty where nothing short does.
    """

    reason: str
    writes: bool = False
    quiet: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Emulate:
    """QEMU is set up."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """Outputs of the step that a program writes by itself."""

    outputs: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class PushesNothing:
    """A command that pushes as a rule has been read: this time it makes nothing visible."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An image that a definition has and that a command is not told to push; ``reason`` says why, in words.

    ``meant``: that is what the definition, or who calls it, is written for.
    """

    references: tuple[Reference, ...]
    reason: str
    build: Build | None = None
    meant: bool = False


READ = (PushesNothing(),)
Effect = Write | Local | Retag | Login | Examine | Opaque | Emulate | Leaves | LeftOut | PushesNothing


@dataclass(frozen=True, slots=True)
class Done:
    """The effects of one action, and the outputs and variables it leaves."""

    effects: tuple[Effect, ...] = ()
    outputs: Mapping[str, Value] = field(default_factory=dict)
    environment: Mapping[str, Value] = field(default_factory=dict)
    known: bool = True
    """False when outputs not listed may hold anything."""


_SELF_CONTAINED = lazy_pattern(r"github\.(repository|actor|repository_owner|event\.repository)|matrix\.")


def read_reference(text: Template, *, certain: bool = True) -> Reference:
    """``repository[:tag][@digest]``; no tag means ``latest``, unless a hole may hold one."""
    text = text.strip()
    before, digest = text.cut("@")
    if digest is not None:
        return Reference(before, None, certain)
    repository, tag = text.cut(":", last=True)
    if tag is not None and not (_has_slash(tag) and not _has_slash(repository)):  # else it is a port
        return Reference(repository, tag, certain)
    last = text.parts[-1] if text.parts else ""
    if isinstance(last, Hole) and not _SELF_CONTAINED.search(last.name) and _may_hold_tag(last):
        unknown = Template.of(Hole(f"tag in {last.name}", last.kinds, last.site))
        return Reference(text, unknown, certain=False)
    return Reference(text, Template.of("latest"), certain)


def _has_slash(text: Template) -> bool:
    return any(isinstance(part, str) and "/" in part for part in text.parts)


def _may_hold_tag(hole: Hole) -> bool:
    return bool(hole.kinds & {Kind.OUTPUT, Kind.INPUT, Kind.VARIABLE, Kind.MATRIX, Kind.FILE, Kind.EVENT})


def read_references(value: Value, separators: str = "\r\n,") -> tuple[Reference, ...]:
    """Every reference in a list as actions take it: one a line, or separated by commas.

    A reference is certain when every reading of the list has it.
    """
    lists = [
        [each for piece in option.split(separators) if (each := piece.strip()).parts and each.head[:1] != "#"]
        for option in value.options
    ]
    every = dict.fromkeys(each for one in lists for each in one)
    found = (read_reference(each, certain=all(each in one for one in lists)) for each in every)
    return tuple(replace(each, choice=value.choice) for each in found)


def platforms(value: Value | Template | None) -> frozenset[Platform] | None:
    """A platform list; empty when none is given, or the builder's own; None when it could not be read."""
    if value is None:
        return frozenset()
    options = value.options if isinstance(value, Value) else (value,)
    texts = [option.literal for option in options]
    words = [word for text in texts for word in re.split(r"[\s,]+", text or "") if word]
    own = [word for word in words if word in _OWN]
    if None in texts or (own and len(own) < len(words)):
        return None  # of its own platform and of others: which it is, only the builder knows
    try:
        return frozenset(map(_platform, words)) if not own else frozenset()
    except BadInput:
        return None


_OWN = frozenset({"local", "linux"})
"""What stands for the platform of the builder: an operating system alone goes with its architecture."""


def _platform(text: str) -> Platform:
    """``arm64`` alone is for the builder's system; :class:`BadInput` for what is no platform."""
    return Platform.parse(text) if "/" in text else Platform.wanted(f"linux/{text}")
