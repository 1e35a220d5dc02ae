"""Where in a file something stands."""

from __future__ import annotations

from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a file. ``line`` and ``column`` count from 1; 0 means the whole file.

    ``end_line`` and ``end_column`` (exclusive) are 0 where only the start is known.
    ``path`` is the chain of keys that leads there, as ``jobs.build.steps[2].with.tags``.
    """

    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
