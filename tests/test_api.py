"""The interface for Python programs."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import wholeship
from wholeship import api

ROOT = Path(__file__).parents[1]


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of the page on the interface gives what it says."""
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs/api.md"
    result = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL, encoding="utf-8"
    )
    assert result.attempted > 8
    assert result.failed == 0


def test_a_wrong_severity_is_bad_input(tmp_path: Path) -> None:
    """A severity that there is not is bad input, and says which there are."""
    with pytest.raises(wholeship.BadInput) as caught:
        wholeship.check([tmp_path], fail_on="fatal")
    assert caught.value.advice == "severities: error, warning, note"


def test_the_public_names_are_those_of_the_interface() -> None:
    """``wholeship`` has every name of ``wholeship.api``, and no other but its version."""
    assert set(wholeship.__all__) == {*api.__all__, "__version__"}
    assert all(getattr(wholeship, name) is getattr(api, name) for name in api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = wholeship.nothing


def test_the_command_line_does_not_pay_for_it() -> None:
    """``wholeship --version`` loads no interface and no use case."""
    code = "import sys, wholeship.cli.main; sys.exit(any(m.startswith('wholeship.a') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
