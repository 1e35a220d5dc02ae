"""Unchanged images are taken from an earlier release; anything doubtful is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.release.world import World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.release.inputs.fingerprint import Inputs, inputs_of
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, ship
from wholeship.release.stages.results import Promoted, Verified
from wholeship.release.stages.settings import BuildSettings


@dataclass
class Desk:
    """Sources whose answers a test changes."""

    text: dict[str, bytes] = field(default_factory=dict)
    contexts: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str | None] = field(default_factory=lambda: {"base:1": "sha256:b1"})

    def dockerfile(self, image: PlannedImage) -> bytes:
        return self.text.get(image.name, b"FROM base:1\nCOPY . .\n")

    def context(self, image: PlannedImage) -> Digest:
        return Digest.of(self.contexts.get(image.name, "").encode())

    def folder(self, path: str) -> Digest:
        return Digest.of(self.contexts.get(path, "").encode())

    def base(self, reference: str, platform: Platform) -> str | None:
        if "@" in reference:
            return reference.partition("@")[2]
        return self.bases.get(reference)


@dataclass
class Reusing:
    """A world in which releases follow each other on one machine."""

    world: World
    desk: Desk = field(default_factory=Desk)
    records: list[Record] = field(default_factory=list)

    def ship(self, plan: Plan) -> Shipped:
        self.world.builder.built.clear()
        self.world.runner.trials.clear()
        self.world.journal.kept.clear()
        shop_: BuildSettings = replace(
            self.world.building,
            inputs=lambda image: inputs_of(image, self.desk),
            earlier=lambda: tuple(self.records),
        )
        shipped = ship(plan, replace(self.world.settings(plan), building=shop_))
        self.records.insert(0, shipped.record)
        return shipped

    @property
    def built(self) -> list[str]:
        return sorted(self.world.builder.built)

    @property
    def gated(self) -> list[str]:
        return sorted(trial.name for trial in self.world.runner.trials)


@pytest.fixture
def line(tmp_path: Path) -> Reusing:
    return Reusing(shop(tmp_path))


def test_nothing_changed_nothing_is_built_or_gated(line: Reusing) -> None:
    """A second release of the same inputs builds no image, runs no gate, and is whole."""
    first = line.ship(line.world.plan(sequence=1))
    second = line.ship(line.world.plan(sequence=2))
    assert isinstance(second.outcome, Promoted)
    assert isinstance(second.proof, Verified)
    assert (line.built, line.gated) == ([], [])
    for name, candidate in second.record.candidates.items():
        assert candidate.digest == first.record.candidates[name].digest
        assert candidate.reused_from == first.record.plan.tag
    assert {receipt.reused_from for receipt in second.record.receipts} == {first.record.plan.tag}


def test_a_change_in_one_image_builds_one(line: Reusing) -> None:
    """Only the changed image is built; its gates, and those that look at it, run again."""
    line.ship(line.world.plan(sequence=1))
    line.desk.contexts["app"] = "other"
    line.world.builder.inputs["app"] = "other"
    second = line.ship(line.world.plan(sequence=2))
    assert isinstance(second.outcome, Promoted)
    assert line.built == ["app"]
    assert line.gated == ["boots"]


def test_another_commit_with_the_same_inputs(line: Reusing) -> None:
    """Image gates keep their receipts across commits; a script, which may read anything, runs again."""
    line.ship(line.world.plan(sequence=1))
    plan = replace(line.world.plan(sequence=2), commit="0" * 40)
    second = line.ship(plan)
    assert isinstance(second.proof, Verified)
    assert (line.built, line.gated) == ([], ["boots"])


def test_a_reused_image_is_named_after_the_release_that_built_it(line: Reusing) -> None:
    """However often it is reused, the origin of an image is where it was built."""
    first = line.ship(line.world.plan(sequence=1))
    line.ship(line.world.plan(sequence=2))
    third = line.ship(line.world.plan(sequence=3))
    assert {c.reused_from for c in third.record.candidates.values()} == {first.record.plan.tag}


def test_bytes_that_are_gone_are_built_again(line: Reusing) -> None:
    """An image is reused only while the registry still has it."""
    first = line.ship(line.world.plan(sequence=1))
    digest = first.record.candidates["worker"].digest
    line.world.registry.forget(line.world.repository("worker"), digest)
    line.ship(line.world.plan(sequence=2))
    assert line.built == ["worker"]


CHANGES = {
    "a base image that moved": lambda line: line.desk.bases.update({"base:1": "sha256:b2"}),
    "another Dockerfile": lambda line: line.desk.text.update(app=b"FROM base:1\n"),
    "a base that cannot be told": lambda line: line.desk.bases.update({"base:1": None}),
    "a download": lambda line: line.desk.text.update(app=b"FROM scratch\nADD https://x.example/a /\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_input_counts(line: Reusing, change: str) -> None:
    """A changed base, Dockerfile or anything that cannot be told means that the image is built."""
    line.ship(line.world.plan(sequence=1))
    CHANGES[change](line)
    line.ship(line.world.plan(sequence=2))
    assert "app" in line.built


def test_inputs_that_change_while_building_are_never_reused(line: Reusing) -> None:
    """When the context is another one after the build, nobody knows what went in: no inputs are kept."""
    answers = iter(("a", "b") * 3)

    def moving(image: PlannedImage) -> Digest:
        return Digest.of(next(answers).encode())

    line.desk.context = moving  # type: ignore[method-assign]
    plan = line.world.plan(sequence=1)
    only = replace(plan, images=plan.images[-1:], gates=())
    first = line.ship(only)
    assert first.record.candidates["app"].inputs == {}


def test_secrets_count_by_name() -> None:
    """A secret's source is no input, its name is; its value is never looked at."""
    image = _image(secrets=("id=token,env=A",))
    same = inputs_of(_image(secrets=("id=token,env=B",)), Desk())
    other = inputs_of(_image(secrets=("id=other,env=A",)), Desk())
    assert inputs_of(image, Desk()) == same
    assert same != other


def test_what_cannot_be_read_is_unknown() -> None:
    """A context that cannot be read makes an image that is built, not an error."""

    class Broken(Desk):
        def context(self, image: PlannedImage) -> Digest:
            raise BadInput("no such folder")

    assert inputs_of(_image(), Broken()) == Inputs({}, "no such folder")


def _image(secrets: Iterable[str] = ()) -> PlannedImage:
    from wholeship.core.reference import Repository

    repository = Repository.parse("registry.example/app")
    return PlannedImage(
        "app", repository, (Platform("linux", "amd64"),), ".", "Dockerfile", secrets=tuple(secrets)
    )
