"""What a rule says about a file, in a form every output format can print."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from wholeship.core.place import Place
from wholeship.core.values import dataclass


class Severity(StrEnum):
    """How bad it is when it happens."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure the rule is that it can happen."""

    CERTAIN = "certain"  # a run was found, under written assumptions
    LIKELY = "likely"  # rests on a reading that could be wrong
    UNKNOWN = "unknown"  # could not be decided; says why


@dataclass(frozen=True, slots=True)
class Labelled:
    """A place and what it has to do with the finding."""

    place: Place
    label: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text from ``place`` (start to exclusive end) by ``text``.

    An empty range (end equal to start) inserts.
    """

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about a finding. ``edits`` is empty when only a person can do it."""

    description: str
    edits: tuple[Edit, ...] = ()
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the story of a run: what happened, to whom, and where that is written."""

    text: str
    subject: str = ""
    outcome: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken (or undecidable) promise.

    ``key`` names the thing found, independent of line numbers, so that a baseline and a
    code-scanning service recognise it after unrelated edits.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    places: tuple[Labelled, ...]
    story: tuple[Moment, ...] = ()
    fix: Fix | None = None
    key: str = ""

    @property
    def place(self) -> Place:
        """The primary place."""
        return self.places[0].place

    @property
    def fingerprint(self) -> str:
        """Stable across line moves: the rule, the file and what was found."""
        parts = (self.rule, self.place.file, self.key or self.place.path or self.message)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
