"""Platforms an image can run on, spelled as OCI and buildx spell them."""

from __future__ import annotations

import os
import re

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.core.wording import did_you_mean

_PART = lazy_pattern(r"[a-z0-9_.-]+")
_ALIASES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "i386": ("386", ""),
    "i686": ("386", ""),
}
_BUILT = {
    "linux": "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x",
    "windows": "386 amd64 arm arm64",
    "freebsd": "386 amd64 arm arm64 riscv64",
    "wasi": "wasm",
    "wasip1": "wasm",
}
"""What images are built for: Go's names (``go tool dist list``), which the image-spec asks for."""
_VARIANTS = {"amd64": r"v[1-4]", "arm": r"v[5-8]", "arm64": r"v[89](\.[0-9])?"}


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
    def wanted(cls, text: str) -> Platform:
        """As :meth:`parse`, for one that somebody asks to build: :class:`BadInput` when nothing builds it."""
        found = cls.parse(text)
        known = [f"{system}/{each}" for system, names in _BUILT.items() for each in names.split()]
        name = f"{found.os}/{found.architecture}"
        if name not in known:
            hint = did_you_mean(name, known, "for example linux/amd64, linux/arm64, linux/arm/v7", alike=0.8)
            raise BadInput(f"there is no platform {text.strip()!r}", advice=hint)
        if found.variant and not re.fullmatch(_VARIANTS.get(found.architecture, r".*"), found.variant):
            raise BadInput(f"{name} has no variant {found.variant!r}", advice=f"write {name} alone")
        return found

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
        return cls.of("linux", os.uname().machine.lower())

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)
