"""What one command has seen of content a moment ago is not asked for again.

A digest names the same bytes for ever; only whether the registry still has them can change. What was there
less than :data:`MOMENT` seconds ago is taken to be there. Tags and listings are asked for each time, and so
is what the promises of a promotion rest on: its looks go past this memory, see :func:`past_memory`.
"""

from __future__ import annotations

from dataclasses import field
from threading import Lock
from typing import Any

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.ports import Manifest, Referrer, Registry, Write

MOMENT = 10.0
"""Seconds."""


@dataclass(slots=True)
class RecentRegistry:
    """*registry*, with what is there by digest remembered for a moment; what is absent is asked for anew.
    A :class:`Registry`."""

    registry: Registry
    clock: Clock
    _seen: dict[tuple[str, Repository, Digest], tuple[float, Any]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def manifest(self, repository: Repository, reference: Digest | Tag) -> Manifest | None:
        """See :class:`Registry`; by tag it is asked for each time."""
        if not isinstance(reference, Digest):
            return self.registry.manifest(repository, reference)
        known: Manifest | None = self._recent("manifest", repository, reference)
        return known or self._kept(
            "manifest", repository, reference, self.registry.manifest(repository, reference)
        )

    def exists(self, repository: Repository, digest: Digest) -> bool:
        if self._recent("manifest", repository, digest) or self._recent("exists", repository, digest):
            return True
        return bool(self._kept("exists", repository, digest, self.registry.exists(repository, digest)))

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        if self._recent("blob", repository, digest) is not None or self._recent("there", repository, digest):
            return True
        return bool(self._kept("there", repository, digest, self.registry.has_blob(repository, digest)))

    def blob(self, repository: Repository, digest: Digest, *, limit: int) -> bytes | None:
        known: bytes | None = self._recent("blob", repository, digest)
        if known is not None and len(known) <= limit:
            return known
        found = self.registry.blob(repository, digest, limit=limit)
        self._kept("blob", repository, digest, found)
        return found

    def tags(self, repository: Repository) -> tuple[str, ...]:
        return self.registry.tags(repository)

    def bind(self, repository: Repository, tag: Tag, manifest: Manifest) -> Write:
        return self.registry.bind(repository, tag, manifest)

    def store(self, repository: Repository, manifest: Manifest) -> None:
        self.registry.store(repository, manifest)

    def copy_blob(self, source: Repository, target: Repository, digest: Digest, size: int) -> None:
        self.registry.copy_blob(source, target, digest, size)

    def upload(self, repository: Repository, content: bytes) -> Digest:
        return self.registry.upload(repository, content)

    def referrers(self, repository: Repository, digest: Digest) -> tuple[Referrer, ...] | None:
        return self.registry.referrers(repository, digest)

    def attach(self, repository: Repository, manifest: Manifest) -> bool:
        return self.registry.attach(repository, manifest)

    def probe_push(self, repository: Repository) -> None:
        self.registry.probe_push(repository)

    def unbind(self, repository: Repository, tag: Tag) -> bool:
        return self.registry.unbind(repository, tag)

    def _recent(self, what: str, repository: Repository, digest: Digest) -> Any:
        with self._lock:
            at, value = self._seen.get((what, repository, digest), (0.0, None))
        return value if value is not None and self.clock.monotonic() - at < MOMENT else None

    def _kept(self, what: str, repository: Repository, digest: Digest, value: Any) -> Any:
        """*value*, kept where it says that something is there."""
        if value is not None and value is not False:
            with self._lock:
                self._seen[what, repository, digest] = (self.clock.monotonic(), value)
        return value


def remembers(registry: Registry) -> bool:
    """Whether *registry* may answer from memory."""
    return isinstance(registry, RecentRegistry)


def past_memory(registry: Registry) -> Registry:
    """*registry* itself, for looks that have to be fresh."""
    return registry.registry if isinstance(registry, RecentRegistry) else registry
