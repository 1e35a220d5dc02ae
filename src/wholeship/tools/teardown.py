"""Commands that take a whole registry away, or infrastructure of which one may be a part.

Manuals of Terraform and OpenTofu (destroy, apply -destroy), Terragrunt, Pulumi, the AWS CDK, az (acr delete),
gcloud (artifacts repositories delete), doctl (registry delete) and the AWS CLI (cloudformation delete-stack).
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect, Write
from wholeship.pipeline.publish import ANY_VERSION, EVERY_VERSION, Reference, Way
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools.options import take
from wholeship.tools.quiet_verbs import command_of_gcloud
from wholeship.tools.world import World

Words = Sequence[Template]
_A_NAME = Hole("a repository that only the run knows", frozenset({Kind.OUTPUT}))
_REGISTRY = lazy_pattern(
    r"\becr\b|_ecr(?:public)?_|artifact_registry|container_registry|containerregistry|\bacr\b|_registry\b|\bregistry\b"
    r"|harbor|quay|\bgcr\b|artifactory|\bdocker_registry",
)
"""What a text says that makes a registry, or names one (providers of Terraform, names of stacks)."""


def torn_down(base: str, words: Words, world: World) -> tuple[Effect, ...]:
    """What the command *words* of the program *base* takes away with a registry; often nothing."""
    texts = [word.literal or "" for word in words[1:]]
    if base in ("terraform", "tofu", "terragrunt"):
        return _by_terraform(texts, world)
    if base in ("pulumi", "cdk", "cdktf", "sst"):
        return _any(ANY_VERSION) if {"destroy", "down", "remove"} & {*texts[:1]} else ()
    if base == "aws" and "delete-stack" in texts:
        return _any(ANY_VERSION) if _REGISTRY.search(" ".join(texts)) else ()
    if base == "az" and texts[:2] == ["acr", "delete"]:
        named = take(words[3:], ("-n", "--name", "-g", "--resource-group", "--subscription")).last(
            "-n", "--name"
        )
        return _below(Template.of(named, ".azurecr.io")) if named is not None else _any(EVERY_VERSION)
    if (
        base == "doctl"
        and len(texts) > 1
        and texts[0] in ("registry", "registries")
        and "delete" in texts[1:3]
    ):
        return _any(EVERY_VERSION)
    return _by_gcloud(words) if base == "gcloud" else ()


def _any(versions: Template) -> tuple[Effect, ...]:
    return (Write(Way.REMOVE, (Reference(Template.of(_A_NAME), versions),), None),)


def _below(home: Template) -> tuple[Effect, ...]:
    """All images whose names begin with *home*."""
    return (Write(Way.REMOVE, (Reference(Template.of(home, "/", _A_NAME), EVERY_VERSION),), None),)


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
        return _any(ANY_VERSION) if any(map(_REGISTRY.search, chosen)) else ()
    folder = next((text.partition("=")[2] for text in texts if text.startswith("-chdir=")), "")
    names = world.names_in(folder or ".") or ()
    files = [world.file(posixpath.join(folder, name)) for name in names if name.endswith((".tf", ".tofu"))]
    read = [text for text in files if text is not None]
    seen = bool(read) and len(read) == len(files)
    return () if seen and not any(map(_REGISTRY.search, read)) else _any(ANY_VERSION)


def _by_gcloud(words: Words) -> tuple[Effect, ...]:
    """``gcloud artifacts repositories delete NAME --location=PLACE``."""
    words = command_of_gcloud(words[1:])
    if [word.literal for word in words[:3]] != ["artifacts", "repositories", "delete"]:
        return ()
    options = take(words[3:], ("--location", "--project", "--format"))
    place, project = options.last("--location"), options.last("--project")
    if place is None or not options.rest:
        return _any(EVERY_VERSION)
    owner = project if project is not None else Template.of(Hole("a project", frozenset({Kind.OUTPUT})))
    return _below(Template.of(place, "-docker.pkg.dev/", owner, "/", options.rest[0]))
