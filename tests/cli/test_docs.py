"""The documentation says what the program does: keys, variables, flags, exit codes."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import golden
from tests.cli.manual import as_markdown, command_pages, common_flags, man_page, subparsers
from wholeship.cli.main import main
from wholeship.cli.options import VARIABLES
from wholeship.cli.parsing import build_parser
from wholeship.core.errors import ExitCode
from wholeship.output.commands import COMMANDS, EXAMPLES, GROUPS
from wholeship.release.config import SCENARIOS, Overrides, parse_config
from wholeship.release.file import raw_release
from wholeship.release.schema import json_schema
from wholeship.release.tags import FIELDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FILE = (DOCS / "release-file.md").read_text(encoding="utf-8")
BEGIN, END = "<!-- flags: begin -->\n", "<!-- flags: end -->\n"


def test_every_key_of_the_file_is_documented() -> None:
    """Each top-level key, and each key of a section, stands in the page."""
    schema = json_schema()
    for name in schema["properties"]:
        assert f"`{name}`" in FILE, name
    for section in ("image", "gate", "builder", "gitops", "notify"):
        for key in schema["$defs"][section]["properties"]:
            assert f"`{key}`" in FILE, f"{section}.{key}"
    for section in ("review", "forecast", "workflows", "export"):
        page = DOCS / f"{section}.md"
        text = FILE + (page.read_text(encoding="utf-8") if page.exists() else "")
        for key in schema["$defs"][section]["properties"]:
            assert re.search(rf"`{section}\.{key}`|`{key}\b|^\s*{key}:", text, re.M), f"{section}.{key}"


def test_defaults_are_as_documented() -> None:
    """The tables of images, gates and builders name the defaults of the schema."""
    definitions = json_schema()["$defs"]
    for section in ("image", "gate", "builder"):
        for key, about in definitions[section]["properties"].items():
            row = re.search(rf"^\| `{key}` \| ([^|]*) \|", FILE, re.M)
            if row and isinstance(about.get("default"), str):
                assert row[1].strip().strip("`") == about["default"], key


def test_variables_and_fields_are_documented() -> None:
    """Every variable that stands in for a flag, every scenario, every field of a tag."""
    for name, variable in VARIABLES.items():
        assert f"`{variable}`" in FILE
        assert f"`--{name}`" in FILE
    for scenario in SCENARIOS:
        assert f"| `{scenario}` |" in FILE
    for field in FIELDS:
        assert f"`{{{field}}}`" in FILE


def test_the_example_is_accepted() -> None:
    """Every file shown is one; those that release name several images."""
    shown = re.findall(r"```yaml\n(.*?)```", FILE, re.S)
    releasing = [text for text in shown if "images:" in text]
    assert 0 < len(releasing) < len(shown)
    for text in shown:
        assert raw_release(text, Path("wholeship.yaml")) is not None
    for text in releasing:
        assert len(parse_config(text, Path("wholeship.yaml"), Overrides()).images) >= 2


def test_links_lead_somewhere() -> None:
    """Every page that these pages name is there."""
    for page in ("release-file.md", "commands.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (DOCS / page).read_text(encoding="utf-8")):
            assert (DOCS / target).exists(), target


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_that_are_named_are_there(page: str) -> None:
    """A newcomer finds every file and folder that the two pages for newcomers name."""
    for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", (ROOT / page).read_text(encoding="utf-8")):
        if "NAME" not in name:
            assert any((start / name).exists() for start in (ROOT, ROOT / "src" / "wholeship")), name


def test_commands_that_are_shown_can_be_typed() -> None:
    """Every command line in README, CONTRIBUTING and the pages is one that the program takes."""
    parser = build_parser(only="*")
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        for line in shown(page.read_text(encoding="utf-8")):
            try:
                parser.parse_args(shlex.split(line)[1:])
            except SystemExit as left:
                assert not left.code, f"{page.name}: {line}"  # noqa: PT017


def shown(text: str) -> Iterator[str]:
    """The command lines in *text*, without remarks beside them and what a shell does with them."""
    lines = re.findall(r"`(wholeship [a-z]+ [^`\n]+)`", text)
    for block in re.findall(r"```[a-z]*\n(.*?)```", text, re.S):
        lines += re.findall(r"^\s*(?:\$ |(?:- )?run: )?(wholeship [a-z]+ .*)", block, re.M)
    for line in lines:
        alone = re.split(r" {3,}|\s#|\s[|>;&]", line)[0]
        yield re.sub(r"[\[\]…]", "", alone)


def test_exit_codes_are_documented() -> None:
    """Each code in the table, and no other."""
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| `(\d+)` \|", text, re.M)} == {
        int(code) for code in ExitCode
    }


def test_every_flag_is_documented() -> None:
    """The list is the program's own; GOLDEN=write pytest tests/cli/test_docs.py renews it."""
    page = DOCS / "commands.md"
    text = page.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    golden.check(page, head + BEGIN + as_markdown() + END + rest.split(END)[1])


def test_the_manual_page_is_of_these_flags() -> None:
    """docs/wholeship.1, which comes with the package, is what `wholeship man` prints."""
    golden.check(DOCS / "wholeship.1", man_page(command_pages(), common_flags()))


def test_help_shows_every_command_in_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    """Each once, with its line, and an example for each group."""
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert said.count("for example: wholeship ") == len(GROUPS)
    for name, summary in COMMANDS.items():
        assert len(re.findall(rf"^  {name} +{re.escape(summary)}$", said, re.M)) == 1


def test_examples_can_be_typed() -> None:
    """Every example of ``--help`` is a call that the program takes, of that command."""
    parser = build_parser(only="*")
    for name, example in EXAMPLES.items():
        assert parser.parse_args(shlex.split(example)[1:]).command == name


@pytest.mark.parametrize("name", COMMANDS)
def test_flags_say_what_they_do(name: str) -> None:
    """No flag without a help text."""
    parser = subparsers(build_parser(only=name))[name]
    for action in parser._actions:
        assert isinstance(action, argparse._SubParsersAction) or action.help, action.dest
