"""Repositories made to be slow, large or endless to read. Each is a mapping of path to text; nothing in them is
meant for any other program than ours."""

# ruff: noqa: E501  (what stands in a file is on one line here)
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

MIB = 1024 * 1024
Files = Mapping[str, str]

HEAD = "on: push\npermissions: {packages: write}\n"
LOGIN = (
    "      - uses: docker/login-action@v3\n"
    "        with: {registry: r.example, username: x, password: '${{ secrets.T }}'}\n"
)


def script(text: str, **files: str) -> Files:
    """A workflow whose one job is logged in and runs *text*; more *files* by name (``__`` is a dot)."""
    body = "".join(f"          {line}\n" for line in text.split("\n"))
    workflow = (
        f"{HEAD}jobs:\n  job:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n{LOGIN}"
        f"      - run: |\n{body}"
    )
    return {".github/workflows/w.yml": workflow, **{n.replace("__", "."): t for n, t in files.items()}}


def workflow(text: str, **files: str) -> Files:
    """A workflow file that is *text*."""
    return {".github/workflows/w.yml": text, **{n.replace("__", "."): t for n, t in files.items()}}


def condition(text: str) -> Files:
    """A workflow whose job starts under the condition *text*."""
    return workflow(
        f"{HEAD}jobs:\n  job:\n    runs-on: x\n    if: {text}\n    steps: [{{run: docker push r.example/a:1}}]\n"
    )


def _laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 7)]
    return "\n".join(lines) + "\n" + HEAD + "jobs: {}\n"


def _called() -> Files:
    """Seven called workflows, each of which calls all that come after it several times."""
    files = {}
    for n in range(7):
        jobs = "".join(
            f"  j{other}_{turn}:\n    uses: ./.github/workflows/c{other}.yml\n"
            for other in range(n + 1, 7)
            for turn in range(4)
        )
        jobs = jobs or "  last: {runs-on: x, steps: [{run: docker push r.example/a:1}]}\n"
        files[f".github/workflows/c{n}.yml"] = f"on: workflow_call\njobs:\n{jobs}"
    files[".github/workflows/w.yml"] = f"{HEAD}jobs:\n  top:\n    uses: ./.github/workflows/c0.yml\n"
    return files


def _composites() -> Files:
    files = {}
    for n in range(8):
        steps = (
            f"    - uses: ./actions/a{n + 1}\n" * 6
            if n < 7
            else "    - run: docker push r.example/a:1\n      shell: bash\n"
        )
        files[f"actions/a{n}/action.yml"] = f"name: a\nruns:\n  using: composite\n  steps:\n{steps}"
    files[".github/workflows/w.yml"] = (
        f"{HEAD}jobs:\n  job:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n{LOGIN}      - uses: ./actions/a0\n"
    )
    return files


def _jobs(count: int, needs: Callable[[int], str], push: bool = True) -> str:
    step = "docker push r.example/i{n}:${{{{ github.sha }}}}" if push else "true"
    return (
        HEAD
        + "jobs:\n"
        + "".join(
            f"  j{n}:\n    runs-on: x\n{needs(n)}    steps: [{{run: '{step.format(n=n)}'}}]\n"
            for n in range(count)
        )
    )


def _dense(n: int) -> str:
    return f"    needs: [{', '.join(f'j{m}' for m in range(n))}]\n" if n else ""


def _nested(opening: str, closing: str, inner: str, depth: int) -> str:
    return "\n".join([opening] * depth + [inner] + [closing] * depth)


def _matrix(dimensions: int, values: int) -> str:
    axes = "".join(f"        d{n}: [{', '.join(str(v) for v in range(values))}]\n" for n in range(dimensions))
    return (
        f"{HEAD}jobs:\n  job:\n    runs-on: x\n    strategy:\n      matrix:\n{axes}"
        "    steps: [{run: 'docker push r.example/a:${{ matrix.d0 }}-${{ matrix.d1 }}'}]\n"
    )


BAKE = "docker buildx bake --push"
PUSH = "docker push r.example/a:1"

