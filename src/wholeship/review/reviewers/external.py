"""An external reviewer, from its budget to its verdict. Whatever goes wrong ends as no verdict."""

from __future__ import annotations

from wholeship.core.errors import WholeshipError
from wholeship.core.progress import Outcome, Task
from wholeship.core.version import VERSION
from wholeship.review.budget import exhausted, wait_for
from wholeship.review.cachekey import key_of, pack_verdict, unpack
from wholeship.review.ports import Answer, Capture, Run
from wholeship.review.reviewers.opinion import Case, Opinion, ReviewerSurroundings
from wholeship.review.reviewers.prompt import Prompt, build_prompt
from wholeship.review.settings import ReviewerSpec, Settings
from wholeship.review.verdict import Unusable, Verdict, parse_reply

EVIDENCE_LIMIT = 1_000_000
"""Characters of everything in a prompt that is not the diff."""


def ask_reviewer(spec: ReviewerSpec, case: Case, around: ReviewerSurroundings) -> Opinion:
    """The opinion of *spec*: kept from before, or asked for now, within the budget."""
    too_large = _too_large(case.capture, case.settings)
    if too_large:
        return Opinion(spec.name, Unusable(too_large))
    prompt = build_prompt(
        around.template, case.capture, case.evidence, nonce=around.word(), frame=around.word()
    )
    if len(prompt.text) > case.settings.budget.diff_bytes + EVIDENCE_LIMIT:
        return Opinion(spec.name, Unusable("the evidence is too long to be shown whole"))
    key = key_of(
        case.capture,
        case.evidence.lasting(),
        tool=VERSION,
        prompt=prompt.stable,
        reviewer=around.reviewers.identity(spec, around.trusted),
        thresholds=case.settings.thresholds,
    )
    kept = around.memory.recall(key)
    if kept is not None:
        verdict = unpack(kept)
        if isinstance(verdict, Verdict):
            return Opinion(spec.name, verdict, kept=True)
        around.progress.warned(f"a kept verdict is not used: {verdict.reason}")
    return _asked(spec, case, around, prompt, key)


def _asked(spec: ReviewerSpec, case: Case, around: ReviewerSurroundings, prompt: Prompt, key: str) -> Opinion:
    now = around.clock.now().timestamp()
    wait = wait_for(case.settings.budget, around.memory.runs(), now, spec.cost)
    if wait is not None:
        return Opinion(spec.name, Unusable(exhausted(wait)))
    # Written down before it starts: a run that is killed was paid for all the same.
    number = around.memory.reserve(Run(now, spec.name, case.capture.head, spec.cost))
    task = Task("review", spec.name)
    around.progress.started(task)
    answer = _answer(spec, prompt.text, around, case.settings.budget.cost_per_run)
    if answer.cost is not None:
        around.memory.settle(number, answer.cost)
    verdict = Unusable(answer.problem) if answer.problem else parse_reply(answer.text, prompt.nonce)
    if isinstance(verdict, Verdict):
        around.memory.keep(key, pack_verdict(verdict))
        around.progress.finished(task, Outcome.DONE)
    else:
        around.progress.finished(task, Outcome.FAILED, verdict.reason)
    return Opinion(spec.name, verdict, cost=answer.cost)


def _answer(spec: ReviewerSpec, prompt: str, around: ReviewerSurroundings, cost: float) -> Answer:
    try:
        with around.tree() as tree:
            return around.reviewers.ask(spec, prompt, tree, trusted=around.trusted, cost_limit=cost)
    except WholeshipError as error:
        return Answer(problem=f"{spec.name}: {error.message}")


def _too_large(capture: Capture, settings: Settings) -> str:
    """Why the diff cannot be shown whole. A part of a diff is never reviewed as if it were all."""
    size, limit = len(capture.diff.patch), settings.budget.diff_bytes
    if size <= limit:
        return ""
    seen = 0
    for part in capture.diff.patch.split(b"\ndiff --git ")[:-1]:
        limit -= len(part) + len(b"\ndiff --git ")
        if limit < 0:
            break
        seen += 1
    unseen = len(capture.diff.files) - seen
    most = settings.budget.diff_bytes
    return f"diff too large ({size} of at most {most} bytes): {unseen} files would go unseen"
