"""What a registry's answer to a write comes to: the one place where status codes have a meaning."""

from __future__ import annotations

import pytest

from wholeship.release.ports import Write, WriteResult


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"may_be_immovable", "never_taken"}),
        (401, {"denied"}),
        (403, {"denied"}),
        (404, set()),
        (405, {"may_be_immovable"}),
        (409, {"may_be_immovable"}),
        (412, {"may_be_immovable"}),
        (415, {"never_taken"}),
        (429, {"throttled"}),
    ],
)
def test_each_refusal_is_one_kind(status: int, said: set[str]) -> None:
    """Rights, haste, an immovable tag and a kind that is not taken are told apart by the status alone."""
    write = Write(WriteResult.REFUSED, status)
    names = ("denied", "throttled", "may_be_immovable", "never_taken")
    assert {name for name in names if getattr(write, name)} == said


@pytest.mark.parametrize("result", [WriteResult.ACCEPTED, WriteResult.UNCLEAR])
def test_what_was_not_refused_is_no_refusal(result: WriteResult) -> None:
    """An answer that proves nothing is not taken for a no, whatever status came with it."""
    for status in (0, 201, 401, 409, 429, 503):
        write = Write(result, status)
        assert not any((write.denied, write.throttled, write.may_be_immovable))
