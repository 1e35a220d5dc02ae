"""Content digests.

Only sha256 is accepted: the OCI image specification allows others, but no registry in
common use serves them, and a digest we cannot check is a promise we cannot keep.
"""

from __future__ import annotations

import hashlib
import re

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern

_SHA256 = lazy_pattern(r"sha256:[0-9a-f]{64}")


class Digest(str):
    """``sha256:`` and 64 lower-case hex digits; a string that has been checked."""

    __slots__ = ()

    def __new__(cls, text: str) -> Digest:
        """The digest that *text* spells; :class:`BadInput` when it spells none."""
        if not _SHA256.fullmatch(text):
            algorithm = text.partition(":")[0]
            hint = (
                f"the algorithm {algorithm!r} is not supported; wholeship checks sha256 only"
                if re.fullmatch(r"(?!sha256)[a-z0-9+._-]+:[0-9a-zA-Z=_-]+", text)
                else "expected sha256: followed by 64 lower-case hex digits"
            )
            raise BadInput(f"not a digest: {text[:100]!r}", advice=hint)
        return super().__new__(cls, text)

    @classmethod
    def of(cls, content: bytes) -> Digest:
        """The digest of *content*."""
        return cls("sha256:" + hashlib.sha256(content).hexdigest())

    @property
    def hex(self) -> str:
        """The 64 hex digits."""
        return self[len("sha256:") :]

    @property
    def short(self) -> str:
        """The first 12 hex digits, for people."""
        return self.hex[:12]
