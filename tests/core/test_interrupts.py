"""Ctrl-C and SIGTERM: heard for the time of a block, and all is as before after it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

import pytest

from wholeship.core.interrupts import STOPPING, kept_back, sigterm_as_interrupt, stoppable

BLOCKS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "stoppable": stoppable,
    "sigterm as interrupt": sigterm_as_interrupt,
    "kept back": kept_back,
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_the_handlers_are_as_before(block: Callable[[], AbstractContextManager[object]]) -> None:
    """After the block the former handlers are there again, also where it was left by an exception."""
    before = [signal.getsignal(each) for each in STOPPING]
    with block():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(each) for each in STOPPING] == before
    with pytest.raises(KeyError), block():
        raise KeyError
    assert [signal.getsignal(each) for each in STOPPING] == before


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_a_strange_handler_is_no_trouble(
    block: Callable[[], AbstractContextManager[object]],
) -> None:
    """One that was not set from Python (None) cannot be set again: the block ends without an error."""
    code = (
        "import ctypes, signal\nfrom wholeship.core.interrupts import *\n"
        "handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda number: None)\n"
        "ctypes.CDLL(None).signal(int(signal.SIGTERM), handler)\n"
        f"with {block.__name__}(): pass\n"
        "print(signal.getsignal(signal.SIGTERM))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_another_thread_hears_no_signals(block: Callable[[], AbstractContextManager[object]]) -> None:
    """In a thread of its own nothing is set, and nothing fails."""
    entered: list[bool] = []

    def enter() -> None:
        with block():
            entered.append(True)

    before = signal.getsignal(signal.SIGTERM)
    thread = Thread(target=enter)
    thread.start()
    thread.join()
    assert entered == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_is_kept_back_is_handed_over() -> None:
    """A signal in the block interrupts nothing, and is there to be raised after it."""
    with kept_back() as heard:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert heard == [signal.SIGTERM, signal.SIGINT]


def test_sigterm_is_as_ctrl_c() -> None:
    """Both ways of hearing it end in KeyboardInterrupt."""
    for block in (stoppable, sigterm_as_interrupt):
        with pytest.raises(KeyboardInterrupt), block():
            signal.raise_signal(signal.SIGTERM)
