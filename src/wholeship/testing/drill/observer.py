"""Who looks after every step of the registry, and never takes part.

What must hold, by number:

I1   wherever the watched deploy tag is listed or resolves, every sibling is listed and resolves to the
     released digest, with every platform
I2   the promoted bytes are the gated bytes are the candidate's bytes
I3   the newest visible release never moves back
I4   a bound tag is never changed, but aliases, and lists of referrers, which grow; an earlier record may go
     once a later one of its release is there, and the tags of a release that is taken back
I5   nothing shows up in the watched repository but deploy tags and aliases
I6   what the process says agrees with the registry at that moment
I7   a run after success writes nothing
I8   one run without faults ends it: published, or refused with a reason
I9   requests and waits are bounded
I10  no secret in anything that is said or kept
I11  no write goes outside the plan's repositories; no tag is ever deleted but such earlier records and, where
     a release is taken back, its own tags
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from wholeship.core.digest import Digest
from wholeship.core.http import Request, Response
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.order import key
from wholeship.release.plan import Plan
from wholeship.release.record import recorded, revisions
from wholeship.testing.images import Image

INVARIANTS = tuple(f"I{number}" for number in range(1, 12))

Released = Mapping[str, Image]
"""What one release consists of, by image."""


class Truth(Protocol):
    """What a registry holds, told by itself."""

    def tag(self, repository: Repository, tag: str) -> Digest | None:
        """What *tag* is bound to; None: not bound."""

    def resolves(self, repository: Repository, tag: str) -> bool:
        """Whether there is a manifest behind it."""

    def listed(self, repository: Repository) -> tuple[str, ...]:
        """Every tag that a listing shows."""

    def has(self, repository: Repository, digest: Digest) -> bool:
        """Whether a manifest can be had by digest."""


def visible_to_controller(truth: Truth, plan: Plan) -> bool:
    """Whether a controller could act on the deploy tag."""
    return any(_shown_in(truth, plan, image.repository) for image in plan.followed_images)


def _shown_in(truth: Truth, plan: Plan, repository: Repository) -> bool:
    return plan.tag in truth.listed(repository) or truth.resolves(repository, plan.tag)


def too_early(truth: Truth, plan: Plan, releases: Sequence[Released]) -> str:
    """What is wrong at this very moment; empty: nothing.

    As :func:`half`; but of several followed images those that are written after the last visible one may
    still lack.
    """
    shown = [_shown_in(truth, plan, image.repository) for image in plan.followed_images]
    later = plan.followed[len(shown) - shown[::-1].index(True) :] if any(shown) else ()
    due = [{name: image for name, image in made.items() if name not in later} for made in releases]
    return half(truth, plan, due)


def whole_release(truth: Truth, plan: Plan, released: Released) -> bool:
    """Whether *released* is out, every image of it, listed or not yet listed."""
    return not any(_wrong(truth, plan, name, image, listed=False) for name, image in released.items())


def half(truth: Truth, plan: Plan, releases: Sequence[Released], *, listed: bool = True) -> str:
    """What is wrong with a release that is visible; empty: it is whole, or not visible.

    Without *listed*, a sibling that resolves and is not in its listing is not wrong: it can be pulled.
    """
    if not visible_to_controller(truth, plan):
        return ""
    told = []
    for released in releases:
        wrong = [
            text
            for name, image in released.items()
            if (text := _wrong(truth, plan, name, image, listed=listed))
        ]
        if not wrong:
            return ""
        told.append("; ".join(wrong))
    return min(told, key=len)


def _wrong(truth: Truth, plan: Plan, name: str, image: Image, *, listed: bool = True) -> str:
    repository = plan.image(name).repository
    found = truth.tag(repository, plan.tag)
    if found is None or not truth.resolves(repository, plan.tag):
        return f"{name} is missing"
    if found != image.digest:
        return f"{name} is another image"
    if any(not truth.has(repository, child.digest) for child in image.children):
        return f"{name} lacks a platform"
    if listed and name not in plan.followed and plan.tag not in truth.listed(repository):
        return f"{name} is not listed"
    return ""


@dataclass(slots=True)
class Observer:
    """Looks at ``truth`` after every step. ``broken`` is what must not be; ``by_others`` is half that
    somebody else made, which nobody can prevent, and which has to be told."""

    plan: Plan
    truth: Truth
    releases: list[Released]
    aliases: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    """Tags to remember, where asking for all of them takes long; None: all."""
    broken: list[str] = field(default_factory=list)
    by_others: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    deploy_tags: set[str] = field(default_factory=set)
    stated: Callable[[Repository, Digest], bool] | None = None
    """Whether what is stated of a release lies beside an image; None: it need not."""
    may_delete: frozenset[str] = frozenset()
    """Tags that are being taken back, which may be deleted."""
    _acted: bool = False
    _victim: Repository | None = None
    _looked_since: bool = False
    _shows_in: str = "manifests"
    _bound: dict[tuple[str, str], Digest] = field(default_factory=dict)
    _newest: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        self.deploy_tags |= {self.plan.tag, *self.truth.listed(self.plan.commit_image.repository)}
        self._remember()

    def turn_to(self, plan: Plan, released: Released) -> None:
        """From now on it is about the release of *plan*, somewhere else."""
        self.plan, self.releases, self._newest = plan, [released], ()
        self.deploy_tags |= {plan.tag, *self.truth.listed(plan.commit_image.repository)}
        self._remember()

    def outsider(self, victim: Repository, shows_in: str = "manifests") -> None:
        """Somebody else has done something to *victim*; it *shows_in* an answer of that kind."""
        self._acted, self._victim, self._looked_since = True, victim, False
        self._shows_in = shows_in
        self._remember()
        self.look("somebody else")

    def excuse_half(self) -> None:
        """What was half is nobody's fault: of two that write the same tag, neither can prevent it."""
        unavoidable = [text for text in self.broken if text.startswith(("I1 half", "I4"))]
        self.by_others += unavoidable
        self.broken[:] = [text for text in self.broken if text not in unavoidable]

    @property
    def unseen(self) -> bool:
        """Whether somebody else has acted, and nobody has looked there since."""
        return self._acted and not self._looked_since

    def __call__(self, request: Request, response: Response) -> None:
        """After a request."""
        name, kind, reference = _address_parts(request.url)
        if request.method not in ("GET", "HEAD") and kind != "token":
            self._write(request.method, name, kind, reference, response.status)
        elif self._victim is not None and name == self._victim.path and kind == self._shows_in:
            self._looked_since |= kind == "tags" or reference == self.plan.tag
        self.look(f"{request.method} {name} {reference}")

    def look(self, after: str) -> None:
        """Is all as it must be, right now?"""
        wrong = too_early(self.truth, self.plan, self.releases)
        if wrong:
            (self.by_others if self._acted else self.broken).append(f"I1 half after {after}: {wrong}")
        shown = self.truth.listed(self.plan.commit_image.repository)
        seen = {tag for image in self.plan.followed_images for tag in self.truth.listed(image.repository)}
        seen = {tag for tag in seen if not _is_list(tag)}
        strange = seen - self.deploy_tags - self.aliases
        if strange:
            self.broken.append(f"I5 {min(strange)} in the watched repository after {after}")
        self._look_at_statements(after)
        newest = max((k for tag in shown if (k := key(self.plan.tag_pattern, tag))), default=())
        if newest < self._newest and not self._acted and not self.may_delete:
            self.broken.append(f"I3 the newest release went back after {after}")
        self._newest = newest

    def _look_at_statements(self, after: str) -> None:
        """What is visible has been attested before, where that is asked for."""
        if self.stated is None or not visible_to_controller(self.truth, self.plan):
            return
        for name, image in self.releases[0].items():
            if not self.stated(self.plan.image(name).repository, image.digest):
                self.broken.append(f"I12 visible after {after}, and nothing is stated of {name}")

    def _is_earlier_record(self, repository: Repository, reference: str) -> bool:
        """Whether it is a record of a release of which a later record is there."""
        for tag in recorded([reference]):
            ((number, _),) = revisions([reference], tag)
            later = [name for n, name in revisions(self.truth.listed(repository), tag) if n > number]
            return any(self.truth.resolves(repository, name) for name in later)
        return False

    def _write(self, method: str, name: str, kind: str, reference: str, status: int) -> None:
        repositories = {image.repository.path: image.repository for image in self.plan.images}
        if name not in repositories:
            self.broken.append(f"I11 {method} to {name}, which is not in the plan")
            return
        if kind != "manifests":
            return
        earlier_record = method == "DELETE" and self._is_earlier_record(repositories[name], reference)
        if method == "DELETE" and not earlier_record and reference not in self.may_delete:
            self.broken.append(f"I11 {method} of {name} {reference}")
        if ":" in reference:
            return
        self.writes.append(f"{method} {name}:{reference} {status}")
        before, repository = self._bound.get((name, reference)), repositories[name]
        now = self.truth.tag(repository, reference)
        # A tag that somebody bound after the last look at it cannot be known, let alone kept.
        may_change = reference in self.aliases or _is_list(reference)
        kept = not may_change and not (now is None and (earlier_record or reference in self.may_delete))
        if before is not None and now != before and kept and not self.unseen:
            self.broken.append(f"I4 {name}:{reference} was moved")
        followed = {image.repository.path for image in self.plan.followed_images}
        if name in followed and reference == self.plan.tag and self._looked_since and self._victim_is_wrong():
            self.broken.append("I1 committed after a look that showed a sibling to be wrong")
        self._remember()

    def _victim_is_wrong(self) -> bool:
        return bool(too_early(self.truth, self.plan, self.releases))

    def _remember(self) -> None:
        """What every tag is bound to; one without a manifest behind it is not bound to anything."""
        self._bound = {}
        for image in self.plan.images:
            for tag in self.only if self.only is not None else self.truth.listed(image.repository):
                found = self.truth.tag(image.repository, tag)
                if found is not None and self.truth.resolves(image.repository, tag):
                    self._bound[(image.repository.path, tag)] = found


def _is_list(tag: str) -> bool:
    """Whether *tag* is no release but a list of referrers, which grows."""
    return tag.startswith("sha256-")


def _address_parts(url: str) -> tuple[str, str, str]:
    """Repository, kind and reference of a request's address."""
    path = unquote(urlsplit(url).path).removeprefix("/v2/")
    for kind in ("/manifests/", "/blobs/uploads/", "/blobs/", "/tags/"):
        name, found, reference = path.rpartition(kind)
        if found:
            return name, kind.strip("/"), reference
    return path, "token" if path == "/token" else "", ""
