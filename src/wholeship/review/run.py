"""A review from the capture of its head to the status that was read back.

Everything speaks of the commit captured first. Whatever goes wrong in between ends in ``error``, and a
``success`` stands only for: a valid verdict, the head unchanged, the whole diff, the evidence of this
very commit, every threshold met, and the status read back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, Unfinished, WholeshipError
from wholeship.core.late import late
from wholeship.core.progress import Progress
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.review import publish
from wholeship.review.comment import render_comment, superseded
from wholeship.review.evidence.gather import Trees, gather
from wholeship.review.evidence.measuring import Instruments
from wholeship.review.gate import decide_gate, no_verdict
from wholeship.review.ports import Capture, CodeHost, Memory, Pull, Repository, Reviewers, State, Status
from wholeship.review.report import Report
from wholeship.review.reviewers import rubric
from wholeship.review.reviewers.opinion import Case, Opinion, ReviewerSurroundings
from wholeship.review.settings import CONTEXT, EVIDENCE, Settings
from wholeship.review.verdict import Unusable, Verdict, cleaned, strictest, with_facts

if TYPE_CHECKING:
    from wholeship.review.reviewers.external import ask_reviewer
    from wholeship.review.reviewers.prompt import check_template
    from wholeship.review.skip import reason_to_skip
else:  # for a model
    ask_reviewer = late("wholeship.review.reviewers.external:ask_reviewer")
    check_template = late("wholeship.review.reviewers.prompt:check_template")
    reason_to_skip = late("wholeship.review.skip:reason_to_skip")

RULES = (
    *("CLAUDE.md", "CLAUDE.local.md", "AGENTS.md", "AGENTS.override.md", "GEMINI.md", "SYSTEM.md"),
    *(".mcp.json", ".cursorrules", ".windsurfrules", ".clinerules", "copilot-instructions.md"),
    *(".claude", ".codex", ".pi", ".agents", ".gemini", ".cursor", ".windsurf"),
    *("zizmor.yml", "zizmor.yaml", "actionlint.yml", "actionlint.yaml"),
)
"""Files that tell reviewers and linters what to do: taken from the base, never from the change."""

ACCESS = "set GITHUB_TOKEN (or GH_TOKEN), and --repository OWNER/NAME where the remote does not say it"


@dataclass(frozen=True, slots=True)
class ReviewWorld:
    """The parts of the world that a review touches. ``host`` None: there is no code host to speak to."""

    repository: Repository
    instruments: Instruments
    reviewers: Reviewers
    memory: Memory
    clock: Clock
    progress: Progress
    host: CodeHost | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. ``base`` empty: the pull request's. Without ``pull`` no head can move.

    ``settings`` are found once the commits are known, because most of them are the base's; ``context`` is
    the status context for what goes wrong before that.
    """

    settings: Callable[[Capture], Settings]
    base: str = ""
    pull: int | None = None
    fetch: bool = True
    post_status: bool = False
    post_comment: bool = False
    context: str = CONTEXT


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted; ``problem`` says what was not, and why."""

    status: State | None = None
    comment: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A review and what was made of it."""

    report: Report
    posted: Posted = field(default_factory=Posted)


def review(order: Order, world: ReviewWorld) -> Ended:
    """Review the head of the work tree. Raises :class:`WholeshipError` when there is nothing to review."""
    pull = _pull(order, world)
    sign = _Sign(world, order.context, order.post_status)
    with _told_when_uncaptured(sign, pull):
        capture = world.repository.capture(
            order.base or (pull.base_ref if pull else ""),
            fetch=order.fetch,
            expected_head=pull.head if pull else None,
        )
    if pull is not None and (order.post_status or order.post_comment):
        _check_base(capture, pull)
    with world.memory.working_on(capture.head), _told_when_broken(sign, capture.head):
        settings = order.settings(capture)
        sign = replace(sign, context=settings.context)
        runs = world.memory.count(capture.head)
        with _told_when_broken(sign, capture.head):
            sign.set(capture.head, "pending", f"review {runs} of this commit is running")
            report = replace(_reviewed(settings, world, capture), runs=runs)
            moved = _moved(world, capture, pull)
            base = _retargeted(world, pull)
            if moved:
                gate = no_verdict(f"head moved: {moved[:12]} is not the reviewed {capture.head[:12]}")
                report = replace(report, gate=gate)
            elif base:
                gate = no_verdict(f"base moved: the pull request goes to {printable(base, limit=60)} now")
                report = replace(report, gate=gate)
            return Ended(report, _published(order, sign, report, pull, moved))


