"""Statuses and the comment, put where they belong: once, on the reviewed commit, and read back.

A reply that is lost proves nothing, so after every write the code host is asked what it has. Facts:
GitHub docs, "Commit statuses" and "Issue comments".
"""

from __future__ import annotations

from wholeship.core.clock import Clock
from wholeship.core.values import dataclass
from wholeship.review.comment import MARKER, pointer
from wholeship.review.ports import CodeHost, CodeHostError, CodeHostUnclear, Comment, Status

LAG = (1.0, 2.0, 4.0, 8.0)
"""Seconds between looks at a status that is not to be seen yet."""


@dataclass(frozen=True, slots=True)
class Poster:
    """Where things are posted, and as whom."""

    host: CodeHost
    clock: Clock
    login: str


def set_status(poster: Poster, sha: str, status: Status) -> None:
    """Make *status* the newest of its context on *sha*, and see that it is.

    Raises :class:`CodeHostError` when that cannot be confirmed: then nothing may be taken for posted.
    """
    if _stands(poster, sha, status):
        return
    for last in (False, True):
        try:
            poster.host.set_status(sha, status)
        except CodeHostUnclear:
            if _stands(poster, sha, status):
                return
            if last:
                raise
            continue
        break
    for wait in (*LAG, None):
        if _stands(poster, sha, status):
            return
        if wait is not None:
            poster.clock.sleep(wait)
    raise CodeHostError(
        f"the status on {sha[:12]} could not be read back as {status.state}",
        advice="someone else may set the same context; look at the commit's statuses",
    )


def _stands(poster: Poster, sha: str, status: Status) -> bool:
    newest = poster.host.statuses(sha, status.context)
    return bool(newest) and newest[0].says_the_same(status) and newest[0].by == poster.login


def upsert(poster: Poster, pull: int, body: str) -> Comment:
    """Make *body* our one comment on the pull request: edit the oldest of ours, or add one.

    Comments with the marker that someone else wrote are not ours. Of two that were added at the same
    moment, the older stays and the other is removed, or made to point to it.
    """
    added = None if _ours(poster, pull) else _added(poster, pull, body)
    ours = _ours(poster, pull)
    if not ours and added is not None:  # a list that lags
        return added
    kept, *extras = ours
    if kept.body != body:
        poster.host.edit_comment(kept.number, body)
    for extra in extras:
        _retire(poster, extra, kept)
    return kept


def _ours(poster: Poster, pull: int) -> list[Comment]:
    found = [c for c in poster.host.comments(pull) if c.author == poster.login and c.body.startswith(MARKER)]
    return sorted(found, key=lambda comment: comment.number)


def _added(poster: Poster, pull: int, body: str) -> Comment:
    for last in (False, True):
        try:
            return poster.host.add_comment(pull, body)
        except CodeHostUnclear:
            ours = _ours(poster, pull)
            if ours:
                return ours[0]
            if last:
                raise
    raise AssertionError("unreachable")


def _retire(poster: Poster, extra: Comment, kept: Comment) -> None:
    try:
        poster.host.delete_comment(extra.number)
    except CodeHostError:
        poster.host.edit_comment(extra.number, pointer(kept.url))
