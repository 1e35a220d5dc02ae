"""Actions that nobody has described here: known to push no image, for a reason, or else they may.

One whose name or inputs speak of images counts with any registry credential it is handed; any other counts
where the job is logged in to a registry, or hands it a token that may write packages. A text that an action
is given to run is read like a step (:mod:`wrappers`), or looked at for what it says.
"""

from __future__ import annotations

import posixpath
import re

from wholeship.core.patterns import lazy_pattern
from wholeship.github.actions.call import Call
from wholeship.github.actions.owners import is_harmless_action
from wholeship.pipeline.effects import Done, Opaque
from wholeship.tools.pushing import find_push

_IMAGE_INPUTS = lazy_pattern(
    r"^(?:push|image|images|image[-_]?name|image[-_]?tags?|registry|docker.*|container.*|repository)$"
)
_CREDENTIALS = lazy_pattern(r"secrets\.(?!GITHUB_TOKEN)|GITHUB_TOKEN|github\.token")
_NAMES = lazy_pattern(
    r"docker|image|registry|container|kaniko|buildah|podman|skopeo|(?<![a-z])oci|(?<![a-z])ecr|ghcr|gcr|helm.*push|publish"
)
_QUIET_WORDS = lazy_pattern(
    r"setup|install|login|logout|(?<![a-z])auth|sanitize|scout|cache|prune|clean|delete|free-disk|disk-space|lint|scan"
    r"|hadolint|dive|compare|size|readme|description|update-check|wait|notify|render|checkout|pull-request"
    r"|metadata|retention|remove|stop|logs|status|summary|report|vault|comment|label|changelog|coverage|badge|notes"
    r"|netlify|gh-pages|pypi|npm|short-sha|get-tag|get-version|read-toml|read-file|artifact|sbom|secret|slack|discord"
    r"|telegram|find|changed-files|paths-filter|approve|merge|version|semver|slug|timer|time|date|cancel|skip|matrix"
    r"|screenshot|codeowners|milestone|assign|stale|triage|issue|tmate|debug|wiki|docs"
)
"""What a name says with these, and with none of the next: it sets up, looks at, waits for or tells."""
_LOUD_WORDS = lazy_pattern(
    r"push|publish|build|deploy|promote|ship(?!-?wright)|copy|mirror|sync|trigger|dispatch|bake"
)
_TEXTS = lazy_pattern(
    r"^(?!build[-_]args)(?:.*[-_])?(?:scripts?|runs?|commands?|cmds?|exec|execute|inlinescript|arguments|args|tasks?|goals?|hooks?"
    r"|entrypoint|build|start|serve|install|before|after|shell)(?:[-_](?:commands?|scripts?|cmd|args|path|file|run))?\Z"
)
"""Inputs that hold a text to run, by their names."""
_SPEAKS = lazy_pattern(
    r"docker|podman|buildah|skopeo|crane\b|\bko\b|regctl|\boras\b|imagetools|\bpush|publish|\bjib\b|dispatches"
    r"|createWorkflowDispatch|createDispatchEvent|\bacr\b|\becr\b|bootBuildImage|\bmake\b|\.sh\b",
    re.IGNORECASE,
)
"""What a text says that is given to an action to run, and may push."""


def judge_action(call: Call) -> Done:
    """``Opaque``, unless it is known not to publish; quieter where nothing about it speaks of images."""
    owner, _, name = call.action.partition("/")
    told = _told_to_run(call)
    if told is not None:
        return Done((Opaque(f"what {call.action} is given to run ({told})"),), known=False)
    who = call.world.put_by(call.action) if owner == "." else None
    if who is not None:
        return Done((Opaque(f"the action {call.action}, which {who} may have put there"),), known=False)
    pushing = _pushing_file(call) if owner == "." else None
    if pushing is not None:
        return Done((Opaque(f"{pushing}, which the action {call.action} runs"),), known=False)
    declined = "push" in call.inputs and call.flag("push") is False
    quiet = _is_quiet(name) and "push" not in call.inputs
    if declined or quiet or is_harmless_action(call.action):
        return Done((), known=False)
    inputs = {key for key in call.inputs if _IMAGE_INPUTS.match(key)}
    secret = any(_CREDENTIALS.search(str(value)) for value in call.inputs.values())
    loud = (
        (bool(_NAMES.search(name)) and (inputs or secret))
        or ("push" in inputs)
        or (len(inputs) > 1 and secret)
    )
    return Done((Opaque(f"the action {call.action} is not known", quiet=not loud),), known=False)


def _told_to_run(call: Call) -> str | None:
    """The input that holds a text to run which may push, or the name of a file that does."""
    for key in call.inputs:
        if _TEXTS.search(key):
            text = call.text(key)
            if _SPEAKS.search(text) or find_push(text, call.world) is not None:
                return key
    return None


def _pushing_file(call: Call) -> str | None:
    """Of an action of this repository that is no list of steps: a file of its own that pushes."""
    folder = posixpath.normpath(call.action)
    for name in ("action.yml", "action.yaml"):
        text = call.world.file(posixpath.join(folder, name)) or ""
        files = [posixpath.join(folder, each) for each in _CODE.findall(text)]
        if any(path.endswith("Dockerfile") for path in files):
            files += [posixpath.join(folder, each) for each in ("entrypoint.sh", "run.sh", "main.sh")]
        found = next(
            (path for path in files if find_push(call.world.file(path) or "", call.world) is not None), None
        )
        if found is not None or _PUSHERS.search(text):
            return found or posixpath.join(folder, name)
    return None


_CODE = lazy_pattern(
    r"\b(?:main|pre|post|image|entrypoint|pre-entrypoint|post-entrypoint):\s*[\"']?([\w./-]+)"
)
_PUSHERS = lazy_pattern(r"docker://\S*(?:crane|skopeo|regctl|kaniko|buildah|oras)")
"""Images of programs that push."""


def _is_quiet(name: str) -> bool:
    """Whether the name says that it sets up, looks at, waits for or tells something, and nothing else."""
    return _QUIET_WORDS.search(name) is not None and not _LOUD_WORDS.search(name)
