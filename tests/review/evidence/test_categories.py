"""Which kind a changed line is."""

from __future__ import annotations

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
