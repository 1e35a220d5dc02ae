"""Images that are built from images of the same release: in order of need, by digest, never from another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest

from tests.release.test_reuse import Desk
from tests.release.world import HOST, World, built_of, shop, watch
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, Unfinished, WholeshipError
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress
from wholeship.core.reference import Repository
from wholeship.release.bases import older_bases, with_bases
from wholeship.release.contexts import pinned
from wholeship.release.grounds import on_other_grounds
from wholeship.release.inputs.fingerprint import inputs_of
from wholeship.release.plan import LATER_OF_IMAGES, Plan, PlannedImage
from wholeship.release.ports import BuildRequest, BuiltImage
from wholeship.release.record import Record
from wholeship.release.ship import begin
from wholeship.release.stages.build import SourceMoved, assemble, build_candidates
from wholeship.release.stages.join import join_legs
from wholeship.release.stages.results import Failed, Promoted, Verified
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.faults import FAULTS, FaultyTransport, Killed
from wholeship.testing.registry import InProcess

HOUSE = """\
registry: 127.0.0.1:5000/shop
images:
  app: {contexts: {base: "target:base", words: shared}}
  base: {contexts: {core: "target:core"}}
  core: {}
  worker: {contexts: {base: "service:base"}}
watched: app
gates: none
"""
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
APP = Repository(HOST, "shop/app")


@dataclass
class NotingBuilder(MemoryBuilder):
    """Remembers what each image was asked to be built from."""

    asked: dict[str, BuildRequest] = field(default_factory=dict)

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        self.asked[request.image] = request
        return super().build(request, progress=progress, stop=stop)


def house(root: Path, text: str = HOUSE) -> tuple[World, NotingBuilder]:
    (root / "shared").mkdir(exist_ok=True)
    world = shop(root, text)
    builder = NotingBuilder(world.client)
    world.builder = builder
    return world, builder


@pytest.fixture
def home(tmp_path: Path) -> tuple[World, NotingBuilder]:
    return house(tmp_path)


def made(world: World) -> Record:
    plan = world.plan()
    return built_of(build_candidates(plan, built_of(begin(world.ports(plan), plan)), world.building))


def test_what_is_needed_is_built_first_and_used_by_digest(home: tuple[World, NotingBuilder]) -> None:
    """Each image is built from exactly the bytes that ship beside it."""
    world, builder = home
    observer = watch(world, world.plan())
    shipped = world.ship(world.plan())
    assert isinstance(shipped.proof, Verified)
    assert builder.built[:2] == ["core", "base"]
    candidates = shipped.record.candidates
    for name, base in (("app", "base"), ("worker", "base"), ("base", "core")):
        exact = pinned(world.repository(base), candidates[base].digest)
        assert exact in builder.asked[name].contexts.values()
        assert candidates[name].built_on == {base: (candidates[base].digest,)}
    assert builder.asked["app"].contexts["words"] == str(world.root / "shared")
    assert candidates["core"].built_on == {}
    assert observer.half == []


def test_a_base_that_fails_stops_what_needs_it(home: tuple[World, NotingBuilder]) -> None:
    """What is built from it is never begun, and the answer names the base."""
    world, builder = home
    builder.failing = {"base"}
    outcome = world.ship(world.plan()).outcome
    assert isinstance(outcome, Failed)
    assert outcome.image == "base"
    assert builder.built == ["core", "base"]


def test_reuse_follows_through(home: tuple[World, NotingBuilder]) -> None:
    """What did not change, down to what it is built from, is taken; what did is built, with all upon it."""
    world, builder = home
    desk = Desk(bases={"base:1": "sha256:b1"})
    records: list[Record] = []

    def release(sequence: int) -> Record:
        builder.built.clear()
        world.journal.kept.clear()
        world.inputs = lambda image: inputs_of(image, desk)
        plan = world.plan(sequence=sequence)
        building = replace(world.building, earlier=lambda: tuple(records))
        record = built_of(build_candidates(plan, built_of(begin(world.ports(plan), plan)), building))
        records.insert(0, record)
        return record

    first = release(1)
    assert sorted(builder.built) == ["app", "base", "core", "worker"]
    second = release(2)
    assert builder.built == []
    assert {n: c.digest for n, c in second.candidates.items()} == {
        n: c.digest for n, c in first.candidates.items()
    }
    desk.contexts["shared"] = "other words"  # a named context of app alone
    release(3)
    assert builder.built == ["app"]
    desk.contexts["base"] = "new"
    release(4)
    assert sorted(builder.built) == ["app", "base", "worker"]
    assert builder.built[0] == "base"


def test_no_cache_is_never_reused(home: tuple[World, NotingBuilder]) -> None:
    """An image that says so is built anew in every release, and the reason is that."""
    world, _ = home
    image = replace(world.plan().image("core"), no_cache=True)
    assert inputs_of(image, Desk()).unknown == "no_cache says so"


@pytest.mark.parametrize(
    ("context", "kind"),
    [("docker-image://other:1", "base images"), ("elsewhere", "named contexts")],
)
def test_a_context_is_an_input(context: str, kind: str) -> None:
    """Named contexts decide what an image becomes, whatever they are."""
    desk = Desk(bases={"base:1": "sha256:b1", "other:1": "sha256:o1"})
    plain = PlannedImage("app", APP, (AMD64,), ".", "Dockerfile")
    before = inputs_of(replace(plain, contexts={"x": context}), desk)
    desk.bases["other:1"], desk.contexts["elsewhere"] = "sha256:o2", "changed"
    after = inputs_of(replace(plain, contexts={"x": context}), desk)
    assert [name for name in after.parts if after.parts[name] != before.parts.get(name)] == [kind]
    assert set(inputs_of(plain, desk).parts) < set(after.parts) | {"named contexts"}


def test_what_a_url_holds_cannot_be_told() -> None:
    """An image with a context that the builder fetches is built, and never reused."""
    image = PlannedImage("app", APP, (AMD64,), ".", "Dockerfile", contexts={"lib": "https://x.org/lib.git"})
    assert inputs_of(image, Desk()).unknown == "the context lib is fetched from https://x.org/lib.git"


def test_a_base_that_was_lost_is_built_with_all_that_needs_it(home: tuple[World, NotingBuilder]) -> None:
    """Going on with a release whose base was collected builds the base, and whatever is built from it."""
    world, builder = home
    record = made(world)
    world.registry.shelves["shop/base"].manifests.pop(record.candidates["base"].digest)
    builder.built.clear()
    again = built_of(build_candidates(record.plan, record, world.building))
    assert builder.built[0] == "base"
    assert sorted(builder.built) == ["app", "base", "worker"]
    assert on_other_grounds(again) == ()


def test_images_on_another_base_do_not_ship(home: tuple[World, NotingBuilder]) -> None:
    """A record that holds another base than the one an image was built from is no release."""
    world, _ = home
    record = made(world)
    other = replace(record.candidates["base"], digest=record.candidates["core"].digest)
    astray = record.with_candidate(other)
    told = "app was built from another base than the one that would ship"
    assert told in on_other_grounds(astray)
    with pytest.raises(SourceMoved, match=told):
        assemble(astray, world.client)


def test_an_image_alone_needs_its_base_there(home: tuple[World, NotingBuilder]) -> None:
    """A job that builds one image is told which to build first; once it is there, it goes by its digest."""
    world, builder = home
    plan = world.plan()
    record = built_of(begin(world.ports(plan), plan))
    with pytest.raises(Unfinished) as caught:
        build_candidates(plan, record, replace(world.building, only=("worker",)))
    assert caught.value.message == "worker is built from base, which has no candidate yet"
    assert caught.value.advice == f"build that first: wholeship build --tag {plan.tag} --image base"
    for name in ("core", "base", "worker"):
        record = built_of(build_candidates(plan, record, replace(world.building, only=(name,))))
    assert builder.built == ["core", "base", "worker"]


def test_legs_are_built_on_legs(tmp_path: Path) -> None:
    """Platform by platform, on several machines: each leg from the leg of its platform, and the index over
    them ships; built in another order, the platform that lacks is named."""
    world, _ = house(tmp_path, HOUSE + "platforms: {default: [linux/amd64, linux/arm64]}\n")
    plan = world.plan()
    record = built_of(begin(world.ports(plan), plan))
    record = built_of(
        build_candidates(plan, record, replace(world.building, only=("core",), platforms=(AMD64,)))
    )
    with pytest.raises(Unfinished, match=r"core, which has no candidate for linux/arm64 together"):
        build_candidates(plan, record, replace(world.building, only=("base",), platforms=(ARM64,)))
    record = built_of(
        build_candidates(plan, record, replace(world.building, only=("core",), platforms=(ARM64,)))
    )
    for name in ("base", "app", "worker"):
        for platform in (AMD64, ARM64):
            record = built_of(
                build_candidates(plan, record, replace(world.building, only=(name,), platforms=(platform,)))
            )
    joined = join_legs(record, world.client, world.journal, world.ports(plan).progress)
    legs = {leg.digest for leg in record.legs if leg.image == "base"}
    assert set(joined.candidates["app"].built_on["base"]) == legs
    assert on_other_grounds(joined) == ()
    assert set(assemble(joined, world.client).candidates) == {"app", "base", "core", "worker"}


# -- bases in Dockerfiles -----------------------------------------------------------------------------


def written(world: World, image: str, text: str) -> None:
    world.config.images[image].dockerfile.write_text(text)


PLAIN = """\
registry: 127.0.0.1:5000/shop
images:
  app: {dockerfile: app.Dockerfile}
  base: {dockerfile: base.Dockerfile}
