"""Actions that nobody has described here: known to push no image, for a reason, or else they may.

One whose name or inputs speak of images counts with any registry credential it is handed; any other counts
where the job is logged in to a registry, or hands it a token that may write packages. A text that an action
is given to run is read like a step (:mod:`wrappers`), or looked at for what it says.
"""

from __future__ import annotations

import posixpath
import re

from wholeship.core.values import dataclass
from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Opaque
from wholeship.shell.spoken import says_a_push


@dataclass(frozen=True, slots=True)
class HarmlessActions:
    """A group, and why none of it pushes an image: by owner, or by the words of the name."""

    reason: str
    owners: frozenset[str] = frozenset()


def _owners(reason: str, owners: str) -> HarmlessActions:
    return HarmlessActions(reason, frozenset(owners.split()))


GROUPS = (
    _owners(
        "GitHub's own: they check out, cache, set up, and speak to GitHub", "actions github step-security"
    ),
    _owners(
        "they set a language or a tool up, and run what their inputs say",
        """
        hashicorp azure aws-actions google-github-actions redhat-actions pnpm gradle ruby astral-sh
        denoland oven-sh dtolnay swatinem actions-rs actions-rust-lang taiki-e moonrepo volta-cli jdx
        pre-commit cachix determinatesystems mlugg goto-bus-stop conda-incubator mamba-org julia-actions
        r-lib haskell-actions ocaml erlef shivammathur graalvm coursier sbt scala-cli maxim-lobanov
        subosito nrwl expo bufbuild arduino extractions earthly-actions mymindstorm carvel-dev fluxcd
        helm-actions yokawasa
        """,
    ),
    _owners(
        "they look at code and tell what they found",
        """
        codecov sonarsource golangci snyk coverallsapp qltysh codacy reviewdog super-linter ludeeus
        rhysd zizmorcore crate-ci gitleaks trufflesecurity semgrep returntocorp ossf fossa-contrib
        fossas deepsource-autofix chromaui cypress-io browserstack lhci treosh pascalgn
        """,
    ),
    _owners(
        "they write to issues, pull requests, releases, chats and calendars",
        """
        peter-evans softprops ncipollo release-drafter googleapis dorny tj-actions jlumbroso slackapi
        8398a7 rtcamp mikepenz stefanzweifel marocchino thollander mshick amannn actions-ecosystem
        actions-cool dessant mathieudutour metcalfc svenstaro xresloader peaceiris jamesives mxschmitt
        lhotari act10ns ilammy voxmedia ravsamhq
        """,
    ),
)
_HARMLESS_OWNERS = frozenset().union(*(group.owners for group in GROUPS))
_IMAGE_INPUTS = re.compile(
    r"^(?:push|image|images|image[-_]?name|image[-_]?tags?|registry|docker.*|container.*|repository)$"
)
_CREDENTIALS = re.compile(r"secrets\.(?!GITHUB_TOKEN)|GITHUB_TOKEN|github\.token")
_NAMES = re.compile(
    r"docker|image|registry|container|kaniko|buildah|podman|skopeo|(?<![a-z])oci|(?<![a-z])ecr|ghcr|gcr|helm.*push|publish"
)
_QUIET_WORDS = re.compile(
    r"setup|install|login|logout|(?<![a-z])auth|sanitize|scout|cache|prune|clean|delete|free-disk|disk-space|lint|scan"
    r"|hadolint|dive|compare|size|readme|description|update-check|wait|notify|render|checkout|pull-request"
    r"|metadata|retention|remove|stop|logs|status|summary|report|vault|comment|label|changelog|coverage|badge|notes"
    r"|netlify|gh-pages|pypi|npm|short-sha|get-tag|get-version|read-toml|read-file|artifact|sbom|secret|slack|discord"
    r"|telegram|find|changed-files|paths-filter|approve|merge|version|semver|slug|timer|time|date|cancel|skip|matrix"
    r"|screenshot|codeowners|milestone|assign|stale|triage|issue|tmate|debug|wiki|docs"
)
"""What a name says with these, and with none of the next: it sets up, looks at, waits for or tells."""
_LOUD_WORDS = re.compile(
    r"push|publish|build|deploy|promote|ship(?!-?wright)|copy|mirror|sync|trigger|dispatch|bake"
)
_TEXTS = (
    "script",
    "run",
    "command",
    "commands",
    "inlinescript",
    "arguments",
    "args",
    "tasks",
    "goals",
    "exec",
    "cmd",
)
_SPEAKS = re.compile(
    r"docker|podman|buildah|skopeo|crane\b|\bko\b|regctl|\boras\b|imagetools|\bpush|publish|\bjib\b|dispatches"
    r"|createWorkflowDispatch|createDispatchEvent|\bacr\b|\becr\b|bootBuildImage|\bmake\b|\.sh\b",
    re.IGNORECASE,
)
"""What a text says that is given to an action to run, and may push."""


def judged(call: Call) -> Done:
    """``Opaque``, unless it is known not to publish; quieter where nothing about it speaks of images."""
    owner, _, name = call.action.partition("/")
    told = next((key for key in _TEXTS if _SPEAKS.search(call.text(key))), None)
    if owner in _HARMLESS_OWNERS and told is not None:
        return Done((Opaque(f"what {call.action} is given to run ({told})"),), known=False)
    pushing = _pushing_file(call) if owner == "." else None
    if pushing is not None:
        return Done((Opaque(f"{pushing}, which the action {call.action} runs"),), known=False)
    declined = "push" in call.inputs and call.flag("push") is False
    if owner in _HARMLESS_OWNERS or declined or (_is_quiet(name) and "push" not in call.inputs):
        return Done((), known=False)
    inputs = {key for key in call.inputs if _IMAGE_INPUTS.match(key)}
    secret = any(_CREDENTIALS.search(str(value)) for value in call.inputs.values())
    loud = (
        (bool(_NAMES.search(name)) and (inputs or secret))
        or ("push" in inputs)
        or (len(inputs) > 1 and secret)
    )
    return Done((Opaque(f"the action {call.action} is not known", quiet=not loud),), known=False)


def _pushing_file(call: Call) -> str | None:
    """Of an action of this repository that is no list of steps: a file of its own that pushes."""
    folder = posixpath.normpath(call.action)
    for name in ("action.yml", "action.yaml"):
        text = call.world.file(posixpath.join(folder, name)) or ""
        files = [posixpath.join(folder, each) for each in _CODE.findall(text)]
        if any(path.endswith("Dockerfile") for path in files):
            files += [posixpath.join(folder, each) for each in ("entrypoint.sh", "run.sh", "main.sh")]
        found = next((path for path in files if says_a_push(call.world.file(path) or "")), None)
        if found is not None or _PUSHERS.search(text):
            return found or posixpath.join(folder, name)
    return None


_CODE = re.compile(r"\b(?:main|pre|post|image|entrypoint|pre-entrypoint|post-entrypoint):\s*[\"']?([\w./-]+)")
_PUSHERS = re.compile(r"docker://\S*(?:crane|skopeo|regctl|kaniko|buildah|oras)")
"""Images of programs that push."""


def _is_quiet(name: str) -> bool:
    """Whether the name says that it sets up, looks at, waits for or tells something, and nothing else."""
    return _QUIET_WORDS.search(name) is not None and not _LOUD_WORDS.search(name)
