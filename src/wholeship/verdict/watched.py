"""Which image a controller follows, and how that is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.publish import Reference
from wholeship.pipeline.tags import sample
from wholeship.verdict.report import WorkflowReport

Elects = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Watched:
    """``names`` are images or repositories that are followed; ``source`` says who says so.

    Without names nobody has said anything. ``elects`` says of an image and a tag whether a known policy would
    look at it; None: no policy is known.
    """

    names: tuple[str, ...] = ()
    source: str = ""
    elects: Elects | None = field(default=None, compare=False)

    def follows(self, image: Image) -> bool:
        """Whether *image* is one of them: by its name, its repository, or the end of that."""
        return bool(self.among((image,)))

    def among(self, images: Iterable[Image]) -> tuple[Image, ...]:
        """Those of *images* that are followed.

        Where a repository holds several, its plain tags are followed, if there are any.
        """
        every = tuple(images)
        found: dict[Image, None] = {}
        for name in self.names:
            exact = [image for image in every if image.name == name]
            held = exact or [image for image in every if _named(name, image)]
            plain = [image for image in held if not image.variant or _is_plain(image)]
            found |= dict.fromkeys(plain or held)
        return tuple(image for image in every if image in found)

    def follows_tag(self, reference: Reference) -> bool:
        """Whether a known policy would elect such a tag; judged by one that is like it."""
        repository = str(reference.repository)
        if self.elects is None or reference.tag is None or not self.holds(repository):
            return False
        return self.elects(repository, sample(reference.tag))

    def holds(self, repository: str) -> bool:
        """Whether *repository* is one of them."""
        return any(_ends_in(name, repository) for name in self.names)

    def tags(self, image: Image, tagged: Iterable[Tagged]) -> tuple[Tagged, ...]:
        """Those of *tagged* that stand in a repository which is followed; all, where only a name is known."""
        every = tuple(tagged)
        held = tuple(
            each
            for each in every
            if any("/" in name and _ends_in(name, str(each.reference.repository)) for name in self.names)
        )
        return held or every


NOBODY = Watched()


def unpublished_names(watched: Watched, workflows: Iterable[WorkflowReport]) -> tuple[str, ...]:
    """Those of the followed names that no image of *workflows* has.

    Empty where no image is published at all. A repository whose end is only known in the run may be any.
    """
    lines = [line for workflow in workflows for line in workflow.publishes]
    if not lines or any("{" in _last_part(line.repository) for line in lines):
        return ()
    return tuple(
        name
        for name in watched.names
        if not any(name == line.image or _ends_in(name, line.repository) for line in lines)
    )


def _last_part(repository: str) -> str:
    """What stands behind the last slash; one in braces is a part of what is only known in the run."""
    plain, before = repository, ""
    while plain != before:
        plain, before = re.sub(r"\{[^{}]*\}", "\0", plain), plain
    return plain.rpartition("/")[2].replace("\0", "{}")


def _named(name: str, image: Image) -> bool:
    return any(_ends_in(name, str(repository)) for repository in image.repositories)


def _ends_in(name: str, repository: str) -> bool:
    wanted, whole = _plain(name), _plain(repository)
    if "{" in whole and "/" in wanted:  # what the host or the owner is called is only known in the run
        return _may_be(whole, wanted)
    return whole == wanted or whole.endswith(f"/{wanted}")


def _may_be(whole: str, wanted: str) -> bool:
    pattern = "".join(
        ".*" if piece.startswith("{") else re.escape(piece) for piece in re.split(r"(\{[^{}]*\})", whole)
    )
    return re.fullmatch(pattern, wanted) is not None or whole.endswith(f"/{wanted}")


def _is_plain(image: Image) -> bool:
    return all(each.stem == each.tag for each in image.tags)


def _plain(repository: str) -> str:
    """Docker Hub's two spellings as one."""
    for prefix in ("docker.io/library/", "docker.io/", "index.docker.io/"):
        repository = repository.removeprefix(prefix)
    return repository.lower()
