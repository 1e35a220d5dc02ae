"""Gates that run nothing: base images signed by somebody, packages that no image contains."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from tests.release.attestation.test_sboms import Scanner, with_sbom
from tests.release.stages.test_attest import visible
from tests.release.world import HOST, SHOP, World, shop
from wholeship.adapters.registry import RegistryClient
from wholeship.core.digest import Digest
from wholeship.core.errors import BadConfig, RegistryUnreachable
from wholeship.core.progress import Silent
from wholeship.core.reference import Pinned, Repository
from wholeship.release.attestation.demands import DemandRunner
from wholeship.release.attestation.referrers import Subject, attach, listing_of, stored_bundle, upload_bundles
from wholeship.release.attestation.statements import SIGNED
from wholeship.release.attestation.terms import Demand, Identity, Trust
from wholeship.release.config import Overrides, parse_config
from wholeship.release.contexts import pinned_reference
from wholeship.release.gates import to_plain
from wholeship.release.inputs.dockerfile import Outside, outside_inputs
from wholeship.release.plan import from_plain
from wholeship.release.ports import SbomScanner, Trial, TrialResult
from wholeship.release.ship import ship
from wholeship.release.stages.results import Held, Promoted
from wholeship.testing.images import image
from wholeship.testing.signing import MemorySigner, MemoryVerifier

BASE = Repository(HOST, "library/base")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def runner(
    world: World, demand: Demand, dockerfile: str = "", scanner: SbomScanner | None = None
) -> DemandRunner:
    def taken(name: str) -> Outside:
        return outside_inputs(dockerfile, {})

    return DemandRunner(demand, world.client, taken, MemoryVerifier, scanner, world.clock)


def tried(world: World, runs: DemandRunner, images: dict[str, Pinned] | None = None) -> TrialResult:
    where = images or {"app": Pinned(BASE, image("app").digest)}
    trial = Trial("g", 60, world.root / "log", where)
    runs.check()
    return runs.run(trial, progress=Silent(), stop=Event())


def base(world: World, signer: MemorySigner | None, *, about: str = "") -> str:
    """A base image, signed or not; its reference by digest."""
    digest = image("base").push(world.client, BASE)
    if signer is not None:
        subject = Subject(BASE, digest, "application/vnd.oci.image.manifest.v1+json", 1)
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": SIGNED,
            "subject": [{"digest": {"sha256": about or digest.hex}}],
            "predicate": {},
        }
        bundle = signer.sign(json.dumps(statement).encode())
        upload_bundles(world.client, BASE, [bundle])
        attach(world.client, listing_of(world.client, subject), [stored_bundle(bundle, SIGNED, subject)])
    return f"{BASE}:1@{digest}"


BASES = Demand(Trust(("base.pub",)))


def test_a_signed_base_passes(world: World) -> None:
    """Signed by somebody trusted, by digest: the gate passes and says nothing."""
    answer = tried(world, runner(world, BASES, f"FROM {base(world, MemorySigner())} AS x\nFROM x\n"))
    assert (answer.exit_code, answer.tail) == (0, ())


@pytest.mark.parametrize(
    ("signer", "about", "why"),
    [
        (None, "", "nobody has signed it"),
        (MemorySigner("a stranger"), "", "not trusted"),
        (MemorySigner(), "0" * 64, "about another image"),
    ],
)
def test_an_unsigned_base_holds(world: World, signer: MemorySigner | None, about: str, why: str) -> None:
    """Unsigned, signed by a stranger, or signed for another image: held, with image, base and reason."""
    answer = tried(world, runner(world, BASES, f"FROM {base(world, signer, about=about)}\n"))
    assert answer.exit_code == 1
    assert len(answer.tail) == 1
    assert answer.tail[0].startswith(f"app: FROM {BASE}:1@sha256:")
    assert why in answer.tail[0]
    assert (world.root / "log").read_text() == answer.tail[0] + "\n"


MIRROR = Repository(HOST, "mirror/base")


def behind(world: World, *places: tuple[Repository, RegistryClient]) -> DemandRunner:
    digest = image("base").digest
    runs = runner(world, BASES, f"FROM {BASE}:1@{digest}\n")
    return replace(runs, places=lambda base: places)


class SilentPlace(RegistryClient):
    """A place that does not answer."""

    def __init__(self) -> None:
        """Nothing to keep."""

    def referrers(self, repository: Repository, digest: Digest) -> None:
        raise RegistryUnreachable("no answer")


def test_a_signature_counts_wherever_the_builder_fetches_the_base_from(world: World) -> None:
    """At a mirror that does not have it, at the origin behind it, or where one of them does not answer."""
    base(world, MemorySigner())
    image("base").push(world.client, MIRROR)
    here, mirror, away = (BASE, world.client), (MIRROR, world.client), (BASE, SilentPlace())
    for places in ([here], [mirror, here], [here, mirror], [away, here], [here, away]):
        assert tried(world, behind(world, *places)).exit_code == 0


def test_what_no_place_shows_signed_holds_only_where_all_of_them_answer(world: World) -> None:
    """A mirror can hide a signature: while a place is silent, it cannot be told."""
    base(world, None)
    image("base").push(world.client, MIRROR)
    here, mirror, away = (BASE, world.client), (MIRROR, world.client), (BASE, SilentPlace())
    answer = tried(world, behind(world, mirror, here))
    assert answer.exit_code == 1
    assert answer.tail[0].count("nobody has signed it") == 1
    for places in ([away, mirror], [mirror, away]):
        with pytest.raises(RegistryUnreachable):
            tried(world, behind(world, *places))


@pytest.mark.parametrize("dockerfile", ["FROM busybox:1\n", "ARG A\nFROM $A\n", "FROM x@sha256:12\n"])
def test_a_base_that_nobody_can_name_holds(world: World, dockerfile: str) -> None:
    """By tag, by a variable that nobody sets, by half a digest: what was built from cannot be told."""
    answer = tried(world, runner(world, BASES, dockerfile))
    assert answer.exit_code == 1
    assert answer.tail


def test_what_is_pinned() -> None:
    """A tag beside a digest is left out, a port is kept; without a digest nothing is pinned."""
    digest = image("x").digest
    assert pinned_reference(f"127.0.0.1:5000/a/b:1.2@{digest}") == Pinned(Repository(HOST, "a/b"), digest)
    assert pinned_reference(f"busybox@{digest}") == Pinned(Repository("docker.io", "library/busybox"), digest)
    assert pinned_reference("busybox:1") is None


@pytest.mark.parametrize(("without", "code"), [("zlib", 1), ("zlib@1.2", 0), ("log4j-core", 0), ("zlib@", 1)])
def test_a_listed_package_holds(world: World, without: str, code: int) -> None:
    """By name, or by name and version; the image and the package are named."""
    pinned = Pinned(BASE, image("base").push(world.client, BASE))
    runs = runner(world, Demand(sbom_without=(without,)), scanner=Scanner())
    answer = tried(world, runs, {"app": pinned})
    assert answer.exit_code == code
    assert [line for line in answer.tail if "contains zlib" in line] == list(answer.tail)


def test_buildkits_list_is_enough(world: World) -> None:
    """Without a scanner the document that BuildKit left in the index is read."""
    digest = with_sbom(world.client, BASE, image("base").push(world.client, BASE))
    for package, code in (("busybox", 1), ("zlib", 0)):
        answer = tried(world, runner(world, Demand(sbom_without=(package,))), {"app": Pinned(BASE, digest)})
        assert answer.exit_code == code


DEMANDING = SHOP.replace(
    "  boots: {run: scripts/smoke}\n",
    "  signed: {signed_bases: {keys: [base.pub], identities: [{issuer: i, subject: s}]}, needs: [app]}\n"
    "  slim: {sbom_without: [zlib]}\n",
)


def test_a_demand_is_a_gate_like_any(tmp_path: Path) -> None:
    """It holds the release with its words, and its receipt is bound to the digests and its definition."""
    world = shop(tmp_path, DEMANDING)
    plan = world.plan()
    demands = {gate.name: gate.demand for gate in plan.gates}
    assert demands["signed"] == Demand(Trust(("base.pub",), (Identity("i", "s"),)))
    assert demands["slim"] == Demand(None, ("zlib",))
    assert from_plain(to_plain(plan), type(plan), "it").id == plan.id

    def outcome(scanner: SbomScanner) -> object:
        gating = replace(
            world.gating,
            runner_for=lambda gate: (
                runner(world, gate.demand, "FROM scratch\n", scanner) if gate.demand else world.runner
            ),
        )
        return ship(plan, replace(world.settings(plan), gating=gating)).outcome

    held = outcome(Scanner())
    assert isinstance(held, Held)
    assert held.reasons == ("slim: exit code 1",)
    assert any("contains zlib" in line for line in held.tails["slim"])
    assert visible(world, plan) == set()
    assert isinstance(outcome(Empty()), Promoted)


class Empty(Scanner):
    def scan(self, image: Pinned) -> bytes:
        return b'{"packages": []}'


def test_gates_that_run_something_have_the_identity_they_had(world: World) -> None:
    """Records of older releases are still believed: a gate without a demand says nothing of one."""
    gate = next(gate for gate in world.plan().gates if gate.name == "boots")
    assert gate.fingerprint == replace(gate, demand=None).fingerprint
    assert gate.fingerprint != replace(gate, demand=BASES).fingerprint
    old = {key: value for key, value in to_plain(gate).items() if key != "demand"}
    assert from_plain(old, type(gate), "it") == gate


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("{signed_bases: {}}", "nobody is named"),
        ("{signed_bases: {keys: [a]}, image: app}", "either image"),
        ("{signed_bases: {identities: [{issuer: i, subject: 'acme*'}]}}", "not a subject"),
        ("{}", "either image"),
    ],
)
def test_a_demand_that_says_too_little_or_too_much(gate: str, said: str, tmp_path: Path) -> None:
    """An empty one, one beside a command, a subject that anybody could have."""
    text = SHOP.replace("boots: {run: scripts/smoke}", f"boots: {gate}")
    with pytest.raises(BadConfig) as told:
        parse_config(text, tmp_path / "wholeship.yaml", Overrides())
    assert said in str([problem.message for problem in told.value.problems])
