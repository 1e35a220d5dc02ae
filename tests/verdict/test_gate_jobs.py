"""Gate jobs that end by the result of their needs are the gate."""

from __future__ import annotations

import textwrap

import pytest

from tests.verdict.words import job, script, whole_of
from wholeship.verdict.report import WorkflowReport

TEST = "  test: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}, {run: pytest}]}\n"
RESULT = "needs.test.result"
NEEDS = "env: {N: '${{ toJSON(needs) }}'}\n"


LOADED = 'import json, sys; sys.exit(any(j["result"] != "success" for j in json.load(sys.stdin).values()))'


def python(code: str, *, shell: str = "") -> str:
    """A step of Python over ``needs``."""
    text = f"import json, os, sys\nneeds = json.loads(os.environ['N'])\n{code}\n"
    body = text if shell else f"python3 - <<'E'\n{text}E\n"
    with_shell = f"        shell: {shell}\n" if shell else ""
    return f"      - {NEEDS}{with_shell}        run: |\n{textwrap.indent(body, ' ' * 10)}\n"


def gate(steps: str) -> str:
    return f"  gate:\n    needs: test\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n{steps}"


def asked(steps: str) -> WorkflowReport:
    app = job("app", "app:$GITHUB_SHA", needs="gate", condition="always() && needs.gate.result == 'success'")
    return whole_of(TEST, gate(steps), app, on="{push: {branches: [main]}}")


def bypassed(report: WorkflowReport) -> bool:
    return any(each.rule == "gate-bypass" for each in report.findings)


@pytest.mark.parametrize(
    "steps",
    [
        f"      - run: exit 1\n        if: {RESULT} != 'success'\n",
        (
            "      - run: exit 1\n        if: contains(needs.*.result, 'failure') || "
            "contains(needs.*.result, 'cancelled') || contains(needs.*.result, 'skipped')\n"
        ),
        script(f'[ "${{{{ {RESULT} }}}}" = success ] || exit 1'),
        script(f'if [[ "${{{{ {RESULT} }}}}" != "success" ]]; then\n  echo no\n  exit 1\nfi\necho yes'),
        script(f'test "${{{{ {RESULT} }}}}" == success'),
        f"      - env: {{R: '${{{{ {RESULT} }}}}'}}\n        run: '[ \"$R\" = success ]'\n",
        (
            f'      - run: |\n          case "${{{{ {RESULT} }}}}" in\n            success) ;;\n'
            "            *) exit 1 ;;\n          esac\n"
        ),
        "      - uses: re-actors/alls-green@release/v1\n        with: {jobs: '${{ toJSON(needs) }}'}\n",
        script("echo '${{ toJSON(needs) }}' | jq -e 'all(.[]; .result == \"success\")'"),
        script(
            "echo '${{ toJSON(needs) }}' | jq --exit-status 'map(.result == \"success\") | all' > /dev/null"
        ),
        script("echo '${{ toJSON(needs) }}' | jq -e '[.[] | .result == \"success\"] | all'"),
        script("jq --exit-status 'all(.result == \"success\")' <<< '${{ toJson(needs) }}'"),
        script("echo '${{ toJSON(needs.*.result) }}' | jq -e 'all(. == \"success\")'"),
        script("echo '${{ toJSON(needs) }}' | jq -e 'to_entries | all(.value.result == \"success\")'"),
        python(
            "bad = [n for n, job in needs.items() if job['result'] != 'success']\nif bad:\n    sys.exit(1)"
        ),
        python("sys.exit(0 if all(each['result'] == 'success' for each in needs.values()) else 1)"),
        python("sys.exit(any(each['result'] not in ('success',) for each in needs.values()))"),
        python("for name, job in needs.items():\n    assert job['result'] == 'success', name"),
        python(
            "failed = []\nfor name in needs:\n    result = needs[name]['result']\n"
            "    if result == 'success':\n        continue\n    failed.append(name)\n"
            "    print(f'::error::{name} is {result:>9}')\n"
            "if len(failed) > 0:\n    sys.exit('failed: ' + ', '.join(failed))"
        ),
        python("if needs['test']['result'] != 'success':\n    raise SystemExit(2)"),
        python("sys.exit(sum(1 for each in needs.values() if each['result'] != 'success'))", shell="python"),
        f"      - {NEEDS}        run: echo \"$N\" | python3 -c '{LOADED}'\n",
        f"      - {NEEDS}        run: python3 -c '{LOADED}' <<< \"$N\"\n",
        (
            "      - env: {R: \"${{ join(needs.*.result, ',') }}\"}\n        shell: python\n        run: |\n"
            "          import os, sys\n          sys.exit('skipped' in os.environ['R'] or "
            "'failure' in os.environ['R'] or 'cancelled' in os.environ['R'])\n"
        ),
        (
            "      - env: {NEEDS: '${{ toJSON(needs) }}'}\n"
            '        run: jq -e \'all(.[]; .result == "success")\' <<< "$NEEDS"\n'
        ),
    ],
)
def test_what_ends_by_the_result_of_its_needs_gates(steps: str) -> None:
    """A test that fails, is cancelled or skipped fails the gate, and nothing is published."""
    assert not bypassed(asked(steps))


