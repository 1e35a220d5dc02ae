"""Which images there are: sightings of one image brought together, and what is not released left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.init.dockerfiles import name_of
from wholeship.release.init.environments import is_a_try, is_early, rank, without_environment
from wholeship.release.init.leftout import LeftOut, is_helper_name, purpose_of
from wholeship.release.init.names import image_name, last_part, repository_of
from wholeship.release.init.sightings import SeenImage, Sightings
from wholeship.texts.template import Same, Template

LIMIT = 200
"""Most images that are written."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image with everything that was seen of it, the strongest sighting first."""

    name: str
    seen: tuple[SeenImage, ...]
    repository: Repository | None = None

    def first(self, attribute: str, seen: Sequence[SeenImage] | None = None) -> tuple[str, str]:
        """What the strongest of *seen* (or of all) that says it says, and where; empty where none does."""
        every = self.seen if seen is None else seen
        return next(((str(v), s.where) for s in every if (v := getattr(s, attribute))), ("", ""))

    @property
    def builders(self) -> tuple[SeenImage, ...]:
        """The sightings that say how it is built: the strongest, and those of its own workflow or file.

        What another kind of file adds (arguments, a stage) would make another image of it.
        """
        first = next((s for s in self.seen if s.dockerfile), None)
        if first is None:
            return ()
        return tuple(s for s in self.seen if s is first or (s.workflow and s.workflow == first.workflow))

    @property
    def told(self) -> tuple[SeenImage, ...]:
        """The sightings whose remarks count: those of its pushes, and of its build."""
        builders = self.builders
        return tuple(s for s in self.seen if s.workflow or any(s is each for each in builders))

    @property
    def published(self) -> tuple[SeenImage, ...]:
        """The sightings of it being pushed; all, where nothing pushes it."""
        return tuple(s for s in self.seen if s.scenarios) or self.seen


def found_images(sightings: Sightings, environment: str = "") -> tuple[list[FoundImage], list[LeftOut]]:
    """Those of the strongest kind that saw any, filled up from the others; and what was left out of them."""
    kinds = [sane for kind in sightings.kinds if (sane := [seen for seen in kind if _is_sane(seen)])]
    if not kinds:
        return [], []
    kept, left_out = released_groups(brought_together(kinds[0], environment), sightings)
    kept = kept[:LIMIT]
    found = []
    for group, name in zip(kept, _image_names(kept, image_name(sightings.folder)), strict=True):
        weaker = [s for kind in kinds[1:] for s in kind if _alike(group[0], s, name, sightings.folder)]
        found.append(FoundImage(name, (*group, *weaker), _goes_to(group, weaker, name)))
    return _unmixed(found), left_out


def guessed_from(images: Sequence[FoundImage], sightings: Sightings) -> str:
    """From what the list of *images* is guessed, in words; empty where something says what is released."""
    first = images[0].seen[0]
    if any(image.seen[0].handed for image in images):
        return "A GUESS, from what workflows hand to an action that could not be read"
    if any(seen.others for image in images for seen in image.seen):
        return "A GUESS: one place gets several builds, and only the run tells which tag is whose"
    if first.workflow:
        return ""
    if sightings.unread:
        return "A GUESS: steps of the workflows that may push could not be read"
    merely_built = (*sightings.deployed, *sightings.compose, *sightings.dockerfiles, *sightings.inner)
    if any(first is seen for seen in merely_built):
        return "A GUESS, from files that build or deploy images: nothing was seen to push one"
    return ""


def brought_together(kind: Sequence[SeenImage], environment: str = "") -> list[list[SeenImage]]:
    """Sightings of one kind, one list for each image, in the order of the files."""
    strongest = sorted(kind, key=_position) if kind and kind[0].workflow else kind
    ordered = sorted(strongest, key=lambda s: rank(environment, *s.environments, str(s.address)))
    return _in_order(_told_apart(_same_images(ordered)), strongest)


def _told_apart(groups: list[list[SeenImage]]) -> list[list[SeenImage]]:
    """*groups* without those that another run of the same workflow tells apart, as variants of one place."""
    kept = []
    for group in groups:
        first = group[0]
        variants = [g for g in groups if g[0].variant_of and g[0].variant_of == _image_place(first)]
        alike = [g for g in variants if g[0].dockerfile == first.dockerfile and _share_a_workflow(g, first)]
        runs = {scenario for g in alike for seen in g for scenario in seen.scenarios}
        if len(alike) < 2 or any(runs & set(seen.scenarios) for seen in group):
            kept.append(group)
    return kept


