"""Gates: on exactly the candidates, in parallel, and no way around them."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.release.world import World, built_of, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import Bug, Stopped, ToolMissing, Unfinished
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress
from wholeship.release.ports import Trial, TrialResult
from wholeship.release.record import Record, gated
from wholeship.release.stages.build import assemble, build_candidates
from wholeship.release.stages.gate import clear, cleared, valid
from wholeship.release.stages.results import Built, Cleared, Held, Receipt
from wholeship.release.stages.settings import GateSettings

SRC = Path(__file__).parents[3] / "src" / "wholeship"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def candidates(world: World) -> tuple[Built, Record]:
    plan = world.plan()
    record = built_of(build_candidates(plan, Record(plan, {}), world.building))
    return assemble(record, world.client), record


@dataclass
class Own:
    """A runner that does what a test says."""

    act: Callable[[Trial, Event], TrialResult]
    missing: bool = False
    checked: int = 0
    trials: list[Trial] = field(default_factory=list)
    name: str = "own"

    def check(self) -> None:
        self.checked += 1
        if self.missing:
            raise ToolMissing("nothing runs containers here", advice="install one")

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        self.trials.append(trial)
        return self.act(trial, stop)


def gating(world: World, runner: Own) -> GateSettings:
    return replace(world.gating, runner_for=lambda gate: runner)


def test_all_pass_and_it_is_cleared(world: World) -> None:
    """Receipts name the gate, its definition, the digests, the platform, the time and the result."""
    built, record = candidates(world)
    answer = clear(built, record, world.gating)
    assert isinstance(answer, Cleared)
    receipts = {receipt.gate: receipt for receipt in answer.receipts}
    check = receipts["self-check"]
    assert check.digests == {"worker": record.candidates["worker"].digest}
    assert (check.passed, check.exit_code, check.platform, check.runner) == (True, 0, "linux/amd64", "small")
    assert check.at == "2026-05-28T18:28:33+00:00"
    assert check.fingerprint == built.plan.gates[0].fingerprint
    assert set(receipts["boots"].digests) == {"app", "worker", "embeddings"}


@pytest.mark.parametrize(
    ("code", "reason"), [(1, "exit code 1"), (None, "stopped at its time limit"), (137, "exit code 137")]
)
def test_one_that_fails_holds(world: World, code: int | None, reason: str) -> None:
    """The answer names every gate that did not pass, where its log is, and its last words."""
    world.runner.failing = {"self-check": code}
    built, record = candidates(world)
    answer = clear(built, record, world.gating)
    assert isinstance(answer, Held)
    assert len(answer.reasons) == 1
    assert reason in answer.reasons[0]
    assert answer.logs["self-check"].endswith("gate-self-check.log")
    assert answer.tails["self-check"] == ("the last words",)
    assert {receipt.gate for receipt in answer.receipts} == {"self-check", "boots"}


def test_independent_gates_run_side_by_side(world: World) -> None:
    """Both are under way at the same time."""
    together = threading.Barrier(2)

    def act(trial: Trial, stop: Event) -> TrialResult:
        together.wait(10)
        return TrialResult(0, 0.1)

    built, record = candidates(world)
    assert isinstance(clear(built, record, gating(world, Own(act))), Cleared)


def test_what_a_gate_is_given(world: World) -> None:
    """Pinned images; for an image gate the network, the limit and the platform."""
    runner = Own(lambda trial, stop: TrialResult(0, 0.1))
    built, record = candidates(world)
    clear(built, record, gating(world, runner))
    trials = {trial.name: trial for trial in runner.trials}
    check, boots = trials["self-check"], trials["boots"]
    assert str(check.image) == str(built.pinned("worker"))
    assert (check.command, check.network, check.timeout) == (("self-check",), "none", 600.0)
    assert (boots.image, boots.script) == (None, str(world.root / "scripts/smoke"))
    assert all("@sha256:" in str(pinned) for pinned in boots.images.values())


def test_a_receipt_is_not_asked_for_twice(world: World) -> None:
    """What passed on these digests is not run again; what failed is."""
    world.runner.failing = {"boots": 1}
    built, record = candidates(world)
    answer = clear(built, record, world.gating)
    for receipt in answer.receipts:
        record = record.with_receipt(receipt)
    world.runner.failing = {}
    world.runner.trials.clear()
    assert isinstance(clear(built, record, world.gating), Cleared)
    assert [trial.name for trial in world.runner.trials] == ["boots"]
    assert isinstance(cleared(built, record), Held)


CHANGES: dict[str, dict[str, Any]] = {
    "another digest": {"digests": {"worker": Digest.of(b"other")}},
    "more digests": {"digests": {"worker": Digest.of(b"other"), "app": Digest.of(b"x")}},
    "no digest": {"digests": {}},
    "another definition": {"fingerprint": Digest.of(b"other")},
    "another platform": {"platform": "linux/s390x"},
    "another gate": {"gate": "other"},
    "not passed": {"passed": False},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_receipt_that_does_not_fit_is_none(world: World, change: dict[str, Any]) -> None:
    """Digests, definition, platform and result: all of them, or it is no receipt."""
    built, record = candidates(world)
    gate = next(g for g in built.plan.gates if g.name == "self-check")
    good = Receipt(
        gate.name,
        gate.fingerprint,
        {"worker": record.candidates["worker"].digest},
        "linux/amd64",
        True,
        1.0,
        "now",
    )
    assert valid(record.with_receipt(good), built, gate) == good
    assert valid(record.with_receipt(replace(good, **change)), built, gate) is None


def test_without_a_receipt_nothing_is_cleared(world: World) -> None:
    """A promote job of its own takes receipts, runs nothing, and names what is lacking."""
    built, record = candidates(world)
    answer = cleared(built, record)
    assert isinstance(answer, Held)
    assert sorted(answer.reasons) == [
        "boots: no receipt for these digests",
        "self-check: no receipt for these digests",
    ]
    whole = clear(built, record, world.gating)
    for receipt in whole.receipts:
        record = record.with_receipt(receipt)
    assert isinstance(cleared(built, record), Cleared)


def test_a_runner_that_is_missing_is_known_first(world: World) -> None:
    """Before any gate runs."""
    runner = Own(lambda trial, stop: TrialResult(0, 0.1), missing=True)
    built, record = candidates(world)
    with pytest.raises(ToolMissing):
        clear(built, record, gating(world, runner))
    assert runner.trials == []


@pytest.mark.parametrize("name", ["self-check", "boots"])
def test_a_gate_that_could_not_be_run_is_no_answer(world: World, name: str) -> None:
    """Trouble is raised, the other gates are told to stop, and nothing is cleared."""
    told, both = threading.Event(), threading.Barrier(2)

    def act(trial: Trial, stop: Event) -> TrialResult:
        both.wait(10)
        if trial.name == name:
            raise Unfinished("the image could not be pulled")
        if stop.wait(10):
            told.set()
        raise Stopped("told to stop")

    built, record = candidates(world)
    with pytest.raises(Unfinished, match="could not be pulled"):
        clear(built, record, gating(world, Own(act)))
    assert told.is_set()


def test_each_result_is_in_the_journal_at_once(world: World) -> None:
    """A receipt outlives whatever comes after it."""
    built, record = candidates(world)
    answer = clear(built, record, world.gating)
    kept = [entry for entry in world.journal.kept if entry["kind"] == "gated"]
    assert sorted(map(str, kept)) == sorted(str(gated(receipt)) for receipt in answer.receipts)


def test_the_platform_is_this_machines_where_there_is_one(world: World) -> None:
    """Of several platforms the one that runs here; else the first there is."""
    runner = Own(lambda trial, stop: TrialResult(0, 0.1))
    plan = world.plan("release", version="1.2.3")
    record = built_of(build_candidates(plan, Record(plan, {}), world.building))
    clear(assemble(record, world.client), record, gating(world, runner))
    trial = next(t for t in runner.trials if t.name == "self-check")
    assert trial.platform == (
        Platform.here() if Platform.here() in plan.images[0].platforms else trial.platform
    )


def test_no_gate_is_allowed_only_aloud(tmp_path: Path) -> None:
    """`gates: none` clears at once; there is no other way to have none."""
    world = shop(tmp_path, "registry: 127.0.0.1:5000/one\nimages: {app: {}}\ngates: none\n")
    built, record = candidates(world)
    answer = clear(built, record, world.gating)
    assert isinstance(answer, Cleared)
    assert answer.receipts == ()


def test_nobody_else_makes_a_cleared(world: World) -> None:
    """The type is sealed, and only gate.py holds the seal."""
    built, _ = candidates(world)
    with pytest.raises(Bug):
        Cleared(built, (), object())
    users = [
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "wholeship.release.stages.results"
        and {"seal", "_SEAL"} & {name.name for name in node.names}
    ]
    assert users == ["release/stages/gate.py"]
    assert not [
        path for path in SRC.rglob("*.py") if path.name != "results.py" and "Cleared(" in path.read_text()
    ]
