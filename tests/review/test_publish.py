"""Statuses and the comment, against the code host in memory: once, ours, and read back."""

from __future__ import annotations

import json

import pytest

from wholeship.adapters.github import GitHub, HostPatience, Token
from wholeship.core.http import Request, Response, Transport, TransportError
from wholeship.review.comment import MARKER
from wholeship.review.ports import CodeHostError, CodeHostUnclear, Status
from wholeship.review.publish import Poster, set_status, upsert
from wholeship.testing.clock import FakeClock
from wholeship.testing.codehost import EmbeddedCodeHost, PullState

HEAD = "a" * 40
SUCCESS = Status("success", "wholeship/review", "bug_free 90")
BODY = f"{MARKER}\n**passed**"


def hosted() -> EmbeddedCodeHost:
    return EmbeddedCodeHost(pulls={7: PullState(7, HEAD, "b" * 40)})


def poster(host: EmbeddedCodeHost, transport: Transport | None = None) -> Poster:
    clock, patience = FakeClock(), HostPatience(jitter=lambda: 0.5)
    client = GitHub(transport or host, clock, Token("secret-token"), "acme/shop", patience=patience)
    return Poster(client, clock, "reviewer")


class Losing:
    """Passes exchanges on, and loses the answers to the first *times* writes, applied or not."""

    def __init__(self, host: EmbeddedCodeHost, times: int, *, applied: bool, status: int = 0) -> None:
        self.host, self.times, self.applied, self.status = host, times, applied, status
        self.writes = 0

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        if request.method == "GET" or self.times <= 0:
            self.writes += request.method != "GET"
            return self.host.answer(request)
        self.times -= 1
        self.writes += 1
        if self.applied:
            self.host.answer(request)
        if self.status:
            return Response(self.status)
        raise TransportError("the connection broke", maybe_applied=True)


def test_a_status_is_set_once() -> None:
    """A status that stands already, set by us, is not set again; another description is."""
    host = hosted()
    for _ in range(3):
        set_status(poster(host), HEAD, SUCCESS)
    assert host.states(HEAD) == [("success", "bug_free 90")]
    set_status(poster(host), HEAD, Status("failure", "wholeship/review", "bugs 1"))
    assert len(host.states(HEAD)) == 2


def test_the_context_is_compared_without_case() -> None:
    """GitHub takes contexts that differ in case for one; so do we."""
    host = hosted()
    set_status(poster(host), HEAD, SUCCESS)
    set_status(poster(host), HEAD, Status("success", "Wholeship/Review", "bug_free 90"))
    assert len(host.states(HEAD)) == 1


def test_somebody_else_s_success_is_not_ours() -> None:
    """The same status set by someone else does not stand for our verdict: ours is set."""
    host = hosted()
    host.add_status(HEAD, "mallory", "success", "bug_free 90", "wholeship/review")
    set_status(poster(host), HEAD, SUCCESS)
    assert len(host.states(HEAD)) == 2


@pytest.mark.parametrize("status", [0, 500, 502, 504])
@pytest.mark.parametrize(("applied", "writes"), [(True, 1), (False, 2)])
def test_a_lost_answer_sets_no_status_twice(status: int, applied: bool, writes: int) -> None:
    """After a lost answer the host is asked; only what did not arrive is sent again."""
    host = hosted()
    losing = Losing(host, 1, applied=applied, status=status)
    set_status(poster(host, losing), HEAD, SUCCESS)
    assert host.states(HEAD) == [("success", "bug_free 90")]
    assert losing.writes == writes


def test_a_status_that_never_arrives_is_said() -> None:
    """When no attempt arrives, that is an error and no success."""
    host = hosted()
    with pytest.raises(CodeHostUnclear):
        set_status(poster(host, Losing(host, 9, applied=False)), HEAD, SUCCESS)
    assert host.states(HEAD) == []