def _position(seen: SeenImage) -> tuple[str, str, int]:
    """Where it stands, as people read: file by file, from the top."""
    file, _, line = seen.where.rpartition(", run in ")[2].rpartition(":")
    return seen.workflow, file, int(line) if line.isdecimal() else 0


def _is_sane(seen: SeenImage) -> bool:
    """Whether its paths can be written down, and lead into the repository."""
    return all(text.isprintable() and not text.startswith("/") for text in (seen.context, seen.dockerfile))


# -- one image, seen several times -----------------------------------------------------------------


def _same_images(kind: Sequence[SeenImage]) -> list[list[SeenImage]]:
    groups: dict[str, list[list[SeenImage]]] = {}
    for seen in kind:
        near = groups.setdefault(_plain_name(seen), [])
        group = next((each for each in near if _is_same(each, seen)), None)
        if group is None:
            shared = next((each[0] for each in near if _image_place(each[0]) == _image_place(seen)), None)
            near.append([_apart(seen) if shared is not None and seen.repository else seen])
        else:
            group.append(seen if seen.dockerfile == group[0].dockerfile else _otherwise(group[0], seen))
    return _under_two_names([group for near in groups.values() for group in near])


def _under_two_names(groups: list[list[SeenImage]]) -> list[list[SeenImage]]:
    """One build that two workflows push under a short name and a long one: one image."""
    kept: list[list[SeenImage]] = []
    for group in groups:
        at = next((number for number, other in enumerate(kept) if _are_twins(other, group)), None)
        if at is None:
            kept.append(group)
            continue
        first, second = sorted((kept[at], group), key=lambda each: is_early(str(_image_place(each[0]))))
        text = f"it is pushed to {_image_place(second[0])} too"
        kept[at] = [*first, *(replace(seen, left=(*seen.left, text)) for seen in second)]
    return kept


def _are_twins(one: Sequence[SeenImage], other: Sequence[SeenImage]) -> bool:
    first, second = one[0], other[0]
    if not first.dockerfile or _made_from(first) != _made_from(second) or not first.workflow:
        return False
    if {s.workflow for s in one} & {s.workflow for s in other}:
        return False
    names = sorted((_plain_name(first), _plain_name(second)), key=len)
    if re.sub(r"[^\w]", "-", names[1]).endswith(f"-{names[0]}"):
        return True
    if any(is_a_try(seen.workflow) for seen in (*one, *other)):
        return False
    events = ({s.event for s in seen if s.event} for seen in (one, other))
    return bool(set.intersection(*events)) and _host(first) != _host(second)


def _host(seen: SeenImage) -> str:
    return _image_place(seen).partition("/")[0]


def _made_from(seen: SeenImage) -> tuple[object, ...]:
    return seen.context, seen.dockerfile, seen.target, tuple(sorted(seen.args.items()))


def _in_order(groups: list[list[SeenImage]], kind: Sequence[SeenImage]) -> list[list[SeenImage]]:
    """As the files have them, whichever environment is looked at first."""
    order = {
        (seen.where, str(seen.address), seen.name): number for number, seen in reversed(list(enumerate(kind)))
    }
    return sorted(
        groups, key=lambda g: min(order.get((s.where, str(s.address), s.name), len(kind)) for s in g)
    )


def _plain_name(seen: SeenImage) -> str:
    """The last part of where it goes, whatever the registry and the environment."""
    return without_environment(last_part(_image_place(seen))) or _image_place(seen)


def _image_place(seen: SeenImage) -> str:
    return str(seen.address) or seen.repository or f"{seen.name}:{seen.target}"


def _is_same(group: Sequence[SeenImage], seen: SeenImage) -> bool:
    first = next((each for each in group if each.dockerfile), group[0])
    both = bool(first.dockerfile and seen.dockerfile)
    files = not both or (first.dockerfile, first.target) == (seen.dockerfile, seen.target)
    if _image_place(first) == _image_place(seen):
        return files or not _in_one_run(group, seen)
    if not first.address.parts or not seen.address.parts or _in_one_step(group, seen):
        return False
    if is_a_try(first.workflow) != is_a_try(seen.workflow) and first.address.holes:
        return False  # tests push what is released, to a place of their own
    if files:
        return both or _same_path(first, seen, Same.MAYBE)
    return _same_path(first, seen, Same.YES) and not _share_a_workflow(group, seen)


