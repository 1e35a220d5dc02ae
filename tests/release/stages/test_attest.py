"""Stated, signed and laid beside the images, before any tag is written; or not promoted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.release.world import World, shop, watch
from wholeship.core import jsons
from wholeship.core.errors import BadInput, RegistryError, Unfinished
from wholeship.core.http import Request, Response
from wholeship.release.attestation import statements
from wholeship.release.attestation.referrers import (
    BUNDLE,
    Subject,
    attach,
    bundle_in,
    bundles_of,
    listing_of,
    stored_bundle,
    upload_bundles,
)
from wholeship.release.attestation.terms import Contents
from wholeship.release.memory import known_release
from wholeship.release.order import Election, Opinion
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, put_out, ship
from wholeship.release.stages.results import Cleared, Promoted, Refusal, Refused, Verified
from wholeship.release.stages.settings import AttestSettings, StageSettings
from wholeship.release.stages.table import STAGES, stand_before
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.registry.shelf import refused_answer
from wholeship.testing.signing import MemorySigner, MemoryVerifier

IMAGES = ("app", "worker", "embeddings")
TYPES = {statements.RELEASE, statements.SIGNED, statements.PROVENANCE, statements.SUMMARY}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


@pytest.fixture
def old_registry(tmp_path: Path) -> World:
    """A registry that keeps no list of referrers, as Debian's docker-registry."""
    config = shop(tmp_path).config
    return World(tmp_path, config, EmbeddedRegistry(has_referrers=False))


def settings(**changes: object) -> AttestSettings:
    return replace(AttestSettings(MemoryVerifier(), MemorySigner()), **changes)  # type: ignore[arg-type]


def shipped(world: World, plan: Plan, attesting: AttestSettings | None = None) -> Shipped:
    return ship(plan, working(world, plan, attesting or settings()))


def working(world: World, plan: Plan, attesting: AttestSettings | None) -> StageSettings:
    return replace(world.settings(plan), attesting=lambda: attesting)


def subjects(world: World, plan: Plan) -> list[Subject]:
    return [s for name in IMAGES for s in statements.subjects_of(cleared_of(world, plan).built, name)]


def beside(world: World, subject: Subject) -> set[str]:
    listing = listing_of(world.client, subject)
    assert all(one.artifact_type == BUNDLE for one in listing.referrers)
    return {one.annotations["dev.sigstore.bundle.predicateType"] for one in listing.referrers}


def visible(world: World, plan: Plan) -> set[str]:
    return {image for image in IMAGES if world.points_to(image, plan.tag)}


def writes_before_tag(world: World, plan: Plan) -> list[str]:
    """Every write of a manifest from now on; the deploy tag's are marked."""
    seen: list[str] = []

    def look(request: Request, response: Response) -> None:
        if request.method == "PUT" and "/manifests/" in request.url:
            seen.append("TAG" if request.url.endswith(plan.tag) else "other")

    world.registry.observers.append(look)
    return seen


@pytest.mark.parametrize("where", ["world", "old_registry"])
def test_every_manifest_has_its_statements_before_the_first_tag(
    where: str, request: pytest.FixtureRequest
) -> None:
    """Beside every index and every platform's manifest lie all statements, stored before any deploy tag."""
    world: World = request.getfixturevalue(where)
    plan = world.plan("release", version="1.2.3")
    writes = writes_before_tag(world, plan)
    answer = shipped(world, plan)
    assert isinstance(answer.outcome, Promoted)
    assert isinstance(answer.proof, Verified)
    found = subjects(world, plan)
    assert len(found) == 9  # three images: an index and two platforms each
    for subject in found:
        assert beside(world, subject) == TYPES
    first, last = writes.index("TAG"), len(writes) - 1 - writes[::-1].index("TAG")
    assert set(writes[first : last + 1]) == {"TAG"}
    assert writes[:first].count("other") > 27


def test_a_statement_is_the_same_whoever_makes_it(world: World) -> None:
    """Made again on another machine, from the record alone, a statement has the same bytes."""
    plan = world.plan()
    shipped(world, plan)
    there = world.fresh_machine()
    made = [statements.release_statement(cleared_of(one, plan)) for one in (world, there)]
    assert made[0] == made[1]


def cleared_of(world: World, plan: Plan) -> Cleared:
    ready = stand_before("attest", recorded(world, plan), world.settings(plan)).cleared
    assert ready is not None
    return ready


