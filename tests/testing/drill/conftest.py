"""The real registries of the drill."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import real
from tests.contracts.conftest import distribution, or_skipped

__all__ = ["distribution"]

REGISTRY_3 = os.environ.get("WHOLESHIP_REGISTRY_3", "")
"""Read at once: tests see nothing of the environment of whoever runs them."""


@pytest.fixture(scope="session")
def zot() -> Iterator[str]:
    """zot, where it is installed; gives its host."""
    with or_skipped(real.zot()) as host:
        yield host


@pytest.fixture(
    params=[
        "distribution",
        pytest.param("zot", marks=pytest.mark.extended),
    ]
)
def real_registry(request: pytest.FixtureRequest) -> str:
    """One real registry after the other."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def distribution_3() -> Iterator[str]:
    """Distribution 3 (``scripts/registry-for-tests``), where WHOLESHIP_REGISTRY_3 names it."""
    if not REGISTRY_3:
        pytest.skip("WHOLESHIP_REGISTRY_3 names no distribution 3: scripts/registry-for-tests makes one")
    with or_skipped(real.distribution(REGISTRY_3)) as host:
        yield host
