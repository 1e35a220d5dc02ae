"""The last job: every image gets its tags from the digest that was built, siblings first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wholeship.core import yamls
from wholeship.core.patterns import lazy_pattern
from wholeship.github.lines import JobLines, Rows, Unshaped, entry
from wholeship.pipeline.tags import Nature, nature
from wholeship.verdict.reshape.builds import Candidate
from wholeship.verdict.study import Case

JOB = "promote"
_NEEDS = lazy_pattern(r"needs\.([A-Za-z_][\w-]*)\.")
_CREATE = "docker buildx imagetools create --prefer-index=false"


def promotion(rows: Rows, jobs: yamls.Mapping, case: Case, found: Sequence[Candidate]) -> list[str]:
    """The lines of the job, as they stand under ``jobs``."""
    if jobs.get(JOB) is not None:
        raise Unshaped(f"there is a job called {JOB} already")
    indent = jobs.entries[0][0].place.column - 1
    logins = dict.fromkeys(line for each in found for line in ["\n".join(each.login)])
    steps = [line for login in logins for line in login.split("\n")]
    job = JobLines(
        needs=_needs(case, found),
        condition=_condition(rows, found),
        runner=_runner(rows, found[-1]),
        login=steps,
        step="Give every image its tags, siblings first",
        variables=[pair for each in found for pair in _variables(each)],
        script=_script(case, found),
    )
    return job.written(JOB, indent)


def _needs(case: Case, found: Sequence[Candidate]) -> list[str]:
    """Whoever makes a tag, every build, every job with a check."""
    tags = [name for each in found for tag in each.tags for name in _NEEDS.findall(tag)]
    checks = [check.spot.job for check in case.facts.checks]
    return list(dict.fromkeys([*tags, *(each.job for each in found), *checks]))


def _condition(rows: Rows, found: Iterable[Candidate]) -> str:
    """What all builds are under; :class:`Unshaped` when they are under different conditions."""
    texts = set()
    for each in found:
        node = each.body.get("if")
        texts.add(node.text if isinstance(node, yamls.Scalar) else "")
    if len(texts) > 1:
        raise Unshaped("the jobs that publish run under different conditions")
    return texts.pop()


def _runner(rows: Rows, candidate: Candidate) -> str:
    at = entry(rows, candidate.body, "runs-on")
    return at.value.text if at is not None and isinstance(at.value, yamls.Scalar) else "ubuntu-latest"


def _variables(candidate: Candidate) -> list[tuple[str, str]]:
    name = _variable(candidate)
    found = [(name, candidate.repository), (f"{name}_DIGEST", candidate.digest)]
    for number, tag in enumerate(candidate.tags, 1):
        if "${{" in tag:
            found.append((f"{name}_TAG_{number}", tag))
    return found


def _script(case: Case, found: Sequence[Candidate]) -> list[str]:
    """Deploy tags of all images first, then what moves; in both, the followed image last."""
    deploy: list[str] = []
    moving: list[str] = []
    for each in found:
        name = _variable(each)
        image = next(image for image in case.images if image.name == each.name)
        trigger = case.instance.scenario.trigger
        aliases = {str(t.tag) for t in image.tags if nature(t.tag, trigger) is Nature.ALIAS}
        for number, tag in enumerate(each.tags, 1):
            shown = f"${name}_TAG_{number}" if "${{" in tag else tag
            line = f'{_CREATE} --tag "${name}:{shown}" "${name}@${name}_DIGEST"'
            (moving if tag in aliases else deploy).append(line)
    return [*deploy, *moving]


def _variable(candidate: Candidate) -> str:
    return re.sub(r"[^A-Z0-9]", "_", candidate.name.upper())
