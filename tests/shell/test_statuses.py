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
        "pytest || rc=$?\nif [ ${rc:-0} -gt 0 ]; then exit 1; fi",
        'bad=\npytest || bad="$bad x"\n[ -z "$bad" ] || exit 1',
        'bad=""\nfor i in 1 2; do pytest || bad+=" $i"; done\nif [ -n "$bad" ]; then exit 1; fi',
        'pytest || bad="$bad x"\ntest -z "$bad"',
        'bad=\npytest || bad="$bad x"\n[ "x$bad" = x ]',
        'bad=\npytest || bad="$bad x"\n[[ $bad == "" ]] || exit 1',
        "bad=()\npytest || bad+=(x)\n(( ${#bad[@]} > 0 )) && exit 1\ntrue",
        'bad=()\npytest || bad+=("$X")\n[ ${#bad[@]} -eq 0 ]',
        "bad=()\npytest || bad+=(x)\nif [[ ${bad[*]} ]]; then exit 1; fi",
        'bad=()\nfor i in a b c d e f g h i j; do pytest || bad+=("$i"); done\n(( ! ${#bad[@]} ))',
        'declare -a bad=()\npytest || bad+=(x)\n[ -z "${bad[0]:-}" ]',
        "n=0\nfor i in a b c d e f g h i j; do pytest || n=$((n + 1)); done\n(( n == 0 )) || exit 1",
        "n=0\nfor i in a b c; do pytest || (( n++ )) || true; done\nif (( n > 0 )); then exit 1; fi",
        'ps=()\npytest &\nps+=($!)\nfor p in "${ps[@]}"; do wait "$p" || bad="$bad $p"; done\ntest -z "$bad"',
    ],
)
def test_a_failure_that_is_kept_and_heeded_is_not_lost(script: str) -> None:
    """The script ends well only when the test has passed."""
    assert {"pytest", "pytest &"} & set(commands(script))


@pytest.mark.parametrize(
    "script",
    [
        "fail=0\npytest &\ndate &\nfor i in 1 2; do wait -n || fail=1; done\n(( fail == 0 ))",
        "f() { pytest || return 3; }\nset +e\nf\nrc=$?\nset -e\n[ $rc -ne 3 ]",
        "f() { pytest || return 3; }\nf || { [ $? -eq 4 ] || exit 1; }",
        "declare -A s\ni=a\npytest && s[$i]=0 || s[$i]=1\n[ ${s[a]} -eq 0 ]",
        'declare -A s\npytest && s[a]=0 || s[a]=1\nfor k in "${!s[@]}"; do [ ${s[$k]} = 0 ] || exit 1; done',
        'declare -A p\npytest & p[a]=$!\nwait "${p[a]}"',
        "declare -A s\npytest || s[a]=1\n(( ${#s[@]} == 0 ))",
        "n=0\npytest || n=$(expr $n + 1)\n[ $n -gt 0 ] && exit 1\ntrue",
        "pytest | tee log\nexit ${PIPESTATUS[0]}",
        "pytest || touch bad\n[ ! -e bad ]",
        "(pytest || touch bad)\n[ ! -e bad ]",
        "pytest || echo x > bad\nif [ -s bad ]; then exit 1; fi",
        ": > bad\npytest || echo x >> bad\ntest -s bad && exit 1\ntrue",
        "mkdir -p d\npytest || echo x > d/bad\ncd d\n[[ -f bad ]] && exit 1\ntrue",
        "echo x | xargs -I{} sh -c 'pytest || exit 255'",
    ],
)
def test_more_failures_that_are_heeded(script: str) -> None:
    """A number that `return` or `exit` names is known behind it, and how often `wait -n` was well."""
    assert {"pytest", "pytest &"} & set(commands(script))


