"""What manifests say about following images, and where that does not fit a release."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gitops.cases import FIXTURES
from wholeship.core.errors import BadInput
from wholeship.core.reference import Repository
from wholeship.gitops.election import Broken, Elected
from wholeship.gitops.manifests import Manifests, concerns, read_manifests

APP, WORKER, EMBEDDINGS = (Repository("ghcr.io", f"acme/{name}") for name in ("app", "worker", "embeddings"))
IMAGES = {"app": APP, "worker": WORKER, "embeddings": EMBEDDINGS}


def folder(name: str) -> Manifests:
    root = FIXTURES / "manifests" / name
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return read_manifests({str(path.relative_to(root)): path.read_text("utf-8") for path in files})


def one_policy(spec: str, *, image: str = "ghcr.io/acme/app") -> Manifests:
    return read_manifests(
        {
            "p.yaml": f"""
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: r}}
spec: {{image: {image}}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: p}}
spec: {{imageRepositoryRef: {{name: r}}, {spec}}}
"""
        }
    )


def test_flux_watches() -> None:
    """Policies are joined to their repositories, in several documents, in lists, in older versions."""
    story = folder("story")
    assert [(w.name, w.repository, str(w.place)) for w in story.watches] == [
        ("flux-system/app", APP, "flux/images.yaml:13:9"),
        ("flux-system/worker", WORKER, "flux/worker.yaml:11:22"),
    ]
    app, worker = story.watches
    assert app.elector.now(["20260528-182833", "20260527-000000", "latest"]) == Elected(
        "20260528-182833", "20260528182833"
    )
    assert worker.elector.objection("dev-1.2.3").startswith("the exclusionList")
    assert list(story.automations or ()) == ["flux-system/all"]


def test_markers_and_references() -> None:
    """A marker is tied to the image named beside it; an image without one is known as undriven."""
    story = folder("story")
    assert [(d.policy, d.part, d.image, str(d.place)) for d in story.drives] == [
        ("flux-system/app", "tag", "ghcr.io/acme/app", "chart/values.yaml:2"),
        ("flux-system/app", "tag", "ghcr.io/acme/worker", "chart/values.yaml:6"),
    ]
    assert {(r.image, r.tag, r.policy) for r in story.references} == {
        ("ghcr.io/acme/app", "20260528-182833", "flux-system/app"),
        ("ghcr.io/acme/worker", "20260528-182833", "flux-system/app"),
        ("ghcr.io/acme/embeddings", "latest", ""),
    }


def test_which_policy_drives_which_image() -> None:
    """By name; and by namespace, where both sides say one."""
    story = folder("story")
    app, worker = story.watches
    assert [d.image for d in story.driven_by(app)] == ["ghcr.io/acme/app", "ghcr.io/acme/worker"]
    assert story.driven_by(worker) == ()
    assert len(story.driven_by(replace(app, name="app"))) == 2
    assert story.driven_by(replace(app, name="elsewhere/app")) == ()


def test_templates_are_skipped_with_a_remark() -> None:
    """A Helm template is no YAML; that is said, and does not stop the rest."""
    assert [(r.text, r.place.file) for r in folder("story").remarks] == [
        ("a template, not YAML: skipped", "chart/templates/deployment.yaml")
    ]


def test_concerns_of_the_story() -> None:
    """A second policy and a sibling under latest are both ways around the watched image."""
    story = folder("story")
    found = concerns(story, IMAGES, "app", story.watch(APP))
    assert [(c.rule, str(c.place)) for c in found] == [
        ("several-policies", "flux/worker.yaml:11:22"),
        ("other-tag", "chart/values.yaml:11:10"),
    ]


def test_the_policy_that_follows_another_image() -> None:
    """A named policy that follows a sibling is called out, with the image it follows."""
    story = folder("story")
    found = concerns(story, IMAGES, "app", story.watch(APP, "worker"))
    assert found[0].rule == "wrong-watched"
    assert found[0].advice == "set watched: worker"


def test_choosing_a_watch() -> None:
    """By repository, by name with or without the namespace; what is ambiguous is asked back."""
    story = folder("story")
    assert story.watch(WORKER) == story.watches[1]
    assert story.watch(APP, "flux-system/worker") == story.watches[1]
    assert story.watch(EMBEDDINGS) is None
    with pytest.raises(BadInput):
        story.watch(APP, "nobody")
    twice = Manifests(watches=(story.watches[0], story.watches[0]))
    with pytest.raises(BadInput):
        twice.watch(APP)


def test_suspended_policies() -> None:
    """A suspended policy is found, and said to be suspended."""
    found = one_policy("suspend: true, policy: {alphabetical: {}}")
    watch = found.watch(APP)
    assert watch is not None
    assert watch.suspended == "ImagePolicy"
    assert [c.rule for c in concerns(found, {"app": APP}, "app", watch)] == ["suspended"]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("policy: {newest: {}}", "none of semver"),
        ("policy: {semver: {range: '*-*'}}", "improper constraint"),
        ("policy: {alphabetical: {order: up}}", "invalid order"),
        ("filterTags: {pattern: '(?!x)'}, policy: {alphabetical: {}}", "invalid regular expression"),
    ],
)
def test_policies_flux_refuses(spec: str, says: str) -> None:
    """An unknown kind or a pattern RE2 refuses is a policy that elects nothing, and says why."""
    watch = one_policy(spec).watch(APP)
    assert watch is not None
    answer = watch.elector.now(["1.0.0"])
    assert isinstance(answer, Broken)
    assert says in answer.reason


def test_a_policy_without_its_repository() -> None:
    """The only policy around is still used when its ImageRepository lives elsewhere."""
    text = (
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {name: p}\n"
        "spec: {imageRepositoryRef: {name: elsewhere}, policy: {alphabetical: {}}}\n"
    )
    found = read_manifests({"p.yaml": text})
    assert found.remarks[0].matters
    assert found.watch(APP) is found.watches[0]


def test_a_policy_no_marker_names() -> None:
    """An automation that has nothing to write for the policy is called out."""
    files = {
        "a.yaml": "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata: {name: a}\n"
    }
    policy = one_policy("policy: {alphabetical: {}}")
    found = Manifests(policy.watches, automations=read_manifests(files).automations)
    assert [c.rule for c in concerns(found, {"app": APP}, "app", found.watch(APP))] == ["drives-nothing"]


def test_argo_watches() -> None:
    """Annotations and ImageUpdater objects, their settings inherited from the outer levels."""
    watches = folder("argo").watches
    assert [(w.name, w.image, w.elector.policy.summary) for w in watches] == [
        ("argocd/shop/app", "ghcr.io/acme/app", r"semver ~1.2 among ^1\."),
        ("argocd/shop/ghcr.io/acme/worker", "ghcr.io/acme/worker", "alphabetical without latest, dev-*"),
        ("argocd/updates/embeddings", "ghcr.io/acme/embeddings", "newest-build among ^[0-9a-f]{7}$"),
        ("argocd/updates/app", "localhost:5000/app", "digest latest among ^[0-9a-f]{7}$"),
    ]


def test_argo_images_are_independent() -> None:
    """A controller that follows each image on its own is several policies."""
    argo = folder("argo")
    found = concerns(argo, IMAGES, "app", argo.watch(APP))
    assert [c.rule for c in found] == ["several-policies", "several-policies"]


def test_keel_watches() -> None:
    """Annotated workloads and chart values; never is never."""
    assert [(w.name, w.image, w.elector.policy.summary) for w in folder("keel").watches] == [
        ("values.yaml/worker.image", "ghcr.io/acme/worker", "patch from 1.2.3"),
        ("shop/app", "ghcr.io/acme/app", "minor from 1.2.3"),
        ("shop/side", "ghcr.io/acme/side", "minor from latest"),
    ]


PIECES = st.sampled_from(
    [
        *(
            "kind: ImagePolicy\n",
            "apiVersion: image.toolkit.fluxcd.io/v1\n",
            "spec: {policy: [1]}\n",
            "---\n",
        ),
        *("metadata: [a]\n", "metadata: {name: {a: b}}\n", "spec: 3\n", "{{ x }}\n", "image: a:b\n", "- x\n"),
        *(
            'tag: 1 # {"$imagepolicy": "a:b:tag"}\n',
            '# {"$imagepolicy": 3}\n',
            "kind: List\nitems: 4\n",
            "&a *a\n",
        ),
        *("keel: {policy: x, images: [1, {repository: 2}]}\n", "\x00", "a: !!python/object:x y\n"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_no_content_raises(content: str) -> None:
    """Whatever a file holds, reading it ends; what is said of a file lies in that file."""
    found = read_manifests({"x.yaml": content})
    places = [watch.place for watch in found.watches] + [drive.place for drive in found.drives]
    places += [used.place for used in found.references] + [remark.place for remark in found.remarks]
    assert all(place.file == "x.yaml" for place in places)
    assert all(place.line <= content.count("\n") + 1 for place in places)
