"""A release's digests in the files that a controller deploys: only the values change."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core import yamls
from wholeship.core.errors import BadConfig
from wholeship.core.reference import Repository
from wholeship.gitops.digests.spots import Pin
from wholeship.gitops.digests.writing import spelled, with_digests

TAG = "20260528-182833-000042"
APP, WORKER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
OLD = "sha256:" + "0" * 64


def pin(name: str, digest: str, tag: str = TAG) -> Pin:
    return Pin(name, frozenset({Repository.parse(f"ghcr.io/acme/{name}")}), digest, tag)


PINS = (pin("app", APP), pin("worker", WORKER))

KUSTOMIZATION = """\
# who changes this asks first
resources: [deployment.yaml]
images:
  - name: ghcr.io/acme/app   # the watched one
    newTag: "1.0"            # said by hand once

  - {name: worker, newName: ghcr.io/acme/worker}
  - name: ghcr.io/other/thing
    newTag: '7'
"""
KUSTOMIZED = f"""\
# who changes this asks first
resources: [deployment.yaml]
images:
  - name: ghcr.io/acme/app   # the watched one
    newTag: "{TAG}"            # said by hand once
    digest: {APP}

  - {{name: worker, newName: ghcr.io/acme/worker, digest: {WORKER}}}
  - name: ghcr.io/other/thing
    newTag: '7'
"""
VALUES = f"""\
app:
    image:
        repository: ghcr.io/acme/app
        tag: old   # {{"$imagepolicy": "flux-system:app:tag"}}
        digest:    # by the release
        pullPolicy: IfNotPresent
worker: {{registry: ghcr.io, repository: acme/worker, digest: '{OLD}'}}
sidecar: ghcr.io/acme/worker@{OLD}
init: "ghcr.io/acme/app:old"
other: nginx:1
"""
VALUED = f"""\
app:
    image:
        repository: ghcr.io/acme/app
        tag: {TAG}   # {{"$imagepolicy": "flux-system:app:tag"}}
        digest: {APP}    # by the release
        pullPolicy: IfNotPresent
worker: {{registry: ghcr.io, repository: acme/worker, digest: '{WORKER}'}}
sidecar: ghcr.io/acme/worker@{WORKER}
init: "ghcr.io/acme/app:{TAG}@{APP}"
other: nginx:1
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: digests}
data:
  app: ""
  IMAGE_WORKER: ''
"""
CONFIGURED = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: digests}}
data:
  app: "{APP}"
  IMAGE_WORKER: 'ghcr.io/acme/worker@{WORKER}'
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [(KUSTOMIZATION, KUSTOMIZED), (VALUES, VALUED), (CONFIG_MAP, CONFIGURED)],
    ids=["kustomize", "helm", "config-map"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "bom"])
def test_only_the_values_change(before: str, after: str, newline: str, bom: str) -> None:
    """Comments, quotes, order and line ends stay, to the byte; and writing again changes nothing."""
    wanted = bom + after.replace("\n", newline)
    assert with_digests({"f": bom + before.replace("\n", newline)}, PINS) == {"f": wanted}
    assert with_digests({"f": wanted}, PINS) == {"f": wanted}


def test_several_files_hold_one_set() -> None:
    """Each file may have a part of the set; all of it has to be somewhere."""
    texts = {"a.yaml": "image: ghcr.io/acme/app:1\n", "b.yaml": "image: ghcr.io/acme/worker:1"}
    assert with_digests(texts, PINS) == {
        "a.yaml": f"image: ghcr.io/acme/app:{TAG}@{APP}\n",
        "b.yaml": f"image: ghcr.io/acme/worker:{TAG}@{WORKER}",
    }
    with pytest.raises(BadConfig, match="no place for the digest of worker"):
        with_digests({"a.yaml": texts["a.yaml"]}, PINS)


REFUSED = {
    "no digest in the values": (
        "app: {repository: ghcr.io/acme/app, tag: x}\nworker: ghcr.io/acme/worker:1\n",
        "ghcr.io/acme/app has no digest beside it",
    ),
    "a template": ("image: {{ .Values.image }}\n{{- if x }}\n", "not YAML"),
    "merged from elsewhere": ("x: &x {a: b}\ny: {<<: *x}\n", "merge keys"),
    "text in a text": ("data:\n  x: |\n    image: ghcr.io/acme/app:1\n", "app is named inside a text"),
    "in a list": ("args: [ghcr.io/acme/app:1]\n", "app is named inside a text"),
    "borrowed by another key": (
        "a: {repository: ghcr.io/acme/app, digest: '', tag: &t old}\nchart: *t\nw: ghcr.io/acme/worker:1\n",
        "chart cannot be changed by itself",
    ),
    "nothing of the release": ("replicas: 3\n", "no place for the digest of app"),
    "a digest that is a list": ("app: {repository: ghcr.io/acme/app, digest: []}\n", "digest is no text"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_not_understood_is_refused(why: str) -> None:
    """With what is wrong, and a place; nothing is half written."""
    text, message = REFUSED[why]
    with pytest.raises(BadConfig) as caught:
        with_digests({"values.yaml": text}, PINS)
    assert message in "; ".join(problem.message for problem in caught.value.problems)
    assert all(problem.place.file == "values.yaml" for problem in caught.value.problems)


def test_what_is_scanned_is_not_what_runs() -> None:
    """Flux's own objects name repositories without a digest, and stay as they are."""
    text = (
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nspec: {image: ghcr.io/acme/app}\n"
        "---\na: ghcr.io/acme/app:1\nb: ghcr.io/acme/worker:1\n"
    )
    assert with_digests({"f": text}, PINS)["f"].startswith(text.partition("---")[0])


