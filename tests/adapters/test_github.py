"""The client for GitHub, against the code host in memory and against answers that nobody likes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from wholeship.adapters.github import API, GitHub, HostPatience, Token, api_of
from wholeship.core.errors import BadInput
from wholeship.core.http import Headers, Request, Response, TransportError
from wholeship.review.ports import (
    CodeHostDenied,
    CodeHostError,
    CodeHostRefused,
    CodeHostThrottled,
    CodeHostUnclear,
    Status,
)
from wholeship.testing.clock import FakeClock
from wholeship.testing.codehost import EmbeddedCodeHost, PullState

HEAD = "a" * 40
SECRET = "secret-token"
SUCCESS = Status("success", "wholeship/review", "fine")


class Answers:
    """Gives the answers it was told, in order; the last one again and again."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def said(status: int, value: object = None, **headers: str) -> Response:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, Headers(names), json.dumps(value if value is not None else {}).encode())


def client(
    *answers: Response | Exception, clock: FakeClock | None = None, api: str = API
) -> tuple[GitHub, Answers]:
    transport = Answers(*answers)
    patience = HostPatience(jitter=lambda: 0.5)
    return GitHub(
        transport, clock or FakeClock(), Token(SECRET), "acme/shop", api=api, patience=patience
    ), transport


USER: Mapping[str, object] = {"login": "reviewer"}


def test_every_request_is_as_github_asks() -> None:
    """Version, media type, agent and token are sent, with JSON where there is a body."""
    host = EmbeddedCodeHost(pulls={7: PullState(7, HEAD, "b" * 40)})
    github = GitHub(host, FakeClock(), Token(SECRET), "acme/shop")
    github.pull(7)
    github.set_status(HEAD, SUCCESS)
    for request, _ in host.seen:
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert request.headers["Accept"] == "application/vnd.github+json"
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        assert request.headers["User-Agent"].startswith("wholeship/")
    assert json.loads(host.seen[1][0].body) == {
        "state": "success",
        "context": "wholeship/review",
        "description": "fine",
    }


@pytest.mark.parametrize("trouble", [said(500), said(503), TransportError("broken", maybe_applied=True)])
def test_reads_are_repeated(trouble: Response | Exception) -> None:
    """A read that meets passing trouble is asked again, with growing waits; and not for ever."""
    clock = FakeClock()
    github, transport = client(trouble, trouble, said(200, USER), clock=clock)
    assert github.login() == "reviewer"
    assert clock.slept == [1.0, 2.0]
    github, transport = client(trouble)
    with pytest.raises(CodeHostError):
        github.login()
    assert len(transport.requests) == 5


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (said(429, Retry_After="7"), 7.0),
        (said(403, Retry_After="7", X_RateLimit_Remaining="0", X_RateLimit_Reset="9"), 7.0),
        (
            said(
                403,
                X_RateLimit_Remaining="0",
                X_RateLimit_Reset="1779992960",
                Date="Thu, 28 May 2026 18:29:00 GMT",
            ),
            20.0,
        ),
        (said(403, {"message": "You have exceeded a secondary rate limit."}), 60.0),
        (said(429), 60.0),
        (said(429, Retry_After="soon"), 60.0),
    ],
)
def test_limits_are_waited_for_in_github_s_order(answer: Response, wait: float) -> None:
    """Retry-After first, then the reset time by the host's own clock, then a minute; for writes too."""
    clock = FakeClock()
    github, _ = client(answer, said(200, USER), clock=clock)
    github.login()
    assert clock.slept == [wait]
    clock = FakeClock()
    github, transport = client(answer, said(201), clock=clock)
    github.set_status(HEAD, SUCCESS)
    assert sum(clock.slept) == max(wait, 1.0)
    assert len(transport.requests) == 2


def test_a_limit_that_takes_too_long_is_told() -> None:
    """A wait beyond the budget is not sat out: the time of the next try is told."""
    for answer in (
        said(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="1780000000"),
        said(429, Retry_After="9999"),
    ):
        github, transport = client(answer)
        with pytest.raises(CodeHostThrottled) as caught:
            github.login()
        assert caught.value.wait > 300
        assert "run it again after" in caught.value.advice
        assert len(transport.requests) == 1
        github, _ = client(answer)
        with pytest.raises(CodeHostThrottled):
            github.set_status(HEAD, SUCCESS)


