"""A push that is left out where the registry has the tag already: then it is there all the same."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

W = "r.io/worker:$GITHUB_SHA"
APP = "docker push r.io/app:$GITHUB_SHA"
LOOP = "for i in worker app; do\n  if {}; then continue; fi\n  docker push r.io/$i:$GITHUB_SHA\ndone"


def whole(lines: str, shell: str = "bash") -> bool | None:
    """The verdict where one step runs *lines*."""
    script = "".join(f"          {line}\n" for line in lines.split("\n"))
    step = f"      - shell: {shell}\n        run: |\n{script}"
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{step}", on="push")
    return check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched"))).whole


@pytest.mark.parametrize(
    "lines",
    [
        f"docker buildx imagetools inspect {W} || docker push {W}\n{APP}",
        f"docker manifest inspect {W} > /dev/null 2>&1 || docker push {W}\n{APP}",
        f"if ! docker manifest inspect {W} &> /dev/null; then docker push {W}; fi\n{APP}",
        f"if skopeo inspect --raw docker://{W}; then echo there; else docker push {W}; fi\n{APP}",
        f"if ! crane digest {W}; then crane copy r.io/worker:test {W}; fi\n{APP}",
        f"docker pull -q {W} || docker push {W}\n{APP}",
        f"regctl manifest head {W} || regctl image copy r.io/worker:test {W}\n{APP}",
        LOOP.format("docker buildx imagetools inspect r.io/$i:$GITHUB_SHA"),
        f"there() {{ docker manifest inspect $1 > /dev/null; }}\nthere {W} || docker push {W}\n{APP}",
        (
            f"if docker manifest inspect {W}; then exists=1; else exists=0; fi\n"
            f'if [ "$exists" = 0 ]; then docker push {W}; fi\n{APP}'
        ),
    ],
)
def test_what_is_there_already_need_not_be_pushed(lines: str) -> None:
    """Either the question ended well, or the push did: worker is there before app."""
    assert whole(lines) is True


@pytest.mark.parametrize(
    "lines",
    [
        f"docker manifest inspect r.io/worker:latest || docker push {W}\n{APP}",
        f"docker manifest inspect r.io/app:$GITHUB_SHA || docker push {W}\n{APP}",
        f"docker manifest inspect r.eu/worker:$GITHUB_SHA || docker push {W}\n{APP}",
        f"docker image inspect {W} || docker push {W}\n{APP}",
        f"podman manifest inspect {W} || podman push {W}\n{APP}",
        (
            f"docker manifest create {W} r.io/worker:a\n"
            f"docker manifest inspect {W} || docker manifest push {W}\n{APP}"
        ),
        f"if docker manifest inspect {W}; then docker push {W}; fi\n{APP}",
        f"docker manifest inspect {W} || docker push {W} || true\n{APP}",
        f"docker manifest inspect {W} || true\n{APP}\ndocker push {W}",
        f"skopeo inspect docker-daemon:{W} || docker push {W}\n{APP}",
        f"skopeo list-tags docker://r.io/worker || docker push {W}\n{APP}",
        f"docker pull --policy missing {W} || docker push {W}\n{APP}",
        f"if docker manifest inspect {W}; then skopeo delete docker://{W}; else docker push {W}; fi\n{APP}",
        f"set +o pipefail; docker manifest inspect {W} | tee log || docker push {W}\n{APP}",
        LOOP.format("docker buildx imagetools inspect r.io/app:$GITHUB_SHA"),
        LOOP.format("docker buildx imagetools inspect r.io/$i:latest"),
        LOOP.replace("worker app", "app worker").format("docker manifest inspect r.io/$i:$GITHUB_SHA"),
    ],
)
def test_another_question_says_nothing(lines: str) -> None:
    """Of another tag, another place, or this machine; or where nobody pushes what is not there."""
    assert whole(lines) is not True


CHECK = (
    f"if docker manifest inspect {W}; then echo there=true >> $GITHUB_OUTPUT; "
    "else echo there=false >> $GITHUB_OUTPUT; fi"
)


def across(question: str, condition: str, pushed: str = f"docker push {W}", last: str = "") -> bool | None:
    """The verdict where one step asks, another pushes under *condition*, and app is pushed after them."""
    steps = (
        f"      - id: c\n        run: |\n          {question}\n"
        f"      - if: {condition}\n        run: {pushed}\n      - {last}run: {APP}\n"
    )
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}", on="push")
    return check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched"))).whole


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        (CHECK, "steps.c.outputs.there != 'true'"),
        (CHECK, "steps.c.outputs.there == 'false'"),
        (f"crane digest {W} && echo there=yes >> $GITHUB_OUTPUT || true", "steps.c.outputs.there != 'yes'"),
        (f"docker pull {W} || echo gone=1 >> $GITHUB_OUTPUT", "steps.c.outputs.gone == '1'"),
        (f"docker pull {W} || echo GONE=1 >> $GITHUB_ENV", "env.GONE == '1'"),
    ],
)
def test_a_step_that_is_skipped_where_the_tag_is_there_has_nothing_to_do(
    question: str, condition: str
) -> None:
    """One step asks, the other pushes only what is not there."""
    assert across(question, condition) is True


@pytest.mark.parametrize(
    ("question", "condition", "pushed"),
    [
        (CHECK, "steps.c.outputs.there == 'true'", f"docker push {W}"),
        (CHECK, "steps.c.outputs.there != 'true' && github.actor != 'x'", f"docker push {W}"),
        (CHECK, "steps.c.outputs.there != 'true'", f"docker push {W} || true"),
        (CHECK, "steps.c.outputs.there != 'false'", f"docker push {W}"),
        (CHECK.replace("worker", "other"), "steps.c.outputs.there != 'true'", f"docker push {W}"),
        (
            CHECK.replace("worker:$GITHUB_SHA", "worker:latest"),
            "steps.c.outputs.there != 'true'",
            f"docker push {W}",
        ),
        (
            CHECK.replace("manifest inspect", "image inspect"),
            "steps.c.outputs.there != 'true'",
            f"docker push {W}",
        ),
        (
            f"docker pull {W}; echo there=true >> $GITHUB_OUTPUT".replace("; ", " || true; "),
            "steps.c.outputs.there != 'true'",
            f"docker push {W}",
        ),
        (
            CHECK,
            "steps.c.outputs.there != 'true'",
            f"docker manifest create {W} r.io/worker:a && docker manifest push {W}",
        ),
    ],
)
def test_a_step_that_is_skipped_for_another_reason_is_missed(
    question: str, condition: str, pushed: str
) -> None:
    """Another tag, another answer, or a push whose failure nobody sees: app can be out alone."""
    assert across(question, condition, pushed) is not True


def test_who_pushes_whatever_happened_does_not_wait_for_the_answer() -> None:
    """Under ``always()`` app goes out after a failed push, too."""
    condition = "steps.c.outputs.there != 'true'"
    assert across(CHECK, condition, last="if: always()\n        ") is not True
