"""A team's test suites, run so that they see no token and leave nothing running."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.cell import Cell
from wholeship.adapters.process import ENGINES, PLAIN, allowed_environment, run
from wholeship.core.errors import BadInput
from wholeship.core.late import late
from wholeship.review.evidence.counting import ClosingLines
from wholeship.review.ports import SECRETS_OF_THE_HOST, RanTests, SuiteRun
from wholeship.review.settings import Suite

if TYPE_CHECKING:
    from wholeship.adapters.junit import read_reports, usual_reports
else:
    read_reports = late("wholeship.adapters.junit:read_reports")
    usual_reports = late("wholeship.adapters.junit:usual_reports")

TOOLS = frozenset(
    [
        *("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "UV_CACHE_DIR", "PIP_CACHE_DIR"),
        *("JAVA_HOME", "MAVEN_HOME", "GRADLE_HOME", "GRADLE_USER_HOME", "GOPATH", "GOROOT", "GOCACHE"),
        *("GOMODCACHE", "GOFLAGS", "CARGO_HOME", "RUSTUP_HOME", "NVM_DIR", "NODE_OPTIONS", "NODE_PATH"),
        *("PNPM_HOME", "COREPACK_HOME", "GEM_HOME", "BUNDLE_PATH", "DOTNET_ROOT", "ANDROID_HOME"),
        *("LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "CC", "CXX", "SHELL", "CI", "GITHUB_ACTIONS", "RUNNER_TEMP"),
    ]
)
"""Where toolchains live. None of them is where a token is kept."""


class ShellSuites:
    """:class:`wholeship.review.ports.Suites`: ``sh -c`` in the work tree, logs in *logs*.

    Runners are asked to say which tests ran: pytest for JUnit XML, Go for the names of its tests. Their
    closing lines are read, and the reports that they leave.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        with tempfile.TemporaryDirectory(prefix="wholeship-tests-") as folder:
            report = Path(folder) / "pytest.xml"
            done = self._run(suite, tree, label, {"PYTEST_ADDOPTS": f"--junitxml={report}"}, Path(folder))
            if done.exit_code == 4 and any("--junitxml" in line for line in done.tail):
                return self._run(suite, tree, label, {}, Path(folder))  # a project that took it out of pytest
            return done

    def _run(self, suite: Suite, tree: Path, label: str, asked: Mapping[str, str], folder: Path) -> SuiteRun:
        log = self._logs / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', suite.name)}.{label}.log"
        heard = ClosingLines()
        before = _stamps(tree)
        known = suite_environment(suite.environment if suite.confinement is None else ())
        known |= {**asked, "GOFLAGS": f"{known.get('GOFLAGS', '')} -v".strip()}
        argv = ["/bin/sh", "-c", suite.command]
        if suite.confinement is not None:
            cell = Cell(suite.confinement.image, suite.confinement.readable)
            cell.check()
            argv, known = cell.enclose(argv, known, tree, (folder,), suite)
        ended = run(argv, environment=known, log=log, cwd=tree, timeout=suite.timeout, heard=heard.hear)
        reports = [path for path, stamp in _stamps(tree).items() if before.get(path) != stamp]
        tests = _counted(read_reports([folder / "pytest.xml", *reports]), heard.tests)
        return SuiteRun(ended.exit_code, round(ended.seconds, 3), ended.tail, str(log), tests)


def _stamps(tree: Path) -> dict[Path, tuple[int, int]]:
    """The reports in *tree*, and when they were written: one that is committed is no measurement."""
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in usual_reports(tree)}


def _counted(reported: RanTests | None, said: RanTests | None) -> RanTests | None:
    """Reports name their tests, the closing lines tell of every run: both are kept, where both are there."""
    if reported is None or said is None:
        return reported or said
    return replace(reported, said=said.ran, failed=max(reported.failed, said.failed))


def suite_environment(names: tuple[str, ...]) -> dict[str, str]:
    """The harmless variables and *names*; :class:`BadInput` for one that holds a token of the code host."""
    for name in names:
        if name.upper() in SECRETS_OF_THE_HOST:
            raise BadInput(
                f"{name} may hold a token for the code host, and is given to nobody",
                advice="what is under review could print it, or push with it",
            )
    more = {name: os.environ[name] for name in names if name in os.environ}
    return allowed_environment(PLAIN | ENGINES | TOOLS, **more)
