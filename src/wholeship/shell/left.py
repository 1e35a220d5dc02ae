"""Whether a script has left a file: results are kept in files, and asked for with ``[ -f FILE ]``.

Only what surely is there is known. A file that nobody has written may be there all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.paths import here
from wholeship.shell.state import LEFT, State
from wholeship.shell.statuses import is_filled
from wholeship.shell.written import key_of
from wholeship.texts.template import Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine

ASKS_FOR_FILES = lazy_pattern(r"(?:\[|\btest)\s+(?:!\s+)?-[efs]\s")
"""Scripts in which this matters."""
_REMOVING = frozenset("rm mv git make find unlink truncate rsync tar unzip sed".split())
"""Programs that may take a file away, or what is in it."""


def after_output(machine: Machine, state: State, path: str, text: Value, *, append: bool) -> State:
    """*state* once *text* has gone to the file at *path*."""
    if not machine.asks_for_files or path[:1] == "\0" or "{" in path or not _is_placed(path, state):
        return state
    name = f"{LEFT}{path}"
    before = state.names.own.get(name)
    full = all(map(is_filled, text.options)) or (append and before is not None and before.literal == "full")
    return state.name(name, Value.literal_of("full" if full else "there"))


def after_program(machine: Machine, words: Sequence[Template], state: State) -> State:
    """*state* after a program that may make files, or take them away."""
    program = (words[0].literal or "").rpartition("/")[2] if words else ""
    if program in ("touch", "tee"):
        machine.touched |= {word.literal for word in words[1:] if word.literal is not None}
    name = program if machine.asks_for_files else ""
    if name == "touch":
        for word in words[1:]:
            path = key_of(word, state)
            held = state.names.own.get(f"{LEFT}{path}")
            known = held is not None and held.literal in ("full", "there")
            if known or not word.literal or word.literal.startswith("-"):
                continue
            if _is_placed(path, state):
                state = state.name(f"{LEFT}{path}", Value.literal_of("there"))
    if name in _REMOVING:
        unknown = Value.hole(Kind.OUTPUT, f"left by {name}")
        return state.with_names({each: unknown for each in state.names.own if each.startswith(LEFT)})
    return state


def _is_placed(path: str, state: State) -> bool:
    """Whether it is known where *path* is: not after ``cd`` to somewhere."""
    return path.startswith("/") or here(state.names) is not None


def is_left(sign: str, path: Template, state: State) -> bool | None:
    """``-f``, ``-e`` and ``-s``; None where nobody knows."""
    if sign not in ("-e", "-f", "-s") or path.literal is None or not _is_placed(path.literal, state):
        return None
    held = state.names.own.get(f"{LEFT}{key_of(path, state)}")
    known = held.literal if held is not None else None
    return True if known == "full" or (known == "there" and sign != "-s") else None


_NAMED = lazy_pattern(r"\$\{?[#!]?(\w+)")
_SEPARATORS = lazy_pattern(r"[./\\s*?]+")


def asks_for_results(text: str, state: State, touched: Iterable[str] = ()) -> bool:
    """Whether *text* names a variable whose value is not known, or a file that the script has made."""
    known = state.names.own
    named = set(re.findall(r"\w+", text)) if "((" in text else set(_NAMED.findall(text))
    if any(name in state.arrays or ((value := known.get(name)) and value.literal is None) for name in named):
        return True
    paths = (*touched, *state.files, *(name.removeprefix(LEFT) for name in known if name.startswith(LEFT)))
    words = {each for path in paths if path[:1] != "\0" for each in _SEPARATORS.split(path) if len(each) > 2}
    return any(word in text for word in words)
