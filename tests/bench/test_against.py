"""Two builds are compared by all that they answer; what may differ is named."""

from __future__ import annotations

import json
from pathlib import Path

from bench.against import INTENDED, Pair, Used, Work, intended, shape, unlike

WORK = Work("a file", Path("."), ("check",))


def pair(one: object, other: object, codes: tuple[int, int] = (0, 0)) -> Pair:
    used = [Used(1, 1, 1, json.dumps(each), code) for each, code in zip((one, other), codes, strict=True)]
    return Pair(WORK, used[:1], used[1:])


def test_every_value_that_differs_is_named_by_its_path() -> None:
    """A difference says where it is: the key, the place in the list, both values."""
    one = {"workflows": [{"whole": True, "images": ["a"]}]}
    other = {"workflows": [{"whole": None, "images": ["a", "b"]}]}
    assert unlike(one, other) == [
        "workflows[0].whole: true, null",
        'workflows[0].images: ["a"], ["a", "b"]',
    ]


def test_only_what_the_list_names_may_differ() -> None:
    """A pattern excuses the values that it names, in every workflow, and nothing beside them."""
    found = pair({"w": [{"a": 1, "b": 1}]}, {"w": [{"a": 2, "b": 2}]})
    assert found.differences(["w.a"]) == ["w[0].b: 1, 2"]
    assert found.differences(["w.?"]) == []


def test_another_exit_code_is_a_difference() -> None:
    """The same text with another exit code is not the same answer."""
    assert pair({}, {}, (0, 1)).differences([]) == ["exit code: 0, 1"]


def test_what_is_no_json_is_compared_as_it_is() -> None:
    """A build that prints no JSON has answered something else."""
    old, new = Used(1, 1, 1, "", 4), Used(1, 1, 1, "{}", 0)
    assert len(Pair(WORK, [old], [new]).differences([])) == 2


def test_remarks_in_the_list_are_no_patterns() -> None:
    """The list is read line by line; what follows ``#`` is for people."""
    assert all("#" not in each for each in intended(INTENDED))
    assert shape("workflows[3].findings[0].message: 1, 2") == "workflows.findings.message"
