"""Real scanners for secrets on a tree with a planted one, and their absence."""

from __future__ import annotations

import random
import shutil
import string
import sys
from pathlib import Path

import pytest

from tests.review.repositories import on_path
from wholeship.adapters.secret_scanners import FILES, INSTALLABLE, DetectSecrets, Gitleaks

Scanner = Gitleaks | DetectSecrets
RULES = {"gitleaks": "github-pat", "detect-secrets": "GitHub Token"}


def github_token() -> str:
    """Something in the shape of a token that opens nothing; made anew, so that no file holds one."""
    letters = random.Random(7).choices(string.ascii_letters + string.digits, k=36)
    return "ghp_" + "".join(letters)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree whose ``shop/pay.py`` holds a token in line 2; programs of the test environment are found."""
    monkeypatch.setenv("PATH", on_path(Path(sys.executable).parent))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/pay.py").write_text(f"import os\nKEY = '{github_token()}'\n")
    (tmp_path / "shop/cart.py").write_text("LIMIT = 100\n")
    return tmp_path


@pytest.mark.real
@pytest.mark.parametrize("scanner", INSTALLABLE, ids=lambda scanner: scanner.name)
def test_a_real_scanner_is_read(tree: Path, scanner: Scanner) -> None:
    """A token is found with file, line and rule; a tree without one has no findings and no problem."""
    if shutil.which(scanner.name) is None:
        pytest.skip(f"{scanner.name} is not installed")
    scan = scanner.scan(tree, ("shop/pay.py", "shop/cart.py"))
    assert scan.problem == ""
    assert ("shop/pay.py", 2, RULES[scanner.name]) in scan.findings
    assert github_token() not in repr(scan)
    (tree / "shop/pay.py").write_text("import os\n")
    scan = scanner.scan(tree, ("shop/pay.py", "shop/cart.py"))
    assert (scan.problem, scan.findings) == ("", ())


@pytest.mark.real
@pytest.mark.parametrize("scanner", INSTALLABLE, ids=lambda scanner: scanner.name)
def test_a_change_cannot_silence_a_scanner_by_its_own_settings(tree: Path, scanner: Scanner) -> None:
    """What the tree says about what a scanner shall leave out does not hide a token."""
    if shutil.which(scanner.name) is None:
        pytest.skip(f"{scanner.name} is not installed")
    (tree / ".gitleaks.toml").write_text("[allowlist]\npaths = ['''shop/.*''']\n")
    (tree / ".gitleaksignore").write_text("shop/pay.py:github-pat:2\n")
    (tree / ".secrets.baseline").write_text('{"version": "1.5.0", "plugins_used": [], "results": {}}\n')
    assert ("shop/pay.py", 2, RULES[scanner.name]) in scanner.scan(tree, ("shop/pay.py",)).findings


@pytest.mark.parametrize("scanner", INSTALLABLE, ids=lambda scanner: scanner.name)
def test_a_scanner_that_is_not_there_says_so(
    tree: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scanner that is not installed, or answers in riddles, is a problem and no clean bill."""
    monkeypatch.setenv("PATH", str(tree / "bin"))
    assert scanner.scan(tree, ("shop/pay.py",)).problem == "not installed"
    (tree / "bin").mkdir()
    for answer in ("Segmentation fault", '{"a": 1}', "[[1]]"):
        (tree / "bin" / scanner.name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (tree / "bin" / scanner.name).chmod(0o755)
        scan = scanner.scan(tree, ("shop/pay.py",))
        assert "could not be read" in scan.problem
        assert scan.findings == ()


def test_more_files_than_a_scanner_can_be_given_is_a_problem() -> None:
    """A change of very many files is not passed as scanned."""
    scan = DetectSecrets().scan(Path(), ("a.py",) * (FILES + 1))
    assert scan.problem == f"more than {FILES} files changed"
