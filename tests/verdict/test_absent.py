"""An image that no run publishes, and that would get the release's tag, is told and keeps a yes back."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, script, workflow
from wholeship.core.finding import Finding, Severity
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

SHA = "$GITHUB_SHA"
PUSH = "docker push r.io/"
EMB, WORKER, APP = (f"{PUSH}{name}:{SHA}" for name in ("emb", "worker", "app"))
ON = "{push: {branches: [main]}}"


def asked(text: str, files: dict[str, str] | None = None, watched: str = "app") -> WorkflowReport:
    followed = Watched((watched,) if watched else (), "--watched")
    return check_one(text, ".github/workflows/w.yml", (files or {}).get, Options(watched=followed))


def by_script(lines: str, files: dict[str, str] | None = None, watched: str = "app") -> WorkflowReport:
    return asked(workflow(job("r", steps=script(lines)), on=ON), files, watched)


def lacks(report: WorkflowReport) -> list[Finding]:
    return [each for each in report.findings if "is never published" in each.message]


SKIPPED = {
    "a branch": (f'{EMB}\nX=0\nif [ "$X" = 1 ]; then {WORKER}; fi\n{APP}', '`[ "$X" = 1 ]` never holds'),
    "another branch": (
        f"{EMB}\nif true; then {APP}; elif [ x = x ]; then {WORKER}; fi",
        "`true` always holds",
    ),
    "else": (f"{EMB}\nif true; then {APP}; else {WORKER}; fi", "`true` always holds"),
    "elif": (f"{EMB}\nif [ $U ]; then true; elif false; then {WORKER}; fi\n{APP}", "`false` never holds"),
    "and": (f'{EMB}\nX=0\n[ "$X" = 1 ] && {WORKER}\n{APP}', '`[ "$X" = 1 ]` never lets it'),
    "or": (f"{EMB}\ntrue || {WORKER}\n{APP}", "`true` never lets it"),
    "exit": (f"{EMB}\n{APP}\nexit 0\n{WORKER}", "nothing after `exit 0` runs"),
    "exec": (f"{EMB}\n{APP}\nexec true\n{WORKER}", "nothing after `exec true` runs"),
    "a subshell": (f"{EMB}\n(exit 0; {WORKER})\n{APP}", "nothing after `exit 0` runs"),
    "case": (f"{EMB}\ncase x in y) {WORKER} ;; x) {APP} ;; esac", "`x` is never `y`"),
    "a later case": (f"{EMB}\ncase x in x) {APP} ;; y) {WORKER} ;; esac", "`x` is never `y`"),
    "a function": (f"{EMB}\nw() {{ {WORKER}; }}\na() {{ {APP}; }}\na", "nobody calls the function w"),
    "return": (
        f'p() {{ if [ "$1" = worker ]; then return 0; fi; {PUSH}$1:{SHA}; }}\np emb\np worker\np app',
        'nothing after `if [ "$1" = worker ]; then return 0; fi` runs',
    ),
    "continue": (
        f"for i in emb worker app; do [ $i = worker ] && continue; {PUSH}$i:{SHA}; done",
        "nothing after `[ $i = worker ] && continue` runs",
    ),
    "no words": (f"L=\nfor i in $L; do {PUSH}$i:{SHA}; done\n{EMB}\n{APP}", "has no round"),
    "no rounds": (f"{EMB}\nn=3\nwhile [ $n -lt 3 ]; do {WORKER}; done\n{APP}", "has no round"),
    "no count": (f"{EMB}\nfor ((i=0;i<0;i++)); do {WORKER}; done\n{APP}", "has no round"),
    "a flag": (
        f"{EMB}\nF=\nif [ x = y ]; then F=--push; fi\ndocker buildx build $F -t r.io/worker:{SHA} w\n{APP}",
        "`[ x = y ]` never holds",
    ),
    "a word in front": (
        f"{EMB}\nDRY=echo\n$DRY {WORKER}\n{APP}",
        "`$DRY docker push r.io/worker:$GITHUB_SHA` only says it",
    ),
    "a written script": (
        f"cat > x.sh <<EOF\n{EMB}\n{APP}\nexit 0\n{WORKER}\nEOF\nbash -e x.sh",
        "nothing after `exit 0` runs",
    ),
}
"""What a script never gets to."""


@pytest.mark.parametrize("name", SKIPPED)
def test_a_sibling_that_a_script_never_gets_to_is_told(name: str) -> None:
    """The reason is told as a note, and the release is not called whole, whoever is followed."""
    lines, why = SKIPPED[name]
    report = by_script(lines)
    (found,) = lacks(report)
    assert why in found.message
    assert found.severity is Severity.NOTE
    assert report.whole is None
    assert any("no run publishes it" in each.reason for each in report.unknown)
    nobody = by_script(lines, watched="")
    assert nobody.whole is None or nobody.whole_if_followed == ()


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        ("./s.sh", {"s.sh": f"#!/bin/sh\nset -e\n{EMB}\n{APP}\nexit 0\n{WORKER}\n"}),
        (
            "./s.sh emb\n./s.sh worker\n./s.sh app",
            {"s.sh": f'#!/bin/sh\nset -e\n[ "$1" = worker ] || {PUSH}$1:{SHA}\n'},
        ),
        (
            "./s.sh emb --push\n./s.sh worker\n./s.sh app --push",
            {"s.sh": f'#!/bin/sh\nset -e\nif [ "$2" = "--push" ]; then {PUSH}$1:{SHA}; fi\n'},
        ),
        (
            "make all",
            {
                "Makefile": f'all:\n\t{EMB}\n\tif [ "$(W)" = 1 ]; then {WORKER}; fi\n\t{APP}\n'.replace(
                    "$G", "$$G"
                )
            },
        ),
        (
            "make all",
            {
                "Makefile": (
                    f"all:\n\t{EMB}\n\tdocker build $(if $(W),--push) -t r.io/worker:{SHA} w\n\t{APP}\n"
                ).replace("$G", "$$G")
            },
        ),
        (
            "npm run ship",
            {"package.json": f'{{"scripts": {{"ship": "{EMB} && {APP} && (exit 0; {WORKER})"}}}}'},
        ),
    ],
)
def test_a_sibling_that_a_file_never_gets_to_is_told(lines: str, files: dict[str, str]) -> None:
    """Scripts of the repository, recipes of make, and package scripts are no other."""
    report = by_script(lines, files)
    assert report.whole is None
    assert [each.message.startswith("worker is never published") for each in lacks(report)] == [True]


LEGS = "    strategy: {matrix: {i: [emb, worker]%s}}\n"
IMAGE = "${{ matrix.i }}"


def built(name: str, push: str) -> str:
    """A step that builds *name*."""
    tags = f"r.io/{name}:${{{{ github.sha }}}}"
    return (
        "      - uses: docker/build-push-action@v6\n"
        f'        with: {{context: x, push: {push}, tags: "{tags}"}}\n'
    )


def after(*jobs: str, needs: str) -> str:
    return workflow(*jobs, job("app", f"app:{SHA}", needs=needs), on=ON)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            after(
                job("emb", f"emb:{SHA}"),
                job("worker", steps=built("worker", "\"${{ github.event_name == 'release' }}\"")),
                needs="emb",
            ),
            "its step is never told to push",
        ),
        (
            after(job("m", f"{IMAGE}:{SHA}", more=LEGS % ", exclude: [{i: worker}]"), needs="m"),
            "the matrix leaves out worker",
        ),
        (
            after(
                job(
                    "m",
                    steps=script(f"{PUSH}{IMAGE}:{SHA}") + "        if: matrix.i != 'worker'\n",
                    more=LEGS % "",
                ),
                needs="m",
            ),
            "no run of this workflow fulfils `matrix.i != 'worker'`",
        ),
    ],
)
def test_a_sibling_that_the_workflow_keeps_back_is_told(text: str, why: str) -> None:
    """An input that no event makes true, a leg that is left out or switched off: a warning."""
    report = asked(text)
    (found,) = lacks(report)
    assert why in found.message
    assert found.severity is Severity.WARNING
    assert report.whole is None


CALLED = (
    "on: {workflow_call: {inputs: {image: {type: string}, push: {type: boolean, default: false}}}}\njobs:\n"
)
SWITCHES = [
    job("w", f"${{{{ inputs.image }}}}:{SHA}", condition="inputs.push"),
    job("w", steps=script(f"{PUSH}${{{{ inputs.image }}}}:{SHA}") + "        if: inputs.push\n"),
    job("w", steps=built("${{ inputs.image }}", "'${{ inputs.push }}'")),
    job(
        "w",
        steps=script(
            f"docker build ${{{{ inputs.push && '--push' || '' }}}} -t r.io/${{{{ inputs.image }}}}:{SHA} ."
        ),
    ),
    job(
        "w",
        steps=script(f'if [ "$PUSH" = true ]; then {PUSH}${{{{ inputs.image }}}}:{SHA}; fi')
        + "        env: {PUSH: '${{ inputs.push }}'}\n",
    ),
]


def calls(worker: bool) -> str:
    def call(image: str, push: bool, more: str = "") -> str:
        given = f"{{image: {image}, push: {str(push).lower()}}}"
        return f"  {image}: {{uses: ./.github/workflows/c.yml, with: {given}{more}}}\n"

    return workflow(
        call("emb", True), call("worker", worker), call("app", True, ", needs: [emb, worker]"), on=ON
    )


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_call_that_is_switched_off_is_told_though_another_call_is_not(switch: str) -> None:
    """One called workflow, three calls: the place of the push is reached, the image is not."""
    files = {".github/workflows/c.yml": CALLED + switch}
    report = asked(calls(False), files)
    assert report.whole is None
    assert [each.message.startswith("worker is never published") for each in lacks(report)] == [True]
    assert lacks(asked(calls(True), files)) == []


def test_a_composite_action_in_a_step_that_never_runs_is_looked_into() -> None:
    """What is inside belongs to the step around it."""
    steps = "inputs: {image: {}}\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: "
    files = {".github/a/action.yml": f"{steps}{PUSH}${{{{ inputs.image }}}}:{SHA}\n"}

    def use(image: str, more: str = "") -> str:
        return f"      - uses: ./.github/a\n        with: {{image: {image}}}\n{more}"

    never = "        if: github.event_name == 'release'\n"
    report = asked(workflow(job("r", steps=use("emb") + use("worker", never) + use("app")), on=ON), files)
    (found,) = lacks(report)
    assert "no run of this workflow fulfils `github.event_name == 'release'`" in found.message
    assert report.whole is None


def test_what_is_switched_off_on_purpose_is_assumed_to_be_no_part() -> None:
    """``if: false``: the answer stays, and says what it rests on."""
    worker = job("worker", f"worker:{SHA}", condition="false")
    report = asked(after(job("emb", f"emb:{SHA}"), worker, needs="emb"))
    assert report.whole is True
    assert report.assumed == ("worker is no part of the release: it is switched off in line 11",)
    assert lacks(report) == []


BAKE = """\
variable "GITHUB_SHA" {}
group "default" { targets = ["emb", "app"] }
target "emb" { tags = ["r.io/emb:${GITHUB_SHA}"] }
target "worker" {
  %s
  tags = ["r.io/worker:${GITHUB_SHA}"]
}
target "app" { tags = ["r.io/app:${GITHUB_SHA}"] }
target "test" {}
target "other" { tags = ["r.io/other:nightly"] }
"""
COMPOSE = """\
services:
  emb: {build: emb, image: "r.io/emb:${GITHUB_SHA}"}
  worker: {build: worker, image: "r.io/worker:${GITHUB_SHA}", profiles: [extra]}
  db: {image: "r.io/db:1", profiles: [extra]}
