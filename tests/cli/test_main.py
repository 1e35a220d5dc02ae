"""The command line as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wholeship.cli.main import main
from wholeship.cli.parsing import build_parser
from wholeship.output.commands import COMMANDS

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
    allowed = {"wholeship", "wholeship.core", "wholeship.core.version", "wholeship.cli", "wholeship.cli.main"}
    allowed |= {"wholeship.cli.parsing", "wholeship.core.frames"}
    allowed |= {"wholeship.output", "wholeship.output.streams", "wholeship.output.commands"}
    allowed |= {"wholeship.output.asked_colours"}
    assert {name for name in loaded if name.startswith("wholeship")} == allowed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command in the list exists and has a help text."""
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert COMMANDS[name] in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["relaese"], "there is no command relaese; did you mean release?"),
        (["--verison"], "did you mean --version?"),
        (["--vers"], "unrecognized arguments: --vers"),
        (["-C", "somewhere", "chekc"], "did you mean check?"),
        (["check", "--watchd=app"], "did you mean --watched?"),
        (["nonsense"], "there is no command nonsense\n"),
    ],
)
def test_unknown_words_are_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown command or flag is exit code 2, with the nearest one; flags are not abbreviated."""
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-C", "{}", "schema", "file"], ["schema", "file", "-C", "{}"]])
def test_flags_of_every_command(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and after the command; the folder is left again, and one that is not there is asked wrongly."""
    before = os.getcwd()
    assert main([word.format(tmp_path) for word in words]) == 0
    assert json.loads(capsys.readouterr().out)["title"]
    assert os.getcwd() == before
    assert main([word.format(tmp_path / "nowhere") for word in words]) == 2
    assert "nowhere: No such file or directory" in capsys.readouterr().err


def test_colours_as_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--color`` comes before the variables, which are as they were afterwards."""
    environment = dict(os.environ)
    assert main(["-C", str(tmp_path), "--color", "always"]) == 0
    assert "\x1b[" in capsys.readouterr().out
    assert main(["-C", str(tmp_path), "--color", "never"]) == 0
    assert "\x1b[" not in capsys.readouterr().out
    assert dict(os.environ) == environment


def test_whole_parser_builds() -> None:
    """All commands can be configured side by side, as shell completion needs."""
    assert build_parser(only="*").prog == "wholeship"


def test_an_unknown_flag_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong, what it may have meant, and where the flags of that command are."""
    with pytest.raises(SystemExit) as left:
        main(["status", "--wacth"])
    assert left.value.code == 2
    err = capsys.readouterr().err
    assert "error: unrecognized arguments: --wacth" in err
    assert "all flags: wholeship status --help" in err


def test_a_command_does_not_tidy_up_what_ends_with_it() -> None:
    """A program looks for rubbish rarely, and not at its end; called from Python, nothing of that changes."""
    code = (
        "import atexit, gc, sys\n"
        "from wholeship.cli.main import main\n"
        "before = gc.get_threshold()\n"
        "main(['schema', 'file'])\n"
        "assert gc.get_threshold() == before\n"
        "sys.argv = ['wholeship', 'schema', 'file']\n"
        "main()\n"
        "atexit._run_exitfuncs()\n"
        "assert gc.get_threshold() > before and gc.get_freeze_count() > 1000"
    )
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
