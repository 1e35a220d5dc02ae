"""Answers of the release commands → the exit code of the process (``core/errors.py`` has the table)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.core.errors import ExitCode
from wholeship.release.lifecycle import State
from wholeship.release.repaired import Mended, NeedsPerson
from wholeship.release.stages.results import Drifted, Foreseen, Held, Promoted, Refused, Verified
from wholeship.release.status import Whole

if TYPE_CHECKING:
    from wholeship.release.deletion import Deleted
    from wholeship.release.rollout import Rollout
    from wholeship.release.ship import Shipped

_STATUS = {
    Whole.WHOLE: ExitCode.YES,
    Whole.HALF: ExitCode.HALF,
    Whole.ABSENT: ExitCode.NO,
    Whole.UNKNOWN: ExitCode.UNFINISHED,
}


def exit_code_of_release(shipped: Shipped, rollout: Rollout | None = None) -> ExitCode:
    """Out and proved: yes. Aliases still to move: not finished. Half: the loudest.

    And, where that was waited for, whether it runs.
    """
    code = _exit_code_of_shipped(shipped)
    return code if rollout is None else max(code, exit_code_of_rollout(rollout))


def _exit_code_of_shipped(shipped: Shipped) -> ExitCode:
    if isinstance(shipped.outcome, Foreseen):
        return ExitCode.HALF if shipped.outcome.half else ExitCode.YES
    if not isinstance(shipped.outcome, Promoted):
        return ExitCode.NO
    if shipped.proof is not None and not isinstance(shipped.proof, Verified):
        return exit_code_of_proof(shipped.proof)
    return ExitCode.YES if shipped.outcome.finished else ExitCode.UNFINISHED


def exit_code_of_proof(proof: Verified | Drifted, distrusted: Held | Refused | None = None) -> ExitCode:
    """What reading back amounts to; *distrusted*: why what is stated of it is not believed, if that was
    asked."""
    if isinstance(proof, Verified):
        return ExitCode.YES if distrusted is None else ExitCode.NO
    if proof.half:
        return ExitCode.HALF
    return ExitCode.UNFINISHED if proof.late else ExitCode.NO


def exit_code_of_status(answer: Whole, rollout: Rollout | None = None) -> ExitCode:
    """What is out, and, where that was asked, whether it runs."""
    code = _STATUS[answer]
    return code if rollout is None else max(code, exit_code_of_rollout(rollout))


def exit_code_of_repair(answer: Mended | NeedsPerson | Refused | Foreseen) -> ExitCode:
    """What repair amounts to."""
    if isinstance(answer, Foreseen):
        return ExitCode.HALF if answer.half else ExitCode.YES
    if isinstance(answer, Mended):
        done = answer.promoted is None or answer.promoted.finished
        return ExitCode.YES if done else ExitCode.UNFINISHED
    if isinstance(answer, NeedsPerson):
        if answer.half:
            return ExitCode.HALF
        return ExitCode.UNFINISHED if answer.state is State.UNKNOWN else ExitCode.NO
    return ExitCode.NO


def exit_code_of_withdrawal(
    shipped: Shipped | None, deleted: Deleted | None, would: Sequence[str]
) -> ExitCode:
    """Yes: every tag is gone, or the earlier release is out and proved, or would be."""
    if shipped is not None:
        return exit_code_of_release(shipped)
    return ExitCode.YES if would or (deleted is not None and deleted.all_gone) else ExitCode.NO


def exit_code_of_rollout(rollout: Rollout) -> ExitCode:
    """Everywhere: yes. Something in the way: no. Late, or not to be found out: not finished."""
    if rollout.done:
        return ExitCode.YES
    return ExitCode.NO if rollout.stuck else ExitCode.UNFINISHED