def _pull(order: Order, world: ReviewWorld) -> Pull | None:
    """The pull request named, as it is now."""
    if (order.post_status or order.post_comment) and world.host is None:
        raise BadInput("posting needs a token and a repository on a code host", advice=ACCESS)
    if order.pull is None:
        if order.post_comment:
            raise BadInput("a comment needs a pull request", advice="name it with --pull NUMBER")
        return None
    if world.host is None:
        raise BadInput("a pull request cannot be looked at without a token and a repository", advice=ACCESS)
    pull = world.host.pull(order.pull)
    if not pull.open:
        raise BadInput(f"pull request {pull.number} is not open")
    return pull


def _check_base(capture: Capture, pull: Pull) -> None:
    """What is posted on a pull request is about all of it, not about the part since some other base."""
    ours = capture.base_name in (pull.base_ref, pull.base[:12]) or capture.base == pull.base
    if not ours and capture.base_name.partition("/")[2] != pull.base_ref:
        raise BadInput(
            f"pull request {pull.number} is for {pull.base_ref}, not for {capture.base_name}",
            advice="leave --base out, or review without --post",
        )


def _reviewed(settings: Settings, world: ReviewWorld, capture: Capture) -> Report:
    repository = world.repository
    reported = world.instruments.reported
    if reported is not None:
        reported.check(capture, settings)
    with (
        repository.export(capture.merge_base) as base,
        repository.export(capture.head, trusted=capture.merge_base, names=RULES) as head,
    ):
        evidence = gather(capture, settings, repository, world.instruments, Trees(base, head))
        if evidence.head != capture.head or evidence.merge_base != capture.merge_base:
            raise Unfinished("the evidence is of another commit")
        facts = rubric.judge_by_rubric(capture, evidence)
        skipped = reason_to_skip(capture, evidence) if settings.allow_skip and settings.models else ""
        case = Case(capture, evidence, settings)
        opinions = (Opinion(EVIDENCE, facts),) if skipped else _opinions(case, world, facts, base)
    verdict = _together(opinions, facts, rubric.ceiling(capture.diff, evidence))
    gate = decide_gate(verdict, evidence, settings.thresholds, overridden=settings.overridden)
    if skipped:
        gate = replace(gate, headline=f"no model asked ({skipped}): {gate.headline}")
    return Report(
        capture=capture,
        settings=settings,
        gate=gate,
        verdict=verdict,
        evidence=evidence,
        opinions=opinions,
        skipped=skipped,
    )


def _opinions(case: Case, world: ReviewWorld, facts: Verdict, base: Path) -> tuple[Opinion, ...]:
    reported = world.instruments.reported
    if reported is not None:
        return tuple(
            Opinion(s.name, facts if s.name == EVIDENCE else reported.opinion(s.name))
            for s in case.settings.reviewers
        )
    template = _template(case, world) if case.settings.models else ""
    around = ReviewerSurroundings(
        reviewers=world.reviewers,
        memory=world.memory,
        clock=world.clock,
        tree=lambda: world.repository.export(case.capture.head, trusted=case.capture.merge_base, names=RULES),
        trusted=base,
        progress=world.progress,
        template=template,
    )
    return tuple(
        Opinion(EVIDENCE, facts) if spec.name == EVIDENCE else ask_reviewer(spec, case, around)
        for spec in case.settings.reviewers
    )


def _template(case: Case, world: ReviewWorld) -> str:
    """The team's own prompt, as the base has it: the change must not write its reviewer's orders."""
    path = case.settings.prompt
    if not path:
        return ""
    content = world.repository.show(case.capture.merge_base, path)
    if content is None:
        raise BadInput(
            f"the base has no {path}",
            advice="the reviewer's prompt is taken from the base; merge it there first",
        )
    template = content.decode("utf-8", "replace")
    check_template(template)
    return template


