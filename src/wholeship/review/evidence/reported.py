"""A review in two jobs: one runs the change's code and holds no token, the other holds one and runs none.

From the first job's report come only what running the code can tell (suites, coverage) and what reviewers
said. Everything else is looked at anew, and the gate is decided anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.review.evidence.coverage import CoverageEvidence
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.ports import Capture
from wholeship.review.settings import Settings
from wholeship.review.verdict import Unusable, Verdict


@dataclass(frozen=True, slots=True)
class Reported:
    """What another job found out about this very change. ``diff`` is the SHA-256 of the diff."""

    head: str
    merge_base: str
    diff: str
    suites: SuitesEvidence
    coverage: CoverageEvidence
    opinions: Mapping[str, Verdict | Unusable] = field(default_factory=dict)

    def check(self, capture: Capture, settings: Settings) -> None:
        """:class:`BadInput` when the report is about another change, or leaves a suite out."""
        ours = (capture.head, capture.merge_base, hashlib.sha256(capture.diff.patch).hexdigest())
        if self._about != ours:
            theirs, mine = (f"{each[0][:12]} from {each[1][:12]}" for each in (self._about, ours))
            raise BadInput(
                f"the report is about {theirs}, not about {mine}",
                advice="both jobs have to check out the same head, and compare with the same base",
            )
        ran = {(result.name, result.command) for result in self.suites.results}
        missing = [suite.name for suite in settings.suites if (suite.name, suite.command) not in ran]
        if missing:
            raise BadInput(
                f"the report lacks suites: {', '.join(missing)}",
                advice="run the first job with the same settings",
            )

    @property
    def _about(self) -> tuple[str, str, str]:
        return self.head, self.merge_base, self.diff

    def opinion(self, reviewer: str) -> Verdict | Unusable:
        """What *reviewer* said there."""
        return self.opinions.get(reviewer, Unusable("the report has no verdict of it"))
