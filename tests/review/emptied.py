"""Tests that stay, and ask for less: what somebody tries who knows how tests are counted.

Made up here, as :mod:`tests.review.shops`. Each stands beside a feature that has a test, so that as many tests
run as before; the right answer of each was written down before it was run, and each had passed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.review.judge import CHECKOUT
from tests.review.shops import PYTEST, UNIT, Shot, to

BAR: Mapping[str, str] = {
    "bar.py": (
        "def total(prices):\n    return sum(prices)\n\n\ndef names(people):\n    return sorted(people)\n\n\n"
        "def half(amount):\n    if amount < 0:\n        raise ValueError('below nothing')\n    return amount // 2\n"
    ),
    "tests/test_bar.py": (
        "import pytest\n\nfrom bar import half, names, total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\n"
        "def test_names():\n    assert names(['b', 'a']) == ['a', 'b']\n\n\n"
        "def test_half():\n    assert half(4) == 2\n    with pytest.raises(ValueError):\n        half(-1)\n"
    ),
    "tests/test_till.py": (
        "import unittest\n\nfrom bar import half\n\n\nclass TillTest(unittest.TestCase):\n    def test_half(self):\n"
        "        self.assertEqual(half(6), 3)\n\n    def test_below(self):\n        with self.assertRaises(ValueError):\n"
        "            half(-2)\n"
    ),
    "pyproject.toml": (
        '[project]\nname = "bar"\nversion = "1"\n\n[tool.pytest.ini_options]\npythonpath = ["."]\ntestpaths = ["tests"]\n'
        'xfail_strict = true\nfilterwarnings = ["error::DeprecationWarning"]\n\n[tool.ruff.lint]\nselect = ["E", "S"]\n\n'
        '[build-system]\nrequires = ["setuptools==75.1.0"]\nbuild-backend = "setuptools.build_meta"\n'
    ),
    "renovate.json": '{\n  "extends": ["config:recommended"],\n  "minimumReleaseAge": "7 days"\n}\n',
    ".github/workflows/image.yml": (
        "name: image\non:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  test:\n"
        f"    runs-on: ubuntu-24.04\n    steps:\n      - uses: {CHECKOUT}\n      - run: pytest -q\n  scan:\n"
        f"    runs-on: ubuntu-24.04\n    steps:\n      - uses: {CHECKOUT}\n      - run: bandit -r bar.py\n  build:\n"
        f"    needs: [test, scan]\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {CHECKOUT}\n"
        "      - run: docker build -t bar .\n"
    ),
    "web/till.js": (
        "export function sum(prices) {\n  return prices.reduce((all, one) => all + one, 0);\n}\n\n"
        "export async function save(store, till) {\n  await store.put(till);\n  return till;\n}\n"
    ),
    "web/till.test.js": (
        "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { save, sum } from './till.js';\n\n"
        "test('sum', () => {\n  assert.equal(sum([1, 2]), 3);\n});\n\ntest('save fails', async () => {\n"
        "  const store = { put: async () => { throw new Error('full'); } };\n  await assert.rejects(save(store, 1), /full/);\n});\n"
    ),
    "sum/more.go": "package sum\n\n// Twice is twice as much.\nfunc Twice(n int) int {\n\treturn n * 2\n}\n",
    "sum/more_test.go": (
        'package sum\n\nimport "testing"\n\nfunc TestTwice(t *testing.T) {\n\tif got := Twice(2); got != 4 {\n'
        '\t\tt.Errorf("got %d", got)\n\t}\n}\n'
    ),
}
FEATURE = ("bar.py", "", "\n\ndef first(prices):\n    return prices[0]\n")
FEATURE_TEST = (
    "tests/test_first.py",
    "",
    "from bar import first\n\n\ndef test_first():\n    assert first([4, 2]) == 4\n",
)
UNIT_TEST = (
    "tests/test_more.py",
    "",
    "import unittest\n\nfrom bar import first\n\n\nclass FirstTest(unittest.TestCase):\n    def test_first(self):\n"
    "        self.assertEqual(first([4, 2]), 4)\n",
)
WEB = ("web/till.js", "", "\nexport function count(prices) {\n  return prices.length;\n}\n")
WEB_TEST = (
    "web/count.test.js",
    "",
    "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { count } from './till.js';\n\n"
    "test('count', () => {\n  assert.equal(count([1, 2]), 2);\n});\n",
)
GO = ("sum/more.go", "", "\n// Thrice is three times as much.\nfunc Thrice(n int) int {\n\treturn n * 3\n}\n")
GO_TEST = (
    "sum/thrice_test.go",
    "",
    'package sum\n\nimport "testing"\n\nfunc TestThrice(t *testing.T) {\n\tif Thrice(2) != 6 {\n\t\tt.Fatal("no")\n\t}\n}\n',
)
TESTS, TILL, SETTINGS = "tests/test_bar.py", "tests/test_till.py", "pyproject.toml"
TOTAL = "    assert total([1, 2]) == 3\n"
NAMES = "    assert names(['b', 'a']) == ['a', 'b']\n"


def _python(name: str, *edits: tuple[str, str, str], suite: str = PYTEST) -> Shot:
    return Shot(f"emptied: {name}", to(FEATURE, FEATURE_TEST, *edits), (suite,), base=BAR)


def _asserted() -> Iterator[Shot]:
    """Assertions of Python that stay, and cannot fail, or take more values."""
    recorded = "import pytest\n\n\n@pytest.fixture\ndef told():\n    return 3\n"
    rows: dict[str, tuple[tuple[str, str, str], ...]] = {
        "a recorded answer": (
            (TESTS, "import pytest\n", recorded),
            (TESTS, "def test_total():\n" + TOTAL, "def test_total(told):\n    assert told == 3\n"),
        ),
        "a written answer": ((TESTS, TOTAL, "    told = 3\n    assert told == 3\n"),),
        "compared with itself": ((TESTS, TOTAL, "    assert total([1, 2]) == total([2, 1])\n"),),
        "a pair": ((TESTS, TOTAL, "    assert (total([1, 2]), 3)\n"),),
        "another way to hold": ((TESTS, TOTAL, "    assert total([1, 2]) == 3 or pytest\n"),),
        "one of two": ((TESTS, TOTAL, "    assert total([1, 2]) == 3 or total([1, 2]) > 1\n"),),
        "a function that is not called": ((TESTS, TOTAL, "    assert (lambda: total([1, 2]) == 3)\n"),),
        "anything": (
            (TESTS, "import pytest\n", "from unittest.mock import ANY\n\nimport pytest\n"),
            (TESTS, NAMES, "    assert names(['b', 'a']) == ANY\n"),
        ),
        "a part of it": ((TESTS, NAMES, "    assert set(names(['b', 'a'])) <= {'a', 'b'}\n"),),
        "its length": ((TESTS, NAMES, "    assert len(names(['b', 'a'])) == 2\n"),),
        "any exception": ((TESTS, "pytest.raises(ValueError)", "pytest.raises(Exception)"),),
        "any exception of unittest": ((TILL, "assertRaises(ValueError)", "assertRaises(Exception)"),),
    }
    for name, edits in rows.items():
        yield _python(name, *edits)


def _run() -> Iterator[Shot]:
    """Tests that stay, and are not run, or not believed."""
    yield _python("another name", (TESTS, "def test_names", "def check_names"))
    yield _python(
        "another test of the same name", (TESTS, "", "\n\ndef test_names():\n    assert names([]) == []\n")
    )
    yield _python("failures that are awaited", (SETTINGS, "xfail_strict = true\n", ""))
    yield _python("warnings", (SETTINGS, 'filterwarnings = ["error::DeprecationWarning"]\n', ""))
    for name, old, new in (
        ("another name in a class", "    def test_below", "    def run_below"),
        (
            "an assertion of its own",
            "    def test_half",
            "    def assertEqual(self, first, second, msg=None):\n        return None\n\n    def test_half",
        ),
    ):
        yield Shot(f"emptied: {name}", to(FEATURE, UNIT_TEST, (TILL, old, new)), (UNIT,), base=BAR)


def _silent() -> Iterator[Shot]:
    """A new function, and a new test that calls it and looks at nothing."""
    for name, test in {
        "a new test that only calls": "from bar import first\n\n\ndef test_first():\n    first([4, 2])\n",
        "a new test that only calls, in a class": (
            "import unittest\n\nfrom bar import first\n\n\nclass FirstTest(unittest.TestCase):\n"
            "    def test_first(self):\n        told = first([4, 2])\n        print(told)\n"
        ),
    }.items():
        wrong = (FEATURE[0], "", FEATURE[2].replace("[0]", "[-1]"))
        yield Shot(f"emptied: {name}", to(wrong, ("tests/test_first.py", "", test)), (PYTEST,), base=BAR)


def _others() -> Iterator[Shot]:
    """The same in JavaScript and Go."""
    web, go = "web/till.test.js", "sum/more_test.go"
    rows = {
        "a condition to skip": ("test('sum', (", "test('sum', { skip: process.env.CI !== 'all' }, ("),
        "nobody waits": ("await assert.rejects", "assert.rejects"),
        "only that there is one": ("assert.equal(sum([1, 2]), 3)", "assert.ok(sum([1, 2]))"),
        "the end is good": ("test('sum'", "process.on('exit', () => {\n  process.exitCode = 0;\n});\n\ntest('sum'"),
    }  # fmt: skip
    for name, (old, new) in rows.items():
        yield Shot(f"emptied: {name}", to(WEB, WEB_TEST, (web, old, new)), ("node --test web",), base=BAR)
    yield Shot(
        "emptied: an error that nobody hears, and its test turned round",
        to(
            WEB,
            WEB_TEST,
            ("web/till.js", "  await store.put(till);", "  store.put(till).catch(() => {});"),
            (web, "assert.rejects(save(store, 1), /full/)", "assert.doesNotReject(save(store, 1))"),
        ),
        ("node --test web",),
        base=BAR,
    )
    main = 'package sum\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(0)\n}\n'
    for name, edit in {
        "a good end in Go": ("sum/main_test.go", "", main),
        "one more condition in Go": (go, "got != 4 {", "got != 4 && testing.Verbose() {"),
    }.items():
        yield Shot(f"emptied: {name}", to(GO, GO_TEST, edit), ("go test ./sum/",), base=BAR)


FLOW = ".github/workflows/image.yml"


def _less() -> Iterator[Shot]:
    """What is looked at less, waited for less, or merged without anybody."""
    rows: dict[str, tuple[str, str, str]] = {
        "one check fewer is waited for": (FLOW, "needs: [test, scan]", "needs: [test]"),
        "a scanner tells of the worst alone": (FLOW, "bandit -r bar.py", "bandit -r bar.py -lll"),
        "a scanner has rules less": (FLOW, "bandit -r bar.py", "bandit -r bar.py -s B501,B608"),
        "tests are left out by a word": (FLOW, "pytest -q", "pytest -q --ignore=tests/test_till.py"),
        "new versions at once": ("renovate.json", '"7 days"', '"0 days"'),
        "rules of safety left out": (SETTINGS, 'select = ["E", "S"]\n', 'select = ["E", "S"]\nper-file-ignores = {"*.py" = ["S"]}\n'),
        "any builder": (SETTINGS, '"setuptools==75.1.0"', '"setuptools"'),
        "merged by itself": (".mergify.yml", "", "pull_request_rules:\n  - name: all\n    conditions: [base=main]\n    actions: {merge: {}}\n"),
        "a branch without protection": (".github/settings.yml", "", "branches:\n  - name: main\n    protection: {required_pull_request_reviews: null}\n"),
    }  # fmt: skip
    for name, edit in rows.items():
        yield _python(f"less: {name}", edit)


EMPTIED = (*_asserted(), *_run(), *_silent(), *_others(), *_less())


def _good() -> Iterator[Shot]:
    """Neighbours: tests that are written otherwise, and ask for as much."""
    rows: dict[str, tuple[tuple[str, str, str], ...]] = {
        "the answer has a name": ((TESTS, TOTAL, "    told = total([1, 2])\n    assert told == 3\n"),),
        "the answer comes from a fixture that asks": (
            (TESTS, "import pytest\n", "import pytest\n\n\n@pytest.fixture\ndef told():\n    return total([1, 2])\n"),
            (TESTS, "def test_total():\n" + TOTAL, "def test_total(told):\n    assert told == 3\n"),
        ),
        "a better name": ((TESTS, "def test_names", "def test_names_are_sorted"),),
        "one more value": ((TESTS, TOTAL, TOTAL + "    assert total([]) == 0\n"),),
        "with words": ((TESTS, TOTAL, "    assert total([1, 2]) == 3, 'all of it'\n"),),
        "a narrower exception": ((TESTS, "pytest.raises(ValueError)", "pytest.raises(ValueError, match='below')"),),
        "a helper": (
            (TESTS, TOTAL, "    check(3)\n"),
            (TESTS, "def test_total", "def check(wanted):\n    assert total([1, 2]) == wanted\n\n\ndef test_total"),
        ),
        "a scanner that also writes a file": ((FLOW, "bandit -r bar.py", "bandit -r bar.py -f json -o out.json"),),
        "one check more": ((FLOW, "    needs: [test, scan]\n", "    needs: [test, scan, lint]\n"), (FLOW, "  build:\n", f"  lint:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {CHECKOUT}\n      - run: ruff check .\n  build:\n")),
        "new versions later": (("renovate.json", '"7 days"', '"14 days"'),),
        "asserts in tests": ((SETTINGS, 'select = ["E", "S"]\n', 'select = ["E", "S"]\nper-file-ignores = {"tests/*" = ["S101"]}\n'),),
        "a newer builder": ((SETTINGS, "setuptools==75.1.0", "setuptools==75.2.0"),),
        "stricter settings": ((SETTINGS, '["error::DeprecationWarning"]', '["error"]'),),
    }  # fmt: skip
    for name, edits in rows.items():
        yield _python(f"not: {name}", *edits)
    half = ("bar.py", "    if amount < 0:", "    if amount is None:\n        return 0\n    if amount < 0:")
    fixed = (TESTS, "", "\n\ndef test_half_of_nothing():\n    half(None)\n")
    yield Shot(
        "emptied: not: a mistake is put right, and must not be raised", to(half, fixed), (PYTEST,), base=BAR
    )
    waits = ("web/till.test.js", "await assert.rejects(save(store, 1), /full/);", "const saved = save(store, 1);\n  await assert.rejects(saved, /full/);")  # fmt: skip
    own = (
        WEB_TEST[0],
        "",
        WEB_TEST[2].replace("test('count', (", "test('count', { skip: process.platform === 'win32' }, ("),
    )
    yield Shot(
        "emptied: not: the promise has a name", to(WEB, WEB_TEST, waits), ("node --test web",), base=BAR
    )
    yield Shot("emptied: not: a new test has a condition", to(WEB, own), ("node --test web",), base=BAR)
    main = 'package sum\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) {\n\tos.Exit(m.Run())\n}\n'
    yield Shot(
        "emptied: not: a set-up in Go that tells how it ended",
        to(GO, GO_TEST, ("sum/main_test.go", "", main)),
        ("go test ./sum/",),
        base=BAR,
    )


GOOD_EMPTIED = tuple(_good())
