"""Faults strike where they are told to, as often as they are told to, and nowhere else."""

from __future__ import annotations

from functools import partial

import pytest

from wholeship.core.http import Headers, Request, Response, TransportError
from wholeship.testing.clock import FakeClock
from wholeship.testing.faults import FAULTS, Fault, FaultyTransport, Killed, meanwhile


class Echo:
    """Answers 200 and remembers what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        self.reached.append(request.url)
        return Response(200, Headers({"Content-Type": "application/json"}), b'{"tags": ["a"], "layers": []}')


def send(transport: FaultyTransport, path: str = "/v2/a/manifests/t", method: str = "GET") -> Response:
    return transport.send(Request(method, f"http://h{path}"), limit=1000, timeout=60)


def outcomes(transport: FaultyTransport, count: int, **more: str) -> list[str]:
    for _ in range(count):
        try:
            send(transport, **more)
        except (TransportError, Killed):
            continue
    return [step.outcome for step in transport.steps]


def test_without_a_fault_everything_passes_and_is_counted() -> None:
    """The faultless run gives the number of exchanges."""
    transport = FaultyTransport(Echo(), FakeClock())
    assert outcomes(transport, 3) == ["200"] * 3
    assert (transport.count, transport.hits) == (3, 0)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("status-503", ["200", "503", "200", "200", "200", "200"]),
        ("status-503-thrice", ["200", "503", "503", "503", "200", "200"]),
        ("status-503-forever", ["200", "503", "503", "503", "503", "503"]),
    ],
)
def test_a_fault_strikes_from_its_exchange_on_for_its_times(name: str, seen: list[str]) -> None:
    """At the second exchange: once, three times, for ever."""
    assert outcomes(FaultyTransport(Echo(), FakeClock(), FAULTS[name], 2), 6) == seen


@pytest.mark.parametrize(("name", "reached"), [("reset-before", 2), ("reset-after", 3)])
def test_before_and_after_the_effect(name: str, reached: int) -> None:
    """The difference that a client cannot see."""
    echo = Echo()
    assert outcomes(FaultyTransport(echo, FakeClock(), FAULTS[name], 2), 3) == [
        "200",
        "TransportError",
        "200",
    ]
    assert len(echo.reached) == reached


@pytest.mark.parametrize(("name", "reached"), [("kill-before", 1), ("kill-after", 2)])
def test_the_dead_send_nothing(name: str, reached: int) -> None:
    """After a kill every exchange is a kill, and nothing reaches the registry."""
    echo = Echo()
    transport = FaultyTransport(echo, FakeClock(), FAULTS[name], 2)
    outcomes(transport, 5)
    assert transport.killed
    assert len(echo.reached) == reached
    with pytest.raises(Killed):
        send(transport)


def test_a_kill_is_not_caught_as_an_error() -> None:
    """No handler of exceptions gets in its way, as none would get in SIGKILL's."""
    assert not issubclass(Killed, Exception)


def test_a_fault_of_some_exchanges_leaves_the_others_alone() -> None:
    """A fault of writes at an exchange that reads is not met, which the driver can tell."""
    transport = FaultyTransport(Echo(), FakeClock(), FAULTS["cut-write"], 2)
    assert outcomes(transport, 3) == ["200"] * 3
    assert transport.hits == 0


def test_time_passes_only_where_it_would() -> None:
    """A time-out takes its time on the clock it was given; others take none."""
    clock = FakeClock()
    outcomes(FaultyTransport(Echo(), clock, FAULTS["late-after"], 1), 2)
    assert clock.slept == [60]


def test_other_people_act_in_between() -> None:
    """Before or after the exchange, once."""
    log: list[int] = []
    for after in (False, True):
        echo = Echo()
        act = partial(_note, log, echo)
        fault = meanwhile("C1", "rebound", "a tag is moved", act, after=after)
        outcomes(FaultyTransport(echo, FakeClock(), fault, 2), 4)
    assert log == [1, 2]


def _note(log: list[int], echo: Echo) -> None:
    log.append(len(echo.reached))


def test_every_row_has_its_faults() -> None:
    """The families that live in HTTP, each with at least one; names are said once."""
    rows = {fault.row for fault in FAULTS.values()}
    assert rows == {"K1", "K2", *(f"R{n}" for n in range(1, 14)), "A2", "L4"}
    assert all(fault.name == name for name, fault in FAULTS.items())


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: str(fault.name))
def test_faults_are_deterministic(fault: Fault) -> None:
    """The same exchange under the same fault gives the same outcome."""
    path = "/token" if fault.row == "A2" else "/v2/a/tags/list" if fault.row == "L4" else "/v2/a/manifests/t"
    method = "PUT" if fault.name in ("cut-write", "lying-201") else "GET"
    runs = [
        outcomes(FaultyTransport(Echo(), FakeClock(), fault, 1), 3, path=path, method=method)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
