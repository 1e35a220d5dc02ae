"""Options of a build that only the run fills in: ``docker build $(cat flags) .`` may be told to push."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wholeship.pipeline.effects import Effect, Opaque, Write
from wholeship.texts.template import Kind, Template
from wholeship.tools.docker import BUILD_VALUED
from wholeship.tools.options import take
from wholeship.tools.quiet_verbs import after_globals

_ONE_WORD = frozenset({Kind.COMMIT, Kind.REF, Kind.RUN_ID, Kind.RUN_NUMBER, Kind.CLOCK})
"""What only a run knows, and is never an option or several words."""
_BUILDS = (["build"], ["buildx", "build"], ["buildx", "b"], ["image", "build"], ["builder", "build"])
_TO_REGISTRIES: Mapping[str, str] = {"executor": "--no-push", "kaniko": "--no-push", "pack": ""}
"""Builders that an option tells where to push to, with the one that keeps them from it."""


def is_open(word: Template) -> bool:
    """Whether *word* may turn out to be an option, or several words."""
    return not word.head and any(hole.kinds - _ONE_WORD for hole in word.holes[:1])


def filled_in_the_run(base: str, words: Sequence[Template], effects: Sequence[Effect]) -> tuple[Opaque, ...]:
    """What a build of the program *base* may do beyond *effects*, once the run has filled its words in."""
    if not any(map(is_open, words)) or any(_is_told(effect) for effect in effects):
        return ()
    rest = after_globals(base, words[1:])
    verb = [word.literal or "" for word in rest[:2]]
    opened = (Opaque(f"{base} build with options that are only known in the run", name=f"{base} build"),)
    if base in _TO_REGISTRIES:
        kept = any(word.literal == _TO_REGISTRIES[base] for word in words)
        return () if kept or (base == "pack" and verb[:1] != ["build"]) else opened
    build = next((each for each in _BUILDS if verb[: len(each)] == each), None)
    if base not in ("docker", "nerdctl", "depot") or build is None:
        return ()
    return opened if _more_than_a_context(rest[len(build) :]) else ()


def _is_told(effect: Effect) -> bool:
    """Whether *effect* says already that something is, or may be, pushed."""
    return isinstance(effect, Write | Opaque)


def _more_than_a_context(rest: Sequence[Template]) -> bool:
    """Whether an open word is more than the one place that a build takes its files from."""
    options = take(rest, BUILD_VALUED)
    opened = [word for word in options.rest if is_open(word)]
    return bool(opened) and (len(options.rest) > 1 or not (options.values or options.flags))
