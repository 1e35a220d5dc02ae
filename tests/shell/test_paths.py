"""Where a script is, and which files of the repository its absolute paths lead to."""

from __future__ import annotations

import pytest

from tests.github.test_publishes import LOGIN, case, said

PUSH = "docker push ghcr.io/a/b:1\n"
LIBRARY = 'ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)\nship() { docker push "ghcr.io/a/$1:1"; }\n'


@pytest.mark.parametrize(
    "line",
    [
        "$(pwd)/hack/push.sh",
        "$PWD/hack/push.sh",
        "$GITHUB_WORKSPACE/hack/push.sh",
        "${{ github.workspace }}/hack/push.sh",
        "$(git rev-parse --show-toplevel)/hack/push.sh",
        "cd hack && ./push.sh",
        "cd hack/sub && $PWD/../push.sh",
        "cd hack/sub && $(realpath ..)/push.sh",
        'cd "$GITHUB_WORKSPACE/hack" && ./push.sh',
        "make -C hack ship",
    ],
)
def test_absolute_paths_into_the_repository_are_followed(line: str) -> None:
    """However a script of the repository is named, it is read."""
    files = {"hack/push.sh": PUSH, "hack/Makefile": "ship:\n\t$(CURDIR)/push.sh\n"}
    (found,) = said(case(f"{LOGIN}- run: {line}\n", files))
    assert found.endswith("push.sh: ghcr.io/a/b:1")


def test_a_script_knows_its_own_folder() -> None:
    """``dirname $0`` and ``BASH_SOURCE`` lead to the files beside it, from wherever it was called."""
    files = {
        "hack/lib.sh": LIBRARY,
        "hack/release.sh": 'set -e\nsource "$(dirname "$0")/lib.sh"\nship app\n"$ROOT/hack/more.sh"\n',
        "hack/more.sh": PUSH,
    }
    assert [each.partition(": ")[2] for each in said(case(f"{LOGIN}- run: hack/release.sh\n", files))] == [
        "ghcr.io/a/app:1",
        "ghcr.io/a/b:1",
    ]


def test_what_a_sourced_file_defines_stays() -> None:
    """Functions and variables of a sourced file are there afterwards; ``return`` ends only that file."""
    files = {"lib.sh": f"NAME=app\n{LIBRARY}return\nNAME=other\n"}
    found = case(f"{LOGIN}- run: |\n    . ./lib.sh\n    ship $NAME\n", files)
    assert said(found) == ["docker push: ghcr.io/a/app:1"]


def test_a_folder_that_nobody_knows_is_not_guessed() -> None:
    """A script in a folder made at run time may publish, and that is said."""
    found = case(f'{LOGIN}- run: "$(mktemp -d)/publish.sh"\n', {"publish.sh": PUSH})
    assert said(found) == []
    assert [each.reason for each in found.facts.hidden] == ["/publish.sh, which could not be followed"]
