"""Steps that wait for background steps, and what others ask about them."""

from __future__ import annotations

from wholeship.verdict.check import check_one

TEXT = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - {id: t, background: true, run: pytest}
      - {id: w, wait: t}
      - if: steps.w.outcome == 'success'
        uses: docker/build-push-action@v6
        with: {push: true, tags: "r/app:${{ github.sha }}"}
"""


def test_a_publish_behind_the_outcome_of_a_wait_is_seen() -> None:
    """The outcome of a wait can be a success: a publish that asks for it happens, behind the test."""
    (publish,) = check_one(TEXT, ".github/workflows/a.yml").publishes
    assert publish.image == "app"
    assert publish.gates == ("a: pytest",)


def test_a_publish_behind_the_outcome_of_what_was_cancelled_is_seen() -> None:
    """After a cancel the step's result may be there to ask for: a publish that does is not taken for dead."""
    text = TEXT.replace("{id: w, wait: t}", "{id: w, cancel: t}").replace(
        "steps.w.outcome == 'success'", "steps.t.outcome == 'cancelled'"
    )
    (publish,) = check_one(text, ".github/workflows/a.yml").publishes
    assert publish.image == "app"
