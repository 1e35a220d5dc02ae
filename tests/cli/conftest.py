"""What all tests of commands share."""

from __future__ import annotations

import pytest

from wholeship.release import observe


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half is cried after a second here: the clock of these tests is real, and registries are never late."""
    monkeypatch.setattr(observe, "LAG_BUDGET", 1.0)
