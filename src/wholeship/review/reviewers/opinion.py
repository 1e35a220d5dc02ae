"""What a reviewer is asked, where, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.core.clock import Clock
from wholeship.core.late import late
from wholeship.core.progress import Progress
from wholeship.core.values import dataclass
from wholeship.review.evidence.gather import Evidence
from wholeship.review.ports import Capture, Memory, Reviewers
from wholeship.review.settings import Settings
from wholeship.review.verdict import Unusable, Verdict

if TYPE_CHECKING:
    from secrets import token_hex
else:  # for a model
    token_hex = late("secrets:token_hex")


@dataclass(frozen=True, slots=True)
class ReviewerSurroundings:
    """Where external reviewers work: who runs them, what is remembered, and a fresh tree for each.

    ``trusted`` is the tree of the base, for commands that are files of the repository.
    """

    reviewers: Reviewers
    memory: Memory
    clock: Clock
    tree: Callable[[], AbstractContextManager[Path]]
    trusted: Path
    progress: Progress
    template: str = ""
    word: Callable[[], str] = lambda: token_hex(16)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reviewer said. ``kept``: the verdict is an earlier one of the very same change."""

    reviewer: str
    verdict: Verdict | Unusable
    kept: bool = False
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged, and on which terms."""

    capture: Capture
    evidence: Evidence
    settings: Settings
