"""The whole review in memory: every way it can go ends in the right state, on the right commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.review.world import (
    BASE,
    HEAD,
    OTHER,
    MemoryMemory,
    MemoryRepository,
    Notes,
    ScriptedReviewers,
    ScriptedSuites,
    captured,
    changed,
    nonce_in,
    order,
    reply,
    verdict,
    world,
)
from wholeship.adapters.github import GitHub, HostPatience, Token
from wholeship.core.errors import BadInput, Unfinished, WholeshipError
from wholeship.core.http import Request, Response
from wholeship.review.ports import Answer, Counterexample, WorkflowComparison
from wholeship.review.reviewers.prompt import BUILT_IN
from wholeship.review.run import RULES, Ended, review
from wholeship.review.settings import Budget, ReviewerSpec, Settings, Suite, Thresholds
from wholeship.testing.clock import FakeClock
from wholeship.testing.codehost import EmbeddedCodeHost, PullState

CHANGE = captured(changed("docs/a.md", "words"), changed("tests/test_a.py", "assert a() == 1"))
SOURCE = captured(changed("src/a.py", "x = 1"))
UNIT = (Suite("unit", "run it"),)
MODEL = Settings(suites=UNIT, reviewers=(ReviewerSpec("claude"),))
WORKFLOW = captured(changed(".github/workflows/b.yml", "x"))
OPENED = WorkflowComparison(("b.yml",), opened=(Counterexample("half-release", "b.yml", 1, "x"),))


def hosted(head: str = HEAD) -> EmbeddedCodeHost:
    return EmbeddedCodeHost(pulls={7: PullState(7, head, BASE)}, commits={HEAD, OTHER})


def client(host: EmbeddedCodeHost) -> GitHub:
    return GitHub(
        host, FakeClock(), Token("secret-token"), "acme/shop", patience=HostPatience(jitter=lambda: 0.5)
    )


def posting(host: EmbeddedCodeHost, settings: Settings | None = None, **more: object) -> Ended:
    """A review of ``CHANGE`` that posts everything."""
    change = more.pop("change", CHANGE)
    here = world(change, host=client(host), files={".github/workflows/b.yml": b""}, **more)  # type: ignore[arg-type]
    wanted = order(settings or Settings(suites=UNIT), pull=7, post_status=True, post_comment=True)
    return review(wanted, here)


def last(host: EmbeddedCodeHost) -> str:
    return host.states(HEAD)[-1][0]


# -- the good case ---------------------------------------------------------------------------------------


def test_a_good_change_passes() -> None:
    """Pending first, the comment, then success, read back; everything on the reviewed head."""
    host = hosted()
    ended = posting(host)
    assert [state for state, _ in host.states(HEAD)] == ["pending", "success"]
    assert host.states(HEAD)[-1][1] == (
        "the suite passes, and nothing was found against it"
        " (bug_free 90, simplicity 92, slop 0, bugs 0, 0 blockers)"
    )
    assert (ended.posted.status, ended.posted.problem) == ("success", "")
    assert ended.posted.comment.endswith("#issuecomment-3")
    assert host.marked() == {HEAD}
    writes = [r.url.rpartition("/")[2] for r, _ in host.seen if r.method == "POST"]
    assert writes == [HEAD, "comments", HEAD]


def test_nothing_is_posted_that_was_not_asked_for() -> None:
    """Without posting the code host is only read, and without one the review works all the same."""
    host = hosted()
    here = world(CHANGE, host=client(host))
    assert review(order(pull=7), here).report.gate.state == "success"
    assert all(request.method == "GET" for request, _ in host.seen)
    assert review(order(), world(CHANGE)).report.gate.state == "success"


def test_the_comment_alone_and_the_status_alone() -> None:
    """Each can be posted by itself: the steps of the rollout."""
    host = hosted()
    review(order(pull=7, post_comment=True), world(CHANGE, host=client(host)))
    assert (host.states(HEAD), len(host.bodies(7))) == ([], 1)
    host = hosted()
    review(order(pull=7, post_status=True), world(CHANGE, host=client(host)))
    assert (len(host.states(HEAD)), host.bodies(7)) == (2, [])


# -- the fail-closed table ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One way to go wrong, and the state it must end in."""

    name: str
    state: str
    go: Callable[[EmbeddedCodeHost], object]
    said: str = ""


