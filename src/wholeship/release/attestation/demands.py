"""Gates that need no container: whose signature the base images have, and what the images do not contain.

Run like any gate, on exactly the candidates, with a receipt: a Dockerfile's ``FROM`` must name a digest, or
nobody could say afterwards which image was looked at and which was built from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import Any

from wholeship.core import jsons
from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryError, RegistryUntrusted, WholeshipError
from wholeship.core.progress import Progress
from wholeship.core.reference import Pinned, Repository
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.release.attestation.referrers import BUNDLE, Subject, bundle_in, listing_of
from wholeship.release.attestation.sboms import buildkit_sbom
from wholeship.release.attestation.statements import is_about
from wholeship.release.attestation.terms import Demand
from wholeship.release.content import platform_entries
from wholeship.release.contexts import pinned_reference
from wholeship.release.inputs.dockerfile import Outside
from wholeship.release.ports import Registry, SbomScanner, Trial, TrialResult, Verifier

MOST = 100
"""Bundles that are looked at beside one base image."""


Places = Callable[[Pinned], Iterable[tuple[Repository, Registry]]]
"""Where a base image may be fetched from, and who is asked there."""


@dataclass(frozen=True)
class DemandRunner:
    """Looks whether a demand is met; see :class:`wholeship.release.ports.Runner`.

    ``taken`` tells what the Dockerfile of an image takes from outside. ``scanner`` None: BuildKit has listed
    what the images contain. ``open_verifier`` is asked only where signatures are demanded. ``places`` are
    those that the builder fetches a base from, mirrors too; None: as it is named.
    """

    demand: Demand
    registry: Registry
    taken: Callable[[str], Outside]
    open_verifier: Callable[[], Verifier]
    scanner: SbomScanner | None
    clock: Clock
    places: Places | None = None
    name: str = "wholeship"

    def check(self) -> None:
        """Raise unless it can look."""
        if self.demand.signed_bases is not None:
            self.open_verifier().check()
        if self.demand.sbom_without and self.scanner is not None:
            self.scanner.check()

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        """Exit code 0 where the demand is met; else 1, and why in the last lines."""
        began = self.clock.monotonic()
        told = [*self._unsigned(trial), *self._listed(trial)]
        trial.log.parent.mkdir(parents=True, exist_ok=True)
        trial.log.write_text("".join(f"{line}\n" for line in told), encoding="utf-8")
        return TrialResult(1 if told else 0, self.clock.monotonic() - began, tuple(told))

    # -- base images -------------------------------------------------------------------------------

    def _unsigned(self, trial: Trial) -> Iterator[str]:
        if self.demand.signed_bases is None:
            return
        verifier = self.open_verifier()
        for image in trial.images:
            taken = self.taken(image)
            yield from (f"{image}: {reason}" for reason in taken.unknown)
            for reference in taken.bases:
                why = self._why_unsigned(reference, verifier)
                if why:
                    yield f"{image}: FROM {printable(reference)}: {why}"

    def _why_unsigned(self, reference: str, verifier: Verifier) -> str:
        """Why nobody trusted has signed the image *reference*; empty: somebody has."""
        try:
            base = pinned_reference(reference)
        except BadInput as error:
            return error.message
        if base is None:
            return "names no digest, so that nobody can tell which image was built from"
        why: list[str] = []
        silent: WholeshipError | None = None
        for repository, registry in self.places(base) if self.places else ((base.repository, self.registry),):
            # A mirror can hide a signature, and cannot make one: what is signed is the digest.
            try:
                reasons = _reasons(registry, Subject(repository, base.digest, "", 0), verifier)
            except RegistryError as error:
                silent = silent or error
                continue
            if not reasons:
                return ""
            why += reasons
        if silent is not None:
            raise silent  # it may be there that it is signed
        return "; ".join(dict.fromkeys(why))

    # -- what images contain -----------------------------------------------------------------------

    def _listed(self, trial: Trial) -> Iterator[str]:
        if not self.demand.sbom_without:
            return
        for image, pinned in trial.images.items():
            for leaf, document in self._documents(image, pinned):
                for package in _packages(document, f"the SBOM of {image}"):
                    if not {package[0], "@".join(package)}.isdisjoint(self.demand.sbom_without):
                        yield f"{image} ({leaf.short}) contains {printable(' '.join(package))}"

    def _documents(self, image: str, pinned: Pinned) -> Iterator[tuple[Digest, bytes]]:
        manifest = self.registry.manifest(pinned.repository, pinned.digest)
        if manifest is None:
            raise RegistryUntrusted(f"{image}: {pinned} is gone")
        leaves = [entry.digest for entry in platform_entries(manifest, str(pinned))] or [pinned.digest]
        for leaf in leaves:
            if self.scanner is not None:
                yield leaf, self.scanner.scan(Pinned(pinned.repository, leaf))
            else:
                yield leaf, buildkit_sbom(self.registry, pinned.repository, manifest, leaf)


def _reasons(registry: Registry, subject: Subject, verifier: Verifier) -> list[str]:
    """Why nobody trusted has signed *subject*, by what lies beside it in *registry*; none: somebody has."""
    bundles = [r for r in listing_of(registry, subject).referrers if r.artifact_type == BUNDLE]
    why = [] if bundles else ["nobody has signed it"]
    for referrer in bundles[-MOST:]:
        try:
            said = verifier.verify(bundle_in(registry, subject.repository, referrer))
        except RegistryUntrusted as error:
            why.append(error.message)
            continue
        if said.signer and is_about(said.payload, "", subject):
            return []
        why.append(said.problem or "what was signed is about another image")
    return why


def _packages(document: bytes, what: str) -> Iterator[tuple[str, str]]:
    """Name and version of every package in an SPDX document."""
    try:
        packages: Any = jsons.parse_json(document, what=what)["packages"]
        for package in packages:
            yield str(package["name"]), str(package.get("versionInfo") or "")
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{what} lists no packages ({error!r})") from None
