"""Our evaluation against GitHub's own package, ``@actions/expressions``."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.github.expressions.grow import CONTEXTS, grow
from wholeship.github.expressions.evaluate import EvaluationError, evaluate_tree
from wholeship.github.expressions.parse import BadExpression, parse_expression
from wholeship.github.expressions.tree import text_of

VERSION = "0.3.61"
_PIECES = [
    "(",
    ")",
    "[",
    "]",
    "'",
    "!",
    "=",
    "&&",
    "||",
    ".",
    "*",
    "-",
    "1",
    "a",
    " ",
    "<",
    "0x",
    "{",
    '"',
    "+",
    "_",
]

pytestmark = pytest.mark.extended


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the package is installed."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed")
    home = tmp_path_factory.mktemp("oracle")
    argv = [
        "npm",
        "install",
        "--prefix",
        str(home),
        "--no-audit",
        "--no-fund",
        f"@actions/expressions@{VERSION}",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install @actions/expressions: {done.stderr.strip()[-200:]}")
    return home


def ask(oracle: Path, texts: list[str]) -> list[dict[str, Any]]:
    """What GitHub's package makes of each text."""
    script = Path(__file__).with_name("oracle.mjs")
    lines = "\n".join(json.dumps({"text": text, "contexts": CONTEXTS}) for text in texts)
    done = subprocess.run(
        ["node", str(script), str(oracle)],
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def ours(text: str) -> dict[str, Any]:
    """The same of ours."""
    try:
        return {"value": _plain(evaluate_tree(parse_expression(text), CONTEXTS))}
    except (BadExpression, EvaluationError) as error:
        return {"error": error.message}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), "NaN")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if "error" in one or "error" in other:
        return "error" in one and "error" in other
    left, right = one["value"], other["value"]
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def test_values_agree(oracle: Path) -> None:
    """Five thousand random expressions have the value that GitHub's package gives them."""
    chance = random.Random(20261125)
    texts = [text_of(grow(chance)) for _ in range(5000)]
    answers = ask(oracle, texts)
    assert len(answers) == len(texts)
    assert [(t, a, ours(t)) for t, a in zip(texts, answers, strict=True) if not _same(a, ours(t))] == []


def test_broken_text_is_refused_alike(oracle: Path) -> None:
    """Damaged expressions are refused where GitHub refuses them, and have its value where it does not."""
    chance = random.Random(4)
    texts = [_damaged(text_of(grow(chance, 3)), chance) for _ in range(3000)]
    answers = ask(oracle, texts)
    apart = [(t, a, ours(t)) for t, a in zip(texts, answers, strict=True) if not _same(a, ours(t))]
    # The package also takes a format field with rubbish after its number; the runner does not.
    assert [each for each in apart if "format" not in each[0]] == []


def _damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(text) + 1)
        end = at + chance.randint(0, 1)
        text = text[:at] + (chance.choice(_PIECES) if chance.random() < 0.7 else "") + text[end:]
    return text
