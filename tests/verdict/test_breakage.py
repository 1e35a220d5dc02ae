"""A release in order that still is half: made twice, run again, written again, too narrow."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, script, whole_of
from wholeship.verdict.report import WorkflowReport


def rules(report: WorkflowReport) -> set[str]:
    return {each.rule for each in report.findings}


def test_a_clock_read_twice_is_two_tags() -> None:
    """app is out under a tag that worker does not have; tag-drift has the words."""
    report = whole_of(
        job("worker", "worker:$(date +%s)"), job("app", "app:$(date +%s)", needs="worker"), watched="app"
    )
    assert report.whole is False
    assert "tag-drift" in rules(report)
    assert "half-release" not in rules(report)


def test_a_program_asked_twice_is_no_yes() -> None:
    """What a script of the repository prints in two jobs may differ: unknown, with the place."""
    report = whole_of(
        job("worker", "worker:$(./version.sh)"),
        job("app", "app:$(./version.sh)", needs="worker"),
        watched="app",
    )
    assert report.whole is None


TAG = (
    "  tag:\n    runs-on: ubuntu-latest\n    outputs: {tag: '${{ steps.t.outputs.tag }}'}\n    steps:\n"
    '      - {id: t, run: \'echo "tag=$GITHUB_RUN_NUMBER-$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"\'}\n'
)


def test_an_attempt_in_the_tag_is_half_on_re_run_failed_jobs() -> None:
    """worker 7-1 is out, app failed and is run again: app 7-2 has no sibling."""
    tag = "$GITHUB_RUN_NUMBER-$GITHUB_RUN_ATTEMPT"
    report = whole_of(job("worker", f"worker:{tag}"), job("app", f"app:{tag}", needs="worker"), watched="app")
    assert report.whole is False
    (found,) = [each for each in report.findings if each.rule == "half-release"]
    assert any("run again" in moment.text for moment in found.story)


@pytest.mark.parametrize(
    "jobs",
    [
        (
            job(
                "release",
                "worker:$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT",
                "app:$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT",
            ),
        ),
        (
            TAG,
            job("worker", "worker:${{ needs.tag.outputs.tag }}", needs="tag"),
            job("app", "app:${{ needs.tag.outputs.tag }}", needs="[tag, worker]"),
        ),
    ],
)
def test_an_attempt_that_is_the_same_for_all_is_whole(jobs: tuple[str, ...]) -> None:
    """One job is run again as a whole; an output keeps the attempt of the job that made it."""
    assert whole_of(*jobs, watched="app").whole is True


WORKER = script("docker buildx build --push -t r.io/worker:$GITHUB_SHA worker")
APP = script("docker buildx build --push -t r.io/app:$GITHUB_SHA app")


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (job("again", steps=WORKER, needs="worker"), "pushed again"),
        (job("again", steps=WORKER, needs="app", condition="failure()"), "pushed again"),
        (job("clean", steps=script("crane delete r.io/worker:$GITHUB_SHA"), needs="app"), "deleted"),
        (
            job("clean", steps=script("skopeo delete docker://r.io/worker:$GITHUB_SHA"), needs="app"),
            "deleted",
        ),
    ],
)
def test_a_siblings_tag_that_changes_after_the_followed_image_is_out(after: str, why: str) -> None:
    """It is another image, or none, while the followed one is out."""
    report = whole_of(
        job("worker", steps=WORKER), job("app", steps=APP, needs="worker"), after, watched="app"
    )
    assert report.whole is False
    (found,) = [each for each in report.findings if each.rule == "half-release"]
    assert why in found.story[-1].text


def test_the_same_bytes_written_again_change_nothing() -> None:
    """A sibling that is pushed twice before the followed image, or copied again from one source, is whole."""
    twice = job("worker", steps=WORKER + WORKER)
    assert whole_of(twice, job("app", steps=APP, needs="worker"), watched="app").whole is True
    copy = script("crane copy r.io/worker:candidate r.io/worker:$GITHUB_SHA")
    report = whole_of(
        job("worker", steps=copy),
        job("app", steps=APP, needs="worker"),
        job("again", steps=copy, needs="app"),
        watched="app",
    )
    assert report.whole is True


def test_a_sibling_that_lacks_a_platform_of_the_followed_image_is_half() -> None:
    """On the platform that is missing the release has no worker; platform-gap has the words."""
    both = APP.replace("build --push", "build --platform linux/amd64,linux/arm64 --push")
    report = whole_of(job("worker", steps=WORKER), job("app", steps=both, needs="worker"), watched="app")
    assert report.whole is False
    assert rules(report) == {"platform-gap"}


def test_a_moving_tag_is_never_whole() -> None:
    """While it moves, one image is of this release and the other of the one before."""
    report = whole_of(job("r", "worker:latest", "app:latest"), on="{push: {branches: [main]}}", watched="app")
    assert report.whole is None
    assert any("moves" in each.reason for each in report.unknown)


def test_one_build_under_two_names_is_two_images() -> None:
    """One push writes its tags in order: the first is out before the second."""
    steps = script("docker buildx build --push -t r.io/app:$GITHUB_SHA -t r.io/worker:$GITHUB_SHA .")
    assert whole_of(job("r", steps=steps), watched="app").whole is False
    assert whole_of(job("r", steps=steps), watched="worker").whole is True


def test_a_cache_that_overwrites_a_release_tag_is_a_publish() -> None:
    """``--cache-to`` under app's tag makes that tag visible before worker's."""
    cached = script(
        "docker buildx build --cache-to type=registry,ref=r.io/app:$GITHUB_SHA --push "
        "-t r.io/worker:$GITHUB_SHA .\ndocker push r.io/app:$GITHUB_SHA"
    )
    assert whole_of(job("r", steps=cached), watched="app").whole is False


def test_a_sibling_that_may_have_another_tag_is_no_yes() -> None:
    """One of two readings is app's tag; where both come from one text, they go together."""
    either = script(
        'if [ -n "$X" ]; then T=$GITHUB_SHA; else T=$GITHUB_RUN_ID; fi\necho "T=$T" >> "$GITHUB_ENV"'
    )
    assert whole_of(job("r", "worker:$T", "app:$GITHUB_SHA", steps=either), watched="app").whole is None
    assert whole_of(job("r", "worker:$T", "app:$T", steps=either), watched="app").whole is True


