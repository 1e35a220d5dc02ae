"""Colours as somebody asked for them, whatever the terminal can."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def coloured(when: str) -> Iterator[None]:
    """Colours as asked for, for us and for programs that we start; ``auto`` leaves the environment alone."""
    wanted = {"always": {"FORCE_COLOR": "1"}, "never": {"NO_COLOR": "1"}}.get(when)
    if wanted is None:
        yield
        return
    before = {name: os.environ.pop(name, None) for name in ("FORCE_COLOR", "NO_COLOR")}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
