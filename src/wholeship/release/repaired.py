"""What becomes of a release that is repaired."""

from __future__ import annotations

from wholeship.core.values import dataclass
from wholeship.release.lifecycle import HALF, State
from wholeship.release.stages.results import Promoted


@dataclass(frozen=True, slots=True)
class Mended:
    """The release is whole. ``before`` is what it was; ``did`` is empty when nothing had to be done."""

    tag: str
    before: State
    did: tuple[str, ...]
    promoted: Promoted | None = None


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """wholeship will not (or cannot) go on by itself. ``half``: it is visible as it is."""

    tag: str
    state: State
    reason: str
    steps: tuple[str, ...]

    @property
    def half(self) -> bool:
        """Whether the watched tag is visible all the same."""
        return self.state in HALF or self.state is State.FOREIGN
