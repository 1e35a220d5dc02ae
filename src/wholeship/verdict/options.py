"""What a verdict is asked under; nothing is loaded here that reads workflows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from wholeship.core.finding import Severity
from wholeship.core.values import dataclass
from wholeship.verdict.rule_names import RULE_NAMES
from wholeship.verdict.suppress import Baseline, Ignored
from wholeship.verdict.watched import NOBODY, Watched

if TYPE_CHECKING:
    from wholeship.pipeline.declared import Declared
    from wholeship.verdict.study import DiskRisks, Minutes


@dataclass(frozen=True, slots=True)
class Options:
    """``rules`` are those to ask. ``minutes`` and ``disks`` come from a forecast, where there is one.

    ``ignored`` and ``previews`` (tags that nobody follows) are the release file's.
    """

    watched: Watched = NOBODY
    rules: Collection[str] = RULE_NAMES
    declared: Mapping[str, Declared] = field(default_factory=dict)
    baseline: Baseline = field(default_factory=Baseline)
    failing: Severity = Severity.WARNING
    default_branch: str = ""
    minutes: Minutes | None = None
    disks: DiskRisks | None = None
    ignored: tuple[Ignored, ...] = ()
    previews: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether ``repr`` says all of it: no policy and no forecast, which are functions, has a say."""
        return self.watched.elects is None and self.minutes is None and self.disks is None
