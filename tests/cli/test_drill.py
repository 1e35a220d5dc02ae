"""`wholeship drill`: the table, the JSON, the replay, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import golden as golden_files
from wholeship.app.schema import schema_of
from wholeship.cli.commands import drill as command
from wholeship.cli.main import main
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson, drill_text


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Families asked for, one row each, and the verdict in one line."""
    assert main(["drill", "--family", "D", "--jobs", "1", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == [
        *("fault", "family", "runs", "published", "refused"),
        *("withdrawn", "told", "unfinished", "half", "time"),
    ]
    assert "D  disks without room, machines without a home" in out
    assert "not one half release" in out


def test_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Version, seed, and figures by family; nothing else on standard output."""
    assert main(["drill", "--family", "D", "--jobs", "1", "--seed", "7", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["command"], told["seed"], told["full"]) == (1, "drill", 7, False)
    (family,) = told["families"]
    assert (family["family"], family["half"], family["unfinished"], family["failed"]) == ("D", 0, 0, 0)
    assert family["runs"] == family["published"] > 10
    assert set(told) == set(schema_of("drill")["$defs"]["DrillJson"]["properties"])


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Which family is at work, and how far it is."""
    assert main(["drill", "--family", "D", "--jobs", "1"]) == 0
    shown = capsys.readouterr()
    assert "drill D" in shown.err
    assert "runs" in shown.err


def test_a_run_is_played_again(capsys: pytest.CaptureFixture[str]) -> None:
    """By its name."""
    assert main(["drill", "--replay", "R4/reset-after@57"]) == 0
    assert "R4/reset-after@57 ended published" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--family", "X"], "there is no family X"),
        (["--replay", "K1/kill"], "no such run"),
        (["--replay", "K1/nothing@3"], "no such run"),
        (["--registry", "NOT A PLACE"], "not a repository"),
    ],
)
def test_asked_wrongly(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, with what there is."""
    assert main(["drill", *words]) == 2
    assert said in capsys.readouterr().err


def failed() -> DrillJson:
    family = FamilyJson("K", "the process dies", 120, 118, 0, 1, 0, 1, 1, 3, 4.5)
    failure = FailureJson(
        "K1/kill@17",
        ["I1 half after PUT shop/app t: worker is missing"],
        None,
        "wholeship drill --replay 'K1/kill@17'",
        ["  17 PUT    shop/app/manifests/t 201"],
    )
    return DrillJson(True, 3, "", 120, 9.9, [family], [failure], [], 1)


def test_a_failure_can_be_typed() -> None:
    """What broke, the command that plays it again, and a verdict that does not hide it."""
    text = drill_text(failed())
    assert "FAILED K1/kill@17\n  I1 half after PUT shop/app t: worker is missing\n" in text
    assert "  play it again: wholeship drill --replay 'K1/kill@17'\n" in text
    assert "1 half release. 120 runs" in text
    assert command._story(failed()).endswith("  17 PUT    shop/app/manifests/t 201\n")


def test_the_whole_text_of_a_failure() -> None:
    """The table as it is printed."""
    golden_files.check(Path(__file__).parent / "fixtures" / "drill.txt", drill_text(failed()))
