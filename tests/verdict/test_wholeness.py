"""What ``whole`` says: of the image that is followed, or of whichever may be."""

from __future__ import annotations

import pytest

from tests.verdict.checked import check_files
from wholeship.core.finding import Confidence, Severity
from wholeship.output.check_words import wholeness
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

LOGIN = (
    "      - uses: docker/login-action@v3\n"
    "        with: {registry: r.io, username: bot, password: '${{ secrets.T }}'}\n"
)


def job(name: str, *pushes: str, more: str = "") -> str:
    steps = "".join(f"      - run: docker push r.io/{push}\n" for push in pushes)
    return f"  {name}:\n{more}    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}"


def found(*jobs: str, on: str = "{push: {tags: ['v*']}}", watched: str = "") -> WorkflowReport:
    text = f"on: {on}\njobs:\n{''.join(jobs)}"
    return check_one(
        text, "w.yml", options=Options(watched=Watched((watched,) if watched else (), "--watched"))
    )


APP, WORKER, WEB = (f"{name}:$GITHUB_REF_NAME" for name in ("app", "worker", "web"))


def test_two_in_order_are_whole_only_if_the_last_is_followed() -> None:
    """Without a word on who is followed it is no yes: the answer names who may be, a note has the run."""
    report = found(job("release", APP, WORKER))
    assert (report.whole, report.whole_if_followed) == (None, ("worker",))
    assert wholeness(report) == "whole only if the controller follows worker; app can be out alone"
    assert [(each.rule, each.severity) for each in report.findings] == [("half-release", Severity.NOTE)]


def test_what_the_whole_answer_is_only_the_answer_says() -> None:
    """Where another image keeps it unknown, no finding says "whole only if": there is no such value."""
    report = found(job("release", APP, WORKER), job("web", "web:$(./tag.sh)"))
    assert (report.whole, report.whole_if_followed) == (None, ())
    assert report.unknown
    told = [each.message for each in report.findings if each.rule == "half-release"]
    said = "none of them is known to be followed, and worker is out only when the others are"
    assert told == [f"app can be visible while worker is not; {said}"]


@pytest.mark.parametrize(("watched", "whole"), [("worker", True), ("app", False)])
def test_the_question_is_about_the_image_that_is_followed(watched: str, whole: bool) -> None:
    """Once it is said who is followed, the answer is yes or no."""
    report = found(job("release", APP, WORKER), watched=watched)
    assert (report.whole, report.whole_if_followed, report.watched) == (whole, (), watched)


def test_no_order_is_no() -> None:
    """Where no image is last, no choice is safe."""
    report = found(job("a", APP), job("b", WORKER))
    assert (report.whole, report.whole_if_followed) == (False, ())
    assert {each.severity for each in report.findings if each.rule == "half-release"} == {Severity.ERROR}


def test_nothing_asked_is_no_yes() -> None:
    """One image, or images that share no tag: null, not true."""
    assert found(job("release", APP)).whole is None
    assert found(job("release", APP), watched="app").whole is None
    assert found(job("release", "app:$GITHUB_SHA", "worker:$GITHUB_RUN_ID")).whole is None


def test_two_scenarios_that_want_different_images_are_no() -> None:
    """Worker is last on one event, app on the other: nobody can be followed."""
    first = job("tag", APP, WORKER, more="    if: github.event_name == 'push'\n")
    other = job("again", WORKER, APP, more="    if: github.event_name == 'release'\n")
    report = found(first, other, on="{push: {tags: ['v*']}, release: {types: [published]}}")
    assert (report.whole, report.whole_if_followed) == (False, ())
    assert Severity.ERROR in {each.severity for each in report.findings if each.rule == "half-release"}


def test_one_release_without_order_is_not_mended_by_another_with_one() -> None:
    """Each release is asked for itself."""
    tools = job("tools", "one:$GITHUB_RUN_ID", "two:$GITHUB_RUN_ID")
    assert found(job("a", APP), job("b", WORKER), tools).whole is False


def test_what_is_followed_decides_alone() -> None:
    """A release without the followed image is told of, and does not make the answer no."""
    tools = job("t", "one:$GITHUB_RUN_ID") + job("u", "two:$GITHUB_RUN_ID")
    report = found(job("release", WORKER, APP), tools, watched="app")
    assert report.whole is True


