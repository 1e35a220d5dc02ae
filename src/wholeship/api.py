"""What Python programs may call; everything else of the package is private, but for ``wholeship.testing``.

    import wholeship
    report = wholeship.check([".github/workflows"])

The names are also those of ``wholeship`` itself. They change as the JSON outputs do: a field goes only with
a new minor version, and the changelog says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from wholeship.app.check import check_workflows
from wholeship.app.check_question import CheckQuestion
from wholeship.app.target import WorkflowTerms
from wholeship.app.world import World
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.finding import Confidence, Finding, Severity
from wholeship.core.place import Place
from wholeship.core.progress import Silent
from wholeship.verdict.report import Report, WorkflowReport

__all__ = [
    "BadInput",
    "Confidence",
    "Finding",
    "Place",
    "Report",
    "Severity",
    "WholeshipError",
    "WorkflowReport",
    "check",
]


def check(
    paths: Iterable[str | os.PathLike[str]] = (),
    *,
    watched: Iterable[str] = (),
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    fail_on: str = "warning",
    release_file: str | os.PathLike[str] = "",
) -> Report:
    """What ``wholeship check`` finds in the workflow files or folders *paths*, as values.

    Without paths: the workflows of the repository that the current folder is in. *watched* are the images
    that a controller follows, *only* and *skip* are names of rules, *fail_on* (``error``, ``warning`` or
    ``note``) is the least severity that ``Report.failures`` counts. Nothing is run, written or sent.

    :class:`BadInput`: there are no such files, rules, or images; its ``advice`` says what there is.
    """
    severities = [each.value for each in Severity]
    if fail_on not in severities:
        raise BadInput(f"there is no severity {fail_on}", advice=f"severities: {', '.join(severities)}")
    terms = WorkflowTerms(os.fspath(release_file), tuple(watched), tuple(only), tuple(skip))
    question = CheckQuestion(tuple(os.fspath(path) for path in paths), terms, Severity(fail_on))
    return check_workflows(question, World(Silent())).report
