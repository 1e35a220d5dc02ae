"""Which kind of release this is, from which commit: asked of flags, the CI, then git.

GitHub's variables: GitHub docs, "Default environment variables". A re-run of a run keeps its number, so
that a tag made of it names the same release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.release.config import SCENARIOS

_EVENTS = {"push": "push", "schedule": "push", "release": "release", "workflow_dispatch": "manual"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a release comes from. ``run`` is the CI's run number, None outside a CI; ``changes`` a digest of
    what is not committed."""

    scenario: str
    commit: str = ""
    branch: str = ""
    version: str = ""
    dirty: bool = False
    source: str = ""
    changes: str = ""
    run: int | None = None
    attempt: int = 1
    run_url: str = ""


def scenario_of(given: str | None, environment: Mapping[str, str]) -> str:
    """The scenario: as given, by ``WHOLESHIP_SCENARIO``, by the CI's event, else manual."""
    named = given or environment.get("WHOLESHIP_SCENARIO")
    if named:
        if named not in SCENARIOS:
            raise BadInput(f"unknown scenario {named!r}", advice=f"known: {', '.join(SCENARIOS)}")
        return named
    return _EVENTS.get(environment.get("GITHUB_EVENT_NAME", ""), "manual")


def ci_origin(scenario: str, environment: Mapping[str, str]) -> Origin | None:
    """What GitHub Actions says about this run; None elsewhere."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return None
    ref, number = environment.get("GITHUB_REF", ""), environment.get("GITHUB_RUN_NUMBER", "")
    attempt = environment.get("GITHUB_RUN_ATTEMPT", "1")
    server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    run_id = environment.get("GITHUB_RUN_ID", "")
    return Origin(
        scenario=scenario,
        commit=environment.get("GITHUB_SHA", ""),
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else "",
        version=ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else "",
        source=f"{server}/{repository}" if server and repository else "",
        run=int(number) if re.fullmatch(r"[0-9]{1,12}", number) else None,
        attempt=int(attempt) if re.fullmatch(r"[0-9]{1,6}", attempt) else 1,
        run_url=f"{server}/{repository}/actions/runs/{run_id}" if run_id else "",
    )
