"""Every way wholeship stops, with the exit code it stops with.

The answer "no" is a value (a ``Held``, a ``Refused``, a report with findings). Exceptions
mean "could not answer", or "wrong flags or settings". Each carries what happened, and the advice a
person on call needs next. They are caught once, in ``cli/edge.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wholeship.core.place import Place


class ExitCode(IntEnum):
    """What the process tells its caller; the same for every command."""

    YES = 0
    NO = 1  # findings, gate held, refused; nothing half
    USAGE = 2  # wrong flags or configuration
    UNFINISHED = 3  # could not find out or not finished; safe to run again
    BUG = 4  # a bug in wholeship
    UNKNOWN = 5  # the commit-point write may or may not have happened
    HALF = 6  # a half release is visible now
    INTERRUPTED = 130


class WholeshipError(Exception):
    """Could not answer. ``message`` says what happened, ``advice`` what to do next."""

    exit_code: ExitCode = ExitCode.UNFINISHED

    def __init__(self, message: str, *, advice: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.place = place


class BadInput(WholeshipError):
    """A flag, a value or a file that does not say anything wholeship can act on."""

    exit_code = ExitCode.USAGE


class BadConfig(BadInput):
    """A release file with mistakes: all of them, each with its place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{first.message}{more}", advice=first.hint, place=first.place)
        self.problems = problems


class Problem:
    """One mistake in a file: what, where, and a hint when there is a likely meaning."""

    __slots__ = ("hint", "message", "place")

    def __init__(self, message: str, place: Place, hint: str = "") -> None:
        self.message = message
        self.place = place
        self.hint = hint

    def __repr__(self) -> str:
        return f"Problem({self.message!r}, {self.place}, hint={self.hint!r})"


class Unfinished(WholeshipError):
    """Stopped before the end; nothing half is visible, and running again is safe."""


class Damaged(Unfinished):
    """What was kept of a release, on disk or beside the images, cannot be believed."""


class Stopped(Unfinished):
    """Given up because it was told to: something else failed, or a person interrupted."""


class ToolMissing(Unfinished):
    """A program this needs is not installed, or does not answer."""


class CommandFailed(Unfinished):
    """A program that was run ended badly; ``tail`` holds its last lines."""

    def __init__(self, message: str, *, advice: str = "", tail: tuple[str, ...] = (), log: str = "") -> None:
        super().__init__(message, advice=advice)
        self.tail = tail
        self.log = log


class BuildFailed(CommandFailed):
    """A builder came to a step that does not work: a plain no. ``image`` is set by who asked for it."""

    image: str = ""


class CommitUnknown(WholeshipError):
    """The commit-point write was sent and its effect could not be read back."""

    exit_code = ExitCode.UNKNOWN


class HalfReleased(WholeshipError):
    """The watched deploy tag is visible and the release behind it is not whole."""

    exit_code = ExitCode.HALF


class RegistryError(Unfinished):
    """A registry did not give a usable answer. Never means "absent", never means "not written"."""


class RegistryUnreachable(RegistryError):
    """No connection, a broken one, or no answer in time."""


class RegistryDenied(RegistryError):
    """401 after a fresh token, or 403: the credentials do not allow this."""


class RegistryThrottled(RegistryError):
    """429 (or a quota) that outlasted the waiting budget."""


class RegistryUntrusted(RegistryError):
    """The registry answered with something that contradicts itself: wrong bytes, type, or size."""


class RegistryLacks(RegistryError):
    """The registry cannot take this as it is set up: nothing is half, and another try ends the same."""

    exit_code = ExitCode.NO


class RepositoryMissing(RegistryLacks):
    """A repository has to be made before it is pushed to; ``command`` makes it."""

    def __init__(self, repository: object, said: str, command: str) -> None:
        super().__init__(
            f"there is no repository {repository}, and this registry makes none by itself: {said}",
            advice=f"make it first: {command}; where its API can: --create-repositories",
        )
        self.repository, self.command = str(repository), command


def all_missing(missing: Sequence[RepositoryMissing]) -> RegistryLacks:
    """All of *missing* at once, each command on a line of its own."""
    if len(missing) == 1:
        return missing[0]
    names = ", ".join(error.repository for error in missing)
    commands = "; ".join(dict.fromkeys(error.command for error in missing))
    return RegistryLacks(
        f"there are no repositories {names}, and this registry makes none by itself",
        advice=f"make them first: {commands}; where its API can: --create-repositories",
    )


class ClusterError(Unfinished):
    """A Kubernetes cluster did not give a usable answer. Says nothing about what runs in it."""


class ClusterDenied(ClusterError):
    """401 or 403: the cluster does not know us, or does not let us look."""


class ClusterUnreachable(ClusterError):
    """No connection, or no answer in time."""


class Bug(WholeshipError):
    """An invariant of wholeship itself does not hold."""

    exit_code = ExitCode.BUG
