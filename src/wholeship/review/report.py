"""A review as one value: what was looked at, what was said, and what was decided."""

from __future__ import annotations

import hashlib

from wholeship.core.values import dataclass
from wholeship.review.evidence.gather import Evidence
from wholeship.review.gate import Gate
from wholeship.review.ports import Capture
from wholeship.review.reviewers.opinion import Opinion
from wholeship.review.settings import Settings
from wholeship.review.verdict import Unusable, Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """One review of one commit. ``diff`` is the SHA-256 of the diff's bytes, in hex.

    ``runs`` counts the reviews of this head, this one included; ``skipped`` says why no model was asked.
    """

    capture: Capture
    settings: Settings
    gate: Gate
    verdict: Verdict | Unusable
    runs: int = 0
    evidence: Evidence | None = None
    opinions: tuple[Opinion, ...] = ()
    skipped: str = ""

    @property
    def head(self) -> str:
        """The commit that was reviewed."""
        return self.capture.head

    @property
    def base(self) -> str:
        """The commit of the base branch."""
        return self.capture.base

    @property
    def merge_base(self) -> str:
        """Where the two part; what the diff starts from."""
        return self.capture.merge_base

    @property
    def diff(self) -> str:
        """The SHA-256 of the diff."""
        return hashlib.sha256(self.capture.diff.patch).hexdigest()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader has to know about how this came about."""
        return (*self.capture.remarks, *self.settings.remarks)