def _in_one_run(group: Sequence[SeenImage], seen: SeenImage) -> bool:
    """Whether both are pushed side by side; a file of nobody's workflow is one run."""
    return any(
        each.workflow == seen.workflow and (set(each.scenarios) & set(seen.scenarios) or not seen.workflow)
        for each in group
        if each.dockerfile
    )


def _in_one_step(group: Sequence[SeenImage], seen: SeenImage) -> bool:
    """The same files with other arguments, in one run: another image, called alike in another place."""
    return any(
        each.workflow == seen.workflow and each.scenarios == seen.scenarios and each.args != seen.args
        for each in group
    )


def _share_a_workflow(group: Sequence[SeenImage], seen: SeenImage) -> bool:
    return any(each.workflow == seen.workflow for each in group)


def _same_path(one: SeenImage, other: SeenImage, enough: Same) -> bool:
    """Whether both go to one path, whatever the registry's host and the environment.

    A part that only a run knows may be any text (``enough`` is MAYBE), or is none but itself.
    """
    first, second = _path_parts(one), _path_parts(other)
    agree = (
        without_environment(str(a)) == without_environment(str(b)) or _may_be(a, b, enough)
        for a, b in zip(first, second, strict=False)
    )
    return len(first) == len(second) and all(agree)


def _may_be(one: Template, other: Template, enough: Same) -> bool:
    return enough is Same.MAYBE and one.compare(other) is not Same.NO


def _path_parts(seen: SeenImage) -> tuple[Template, ...]:
    """Where it goes, part by part, without the registry's host; what only a run knows is never cut."""
    head, *rest = seen.address.split("/")
    host = head.literal
    return tuple(rest) if rest and (host is None or "." in host or ":" in host) else (head, *rest)


def _apart(seen: SeenImage) -> SeenImage:
    """An image that only its tags tell from another: here each gets a repository of its own."""
    text = f"its tags in {seen.repository}: there the Dockerfile tells images apart, here the repository"
    name = name_of(seen.dockerfile) or seen.name
    return replace(seen, name=name, repository="", left=(*seen.left, text))


def _otherwise(first: SeenImage, seen: SeenImage) -> SeenImage:
    """One that is built from another file in another run: the first counts, and that is told."""
    if not seen.dockerfile or not first.dockerfile:
        return seen
    text = f"{seen.where} builds it from {seen.dockerfile}"
    return replace(seen, context="", dockerfile="", target="", args={}, left=(*seen.left, text))


def _goes_to(group: Sequence[SeenImage], weaker: Sequence[SeenImage], name: str) -> Repository | None:
    """Where it goes; a weaker sighting is believed only about an image of this very name."""
    strong = [repository for seen in group if (repository := repository_of(seen.repository))]
    weak = [repository for seen in weaker if (repository := repository_of(seen.repository))]
    fitting = [repository for repository in weak if repository.path.rpartition("/")[2] == name]
    return next(iter([*strong, *fitting]), None)


def _image_names(groups: Sequence[Sequence[SeenImage]], folder: str) -> list[str]:
    """A name for each; one from a repository is the surest, so those choose first."""
    taken: set[str] = set()
    named: dict[int, str] = {}
    sure = {n: repository_of(group[0].repository) for n, group in enumerate(groups)}
    for number in sorted(sure, key=lambda n: sure[n] is None):
        repository = sure[number]
        own = repository.path.rpartition("/")[2] if repository else groups[number][0].name
        named[number] = _free(image_name(own, folder), taken)
    return [named[number] for number in range(len(groups))]


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def _unmixed(images: list[FoundImage]) -> list[FoundImage]:
    """No two with one repository: the second keeps its name, and goes where its name says."""
    owners: dict[Repository, str] = {}
    return [
        replace(image, repository=None)
        if image.repository is not None and owners.setdefault(image.repository, image.name) != image.name
        else image
        for image in images
    ]


