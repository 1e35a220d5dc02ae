"""What the token of a job may do (GitHub docs, "Workflow syntax", ``permissions``; "Reusing workflows")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wholeship.core.errors import Problem
from wholeship.github.model import Workflow
from wholeship.pipeline.run import Job

_LEVELS = ("none", "read", "write")


def allowed_permissions(
    granted: Mapping[str, str] | None, whole: Mapping[str, str] | None, own: Mapping[str, str] | None
) -> Mapping[str, str] | None:
    """A job's *own* permissions replace those of the *whole* workflow; what a caller *granted* caps both.

    None is the repository's default.
    """
    wanted = own if own is not None else whole
    if wanted is None or granted is None:
        return granted if wanted is None else wanted
    return {
        scope: min(level, granted.get(scope, "none"), key=_LEVELS.index) for scope, level in wanted.items()
    }


def asks_too_much(job: Job, callee: Workflow) -> Iterator[Problem]:
    """A called workflow that asks for more than its caller may give stops the run before it starts."""
    if job.permissions is None:
        return
    asked = [callee.permissions, *(each.permissions for each in callee.jobs.values())]
    for scope, level in (pair for each in asked for pair in (each or {}).items()):
        granted = job.permissions.get(scope, "none")
        if _LEVELS.index(level) > _LEVELS.index(granted):
            message = f"the job {job.id} grants {scope}: {granted}, and {callee.path} asks for {level}"
            hint = (
                f"GitHub refuses to start such a run: give the job `{scope}: {level}`, "
                f"or ask for less in {callee.path}"
            )
            yield Problem(message, job.place, hint)
