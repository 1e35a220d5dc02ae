"""Sightings → what to write: which images there are, where they go, which one is watched."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.release.config import SCENARIOS
from wholeship.release.init.dockerfiles import name_of
from wholeship.release.init.names import image_name, repository_of
from wholeship.release.init.patterns import DEFAULT, Form, form_for
from wholeship.release.init.sightings import Policy, SeenImage, Sightings
from wholeship.release.order import Election
from wholeship.release.tags import check_pattern

_FRONT = ("app", "web", "server", "api", "frontend", "main")
"""Names that a watched image often has, where nothing says which it is."""
LIMIT = 200
"""Most images that are written."""
VALUE = 2000
"""Longest build argument that is written down, in characters."""
PLACEHOLDER = "registry.example.com/change-me"


@dataclass(frozen=True, slots=True)
class DraftImage:
    """One image to write. ``repository`` empty: the common registry and its name."""

    name: str
    context: str
    dockerfile: str
    where: str
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    repository: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A release file to be written, each choice with the reason for it."""

    registry: str
    registry_why: str
    images: tuple[DraftImage, ...]
    watched: str
    watched_why: str
    form: Form
    form_why: str
    form_fits: bool
    aliases: Mapping[str, tuple[str, ...]]
    left_aliases: tuple[str, ...]
    platforms: Mapping[str, tuple[str, ...]]
    platforms_why: str
    policy: Policy | None
    policy_name_needed: bool
    scripts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def draft(sightings: Sightings, *, registry: str | None = None, watched: str | None = None) -> Draft | None:
    """What *sightings* add up to; None when no image was seen. *registry* and *watched* as the user says.

    Raises :class:`BadInput` when *registry* is none, or there is no image *watched*.
    """
    images = _images(sightings)
    if not images:
        return None
    policy = _policy(sightings.policies, images, watched)
    images, why_name, name = _watched(images, policy, watched, sightings.folder)
    base, why_base = _registry(images, policy, sightings, registry)
    form = form_for(policy) if policy else None
    chosen = form or Form(DEFAULT, "20260528-182833-000001")
    aliases, left = _aliases(images, policy, chosen)
    by_scenario, why_platforms = _platforms(images)
    return Draft(
        registry=base,
        registry_why=why_base,
        images=_distinct(
            [
                _written(image, base, by_scenario, sightings.files, forced=registry is not None)
                for image in images
            ],
            base,
        ),
        watched=name,
        watched_why=why_name,
        form=chosen,
        form_why=_form_why(policy, form),
        form_fits=policy is None or form is not None,
        aliases=aliases,
        left_aliases=left,
        platforms=by_scenario,
        platforms_why=why_platforms,
        policy=policy,
        policy_name_needed=policy is not None and _several(sightings.policies, policy),
        scripts=sightings.scripts,
        remarks=(*sightings.remarks, *_others(sightings, images, policy)),
    )


# -- images ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Image:
    """An image with everything that was seen of it, the strongest sighting first."""

    name: str
    seen: tuple[SeenImage, ...]
    repository: Repository | None = None

    def first(self, attribute: str) -> str:
        return next((str(v) for s in self.seen if (v := getattr(s, attribute))), "")

    @property
    def published(self) -> tuple[SeenImage, ...]:
        return tuple(s for s in self.seen if s.scenarios) or self.seen


def _images(sightings: Sightings) -> list[_Image]:
    """Those of the strongest kind that saw any, filled up from the others."""
    kinds = [sane for kind in sightings.kinds if (sane := [seen for seen in kind if _is_sane(seen)])]
    if not kinds:
        return []
    groups = _same(kinds[0])[:LIMIT]
    names = _names(groups, image_name(sightings.folder))
    found = []
    for group, name in zip(groups, names, strict=True):
        weaker = [s for kind in kinds[1:] for s in kind if _alike(group[0], s, name)]
        seen = (*group, *weaker)
        found.append(_Image(name, seen, _repository(group, weaker, name)))
    return _unmixed(found)


