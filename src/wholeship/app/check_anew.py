"""A check whose answer is not kept yet: worked out, put into words, and kept."""

from __future__ import annotations

from wholeship.app.check import check_workflows
from wholeship.app.check_question import CheckLook, CheckQuestion
from wholeship.app.kept_checks import CheckMemory, KeptCheck
from wholeship.app.world import World
from wholeship.core.errors import ExitCode
from wholeship.core.values import dataclass
from wholeship.output.check_outcome import exit_code_of_check, fix_lines
from wholeship.output.formats import View, printed_answer
from wholeship.verdict.report import Report


@dataclass(frozen=True, slots=True)
class NewCheck:
    """The report; what is printed of it, the exit code, and lines on what was fixed."""

    report: Report
    text: str
    code: int
    fixes: tuple[str, ...]


def check_anew(
    question: CheckQuestion, world: World, look: CheckLook, memory: CheckMemory | None
) -> NewCheck:
    """The answer to *question*, which is kept in *memory* unless it is a bug of ours."""
    answer = check_workflows(question, world, memory.reads if memory is not None else None)
    code = exit_code_of_check(answer.report)
    text = printed_answer("check", look.form, answer.report, View(code, look.ink, inventory=look.inventory))
    if memory is not None and code != ExitCode.BUG:
        memory.keep(KeptCheck(text, code))
    fixes = tuple(line for name, fixed in answer.fixed.items() for line in fix_lines(name, fixed))
    return NewCheck(answer.report, text, code, fixes)
