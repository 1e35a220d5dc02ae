"""Sightings → what to write: which images there are, where they go, which one is watched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.core.wording import listed, listed_few
from wholeship.release.config import SCENARIOS
from wholeship.release.init.environments import environment_in, rank
from wholeship.release.init.images import LIMIT, FoundImage, found_images, guessed_from, not_taken
from wholeship.release.init.leftout import LeftOut
from wholeship.release.init.names import image_name, repository_of
from wholeship.release.init.patterns import DEFAULT, Form, form_for
from wholeship.release.init.sightings import Policy, SeenImage, Sightings
from wholeship.release.init.tagging import SeenTag
from wholeship.release.init.used import form_in_use, mended, tag_in_use, why_form, why_not_used
from wholeship.release.order import Election
from wholeship.release.tags import check_pattern

_FRONT = ("app", "web", "server", "api", "frontend", "main")
"""Names that a watched image often has, where nothing says which it is."""
VALUE = 2000
"""Longest build argument that is written down, in characters."""
PLACEHOLDER = "registry.example.com/change-me"
UNKNOWN = "CHANGE-ME.Dockerfile"
"""Stands where a Dockerfile has to be named: `plan` refuses it."""


@dataclass(frozen=True, slots=True)
class DraftImage:
    """One image to write. ``repository`` empty: the common registry and its name.

    ``where`` is what says that there is this image; ``origins`` is where else a key of it comes from.
    ``unbuilt`` is why its ``dockerfile`` is :data:`UNKNOWN`.
    """

    name: str
    context: str
    dockerfile: str
    where: str
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    repository: str = ""
    mirrors: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    unbuilt: str = ""


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
    left_out: tuple[LeftOut, ...] = ()
    also_watched: tuple[str, ...] = ()
    unconfirmed: Mapping[str, str] = field(default_factory=dict)
    """The keys that are a guess, each with what it was guessed from: nothing is released before they are
    confirmed."""


def draft(
    sightings: Sightings,
    *,
    registry: str | None = None,
    watched: str | None = None,
    environment: str = "",
) -> Draft | None:
    """What *sightings* add up to; None when no image was seen. *registry* and *watched* as the user says.

    Raises :class:`BadInput` when *registry* is none, or there is no image *watched*.
    """
    images, left_out = found_images(sightings, environment)
    if not images:
        return None
    policy = _policy(sightings.policies, images, watched, environment)
    images, why_name, name = _watched(images, policy, watched, sightings, environment)
    base, why_base, sure = _registry(images, policy, sightings, registry)
    used = tag_in_use(images)
    first = (mended(used.pattern),) if used is not None and used.pattern else ()
    form = form_for(policy, first) if policy else form_in_use(used, git=sightings.git)
    chosen = form or Form(DEFAULT, "20260528-182833-000001")
    also = _also_followed(sightings, images, policy, name) if watched is None else {}
    aliases, left = _aliases(images, policy, chosen)
    by_scenario, why_platforms = _platforms_by_scenario(images)
    forced = registry is not None
    followed = policy is not None or watched is not None or len(images) == 1
    sure = sure and (registry is not None or base == PLACEHOLDER or not _only_in_a_run(images, policy))
    guesses = {
        "registry": "" if sure else why_base,
        "images": guessed_from(images, sightings),
        "watched": "" if followed else why_name,
    }
    written = [_written_image(image, base, by_scenario, sightings, forced=forced) for image in images]
    told_once, shared = _told_once(_distinct(written, base))
    return Draft(
        registry=base,
        registry_why=why_base,
        images=told_once,
        watched=name,
        watched_why=why_name,
        form=chosen,
        form_why=_form_why(policy, form, used, git=sightings.git),
        form_fits=policy is None or form is not None,
        aliases=aliases,
        left_aliases=left,
        platforms=by_scenario,
        platforms_why=why_platforms,
        policy=policy,
        policy_name_needed=policy is not None and _several(sightings.policies, policy),
        scripts=sightings.scripts,
        remarks=(
            *([] if forced or base == PLACEHOLDER else _unplaced(images, base)),
            *shared,
            *sightings.remarks,
            *_other_policies(sightings, images, policy, also, chosen),
        ),
        left_out=(*left_out, *not_taken(sightings, images, left_out)),
        also_watched=tuple(also) if watched is None else (),
        unconfirmed={key: why for key, why in guesses.items() if why},
    )


def _written_image(
    image: FoundImage,
    base: str,
    platforms: Mapping[str, tuple[str, ...]],
    sightings: Sightings,
    *,
    forced: bool,
) -> DraftImage:
    builders = image.builders
    context = image.first("context", builders)[0] or "."
    dockerfile = image.first("dockerfile", builders)[0]
    own = _merged(image.seen)
    common = set(platforms.get("default", ())) | {p for ps in platforms.values() for p in ps}
    repository = str(image.repository) if image.repository and not forced else ""
    args, odd = _build_arguments(builders)
    mirrors = () if forced else _mirrors(image)
    left = _left(image.told, args, mirrors)
    return DraftImage(
        name=image.name,
        context=context,
        dockerfile=dockerfile or UNKNOWN,
        where=image.seen[0].where,
        target=image.first("target", builders)[0],
        args=args,
        secrets=tuple(dict.fromkeys(text for s in image.seen for text in s.secrets)),
        platforms=own if own and not set(own) >= common else (),
        repository="" if repository == f"{base}/{image.name}" else repository,
        remarks=tuple(
            dict.fromkeys([*odd, *_absent(image, dockerfile, sightings.files, sightings.modules), *left])
        ),
        mirrors=mirrors,
        origins=_origins(image),
        unbuilt="" if dockerfile else _unbuilt(image),
    )


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
    return tuple(replace(image, mirrors=tuple(_free_places(image, taken))) for image in found)


def _told_once(images: Sequence[DraftImage]) -> tuple[tuple[DraftImage, ...], tuple[str, ...]]:
    """What is to be said of several images, once for all of them; and the images with the rest."""
    holders: dict[str, list[str]] = {}
    for image in images:
        for remark in image.remarks:
            holders.setdefault(remark, []).append(image.name)
    shared = {remark: names for remark, names in holders.items() if len(names) > 1}
    own = (replace(i, remarks=tuple(r for r in i.remarks if r not in shared)) for i in images)
    return tuple(own), tuple(
        f"not taken over, of {_whose(names, images)}: {remark}" for remark, names in shared.items()
    )


def _whose(names: Sequence[str], images: Sequence[DraftImage]) -> str:
    if len(names) == len(images) > 2:
        return f"all {len(images)} images"
    return listed_few(names)


def _free_places(image: DraftImage, taken: set[Repository]) -> Iterator[str]:
    """The mirrors of *image* that no other image has."""
    for mirror in image.mirrors:
        place = Repository.parse(mirror)
        if place not in taken:
            taken.add(place)
            yield mirror


def _origins(image: FoundImage) -> dict[str, str]:
    """Where each key comes from that the first sighting does not say."""
    first = image.seen[0].where
    keys = {key: image.first(key, image.builders)[1] for key in ("context", "dockerfile", "target", "args")}
    return {key: where for key, where in keys.items() if where not in ("", first)}


def _build_arguments(sightings: Sequence[SeenImage]) -> tuple[dict[str, str], list[str]]:
    """Build arguments, the strongest sighting's values, and remarks on what is not written down."""
    args = {name: value for seen in reversed(sightings) for name, value in seen.args.items()}
    odd = [n for n, v in args.items() if not re.fullmatch(r"[A-Za-z_]\w{0,99}", n, re.A) or len(v) > VALUE]
    kept = {name: value for name, value in args.items() if name not in odd}
    return kept, [f"the build argument {name[:60]}, which is too odd or too long" for name in odd]


