"""What a release is made from, so that all of it is made from one thing: a commit, and what is not in it yet.

A release that stopped is continued from the very same source, or not at all: its images carry the commit
of its plan, whatever the work tree has become since, and nobody could tell the difference afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from wholeship.core.errors import Unfinished
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.stages.results import Candidate, Refusal, Refused

SHOWN = 3
"""Changed files that are named; the rest is counted."""
FILES = ("context", "Dockerfile", "arguments", "target", "labels", "named contexts")
"""Kinds of input that come from the work tree. What a base image means differs from machine to machine."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a build would be made from now.

    ``commit`` is empty where nobody knows it; ``changes`` is a digest of all that is not committed, empty
    when there is nothing of the kind; ``files`` are the paths it is about, for people.
    """

    commit: str = ""
    changes: str = ""
    files: tuple[str, ...] = field(default=(), compare=False)

    @property
    def known(self) -> bool:
        """Whether it says anything."""
        return bool(self.commit or self.changes)

    def __str__(self) -> str:
        return f"{self.commit}+{self.changes}" if self.changes else self.commit


LookAtSource = Callable[[], Source]
"""Finds what a build would be made from now."""


def planned_source(plan: Plan) -> Source:
    """What *plan* is a release of."""
    return Source(plan.commit, plan.changes)


def other_source(plan: Plan, now: Source) -> Refused | None:
    """Why *plan* cannot be continued from *now*; None when it is the same source, or none is known.

    Raises :class:`Unfinished` when the plan has a commit, and nothing says which one this is.
    """
    wanted = planned_source(plan)
    unlike = plan.dirty and not plan.changes  # changes that nobody kept a digest of
    if wanted == now and not unlike:
        return None
    if not now.known and wanted.known:
        raise Unfinished(
            f"{plan.tag} is a release of commit {short(wanted)}, and nothing says which commit this is",
            advice=f"continue it in a git work tree of that commit: {_switch(wanted)}",
        )
    fresh = "release this under a tag of its own: wholeship release, without --tag"
    if wanted.commit != now.commit:
        named = f"commit {short(wanted)}" if wanted.commit else "no known commit"
        reason = f"{plan.tag} is a release of {named}, and this work tree is at {short(now) or 'no commit'}"
        back = f", or continue {plan.tag} in its own commit: {_switch(wanted)}" if wanted.commit else ""
        advice = fresh + ("" if plan.dirty else back)
    elif not plan.dirty:
        reason = (
            f"{plan.tag} is a release of commit {short(wanted)} as it is, and this work tree has "
            f"uncommitted changes: {_shown_files(now.files)}"
        )
        advice = f"put them aside (git stash -u) and go on, or {fresh}"
    else:
        reason = (
            f"{plan.tag} is a release of commit {short(wanted)} with uncommitted changes, "
            "and they are not the same now"
        )
        advice = fresh
    return Refused(plan, Refusal.OTHER_SOURCE, reason, advice)


def other_files(
    plan: Plan,
    there: Iterable[tuple[PlannedImage, Candidate]],
    now: Callable[[PlannedImage], Mapping[str, str]],
) -> Refused | None:
    """As :func:`other_source` where there is no commit to go by: the files that each image *there* was made
    from are compared with those of *now*."""
    for image, candidate in there:
        found = now(image)
        if not candidate.inputs or not found:
            why = f"nothing tells whether {image.name} was built from the files that are here"
        elif differing := [kind for kind in FILES if candidate.inputs.get(kind) != found.get(kind)]:
            why = f"{image.name} was built from other files ({', '.join(differing)})"
        else:
            continue
        advice = "one release is made from one source: release under a new tag (leave --tag out)"
        return Refused(plan, Refusal.OTHER_SOURCE, f"{plan.tag} cannot be continued: {why}", advice)
    return None


def mixed(plan: Plan, candidates: Mapping[str, Candidate]) -> tuple[str, ...]:
    """Images that are not made from the source of their release, in words; empty when all are, as far as is
    known.

    One that was reused names an older commit, and is as good: its inputs were the same.
    """
    wanted = planned_source(plan)
    revision = plan.revision
    told = []
    for name, candidate in candidates.items():
        if candidate.source and wanted.known and candidate.source != str(wanted):
            told.append(
                f"{name} was built from {_read_source(candidate.source)}, the release is of {short(wanted)}"
            )
        elif candidate.revision and revision and not candidate.reused_from and candidate.revision != revision:
            told.append(f"{name} is of commit {candidate.revision[:12]}, the release of {revision[:12]}")
    return tuple(f"mixed: {text}" for text in told)


def short(source: Source) -> str:
    """``5f3a9c1e7b2d``, and whether something was changed."""
    return source.commit[:12] + (" with changes" if source.changes and source.commit else "")


def _read_source(text: str) -> str:
    commit, _, changes = text.partition("+")
    return short(Source(commit, changes)) or "an unknown commit"


def _switch(source: Source) -> str:
    return f"git switch --detach {source.commit[:12]}"


def _shown_files(files: tuple[str, ...]) -> str:
    shown = ", ".join(printable(name) for name in files[:SHOWN])
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return shown + more if shown else "which files is not known"