def answering(
    answer: Callable[[str], Answer], settings: Settings = MODEL
) -> Callable[[EmbeddedCodeHost], object]:
    return lambda host: posting(host, settings, reviewers=ScriptedReviewers(answer))


def moved_during(host: EmbeddedCodeHost) -> object:
    def push(prompt: str) -> Answer:
        host.pulls[7].head = OTHER
        return Answer(reply(nonce_in(prompt)))

    return posting(host, MODEL, reviewers=ScriptedReviewers(push))


def moved_while_posting(host: EmbeddedCodeHost) -> object:
    def push(request: Request) -> Response | None:
        if request.method == "POST" and request.url.endswith("/comments"):
            host.pulls[7].head = OTHER
        return None

    host.before = push
    return posting(host)


def retargeted_during(host: EmbeddedCodeHost) -> object:
    def edit(prompt: str) -> Answer:
        host.pulls[7].base_ref = "release"
        return Answer(reply(nonce_in(prompt)))

    return posting(host, MODEL, reviewers=ScriptedReviewers(edit))


def retargeted_while_posting(host: EmbeddedCodeHost) -> object:
    def edit(request: Request) -> Response | None:
        if request.method == "POST" and request.url.endswith("/comments"):
            host.pulls[7].base_ref = "release"
        return None

    host.before = edit
    return posting(host)


def comment_refused(host: EmbeddedCodeHost) -> object:
    host.before = lambda request: Response(403) if "/issues/" in request.url else None
    return posting(host)


def dirty(host: EmbeddedCodeHost) -> object:
    here = world(CHANGE, host=client(host))
    repository = MemoryRepository(CHANGE, trouble=Unfinished("the work tree is not clean: 1 changed file"))
    return review(order(pull=7, post_status=True), replace(here, repository=repository))


def crash(host: EmbeddedCodeHost) -> object:
    def burst(prompt: str) -> Answer:
        raise ZeroDivisionError("a bug")

    return answering(burst)(host)


def interrupted(host: EmbeddedCodeHost) -> object:
    def stop(prompt: str) -> Answer:
        raise KeyboardInterrupt

    return answering(stop)(host)


def two_of_whom_one_fails(host: EmbeddedCodeHost) -> object:
    settings = replace(MODEL, reviewers=(ReviewerSpec("evidence"), ReviewerSpec("claude")))
    return answering(lambda prompt: Answer(problem="quota"), settings)(host)


