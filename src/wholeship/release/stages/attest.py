"""Cleared → Attested or Refused: what is true of the release is stated, signed, and laid beside its images.

All of it is done before the first deploy tag is written, so that an admission controller that asks for proof
finds it as soon as it sees the tag, and nothing of it lies between the first tag and the last. Each statement
is the same bytes whoever makes it: a second try finds what the first one stored. What counts is what the
registry serves: it is read back, and believed only with a signature of somebody who is trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from functools import partial

from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, RegistryError, Stopped, Unfinished, WholeshipError
from wholeship.core.progress import Outcome, Progress, Silent, Task, shown_task
from wholeship.core.reference import Pinned, Repository
from wholeship.core.values import dataclass
from wholeship.release.attestation.referrers import (
    Listing,
    Subject,
    attach,
    bundle_in,
    bundles_of,
    listing_of,
    stored_bundle,
    upload_bundles,
)
from wholeship.release.attestation.sboms import buildkit_sbom
from wholeship.release.attestation.statements import (
    LIMIT,
    SPDX,
    Statement,
    image_statements,
    is_about,
    leaves_of,
    release_statement,
    sbom_statement,
    signature_statement,
)
from wholeship.release.electable import revealing_proof
from wholeship.release.lifecycle import VISIBLE
from wholeship.release.memory import note_event
from wholeship.release.observe import Looks, each_at_once, lag_budget
from wholeship.release.ports import Ports, Registry, Signature
from wholeship.release.record import ATTESTED
from wholeship.release.stages.results import Attested, Cleared, Refusal, Refused, seal_attested
from wholeship.release.stages.settings import AttestSettings, StageSettings
from wholeship.release.stages.underway import Underway, require_given
from wholeship.release.visible import look_at

Act = Callable[[Cleared, Registry, AttestSettings, Clock, Progress], Attested | Refused]
SCANS = 2
"""Images scanned at a time."""
MOST = 100
"""Bundles of one type that are looked at beside one image; anybody who may push can add some."""


def run_attest(state: Underway, settings: StageSettings) -> Underway:
    """Cleared → attested, where that is asked for; it says no through ``ended``."""
    attesting, clock = settings.attesting(), settings.ports.clock
    if attesting is None:
        return state
    began = clock.monotonic()
    after = _after(state, settings, attesting, attest_release)
    return replace(after, seconds={**state.seconds, "attest": round(clock.monotonic() - began, 3)})


def recall_attest(state: Underway, settings: StageSettings) -> Underway:
    """What lies signed beside the images, checked; nothing is signed."""
    attesting = settings.attesting()
    if attesting is None or state.cleared is None:
        return state
    return _after(state, settings, attesting, attested)


def check_attesting(ports: Ports, attesting: AttestSettings | None) -> None:
    """Raise unless a release can be attested, as far as that can be known before anything is built."""
    if attesting is None:
        return
    try:
        for part in (attesting.signer, attesting.verifier, attesting.scanner):
            if part is not None:
                part.check()
    except WholeshipError as error:
        if attesting.required:
            raise
        ports.progress.warned(f"this release will not be attested: {error.message}")


def _after(state: Underway, settings: StageSettings, attesting: AttestSettings, act: Act) -> Underway:
    """*state* after *act*. A release that is visible already is not held up, for to make it whole is more
    urgent than any proof; and neither is one that need not be attested."""
    ports, cleared = settings.ports, require_given(state.cleared)
    try:
        answer = act(cleared, ports.registry, attesting, ports.clock, ports.progress)
    except Stopped:
        raise
    except WholeshipError as error:
        if attesting.required and not _is_out(ports, state):
            raise
        return _without_statement(state, ports, error.message)
    if isinstance(answer, Attested):
        _note_attested(ports, answer)
        return state
    if not attesting.required or _is_out(ports, state):
        return _without_statement(state, ports, answer.reason)
    if act is attest_release:
        note_event(ports, "refused", refusal=str(answer.refusal), reason=answer.reason)
    return replace(state, ended=answer)


def _without_statement(state: Underway, ports: Ports, why: str) -> Underway:
    ports.progress.warned(f"{state.plan.tag} is not attested: {why}")
    return state


def _is_out(ports: Ports, state: Underway) -> bool:
    return look_at(ports, state.record).state in VISIBLE


def _note_attested(ports: Ports, answer: Attested) -> None:
    """Keep who signed, unless just that is kept already."""
    told = {"signers": list(answer.signers), "statements": dict(answer.statements)}
    kept = [e for e in ports.journal.entries() if e.get("event") == ATTESTED]
    if not kept or kept[-1].get("signers") != told["signers"]:
        note_event(ports, ATTESTED, **told)


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored bundle that holds just the statement that was looked for."""

    bundle: bytes
    signer: str