@pytest.mark.parametrize(
    "script",
    [
        "rc=0\npytest || rc=$?\necho $rc",
        "set +e\npytest\nrc=$?\necho done\nexit 0",
        "set +e\npytest\necho done\nrc=$?\nexit $rc",
        "failed=0\nfor i in 1 2; do pytest || failed=1; done\nfailed=0\nexit $failed",
        "pytest | tee log\nexit ${PIPESTATUS[1]}",
        "set +o pipefail\npytest | tee log\necho x\nexit ${PIPESTATUS[0]}",
        "set +o pipefail\npytest | tee log\ntrue\n[ ${PIPESTATUS[0]} -eq 0 ] || exit 1",
        "pytest | tee log\necho x\nexit ${PIPESTATUS[0]}",
        "pytest | tee log\nx=1\nexit ${PIPESTATUS[0]}",
        "declare -A s\npytest && s[a]=0 || s[a]=1\n[ ${s[b]:-0} -eq 0 ]",
        "declare -A s\npytest && s[a]=0 || s[a]=1\nunset s\n[ ${s[a]:-0} -eq 0 ]",
        "declare -A s\npytest && s[a]=0 || s[a]=1\ns=()\n[ ${s[a]:-0} -eq 0 ]",
        "f() { local -A s; pytest || s[a]=1; return 0; }\ndeclare -A s\nf\n[ ${#s[@]} -eq 0 ]",
        "pytest &\nwait",
        "pytest &\ndate &\nP=$!\nwait $P",
        "trap 'docker logout; exit 0' EXIT\npytest",
        "trap 'exit 0' ERR\npytest",
        "trap 'rm -f x; exit $?' EXIT\npytest",
        "x=$(pytest; date)\necho $x",
        "x=$(pytest; echo rc=$?)",
        "x=`pytest; date`",
        "(trap 'exit 0' EXIT; pytest)",
        'bad=\npytest || bad="$bad x"\nbad=\n[ -z "$bad" ]',
        'for i in 1 2; do bad=\npytest $i || bad="$bad x"\ndone\n[ -z "$bad" ]',
        "for i in 1 2; do bad=()\npytest $i || bad+=(x)\ndone\n[ ${#bad[@]} -eq 0 ]",
        "bad=()\npytest || bad+=(x)\n[ ${#bad[@]} -lt 5 ]",
        "bad=()\npytest || bad+=(x)\nunset bad\n[ ${#bad[@]} -eq 0 ]",
        'rc=0\npytest || rc=1\nunset rc\n[ "${rc:-0}" = 0 ]',
        "rc=0\nf() { local rc=0; pytest || rc=1; return 0; }\nf\nexit $rc",
        "f() { local bad=(); pytest || bad+=(x); return 0; }\nbad=()\nf\n[ ${#bad[@]} -eq 0 ]",
        "n=0\npytest || n=$((n + 1))\n[ $n -lt 2 ]",
        "fail=0\npytest &\ndate &\nwait -n || fail=1\n(( fail == 0 ))",
        "pytest &\nwhile wait -n; do :; done",
        "f() { pytest || return 3; }\nf || [ $? -eq 3 ]",
        "f() { pytest || return 3; }\nset +e\nf\ntest x = y\n[ $? -ne 3 ]",
        "(pytest || exit 256)",
        "pytest || touch bad\nrm -f bad\n[ ! -e bad ]",
        "pytest || touch bad\n[ ! -s bad ]",
        'pytest || touch bad\ncd "$(date)"\n[ ! -f bad ]',
        "pytest || touch bad\n(rm bad)\n[ ! -f bad ]",
        "pytest || touch bad\necho bad | xargs rm\n[ ! -f bad ]",
        "pytest || touch bad\nrm bad &\nwait\n[ ! -f bad ]",
        "f() { rm bad; }\npytest || touch bad\nx=$(f)\n[ ! -f bad ]",
        "pytest || echo x > bad\n: > bad\n[ ! -s bad ]",
        "pytest || echo x > bad\ncd d\n[ ! -f bad ]",
        "pytest || touch bad\ngit clean -fdx\n[ ! -f bad ]",
    ],
)
def test_a_failure_that_is_not_heeded_is_masked(script: str) -> None:
    """The script can end well although the test has failed."""
    assert any(line.startswith("pytest") and "~" in line for line in commands(script))


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
