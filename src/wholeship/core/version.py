"""The version of wholeship: what every report, record and request says that made it."""

from __future__ import annotations

VERSION = "0.2.0"
"""As ``wholeship --version`` prints it (https://semver.org)."""
