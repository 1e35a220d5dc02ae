"""No "whole" where something that nobody has read may push: small pipelines, each with one detour."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import pytest

from wholeship.pipeline.ports import no_repository
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

LOGIN = """\
      - uses: docker/login-action@v3
        with: {registry: r.example, username: bot, password: "${{ secrets.TOKEN }}"}
"""
CHECKOUT = "      - uses: actions/checkout@v4\n"
APP = "docker push r.example/acme/app:$GITHUB_REF_NAME"
WORKER = "docker push r.example/acme/worker:$GITHUB_REF_NAME"


def run(text: str) -> str:
    return f"      - run: |\n{textwrap.indent(text, ' ' * 10)}\n"


def asked(text: str, files: Mapping[str, str] | None = None) -> WorkflowReport:
    repository = files.get if files is not None else no_repository
    return check_one(text, ".github/workflows/a.yml", repository, Options(Watched(("app",), "--watched")))


def job(name: str, *steps: str) -> str:
    return f"  {name}:\n    runs-on: ubuntu-latest\n    steps:\n{CHECKOUT}{LOGIN}{''.join(steps)}"


def two_jobs(worker: str, files: Mapping[str, str] | None = None) -> WorkflowReport:
    """worker and app in two jobs without order; *worker* is the text of the step that pushes it."""
    jobs = job("worker", run(worker)) + job("app", run(APP))
    return asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{jobs}', files)


def one_job(text: str, files: Mapping[str, str] | None = None) -> WorkflowReport:
    """*text*, then worker and app, in one step."""
    steps = run(f"{text}\n{WORKER}\n{APP}")
    return asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{job("one", steps)}', files)


def rules(report: WorkflowReport) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("worker", "files"),
    [
        (f"docker build . || RC=$?\nif (( RC != 0 )); then exit $RC; fi\n{WORKER}", {}),
        (f"if((RC != 0)); then exit 1; fi\n{WORKER}", {}),
        (f"(( n > 3 )) && exit 1\n{WORKER}", {}),
        ("./build.sh worker --push", {"build.sh": '#!/bin/sh\nif [ "$2" = "--push" ]; then '
                                      "docker push r.example/acme/$1:$GITHUB_REF_NAME; fi\n"}),
        ("./release.sh worker", {"release.sh": "#!/bin/bash\nif (( $# != 1 )); then exit 2; fi\n"
                                 "docker push r.example/acme/$1:$GITHUB_REF_NAME\n"}),
        ("npm run image -- --push", {"package.json": '{"scripts": {"image": "docker buildx build'
                                     ' -t r.example/acme/worker:$GITHUB_REF_NAME ."}}'}),
        ("NAME=worker\nSUFFIX=$GITHUB_REF_NAME\ndocker push r.example/acme/$NAME:$SUFFIX", {}),
    ],
)  # fmt: skip
def test_a_push_in_another_job_is_seen_whatever_stands_before_it(worker: str, files: dict[str, str]) -> None:
    """Two jobs in no order are a half release; nothing in front of a push makes it vanish."""
    found = two_jobs(worker, files)
    assert (found.whole, "half-release" in rules(found)) == (False, True)


@pytest.mark.parametrize(
    ("line", "tells"),
    [
        ("MAKEFLAGS='PUSH=1' make image", True),
        ("MAKEFLAGS='PUSH=1' make image PUSH=0", False),
        ("MAKEFLAGS=-k make image", False),
    ],
)
def test_variables_in_makeflags_count_like_those_of_the_command_line(line: str, tells: bool) -> None:
    """They win over those of the Makefile, and those of the command line over them."""
    recipe = f'\t@if [ "$(PUSH)" = 1 ]; then {APP.replace("$", "$$")}; fi\n'
    found = one_job(line, {"Makefile": f"PUSH = 0\nimage:\n{recipe}"})
    assert (found.whole is True) is not tells


def test_a_test_target_of_a_makefile_from_elsewhere_is_no_test() -> None:
    """What git has cloned is not what is asked about: nobody knows what its targets do."""
    found = one_job("git clone https://git.example/a/b b\ncd b\nmake test")
    assert (found.whole, rules(found)) == (None, {"hidden-publish"})


UNKNOWN = [
    "retry 3 docker push r.example/acme/app:$GITHUB_REF_NAME",
    "parallel docker push ::: r.example/acme/app:$GITHUB_REF_NAME",
    "dotnet publish src -t:PublishContainer -p:ContainerRegistry=r.example",
    "go run ./hack/push-images",
    "cargo xtask docker-push",
    "poetry run python scripts/push_images.py",
    "uv run scripts/push_images.py",
    "npx nx run-many -t docker-push",
    "npx turbo run docker:push",
    "npx lerna run ship",
    "moon run :docker-push",
    "sbt worker/Docker/publish",
    "mill worker.docker.push",
    "packer build docker.pkr.hcl",
    "podman-compose push worker",
    "./mvnw deploy -Pdocker-push",
    "tox -e docker-push",
    "git submodule foreach 'docker push x'",
    "git rebase --exec 'docker push x' HEAD~1",
    "git bisect run ./push.sh",
    "git -c alias.p='!docker push x' p",
    "gh workflow run w.yml",
    "awk 'BEGIN { system(\"docker push x\") }'",
    "curl -X PUT --data-binary @m.json https://r.example/v2/acme/app/manifests/1",
    "aws ecr put-image --repository-name app --image-tag 1 --image-manifest x",
    "skopeo sync --src dir --dest docker x r.example/acme",
    "make -C other push",
    "rake ship",
    "./tools/anything",
    "python3 tools/merge_tags.py",
    "python -m hack.images",
    "node ship.js",
    "echo x | base64 -d | bash",
    "docker images | sed -n 's|a|docker push b|p' | bash",
    "source ./elsewhere/functions.sh\npublishImage",
    "curl -fsSL https://example.com/ci.sh | sh",
    "bash <(curl -s https://example.com/ci.sh)",
    'python3 -c "$(curl -s https://example.com/ci.py)"',
    "curl -s https://example.com/ci.py | python3 -",
    "$(curl -s https://example.com/command)",
    "curl -sfL https://goreleaser.com/static/run | bash -s -- release",
    'T=""\nfor s in $LIST; do T+=" :$s:jib"; done\n./gradlew $T',
    "some_program_of_mine --all",
    "$TOOL push",
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_nobody_knows_may_push(text: str) -> None:
    """A program that is in no list, or code that cannot be read, is said; the release is not called whole."""
    found = one_job(text)
    assert found.whole is not True
    assert rules(found) & {"hidden-publish", "half-release"}


@pytest.mark.parametrize(
    "text",
    [
        "sudo apt-get update && sudo apt-get install -y jq",
        "pip install -r requirements.txt",
        "npm ci && npm run build",
        "go build ./... && go test ./...",
        "cargo build --release",
        "make test",
        "pytest -q",
        "git fetch --tags && git log -1",
        "curl -fsSL https://get.example.com | sh",
        "curl -sSL https://install.python-poetry.org | python3 -",
        '/bin/bash -c "$(curl -fsSL https://raw.githubusercontent.com/Homebrew/install/HEAD/install.sh)"',
        "kubectl apply -f deploy/",
        "helm lint chart",
        "python -m pip install build && python -m build",
        "tool --version",
        "./gradlew test",
        "terraform plan",
        "npx eslint .",
    ],
)
def test_what_is_known_to_push_nothing_is_not_told(text: str) -> None:
    """Fetching, building, testing and asking are what they are: the release stays whole, nothing is said."""
    found = one_job(text, {"scripts/x": ""})
    assert (found.whole, rules(found) & {"hidden-publish", "half-release"}) == (True, set())


OWN_FOLDER = "      - uses: actions/checkout@v4\n        with: {path: src}\n"
MAKEFILE = f"ship:\n\t{WORKER}\n\t{APP}\nbuild:\n\t./push.sh\nlate:\n\t{APP}\n\t{WORKER}\n"


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ("cd src\nmake ship", True),
        ("make -C src ship", True),
        ("./src/ci/ship.sh", True),
        ('bash "$GITHUB_WORKSPACE/src/ci/ship.sh"', True),
        ("cd src\nmake build", None),
        ("cd src\nmake late", False),
    ],
)
def test_the_repository_is_read_where_it_is_checked_out(lines: str, whole: bool | None) -> None:
    """``path:``: its files lie below that folder, whatever the repository has at this path itself."""
    files = {
        "Makefile": MAKEFILE.replace("$", "$$"),
        "ci/ship.sh": f"#!/bin/sh\nset -e\n{WORKER}\n{APP}\n",
        "src/Makefile": "ship:\n\ttrue\nbuild:\n\ttrue\nlate:\n\ttrue\n",
    }
    steps = f"  one:\n    runs-on: ubuntu-latest\n    steps:\n{OWN_FOLDER}{LOGIN}{run(lines)}"
    found = asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{steps}', files)
    assert found.whole is whole


HEAD = 'on: {push: {tags: ["v*"]}}\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n'


@pytest.mark.parametrize(("checkout", "path"), [(OWN_FOLDER, "./src/act"), (CHECKOUT, "./act")])
@pytest.mark.parametrize(
    "line",
    [
        "$GITHUB_ACTION_PATH/ship.sh",
        "${{ github.action_path }}/ship.sh",
        'cd "$GITHUB_ACTION_PATH" && make ship',
        'bash -e "${GITHUB_ACTION_PATH}/ship.sh"',
    ],
)
def test_an_action_is_read_where_it_is_with_the_files_beside_it(checkout: str, path: str, line: str) -> None:
    """``uses: ./src/act`` is the repository's own ``act`` where it is checked out into ``src``."""
    files = {
        "act/action.yml": f"runs:\n  using: composite\n  steps:\n    - run: {line}\n      shell: bash\n",
        "act/ship.sh": f"#!/bin/sh\nset -e\n{WORKER}\n{APP}\n",
        "act/Makefile": f"ship:\n\t{WORKER}\n\t{APP}\n".replace("$", "$$"),
        "Makefile": "ship:\n\ttrue\n",
    }
    found = asked(f"{HEAD}{checkout}{LOGIN}      - uses: {path}\n", files)
    assert (found.whole, len(found.images)) == (True, 2)
    other = "      - uses: actions/checkout@v4\n        with: {path: src, repository: acme/other}\n"
    assert asked(f"{HEAD}{other}{LOGIN}      - uses: ./src/act\n", files).whole is None


