"""Which variables a script hands to the scripts that it runs, against bash itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.test_words_against_bash import by_bash, pytestmark  # noqa: F401
from wholeship.shell.interpret import interpret
from wholeship.shell.names import Surroundings
from wholeship.texts.template import Value

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
    f"export TAG=1; export -n TAG; {ASKS}; TAG=2; {ASKS}; export TAG; {ASKS}",
    f"export TAG=1; declare +x TAG; {ASKS}; echo $TAG",
    f"export -n TAG=4; {ASKS}; TAG=5 {ASKS}",
    f"TAG=1; set -a; {ASKS}; TAG=2; {ASKS}",
    f"set -a; TAG=1; set +a; OTHER=2; {ASKS}; bash -c 'echo ${{OTHER:-none}}'",
    "set -a; bash -c 'TAG=1; bash -c \"echo \\${TAG:-none}\"'",
    f"export TAG=1; unset TAG; TAG=2; {ASKS}",
    f"f() {{ local -x TAG=1; {ASKS}; }}; TAG=5; f; {ASKS}",
    f"f() {{ local TAG=2; {ASKS}; }}; export TAG=1; f; {ASKS}",
    f"mapfile -t TAG <<< 1; {ASKS}; export TAG; {ASKS}",
    f"TAG=(1 2); {ASKS}; export TAG; {ASKS}",
    f"export TAG=1; TAG=(2 3); {ASKS}",
    f"export TAG=1; env -uTAG {ASKS}; env -iuTAG PATH=$PATH {ASKS}",
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
        ("sudo -u Eve", "none"),
        ("sudo --preserve-env", "1"),
        ("sudo --preserve-env=OTHER,TAG", "1"),
        ("sudo --preserve-env=OTHER", "none"),
        ("sudo TAG=2", "2"),
        ("sudo -i", "none"),
        ("sudo -E --login", "none"),
        ("doas", "none"),
        ("sudo -E setpriv --reset-env", "none"),
    ],
)
def test_sudo_hands_on_what_it_is_told_to(way: str, said: str) -> None:
    """As sudo is set up on Ubuntu (`env_reset`), a variable stays behind unless it is told to be kept."""
    found = interpret(f"export TAG=1; {way} {ASKS} > said")
    assert [str(each) for each in found.files["said"].options] == [f"{said}\n"]


def test_what_is_started_with_a_variable_may_keep_it_back() -> None:
    """Behind `export -n`, `declare +x`, `unset` or an array of its name, no script gets a step's variable."""
    for way in ("export -n TAG", "declare +x TAG", "unset TAG; TAG=2", "TAG=(2)"):
        found = interpret(f"{way}; {ASKS} > said", names=Surroundings({"TAG": Value.literal_of("1")}))
        assert [str(each) for each in found.files["said"].options] == ["none\n"], way


def test_sudo_asks_for_nothing_else() -> None:
    """What nothing in a script reads is not noted: for another value of it the script is not read again."""
    around = Surroundings({"TAG": Value.literal_of("1"), "OTHER": Value.literal_of("2")})
    interpret("sudo apt-get install jq; sudo bash -c 'echo $TAG'; echo $TAG", names=around)
    assert "TAG" in around.asked
    assert "OTHER" not in around.asked


def test_after_sudo_everything_is_there_again() -> None:
    """What sudo keeps back is the shell's again behind it, in a list, a loop and a function too."""
    around = {"TAG": Value.literal_of("1")}
    script = "f() { sudo true && echo $TAG; }; for i in a b; do sudo true; f; done > said"
    found = interpret(script, names=around)
    assert [str(each) for each in found.files["said"].options] == ["1\n1\n"]
