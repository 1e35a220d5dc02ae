"""What has to pass before a tag is written: gates as the release file has them, and as a plan keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import msgspec

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.values import dataclass
from wholeship.release.attestation.terms import Demand

LATER_OF_GATES: Mapping[str, Any] = {"demand": None}
"""Fields that gates did not always have, with what they are where they say nothing; see ``plan.py``."""


@dataclass(frozen=True, slots=True)
class PlannedGate:
    """One gate, and the images whose candidates it runs on; ``timeout`` in seconds.

    Either ``image``, ``run`` or ``demand`` is set.
    """

    name: str
    image: str | None
    command: tuple[str, ...]
    run: str | None
    needs: tuple[str, ...]
    network: str
    timeout: float
    environment: Mapping[str, str] = field(default_factory=dict)
    demand: Demand | None = None

    @property
    def fingerprint(self) -> Digest:
        """The gate's definition as a digest: a receipt of another definition is no receipt."""
        return Digest.of(jsons.canonical(without_silent(to_plain(self), LATER_OF_GATES)))

    @property
    def asks(self) -> str:
        """What it demands, for people; empty: it runs something."""
        return str(self.demand or "")


def without_silent(plain: dict[str, Any], silent: Mapping[str, Any]) -> dict[str, Any]:
    """*plain* without the fields that say nothing: those that are as in *silent*."""
    return {name: value for name, value in plain.items() if name not in silent or value != silent[name]}


def to_plain(value: Any) -> Any:
    """*value* as JSON types; digests and tags as text."""
    return msgspec.to_builtins(value, enc_hook=str, builtin_types=())
