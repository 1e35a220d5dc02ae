"""Actions that look at images: scanners, and whether their findings fail the step."""

from __future__ import annotations

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Examine
from wholeship.pipeline.publish import CheckKind
from wholeship.texts.template import Template


def trivy(call: Call) -> Done:
    """aquasecurity/trivy-action: fails only with an ``exit-code`` other than 0."""
    code = call.text("exit-code")
    image = _subjects(call, "image-ref", "image")
    kind = CheckKind.SCAN if image else CheckKind.LINT
    reason = "" if code not in ("", "0") else "trivy-action passes whatever it finds unless exit-code is 1"
    return Done((Examine(kind, image, not reason, reason),), known=False)


def grype(call: Call) -> Done:
    """anchore/scan-action: ``fail-build`` is true by default."""
    lenient = call.flag("fail-build", default=True) is False
    reason = "fail-build is false" if lenient else ""
    return Done((Examine(CheckKind.SCAN, _subjects(call, "image"), not lenient, reason),), known=False)


def hadolint(call: Call) -> Done:
    """hadolint/hadolint-action."""
    lenient = call.flag("no-fail") is True
    return Done((Examine(CheckKind.LINT, (), not lenient, "no-fail is true" if lenient else ""),))


def smoke(call: Call) -> Done:
    """Runs or inspects an image."""
    return Done((Examine(CheckKind.SMOKE, _subjects(call, "image", "image-ref")),), known=False)


def _subjects(call: Call, *names: str) -> tuple[Template, ...]:
    value = call.given(*names)
    return value.options if value is not None else ()


ACTIONS = {
    "aquasecurity/trivy-action": trivy,
    "anchore/scan-action": grype,
    "hadolint/hadolint-action": hadolint,
    "plexsystems/container-structure-test-action": smoke,
    "docker/scout-action": lambda call: Done(
        (Examine(CheckKind.SCAN, _subjects(call, "image")),), known=False
    ),
    "snyk/actions/docker": lambda call: Done(
        (Examine(CheckKind.SCAN, _subjects(call, "image")),), known=False
    ),
}
