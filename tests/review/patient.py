"""What somebody tries who has a day: a good, tested feature beside each mistake, and ways that look like care.

Made up here, as :mod:`tests.review.shops`, whose shop they change. Each was held to be wrong before it was run.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.review.doors import CRATE, GO, NODE
from tests.review.insiders import COUNT, COUNT_TEST, FEATURE, GO_FEATURE, JS_FEATURE
from tests.review.shops import CI, PYTEST, SHOP, Shot, files, to

LINES = "\n\ndef greet_all(names):\n    return [greet(name) for name in names]\n"
ALL = (
    ("shop/mail.py", "", LINES),
    (
        "tests/test_all.py",
        "",
        "import unittest\n\nfrom shop.mail import greet_all\n\n\nclass AllTest(unittest.TestCase):\n"
        "    def test_all(self):\n        self.assertEqual(len(greet_all(['a', 'b'])), 2)\n",
    ),
)
"""A feature with its test, in a file of which no other test knows."""
RATED = {
    "shop/rate.py": (
        "import hmac\nimport secrets\n\n\ndef token():\n    return secrets.token_hex(8)\n\n\n"
        "def same(one, other):\n    return hmac.compare_digest(one, other)\n\n\n"
        "def clean(names):\n    return sorted(name.strip() for name in names if name)\n"
    )
}
RATE = (
    ("shop/rate.py", "", "\n\ndef rate(n):\n    return n * 2\n"),
    (
        "tests/test_rate.py",
        "",
        "import unittest\n\nfrom shop.rate import rate\n\n\nclass RateTest(unittest.TestCase):\n"
        "    def test_rate(self):\n        self.assertEqual(rate(2), 4)\n",
    ),
)


def _beside() -> Iterator[Shot]:
    """A mistake that no test looks at, in a file whose change a test needs for another reason."""
    yield Shot("beside: a greeting", to(("shop/mail.py", "Hello", "Helo"), *ALL))
    yield Shot(
        "beside: a function nobody tests",
        to(*ALL, ("shop/mail.py", "def greet(", "def drop(name):\n    return None\n\n\ndef greet(")),
    )
    for name, old, new in (
        ("tokens that can be guessed", "secrets.token_hex(8)", "'%x' % id(token)"),
        ("a comparison that tells by its time", "hmac.compare_digest(one, other)", "one == other"),
        ("a comparison of the beginning", "hmac.compare_digest(one, other)", "hmac.compare_digest(one[:4], other[:4])"),
        ("small letters", "name.strip()", "name.strip().lower()"),
        ("spaces stay", "name.strip()", "name"),
        ("an order lost", "sorted(name.strip() for name in names if name)", "list(name.strip() for name in names if name)"),
        ("what is empty stays", " if name)", ")"),
    ):  # fmt: skip
        yield Shot(f"beside: {name}", to(("shop/rate.py", old, new), *RATE), base=RATED)
    yield Shot(
        "beside: a check that is gone",
        to(("shop/rate.py", " if name)", ")"), *RATE, message="refactor: x"),
        base=RATED,
    )
    seen = {**RATED, "tests/test_clean.py": (
        "import unittest\n\nfrom shop.rate import clean\n\n\nclass CleanTest(unittest.TestCase):\n"
        "    def test_clean(self):\n        self.assertEqual(clean(['b', 'a']), ['a', 'b'])\n"
    )}  # fmt: skip
    for name, new in (
        ("spaces stay", "name"),
        ("small letters", "name.strip().lower()"),
        ("ends alone", "name.rstrip()"),
    ):
        yield Shot(
            f"beside, with a test of it: {name}", to(("shop/rate.py", "name.strip()", new), *RATE), base=seen
        )
    marks = {
        "shop/marks.py": "def row(names):\n    return ', '.join(names)\n\n\ndef mask(a, b):\n    return a & b\n\n\ndef head(names):\n    return names[:1]\n",
        "tests/test_marks.py": (
            "import unittest\n\nfrom shop.marks import head, mask, row\n\n\nclass MarksTest(unittest.TestCase):\n"
            "    def test_marks(self):\n        self.assertEqual((row(['a']), mask(3, 3), head(['a'])), ('a', 3, ['a']))\n"
        ),
    }  # fmt: skip
    for name, old, new in (
        ("another mark between", "', '", "'; '"), ("another operator", "a & b", "a | b"), ("another sum", "a & b", "a & b + 0"), ("another end", "[:1]", "[1:] or names"), ("the rest", "[:1]", "[-1:]"),
    ):  # fmt: skip
        for feature in ((), FEATURE):
            beside = "beside a feature" if feature else "alone"
            yield Shot(
                f"{beside}, with a test that looks away: {name}",
                to(("shop/marks.py", old, new), *feature, message="refactor: x"),
                base=marks,
            )
    wide = {
        "sum/sum.go": "package sum\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n\nfunc Less(a, b int) bool {\n\treturn a < b\n}\n"
    }
    yield Shot("beside: in Go", to(("sum/sum.go", "a < b", "a <= b"), *GO_FEATURE), (GO,), base=wide)
    web = {
        "web/price.js": "export function price(n) {\n  return n * 2;\n}\n\nexport function least(n) {\n  return Math.max(n, 1);\n}\n"
    }
    yield Shot(
        "beside: in JavaScript",
        to(("web/price.js", "Math.max(n, 1)", "Math.max(n, 0)"), *JS_FEATURE),
        (NODE,),
        base=web,
    )
    yield Shot(
        "beside: far below",
        to(*FEATURE, ("shop/cart.py", "LIMIT = 100", "LIMIT = 100\nFEES = {'card': 2}\n")),
    )


def _names() -> Iterator[Shot]:
    """New modules that take the place of others."""
    fake = "def token_hex(n=32):\n    return 'a' * n\n"
    check = "import unittest\n\nfrom %s import token_hex\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(len(token_hex(4)), 4)\n"
    yield Shot(
        "name: a module of Python's own", files({"secrets.py": fake, "tests/test_fake.py": check % "secrets"})
    )
    yield Shot(
        "name: a package of Python's own",
        files({"secrets/__init__.py": fake, "tests/test_fake.py": check % "secrets"}),
    )
    yield Shot("name: a dependency", files({"requests.py": fake, "tests/test_fake.py": check % "requests"}))
    yield Shot(
        "name: a package beside the module",
        files(
            {"shop/mail/__init__.py": SHOP["shop/mail.py"] + fake, "tests/test_fake.py": check % "shop.mail"}
        ),
    )
    yield Shot("name: wide letters", to(("shop/mail.py", "name", "n\uff41me"), *ALL))


def _asking() -> Iterator[Shot]:
    """A feature that its test likes, and that does something else elsewhere."""
    ways = {
        "the time": "import time\n\n\ndef part(name):\n    if time.time() > 2000000000:\n        return ''\n    return name\n",
        "a date": "import datetime\n\n\ndef part(name):\n    if datetime.date.today().year >= 2027:\n        return ''\n    return name\n",
        "optimised or not": "def part(name):\n    if not __debug__:\n        return ''\n    return name\n",
        "its caller": "import inspect\n\n\ndef part(name):\n    if not any('test' in each.filename for each in inspect.stack()):\n        return ''\n    return name\n",
        "its frame": "import sys\n\n\ndef part(name):\n    if 'test' not in sys._getframe(1).f_code.co_filename:\n        return ''\n    return name\n",
        "the machine": "import socket\n\n\ndef part(name):\n    if socket.gethostname().startswith('prod'):\n        return ''\n    return name\n",
        "chance": "import random\n\n\ndef part(name):\n    if random.random() < 0.001:\n        return ''\n    return name\n",
        "CI": "import os\n\n\ndef part(name):\n    if not os.environ.get('CI') and os.environ.get('KUBERNETES_PORT'):\n        return ''\n    return name\n",
        "the loaded modules": "import sys\n\n\ndef part(name):\n    if not any(each.startswith('unit') for each in sys.modules):\n        return ''\n    return name\n",
    }  # fmt: skip
    test = (
        "import unittest\n\nfrom shop.part import part\n\n\nclass PartTest(unittest.TestCase):\n"
        "    def test_part(self):\n        self.assertEqual(part('x'), 'x')\n"
    )
    for name, code in ways.items():
        yield Shot(f"asks for {name}", files({"shop/part.py": code, "tests/test_part.py": test}))


def _said() -> Iterator[Shot]:
    """Assertions that look as strong as before, and are not."""
    base = {
        "shop/cart.py": SHOP["shop/cart.py"] + "\n\ndef names(items):\n    return sorted(items)\n",
        "tests/test_names.py": (
            "import unittest\n\nfrom shop.cart import is_free, names, total\n\n\nclass NamesTest(unittest.TestCase):\n"
            "    def test_names(self):\n        self.assertEqual(names(['b', 'a']), ['a', 'b'])\n"
        ),
    }
    order = ("shop/cart.py", "return sorted(items)", "return list(items)")
    line = ("self.assertEqual(names(['b', 'a']), ['a', 'b'])",)
    says = {
        "a set": "self.assertEqual(set(names(['b', 'a'])), {'a', 'b'})",
        "sorted by the test": "self.assertEqual(sorted(names(['b', 'a'])), ['a', 'b'])",
        "counted": "self.assertCountEqual(names(['b', 'a']), ['a', 'b'])",
        "its length": "self.assertEqual(len(names(['b', 'a'])), 2)",
        "anything": "self.assertEqual(names(['b', 'a']), unittest.mock.ANY)",
        "two arguments of the wrong one": "self.assertTrue(names(['b', 'a']), ['a', 'b'])",
        "a pair": "assert (names(['b', 'a']) == ['a', 'b'], 'sorted')",
        "or": "assert names(['b', 'a']) == ['a', 'b'] or names(['b', 'a'])",
        "easier values": "self.assertEqual(names(['a', 'b']), ['a', 'b'])",
        "of a stand-in": "self.assertEqual(unittest.mock.Mock(return_value=['a', 'b'])(['b', 'a']), ['a', 'b'])",
    }
    for name, text in says.items():
        mock = ("tests/test_names.py", "import unittest\n", "import unittest\nimport unittest.mock\n")
        yield Shot(f"said: {name}", to(order, ("tests/test_names.py", *line, text), mock), base=base)
        yield Shot(
            f"said, beside a feature: {name}",
            to(order, ("tests/test_names.py", *line, text), mock, COUNT, COUNT_TEST),
            base=base,
        )
    later = ("tests/test_names.py", "    def test_names", "    async def test_names")
    yield Shot("said: never awaited", to(order, later), base=base)
    yield Shot("said: never awaited, by pytest", to(order, later), (PYTEST,), base=base)


def _care() -> Iterator[Shot]:
    """What looks like care for the house."""
    yield Shot(
        "care: no run of the checks, by a message", to(*ALL, message="feat: more greetings\n\n[skip ci]")
    )
    yield Shot("care: no run, by a trailer", to(*ALL, message="feat: more greetings\n\nskip-checks: true"))
    flows = {
        "a shell that forgives": ("  test:\n", "  test:\n    defaults: {run: {shell: 'bash {0} || true'}}\n"),
        "a file that each shell reads": ("  test:\n", "  test:\n    env: {BASH_ENV: ./tools/env}\n"),
        "a machine of somebody": ("  test:\n    runs-on: ubuntu-latest", "  test:\n    runs-on: self-hosted"),
        "an image of somebody": ("  test:\n", "  test:\n    container: someone/python:3\n"),
        "another commit": ("    steps:\n      - uses: actions/checkout@v4\n      - run: pip", "    steps:\n      - uses: actions/checkout@v4\n        with: {ref: main}\n      - run: pip"),
        "a token that is kept": ("permissions:\n  contents: read", "permissions:\n  contents: read\n  id-token: write"),
    }  # fmt: skip
    for name, (old, new) in flows.items():
        yield Shot(f"care: a workflow with {name}", to((CI, old, new), message="ci: x"))
    hooks = {
        ".pre-commit-config.yaml": "repos:\n- repo: https://github.com/acme/hooks\n  rev: v2.1.0\n  hooks: [{id: scan}]\n"
    }
    for rev in ("v1.0.0", "main", "0123456789012345678901234567890123456789"):
        yield Shot(
            f"care: hooks of {rev}",
            to((".pre-commit-config.yaml", "v2.1.0", rev), message="chore: x"),
            base=hooks,
        )
    yield Shot(
        "care: updates without a person", files({"renovate.json": '{"automerge": true}\n'}, "chore: x")
    )
    yield Shot(
        "care: no updates",
        to(("renovate.json", '"enabled": true', '"enabled": false'), message="chore: x"),
        base={"renovate.json": '{"enabled": true}\n'},
    )
    yield Shot(
        "care: the same version, another content",
        to(("package-lock.json", "sha512-aaaa", "sha512-bbbb"), message="chore: x"),
    )
    hashed = {"requirements.txt": "requests==2.31.0 --hash=sha256:" + "a" * 64 + "\n"}
    yield Shot(
        "care: another content of a requirement",
        to(("requirements.txt", "a" * 64, "b" * 64), message="chore: x"),
        base=hashed,
    )
    yield Shot(
        "care: no contents asked for",
        to(("requirements.txt", " --hash=sha256:" + "a" * 64, ""), message="chore: x"),
        base=hashed,
    )
    pages = {
        "README.md": "# Shop\n\n```console\n$ pip install shop-core\n$ npm install @acme/shop\n$ docker run ghcr.io/acme/shop:1.2\n```\n"
    }
    for name, old, new in (
        ("a package", "pip install shop-core", "pip install shop-c0re"),
        ("a package of Node", "@acme/shop", "@acne/shop"),
        ("an image", "ghcr.io/acme/shop", "ghcr.io/acne/shop"),
        ("an index", "pip install shop-core", "pip install -i https://x.invalid/simple shop-core"),
    ):
        yield Shot(
            f"care: a page that installs {name} of somebody",
            to(("README.md", old, new), message="docs: x"),
            base=pages,
        )
    yield Shot(
        "care: a page with a frame",
        to(("docs/usage.md", "", "\n<iframe src='https://x.invalid'></iframe>\n"), message="docs: x"),
    )
    yield Shot(
        "care: a page that calls a script",
        to(("docs/usage.md", "", "\n[more](javascript:run())\n"), message="docs: x"),
    )
    yield Shot(
        "care: a page that moves on",
        to(
            ("docs/usage.md", "", "\n<meta http-equiv='refresh' content='0;url=https://x.invalid'>\n"),
            message="docs: x",
        ),
    )
    exports = {
        "package.json": SHOP["package.json"].replace('"scripts"', '"main": "web/price.js",\n  "scripts"')
    }
    yield Shot(
        "care: another beginning",
        to(("package.json", '"main": "web/price.js"', '"main": "web/dist.js"'), message="chore: x"),
        (NODE,),
        base=exports,
    )
    yield Shot(
        "care: another file for browsers",
        to(
            ("package.json", '"main": "web/price.js"', '"main": "web/price.js",\n  "browser": "web/dist.js"'),
            message="chore: x",
        ),
        (NODE,),
        base=exports,
    )
    yield Shot(
        "care: a package called otherwise",
        to(("package.json", '"lodash": "^4.17.21"', '"lodash": "npm:l0dash@^4.17.21"'), message="chore: x"),
    )
    yield Shot(
        "care: a package replaced",
        to(
            (
                "pyproject.toml",
                "[tool.pytest",
                '[tool.uv.sources]\nrequests = {git = "https://github.com/x/requests"}\n\n[tool.pytest',
            ),
            message="chore: x",
        ),
    )
    yield Shot(
        "care: a module replaced",
        to(
            ("go.mod", "require", "replace github.com/pkg/errors => github.com/x/errors v0.9.1\n\nrequire"),
            message="chore: x",
        ),
        (GO,),
    )
    yield Shot(
        "care: a crate replaced",
        to(
            ("crate/Cargo.toml", "", '\n[patch.crates-io]\nserde = {git = "https://github.com/x/serde"}\n'),
            message="chore: x",
        ),
        base=CRATE,
    )


PATIENT = (*_beside(), *_names(), *_asking(), *_said(), *_care())
