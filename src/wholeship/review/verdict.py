"""The verdict: one JSON object of one shape, whoever gives it.

A reviewer may be a model that has just read hostile text, so nothing about its reply is taken on trust:
one document, this run's nonce, every field, no other field, no boolean where a number belongs. What
does not parse is no verdict, and no verdict is never a pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from wholeship.core.errors import BadInput
from wholeship.core.jsons import parse_json
from wholeship.core.text import inert_json, printable
from wholeship.core.values import dataclass

REPLY_LIMIT = 256 * 1024
"""Bytes of one reply. A verdict is a few kilobytes; what is longer is not one."""
VERSION = 1
"""Of the shape; part of every cache key."""

Category = Literal["src", "tests", "docs", "config", "deps", "migrations", "ci", "generated"]
CATEGORIES: tuple[str, ...] = get_args(Category)

Percent = Annotated[int, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Line = Annotated[str, Meta(max_length=2000)]


class ChangeType(StrEnum):
    """The conventional-commit type of the main intent."""

    FEAT = "feat"
    FIX = "fix"
    REFACTOR = "refactor"
    DOCS = "docs"
    CHORE = "chore"
    TEST = "test"
    DEPS = "deps"


class Risk(StrEnum):
    """How much behaviour changes, and where."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for none."""
        return list(Risk).index(self)