TABLE = (
    Row("a valid verdict that meets everything", "success", lambda host: posting(host)),
    Row("a verdict that misses a threshold", "failure",
        answering(lambda p: Answer(reply(nonce_in(p), verdict(slop=25)))), "slop>15"),
    Row("a verdict with a blocker", "failure",
        answering(lambda p: Answer(reply(nonce_in(p), verdict(blockers=["x"])))), "blockers>0"),
    Row("a failing suite, praised by the model", "failure",
        lambda host: posting(host, MODEL, suites=ScriptedSuites({"unit": 1})), "unit fails"),
    Row("a suite out of time", "failure",
        lambda host: posting(host, suites=ScriptedSuites({"unit": None}, {"unit": None})), "unit fails"),
    Row("a new counterexample, praised by the model", "failure",
        lambda host: posting(host, MODEL, change=WORKFLOW, comparison=OPENED), "new half-release"),
    Row("time-out of the reviewer", "error", answering(lambda p: Answer(problem="longer than 900 s"))),
    Row("empty output", "error", answering(lambda p: Answer(b""))),
    Row("killed (exit code 137)", "error", answering(lambda p: Answer(problem="exit code 137"))),
    Row("malformed output", "error", answering(lambda p: Answer(b"APPROVE"))),
    Row("a verdict without the nonce", "error", answering(lambda p: Answer(reply("0" * 32)))),
    Row("text after the verdict", "error", answering(lambda p: Answer(reply(nonce_in(p)) + b"done"))),
    Row("quota of the reviewer", "error", answering(lambda p: Answer(problem="rate limit reached"))),
    Row("our own budget", "error",
        answering(lambda p: Answer(reply(nonce_in(p))), replace(MODEL, budget=Budget(runs_per_hour=0)))),
    Row("diff too large", "error",
        answering(lambda p: Answer(reply(nonce_in(p))), replace(MODEL, budget=Budget(diff_bytes=9))),
        "unseen"),
    Row("one of two reviewers gives none", "error", two_of_whom_one_fails, "claude: quota"),
    Row("nobody is asked", "error", lambda host: posting(host, Settings(suites=UNIT, reviewers=()))),
    Row("head moved during the review", "error", moved_during, "head moved"),
    Row("head moved while posting", "error", moved_while_posting, "head moved"),
    Row("base changed during the review", "error", retargeted_during, "base moved"),
    Row("base changed while posting", "error", retargeted_while_posting, "base moved"),
    Row("the comment is refused", "error", comment_refused, "comment"),
    Row("dirty tree", "error", dirty, "not clean"),
    Row("a bug of ours", "error", crash, "ZeroDivisionError"),
    Row("interrupted", "error", interrupted, "KeyboardInterrupt"),
    Row("the base has no prompt", "error",
        lambda host: posting(host, replace(MODEL, prompt="prompt.txt")), "prompt.txt"),
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_the_fail_closed_table(row: Row) -> None:
    """Each way to go wrong leaves the reviewed commit in its state, and no other commit in any."""
    host = hosted()
    try:
        row.go(host)
    except (WholeshipError, ZeroDivisionError, KeyboardInterrupt):
        assert row.state == "error"
    state, description = host.states(HEAD)[-1]
    assert state == row.state
    assert row.said in description
    assert host.marked() == {HEAD}
    assert "pending" not in last(host)


# -- the head ----------------------------------------------------------------------------------------------


def test_a_tree_that_is_not_the_head_is_not_judged_and_not_marked() -> None:
    """When another commit is checked out than the pull request's head, nothing is posted anywhere."""
    host = hosted(head=OTHER)
    with pytest.raises(Unfinished, match="the work tree is at"):
        posting(host)
    assert host.marked() == set()
    assert host.bodies(7) == []


def test_a_superseded_review_says_so_in_the_comment() -> None:
    """When the head moved on, the comment is about the commit that was reviewed."""
    host = hosted()
    moved_during(host)
    assert (
        "superseded: this review was of `aaaaaaaaaaaa`; the head is now `cccccccccccc`"
        in host.bodies(7)[0][1]
    )


def test_without_a_pull_request_the_local_head_counts() -> None:
    """A review of a bare commit checks that the tree still is at it."""
    here = world(CHANGE, host=client(hosted()))
    repository = MemoryRepository(CHANGE, now=OTHER)
    ended = review(order(post_status=True), replace(here, repository=repository))
    assert ended.posted.status == "error"
    assert "head moved" in ended.report.gate.headline


def test_two_at_once_are_not_two() -> None:
    """While one review of a head runs, another of the same head stops, and posts nothing."""
    host = hosted()
    memory = MemoryMemory(busy={HEAD})
    with pytest.raises(Unfinished, match="another review"):
        posting(host, memory=memory)
    assert host.marked() == set()


def test_when_nothing_can_be_posted_that_is_said() -> None:
    """A status that does not arrive is a problem in the answer, never a success."""
    host = hosted()
    here = world(CHANGE, host=client(host))
    seen = {"posts": 0}

    def refuse(request: Request) -> Response | None:
        if request.method == "POST" and "/statuses/" in request.url:
            seen["posts"] += 1
            return Response(403) if seen["posts"] > 1 else None
        return None

    host.before = refuse
    ended = review(order(pull=7, post_status=True), here)
    assert ended.posted.status is None
    assert ended.posted.problem.startswith("the status was NOT posted")


def test_a_post_that_fails_in_the_trap_is_warned_about() -> None:
    """When even the error cannot be posted, a warning says that the status was not."""
    host = hosted()
    host.before = lambda request: Response(403) if request.method == "POST" else None
    here = world(CHANGE, host=client(host))
    with pytest.raises(WholeshipError):
        review(order(pull=7, post_status=True), here)
    assert isinstance(here.progress, Notes)
    assert any("NOT posted" in line for line in here.progress.lines)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"post_status": True}, "posting needs a token"),
        ({"pull": 7}, "without a token"),
    ],
)
def test_posting_needs_a_code_host(more: dict[str, object], said: str) -> None:
    """Without a token nothing is pretended to be posted, and what is missing is named."""
    with pytest.raises(BadInput, match=said) as caught:
        review(order(**more), world(CHANGE))  # type: ignore[arg-type]
    assert "GITHUB_TOKEN" in caught.value.advice


