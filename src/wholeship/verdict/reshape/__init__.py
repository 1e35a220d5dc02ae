"""The same release in the shape that is safe and fast: candidates in parallel, gates on digests, promote.

The text of the workflow is edited: each build pushes by digest and waits for nobody, a gate that built its
own image runs the candidate instead, and one last job gives the tags, siblings first. What does not fit the
pattern (several images in a job, matrices, tags made by an action) is said, and left to a person. The caller
checks the new text: it is only worth showing when it is proved whole.
"""

from __future__ import annotations

from wholeship.core import yamls
from wholeship.core.values import dataclass
from wholeship.github.lines import Rows, Unshaped
from wholeship.verdict.reshape.builds import Candidate, as_candidate, candidate_of
from wholeship.verdict.reshape.gates import regate
from wholeship.verdict.reshape.promotion import promotion
from wholeship.verdict.study import Case, Study
from wholeship.verdict.wholeness import verdicts


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The new text, and in words what was done."""

    text: str
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotReshaped:
    """Why a person has to do it."""

    reason: str


def reshape(study: Study) -> Reshaped | NotReshaped:
    """*study*'s file in the better shape, if it is of the kind that this knows."""
    try:
        return _reshape(study)
    except Unshaped as error:
        return NotReshaped(str(error))


def _reshape(study: Study) -> Reshaped:
    case = _case(study)
    jobs = study.root.get("jobs") if isinstance(study.root, yamls.Mapping) else None
    if not isinstance(jobs, yamls.Mapping):
        raise Unshaped("the file has no jobs")
    rows = Rows(study.text.rstrip("\n").split("\n"))
    found = [candidate_of(rows, jobs, case, image) for image in _order(study, case)]
    owners = [candidate.job for candidate in found]
    if len(set(owners)) != len(owners):
        raise Unshaped("one job publishes several images")
    done = [regate(rows, jobs, case, candidate) for candidate in found]
    for candidate in found:
        as_candidate(rows, candidate)
    rows.put(len(rows.lines), promotion(rows, jobs, case, found))
    return Reshaped(rows.made() + "\n", (*_said(found), *(each for each in done if each)))


def _case(study: Study) -> Case:
    cases = [case for case in study.cases if len(case.images) > 1]
    if not cases:
        raise Unshaped("it does not publish several images")
    return cases[0]


def _order(study: Study, case: Case) -> list[str]:
    """The images by name, the one that is followed last."""
    told = verdicts(case, study.watched)
    last = told[0].fine[-1] if told and told[0].fine else told[0].watched if told else case.images[-1]
    names = [image.name for image in case.images]
    return sorted(names, key=lambda name: name == last.name)


def _said(found: list[Candidate]) -> list[str]:
    names = ", ".join(candidate.name for candidate in found)
    return [
        f"{names} are built side by side and pushed by digest: no tag, nothing to elect",
        f"promote gives the tags when all are there: {names}, in this order",
    ]
