"""What policies and roll-outs look like, whole."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.output.page.reports import rollout
from wholeship.app.schema import schema_of
from wholeship.core.place import Place
from wholeship.core.reference import Repository
from wholeship.gitops.manifests import Concern, read_manifests
from wholeship.gitops.outlook import outlook
from wholeship.output.ink import Ink
from wholeship.output.policy_json import PolicyJson, policy_json, view_json
from wholeship.output.policy_text import policy_markdown, policy_text
from wholeship.output.rollout_text import rollout_lines, rollout_markdown

GOLDEN = Path(__file__).parent / "fixtures" / "gitops"
MANIFESTS = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app, namespace: flux-system}
spec: {image: ghcr.io/acme/app}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: POLICY, namespace: flux-system}
spec: {imageRepositoryRef: {name: app}, SPEC}
"""
STAMPS = "filterTags: {pattern: '^[0-9]{8}-[0-9]{6}$'}, policy: {alphabetical: {}}"
VISIBLE = ["20260528-182833", "20260527-101010", "latest", *(f"sha256-{n:064x}" for n in range(7))]


def told(*policies: tuple[str, str, str | None]) -> PolicyJson:
    """The answer about each policy: its name, its spec, and the tag that is asked about."""
    views = []
    for name, spec, tag in policies:
        text = MANIFESTS.replace("POLICY", name).replace("SPEC", spec)
        watch = read_manifests({"policy.yaml": text}).watches[0]
        seen = outlook(watch.elector, VISIBLE, tag)
        views.append(view_json(watch, str(Repository("ghcr.io", "acme/app")), "", seen, ""))
    concern = Concern(
        "other-tag", "worker is used as ghcr.io/acme/worker:latest", Place("values.yaml", 11, 10), "pin it"
    )
    return policy_json(views, [concern], ["templates/app.yaml: a template, not YAML: skipped"], 1)


ANSWER = told(
    ("stamps", STAMPS, "20260528-190000"),
    ("older", STAMPS, "20260528-000000"),
    ("bare", "policy: {alphabetical: {}}", None),
    ("tossed", "filterTags: {pattern: '2026.*(?P<n>[0-9])', extract: 'x'}, policy: {alphabetical: {}}", None),
    ("broken", "policy: {numerical: {}}", "20260528-190000"),
    ("invalid", "policy: {newest: {}}", None),
)


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    assert text == path.read_text("utf-8")


def test_policies_as_text() -> None:
    """Each policy is a block: what it is, what it elects, what would be, and what could win by accident."""
    golden("policy.txt", policy_text(ANSWER, Ink()))


def test_policies_as_markdown() -> None:
    """A table with a row for each policy; nothing from a manifest is markup in it."""
    golden("policy.md", policy_markdown(ANSWER))


def test_a_rollout_as_text() -> None:
    """A line for each Deployment, and under them what is in the way and what helps."""
    from wholeship.output.rollout_json import RolloutJson

    assert isinstance(rollout("app", "manifest unknown"), RolloutJson)
    golden("rollout.txt", "\n".join(rollout_lines(rollout("app", "manifest unknown"), Ink())) + "\n")
    golden("rollout.md", "\n".join(rollout_markdown(rollout("app", "manifest unknown"))) + "\n")


def test_the_answer_fits_its_schema() -> None:
    """The JSON reads back as what it was made of, and the schema is about it."""
    text = msgspec.json.encode(ANSWER)
    assert msgspec.json.decode(text, type=PolicyJson) == ANSWER
    assert schema_of("policy")["$ref"].endswith("PolicyJson")


def test_hostile_manifests_do_not_paint() -> None:
    """Escape sequences and markup in names come out as text."""
    view = msgspec.structs.replace(ANSWER.policies[0], name="\x1b[31m<b>|x|`", summary="a|b\n# c")
    answer = msgspec.structs.replace(ANSWER, policies=[view])
    assert "\x1b" not in policy_text(answer, Ink())
    row = policy_markdown(answer).splitlines()[2]
    assert "<b>" not in row
    assert "\\|x\\|\\`" in row
