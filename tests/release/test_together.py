"""Long work side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import Event

import pytest

from wholeship.core.errors import Stopped
from wholeship.release.together import together


def test_results_come_in_order() -> None:
    """Whoever ends first."""
    stop, late = Event(), Event()

    def first() -> str:
        assert late.wait(10)
        return "first"

    def second() -> str:
        late.set()
        return "second"

    assert together([first, second], 2, stop) == ["first", "second"]
    assert not stop.is_set()
    assert together([], 2, stop) == []


def test_the_first_trouble_is_raised_and_nothing_more_begins() -> None:
    """Those under way are told and waited for; the error is the one that started it."""
    stop, begun, both = Event(), [], threading.Barrier(2)

    def waits() -> None:
        begun.append("waits")
        both.wait(10)
        assert stop.wait(10)
        raise Stopped("was told")

    def fails() -> None:
        begun.append("fails")
        both.wait(10)
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        together([waits, fails, waits, waits], 2, stop)
    assert sorted(begun) == ["fails", "waits"]


def test_an_interrupt_while_threads_are_started_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool would not wait for the thread that it was just starting: so no work has begun by then."""
    start, started, begun, stop = threading.Thread.start, [], [], Event()

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        started.append(thread)
        if len(started) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        together([lambda: begun.append("begun")] * 3, 2, stop)
    for thread in started:
        thread.join(10)
    assert stop.is_set()
    assert begun == []


def test_a_call_waits_for_those_it_comes_after() -> None:
    """In order of need, side by side where it can be; what fails is followed by nothing that needed it."""
    begun: list[str] = []
    both = threading.Barrier(2)

    def call(name: str, *, with_another: bool = False) -> Callable[[], str]:
        def run() -> str:
            begun.append(name)
            if with_another:
                both.wait(10)
            return name

        return run

    work = [call("app", with_another=True), call("base"), call("worker", with_another=True), call("last")]
    assert together(work, 4, Event(), [[1], [], [1], [0, 2]]) == ["app", "base", "worker", "last"]
    assert (begun[0], begun[-1]) == ("base", "last")

    def fails() -> str:
        raise ValueError("no base")

    with pytest.raises(ValueError, match="no base"):
        together([call("never"), fails], 4, Event(), [[1], []])
    assert "never" not in begun