def _absent(image: FoundImage, dockerfile: str, files: frozenset[str], modules: Sequence[str]) -> list[str]:
    if not dockerfile or dockerfile in files or dockerfile.startswith(".."):
        return []
    module = next((each for each in modules if dockerfile.startswith(f"{each}/")), "")
    if module:
        return [
            f"its Dockerfile: the git submodule {module} is not here: git submodule update --init {module}"
        ]
    return [f"its Dockerfile: there is no {dockerfile} here, so say where it is"]


def _unbuilt(image: FoundImage) -> str:
    """Why nobody knows what it is built from."""
    return image.first("how")[0] or "its Dockerfile is only known in a run"


def _unplaced(images: Sequence[FoundImage], base: str) -> Iterator[str]:
    """Where images go of which a part is only known in a run: one line for all."""
    unknown = [i for i in images if i.repository is None and i.seen[0].address.holes]
    if unknown:
        names, go = listed_few(i.name for i in unknown), "go" if len(unknown) > 1 else "goes"
        yield (
            f"where {names} {go} is only known in a run ({unknown[0].seen[0].address}); written here: "
            f"{base}/{unknown[0].name}, so check registry:"
        )


def _mirrors(image: FoundImage) -> tuple[str, ...]:
    """Where every run that pushes it puts it as well."""
    pushed = [set(seen.mirrors) for seen in image.seen if seen.workflow and seen.tags]
    everywhere = set.intersection(*pushed) if pushed else set()
    first = image.seen[0].mirrors
    valid = (str(found) for text in first if text in everywhere and (found := repository_of(text)))
    return tuple(text for text in dict.fromkeys(valid) if text != str(image.repository))