def test_a_plain_403_is_no_limit() -> None:
    """A refusal is told at once, with what the token needs, and without the token."""
    github, transport = client(said(403, {"message": f"Resource not accessible, {SECRET}"}))
    with pytest.raises(CodeHostDenied) as caught:
        github.pull(7)
    assert len(transport.requests) == 1
    assert SECRET not in caught.value.message
    assert "commit statuses (write)" in caught.value.advice


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(401), CodeHostDenied),
        (said(404), CodeHostDenied),
        (said(422, {"message": "Validation Failed", "errors": [{"message": "too long"}]}), CodeHostRefused),
        (said(410), CodeHostRefused),
        (said(301, Location="https://api.github.com/repositories/1"), CodeHostRefused),
        (said(500), CodeHostUnclear),
        (TransportError("cut", maybe_applied=True), CodeHostUnclear),
        (TransportError("no route", maybe_applied=False), CodeHostError),
    ],
)
def test_a_write_is_sent_once(answer: Response | Exception, kind: type[CodeHostError]) -> None:
    """Whatever comes back, a write is not repeated by itself; what may have happened is told apart."""
    github, transport = client(answer)
    with pytest.raises(kind) as caught:
        github.set_status(HEAD, SUCCESS)
    assert isinstance(caught.value, CodeHostUnclear) == (kind is CodeHostUnclear)
    assert len(transport.requests) == 1


def test_an_edit_may_be_repeated() -> None:
    """The same edit twice is the same comment: a lost answer is asked for again, once."""
    github, transport = client(said(502), said(200))
    github.edit_comment(1, "x")
    assert len(transport.requests) == 2
    github, transport = client(said(502))
    with pytest.raises(CodeHostUnclear):
        github.edit_comment(1, "x")
    assert len(transport.requests) == 2


def test_writes_keep_a_distance() -> None:
    """There is at least a second between writes."""
    clock = FakeClock()
    github, _ = client(said(201), clock=clock)
    for _ in range(3):
        github.set_status(HEAD, SUCCESS)
    assert clock.slept == [1.0, 1.0]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.invalid/next",
        "http://api.github.com/next",
        "https://api.github.com@evil.invalid/",
        "https://api.github.com:444/x",
    ],
)
def test_the_token_goes_to_its_own_host_only(link: str) -> None:
    """A page or a redirect elsewhere is not followed."""
    github, transport = client(said(200, [], Link=f'<{link}>; rel="next"'))
    with pytest.raises(CodeHostError, match="elsewhere"):
        github.comments(7)
    assert len(transport.requests) == 1
    github, transport = client(said(301, Location=link))
    with pytest.raises(CodeHostError, match="elsewhere"):
        github.pull(7)
    assert len(transport.requests) == 1


def test_redirects_at_home_are_followed_for_reads() -> None:
    """A renamed repository is read where it is now; round and round is refused."""
    there = said(301, Location="https://api.github.com/repositories/1/pulls/7")
    github, _ = client(there)
    with pytest.raises(CodeHostError, match="round"):
        github.pull(7)
    github, _ = client(there, said(200, USER))
    assert github.login() == "reviewer"


def test_a_list_that_does_not_end_is_refused() -> None:
    """A page that links to itself is met once."""
    own = f"{API}/repos/acme/shop/issues/7/comments?per_page=100"
    github, transport = client(said(200, [], Link=f'<{own}>; rel="next"'))
    with pytest.raises(CodeHostError, match="does not end"):
        github.comments(7)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, body=b"<html>login</html>"),
        Response(200, body=b'{"login": "a", "login": "b"}'),
        said(200, []),
        said(200, {"login": 7}),
        said(200, {"name": "x"}),
    ],
)
def test_an_answer_that_is_none_is_an_error(answer: Response) -> None:
    """Login pages, double keys and missing fields are no answer."""
    github, _ = client(answer)
    with pytest.raises(CodeHostError):
        github.login()


@pytest.mark.parametrize(
    "change", [{"head": {"sha": "main", "ref": "x"}}, {"head": None}, {"number": True}, {"state": None}]
)
def test_a_pull_request_is_read_strictly(change: Mapping[str, object]) -> None:
    """A head that is no commit, or a missing field, is no pull request."""
    end = {"sha": HEAD, "ref": "x"}
    good: dict[str, object] = {"number": 7, "state": "open", "merged_at": None, "head": end, "base": end}
    github, _ = client(said(200, good))
    assert github.pull(7).head == HEAD
    github, _ = client(said(200, {**good, **change}))
    with pytest.raises(CodeHostError):
        github.pull(7)


