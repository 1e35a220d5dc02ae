"""What `wholeship check` is asked: apart from what answers it, so that a kept answer needs no more."""

from __future__ import annotations

from dataclasses import field

from wholeship.app.target import WorkflowTerms
from wholeship.core.finding import Severity
from wholeship.core.values import dataclass
from wholeship.output.ink import Ink


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """Which workflows are checked (none named: those of the repository), and what is done beside it.

    ``failing`` is the lowest severity that fails the check (None: the release file's, else a warning).
    ``fix``: the safe fixes are made in the files. ``baseline``: a file of known findings;
    ``write_baseline``: a file to write all findings to.
    """

    paths: tuple[str, ...] = ()
    terms: WorkflowTerms = field(default_factory=WorkflowTerms)
    failing: Severity | None = None
    fix: bool = False
    baseline: str = ""
    write_baseline: str = ""


@dataclass(frozen=True, slots=True)
class CheckLook:
    """How the answer is looked at: the format, the colours, and whether all that is published is listed."""

    form: str
    ink: Ink
    inventory: bool
