"""What each stage of a release works with, taken from a project."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wholeship.app.project import Project
from wholeship.app.records import Remembered, ports_of, records_to_reuse
from wholeship.core.errors import BadInput
from wholeship.core.late import late
from wholeship.release.attestation.terms import AttestTerms, Demand, Trust
from wholeship.release.gates import PlannedGate
from wholeship.release.inputs.dockerfile import Outside, outside_inputs
from wholeship.release.inputs.fingerprint import inputs_of
from wholeship.release.order import Elector
from wholeship.release.ports import Runner
from wholeship.release.stages.settings import (
    AttestSettings,
    BuildSettings,
    GateSettings,
    Looking,
    PromoteSettings,
    StageSettings,
)

if TYPE_CHECKING:
    from wholeship.app.election import following
    from wholeship.release.attestation.demands import DemandRunner
else:
    following = late("wholeship.app.election:following")
    DemandRunner = late("wholeship.release.attestation.demands:DemandRunner")


def build_settings_of(
    project: Project, tag: str, *, reuse: bool, earlier: Remembered | None = None
) -> BuildSettings:
    """Where release *tag* is built; without *reuse*, every image is, even where nothing changed. *earlier*:
    records of other releases, where they were looked up already."""
    world, config = project.world, project.config
    return BuildSettings(
        builder=project.builder,
        registry=project.registry,
        journal=project.state.journal(tag),
        clock=world.clock,
        root=project.root,
        logs=project.state.logs(tag).resolve(),
        progress=world.progress,
        parallel=config.parallel,
        insecure=project.insecure_hosts,
        cache=dict(config.raw.builder.cache),
        free=world.free_bytes,
        inputs=inputs_looked_up(project) if reuse else None,
        source=project.source,
        earlier=earlier or Remembered(records_to_reuse(project, tag)),
        sbom=_scans_itself(project),
    )


def stage_settings_of(
    project: Project,
    tag: str,
    *,
    building: BuildSettings | None = None,
    gating: GateSettings | None = None,
    force_older: bool = False,
) -> StageSettings:
    """What the stages of release *tag* work with; the policy is looked up when something is promoted."""
    promoting = partial(promote_settings_of, project, force_older=force_older)
    attesting = partial(attest_settings_of, project)
    return StageSettings(ports_of(project, tag), building, gating, promoting, attesting)


def inputs_looked_up(project: Project) -> Looking:
    """How to find out what an image would be made from."""
    sources = project.world.input_sources(project.root, project.builder.name, project.registry)
    scans = _scans_itself(project)
    return lambda image: inputs_of(image, sources, scanned=scans)


def _scans_itself(project: Project) -> bool:
    """Whether the builder is to list what images contain; :class:`BadInput` where it cannot."""
    terms = project.config.attest
    if terms is None or terms.contents.sbom != "buildkit":
        return False
    if not project.builder.scans_images:
        raise BadInput(
            f"{project.builder.name} does not scan images: attest: {{sbom: buildkit}} needs buildx",
            advice="take the builder buildx, or: attest: {sbom: syft}",
        )
    return True


def gate_settings_of(project: Project, tag: str, *, held: bool = True) -> GateSettings:
    """Where release *tag* is gated. *held*: its scripts are run from its own commit only."""

    def runner_for(gate: PlannedGate) -> Runner:
        if gate.demand is not None:
            return _demand_runner(project, gate.demand)
        # A script may need no engine; where one is known or named, it gets the same as the images.
        needed = gate.image or project.config.builder != "auto"
        builder = project.builder if needed else project.chosen_builder.known
        return project.world.choose_runner(gate, builder)

    return GateSettings(
        runner_for=runner_for,
        journal=project.state.journal(tag),
        clock=project.world.clock,
        logs=project.state.logs(tag).resolve(),
        root=project.root,
        progress=project.world.progress,
        insecure=project.insecure_hosts,
        source=project.source if held else None,
    )


def _demand_runner(project: Project, demand: Demand) -> DemandRunner:
    """Who looks whether *demand* is met, by the Dockerfiles of this work tree."""
    world, config = project.world, project.config
    scans = config.attest is None or config.attest.contents.sbom != "buildkit"

    def taken(image: str) -> Outside:
        configured = config.images[image]
        text = world.read_file(configured.dockerfile)
        if text is None:
            raise BadInput(f"{image}: there is no {configured.dockerfile}")
        return outside_inputs(text.decode("utf-8", "replace"), configured.args)

    return DemandRunner(
        demand,
        project.registry,
        taken,
        partial(world.open_verifier, AttestTerms(None, demand.signed_bases or Trust()), project.root),
        world.open_scanner(project.insecure_hosts) if scans else None,
        world.clock,
        lambda base: world.base_places(_builder_name(project), base, project.registry),
    )


def _builder_name(project: Project) -> str:
    """The builder, as far as it is known without looking for one."""
    known = project.chosen_builder.known
    return known.name if known else project.config.builder


def promote_settings_of(project: Project, *, force_older: bool = False) -> PromoteSettings:
    """How this release is promoted: by the controller's policy, where one is named."""
    electors = electors_of(project)
    return PromoteSettings(
        elector=electors.get(project.config.watched), force_older=force_older, electors=electors
    )


def attest_settings_of(project: Project) -> AttestSettings | None:
    """How this release is attested; None: the release file does not ask for it."""
    terms = project.config.attest
    if terms is None:
        return None
    return AttestSettings(
        verifier=project.world.open_verifier(terms, project.root),
        signer=project.world.open_signer(terms, project.root) if terms.sign is not None else None,
        contents=terms.contents,
        scanner=project.world.open_scanner(project.insecure_hosts) if terms.contents.sbom == "syft" else None,
        required=terms.required,
        elector=elector_of(project),
        electors=electors_of(project),
    )


def elector_of(project: Project) -> Elector | None:
    """The policy that follows the watched image; None: the release file names none."""
    return electors_of(project).get(project.config.watched)


def electors_of(project: Project) -> dict[str, Elector]:
    """The policies by the image that they follow; empty: the release file names none."""
    if project.config.raw.gitops.policy is None:
        return {}
    found = {
        name: following(project.world, project.declared(), image=name) for name in project.config.followed
    }
    return {name: one.elector for name, one in found.items() if one is not None and one.elector is not None}