class SuggestedFix(Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """An exact change: the file, the line it starts at (from 1), and what to do there."""

    file: Annotated[str, Meta(min_length=1, max_length=1000)]
    line: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    change: Annotated[str, Meta(min_length=1, max_length=4000)]


class Verdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What a reviewer thinks of a change. Every field is required."""

    bug_free_confidence: Annotated[
        Percent,
        Meta(
            description="How sure the reviewer is that the change works and breaks nothing. 90 and more: "
            "passing evidence and no nameable risk; 70-89: a path could not be verified; 40-69: something "
            "might break; below 40: something almost certainly does, or the change cannot be understood"
        ),
    ]
    bugs: Annotated[
        Count, Meta(description="Reproducible defects caused by the diff; no speculation, no style")
    ]
    slop: Annotated[Percent, Meta(description="Share of the diff that is waste")]
    simplicity: Annotated[Percent, Meta(description="How plainly the change reaches its goal")]
    blockers: Annotated[
        tuple[Line, ...],
        Meta(description="One line each; each stops the merge whatever the scores", max_length=100),
    ]
    change_type: ChangeType
    behavior_change_risk: Annotated[
        Risk,
        Meta(
            description="high: hot path, migrations, auth, billing, data integrity, queues, release order. "
            "Read under the name runtime_change_risk too"
        ),
    ]
    tests_adequate: Annotated[
        bool, Meta(description="The behaviour that changed is covered, or nothing needs covering")
    ]
    suggested_fixes: Annotated[
        tuple[SuggestedFix, ...],
        Meta(description="Exact and actionable; anything vaguer is in notes", max_length=200),
    ]
    notes: Annotated[
        str,
        Meta(
            description="One paragraph, about 500 characters; what the diff did not cause is marked [env]",
            max_length=4000,
        ),
    ]
    categories: Annotated[
        dict[Category, Count], Meta(description="Changed lines (added and deleted) by kind of file")
    ]


@dataclass(frozen=True, slots=True)
class Unusable:
    """A reply that is no verdict, and why; ``reason`` is fit to print."""

    reason: str


def parse_verdict(value: Any) -> Verdict | Unusable:
    """The verdict that a JSON *value* spells, strictly."""
    if isinstance(value, dict) and "runtime_change_risk" in value:
        if "behavior_change_risk" in value:
            return Unusable("behavior_change_risk and runtime_change_risk are two names of one field")
        value = {**value, "behavior_change_risk": value["runtime_change_risk"]}
        del value["runtime_change_risk"]
    try:
        verdict = msgspec.convert(value, Verdict, strict=True)
        encode_verdict(verdict).decode("utf-8")
    except msgspec.ValidationError as error:
        return Unusable(f"not a verdict: {error}"[:300])
    except UnicodeError:
        return Unusable("not a verdict: half of a surrogate pair in a text")
    return verdict


def parse_reply(text: str | bytes, nonce: str) -> Verdict | Unusable:
    """The verdict in a reviewer's whole reply: ``{"nonce": …, "verdict": {…}}`` and nothing else.

    The nonce is this run's, so a verdict that the diff carries along cannot be taken for one.
    """
    if len(text) > REPLY_LIMIT:
        return Unusable(f"the reply is longer than {REPLY_LIMIT} bytes")
    if not text.strip():
        return Unusable("the reply is empty")
    try:
        value = parse_json(text, what="the reply")
    except BadInput as error:
        return Unusable(error.message[:300])
    if not isinstance(value, dict) or set(value) != {"nonce", "verdict"}:
        return Unusable("the reply is not one object with exactly nonce and verdict")
    if not nonce or value["nonce"] != nonce:
        return Unusable("the reply does not carry the nonce of this run")
    return parse_verdict(value["verdict"])


def encode_verdict(verdict: Verdict) -> bytes:
    """The one spelling of *verdict*: fields in the order of the schema, two spaces, a newline at the end."""
    fields = msgspec.to_builtins(verdict)
    fields["categories"] = {name: fields["categories"].get(name, 0) for name in CATEGORIES}
    return inert_json(json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False)).encode() + b"\n"


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """The strictest value of each field. An empty list is refused: no reviewer is not a pass."""
    if not verdicts:
        raise ValueError("no verdict to combine")
    first = verdicts[0]
    if len(verdicts) == 1:
        return first
    return Verdict(
        bug_free_confidence=min(v.bug_free_confidence for v in verdicts),
        bugs=max(v.bugs for v in verdicts),
        slop=max(v.slop for v in verdicts),
        simplicity=min(v.simplicity for v in verdicts),
        blockers=_union(v.blockers for v in verdicts),
        change_type=first.change_type,
        behavior_change_risk=max((v.behavior_change_risk for v in verdicts), key=lambda risk: risk.rank),
        tests_adequate=all(v.tests_adequate for v in verdicts),
        suggested_fixes=_union(v.suggested_fixes for v in verdicts)[:200],
        notes=" | ".join(dict.fromkeys(v.notes for v in verdicts if v.notes))[:4000],
        categories=first.categories,
    )


def with_facts(verdict: Verdict, facts: Verdict, *, ceiling: int = 100) -> Verdict:
    """*verdict* held to what was measured: no fewer bugs and blockers than *facts*, and its categories.

    Nobody is surer than *ceiling*: what could not be read was not reviewed.
    """
    return msgspec.structs.replace(
        verdict,
        bug_free_confidence=min(verdict.bug_free_confidence, ceiling),
        bugs=max(verdict.bugs, facts.bugs),
        blockers=_union([facts.blockers, verdict.blockers]),
        suggested_fixes=_union([verdict.suggested_fixes, facts.suggested_fixes])[:200],
        categories=facts.categories,
    )


def cleaned(verdict: Verdict, redact: Callable[[str], str]) -> Verdict:
    """*verdict* with its texts fit to print and free of secrets: it goes to terminals, logs and comments."""

    def clean(text: str) -> str:
        return redact(printable(text)).strip()

    fixes = tuple(
        SuggestedFix(clean(fix.file) or "?", fix.line, redact(printable(fix.change, newlines=True)) or "?")
        for fix in verdict.suggested_fixes
    )
    return msgspec.structs.replace(
        verdict,
        blockers=tuple(clean(line) or "(a blocker without words)" for line in verdict.blockers),
        suggested_fixes=fixes,
        notes=clean(verdict.notes),
    )


def json_schema() -> dict[str, Any]:
    """The verdict's JSON Schema (2020-12), generated from the struct."""
    (reference,), components = msgspec.json.schema_components([Verdict], ref_template="#/$defs/{name}")
    root = components.pop("Verdict")
    assert reference == {"$ref": "#/$defs/Verdict"}
    categories = root["properties"]["categories"]
    categories["propertyNames"] = {"enum": list(CATEGORIES)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": "wholeship review verdict",
        "$defs": components,
    }


def categories_of(counts: Mapping[str, int]) -> dict[Category, Count]:
    """*counts* with every category there is, in the order of the schema."""
    return {name: counts.get(name, 0) for name in get_args(Category)}


def _union(lists: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(item for each in lists for item in each))
