"""The section `check:` of the release file, and files that hold one section alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from wholeship.cli.main import main
from wholeship.verdict.rule_names import RuleName
from wholeship.verdict.rules import RULES

HALF = """\
on: {push: {branches: [main]}, pull_request: }
jobs:
  a:
    runs-on: ubuntu-latest
    steps: [{uses: docker/build-push-action@v6, with: {push: true, context: a, tags: "ghcr.io/acme/a:TAG"}}]
  b:
    runs-on: ubuntu-latest
    steps: [{uses: docker/build-push-action@v6, with: {push: true, context: b, tags: "ghcr.io/acme/b:TAG"}}]
"""
MAIN = HALF.replace("TAG", "${{ github.sha }}")
PREVIEW = HALF.replace("TAG", "pr-${{ github.sha }}")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose one workflow can be half released."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ship.yml").write_text(MAIN)
    return tmp_path


def say(root: Path, text: str) -> None:
    (root / "wholeship.yaml").write_text(text)


def checked(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, dict[str, Any]]:
    code = main(["check", "--format", "json", *flags])
    return code, json.loads(capsys.readouterr().out)


def severities(answer: dict[str, Any], rule: str) -> list[str]:
    (workflow,) = answer["workflows"]
    return [each["severity"] for each in workflow["findings"] if each["rule"] == rule]


def test_a_file_may_name_every_rule() -> None:
    """The schema's list of rules is that of `check`."""
    assert get_args(RuleName) == tuple(RULES)


def test_ignored_findings_are_counted_and_named_and_whole_stays_false(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An entry makes the answer 0, says what it hides and why, and calls nothing whole."""
    assert main(["check"]) == 1
    capsys.readouterr()
    say(root, "check: {ignore: [{rules: [half-release], reason: being rebuilt}]}\n")
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert "wholeship.yaml: check.ignore[0] ignores 1 finding (half-release): being rebuilt" in said
    code, answer = checked(capsys)
    assert (code, answer["ignored"]) == (0, 1)
    (workflow,) = answer["workflows"]
    assert workflow["whole"] is False
    (held,) = workflow["suppressed"]
    assert (held["rule"], held["reason"], held["where"]) == (
        "half-release",
        "being rebuilt",
        "wholeship.yaml: check.ignore[0]",
    )


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("ship.yml", 0),
        ("sh*.yml", 0),
        (".github/workflows/*.yml", 0),
        (".github/**", 0),
        ("*.yaml", 1),
        ("other.yml", 1),
        (".github/*.yml", 1),
    ],
)
def test_paths(root: Path, path: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A bare name is that of the file, `*` stays in a folder, `**` does not; what fits nothing is told."""
    say(root, f"check: {{ignore: [{{paths: ['{path}'], reason: x}}]}}\n")
    assert main(["check"]) == code
    assert ("check.ignore[0] ignores nothing here" in capsys.readouterr().out) is (code == 1)


def test_an_ignored_unknown_is_no_yes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hidden publish that is ignored leaves `whole` unknown, and its place among the unknown."""
    step = "{uses: acme/push-image@v1, with: {token: '${{ secrets.T }}'}}"
    hidden = f"  c:\n    runs-on: ubuntu-latest\n    steps: [{step}]\n"
    (root / ".github/workflows/ship.yml").write_text("on: push\njobs:\n" + hidden)
    say(root, "check: {ignore: [{rules: [hidden-publish], reason: it only tells the chat}]}\n")
    _, answer = checked(capsys)
    (workflow,) = answer["workflows"]
    assert workflow["whole"] is None
    assert workflow["unknown"]
    assert answer["ignored"] == 1


def test_what_is_wrong_with_previews_is_a_note(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tags that surely are previews weigh less; the answer on the workflow is the same."""
    say(root, "check: {previews: [pr-*]}\n")
    assert severities(checked(capsys)[1], "half-release") == ["error"]
    (root / ".github/workflows/ship.yml").write_text(PREVIEW)
    code, answer = checked(capsys)
    assert (code, severities(answer, "half-release")) == (0, ["note"])
    assert answer["workflows"][0]["whole"] is False
    say(root, "check: {previews: [preview-*]}\n")
    assert severities(checked(capsys)[1], "half-release") == ["error"]


def test_a_tag_that_only_sometimes_is_a_preview_weighs_in_full(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one scenario has previews and another the release's tags, the release's are told as before."""
    tag = "${{ github.event_name == 'pull_request' && 'pr-' || '' }}${{ github.sha }}"
    (root / ".github/workflows/ship.yml").write_text(HALF.replace("TAG", tag))
    say(root, "check: {previews: [pr-*]}\n")
    code, answer = checked(capsys)
    assert code == 1
    assert sorted(severities(answer, "half-release")) == ["error", "note"]


def test_fail_on(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file says what makes the answer no; the flag counts more."""
    say(root, "check: {fail_on: note, previews: [pr-*]}\n")
    (root / ".github/workflows/ship.yml").write_text(PREVIEW)
    assert checked(capsys)[0] == 1
    assert checked(capsys, "--fail-on", "error")[0] == 0


def test_watched(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is followed may be said for `check` alone; the flag counts more."""
    say(root, "registry: ghcr.io/acme\ncheck: {watched: a}\n")
    assert checked(capsys)[1]["workflows"][0]["watched"] == "a"
    say(root, "check: {watched: [ghcr.io/acme/b]}\n")
    assert checked(capsys)[1]["workflows"][0]["watched"] == "b"
    assert checked(capsys, "--watched", "a")[1]["workflows"][0]["watched"] == "a"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{rules: [half-relaese], reason: x}", "did you mean half-release?"),
        ("{rules: [half-release]}", "the key reason is missing"),
        ("{rules: [half-release], reason: ' '}", "nothing is ignored without a reason"),
        ("{reason: x}", "names neither rules nor paths"),
    ],
)
def test_entries_that_say_too_little(
    root: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in an entry is an error with its place, never a finding less."""
    say(root, f"check:\n  ignore:\n    - {text}\n")
    assert main(["check"]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "wholeship.yaml:3" in said


@pytest.mark.parametrize("pattern", ["*", "a*b*", "pr-?", ""])
def test_a_preview_is_a_tag_with_at_most_one_star(
    root: Path, pattern: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pattern that holds of everything, or that is not understood, is refused."""
    say(root, f"check: {{previews: ['{pattern}']}}\n")
    assert main(["check"]) == 2
    assert "check.previews[0]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "section",
    ["check: {}", "review: {suites: {unit: pytest}}", "forecast: {queue: 3}", "workflows: {declared: {}}"],
)
def test_every_section_stands_alone(root: Path, section: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`check` and `forecast` take a file with one section; what releases says that it needs images."""
    say(root, section + "\n")
    assert main(["check"]) == 1
    assert main(["forecast"]) != 2
    capsys.readouterr()
    assert main(["plan"]) == 2
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "wholeship.yaml:" in line]
    assert "the key images is missing" in said