def test_a_status_that_is_not_read_back_did_not_happen() -> None:
    """When another status of the context is the newest after ours, ours is not taken for posted."""
    host = hosted()

    def overwrite(request: Request) -> Response | None:
        if request.method == "POST":
            host.before = lambda request: None
            answer = host.answer(request)
            host.add_status(HEAD, "mallory", "failure", "no", "wholeship/review")
            return answer
        return None

    host.before = overwrite
    with pytest.raises(CodeHostError, match="read back"):
        set_status(poster(host), HEAD, SUCCESS)


def test_a_list_that_lags_is_waited_for() -> None:
    """A status that shows a moment later is found."""
    host = hosted()
    hidden = {"left": 3}

    def lag(request: Request) -> Response | None:
        if request.method == "GET" and host.states(HEAD) and hidden["left"]:
            hidden["left"] -= 1
            return Response(200, body=b"[]")
        return None

    host.before = lag
    set_status(poster(host), HEAD, SUCCESS)
    assert len(host.states(HEAD)) == 1


def test_the_thousandth_status_is_an_error() -> None:
    """When the host takes no more statuses, nothing is posted, and what it said is passed on."""
    host = hosted()
    for number in range(1000):
        host.add_status(HEAD, "reviewer", "pending", str(number), "wholeship/review")
    with pytest.raises(CodeHostError, match="maximum number of statuses"):
        set_status(poster(host), HEAD, SUCCESS)


def test_one_comment_edited_in_place() -> None:
    """The comment is added once, edited when it changed, and left alone when it did not."""
    host = hosted()
    upsert(poster(host), 7, BODY)
    upsert(poster(host), 7, BODY)
    kept = upsert(poster(host), 7, BODY + " more")
    assert host.bodies(7) == [("reviewer", BODY + " more")]
    assert kept.url.endswith(f"#issuecomment-{kept.number}")
    assert [r.method for r, _ in host.seen if r.method != "GET"] == ["POST", "PATCH"]


def test_foreign_markers_are_not_ours() -> None:
    """A comment with our marker by someone else, or with the marker further down, is never touched."""
    host = hosted()
    host.add_comment(7, "mallory", BODY)
    host.add_comment(7, "reviewer", f"quoted: {MARKER}")
    upsert(poster(host), 7, BODY)
    assert host.bodies(7) == [("mallory", BODY), ("reviewer", f"quoted: {MARKER}"), ("reviewer", BODY)]


def test_it_is_found_on_any_page() -> None:
    """Our comment is found among hundreds, over all pages."""
    host = hosted()
    for number in range(250):
        host.add_comment(7, "someone", str(number))
    upsert(poster(host), 7, BODY)
    upsert(poster(host), 7, BODY + "!")
    assert [body for by, body in host.bodies(7) if by == "reviewer"] == [BODY + "!"]


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_answer_adds_no_second_comment(applied: bool) -> None:
    """After a lost answer the list is read; the comment is there once."""
    host = hosted()
    upsert(poster(host, Losing(host, 1, applied=applied)), 7, BODY)
    assert host.bodies(7) == [("reviewer", BODY)]


def test_two_at_the_same_moment_leave_one() -> None:
    """When another run added its comment at the same moment, the older stays, with the newest text."""
    host = hosted()

    def race(request: Request) -> Response | None:
        if request.method == "POST":
            host.before = lambda request: None
            host.add_comment(7, "reviewer", BODY + " by another run")
            return host.answer(request)
        return None

    host.before = race
    kept = upsert(poster(host), 7, BODY)
    assert host.bodies(7) == [("reviewer", BODY)]
    assert kept.number == 2


def test_an_extra_that_cannot_be_removed_points_to_the_first() -> None:
    """Where deleting is not allowed, the second comment becomes a pointer."""
    host = hosted()
    host.add_comment(7, "reviewer", BODY)
    host.add_comment(7, "reviewer", BODY)
    host.before = lambda request: (
        Response(403, body=json.dumps({"message": "no"}).encode()) if request.method == "DELETE" else None
    )
    upsert(poster(host), 7, BODY)
    assert [body.startswith("The review of this pull request is in") for _, body in host.bodies(7)] == [
        False,
        True,
    ]