@pytest.mark.parametrize(
    ("line", "tells"),
    [
        ("cd nowhere && make build", True),
        ("git init x\ncd x\nmake test", True),
        ("cd here && make build", False),
        ("cmake -B build\ncd build\nmake all test", False),
        ("mkdir -p cmake-build-release\ncd cmake-build-release\nmake check", False),
    ],
)
def test_a_target_goes_by_its_name_only_in_a_folder_that_is_there(line: str, tells: bool) -> None:
    """In a folder that neither the repository has nor a build makes, nobody knows what `make build` runs."""
    files = {"Makefile": "x:\n\ttrue\n", "./": "Makefile\nhere/", "here/": "a.c"}
    found = one_job(line, files)
    assert ("hidden-publish" in rules(found)) is tells


def test_a_suite_that_pushes_is_told() -> None:
    """That tests push nothing is taken for granted only as long as none is found that does."""
    test = (
        "import subprocess\ndef test_x():\n    subprocess.run(['docker', 'push', 'r.example/acme/app:1'])\n"
    )
    files = {"tests/test_x.py": test, "./": "tests/", "tests/": "test_x.py"}
    found = one_job("pytest tests", files)
    assert (found.whole, rules(found)) == (None, {"hidden-publish"})
    assert one_job("pytest tests", {**files, "tests/test_x.py": "pass\n"}).whole is True


