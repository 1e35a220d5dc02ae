"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wholeship.cli.main import COMMANDS, build_parser, main

THIRD_PARTY = {
    "yaml",
    "msgspec",
    "urllib3",
    "rich",
    "pysat",
    "tree_sitter",
    "re2",
    "jinja2",
    "kubernetes",
}


def test_start_up_imports_nothing_heavy() -> None:
    """`wholeship --version` loads no third-party library, no domain, and no command."""
    code = (
        "import sys, contextlib\n"
        "from wholeship.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(['--version'])\n"
        "print(' '.join(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & THIRD_PARTY
    allowed = {"wholeship", "wholeship.cli", "wholeship.cli.main", "wholeship.cli.streams"}
    assert {name for name in loaded if name.startswith("wholeship")} == allowed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command in the list exists and has a help text."""
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert COMMANDS[name] in " ".join(capsys.readouterr().out.split())


def test_no_command_is_asked_wrongly(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is shown and the exit code is 2."""
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_unknown_words_are_refused() -> None:
    """An unknown command or flag is exit code 2, and flags are not abbreviated."""
    for words in (["relaese"], ["--verison"], ["--vers"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 2


def test_whole_parser_builds() -> None:
    """All commands can be configured side by side, as shell completion needs."""
    assert build_parser(only="*").prog == "wholeship"


def test_an_unknown_flag_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """The usage shown is that of the command, not of the program."""
    with pytest.raises(SystemExit) as left:
        main(["status", "--wacth"])
    assert left.value.code == 2
    err = capsys.readouterr().err
    assert "[--watch [SECONDS]]" in err
    assert "wholeship status: error: unrecognized arguments: --wacth" in err
