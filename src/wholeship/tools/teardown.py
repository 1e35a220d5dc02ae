"""Commands that take a whole registry away, or infrastructure of which one may be a part.

Manuals of Terraform and OpenTofu (destroy, apply -destroy), Terragrunt, Pulumi, the AWS CDK, az (acr delete),
gcloud (artifacts repositories delete), doctl (registry delete) and the AWS CLI (cloudformation delete-stack).
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect
from wholeship.pipeline.publish import ANY_VERSION, Reference
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools.options import take
from wholeship.tools.quiet_verbs import command_of_gcloud
from wholeship.tools.removals import ANY_NAME, of_version, removal
from wholeship.tools.world import World

Words = Sequence[Template]
_REGISTRY = lazy_pattern(
    r"\becr\b|_ecr(?:public)?_|artifact_registry|container_registry|containerregistry|\bacr\b|_registry\b|\bregistry\b"
    r"|harbor|quay|\bgcr\b|artifactory|\bdocker_registry",
)
"""What a text says that makes a registry, or names one (providers of Terraform, names of stacks)."""


def torn_down(base: str, words: Words, world: World) -> tuple[Effect, ...] | None:
    """What a command line of the program *base* takes away with a registry; None where it takes nothing."""
    texts = [word.literal or "" for word in words[1:]]
    gone: tuple[Effect, ...] = ()
    if base in ("terraform", "tofu", "terragrunt"):
        gone = _by_terraform(texts, world)
    elif base in ("pulumi", "cdk", "cdktf", "sst"):
        gone = ANYTHING if {"destroy", "down", "remove"} & {*texts[:1]} else ()
    elif base == "aws" and "delete-stack" in texts:
        gone = ANYTHING if _REGISTRY.search(" ".join(texts)) else ()
    elif base == "az" and texts[:2] == ["acr", "delete"]:
        named = take(words[3:], _OF_AZURE).last("-n", "--name")
        gone = EVERYTHING if named is None else _below(Template.of(named, ".azurecr.io"))
    elif base == "doctl" and texts[:1] in (["registry"], ["registries"]) and "delete" in texts[1:3]:
        gone = EVERYTHING
    elif base == "gcloud":
        gone = _by_gcloud(words)
    return gone or None


ANYTHING = removal(Reference(ANY_NAME, ANY_VERSION))
"""What may have been pushed, wherever: only the run knows."""
EVERYTHING = of_version(ANY_NAME, None)
_OF_AZURE = ("-n", "--name", "-g", "--resource-group", "--subscription")


def _below(home: Template) -> tuple[Effect, ...]:
    """All images whose names begin with *home*."""
    return of_version(Template.of(home, "/", ANY_NAME), None)


def _by_terraform(texts: Sequence[str], world: World) -> tuple[Effect, ...]:
    """``terraform destroy``, ``apply -destroy``: what the files of its folder say is gone then.

    Where the files can be read and none speaks of a registry, no image goes with them.
    """
    flags = {text.lstrip("-").partition("=")[0] for text in texts if text.startswith("-")}
    verbs = [text for text in texts if not text.startswith("-")]
    if "destroy" not in verbs and not ("apply" in verbs and "destroy" in flags):
        return ()
    chosen = [text.partition("=")[2] for text in texts if text.lstrip("-").startswith("target=")]
    if chosen:
        return ANYTHING if any(map(_REGISTRY.search, chosen)) else ()
    folder = next((text.partition("=")[2] for text in texts if text.startswith("-chdir=")), "")
    names = world.names_in(folder or ".") or ()
    files = [world.file(posixpath.join(folder, name)) for name in names if name.endswith((".tf", ".tofu"))]
    read = [text for text in files if text is not None]
    seen = bool(read) and len(read) == len(files)
    return () if seen and not any(map(_REGISTRY.search, read)) else ANYTHING


def _by_gcloud(words: Words) -> tuple[Effect, ...]:
    """``gcloud artifacts repositories delete NAME --location=PLACE``."""
    words = command_of_gcloud(words[1:])
    if [word.literal for word in words[:3]] != ["artifacts", "repositories", "delete"]:
        return ()
    options = take(words[3:], ("--location", "--project", "--format"))
    place, project = options.last("--location"), options.last("--project")
    if place is None or not options.rest:
        return EVERYTHING
    owner = project if project is not None else Template.of(Hole("a project", frozenset({Kind.OUTPUT})))
    return _below(Template.of(place, "-docker.pkg.dev/", owner, "/", options.rest[0]))
