"""Who names a file, or a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.review.evidence.reach import names_folder, taken_unnamed


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


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("tsconfig.json", '{"include": ["**/*"]}', False),
        (".prettierrc.yaml", "files: ['**']", False),
        ("eslint.json", "['**/*']", False),
        ("tsconfig.json", '{"include": ["**/*"], "files": ["examples/shop-one/a.ts"]}', True),
        ("tsconfig.json", '{"include": ["examples/*"]}', True),
        ("eslint.json", '{"projects": ["**/*"]}', True),
        ("package.json", '{"workspaces": ["**"]}', True),
        ("pnpm-workspace.yaml", "packages: ['**']", True),
        ("lerna.json", '{"packages": ["*/*"], "x": "**"}', True),
        ("Cargo.toml", 'members = ["*"]', True),
        ("build.yaml", "publish: ['**']", True),
        ("release.json", '{"assets": ["**/*"]}', True),
        ("jest.json", '{"roots": ["**"]}', True),
        ("nx.json", '{"targets": ["**/*"]}', True),
        ("deploy.yml", "path: '**'", True),
        ("a.json", '{"x": "**/package.json"}', True),
        ("package-lock.json", '{"packages": {"a": {"peerDependencies": {"b": "*"}}}}', False),
        ("support.json", '{"versions": {"node": "*"}}', False),
        ("a.json", '{"parts": ["*"]}', True),
        ("a.json", '{"parts": ["a", "*/"]}', True),
        ("a.yaml", "parts:\n  - '*'\n", True),
        ("a.json", '{"workspaces": "*"}', True),
        ("a.json", '{"packages": {"folders": "*"}}', True),
    ],
)
def test_a_pattern_of_a_tool_that_only_looks_means_no_folder(
    tmp_path: Path, name: str, text: str, named: bool
) -> None:
    """Compilers and formatters take what is there; what makes something of each folder means every one."""
    (tmp_path / name).write_text(text)
    assert names_folder(["examples/shop-one"], tmp_path) == ({"examples/shop-one"} if named else set())


@pytest.mark.parametrize(
    ("gone", "other", "text", "taken"),
    [
        ("shop/checks/a.py", "shop/all.py", "from shop import checks\npkgutil.iter_modules(x)", True),
        ("shop/checks/a.py", "shop/all.py", "sorted((HERE / 'checks').glob('*.py'))", True),
        ("shop/checks/a.py", "shop/checks/__init__.py", "pkgutil.iter_modules(__path__)", True),
        ("shop/checks/a.py", "shop/all.py", "HERE.glob('*.py')", False),
        ("shop/checks/a.py", "shop/all.py", "from shop import checks", False),
        ("web/checks/a.js", "web/all.js", "for (const f of readdirSync('checks')) await import(f)", True),
        ("web/checks/a.js", "web/all.js", "import './checks/b.js'", False),
        ("web/pages/a.js", "web/all.js", "", True),
        ("sum/a.go", "sum/b.go", "package sum", True),
        ("sum/a.go", "other/b.go", "package other", False),
        ("src/A.java", "src/B.java", "class B {}", True),
        ("src/a.rs", "src/b.rs", "mod c;", False),
    ],
)  # fmt: skip
def test_what_nobody_names_may_be_taken_all_the_same(
    tmp_path: Path, gone: str, other: str, text: str, taken: bool
) -> None:
    """A program lists the folder, a framework takes all of it, or a compiler does."""
    (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / other).write_text(text)
    assert taken_unnamed([gone], tmp_path) == (frozenset([gone]) if taken else frozenset())