def _repository(group: Sequence[SeenImage], weaker: Sequence[SeenImage], name: str) -> Repository | None:
    """Where it goes; a weaker sighting is believed only about an image of this very name."""
    strong = [repository for seen in group if (repository := repository_of(seen.repository))]
    weak = [repository for seen in weaker if (repository := repository_of(seen.repository))]
    fitting = [repository for repository in weak if repository.path.rpartition("/")[2] == name]
    return next(iter([*strong, *fitting]), None)


def _distinct(images: Sequence[DraftImage], base: str) -> tuple[DraftImage, ...]:
    """No two images that would go to one repository; the later one gets another name there."""
    taken: set[Repository] = set()
    found = []
    for image in images:
        usual = f"{base}/{image.name}"
        wanted = [image.repository or usual, usual, *(f"{usual}-{n}" for n in range(2, LIMIT + 2))]
        free = next(text for text in wanted if Repository.parse(text) not in taken)
        taken.add(Repository.parse(free))
        moved = ("its repository, which another image has",) if free != wanted[0] else ()
        own = free if moved else image.repository
        found.append(replace(image, repository=own, remarks=(*image.remarks, *moved)))
    return tuple(found)


def _names(groups: Sequence[Sequence[SeenImage]], folder: str) -> list[str]:
    """A name for each; one from a repository is the surest, so those choose first."""
    taken: set[str] = set()
    named: dict[int, str] = {}
    sure = {n: repository_of(group[0].repository) for n, group in enumerate(groups)}
    for number in sorted(sure, key=lambda n: sure[n] is None):
        repository = sure[number]
        own = repository.path.rpartition("/")[2] if repository else groups[number][0].name
        named[number] = _free(image_name(own, folder), taken)
    return [named[number] for number in range(len(groups))]


def _is_sane(seen: SeenImage) -> bool:
    """Whether its paths can be written down, and lead into the repository."""
    return all(text.isprintable() and not text.startswith("/") for text in (seen.context, seen.dockerfile))


def _unmixed(images: list[_Image]) -> list[_Image]:
    """No two with one repository: the second keeps its name, and goes where its name says."""
    owners: dict[Repository, str] = {}
    return [
        replace(image, repository=None)
        if image.repository is not None and owners.setdefault(image.repository, image.name) != image.name
        else image
        for image in images
    ]


def _same(kind: Sequence[SeenImage]) -> list[list[SeenImage]]:
    """Sightings of one image together: the same repository, or else the same name.

    Several Dockerfiles for one repository (told apart by their tags) are several images: here, each gets
    a repository of its own.
    """
    groups: dict[tuple[str, str], list[SeenImage]] = {}
    first: dict[str, str] = {}
    for seen in kind:
        where = seen.repository or f"name:{seen.name}:{seen.target}"
        if first.setdefault(where, seen.dockerfile) != seen.dockerfile and seen.repository:
            text = (
                f"its tags in {seen.repository}: there the Dockerfile tells images apart, here the repository"
            )
            name = name_of(seen.dockerfile) or seen.name
            seen = replace(seen, name=name, repository="", left=(*seen.left, text))  # noqa: PLW2901
        groups.setdefault((where, seen.dockerfile), []).append(seen)
    return list(groups.values())


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def _alike(strong: SeenImage, weak: SeenImage, name: str) -> bool:
    """Whether *weak* is about the image of *strong*: the same files, or the same name and no other files."""
    if strong.dockerfile and weak.dockerfile:
        same = strong.dockerfile == weak.dockerfile
        return same and (not weak.target or weak.target == strong.target)
    return image_name(weak.name) == name


def _written(
    image: _Image,
    base: str,
    platforms: Mapping[str, tuple[str, ...]],
    files: frozenset[str],
    *,
    forced: bool,
) -> DraftImage:
    context = image.first("context") or "."
    dockerfile = image.first("dockerfile") or posixpath.normpath(posixpath.join(context, "Dockerfile"))
    own = _merged(image.seen)
    common = set(platforms.get("default", ())) | {p for ps in platforms.values() for p in ps}
    repository = str(image.repository) if image.repository and not forced else ""
    args, odd = _arguments(image.seen)
    return DraftImage(
        name=image.name,
        context=context,
        dockerfile=dockerfile,
        where=image.seen[0].where,
        target=image.first("target"),
        args=args,
        secrets=tuple(dict.fromkeys(text for s in image.seen for text in s.secrets)),
        platforms=own if own and not set(own) >= common else (),
        repository="" if repository == f"{base}/{image.name}" else repository,
        remarks=tuple(dict.fromkeys([*odd, *_absent(dockerfile, files), *_left(image.seen, args)])),
    )