def test_pages_are_put_together() -> None:
    """Statuses, comments, pull requests and checks come over all pages, in order."""
    host = EmbeddedCodeHost(pulls={n: PullState(n, HEAD, "b" * 40) for n in range(1, 6)}, page=2)
    host.pulls[9] = PullState(9, "c" * 40, "b" * 40)
    host.checks[HEAD] = [(f"check {number}", "success" if number else None) for number in range(5)]
    for number in range(5):
        host.add_comment(1, "x", str(number))
        host.add_status(HEAD, "x", "pending", str(number), "Wholeship/Review" if number % 2 else "other")
    github = GitHub(host, FakeClock(), Token(SECRET), "acme/shop")
    assert [comment.body for comment in github.comments(1)] == list("01234")
    assert [status.description for status in github.statuses(HEAD, "wholeship/review")] == ["3", "1"]
    assert [pull.number for pull in github.pulls_of(HEAD)] == [1, 2, 3, 4, 5]
    assert [check.name for check in github.checks(HEAD)] == [f"check {number}" for number in range(5)]
    assert github.checks(HEAD)[0].conclusion == ""


def test_an_app_s_token_has_no_user() -> None:
    """Where the host does not say who the token is, that is said, and a name that was given is taken."""
    host = EmbeddedCodeHost(tokens={SECRET: "github-actions[bot]"}, bots=frozenset([SECRET]))
    with pytest.raises(CodeHostDenied) as caught:
        GitHub(host, FakeClock(), Token(SECRET), "acme/shop").login()
    assert "--login" in caught.value.advice
    named = Token(SECRET, "github-actions[bot]")
    assert GitHub(host, FakeClock(), named, "acme/shop").login() == "github-actions[bot]"


@pytest.mark.parametrize(
    "name",
    [
        "acme",
        "acme/",
        "/shop",
        "acme/shop/x",
        "acme/..",
        "acme/sh op",
        "acme/shop\n",
        "-a/b",
        "a?b/c",
        "../x",
    ],
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """Only owner/name gets into an address."""
    with pytest.raises(BadInput):
        GitHub(EmbeddedCodeHost(), FakeClock(), Token(SECRET), name)


@pytest.mark.parametrize(
    "api", ["http://github.acme.io/api/v3", "https://u:p@h/api", "ftp://h", "https://", "https://h/api?x=1"]
)
def test_an_api_without_tls_is_refused(api: str) -> None:
    """Only https, the loopback aside, and no user or query in the address."""
    with pytest.raises(BadInput):
        client(said(200), api=api)


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "tök"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    """A token with spaces or line ends does not get into a header; its repr never shows it."""
    with pytest.raises(BadInput):
        GitHub(EmbeddedCodeHost(), FakeClock(), Token(token), "acme/shop")
    assert SECRET not in repr(Token(SECRET))


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("https://github.com/acme/shop", API),
        ("https://acme.ghe.com/acme/shop", "https://api.acme.ghe.com"),
        ("https://github.acme.io/acme/shop", "https://github.acme.io/api/v3"),
    ],
)
def test_each_kind_of_host_has_its_api(address: str, api: str) -> None:
    """github.com, ghe.com and GitHub Enterprise Server are spoken to at their own addresses."""
    assert api_of(address) == (api, "acme/shop")


def test_enterprise_server_works_below_its_path() -> None:
    """Every request of a client for GitHub Enterprise Server stays below /api/v3."""
    host = EmbeddedCodeHost(
        api="https://github.acme.io/api/v3", pulls={7: PullState(7, HEAD, "b" * 40)}, page=1
    )
    for number in range(3):
        host.add_comment(7, "x", str(number))
    github = GitHub(host, FakeClock(), Token(SECRET), "acme/shop", api="https://github.acme.io/api/v3")
    github.set_status(HEAD, SUCCESS)
    assert len(github.comments(7)) == 3
    assert all(request.url.startswith("https://github.acme.io/api/v3/") for request, _ in host.seen)
