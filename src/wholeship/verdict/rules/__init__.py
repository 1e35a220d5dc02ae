"""The promises, one file each. The table has every rule, its default severity and its promise in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from wholeship.core.finding import Finding, Severity
from wholeship.core.values import dataclass
from wholeship.verdict.rules import (
    broken_workflow,
    cancelled_publish,
    disk_risk,
    evicted_release,
    gate_bypass,
    half_release,
    hidden_publish,
    moving_tag_race,
    needless_emulation,
    needless_wait,
    platform_gap,
    tag_collision,
    tag_drift,
    tested_not_shipped,
    unpinned_release,
)
from wholeship.verdict.study import Study

Find = Callable[[Study, Severity], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """``severity`` is the default; a rule lowers it where less is at stake."""

    find: Find
    severity: Severity
    summary: str


RULES: Mapping[str, Rule] = {
    "half-release": Rule(half_release.find, Severity.ERROR, "a tag can be out while a sibling is not"),
    "gate-bypass": Rule(gate_bypass.find, Severity.ERROR, "a publish can happen without a passed check"),
    "tested-not-shipped": Rule(
        tested_not_shipped.find, Severity.WARNING, "what was tested is built again before it ships"
    ),
    "tag-drift": Rule(tag_drift.find, Severity.WARNING, "siblings may not get the same tag"),
    "tag-collision": Rule(tag_collision.find, Severity.WARNING, "two runs can make the same tag"),
    "moving-tag-race": Rule(moving_tag_race.find, Severity.NOTE, "an alias can be moved back"),
    "cancelled-publish": Rule(
        cancelled_publish.find, Severity.WARNING, "a publishing run can be cancelled half-way"
    ),
    "evicted-release": Rule(evicted_release.find, Severity.WARNING, "a waiting release can be dropped"),
    "platform-gap": Rule(platform_gap.find, Severity.WARNING, "an image lacks a platform of its siblings"),
    "needless-emulation": Rule(needless_emulation.find, Severity.NOTE, "QEMU that nothing uses"),
    "disk-risk": Rule(disk_risk.find, Severity.WARNING, "the disk may fill up"),
    "hidden-publish": Rule(hidden_publish.find, Severity.WARNING, "a publish may hide in unread code"),
    "needless-wait": Rule(needless_wait.find, Severity.NOTE, "minutes that no promise needs"),
    "unpinned-release": Rule(
        unpinned_release.find, Severity.NOTE, "the program that releases may be another tomorrow"
    ),
    "broken-workflow": Rule(broken_workflow.find, Severity.ERROR, "the workflow cannot run as written"),
}
"""In the order in which findings are told."""
