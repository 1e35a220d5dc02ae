"""Which commit is checked out where a step runs."""

from __future__ import annotations

from collections.abc import Iterable

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.run import Action, Script, Spot, Step
from wholeship.pipeline.trigger import EVENT_COMMIT
from wholeship.texts.template import EMPTY, Kind, Template, Value

_MOVES = lazy_pattern(
    r"\bgit\b[^\n;|&]*\b(?:checkout|switch|commit|pull|merge|reset|rebase|cherry-pick|am)\b"
)


def checks_out(steps: Iterable[Step]) -> bool:
    """Whether *steps* take the commit of the event from the repository, and leave no other in its place."""
    checkouts = [step for step in steps if _is_checkout(step)]
    return bool(checkouts) and not any(head_after(step, "", Spot("")) for step in steps)


def head_after(step: Step, before: str, spot: Spot) -> str:
    """What is checked out after the step at *spot*, in words; empty: the commit of the event.

    *before* is what was checked out when it began. The same words stand for the same commit in the whole
    run: a branch may have moved on between two steps that check it out, a commit cannot.
    """
    match step.does:
        case Action(name="actions/checkout", inputs=inputs):
            if not _is_root(inputs.get("path")):
                return before
            given = {name: inputs.get(name) for name in ("repository", "ref")}
            named = {name: value for name, value in given.items() if value is not None and not _is_own(value)}
            if not named:
                return ""
            text = " ".join(f"{name} {value}" for name, value in named.items())
            fixed = all(_is_fixed(value) for value in named.values())
            return f"HEAD: {text}" if fixed else f"HEAD: {text} in {spot.site}"
        case Script(text=text) if _MOVES.search(text):
            return f"HEAD: as {spot.site} has left it"
    return before


_FETCHES = lazy_pattern(r"\bgit\b[^\n;|&]*\bfetch\b[^\n;|&]*|--unshallow[^\n;|&]*")


def history_after(step: Step, before: str) -> str:
    """How much of the history is there after *step*, in words; empty: the one commit of a shallow clone."""
    match step.does:
        case Action(name="actions/checkout", inputs=inputs) if _is_root(inputs.get("path")):
            depth = inputs.get("fetch-depth")
            return "" if depth is None or depth.literal in ("", "1") else f"with fetch-depth {depth}"
        case Script(text=text) if found := _FETCHES.findall(text):
            return " and ".join((before, *map(str.strip, found))).removeprefix(" and ")
    return before


def _is_checkout(step: Step) -> bool:
    return isinstance(step.does, Action) and step.does.name == "actions/checkout"


def _is_root(path: Value | None) -> bool:
    return path is None or path.literal in ("", ".", "./")


def _is_own(value: Value) -> bool:
    """Nothing, or what a checkout takes where it is given nothing."""
    return all(each in (EMPTY, EVENT_COMMIT) for each in value.options)


_COMMIT = lazy_pattern(r"[0-9a-f]{40}")


def _is_fixed(value: Value) -> bool:
    """Whether it is one commit, whenever it is asked for."""
    only = value.only
    return only is not None and (_is_commit(only) or _COMMIT.fullmatch(only.literal or "") is not None)


def _is_commit(text: Template) -> bool:
    return bool(text.holes) and all(hole.kinds == {Kind.COMMIT} for hole in text.holes)
