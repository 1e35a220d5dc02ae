"""A release file as it was asked for, with the world around it: what every release command starts from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.late import late
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.config import Overrides, ReleaseConfig, read_config
from wholeship.release.file import FILE
from wholeship.release.record import home_among

if TYPE_CHECKING:
    from wholeship.adapters.files import State
    from wholeship.adapters.registry import RegistryClient
    from wholeship.release.environments import in_environment
    from wholeship.release.making import make_lacking
    from wholeship.release.ports import Builder, RepositoryMaker
    from wholeship.release.source import Source
else:
    in_environment = late("wholeship.release.environments:in_environment")
    make_lacking = late("wholeship.release.making:make_lacking")

REHEARSAL, ENVIRONMENTS = "rehearsal", "environments"


@dataclass(frozen=True)
class Project:
    """What was configured, where its state is kept, and the parts of the world it works with."""

    world: World
    target: ReleaseTarget
    config: ReleaseConfig
    state: State

    @cached_property
    def registry(self) -> RegistryClient:
        """The client for every registry of the release."""
        return self.world.open_registry(self.config.allow_http, self.config.allow_private)

    @cached_property
    def maker(self) -> RepositoryMaker | None:
        """Who makes repositories that a push needs; None: nobody asked for it."""
        if not self.target.create_repositories:
            return None
        return self.world.open_repository_maker(self.registry.speaks_plainly)

    def begin_writing(self) -> None:
        """What is hidden from readers may be asked for by a write that nobody sees, and what a push needs is
        made where that was asked for."""
        self.registry.begin_writing()
        if self.maker is not None:
            places = {*self.config.repositories.values(), *([self.home] if self.home else [])}
            world = self.world
            make_lacking(self.maker, self.registry, sorted(places), world.clock, world.progress)

    @cached_property
    def glance(self) -> RegistryClient:
        """A client that asks once and does not wait long: for remarks, on which nothing rests."""
        return self.world.glance_at_registry(self.config.allow_http, self.config.allow_private)

    @cached_property
    def chosen_builder(self) -> ChosenBuilder:
        """The builder, looked for when it is first asked for."""
        return ChosenBuilder(self.world, self.config)

    @property
    def builder(self) -> Builder:
        """The builder named, or the first that answers."""
        return self.chosen_builder.needed()

    @property
    def home(self) -> Repository | None:
        """Where release records are left."""
        images = {name: image.repository for name, image in self.config.images.items()}
        found = home_among(images, self.config.followed, self.config.record)
        mirrors = [one for image in self.config.images.values() for one in image.mirrors.values()]
        return found or min(mirrors, default=None)

    @property
    def root(self) -> Path:
        """The folder of the release file."""
        return self.config.root.resolve()

    @property
    def watched_repository(self) -> Repository:
        """Where the controller looks for tags."""
        return self.config.images[self.config.watched].repository

    @property
    def insecure_hosts(self) -> frozenset[str]:
        """Hosts spoken to without TLS."""
        hosts = {repository.host for repository in self.config.repositories.values()}
        return frozenset(host for host in hosts if self.registry.speaks_plainly(host))

    def source(self) -> Source:
        """What a build here would be made from now."""
        return self.world.look_at_source(self.config.root)

    def declared(self) -> ReleaseConfig:
        """The release file as it is written: a policy follows the repositories that it names, wherever
        this run puts the images."""
        if not self.target.registry:
            return self.config
        written = read_config(self.config.file)
        return in_environment(written, self.config.environment) if self.config.environment else written

    def elsewhere(self, environment: str) -> Project:
        """The same project in *environment*, with a state of its own."""
        target = replace(self.target, environment=environment, tag="", sources=dict(self.target.sources))
        state = self.world.open_state(self.state.root / ENVIRONMENTS / environment)
        return Project(self.world, target, in_environment(self.config, environment), state)

    @contextmanager
    def working_on(self, tag: str, again: str = "") -> Iterator[None]:
        """Nobody else works on release *tag* meanwhile; Ctrl-C and SIGTERM end it in order.

        *again* is the command that goes on with it; empty: `release`.
        """
        self.state.prepare()
        with self.world.lock_release(self.state.journal(tag).path), self.world.stoppable():
            try:
                yield
            except KeyboardInterrupt:
                self.world.progress.warned(f"continue with: {again or f'wholeship release --tag {tag}'}")
                raise


class ChosenBuilder:
    """The builder of a release, looked for once, also from several threads."""

    def __init__(self, world: World, config: ReleaseConfig) -> None:
        self._world, self._config = world, config
        self._choosing = threading.Lock()
        self._missing: WholeshipError | None = None
        self.known: Builder | None = None

    def needed(self) -> Builder:
        """The builder; raises what looking for it raised, once more each time."""
        with self._choosing:
            if self._missing is not None:
                raise self._missing
            if self.known is None:
                try:
                    self.known = self._world.choose_builder(self._config)
                except WholeshipError as error:
                    self._missing = error  # looking again would take as long, and find the same
                    raise
            return self.known

    def look_ahead(self) -> None:
        """Find the builder, and how it works here, beside what is done meanwhile.

        What is wrong with it is said by whoever needs it.
        """

        def look() -> None:
            with suppress(Exception):
                self.needed().check()

        threading.Thread(target=look, name="builder", daemon=True).start()


def open_project(world: World, target: ReleaseTarget) -> Project:
    """The project that *target* names; raises :class:`BadInput`."""
    config = load_config(world, target)
    state = Path(target.state) if target.state else world.state_folder(config.root)
    project = Project(world, target, config, world.open_state(state))
    return replace(project.elsewhere(target.environment), target=target) if target.environment else project


@contextmanager
def rehearsed(world: World, target: ReleaseTarget) -> Iterator[Project]:
    """The project that *target* names on a registry made for it, and with a state of its own."""
    with world.rehearsal_registry() as host:
        sources = {**target.sources, "registry": "--registry"}
        elsewhere = replace(target, registry=f"{host}/{REHEARSAL}", sources=sources)
        there = open_project(world, elsewhere)
        config = replace(there.config, unconfirmed=())  # nobody sees what a guess would do there
        yield replace(there, config=config, state=world.open_state(there.state.root / REHEARSAL))


def load_config(world: World, target: ReleaseTarget) -> ReleaseConfig:
    """The release file, with what *target* says on top."""
    sources = dict(target.sources)
    if "scenario" not in sources and world.environment.get("GITHUB_EVENT_NAME"):
        sources["scenario"] = "GITHUB_EVENT_NAME"
    if target.registry:
        _check_registry(target.registry, sources["registry"])
    overrides = Overrides(
        registry=target.registry or None,
        platforms=target.platforms or None,
        builder=target.builder or None,
        sources=sources,
    )
    return read_config(Path(target.file or FILE), overrides)


def _check_registry(registry: str, source: str) -> None:
    """:class:`BadInput` here, or each image would be told to be wrong, at a place in the file."""
    try:
        Repository.parse(f"{registry.rstrip('/')}/image")
    except BadInput:
        raise BadInput(
            f"{source}: not a registry: {registry!r}",
            advice="write host/path in lower case, for example ghcr.io/acme, without https://",
        ) from None