def attest_release(
    cleared: Cleared, registry: Registry, settings: AttestSettings, clock: Clock, progress: Progress
) -> Attested | Refused:
    """State what is true of *cleared*, sign it, store it beside every image, and read it back.

    What lies there already is kept. Raises ``RegistryError`` (the registry does not take it), ``BadInput``
    and ``Unfinished`` (it cannot be signed).
    """
    return _Attesting(cleared, registry, settings, clock, progress).run()


def attested(
    cleared: Cleared, registry: Registry, settings: AttestSettings, clock: Clock, progress: Progress
) -> Attested | Refused:
    """Whether the statement about just this release lies, signed by somebody trusted, beside every image.

    Nothing is written. Raises ``RegistryError`` when that cannot be found out.
    """
    return _Attesting(cleared, registry, settings, clock, progress).check()


@dataclass(slots=True)
class _Attesting:
    cleared: Cleared
    registry: Registry
    settings: AttestSettings
    clock: Clock
    progress: Progress = field(default_factory=Silent)

    def run(self) -> Attested | Refused:
        with shown_task(self.progress, Task("attest")) as end:
            answer = self._run()
            if isinstance(answer, Refused):
                end.outcome, end.note = Outcome.FAILED, answer.reason
            else:
                end.note = f"signed by {', '.join(answer.signers)}"
        return answer

    def _run(self) -> Attested | Refused:
        statements = (
            release_statement(self.cleared),
            signature_statement(self.cleared),
            *image_statements(self.cleared, self.settings.contents),
        )
        listings = self._listings(statements)
        statements = (*statements, *self._sboms(listings))
        _check_length(statements)
        refused = self._revealing(listings.values())
        if refused is not None:
            return refused
        made = self._made(statements, listings)
        self._store(made, listings)
        return self._read_back(statements)

    # -- what is there, and what lacks -------------------------------------------------------------

    def _listings(self, statements: Iterable[Statement]) -> Mapping[Subject, Listing]:
        subjects = list(dict.fromkeys(s for statement in statements for s in statement.subjects))
        return dict(zip(subjects, each_at_once(partial(listing_of, self.registry), subjects), strict=True))

    def _sboms(self, listings: Mapping[Subject, Listing]) -> list[Statement]:
        """What each platform's manifest contains, where nobody trusted has stated that yet: a scanner's
        document is another one at each run."""
        if self.settings.contents.sbom == "none":
            return []
        leaves = [
            (image.name, subject)
            for image in self.cleared.plan.images
            for subject in leaves_of(self.cleared.built, image.name)
            if not self._lists_contents(listings[subject])
        ]
        return each_at_once(self._sbom, leaves, workers=SCANS)

    def _sbom(self, leaf: tuple[str, Subject]) -> Statement:
        image, subject = leaf
        with shown_task(self.progress, Task("sbom", f"{image} {subject.digest.short}")) as end:
            if self.settings.scanner is not None:
                document = self.settings.scanner.scan(Pinned(subject.repository, subject.digest))
            else:
                index = self.cleared.built.manifests[image]
                document = buildkit_sbom(self.registry, subject.repository, index, subject.digest)
            end.note = f"{len(document) / 1e3:.0f} kB"
        return sbom_statement(image, subject, document)

    def _lists_contents(self, listing: Listing) -> bool:
        """Whether somebody trusted has stated what just this manifest contains."""
        for referrer in bundles_of(listing, SPDX)[-MOST:]:
            try:
                said = self._verified(bundle_in(self.registry, listing.subject.repository, referrer))
            except RegistryError:
                continue
            if said.signer and is_about(said.payload, SPDX, listing.subject):
                return True
        return False

    def _revealing(self, listings: Iterable[Listing]) -> Refused | None:
        """Why the tags that a registry without a list of referrers needs must not be written: the controller
        would roll one out, or be stopped by it."""
        plan = self.cleared.plan
        for image in plan.followed_images:
            elector = self.settings.electors.get(image.name, self.settings.elector)
            own = [one.subject for one in listings if one.by_tag]
            tags = [subject.fallback for subject in own if subject.repository == image.repository]
            if elector is None or not tags:
                continue
            refused = revealing_proof(plan, elector, self.registry.tags(image.repository), tags)
            if refused is not None:
                return refused
        return None

    def _made(
        self, statements: Iterable[Statement], listings: Mapping[Subject, Listing]
    ) -> list[tuple[Statement, bytes, tuple[Subject, ...]]]:
        """Each statement with its bundle, found or signed now, and the subjects that lack it."""
        made = []
        for statement in statements:
            found = each_at_once(partial(self._kept, statement, listings), statement.subjects)
            lacking = tuple(s for s, f in zip(statement.subjects, found, strict=True) if f is None)
            kept = next((one.bundle for one in found if one is not None), None)
            if lacking:
                made.append((statement, kept or self._sign(statement), lacking))
        return made

    def _kept(
        self, statement: Statement, listings: Mapping[Subject, Listing], subject: Subject
    ) -> _Found | None:
        return self._find(listings[subject], statement)[0]

    def _sign(self, statement: Statement) -> bytes:
        signer = self.settings.signer
        if signer is None:
            raise BadInput("nothing says who signs", advice="say so in the release file: attest.sign")
        return signer.sign(statement.body)

    def _store(
        self,
        made: list[tuple[Statement, bytes, tuple[Subject, ...]]],
        listings: Mapping[Subject, Listing],
    ) -> None:
        by_repository: dict[Repository, dict[bytes, None]] = {}
        by_subject: dict[Subject, list[tuple[bytes, str]]] = {}
        for statement, bundle, lacking in made:
            for subject in lacking:
                by_repository.setdefault(subject.repository, {})[bundle] = None
                by_subject.setdefault(subject, []).append((bundle, statement.predicate))
        try:
            each_at_once(lambda item: upload_bundles(self.registry, item[0], item[1]), by_repository.items())
            each_at_once(lambda item: self._attach(listings[item[0]], item[1]), by_subject.items())
        except RegistryError as error:
            raise type(error)(
                f"the attestations are not stored: {error.message}", advice=error.advice or REFUSING
            ) from error

    def _attach(self, listing: Listing, bundles: Iterable[tuple[bytes, str]]) -> None:
        subject = listing.subject
        attach(self.registry, listing, [stored_bundle(bundle, kind, subject) for bundle, kind in bundles])

    # -- reading back ------------------------------------------------------------------------------

    def _read_back(self, statements: Iterable[Statement]) -> Attested | Refused:
        """As :meth:`check`, again and again within the lag budget: lists may be late."""
        looks = Looks(self.clock, self.progress, str(self.cleared.plan.tag), lag_budget())
        counts = Counter(statement.predicate for statement in statements)
        while True:
            answer = self.check(counts)
            if isinstance(answer, Attested) or not looks.again(answer.reason):
                return answer

    def check(self, counts: Mapping[str, int] | None = None) -> Attested | Refused:
        """Whether the release's statement lies beside every image, signed by somebody trusted."""
        statement = release_statement(self.cleared)
        tops = [self._top(image.name, statement) for image in self.cleared.plan.images]
        answers = each_at_once(lambda s: self._find(listing_of(self.registry, s), statement), tops)
        lacking = [
            (subject, why) for subject, (found, why) in zip(tops, answers, strict=True) if found is None
        ]
        if lacking:
            return self._refused(*lacking[0])
        signers = tuple(dict.fromkeys(found.signer for found, _ in answers if found is not None))
        return seal_attested(self.cleared, signers, dict(counts or {statement.predicate: 1}))

    def _top(self, image: str, statement: Statement) -> Subject:
        repository = self.cleared.plan.image(image).repository
        digest = self.cleared.built.candidates[image].digest
        return next(s for s in statement.subjects if (s.repository, s.digest) == (repository, digest))

    def _find(self, listing: Listing, statement: Statement) -> tuple[_Found | None, str]:
        """The stored bundle with just *statement*; else None, and why none of those there will do."""
        why: list[str] = []
        for referrer in list(reversed(bundles_of(listing, statement.predicate)))[:MOST]:
            try:
                bundle = bundle_in(self.registry, listing.subject.repository, referrer)
                said = self._verified(bundle)
            except RegistryError as error:
                why.append(error.message)
                continue
            if said.signer and said.payload == statement.body:
                return _Found(bundle, said.signer), ""
            why.append(said.problem or f"a statement of {said.signer} says something else")
        return None, "; ".join(dict.fromkeys(why)) or "there is none"

    def _verified(self, bundle: bytes) -> Signature:
        return self.settings.verifier.verify(bundle)

    def _refused(self, subject: Subject, why: str) -> Refused:
        plan = self.cleared.plan
        reason = f"no trusted statement about {plan.tag} lies beside {subject}: {why}"
        return Refused(
            plan, Refusal.NOT_ATTESTED, reason, f"sign what was gated: wholeship attest --tag {plan.tag}"
        )


REFUSING = (
    "the registry must take OCI artifacts; to release all the same where it does not, say so in the release "
    "file: attest: {required: false}"
)


def _check_length(statements: Iterable[Statement]) -> None:
    for statement in statements:
        if len(statement.body) > LIMIT:
            raise Unfinished(
                f"the statement {statement.predicate} about {statement.image or 'the release'} has "
                f"{len(statement.body) / 1e6:.1f} MB; those above {LIMIT / 1e6:.1f} MB are read by nobody",
                advice="leave the SBOM out (attest: {sbom: none}), or scan less",
            )
