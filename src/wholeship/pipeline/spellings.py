"""One text in several spellings: the name of a tag without its ``v``, seven characters of a commit, ``HEAD``.

``${TAG#v}`` in one job and metadata-action's ``{{version}}`` in another are one tag; whoever compares tags
compares their normal forms.
"""

from __future__ import annotations

import re
import shlex

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import Hole, Kind, Template


def normal_text(text: Template, commit: Template) -> Template:
    """The normal form of *text*. *commit* is what is checked out where nothing else is said to be."""
    if not text.holes:
        return text
    return Template.of(*(_hole(part, commit) if isinstance(part, Hole) else part for part in text.parts))


def _hole(hole: Hole, commit: Template) -> Template:
    if hole.made is not None:
        how, given = hole.made
        found = _applied(how.strip(), normal_text(given, commit).strip())
        return found if found is not None else Template.of(hole)
    if hole.name.startswith("git ") and hole.kinds == {Kind.COMMIT} and not hole.site:
        found = _head(hole.name, commit)
        return found if found is not None else Template.of(hole)
    return Template.of(hole)


def _head(line: str, commit: Template) -> Template | None:
    """``git rev-parse [--short] HEAD`` and its like."""
    try:
        words = shlex.split(line)[1:]
    except ValueError:
        return None
    match words:
        case ["rev-parse", "HEAD"] | ["rev-parse", "--verify", "HEAD"]:
            return commit
        case ["rev-parse", short, "HEAD"] if short.startswith("--short"):
            length = short.removeprefix("--short").removeprefix("=")
            return (
                _first(commit, int(length))
                if length.isdigit()
                else _shortened(commit)
                if not length
                else None
            )
        case ["log", *rest] | ["show", *rest] if rest and set(rest[:-1]) <= {"-1", "-s", "-n1", "--no-patch"}:
            return {"H": commit, "h": _shortened(commit)}.get(_placeholder(rest[-1]))
        case _:
            return None


def _placeholder(word: str) -> str:
    found = re.fullmatch(r"--(?:format|pretty)=(?:format:|tformat:)?%(\w)", word)
    return found[1] if found else ""


_CUT = lazy_pattern(r"characters\s+0?:\s*(\d+)|cut -c\s?(?:1-|-)(\d+)|head -c\s?(\d+)")
_NO_V = lazy_pattern(r"#v|version|s(.)\^?v\1\1|match v\(\.\*\)|tr -d '?\"?v'?\"?")
_LAST = lazy_pattern(r"##\*/|cut -d\s?['\"]?/['\"]? -f\s?3-?|s(.)\^?refs/(?:tags|heads)/\1\1|basename")
_HEAD = lazy_pattern(r"##?(?P<plain>[^*?\[\\]+)|s(?P<mark>.)\^?(?P<said>[\w/.-]+)(?P=mark)(?P=mark)")


def _applied(how: str, given: Template) -> Template | None:
    """What the function *how* makes of *given*; None: nothing that is known here."""
    if found := _CUT.fullmatch(how):
        return _first(given, int(found[1] or found[2] or found[3]))
    if _NO_V.fullmatch(how):
        return _without_v(given)
    if _LAST.fullmatch(how) and "/" in given.head and given.holes:
        return Template.of(given.head.rpartition("/")[2], *given.parts[1:])
    if found := _HEAD.fullmatch(how):
        return _without(given, found["plain"] or found["said"] or "")
    return None


def _without(given: Template, head: str) -> Template | None:
    if not isinstance(given.parts[0] if given.parts else None, str):
        return None
    if given.head.startswith(head):
        return Template.of(given.head.removeprefix(head), *given.parts[1:])
    if given.head + "v" == head:
        return _without_v(Template(given.parts[1:]))
    return None


def _without_v(given: Template) -> Template | None:
    if given.head:
        return Template.of(given.head.removeprefix("v"), *given.parts[1:])
    return _named(given, f"version of {given}") if len(given.parts) == 1 else None


def _shortened(commit: Template) -> Template:
    """As git shortens it where nobody says how far: to seven characters, or more in a large repository."""
    return _named(commit, f"{commit.holes[0].name}, as short as git makes it")


def _first(given: Template, length: int) -> Template | None:
    return _named(given, f"{given.holes[0].name}, {length} characters") if len(given.parts) == 1 else None


def _named(given: Template, name: str) -> Template:
    (hole,) = given.holes
    return Template.of(Hole(name, hole.kinds, hole.site, hole.bound))
