"""Who names a file, or a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.review.evidence.reach import names_folder


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"workspaces": ["examples/*"]}', True),
        ('{"workspaces": ["examples/shop-one"]}', True),
        ("packages: ['**/*']", True),
        ("cd shop-one && npm test", True),
        ("members: ['**/package.json']", True),
        ("lint: ['**/*.{js,mjs}']", False),
        ('{"name": "shop"}', False),
        ("cd shop-one-more", False),
    ],
)
def test_a_folder_is_named_by_name_or_by_a_pattern(tmp_path: Path, text: str, named: bool) -> None:
    """A manifest that went with its folder is missed by nobody only where no file could mean that folder."""
    (tmp_path / "settings.json").write_text(text)
    assert names_folder(["examples/shop-one"], tmp_path) == ({"examples/shop-one"} if named else set())


def test_a_folder_that_is_still_there_is_used(tmp_path: Path) -> None:
    """Where other files are left in it, the folder did not go."""
    (tmp_path / "examples/shop-one").mkdir(parents=True)
    assert names_folder(["examples/shop-one"], tmp_path) == {"examples/shop-one"}
