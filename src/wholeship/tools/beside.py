"""Texts of the shell that run at the same time, as ``make -j`` and just's ``[parallel]`` have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def beside_each_other(texts: Sequence[str]) -> Iterator[str]:
    """Texts that run at the same time; it ends well when all of them do."""
    for at, text in enumerate(texts):
        yield f"(\n{text}\n) & beside_{at}=$!"
    yield " && ".join(f'wait "$beside_{at}"' for at in range(len(texts))) or "true"
