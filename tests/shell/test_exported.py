"""Which variables a script hands to the scripts that it runs, against bash itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.test_words_against_bash import by_bash, pytestmark  # noqa: F401
from wholeship.shell.interpret import interpret

ASKS = "bash -c 'echo ${TAG:-none}'"
SCRIPTS = (
    f"TAG=1; {ASKS}",
    f"export TAG=1; {ASKS}",
    f"export TAG; TAG=1; {ASKS}",
    f"TAG=1; export TAG; TAG=2; {ASKS}",
    f"declare -x TAG=1; {ASKS}",
    f"TAG=1 {ASKS}; {ASKS}",
    f"env TAG=1 {ASKS}; {ASKS}",
    f"export TAG=1 OTHER=2; env -u OTHER {ASKS}; env -u TAG {ASKS}; {ASKS}",
    f"export TAG=1; env --unset=TAG {ASKS}; env -i PATH=$PATH {ASKS}; env -i TAG=3 PATH=$PATH {ASKS}; {ASKS}",
    f"set -a; TAG=1; set +a; {ASKS}; OTHER=2; bash -c 'echo ${{OTHER:-none}}'",
    f"set -o allexport; TAG=1; {ASKS}",
    f"TAG=1; ask() {{ {ASKS}; }}; ask; export TAG; ask",
    f"TAG=1; ( export TAG; {ASKS} ); {ASKS}",
    f'TAG=1; bash -c "TAG=2; {ASKS.replace("$", chr(92) + "$")}"; {ASKS}',
    "export TAG=1; bash -c 'TAG=2; bash -c \"echo \\${TAG:-none}\"'",
    f"f() {{ local TAG=1; {ASKS}; export TAG; {ASKS}; }}; f; {ASKS}",
    f"TAG=1; eval 'echo $TAG'; {ASKS}",
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_gets_what_is_exported(script: str, tmp_path: Path) -> None:
    """A variable that is not exported is the shell's alone: the script that it runs does not have it."""
    found = interpret(f"{{ {script}; }} > said")
    assert [str(each) for each in found.files["said"].options] == [by_bash(f"cd {tmp_path}; {script}")]


def test_what_may_be_exported_may_be_there() -> None:
    """Exported on one way of two: the script has it, or has nothing."""
    found = interpret(f"TAG=1; if [ -e some ]; then export TAG; fi; {ASKS} > said")
    assert {str(each) for each in found.files["said"].options} == {"1\n", "none\n"}


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("sudo", "none"),
        ("sudo -n -H", "none"),
        ("sudo -E", "1"),
        ("sudo -nE", "1"),
        ("sudo --preserve-env", "1"),
        ("sudo --preserve-env=OTHER,TAG", "1"),
        ("sudo --preserve-env=OTHER", "none"),
        ("sudo TAG=2", "2"),
    ],
)
def test_sudo_hands_on_what_it_is_told_to(way: str, said: str) -> None:
    """As sudo is set up on Ubuntu (`env_reset`), a variable stays behind unless it is told to be kept."""
    found = interpret(f"export TAG=1; {way} {ASKS} > said")
    assert [str(each) for each in found.files["said"].options] == [f"{said}\n"]
