"""Tag patterns found by asking the policy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wholeship.app.election import PolicyElector
from wholeship.core.reference import Repository
from wholeship.gitops.elector import Elector
from wholeship.gitops.flux import Scan, parse_policy
from wholeship.gitops.image_updater import Strategy, UpdaterPolicy
from wholeship.release.init.patterns import Form, form_for
from wholeship.release.init.sightings import Policy
from wholeship.release.order import Election, key
from wholeship.release.tags import TagFields, check_pattern, fill


def policy(
    kind: str = "alphabetical", order: str = "asc", pattern: str | None = None, extract: str = ""
) -> Policy:
    given = {kind: order}
    rule = parse_policy(
        semver=given.get("semver"),
        alphabetical=given.get("alphabetical"),
        numerical=given.get("numerical"),
        pattern=pattern,
        extract=extract,
    )
    return Policy(
        "flux-system/app",
        "policy.yaml",
        Repository("ghcr.io", "acme/app"),
        PolicyElector(Elector(rule, Scan.parse(()), "flux-system/app")),
        rule.summary,
        pattern or "",
        order if kind == "semver" else "",
    )


CASES = {
    "{timestamp}-{sequence}": [
        policy(),
        policy(pattern=r"^[0-9]{8}-[0-9]{6}-[0-9]{6}$"),
        policy(pattern=r"^(?P<ts>\d{8}-\d{6})(-\d+)?$"),
        policy("numerical", pattern=r"^\d{8}-\d{6}-(?P<n>\d+)$", extract="$n"),
    ],
    "{date}{time}{sequence}": [policy(pattern=r"^\d+$")],
    "{unix}{sequence}": [policy("numerical"), policy("numerical", pattern=r"^\d+$")],
    "{semver}": [
        policy("semver", ">=1.0.0"),
        policy("semver", "5.0.x"),
        policy("semver", "<1.0.0"),
        policy("semver", "~2.7"),
        policy("semver", "*"),
    ],
    "v{semver}": [policy("semver", ">=1.0.0", pattern=r"^v(?P<v>.*)$", extract="$v")],
    "release-{semver}": [policy("semver", "1.x", pattern=r"^release-(\d+\.\d+\.\d+)$", extract="$1")],
    "RELEASE.{timestamp}-{sequence}Z": [
        policy(pattern=r"^RELEASE\.(?P<timestamp>.*)Z$", extract="$timestamp")
    ],
    "main-{timestamp}-{sequence}": [policy(pattern=r"^main-[0-9-]+$")],
    "{branch}-{short_sha}-{unix}{sequence}": [
        policy("numerical", pattern=r"^main-[a-f0-9]+-(?P<ts>[0-9]+)", extract="$ts")
    ],
    "stable-{short_sha}-{unix}{sequence}": [
        policy("numerical", pattern=r"^stable-[a-f0-9]{7}-(?P<ts>[0-9]+)$", extract="$ts")
    ],
}


@pytest.mark.parametrize(
    ("wanted", "given"),
    [(wanted, one) for wanted, many in CASES.items() for one in many],
    ids=lambda each: each if isinstance(each, str) else each.summary,
)
def test_the_form_for_a_policy(wanted: str, given: Policy) -> None:
    """Each kind of policy gets a form it elects."""
    form = form_for(given)
    assert form is not None
    assert form.pattern == wanted
    assert form.caveat == ""


@pytest.mark.parametrize("given", [one for many in CASES.values() for one in many], ids=lambda p: p.summary)
def test_a_form_keeps_its_promise(given: Policy) -> None:
    """Releases that follow each other under the form are elected, and are in order by the tool's own rule."""
    form = form_for(given)
    assert form is not None
    check_pattern(form.pattern)
    versions = ("1.2.3", "1.2.4") if "{semver}" in form.pattern else ("", "")
    first, second = (
        TagFields(datetime(2027, 3, 1, 12, 0, n, tzinfo=UTC), 200 + n, "ab" * 20, "main", versions[n])
        for n in range(2)
    )
    one, two = fill(form.pattern, first), fill(form.pattern, second)
    assert one is not None
    assert two is not None
    assert one != two
    older, newer = key(form.pattern, one), key(form.pattern, two)
    assert older is not None
    assert newer is not None
    assert older < newer
    if "{semver}" not in form.pattern:
        assert given.elector.opinion(two, [one]).election is Election.ELECTED


@pytest.mark.parametrize(
    "given",
    [
        policy(order="desc"),
        policy("numerical", pattern=r"^(never)$"),
        policy("semver", "=1.2.3"),
        policy(pattern=r"^[0-9]{8}-[0-9]{6}$", extract="x"),
    ],
    ids=lambda p: p.summary,
)
def test_no_form_is_no_form(given: Policy) -> None:
    """A policy under which releases cannot follow each other gets none, rather than a wrong one."""
    assert form_for(given) is None


def test_only_second_by_second_is_said() -> None:
    """A policy that compares nothing finer than a second is served, with a caveat."""
    given = policy("numerical", pattern=r"^(?P<d>\d{8})-(?P<t>\d{6})-\d{6}$", extract="$d$t")
    form = form_for(given)
    assert form is not None
    assert form.pattern == "{timestamp}-{sequence}"
    assert "one second" in form.caveat


def test_a_controller_that_decides_by_more_than_names_gets_none() -> None:
    """Where the names of tags do not decide, nothing is claimed."""
    elector = PolicyElector(Elector(UpdaterPolicy(Strategy.NEWEST_BUILD), None, "argocd"))
    assert form_for(Policy("a", "f", Repository("ghcr.io", "a/b"), elector)) is None


def test_a_filter_with_many_parts_ends_soon() -> None:
    """A filter with more open parts than are tried still gets an answer."""
    assert form_for(policy(pattern=r"^(\d)x(\d)y(\d)z(\d)w(\d)$" * 20)) is None
    assert isinstance(form_for(policy(pattern="(" * 200 + "a" + ")" * 200)), Form | None)