def recorded(world: World, plan: Plan) -> Record:
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    return record


def test_the_statement_says_what_belongs_together(world: World) -> None:
    """Read back from the registry: the tag, the commit, every digest, and the gates with what they saw."""
    plan = world.plan()
    shipped(world, plan)
    subject = subjects(world, plan)[0]
    (referrer,) = bundles_of(listing_of(world.client, subject), statements.RELEASE)
    said = MemoryVerifier().verify(bundle_in(world.client, subject.repository, referrer))
    body = jsons.parse_json(said.payload)
    read = body["predicate"]
    told = [read["release"][name] for name in ("tag", "commit", "watched")]
    assert told == [plan.tag, plan.commit, "app"]
    assert {i["name"]: i["digest"] for i in read["images"]} == {
        name: world.points_to(name, plan.tag) for name in IMAGES
    }
    assert {gate["name"] for gate in read["gates"]} == {"self-check", "boots"}
    assert (body["predicateType"], read["version"]) == (statements.RELEASE, 1)
    assert body["_type"] == "https://in-toto.io/Statement/v1"
    assert body["predicate"]["release"]["order"][-1] == "app"
    assert all(gate["passed"] and gate["images"] for gate in body["predicate"]["gates"])


@pytest.mark.parametrize("where", ["world", "old_registry"])
def test_shipping_again_signs_and_writes_nothing(where: str, request: pytest.FixtureRequest) -> None:
    """What lies there is found by what it says: no second signature, no write, the same answer."""
    world: World = request.getfixturevalue(where)
    plan, signer = world.plan(), MemorySigner()
    shipped(world, plan, settings(signer=signer))
    once = len(signer.signed)
    observer = watch(world, plan)
    again = shipped(world, plan, settings(signer=signer))
    assert isinstance(again.outcome, Promoted)
    assert again.outcome.already
    assert len(signer.signed) == once
    assert [w for w in observer.writes if "wholeship-record" not in w] == []


def test_each_statement_is_signed_once_for_all_that_it_is_about(world: World) -> None:
    """Three images with nine manifests: the release once, cosign's once, provenance and summary by image."""
    signer = MemorySigner()
    shipped(world, world.plan("release", version="1.2.3"), settings(signer=signer))
    assert len(signer.signed) == 2 + 3 * 2


def test_without_provenance_none_is_stated(world: World) -> None:
    """`provenance: false` leaves it out."""
    plan = world.plan()
    shipped(world, plan, settings(contents=Contents(provenance=False)))
    assert beside(world, subjects(world, plan)[0]) == TYPES - {statements.PROVENANCE}


def test_what_no_gate_looked_at_has_no_summary(tmp_path: Path) -> None:
    """A summary says "passed": of an image that nothing looked at there is none."""
    world = shop(tmp_path, NARROW)
    plan = world.plan()
    shipped(world, plan)
    with_summary = {
        s.repository.path for s in subjects(world, plan) if statements.SUMMARY in beside(world, s)
    }
    assert with_summary == {"shop/worker"}


NARROW = """\
registry: 127.0.0.1:5000/shop
images:
  app: {dockerfile: docker/app/Dockerfile}
  worker: {dockerfile: docker/worker/Dockerfile}
  embeddings: {dockerfile: docker/embeddings/Dockerfile}
watched: app
gates:
  self-check: {image: worker, command: [self-check]}
"""


# -- refused ---------------------------------------------------------------------------------------


def gated(world: World, plan: Plan) -> None:
    """Built and gated, and nothing written of a tag: a release that cannot be signed."""
    with pytest.raises(Unfinished):
        shipped(world, plan, settings(signer=Late()))
    assert visible(world, plan) == set()


class Late(MemorySigner):
    """A signer that looks good until it has to sign."""

    def check(self) -> None:
        """Nothing is wrong yet."""

    def sign(self, statement: bytes) -> bytes:
        raise Unfinished("no token today")


def promoted(world: World, plan: Plan, attesting: AttestSettings) -> Shipped:
    return put_out(recorded(world, plan), working(world, plan, attesting))


def signed_by(world: World, plan: Plan, signer: MemorySigner, *, of: bytes | None = None) -> None:
    """Lay the release's statement (or *of*) beside every image, signed by *signer*."""
    statement = statements.release_statement(cleared_of(world, plan))
    bundle = signer.sign(of or statement.body)
    for subject in statement.subjects:
        upload_bundles(world.client, subject.repository, [bundle])
        attach(
            world.client,
            listing_of(world.client, subject),
            [stored_bundle(bundle, statements.RELEASE, subject)],
        )


