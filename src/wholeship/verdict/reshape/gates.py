"""A check that built an image of its own → one that runs the very candidate."""

from __future__ import annotations

from wholeship.core import yamls
from wholeship.github.lines import (
    BUILD,
    Rows,
    Unshaped,
    entry,
    item,
    names_needed,
    needed,
    set_needs,
    step_at,
)
from wholeship.pipeline.gates import alike
from wholeship.pipeline.publish import Check
from wholeship.verdict.reshape.builds import Candidate
from wholeship.verdict.study import Case


def regate(rows: Rows, jobs: yamls.Mapping, case: Case, candidate: Candidate) -> str:
    """Every check on a build like *candidate*'s looks at the candidate; gives what was done, in words."""
    image = next(image for image in case.images if image.name == candidate.name)
    publish = image.tags[0].publish
    done = ""
    for check in case.facts.checks:
        mine = publish.build is not None and any(alike(one.build, publish.build) for one in check.builds)
        if mine and check.spot.job != candidate.job:
            done = _regated(rows, jobs, case, check, candidate) or done
    return done


def _regated(rows: Rows, jobs: yamls.Mapping, case: Case, check: Check, candidate: Candidate) -> str:
    """Where the pattern fits; otherwise the check stays as it is, and `check` goes on saying so."""
    body = jobs.get(check.spot.job)
    if len(check.builds) != 1 or not isinstance(body, yamls.Mapping):
        return ""
    (local,) = check.builds
    names = [text for each in local.build.local if (text := each.literal)]
    try:
        made = step_at(body, case.step(local.spot).place.line)
        runs = step_at(body, case.step(check.spot).place.line)
        script = needed(rows, runs, "run")
    except Unshaped:
        return ""
    uses = made.get("uses")
    plain = isinstance(uses, yamls.Scalar) and uses.text.startswith(f"{BUILD}@")
    if not plain or len(names) != 1 or names[0] not in rows.text(script.rows):
        return ""
    rows.cut(item(rows, made))
    rows.cut(script.rows)
    indent = " " * script.indent
    new = [rows.lines[row].replace(names[0], '"$CANDIDATE"') for row in script.rows]
    if entry(rows, runs, "env") is not None:
        raise Unshaped(f"the check at line {runs.place.line} has an environment of its own")
    new += [f"{indent}env:", f"{indent}  CANDIDATE: {candidate.repository}@{candidate.digest}"]
    rows.put(script.rows.start, new)
    dash = " " * (script.indent - 2)
    rows.put(item(rows, runs).start, [f"{dash}{line}" for line in candidate.login])
    set_needs(rows, body, list(dict.fromkeys([*names_needed(body), candidate.job])))
    _may_read(rows, body)
    return (
        f"{check.spot.job} runs the candidate of {candidate.name} instead of a build of its own "
        "(figures from before still hold that build)"
    )


def _may_read(rows: Rows, body: yamls.Mapping) -> None:
    """A job with permissions of its own has to be allowed to pull the candidate."""
    permissions = entry(rows, body, "permissions")
    if permissions is None or not isinstance(permissions.value, yamls.Mapping):
        return
    if permissions.value.get("packages") is None:
        rows.put(permissions.rows.stop, [f"{' ' * (permissions.indent + 2)}packages: read"])
