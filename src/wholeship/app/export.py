"""`wholeship export github`: the release file as a GitHub Actions workflow."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.github.export import INSTALL, Pipeline, Signing, exported_workflow, update
from wholeship.release.attestation.terms import VARIABLE, Keyless, SigningKey
from wholeship.release.bases import with_bases
from wholeship.release.config import SCENARIOS, ReleaseConfig, read_config
from wholeship.release.contexts import targets
from wholeship.release.file import FILE

LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportQuestion:
    """What is exported, and where to (None: nowhere, its text is the answer).

    ``anew``: edits outside the marked regions are not kept. ``only_check``: nothing is written.
    """

    file: str = ""
    target: Path | None = None
    anew: bool = False
    only_check: bool = False


class Exported(StrEnum):
    """What became of the workflow."""

    UP_TO_DATE = "up to date"
    STALE = "stale"
    WRITTEN = "written"
    RENEWED = "renewed"


@dataclass(frozen=True, slots=True)
class ExportAnswer:
    """The workflow as it should be, and what became of it."""

    text: str
    became: Exported


def export_workflow(question: ExportQuestion, world: World) -> ExportAnswer:
    """Write the workflow, or renew its marked regions."""
    pipeline, target = pipeline_of(question.file), question.target
    if target is None:
        return ExportAnswer(exported_workflow(pipeline), Exported.STALE)
    text, before = _exported(pipeline, target, anew=question.anew)
    if text == before:
        return ExportAnswer(text, Exported.UP_TO_DATE)
    if question.only_check:
        return ExportAnswer(text, Exported.STALE)
    target.parent.mkdir(parents=True, exist_ok=True)
    world.write_file(target, text)
    return ExportAnswer(text, Exported.RENEWED if before else Exported.WRITTEN)


def pipeline_of(file: str | None) -> Pipeline:
    """What the release file *file* says, in the exporter's words."""
    config = with_bases(read_config(Path(file or FILE)))
    export = config.raw.export
    registry = config.images[config.watched].repository
    return Pipeline(
        name="Release",
        registry=str(registry),
        images=tuple(config.images),
        needs={name: targets(image.contexts) for name, image in config.images.items()},
        mirrors=tuple(
            dict.fromkeys(m.host for image in config.images.values() for m in image.mirrors.values())
        ),
        watched=config.watched,
        platforms={scenario: config.platforms_for(scenario) for scenario in SCENARIOS},
        branches=export.branches,
        gates=tuple(gate.name for gate in config.gates),
        runners=export.runners,
        install=export.install or INSTALL,
        file=_from_root(config),
        environment=export.environment or "",
        signing=_signing(config),
        environments={
            name: tuple(dict.fromkeys(r.host for r in one.repositories.values()))
            for name, one in config.environments.items()
        },
    )


def _signing(config: ReleaseConfig) -> Signing | None:
    """The attest job; None: the release file asks for no attestations."""
    terms = config.attest
    if terms is None:
        return None
    names: list[str] = []
    if isinstance(terms.sign, SigningKey):
        names += [terms.sign.key.removeprefix(VARIABLE)] if terms.sign.key.startswith(VARIABLE) else []
        names += [terms.sign.password] if terms.sign.password else []
    return Signing(isinstance(terms.sign, Keyless), tuple(names), config.raw.export.attestations)


def _exported(pipeline: Pipeline, target: Path, *, anew: bool) -> tuple[str, str]:
    """The workflow as it should be, and as it is (empty: there is none yet)."""
    try:
        before = target.read_bytes()[: LIMIT + 1].decode("utf-8")
    except FileNotFoundError:
        return exported_workflow(pipeline), ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{target} cannot be read: {error}") from None
    if len(before) > LIMIT:
        raise BadInput(f"{target} is larger than {LIMIT} bytes: not a workflow")
    return (exported_workflow(pipeline) if anew else update(before, pipeline)), before


def _from_root(config: ReleaseConfig) -> str:
    """The release file as a job sees it: from the root of the repository, where its steps start."""
    here = config.file.resolve()
    root = next((p for p in here.parents if (p / ".git").exists()), here.parent)
    return os.path.relpath(here, root)
