"""What a shell was told on one way only, or told again, ends no script on the other."""

from __future__ import annotations

import pytest

from tests.verdict.test_asked_twice import whole

W, A = "docker push r.io/worker:$GITHUB_SHA", "docker push r.io/app:$GITHUB_SHA"
MAYBE = "grep -q x /etc/hosts"
LATER = f"X=$({W}; echo pushed)"
LONG = f"f() {{ {W}; echo pushed; }}"


@pytest.mark.parametrize(
    "script",
    [
        f"set +e\nif {MAYBE}; then trap 'exit 1' ERR; fi\n{W}",
        f"set +e\nstop() {{ trap 'exit 1' ERR; }}\n{MAYBE} && stop\n{W}",
        f"set +e\nfor i in $LIST; do trap 'exit 1' ERR; done\n{W}",
        f"set +e\ntrap 'exit 1' ERR\ntrap - ERR\n{W}",
        f"set +e\ntrap 'exit 1' ERR\ntrap ERR\n{W}",
        f"set +e\ntrap 'exit 1' ERR\ntrap '' ERR\n{W}",
        f"set +e\ntrap 'exit 1' ERR\ntrap 'echo bad' ERR\n{W}",
        f"set +e\n(trap 'exit 1' ERR)\n{W}",
        f"set +e\n{LONG}\n{MAYBE} && set -E\ntrap 'exit 1' ERR\nf",
        f"{MAYBE} && shopt -s inherit_errexit\n{LATER}",
        f"shopt -s inherit_errexit\nshopt -u inherit_errexit\n{LATER}",
        f"(shopt -s inherit_errexit)\n{LATER}",
        f"set +e\nf() {{ local -; set -e; }}\nf\n{W}",
    ],
)
def test_a_failure_goes_on_where_nothing_ends_the_shell(script: str) -> None:
    """worker's push may fail, and app is pushed."""
    assert whole(f"{script}\n{A}") is not True


@pytest.mark.parametrize(
    "script",
    [
        f"set +e\ntrap 'exit 1' ERR\n{W}",
        f"set +e\nstop() {{ trap 'exit 1' ERR; }}\nstop\n{W}",
        f"set +e\ntrap 'echo bad' ERR\ntrap 'exit 1' ERR\n{W}",
        f"set +e -E\n{LONG}\ntrap 'exit 1' ERR\nf",
        f"shopt -s inherit_errexit\n{LATER}",
        f"f() {{ local -; set +e; }}\nf\n{W}",
    ],
)
def test_a_failure_ends_the_shell_that_was_told_so(script: str) -> None:
    """Set on every way to the push, in this shell: app is not pushed without worker."""
    assert whole(f"{script}\n{A}") is True


def test_a_list_is_split_where_the_shell_is_told_to() -> None:
    """`IFS=,` makes two words of `app,base`: app is pushed before worker."""
    assert (
        whole(f"IFS=,\nL=app,base\nfor i in $L; do docker push r.io/$i:$GITHUB_SHA; done\n{W}\n{A}")
        is not True
    )
