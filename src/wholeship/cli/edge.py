"""Where exceptions end: once, here. An unexpected one never looks like an answer."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wholeship.core.errors import BadConfig, BadInput, CommandFailed, ExitCode, WholeshipError
from wholeship.core.interrupts import sigterm_as_interrupt
from wholeship.core.late import late
from wholeship.core.text import Redactor, printable
from wholeship.core.version import VERSION

if TYPE_CHECKING:
    from tempfile import NamedTemporaryFile
    from traceback import format_exception, print_exc
else:  # for what seldom happens
    NamedTemporaryFile = late("tempfile:NamedTemporaryFile")
    format_exception, print_exc = late("traceback:format_exception"), late("traceback:print_exc")

ISSUES = "https://github.com/wholeship/wholeship/issues"


def guarded(call: Callable[[], int], *, verbose: bool = False) -> int:
    """The exit code of *call*, or of the exception that ended it, told on stderr.

    SIGTERM ends it as Ctrl-C does, so that the programs it has started end with it.
    """
    try:
        with sigterm_as_interrupt():
            code = int(call())
        sys.stdout.flush()  # an answer that did not arrive is none
        return code
    except KeyboardInterrupt:
        _say("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # `wholeship … | head`: no answer, and no bug.
        _drop_output()
        _say("error: the answer was not read to its end: the program that read it has ended")
        return ExitCode.UNFINISHED
    except BadConfig as error:
        for problem in error.problems:
            _say(f"{problem.place}: {problem.message}" + (f" ({problem.hint})" if problem.hint else ""))
        return error.exit_code
    except WholeshipError as error:
        where = f"{error.place}: " if error.place else ""
        _say(f"error: {where}{error.message}")
        if isinstance(error, CommandFailed):
            for line in error.tail:
                _say(f"  | {line}")
            if error.log:
                _say(f"  log: {error.log}")
        if error.advice:
            _say(f"  help: {error.advice}")
        if verbose:
            print_exc()
        return error.exit_code
    except OSError as error:
        if not _folder_is_there():
            _say("error: the folder this was called in is gone")
            _say("  help: change to one that is there")
            return ExitCode.USAGE
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return _bug(error)
        _drop_output()
        _say(f"error: the answer could not be written: {error.strerror}")
        _say("  help: make room where the output goes, and run it again")
        return ExitCode.UNFINISHED
    except Exception as error:
        return _bug(error)


@contextmanager
def standing_in(folder: str) -> Iterator[None]:
    """In *folder* for the time of the block; :class:`BadInput` where there is no such folder."""
    before = os.getcwd() if _folder_is_there() else None
    try:
        os.chdir(folder)
    except OSError as error:
        raise BadInput(f"-C {folder}: {error.strerror}") from None
    try:
        yield
    finally:
        if before is not None:
            os.chdir(before)


def _folder_is_there() -> bool:
    try:
        return bool(os.getcwd())
    except OSError:
        return False


def _drop_output() -> None:
    """What is still to be written goes nowhere, or Python would fail on it once more at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception) -> int:
    """Leave a log that can be pasted into an issue."""
    text = Redactor()("".join(format_exception(error)))
    report = f"wholeship {VERSION}, Python {sys.version.split()[0]}, {sys.platform}\n\n{text}"
    _say(f"a bug in wholeship: {type(error).__name__}: {error}")
    try:
        with NamedTemporaryFile(
            "w", prefix="wholeship-bug-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(report)
        _say(f"  the details are in {file.name}")
    except OSError:
        _say(report)
    _say(f"  please report it: {ISSUES}")
    return ExitCode.BUG


def _say(text: str) -> None:
    with suppress(OSError):  # nobody to tell, but the exit code is still the answer
        print(Redactor()(printable(text, newlines=True)), file=sys.stderr, flush=True)
