"""Actions that nobody has described here: may they publish?

An unknown action may push any tag with what the job holds. One whose name or inputs speak of images counts
with any registry credential it is handed; any other counts where the job is logged in to a registry, or
hands it a token that may write packages. Not counted, by assumption (``docs/prover.md``): actions of the
owners below, which everybody uses, and those whose name says that they set up, scan, wait or tell.
"""

from __future__ import annotations

import re

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Opaque

_OWNERS = """
    actions github codecov sonarsource peter-evans step-security hashicorp golangci azure aws-actions
    google-github-actions redhat-actions softprops ncipollo release-drafter googleapis dorny tj-actions pnpm
    gradle ruby astral-sh denoland oven-sh dtolnay swatinem jlumbroso slackapi 8398a7 rtcamp mikepenz
    stefanzweifel snyk
"""
_HARMLESS_OWNERS = frozenset(_OWNERS.split())
_IMAGE_INPUTS = re.compile(
    r"^(?:push|image|images|image[-_]?name|image[-_]?tags?|registry|docker.*|container.*|repository)$"
)
_CREDENTIALS = re.compile(r"secrets\.(?!GITHUB_TOKEN)|GITHUB_TOKEN|github\.token")
_NAMES = re.compile(
    r"docker|image|registry|container|kaniko|buildah|podman|skopeo|(?<![a-z])oci|(?<![a-z])ecr|ghcr|gcr|helm.*push|publish"
)
_NO_PUSH = re.compile(
    r"setup|install|login|logout|auth|sanitize|scout|cache|prune|clean|delete|free-disk|lint|scan|hadolint|dive|compare|size|readme"
    r"|description|update-check|wait|notify|trigger|deploy|render|checkout|pull|metadata|retention|remove|stop|logs"
)


_ELSEWHERE = re.compile(
    r"status|summary|report|vault|secret|comment|label|changelog|coverage|artifact|sbom|badge|netlify|gh-pages"
    r"|pypi|npm|notes"
)
"""What these words speak of is no image, unless the name speaks of images too."""


def judged(call: Call) -> Done:
    """``Opaque``, unless it is taken not to publish; quieter where nothing about it speaks of images."""
    owner, _, name = call.action.partition("/")
    inputs = {key for key in call.inputs if _IMAGE_INPUTS.match(key)}
    declined = "push" in call.inputs and call.flag("push") is False
    speaks = bool(_NAMES.search(name))
    told = _NO_PUSH.search(name) or (_ELSEWHERE.search(name) and not speaks and "push" not in call.inputs)
    if owner in _HARMLESS_OWNERS or told or declined:
        return Done((), known=False)
    secret = any(_CREDENTIALS.search(str(value)) for value in call.inputs.values())
    loud = (speaks and (inputs or secret)) or ("push" in inputs) or (len(inputs) > 1 and secret)
    return Done((Opaque(f"the action {call.action} is not known", quiet=not loud),), known=False)