def _together(opinions: tuple[Opinion, ...], facts: Verdict, ceiling: int) -> Verdict | Unusable:
    """The strictest of all opinions, held to the facts. One that is missing is not made up for."""
    verdicts: list[Verdict] = []
    redact = Redactor()
    for opinion in opinions:
        if isinstance(opinion.verdict, Unusable):
            return Unusable(f"{opinion.reviewer}: {opinion.verdict.reason}")
        verdicts.append(cleaned(opinion.verdict, redact))
    if not verdicts:
        return Unusable("nobody was asked")
    return with_facts(strictest(verdicts), cleaned(facts, redact), ceiling=ceiling)


def _moved(world: ReviewWorld, capture: Capture, pull: Pull | None) -> str:
    """Where the head is now, when it is not the reviewed commit any more."""
    if pull is not None and world.host is not None:
        now = world.host.pull(pull.number).head
        return now if now != capture.head else ""
    now = world.repository.head()
    return now if now != capture.head else ""


def _retargeted(world: ReviewWorld, pull: Pull | None) -> str:
    """The branch that the pull request goes to now, when it is not the one it was reviewed against."""
    if pull is None or world.host is None:
        return ""
    now = world.host.pull(pull.number).base_ref
    return now if now != pull.base_ref else ""


def _published(order: Order, sign: _Sign, report: Report, pull: Pull | None, moved: str) -> Posted:
    """The comment first, the status last: who sees the status can read what it stands for."""
    problem = url = ""
    if order.post_comment and pull is not None:
        body = superseded(report, moved) if moved else render_comment(report)
        try:
            url = publish.upsert(sign.poster(), pull.number, body).url
        except WholeshipError as error:
            problem = f"the comment was NOT posted: {error.message}"
    if not order.post_status:
        return Posted(None, url, problem)
    gate = report.gate
    try:
        if gate.state == "success" and problem:
            # What cannot be read must not be waved through.
            gate = no_verdict("the comment could not be posted")
        elif gate.state == "success" and _moved(sign.world, report.capture, pull):
            gate, problem = no_verdict("head moved while posting"), "the head moved while posting"
        elif gate.state == "success" and _retargeted(sign.world, pull):
            gate, problem = no_verdict("base moved while posting"), "the base moved while posting"
        sign.set(report.head, gate.state, gate.description)
    except WholeshipError as error:
        also = f"; {problem}" if problem else ""
        return Posted(None, url, f"the status was NOT posted: {error.message}{also}")
    return Posted(gate.state, url, problem)


@dataclass(frozen=True, slots=True)
class _Sign:
    """The commit status of one context, where it is wanted at all."""

    world: ReviewWorld
    context: str
    wanted: bool

    def poster(self) -> publish.Poster:
        """Where to post, and as whom."""
        assert self.world.host is not None
        return publish.Poster(self.world.host, self.world.clock, self.world.host.login())

    def set(self, sha: str, state: State, description: str) -> None:
        """Set it and see it stand; :class:`WholeshipError`."""
        if self.wanted:
            publish.set_status(self.poster(), sha, Status(state, self.context, description))

    def try_error(self, sha: str, reason: str) -> None:
        """Set ``error`` for *reason*; a warning when even that fails."""
        gate = no_verdict(reason)
        try:
            self.set(sha, gate.state, gate.description)
        except WholeshipError as error:
            self.world.progress.warned(f"the status was NOT posted: {error.message}")


@contextmanager
def _told_when_uncaptured(sign: _Sign, pull: Pull | None) -> Iterator[None]:
    """A tree that is not the head, whole and clean, is an ``error`` on the head, when it is the head."""
    try:
        yield
    except WholeshipError as error:
        if sign.wanted:
            head = sign.world.repository.head()
            # Asked wrongly about no pull request: then there is nothing that this could be a status of.
            if pull.head == head if pull else not isinstance(error, BadInput):
                sign.try_error(head, error.message)
        raise


@contextmanager
def _told_when_broken(sign: _Sign, head: str) -> Iterator[None]:
    """However the review breaks off, the status is not left saying that it runs."""
    try:
        yield
    except BaseException as error:
        if not getattr(error, "told", False):
            ours = isinstance(error, WholeshipError)
            sign.try_error(head, str(error) if ours else f"broke off ({type(error).__name__})")
            with suppress(AttributeError):
                error.told = True  # type: ignore[attr-defined]
        raise
