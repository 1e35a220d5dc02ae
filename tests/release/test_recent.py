"""What one command has seen of content a moment ago is not asked for again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wholeship.adapters.registry import RegistryClient
from wholeship.core.digest import Digest
from wholeship.core.http import Request, Response
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import Registry
from wholeship.release.recent import MOMENT, RecentRegistry, past_memory
from wholeship.testing.clock import FakeClock
from wholeship.testing.images import image
from wholeship.testing.registry import EmbeddedRegistry, InProcess

HOST = "registry.test"
PLACE, TAG = Repository(HOST, "shop/app"), Tag("1")
APP = image("app")
LAYER = Digest.of(APP.blobs[-1])


class Scene:
    """A registry that counts what it is asked, and the memory in front of it."""

    def __init__(self) -> None:
        self.registry, self.clock = EmbeddedRegistry(), FakeClock()
        self.asked: list[str] = []
        self.registry.observers.append(self._seen)
        self.client = RegistryClient(InProcess({HOST: self.registry}), self.clock)
        APP.push(self.client, PLACE)
        self.client.bind(PLACE, TAG, APP.manifest)
        self.asked.clear()
        self.recent = RecentRegistry(self.client, self.clock)

    def _seen(self, request: Request, response: Response) -> None:
        self.asked.append(request.url)


QUESTIONS: dict[str, Callable[[Registry], object]] = {
    "a manifest": lambda r: r.manifest(PLACE, APP.manifest.digest),
    "whether a manifest is there": lambda r: r.exists(PLACE, APP.manifest.digest),
    "a blob": lambda r: r.blob(PLACE, LAYER, limit=10_000),
    "whether a blob is there": lambda r: r.has_blob(PLACE, LAYER),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_content_is_asked_for_once_in_a_moment(question: Callable[[Registry], object]) -> None:
    """What is there by digest is asked for once, and anew when the moment is over."""
    scene = Scene()
    first = question(scene.recent)
    assert first
    assert question(scene.recent) == first
    assert len(scene.asked) == 1
    scene.clock.sleep(MOMENT)
    assert question(scene.recent) == first
    assert len(scene.asked) == 2


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_is_absent_is_asked_for_each_time(question: Callable[[Registry], object]) -> None:
    """Absence is never remembered: it may be there by now."""
    scene = Scene()
    scene.registry.forget(PLACE, APP.manifest.digest)
    scene.registry.lose(PLACE, LAYER)
    assert not question(scene.recent)
    asked = len(scene.asked)
    assert not question(scene.recent)
    assert len(scene.asked) == 2 * asked


def test_tags_and_listings_are_never_remembered() -> None:
    """What can be moved is looked at each time."""
    scene = Scene()
    for _ in range(2):
        assert scene.recent.manifest(PLACE, TAG) is not None
        assert scene.recent.tags(PLACE) == (TAG,)
    assert len(scene.asked) == 4


def test_fresh_looks_go_past_the_memory() -> None:
    """The looks that promises rest on ask the registry itself, with or without a memory in front."""
    scene = Scene()
    assert past_memory(scene.recent) is scene.client
    assert past_memory(scene.client) is scene.client
