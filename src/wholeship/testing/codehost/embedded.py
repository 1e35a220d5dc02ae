"""The code host itself: a :class:`wholeship.core.http.Transport` with one repository behind it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from wholeship.core.http import Headers, Request, Response
from wholeship.core.values import dataclass
from wholeship.testing.codehost import shapes

DESCRIPTION_LIMIT, BODY_LIMIT, STATUS_LIMIT = 140, 65_536, 1000
_SHA = "[0-9a-f]{40}"


@dataclass(slots=True)
class PullState:
    """A pull request as it stands now; change it to move the head, or to close it."""

    number: int
    head: str
    base: str
    head_ref: str = "change"
    base_ref: str = "main"
    state: str = "open"
    merged: bool = False


@dataclass(frozen=True, slots=True)
class JobState:
    """One job of one attempt of a run. Times as GitHub writes them; no conclusion: it still runs."""

    name: str
    started: str
    completed: str
    created: str = ""
    conclusion: str = "success"
    attempt: int = 1


@dataclass(slots=True)
class RunState:
    """A run of the workflow file *path*, with the jobs of every attempt."""

    number: int
    path: str
    jobs: tuple[JobState, ...] = ()
    event: str = "push"
    head: str = "0" * 40
    conclusion: str = "success"

    @property
    def attempt(self) -> int:
        """The newest attempt."""
        return max((job.attempt for job in self.jobs), default=1)


@dataclass(slots=True)
class EmbeddedCodeHost:
    """One repository. ``tokens`` maps each token to its owner; ``bots`` are tokens without ``GET /user``.

    ``before`` is called with each request before it is answered, and may answer itself. ``seen`` keeps
    every exchange, for comparing with the published description.
    A :class:`wholeship.core.http.Transport`."""

    name: str = "acme/shop"
    api: str = "https://api.github.com"
    tokens: dict[str, str] = field(default_factory=lambda: {"secret-token": "reviewer"})
    bots: frozenset[str] = frozenset()
    pulls: dict[int, PullState] = field(default_factory=dict)
    commits: set[str] = field(default_factory=set)
    checks: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    runs: list[RunState] = field(default_factory=list)
    page: int = 100
    before: Callable[[Request], Response | None] = lambda request: None
    seen: list[tuple[Request, Response]] = field(default_factory=list)
    _statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _users: dict[str, int] = field(default_factory=dict)
    _next: int = 1
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what tests look at ----------------------------------------------------------------------------

    def states(self, sha: str, context: str = "wholeship/review") -> list[tuple[str, str]]:
        """State and description of every status of *context* on *sha*, oldest first."""
        found = [s for s in self._statuses.get(sha, []) if s["context"].lower() == context.lower()]
        return [(str(status["state"]), str(status["description"])) for status in found]

    def marked(self) -> set[str]:
        """Every commit that carries a status."""
        return {sha for sha, statuses in self._statuses.items() if statuses}

    def bodies(self, pull: int) -> list[tuple[str, str]]:
        """Author and text of each comment, oldest first."""
        return [(comment["by"], comment["body"]) for comment in self._comments.get(pull, [])]

    def add_comment(self, pull: int, login: str, body: str) -> int:
        """Somebody else's comment; its number."""
        return int(self._new_comment(pull, login, body)["id"])

    def add_status(self, sha: str, login: str, state: str, description: str, context: str) -> None:
        """Somebody else's status."""
        self._new_status(
            sha, login, {"state": state, "description": description, "context": context, "target_url": None}
        )

    # -- the transport ---------------------------------------------------------------------------------

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        return self.answer(request)

    def answer(self, request: Request) -> Response:
        """The answer to *request*."""
        with self._lock:
            response = self.before(request) or self._answer(request)
            self.seen.append((request, response))
            return response

    def _answer(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return _refused(401, "Bad credentials")
        parts = urlsplit(request.url)
        path = parts.path.removeprefix(urlsplit(self.api).path)
        if path == "/user" and request.method == "GET":
            if token in self.bots:
                return _refused(403, "Resource not accessible by integration")
            return _json(
                200, shapes.public_user(self.api, self.tokens[token], self._number(self.tokens[token]))
            )
        home = f"/repos/{self.name}"
        if not path.startswith(home + "/"):
            return _refused(404, "Not Found")
        for method, pattern, handle in _ROUTES:
            match = re.fullmatch(pattern, path[len(home) :])
            if match and method == request.method:
                answer = handle(self, match[1], request, self.tokens[token])
                return self._paged(answer, parts.query, request.url) if method == "GET" else answer
        return _refused(404, "Not Found")

    def _paged(self, response: Response, query: str, url: str) -> Response:
        """One page of a list, with the link to the next one."""
        value = json.loads(response.body)
        key = next((name for name in _LISTS if isinstance(value, dict) and name in value), "")
        items = value[key] if key else value
        if response.status != 200 or not isinstance(items, list):
            return response
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        size = min(int(asked.get("per_page", "30")), self.page)
        page = int(asked.get("page", "1"))
        part = items[(page - 1) * size : page * size]
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if page * size < len(items):
            there, rest = url.partition("?")[0], {k: v for k, v in asked.items() if k != "page"}
            following, last = page + 1, -(-len(items) // size)
            # Opaque on purpose: who builds the addresses of pages by hand gets lost.
            same = urlencode({**rest, "per_page": size})
            headers["Link"] = (
                f'<{there}?{same}&page={following}>; rel="next", <{there}?{same}&page={last}>; rel="last"'
            )
        return _json(200, {**value, key: part} if key else part, headers)

    # -- what it does ----------------------------------------------------------------------------------

    def _get_pull(self, number: str, request: Request, login: str) -> Response:
        pull = self.pulls.get(int(number))
        return _json(200, self._pull_shape(pull, full=True)) if pull else _refused(404, "Not Found")

    def _get_pulls_of(self, sha: str, request: Request, login: str) -> Response:
        found = [self._pull_shape(p, full=False) for p in self.pulls.values() if p.head == sha]
        return _json(200, found)

    def _get_statuses(self, sha: str, request: Request, login: str) -> Response:
        found = [self._status_shape(sha, status) for status in reversed(self._statuses.get(sha, []))]
        return _json(200, found)

    def _post_status(self, sha: str, request: Request, login: str) -> Response:
        body = _body(request)
        known = self.commits | {pull.head for pull in self.pulls.values()}
        description = body.get("description")
        if sha not in known:
            return _invalid(f"No commit found for SHA: {sha}")
        if body.get("state") not in ("error", "failure", "pending", "success"):
            return _invalid("state is not included in the list")
        if description is not None and len(str(description)) > DESCRIPTION_LIMIT:
            return _invalid(f"description is too long (maximum is {DESCRIPTION_LIMIT} characters)")
        context = str(body.get("context", "default"))
        same = [s for s in self._statuses.get(sha, []) if s["context"].lower() == context.lower()]
        if len(same) >= STATUS_LIMIT:
            return _invalid("This SHA and context has reached the maximum number of statuses.")
        wanted = {"description": description, "context": context, "target_url": body.get("target_url")}
        return _json(
            201, self._status_shape(sha, self._new_status(sha, login, {**wanted, "state": body["state"]}))
        )

    def _get_comments(self, number: str, request: Request, login: str) -> Response:
        if int(number) not in self.pulls:
            return _refused(404, "Not Found")
        found = self._comments.get(int(number), [])
        return _json(200, [self._comment_shape(int(number), comment) for comment in found])

    def _post_comment(self, number: str, request: Request, login: str) -> Response:
        body = str(_body(request).get("body", ""))
        if int(number) not in self.pulls:
            return _refused(404, "Not Found")
        return self._too_long(body) or _json(
            201, self._comment_shape(int(number), self._new_comment(int(number), login, body))
        )

    def _patch_comment(self, number: str, request: Request, login: str) -> Response:
        body = str(_body(request).get("body", ""))
        for issue, comments in self._comments.items():
            for comment in comments:
                if comment["id"] == int(number):
                    if comment["by"] != login:
                        return _refused(403, "Must have admin rights to Repository.")
                    refused = self._too_long(body)
                    if refused is None:
                        comment["body"] = body
                    return refused or _json(200, self._comment_shape(issue, comment))
        return _refused(404, "Not Found")

    def _delete_comment(self, number: str, request: Request, login: str) -> Response:
        for comments in self._comments.values():
            for comment in comments:
                if comment["id"] == int(number) and comment["by"] == login:
                    comments.remove(comment)
                    return Response(204)
        return _refused(404, "Not Found")

    def _get_checks(self, sha: str, request: Request, login: str) -> Response:
        home = self._home()
        runs = [shapes.check_run(home, sha, i, n, c) for i, (n, c) in enumerate(self.checks.get(sha, []), 1)]
        return _json(200, {"total_count": len(runs), "check_runs": runs})

    def _get_runs(self, workflow: str, request: Request, login: str) -> Response:
        status = parse_qs(urlsplit(request.url).query).get("status", [""])[0]
        found = [
            self._run_shape(run)
            for run in sorted(self.runs, key=lambda run: -run.number)
            if run.path.rpartition("/")[2] == workflow and (status != "completed" or run.conclusion)
        ]
        if not found and all(run.path.rpartition("/")[2] != workflow for run in self.runs):
            return _refused(404, "Not Found")
        return _json(200, {"total_count": len(found), "workflow_runs": found})

    def _get_run(self, number: str, request: Request, login: str) -> Response:
        run = self._run(number)
        return _json(200, self._run_shape(run)) if run else _refused(404, "Not Found")

    def _get_jobs(self, number: str, request: Request, login: str) -> Response:
        run = self._run(number)
        if run is None:
            return _refused(404, "Not Found")
        every = parse_qs(urlsplit(request.url).query).get("filter", ["latest"])[0] == "all"
        found = [
            shapes.run_job(self._home(), run.number, run.head, run.number * 1000 + index, _about(job))
            for index, job in enumerate(run.jobs)
            if every or job.attempt == run.attempt
        ]
        return _json(200, {"total_count": len(found), "jobs": found})

    def _run(self, number: str) -> RunState | None:
        return next((run for run in self.runs if run.number == int(number)), None)

    @staticmethod
    def _too_long(body: str) -> Response | None:
        if not body.strip():
            return _invalid("Body cannot be blank")
        return (
            _invalid(f"Body is too long (maximum is {BODY_LIMIT} characters)")
            if len(body) > BODY_LIMIT
            else None
        )

    # -- inside ----------------------------------------------------------------------------------------

    def _new_status(self, sha: str, login: str, about: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            status = {**about, "id": self._identifier(), "by": login, "at": _now()}
            self._statuses.setdefault(sha, []).append(status)
            return status

    def _new_comment(self, pull: int, login: str, body: str) -> dict[str, Any]:
        with self._lock:
            comment = {"id": self._identifier(), "by": login, "body": body, "at": _now()}
            self._comments.setdefault(pull, []).append(comment)
            return comment

    def _identifier(self) -> int:
        self._next += 1
        return self._next

    def _number(self, login: str) -> int:
        return self._users.setdefault(login, len(self._users) + 1)

    def _user(self, login: str) -> shapes.Shape:
        return shapes.user(self.api, login, self._number(login))

    def _home(self) -> shapes.Shape:
        return shapes.repository_shape(self.api, self.name, self._user(self.name.partition("/")[0]))

    def _pull_shape(self, pull: PullState, *, full: bool) -> shapes.Shape:
        fields = ("number", "head", "base", "head_ref", "base_ref", "state", "merged")
        about = {name: getattr(pull, name) for name in fields}
        return shapes.pull(self.api, self._home(), {**about, "author": self._user("author")}, full=full)

    def _run_shape(self, run: RunState) -> shapes.Shape:
        at = run.jobs[0].created or run.jobs[0].started if run.jobs else shapes.WHEN
        fields = ("path", "event", "head", "attempt", "conclusion")
        about = {name: getattr(run, name) for name in fields}
        return shapes.workflow_run(self._home(), {**about, "id": run.number, "at": at})

    def _status_shape(self, sha: str, status: Mapping[str, Any]) -> shapes.Shape:
        return shapes.commit_status(self._home(), sha, status, self._user(status["by"]))

    def _comment_shape(self, issue: int, comment: Mapping[str, Any]) -> shapes.Shape:
        return shapes.comment(self._home(), issue, comment, self._user(comment["by"]))


_Handler = Callable[[EmbeddedCodeHost, str, Request, str], Response]
_ROUTES: tuple[tuple[str, str, _Handler], ...] = (
    ("GET", r"/pulls/(\d+)", EmbeddedCodeHost._get_pull),
    ("GET", rf"/commits/({_SHA})/pulls", EmbeddedCodeHost._get_pulls_of),
    ("GET", rf"/commits/({_SHA})/statuses", EmbeddedCodeHost._get_statuses),
    ("POST", rf"/statuses/({_SHA})", EmbeddedCodeHost._post_status),
    ("GET", r"/issues/(\d+)/comments", EmbeddedCodeHost._get_comments),
    ("POST", r"/issues/(\d+)/comments", EmbeddedCodeHost._post_comment),
    ("PATCH", r"/issues/comments/(\d+)", EmbeddedCodeHost._patch_comment),
    ("DELETE", r"/issues/comments/(\d+)", EmbeddedCodeHost._delete_comment),
    ("GET", rf"/commits/({_SHA})/check-runs", EmbeddedCodeHost._get_checks),
    ("GET", r"/actions/workflows/([^/]+)/runs", EmbeddedCodeHost._get_runs),
    ("GET", r"/actions/runs/(\d+)", EmbeddedCodeHost._get_run),
    ("GET", r"/actions/runs/(\d+)/jobs", EmbeddedCodeHost._get_jobs),
)
_LISTS = ("check_runs", "workflow_runs", "jobs")
"""Answers that are a list inside an object."""


def _about(job: JobState) -> dict[str, Any]:
    fields = ("name", "attempt", "started", "completed", "conclusion")
    return {**{name: getattr(job, name) for name in fields}, "created": job.created or job.started}


def _json(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status, Headers({**kind, **(headers or {})}), json.dumps(value).encode())


def _refused(status: int, message: str) -> Response:
    return _json(
        status,
        {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)},
    )


def _invalid(message: str) -> Response:
    error = {"resource": "Status", "code": "custom", "message": message}
    return _json(
        422,
        {"message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com"},
    )


def _body(request: Request) -> dict[str, Any]:
    value = json.loads(request.body)
    assert isinstance(value, dict)
    return value


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
