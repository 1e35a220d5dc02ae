"""Texts that some program runs are looked through to their end, and so are the files that they name."""

from __future__ import annotations

import time

import pytest

from wholeship.shell.spoken import says_a_push
from wholeship.tools.pushing import FILES, find_push, pushes
from wholeship.tools.world import World

PUSH = "docker push r.example/acme/app:1"


@pytest.mark.parametrize("much", ["x\n" * 150_000, "# remark\n" * 60_000, "x" * 300_000 + "\n"])
def test_a_long_text_is_looked_through_to_its_end(much: str) -> None:
    """However long a text is, a push at its end is found; without one it is no push."""
    assert find_push(much + PUSH, World()) == ""
    assert find_push(much, World()) is None


def test_every_file_that_is_named_is_looked_at() -> None:
    """A file beyond the first dozens is looked at like the first."""
    files = {f"s{at}.sh": "echo" for at in range(60)} | {"s60.sh": PUSH}
    text = "\n".join(f"./s{at}.sh" for at in range(61))
    assert find_push(text, World(files.get)) == "s60.sh"
    assert find_push(text, World({**files, "s60.sh": "echo"}.get)) is None


def test_a_file_behind_many_files_is_looked_at() -> None:
    """Files name files: the push is found however deep it stands, and a circle ends."""
    files = {f"s{at}.sh": f"./s{at + 1}.sh\n./s0.sh" for at in range(9)} | {"s9.sh": PUSH}
    assert find_push("./s0.sh", World(files.get)) == "s9.sh"
    assert find_push("./s0.sh", World({**files, "s9.sh": "echo"}.get)) is None


def test_more_files_than_are_looked_at_may_push() -> None:
    """What was not looked at is not taken for harmless: the first such file is named."""
    files = {f"s{at}.sh": "echo" for at in range(FILES + 5)}
    text = "\n".join(f"./s{at}.sh" for at in range(FILES + 5))
    assert find_push(text, World(files.get)) == f"s{FILES}.sh"
    few = "\n".join(f"./s{at}.sh" for at in range(FILES - 1))
    assert find_push(few, World(files.get)) is None


@pytest.mark.parametrize(
    "text",
    [
        "docker --config /x push r/a",
        "docker -H ssh://h push r/a",
        "docker buildx build \\\n  -t r/a \\\n  --push .",
        '["docker", "--context", "c", "push", "r/a"]',
    ],
)
def test_options_and_broken_lines_hide_no_push(text: str) -> None:
    """Values of options, and lines that go on behind a backslash."""
    assert says_a_push(text)


@pytest.mark.parametrize("text", ["docker build -t a .\nkubectl push", "docker run a; x --push", "docker"])
def test_words_of_other_commands_make_no_push(text: str) -> None:
    """What stands on another line, or behind a semicolon, belongs to another command."""
    assert not says_a_push(text)


@pytest.mark.parametrize("word", ["docker --push1 ", "docker -a b ", "make -a ", "earthly ", "skopeo ", "a/"])
def test_the_time_grows_with_the_length(word: str) -> None:
    """Twice the text takes about twice the time: nothing is looked at from every place to the end."""

    def spent(count: int) -> float:
        text = word * count
        before = time.process_time()
        pushes(text)
        return time.process_time() - before

    assert spent(80_000) < 12 * max(spent(20_000), 0.01)
