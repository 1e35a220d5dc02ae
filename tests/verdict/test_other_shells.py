"""Steps in PowerShell, cmd, Python and other languages: read for what they are, or said to be unread."""

from __future__ import annotations

import textwrap

import pytest

from wholeship.pipeline.ports import no_repository
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

JOB = """
on: {{push: {{tags: ["v*"]}}}}
jobs:
  one:
    runs-on: {runner}
    steps:
      - uses: docker/login-action@v3
        with: {{registry: r.example, username: bot, password: "${{{{ secrets.TOKEN }}}}"}}
      - run: |
{text}
{shell}
      - run: docker push r.example/acme/app:${{{{ github.ref_name }}}}
        shell: bash
"""
WORKER = "docker push r.example/acme/worker:"


def asked(shell: str, text: str, runner: str = "windows-latest") -> WorkflowReport:
    said = f"        shell: {shell}" if shell else ""
    workflow = JOB.format(runner=runner, text=textwrap.indent(text, " " * 10), shell=said)
    return check_one(
        workflow, ".github/workflows/a.yml", no_repository, Options(Watched(("app",), "--watched"))
    )


@pytest.mark.parametrize(
    ("shell", "worker"),
    [
        ("", f"{WORKER}$env:GITHUB_REF_NAME"),
        ("pwsh", f'$tag = $env:GITHUB_REF_NAME\n{WORKER}"$tag"'),
        ("powershell", f"{WORKER}${{{{ github.ref_name }}}}"),
        ("cmd", f"{WORKER}%GITHUB_REF_NAME%"),
    ],
)
def test_a_push_in_such_a_shell_is_read_with_its_rules(shell: str, worker: str) -> None:
    """Alone it is whole; with another program behind it, its failure is lost, and the release half."""
    assert asked(shell, worker).whole is True
    masked = asked(shell, f"{worker}\ndocker pull x")
    assert masked.whole is False
    assert [each.rule for each in masked.findings if each.severity == "error"] == ["half-release"]


@pytest.mark.parametrize(
    ("shell", "text", "named"),
    [
        (
            "pwsh",
            "foreach ($i in 'worker') { docker push r.example/acme/$i }",
            "`foreach` in a script of PowerShell",
        ),
        ("", "Get-Content l | ForEach-Object { docker push $_ }", "in a script of PowerShell"),
        ("cmd", "for %%i in (worker) do docker push r.example/acme/%%i", "in a script of `cmd`"),
        (
            "python",
            "import os\nos.system('docker push x')",
            "which runs a program that may push or is not known",
        ),
        ('"perl {0}"', "system('docker push x');", "which speaks of images"),
        ('"tool {0}"', "docker push x", "in a script of `tool`"),
    ],
)
def test_what_is_not_read_of_it_is_said(shell: str, text: str, named: str) -> None:
    """Never "whole", never a POSIX reading: the finding names the language and what was not read."""
    found = asked(shell, text)
    assert found.whole is None
    (message,) = [each.message for each in found.findings if each.rule == "hidden-publish"]
    assert named in message


@pytest.mark.parametrize(
    ("shell", "text"),
    [
        ("pwsh", "foreach ($i in 1..3) { Write-Host $i }"),
        ("pwsh", "choco install jq\nCompress-Archive -Path out -DestinationPath o.zip"),
        ("cmd", "for %%i in (a b) do echo %%i"),
        ("python", "print(1)"),
        ('"perl {0}"', "print 1;"),
        ('"tool {0}"', "hello"),
    ],
)
def test_what_speaks_of_nothing_that_pushes_is_quiet(shell: str, text: str) -> None:
    """Installing, packing and printing are what they are, in any language."""
    found = asked(shell, f"{text}\n")
    assert [each.rule for each in found.findings if each.rule == "hidden-publish"] == []


@pytest.mark.parametrize("shell", ["bash -x {0}", "bash --noprofile {0}", "docker exec -e X job bash {0}"])
def test_a_command_line_of_a_shell_has_its_own_options_only(shell: str) -> None:
    """``-e`` of another program does not stop the script."""
    text = f"{WORKER}$GITHUB_REF_NAME\ndocker pull x"
    assert asked(f'"{shell}"', text, "ubuntu-latest").whole is False
    assert asked('"nix develop -c bash -e {0}"', text, "ubuntu-latest").whole is True
