"""Standard input, output and error as a command finds them: closed, or too narrow for what is said."""

from __future__ import annotations

import codecs
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

ESCAPE = "wholeship-escape"


def prepare() -> None:
    r"""Streams that take whatever a command says.

    A closed one leads nowhere: Python leaves ``None`` there, and the next file opened would get its
    number. What the encoding of a stream cannot spell (``LC_ALL=C`` with ``PYTHONCOERCECLOCALE=0``,
    Latin-1, half of a file name) is written as ``\uXXXX``, which JSON reads back.
    """
    codecs.register_error(ESCAPE, _escaped)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _nowhere(number, mode))
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPE)


def give(text: str) -> OSError | None:
    """Print *text* to its end; why that failed, where it did."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def fail(error: OSError) -> int:
    """Raise *error*, where an exit code was hoped for."""
    raise error


def _nowhere(number: int, mode: str) -> IO[str]:
    descriptor = os.open(os.devnull, os.O_RDWR)
    if descriptor != number:
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.set_inheritable(number, True)
    return open(number, mode, encoding="utf-8", closefd=False)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    units = (text[at : at + 2].hex() for at in range(0, len(text), 2))
    return "".join(rf"\u{unit}" for unit in units), error.end
