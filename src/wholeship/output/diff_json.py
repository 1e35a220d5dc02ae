"""What a change does to the workflows, as JSON."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from wholeship.output.check_json import FindingJson, finding_json
from wholeship.output.diff_words import difference_sentence
from wholeship.output.encoding import struct_of
from wholeship.verdict.diff import Change, WorkflowChange


class LineJson(Struct, frozen=True):
    """One difference. ``subject`` is an image or a job; ``why``: the ``needs`` that went."""

    kind: Literal["publish", "gate", "order", "platform", "tag", "rights", "concurrency"]
    turn: Literal["added", "lost", "changed"]
    subject: str
    what: str
    scenarios: list[str]
    why: str
    worse: bool
    text: str


class WorkflowChangeJson(Struct, frozen=True):
    """One file. ``whole_before`` and ``whole_after`` are null where it is not known, or there is no file."""

    path: str
    whole_before: bool | None
    whole_after: bool | None
    changes: list[LineJson]
    opened: list[FindingJson]
    closed: list[FindingJson]
    standing: list[FindingJson]


class MeasureJson(Struct, frozen=True):
    """Minutes or gigabytes before and after, with their unit. ``better`` is null where nothing differs."""

    scenario: str
    what: str
    before: str
    after: str
    better: bool | None


class DiffJson(Struct, frozen=True, tag_field="command", tag="diff"):
    """Every file that differs in what it does. ``worse``: a window opened, a gate or an order lost."""

    base: str
    head: str
    worse: bool
    workflows: list[WorkflowChangeJson]
    measures: list[MeasureJson]
    exit_code: int
    version: Literal[1] = 1


def diff_json(change: Change, exit_code: int) -> DiffJson:
    """The change as structs."""
    workflows = [_workflow_change_json(each) for each in change.workflows]
    return struct_of(DiffJson, change, workflows=workflows, exit_code=exit_code, version=1)


def _workflow_change_json(change: WorkflowChange) -> WorkflowChangeJson:
    return struct_of(
        WorkflowChangeJson,
        change,
        whole_before=change.before.whole if change.before else None,
        whole_after=change.after.whole if change.after else None,
        changes=[struct_of(LineJson, line, text=difference_sentence(line)) for line in change.lines],
        opened=[finding_json(each) for each in change.opened],
        closed=[finding_json(each) for each in change.closed],
        standing=[finding_json(each) for each in change.standing],
    )