def test_copies_in_other_registries_are_the_same_image() -> None:
    """A file may name the repository that the cluster pulls from, whichever of the image's it is."""
    both = Pin("app", frozenset(map(Repository.parse, ("ghcr.io/acme/app", "quay.io/acme/app"))), APP, TAG)
    assert with_digests({"f": "image: quay.io/acme/app:1"}, [both])["f"].endswith(APP)


@pytest.mark.parametrize(
    "tag", ["1.10", "42", "2026-05-28", "1e3", "on", "0x1f", "1_000", "12:30:45", "null"]
)
def test_a_tag_stays_a_text(tag: str) -> None:
    """What some reader of YAML would take for a number, a date or a word is quoted."""
    text = "a: {repository: ghcr.io/acme/app, tag: old, digest: x}"
    assert f'tag: "{tag}",' in with_digests({"f": text}, [pin("app", APP, tag)])["f"]
    assert spelled(TAG, "") == TAG


KEYS = st.text("abcxyz_", min_size=1, max_size=4)
REST = st.dictionaries(
    KEYS, st.sampled_from(["1", "'two'", "[3, 4]", "{five: 6}", "x # said", ""]), max_size=4
)


@given(before=REST, after=REST, indent=st.integers(1, 6), comment=st.sampled_from(["", "  # why"]))
def test_whatever_stands_around_stays(
    before: dict[str, str], after: dict[str, str], indent: int, comment: str
) -> None:
    """Every line but those with a value of the release is the same afterwards."""
    pad = " " * indent
    rest = {f"b{key}": text for key, text in before.items()}, {f"a{key}": text for key, text in after.items()}
    around = ["".join(f"{pad}{key}: {text}\n" for key, text in each.items()) for each in rest]
    text = f"top:\n{around[0]}{pad}repository: ghcr.io/acme/app\n{pad}digest: {OLD}{comment}\n{around[1]}"
    new = with_digests({"f": text}, [pin("app", APP)])["f"]
    assert new == text.replace(OLD, APP)
    assert yamls.read_yaml(new, "f") is not None


@pytest.mark.real
def test_kustomize_reads_it(tmp_path: Path) -> None:
    """`kubectl kustomize` makes the references of what was written."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n"
        "spec: {template: {spec: {containers: [%s]}}}\n"
    )
    containers = "{name: a, image: ghcr.io/acme/app}, {name: w, image: worker:dev}"
    (tmp_path / "deployment.yaml").write_text(deployment % containers)
    (tmp_path / "kustomization.yaml").write_text(with_digests({"k": KUSTOMIZATION}, PINS)["k"])
    kubectl = shutil.which("kubectl") or ""
    made = subprocess.run([kubectl, "kustomize", tmp_path], capture_output=True, text=True, check=True).stdout
    assert f"image: ghcr.io/acme/app:{TAG}@{APP}" in made
    assert f"image: ghcr.io/acme/worker@{WORKER}" in made