def _arguments(sightings: Sequence[SeenImage]) -> tuple[dict[str, str], list[str]]:
    """Build arguments, the strongest sighting's values, and remarks on what is not written down."""
    args = {name: value for seen in reversed(sightings) for name, value in seen.args.items()}
    odd = [n for n, v in args.items() if not re.fullmatch(r"[A-Za-z_]\w{0,99}", n, re.A) or len(v) > VALUE]
    kept = {name: value for name, value in args.items() if name not in odd}
    return kept, [f"the build argument {name[:60]}, which is too odd or too long" for name in odd]


def _absent(dockerfile: str, files: frozenset[str]) -> list[str]:
    known = dockerfile in files or dockerfile.startswith("..")
    return [] if known else [f"there is no {dockerfile} here: say where the Dockerfile is"]


def _left(sightings: Sequence[SeenImage], args: Mapping[str, str]) -> list[str]:
    told = [text for seen in sightings for text in seen.left]
    return [text for text in told if not any(re.search(rf"argument {name}\b", text) for name in args)]


# -- where they go, and which is watched ---------------------------------------------------------------


def _policy(policies: Sequence[Policy], images: Sequence[_Image], watched: str | None) -> Policy | None:
    """The policy that rolls production: the one that drives the most, among those that follow an image."""
    fitting = [
        (policy, image)
        for policy in policies
        if (image := _followed(policy, images)) is not None and watched in (None, image.name)
    ]
    ranked = sorted(fitting, key=lambda f: (f[0].suspended, -f[0].drives, _front(f[1].name, ""), f[0].name))
    return ranked[0][0] if ranked else None


def _followed(policy: Policy, images: Sequence[_Image]) -> _Image | None:
    exact = [image for image in images if image.repository == policy.repository]
    if exact:
        return exact[0]
    last = policy.repository.path.rpartition("/")[2]
    named = [i for i in images if i.repository is None and (i.name == last or last.endswith(f"-{i.name}"))]
    return named[0] if len(named) == 1 else None


def _several(policies: Sequence[Policy], chosen: Policy) -> bool:
    return sum(policy.repository == chosen.repository for policy in policies) > 1


def _watched(
    images: list[_Image], policy: Policy | None, wanted: str | None, folder: str
) -> tuple[list[_Image], str, str]:
    """The images (the watched one with the repository its policy names), the reason, and its name."""
    names = [image.name for image in images]
    if wanted is not None and wanted not in names:
        raise BadInput(f"there is no image {wanted}", advice=f"found: {', '.join(names)}")
    if policy is not None:
        followed = _followed(policy, images)
        assert followed is not None
        known = [replace(i, repository=policy.repository) if i is followed else i for i in images]
        return known, f"followed by the policy {policy.name} ({policy.file})", followed.name
    if wanted is not None:
        return images, "as you said", wanted
    if len(names) == 1:
        return images, "", names[0]
    guess = min(names, key=lambda name: (_front(name, folder), names.index(name)))
    return images, "A GUESS: no policy that follows one of the images was found here", guess


def _front(name: str, folder: str) -> int:
    order = (image_name(folder), *_FRONT) if folder else _FRONT
    return order.index(name) if name in order else len(order)


def _registry(
    images: Sequence[_Image], policy: Policy | None, sightings: Sightings, given: str | None
) -> tuple[str, str]:
    """Where most of the images go, and why it is taken to be there."""
    if given is not None:
        Repository.parse(f"{given.rstrip('/')}/x")
        return given.rstrip("/"), "as you said"
    known = [_parent(image.repository) for image in images if image.repository]
    if known:
        base = Counter(known).most_common(1)[0][0]
        where = policy.file if policy and _parent(policy.repository) == base else images[0].seen[0].where
        return base, f"as in {where}"
    parts = sightings.source.removeprefix("https://").split("/")
    hosts = {"github.com": "ghcr.io", "gitlab.com": "registry.gitlab.com"}
    if len(parts) >= 3 and parts[0] in hosts:
        base = "/".join([hosts[parts[0]], *parts[1:]]).lower().rstrip("/")
        if _is_base(base):
            return base, "A GUESS, from the git remote"
    return PLACEHOLDER, "CHANGE THIS: nothing here says where the images go"