def test_a_closed_pull_request_is_not_reviewed() -> None:
    """A pull request that is closed is refused before anything runs."""
    host = hosted()
    host.pulls[7].state = "closed"
    with pytest.raises(BadInput, match="not open"):
        posting(host)


# -- reviewers ---------------------------------------------------------------------------------------------


def test_the_strictest_value_of_each_field_counts() -> None:
    """Several reviewers are combined strictly, and each one's own words are kept."""
    answers = iter([verdict(slop=15, simplicity=95), verdict(slop=2, simplicity=71, notes="Hm.")])
    settings = replace(MODEL, reviewers=(ReviewerSpec("claude"), ReviewerSpec("codex")))
    ended = review(
        order(settings),
        world(
            CHANGE, reviewers=ScriptedReviewers(lambda prompt: Answer(reply(nonce_in(prompt), next(answers))))
        ),
    )
    assert ended.report.gate.scores.startswith("bug_free 90, simplicity 71, slop 15")
    assert [opinion.reviewer for opinion in ended.report.opinions] == ["claude", "codex"]


def test_a_model_cannot_talk_facts_away() -> None:
    """Bugs and blockers that were measured stay, and categories are counted, whatever a model says."""
    praise = verdict(bug_free_confidence=100, categories={"docs": 9999})
    leaking = captured(changed("src/a.py", "K = 'AKIA" + "Q7WZ5T3RN2LKXM4V'"))
    ended = review(
        order(MODEL),
        world(leaking, reviewers=ScriptedReviewers(lambda prompt: Answer(reply(nonce_in(prompt), praise)))),
    )
    assert ended.report.gate.state == "failure"
    assert "blockers>0" in ended.report.gate.reasons
    verdict_given = ended.report.verdict
    assert verdict_given.categories["src"] == 1  # type: ignore[union-attr]
    assert verdict_given.categories["docs"] == 0  # type: ignore[union-attr]


def test_what_nobody_could_read_is_nobody_s_confidence() -> None:
    """A binary in the source caps the confidence of a model too."""
    binary = captured(changed("src/tool.bin", binary=True, status="A"))
    ended = review(order(MODEL), world(binary))
    assert "bug_free<80" in ended.report.gate.reasons


def test_workflows_that_nobody_could_prove_are_nobody_s_confidence() -> None:
    """When the prover has no answer on a changed workflow, no model's praise opens the gate."""
    praise = verdict(bug_free_confidence=100)
    reviewers = ScriptedReviewers(lambda prompt: Answer(reply(nonce_in(prompt), praise)))
    ended = review(order(MODEL), world(WORKFLOW, reviewers=reviewers))
    assert "bug_free<80" in ended.report.gate.reasons


