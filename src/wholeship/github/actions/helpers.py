"""Actions that make publishing possible: logins, QEMU, builders."""

from __future__ import annotations

from wholeship.core.patterns import lazy_pattern
from wholeship.github.actions.call import Call
from wholeship.github.actions.unknown import judge_action
from wholeship.pipeline.effects import Done, Effect, Emulate, Login
from wholeship.pipeline.publish import ANY_VERSION, Reference
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.removals import ANY_NAME, SOMEWHERE, removal


def login(call: Call) -> Done:
    """docker/login-action: Docker Hub when no registry is named."""
    return Done((Login(call.text("registry", "login-server", "loginserver") or "docker.io"),))


def ecr(call: Call) -> Done:
    """aws-actions/amazon-ecr-login: its output names the registry."""
    registry = Value.hole(Kind.VARIABLE, "the account's registry")
    return Done((Login("amazonaws.com"),), {"registry": registry})


def qemu(_call: Call) -> Done:
    """docker/setup-qemu-action."""
    return Done((Emulate(),))


def no_effect(_call: Call) -> Done:
    """No effect on images."""
    return Done(())


def unlisted(_call: Call) -> Done:
    """No effect on images; outputs are not listed here."""
    return Done((), known=False)


def lowered(call: Call) -> Done:
    """ASzc/change-string-case-action."""
    value = call.inputs.get("string", Value())
    return Done((), {"lowercase": value.map(_lower), "uppercase": value.derive("upper case", str.upper)})


def _lower(template: Template) -> Template:
    return Template.of(*(part.lower() if isinstance(part, str) else part for part in template.parts))


def clock(call: Call) -> Done:
    """Actions whose outputs are the time."""
    hole = Value.of(
        Template.of(Hole.of(Kind.CLOCK, f"{call.action} {call.text('format')}".strip(), call.site))
    )
    return Done((), dict.fromkeys(("time", "formattedTime", "date", "result", "formatted", "now"), hole))


def github_script(call: Call) -> Done:
    """actions/github-script: speaks to GitHub's API, unless its text runs a program or starts a workflow."""
    text = call.text("script")
    gone = _deleted_by(text)
    judged = judge_action(call) if _RUNS.search(text) is not None else Done((), known=False)
    return (
        Done((*judged.effects, *gone), judged.outputs, judged.environment, judged.known) if gone else judged
    )


_RUNS = lazy_pattern(r"exec\w*\b|child_process|spawn|[dD]ispatch|require\(|import\(|fetch\(|axios|\$`")
"""Ways of JavaScript to run a program, to load other code, to speak to a server, to start a workflow."""


def _deleted_by(text: str) -> tuple[Effect, ...]:
    """What JavaScript takes away by GitHub's API: of the package that it names, or of any."""
    asked = _DELETES_PACKAGE.search(text)
    if asked is None or _OTHER_PACKAGES.search(text):
        return ()
    named = [name for found in _PACKAGE.findall(text) for name in found if name]
    homes = [Template.of(SOMEWHERE, "/", name) for name in named] or [ANY_NAME]
    return removal(*(Reference(home, ANY_VERSION) for home in homes))


_DELETES_PACKAGE = lazy_pattern(r"deletePackage|DELETE /\S*packages/container")
_OTHER_PACKAGES = lazy_pattern(r"package_type:\s*[\"'`](?!container|docker)")
_PACKAGE = lazy_pattern(r"package_name:\s*[\"'`]([\w./-]+)[\"'`]|packages/container/([\w.-]+)")


ACTIONS = {
    **dict.fromkeys(
        (
            "docker/login-action",
            "azure/docker-login",
            "redhat-actions/podman-login",
            "actions-hub/docker/login",
        ),
        login,
    ),
    "aws-actions/amazon-ecr-login": ecr,
    "docker/setup-qemu-action": qemu,
    "tonistiigi/setup-qemu-action": qemu,
    "asyncapi/setup-qemu-action": qemu,
    **dict.fromkeys(
        """
            docker/setup-buildx-action docker/setup-docker-action docker/setup-compose-action
            useblacksmith/setup-docker-builder useblacksmith/setup-buildx-action
            namespacelabs/nscloud-setup-buildx-action sigstore/cosign-installer imjasonh/setup-crane
            oras-project/setup-oras ko-build/setup-ko imjasonh/setup-ko azure/setup-helm
            google-github-actions/setup-gcloud anchore/sbom-action/download-syft
        """.split(),
        no_effect,
    ),
    "aszc/change-string-case-action": lowered,
    "josstorer/get-current-time": clock,
    "nanzm/get-time-action": clock,
    "srfrnk/current-time": clock,
    "1466587594/get-current-time": clock,
    "gerred/current-time": clock,
    "kaven-universe/github-action-current-date-time": clock,
    "actions/github-script": github_script,
}