def test_a_signer_that_fails_stops_before_any_tag(world: World) -> None:
    """Nothing is promoted when it cannot be signed; run again, it is signed and goes out."""
    plan = world.plan()
    gated(world, plan)
    assert isinstance(shipped(world, plan).outcome, Promoted)


def test_no_key_is_told_before_anything_is_built(world: World) -> None:
    """A key that cannot be read is known before the builds."""
    plan = world.plan()
    with pytest.raises(BadInput, match="no key"):
        shipped(world, plan, settings(signer=MemorySigner(failing=BadInput("no key"))))
    assert world.builder.built == []


def test_promote_refuses_what_nobody_signed(world: World) -> None:
    """Without a statement beside it a gated release is not promoted; with one it is."""
    plan = world.plan()
    gated(world, plan)
    refused = promoted(world, plan, settings(signer=None)).outcome
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.NOT_ATTESTED
    assert "there is none" in refused.reason
    assert "wholeship attest" in refused.advice
    signed_by(world, plan, MemorySigner())
    assert isinstance(promoted(world, plan, settings(signer=None)).outcome, Promoted)


def test_promote_refuses_a_foreign_signature(world: World) -> None:
    """The very statement, signed by somebody else, is nobody's."""
    plan = world.plan()
    gated(world, plan)
    signed_by(world, plan, MemorySigner("a stranger"))
    refused = promoted(world, plan, settings(signer=None)).outcome
    assert isinstance(refused, Refused)
    assert "not trusted" in refused.reason
    assert visible(world, plan) == set()


def test_promote_refuses_a_statement_of_another_release(world: World) -> None:
    """A statement of a trusted signer about other digests, laid beside these images, does not count."""
    other = world.plan(sequence=7)
    shipped(world, other)
    statement = statements.release_statement(cleared_of(world, other)).body
    fresh = World(world.root, world.config, EmbeddedRegistry(), world.clock)
    plan = fresh.plan(sequence=8)
    gated(fresh, plan)
    signed_by(fresh, plan, MemorySigner(), of=statement)
    refused = promoted(fresh, plan, settings(signer=None)).outcome
    assert isinstance(refused, Refused)
    assert "says something else" in refused.reason
    assert visible(fresh, plan) == set()


def test_promote_refuses_changed_bytes(world: World) -> None:
    """One byte of the statement changed: the signature does not fit."""
    plan = world.plan()
    gated(world, plan)
    body = statements.release_statement(cleared_of(world, plan)).body
    signed_by(world, plan, Bent(), of=body)
    refused = promoted(world, plan, settings(signer=None)).outcome
    assert isinstance(refused, Refused)
    assert "does not fit" in refused.reason


class Bent(MemorySigner):
    """Signs, and changes a byte afterwards."""

    def sign(self, statement: bytes) -> bytes:
        return super().sign(statement).replace(b'"number":1', b'"number":2')


def test_one_image_without_its_statement_is_enough_to_refuse(world: World) -> None:
    """Every image has it, or the release does not go out."""
    plan = world.plan()
    gated(world, plan)
    statement = statements.release_statement(cleared_of(world, plan))
    bundle = MemorySigner().sign(statement.body)
    for subject in (s for s in statement.subjects if not s.repository.path.endswith("worker")):
        upload_bundles(world.client, subject.repository, [bundle])
        attach(
            world.client,
            listing_of(world.client, subject),
            [stored_bundle(bundle, statements.RELEASE, subject)],
        )
    refused = promoted(world, plan, settings(signer=None)).outcome
    assert isinstance(refused, Refused)
    assert "shop/worker@" in refused.reason


def test_what_need_not_be_attested_goes_out_without(world: World) -> None:
    """`required: false`: said aloud, and promoted all the same."""
    plan = world.plan()
    answer = shipped(world, plan, settings(signer=Late(), required=False))
    assert isinstance(answer.outcome, Promoted)
    assert answer.record.signers == ()


def test_what_is_out_is_not_held_up_by_a_signer(world: World) -> None:
    """A release that is visible, and lacks a sibling, is made whole, be it that it cannot be signed now."""
    plan = world.plan()
    shipped(world, plan)
    world.registry.rebind(world.repository("worker"), plan.tag, None)
    answer = shipped(world, plan, settings(verifier=MemoryVerifier(frozenset({"nobody"})), signer=Late()))
    assert isinstance(answer.outcome, Promoted)
    assert visible(world, plan) == set(IMAGES)