def test_a_model_is_skipped_visibly_and_only_where_allowed() -> None:
    """Safe changes go without the model when the settings say so, under their own marker; evidence stays."""
    reviewers, suites = ScriptedReviewers(), ScriptedSuites()
    ended = review(order(replace(MODEL, allow_skip=True)), world(CHANGE, reviewers=reviewers, suites=suites))
    assert (reviewers.prompts, suites.ran) == ([], [("head", "unit"), ("base", "unit")])
    assert ended.report.gate.description.startswith(
        "no model asked (only additive tests and docs): the suite passes"
    )
    review(order(MODEL), world(CHANGE, reviewers=reviewers))
    assert len(reviewers.prompts) == 1


def test_reviewers_see_the_head_with_the_base_s_rules() -> None:
    """A reviewer's tree is the head's, with the files that instruct it from the base."""
    here = world(SOURCE)
    review(order(MODEL), here)
    assert isinstance(here.repository, MemoryRepository)
    assert here.repository.exported[-1] == (HEAD, BASE, RULES)
    assert {"CLAUDE.md", "AGENTS.md", ".claude", ".codex", ".pi"} <= set(RULES)


def test_the_prompt_is_the_base_s() -> None:
    """The team's own prompt is read from the base."""
    reviewers = ScriptedReviewers()
    review(
        order(replace(MODEL, prompt="p.txt")),
        world(SOURCE, reviewers=reviewers, files={"p.txt": b"Be strict.\n" + BUILT_IN.encode()}),
    )
    assert reviewers.prompts[0].startswith("Be strict.")


def test_runs_are_counted_and_verdicts_stick() -> None:
    """A second review of the same head is the second, and gives the kept verdict."""
    memory, answers = MemoryMemory(), iter([verdict(slop=40), verdict()])
    reviewers = ScriptedReviewers(lambda prompt: Answer(reply(nonce_in(prompt), next(answers))))
    first = review(order(MODEL), world(CHANGE, memory=memory, reviewers=reviewers))
    second = review(order(MODEL), world(CHANGE, memory=memory, reviewers=reviewers))
    assert (first.report.runs, second.report.runs) == (1, 2)
    assert first.report.gate == second.report.gate
    assert second.report.opinions[0].kept


def test_overrides_reach_the_status() -> None:
    """A threshold set for this run only stands in the status that it let through."""
    host = hosted()
    settings = Settings(suites=UNIT, thresholds=Thresholds(slop=50), overridden={"slop": "50"})
    posting(host, settings)
    assert "(this run: slop=50)" in host.states(HEAD)[-1][1]


def test_the_documentation_has_the_table() -> None:
    """docs/review.md says of each way to go wrong in which state it ends."""
    page = (Path(__file__).parents[2] / "docs/review.md").read_text()
    for row in TABLE:
        assert f"| {row.name} | {row.state} |" in page, row.name


@pytest.mark.parametrize(
    ("name", "base", "fits"),
    [
        ("main", BASE, True),
        ("origin/main", OTHER, True),
        ("upstream/main", OTHER, True),
        (BASE[:12], BASE, True),
        ("HEAD~1", OTHER, False),
        ("origin/other", OTHER, False),
        ("origin/other/main", OTHER, False),
    ],
)
def test_what_is_posted_is_about_the_whole_pull_request(name: str, base: str, fits: bool) -> None:
    """A review against another base than the pull request's is not posted on it; printed it may be."""
    host = hosted()
    change = replace(CHANGE, base_name=name, base=base)
    here = world(change, host=client(host))
    assert review(order(pull=7), here).report.gate.state == "success"
    if fits:
        assert review(order(pull=7, post_status=True), here).posted.status == "success"
        return
    with pytest.raises(BadInput, match="is for main"):
        review(order(pull=7, post_status=True), here)
    assert host.states(HEAD) == []
