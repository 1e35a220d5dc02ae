"""The release file and the workflow that is made from it."""

from __future__ import annotations

import os
from pathlib import Path

from wholeship.core.errors import BadInput
from wholeship.github.export import INSTALL, Pipeline, update, workflow
from wholeship.release.config import FILE, SCENARIOS, ReleaseConfig, load

LIMIT = 1024 * 1024


def pipeline_of(file: str | None) -> Pipeline:
    """What the release file *file* says, in the exporter's words."""
    config = load(Path(file or FILE))
    export = config.raw.export
    registry = config.images[config.watched].repository
    return Pipeline(
        name="Release",
        registry=str(registry),
        images=tuple(config.images),
        watched=config.watched,
        platforms={scenario: config.platforms_for(scenario) for scenario in SCENARIOS},
        branches=export.branches,
        gates=tuple(gate.name for gate in config.gates),
        runners=export.runners,
        install=export.install or INSTALL,
        file=_from_root(config),
        environment=export.environment or "",
    )


def exported(pipeline: Pipeline, target: Path, *, anew: bool) -> tuple[str, str]:
    """The workflow as it should be, and as it is (empty: there is none yet)."""
    try:
        before = target.read_bytes()[: LIMIT + 1].decode("utf-8")
    except FileNotFoundError:
        return workflow(pipeline), ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{target} cannot be read: {error}") from None
    if len(before) > LIMIT:
        raise BadInput(f"{target} is larger than {LIMIT} bytes: not a workflow")
    return (workflow(pipeline) if anew else update(before, pipeline)), before


def _from_root(config: ReleaseConfig) -> str:
    """The release file as a job sees it: from the root of the repository, where its steps start."""
    here = config.file.resolve()
    root = next((p for p in here.parents if (p / ".git").exists()), here.parent)
    return os.path.relpath(here, root)
