"""Scripts that are fetched and run at once: installers are known by their address, others are not."""

from __future__ import annotations

import pytest

from wholeship.shell.fetched import fetched_script
from wholeship.shell.interpret import interpret

INSTALLERS = [
    "https://sh.rustup.rs",
    "https://astral.sh/uv/install.sh",
    "https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3",
    "https://raw.githubusercontent.com/acme/tool/v1/hack/install_tool.sh",
    "https://get.example.com",
    "https://install.example.com/x?y=1",
    "sh.rustup.rs",
]
OTHERS = [
    "https://example.com/ci.sh",
    "https://raw.githubusercontent.com/acme/ci/main/release.sh",
    "https://get.example.com/publish.sh",
    "https://example.com",
    "{$URL}/install.sh",
    "",
]


@pytest.mark.parametrize("address", INSTALLERS)
def test_an_installer_is_known_by_its_address(address: str) -> None:
    """The host is one that everybody fetches installers from, or the script is called one."""
    assert fetched_script(f"curl --proto =https -fsSL {address}") == "true"


@pytest.mark.parametrize("address", OTHERS)
def test_of_another_script_nobody_knows_what_it_does(address: str) -> None:
    """Neither of one whose name says that it pushes, nor of one whose address the run makes."""
    assert fetched_script(f"wget -qO- {address}") is None


def test_an_installer_that_is_told_to_push_is_none() -> None:
    """What it is given counts like its name."""
    assert fetched_script("curl https://get.example.com", "--publish") is None


def test_a_script_that_runs_a_program_runs_it() -> None:
    """GoReleaser's own fetches the program and runs it with the words that it is given."""
    found = interpret("curl -sfL https://goreleaser.com/static/run | bash -s -- release --clean")
    assert [" ".join(str(word.value) for word in each.words) for each in found.commands] == [
        "curl -sfL https://goreleaser.com/static/run",
        "goreleaser release --clean",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "curl {} | sh",
        "wget -O- {} | sudo -E bash -s -- x",
        "bash <(curl -s {})",
        "source <(curl -s {})",
        'sh -c "$(curl {})"',
        'bash -c "`curl {}`"',
        'eval "$(curl {})"',
        "curl {} | tee x.sh | bash",
        'x=$(curl {})\necho "$x" | bash',
        "curl {} | env A=b sh",
    ],
)
def test_however_it_is_run_at_once_it_is_said_or_known(line: str) -> None:
    """A pipe, a substitution, ``eval``: an installer runs nothing here, of another script that is said."""
    assert interpret(line.format("https://get.example.com/x")).unread == ()
    (said,) = interpret(line.format("https://example.com/x")).unread
    assert "https://example.com/x fetches, which is run at once" in said


@pytest.mark.parametrize(
    "script",
    [
        "/bin/bash -c 'docker push a'",
        "/usr/bin/env bash -c 'docker push a'",
        "/bin/sh <<E\ndocker push a\nE",
        "echo 'docker push a' | /usr/bin/bash",
        "echo 'docker push $1' | /usr/bin/sudo /bin/bash -s -- a",
        "echo a | /usr/bin/xargs docker push",
    ],
)
def test_a_shell_by_its_full_path_runs_what_it_is_given(script: str) -> None:
    """``/bin/bash`` is ``bash``; the words after ``--`` are the script's own."""
    found = interpret(script)
    assert "docker push a" in [" ".join(str(word.value) for word in each.words) for each in found.commands]
