"""Reads the case files beside the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FIXTURES = Path(__file__).parent / "fixtures"


def cases(name: str) -> Any:
    """The content of ``fixtures/NAME.yaml``."""
    return yaml.safe_load((FIXTURES / f"{name}.yaml").read_text("utf-8"))
