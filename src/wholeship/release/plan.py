"""What a release will do, as one value: everything is decided here, and nothing later.

The plan's canonical JSON is the identity of the release: two tries with the same plan are the same
release, and anything else is another one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.core.version import VERSION
from wholeship.core.wording import listed
from wholeship.release.config import ReleaseConfig
from wholeship.release.contexts import is_folder, targets
from wholeship.release.gates import LATER_OF_GATES, PlannedGate, to_plain, without_silent
from wholeship.release.scenario import Origin
from wholeship.release.tags import TagFields, check_used_once, deploy_tag, fill, lacks

CANDIDATE = "wholeship-candidate-"
"""Tags of candidates, where a builder cannot push by digest; no sane policy elects them."""


LATER: Mapping[str, Any] = {"changes": "", "also_watched": [], "environment": "", "promoted_from": ""}
LATER_OF_IMAGES: Mapping[str, Any] = {
    "contexts": {},
    "ssh": [],
    "no_cache": False,
    "annotations": {},
    "cache_from": [],
    "extra_hosts": {},
    "copy_of": "",
}
"""Fields that plans, and their images, did not always have, with what they are where they say nothing: there
they do not count for the identity, or the records of older releases would be taken for damaged."""


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """One image: where from, where to, for which platforms. Paths are relative to the release file; what
    ``contexts`` are, :mod:`wholeship.release.contexts` says."""

    name: str
    repository: Repository
    platforms: tuple[Platform, ...]
    context: str
    dockerfile: str
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, str] = field(default_factory=dict)
    ssh: tuple[str, ...] = ()
    no_cache: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    extra_hosts: Mapping[str, str] = field(default_factory=dict)
    copy_of: str = ""
    """The image of which it is the same bytes in another repository; empty: it is built."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The images of the release that it is built from."""
        return targets(self.contexts)


@dataclass(frozen=True, slots=True)
class Plan:
    """A release, decided. ``images`` are in the order in which their deploy tags are written."""

    tag: Tag
    scenario: str
    images: tuple[PlannedImage, ...]
    watched: str
    gates: tuple[PlannedGate, ...]
    created: str
    commit: str = ""
    dirty: bool = False
    branch: str = ""
    version: str = ""
    source: str = ""
    run_url: str = ""
    tag_pattern: str = ""
    alias_patterns: tuple[str, ...] = ()
    aliases: tuple[Tag, ...] = ()
    tool: str = VERSION
    changes: str = ""
    """A digest of what was not committed; empty: nothing, or nobody knows."""
    also_watched: tuple[str, ...] = ()
    """Images that are followed, too: written before the ``watched`` one, in this order."""
    environment: str = ""
    """The environment that it is the release of; empty: the one that releases come out in."""
    promoted_from: str = ""
    """The tag that the very same bytes had before, where it was promoted to an environment."""

    @property
    def id(self) -> Digest:
        """The identity of the release."""
        plain = without_silent(to_plain(self), LATER)
        plain["gates"] = [without_silent(gate, LATER_OF_GATES) for gate in plain["gates"]]
        plain["images"] = [without_silent(image, LATER_OF_IMAGES) for image in plain["images"]]
        return Digest.of(jsons.canonical(plain))

    @property
    def built_images(self) -> tuple[PlannedImage, ...]:
        """The images that are built: all but copies in further repositories."""
        return tuple(image for image in self.images if not image.copy_of)

    @property
    def siblings(self) -> tuple[PlannedImage, ...]:
        """Every image that nobody follows, in writing order."""
        return tuple(image for image in self.images if image.name not in self.followed)

    @property
    def followed(self) -> tuple[str, ...]:
        """The images whose tags a controller follows, in writing order."""
        return (*self.also_watched, self.watched)

    @property
    def followed_images(self) -> tuple[PlannedImage, ...]:
        """The images that are followed, in writing order; the tag of the first is the commit point."""
        return tuple(self.image(name) for name in self.followed)

    @property
    def commit_image(self) -> PlannedImage:
        """The watched image that is written last."""
        return self.image(self.watched)

    def image(self, name: str) -> PlannedImage:
        """The image *name*."""
        return next(image for image in self.images if image.name == name)

    def candidate_tag(self, image: str) -> Tag:
        """The tag a candidate gets where it cannot go by digest alone."""
        return Tag(f"{CANDIDATE}{self.tag}")

    @property
    def fields(self) -> TagFields:
        """What a pattern is filled with; the sequence number is a part of the tag, and not kept beside it."""
        made = datetime.fromisoformat(self.created)
        return TagFields(made, 0, self.commit, self.branch, self.version)

    @property
    def revision(self) -> str:
        """What the images' own annotation says of the commit; empty: nothing."""
        return self.commit + ("-dirty" if self.dirty and self.commit else "")

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """The images that each image is built from."""
        return {image.name: image.needs for image in self.images}

    def annotations(self, image: str) -> Mapping[str, str]:
        """OCI annotations of *image*: its own, and those that tie it to this release (image-spec,
        "Pre-defined annotation keys")."""
        keys = "org.opencontainers.image."
        found = {
            "created": self.created,
            "revision": self.revision,
            "source": self.source,
            "version": self.version or self.tag,
            "title": image,
        }
        ours = {keys + name: text for name, text in found.items() if text}
        return ours | dict(self.image(image).annotations)


