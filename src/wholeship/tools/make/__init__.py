"""Makefiles, as far as they decide what is published."""

from __future__ import annotations

from wholeship.tools.make.makefile import Makefile, makefile

__all__ = ["Makefile", "makefile"]
