"""Actions that put an attestation or signature beside an image; no tag that a policy selects."""

from __future__ import annotations

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Write
from wholeship.pipeline.publish import Reference, Way


def read_attest(call: Call) -> Done:
    """actions/attest-*: writes to the registry only with ``push-to-registry: true``."""
    name = call.given("subject-name")
    outputs = {key: call.output(key) for key in ("attestation-id", "attestation-url", "bundle-path")}
    if call.flag("push-to-registry") is False or name is None:
        return Done((), outputs)
    return Done((Write(Way.ATTACH, (Reference(name.options[0], None),), None),), outputs)


def provenance(call: Call) -> Done:
    """The SLSA generator for containers: ``cosign attest IMAGE@DIGEST``, a called workflow."""
    name = call.given("image")
    if name is None:
        return Done(())
    return Done((Write(Way.ATTACH, (Reference(name.options[0], None),), None),), known=False)


ACTIONS = {
    "slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml": provenance,
    **dict.fromkeys(
        ("actions/attest", "actions/attest-build-provenance", "actions/attest-sbom"), read_attest
    ),
}
