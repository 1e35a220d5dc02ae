"""Manifests: dependencies and words, or entry points, builders and parts that are shipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.review.world import changed
from wholeship.review.evidence.manifests import steers_build

PROJECT = b'[project]\nname = "shop"\nversion = "1"\ndependencies = ["a>=1"]\n'
CRATE = b'[package]\nname = "shop"\nversion = "1"\n\n[features]\nfast = []\n'


@pytest.mark.parametrize(
    ("path", "before", "more"),
    [
        ("pyproject.toml", PROJECT, '[project.scripts]\nshop = "shop.other:main"\n'),
        ("pyproject.toml", PROJECT, '[project.entry-points.x]\na = "b:c"\n'),
        ("pyproject.toml", PROJECT, '[build-system]\nrequires = []\nbuild-backend = "make"\n'),
        ("pyproject.toml", PROJECT, '[tool.setuptools.packages.find]\nexclude = ["shop.auth"]\n'),
        ("pyproject.toml", PROJECT, '[tool.poetry.scripts]\nx = "y:z"\n'),
        ("pyproject.toml", PROJECT, '[tool.uv]\nextra-index-url = ["https://x.invalid"]\n'),
        ("pyproject.toml", PROJECT, "[broken"),
        ("part/Cargo.toml", CRATE, "[profile.release]\noverflow-checks = false\n"),
        ("Cargo.toml", CRATE, '[lib]\npath = "src/other.rs"\n'),
        ("Cargo.toml", CRATE, 'default = ["fast"]\n'),
    ],
)
def test_what_is_built_and_started_is_more_than_dependencies(path: str, before: bytes, more: str) -> None:
    """Entry points, builders, parts that are shipped, features by default: tests have to need them."""
    assert steers_build(changed(path, *more.splitlines()), before, before + more.encode())


@pytest.mark.parametrize(
    ("path", "before", "now"),
    [
        ("pyproject.toml", PROJECT, PROJECT.replace(b"a>=1", b"a>=2").replace(b'"1"', b'"2"')),
        (
            "pyproject.toml",
            PROJECT,
            PROJECT + b'[tool.ruff]\nline-length = 100\n[dependency-groups]\nx = ["b"]\n',
        ),
        ("pyproject.toml", PROJECT, PROJECT + b'[project.urls]\nHome = "https://acme.example"\n'),
        ("Cargo.toml", CRATE, CRATE + b"slow = []\n"),
        ("Cargo.toml", CRATE, CRATE.replace(b'"1"', b'"2"') + b'[dependencies]\nserde = "1"\n'),
        ("package.json", b"{}", b"[]"),
    ],
)
def test_dependencies_and_words_steer_nothing(path: str, before: bytes, now: bytes) -> None:
    """A version, a dependency, an address, a new feature that nothing switches on: no more than they say."""
    assert not steers_build(changed(path, "x"), before, now)


@pytest.mark.parametrize(
    ("path", "line", "steers"),
    [
        ("pom.xml", "      <executable>x</executable>", True),
        ("pom.xml", "    <plugin>", True),
        ("pom.xml", "    <version>1.2</version>", False),
        ("build.gradle.kts", "tasks.register(1)", True),
        ("build.gradle", "    implementation 'a:b:1'", False),
        ("Gemfile", "system('x')", True),
        ("Gemfile", "gem 'rails', '7.1'", False),
        ("composer.json", '  "scripts": {}', True),
    ],
)
def test_other_manifests_are_read_by_their_lines(path: str, line: str, steers: bool) -> None:
    """Where no reader is kept, the words that start programs tell, come or gone."""
    assert steers_build(changed(path, line), b"", b"") is steers
    assert steers_build(replace(changed(path, deleted=1), removed=(line,)), b"", b"") is steers
