"""Actions that nobody has described here: may they publish?

An unknown action that is handed a registry credential, or inputs that speak of pushing images, may push
any tag. Others cannot, unless the job is logged in and they run code of their own; that is an assumption
kept quiet for the actions that everybody uses.
"""

from __future__ import annotations

import re

from wholeship.workflows.facts.actions.call import Call
from wholeship.workflows.facts.effects import Done, Opaque

_HARMLESS_OWNERS = frozenset(
    ("actions", "github", "codecov", "sonarsource", "peter-evans", "step-security", "hashicorp", "golangci")
)
_IMAGE_INPUTS = re.compile(
    r"^(?:push|image|images|image[-_]?name|image[-_]?tags?|registry|docker.*|container.*|repository)$"
)
_CREDENTIALS = re.compile(r"secrets\.(?!GITHUB_TOKEN)|GITHUB_TOKEN|github\.token")
_NAMES = re.compile(
    r"docker|image|registry|container|kaniko|buildah|podman|skopeo|(?<![a-z])oci|ecr|ghcr|gcr|helm.*push|publish"
)
_NO_PUSH = re.compile(
    r"setup|install|login|auth|cache|prune|clean|delete|free-disk|lint|scan|hadolint|dive|compare|size|readme"
    r"|description|update-check|wait|notify|trigger|deploy|render|checkout|pull|metadata|retention|remove|stop|logs"
)


def judged(call: Call) -> Done:
    """``Opaque`` when the action's name or inputs speak of images and it could push."""
    owner, _, name = call.action.partition("/")
    if owner in _HARMLESS_OWNERS or _NO_PUSH.search(name):
        return Done((), known=False)
    inputs = {key for key in call.inputs if _IMAGE_INPUTS.match(key)}
    secret = any(_CREDENTIALS.search(str(value)) for value in call.inputs.values())
    speaks = bool(_NAMES.search(name))
    declined = "push" in call.inputs and call.flag("push") is False
    if declined or not (
        (speaks and (inputs or secret)) or ("push" in inputs) or (len(inputs) > 1 and secret)
    ):
        return Done((), known=False)
    return Done((Opaque(f"the action {call.action} is not known"),), known=False)