def _left(sightings: Sequence[SeenImage], args: Mapping[str, str], mirrors: Sequence[str]) -> list[str]:
    taken = {f"it is pushed to {mirror} too" for mirror in mirrors}
    taken |= {f"it is pushed to {mirror.removeprefix('docker.io/')} too" for mirror in mirrors}
    told = [text for seen in sightings for text in seen.left if text not in taken]
    return [text for text in told if not any(re.search(rf"argument {name}\b", text) for name in args)]


# -- where they go, and which is watched ---------------------------------------------------------------


def _policy(
    policies: Sequence[Policy], images: Sequence[FoundImage], watched: str | None, environment: str
) -> Policy | None:
    """The policy that rolls production (or *environment*): of those, the one that drives the most."""
    fitting = [
        (policy, image)
        for policy in policies
        if (image := _followed(policy, images)) is not None and watched in (None, image.name)
    ]

    def order(found: tuple[Policy, FoundImage]) -> tuple[object, ...]:
        policy, image = found
        near = rank(environment, policy.name, policy.file, str(policy.repository))
        return policy.suspended, near, -policy.drives, _front(image.name, ""), policy.name

    return min(fitting, key=order)[0] if fitting else None


def _followed(policy: Policy, images: Sequence[FoundImage]) -> FoundImage | None:
    exact = [image for image in images if image.repository == policy.repository]
    if exact:
        return exact[0]
    last = policy.repository.path.rpartition("/")[2]
    named = [i for i in images if i.repository is None and (i.name == last or last.endswith(f"-{i.name}"))]
    return named[0] if len(named) == 1 else None


def _several(policies: Sequence[Policy], chosen: Policy) -> bool:
    return sum(policy.repository == chosen.repository for policy in policies) > 1


def _watched(
    images: list[FoundImage],
    policy: Policy | None,
    wanted: str | None,
    sightings: Sightings,
    environment: str,
) -> tuple[list[FoundImage], str, str]:
    """The images (the watched one with the repository its policy names), the reason, and its name."""
    names = [image.name for image in images]
    if wanted is not None and wanted not in names:
        raise BadInput(f"there is no image {wanted}", advice=f"found: {', '.join(names)}")
    if policy is not None:
        followed = _followed(policy, images)
        assert followed is not None
        known = [replace(i, repository=policy.repository) if i is followed else i for i in images]
        why = _why_policy(policy, sightings, environment)
        return known, f"followed by the policy {policy.name} ({policy.file}){why}", followed.name
    if wanted is not None:
        return images, "as you said", wanted
    if len(names) == 1:
        return images, "", names[0]
    folder = sightings.folder
    guess = min(names, key=lambda name: (_front(name, folder), names.index(name)))
    return images, "A GUESS: no policy that follows one of the images was found here", guess


def _why_policy(policy: Policy, sightings: Sightings, environment: str) -> str:
    """Why this one, where policies of other environments are here too."""
    own = _policy_environment(policy)
    others = dict.fromkeys(_policy_environment(each) or "no environment" for each in sightings.policies)
    if len(others) < 2:
        return ""
    said = environment or own
    why = f"the policy of {said}" if said else "the one that names no environment"
    return f"; it is {why}, out of those of {listed(others)}"


def _policy_environment(policy: Policy) -> str:
    return environment_in(policy.file, policy.name, str(policy.repository))


def _front(name: str, folder: str) -> int:
    order = (image_name(folder), *_FRONT) if folder else _FRONT
    return order.index(name) if name in order else len(order)


def _registry(
    images: Sequence[FoundImage], policy: Policy | None, sightings: Sightings, given: str | None
) -> tuple[str, str, bool]:
    """Where most of the images go, why it is taken to be there, and whether something says so (a placeholder
    is refused anyway)."""
    if given is not None:
        Repository.parse(f"{given.rstrip('/')}/x")
        return given.rstrip("/"), "as you said", True
    known = [_parent(image.repository) for image in images if image.repository]
    places = [place for image in images if (place := repository_of(image.seen[0].variant_of))]
    known = known or [_parent(place) for place in places]
    if known:
        base = Counter(known).most_common(1)[0][0]
        return base, f"as in {_said_by(base, images, policy)}", True
    unknown = next((image.seen[0].address for image in images if image.seen[0].address.holes), None)
    if unknown is not None:
        return PLACEHOLDER, f"CHANGE THIS: where the images go is only known in a run ({unknown})", True
    parts = sightings.source.removeprefix("https://").split("/")
    hosts = {"github.com": "ghcr.io", "gitlab.com": "registry.gitlab.com"}
    if len(parts) >= 3 and parts[0] in hosts:
        base = "/".join([hosts[parts[0]], *parts[1:]]).lower().rstrip("/")
        if _is_base(base):
            return base, "A GUESS, from the git remote", False
    return PLACEHOLDER, "CHANGE THIS: nothing here says where the images go", True


