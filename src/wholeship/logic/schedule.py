"""How long a set of dependent activities takes when the places to run them are limited.

An activity starts when everything it needs has ended and every limit it counts against has room;
those that wait start in the order in which they became ready. Durations are distributions, so an
estimate is made of many simulated runs, drawn from one seed: same input, same figures.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from wholeship.core.values import dataclass

RUNS = 400
"""Simulated runs per estimate; the median of 400 draws moves by about 1 % between seeds."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds something takes: observed values (sorted), or a log-normal curve through two of them."""

    samples: tuple[float, ...] = ()
    median: float = 0.0
    p90: float = 0.0

    @classmethod
    def exactly(cls, seconds: float) -> Duration:
        """Always the same."""
        return cls((seconds,))

    @classmethod
    def observed(cls, seconds: Sequence[float]) -> Duration:
        """As it was seen; needs at least one value."""
        if not seconds:
            raise ValueError("no observation")
        return cls(tuple(sorted(seconds)))

    @classmethod
    def between(cls, median: float, p90: float) -> Duration:
        """A skewed curve through *median* and *p90*, the two figures people know."""
        return cls.exactly(median) if p90 <= median or median <= 0 else cls((), median, p90)

    def at(self, probability: float) -> float:
        """The quantile: seconds that a share of *probability* of the runs stays under."""
        if not self.samples:
            sigma = math.log(self.p90 / self.median) / 1.2815515655446004
            return self.median * math.exp(sigma * _normal_quantile(probability))
        spot = probability * (len(self.samples) - 1)
        low = math.floor(spot)
        high = min(low + 1, len(self.samples) - 1)
        return self.samples[low] + (self.samples[high] - self.samples[low]) * (spot - low)

    def scaled(self, factor: float) -> Duration:
        """The same curve, *factor* times as long."""
        return Duration(tuple(s * factor for s in self.samples), self.median * factor, self.p90 * factor)


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing to do: what it needs done before, how long it takes, and the limits it counts against.

    ``delay`` passes between being allowed to start and starting (a queue outside our sight).
    """

    id: str
    needs: tuple[str, ...]
    duration: Duration
    limits: tuple[str, ...] = ()
    delay: Duration = Duration((0.0,))


@dataclass(frozen=True, slots=True)
class Timing:
    """When an activity could start, did start and ended (seconds), and what it waited for last."""

    ready: float
    start: float
    end: float
    after: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What many simulated runs say. Seconds.

    ``path`` is the critical path of the run with every duration at its median; ``share`` says in
    which part of all runs an activity was critical; ``slack`` how much longer it could take in the
    median run before the total grows.
    """

    median: float
    p90: float
    path: tuple[str, ...]
    share: Mapping[str, float]
    slack: Mapping[str, float]
    timings: Mapping[str, Timing]


class Cycle(ValueError):
    """Activities that wait for each other, or for something that is not there."""

    def __init__(self, left: Sequence[str]) -> None:
        super().__init__("these wait for each other: " + ", ".join(sorted(left)[:8]))
        self.left = tuple(left)