def test_the_record_says_who_signed(world: World) -> None:
    """Another machine finds in the record who signed."""
    plan = world.plan()
    shipped(world, plan)
    there = world.fresh_machine()
    record = known_release(there.ports(plan), plan.tag)
    assert record is not None
    assert record.signers == ("release",)


# -- registries ------------------------------------------------------------------------------------


class Picky(EmbeddedRegistry):
    """Refuses artifacts: no manifest with a subject, as registries do that check media types."""

    def handle(self, request: Request) -> Response:
        if request.method == "PUT" and b'"subject"' in request.body:
            return refused_answer(400, "MANIFEST_INVALID", "unknown media type")
        return super().handle(request)


def test_a_registry_that_refuses_artifacts_is_named(tmp_path: Path) -> None:
    """The registry's own words, what to do, and nothing promoted; where the file allows it, promoted."""
    world = World(tmp_path, shop(tmp_path).config, Picky())
    plan = world.plan()
    with pytest.raises(RegistryError, match=r"not stored.*unknown media type") as told:
        shipped(world, plan)
    assert "required: false" in told.value.advice
    assert visible(world, plan) == set()
    assert isinstance(shipped(world, plan, settings(required=False)).outcome, Promoted)


class Paging(EmbeddedRegistry):
    """Serves referrers one page after the other; ``bad``: the last page leads to the first again."""

    bad = False

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        if "/referrers/" not in request.url or response.status != 200:
            return response
        entries = jsons.parse_json(response.body)["manifests"]
        path, _, number = request.url.partition("?page=")
        at = int(number or 0)
        body = jsons.canonical({"schemaVersion": 2, "manifests": entries[at : at + 1]})
        headers = {"Content-Type": "application/vnd.oci.image.index.v1+json"}
        following = at + 1 if at + 1 < len(entries) else 0
        if following or (self.bad and entries):
            headers["Link"] = f'<{path}?page={following}>; rel="next"'
        return Response(200, type(response.headers)(headers), body)


def test_referrers_come_in_pages(tmp_path: Path) -> None:
    """Every page is read: what lies on the second one is found."""
    world = World(tmp_path, shop(tmp_path).config, Paging())
    plan = world.plan()
    assert isinstance(shipped(world, plan).outcome, Promoted)
    assert isinstance(promoted(world, plan, settings(signer=None)).outcome, Promoted)


def test_pages_that_do_not_end_are_not_believed(tmp_path: Path) -> None:
    """A list that leads back to its beginning is an error, and nothing is promoted."""
    registry = Paging()
    world = World(tmp_path, shop(tmp_path).config, registry)
    plan = world.plan()
    gated(world, plan)
    signed_by(world, plan, MemorySigner())
    registry.bad = True
    with pytest.raises(RegistryError, match="do not end"):
        promoted(world, plan, settings(signer=None))
    assert visible(world, plan) == set()


def test_a_statement_of_five_megabytes_is_refused_with_its_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than anybody reads: told with size and limit, and nothing is promoted."""
    long = statements.Statement(statements.SPDX, b"x" * 5_000_000, (), "app")
    monkeypatch.setattr("wholeship.release.stages.attest.image_statements", lambda cleared, contents: (long,))
    plan = world.plan()
    with pytest.raises(Unfinished, match=r"5\.0 MB"):
        shipped(world, plan)
    assert visible(world, plan) == set()


def test_a_bundle_of_ten_megabytes_beside_an_image_is_not_read(world: World) -> None:
    """Anybody who may push can lay one there: it is passed over, with its size, and a good one is found."""
    plan = world.plan()
    gated(world, plan)
    signed_by(world, plan, MemorySigner(), of=b"y" * 10_000_000)
    refused = promoted(world, plan, settings(signer=None)).outcome
    assert isinstance(refused, Refused)
    assert "MB" in refused.reason
    signed_by(world, plan, MemorySigner())
    assert isinstance(promoted(world, plan, settings(signer=None)).outcome, Promoted)


class Any:
    """A controller that takes the tag that comes last by its letters, whatever it is."""

    def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
        best = max({tag, *visible})
        return Opinion(Election.ELECTED if best == tag else Election.OLDER, best, "by its letters")


def test_no_tag_that_the_controller_would_take_is_written(old_registry: World) -> None:
    """Where referrers are listed under tags the policy is asked about each, before one is written."""
    world = old_registry
    plan = world.plan()
    answer = shipped(world, plan, settings(elector=Any()))
    assert isinstance(answer.outcome, Refused)
    assert answer.outcome.refusal is Refusal.NOT_ELECTED
    assert not [tag for tag in world.registry.listed(world.repository("app")) if tag.startswith("sha256-")]


def test_a_list_under_a_tag_keeps_what_others_wrote(old_registry: World) -> None:
    """Entries of others stay in the fallback tag's index, ours come behind them."""
    world = old_registry
    plan = world.plan()
    gated(world, plan)
    subject = subjects(world, plan)[0]
    upload_bundles(world.client, subject.repository, [b"theirs"])
    theirs = stored_bundle(b"theirs", "https://example.com/theirs", subject)
    attach(world.client, listing_of(world.client, subject), [theirs])
    shipped(world, plan)
    listed = {one.digest for one in listing_of(world.client, subject).referrers}
    assert theirs.digest in listed
    assert len(listed) == 1 + len(TYPES)