def _only_in_a_run(images: Sequence[FoundImage], policy: Policy | None) -> bool:
    """Whether only a run knows where one of them is pushed, whatever other files say of it."""
    told = {policy.repository} if policy is not None else set()
    return any(
        image.seen[0].address.holes
        and image.repository not in told
        and not any(seen.repository for seen in image.seen if seen.workflow)
        for image in images
    )


def _said_by(base: str, images: Sequence[FoundImage], policy: Policy | None) -> str:
    """A file that names a repository there."""
    if policy is not None and _parent(policy.repository) == base:
        return policy.file
    every = (s for image in images for s in image.seen)
    places = ((s.where, repository_of(s.repository or s.variant_of)) for s in every)
    return next(where for where, place in places if place and _parent(place) == base)


def _is_base(base: str) -> bool:
    try:
        Repository.parse(f"{base}/x")
    except BadInput:
        return False
    return True


def _parent(repository: Repository) -> str:
    return str(repository).rpartition("/")[0]


# -- tags and platforms ----------------------------------------------------------------------------------


def _form_why(policy: Policy | None, form: Form | None, used: SeenTag | None, *, git: bool) -> str:
    if policy is None:
        return why_form(used, form, git=git)
    if form is None:
        return ""
    return f"a form that {policy.name} elects ({policy.summary}){why_not_used(used, form)}"


def _aliases(
    images: Sequence[FoundImage], policy: Policy | None, form: Form
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Moving tags that are pushed today, by scenario; those that the policy would roll out are left out."""
    found: dict[str, dict[str, None]] = {}
    for seen in (s for image in images for s in image.published):
        for tag in (each.pattern for each in seen.tags):
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


def _platforms_by_scenario(images: Sequence[FoundImage]) -> tuple[dict[str, tuple[str, ...]], str]:
    """Platforms by scenario, as they are built today; amd64 where nothing is said."""
    by_scenario: dict[str, dict[str, None]] = {}
    anywhere: dict[str, None] = {}
    said, native = "", ""
    for seen in (s for image in images for s in image.seen):
        for platform in _known_texts(seen.platforms):
            anywhere[platform] = None
            said = said or ("" if seen.native else f"as in {seen.where}")
            native = native or f"which is what the runner of {seen.where} is"
            for scenario in seen.scenarios:
                by_scenario.setdefault(scenario, {})[platform] = None
    if not anywhere:
        return {"default": ("linux/amd64",)}, ""
    sets = {scenario: tuple(sorted(found)) for scenario, found in by_scenario.items()}
    default = sets.get("push") or sets.get("manual") or (() if sets else tuple(sorted(anywhere)))
    default = default or ("linux/amd64",)
    chosen = {"default": default} | {s: sets[s] for s in SCENARIOS if s in sets and sets[s] != default}
    return chosen, said or native


def _merged(seen: Iterable[SeenImage]) -> tuple[str, ...]:
    return tuple(sorted({p for one in seen for p in _known_texts(one.platforms)}))


def _known_texts(texts: Iterable[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(Platform.wanted(text)))
        except BadInput:
            continue
    return found


# -- what was seen and not taken --------------------------------------------------------------------------


def _also_followed(
    sightings: Sightings, images: Sequence[FoundImage], policy: Policy | None, name: str
) -> dict[str, Policy]:
    """The images that other policies of the same environment follow, with one of these."""
    found: dict[str, Policy] = {}
    for other in sightings.policies:
        followed = _followed(other, images)
        alike = policy is not None and _policy_environment(other) == _policy_environment(policy)
        if alike and followed is not None and followed.name != name and not other.suspended:
            found.setdefault(followed.name, other)
    return found


def _other_policies(
    sightings: Sightings,
    images: Sequence[FoundImage],
    policy: Policy | None,
    also: Mapping[str, Policy],
    form: Form,
) -> Iterator[str]:
    """What else rolls one of the images out, or would in another environment."""
    for other in sightings.policies:
        followed = _followed(other, images)
        if other is policy or followed is None or other.suspended:
            continue
        where = f"{other.name} ({other.file})"
        if also.get(followed.name) is other:
            if other.elector.opinion(form.example, ()).election is not Election.ELECTED:
                yield f"{where} follows {followed.name}, and would not roll out a tag such as {form.example}"
        elif policy is not None and _policy_environment(other) != _policy_environment(policy):
            yield (
                f"{where} follows {followed.name} in another environment "
                f"({_policy_environment(other) or 'it names none'}): it was not asked about the tag"
            )
        else:
            yield f"{where} follows {followed.name} on its own: it rolls out without waiting for the others"
