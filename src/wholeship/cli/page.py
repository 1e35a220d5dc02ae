"""What is written beside what is printed: ``--html FILE``, a page, and ``--output FORMAT=FILE``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from wholeship.core.errors import BadInput, ExitCode, Unfinished
from wholeship.core.text import printable
from wholeship.output.formats import View, formats_of, printed_answer


def page_option(parser: argparse.ArgumentParser) -> None:
    """The flag."""
    parser.add_argument("--html", metavar="FILE", help="also write the answer as one self-contained page")


def output_option(parser: argparse.ArgumentParser) -> None:
    """The flag for further formats; may be repeated."""
    text = "also write the answer in this format to a file (may be repeated)"
    parser.add_argument("--output", action="append", default=[], metavar="FORMAT=FILE", help=text)


def check_page(file: str | None, flag: str = "--html FILE") -> None:
    """:class:`BadInput` when a file is wanted where none can be: better known before the work than after."""
    if not file:
        return
    from wholeship.adapters.files import check_replaceable

    target = Path(file)
    try:
        if target.is_dir():
            raise BadInput(f"{target} is a folder", advice=f"name a file: {flag}")
        if not target.parent.is_dir():
            raise BadInput(f"there is no folder {target.parent} to write {target.name} to")
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from None
    check_replaceable(target)


def check_outputs(answer: str, given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Formats and files that ``--output`` names; :class:`BadInput` when one of them cannot be."""
    pairs = tuple((form, file) for form, _, file in (each.partition("=") for each in given))
    for form, file in pairs:
        if form not in formats_of(answer):
            raise BadInput(f"there is no format {form}", advice=f"formats: {', '.join(formats_of(answer))}")
        if not file:
            raise BadInput(f"--output {form} names no file", advice=f"write --output {form}=FILE")
        check_page(file, f"--output {form}=FILE")
    return pairs


def write_outputs(answer: str, pairs: Sequence[tuple[str, str]], value: object, code: int) -> int:
    """Write *value* in each format to its file, whatever becomes of the others; the exit code, *code* unless
    one fails."""
    ends = [
        _write_beside(file, printed_answer(answer, form, value, View(code)), form, code)
        for form, file in pairs
    ]
    return next((end for end in ends if end != code), code)


def write_page(file: str | None, page: str, answer: object, code: int, *more: object) -> int:
    """Write the page of *answer*, if one is wanted; the exit code, *code* unless that fails.

    *page* names what makes it: a function of a module in ``output/page/``, as ``status:status_page``. A page
    that could not be written never hides the answer of the command.
    """
    if not file:
        return code
    from wholeship.output.page import render_page

    module, _, function = page.partition(":")
    make = getattr(import_module(f"wholeship.output.page.{module}"), function)
    return _write_beside(file, render_page(make(answer, *more)), "page", code)


def _write_beside(file: str, text: str, what: str, code: int) -> int:
    """Write it; where that fails it is said, and a yes becomes "not finished": the file was asked for."""
    from wholeship.adapters.files import write_over

    try:
        write_over(Path(file), text)
    except Unfinished as error:
        message = printable(f"error: the {what} was not written: {error.message}", newlines=True)
        print(f"{message}\n  help: what was printed holds all the same", file=sys.stderr)
        return ExitCode.UNFINISHED if code == ExitCode.YES else code
    return code
