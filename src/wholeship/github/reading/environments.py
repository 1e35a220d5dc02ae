"""Which jobs of a run can have values of their own in ``vars``: those of different environments.

A variable of an environment replaces the repository's of the same name in the jobs that name the environment
(GitHub docs, "Store information in variables", precedence).
"""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.patterns import lazy_pattern
from wholeship.github.model import Workflow
from wholeship.github.reading.files import Library, local

_BY_LEG = lazy_pattern(r"\bmatrix\b")
_BY_CALL = lazy_pattern(r"\b(?:inputs|needs)\b")


def are_several(workflow: Workflow, library: Library) -> bool:
    """Whether a run of *workflow*, with the workflows that it calls, can have jobs in two environments.

    Where all jobs that name an environment name the same one, nothing tells their variables from the
    repository's, and one text is taken for all jobs.
    """
    found: set[str] = set()
    for name in _named(workflow, library):
        found.add(name)
        if len(found) > 1 or _BY_LEG.search(name):
            return True
    return False


def _named(workflow: Workflow, library: Library) -> Iterator[str]:
    """What the jobs call their environments; a text that a call decides, once for each of two calls."""
    calls: dict[str, int] = {}
    waiting = [(workflow, 0)]
    while waiting:
        one, call = waiting.pop()
        for job in one.jobs.values():
            text = job.deployment.text.strip() if job.deployment is not None else ""
            if text:
                by_call = "${{" in text and _BY_CALL.search(text)
                yield f"{call}:{text}" if by_call else text
            path = local(job.uses.text.strip()) if job.uses is not None else None
            if path is None or calls.get(path, 0) >= _CALLS:
                continue
            calls[path] = calls.get(path, 0) + 1
            callee = library.workflow(path)
            if callee is not None:
                waiting.append((callee, calls[path]))


_CALLS = 2
"""So many calls of one file are looked at: two show that a text can differ."""
