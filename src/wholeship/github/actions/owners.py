"""Owners whose actions push no image, in groups with a reason each, and what of theirs counts all the same.

An owner vouches for what sets up, looks at, tells or stores. An action of theirs that is called after
building, pushing, deploying or starting something is vouched for only where it stands here by its own name,
looked up in its ``action.yml``. A text that it is given to run is looked at whoever owns it (:mod:`unknown`).
"""

from __future__ import annotations

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class HarmlessActions:
    """A group, and why none of it pushes an image: by owner, or by its name."""

    reason: str
    names: frozenset[str] = frozenset()


def _group(reason: str, names: str) -> HarmlessActions:
    return HarmlessActions(reason, frozenset(names.split()))


OWNERS = (
    _group(
        "GitHub's own: they check out, cache, set up, and speak to GitHub", "actions github step-security"
    ),
    _group(
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
    _group(
        "they look at code and tell what they found",
        """
        codecov sonarsource golangci snyk coverallsapp qltysh codacy reviewdog super-linter ludeeus
        rhysd zizmorcore crate-ci gitleaks trufflesecurity semgrep returntocorp ossf fossa-contrib
        fossas deepsource-autofix chromaui cypress-io browserstack lhci treosh pascalgn
        """,
    ),
    _group(
        "they write to issues, pull requests, releases, chats and calendars",
        """
        peter-evans softprops ncipollo release-drafter googleapis dorny tj-actions jlumbroso slackapi
        8398a7 rtcamp mikepenz stefanzweifel marocchino thollander mshick amannn actions-ecosystem
        actions-cool dessant mathieudutour metcalfc svenstaro xresloader peaceiris jamesives mxschmitt
        lhotari act10ns ilammy voxmedia ravsamhq
        """,
    ),
)
NAMED = (
    _group(
        "they give a service an image that is there already, or code that is none",
        """
        azure/webapps-deploy azure/webapps-container-deploy azure/static-web-apps-deploy azure/k8s-deploy
        azure/k8s-bake azure/aci-deploy azure/arm-deploy azure/bicep-deploy
        aws-actions/amazon-ecs-deploy-task-definition aws-actions/amazon-ecs-deploy-express-service
        aws-actions/aws-cloudformation-github-deploy aws-actions/aws-lambda-deploy
        """,
    ),
    _group(
        "images that they make are called after the service, never by the tag of a release",
        "google-github-actions/deploy-appengine google-github-actions/deploy-cloud-functions",
    ),
    _group(
        "they publish pages",
        "actions/deploy-pages actions/jekyll-build-pages jamesives/github-pages-deploy-action",
    ),
    _group("they log in, or ask for a token", "azure/docker-login redhat-actions/podman-login"),
    _group(
        "they push something else: schemas, packages of actions, a cache of Nix, a text",
        """
        bufbuild/buf-push-action actions/publish-action actions/publish-immutable-action cachix/cachix-action
        determinatesystems/flakehub-push peter-evans/dockerhub-description denoland/deployctl
        """,
    ),
    _group(
        "they build or look at code here, or write what has changed",
        """
        github/codeql-action/autobuild julia-actions/julia-buildpkg julia-actions/julia-docdeploy
        gradle/gradle-build-action mikepenz/release-changelog-builder-action reviewdog/action-hadolint
        voxmedia/github-action-slack-notify-build lhotari/sandboxed-trivy-action snyk/actions/docker
        softprops/turnstyle
        """,
    ),
)
_OWNERS = frozenset().union(*(group.names for group in OWNERS))
_NAMED: frozenset[str] = frozenset().union(*(group.names for group in NAMED))
_LOUD = lazy_pattern(
    r"push|publish|build|deploy|promote|copy|mirror|sync|trigger|dispatch|bake|docker|container|image|registry|workflow"
    r"|kaniko|(?<![a-z])acr(?![a-z])|(?<![a-z])ecr(?![a-z])"
)


def is_harmless_action(action: str) -> bool:
    """Whether the action (``owner/name[/path]``, lower case) is vouched for, by its name or by its owner."""
    owner, _, name = action.partition("/")
    return action in _NAMED or (owner in _OWNERS and _LOUD.search(name) is None)
