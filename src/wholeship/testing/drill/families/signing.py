"""S: a release that is attested. Nothing is visible before what is stated of it lies signed beside it."""

from __future__ import annotations

from dataclasses import replace

from wholeship.core.errors import Unfinished
from wholeship.release.ship import Shipped, ship
from wholeship.release.stages.settings import AttestSettings
from wholeship.testing.drill.engine import Case, Strikes
from wholeship.testing.drill.machine import Machine, prepared, promoting
from wholeship.testing.drill.stage import Setting, Stage
from wholeship.testing.faults import FAULTS
from wholeship.testing.signing import MemorySigner, MemoryVerifier

ATTESTED = Setting(attests=True)
BY_TAG = Setting(attests=True, has_referrers=False)
"""A registry that keeps no list of referrers, so that a tag has to."""
PLAYED = ("kill-before", "kill-after", "status-503", "reset-before", "reset-after", "gateway-502-after")


def _without_token(machine: Machine) -> Shipped:
    """A release on a day without an identity: everything is there but the signature."""
    settings = machine.stage_settings()
    signer = _Late(failing=Unfinished("no token today"))
    none = AttestSettings(MemoryVerifier(), signer)
    return ship(machine.stage.plan, replace(settings, attesting=lambda: none))


def _signed_by_a_stranger(machine: Machine) -> Shipped:
    """A release that somebody signs who is not trusted."""
    settings = machine.stage_settings()
    foreign = AttestSettings(MemoryVerifier(), MemorySigner("a stranger"))
    return ship(machine.stage.plan, replace(settings, attesting=lambda: foreign))


def _gated(stage: Stage) -> None:
    """Built and gated, by a machine that has gone since."""
    prepared(stage)


class _Late(MemorySigner):
    """Looks good until it has to sign."""

    def check(self) -> None:
        """Nothing is wrong yet."""

    def sign(self, statement: bytes) -> bytes:
        """It raises."""
        assert self.failing is not None
        raise self.failing


CASES = (
    *(
        Case(
            f"S{number}",
            f"{name}{'-listed-by-tag' if setting is BY_TAG else ''}",
            f"{FAULTS[name].what}: a release that is attested"
            + (", on a registry without a list of referrers" if setting is BY_TAG else ""),
            setting=setting,
            fault=FAULTS[name],
        )
        for setting in (ATTESTED, BY_TAG)
        for number, name in enumerate(PLAYED, 1)
    ),
    Case(
        "S7",
        "no-token",
        "nothing can be signed: nothing is promoted",
        Strikes.ONCE,
        setting=ATTESTED,
        act=_without_token,
    ),
    Case(
        "S8",
        "a-stranger-signs",
        "what a stranger signed is not promoted",
        Strikes.ONCE,
        setting=ATTESTED,
        act=_signed_by_a_stranger,
    ),
    Case(
        "S9",
        "promoted-before-it-is-attested",
        "promotion alone, before anybody has signed: refused",
        Strikes.ONCE,
        setting=ATTESTED,
        act=promoting,
        before=_gated,
    ),
)
