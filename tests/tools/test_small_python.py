"""The small part of Python: what is said of how code ends is what Python does, and the rest is not known."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
from collections.abc import Iterable, Mapping
from unittest import mock

import pytest

from wholeship.tools.small_python import NotFollowed, Opaque, Raw, ends_badly

RESULTS = ("success", "failure", "cancelled", "skipped")
HEAD = "import json, os, sys\nneeds = json.loads(os.environ['N'])\n"
KNOWN = [
    "sys.exit(any(job['result'] != 'success' for job in needs.values()))",
    "bad = [name for name, job in needs.items() if job['result'] != 'success']\nif bad: exit(1)",
    "sys.exit(len([1 for job in needs.values() if job['result'] == 'failure']))",
    "sys.exit(256 if needs['a']['result'] == 'failure' else 0)",
    "sys.exit(False)",
    "sys.exit('')",
    "sys.exit(None)",
    "assert all(job['result'] == 'success' for job in needs.values()), 'no'",
    "for name in needs:\n    if needs[name]['result'] == 'failure':\n        break\nelse:\n    sys.exit(3)",
    "ok = True\nfor job in needs.values(): ok = ok and job.get('result') == 'success'\nif not ok: exit(1)",
    "text = ''\nfor job in needs.values(): text += job['result'] + ','\nsys.exit('failure,s' in text)",
    "print(f\"{needs['a']['result']:>9}\", *needs, sep='', file=sys.stderr)\nif 'b' not in needs: exit(1)",
    "found = sorted(job['result'] for job in needs.values())\nsys.exit(found == ['failure', 'failure'])",
    "a, b = [job['result'] for job in needs.values()]\nif a == b != 'success': raise SystemExit(2)",
    "if needs['a']['result'] in {'failure', 'cancelled'}: raise RuntimeError(needs)",
    "from sys import exit as leave\nimport os as o\nleave = 0\nsys.exit(leave)".replace(
        "leave = 0\n", ""
    ).replace("(leave)", "(0)"),
    "sys.exit(1 if json.loads(os.environ.get('N', '{}'))['b']['result'] == 'skipped' else 0)",
    "for job in needs.values():\n    if job['result'] == 'success': continue\n    sys.exit(str(len(needs)))",
    "sys.exit(sum(job['result'].startswith('s') for job in needs.values()) < 2)",
]
UNKNOWN = [
    "import subprocess\nsubprocess.run(['true'])",
    "sys.exit('failure' in os.environ['N'])",
    "sys.exit(needs['a']['outputs']['x'] == 'y')",
    "sys.exit(str(needs).count('success') < 2)",
    "sys.exit(needs == {})",
    "sys.exit(needs['nobody']['result'] == 'success')",
    "sys.exit(os.environ.get('HOME') == '/root')",
    "sys.exit([*{'a', 'b'}][0] == 'a')",
    "sys.exit(list({'a', 'b'})[0] == 'a')",
    "try:\n    assert needs['a']['result'] == 'success'\nexcept AssertionError:\n    pass",
    "def main():\n    sys.exit(1)\nmain()",
    "while needs: break",
    "with open('x') as file: pass",
    "any = len\nsys.exit(any(needs))",
    "g = (job for job in needs.values())\nlist(g)\nsys.exit(len(list(g)))",
    "any(sys.exit(1) for _ in ())\nany(found.append(1) or True for found in ([], []))",
    "os = needs\nsys.exit(0)",
    "sys.exit(1.5)",
    "while True: pass",
    "x = 0\nfor a in range(10 ** 9): x += 1",
    "sys.exit(len(set(needs)) - 2)",
    "sys.exit(needs.pop('a')['result'] == 'success')",
    "syntax error",
]  # fmt: skip


def told(results: Iterable[str], outputs: object) -> dict[str, object]:
    return {name: {"result": each, "outputs": outputs} for name, each in zip("ab", results, strict=True)}


def really(code: str, results: Iterable[str]) -> bool:
    """Whether Python ends badly with it."""
    environment = {"N": json.dumps(told(results, {"x": "failure"}))}
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with mock.patch.dict(os.environ, environment), quiet[0], quiet[1]:
        try:
            exec(compile(code, "gate", "exec"), {"__name__": "__main__", "exit": _leave})
        except SystemExit as end:
            return not (end.code is None or (isinstance(end.code, int) and end.code % 256 == 0))
        except Exception:
            return True
    return False


def _leave(code: object = None) -> None:
    raise SystemExit(code)


def said(code: str, results: Iterable[str], more: Mapping[str, object] | None = None) -> bool:
    return ends_badly(code, {"N": Raw(told(results, Opaque())), **(more or {})})


@pytest.mark.parametrize("code", KNOWN)
def test_what_is_said_is_what_python_does(code: str) -> None:
    """In each way that two jobs can have come out."""
    for results in itertools.product(RESULTS, repeat=2):
        assert said(HEAD + code, results) is really(HEAD + code, results), results


@pytest.mark.parametrize("code", UNKNOWN)
def test_whatever_else_stands_in_it_is_not_known(code: str) -> None:
    """Another module or statement, the text of outputs, an order that nobody knows, what would raise."""
    with pytest.raises(NotFollowed):
        said(HEAD + code, ("success", "success"))
