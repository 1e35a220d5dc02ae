"""Outputs of a job that did not end well: there only if the step that writes them had its turn."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, whole_of

SAID = '      - {id: d, run: \'echo "done=yes" >> "$GITHUB_OUTPUT"\'}\n'
OUTPUTS = "    outputs: {done: '${{ steps.d.outputs.done }}'}\n"


def release(order: str, condition: str) -> tuple[str, str]:
    push = "      - run: docker push r.io/worker:$GITHUB_SHA\n"
    steps = push + SAID if order == "after" else SAID + push
    first = job("first", steps=steps, more=OUTPUTS)
    return first, job("app", "app:$GITHUB_SHA", needs="first", condition=condition)


@pytest.mark.parametrize(
    ("order", "condition", "whole"),
    [
        ("after", "always() && needs.first.outputs.done == 'yes'", True),
        ("after", "${{ !cancelled() && needs.first.outputs.done }}", True),
        ("before", "always() && needs.first.outputs.done == 'yes'", False),
        ("after", "always()", False),
        ("before", "needs.first.outputs.done == 'yes'", True),
    ],
)
def test_an_output_that_is_written_last_says_that_all_went_well(
    order: str, condition: str, whole: bool
) -> None:
    """Asked for by a job that starts in any case, it is what the push before it came to."""
    assert whole_of(*release(order, condition), watched="app").whole is whole
