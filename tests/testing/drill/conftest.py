"""The real registries of the drill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.conftest import distribution, or_skipped
from wholeship.testing import real

__all__ = ["distribution"]


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
