"""Build secrets: where the value is, never the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.adapters.builders import secrets
from wholeship.core.errors import BadInput


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file ``npmrc``, and the variable TOKEN."""
    (tmp_path / "npmrc").write_text("//registry/:_authToken=file-value-4711\n")
    monkeypatch.setenv("TOKEN", "variable-value-4711")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("id=npm,src=npmrc", "id=npm,src={root}/npmrc"),
        ("id=npm,source=npmrc", "id=npm,src={root}/npmrc"),
        ("type=file,id=npm,src=npmrc", "id=npm,src={root}/npmrc"),
        ("id=token,env=TOKEN", "id=token,env=TOKEN"),
        ("id=token,type=env,src=TOKEN", "id=token,env=TOKEN"),
        ("id=TOKEN", "id=TOKEN,env=TOKEN"),
        ("id=npmrc", "id=npmrc,src={root}/npmrc"),
    ],
)
def test_every_spelling_becomes_where_the_value_is(root: Path, text: str, flag: str) -> None:
    """All of buildx's spellings mean a file or a variable; the flag names it and holds no value."""
    assert secrets.parse_secret(text, root).flag == flag.format(root=root)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("npm", "not a build secret"),
        ("id=npm,src=npmrc,env=TOKEN", "not a build secret"),
        ("id=npm,mode=0400", "not a build secret"),
        ("id=npm,type=socket", "not a build secret"),
        ("id=npm,src=absent", "which is no file"),
        ("id=npm,env=ABSENT", "ABSENT, which is not set"),
    ],
)
def test_what_cannot_be_one_is_bad_input(root: Path, text: str, words: str) -> None:
    """A secret that says nothing usable, or whose value is not there, is named before the build."""
    with pytest.raises(BadInput, match=words):
        secrets.parse_secret(text, root)


def test_values_are_hidden_and_handed_on_by_name(root: Path) -> None:
    """The builder gets the variable; what it prints of any value is replaced."""
    both = [secrets.parse_secret("id=npm,src=npmrc", root), secrets.parse_secret("id=token,env=TOKEN", root)]
    assert secrets.secret_variables(both) == {"TOKEN": "variable-value-4711"}
    redact = secrets.redactor(both)
    assert redact("a variable-value-4711 b //registry/:_authToken=file-value-4711 c") == "a *** b *** c"
    assert "value-4711" not in repr(both)
