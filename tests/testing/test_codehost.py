"""The double of the code host: what it does by hand, and that its answers are GitHub's in shape."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wholeship.adapters.github import GitHub, Token
from wholeship.adapters.http import HttpTransport
from wholeship.core.http import Headers, Request, Response
from wholeship.review.ports import CodeHostDenied, CodeHostRefused, Status
from wholeship.testing.clock import FakeClock
from wholeship.testing.codehost import EmbeddedCodeHost, JobState, PullState, RunState, serve

HEAD, BASE = "a" * 40, "b" * 40
TOKEN = "secret-token"
AT = "2026-05-28T18:28:33Z"
OPENAPI = Path(__file__).parent / "openapi"


def hosted(**more: Any) -> EmbeddedCodeHost:
    host = EmbeddedCodeHost(pulls={7: PullState(7, HEAD, BASE), 8: PullState(8, HEAD, BASE)}, **more)
    ran = [JobState(f"job {number}", AT, AT, attempt=1 + number // 3) for number in range(5)]
    host.runs = [RunState(number, ".github/workflows/release.yml", tuple(ran)) for number in range(1, 4)]
    host.checks[HEAD] = [("lint", "success"), ("unit", None), ("e2e", "failure")]
    return host


def client(host: EmbeddedCodeHost, token: str = TOKEN) -> GitHub:
    return GitHub(host, FakeClock(), Token(token), host.name, api=host.api)


def everything(host: EmbeddedCodeHost) -> None:
    """Every operation of the client, with what usually comes back."""
    github = client(host)
    github.login()
    github.pull(7)
    github.pulls_of(HEAD)
    github.checks(HEAD)
    github.runs(".github/workflows/release.yml", 50)
    github.run(2)
    github.jobs(2)
    for number in range(3):
        github.set_status(HEAD, Status("pending", "wholeship/review", f"run {number}"))
    github.set_status(HEAD, Status("success", "wholeship/review", "fine", "https://example.invalid/log"))
    github.statuses(HEAD, "wholeship/review")
    made = [github.add_comment(7, f"comment {number}") for number in range(3)]
    github.comments(7)
    github.edit_comment(made[0].number, "another")
    github.delete_comment(made[1].number)


@pytest.mark.parametrize(
    ("description", "accepted"), [("x" * 140, True), ("x" * 141, False), ("é" * 140, True), ("", True)]
)
def test_descriptions_are_limited(description: str, accepted: bool) -> None:
    """A description has at most 140 characters, and what is refused leaves nothing."""
    host = hosted()
    status = Status("success", "c", description)
    if accepted:
        client(host).set_status(HEAD, status)
    else:
        with pytest.raises(CodeHostRefused, match="140 characters"):
            client(host).set_status(HEAD, status)
    assert len(host.states(HEAD, "c")) == accepted


def test_bodies_are_limited() -> None:
    """A comment has at most 65,536 characters, new or edited, and is not blank."""
    host = hosted()
    made = client(host).add_comment(7, "x" * 65_536)
    for call in (
        lambda: client(host).add_comment(7, "x" * 65_537),
        lambda: client(host).edit_comment(made.number, "x" * 65_537),
        lambda: client(host).add_comment(7, " "),
    ):
        with pytest.raises(CodeHostRefused):
            call()
    assert len(host.bodies(7)) == 1


def test_a_thousand_statuses_and_no_more() -> None:
    """One commit and context takes a thousand statuses; another context still takes one."""
    host = hosted()
    for number in range(1000):
        host.add_status(HEAD, "x", "pending", str(number), "C")
    with pytest.raises(CodeHostRefused, match="maximum number"):
        client(host).set_status(HEAD, Status("success", "c", "x"))
    client(host).set_status(HEAD, Status("success", "d", "x"))


def test_strangers_are_refused() -> None:
    """A wrong token, an unknown commit, repository or comment, and another's comment are refused."""
    host = hosted(tokens={TOKEN: "reviewer", "other": "mallory"})
    made = client(host).add_comment(7, "ours")
    with pytest.raises(CodeHostDenied):
        client(host, "wrong").pull(7)
    with pytest.raises(CodeHostDenied):
        client(host).pull(99)
    with pytest.raises(CodeHostDenied):
        client(host, "other").edit_comment(made.number, "theirs")
    with pytest.raises(CodeHostRefused, match="No commit found"):
        client(host).set_status("f" * 40, Status("success", "c", "x"))
    with pytest.raises(CodeHostDenied):
        GitHub(host, FakeClock(), Token(TOKEN), "acme/other").pull(7)
    assert host.bodies(7) == [("reviewer", "ours")]


def test_it_serves_on_the_loopback() -> None:
    """Over real HTTP it is the same code host, for the real transport, pages and all."""
    host = hosted(page=1)
    with serve(host) as api:
        github = GitHub(HttpTransport(), FakeClock(), Token(TOKEN), host.name, api=api)
        github.set_status(HEAD, Status("success", "wholeship/review", "grüß"))
        made = github.add_comment(7, "one")
        github.add_comment(7, "two")
        assert [comment.body for comment in github.comments(7)] == ["one", "two"]
        github.delete_comment(made.number)
        assert github.statuses(HEAD, "wholeship/review")[0].description == "grüß"
        assert len(github.checks(HEAD)) == 3


