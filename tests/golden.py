"""Whole outputs kept beside the tests. GOLDEN=write pytest … writes them anew, to be read."""

from __future__ import annotations

import os
from pathlib import Path


def check(path: Path, text: str) -> None:
    """*text* is exactly what *path* holds."""
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"there is no {path.name} yet; write it with GOLDEN=write, and read it"
    assert text == path.read_text(encoding="utf-8")
