"""The event of a scenario, as far as the texts that actions make depend on it."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from wholeship.core.values import dataclass
from wholeship.texts.template import Hole, Kind, Template, Value


class RefClass(StrEnum):
    """What ``github.ref`` points to in a scenario."""

    DEFAULT = "default branch"
    BRANCH = "branch"
    TAG = "tag"
    PULL = "pull request"
    QUEUE = "merge queue"
    ANY = "any"


EVENT_COMMIT = Template.of(Hole.of(Kind.COMMIT, "github.sha"))
"""The commit that the event is about: the whole id, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The event of a scenario; ``name`` is what ``github.ref_name`` holds, ``commit`` what it is about."""

    event: str = "push"
    ref: RefClass = RefClass.ANY
    name: Template = field(default_factory=lambda: Value.hole(Kind.REF, "github.ref_name").options[0])
    default_branch: str = ""
    commit: Template = EVENT_COMMIT
