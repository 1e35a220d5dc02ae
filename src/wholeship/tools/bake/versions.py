"""``semvercmp(version, constraint)``: Masterminds' constraints, as far as they are about releases.

Prereleases, wildcards and hyphen ranges have rules of their own there; they are not modelled.
"""

from __future__ import annotations

import re

from wholeship.core.patterns import lazy_pattern
from wholeship.tools.bake.values import NotKnown, Refused

Parts = tuple[int, ...]

_VERSION = lazy_pattern(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[\w.-]+)?(?:\+[\w.-]+)?", re.ASCII)
_ONE = lazy_pattern(r"\s*,?\s*(!=|>=|=>|<=|=<|~>|[=><~^]|)\s*(v?\d+(?:\.\d+){0,2})(?=\s|,|$)", re.ASCII)


def satisfies(version: str, constraint: str) -> bool:
    """Whether *version* fits *constraint*; raises Refused, or NotKnown where the rules are not modelled."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise Refused(f"{version!r} is no version")
    if found[4]:
        raise NotKnown
    given = tuple(int(part or 0) for part in found.groups()[:3])
    answers = [_all(given, part) for part in constraint.split("||")]
    return any(answers)


def _all(given: Parts, text: str) -> bool:
    answers: list[bool] = []
    at = 0
    while at < len(text.rstrip()):
        found = _ONE.match(text, at)
        if not found:
            raise NotKnown
        wanted = tuple(int(part) for part in found[2].removeprefix("v").split("."))
        answers.append(_fits(given, found[1], wanted))
        at = found.end()
    if not answers:
        raise NotKnown
    return all(answers)


def _fits(given: Parts, sign: str, wanted: Parts) -> bool:
    """One comparison; a version of fewer parts stands for all that begin with them."""
    full = wanted + (0,) * (3 - len(wanted))
    begins = given[: len(wanted)]
    match sign:
        case "" | "=":
            return begins == wanted
        case "!=":
            return begins != wanted
        case ">":
            return begins > wanted
        case ">=" | "=>":
            return given >= full
        case "<":
            return given < full
        case "<=" | "=<":
            return begins <= wanted
    if wanted[0] == 0:
        raise NotKnown  # what ~0 and ^0 mean hangs on how many parts are there
    kept = 1 if sign == "^" else min(len(wanted), 2)
    return given >= full and given[:kept] == wanted[:kept]