def test_one_cause_is_told_once() -> None:
    """However many jobs and legs run the same thing, it is one finding."""
    jobs = "".join(job(name, run("some_program_of_mine")) for name in ("a", "b", "c"))
    found = asked(f"on: push\njobs:\n{jobs}")
    assert [finding.rule for finding in found.findings].count("hidden-publish") <= 3


def test_more_readings_than_are_kept_apart_leave_the_name_of_an_output() -> None:
    """Six questions in one script: what the output is called stays known; the job that asks for it runs."""
    questions = "\n".join(
        f'if [ -n "${{{{ vars.V{at} }}}}" ]; then v{at}=one; else v{at}="${{{{ vars.W{at} }}}}"; fi'
        for at in range(6)
    )
    lines = "; ".join(f'echo "v{at}=$v{at}"' for at in range(6))
    text = (
        "on: workflow_dispatch\npermissions: {packages: write}\njobs:\n"
        '  setup:\n    runs-on: x\n    outputs: {web: "${{ steps.s.outputs.v5 }}"}\n    steps:\n'
        f"      - id: s\n        run: |\n{textwrap.indent(questions, ' ' * 10)}\n"
        f'          {{ {lines}; }} >> "$GITHUB_OUTPUT"\n'
        + "".join(
            f"  {name}:\n    needs: setup\n    if: {condition}\n    runs-on: x\n    steps:\n{LOGIN}"
            f"      - run: docker push r.example/acme/{name}:${{{{ github.sha }}}}\n"
            for name, condition in (("app", "true"), ("web", "needs.setup.outputs.web == 'one'"))
        )
    )
    found = asked(text)
    assert (found.whole, set(found.images)) == (False, {"app", "web"})


def test_an_output_under_a_name_that_is_not_known_taints_all() -> None:
    """A program that writes lines of its own: what later steps ask for may be anything, never nothing."""
    text = (
        "on: push\njobs:\n"
        + job("one", "      - id: s\n        run: my_generator >> $GITHUB_OUTPUT\n",
              "      - if: steps.s.outputs.push == 'yes'\n        run: " + WORKER + "\n", run(APP))
    )  # fmt: skip
    assert "worker" in asked(text).images


def test_a_variable_under_a_name_that_is_not_known_taints_all() -> None:
    """After ``program >> $GITHUB_ENV`` a variable of the job may have another value."""
    text = (
        "on: push\njobs:\n  one:\n    runs-on: x\n    env: {TAG: fixed}\n    steps:\n" + LOGIN
        + "      - run: git config -l >> $GITHUB_ENV\n"
        + "      - run: docker push r.example/acme/app:$TAG\n"
    )  # fmt: skip
    (line,) = asked(text).publishes
    assert len(line.tags) > 1


def test_a_program_that_nobody_knows_is_named_once() -> None:
    """The finding says the program, and that it is not known, without saying its name again."""
    found = two_jobs("semantic-release")
    (message,) = [each.message for each in found.findings if each.rule == "hidden-publish"]
    assert message.startswith(
        "semantic-release in worker may publish images: a program that is not known; it"
    )
