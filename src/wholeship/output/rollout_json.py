"""A roll-out as JSON: a part of the answers of `release --wait` and `status --cluster`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from wholeship.output.encoding import struct_of

if TYPE_CHECKING:
    from wholeship.release.rollout import Rollout


class TroubleJson(Struct, frozen=True):
    """What is in the way. ``reason`` is Kubernetes' word, or ``Paused``, ``Partition`` or
    ``OtherContent``."""

    reason: str
    message: str
    advice: str
    pod: str


class StandingJson(Struct, frozen=True):
    """One workload; ``where`` is its namespace and name, with the kind where that is not Deployment.

    ``phase`` is ``running``, ``rolling``, ``waiting``, ``absent``, ``stuck`` or ``failed``; ``asks`` is the
    image in its spec, ``runs`` the digests of its pods.
    """

    image: str
    where: str
    phase: str
    asks: str
    ready: int
    wanted: int
    runs: list[str]
    troubles: list[TroubleJson]


class RolloutJson(Struct, frozen=True):
    """Every workload of a release. ``late``: the deadline passed first. ``problem``: why the cluster
    could not be asked; then nothing is said about what runs."""

    tag: str
    cluster: str
    done: bool
    late: bool
    seconds: float
    standings: list[StandingJson]
    problem: str


def rollout_json(rollout: Rollout) -> RolloutJson:
    """*rollout* as JSON."""
    return struct_of(RolloutJson, rollout)