watched: app
gates: none
"""


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("FROM 127.0.0.1:5000/shop/base\n", "127.0.0.1:5000/shop/base"),
        ("ARG V=latest\nFROM 127.0.0.1:5000/shop/base:$V\n", "127.0.0.1:5000/shop/base:latest"),
        ("FROM scratch\nCOPY --from=127.0.0.1:5000/shop/base / /\n", "127.0.0.1:5000/shop/base"),
        ("FROM 127.0.0.1:5000/shop/base:1.2\n", ""),
        (f"FROM 127.0.0.1:5000/shop/base@{Digest.of(b'x')}\n", ""),
        ("FROM 127.0.0.1:5000/shop/app\n", ""),  # its own earlier self
        ("FROM 127.0.0.1:5000/other/base\n", ""),
    ],
)
def test_a_base_of_the_release_is_this_release_s(tmp_path: Path, text: str, taken: str) -> None:
    """A repository of the release, without a tag or as the latest, is the image of this very release."""
    world = shop(tmp_path, PLAIN)
    written(world, "app", text)
    found = with_bases(world.config).images["app"].contexts
    assert found == ({taken: "target:base"} if taken else {})


def test_an_older_base_is_remarked(tmp_path: Path) -> None:
    """A base of the release that is named as it was released before is what it says, and the plan says so."""
    world = shop(tmp_path, PLAIN)
    written(world, "app", "FROM 127.0.0.1:5000/shop/base:1.2\n")
    (told,) = older_bases(world.config)
    assert told.startswith("app is built from 127.0.0.1:5000/shop/base:1.2, which is out already")


def test_dockerfiles_that_need_each_other_are_refused(tmp_path: Path) -> None:
    """A ring through Dockerfiles is told with its path, as one through contexts."""
    world = shop(tmp_path, PLAIN)
    written(world, "app", "FROM 127.0.0.1:5000/shop/base\n")
    written(world, "base", "FROM 127.0.0.1:5000/shop/app\n")
    with pytest.raises(BadInput, match="these images need each other: app → base → app"):
        with_bases(world.config)


# -- identity -----------------------------------------------------------------------------------------


def test_records_of_older_releases_stay_believed(home: tuple[World, NotingBuilder]) -> None:
    """Fields that plans did not always have do not count where they say nothing, and count where they do."""
    world, _ = home
    plan = world.plan()
    bare = replace(plan, images=tuple(replace(image, contexts={}) for image in plan.images))
    assert bare.id != plan.id
    for name, silent in LATER_OF_IMAGES.items():
        said = {dict: {"a": "b"}, bool: True, list: ("a",), str: "a"}[type(silent)]
        image = replace(bare.images[0], **{name: said})  # type: ignore[arg-type]
        assert replace(bare, images=(image, *bare.images[1:])).id != bare.id


# -- every fault at every request ---------------------------------------------------------------------


def requests_of(root: Path) -> int:
    world, _ = house(root)
    line = FaultyTransport(InProcess({HOST: world.registry}), world.clock)
    struck(world, world.plan(), line)
    return line.count


def struck(world: World, plan: Plan, line: FaultyTransport) -> None:
    """A release over *line*, which may break; what it raises is its own affair."""
    world.client = world.new_client(line)  # type: ignore[arg-type]
    world.builder.registry = world.client
    with contextlib.suppress(WholeshipError, Killed):
        world.ship(plan)


def numbers(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    yield from range(1, requests_of(tmp_path_factory.mktemp(name)) + 1)


@pytest.mark.parametrize("name", ["kill-before", "kill-after", "status-503-forever"])
def test_nothing_is_half_whatever_fails(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The N-th request fails or the process dies there, for every N: nobody sees half, and the next run ships
    a release whose images are built on each other."""
    fault = FAULTS[name]
    for at in numbers(name, tmp_path_factory):
        world, _ = house(tmp_path_factory.mktemp(f"{name}-{at}"))
        plan = world.plan()
        observer = watch(world, plan)
        struck(world, plan, FaultyTransport(InProcess({HOST: world.registry}), world.clock, fault, at))
        world.client = world.new_client()
        world.builder.registry = world.client
        shipped = world.ship(plan)
        assert isinstance(shipped.outcome, Promoted), f"{name}@{at}"
        assert isinstance(shipped.proof, Verified), f"{name}@{at}"
        assert observer.half == [], f"{name}@{at}"
        assert on_other_grounds(shipped.record) == (), f"{name}@{at}"
