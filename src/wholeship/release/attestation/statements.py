"""What is said about a release, as in-toto statements: pure values, the same bytes whoever makes them.

One statement says what belongs together and which gates looked at exactly that; for each image one says how
it was made (SLSA provenance), one that it passed (SLSA verification summary), and one is what `cosign sign`
makes, so that `cosign verify` knows it.

Facts: in-toto attestation framework 1.0, "Statement"; SLSA 1.0, "Provenance" and "Verification Summary
Attestation"; cosign's bundle specification. No clock is read here: a statement made again is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.release.attestation.referrers import Subject
from wholeship.release.attestation.terms import Contents
from wholeship.release.content import platform_entries
from wholeship.release.gates import to_plain
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.stages.results import Built, Candidate, Cleared, Receipt

STATEMENT = "https://in-toto.io/Statement/v1"
RELEASE = "https://github.com/wholeship/wholeship/attestation/release/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SUMMARY = "https://slsa.dev/verification_summary/v1"
SIGNED = "https://sigstore.dev/cosign/sign/v1"
SPDX = "https://spdx.dev/Document"
BUILD_TYPE = "https://github.com/wholeship/wholeship/build/v1"
US = "https://github.com/wholeship/wholeship"
LEVEL = "WHOLESHIP_GATED"
"""The level that the summary names: of the release's own gates, no level of SLSA's."""
LIMIT = 4 * 1024 * 1024
"""Longest statement that is made or stored; admission controllers read no longer ones."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its predicate's type, and its bytes, about ``subjects``. ``image``: the one that it is
    about; empty: the release."""

    predicate: str
    body: bytes
    subjects: tuple[Subject, ...]
    image: str = ""


def subjects_of(built: Built, image: str) -> tuple[Subject, ...]:
    """The manifests of *image*: its index, and the manifest of each platform."""
    repository, manifest = built.plan.image(image).repository, built.manifests[image]
    top = Subject(repository, manifest.digest, manifest.media_type, len(manifest.body))
    entries = platform_entries(manifest, str(top))
    return (top, *(Subject(repository, e.digest, e.media_type, e.size) for e in entries))


def leaves_of(built: Built, image: str) -> tuple[Subject, ...]:
    """The manifests of the platforms of *image*; the image itself where it has no index."""
    top, *children = subjects_of(built, image)
    return tuple(children) or (top,)


def is_about(body: bytes, predicate: str, subject: Subject) -> bool:
    """Whether the statement *body* is of the type *predicate* (empty: of any), and about *subject*."""
    try:
        read = jsons.parse_json(body, what="the statement")
        digests = {one["digest"]["sha256"] for one in read["subject"]}
        return predicate in ("", read["predicateType"]) and subject.digest.hex in digests
    except (BadInput, KeyError, TypeError, AttributeError):
        return False


def release_statement(cleared: Cleared) -> Statement:
    """What belongs together, and what looked at it."""
    built = cleared.built
    named = [(i.name, subject) for i in built.plan.images for subject in subjects_of(built, i.name)]
    subjects = tuple(subject for _, subject in named)
    return Statement(RELEASE, _statement(RELEASE, subjects, _release_object(cleared)), subjects)


def image_statements(cleared: Cleared, contents: Contents) -> tuple[Statement, ...]:
    """What is stated of each image by itself."""
    made: list[Statement] = []
    for image in cleared.plan.images:
        subjects = subjects_of(cleared.built, image.name)
        if contents.provenance:
            made.append(_statement_about(image.name, PROVENANCE, subjects, _provenance(cleared.built, image)))
        if any(_looked_at(image) in gate.needs for gate in cleared.plan.gates):
            made.append(_statement_about(image.name, SUMMARY, subjects, _summary(cleared, image)))
    return tuple(made)


def signature_statement(cleared: Cleared) -> Statement:
    """What `cosign sign` states, about every manifest of the release: that it is signed, and no more."""
    subjects = release_statement(cleared).subjects
    return Statement(SIGNED, _statement(SIGNED, subjects, {}), subjects)


def sbom_statement(image: str, subject: Subject, document: bytes) -> Statement:
    """*document*, an SPDX document in JSON, as a statement about one manifest."""
    return _statement_about(image, SPDX, (subject,), jsons.parse_json(document, what=f"the SBOM of {image}"))


def _statement_about(image: str, predicate: str, subjects: tuple[Subject, ...], content: Any) -> Statement:
    return Statement(predicate, _statement(predicate, subjects, content), subjects, image)


def _statement(predicate: str, subjects: Iterable[Subject], content: Any) -> bytes:
    named = [{"name": str(s.repository), "digest": {"sha256": s.digest.hex}} for s in subjects]
    body = {"_type": STATEMENT, "subject": named, "predicateType": predicate, "predicate": content}
    return jsons.canonical(body).rstrip(b"\n")


def _release_object(cleared: Cleared) -> dict[str, Any]:
    plan, built = cleared.plan, cleared.built
    return {
        "version": 1,
        "release": {
            "id": str(plan.id),
            "tag": str(plan.tag),
            "scenario": plan.scenario,
            "watched": plan.watched,
            "order": [image.name for image in plan.images],
            "created": plan.created,
            "commit": plan.commit,
            "dirty": plan.dirty,
            "branch": plan.branch,
            "version": plan.version,
            "source": plan.source,
            "run": plan.run_url,
        },
        "images": [_image_object(built, image) for image in plan.images],
        "gates": [_gate_object(receipt) for receipt in _in_order(plan, cleared.receipts)],
        "tools": {"wholeship": plan.tool},
    }


def _image_object(built: Built, image: PlannedImage) -> dict[str, Any]:
    candidate, manifest = built.candidates[image.name], built.manifests[image.name]
    platforms = {str(e.platform): str(e.digest) for e in platform_entries(manifest, image.name)}
    return {
        "name": image.name,
        "repository": str(image.repository),
        "digest": str(candidate.digest),
        "mediaType": manifest.media_type,
        "platforms": platforms or {str(p): str(candidate.digest) for p in candidate.platforms},
        "builder": candidate.builder,
    }


def _in_order(plan: Plan, receipts: tuple[Receipt, ...]) -> list[Receipt]:
    order = [gate.name for gate in plan.gates]
    return sorted(receipts, key=lambda receipt: (order.index(receipt.gate), receipt.platform))


def _gate_object(receipt: Receipt) -> dict[str, Any]:
    return {
        "name": receipt.gate,
        "definition": str(receipt.fingerprint),
        "passed": receipt.passed,
        "platform": receipt.platform,
        "at": receipt.at,
        "runner": receipt.runner,
        "images": {name: str(digest) for name, digest in receipt.digests.items()},
        "reusedFrom": receipt.reused_from,
    }


def _provenance(built: Built, image: PlannedImage) -> dict[str, Any]:
    plan, candidate = built.plan, built.candidates[image.name]
    given = to_plain(image)
    given["secrets"] = [secret.partition(",")[0] for secret in image.secrets]
    run = {"invocationId": plan.run_url, "startedOn": candidate.started}
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"image": given, "source": plan.source, "branch": plan.branch},
            "internalParameters": {"inputs": dict(candidate.inputs)},
            "resolvedDependencies": _dependencies(plan, candidate),
        },
        "runDetails": {
            "builder": {"id": BUILD_TYPE, "version": {"wholeship": plan.tool, "builder": candidate.builder}},
            "metadata": {key: text for key, text in run.items() if text},
        },
    }


def _dependencies(plan: Plan, candidate: Candidate) -> list[dict[str, Any]]:
    """The source; a work tree that was not clean, or an image made from another commit, says so."""
    commit = candidate.revision or plan.commit
    if not commit:
        return []
    found: dict[str, Any] = {
        "uri": f"git+{plan.source}" if plan.source else "git",
        "digest": {"gitCommit": commit.removesuffix("-dirty")},
    }
    if plan.changes or plan.dirty:
        found["annotations"] = {"uncommitted": plan.changes or "yes"}
    return [found]


def _looked_at(image: PlannedImage) -> str:
    """The image that gates look at: a copy is the same bytes as what it is a copy of."""
    return image.copy_of or image.name


def _summary(cleared: Cleared, image: PlannedImage) -> dict[str, Any]:
    """Shape: SLSA 1.0, "Verification Summary Attestation"."""
    plan = cleared.plan
    gates = [gate for gate in plan.gates if _looked_at(image) in gate.needs]
    policy = Digest.of(jsons.canonical([to_plain(gate) for gate in gates]))
    times = [receipt.at for receipt in cleared.receipts if _looked_at(image) in receipt.digests]
    digest = cleared.built.candidates[image.name].digest
    return {
        "verifier": {"id": US, "version": {"wholeship": plan.tool}},
        "timeVerified": max(times, default=plan.created),
        "resourceUri": f"{image.repository}@{digest}",
        "policy": {"uri": f"{US}#gates", "digest": {"sha256": policy.hex}},
        "verificationResult": "PASSED",
        "verifiedLevels": [LEVEL],
    }