def test_a_lost_race_for_the_list_is_run_again(old_registry: World) -> None:
    """Somebody else's write that takes ours away is seen, and ours is added to theirs."""
    world = old_registry
    plan = world.plan()
    gated(world, plan)
    subject = subjects(world, plan)[0]
    upload_bundles(world.client, subject.repository, [b"a", b"b"])
    ours, theirs = (stored_bundle(one, "https://example.com/x", subject) for one in (b"a", b"b"))
    raced: list[bool] = []

    def race(request: Request, response: Response) -> None:
        if request.method == "PUT" and request.url.endswith(subject.fallback) and not raced:
            raced.append(True)
            world.registry.rebind(subject.repository, subject.fallback, None)
            attach(world.new_client(), listing_of(world.new_client(), subject), [theirs])

    world.registry.observers.append(race)
    attach(world.client, listing_of(world.client, subject), [ours])
    assert raced
    assert {one.digest for one in listing_of(world.client, subject).referrers} == {ours.digest, theirs.digest}


def test_a_tag_that_is_something_else_is_not_overwritten(old_registry: World) -> None:
    """A fallback tag that names an image is left alone, and told."""
    world = old_registry
    plan = world.plan()
    gated(world, plan)
    subject = subjects(world, plan)[0]
    image = world.client.manifest(subject.repository, subject.digest)
    assert image is not None
    assert image.media_type.endswith("manifest.v1+json")
    world.client.bind(subject.repository, subject.fallback, image)
    with pytest.raises(RegistryError, match="not a list of referrers"):
        shipped(world, plan)
    assert world.registry.tag(subject.repository, subject.fallback) == image.digest


# -- numbers ---------------------------------------------------------------------------------------


def between_tags(world: World, attesting: AttestSettings | None) -> int:
    """Requests from the first to the last deploy tag."""
    plan = world.plan()
    marks: list[bool] = []

    def look(request: Request, response: Response) -> None:
        marks.append(request.method == "PUT" and request.url.endswith(plan.tag))

    world.registry.observers.append(look)
    if attesting is None:
        world.ship(plan)
    else:
        shipped(world, plan, attesting)
    return len(marks) - 1 - marks[::-1].index(True) - marks.index(True)


def test_attesting_adds_no_request_between_the_tags(tmp_path: Path) -> None:
    """From the first deploy tag to the last just as many requests pass, attested or not."""
    config = shop(tmp_path).config
    for has_referrers in (True, False):
        plain = World(tmp_path, config, EmbeddedRegistry(has_referrers=has_referrers))
        signed = World(tmp_path, config, EmbeddedRegistry(has_referrers=has_referrers))
        assert between_tags(plain, None) == between_tags(signed, settings())


def test_not_asked_for_it_is_nothing(world: World) -> None:
    """Where the file does not ask for it, not one request is made, and no time is told."""
    plan = world.plan()
    answer = world.ship(plan)
    assert "attest" not in answer.seconds
    (stage,) = (stage for stage in STAGES if stage.name == "attest")
    settings = world.settings(plan)
    ready, before = stand_before("attest", recorded(world, plan), settings), world.registry.requests
    assert stage.run(ready, settings) is ready
    assert world.registry.requests == before
