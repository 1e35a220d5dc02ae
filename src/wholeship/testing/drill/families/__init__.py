"""The families of the fault matrix: one file each, one table.

A family's ``cases`` are all that can go wrong in its way. To add one: a file here with a ``CASES`` table, a
line in ``FAMILIES``, a section in ``docs/drill.md``.
"""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.core.values import dataclass
from wholeship.testing.drill.engine import Case
from wholeship.testing.drill.families import (
    clocks,
    disks,
    environments,
    followed,
    immutable,
    journals,
    kills,
    listings,
    logins,
    mirrors,
    network,
    others,
    replies,
    signing,
    sources,
    withdrawals,
)


@dataclass(frozen=True, slots=True)
class Family:
    """A letter of the matrix, what it is about, and its cases."""

    letter: str
    title: str
    cases: tuple[Case, ...]


_ALL = (
    Family("K", "the process dies, or is told to stop", kills.CASES),
    Family("R", "answers that are late, lost, wrong or lies", replies.CASES),
    Family("A", "logins: tokens, rights, credential helpers", logins.CASES),
    Family("L", "readers that are late or disagree, listings that are wrong", listings.CASES),
    Family("C", "other people, garbage collection, other machines, other releases", others.CASES),
    Family("F", "several followed images: kills and lost answers between them", followed.CASES),
    Family("G", "several registries: kills, lost and lying answers of either", mirrors.CASES),
    Family("E", "the next environment: kills and lost answers on the way there", environments.CASES),
    Family("I", "registries that refuse a second write of a tag", immutable.CASES),
    Family("J", "journals that are damaged, lost, or in use", journals.CASES),
    Family("T", "clocks that are wrong", clocks.CASES),
    Family("D", "disks without room, machines without a home", disks.CASES),
    Family("M", "another commit, other files: the work tree changes", sources.CASES),
    Family("N", "networks, names, certificates, proxies", network.CASES),
    Family("S", "attested releases: kills and faults until what is stated lies signed", signing.CASES),
    Family("W", "taking a release back: late, lost answers, other machines", withdrawals.CASES),
)

FAMILIES: Mapping[str, Family] = {family.letter: family for family in _ALL}
"""By letter, in the order of the matrix."""

CASES: tuple[Case, ...] = tuple(case for family in _ALL for case in family.cases)
