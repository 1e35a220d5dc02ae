"""``wholeship.yaml`` → :class:`ReleaseConfig`: checked, resolved, frozen.

A value is taken from the first of these that has it: the command line, ``WHOLESHIP_*`` variables, the CI's
own variables, the file, the default. ``sources`` remembers which it was, so that ``plan`` can show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import NoReturn, TypeVar

from msgspec import UNSET

from wholeship.core import yamls
from wholeship.core.errors import BadConfig, BadInput, Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.core.units import seconds_in
from wholeship.core.values import dataclass
from wholeship.core.wording import did_you_mean
from wholeship.release import contexts
from wholeship.release.attestation.terms import (
    AttestTerms,
    Contents,
    Demand,
    Identity,
    Keyless,
    SigningKey,
    Trust,
    is_store,
)
from wholeship.release.builder_names import BUILDERS
from wholeship.release.file import raw_release, read_bytes, read_nodes
from wholeship.release.gates import PlannedGate
from wholeship.release.reader import Reading
from wholeship.release.schema import (
    RawAttest,
    RawEnvironment,
    RawGate,
    RawImage,
    RawRelease,
    RawTrust,
)
from wholeship.release.tags import check_pattern

SCENARIOS = ("push", "release", "manual")
OURS = frozenset({"org.opencontainers.image.revision", "org.opencontainers.image.created"})
"""Annotations that tie an image to its release: nobody else writes them."""
_NAME = lazy_pattern(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Image:
    """One image as configured; ``platforms`` None: the scenario's. ``declared`` is the repository that the
    file names, wherever this run puts the image; see :mod:`wholeship.release.contexts` for ``contexts``."""

    name: str
    repository: Repository
    context: Path
    dockerfile: Path
    target: str | None
    args: Mapping[str, str]
    secrets: tuple[str, ...]
    platforms: tuple[Platform, ...] | None
    labels: Mapping[str, str]
    place: Place
    declared: Repository | None = None
    contexts: Mapping[str, str] = field(default_factory=dict)
    ssh: tuple[str, ...] = ()
    no_cache: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    extra_hosts: Mapping[str, str] = field(default_factory=dict)
    mirrors: Mapping[str, Repository] = field(default_factory=dict)
    """More repositories that it goes to, by the name that each goes by: ``app@docker.io``."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment as configured. ``policy`` None: nothing follows tags there; ``registry`` None: the
    ``repositories`` are the release's own. ``tag`` is made from ``{tag}``."""

    name: str
    policy: str | None
    policy_name: str | None
    registry: str | None
    repositories: Mapping[str, Repository]
    tag: str
    gates: tuple[PlannedGate, ...]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line and the environment say; None: nothing."""

    registry: str | None = None
    platforms: str | None = None
    builder: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReleaseConfig:
    """The release file, resolved. ``watched`` is the followed image that is written last, ``also_watched``
    are those that are written before it, in order. ``raw`` keeps the sections that other packages read."""

    file: Path
    root: Path
    images: Mapping[str, Image]
    watched: str
    also_watched: tuple[str, ...]
    tag: str
    aliases: Mapping[str, tuple[str, ...]]
    platforms: Mapping[str, tuple[Platform, ...]]
    platforms_given: tuple[Platform, ...] | None
    gates: tuple[PlannedGate, ...]
    gates_declined: bool
    builder: str
    parallel: int | None
    record: Repository | None
    attest: AttestTerms | None
    allow_http: frozenset[str]
    allow_private: frozenset[str]
    raw: RawRelease
    sources: Mapping[str, str]
    unconfirmed: tuple[str, ...] = ()
    """Keys of the file that `init` guessed, and that nobody has confirmed; none that this run overrules."""
    environments: Mapping[str, Environment] = field(default_factory=dict)
    environment: str = ""
    """The environment that this is the configuration of; empty: the one that releases come out in."""

    @property
    def followed(self) -> tuple[str, ...]:
        """Every image whose tags a controller follows, in the order in which they are written."""
        return (*self.also_watched, self.watched)

    @property
    def repositories(self) -> Mapping[str, Repository]:
        """Every repository that something of the release goes to, by name; mirrors after their images."""
        found: dict[str, Repository] = {}
        for name, image in self.images.items():
            found |= {name: image.repository, **image.mirrors}
        return found

    def platforms_for(self, scenario: str) -> tuple[Platform, ...]:
        """What *scenario* builds: as given, or its own list, or the default one (linux/amd64)."""
        if self.platforms_given is not None:
            return self.platforms_given
        return self.platforms.get(scenario) or self.platforms.get("default") or (Platform("linux", "amd64"),)


def read_config(path: Path, overrides: Overrides | None = None) -> ReleaseConfig:
    """The configuration in *path*; :class:`BadConfig` with every mistake, :class:`BadInput` if absent."""
    return parse_config(read_bytes(path), path, overrides or Overrides())


def load_if_releasing(path: Path) -> ReleaseConfig | None:
    """As :func:`read_config`; None where the file holds sections for other commands, and no ``images:``."""
    content = read_bytes(path)
    raw = raw_release(content, path)
    return None if raw is not None and not raw.images else parse_config(content, path, Overrides())


def parse_config(text: str | bytes, path: Path, overrides: Overrides) -> ReleaseConfig:
    """The configuration in *text*, which stands in *path*; see :func:`read_config`."""
    node, reading = read_nodes(text, path)
    return _Resolver(reading, node, path, overrides).config()


class _Resolver:
    """Raw values → typed ones, collecting every mistake with the place of its value."""

    def __init__(
        self, reading: Reading[RawRelease], node: yamls.Node, path: Path, overrides: Overrides
    ) -> None:
        self.raw, self.node, self.path, self.overrides = reading.value, node, path, overrides
        self.problems: list[Problem] = list(reading.problems)
        self.doubtful = reading.doubtful
        keys = [key.text for key, _ in node.entries] if isinstance(node, yamls.Mapping) else []
        self.sources = {**dict.fromkeys(keys, path.name), **overrides.sources}

    def config(self) -> ReleaseConfig:
        raw, root = self.raw, self.path.parent
        images = {name: self.image(name, image, root) for name, image in raw.images.items()}
        if not raw.images:
            self.without_images()
        self.check_repositories(images)
        self.check_needs(images)
        followed = self.followed()
        named = {"gitops.name": raw.gitops.name}
        named |= {f"environments.{key}.name": given.name for key, given in raw.environments.items()}
        for place in (place for place, name in named.items() if name and len(followed) > 1):
            self.problem(
                "one name for the policies of several images", place, "each is found by its repository"
            )
        gates = () if raw.gates == "none" else tuple(self.gate(n, g) for n, g in raw.gates.items())
        if not gates and raw.gates != "none":
            self.problem(
                "no gates",
                "gates",
                "say what has to pass before a tag is written, or `gates: none` to have none",
            )
        platforms = {name: self.platforms(p, f"platforms.{name}") for name, p in raw.platforms.items()}
        for section in ("platforms", "aliases"):
            for name in getattr(raw, section):
                if name not in (*SCENARIOS, "default"):
                    hint = did_you_mean(name, SCENARIOS, f"known: {', '.join(SCENARIOS)}")
                    self.problem(f"unknown scenario {name}", f"{section}.{name}", hint)
        self.guarded(lambda: check_pattern(raw.tag), "tag")
        for name, patterns in raw.aliases.items():
            for i, pattern in enumerate(patterns):
                self.guarded(lambda p=pattern: check_pattern(p, alias=True), f"aliases.{name}[{i}]")  # type: ignore[misc]
        builder = self.overrides.builder or raw.builder.type
        if builder not in BUILDERS:
            hint = did_you_mean(builder, BUILDERS, f"known: {', '.join(BUILDERS)}")
            raise BadInput(f"there is no builder {builder}", advice=hint)
        given = self.overrides.platforms
        config = ReleaseConfig(
            file=self.path,
            root=root,
            images=images,
            watched=followed[-1],
            also_watched=followed[:-1],
            tag=raw.tag,
            aliases=raw.aliases,
            platforms=platforms,
            platforms_given=_platform_list(given) if given else None,
            gates=gates,
            gates_declined=raw.gates == "none",
            builder=builder,
            parallel=raw.builder.parallel,
            record=self.guarded(lambda: Repository.parse(raw.record or ""), "record") if raw.record else None,
            attest=self.attest(raw.attest) if raw.attest is not None else None,
            allow_http=frozenset(raw.allow_http),
            allow_private=frozenset(raw.allow_private),
            raw=raw,
            sources=self.sources,
            unconfirmed=tuple(
                key for key in raw.unconfirmed if key != "registry" or not self.overrides.registry
            ),
            environments={name: self.environment(name, given) for name, given in raw.environments.items()},
        )
        for name in raw.builder.cache:
            if name not in raw.images:
                self.unknown_image(name, f"builder.cache.{name}")
        for name in raw.builder.nodes:
            self.guarded(lambda n=name: Platform.wanted(n), f"builder.nodes.{name}")  # type: ignore[misc]
        if raw.builder.parallel is not None and raw.builder.parallel < 1:
            self.problem("should be 1 or more", "builder.parallel")
        if self.problems:
            raise BadConfig(tuple(sorted(self.problems, key=lambda p: p.place)))
        return config

    def without_images(self) -> NoReturn:
        """A file for other commands; nothing else is asked of it."""
        text, hint = "a release needs at least one image", "name one under images:, or run: wholeship init"
        if "images" not in self.sources:
            self.problem("the key images is missing", "", hint, about="images")
        else:
            self.problem(text, "images")
        raise BadConfig(tuple(sorted(self.problems, key=lambda p: p.place)))

    def image(self, name: str, raw: RawImage, root: Path) -> Image:
        where = f"images.{name}"
        if not _NAME.fullmatch(name):
            self.problem(f"{name!r} cannot be the name of an image", where, "use a-z 0-9 . _ -")
        registry = self.overrides.registry or self.raw.registry
        if raw.repository and not self.overrides.registry:
            text, place = raw.repository, f"{where}.repository"
        elif registry:
            last = raw.repository.rpartition("/")[2] if raw.repository else name
            text, place = f"{registry.rstrip('/')}/{last}", "registry"
        else:
            hint = "set registry: for all images, or repository: for this one"
            self.problem("no registry", where, hint, about="registry")
            text, place = "registry.invalid/none", where
        for key, path in (("context", raw.context), ("dockerfile", raw.dockerfile)):
            if not path or any(ord(character) < 0x20 for character in path):
                self.problem(f"not a path: {path!r}", f"{where}.{key}")
        # A name that will not do makes a repository that will not do: one mistake, told once.
        named = place == "registry" and not raw.repository and not _NAME.fullmatch(name)
        repository = None if named else self.guarded(lambda: Repository.parse(text), place)
        platforms = self.platforms(raw.platforms, f"{where}.platforms") if raw.platforms is not None else None
        self.check_annotations(raw, where)
        return Image(
            name=name,
            repository=repository or Repository("registry.invalid", "none"),
            context=root / raw.context,
            dockerfile=root / raw.context / raw.dockerfile,  # in the context, as Compose and Bake have it
            target=raw.target,
            args=raw.args,
            secrets=raw.secrets,
            platforms=platforms,
            labels=raw.labels,
            place=self.place(where),
            declared=self.declared(name, raw),
            contexts=self.contexts(raw.contexts, f"{where}.contexts"),
            ssh=raw.ssh,
            no_cache=raw.no_cache,
            annotations=raw.annotations,
            cache_from=raw.cache_from,
            extra_hosts=raw.extra_hosts,
            mirrors=self.mirrors(name, raw, where),
        )

    def mirrors(self, name: str, raw: RawImage, where: str) -> Mapping[str, Repository]:
        """Where else the image goes; nowhere, where the command line says where all of it goes."""
        if self.overrides.registry:
            return {}
        last = raw.repository.rpartition("/")[2] if raw.repository else name
        shared = [f"{registry.rstrip('/')}/{last}" for registry in self.raw.mirrors]
        places = [*(f"mirrors[{i}]" for i in range(len(shared))), *(f"{where}.mirrors" for _ in raw.mirrors)]
        texts = zip((*shared, *raw.mirrors), places, strict=True)
        found = [self.guarded(lambda t=text: Repository.parse(t), place) for text, place in texts]  # type: ignore[misc]
        named: dict[str, Repository] = {}
        for repository in filter(None, found):
            short = f"{name}@{repository.host}"
            named[short if short not in named else f"{name}@{repository}"] = repository
        return named

    def declared(self, name: str, raw: RawImage) -> Repository | None:
        text = raw.repository or (f"{self.raw.registry.rstrip('/')}/{name}" if self.raw.registry else "")
        try:
            return Repository.parse(text) if text else None
        except BadInput:
            return None  # told where the repository is read

    def contexts(self, given: Mapping[str, str], where: str) -> Mapping[str, str]:
        """The named contexts that make sense; an image of this release is always ``target:NAME``."""
        found = {}
        for name, text in given.items():
            try:
                found[name] = context = contexts.read_context(text)
            except BadInput as error:
                self.problem(error.message, f"{where}.{name}", error.advice)
                continue
            target = contexts.target_of(context)
            if target is not None and target not in self.raw.images:
                self.unknown_image(target, f"{where}.{name}")
        return found

    def check_annotations(self, raw: RawImage, where: str) -> None:
        for name in sorted(OURS & set(raw.annotations)):
            hint = "leave it out: the release writes it, and holds every image to it"
            self.problem(f"{name} is the release's own", f"{where}.annotations", hint)

    def check_needs(self, images: Mapping[str, Image]) -> None:
        needs = {name: contexts.targets(image.contexts) for name, image in images.items()}
        cycle = contexts.find_cycle(needs)
        if cycle:
            self.problem(contexts.words_of(cycle), f"images.{cycle[0]}.contexts", contexts.BREAK)

    def check_repositories(self, images: Mapping[str, Image]) -> None:
        owner: dict[Repository, str] = {}
        for name, image in images.items():
            for repository in (image.repository, *image.mirrors.values()):
                other = owner.setdefault(repository, name)
                if other != name and repository.host != "registry.invalid":
                    self.problem(f"{name} and {other} go to the same repository", f"images.{name}")
            if image.repository in image.mirrors.values():
                self.problem(f"{name} goes to {image.repository} already", f"images.{name}")

    def followed(self) -> tuple[str, ...]:
        raw = self.raw
        if raw.watched is UNSET:
            if len(raw.images) != 1:
                hint = "name the image whose tags your controller follows"
                self.problem("the key watched is missing", "", hint, about="watched")
            return (next(iter(raw.images), ""),)
        names = (raw.watched,) if isinstance(raw.watched, str) else tuple(raw.watched)
        for i, name in enumerate(names):
            where = "watched" if isinstance(raw.watched, str) else f"watched[{i}]"
            if name not in raw.images:
                self.unknown_image(name, where)
            elif name in names[:i]:
                self.problem(f"{name} is named twice", where)
        if not names:
            self.problem("should name at least one image", "watched")
        return names or ("",)

    def environment(self, name: str, raw: RawEnvironment) -> Environment:
        where = f"environments.{name}"
        if not _NAME.fullmatch(name):
            self.problem(f"{name!r} cannot be the name of an environment", where, "use a-z 0-9 . _ -")
        if raw.policy is None:
            hint = (
                "name the file or folder with its ImagePolicy, or `policy: none` where nothing follows tags"
            )
            self.problem("no policy", where, hint)
        if not raw.gates:
            hint = "say what has to pass there, or `gates: none` to have none"
            self.problem("no gates", where, hint)
        if raw.tag.count("{tag}") != 1 or "{" in raw.tag.replace("{tag}", ""):
            self.problem(
                f"not made from the release's tag: {raw.tag!r}", f"{where}.tag", "write it with {tag}"
            )
        elif raw.registry is None and raw.tag == "{tag}":
            hint = "give it a registry: or a tag: of its own, such as prod-{tag}"
            self.problem("it would be the very tag that is out already", where, hint)
        gates = {} if raw.gates == "none" else raw.gates
        return Environment(
            name=name,
            policy=None if raw.policy == "none" else raw.policy,
            policy_name=raw.name,
            registry=raw.registry,
            repositories=self.repositories_in(raw.registry, f"{where}.registry"),
            tag=raw.tag,
            gates=tuple(self.gate(n, g, f"{where}.gates") for n, g in gates.items()),
        )

    def repositories_in(self, registry: str | None, place: str) -> Mapping[str, Repository]:
        """Every image below *registry*, each under its last name."""
        if registry is None:
            return {}
        found: dict[str, Repository] = {}
        for name, image in self.raw.images.items():
            last = image.repository.rpartition("/")[2] if image.repository else name
            text = f"{registry.rstrip('/')}/{last}"
            repository = self.guarded(lambda t=text: Repository.parse(t), place)  # type: ignore[misc]
            if repository is None:
                return {}
            found[name] = repository
        return found

    def gate(self, name: str, raw: RawGate, section: str = "gates") -> PlannedGate:
        where = f"{section}.{name}"
        if not _NAME.fullmatch(name.lower()):  # its log is called after it
            self.problem(f"{name!r} cannot be the name of a gate", where, "use letters, digits and . _ -")
        demand = self.demand(raw, where)
        if [raw.image is None, raw.run is None, demand is None].count(False) != 1:
            hint = "or, where nothing is to be run: signed_bases, sbom_without"
            self.problem("should have either image (with command) or run", where, hint)
        if raw.image is not None and raw.image not in self.raw.images:
            self.unknown_image(raw.image, f"{where}.image")
        for i, need in enumerate(raw.needs):
            if need not in self.raw.images:
                self.unknown_image(need, f"{where}.needs[{i}]")
        seconds = self.guarded(lambda: seconds_in(raw.timeout), f"{where}.timeout")
        if raw.image is not None:
            needs: tuple[str, ...] = (raw.image,)
        else:
            needs = raw.needs or tuple(self.raw.images)
        return PlannedGate(
            name,
            raw.image,
            raw.command,
            raw.run,
            needs,
            raw.network,
            seconds or 600.0,
            raw.environment,
            demand,
        )

    def demand(self, raw: RawGate, where: str) -> Demand | None:
        if raw.signed_bases is None and not raw.sbom_without:
            return None
        trust = None if raw.signed_bases is None else self.trust(raw.signed_bases, f"{where}.signed_bases")
        if trust is not None and not trust:
            self.problem("nobody is named", f"{where}.signed_bases", "keys: [FILE], or identities")
        return Demand(trust, raw.sbom_without)

    def trust(self, raw: RawTrust, where: str, instance: str = "") -> Trust:
        for i, one in enumerate(raw.identities):
            if "*" in one.subject and not re.fullmatch(r"[^*]+[/@]\*", one.subject):
                hint = "in full, or its beginning up to a / or @, then *"
                self.problem(f"not a subject: {one.subject}", f"{where}.identities[{i}].subject", hint)
        return Trust(raw.keys, tuple(Identity(one.issuer, one.subject) for one in raw.identities), instance)

    def attest(self, raw: RawAttest) -> AttestTerms:
        sign, trust = raw.sign, raw.trust
        if sign.keyless and sign.key:
            self.problem("should have either key or keyless", "attest.sign")
        if not (sign.keyless or sign.key or trust.keys or trust.identities):
            hint = "sign: {key: FILE}, or sign: {keyless: true}"
            self.problem("nobody signs, and nobody is trusted to", "attest", hint)
        if sign.keyless and not trust.identities:
            hint = "trust: {identities: [{issuer: https://token.actions.githubusercontent.com, subject: …}]}"
            self.problem("a keyless signature is believed by its identity, and none is named", "attest", hint)
        if sign.key and is_store(sign.key) and not sign.public:
            self.problem("a key in a key store needs its public key too", "attest.sign", "public: FILE")
        return AttestTerms(
            sign=_signing(raw),
            trust=self.trust(trust, "attest.trust", raw.sigstore or ""),
            contents=Contents(raw.provenance, raw.sbom),
            required=raw.required,
        )

    def platforms(self, texts: Iterable[str], where: str) -> tuple[Platform, ...]:
        found = [self.guarded(lambda t=t: Platform.wanted(t), f"{where}[{i}]") for i, t in enumerate(texts)]  # type: ignore[misc]
        if not found:
            self.problem("should name at least one platform", where)
        return tuple(dict.fromkeys(p for p in found if p is not None))

    def unknown_image(self, name: str, where: str) -> None:
        if f"images.{name}" in self.doubtful:
            return
        hint = did_you_mean(name, self.raw.images, f"images: {', '.join(self.raw.images)}")
        self.problem(f"there is no image {name}", where, hint)

    def guarded(self, call: Callable[[], Value], where: str) -> Value | None:
        try:
            return call()
        except BadInput as error:
            self.problem(error.message, where, error.advice)
            return None

    def problem(self, message: str, where: str, hint: str = "", *, about: str = "") -> None:
        """A mistake at *where*, unless what it is *about* has been found doubtful before."""
        if self.doubtful & _ancestry(about or where):
            return
        self.problems.append(Problem(f"{where}: {message}" if where else message, self.place(where), hint))

    def place(self, path: str) -> Place:
        """The place of the value at *path*, or of its nearest parent that is there."""
        best = self.node.place
        for node in yamls.walk_node(self.node):
            if node.place.path and (
                path == node.place.path or path.startswith((f"{node.place.path}.", f"{node.place.path}["))
            ):
                best = max(best, node.place, key=lambda p: len(p.path))
        return best


def _signing(raw: RawAttest) -> SigningKey | Keyless | None:
    if raw.sign.key:
        return SigningKey(raw.sign.key, raw.sign.public or "", raw.sign.password or "")
    return Keyless(raw.sigstore or "") if raw.sign.keyless else None


def _ancestry(path: str) -> set[str]:
    """*path* and every path above it: ``a.b[0]`` is below ``a.b`` and ``a``."""
    return {path, *(path[: match.start()] for match in re.finditer(r"[.\[]", path))} - {""}


def _platform_list(text: str) -> tuple[Platform, ...]:
    return tuple(dict.fromkeys(Platform.wanted(part) for part in re.split(r"[,\s]+", text.strip()) if part))
