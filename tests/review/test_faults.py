"""Posting under every fault, at every exchange: no status elsewhere, no second comment, no false yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.review.world import BASE, HEAD, captured, changed, order, world
from wholeship.adapters.github import GitHub, HostPatience, Token
from wholeship.core.errors import WholeshipError
from wholeship.core.http import Headers, Request, Response, TransportError
from wholeship.review.comment import MARKER
from wholeship.review.run import Ended, review
from wholeship.review.settings import Settings, Suite
from wholeship.testing.clock import FakeClock
from wholeship.testing.codehost import EmbeddedCodeHost, PullState

DOCS = captured(changed("docs/a.md", "words"))
SOURCE = captured(changed("src/a.py", "x = 1"))
Forward = Callable[[], Response]


def never_sent(forward: Forward) -> Response:
    raise TransportError("no route", maybe_applied=False)


def lost_on_the_way(forward: Forward) -> Response:
    raise TransportError("the connection broke", maybe_applied=True)


def answer_lost(forward: Forward) -> Response:
    forward()
    raise TransportError("the connection broke", maybe_applied=True)


def failed_before(forward: Forward) -> Response:
    return Response(502, body=b"<html>")


def failed_after(forward: Forward) -> Response:
    forward()
    return Response(502, body=b"<html>")


def limited(forward: Forward) -> Response:
    return Response(429, Headers({"Retry-After": "3"}))


def limited_for_long(forward: Forward) -> Response:
    return Response(403, Headers({"Retry-After": "86400"}))


def refused(forward: Forward) -> Response:
    return Response(403, body=b'{"message": "no"}')


def gone(forward: Forward) -> Response:
    return Response(404, body=b"{}")


def a_login_page(forward: Forward) -> Response:
    return Response(200, body=b"<html>log in</html>")


def an_empty_list(forward: Forward) -> Response:
    return Response(200, body=b"[]")


FAULTS = (
    *(never_sent, lost_on_the_way, answer_lost, failed_before, failed_after, limited, limited_for_long),
    *(refused, gone, a_login_page, an_empty_list),
)


class Faulty:
    """Passes exchanges on; the *at*-th and the *times* that follow it meet the fault."""

    def __init__(
        self, host: EmbeddedCodeHost, fault: Callable[[Forward], Response], at: int, times: int
    ) -> None:
        self.host, self.fault, self.at, self.times = host, fault, at, times
        self.count = 0

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        self.count += 1
        if self.at <= self.count < self.at + self.times:
            return self.fault(lambda: self.host.answer(request))
        return self.host.answer(request)


def posted(
    change: object, fault: Callable[[Forward], Response], at: int, times: int
) -> tuple[EmbeddedCodeHost, Ended | None, int]:
    """The code host afterwards, how the review ended (None: it could not), and the number of exchanges."""
    host = EmbeddedCodeHost(pulls={7: PullState(7, HEAD, BASE)})
    host.add_comment(7, "someone", f"{MARKER} not ours")
    transport = Faulty(host, fault, at, times)
    clock = FakeClock()
    client = GitHub(
        transport, clock, Token("secret-token"), "acme/shop", patience=HostPatience(jitter=lambda: 0.5)
    )
    here = world(change, host=client, clock=clock)  # type: ignore[arg-type]
    settings = Settings(suites=(Suite("unit", "run it"),))
    try:
        ended = review(order(settings, pull=7, post_status=True, post_comment=True), here)
    except WholeshipError:
        return host, None, transport.count
    return host, ended, transport.count


@pytest.mark.parametrize("times", [1, 2, 1000], ids=["once", "twice", "from then on"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_posting_under_every_fault(fault: Callable[[Forward], Response], times: int) -> None:
    """Whatever breaks, wherever: what is called posted stands, and nothing stands that was not decided."""
    _, ended, exchanges = posted(DOCS, fault, 10_000, 1)
    assert ended is not None
    assert exchanges > 10
    states: Mapping[str, str] = {"docs": "success", "source": "failure"}
    for name, change in (("docs", DOCS), ("source", SOURCE)):
        for at in range(1, exchanges + 1):
            host, ended, _ = posted(change, fault, at, times)
            where = f"{fault.__name__} at exchange {at} of {name}"
            assert host.marked() <= {HEAD}, where
            assert len([body for by, body in host.bodies(7) if by == "reviewer"]) <= 1, where
            assert host.bodies(7)[0] == ("someone", f"{MARKER} not ours"), where
            told = [state for state, _ in host.states(HEAD)]
            assert set(told) <= {"pending", "error", states[name]}, where
            if ended is not None and ended.posted.status:
                assert told[-1] == ended.posted.status, where
            if ended is not None and ended.posted.status == "success":
                assert ended.posted.problem == "", where
                assert len(host.bodies(7)) == 2, where
            if ended is not None and not ended.posted.status:
                assert "NOT posted" in ended.posted.problem, where


def test_a_passing_fault_changes_nothing() -> None:
    """Faults that pass, once, on reads and writes alike, still end in the verdict."""
    for fault in (limited, answer_lost, failed_after):
        for at in range(1, 12):
            host, ended, _ = posted(DOCS, fault, at, 1)
            assert ended is not None, (fault.__name__, at)
            assert host.states(HEAD)[-1][0] == "success", (fault.__name__, at)
