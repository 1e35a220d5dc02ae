"""wholeship is a product of two images itself: its release file, and a release by it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import wholeship
from tests.engines import needs
from wholeship.adapters.clock import SystemClock
from wholeship.cli.main import main
from wholeship.core.reference import Repository
from wholeship.release.config import Overrides, read_config
from wholeship.release.plan import make_plan
from wholeship.release.scenario import Origin
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

ROOT = Path(__file__).parents[2]
BASE = os.environ.get("WHOLESHIP_TOOL_BASE", "")
TAG = "20260528-182833-000001"


def test_every_image_has_a_gate_and_the_tool_is_last() -> None:
    """No part of our own release goes out unlooked at, and the image that people pull is the commit point."""
    plan = make_plan(
        read_config(ROOT / "wholeship.yaml", Overrides()),
        Origin("release", "5f3a9c1e" * 5, "main", "v0.2.0"),
        now=SystemClock().now(),
        sequence=1,
    )
    looked_at = {name for gate in plan.gates for name in (gate.image, *gate.needs) if name}
    assert {image.name for image in plan.images} == looked_at == {"wholeship", "wholeship-wheel"}
    assert plan.images[-1].name == plan.watched == "wholeship"
    assert "0.2.0" in plan.aliases


@pytest.mark.real
@pytest.mark.extended
@pytest.mark.timeout(900)
def test_it_ships_itself_whole(tmp_path: Path) -> None:
    """The image and the wheel are built, gated by digest, and out under one tag."""
    needs("buildah", "skopeo")
    if not BASE:
        pytest.skip("no WHOLESHIP_TOOL_BASE: an image of buildah's store with Python 3.11, venv and apt")
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    copy = shutil.copytree(ROOT, tmp_path / "wholeship", ignore=ignored)
    shutil.copy(ROOT / ".dockerignore", copy)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    file = copy / "wholeship.yaml"
    file.write_text(file.read_text().replace("context: .,", f"context: ., args: {{BASE: {BASE}}},"))
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        flags = [
            "--file",
            str(file),
            "--registry",
            f"{server.host}/own",
            "--tag",
            TAG,
            "--builder",
            "buildah",
        ]
        assert main(["release", *flags]) == 0
        for name in ("wholeship", "wholeship-wheel"):
            assert TAG in registry.listed(Repository(server.host, f"own/{name}"))


def test_its_workflow_is_the_exported_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The release workflow of this repository is what `export` writes now, and `check` proves it whole."""
    monkeypatch.chdir(ROOT)
    assert main(["export", "github", "--check"]) == 0
    (found,) = wholeship.check([".github/workflows/release.yml"]).workflows
    assert found.whole is True
    assert (found.findings, found.unknown) == ((), ())
