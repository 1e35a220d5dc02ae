"""What a release will take, from what earlier ones took on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wholeship.core.values import dataclass
from wholeship.logic.schedule import Activity, Duration, run
from wholeship.release.contexts import in_order_of_need
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.record import Record


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds for builds and gates, bytes of builder storage; None: nothing to go by."""

    seconds: float | None = None
    disk_bytes: int | None = None
    based_on: str = ""


def forecast_plan(plan: Plan, earlier: Iterable[Record], width: int, *, done: Iterable[str] = ()) -> Forecast:
    """Builds *width* at a time, then gates, each as long as the last time it was done.

    Images in *done* are built already. Nothing is said when an image or gate was never seen.
    """
    records = list(earlier)
    builds, storage = _last_builds(records)
    gates = {r.gate: r.seconds for record in reversed(records) for r in record.receipts}
    waiting = [image.name for image in plan.built_images if image.name not in set(done)]
    if any(name not in builds for name in waiting) or any(g.name not in gates for g in plan.gates):
        return Forecast()
    ways = _longest_ways(plan.built_images, builds)
    waiting.sort(key=lambda name: -ways[name])  # as they are begun, see longest_first
    needs_of = {name: tuple(other for other in plan.needs[name] if other in waiting) for name in waiting}
    activities = [
        Activity(name, needs_of[name], Duration.exactly(builds[name]), ("builds",)) for name in waiting
    ]
    needs = tuple(waiting)
    activities += [
        Activity(f"gate {gate.name}", needs, Duration.exactly(gates[gate.name])) for gate in plan.gates
    ]
    timings = run(activities, {"builds": max(1, width)}, lambda duration: duration.at(0.5))
    total = max((timing.end for timing in timings.values()), default=0.0)
    disk = sum(storage[name] for name in waiting) if all(storage.get(n) for n in waiting) else None
    return Forecast(round(total, 1), disk, str(records[0].plan.tag))


def longest_first(images: Iterable[PlannedImage], earlier: Iterable[Record]) -> list[PlannedImage]:
    """*images* in the order in which to begin them: what took longest goes first, with all that is built from
    it; what is new goes before all.

    With fewer places than images, a long build that starts last keeps everybody waiting.
    """
    seconds, _ = _last_builds(list(earlier))
    wanted = list(images)
    ways = _longest_ways(wanted, seconds)
    return sorted(wanted, key=lambda image: -ways[image.name])


def _longest_ways(images: Iterable[PlannedImage], seconds: Mapping[str, float]) -> Mapping[str, float]:
    """Seconds from the beginning of each build to the end of the last one that waits for it."""
    needs = {image.name: image.needs for image in images}
    ways: dict[str, float] = {}
    for name in reversed(in_order_of_need(needs, needs)):
        after = (ways[other] for other, wanted in needs.items() if name in wanted)
        ways[name] = seconds.get(name, float("inf")) + max(after, default=0.0)
    return ways


def _last_builds(records: list[Record]) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """Seconds (build and push) and storage by image, the newest figures (*records* come newest first)."""
    seconds: dict[str, float] = {}
    storage: dict[str, int] = {}
    for record in reversed(records):
        for candidate in record.candidates.values():
            if not candidate.reused_from:
                seconds[candidate.image] = candidate.built_seconds + candidate.pushed_seconds
                storage[candidate.image] = candidate.storage_bytes
    return seconds, storage
