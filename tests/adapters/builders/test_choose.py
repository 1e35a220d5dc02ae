"""Which builder is taken."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from wholeship.adapters import builders
from wholeship.adapters.registry import RegistryClient
from wholeship.core.errors import BadInput, ToolMissing
from wholeship.release.builder_names import BUILDERS
from wholeship.release.ports import Builder
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.clock import FakeClock
from wholeship.testing.registry import InProcess


class Absent(MemoryBuilder):
    """A builder that is not there."""

    def check(self) -> None:
        raise ToolMissing(f"no {self.name} here")


def table(**there: bool) -> Mapping[str, object]:
    client = RegistryClient(InProcess({}), FakeClock())
    return {
        name: (lambda nodes, n=name, t=is_there: (MemoryBuilder if t else Absent)(client, name=n))
        for name, is_there in there.items()
    }


def test_the_order_of_preference_is_the_table() -> None:
    """The same in the code, in the names of the release file and in the docs; buildx before docker."""
    assert ("auto", *builders.BUILDERS) == BUILDERS
    assert BUILDERS[:3] == ("auto", "buildx", "docker")
    text = Path(__file__).parents[3].joinpath("docs/builders.md").read_text(encoding="utf-8")
    places = [text.index(f"\n| {name} | ") for name in builders.BUILDERS]
    assert places == sorted(places)


def test_auto_takes_the_first_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not there are passed over."""
    monkeypatch.setattr(builders, "BUILDERS", table(buildx=False, docker=False, podman=True, buildah=True))
    assert builders.choose_builder("auto").name == "podman"


def test_the_two_ways_of_docker_are_asked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """buildx and docker, one client, are asked side by side; what may run a step only after them."""
    together, asked = threading.Barrier(2), []

    class Waits(MemoryBuilder):
        def check(self) -> None:
            asked.append(self.name)
            together.wait(10)
            raise ToolMissing("no daemon")

    class Works(MemoryBuilder):
        def check(self) -> None:
            asked.append(self.name)

    client = RegistryClient(InProcess({}), FakeClock())
    kinds = {"buildx": Waits, "docker": Waits, "podman": Works, "buildah": Works}
    makers = {name: (lambda nodes, n=name, k=kind: k(client, name=n)) for name, kind in kinds.items()}
    monkeypatch.setattr(builders, "BUILDERS", makers)
    assert builders.choose_builder("auto").name == "podman"
    assert sorted(asked[:2]) == ["buildx", "docker"]
    assert asked[2:] == ["podman"]


def test_auto_without_any_says_why_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """When none answers, every one is named with its reason, and there is advice."""
    monkeypatch.setattr(builders, "BUILDERS", table(docker=False, buildah=False))
    with pytest.raises(ToolMissing) as caught:
        builders.choose_builder("auto")
    assert caught.value.message == ("no builder was found (docker: no docker here; buildah: no buildah here)")
    assert "apt-get install buildah" in caught.value.advice


def test_a_named_builder_is_taken_and_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was named is what is used, there or not; a name nobody knows is bad input."""
    monkeypatch.setattr(builders, "BUILDERS", table(docker=False, buildah=True))
    chosen: Builder = builders.choose_builder("docker")
    assert chosen.name == "docker"
    with pytest.raises(BadInput, match="there is no builder kaniko"):
        builders.choose_builder("kaniko")
