"""What is drawn: the same again for the same number, every kind, and all of it can be carried out."""

from __future__ import annotations

import json
import re
from collections import Counter

from tests.oracle import scripts, yaml12
from tests.oracle.drawn import EVERY, draw_pipeline, draw_shape
from tests.oracle.explore import look, machine
from tests.oracle.generate import _STRUCTURES, draw
from tests.oracle.world import MAIN


def test_a_number_draws_the_same_again() -> None:
    """A disagreement can be looked at again by its number."""
    assert [draw(seed) for seed in range(50)] == [draw(seed) for seed in range(50)]


def test_every_kind_is_drawn() -> None:
    """No structure and no kind of script is out of reach, and none takes over."""
    worlds = [draw(seed) for seed in range(2500)]
    kinds = Counter(kind for world in worlds for kind in world.notes["kinds"].split())
    for name in {structure.__name__.strip("_") for structure in _STRUCTURES} | set(scripts._KINDS):
        assert 5 <= kinds[name] <= 600, (name, kinds[name])


def test_every_shape_is_drawn() -> None:
    """No number is without end, and none of the further shapes is out of reach."""
    kinds = Counter(draw_shape(seed).notes["kinds"].split()[0] for seed in range(1000))
    assert set(kinds) == {shape.__name__.strip("_") for shape in EVERY}
    assert min(kinds.values()) >= 10


def test_what_is_drawn_is_yaml() -> None:
    """Each workflow has jobs, and each job steps or a call."""
    for seed in range(300):
        document = yaml12.load(draw(seed).files[MAIN])
        assert all("steps" in job or "uses" in job for job in document["jobs"].values())


def test_nearly_all_can_be_judged() -> None:
    """The oracle knows every program and action that it draws, and both answers come up often."""
    with machine() as runner:
        kinds = Counter(look(draw(seed), runner, 60).kind for seed in range(80))
    assert kinds["unplayable"] == 0
    assert kinds["half"] >= 20
    assert kinds["whole"] >= 20


def test_one_package_json_holds_all_scripts() -> None:
    """npm reads one file; what a second script of it is to push is not put into another."""
    for seed in range(400):
        world = draw_pipeline(seed)
        assert not any(re.fullmatch(r"package\d+\.json", path) for path in world.files)
        said = json.loads(world.files.get("package.json", "{}")).get("scripts", {})
        for called in re.findall(r"npm run (?:--silent )?([\w:-]+)", world.text):
            assert called in said, (seed, called)