"""
BOTH = "docker buildx bake --push emb\ndocker buildx bake --push app"


@pytest.mark.parametrize(
    ("lines", "files", "assumed"),
    [
        (
            BOTH,
            {"docker-bake.hcl": BAKE % ""},
            "no command of this workflow builds it, the bake definition has it",
        ),
        (f"{BOTH}\ndocker buildx bake --push worker", {"docker-bake.hcl": BAKE % ""}, ""),
        (f"{WORKER}\n{BOTH}", {"docker-bake.hcl": BAKE % ""}, ""),
        (
            f"docker compose push\n{APP}",
            {"compose.yml": COMPOSE},
            "no command of this workflow pushes it, the Compose file has it under the profile extra",
        ),
        (f"docker compose --profile extra push\n{APP}", {"compose.yml": COMPOSE}, ""),
    ],
)
def test_what_a_definition_has_and_nobody_asks_for_is_assumed_to_be_no_part(
    lines: str, files: dict[str, str], assumed: str
) -> None:
    """Targets that are not called and services whose profile is off, where they would get the tag."""
    said = [each for each in by_script(lines, files).assumed if "is no part" in each]
    assert said == ([f"worker is no part of the release: {assumed}"] if assumed else [])


def test_a_target_that_push_does_not_make_push_is_told() -> None:
    """Its own output goes elsewhere: ``--push`` leaves it as it is."""
    lines = f"{EMB}\ndocker buildx bake --push worker\n{APP}"
    report = by_script(lines, {"docker-bake.hcl": BAKE % 'output = ["type=cacheonly"]'})
    (found,) = lacks(report)
    assert "an output of its own (cacheonly), in spite of --push" in found.message
    assert report.whole is None
    assert lacks(by_script(lines, {"docker-bake.hcl": BAKE % ""})) == []


ORDINARY = {
    "a library": ("source ./lib.sh\na", {"lib.sh": f"w() {{ {WORKER}; }}\na() {{ {EMB}; {APP}; }}\n"}),
    "usage": (f'if [ "$0" = "" ]; then echo "usage: push"; exit 2; fi\n{EMB}\n{APP}', {}),
    "latest": (f"{EMB}\n{APP}\nif [ x = y ]; then docker push r.io/app:latest; fi", {}),
    "another registry": (f"{EMB}\n{APP}\nR=r.io\n[ $R = s.io ] && docker push s.io/app:{SHA} || true", {}),
    "another tag": (f"{EMB}\n{APP}\n[ x = y ] && docker push r.io/worker:nightly || true", {}),
    "make, another rule": (
        "make all",
        {"Makefile": f"all:\n\t{EMB}\n\t{APP}\nifeq (a,b)\nother:\n\t{WORKER}\nendif\n".replace("$G", "$$G")},
    ),
    "said": (f"{EMB}\n{APP}\necho {WORKER}", {}),
    "another command": (f"{EMB}\n{APP}\nif [ x = y ]; then git push --tags; fi", {}),
    "all in the other branch": (
        f"if [ x = y ]; then {EMB}; {APP}; else {EMB}; {APP}; fi",
        {},
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_skipped_without_harm_says_nothing(name: str) -> None:
    """A library's other function, an image that is out by another way, another tag, another program."""
    lines, files = ORDINARY[name]
    report = by_script(lines, files)
    assert lacks(report) == []
    assert report.unknown == () or name == "latest", report.unknown


def test_a_combination_that_a_matrix_leaves_out_is_no_image() -> None:
    """Each of its values is built in another leg."""
    tags = f"app:{SHA}-${{{{ matrix.os }}}}-${{{{ matrix.py }}}}"
    axes = "    strategy: {matrix: {os: [a, b], py: [x, y], exclude: [{os: a, py: x}]}}\n"
    assert lacks(asked(workflow(job("m", tags, more=axes), on=ON), watched="")) == []
    images = f"{IMAGE}:{SHA}-${{{{ matrix.arch }}}}"
    both = "    strategy: {matrix: {i: [emb, app], arch: [amd64, arm64], exclude: [{i: emb, arch: arm64}]}}\n"
    assert lacks(asked(workflow(job("m", images, more=both), on=ON))) == []


def test_an_image_that_another_event_publishes_is_not_absent() -> None:
    """It is told as an image of that event."""
    worker = job("worker", f"worker:{SHA}", condition="github.event_name == 'release'")
    on = "{push: {branches: [main]}, release: {types: [published]}}"
    report = asked(workflow(job("emb", f"emb:{SHA}"), worker, job("app", f"app:{SHA}", needs="emb"), on=on))
    assert lacks(report) == []
    assert report.whole is not True
