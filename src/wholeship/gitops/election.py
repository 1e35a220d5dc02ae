"""What a controller makes of a list of tags: one of four answers, all of them values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Elected:
    """One tag wins. ``equals`` holds the tags it beat by nothing but their order in the list."""

    tag: str
    key: str = ""  # what was compared, where that is not the tag itself
    equals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """Several tags compare equal, and the controller picks one by chance: any of ``tags``, sorted."""

    tags: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No tag qualifies (yet). The controller reports an error and tries again at the next scan."""

    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The policy cannot be evaluated, so nothing is deployed until somebody repairs it.

    ``tag`` is the tag that breaks it, empty when the policy is wrong in itself.
    """

    reason: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The controller would decide, but not on tag names alone, or not in a way that is modelled here."""

    reason: str


Election = Elected | Undecided | Nothing | Broken | Unknown


class Policy(Protocol):
    """How one controller chooses among the tags of one repository."""

    @property
    def controller(self) -> str:
        """``flux``, ``argocd-image-updater``, ``keel`` or ``kargo``."""

    @property
    def summary(self) -> str:
        """The policy in one line, for people."""

    @property
    def follows(self) -> str:
        """The one tag it follows by name, on purpose; empty when it chooses among tags."""

    def elect(self, tags: Sequence[str]) -> Election:
        """The choice among *tags*, given in the order in which the registry or the controller lists them."""

    def objection(self, tag: str) -> str:
        """Why *tag* is not even considered, empty when it is."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """A policy the controller itself refuses: it elects nothing until its spec is changed."""

    controller: str
    reason: str

    @property
    def summary(self) -> str:
        return "invalid"

    @property
    def follows(self) -> str:
        return ""

    def elect(self, tags: Sequence[str]) -> Election:
        return Broken(self.reason)

    def objection(self, tag: str) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Unread:
    """A policy that is not wholly written here: what it elects cannot be told."""

    controller: str
    reason: str

    @property
    def summary(self) -> str:
        return "not known"

    @property
    def follows(self) -> str:
        return ""

    def elect(self, tags: Sequence[str]) -> Election:
        return Unknown(self.reason)

    def objection(self, tag: str) -> str:
        return ""