def test_one_build_under_several_names_is_one_image_where_none_is_followed() -> None:
    """Its repositories are where it goes; the parts of a list are no images, whatever they are called."""
    build = script("docker buildx build --push -t r.io/app:$GITHUB_SHA -t r.io/community:$GITHUB_SHA .")
    assert whole_of(job("r", steps=build)).images == ("app",)
    parts = job("p", "app-one:$GITHUB_SHA", "app-two:$GITHUB_SHA")
    join = script(
        "docker manifest create r.io/app:$GITHUB_SHA r.io/app-one:$GITHUB_SHA r.io/app-two:$GITHUB_SHA\n"
        "docker manifest push r.io/app:$GITHUB_SHA"
    )
    assert whole_of(parts, job("j", steps=join, needs="p")).images == ("app",)


def test_one_text_that_moves_on_a_branch_and_names_a_release_on_a_tag_is_followed_on_both() -> None:
    """``ref_name`` on every push: on a branch it moves, so there is no yes."""
    pushes = ("worker:$GITHUB_REF_NAME", "app:$GITHUB_REF_NAME")
    assert whole_of(job("r", *pushes), on="push", watched="app").whole is None
    assert whole_of(job("r", *pushes), on="{push: {tags: ['v*']}}", watched="app").whole is True


def test_a_second_push_of_the_followed_image_under_another_tag_is_no_part_of_the_yes() -> None:
    """That no sibling surely gets that tag, and one perhaps does, is said."""
    report = whole_of(job("r", "worker:$TAG", "app:$TAG", "app:x"), watched="app")
    assert report.whole is None
    assert any("only known in the run" in each.reason for each in report.unknown)


def test_two_choices_with_the_same_readings_are_two() -> None:
    """What decides them differs: worker may be out as SHA and app as the run's number."""
    pick = "${{{{ vars.{} == 'x' && github.sha || github.run_id }}}}"
    one, other = pick.format("A"), pick.format("B")
    assert whole_of(job("r", f"worker:{one}", f"app:{other}"), watched="app").whole is None
    assert whole_of(job("r", f"worker:{one}", f"app:{one}"), watched="app").whole is True
    lines = "\n".join(
        f'if [ -n "${name}" ]; then {tag}=$GITHUB_SHA; else {tag}=$GITHUB_RUN_ID; fi'
        for name, tag in (("X", "T"), ("Y", "U"))
    )
    pushes = "docker push r.io/worker:$T\ndocker push r.io/app:${}"
    assert whole_of(job("r", steps=script(f"{lines}\n{pushes.format('U')}")), watched="app").whole is None
    assert whole_of(job("r", steps=script(f"{lines}\n{pushes.format('T')}")), watched="app").whole is True