@pytest.mark.parametrize(
    "steps",
    [
        "      - run: echo ok\n",
        f"      - run: exit 1\n        if: {RESULT} == 'skipped'\n",
        script(f'[ "${{{{ {RESULT} }}}}" = success ] || true'),
        script(f'if [ "${{{{ {RESULT} }}}}" = failure ]; then echo "no"; fi'),
        script(f'[ "${{{{ {RESULT} }}}}" = "$WANTED" ] || exit 1'),
        f"      - run: exit 1\n        if: {RESULT} != 'success'\n        continue-on-error: true\n",
        (
            "      - uses: re-actors/alls-green@release/v1\n"
            "        with: {jobs: '${{ toJSON(needs) }}', allowed-failures: test}\n"
        ),
        python("if any(job['result'] == 'failure' for job in needs.values()):\n    sys.exit(1)"),
        script("echo '${{ toJSON(needs) }}' | jq 'all(.[]; .result == \"success\")'"),
        script("echo '${{ toJSON(needs) }}' | jq -e 'all(.[]; .result == \"success\")' || true"),
        script("echo '${{ toJSON(needs) }}' | jq -e 'all(.[]; .result != \"failure\")'"),
        script("jq -e 'all(.result == \"success\")' <<< '${{ toJSON(github.event) }}'"),
        script("jq -e 'all(.result == \"success\")' <<< '${{ toJSON(needs.*.result) }}' || true"),
        script("jq 'all(.result == \"success\")' <<< '${{ toJSON(needs) }}'"),
    ],
)
def test_what_only_looks_at_it_does_not(steps: str) -> None:
    """The result is printed, compared with something unknown, or tolerated: the publish goes on."""
    assert bypassed(asked(steps))


def test_a_gate_between_two_pushes_keeps_the_release_whole() -> None:
    """The job between them ends badly when the first one did."""
    between = (
        "  gate:\n    needs: worker\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n"
        + script('[ "${{ needs.worker.result }}" = success ]')
    )
    app = job("app", "app:$GITHUB_SHA", needs="gate", condition="always() && needs.gate.result == 'success'")
    report = whole_of(job("worker", "worker:$GITHUB_SHA"), between, app, watched="app")
    assert report.whole is True


@pytest.mark.parametrize(
    ("steps", "whole"),
    [
        ("env: {N: '${{ toJSON(needs) }}'}\n        run: python3 ci/gate.py", None),
        (
            f"{NEEDS}        run: |\n          python3 - <<'E'\n          x\n          E",
            None,
        ),
        ("env: {R: '${{ needs.worker.result }}'}\n        run: ./ci/gate.sh \"$R\"", None),
        (
            f"{NEEDS}        uses: actions/github-script@v7\n        with: {{script: x}}",
            None,
        ),
        ("uses: actions/download-artifact@v4\n        with: {name: done}", None),
        ("uses: actions/download-artifact@v4\n        with: {pattern: 'd*'}", False),
        (
            "uses: actions/download-artifact@v4\n        with: {name: done}\n        continue-on-error: true",
            False,
        ),
        ("run: python3 ci/gate.py", False),
        ("env: {N: '${{ toJSON(needs) }}'}\n        run: python3 ci/gate.py || true", False),
        ("env: {N: '${{ toJSON(needs) }}'}\n        run: echo \"$N\"", False),
        ("run: python3 ci/gate.py '${{ toJSON(needs) }}'\n        continue-on-error: true", False),
    ],
)
def test_what_a_gate_makes_of_results_that_nobody_reads_is_not_known(steps: str, whole: bool | None) -> None:
    """Where all hangs on what a program makes of results, or on an artifact, nobody knows; else half."""
    between = (
        "  gate:\n    needs: worker\n    if: always()\n    runs-on: ubuntu-latest\n"
        f"    steps:\n      - {steps}\n"
    )
    app = job("app", "app:$GITHUB_SHA", needs="gate", condition="always() && needs.gate.result == 'success'")
    report = whole_of(job("worker", "worker:$GITHUB_SHA"), between, app, watched="app")
    assert report.whole is whole
    if whole is None:
        assert any("only known in the run" in each.reason for each in report.unknown)
