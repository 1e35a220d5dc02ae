"""A push whose tag another step makes: where that step did not run, there is no tag, and no push."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.core.finding import Confidence
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

PUSH = "docker push r.io/worker:$GITHUB_SHA"
W = f"      - run: {PUSH}\n"
FORGIVEN = W.replace("- run", "- continue-on-error: true\n        run")
TAG = "      - id: b\n        run: echo tag=$GITHUB_SHA >> $GITHUB_OUTPUT\n"
BOTH = f"      - id: b\n        run: echo tag=$GITHUB_SHA >> $GITHUB_OUTPUT; {PUSH}\n"
EVEN_SO = TAG.replace("- id: b", "- id: b\n        if: always()")
SOON = f"      - id: b\n        run: {PUSH}; echo tag=$GITHUB_SHA >> $GITHUB_OUTPUT\n"
VARIABLE = "      - run: echo TAG=$GITHUB_SHA >> $GITHUB_ENV\n"
META = (
    "      - id: b\n        uses: docker/metadata-action@v5\n"
    "        with: {images: r.io/app, tags: 'type=sha,format=long,prefix='}\n"
)
OUT = "${{ steps.b.outputs.tag }}"
NEED = "${{ needs.v.outputs.tag }}"


def push(text: str, more: str = "") -> str:
    """A step that pushes app, whatever happened before."""
    return f"      - if: always()\n{more}        run: docker push {text}\n"


def build(tags: str, condition: str = "always()", more: str = "") -> str:
    uses = f"        uses: docker/build-push-action@v6\n        with: {{push: true, tags: '{tags}'{more}}}\n"
    return f"      - if: {condition}\n{uses}"


def job(name: str, steps: str, head: str = "") -> str:
    return f"  {name}:\n    runs-on: ubuntu-latest\n{head}    steps:\n{LOGIN}{steps}"


def checked(*jobs: str, files: dict[str, str] | None = None) -> WorkflowReport:
    options = Options(watched=Watched(("app",), "--watched"))
    text = workflow(*jobs, on="push")
    return check_one(text, ".github/workflows/w.yml", (files or {}).get, options)


@pytest.mark.parametrize(
    "steps",
    [
        W + TAG + push(f"r.io/app:{OUT}"),
        W + TAG + push("r.io/app:$T", f"        env: {{T: '{OUT}'}}\n"),
        W
        + TAG
        + push("r.io/app:$T", f"        env: {{T: '{OUT}'}}\n").replace("always()", "${{ !cancelled() }}"),
        W + VARIABLE + push("r.io/app:$TAG"),
        W + VARIABLE + push("r.io/app:${{ env.TAG }}"),
        W + TAG + build(f"r.io/app:{OUT}"),
        W + META + build("${{ steps.b.outputs.tags }}", "success() || failure()"),
        SOON + push(f"r.io/app:{OUT}"),
    ],
)
def test_what_is_pushed_under_a_tag_that_was_not_made_is_nothing(steps: str) -> None:
    """The step that makes the tag runs only where worker is out: app goes out only then."""
    assert checked(job("r", steps)).whole is True


@pytest.mark.parametrize(
    "steps",
    [
        TAG + W + push(f"r.io/app:{OUT}"),
        BOTH + push(f"r.io/app:{OUT}"),
        W + EVEN_SO + push(f"r.io/app:{OUT}"),
        FORGIVEN + TAG + push(f"r.io/app:{OUT}"),
        W + TAG + push("r.io/app:${{ steps.b.outputs.tag || github.sha }}"),
        W + TAG + push("r.io/app:${T:-$GITHUB_SHA}", f"        env: {{T: '{OUT}'}}\n"),
        W.replace(":$", ":v-$") + TAG + push(f"r.io/app:v-{OUT}"),
        W + TAG + build(f"r.io/app:{OUT},r.io/app:${{{{ github.sha }}}}"),
        W + META + build("${{ steps.b.outputs.tags }}", more=", outputs: 'type=image,name=r.io/app'"),
        W + TAG + push(f"r.io/app:$GITHUB_SHA # {OUT}"),
        VARIABLE + W + push("r.io/app:$TAG"),
        W + VARIABLE + push("r.io/app:${TAG:-$GITHUB_SHA}"),
        W + VARIABLE + push("r.io/app:${TAG-$GITHUB_SHA}"),
        W + VARIABLE + push("r.io/app:$([ -v TAG ] && echo $TAG || echo $GITHUB_SHA)"),
    ],
)
def test_a_tag_that_is_there_all_the_same_is_pushed(steps: str) -> None:
    """Made before worker's push, or after it whatever came of it, or with another text in its place."""
    assert checked(job("r", steps)).whole is not True


OUTPUT = f"    needs: w\n    outputs: {{tag: '{OUT}'}}\n"
ALWAYS = "    needs: [w, v]\n    if: always()\n"
SKIPPED = (
    '    needs: [w, v]\n    if: always() && contains(fromJSON(\'["success", "skipped"]\'), needs.w.result)\n'
)
RAW = (
    "      - id: m\n        uses: docker/metadata-action@v5\n"
    f"        with: {{images: r.io/app, tags: 'type=raw,value={NEED}', flavor: latest=false}}\n"
)


@pytest.mark.parametrize(
    ("head", "last"),
    [
        ("", f"      - run: docker push r.io/app:{NEED}\n"),
        (f"    env: {{T: '{NEED}'}}\n", "      - run: docker push r.io/app:$T\n"),
        ("", RAW + build("${{ steps.m.outputs.tags }}", "success()")),
        ("", TAG.replace("$GITHUB_SHA", NEED) + build(f"r.io/app:{OUT}", "success()")),
    ],
)
def test_a_job_that_was_skipped_has_made_no_tag(head: str, last: str) -> None:
    """Its output is empty, however the text gets to the push; not where the job runs whatever happened."""
    w, v = job("w", W), job("v", TAG, OUTPUT)
    assert checked(w, v, job("a", last, f"{ALWAYS}{head}")).whole is True
    for other in (
        job("v", TAG, f"{OUTPUT}    if: always()\n"),
        job("v", TAG, OUTPUT.replace("    needs: w\n", "")),
        job(
            "v",
            TAG,
            OUTPUT.replace(OUT, "${{ steps.b.outputs.tag || github.sha }}").replace("    needs: w\n", ""),
        ),
    ):
        assert checked(w, other, job("a", last, f"{ALWAYS}{head}")).whole is not True


def test_a_matrix_that_was_skipped_has_made_no_tag() -> None:
    """Of several legs nobody knows which one's output is seen; where none ran, there is none."""
    legs = "    strategy: {matrix: {p: [a, b]}}\n"
    last = job("a", f"      - run: docker push r.io/app:{NEED}\n", ALWAYS)
    assert checked(job("w", W), job("v", TAG, f"{OUTPUT}{legs}"), last).whole is True
    assert checked(job("w", W), job("v", TAG, f"{OUTPUT}{legs}    if: always()\n"), last).whole is not True


def test_a_tag_that_a_failed_job_was_to_make_is_no_certain_one() -> None:
    """Handed on all the same, it is likely; certain where a step after the one that writes it fails."""
    w = job("w", W, "    needs: v\n")
    last = job("a", RAW + build("${{ steps.m.outputs.tags }}", "success()"), SKIPPED)
    for steps, confidence in ((TAG, Confidence.LIKELY), (f"{TAG}      - run: pytest\n", Confidence.CERTAIN)):
        found = checked(job("v", steps, f"    outputs: {{tag: '{OUT}'}}\n"), w, last).findings
        assert [each.confidence for each in found if each.rule == "half-release"] == [confidence]
