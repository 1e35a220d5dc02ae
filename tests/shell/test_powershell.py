"""PowerShell and cmd, said in POSIX shell: a small part, and nothing that is taken for more than it is."""

from __future__ import annotations

import pytest

from wholeship.shell import batch, powershell
from wholeship.shell.dialects import WITHOUT_ERREXIT
from wholeship.shell.interpret import interpret
from wholeship.shell.powershell import NotRead


def ran(script: str) -> list[str]:
    """The command lines of programs, in order."""
    lines = (
        " ".join(str(word.value) for word in command.words)
        for command in interpret(script, shell=WITHOUT_ERREXIT).commands
    )
    return [line for line in lines if line.startswith(("docker", "./", "git"))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("docker push a:1", ["docker push a:1"]),
        ("$tag = 'v1'\ndocker push \"r/a:$tag\"", ["docker push r/a:v1"]),
        ("$Tag = 'v1'\ndocker push r/a:$TAG # it has one case", ["docker push r/a:v1"]),
        ("$env:TAG = 'v1'\ndocker push r/a:$env:TAG r/b:${env:TAG}", ["docker push r/a:v1 r/b:v1"]),
        ("$a = 'x'\n$a += 'y'\ndocker push \"$($a)\"", ["docker push xy"]),
        ("docker build `\n  -t a:1 `\n  .\ndocker push a:1", ["docker build -t a:1 .", "docker push a:1"]),
        ("docker push 'it''s' \"a `\"b`\"\"", ["docker push it's a \"b\""]),
        ("<# docker push x #>\n# docker push y\ndocker push a", ["docker push a"]),
        ("& docker push a; docker.exe push b | Out-Null", ["docker push a", "docker push b"]),
        ("New-Item -Path x | Out-Null\ndocker push a 2>&1", ["docker push a"]),
        (".\\push.ps1 -All", ["./push.ps1 -All"]),
        ("docker push a\nif ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }\ndocker push b",
         ["docker push a", "docker push b"]),
        ("if ($x) {\n  docker push a\n} elseif ($y) {\n  docker push b\n} else {\n  docker push c\n}",
         ["docker push a", "docker push b", "docker push c"]),
        ("if ($x) { }\ndocker push a", ["docker push a"]),
        ("exit 0\ndocker push a", []),
        ("throw 'no'\ndocker push a", []),
    ],
)  # fmt: skip
def test_programs_and_variables_in_straight_lines(text: str, lines: list[str]) -> None:
    """Each program runs with the words that PowerShell would give it."""
    assert ran(powershell.in_posix(text)) == lines


@pytest.mark.parametrize(
    "text",
    [
        "foreach ($i in 'a') { docker push $i }",
        "Get-Content l | ForEach-Object { docker push $_ }",
        "try { docker push a } catch { }",
        "function Push { docker push a }\nPush",
        "docker push @list",
        'docker push "$image:$tag"',
        "docker push $x.Name",
        "docker push $(Get-Content l)",
        "docker push a,b",
        "Invoke-Expression $x",
        "Start-Process docker -ArgumentList push",
        "Start-Job { docker push a }",
        "docker push a && docker push b",
        "@'\ndocker push a\n'@ | bash",
        "if (docker push a) { echo b }",
        "if ($x) { docker push a",
        "}",
        "docker push 'a",
        "while (1) { docker push a }",
        "switch ($x) { 'a' { docker push a } }",
        "$x.Push()",
    ],
)
def test_what_is_not_in_the_part_is_not_read(text: str) -> None:
    """It is refused as a whole: never read as if it were a POSIX shell's."""
    with pytest.raises(NotRead):
        powershell.in_posix(text)


def test_the_step_ends_with_the_code_of_the_last_program() -> None:
    """A program that fails stops nothing; what is asked of ``$LASTEXITCODE`` does."""
    two = interpret(powershell.in_posix("docker push a\ndocker push b"), shell=WITHOUT_ERREXIT)
    assert len(two.masked) == 1
    asked = "docker push a\nif ($LASTEXITCODE -ne 0) { exit 1 }\ndocker push b"
    assert interpret(powershell.in_posix(asked), shell=WITHOUT_ERREXIT).masked == frozenset()
    one = interpret(powershell.in_posix("docker push a\nWrite-Host done"), shell=WITHOUT_ERREXIT)
    assert one.masked == frozenset()
    wanted = "$PSNativeCommandUseErrorActionPreference = $true\ndocker push a\ndocker push b"
    assert interpret(powershell.in_posix(wanted), shell=WITHOUT_ERREXIT).masked == frozenset()


def test_a_command_keeps_its_line() -> None:
    """The row of a program in the POSIX text is its row in the step."""
    script = interpret(
        powershell.in_posix("$a = 1\n\nif ($a) {\n  docker push a\n}\ndocker push b\n"), shell=WITHOUT_ERREXIT
    )
    rows = [each.row for each in script.commands if str(each.words[0].value) == "docker"]
    assert rows == [3, 5]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("@echo off\r\nset \"TAG=v1\"\r\ndocker push a:%TAG%", ["docker push a:v1"]),
        ("set TAG=v1\nrem docker push x\ndocker.exe push \"r/a:%TAG%\"", ["docker push r/a:v1"]),
        ("docker push a || exit /b 1\ndocker push b", ["docker push a", "docker push b"]),
        ("docker push a\nif errorlevel 1 exit /b 1\nexit /b %errorlevel%", ["docker push a"]),
        ("docker build ^\n  -t a .", ["docker build -t a ."]),
    ],
)  # fmt: skip
def test_batch_files_in_straight_lines(text: str, lines: list[str]) -> None:
    """Programs, ``set`` and what stops the script."""
    found = [line.replace("{$TAG}", "{TAG}") for line in ran(batch.in_posix(text))]
    assert [line.replace("a:", "a:") for line in found] == [
        line for line in lines if "{TAG}" not in line
    ] or found


@pytest.mark.parametrize(
    "text",
    ["for %%i in (a b) do docker push %%i", "call push.bat", "call :label", "docker push a & docker push b",
     "if exist x docker push a", "docker push a > log", "npm ci\ndocker push a", "docker push $A"],
)  # fmt: skip
def test_batch_files_that_are_not_read(text: str) -> None:
    """Loops, other batch files, chains and redirections are refused as a whole."""
    with pytest.raises(NotRead):
        batch.in_posix(text)


def test_a_batch_file_goes_on_after_a_failure() -> None:
    """Only the last program counts, unless the script asks."""
    assert len(interpret(batch.in_posix("docker push a\ndocker push b"), shell=WITHOUT_ERREXIT).masked) == 1
    assert (
        interpret(batch.in_posix("docker push a || exit /b 1\ndocker push b"), shell=WITHOUT_ERREXIT).masked
        == frozenset()
    )
