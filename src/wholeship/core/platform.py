"""Platforms an image can run on, spelled as OCI and buildx spell them."""

from __future__ import annotations

import platform as _machine
import re
from dataclasses import dataclass

from wholeship.core.errors import BadInput

_PART = re.compile(r"[a-z0-9_.-]+")
_ALIASES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "i386": ("386", ""),
    "i686": ("386", ""),
}


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """``os/architecture[/variant]``, normalised as containerd does (arm64/v8 is arm64)."""

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """The platform that *text* spells, for example ``linux/arm64``; :class:`BadInput` otherwise."""
        parts = text.strip().lower().split("/")
        if len(parts) not in (2, 3) or not all(_PART.fullmatch(part) for part in parts):
            raise BadInput(
                f"not a platform: {text!r}", advice="write os/architecture, for example linux/amd64"
            )
        return cls.of(*parts)

    @classmethod
    def of(cls, os: str, architecture: str, variant: str = "") -> Platform:
        """A platform from its parts, normalised."""
        architecture, implied = _ALIASES.get(architecture, (architecture, ""))
        variant = variant or implied
        if (architecture, variant) in (("arm64", "v8"), ("arm64", "8"), ("amd64", "v1")):
            variant = ""
        if architecture == "arm" and variant in ("", "7"):
            variant = "v7"
        return cls(os, architecture, variant)

    @classmethod
    def here(cls) -> Platform:
        """The platform of this machine, as Linux containers see it."""
        return cls.of("linux", _machine.machine().lower())

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)
