"""What registries differ in: tags that cannot be moved, and readers that see late."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from wholeship.core.http import Response
from wholeship.testing.registry.shelf import refused_answer


class Manner(StrEnum):
    """How the registry treats a write to a tag that is already bound, to whatever digest."""

    MUTABLE = "mutable"  # the last writer wins, as distribution, GHCR and most others
    ECR = "ecr"  # 400, as Amazon ECR with tag immutability
    HARBOR = "harbor"  # 412, as Harbor's immutability rules
    FORBIDDEN = "forbidden"  # 403, as policies in front of registries
    CONFLICT = "conflict"  # 409

    def refuses(self, tag: str) -> Response | None:
        """The answer to another write of *tag*; None: it goes through."""
        if self is Manner.ECR:
            return refused_answer(
                400,
                "TAG_INVALID",
                f"The image tag '{tag}' already exists in the repository and cannot be overwritten "
                "because the tag is immutable.",
            )
        if self is Manner.HARBOR:
            return refused_answer(
                412, "PRECONDITION", f"the tag {tag} is configured as immutable, cannot be updated"
            )
        if self is Manner.FORBIDDEN:
            return refused_answer(403, "DENIED", f"the tag {tag} is protected")
        if self is Manner.CONFLICT:
            return refused_answer(409, "CONFLICT", f"the tag {tag} exists")
        return None


Lag = Callable[[int], bool]
"""Whether the n-th read (from 0) of a tag after it was written still sees what was there before."""


def first_reads(count: int) -> Lag:
    """Reads are late: the first *count* after a write see what was there before."""
    return lambda read: read < count


def flapping(pattern: str) -> Lag:
    """Reads disagree: ``"new old new"`` is what they see after a write, in order, and then the new."""
    words = pattern.split()
    return lambda read: read < len(words) and words[read] == "old"