def test_runs_and_their_jobs() -> None:
    """The newest runs come first, those that still run are left out, and every attempt's jobs are told."""
    host = hosted(page=2)
    host.runs[2].conclusion = ""
    github = client(host)
    assert [run["id"] for run in github.runs("x/release.yml", 50)] == [2, 1]
    assert [run["id"] for run in github.runs("x/release.yml", 1)] == [2]
    assert [job["run_attempt"] for job in github.jobs(2)] == [1, 1, 1, 2, 2]
    assert github.run(2)["run_attempt"] == 2
    with pytest.raises(CodeHostDenied):
        github.runs("other.yml", 50)


def recorded(host: EmbeddedCodeHost) -> list[dict[str, Any]]:
    return [
        {
            "method": request.method,
            "url": request.url,
            "request": json.loads(request.body) if request.body else None,
            "status": response.status,
            "response": json.loads(response.body) if response.body else None,
            "link": "Link" in response.headers,
        }
        for request, response in host.seen
    ]


def refusals(host: EmbeddedCodeHost) -> None:
    """Requests that GitHub refuses, sent past the client, which would not."""

    def ask(method: str, path: str, body: Any = None, token: str = TOKEN) -> Response:
        content = json.dumps(body).encode() if body is not None else b""
        headers = Headers({"Authorization": f"Bearer {token}"})
        return host.answer(Request(method, f"{host.api}/repos/{host.name}{path}", headers, content))

    ask("GET", "/pulls/99")
    ask("POST", f"/statuses/{HEAD}", {"state": "success", "description": "x" * 200})
    ask("POST", "/issues/99/comments", {"body": "x"})
    ask("POST", "/issues/7/comments", {"body": "x" * 70_000})
    ask("GET", "/pulls/7", token="wrong")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GitHub's description and the validator, as locked by version and integrity."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed")
    folder = tmp_path_factory.mktemp("openapi")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(OPENAPI / name, folder)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"npm cannot install GitHub's description: {done.stderr.strip().splitlines()[-1:]}")
    return folder / "node_modules"


def validated(modules: Path, exchanges: list[dict[str, Any]], tmp_path: Path) -> Any:
    path = tmp_path / "exchanges.json"
    path.write_text(json.dumps(exchanges))
    done = subprocess.run(
        ["node", str(OPENAPI / "validate.js"), str(modules), str(path)],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.extended
def test_requests_and_answers_are_those_of_github(modules: Path, tmp_path: Path) -> None:
    """Every request of the client and every answer of the double fits GitHub's published description."""
    host = hosted(page=2)
    everything(host)
    refusals(host)
    found = validated(modules, recorded(host), tmp_path)
    assert found["problems"] == []
    assert found["operations"] == [
        "actions/get-workflow-run",
        "actions/list-jobs-for-workflow-run",
        "actions/list-workflow-runs",
        "checks/list-for-ref",
        "issues/create-comment",
        "issues/delete-comment",
        "issues/list-comments",
        "issues/update-comment",
        "pulls/get",
        "repos/create-commit-status",
        "repos/list-commit-statuses-for-ref",
        "repos/list-pull-requests-associated-with-commit",
        "users/get-authenticated",
    ]


@pytest.mark.extended
def test_what_does_not_fit_is_found(modules: Path, tmp_path: Path) -> None:
    """The comparison has teeth: a missing field, a wrong type, an unknown operation are told."""
    host = hosted()
    everything(host)
    exchanges = recorded(host)
    pull = next(each for each in exchanges if each["url"].endswith("/pulls/7"))
    del pull["response"]["head"]["sha"]
    status = next(each for each in exchanges if each["method"] == "POST" and "/statuses/" in each["url"])
    status["request"]["state"] = "great"
    status["request"]["mood"] = "good"
    status["response"]["id"] = "seven"
    exchanges.append({**status, "url": f"{host.api}/repos/acme/shop/nothing"})
    problems = "\n".join(validated(modules, exchanges, tmp_path)["problems"])
    for word in (
        "must have required property 'sha'",
        "must be equal to one of",
        "unknown field mood",
        "must be integer",
    ):
        assert word in problems
    assert "no such operation" in problems


@pytest.mark.extended
def test_the_documented_protection_is_what_github_takes(modules: Path, tmp_path: Path) -> None:
    """The ruleset and the branch protection in docs/review.md are requests that GitHub describes."""
    page = (Path(__file__).parents[2] / "docs/review.md").read_text()
    ruleset, protection = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    home = "https://api.github.com/repos/acme/shop"
    requests = [
        ("POST", f"{home}/rulesets", ruleset),
        ("PUT", f"{home}/branches/main/protection", protection),
    ]
    exchanges = [
        {"method": method, "url": url, "request": body, "status": 0, "response": None, "link": False}
        for method, url, body in requests
    ]
    found = validated(modules, exchanges, tmp_path)
    assert found["problems"] == []
    assert found["operations"] == ["repos/create-repo-ruleset", "repos/update-branch-protection"]