def make_plan(
    config: ReleaseConfig, origin: Origin, *, now: datetime, sequence: int, tag: str | None = None
) -> Plan:
    """The plan of a release of *config* from *origin*; :class:`BadInput` when it cannot be one."""
    fields = TagFields(now, sequence, origin.commit, origin.branch, origin.version)
    platforms = config.platforms_for(origin.scenario)
    images = [
        PlannedImage(
            name=image.name,
            repository=image.repository,
            platforms=image.platforms if image.platforms and config.platforms_given is None else platforms,
            context=os.path.relpath(image.context, config.root),
            dockerfile=os.path.relpath(image.dockerfile, config.root),
            target=image.target,
            args=dict(image.args),
            secrets=image.secrets,
            labels=dict(image.labels),
            contexts={name: _from_root(text, config.root) for name, text in image.contexts.items()},
            ssh=image.ssh,
            no_cache=image.no_cache,
            annotations=dict(image.annotations),
            cache_from=image.cache_from,
            extra_hosts=dict(image.extra_hosts),
        )
        for image in config.images.values()
    ]
    images += [
        PlannedImage(name, repository, image.platforms, image.context, image.dockerfile, copy_of=image.name)
        for image in tuple(images)
        for name, repository in config.images[image.name].mirrors.items()
    ]
    # One order for everybody: two releases that race for one tag then meet at the same image.
    order = {name: place for place, name in enumerate(config.followed, 1)}
    images.sort(key=lambda image: (order.get(image.name, 0), image.repository))
    patterns = _alias_patterns(config.aliases.get(origin.scenario, ()), fields)
    deploy = deploy_tag(config.tag, fields, given=tag)
    aliases = tuple(alias for pattern in patterns if (alias := fill(pattern, fields)) is not None)
    # Also where this scenario moves no alias: the next one would move this very tag.
    if deploy in {fill(pattern, fields) for moved in config.aliases.values() for pattern in moved}:
        raise BadInput(f"{deploy} is the deploy tag and an alias at once")
    check_used_once(deploy, fields)
    return Plan(
        tag=deploy,
        scenario=origin.scenario,
        images=tuple(images),
        watched=config.watched,
        also_watched=config.also_watched,
        gates=config.gates,
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=origin.commit,
        dirty=origin.dirty,
        branch=origin.branch,
        version=origin.version,
        source=origin.source,
        run_url=origin.run_url,
        tag_pattern=config.tag,
        alias_patterns=patterns,
        aliases=aliases,
        changes=origin.changes,
    )


def _from_root(context: str, root: Path) -> str:
    """A named context with its folder, if it is one, as every path of a plan."""
    return os.path.relpath(root / context, root) if is_folder(context) else context


PLACEHOLDER_HOSTS = lazy_pattern(r"(?:.+\.)?(?:example\.(?:com|org|net)|example|invalid|test)(?::\d+)?")
"""Hosts that nobody has (RFC 2606); the file that `init` writes names one where it found none."""


def placeholder_images(plan: Plan) -> tuple[str, ...]:
    """Images whose registry is made up, in words: it has to be replaced before anything can be pushed."""
    hosts = {i.repository.host for i in plan.images if PLACEHOLDER_HOSTS.fullmatch(i.repository.host)}
    return tuple(
        f"{host} is a placeholder: write the registry of your images there" for host in sorted(hosts)
    )


def unconfirmed(config: ReleaseConfig) -> str:
    """What `init` guessed and nobody has confirmed, in words; empty: nothing."""
    if not config.unconfirmed:
        return ""
    values = {"registry": config.raw.registry, "watched": listed(config.followed)}
    keys = [f"{key} ({value})" if (value := values.get(key)) else key for key in config.unconfirmed]
    are, each = ("is a guess", "it") if len(keys) == 1 else ("are guesses", "each")
    return f"{listed(keys)} {are} that nobody has confirmed: look at {each}, then take it out of unconfirmed:"


def left_out(config: ReleaseConfig, plan: Plan) -> tuple[str, ...]:
    """Aliases of the plan's scenario that this release cannot have, each with the reason."""
    fields = plan.fields

    def reason(pattern: str) -> str:
        if fields.is_prerelease:
            return f"{plan.version} is a pre-release"
        lacking = ", ".join(lacks(pattern, fields))
        versioned = not plan.version and "branch" not in lacking
        known = " (a Git tag such as v1.2.3 on the commit would give a version)" if versioned else ""
        return f"this release has nothing for {lacking}{known}"

    wanted = config.aliases.get(plan.scenario, ())
    missing = [pattern for pattern in wanted if pattern not in plan.alias_patterns]
    return tuple(f"the alias {pattern} is left out: {reason(pattern)}" for pattern in missing)


def _alias_patterns(patterns: Iterable[str], fields: TagFields) -> tuple[str, ...]:
    """Those that this release can fill; a pre-release takes no plain alias such as ``latest``."""
    kept = (p for p in patterns if "{" in p or not fields.is_prerelease)
    return tuple(pattern for pattern in kept if fill(pattern, fields) is not None)


def from_plain(value: Any, kind: Any, what: str) -> Any:
    """JSON types → *kind*, every digest and tag checked; :class:`BadInput` names *what* does not fit."""

    def decode(wanted: type, text: Any) -> Any:
        if not isinstance(text, str) or not issubclass(wanted, str):
            raise ValueError(f"expected text, got {type(text).__name__}")
        try:
            return wanted(text)
        except BadInput as error:
            raise ValueError(error.message) from None

    try:
        with _one_reader:
            return msgspec.convert(value, kind, strict=True, dec_hook=decode)
    except msgspec.ValidationError as error:
        raise BadInput(f"{what} does not have the expected form: {error}") from None


_one_reader = Lock()
"""Records are read by many threads, and what msgspec (0.22) learns of a kind is not guarded against that."""
