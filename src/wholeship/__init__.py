"""wholeship: ship every image of a container release, or none.

Public: the names below (``wholeship.api`` has them), and ``wholeship.testing``. The rest is private.
"""

from __future__ import annotations

from importlib import import_module

from wholeship.core.version import VERSION as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wholeship.api import (
        BadInput,
        Confidence,
        Finding,
        Place,
        Report,
        Severity,
        WholeshipError,
        WorkflowReport,
        check,
    )

__all__ = [
    "BadInput",
    "Confidence",
    "Finding",
    "Place",
    "Report",
    "Severity",
    "WholeshipError",
    "WorkflowReport",
    "__version__",
    "check",
]


def __getattr__(name: str) -> Any:
    # Late, so that the command line does not pay for what it does not use.
    if name in __all__:
        return getattr(import_module("wholeship.api"), name)
    raise AttributeError(f"module 'wholeship' has no attribute {name!r}")
