"""Which kind a changed line is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.review.world import captured, changed
from wholeship.core.errors import BadInput
from wholeship.review.evidence.categories import Sorter, collect


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/shop/cart.py", "src"),
        ("cart.py", "src"),
        ("tests/test_cart.py", "tests"),
        ("src/shop/cart.test.ts", "tests"),
        ("pkg/cart_test.go", "tests"),
        ("docs/guide.md", "docs"),
        ("README.md", "docs"),
        ("docs/conf.py", "docs"),
        (".github/workflows/build.yml", "ci"),
        (".github/CODEOWNERS", "ci"),
        ("wholeship.yaml", "ci"),
        ("deploy/values.yaml", "config"),
        ("Dockerfile", "config"),
        ("docker/worker/Dockerfile", "config"),
        ("pyproject.toml", "deps"),
        ("requirements.txt", "deps"),
        ("package-lock.json", "generated"),
        ("db/migrations/0007_add.py", "migrations"),
        ("schema.sql", "migrations"),
        ("tests/fixtures/workflows/build.yml", "tests"),
    ],
)
def test_built_in_patterns(path: str, kind: str) -> None:
    """The common names of the common kinds are known."""
    assert Sorter().of(path) == kind


def test_a_team_s_own_patterns_win() -> None:
    """A pattern of the release file beats every built-in one; of two, the more specific wins."""
    sorter = Sorter({"generated": ("src/api/**",), "src": ("src/api/hand/**",)})
    assert sorter.of("src/api/client.py") == "generated"
    assert sorter.of("src/api/hand/extra.py") == "src"
    assert sorter.of("src/other.py") == "src"


def test_an_unknown_kind_is_refused() -> None:
    """Patterns for a category there is none of are a mistake."""
    with pytest.raises(BadInput, match="no category"):
        Sorter({"magic": ("**",)})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text("ab./_-*[", min_size=1, max_size=12), st.integers(0, 9)), max_size=8))
def test_the_sum_is_the_diff(files: list[tuple[str, int]]) -> None:
    """Whatever the names, every changed line has exactly one category."""
    diff = captured(*(changed(path, *["x"] * count, deleted=count) for path, count in files)).diff
    assert sum(collect(diff, Sorter()).lines.values()) == diff.added + diff.deleted


GO_FILE = "package a\n\nvar x = 1 // %s\n"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, True),
        ({"status": "R", "old_path": "b/a.go"}, False),
        ({"old_mode": "100755"}, False),
        ({"new_mode": "120000"}, False),
        ({"binary": True}, False),
    ],
)
@pytest.mark.parametrize("ends", ["", "\r"])
def test_only_a_file_that_stays_where_it_is_has_words_alone(
    tmp_path: Path, change: dict[str, object], told: bool, ends: str
) -> None:
    """What moved, changed its mode or its line ends is code, also where a grammar sees no difference."""
    for side, word in (("base", "one"), ("head", "two")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.go").write_text(GO_FILE % word)
    file = changed("a.go", f"var x = 1 // two{ends}", deleted=1)
    file = replace(file, removed=(f"var x = 1 // one{ends}",), **change)  # type: ignore[arg-type]
    diff = captured(file).diff
    found = collect(diff, Sorter(), tmp_path / "head", tmp_path / "base")
    assert found.told == (("a.go",) if told and not ends else ())


RUST_FILE = "pub fn a() -> u8 { %s }\n\n#[cfg(test)]\nmod tests {\n    #[test] fn b() { %s }\n}\n"


@pytest.mark.parametrize(
    ("code", "test", "status", "kind"),
    [("1", "c()", "M", "tests"), ("2", "c()", "M", "src"), ("2", "", "M", "src"), ("1", "c()", "R", "src")],
)
def test_a_rust_file_is_one_of_tests_where_only_they_changed(
    tmp_path: Path, code: str, test: str, status: str, kind: str
) -> None:
    """One letter of the code, or a new name, and the file is source."""
    for side, content in (("base", RUST_FILE % ("1", "")), ("head", RUST_FILE % (code, test))):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.rs").write_text(content)
    file = changed("a.rs", "x", status=status, old_path="a.rs" if status == "M" else "b.rs")
    found = collect(captured(file).diff, Sorter(), tmp_path / "head", tmp_path / "base")
    assert found.files == {file.shown: kind}


LOG = "Release 1\n---------\n\n* Faster\n\n    sqlparse.format(text, reindent=True)\n"


@pytest.mark.parametrize(
    ("path", "added", "kind"),
    [
        ("CHANGELOG", "Nothing yet.", "docs"),
        ("README", "It is faster.", "docs"),
        ("CHANGELOG", "import os", "src"),
        ("CHANGELOG", "rm -rf build", "src"),
        ("CHANGELOG", "#!/bin/sh", "src"),
        ("CHANGELOG", "def run(x):", "src"),
        ("CHANGELOG", "const a = 1", "src"),
        ("README", "export A=1", "src"),
        ("README", "curl https://x.invalid | sh", "src"),
        ("README", "<script src=x>", "src"),
        ("CHANGELOG.txt", "Nothing yet.", "src"),
        ("CHANGELOG.sh", "Nothing yet.", "src"),
        ("CHANGELOGS", "Nothing yet.", "src"),
        ("docs/steps", "Nothing yet.", "src"),
    ],
)
def test_a_page_without_an_ending_may_show_code_that_was_there(
    tmp_path: Path, path: str, added: str, kind: str
) -> None:
    """In a change log only what the change adds counts; in other texts every line does."""
    for side, text in (("base", LOG), ("head", f"{added}\n{LOG}")):
        file = tmp_path / side / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    diff = captured(changed(path, added)).diff
    assert collect(diff, Sorter(), tmp_path / "head", tmp_path / "base").files[path] == kind


def test_a_change_log_that_is_run_is_source(tmp_path: Path) -> None:
    """Whatever it is called: what a program runs is a part of it."""
    (tmp_path / "CHANGELOG").write_text("Nothing\n")
    (tmp_path / "all.sh").write_text("sh CHANGELOG\n")
    diff = captured(changed("CHANGELOG", "Nothing")).diff
    assert collect(diff, Sorter(), tmp_path, tmp_path).files["CHANGELOG"] == "src"


@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("src/changes/changes.xml", '      <action type="fix" dev="a">Mend it (#4).</action>', "docs"),
        ("part/src/changes/changes.xml", '    <release version="1.2" date="2026-01-01">', "docs"),
        ("src/changes/changes.xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "src"),
        ("src/changes/changes.xml", "<script>x()</script>", "src"),
        ("src/changes/changes.xml", "<plugin>x</plugin>", "src"),
        ("src/main/changes.xml", '      <action type="fix">Mend it.</action>', "src"),
    ],
)
def test_the_change_log_of_maven_is_a_page(path: str, line: str, kind: str) -> None:
    """Only by its own elements, and only where Maven has it."""
    assert collect(captured(changed(path, line)).diff, Sorter()).files[path] == kind


@pytest.mark.parametrize(
    ("path", "line", "others", "kind"),
    [
        (
            "tests/typing/a.py",
            "assert_type(f(), str)",
            {"pyproject.toml": 'files = ["tests/typing"]\n'},
            "tests",
        ),
        ("tests/typing/a.py", "assert_type(f(), str)", {}, "src"),
        ("tests/help.py", "x = 1", {"tests/test_a.py": "from tests.help import x\n"}, "tests"),
        ("tests/help.py", "x = 1", {"shop/a.py": "from tests.help import x\n"}, "src"),
        ("tests/help.py", "x = 1", {"tests/test_help.py": "from tests.help import x\n"}, "src"),
        ("tests/data/a.json", "{}", {"tests/test_a.py": "load('data')\n"}, "tests"),
        ("tests/data/a.json", "{}", {}, "config"),
        ("tests/test_a.py", "def test_a():", {}, "tests"),
        ("tests/test_a.py", "import os", {}, "src"),
        ("tests/shop/a.py", "x = 1", {"tests/tests/test_b.py": "import shop.a\n"}, "src"),
        ("pkg/test_a.go", "func TestA(t *testing.T) {", {}, "src"),
        ("src/main/java/ATest.java", "@Test", {}, "src"),
        ("src/test/java/ATest.java", "@Test", {}, "tests"),
    ],
)
def test_what_lies_among_tests_is_what_takes_it(
    tmp_path: Path, path: str, line: str, others: dict[str, str], kind: str
) -> None:
    """A runner takes a test, tests alone use a helper; all else is what it would be elsewhere."""
    for name, text in {path: f"{line}\n", **others}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    diff = captured(changed(path, line, status="A")).diff
    assert collect(diff, Sorter(), tmp_path, tmp_path / "none").files[path] == kind
