"""A team's test suites, run so that they see no token and leave nothing running."""

from __future__ import annotations

import os
import re
from pathlib import Path

from wholeship.adapters.process import ENGINES, PLAIN, allowed, run
from wholeship.core.errors import BadInput
from wholeship.review.ports import SECRETS_OF_THE_HOST, SuiteRun
from wholeship.review.settings import Suite

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
    """:class:`wholeship.review.ports.Suites`: ``sh -c`` in the work tree, logs in *logs*."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        """See :class:`wholeship.review.ports.Suites`."""
        log = self._logs / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', suite.name)}.{label}.log"
        ended = run(
            ["/bin/sh", "-c", suite.command],
            environment=environment(suite.environment),
            log=log,
            cwd=tree,
            timeout=suite.timeout,
        )
        return SuiteRun(ended.exit_code, round(ended.seconds, 3), ended.tail, str(log))


def environment(names: tuple[str, ...]) -> dict[str, str]:
    """The harmless variables and *names*; :class:`BadInput` for one that holds a token of the code host."""
    for name in names:
        if name.upper() in SECRETS_OF_THE_HOST:
            raise BadInput(
                f"{name} may hold a token for the code host, and is given to nobody",
                advice="what is under review could print it, or push with it",
            )
    more = {name: os.environ[name] for name in names if name in os.environ}
    return allowed(PLAIN | ENGINES | TOOLS, **more)