HOSTILE: Mapping[str, Callable[[], Files]] = {
    # YAML
    "aliases that multiply": lambda: workflow(_laughs()),
    "an alias inside itself": lambda: workflow(f"{HEAD}jobs: &a {{b: *a}}\n"),
    "deep brackets": lambda: workflow("on: push\njobs: " + "[" * 20_000 + "]" * 20_000),
    "deep blocks": lambda: workflow("".join(" " * n + f"k{n}:\n" for n in range(900))),
    "many keys": lambda: workflow(HEAD + "env:\n" + "".join(f"  K{n}: v\n" for n in range(60_000))),
    "the same key": lambda: workflow(HEAD + "env:\n" + "  K: v\n" * 100_000),
    "one long line": lambda: workflow(HEAD + "env: {K: '" + "x" * MIB + "'}\n"),
    "many documents": lambda: workflow("---\na: b\n" * 100_000),
    "many anchors": lambda: workflow(HEAD + "env:\n" + "".join(f"  K{n}: &a{n} v\n" for n in range(40_000))),
    "nothing but blanks": lambda: workflow(" " * MIB),
    "five megabytes": lambda: workflow(HEAD + "# " + "x" * (5 * MIB)),
    "a flow of commas": lambda: workflow("on: push\njobs: {" + "," * MIB + "}"),
    # jobs
    "a chain of jobs": lambda: workflow(_jobs(1500, lambda n: f"    needs: j{n - 1}\n" if n else "")),
    "jobs that need all before": lambda: workflow(_jobs(160, _dense)),
    "many jobs side by side": lambda: workflow(_jobs(1500, lambda n: "")),
    "jobs in a circle": lambda: workflow(_jobs(900, lambda n: f"    needs: j{(n + 1) % 900}\n")),
    "many steps": lambda: workflow(
        f"{HEAD}jobs:\n  job:\n    runs-on: x\n    steps:\n" + f"      - run: {PUSH}\n" * 4_000
    ),
    "more steps": lambda: workflow(
        f"{HEAD}jobs:\n  job:\n    runs-on: x\n    steps:\n" + f"      - run: {PUSH}\n" * 15_000
    ),
    "a megabyte of jobs": lambda: workflow(_jobs(12_000, lambda n: f"    needs: j{n - 1}\n" if n else "")),
    "as many jobs as are read": lambda: workflow(
        _jobs(600, lambda n: f"    needs: j{n - 1}\n" if n else "", push=False) + "# docker\n"
    ),
    "many images": lambda: script("".join(f"docker push r.example/i{n}:1\n" for n in range(400))),
    "a megabyte of images": lambda: script("".join(f"docker push r.example/i{n}:1\n" for n in range(30_000))),
    "a wide matrix": lambda: workflow(_matrix(8, 12)),
    "a matrix of one long list": lambda: workflow(_matrix(2, 2_000)),
    "workflows that call each other": _called,
    "a workflow that calls itself": lambda: {
        ".github/workflows/w.yml": "on: [push, workflow_call]\njobs:\n  a:\n    uses: ./.github/workflows/w.yml\n"
        "  b:\n    uses: ./.github/workflows/w.yml\n"
    },
    "actions inside actions": _composites,
    # expressions
    "deep parentheses": lambda: condition("(" * 5_000 + "true" + ")" * 5_000),
    "a long and": lambda: condition(" && ".join(["github.ref == 'x'"] * 20_000)),
    "a long or of needs": lambda: condition(" || ".join(f"github.event.a{n}" for n in range(8_000))),
    "many nots": lambda: condition("${{ " + "!" * 20_000 + "true }}"),
    "functions inside functions": lambda: condition("format(" * 3_000 + "'{0}'" + ", 'x')" * 3_000),
    "texts that double": lambda: workflow(
        f"{HEAD}env:\n  A0: xxxxxxxx\n"
        + "".join(f"  A{n}: ${{{{ env.A{n - 1} }}}}${{{{ env.A{n - 1} }}}}\n" for n in range(1, 24))
        + "jobs: {job: {runs-on: x, steps: [{run: 'docker push r.example/a:${{ env.A23 }}'}]}}\n"
    ),
    "a long path": lambda: condition("github.event" + ".a" * 30_000),
    # shell
    "braces that multiply": lambda: script("docker push r.example/a:" + "{a,b,c,d}" * 8),
    "a long range": lambda: script("for i in {1..1000000}; do docker push r.example/a:$i; done"),
    "variables that double": lambda: script("x=a\n" + "x=$x$x\n" * 24 + "docker push r.example/a:$x"),
    "variables that double in a loop": lambda: script(
        "x=a\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do x=$x$x; done\n"
        "docker push r.example/a:$x"
    ),
    "substitutions inside each other": lambda: script("x=" + "$(echo " * 150 + "a" + ")" * 150 + f"\n{PUSH}"),
    "conditions inside each other": lambda: script(_nested("if true; then", "fi", PUSH, 800)),
    "loops inside each other": lambda: script(
        _nested("for i in 1 2 3 4 5 6 7 8; do", "done", "docker push r.example/a:$i", 9)
    ),
    "an endless loop": lambda: script(f"while true; do {PUSH}; done\nfor ((;;)); do {PUSH}; done"),
    "a function that calls itself": lambda: script(
        "f() { [ $1 = 14 ] || { f $(($1 + 1)); f $(($1 + 1)); }; }\nf 0\n" + PUSH
    ),
    "functions that call each other": lambda: script(
        "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; f{n + 1}; }}\n" for n in range(9)) + f"f9() {{ {PUSH}; }}\nf0"
    ),
    "a long pipeline": lambda: script(" | ".join(["cat"] * 8_000)),
    "a long list": lambda: script(" && ".join(["true"] * 10_000) + f" && {PUSH}"),
    "many branches": lambda: script(
        "".join(f'if [ "$A{n}" ]; then x{n}=a; else x{n}=b; fi\n' for n in range(400))
        + "docker push r.example/a:"
        + "".join(f"$x{n}" for n in range(400))
    ),
    "a case of many patterns": lambda: script(
        "case $X in\n" + "".join(f"  a{n}*) x={n} ;;\n" for n in range(6_000)) + "esac\n" + PUSH
    ),
    "a long here document": lambda: script("cat > f <<E\n" + "x y z\n" * 30_000 + f"E\n{PUSH}"),
    "many variables": lambda: script("".join(f"v{n}={n}\n" for n in range(10_000)) + PUSH),
    "many words": lambda: script(
        "for i in " + " ".join(f"w{n}" for n in range(30_000)) + f"; do {PUSH}; done"
    ),
    "braces left open": lambda: script("{ " * 10_000),
    "quotes left open": lambda: script("echo \"$(echo '" * 3_000),
    "replacements that grow": lambda: script(
        "x=aaaaaaaa\n" + "x=${x//a/$x}\n" * 3 + "docker push r.example/a:$x"
    ),
    "a script that runs itself": lambda: script(
        "./s.sh", s__sh=f"#!/bin/sh\n[ $1 ] || ./s.sh a\n[ $1 ] || . ./s.sh a\n{PUSH}\n"
    ),
    "scripts that run each other": lambda: {
        **script("./s0.sh"),
        **{f"s{n}.sh": f"#!/bin/sh\n./s{n + 1}.sh a\n./s{n + 1}.sh b\n./s{n + 1}.sh c\n" for n in range(9)},
        "s9.sh": PUSH,
    },
    "package scripts that run each other": lambda: {
        **script("npm run a"),
        "package.json": '{"scripts": {"a": "npm run b && npm run b", "b": "npm run c && npm run c", "c": "npm run d && npm run d", "d": "true"}}',
    },
    # Make
    "Makefiles that include each other": lambda: script(
        "make push",
        Makefile="include a0.mk\npush:\n\tdocker push r.example/a:1\n",
        **{f"a{n}__mk": f"include a{n + 1}.mk\n" for n in range(60)},
        a60__mk="X = 1\n",
    ),
    "Make variables that double": lambda: script(
        "make push",
        Makefile="A0 = x\n"
        + "".join(f"A{n} = $(A{n - 1})$(A{n - 1})\n" for n in range(1, 22))
        + "push:\n\tdocker push r.example/a:$(A21)\n",
    ),
    "Make calls that call": lambda: script(
        "make push",
        Makefile="f = $(call f,$(1)$(1))$(call f,$(1))\npush:\n\tdocker push r.example/a:$(call f,x)\n",
    ),
    "Make loops inside each other": lambda: script(
        "make push",
        Makefile="L = 1 2 3 4 5 6 7 8 9\npush:\n\tdocker push r.example/a:"
        + "".join(f"$(foreach v{n},$(L)," for n in range(6))
        + "x"
        + ")" * 6
        + "\n",
    ),
    "many Make targets": lambda: script(
        "make t0", Makefile="".join(f"t{n}: t{n + 1} t{n + 2}\n\ttrue\n" for n in range(6_000))
    ),
    # bake and Compose
    "deep HCL": lambda: script(
        BAKE, **{"docker-bake__hcl": "variable A { default = " + "[" * 3_000 + "]" * 3_000 + " }\n"}
    ),
    "HCL texts that double": lambda: script(
        BAKE,
        **{
            "docker-bake__hcl": 'variable "A0" { default = "x" }\n'
            + "".join(f'variable "A{n}" {{ default = "${{A{n - 1}}}${{A{n - 1}}}" }}\n' for n in range(1, 20))
            + 'target "default" { tags = ["r.example/a:${A19}"] }\n'
        },
    ),
    "a bake matrix": lambda: script(
        BAKE,
        **{
            "docker-bake__hcl": 'target "default" {\n  name = "t-${a}-${b}-${c}-${d}"\n  matrix = {\n'
            + "".join(f"    {k} = [{', '.join(str(n) for n in range(10))}]\n" for k in "abcd")
            + '  }\n  tags = ["r.example/${a}:1"]\n}\n'
        },
    ),
    "bake targets in a circle": lambda: script(
        BAKE,
        **{
            "docker-bake__hcl": "".join(
                f'target "t{n}" {{ inherits = ["t{(n + 1) % 300}"] }}\n' for n in range(300)
            )
            + 'group "default" { targets = ["t0", "default"] }\n'
        },
    ),
    "bake functions that call": lambda: script(
        BAKE,
        **{
            "docker-bake__hcl": "".join(
                f'function "f{n}" {{\n  params = [x]\n  result = "${{f{n + 1}(x)}}${{f{n + 1}(x)}}"\n}}\n'
                for n in range(14)
            )
            + 'target "default" { tags = ["r.example/a:${f0("x")}"] }\n'
        },
    ),
    "Compose services in a circle": lambda: script(
        "docker compose build --push",
        **{
            "compose__yaml": "services:\n"
            + "".join(
                f"  s{n}: {{image: r.example/s{n}, build: ., extends: {{service: s{(n + 1) % 200}}}}}\n"
                for n in range(200)
            )
        },
    ),
    "a Compose file that includes itself": lambda: script(
        "docker compose push",
        **{
            "compose__yaml": "include: [compose.yaml, ./compose.yaml]\nservices: {a: {image: r.example/a, build: .}}\n"
        },
    ),
    "Compose defaults inside defaults": lambda: script(
        "docker compose push",
        **{
            "compose__yaml": "services: {a: {build: ., image: 'r.example/a:"
            + "${A:-" * 4_000
            + "x"
            + "}" * 4_000
            + "'}}\n"
        },
    ),
    "Compose aliases that multiply": lambda: script(
        "docker compose push",
        **{
            "compose__yaml": "x0: &x0 {a: b}\n"
            + "".join(f"x{n}: &x{n} {{p: *x{n - 1}, q: *x{n - 1}, r: *x{n - 1}}}\n" for n in range(1, 12))
            + "services: {a: {build: ., image: r.example/a, labels: *x11}}\n"
        },
    ),
    "JSON that is deep": lambda: script(
        "npm run a", **{"package__json": '{"scripts": ' + "[" * 50_000 + "]" * 50_000 + "}"}
    ),
}

SPECIAL = (
    "Makefile",
    "s.sh",
    "compose.yaml",
    "docker-bake.hcl",
    "package.json",
    "Dockerfile",
    "wholeship.yaml",
)
"""Files in whose place a pipe or a device is put."""


def special() -> Iterator[tuple[str, Files]]:
    """Workflows that read a file in whose place something else stands, by the name of that file."""
    lines = {
        "Makefile": "make push", "s.sh": "./s.sh", "compose.yaml": "docker compose push",
        "docker-bake.hcl": BAKE, "package.json": "npm run push",
        "Dockerfile": "docker build --push -t r.example/a .", "wholeship.yaml": "wholeship release",
    }  # fmt: skip
    for name in SPECIAL:
        yield name, script(lines[name])
