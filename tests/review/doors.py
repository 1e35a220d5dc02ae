"""Mistakes dressed as what is let through: words, layout, refactorings, tests beside the code.

Made up here, as :mod:`tests.review.shops`, whose shop they change. Most bring coverage of their lines along.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.review.shops import SHOP, Change, Shot, files, to

PYTHON = sys.executable
MEASURED = (
    f"{PYTHON} -m coverage run --source=shop -m unittest discover -s tests -t . && "
    f"{PYTHON} -m coverage xml -q --fail-under=0"
)
GO, GO_MEASURED = "go test ./...", "go test -coverprofile=cover.out ./..."
NODE = "node --test web"
NODE_MEASURED = (
    "node --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=lcov.info web"
    " && node --test web"
)
CARGO = "cargo test --offline --quiet --manifest-path crate/Cargo.toml"
MAVEN = "sh scripts/maven.sh"

_UNITS = "import unittest\n\nfrom shop import ship\n\n\nclass ShipTest(unittest.TestCase):\n    def test_it(self):\n%s"


def _python(name: str, before: str, after: str, checks: str) -> Iterator[Shot]:
    """The change of ``shop/ship.py``, whose tests run its lines and do not see the difference."""
    tests = _UNITS % "".join(f"        {line}\n" for line in checks.splitlines())
    base = {"shop/ship.py": before, "tests/test_ship.py": tests}
    make = files({"shop/ship.py": after}, "refactor: ship")
    yield Shot(f"refactoring, measured: {name}", make, (MEASURED,), "coverage.xml", base)
    yield Shot(f"refactoring: {name}", make, base=base)


def _refactorings() -> Iterator[Shot]:
    yield from _python(
        "off by one",
        "def is_big(n):\n    if n >= 10:\n        return True\n    return False\n",
        "def is_big(n):\n    return n > 10\n",
        "self.assertTrue(ship.is_big(50))\nself.assertFalse(ship.is_big(5))",
    )
    yield from _python(
        "a range that ends early",
        "def weight(items):\n    total = 0\n    for n in range(len(items)):\n        total += items[n]\n    return total\n",
        "def weight(items):\n    return sum(items[n] for n in range(len(items) - 1)) or items[-1]\n",
        "self.assertEqual(ship.weight([3]), 3)\nself.assertEqual(ship.weight([4, 0]), 4)",
    )
    yield from _python(
        "a division that rounds no more",
        "def half(n):\n    return n // 2\n",
        "def half(n):\n    return n / 2\n",
        "self.assertEqual(ship.half(4), 2)",
    )
    yield from _python(
        "precedence",
        "def cost(a, b, c):\n    return a + (b * c)\n",
        "def cost(a, b, c):\n    return (a + b) * c\n",
        "self.assertEqual(ship.cost(0, 2, 3), 6)",
    )
    yield from _python(
        "arguments swapped",
        "def ratio(a, b):\n    return a / b\n\n\ndef fill(full, room):\n    return ratio(full, room)\n",
        "def ratio(a, b):\n    return a / b\n\n\ndef fill(full, room):\n    return ratio(room, full)\n",
        "self.assertEqual(ship.fill(2, 2), 1)",
    )
    yield from _python(
        "parameters swapped",
        "def put(shelf, item):\n    return f'{shelf}/{item}'\n",
        "def put(item, shelf):\n    return f'{shelf}/{item}'\n",
        "self.assertEqual(ship.put('a', 'a'), 'a/a')",
    )
    yield from _python(
        "another default",
        "def label(n, width=3):\n    return str(n).rjust(width)\n",
        "def label(n, width=4):\n    return str(n).rjust(width)\n",
        "self.assertEqual(ship.label(1, width=2), ' 1')",
    )
    yield from _python(
        "a text that is parsed elsewhere",
        "MARK = 'order:'\n\n\ndef write(n):\n    return f'{MARK}{n}'\n\n\ndef read(text):\n    return int(text.removeprefix(MARK))\n",
        "MARK = 'order-'\n\n\ndef write(n):\n    return f'{MARK}{n}'\n\n\ndef read(text):\n    return int(text.removeprefix(MARK))\n",
        "self.assertEqual(ship.read(ship.write(5)), 5)",
    )
    yield from _python(
        "a check that is called dead",
        "def ship(order):\n    if order['weight'] > 30:\n        order = None\n    return order['weight'] * 2\n",
        "def ship(order):\n    weight = order['weight']\n    cost = weight * 2\n    return cost\n",
        "self.assertEqual(ship.ship({'weight': 2}), 4)",
    )
    yield from _python(
        "a check that is alone",
        "def ship(order):\n    if order > 30:\n        order = 30\n    return order\n",
        "def ship(order):\n    return order\n",
        "self.assertEqual(ship.ship(3), 3)",
    )
    yield from _python(
        "a condition turned round",
        "def pay(n, member):\n    if not member and n > 10:\n        n = n + 5\n    return n\n",
        "def pay(n, member):\n    if not (member and n > 10):\n        n = n + 5\n    return n\n",
        "self.assertEqual(ship.pay(20, False), 25)\nself.assertEqual(ship.pay(20, True), 20)",
    )
    yield from _python(
        "none is not nothing",
        "def stock(n=None):\n    return 7 if n is None else n\n",
        "def stock(n=None):\n    return n or 7\n",
        "self.assertEqual(ship.stock(), 7)\nself.assertEqual(ship.stock(3), 3)",
    )
    yield from _python(
        "two values swapped",
        "def fill(box):\n    full = box.a\n    room = box.b\n    return full / room\n",
        "def fill(box):\n    full = box.b\n    room = box.a\n    return full / room\n",
        "import types\nself.assertEqual(ship.fill(types.SimpleNamespace(a=2, b=2)), 1)",
    )
    yield from _python(
        "two questions in another order",
        "def pay(n, vip):\n    if vip:\n        return 0\n    if n > 9:\n        return 5\n    return n\n",
        "def pay(n, vip):\n    if n > 9:\n        return 5\n    if vip:\n        return 0\n    return n\n",
        "self.assertEqual([ship.pay(9, True), ship.pay(10, False), ship.pay(9, False)], [0, 5, 9])",
    )
    yield from _python(
        "asked where it was asked else",
        "def pay(n, vip):\n    if vip:\n        n -= 1\n    elif n > 9:\n        n -= 2\n    return n\n",
        "def pay(n, vip):\n    if vip:\n        n -= 1\n    if n > 9:\n        n -= 2\n    return n\n",
        "self.assertEqual([ship.pay(9, True), ship.pay(10, False), ship.pay(9, False)], [8, 8, 9])",
    )
    yield from _python(
        "a choice by and",
        "def pick(a, b, c):\n    if a:\n        return b\n    return c\n",
        "def pick(a, b, c):\n    return a and b or c\n",
        "self.assertEqual([ship.pick(True, 1, 2), ship.pick(False, 1, 2)], [1, 2])",
    )
    yield from _python(
        "imports in another order",
        "from shop import plug_a\nfrom shop import plug_b\n\n\ndef first():\n    return plug_a, plug_b\n",
        "from shop import plug_b\nfrom shop import plug_a\n\n\ndef first():\n    return plug_a, plug_b\n",
        "self.assertTrue(ship.first())",
    )


def _words() -> Iterator[Shot]:
    """What looks like words, types or layout, and is code."""
    python = {
        "a field of a dataclass": (
            "import dataclasses\nfrom typing import ClassVar\n\n\n@dataclasses.dataclass\nclass Box:\n    size: int = 1\n    kind: str = 'a'\n",
            "    kind: str = 'a'\n",
            "    kind: ClassVar[str] = 'a'\n",
        ),
        "a type that is converted to": (
            "class Model:\n    def __init_subclass__(cls):\n        cls.kinds = dict(cls.__annotations__)\n\n\nclass Box(Model):\n    size: int = 1\n",
            "    size: int",
            "    size: str",
        ),
        "what a parameter is made of": ("def serve(n: int) -> int:\n    return n\n", "n: int)", "n: str)"),
        "what is given out": ("__all__ = ['a', 'b']\na = b = 1\n", "['a', 'b']", "['a']"),
        "a decorator gone": (
            "import functools\n\n\n@functools.cache\ndef one():\n    return object()\n",
            "@functools.cache\n",
            "",
        ),
        "decorators in another order": (
            "import functools\n\n\nclass Box:\n    @classmethod\n    @functools.cache\n    def one(cls):\n        return 1\n",
            "    @classmethod\n    @functools.cache\n",
            "    @functools.cache\n    @classmethod\n",
        ),
        "what a script needs": (
            "# /// script\n# dependencies = ['one']\n# ///\nx = 1\n",
            "'one'",
            "'another-one'",
        ),
        "a rule of a grammar": ("def p_sum(p):\n    'sum : sum PLUS term'\n", "PLUS", "MINUS"),
        "usage that is parsed": (
            "'''Usage: ship [--dry]'''\nimport sys\nARGS = __doc__.split()\n",
            "[--dry]",
            "[--all]",
        ),
        "indented out of a condition": (
            "def drop(yes):\n    if yes:\n        a = 1\n        return a\n    return 0\n",
            "        return a\n    return 0\n",
            "    return a\n",
        ),
        "a text over two lines": ("T = '''a\n# b\n'''\n", "# b", "# c"),
    }
    for name, (before, old, new) in python.items():
        yield Shot(
            f"words: {name}",
            to(("shop/more.py", old, new), message="style: tidy"),
            base={"shop/more.py": before},
        )
    convert = {
        "shop/more.py": "from __future__ import annotations\n\n\ndef weigh(n: int):\n    return n * 2\n",
        "shop/convert.py": (
            "import typing\n\nfrom shop.more import weigh\n\n\ndef call(text):\n"
            "    return weigh(typing.get_type_hints(weigh)['n'](text))\n"
        ),
    }
    edit = ("shop/more.py", "n: int", "n: str")
    yield Shot("words: a type that another file converts to", to(edit, message="style: tidy"), base=convert)
    go = {
        "built for nobody": ("package sum\n\nfunc More() int { return 1 }\n", "package sum\n", "//go:build never\n\npackage sum\n"),
        "another function by its name": (
            'package sum\n\nimport _ "unsafe"\n\n//go:linkname now runtime.nanotime\nfunc now() int64\n',
            "runtime.nanotime",
            "runtime.walltime",
        ),
        "another file within": (
            'package sum\n\nimport _ "embed"\n\n//go:embed sum.go\nvar Text string\n',
            "embed sum.go",
            "embed sum_test.go",
        ),
        "precedence": ("package sum\n\nfunc More(a, b, c int) int { return a + b*c }\n", "a + b*c", "(a + b) * c"),
        "a statement that is a comment": (
            "package sum\n\nvar N int\n\nfunc More() {\n\tN++\n\tN = N * 2\n}\n",
            "\tN = N * 2\n",
            "\t// N = N * 2\n",
        ),
        "imports with effects": (
            'package sum\n\nimport (\n\t_ "image/gif"\n\t_ "image/png"\n)\n',
            '\t_ "image/gif"\n\t_ "image/png"\n',
            '\t_ "image/png"\n\t_ "image/gif"\n',
        ),
    }  # fmt: skip
    for name, (before, old, new) in go.items():
        yield Shot(
            f"words in go: {name}",
            to(("sum/more.go", old, new), message="style: tidy"),
            (GO,),
            base={"sum/more.go": before},
        )
    script = {
        "a line that ends a return": ("export function f() {\n  return 1;\n}\n", "return 1;", "return\n  1;"),
        "strict no more": ("'use strict';\nexport const a = 1;\n", "'use strict';\n", ""),
        "what a packer may drop": ("export const a = make();\n", "= make", "= /*#__PURE__*/ make"),
        "spaces in a template": ("export const a = `one two`;\n", "one two", "one  two"),
        "a semicolon before a bracket": ("let a = b;\n(c)();\n", "b;", "b"),
    }
    for name, (before, old, new) in script.items():
        yield Shot(
            f"words in js: {name}",
            to(("web/more.js", old, new), message="style: tidy"),
            (NODE,),
            base={"web/more.js": before},
        )


def _other_reports() -> Iterator[Shot]:
    base = {
        "sum/size.go": "package sum\n\nfunc Big(n int) bool {\n\tif n >= 10 {\n\t\treturn true\n\t}\n\treturn false\n}\n",
        "sum/size_test.go": (
            'package sum\n\nimport "testing"\n\nfunc TestBig(t *testing.T) {\n'
            '\tif !Big(50) || Big(5) {\n\t\tt.Fatal("no")\n\t}\n}\n'
        ),
    }
    new = "package sum\n\nfunc Big(n int) bool {\n\treturn n > 10\n}\n"
    yield Shot(
        "refactoring in go, measured: off by one",
        files({"sum/size.go": new}, "refactor: size"),
        (GO_MEASURED,),
        "cover.out",
        base,
    )
    fill = (
        "package sum\n\nfunc same(n int) int { return n }\n\nfunc Fill(a, b int) int {\n"
        "\tfull := same(%s)\n\troom := same(%s)\n\treturn full / room\n}\n"
    )
    filled = 'package sum\n\nimport "testing"\n\nfunc TestFill(t *testing.T) {\n\tif Fill(2, 2) != 1 {\n\t\tt.Fatal("no")\n\t}\n}\n'
    yield Shot(
        "refactoring in go: two values swapped",
        files({"sum/fill.go": fill % ("b", "a")}, "refactor: fill"),
        (GO,),
        base={"sum/fill.go": fill % ("a", "b"), "sum/fill_test.go": filled},
    )
    js = {
        "web/size.js": "export function big(n) {\n  if (n >= 10) {\n    return true;\n  }\n  return false;\n}\n",
        "web/size.test.js": (
            "import test from 'node:test';\nimport assert from 'node:assert';\nimport { big } from './size.js';\n\n"
            "test('big', () => {\n  assert.strictEqual(big(50), true);\n  assert.strictEqual(big(5), false);\n});\n"
        ),
    }
    yield Shot(
        "refactoring in js, measured: off by one",
        files({"web/size.js": "export function big(n) {\n  return n > 10;\n}\n"}, "refactor: size"),
        (NODE_MEASURED,),
        "lcov.info",
        js,
    )
    imports = "import json\nimport shop.mail\nimport shop.auth\n"
    yield Shot(
        "measured: imports in another order, which no report counts",
        to(("shop/more.py", "import shop.mail\nimport shop.auth\n", "import shop.auth\nimport shop.mail\n")),
        (MEASURED,),
        "coverage.xml",
        {"shop/more.py": imports, "tests/test_more.py": "import unittest\n\nfrom shop import more\n\n\nclass MoreTest(unittest.TestCase):\n    def test_it(self):\n        self.assertTrue(more)\n"},
    )  # fmt: skip


CRATE: Mapping[str, str] = {
    "crate/Cargo.toml": '[package]\nname = "weigh"\nversion = "0.1.0"\nedition = "2021"\n',
    "crate/Cargo.lock": 'version = 3\n\n[[package]]\nname = "weigh"\nversion = "0.1.0"\n',
    "crate/src/lib.rs": (
        "/// Whether it is heavy.\n///\n/// ```\n/// assert!(weigh::heavy(30));\n/// ```\n"
        "pub fn heavy(n: u32) -> bool {\n    n >= 30\n}\n\n"
        "pub fn double(n: u32) -> u32 {\n    n * 2\n}\n\n"
        "#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
        "    #[test]\n    fn limit() {\n        assert!(heavy(30));\n        assert!(!heavy(29));\n    }\n\n"
        "    #[test]\n    fn doubles() {\n        assert_eq!(double(2), 4);\n    }\n}\n"
    ),
    "crate/tests/all.rs": "#[test]\nfn far() {\n    assert!(weigh::heavy(31));\n}\n",
    ".gitignore": "target\n",
}
LIB = "crate/src/lib.rs"
RUST_BUG = (LIB, "    n >= 30", "    n > 30")
DOC = (LIB, "/// assert!(weigh::heavy(30));", "/// assert!(weigh::heavy(31));")


def _rust() -> Iterator[Shot]:
    """A mistake in Rust, and what its tests become, beside the code or in files of their own."""
    whole = (
        "    #[test]\n    fn limit() {\n        assert!(heavy(30));\n        assert!(!heavy(29));\n    }\n\n"
    )
    weak = {
        "ignored": ("    #[test]\n    fn limit", "    #[test]\n    #[ignore]\n    fn limit"),
        "emptied": ("        assert!(heavy(30));\n        assert!(!heavy(29));\n", ""),
        "gone": (whole, ""),
        "no test any more": ("    #[test]\n    fn limit", "    #[allow(dead_code)]\n    fn limit"),
        "another value": ("assert!(heavy(30))", "assert!(heavy(31))"),
        "what always holds": ("assert!(heavy(30))", "assert!(true)"),
        "all of them": ("#[cfg(test)]\nmod tests", "#[cfg(any())]\nmod tests"),
        "left before": ("    fn limit() {\n", "    fn limit() {\n        if true { return; }\n"),
    }
    for name, (old, new) in weak.items():
        yield _crate(f"tests beside the code: {name}", RUST_BUG, DOC, (LIB, old, new))
    far = ("crate/tests/all.rs", "#[test]\n", "#[test]\n#[ignore]\n")
    yield _crate("a test ignored in its own file", (LIB, "n >= 30", "n >= 32"), DOC, far, (LIB, whole, ""))
    yield _crate("an example less, and a mistake", RUST_BUG, (LIB, whole, ""), (LIB, DOC[1], "/// "))
    yield _crate("a mistake that nobody sees", (LIB, "n * 2", "n + 2"))
    yield _crate("tests ignored alone", (LIB, *weak["ignored"]))
    turned = ((LIB, "n * 2", "n * 2 + 1"), (LIB, "assert_eq!(double(2), 4);", "assert_eq!(double(2), 5);"))
    yield _crate("tests beside the code: an expected value from the mistake", *turned)
    triple = (LIB, "#[cfg(test)]\nmod", "pub fn triple(n: u32) -> u32 {\n    n * 3\n}\n\n#[cfg(test)]\nmod")
    more = (
        LIB,
        "    #[test]\n    fn doubles",
        "    #[test]\n    fn triples() {\n        assert_eq!(triple(2), 6);\n    }\n\n    #[test]\n    fn doubles",
    )
    yield _crate(
        "tests beside the code: an expected value from the mistake, and a feature", *turned, triple, more
    )
    must_fail = (LIB, "    #[test]\n    fn doubles", "    #[test]\n    #[should_panic]\n    fn doubles")
    yield _crate("tests beside the code: one has to fail now", turned[0], must_fail)


def _crate(name: str, *edits: tuple[str, str, str]) -> Shot:
    return Shot(f"rust: {name}", to(*edits), (CARGO,), base=CRATE)


JAVA: Mapping[str, str] = {
    # What Surefire says and leaves behind, of every @Test that is not disabled; nothing is compiled.
    "scripts/maven.sh": (
        "set -e\nmkdir -p target/surefire-reports\n"
        f"{PYTHON} - <<'END'\nimport pathlib, re\n"
        "cases, skipped = [], 0\n"
        "main = pathlib.Path('src/main/java/Weigh.java').read_text()\n"
        "for path in sorted(pathlib.Path('src/test/java').glob('*Test.java')):\n"
        "    for off, name, body in re.findall(r'@Test\\s+(@Disabled\\S*\\s+)?void (\\w+)\\(\\) \\{(.*?)\\}', path.read_text(), re.S):\n"
        "        skipped += bool(off)\n"
        "        cases.append(f'<testcase classname=\"{path.stem}\" name=\"{name}\">' + ('<skipped/>' if off else '') + '</testcase>')\n"
        "        for number in re.findall(r'heavy\\((\\d+)\\)', '' if off else body):\n"
        "            limit = re.search(r'n (>=?) (\\d+)', main)\n"
        "            heavy = int(number) >= int(limit[2]) if limit[1] == '>=' else int(number) > int(limit[2])\n"
        "            assert heavy == (f'assertTrue(new Weigh().heavy({number}' in body), number\n"
        "pathlib.Path('target/surefire-reports/TEST-All.xml').write_text('<testsuite>' + ''.join(cases) + '</testsuite>')\n"
        "print(f'Tests run: {len(cases)}, Failures: 0, Errors: 0, Skipped: {skipped}')\nEND\n"
    ),
    "pom.xml": "<project><artifactId>weigh</artifactId><version>1</version></project>\n",
    "src/main/java/Weigh.java": "class Weigh {\n    boolean heavy(int n) {\n        return n >= 30;\n    }\n}\n",
    "src/test/java/WeighTest.java": (
        "class WeighTest {\n    @Test\n    void limit() {\n        assertTrue(new Weigh().heavy(30));\n    }\n\n"
        "    @Test\n    void light() {\n        assertFalse(new Weigh().heavy(3));\n    }\n}\n"
    ),
    ".gitignore": "target\n",
}
WEIGH, WEIGH_TEST = "src/main/java/Weigh.java", "src/test/java/WeighTest.java"


def _java() -> Iterator[Shot]:
    """A mistake in Java, and what its tests become, with what Maven prints and leaves."""
    limit = "    @Test\n    void limit() {\n        assertTrue(new Weigh().heavy(30));\n    }\n\n"
    weak = {
        "disabled": ("    @Test\n    void limit", "    @Test\n    @Disabled\n    void limit"),
        "emptied": ("        assertTrue(new Weigh().heavy(30));\n", ""),
        "gone": (limit, ""),
        "no test any more": ("    @Test\n    void limit", "    void limit"),
        "another value": ("assertTrue(new Weigh().heavy(30))", "assertTrue(new Weigh().heavy(31))"),
        "what always holds": ("assertTrue(new Weigh().heavy(30))", "assertTrue(true)"),
        "turned": ("assertTrue(new Weigh().heavy(30))", "assertFalse(new Weigh().heavy(30))"),
    }
    for name, (old, new) in weak.items():
        yield _maven(f"a test is {name}", (WEIGH, "n >= 30", "n > 30"), (WEIGH_TEST, old, new))
    moved = files({WEIGH_TEST: None, "src/test/java/WeighChecks.java": JAVA[WEIGH_TEST]})
    yield replace(_maven("the runner does not look there"), make=moved)
    skip = ("pom.xml", "<version>1</version>", "<version>1</version><skipTests>true</skipTests>")
    yield _maven("tests are switched off", (WEIGH, "n >= 30", "n >= 29"), skip)
    yield _maven(
        "a comment that ends by an escape",
        (WEIGH, "class Weigh {", "/* \\u002a/ class Old {} /* */ class Weigh {"),
    )
    yield _maven("a mistake that nobody sees", (WEIGH, "n >= 30", "n >= 29"))


def _maven(name: str, *edits: tuple[str, str, str]) -> Shot:
    return Shot(f"java: {name}", to(*edits), (MAVEN,), base=JAVA)


def _gone() -> Iterator[Shot]:
    """Manifests that are deleted, and that something still means."""
    part = {
        "parts/one/package.json": '{"name": "one", "scripts": {"test": "node a.js"}}\n',
        "parts/one/a.js": "console.log(1);\n",
        "lerna.json": '{"packages": ["parts/*"]}\n',
    }
    gone: dict[str, bytes | str | None] = {"parts/one/package.json": None, "parts/one/a.js": None}
    yield Shot("a part that a pattern means is gone", files(gone), base=part)
    yield Shot("a manifest gone, its folder left", files({"parts/one/package.json": None}), base=part)


_CART, _CART_TEST = SHOP["shop/cart.py"], SHOP["tests/test_cart.py"]
_MORE = "".join(f"def more{n}(a):\n    return a * {n}\n\n\n" for n in range(30))


def _as_basket(text: str) -> Change:
    """The module of carts by another name, with *text* in it; its tests follow."""
    test = _CART_TEST.replace("shop.cart", "shop.basket")
    return files({"shop/cart.py": None, "shop/basket.py": text, "tests/test_cart.py": test})


def _moved() -> Iterator[Shot]:
    """A mistake within code that moves: without all of it nothing runs, which says nothing of the mistake."""
    for name, old, new in (
        ("a line", "return sum(prices)", "return sum(list(prices)[:9])"),
        (
            "a line gone",
            "    return sum(prices)",
            "    prices = [p for p in prices if p < 900]\n    return sum(prices)",
        ),
    ):
        yield Shot(f"another name for a module: {name}", _as_basket(_CART.replace(old, new)))
        yield Shot(f"into a larger module: {name}", _as_basket(_MORE + _CART.replace(old, new)))


def _renamed() -> Iterator[Shot]:
    """A mistake beside another name, without which nothing runs."""
    test = ("tests/test_cart.py", "is_free", "is_gift")
    edits = [("shop/cart.py", "is_free", "is_gift"), test]
    yield Shot(
        "another name, and a mistake",
        to(*edits, ("shop/cart.py", "    return amount >= LIMIT", "    return amount >= LIMIT - 0.5")),
    )


def _unnamed() -> Iterator[Shot]:
    """Files that nobody names, and that are run all the same, gone."""
    load = (
        "import importlib\nimport pkgutil\n\nfrom shop import checks\n\n"
        "FOUND = [importlib.import_module(f'shop.checks.{m.name}') for m in pkgutil.iter_modules(checks.__path__)]\n"
    )
    base = {
        "shop/ship.py": load,
        "shop/checks/__init__.py": "",
        "shop/checks/paid.py": "def check(order):\n    assert order['paid']\n",
        "shop/checks/size.py": "def check(order):\n    assert order['n'] < 9\n",
        "tests/test_ship.py": _UNITS % "        self.assertTrue(ship.FOUND)\n",
    }
    yield Shot("a check gone that is found by its folder", files({"shop/checks/paid.py": None}), base=base)
    more = {
        "sum/limit.go": "package sum\n\nvar Limit = 1\n",
        "sum/init.go": "package sum\n\nfunc init() { Limit = 9 }\n",
    }
    yield Shot("a file gone that a compiler takes", files({"sum/init.go": None}), (GO,), base=more)


def _imports() -> Iterator[Shot]:
    """A name that is another thing than before, beside a tested feature."""
    code = "import secrets\n\n\ndef ticket():\n    return secrets.choice('abc')\n"
    test = _UNITS % "        self.assertIn(ship.ticket(), 'abc')\n"
    more = (
        _UNITS % "        self.assertIn(ship.ticket(), 'abc')\n        self.assertEqual(ship.double(2), 4)\n"
    )
    new = f"{code}\n\ndef double(n):\n    return n * 2\n".replace(
        "import secrets", "import random as secrets"
    )
    yield Shot(
        "a feature, and a name that is another module",
        files({"shop/ship.py": new, "tests/test_ship.py": more}),
        base={"shop/ship.py": code, "tests/test_ship.py": test},
    )


DOORS = (
    *_imports(),
    *_renamed(),
    *_moved(),
    *_gone(),
    *_refactorings(),
    *_words(),
    *_other_reports(),
    *_rust(),
    *_java(),
)


def _good() -> Iterator[Shot]:
    """What tells nothing new to a machine, and refactorings that tests look at."""
    for path, old, new, suite in (
        ("sum/sum.go", "\treturn a + b\n", "\treturn a + b // the sum\n", GO),
        ("web/price.js", "  return n * 2;\n", "  return n * 2; // twice\n", NODE),
    ):
        yield Shot(f"a comment behind code in {path}", to((path, old, new)), (suite,))
    measured = {
        "shop/ship.py": "def is_big(n):\n    if n >= 10:\n        return True\n    return False\n",
        "tests/test_ship.py": _UNITS % "        self.assertIs(ship.is_big(10), True)\n        self.assertIs(ship.is_big(9), False)\n",
    }  # fmt: skip
    yield Shot(
        "a refactoring that tests look at from both sides",
        files({"shop/ship.py": "def is_big(n):\n    return n >= 10\n"}, "refactor: ship"),
        (MEASURED,),
        "coverage.xml",
        measured,
    )
    typed = {"shop/more.py": "from __future__ import annotations\n\n\ndef weigh(n: int):\n    return n\n"}
    yield Shot("a type of a plain function", to(("shop/more.py", "n: int", "n: int | float")), base=typed)
    yield Shot("another name for a module", _as_basket(_CART))
    yield Shot("into a larger module", _as_basket(_MORE + _CART))
    example = {
        "examples/old/package.json": '{"name": "old", "scripts": {"test": "node a.js"}}\n',
        "examples/old/a.js": "console.log(1);\n",
    }
    yield Shot("an example gone, with its manifest", files(dict.fromkeys(example)), base=example)
    yield _crate("words about an item", (LIB, "Whether it is heavy", "Whether it weighs 30 or more"))
    yield _crate(
        "a fix with its test beside it",
        (LIB, "n * 2\n", "n.saturating_mul(2)\n"),
        (LIB, "assert_eq!(double(2), 4);\n", "assert_eq!(double(2), 4);\n        assert_eq!(double(u32::MAX), u32::MAX);\n"),
    )  # fmt: skip
    yield _crate(
        "a test that has to fail, beside the code",
        (LIB, "    #[test]\n    fn doubles", "    #[test]\n    #[should_panic]\n    fn never() {\n        assert!(heavy(29));\n    }\n\n    #[test]\n    fn doubles"),
    )  # fmt: skip
    yield _crate(
        "a test more, beside the code",
        (LIB, "    #[test]\n    fn doubles", "    #[test]\n    fn more() {\n        assert_eq!(double(3), 6);\n    }\n\n    #[test]\n    fn doubles"),
    )  # fmt: skip
    yield _maven("words about a class", (WEIGH, "class Weigh", "/** Weighs. */\nclass Weigh"))
    yield _maven(
        "a limit with its test",
        (WEIGH, "n >= 30", "n >= 40"),
        (WEIGH_TEST, "heavy(30)", "heavy(40)"),
        (WEIGH_TEST, "    @Test\n    void light", "    @Test\n    void most() {\n        assertFalse(new Weigh().heavy(39));\n    }\n\n    @Test\n    void light"),
    )  # fmt: skip


GOOD_DOORS = tuple(_good())
