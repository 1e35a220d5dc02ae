"""Dependencies as values: every format is read, and what is new, moved, older or other bytes is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.review.world import captured, changed
from wholeship.review.evidence.locks import find_dependency_changes, read_packages

NPM = '{"packages": {"": {}, "node_modules/a": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.tgz", "integrity": "sha512-x"}}}'
FORMATS = {
    "package-lock.json": NPM,
    "package.json": '{"dependencies": {"a": "^1.0.0"}}',
    "poetry.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\nfiles = [{file = "a", hash = "sha256:x"}]\n',
    "uv.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = {registry = "https://pypi.org/simple"}\n',
    "Cargo.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n',
    "Cargo.toml": '[dependencies]\na = "1.0.0"\n',
    "pyproject.toml": '[project]\ndependencies = ["a==1.0.0"]\n',
    "requirements.txt": "a==1.0.0 \\\n    --hash=sha256:x\n",
    "Pipfile.lock": '{"default": {"a": {"version": "==1.0.0"}}}',
    "composer.lock": '{"packages": [{"name": "a", "version": "1.0.0"}]}',
    "pnpm-lock.yaml": "packages:\n  /a@1.0.0:\n    resolution: {integrity: sha512-x}\n",
    "go.sum": "a v1.0.0 h1:x=\n",
    "go.mod": "module b\nrequire a v1.0.0\n",
    "yarn.lock": 'a@^1.0.0:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/a/-/a-1.tgz"\n',
    "Gemfile.lock": "GEM\n  remote: https://rubygems.org/\n  specs:\n    a (1.0.0)\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read(name: str) -> None:
    """The package and its version are found in each."""
    found = read_packages(name, FORMATS[name].encode())
    assert found is not None
    assert found["a"].versions == ("1.0.0",)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("old", "new", "how"), [("1.0.0", "0.9.0", "downgraded"), ("1.0.0", "1.1.0", ""), ("1.0.0", "1.0.0", "")]
)
def test_older_is_told_in_every_format(tmp_path: Path, name: str, old: str, new: str, how: str) -> None:
    """A downgrade is told whatever the file; an upgrade is not."""
    changes = between(tmp_path, name, FORMATS[name], FORMATS[name].replace(old, new))
    assert [each.how for each in changes] == ([how] if how else [])


def between(folder: Path, name: str, before: str, now: str) -> list:  # type: ignore[type-arg]
    for part, text in (("base", before), ("head", now)):
        (folder / part).mkdir(exist_ok=True)
        (folder / part / name).write_text(text)
    diff = captured(replace(changed(name, "x", deleted=1), removed=("y",))).diff
    return list(find_dependency_changes(diff, {name: "deps"}, folder / "base", folder / "head"))


@pytest.mark.parametrize(
    ("name", "before", "now", "how"),
    [
        ("package-lock.json", NPM, NPM.replace("registry.npmjs.org", "x.invalid"), "moved"),
        ("package-lock.json", NPM, NPM.replace("sha512-x", "sha512-y"), "moved"),
        ("package-lock.json", NPM, NPM.replace("/a/-/a-1", "/b/-/b-1"), "moved"),
        ("go.sum", "a v1.0.0 h1:x=\n", "a v1.0.0 h1:y=\n", "moved"),
        ("go.sum", "a v1.0.0 h1:x=\n", "a v1.0.0 h1:x=\nb v1.0.0 h1:y=\n", "added"),
        ("go.mod", "module b\nrequire a v1.0.0\n", "module b\nrequire a v1.0.0\nreplace a => c v1.0.0\n", "moved"),
        ("requirements.txt", "requests==2.0\n", "requests==2.0\nreqeusts==1.0\n", "alike"),
        ("requirements.txt", "requests==2.0\n", "requests==2.0\nattrs==1.0\n", "added"),
        ("requirements.txt", "requests==2.0\n", "--index-url http://x.invalid\nrequests==2.0\n", "moved"),
        ("requirements.txt", "requests==2.0\n", "-r other.txt\nrequests==2.0\n", ""),
        ("requirements.txt", "requests==2.0\n", "requests @ git+https://x.invalid/r\n", "moved"),
        ("Cargo.toml", '[dependencies]\na = "1"\n', '[dependencies]\na = {git = "https://github.com/x/a"}\n', "moved"),
        ("pyproject.toml", "[project]\n", '[tool.uv]\nindex = [{url = "https://x.invalid"}]\n', "moved"),
        ("package.json", '{"dependencies": {"a": "^1.0.0"}}', '{"dependencies": {"a": "github:x/a"}}', "moved"),
    ],
)  # fmt: skip
def test_what_moved_is_told(tmp_path: Path, name: str, before: str, now: str, how: str) -> None:
    """Another host, another archive, other bytes under the same version, another index, a name that poses."""
    assert [each.how for each in between(tmp_path, name, before, now)] == ([how] if how else [])


def test_what_cannot_be_read_counts_by_its_lines(tmp_path: Path) -> None:
    """A lock file that is broken falls back to its changed lines, where everything new counts."""
    (tmp_path / "package-lock.json").write_text("{")
    lines = ('"node_modules/b": {', '"resolved": "https://two.invalid/b.tgz"')
    file = replace(changed("package-lock.json", *lines), removed=('"resolved": "https://one.invalid/a.tgz"',))
    found = find_dependency_changes(
        captured(file).diff, {"package-lock.json": "generated"}, tmp_path, tmp_path
    )
    assert {each.how for each in found} == {"added", "moved"}