def test_a_followed_repository_is_asked_about_there() -> None:
    """Two registries, one of them followed by its full name: the order in the other one does not matter."""
    text = job("a", "app:$GITHUB_SHA") + job("b", "worker:$GITHUB_SHA")
    copies = (
        "  copies:\n    needs: [a, b]\n    runs-on: ubuntu-latest\n    steps:\n"
        f"{LOGIN}"
        "      - run: |\n"
        "          skopeo copy docker://r.io/worker:$GITHUB_SHA docker://prod.io/worker:$GITHUB_SHA\n"
        "          skopeo copy docker://r.io/app:$GITHUB_SHA docker://prod.io/app:$GITHUB_SHA\n"
    )
    assert found(text, copies, watched="prod.io/app").whole is True
    assert found(text, copies, watched="r.io/app").whole is False


def test_a_followed_image_that_nobody_publishes_is_said() -> None:
    """The report names it; the question is not made weaker by it."""
    text = f"on: push\njobs:\n{job('release', 'app:$GITHUB_SHA')}"
    report = check_files({"w.yml": text}, options=Options(watched=Watched(("nosuch",), "deploy/policy.yaml")))
    assert report.unpublished == ("nosuch",)
    assert check_files({"w.yml": text}, options=Options(watched=Watched(("app",), "x"))).unpublished == ()


CANDIDATES = (
    job("build", "app:candidate-$GITHUB_RUN_ID")
    + job("other", "worker:candidate-$GITHUB_RUN_ID")
    + "  promote:\n    needs: [build, other]\n    runs-on: ubuntu-latest\n    steps:\n"
    + LOGIN
    + "      - run: |\n          for i in worker app; do\n"
    "            crane tag r.io/$i:candidate-$GITHUB_RUN_ID $GITHUB_SHA\n          done\n"
)


def test_a_candidate_that_no_policy_elects_is_left_out_and_said() -> None:
    """What is promoted in order is whole; the answer says what nobody is taken to follow."""
    report = found(CANDIDATES, watched="app")
    assert report.whole is True
    (assumed,) = report.assumed
    assert "no controller follows the candidate r.io/app:candidate-" in assumed


def test_a_candidate_that_a_policy_elects_is_released() -> None:
    """The policy found would take it: it is out without its sibling."""
    text = f"on: push\njobs:\n{CANDIDATES}"
    options = Options(watched=Watched(("app",), "policy.yaml", lambda _, tag: tag.startswith("candidate-")))
    report = check_one(text, "w.yml", options=options)
    assert report.whole is False
    assert any("policy.yaml elects" in each for each in report.assumed)


def test_a_moving_tag_that_is_copied_from_the_release_makes_no_candidate_of_it() -> None:
    """To copy latest afterwards changes nothing: the version tags have no order."""
    latest = (
        "  latest:\n    needs: [a, b]\n    runs-on: ubuntu-latest\n    steps:\n"
        + LOGIN
        + "      - run: |\n          for i in worker app; do\n"
        "            crane tag r.io/$i:$GITHUB_REF_NAME latest\n          done\n"
    )
    assert found(job("a", APP), job("b", WORKER), latest, watched="app").whole is False


@pytest.mark.parametrize(
    ("condition", "confidence"),
    [
        ("always() && !contains(needs.*.result, 'failure')", Confidence.CERTAIN),
        # Only a job that a cancelled run did not start, shown as skipped, lets the followed image out alone.
        ("always() && (needs.one.result == 'success' || needs.one.result == 'skipped')", Confidence.LIKELY),
    ],
)
def test_what_hangs_on_how_a_job_is_shown_is_only_likely(condition: str, confidence: Confidence) -> None:
    """Jobs that a cancelled run does not start have been seen as cancelled and as skipped: no certain no."""
    needs = f"    needs: one\n    if: ${{{{ {condition} }}}}\n"
    report = found(job("one", WORKER), job("two", APP, more=needs), watched="app")
    half = next(each for each in report.findings if each.rule == "half-release")
    assert half.confidence is confidence


def test_a_manual_run_from_a_branch_does_not_hide_who_may_be_followed() -> None:
    """Its tag moves; the release that a tag starts is in order, and names who may be followed."""
    report = found(job("r", APP, WORKER), on="{push: {tags: ['v*']}, workflow_dispatch: }")
    assert (report.whole, report.whole_if_followed) == (None, ("worker",))


def test_a_followed_image_of_which_nothing_was_asked_is_said() -> None:
    """One image alone is no release: null, and the answer says that no sibling was seen."""
    (unknown,) = found(job("release", APP), watched="app").unknown
    assert unknown.what == "the siblings of app"
    assert found(job("release", APP)).unknown == ()
