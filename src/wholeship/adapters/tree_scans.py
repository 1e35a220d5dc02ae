"""Programs of others that look at a tree and answer in JSON: linters and scanners for secrets.

They run in the tree with a plain environment, no input, and for a limited time. A program that finds
something may end with any exit code: what counts is whether its answer can be read.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from wholeship.adapters.process import PLAIN, allowed_environment, program_path
from wholeship.core.errors import BadInput, ToolMissing
from wholeship.core.jsons import parse_json
from wholeship.core.text import printable

SECONDS = 120.0
Found = TypeVar("Found")

_UNREADABLE = (OSError, BadInput, KeyError, TypeError, ValueError, IndexError, AttributeError)


class NoScan(Exception):
    """The program gave no answer; the text says why, in a few words."""


def scan_tree(
    name: str,
    arguments: Sequence[str],
    tree: Path,
    read: Callable[[Any], Iterable[Found]],
    report: Path | None = None,
) -> tuple[Found, ...]:
    """What the program *name* finds in *tree*: its JSON, on standard output or in *report*, through *read*.

    Raises :class:`NoScan` where it is not installed, takes longer than ``SECONDS`` or cannot be understood.
    """
    done = _run_in(tree, name, arguments)
    try:
        said = done.stdout if report is None else report.read_bytes()
        return tuple(read(parse_json(said, what=f"the answer of {name}")))
    except _UNREADABLE:
        words = printable(done.stderr.decode(errors="replace").strip(), limit=200)
        raise NoScan(f"its answer could not be read (exit code {done.returncode}): {words}") from None


def _run_in(tree: Path, name: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [program_path(name), *arguments],
            cwd=tree,
            env=allowed_environment(PLAIN),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            start_new_session=True,
            check=False,
        )
    except ToolMissing:
        raise NoScan("not installed") from None
    except subprocess.TimeoutExpired:
        raise NoScan(f"no answer in {SECONDS:g} s") from None
