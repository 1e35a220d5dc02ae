"""The command line: an answer that is known is given, before anything is loaded; else the words are read.

Nothing that takes time is imported here, not even what reads the words.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from wholeship.output import streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wholeship.cli.world import MakeWorld

YOUNG = 100_000
"""So many new objects are made before Python looks which are rubbish: to load a command makes as many."""


def main(argv: Sequence[str] | None = None, make_world: MakeWorld | None = None) -> int:
    """Run one command; the exit code of the process (``core/errors.py`` has the table).

    *make_world* makes the world it acts in, for whoever has another than the real one.
    """
    streams.prepare()
    if argv is None:
        _live_shortly()
    words = list(sys.argv[1:] if argv is None else argv)
    key = ""
    if words[:1] == ["check"] and make_world is None:
        quick = import_module("wholeship.app.quick_check")
        key = quick.quick_key(words)
        if (answer := quick.quick_answer(key)) is not None:
            if (lost := streams.give(answer[0])) is None:
                return int(answer[1])
            return int(import_module("wholeship.cli.edge").guarded(partial(streams.fail, lost)))
    run = import_module("wholeship.cli.parsing").run_command
    return int(import_module("wholeship.core.frames").with_room(partial(run, words, make_world, key)))


def _live_shortly() -> None:
    """Rubbish is looked for less often than Python would, and not once more as the process ends."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)
