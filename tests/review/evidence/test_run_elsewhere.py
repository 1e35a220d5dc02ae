"""Versions alone: what a machine takes for one is one, and none goes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.review.world import changed
from wholeship.review.evidence.run_elsewhere import is_unknown_setting, only_own_version, only_versions

NEWER = [
    ("FROM python:3.12-slim", "FROM python:3.13-slim"),
    ("  image: ghcr.io/a/b:1.2", "  image: ghcr.io/a/b:1.3"),
    ('  tag: "1.2"', '  tag: "1.3"'),
    ("  image: postgres:16", "  image: postgres:17"),
    ('  source = "github.com/acme/net?ref=v1.0"', '  source = "github.com/acme/net?ref=v1.10"'),
    ("RUN pip install uv==0.4.1", "RUN pip install uv==0.5.0"),
    (
        "RUN curl https://x/releases/download/v1.2.3/a.tgz",
        "RUN curl https://x/releases/download/v1.2.4/a.tgz",
    ),
    ("    newTag: 1.2.0", "    newTag: 1.3.0"),
    ("ARG NODE_VERSION=20.1", "ARG NODE_VERSION=22.0"),
    ("FROM a@sha256:" + "a" * 64, "FROM a@sha256:" + "b" * 64),
]
OTHERWISE = [
    ("  server 10.0.0.5:8000;", "  server 66.6.6.6:8000;"),
    ("  listen 127.0.0.1:8080;", "  listen 0.0.0.0:8080;"),
    ('  cidr_blocks = ["10.0.0.0/8"]', '  cidr_blocks = ["8.0.0.0/8"]'),
    ("    - 10.1.0.4", "    - 66.1.0.4"),
    ("    ports: ['127.0.0.1:5432:5432']", "    ports: ['0.0.0.0:5432:5432']"),
    ("  cpu: 0.5", "  cpu: 0.01"),
    ("  timeout: 1.5", "  timeout: 0.1"),
    ("  weight: 1.5", "  weight: 0.0"),
    ("  host: db:5432", "  host: db:6432"),
    ("FROM python:3.12", "FROM python:3.9"),
    ("  image: postgres:16", "  image: postgres:9.6"),
    ("  image: ghcr.io/a/b:1.4.0", "  image: ghcr.io/a/b:1.3.9"),
    ('  source = "github.com/acme/net?ref=v1.0"', '  source = "github.com/acme/net?ref=v0.3"'),
    ("FROM python:3.12", "FROM someone/python:3.12"),
]


def edited(before: str, now: str) -> bool:
    return only_versions(replace(changed("deploy/a.yaml", now, deleted=1), removed=(before,)))


@pytest.mark.parametrize(("before", "now"), NEWER)
def test_a_newer_version_is_one(before: str, now: str) -> None:
    """Tags, digests and versions of what a line names may go up, and the way back is no such change."""
    assert edited(before, now)
    assert "sha256" in before or not edited(now, before)


@pytest.mark.parametrize(("before", "now"), OTHERWISE)
def test_addresses_and_amounts_are_no_versions(before: str, now: str) -> None:
    """Addresses, ports, amounts, other names and older versions are changes that tests have to need."""
    assert not edited(before, now)


@pytest.mark.parametrize(
    ("path", "unknown"),
    [
        ("config/flags.yaml", True),
        ("shop/limits.toml", True),
        ("data/rates.json", True),
        ("tsconfig.json", False),
        ("ruff.toml", False),
        (".editorconfig", False),
        (".github/labels.yml", False),
        ("mkdocs.yml", False),
        ("Makefile", False),
    ],
)
def test_settings_of_no_known_tool_are_the_products(path: str, unknown: bool) -> None:
    """What no tool for developers is known to read is read by what is shipped."""
    assert is_unknown_setting(path) is unknown


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ('__version__ = "7.0.5"', '__version__ = "7.0.6"'),
        ("VERSION = '1.9'", "VERSION = '1.10'"),
        ('export const version = "1.2.3";', 'export const version = "2.0.0";'),
        ('pub const VERSION: &str = "0.4.1";', 'pub const VERSION: &str = "0.4.2";'),
        ('const Version = "1.2.3"', 'const Version = "1.2.4-rc1"'),
        ('__version__ = "1.0.dev0"', '__version__ = "1.0"'),
    ],
)
def test_a_program_may_say_that_it_is_newer(before: str, now: str) -> None:
    """A release changes the one line by which a program says its own version."""
    assert only_own_version(replace(changed("src/a.py", now, deleted=1), removed=(before,)))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ('__version__ = "7.0.6"', '__version__ = "7.0.5"'),
        ('__version__ = "7.0.6"', '__version__ = "6"'),
        ('MIN_VERSION = "1.2"', 'MIN_VERSION = "1.3"'),
        ('TLS_VERSION = "1.2"', 'TLS_VERSION = "1.3"'),
        ('    version = "1.2"', '    version = "1.3"'),
        ('version = "1.2"', 'Version = "1.3"'),
        ('version = "1.2"', 'version = "1.3" if x else "1.2"'),
        ('version = "1.2"', 'version = "1.3"; import os'),
        ('version = "1.2"', 'version = f"1.3"'),
        ('version = "1.2"', 'version = "1.3" + x()'),
        ('version = "1.2"', 'version = "1.3-`id`"'),
        ("version = 1.2", "version = 1.3"),
        ('version = "1.2"', 'version = "1.2"'),
        ('version = "1.2"', 'version = "10.0.0.1.x"'),
        ('x = "1.2"', 'version = "1.3"'),
        ('version = "2"', 'version = "3"'),
    ],
)
def test_what_says_more_than_a_newer_version_is_a_change(before: str, now: str) -> None:
    """Another name, an older version, an expression, a line within something: tests have to need it."""
    assert not only_own_version(replace(changed("src/a.py", now, deleted=1), removed=(before,)))


@pytest.mark.parametrize("more", ["x = 1", '__version__ = "1.4"'])
def test_a_newer_version_beside_something_else_is_a_change(more: str) -> None:
    """One line, and nothing more."""
    file = changed("src/a.py", '__version__ = "1.3"', more, deleted=1)
    assert not only_own_version(replace(file, removed=('__version__ = "1.2"',)))


@pytest.mark.parametrize(
    ("path", "gone", "now", "harmless"),
    [
        ("Makefile", '\t@echo "Now tell people."', (), True),
        ("Makefile", "\techo 'done'", (), True),
        ("Makefile", '\t@echo "$(shell rm x)"', (), False),
        ("Makefile", '\t@echo "a" > dist/x', (), False),
        ("Makefile", '\t@echo "a" | sh', (), False),
        ("Makefile", '\t@echo "a"; exit 1', (), False),
        ("Makefile", '\t@echo "a" \\', (), False),
        ("Makefile", "\t@echo `id`", (), False),
        ("Makefile", "\ttwine check dist/*", (), False),
        ("Makefile", '\t@echo "a"', ('\t@echo "Ran 5 tests in 1s"',), False),
        ("Makefile", "", ('\t@echo "3 passed in 1s"',), False),
        ("Makefile", 'echo "a"', (), False),
        ("scripts/a.sh", '\techo "a"', (), False),
        ("Dockerfile", '\techo "a"', (), False),
    ],
)
def test_a_make_file_may_say_less(path: str, gone: str, now: tuple[str, ...], harmless: bool) -> None:
    """A line that only spoke to people may go; one that comes could speak for the tests."""
    removed = (gone,) if gone else ()
    assert only_versions(replace(changed(path, *now, deleted=len(removed)), removed=removed)) is harmless
