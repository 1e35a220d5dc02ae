"""What a chat is told, and what it is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wholeship.output.notice import HEADS, Notice, message

TAG = "20260528-182833-000042"


def text(**more: object) -> str:
    told = {"what": "half", "tag": TAG, "images": ["app", "worker"], "reasons": ["worker is missing"], **more}
    return message(Notice(**told))["text"]  # type: ignore[arg-type]


def test_the_whole_message() -> None:
    """Loud first line, facts in a block, the run's address last."""
    assert text(
        commit="5f3a9c1e7b2d4860", record="ghcr.io/acme/worker:wholeship-record-x.*",
        run_url="https://github.com/acme/shop/actions/runs/42", help="wholeship repair",
    ) == (
        "*wholeship*: :rotating_light: HALF A RELEASE IS VISIBLE\n"
        "```\n"
        f"release  {TAG}\n"
        "images   app, worker\n"
        "commit   5f3a9c1e7b2d\n"
        "record   ghcr.io/acme/worker:wholeship-record-x.*\n"
        "- worker is missing\n"
        "help: wholeship repair\n"
        "```\n"
        "https://github.com/acme/shop/actions/runs/42"
    )  # fmt: skip


def test_strangers_stay_in_the_block() -> None:
    """Mentions, links and the end of the block are text; a line break does not begin a new line."""
    found = text(reasons=["<!channel> <https://evil.invalid|click> ``` @here\n*bold* \x1b[31m"])
    assert found.count("```") == 2
    assert "<" not in found
    assert "&lt;!channel&gt;" in found
    assert len(found.splitlines()) == 6
    assert "\x1b" not in found


def test_an_address_that_is_none_is_left_out() -> None:
    """Only a plain web address is shown outside the block."""
    for address in ("javascript:alert(1)", "https://a.invalid/x|y", "https://a.invalid/ <!here>", "x"):
        assert text(run_url=address).splitlines()[-1] == "```"


def test_secrets_are_masked() -> None:
    """A token in an error message does not reach the chat."""
    assert "ghp_" not in text(reasons=["401 with ghp_" + "a1B2" * 9])


def test_what_is_too_long_is_cut() -> None:
    """A chat that cuts a message would cut the end of the block."""
    found = text(reasons=["&" * 300] * 40)
    assert len(found) < 4000
    assert found.endswith("more lines\n```")


@given(st.text(max_size=400), st.lists(st.text(max_size=400), max_size=4), st.text(max_size=200))
def test_the_block_holds_everything(tag: str, reasons: list[str], address: str) -> None:
    """Whatever is told, the block has one beginning and one end, and no markup is left in it."""
    for what in HEADS:
        found = text(what=what, tag=tag, reasons=reasons, run_url=address)
        assert found.count("```") == 2
        assert "<" not in found
        assert len(found) < 4000
