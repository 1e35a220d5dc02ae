"""Images that need images: named contexts, and bases that are a part of the release.

A named context stands in for what a Dockerfile calls by its name (``FROM base``, ``COPY --from=base``;
Docker documentation, "Bake: contexts"; Compose specification, ``additional_contexts``). It is one of

* ``target:NAME``: an image of this release (``service:NAME`` in Compose is the same);
* ``docker-image://REFERENCE``: an image of somebody else's;
* a URL that the builder fetches;
* a folder, relative to the release file.

Images are built in order of need, each from the digest of what it needs, so that a release is made from its
own base and never from whatever a tag names just then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Pinned, Repository, split_image

TARGET, IMAGE = "target:", "docker-image://"
SERVICE = "service:"
BREAK = "an image cannot be built before what it needs: take one of these contexts out"
_URL = lazy_pattern(r"(?:https?|git|ssh)://|git@")
_SCHEME = lazy_pattern(r"[a-z][a-z0-9+.-]*://")

Needs = Mapping[str, Sequence[str]]
"""The images that each image needs, by name."""


def read_context(text: str) -> str:
    """*text*, a named context as written, in its one spelling; :class:`BadInput`."""
    if text.startswith(SERVICE):
        return TARGET + text.removeprefix(SERVICE)
    known = text.startswith((TARGET, IMAGE)) or _URL.match(text)
    if not known and _SCHEME.match(text):
        raise BadInput(
            f"not a context that every builder knows: {text}",
            advice="write target:IMAGE, docker-image://REFERENCE, a URL, or a folder",
        )
    rest = text.removeprefix(IMAGE).removeprefix(TARGET)
    if not rest or rest.startswith("-") or any(ord(character) < 0x21 for character in rest):
        raise BadInput(f"not a context: {text!r}")
    return text


def pinned(repository: Repository, digest: Digest) -> str:
    """The context that is exactly these bytes."""
    return f"{IMAGE}{repository}@{digest}"


def pinned_in(context: str) -> Pinned | None:
    """The exact image that *context* is; None: it is something else, or only names one."""
    return pinned_reference(context.removeprefix(IMAGE)) if context.startswith(IMAGE) else None


def pinned_reference(reference: str) -> Pinned | None:
    """The image that *reference* pins, its tag left out; None: it names no digest. :class:`BadInput`."""
    name, at, digest = reference.partition("@")
    return Pinned(Repository.parse(split_image(name)[0]), Digest(digest)) if at else None


def target_of(context: str) -> str | None:
    """The image of this release that *context* is; None: it is something else."""
    return context.removeprefix(TARGET) if context.startswith(TARGET) else None


def is_image(context: str) -> bool:
    """Whether *context* is an image in a registry."""
    return context.startswith(IMAGE)


def image_in(context: str) -> str:
    """The reference of the image that *context* is."""
    return context.removeprefix(IMAGE)


def is_folder(context: str) -> bool:
    """Whether *context* is a folder of the work tree."""
    return not context.startswith((TARGET, IMAGE)) and not is_url(context)


def is_url(context: str) -> bool:
    """Whether the builder fetches *context* from somewhere."""
    return _URL.match(context) is not None


def targets(contexts: Mapping[str, str]) -> tuple[str, ...]:
    """The images of the release among *contexts*, each once."""
    found = (target_of(context) for context in contexts.values())
    return tuple(dict.fromkeys(name for name in found if name is not None))


def find_cycle(needs: Needs) -> tuple[str, ...]:
    """Images that need each other in a ring, the first once more at the end; empty: there is none."""
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        for other in needs.get(name, ()):
            if found := walk(other, (*path, name)):
                return found
        done.add(name)
        return ()

    return next((found for name in needs if (found := walk(name, ()))), ())


def words_of(cycle: Sequence[str]) -> str:
    """*cycle* in words, with its whole path."""
    if len(cycle) == 2:
        return f"{cycle[0]} needs itself"
    return f"these images need each other: {' → '.join(cycle)}"


def in_order_of_need(names: Iterable[str], needs: Needs) -> tuple[str, ...]:
    """*names*, each after all that it needs among them, otherwise in their order. There is no cycle."""
    wanted = list(names)
    found: dict[str, None] = {}

    def take(name: str) -> None:
        for other in needs.get(name, ()):
            if other in wanted and other not in found:
                take(other)
        found[name] = None

    for name in wanted:
        take(name)
    return tuple(found)
