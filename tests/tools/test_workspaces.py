"""Packages of one repository, and Go files: what a runner starts in each of them is looked through."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

import pytest

from wholeship import tools as programs
from wholeship.pipeline.effects import Opaque
from wholeship.texts.template import Template
from wholeship.tools import workspaces
from wholeship.tools.world import World

PUSH = "docker push r.example/acme/app:1"


def package(**scripts: str) -> str:
    return json.dumps({"name": "@acme/a", "scripts": scripts})


def listed(files: Mapping[str, str], *, blind: bool = False) -> World:
    """A repository of *files* whose folders can be listed, unless *blind*."""

    def read(path: str) -> str | None:
        if not path.endswith("/"):
            return files.get(path)
        inside = [
            each[len(path.removeprefix("./")) :] for each in files if each.startswith(path.removeprefix("./"))
        ]
        names = {first + slash for first, slash, _ in (each.partition("/") for each in inside)}
        return None if blind else "\n".join(sorted(names)) or None

    return World(read)


def told(line: str, world: World) -> str:
    words = tuple(map(Template.of, shlex.split(line)))
    return " ".join(each.reason for each in programs.effects_of(words, world) if isinstance(each, Opaque))


NPM = {"package.json": json.dumps({"workspaces": ["packages/*", "!packages/old"]})}
PNPM = {"pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n"}
LERNA = {"lerna.json": json.dumps({"packages": ["packages/**"]})}
RUSH = {"rush.json": '{"projects": [{"packageName": "a", /* remark */ "projectFolder": "packages/a"}]}'}
NX = {"nx.json": "{}"}
IN_A = "packages/a/package.json"


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("turbo run build", NPM),
        (
            "turbo build --filter=web",
            {"package.json": json.dumps({"workspaces": {"packages": ["packages/*"]}})},
        ),
        ("lerna run build --stream", LERNA),
        ("nx run-many -t build", NPM),
        ("nx run-many --target=build --all", NPM),
        ("nx build a", NPM),
        ("pnpm -r build", PNPM),
        ("pnpm --filter a run build", PNPM),
        ("yarn workspaces foreach -A run build", NPM),
        ("yarn workspace a build", NPM),
        ("npm run build --workspaces", NPM),
        ("npm test --workspaces", NPM),
        ("rush build", RUSH),
    ],
)
def test_scripts_of_packages_are_looked_through(line: str, settings: Mapping[str, str]) -> None:
    """Whatever runs them: a script of a package that pushes is told with its file, another is not."""
    name = "test" if "test" in line else "build"
    assert IN_A in told(line, listed({**settings, IN_A: package(**{name: PUSH})}))
    assert IN_A in told(line, listed({**settings, IN_A: package(**{name: "npm run x", "x": PUSH})}))
    assert IN_A in told(line, listed({**settings, IN_A: package(**{f"pre{name}": PUSH})}))
    assert IN_A not in told(line, listed({**settings, IN_A: package(**{name: "tsc", "push": PUSH})}))


def test_a_file_that_a_script_names_is_looked_through() -> None:
    """It is looked for in the folder of the package."""
    files = {**NPM, IN_A: package(build="./make.sh"), "packages/a/make.sh": PUSH}
    assert IN_A in told("turbo run build", listed(files))


def test_packages_that_cannot_be_listed_may_push() -> None:
    """Nobody knows what is in a folder that cannot be listed, or in too many folders."""
    files = {**NPM, IN_A: package(build="tsc")}
    assert "packages, whose packages could not be listed" in told(
        "turbo run build", listed(files, blind=True)
    )
    plain = {"package.json": json.dumps({"workspaces": ["packages/a"]}), IN_A: package(build="tsc")}
    assert told("turbo run build", listed(plain, blind=True)) == ""


def test_too_many_folders_are_not_all_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the budget it is said, never passed over."""
    files = {**NX, **{f"libs/l{at}/project.json": "{}" for at in range(9)}}
    assert "could not be listed" not in told("nx build a", listed(files))
    monkeypatch.setattr(workspaces, "FOLDERS", 5)
    assert "could not be listed" in told("nx build a", listed(files))


def test_targets_of_nx_and_tasks_of_moon_are_looked_through() -> None:
    """Their projects are found wherever they are; another target says nothing."""
    target = json.dumps({"targets": {"build": {"command": PUSH}, "test": {"command": "jest"}}})
    files = {**NX, "libs/a/project.json": target}
    assert "libs/a/project.json" in told("nx affected --target=build", listed(files))
    assert "libs/a/project.json" not in told("nx affected --target=lint", listed(files))
    moon = {".moon/workspace.yml": "", "a/moon.yml": f"tasks: {{build: {{command: {PUSH}}}}}"}
    assert "a/moon.yml" in told("moon run a:build", listed(moon))


GO = {"pkg/x/foo.go": f"package x\n\n//go:generate {PUSH}\n", "main.go": "package main\n"}


@pytest.mark.parametrize(
    ("line", "tells"),
    [
        ("go generate ./...", True),
        ("go generate -v ./pkg/x", True),
        ("go generate ./pkg/...", True),
        ("go generate", False),
        ("go generate ./cmd/...", False),
    ],
)
def test_what_go_generate_runs_is_looked_through(line: str, tells: bool) -> None:
    """The lines of all Go files below the folders that are named, and the scripts that they name."""
    assert ("pkg/x/foo.go" in told(line, listed({**GO, "cmd/a.go": "package cmd"}))) is tells
    script = {"pkg/x/foo.go": "package x\n//go:generate ./p.sh\n", "pkg/x/p.sh": PUSH, "cmd/a.go": ""}
    assert ("pkg/x/foo.go" in told(line, listed(script))) is tells


def test_more_go_files_than_are_looked_through_may_push(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the budget nobody knows; ``go build`` asks nothing of it."""
    monkeypatch.setattr(workspaces, "SOURCES", 2)
    files = {f"p/f{at}.go": "package p" for at in range(4)}
    assert "could not all be looked through" in told("go generate ./...", listed(files))
    assert told("go build ./...", listed(files)) == ""
