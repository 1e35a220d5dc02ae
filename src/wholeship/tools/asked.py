"""Questions whether a registry has an image: ``imagetools inspect``, ``skopeo inspect``, ``crane digest`` …

Where such a question ends well the tag is there, as if the script had pushed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wholeship.pipeline.effects import Effect, Write, read_reference
from wholeship.pipeline.publish import Reference, Way
from wholeship.shell.state import Command
from wholeship.shell.words import readings
from wholeship.texts.template import Same, Template

_QUESTIONS: dict[str, tuple[str, ...]] = {
    "docker": ("buildx imagetools inspect", "manifest inspect", "pull", "image pull"),
    "docker-buildx": ("imagetools inspect",),
    "skopeo": ("inspect",),
    "crane": ("manifest", "digest", "config"),
    "gcrane": ("manifest", "digest", "config"),
    "regctl": ("manifest head", "manifest get", "manifest digest", "image digest", "image manifest"),
    "oras": ("manifest fetch", "resolve"),
}
"""The commands that ask a registry. ``docker inspect`` asks this machine, and so may ``podman manifest``."""
_SWITCHES = frozenset("--raw --config --verbose -v --quiet -q --insecure --no-tags -n --descriptor".split())
_WITH_VALUE = frozenset("--format --creds --platform --authfile --builder --retry-times -f".split())
"""Options by which the question stays the same."""


def asked_image(line: Sequence[Template]) -> Reference | None:
    """The image that *line* asks a registry for; None where it asks nothing, or something else."""
    words = [word.literal for word in line]
    for question in _QUESTIONS.get(words[0] or "", ()) if words else ():
        verbs = question.split()
        if words[1 : 1 + len(verbs)] == verbs:
            return _only_image(line[1 + len(verbs) :], words[0] == "skopeo")
    return None


def _only_image(words: Sequence[Template], by_transport: bool) -> Reference | None:
    found: list[Template] = []
    left = iter(words)
    for word in left:
        if not word.head.startswith("-"):
            found.append(word)
        elif word.literal in _WITH_VALUE:
            next(left, None)
        elif word.literal not in _SWITCHES and word.head.partition("=")[0] not in _WITH_VALUE:
            return None
    if len(found) != 1:
        return None
    if by_transport:
        before, image = found[0].cut("docker://")
        return read_reference(image) if image is not None and not before.parts else None
    return read_reference(found[0])


def answered(commands: Sequence[Command], effects: Sequence[Sequence[Effect]]) -> Mapping[int, int]:
    """By a question: the pushes of what it asks for, as bits; both by their index among *commands*.

    A push answers for every other of the same tag: where one of them has failed, it may be tried again.
    """
    asked = {command.index: image for command in commands if (image := asked_by(command)) is not None}
    pushed = list(_single_pushes(effects))
    if len(pushed) > 1:
        asked |= {number: write.references[0] for number, write in pushed if not write.cache}
    found = {
        index: sum(1 << number for number, write in pushed if number != index and _answers(image, write))
        for index, image in asked.items()
        if not _takes_away(effects[index])
    }
    return {index: bits for index, bits in found.items() if bits}


def asked_by(command: Command) -> Reference | None:
    """The image that *command* asks a registry for, whatever it is read as."""
    lines = readings(command.words) if not command.followed else ()
    return asked_image(lines[0]) if len(lines) == 1 and lines[0] else None


def _single_pushes(effects: Sequence[Sequence[Effect]]) -> Iterator[tuple[int, Write]]:
    """The commands that do nothing but push one tag."""
    for number, each in enumerate(effects):
        writes = [effect for effect in each if isinstance(effect, Write)]
        if len(writes) == 1 and not writes[0].maybe and len(writes[0].references) == 1:
            yield number, writes[0]


def _takes_away(effects: Sequence[Effect]) -> bool:
    ways = {effect.way for effect in effects if isinstance(effect, Write)}
    return bool(ways & {Way.REMOVE, Way.ATTACH})


def _answers(image: Reference, write: Write) -> bool:
    """Whether *write* pushes just *image*; what ``manifest create`` has made is asked for on this machine."""
    if write.cache or write.way in (Way.REMOVE, Way.ATTACH, Way.INDEX) or not write.references[0].certain:
        return False
    return image.certain and image.same(write.references[0]) is Same.YES
