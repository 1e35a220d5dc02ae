"""Repeating a verdict on the commit of a merge queue, and looking at what stands."""

from __future__ import annotations

import pytest

from tests.review.world import BASE, HEAD, OTHER, MemoryRepository, captured, changed
from wholeship.adapters.github import GitHub, Token
from wholeship.core.errors import BadInput
from wholeship.review.mirror import PATIENCE, Group, mirror_status, standing_status
from wholeship.review.publish import Poster
from wholeship.testing.clock import FakeClock
from wholeship.testing.codehost import EmbeddedCodeHost, PullState

GROUP = "9" * 40
CONTEXT = "wholeship/review"


def hosted(*statuses: tuple[str, str, str]) -> EmbeddedCodeHost:
    host = EmbeddedCodeHost(
        pulls={7: PullState(7, HEAD, BASE), 8: PullState(8, OTHER, BASE)}, commits={HEAD, OTHER, GROUP}
    )
    for sha, login, state in statuses:
        host.add_status(sha, login, state, "x", CONTEXT)
    return host


def mirrored(host: EmbeddedCodeHost, *pulls: int, merged: str = "tree") -> str:
    clock = FakeClock()
    poster = Poster(GitHub(host, clock, Token("secret-token"), "acme/shop"), clock, "reviewer")
    repository = MemoryRepository(captured(changed("a", "x")), trees={GROUP: "tree"}, merged=merged)
    return mirror_status(poster, repository, Group(GROUP, BASE, pulls), CONTEXT).gate.state


GOOD = ((HEAD, "reviewer", "success"), (OTHER, "reviewer", "success"))


def test_reviewed_heads_that_make_the_group_pass() -> None:
    """When each head carries our success and the group is those heads merged, it is repeated there."""
    host = hosted(*GOOD)
    assert mirrored(host, 7, 8) == "success"
    assert host.states(GROUP) == [("success", "as reviewed: #7 at aaaaaaaaaaaa, #8 at cccccccccccc")]


@pytest.mark.parametrize(
    ("statuses", "merged"),
    [
        (GOOD[:1], "tree"),
        (((HEAD, "reviewer", "success"), (OTHER, "reviewer", "failure")), "tree"),
        (((HEAD, "reviewer", "success"), (OTHER, "mallory", "success")), "tree"),
        ((*GOOD, (OTHER, "reviewer", "error")), "tree"),
        (GOOD, "another tree"),
        (GOOD, ""),
    ],
    ids=["one not reviewed", "one held", "someone else's", "not the newest", "holds more", "conflicts"],
)
def test_anything_else_is_an_error(statuses: tuple[tuple[str, str, str], ...], merged: str) -> None:
    """A head without our newest success, or a group that holds something else, ends in error."""
    host = hosted(*statuses)
    assert mirrored(host, 7, 8, merged=merged) == "error"
    assert host.states(GROUP)[-1][0] == "error"


def test_a_group_of_nobody_is_refused() -> None:
    """Without a pull request named nothing is mirrored."""
    with pytest.raises(BadInput):
        mirrored(hosted())


def test_a_pending_that_is_left_behind_goes_stale() -> None:
    """A pending older than any review takes is stale; a newer one, or a verdict, is not."""
    host = hosted((HEAD, "reviewer", "pending"))
    client = GitHub(host, FakeClock(), Token("secret-token"), "acme/shop")
    status, _ = standing_status(client, HEAD, CONTEXT, now=0.0, patience=PATIENCE)
    assert status is not None
    assert not standing_status(client, HEAD, CONTEXT, now=status.at + 60, patience=PATIENCE)[1]
    assert standing_status(client, HEAD, CONTEXT, now=status.at + PATIENCE + 1, patience=PATIENCE)[1]
    host.add_status(HEAD, "reviewer", "success", "x", CONTEXT)
    assert not standing_status(client, HEAD, CONTEXT, now=status.at + 10 * PATIENCE, patience=PATIENCE)[1]
    assert standing_status(client, OTHER, CONTEXT, now=0.0, patience=PATIENCE) == (None, False)
