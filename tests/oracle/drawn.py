"""What the oracle draws: release workflows of every shape that it knows."""

from __future__ import annotations

from random import Random

from tests.oracle import generate
from tests.oracle.pipelines import PIPELINES
from tests.oracle.releases import RELEASES
from tests.oracle.shapes import SHAPES
from tests.oracle.strangers import STRANGERS
from tests.oracle.world import World

EVERY = (*SHAPES, *STRANGERS, *PIPELINES, *RELEASES)
"""The further shapes."""


def draw(seed: int) -> World:
    """The world of *seed*: every second has one of the further shapes."""
    return draw_shape(seed) if Random(f"shape {seed}").random() < 1 / 2 else generate.draw(seed)


def draw_shape(seed: int) -> World:
    """The world of *seed*, always with one of the further shapes."""
    return generate.draw(seed, EVERY)


def draw_stranger(seed: int) -> World:
    """The world of *seed*, with a shape that was found in workflows of strangers."""
    return generate.draw(seed, STRANGERS)


def draw_pipeline(seed: int) -> World:
    """The world of *seed*, with a shape of whole pipelines."""
    return generate.draw(seed, PIPELINES)


def draw_release(seed: int) -> World:
    """The world of *seed*, with a shape of what stands around a release."""
    return generate.draw(seed, RELEASES)