def _is_base(base: str) -> bool:
    try:
        Repository.parse(f"{base}/x")
    except BadInput:
        return False
    return True


def _parent(repository: Repository) -> str:
    return str(repository).rpartition("/")[0]


# -- tags and platforms ----------------------------------------------------------------------------------


def _form_why(policy: Policy | None, form: Form | None) -> str:
    if policy is None:
        return "UTC time, and a number that no other release gets"
    if form is None:
        return ""
    return f"a form that {policy.name} elects ({policy.summary})"


def _aliases(
    images: Sequence[_Image], policy: Policy | None, form: Form
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Moving tags that are pushed today, by scenario; those that the policy would roll out are left out."""
    found: dict[str, dict[str, None]] = {}
    for seen in (s for image in images for s in image.published):
        for tag in seen.tags:
            if tag == "latest" or (tag in ("{semver}", "{minor}", "{major}") and tag != form.pattern):
                for scenario in seen.scenarios:
                    if tag == "latest" or scenario == "release":
                        found.setdefault(scenario, {})[tag] = None
    left = {a for aliases in found.values() for a in aliases if policy and not _harmless(a, policy, form)}
    kept = {s: tuple(a for a in found[s] if a not in left) for s in SCENARIOS if s in found}
    return {s: aliases for s, aliases in kept.items() if aliases}, tuple(sorted(left))


def _harmless(alias: str, policy: Policy, form: Form) -> bool:
    try:
        check_pattern(alias, alias=True)
    except BadInput:
        return False
    sample = {"{semver}": "1.0.0", "{minor}": "1.0", "{major}": "1"}.get(alias, alias)
    return policy.elector.opinion(form.example, (sample,)).election is Election.ELECTED


def _platforms(images: Sequence[_Image]) -> tuple[dict[str, tuple[str, ...]], str]:
    """Platforms by scenario, as they are built today; amd64 where nothing is said."""
    by_scenario: dict[str, dict[str, None]] = {}
    anywhere: dict[str, None] = {}
    where = ""
    for seen in (s for image in images for s in image.seen):
        for platform in _known(seen.platforms):
            anywhere[platform] = None
            where = where or seen.where
            for scenario in seen.scenarios:
                by_scenario.setdefault(scenario, {})[platform] = None
    if not anywhere:
        return {"default": ("linux/amd64",)}, ""
    sets = {scenario: tuple(sorted(found)) for scenario, found in by_scenario.items()}
    default = sets.get("push") or sets.get("manual") or (() if sets else tuple(sorted(anywhere)))
    default = default or ("linux/amd64",)
    chosen = {"default": default} | {s: sets[s] for s in SCENARIOS if s in sets and sets[s] != default}
    return chosen, f"as in {where}"


def _merged(seen: Iterable[SeenImage]) -> tuple[str, ...]:
    return tuple(sorted({p for one in seen for p in _known(one.platforms)}))


def _known(texts: Iterable[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(Platform.parse(text)))
        except BadInput:
            continue
    return found


# -- what was seen and not taken --------------------------------------------------------------------------


def _others(sightings: Sightings, images: Sequence[_Image], policy: Policy | None) -> list[str]:
    told = []
    used = {(s.dockerfile, s.target) for image in images for s in image.seen}
    files = {dockerfile for dockerfile, _ in used}
    for kind in sightings.kinds:
        for seen in kind:
            if seen.dockerfile and seen.dockerfile not in files:
                files.add(seen.dockerfile)
                where = "" if seen.where == seen.dockerfile else f" ({seen.where})"
                told.append(f"not taken: {seen.dockerfile}{where}; add it under images if it is released too")
    for other in sightings.policies:
        followed = _followed(other, images)
        if other is not policy and followed is not None and not other.suspended:
            told.append(
                f"{other.name} ({other.file}) follows {followed.name} on its own: it rolls out without "
                "waiting for the watched image"
            )
    return told
