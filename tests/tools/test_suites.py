"""Test runners: that tests push nothing is taken for granted only where none is found that does."""

from __future__ import annotations

import pytest

from tests.tools.test_workspaces import listed, told
from wholeship.tools import suites

PYTHON = """\
import os, subprocess
def test_x():
    subprocess.run(["docker", "push", "r.example/a:" + os.environ["V"]])
"""
SHELL = "import os\nos.system('docker push r.example/a:$(git rev-parse HEAD)')\n"
LIBRARY = "import docker\ndocker.from_env().images.push('r.example/a')\n"
COMPARED = 'SAID = "docker push r.example/a"\ndef test_x():\n    assert reads(SAID)\n'
GO = 'package a\nfunc TestX(t *testing.T) {\n\tcmd := exec.Command("docker", "push", image)\n\tcmd.Run()\n}\n'
TYPESCRIPT = "it('x', async () => { await execa('docker', ['push', image]) })\n"
JAVA = 'class XTest { void x() { new ProcessBuilder("docker", "push", image).start(); } }\n'
RUST = '#[test]\nfn x() { Command::new("docker").args(["push", &image]).status().unwrap(); }\n'


@pytest.mark.parametrize(
    ("line", "path", "text"),
    [
        ("pytest tests", "tests/test_x.py", PYTHON),
        ("pytest -q -k 'not slow'", "tests/deep/test_x.py", PYTHON),
        ("pytest tests/test_x.py::test_x", "tests/test_x.py", PYTHON),
        ("python -m pytest", "pkg/x_test.py", PYTHON),
        ("python3 -m unittest discover", "tests/helpers.py", PYTHON),
        ("uv run pytest", "tests/test_x.py", PYTHON.replace("subprocess.run", "subprocess.check_call")),
        ("pytest", "tests/test_x.py", LIBRARY),
        ("pytest", "tests/test_x.py", SHELL),
        ("go test ./...", "internal/a/a_test.go", GO),
        ("go test -race ./internal/...", "internal/a/a_test.go", GO),
        ("npx vitest run", "src/a.test.ts", TYPESCRIPT),
        ("jest", "src/__tests__/a.js", TYPESCRIPT),
        ("rspec", "spec/a_spec.rb", "it('x') { system('docker push r.example/a') }\n"),
        ("bats test", "test/a.bats", "@test x {\n  run docker push r.example/a\n}\n"),
        ("cargo test", "tests/a.rs", RUST),
        ("mvn verify", "src/test/java/XTest.java", JAVA),
        ("./gradlew check", "app/src/integrationTest/kotlin/XTest.kt", JAVA),
    ],
)  # fmt: skip
def test_a_test_that_pushes_is_told_with_its_file(line: str, path: str, text: str) -> None:
    """Whatever the runner: a test that starts a push is told; without it nothing is."""
    world = {path: text, "README.md": PYTHON, "src/push.py": PYTHON, "go.mod": "module a\n"}
    assert f"{path}, which " in told(line, listed(world))
    assert told(line, listed({**world, path: "pass\n"})) == ""


@pytest.mark.parametrize(
    ("line", "path", "text"),
    [
        ("pytest", "tests/test_x.py", PYTHON.replace("r.example/", "localhost:5000/")),
        ("pytest", "tests/test_x.py", COMPARED),
        ("pytest", "tests/test_x.py", "# subprocess.run(['docker', 'push', 'r.example/a'])\n"),
        ("go test ./...", "a_test.go", GO.replace("image", '"127.0.0.1:5000/a"')),
        ("go test ./cmd/...", "internal/a_test.go", GO),
        ("go vet ./...", "a_test.go", GO),
        ("bats test", "test/a.bats", "@test x {\n  pushd x\n  # docker push r.example/a\n}\n"),
        ("pytest tests/unit", "tests/e2e/test_x.py", PYTHON),
    ],
)  # fmt: skip
def test_what_no_test_does_is_not_told(line: str, path: str, text: str) -> None:
    """A push to this machine, a text that is only compared, a remark, a test that the runner is not given."""
    own = {"tests/unit/test_a.py": "pass\n", "cmd/a_test.go": "package cmd\n"}
    assert told(line, listed({**own, path: text})) == ""


def test_without_a_listing_a_test_is_taken_to_push_nothing() -> None:
    """The assumption of the docs stays where folders cannot be listed, and beyond the budget."""
    assert told("pytest", listed({"tests/test_x.py": PYTHON}, blind=True)) == ""


def test_so_many_files_are_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the budget are not read."""
    monkeypatch.setattr(suites, "FILES", 2)
    files = {f"tests/test_{at}.py": "pass\n" for at in range(4)}
    assert told("pytest", listed({**files, "tests/test_9.py": PYTHON})) == ""
    assert "tests/test_0.py" in told("pytest", listed({**files, "tests/test_0.py": PYTHON}))
