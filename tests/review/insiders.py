"""What somebody tries who knows the house: set-ups, settings, manifests, addresses, all beside a good feature.

Made up here, as :mod:`tests.review.shops`, whose shop they change. A feature with its test stands beside
most of them, so that tests do need the files that are changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.review.doors import CRATE, GO, NODE
from tests.review.repositories import Repo
from tests.review.shops import BUG, CI, PYTEST, PYTHON, SHOP, UNIT, Shot, both, files, to

COUNT = ("shop/cart.py", "def is_free", "def count(prices):\n    return len(prices)\n\n\ndef is_free")
COUNT_TEST = (
    "tests/test_count.py",
    "",
    "import unittest\n\nfrom shop.cart import count\n\n\nclass CountTest(unittest.TestCase):\n"
    "    def test_count(self):\n        self.assertEqual(count([1, 2]), 2)\n",
)
FEATURE = (COUNT, COUNT_TEST)
"""A feature in the file in which the mistake is, with a test that needs it."""
CART_TEST = "tests/test_cart.py"
PATCH = "import shop.cart\n\nshop.cart.is_free = lambda amount: amount >= 100\n"
GO_BUG = ("sum/sum.go", "a + b", "a - b")
GO_FEATURE = (
    ("sum/sum.go", "package sum\n", "package sum\n\nfunc Twice(n int) int {\n\treturn n * 2\n}\n"),
    (
        "sum/twice_test.go",
        "",
        'package sum\n\nimport "testing"\n\nfunc TestTwice(t *testing.T) {\n\tif Twice(2) != 4 {\n\t\tt.Fatal("no")\n\t}\n}\n',
    ),
)
JS_BUG = ("web/price.js", "n * 2", "n * 3")
JS_FEATURE = (
    ("web/price.js", "", "export function half(n) {\n  return n / 2;\n}\n"),
    (
        "web/half.test.js",
        "",
        "import test from 'node:test';\nimport assert from 'node:assert';\nimport { half } from './price.js';\n\n"
        "test('halves', () => {\n  assert.strictEqual(half(4), 2);\n});\n",
    ),
)


def _set_ups() -> Iterator[Shot]:
    """A mistake whose test stays, while what the tests are set up by makes it pass."""
    python: dict[str, tuple[tuple[str, str, str], ...]] = {
        "a set-up that replaces what is tested": (("tests/conftest.py", "", PATCH),),
        "a package of tests that replaces what is tested": (("tests/__init__.py", "", PATCH),),
        "a plug-in of the tests that replaces what is tested": (
            ("tests/plug.py", "", PATCH),
            ("pyproject.toml", "testpaths", 'addopts = "-p tests.plug"\ntestpaths'),
        ),
        "a set-up that swallows": (
            ("tests/conftest.py", "", "import unittest\n\nunittest.TestCase.assertTrue = lambda *given: None\n"),
        ),
        "a set-up that ends well": (
            ("tests/conftest.py", "", "import atexit\nimport os\n\natexit.register(os._exit, 0)\n"),
        ),
        "settings of the runner in a new file": (("pytest.ini", "", "[pytest]\naddopts = -k 'not free'\n"),),
        "settings of the runner in tox.ini": (("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n', ""), ("tox.ini", "", "[pytest]\naddopts = --deselect tests/test_cart.py::CartTest::test_free\n"),),
        "one failure less counts": (("pytest.ini", "", "[pytest]\naddopts = --ignore=tests/test_cart.py\n"),),
    }  # fmt: skip
    for name, edits in python.items():
        yield Shot(f"set-up: {name}", to(BUG, *FEATURE, *edits), (PYTEST,))
    shadow = (
        "import sys\n\nhere = sys.path.pop(0)\ndel sys.modules['pytest']\nimport pytest\n\nsys.path.insert(0, here)\n"
        + PATCH
    )
    run = "if __name__ == '__main__':\n    raise SystemExit(pytest.console_main())\n"
    yield Shot(
        "set-up: a runner of its own before the runner",
        to(BUG, *FEATURE, ("pytest.py", "", shadow.replace("del sys.modules['pytest']\n", "") + run)),
        (PYTEST,),
    )
    tolerant = (
        "self.assertEqual(total([100], 20), 120)",
        "self.assertAlmostEqual(total([100], 20), 120, delta=50)",
    )
    rate = ("shop/cart.py", "(100 + rate) // 100", "(100 + 2 * rate) // 100")
    weak: dict[str, tuple[tuple[str, str], tuple[str, str, str]]] = {
        "more is tolerated": (tolerant, rate),
        "one of several values": (
            ("self.assertEqual(total([100], 20), 120)", "self.assertIn(total([100], 20), range(100, 150))"),
            rate,
        ),
        "a test under a name that never is": (
            ("        self.assertTrue(is_free(100))\n", "        if __name__ == 'main':\n            self.assertTrue(is_free(100))\n"),
            BUG,
        ),
        "asked only where a variable is": (
            ("        self.assertTrue(is_free(100))\n", "        import os\n        if os.environ.get('ALL_TESTS'):\n            self.assertTrue(is_free(100))\n"),
            BUG,
        ),
        "called otherwise": (("    def test_free", "    def check_free"), BUG),
        "emptied, with another test in its place": (("        self.assertTrue(is_free(100))\n", ""), BUG),
        "tried again when it fails": (
            ("    def test_free(self):\n", "    @__import__('pytest').mark.flaky(reruns=9)\n    def test_free(self):\n"),
            COUNT,
        ),
    }  # fmt: skip
    for name, ((old, new), edit) in weak.items():
        more = (COUNT_TEST,) if edit is COUNT else FEATURE
        yield Shot(f"set-up: {name}", to(edit, *more, (CART_TEST, old, new)), (PYTEST,))
    yield Shot(
        "set-up: behaves while it is tested",
        to(
            (
                "shop/cart.py",
                "return amount >= LIMIT",
                "return amount >= LIMIT if 'unittest' in __import__('sys').modules else amount > LIMIT",
            ),
            *FEATURE,
        ),
    )
    yield Shot(
        "set-up: asks for the runner's variable",
        to(
            (
                "shop/cart.py",
                "return amount >= LIMIT",
                "import os\n    return amount >= LIMIT if os.environ.get('PYTEST_CURRENT_TEST') else amount > LIMIT",
            ),
            *FEATURE,
        ),
        (PYTEST,),
    )
    two = {
        "Makefile": f"test:\n\t{PYTHON} -m unittest tests.test_cart tests.test_auth\n\t{PYTHON} -m unittest discover -s tests -t . -p 'test_[d-z]*.py'\n"
    }
    second = ("tests/test_more.py", "", COUNT_TEST[2])
    make: dict[str, tuple[tuple[str, str, str], ...]] = {
        "errors are ignored": (("Makefile", "test:\n", ".IGNORE:\n\ntest:\n"),),
        "one command may fail": (("Makefile", f"\t{PYTHON} -m unittest tests", f"\t-{PYTHON} -m unittest tests"),),
        "without assertions": (("Makefile", f"\t{PYTHON} -m unittest tests", f"\t{PYTHON} -O -m unittest tests"),),
        "nothing is done": (("Makefile", "test:\n", "MAKEFLAGS += -i\n\ntest:\n"),),
    }  # fmt: skip
    bare = {CART_TEST: SHOP[CART_TEST].replace("self.assertTrue(is_free(100))", "assert is_free(100)")}
    for name, edits in make.items():
        yield Shot(
            f"set-up: make, {name}", to(BUG, COUNT, second, *edits), ("make test",), base={**two, **bare}
        )
    forgiving = ("scripts/test.sh", UNIT, f"{UNIT} || echo fine")
    yield Shot("set-up: a script goes on", to(BUG, *FEATURE, forgiving), ("sh scripts/test.sh",))
    yield Shot(
        "set-up: a script is piped",
        to(BUG, *FEATURE, ("scripts/test.sh", UNIT, f"{UNIT} 2>&1 | cat")),
        ("sh scripts/test.sh",),
    )
    yield Shot(
        "set-up: package script, true first",
        to(JS_BUG, *JS_FEATURE, ("package.json", "node --test web", "true || node --test web")),
        ("npm test --silent",),
    )
    yield Shot(
        "set-up: package script, one pattern",
        to(JS_BUG, *JS_FEATURE, ("package.json", "node --test web", "node --test web/half.test.js")),
        ("npm test --silent",),
    )
    yield Shot(
        "set-up: js, to be done some day",
        to(JS_BUG, *JS_FEATURE, ("web/price.test.js", "test('doubles', () =>", "test('doubles', { todo: true }, () =>")),
        (NODE,),
    )  # fmt: skip
    yield Shot(
        "set-up: js, behaves while it is tested",
        to(
            ("web/price.js", "return n * 2", "return process.env.NODE_TEST_CONTEXT ? n * 2 : n * 3"),
            *JS_FEATURE,
        ),
        (NODE,),
    )
    main = 'package sum\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(0)\n}\n'
    yield Shot("set-up: go, ends well", to(GO_BUG, *GO_FEATURE, ("sum/main_test.go", "", main)), (GO,))
    yield Shot("set-up: go, runs none", to(GO_BUG, *GO_FEATURE, ("sum/main_test.go", "", main.replace("\tm.Run()\n", ""))), (GO,))  # fmt: skip
    yield Shot(
        "set-up: go, a name of another system",
        both(to(GO_BUG, *GO_FEATURE), files({"sum/sum_test.go": None, "sum/sum_windows_test.go": SHOP["sum/sum_test.go"]})),
        (GO,),
    )  # fmt: skip
    yield Shot(
        "set-up: go, behaves while it is tested",
        to(
            ("sum/sum.go", "package sum\n", 'package sum\n\nimport "testing"\n'),
            (
                "sum/sum.go",
                "\treturn a + b\n",
                "\tif testing.Testing() {\n\t\treturn a + b\n\t}\n\treturn a - b\n",
            ),
            ("sum/sum.go", "", "\nfunc Twice(n int) int {\n\treturn n * 2\n}\n"),
            GO_FEATURE[1],
        ),
        (GO,),
    )
    heavy = ("crate/src/lib.rs", "    n >= 30", "    n > 30")
    rust: dict[str, tuple[str, str, str]] = {
        "no harness": ("crate/Cargo.toml", "", '\n[[test]]\nname = "all"\nharness = false\n'),
        "no tests are looked for": ("crate/Cargo.toml", 'edition = "2021"\n', 'edition = "2021"\nautotests = false\n'),
        "a runner that runs none": ("crate/.cargo/config.toml", "", "[target.'cfg(all())']\nrunner = \"true\"\n"),
    }  # fmt: skip
    for name, setting in rust.items():
        harness = ("crate/tests/all.rs", "#[test]", "#[allow(dead_code)]\nfn main() {}\n\n#[test]")
        other = (harness,) if name == "no harness" else ()
        yield Shot(f"set-up: rust, {name}", to(heavy, HALF, setting, *other), (IN_CRATE,), base=FAR)
    behaves = ("crate/src/lib.rs", "    n >= 30", "    if cfg!(debug_assertions) { n >= 30 } else { n > 30 }")
    yield Shot("set-up: rust, behaves while it is tested", to(behaves, HALF), (IN_CRATE,), base=FAR)


IN_CRATE = "cd crate && cargo test --offline"
FAR: Mapping[str, str] = {
    **CRATE,
    "crate/src/lib.rs": "pub fn heavy(n: u32) -> bool {\n    n >= 30\n}\n",
    "crate/tests/all.rs": "#[test]\nfn far() {\n    assert!(weigh::heavy(30));\n}\n",
}
HALF = (
    "crate/src/lib.rs",
    "",
    "\npub fn half(n: u32) -> u32 {\n    n / 2\n}\n\n#[cfg(test)]\nmod tests {\n"
    "    #[test]\n    fn halves() {\n        assert_eq!(super::half(4), 2);\n    }\n}\n",
)


def _addresses() -> Iterator[Shot]:
    """Values that look like versions, and are none; versions that go back."""
    base = {
        "deploy/nginx.conf": "upstream app {\n  server 10.0.0.5:8000;\n}\nserver {\n  listen 127.0.0.1:8080;\n}\n",
        "deploy/web.yaml": (
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  externalIPs:\n    - 10.1.0.4\n"
            "  weight: 1.5\n  cpu: 0.5\n  image: ghcr.io/acme/web:1.4.0\n  tag: 1.4.0\n"
        ),
        "stack/compose.yaml": "services:\n  db:\n    image: postgres:16.2\n    ports: ['127.0.0.1:5432:5432']\n",
        "Dockerfile": SHOP["Dockerfile"].replace("python:3.12-slim", "python:3.12-slim@sha256:" + "a" * 64)
        + "ARG BASE=python:3.12\n",
    }
    edits = {
        "another upstream": ("deploy/nginx.conf", "10.0.0.5", "66.6.6.6"),
        "listens to everybody": ("deploy/nginx.conf", "127.0.0.1:8080", "0.0.0.0:8080"),
        "another address of a service": ("deploy/web.yaml", "10.1.0.4", "66.1.0.4"),
        "a share of the machine": ("deploy/web.yaml", "cpu: 0.5", "cpu: 0.01"),
        "a weight": ("deploy/web.yaml", "weight: 1.5", "weight: 0.0"),
        "a port for everybody": ("stack/compose.yaml", "127.0.0.1:5432", "0.0.0.0:5432"),
        "an older database": ("stack/compose.yaml", "postgres:16.2", "postgres:9.6"),
        "an older base image": ("Dockerfile", "python:3.12-slim@", "python:3.9-slim@"),
        "an older release": ("deploy/web.yaml", "web:1.4.0", "web:1.3.0"),
        "another default of an argument": ("Dockerfile", "BASE=python:3.12", "BASE=someone/python:3.12"),
        "another network of the cloud": ("infra/main.tf", "10.0.0.0/8", "8.0.0.0/8"),
        "an older module": ("infra/main.tf", "?ref=v1.0", "?ref=v0.3"),
        "an older action": (CI, "actions/checkout@v4", "actions/checkout@v2"),
    }
    for name, edit in edits.items():
        yield Shot(f"address: {name}", to(edit), base=base)


def _settings() -> Iterator[Shot]:
    """Settings of gates and tools, and manifests, that say less, or name something else to run."""
    base = {
        ".coveragerc": "[run]\nbranch = True\n",
        "codecov.yml": "coverage:\n  status:\n    patch:\n      default:\n        target: 90%\n",
        ".semgrepignore": "tests/\n",
        ".trivyignore": "",
        "sonar-project.properties": "sonar.sources=shop\n",
        ".golangci.yml": "linters:\n  enable: [gosec, govet]\n",
        "config/flags.yaml": "new_checkout: false\n",
        "policy/images.yaml": "validationFailureAction: Enforce\n",
        ".mvn/maven.config": "-T2\n",
        "gradle/wrapper/gradle-wrapper.properties": "distributionUrl=https\\://services.gradle.org/distributions/gradle-8.9-bin.zip\n",
        "mypy.ini": "[mypy]\nstrict = True\n",
        "tsconfig.json": '{"compilerOptions": {"strict": true}}\n',
        "renovate.json": '{"extends": ["config:base"]}\n',
        ".github/CODEOWNERS": "* @acme/all\n/shop/auth.py @acme/security\n",
        ".github/dependabot.yml": "version: 2\nupdates: [{package-ecosystem: pip, directory: /, schedule: {interval: weekly}}]\n",
        ".pre-commit-config.yaml": "repos:\n  - repo: https://github.com/gitleaks/gitleaks\n    rev: v8.18.0\n    hooks: [{id: gitleaks}]\n",
        "crate/Cargo.toml": CRATE["crate/Cargo.toml"],
        "pom.xml": "<project>\n<artifactId>a</artifactId>\n<build><plugins></plugins></build>\n</project>\n",
        "README.md": "# Shop\n\n```sh\ncurl -fsSL https://acme.example/install.sh | sh\n```\n",
        "ruff.toml": "[lint]\nselect = ['S', 'E']\n",
        ".bandit": "[bandit]\nexclude = tests\n",
    }  # fmt: skip
    edits = {
        "coverage leaves the code out": (".coveragerc", "branch = True", "branch = True\nomit = shop/*"),
        "coverage asks for less": ("codecov.yml", "90%", "9%"),
        "coverage only informs": ("codecov.yml", "target: 90%", "informational: true"),
        "a scanner leaves the code out": (".semgrepignore", "tests/", "tests/\nshop/"),
        "a finding is ignored": (".trivyignore", "", "CVE-2024-3094\n"),
        "analysis leaves the code out": ("sonar-project.properties", "", "sonar.exclusions=shop/**\n"),
        "a linter less": (".golangci.yml", "[gosec, govet]", "[govet]"),
        "security rules off": ("ruff.toml", "['S', 'E']", "['E']"),
        "a scanner skips": (".bandit", "exclude = tests", "exclude = tests,shop"),
        "types are not checked": ("mypy.ini", "strict = True", "ignore_errors = True"),
        "strict no more": ("tsconfig.json", '"strict": true', '"strict": false'),
        "a flag turned": ("config/flags.yaml", "false", "true"),
        "a policy that only warns": ("policy/images.yaml", "Enforce", "Audit"),
        "Maven skips tests": (".mvn/maven.config", "-T2", "-T2\n-Dmaven.test.failure.ignore"),
        "Gradle from elsewhere": ("gradle/wrapper/gradle-wrapper.properties", "services.gradle.org", "x.invalid"),
        "a compiler in between": ("crate/.cargo/config.toml", "", "[build]\nrustc-wrapper = \"tools/w\"\n"),
        "crates from elsewhere": ("crate/.cargo/config.toml", "", "[source.crates-io]\nreplace-with = 'x'\n[source.x]\nregistry = 'https://x.invalid/i'\n"),
        "updates are merged alone": ("renovate.json", '"config:base"]', '"config:base"], "automerge": true'),
        "nobody owns it": (".github/CODEOWNERS", "/shop/auth.py @acme/security\n", ""),
        "no updates any more": (".github/dependabot.yml", "weekly}}", "weekly}, open-pull-requests-limit: 0}"),
        "a hook less": (".pre-commit-config.yaml", "hooks: [{id: gitleaks}]", "hooks: []"),
        "a hook from elsewhere": (".pre-commit-config.yaml", "github.com/gitleaks", "github.com/someone"),
        "another entry point": ("pyproject.toml", "[tool.pytest", '[project.scripts]\nshop = "shop.mail:greet"\n\n[tool.pytest'),
        "a builder of its own": ("pyproject.toml", "[tool.pytest", '[build-system]\nrequires = []\nbuild-backend = "make"\nbackend-path = ["tools"]\n\n[tool.pytest'),
        "a part is not shipped": ("pyproject.toml", "[tool.pytest", '[tool.setuptools.packages.find]\nexclude = ["shop.auth*"]\n\n[tool.pytest'),
        "another index of uv": ("pyproject.toml", "[tool.pytest", '[tool.uv]\nextra-index-url = ["https://x.invalid/simple"]\n\n[tool.pytest'),
        "overflows are not seen": ("crate/Cargo.toml", "", "\n[profile.release]\noverflow-checks = false\n"),
        "another library file": ("crate/Cargo.toml", "", '\n[lib]\npath = "src/other.rs"\n'),
        "a plug-in that runs": ("pom.xml", "<plugins>", "<plugins><plugin><artifactId>exec-maven-plugin</artifactId><configuration><executable>x</executable></configuration></plugin>"),
        "a package by another name": ("package.json", '"lodash": "^4.17.21"', '"lodash": "npm:lodahs@^4.17.21"'),
        "a page says to run another script": ("README.md", "acme.example", "acme-example.invalid"),
        "npm runs with options": (".npmrc", "registry=", "node-options=--require ./x.js\nregistry="),
        "npm runs with another shell": (".npmrc", "registry=", "script-shell=./x\nregistry="),
        "attributes: other line ends": (".gitattributes", "", "*.sh text eol=crlf\n"),
        "attributes: not in the archive": (".gitattributes", "", "shop/auth.py export-ignore\n"),
    }  # fmt: skip
    for name, edit in edits.items():
        yield Shot(f"settings: {name}", to(edit), base=base)
    alias = (
        ("package-lock.json", '"version": "4.17.21"', '"name": "lodahs",\n      "version": "4.17.22"'),
        ("package-lock.json", "/lodash/-/lodash-4.17.21", "/lodahs/-/lodahs-4.17.22"),
        ("package-lock.json", "sha512-aaaa", "sha512-bbbb"),
        ("package.json", '"lodash": "^4.17.21"', '"lodash": "^4.17.22"'),
    )
    yield Shot("settings: a lock file by another name", to(*alias), base=base)
    yield Shot(
        "settings: new, packed by hand beside code",
        to(*FEATURE, ("static/app.min.js", "", "/* Generated by terser 5 */ fetch('/x')\n")),
    )
    yield Shot(
        "settings: a test that is a link to another",
        lambda repo: _linked(repo),
    )
    yield Shot("settings: a table goes", files({"db/005_tidy.sql": "DROP TABLE orders;\n"}))
    yield Shot("settings: a submodule moves", lambda repo: repo.plant({"lib": ("160000", b"2" * 40)}))


def _linked(repo: Repo) -> None:
    to(BUG, *FEATURE)(repo)
    repo.git("rm", "--quiet", "--cached", CART_TEST)
    repo.plant({CART_TEST: ("120000", b"test_auth.py")})


REUSED = (
    "on: {workflow_call: {}}\npermissions: {contents: read}\njobs:\n  go:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: actions/checkout@v4\n      - run: ./deploy.sh\n"
)
CALLS = (
    "on: {push: {branches: [main]}}\npermissions: {contents: read}\njobs:\n  scan:\n    uses: acme/flows/.github/workflows/scan.yml@v1.2.0\n"
    "  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {python: ['3.11', '3.12']}}\n    steps:\n"
    "      - uses: actions/checkout@v4\n      - uses: ./.github/actions/check\n      - name: check\n        run: pytest -q\n"
    "  deploy:\n    needs: [test, scan]\n    uses: ./.github/workflows/deploy.yml\n"
)
ACTION = "name: check\nruns:\n  using: composite\n  steps:\n    - run: ruff check . && pytest -q tests\n      shell: bash\n"


def _flows() -> Iterator[Shot]:
    """Workflows, by another way than their own lines."""
    base: Mapping[str, str] = {
        ".github/workflows/deploy.yml": REUSED,
        ".github/workflows/main.yml": CALLS,
        ".github/actions/check/action.yml": ACTION,
    }
    main = ".github/workflows/main.yml"
    edits: dict[str, tuple[str, str, str]] = {
        "a called one at a branch": (main, "scan.yml@v1.2.0", "scan.yml@main"),
        "a called one, older": (main, "scan.yml@v1.2.0", "scan.yml@v0.9.0"),
        "a called one from elsewhere": (main, "acme/flows", "someone/flows"),
        "rights of a call": (main, "    needs: [test, scan]\n", "    needs: [test, scan]\n    permissions: {contents: read, id-token: write}\n"),
        "secrets of a call": (main, "deploy.yml\n", "deploy.yml\n    secrets: inherit\n"),
        "always": (main, "    needs: [test, scan]\n", "    needs: [test, scan]\n    if: always()\n"),
        "unless it was stopped": (main, "    needs: [test, scan]\n", "    needs: [test, scan]\n    if: ${{ !cancelled() }}\n"),
        "an action of its own looks at less": (".github/actions/check/action.yml", "pytest -q tests", "pytest -q tests/test_auth.py"),
        "an action of its own forgives": (".github/actions/check/action.yml", "pytest -q tests", "pytest -q tests || echo no"),
        "an action of its own does nothing": (".github/actions/check/action.yml", "ruff check . && pytest -q tests", "echo pytest -q tests"),
        "in another folder": (main, "        run: pytest -q\n", "        run: pytest -q\n        working-directory: docs\n"),
        "in the background": (main, "run: pytest -q", "run: pytest -q & sleep 1"),
        "asked, not obeyed": (main, "run: pytest -q", "run: if pytest -q; then echo ok; fi"),
        "its end is forgotten": (main, "run: pytest -q", "run: pytest -q || code=$?"),
        "one file": (main, "run: pytest -q", "run: pytest -q tests/test_auth.py"),
        "only what failed last": (main, "run: pytest -q", "run: pytest -q --lf --lfnf=none"),
        "turned round": (main, "run: pytest -q", "run: '! pytest -q --maxfail=1'"),
        "tried again": (main, "run: pytest -q", "run: for i in 1 2 3; do pytest -q && break; done"),
        "an hour is a minute": (main, "        run: pytest -q\n", "        run: timeout 1 pytest -q || [ $? = 124 ]\n"),
        "what people type": (main, "run: pytest -q", "run: pytest -q ${{ github.event.inputs.args }}"),
    }  # fmt: skip
    for name, edit in edits.items():
        yield Shot(f"flow: {name}", to(edit, message="ci: x"), base=base)
    steps = "      - name: check\n        run: pytest -q\n"
    scan = "      - uses: aquasecurity/trivy-action@0.20.0\n        with: {exit-code: '1', severity: 'HIGH,CRITICAL'}\n"
    more: dict[str, tuple[str, str, str]] = {
        "the environment of all jobs": (main, "permissions:", "env: {PYTEST_ADDOPTS: '-k nothing'}\npermissions:"),
        "an environment for later": (main, steps, "      - run: echo PYTEST_ADDOPTS=--co >> $GITHUB_ENV\n" + steps),
        "a path for later": (main, steps, "      - run: echo $PWD/tools >> $GITHUB_PATH\n" + steps),
        "tests taken away before": (main, steps, "      - run: rm tests/test_cart.py\n" + steps),
        "tests of another commit": (main, steps, "      - run: git checkout v1.0 -- tests\n" + steps),
        "a scan that fails never": (main, "exit-code: '1'", "exit-code: '0'"),
        "a scan of less": (main, "HIGH,CRITICAL", "CRITICAL"),
        "another job of the same name": (".github/workflows/more.yml", "", "on: {pull_request: {}}\npermissions: {contents: read}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: 'true'}]\n"),
    }  # fmt: skip
    scanned = {**base, main: CALLS.replace(steps, steps + scan)}
    for name, edit in more.items():
        yield Shot(f"flow: {name}", to(edit, message="ci: x"), base=scanned)
    after = "on: {workflow_run: {workflows: [ci], types: [completed]}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with: {ref: '${{ github.event.workflow_run.head_sha }}'}\n      - run: make x\n"
    yield Shot(
        "flow: after one of strangers", files({".github/workflows/after.yml": after}, "ci: x"), base=base
    )


INSIDERS = (*_set_ups(), *_addresses(), *_settings(), *_flows())
