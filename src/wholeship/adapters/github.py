"""GitHub as :class:`wholeship.review.ports.CodeHost`: github.com, ghe.com and GitHub Enterprise Server.

One request at a time, a second between writes, as GitHub asks (GitHub docs, "Best practices for using the
REST API"). Reads are repeated; a write is sent again only after a rate limit, which refused it unread. The
token goes to the one host it belongs to and nowhere else, pages are followed there only.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput
from wholeship.core.http import BodyTooLarge, Headers, Request, Response, Transport, TransportError
from wholeship.core.jsons import parse_json
from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.core.version import VERSION
from wholeship.review.ports import (
    CheckRun,
    CodeHostDenied,
    CodeHostError,
    CodeHostRefused,
    CodeHostThrottled,
    CodeHostUnclear,
    Comment,
    Pull,
    Status,
)

if TYPE_CHECKING:
    from email.utils import parsedate_to_datetime
else:
    parsedate_to_datetime = late("email.utils:parsedate_to_datetime")

API = "https://api.github.com"
API_VERSION = "2022-11-28"
BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer: a page of a hundred of the longest comments fits."""
TIMEOUT = 30.0
PAGE = 100
PAGES = 200
REDIRECTS = 3
BETWEEN_WRITES = 1.0
SECONDARY_WAIT = 60.0
"""Seconds to wait at a secondary limit that names none."""
_OWNER = lazy_pattern(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?")
_NAME = lazy_pattern(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_SHA = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NEXT = lazy_pattern(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')
Kind = TypeVar("Kind")
_STATES = ("error", "failure", "pending", "success")


@dataclass(frozen=True, slots=True)
class HostPatience:
    """How long reads are repeated and limits are waited for. Seconds."""

    attempts: int = 5
    budget: float = 300.0
    jitter: Callable[[], float] = field(default=random.random)

    def wait(self, attempt: int) -> float:
        """Full jitter, up to the exponential step."""
        return self.jitter() * min(30.0, 2.0**attempt)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and who it is where GitHub does not say (an app's installation); never shown."""

    value: str = field(repr=False)
    login: str = ""


class GitHub:
    """The repository *name* (``owner/name``) on the host whose API is at *api*.
    A :class:`wholeship.review.ports.CodeHost`."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        token: Token,
        name: str,
        *,
        api: str = API,
        patience: HostPatience | None = None,
        redact: Redactor | None = None,
    ) -> None:
        owner, slash, repository = name.partition("/")
        if not slash or not _OWNER.fullmatch(owner) or not _NAME.fullmatch(repository):
            raise BadInput(f"not a repository: {printable(name, limit=100)!r}", advice="write owner/name")
        if any(ord(letter) < 33 or ord(letter) > 126 for letter in token.value) or not token.value:
            raise BadInput("the token for the code host is empty, or holds spaces or line ends")
        self.name = name
        self._api = _checked_api(api)
        self._repository = f"/repos/{owner}/{repository}"
        self._transport, self._clock, self._token = transport, clock, token
        self._patience = patience or HostPatience()
        self._redact = redact or Redactor()
        self._redact.learn(token.value)
        self._login = token.login
        self._last_write: float | None = None

    # -- reading ---------------------------------------------------------------------------------------

    def login(self) -> str:
        if not self._login:
            try:
                self._login = _field(self._read("/user"), "login", str)
            except CodeHostDenied:
                raise CodeHostDenied(
                    "the code host does not say who this token belongs to",
                    advice="the token of an app has no user: name its bot with --login (github-actions[bot])",
                ) from None
        return self._login

    def pull(self, number: int) -> Pull:
        return _pull_of(self._read(f"{self._repository}/pulls/{number}"))

    def pulls_of(self, sha: str) -> tuple[Pull, ...]:
        found = [_pull_of(each) for each in self._pages(f"{self._repository}/commits/{_sha(sha)}/pulls")]
        return tuple(pull for pull in found if pull.head == sha)

    def statuses(self, sha: str, context: str) -> tuple[Status, ...]:
        listed = self._pages(f"{self._repository}/commits/{_sha(sha)}/statuses")
        found = [(_field(each, "id", int), _status_of(each)) for each in listed]
        # GitHub lists the newest first; the identifiers grow, so pages that shift meanwhile do no harm.
        ordered = sorted(dict(found).items(), reverse=True)
        return tuple(status for _, status in ordered if status.context.lower() == context.lower())

    def comments(self, pull: int) -> tuple[Comment, ...]:
        listed = self._pages(f"{self._repository}/issues/{pull}/comments")
        found = {comment.number: comment for comment in map(_comment_of, listed)}
        return tuple(found[number] for number in sorted(found))

    def checks(self, sha: str) -> tuple[CheckRun, ...]:
        return tuple(
            CheckRun(
                _field(each, "name", str), _field(each, "status", str), str(each.get("conclusion") or "")
            )
            for each in self._pages(f"{self._repository}/commits/{_sha(sha)}/check-runs", "check_runs")
        )

    def runs(self, workflow: str, newest: int) -> tuple[Mapping[str, Any], ...]:
        """The *newest* finished runs of a workflow file, as GitHub lists them.

        GitHub docs, "List workflow runs for a workflow".
        """
        name = workflow.rpartition("/")[2]
        if not _NAME.fullmatch(name):
            raise BadInput(f"not a workflow file: {printable(workflow, limit=100)!r}")
        path = f"{self._repository}/actions/workflows/{name}/runs"
        listed = self._pages(path, "workflow_runs", status="completed")
        return tuple(itertools.islice(listed, newest))

    def jobs(self, run: int) -> tuple[Mapping[str, Any], ...]:
        """Every job of every attempt of *run* (GitHub docs, "List jobs for a workflow run")."""
        return tuple(self._pages(f"{self._repository}/actions/runs/{run}/jobs", "jobs", filter="all"))

    def run(self, run: int) -> Mapping[str, Any]:
        """One run (GitHub docs, "Get a workflow run")."""
        return self._read(f"{self._repository}/actions/runs/{run}")

    # -- writing ---------------------------------------------------------------------------------------

    def set_status(self, sha: str, status: Status) -> None:
        body = {"state": status.state, "context": status.context, "description": status.description}
        if status.target_url:
            body["target_url"] = status.target_url
        self._write("POST", f"{self._repository}/statuses/{_sha(sha)}", body, (201,))

    def add_comment(self, pull: int, body: str) -> Comment:
        made = self._write("POST", f"{self._repository}/issues/{pull}/comments", {"body": body}, (201,))
        return _comment_of(self._object(made))

    def edit_comment(self, number: int, body: str) -> None:
        path = f"{self._repository}/issues/comments/{number}"
        # The same text twice is the same comment, so a lost answer may be asked for again.
        for last in (False, True):
            try:
                self._write("PATCH", path, {"body": body}, (200,))
                return
            except CodeHostUnclear:
                if last:
                    raise

    def delete_comment(self, number: int) -> None:
        self._write("DELETE", f"{self._repository}/issues/comments/{number}", None, (204, 404, 410))

    # -- one exchange ----------------------------------------------------------------------------------

    def _read(self, path: str) -> Mapping[str, Any]:
        return self._object(self._get(self._api + path))

    def _pages(self, path: str, key: str = "", **query: str) -> Iterator[Mapping[str, Any]]:
        """Every item of a list, over all its pages."""
        url: str | None = f"{self._api}{path}?{urlencode({'per_page': str(PAGE), **query})}"
        seen: set[str] = set()
        while url is not None:
            if url in seen or len(seen) >= PAGES:
                raise CodeHostError(f"the list {path} does not end")
            seen.add(url)
            response = self._get(url)
            value = self._json(response)
            items = value.get(key) if key and isinstance(value, dict) else value
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise CodeHostError(f"{path}: not the list that was asked for")
            yield from items
            link = _NEXT.search(response.headers.get("Link", ""))
            url = self._same_host(link[1]) if link else None

    def _get(self, url: str) -> Response:
        for _ in range(REDIRECTS + 1):
            response = self._patiently(Request("GET", url, self._headers()))
            if response.status in (301, 302, 307, 308):
                url = self._same_host(response.headers.get("Location", ""))
                continue
            if response.status != 200:
                raise self._refusal(response)
            return response
        raise CodeHostError("redirected round and round")

    def _patiently(self, request: Request) -> Response:
        """The answer to a read, repeated while trouble looks passing."""
        deadline = self._clock.monotonic() + self._patience.budget
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self._patience.attempts or self._clock.monotonic() >= deadline
            wait = self._patience.wait(attempt)
            try:
                response = self._transport.send(request, limit=BODY_LIMIT, timeout=TIMEOUT)
            except BodyTooLarge as error:
                raise CodeHostError(self._redact(error.message)) from None
            except TransportError as error:
                if last:
                    raise CodeHostError(self._redact(error.message), advice=error.advice) from None
            else:
                limited = self._limited(response, attempt)
                if limited is None and response.status < 500:
                    return response
                if limited is not None:
                    wait = limited
                    if self._clock.monotonic() + wait > deadline or last:
                        raise self._throttled(wait)
                elif last:
                    return response
            self._clock.sleep(wait)

    def _write(
        self, method: str, path: str, body: Mapping[str, str] | None, wanted: tuple[int, ...]
    ) -> Response:
        """Send it once; again only after a limit, which means that it was not read."""
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        request = Request(method, self._api + path, self._headers(content is not None), content)
        deadline = self._clock.monotonic() + self._patience.budget
        for attempt in range(1, self._patience.attempts + 1):
            self._pace()
            try:
                response = self._transport.send(request, limit=BODY_LIMIT, timeout=TIMEOUT)
            except TransportError as error:
                self._last_write = self._clock.monotonic()
                if error.maybe_applied:
                    raise CodeHostUnclear(self._redact(error.message)) from None
                raise CodeHostError(self._redact(error.message), advice=error.advice) from None
            self._last_write = self._clock.monotonic()
            limited = self._limited(response, attempt)
            if limited is not None:
                if self._clock.monotonic() + limited > deadline:
                    raise self._throttled(limited)
                self._clock.sleep(limited)
                continue
            if response.status in wanted:
                return response
            if response.status >= 500:
                raise CodeHostUnclear(f"the code host answered {response.status}")
            raise self._refusal(response)
        raise self._throttled(SECONDARY_WAIT)

    def _pace(self) -> None:
        if self._last_write is not None:
            left = self._last_write + BETWEEN_WRITES - self._clock.monotonic()
            if left > 0:
                self._clock.sleep(left)

    def _headers(self, sends_json: bool = False) -> Headers:
        pairs = [
            ("Accept", "application/vnd.github+json"),
            ("Authorization", f"Bearer {self._token.value}"),
            ("User-Agent", f"wholeship/{VERSION}"),
            ("X-GitHub-Api-Version", API_VERSION),
        ]
        return Headers(tuple([*pairs, ("Content-Type", "application/json")] if sends_json else pairs))

    def _limited(self, response: Response, attempt: int) -> float | None:
        """Seconds to wait, when *response* is a rate limit (GitHub docs, "Rate limits for the REST API")."""
        if response.status not in (403, 429):
            return None
        after = response.headers.get("Retry-After", "").strip()
        if after.isascii() and after.isdigit():
            return float(min(int(after[:9]), 10**7))
        reset = response.headers.get("X-RateLimit-Reset", "")
        if response.headers.get("X-RateLimit-Remaining", "") == "0" and reset.isascii() and reset.isdigit():
            return max(1.0, float(reset[:12]) - _time_of(response, self._clock))
        if response.status == 429 or b"rate limit" in response.body[:4096].lower():
            return SECONDARY_WAIT * 2.0 ** (attempt - 1)
        return None

    def _throttled(self, wait: float) -> CodeHostThrottled:
        when = datetime.fromtimestamp(self._clock.now().timestamp() + wait, UTC)
        return CodeHostThrottled(
            f"the code host's rate limit is used up for {wait:.0f} s",
            wait=wait,
            advice=f"run it again after {when:%H:%M:%S} UTC",
        )

    def _refusal(self, response: Response) -> CodeHostError:
        said = self._said(response)
        if response.status == 401:
            return CodeHostDenied(
                f"the code host does not accept the token{said}", advice="is it still valid?"
            )
        if response.status in (403, 404):
            return CodeHostDenied(
                f"the code host answered {response.status}{said}",
                advice="is the name right, and may the token see it? Needed: commit statuses (write), pull "
                "requests (write for comments), contents and checks (read)",
            )
        if response.status in (301, 302, 307, 308):
            return CodeHostRefused("the repository was moved", advice="name it as it is called now")
        return CodeHostRefused(f"the code host refused it ({response.status}){said}")

    def _said(self, response: Response) -> str:
        """What the answer says, with the messages of its single errors."""
        try:
            value = parse_json(response.body[: 64 * 1024], what="the answer")
        except BadInput:
            return ""
        if not isinstance(value, dict):
            return ""
        errors = value.get("errors")
        texts = [value.get("message"), *(errors if isinstance(errors, list) else ())]
        words = [
            str(text.get("message", "")) if isinstance(text, dict) else str(text or "") for text in texts
        ]
        return "".join(f": {self._redact(printable(word, limit=200))}" for word in words if word)

    def _same_host(self, url: str) -> str:
        """*url*, when it is an address of this API: the token goes nowhere else."""
        if url.startswith("/"):
            url = "{0.scheme}://{0.netloc}".format(urlsplit(self._api)) + url
        ours, other = urlsplit(self._api), urlsplit(url)
        if (ours.scheme, ours.netloc) != (other.scheme, other.netloc):
            raise CodeHostError(f"the code host points elsewhere: {printable(other.netloc, limit=100)}")
        return url

    def _object(self, response: Response) -> Mapping[str, Any]:
        value = self._json(response)
        if not isinstance(value, dict):
            raise CodeHostError("the code host gave something else than was asked for")
        return value

    def _json(self, response: Response) -> Any:
        try:
            return parse_json(response.body, what="the code host's answer")
        except BadInput as error:
            raise CodeHostError(error.message) from None


def api_of(address: str) -> tuple[str, str]:
    """The API and the ``owner/name`` for a repository's *address* (``https://HOST/owner/name``)."""
    parts = urlsplit(address)
    host, name = parts.netloc.lower(), parts.path.strip("/")
    if host in ("github.com", "www.github.com", "ssh.github.com"):
        return API, name
    if host.endswith(".ghe.com"):
        return f"https://api.{host}", name
    return f"https://{host}/api/v3", name


def _checked_api(api: str) -> str:
    parts = urlsplit(api)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise BadInput(f"not the https address of an API: {printable(api, limit=100)!r}")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise BadInput(f"not the address of an API: {printable(api, limit=100)!r}")
    return api.rstrip("/")


def _time_of(response: Response, clock: Clock) -> float:
    """The host's own time, so that a clock that is wrong here does not count."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError):
        return clock.now().timestamp()


def _pull_of(value: Mapping[str, Any]) -> Pull:
    head, base = _field(value, "head", dict), _field(value, "base", dict)
    return Pull(
        number=_field(value, "number", int),
        head=_sha(_field(head, "sha", str)),
        head_ref=_field(head, "ref", str),
        base_ref=_field(base, "ref", str),
        base=_sha(_field(base, "sha", str)),
        open=_field(value, "state", str) == "open",
        merged=bool(value.get("merged_at")),
    )


def _status_of(value: Mapping[str, Any]) -> Status:
    state = _field(value, "state", str)
    if state not in _STATES:
        raise CodeHostError(f"the code host knows a state {printable(state, limit=40)}")
    return Status(
        state=state,  # type: ignore[arg-type]
        context=_field(value, "context", str),
        description=str(value.get("description") or ""),
        target_url=str(value.get("target_url") or ""),
        by=_login_of(value.get("creator")),
        at=_moment(value.get("created_at")),
    )


def _comment_of(value: Mapping[str, Any]) -> Comment:
    author, body = _login_of(value.get("user")), str(value.get("body") or "")
    return Comment(_field(value, "id", int), author, body, str(value.get("html_url") or ""))


def _login_of(user: Any) -> str:
    return str(user.get("login") or "") if isinstance(user, dict) else ""


def _moment(value: Any) -> float:
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return 0.0


def _field(value: Mapping[str, Any], key: str, kind: type[Kind]) -> Kind:
    found = value.get(key)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise CodeHostError(f"the code host left out {key}")
    return found


def _sha(text: str) -> str:
    if not _SHA.fullmatch(text):
        raise CodeHostError(f"not a commit: {printable(text, limit=80)!r}")
    return text
