"""Regular expressions that are compiled when they are first asked.

The modules that one command loads hold some 270 of them, and a short run asks a third. Compiled at import
they took a sixth of a cold ``check``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["LazyPattern", "lazy_pattern"]


class LazyPattern:
    """Answers as the :class:`re.Pattern` of *text* does; what was asked once is as quick as there."""

    def __init__(self, text: str | bytes, flags: int = 0) -> None:
        self._source: tuple[Any, int] = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(re.compile(*self._source), name)
        setattr(self, name, found)  # from now on it is found without this method
        return found

    def __reduce__(self) -> tuple[type[LazyPattern], tuple[Any, int]]:
        return LazyPattern, self._source

    def __repr__(self) -> str:
        return f"lazy_pattern{self._source!r}"


if TYPE_CHECKING:
    from re import compile as lazy_pattern
else:
    lazy_pattern = LazyPattern
