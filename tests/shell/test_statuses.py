"""Exit statuses are data: kept in variables, tested later, handed on by ``exit``."""

from __future__ import annotations

import pytest

from tests.shell.lines import commands


@pytest.mark.parametrize(
    "script",
    [
        "rc=0\npytest || rc=$?\ndocker compose logs || true\nexit $rc",
        "set +e\npytest\nrc=$?\nexit $rc",
        "set +e\npytest\nrc=$?\nset -e\n[ $rc -eq 0 ]",
        "set +e\npytest\nif [ $? -ne 0 ]; then exit 1; fi",
        "set +e\npytest\nif [[ $? != 0 ]]; then exit 1; fi",
        "set +e\npytest\nexit",
        "pytest || rc=$?\nif (( rc != 0 )); then exit $rc; fi",
        "pytest | tee log\nexit ${PIPESTATUS[0]}",
        "set +e\npytest | tee log | cat\nrc=${PIPESTATUS[0]}\n[ $rc = 0 ] || exit $rc",
        "failed=0\nfor i in 1 2; do pytest || failed=1; done\nexit $failed",
        'ok=\nfor n in 1 2 3; do pytest && ok=1 && break; sleep 1; done\n[ -n "$ok" ]',
        "ok=false\nif pytest; then ok=true; fi\n$ok",
        "n=0\npytest || n=$((n + 1))\n[ $n -eq 0 ]",
        "if pytest; then :; else exit $?; fi",
        "pytest || { s=$?; echo no; exit $s; }",
        "check() { pytest; return $?; }\ncheck",
        "pytest &\nP=$!\nwait $P",
        'pytest &\nwait "$!"',
        "pytest &\nwait -n",
        "trap 'rc=$?; rm -f x; exit $rc' EXIT\npytest",
        "shopt -s inherit_errexit\nx=$(pytest; date)",
        "x=$(set -e; pytest; date)",
    ],
)
def test_a_failure_that_is_kept_and_heeded_is_not_lost(script: str) -> None:
    """The script ends well only when the test has passed."""
    assert {"pytest", "pytest &"} & set(commands(script))


@pytest.mark.parametrize(
    "script",
    [
        "rc=0\npytest || rc=$?\necho $rc",
        "set +e\npytest\nrc=$?\necho done\nexit 0",
        "set +e\npytest\necho done\nrc=$?\nexit $rc",
        "failed=0\nfor i in 1 2; do pytest || failed=1; done\nfailed=0\nexit $failed",
        "pytest | tee log\nexit ${PIPESTATUS[1]}",
        "pytest &\nwait",
        "pytest &\ndate &\nP=$!\nwait $P",
        "trap 'docker logout; exit 0' EXIT\npytest",
        "trap 'exit 0' ERR\npytest",
        "trap 'rm -f x; exit $?' EXIT\npytest",
        "x=$(pytest; date)\necho $x",
        "x=$(pytest; echo rc=$?)",
        "x=`pytest; date`",
        "(trap 'exit 0' EXIT; pytest)",
    ],
)
def test_a_failure_that_is_not_heeded_is_masked(script: str) -> None:
    """The script can end well although the test has failed."""
    assert any(line.startswith("pytest ~") for line in commands(script))


def test_a_push_behind_a_status_waits_for_what_the_status_is_of() -> None:
    """What runs only where the status was 0 runs only after the command has succeeded."""
    assert commands("set +e\ndocker push a\nrc=$?\nset -e\n[ $rc -eq 0 ]\ndocker push b") == [
        "docker push a",
        "docker push b",
    ]


def test_more_ways_than_are_kept_apart_say_less_never_more() -> None:
    """Many flags at once: the commands they speak of are masked, none is called sure."""
    flags = "\n".join(f"f{at}=0\nc{at} || f{at}=1" for at in range(6))
    tests = "\n".join(f"[ $f{at} -eq 0 ]" for at in range(6))
    said = commands(f"{flags}\n{tests}")
    assert [line.split(" ")[0] for line in said] == [f"c{at}" for at in range(6)]
    assert any("~" in line for line in said)


def test_dash_keeps_errexit_in_a_substitution() -> None:
    """``shell: sh`` is no bash: there a failure inside ``$( )`` ends it."""
    assert commands("x=$(pytest; date)", shell="sh")[0] == "pytest"
