"""Actions that make publishing possible: logins, QEMU, builders."""

from __future__ import annotations

from wholeship.core.patterns import lazy_pattern
from wholeship.github.actions.call import Call
from wholeship.github.actions.unknown import judge_action
from wholeship.pipeline.effects import Done, Emulate, Login
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.removals import removed_by_code


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
    gone = removed_by_code(_texts(call))
    judged = judge_action(call) if _RUNS.search(text) is not None else Done((), known=False)
    return (
        Done((*judged.effects, *gone), judged.outputs, judged.environment, judged.known) if gone else judged
    )


_RUNS = lazy_pattern(r"exec\w*\b|child_process|spawn|[dD]ispatch|require\(|import\(|fetch\(|axios|\$`")
"""Ways of JavaScript to run a program, to load other code, to speak to a server, to start a workflow."""


_REQUIRED = lazy_pattern(r"(?:require|import)\(\s*[`'\"](?:\$\{[^}]*\}|\.)?/*([\w./-]+)")


def _texts(call: Call) -> str:
    """The script, and those files of the repository that it loads."""
    text = call.text("script")
    paths = [f"{path}{end}" for path in _REQUIRED.findall(text) for end in ("", ".js", ".cjs", ".mjs")]
    return "\n".join((text, *(call.world.file(path) or "" for path in paths)))


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
