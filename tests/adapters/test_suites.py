"""Suites as shell commands: where they run, what they see, how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.adapters.suites import ShellSuites
from wholeship.core.errors import BadInput
from wholeship.review.ports import SECRETS_OF_THE_HOST
from wholeship.review.settings import Suite


def test_a_suite_runs_in_its_tree_and_leaves_a_log(tmp_path: Path) -> None:
    """The command runs in the tree, by the shell; its exit code, last lines and log are kept."""
    (tmp_path / "here").write_text("")
    ran = ShellSuites(tmp_path / "logs").run(
        Suite("unit / all", "ls here && echo no >&2 && exit 3"), tmp_path, label="head"
    )
    assert ran.exit_code == 3
    assert "no" in ran.tail
    assert Path(ran.log).name == "unit-all.head.log"
    assert "$ exit code 3" in Path(ran.log).read_text()


def test_a_suite_is_stopped_at_its_time(tmp_path: Path) -> None:
    """A suite that takes too long has no exit code."""
    assert ShellSuites(tmp_path).run(Suite("slow", "sleep 60", 0.3), tmp_path, label="head").exit_code is None


def test_a_suite_sees_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens are in no suite's environment, toolchains and what was named are; tokens cannot be named."""
    for name in (*SECRETS_OF_THE_HOST, "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hush-hush")
    monkeypatch.setenv("JAVA_HOME", "/java")
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    suites = ShellSuites(tmp_path / "logs")
    said = " ".join(
        suites.run(Suite("env", "env", environment=("DATABASE_URL",)), tmp_path, label="head").tail
    )
    assert "hush-hush" not in said
    assert "JAVA_HOME=/java" in said
    assert "DATABASE_URL=sqlite://" in said
    with pytest.raises(BadInput):
        suites.run(Suite("env", "env", environment=("GH_TOKEN",)), tmp_path, label="head")
