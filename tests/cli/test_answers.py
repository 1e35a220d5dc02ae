"""Every command that offers JSON prints exactly what its published schema says, for real answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli import shop
from tests.release.test_schema import fits
from wholeship.app.schema import schema_of
from wholeship.cli.parsing import build_parser
from wholeship.output.commands import COMMANDS

STORY = Path(__file__).parents[1] / "fixtures" / "story"
TAG = "20260528-182833-000042"
CALLS: Mapping[str, tuple[list[str], int]] = {
    "plan": (["plan", "--save", "--tag", TAG], 0),
    "build": (["build", "--tag", TAG], 0),
    "gate": (["gate", "--tag", TAG], 0),
    "attest": (["attest", "--tag", TAG, "--file", "attested.yaml"], 0),
    "promote": (["promote", "--tag", TAG], 0),
    "verify": (["verify", "--tag", TAG], 0),
    "release": (["release"], 0),
    "status": (["status"], 0),
    "repair": (["repair", TAG], 0),
    "withdraw": (["withdraw", "20991231-235959-000001", "--to", TAG], 0),
    "prune": (["prune"], 0),
    "policy": (["policy"], 0),
    "check": (["check"], 1),
    "diff": (["diff", "HEAD~1"], 1),
    "forecast": (["forecast"], 3),
    "review": (["review", "--base", "HEAD~1"], 1),
    "drill": (["drill", "--family", "D", "--jobs", "1"], 0),
    "init": (["init", "--force"], 0),
}
"""In this order each finds what those before it made."""


def offers_json(command: str) -> bool:
    """Whether *command* has ``--format json``."""
    commands: Any = build_parser(only=command)._subparsers
    flags = commands._group_actions[0].choices[command]._actions
    return any("--format" in flag.option_strings and "json" in flag.choices for flag in flags)


def commit(root: Path, message: str) -> None:
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", message], cwd=root, check=True)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[shop.Shop]:
    """A shop with two commits, between which its workflow lost the order of its tags."""
    with shop.opened(tmp_path, monkeypatch) as made:
        workflow = tmp_path / ".github" / "workflows" / "images.yml"
        workflow.parent.mkdir(parents=True)
        workflow.write_text((STORY / "merged.yml").read_text())
        subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
        commit(tmp_path, "one")
        workflow.write_text((STORY / "attempt-2.yml").read_text())
        asked = (tmp_path / "wholeship.yaml").read_text() + "attest: {sign: {key: a.key}}\n"
        (tmp_path / "attested.yaml").write_text(asked)
        commit(tmp_path, "two")
        yield made


def test_no_command_is_left_out() -> None:
    """All commands with ``--format json`` are asked here."""
    assert set(CALLS) == {name for name in COMMANDS if offers_json(name)}


def test_answers_are_what_the_schemas_say(opened: shop.Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON document on standard output, of the command's schema, with a version and its exit code."""
    for name, (words, code) in CALLS.items():
        capsys.readouterr()
        ended = opened.main([*words, "--format", "json"])
        out, err = capsys.readouterr()
        assert ended == code, f"{name}: {err}"
        told, schema = json.loads(out), schema_of(name)
        assert fits(told, schema, schema), name
        if name != "review":  # the verdict alone; its report has the version
            assert told["version"] == 1
            assert told.get("exit_code", code) == code
