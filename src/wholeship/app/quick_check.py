"""A check that was typed before, word by word: its answer, before anything is loaded that takes time.

The key is the program, the folder, the words and the whole environment; so no word has to be understood. What
the answer rests on stands in the entry, and is looked at again as a check that looks anew would
(``check_ground.py``). Whatever is not found here is asked in the usual way (``kept_checks.py``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from wholeship.adapters import plain_files
from wholeship.adapters.answers import answer_folder, program_state
from wholeship.app.check_ground import digest_of, digest_of_parts, ground_of

COMMAND = "check"
_FORM = "1"
"""Of an entry; another one is not understood."""
_PASSING = frozenset((b"_", b"OLDPWD", b"SHLVL"))
"""Variables that say nothing but how the shell came here."""


def quick_key(words: Sequence[str]) -> str:
    """What an answer to *words*, asked here and now, is kept under; empty where none is kept.

    ``-C`` is for the usual way: what is named starts in another folder then.
    """
    if words[:1] != [COMMAND] or "--no-cache" in words or any(map(_may_move, words)):
        return ""
    program = program_state()
    variables = sorted(each for each in os.environb.items() if each[0] not in _PASSING)
    try:
        here = os.getcwd()
    except OSError:
        return ""
    asked = (program, here, str(sys.stdout.isatty()), repr(list(words)), repr(variables))
    return digest_of_parts(asked) if program else ""


def quick_answer(key: str) -> tuple[str, int] | None:
    """What was printed and the exit code, if both would be the same again; None where that is not known."""
    held = answer_folder().recall(key) if key else None
    try:
        return _read_entry(held) if held else None
    except (ValueError, IndexError, OSError):
        return None


def quick_entry(
    answer: tuple[str, int],
    asked: tuple[Sequence[str], str, str],
    ground: str,
    reads: Mapping[str, Mapping[str, str]],
) -> bytes:
    """*answer* as it is kept, for :func:`quick_answer`; empty where it cannot be.

    *asked* are the workflows, release file and baseline that were named, *ground* what they were, and *reads*
    what was read besides: by root and path the digest.
    """
    text, code = answer
    paths, release_file, baseline = asked
    read = [each for root, found in reads.items() for one in found.items() for each in (root, *one)]
    fields = [_FORM, str(code), ground, release_file, baseline, str(len(paths)), *paths, *read]
    if any("\0" in each for each in fields):
        return b""
    head = "\0".join(fields).encode("utf-8", "surrogateescape")
    return str(len(head)).encode() + b"\0" + head + text.encode()


def _read_entry(held: bytes) -> tuple[str, int] | None:
    length, _, rest = held.partition(b"\0")
    head, text = rest[: int(length)], rest[int(length) :]
    form, code, ground, release_file, baseline, number, *more = head.decode("utf-8", "surrogateescape").split(
        "\0"
    )
    paths, read = more[: int(number)], more[int(number) :]
    if form != _FORM or ground != ground_of(paths, release_file, baseline, _FilesHere()):
        return None
    for root, path, digest in zip(read[::3], read[1::3], read[2::3], strict=True):
        if digest_of(plain_files.read_below(os.path.realpath(root), path)) != digest:
            return None
    return text.decode(), int(code)


def _may_move(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "C" in word


class _FilesHere:
    """The files of this machine."""

    read_file = staticmethod(plain_files.read_file)
    root_of = staticmethod(plain_files.root_of)

    def history_file(self, root: str) -> str:
        return os.path.join(root, plain_files.NAME, plain_files.FORECASTS)
