"""What takes the place of something else unsaid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.review.world import captured, changed
from wholeship.review.evidence.substitutes import find_substitutes

MANIFEST = '[project]\nname = "shop"\ndependencies = ["requests>=2", "some-kit==1"]\n'


def told(path: str, head: Path, status: str = "A") -> list[str]:
    (head / "pyproject.toml").write_text(MANIFEST)
    file = replace(changed(path, "x = 1", status=status), old_path=path)
    return [each.what for each in find_substitutes(captured(file).diff, head, head)]


@pytest.mark.parametrize(
    "path", ["secrets.py", "src/json.py", "typing/__init__.py", "requests.py", "some_kit.py"]
)
def test_a_new_module_takes_no_other_one_s_place(path: str, tmp_path: Path) -> None:
    """A module that programs find in the place of Python's own, or of a package that is required, is told."""
    assert len(told(path, tmp_path)) == 1


@pytest.mark.parametrize(
    "path", ["shop/secrets.py", "shop.py", "secrets.md", "tests/json.py", "kit.py", "shop/__init__.py"]
)
def test_other_modules_are_none(path: str, tmp_path: Path) -> None:
    """Within a package a name is the package's own."""
    assert told(path, tmp_path) == []
    assert told("secrets.py", tmp_path, "M") == []


def test_a_package_beside_a_module_of_its_name_is_told(tmp_path: Path) -> None:
    """Python takes the package, and the module's code is gone."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/mail.py").write_text("x = 1\n")
    assert len(told("shop/mail/__init__.py", tmp_path)) == 1


@pytest.mark.parametrize(
    ("before", "now", "wanted"),
    [
        ("a==1 --hash=sha256:x", "a==1", 1),
        ("a==1 --hash=sha256:x", "a==2 --hash=sha256:y", 0),
        ("a==1", "a==2", 0),
    ],
)
def test_contents_stay_checked(before: str, now: str, wanted: int, tmp_path: Path) -> None:
    """Requirements whose content was checked are checked after the change."""
    for side, text in (("base", before), ("head", now)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "requirements.txt").write_text(f"{text}\n")
    diff = captured(changed("requirements.txt", now, deleted=1)).diff
    assert len(find_substitutes(diff, tmp_path / "base", tmp_path / "head")) == wanted
