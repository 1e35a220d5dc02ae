"""Bake inputs from seeds: definitions in HCL, JSON and Compose, with a command and an environment.

Most are what buildx accepts; some are refused, and those must not be read as something definite.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.tools.bake.definitions import Definition
from tests.tools.bake.projects import Project


@dataclass(frozen=True)
class Input:
    """One call of ``buildx bake``: its files by path, its arguments and its environment."""

    files: Mapping[str, str]
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


def make_input(seed: int) -> Input:
    """The input of *seed*."""
    pick = random.Random(seed)
    kind = pick.choices((_hcl, _compose, _both), (60, 28, 12))[0]
    return kind(pick)


def _hcl(pick: random.Random) -> Input:
    definition = Definition(pick)
    files = definition.files()
    return Input(files, (*definition.file_args(files), *definition.command()), definition.env)


def _compose(pick: random.Random) -> Input:
    project = Project(pick)
    files = project.files()
    return Input(files, (*project.file_args(files), *project.command()), project.env)


def _both(pick: random.Random) -> Input:
    project = Project(pick)
    files = project.files()
    name = pick.choice(project.names).replace(".", "_")
    lines = [f'target "{name}" {{', '  tags = ["r.example/hcl:1"]', '  args = { H = "1" }', "}"]
    if pick.random() < 0.3:
        lines += ['group "default" {', f'  targets = ["{name}"]', "}"]
    files = {**files, "docker-bake.hcl": "\n".join(lines) + "\n"}
    return Input(files, (*project.file_args(files), *project.command()), project.env)
