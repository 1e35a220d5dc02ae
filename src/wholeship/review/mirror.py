"""A merge queue tests another commit than the head: the verdict has to be repeated there, as an explicit act.

The commit of a merge group is trusted only when its files are exactly what merging the approved heads into
its base gives; then what was reviewed is what would land. GitHub docs, "Managing a merge queue".
"""

from __future__ import annotations

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.review.gate import Gate, no_verdict
from wholeship.review.ports import CodeHost, Pull, Repository, Status
from wholeship.review.publish import Poster, set_status

PATIENCE = 3 * 3600.0
"""Seconds after which a ``pending`` is taken for left behind."""


@dataclass(frozen=True, slots=True)
class Group:
    """A commit of a merge queue: ``sha``, which merges pull requests ``pulls``, in order, into ``base``."""

    sha: str
    base: str
    pulls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was set on the commit of the group, and of which pull requests."""

    sha: str
    gate: Gate
    pulls: tuple[Pull, ...]


def mirror_status(poster: Poster, repository: Repository, group: Group, context: str) -> Mirrored:
    """Set the status of *context* on the commit of *group*.

    ``success`` only when every head carries our own success and the group holds nothing else.
    """
    if not group.pulls:
        raise BadInput("no pull request was named", advice="name each one of the group with --pull NUMBER")
    pulls = tuple(poster.host.pull(number) for number in group.pulls)
    gate = _gate(poster, repository, group, pulls, context)
    set_status(poster, group.sha, Status(gate.state, context, gate.description))
    return Mirrored(group.sha, gate, pulls)


def _gate(
    poster: Poster, repository: Repository, group: Group, pulls: tuple[Pull, ...], context: str
) -> Gate:
    for pull in pulls:
        newest = poster.host.statuses(pull.head, context)
        if not newest or newest[0].state != "success" or newest[0].by != poster.login:
            return no_verdict(f"head {pull.head[:12]} of #{pull.number} carries no success of {poster.login}")
    expected = repository.merged_tree(group.base, tuple(pull.head for pull in pulls))
    if not expected or expected != repository.tree_of(group.sha):
        return no_verdict(f"{group.sha[:12]} is not {group.base[:12]} with the reviewed heads merged")
    heads = ", ".join(f"#{pull.number} at {pull.head[:12]}" for pull in pulls)
    return Gate("success", f"as reviewed: {heads}")


def standing_status(
    host: CodeHost, sha: str, context: str, *, now: float, patience: float = PATIENCE
) -> tuple[Status | None, bool]:
    """The newest status of *context* on *sha*, and whether it is a ``pending`` that nobody works on now."""
    newest = host.statuses(sha, context)
    if not newest:
        return None, False
    status = newest[0]
    return status, status.state == "pending" and status.at + patience < now
