"""The one table of formats."""

from __future__ import annotations

import pytest

from wholeship.core.digest import Digest
from wholeship.output.formats import FORMATS, Renderer, View, formats_of, printed_answer
from wholeship.output.release_json import RepairJson

REPAIRED = RepairJson(str(Digest.of(b""))[:9], "partly bound", True, ["bound worker"], "", [], 0)


@pytest.mark.parametrize("key", FORMATS, ids="-".join)
def test_every_name_is_a_function(key: tuple[str, str]) -> None:
    """A line of the table that leads nowhere is noticed here, not by whoever asks for the format."""
    renderer = FORMATS[key]
    assert not renderer.function or callable(renderer.resolve())


def test_every_answer_has_text_first_and_json() -> None:
    """People and programs are served by every command."""
    for answer in {name for name, _ in FORMATS}:
        assert formats_of(answer)[:2] == ("text", "json")


def test_json_on_one_line_for_those_who_read_lines() -> None:
    """Without indentation an answer is one line, with it several."""
    assert printed_answer("repair", "json", REPAIRED, View(indent=0)).count("\n") == 1
    assert printed_answer("repair", "json", REPAIRED).count("\n") > 5


def test_what_the_table_lacks_is_an_error() -> None:
    """Nothing is printed in a format that does not exist."""
    with pytest.raises(KeyError):
        printed_answer("repair", "sarif", REPAIRED)
    with pytest.raises(AttributeError):
        Renderer("sarif", "nothing").resolve()
