"""YAML as GitHub reads it: the core schema of YAML 1.2, where ``on`` and ``off`` are words."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """The safe loader without the scalars that only YAML 1.1 has."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


def _scalars() -> None:
    for tag, pattern, first in (
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("int", r"^[-+]?[0-9]+$|^0x[0-9a-fA-F]+$", "-+0123456789"),
        ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ):
        for letter in first:
            found = _Loader.yaml_implicit_resolvers.setdefault(letter, [])
            found.append((f"tag:yaml.org,2002:{tag}", re.compile(pattern)))


_scalars()


def load(text: str) -> Any:
    """The document; mappings, lists and scalars of Python."""
    return yaml.load(text, Loader=_Loader)