def run(
    activities: Sequence[Activity], limits: Mapping[str, int], length: Callable[[Duration], float]
) -> dict[str, Timing]:
    """One run: when everything starts and ends. Raises :class:`Cycle`."""
    by_id = {a.id: a for a in activities}
    missing = {a.id: len({n for n in a.needs if n in by_id}) for a in activities}
    dependants: dict[str, list[str]] = defaultdict(list)
    for activity in activities:
        for need in set(activity.needs):
            dependants[need].append(activity.id)
    free = dict(limits)
    timings: dict[str, Timing] = {}
    ready_at: dict[str, float] = {}
    last_need: dict[str, str] = {}
    order = count()
    waiting: list[tuple[float, int, str]] = []
    ending: list[tuple[float, int, str]] = []

    def make_ready(name: str, now: float, after: str) -> None:
        ready_at[name], last_need[name] = now, after
        heapq.heappush(waiting, (now + length(by_id[name].delay), next(order), name))

    def start_what_fits(now: float, released: str) -> None:
        held = []
        while waiting and waiting[0][0] <= now:
            entry = heapq.heappop(waiting)
            activity = by_id[entry[2]]
            if all(free.get(limit, 1) > 0 for limit in activity.limits):
                for limit in activity.limits:
                    if limit in free:
                        free[limit] -= 1
                was_held = now > entry[0] and bool(released)
                end = now + length(activity.duration)
                timings[activity.id] = Timing(
                    ready_at[activity.id], now, end, released if was_held else last_need[activity.id]
                )
                heapq.heappush(ending, (end, next(order), activity.id))
            else:
                held.append(entry)
        for entry in held:
            heapq.heappush(waiting, entry)

    for activity in activities:
        if not missing[activity.id]:
            make_ready(activity.id, 0.0, "")
    now = 0.0
    start_what_fits(now, "")
    while ending or waiting:
        next_start = min((w[0] for w in waiting if w[0] > now), default=math.inf)
        next_end = ending[0][0] if ending else math.inf
        if math.isinf(min(next_start, next_end)):
            break  # a limit of zero: nothing can ever start
        if next_start < next_end:
            now = next_start
            start_what_fits(now, "")
            continue
        now, _, done = heapq.heappop(ending)
        for limit in by_id[done].limits:
            if limit in free:
                free[limit] += 1
        for dependant in dependants[done]:
            missing[dependant] -= 1
            if not missing[dependant]:
                make_ready(dependant, now, done)
        start_what_fits(now, done)
    if len(timings) < len(activities):
        raise Cycle([a.id for a in activities if a.id not in timings])
    return timings


def critical(timings: Mapping[str, Timing]) -> tuple[str, ...]:
    """The chain that decided the end: each activity was started by the end of the one before it."""
    if not timings:
        return ()
    name = max(timings, key=lambda n: (timings[n].end, n))
    chain = [name]
    while (name := timings[name].after) and name not in chain:
        chain.append(name)
    return tuple(reversed(chain))


def estimate(
    activities: Sequence[Activity],
    limits: Mapping[str, int] | None = None,
    *,
    runs: int = RUNS,
    seed: int = 0,
) -> Estimate:
    """Simulate *runs* runs and sum them up. Raises :class:`Cycle`."""
    limits = limits or {}
    middle = run(activities, limits, lambda d: d.at(0.5))
    total = max((t.end for t in middle.values()), default=0.0)
    path = critical(middle)
    draws = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    seen: Counter[str] = Counter()
    totals = []
    for _ in range(runs):
        timings = run(activities, limits, lambda d: d.at(draws.random()))
        totals.append(max((t.end for t in timings.values()), default=0.0))
        seen.update(critical(timings))
    totals.sort()
    spread = Duration(tuple(totals)) if totals else Duration((total,))
    return Estimate(
        median=spread.at(0.5),
        p90=spread.at(0.9),
        path=path,
        share={a.id: seen[a.id] / runs if runs else float(a.id in path) for a in activities},
        slack=_slack(activities, middle, total),
        timings=middle,
    )


def _slack(activities: Sequence[Activity], timings: Mapping[str, Timing], total: float) -> dict[str, float]:
    # The latest end of an activity is the latest start of what follows it, by need or by the limit it freed.
    following: dict[str, set[str]] = defaultdict(set)
    for activity in activities:
        for need in activity.needs:
            following[need].add(activity.id)
    for name, timing in timings.items():
        if timing.after:
            following[timing.after].add(name)
    slack: dict[str, float] = {}
    for name in sorted(timings, key=lambda n: (-timings[n].end, -timings[n].start)):
        nexts = [timings[f].start + slack[f] for f in following[name] if f in slack]
        slack[name] = max(0.0, min(nexts, default=total) - timings[name].end)
    return slack


def _normal_quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(min(max(p, 1e-6), 1 - 1e-6))