def _alike(strong: SeenImage, weak: SeenImage, name: str, folder: str) -> bool:
    """Whether *weak* is about the image of *strong*: the same files, or else the same name or place."""
    if strong.dockerfile and weak.dockerfile:
        same = strong.dockerfile == weak.dockerfile
        return same and (not weak.target or weak.target == strong.target)
    if weak.aside:
        return False
    own = image_name(weak.name or folder) if weak.name or folder else ""
    last = own == name or (weak.where == weak.dockerfile and bool(own) and name.endswith(f"-{own}"))
    return last or bool(strong.repository and strong.repository == weak.repository)


# -- what is not released --------------------------------------------------------------------------


def released_groups(
    groups: list[list[SeenImage]], sightings: Sightings
) -> tuple[list[list[SeenImage]], list[LeftOut]]:
    """The groups that are released, and the others with a reason; all, where none would be left."""
    reasons = {number: reason for number, g in enumerate(groups) if (reason := _reason(g, groups, sightings))}
    if len(reasons) == len(groups):
        reasons = {n: reason for n, reason in reasons.items() if groups[n][0].aside}
        if len(reasons) == len(groups):
            return groups, []
    kept = [group for number, group in enumerate(groups) if number not in reasons]
    firsts = ((groups[n][0], reason) for n, reason in reasons.items())
    return kept, [
        LeftOut(first.name or _image_place(first), first.where, reason, first.dockerfile)
        for first, reason in firsts
    ]


def _reason(group: Sequence[SeenImage], groups: Sequence[Sequence[SeenImage]], sightings: Sightings) -> str:
    first = group[0]
    if any(p.repository == repository_of(first.repository) for p in sightings.policies):
        return ""
    if all(seen.aside for seen in group):
        return first.aside
    pushed = bool(first.workflow)
    said = purpose_of(first.name, first.dockerfile, first.target, pushed=pushed)
    if not said and is_helper_name(first.name) and (user := _builds_on(first, groups, sightings)):
        said = f"{user} is built from it"
    return said or (_of_no_release(group, groups) if pushed else "")


def _builds_on(first: SeenImage, groups: Sequence[Sequence[SeenImage]], sightings: Sightings) -> str:
    """A Dockerfile of another image that starts from this one, and is not released with it."""
    last = last_part(_image_place(first))
    for group in (each for each in groups if each[0] is not first):
        dockerfile = group[0].dockerfile
        if any(base.rpartition("/")[2] == last for base in sightings.bases.get(dockerfile, ())):
            return "" if _tags_of(first) & _tags_of(group[0]) else dockerfile
    return ""


def _tags_of(seen: SeenImage) -> set[tuple[str, str]]:
    """The tags that its workflow gives it: one that gets those of its users is released with them."""
    return {(seen.workflow, tag.text) for tag in seen.tags if seen.workflow}


def _of_no_release(group: Sequence[SeenImage], groups: Sequence[Sequence[SeenImage]]) -> str:
    """A pushed image that never gets a tag of one release, where its siblings do."""
    if has_deploy_tag(group) or not any(map(has_deploy_tag, groups)):
        return ""
    tags = ", ".join(dict.fromkeys(tag.text for seen in group for tag in seen.tags))
    if not tags:  # where it gets them, nobody could read
        return ""
    return f"it only gets a tag that moves ({tags})"


def has_deploy_tag(group: Iterable[SeenImage]) -> bool:
    """Whether the image gets a tag that names one release."""
    return any(tag.deploy for seen in group for tag in seen.tags)


def not_taken(
    sightings: Sightings, images: Sequence[FoundImage], left_out: Sequence[LeftOut]
) -> Iterator[LeftOut]:
    """Dockerfiles and services of the weaker kinds that belong to none of *images*."""
    files = {s.dockerfile for image in images for s in image.seen}
    files |= {each.dockerfile for each in left_out} | sightings.elsewhere
    files |= {text.partition(" ")[0] for image in images for s in image.seen for text in s.others}
    for kind in sightings.kinds:
        for seen in kind:
            if seen.dockerfile and seen.dockerfile not in files and _is_sane(seen):
                files.add(seen.dockerfile)
                if seen.workflow:  # another build of an image that is taken, and told there
                    continue
                where = "" if seen.where == seen.dockerfile else seen.where
                yield LeftOut(seen.dockerfile, where, _why_not(seen, sightings))


def _why_not(seen: SeenImage, sightings: Sightings) -> str:
    said = seen.aside or purpose_of(seen.name, seen.dockerfile, seen.target)
    if said:
        return said
    return "no push of it was seen" if sightings.published else "add it under images: if it is released too"
