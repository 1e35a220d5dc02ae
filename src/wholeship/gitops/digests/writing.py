"""The digests of a whole release in the text of a file: only the values change, to the byte.

What was written is read again. Where anything but the wanted values would differ (a value that others
borrow by an alias, a spelling that is not understood), the file is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from wholeship.core import yamls
from wholeship.core.edits import applied
from wholeship.core.errors import BadConfig, Problem
from wholeship.core.finding import Edit
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.gitops.digests.spots import Pin, Spot, spots_in

_BOM = "\ufeff"
_PROPERTIES = lazy_pattern(r"(?:[&!]\S*[ \t]+)+")
"""An anchor or a tag before a value."""
_NUMBERS = lazy_pattern(
    r"[-+]?[0-9][0-9_]*(?:[:.][0-9_]*)*(?:[eE][-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"
)
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"))

Flat = dict[tuple[int, str], object]


def with_digests(texts: Mapping[str, str], pins: Sequence[Pin]) -> dict[str, str]:
    """*texts* (by file) with every one of *pins*; raises :class:`BadConfig` with all that stands in the way.

    Every image has to have a spot in one of the files: half a set is written nowhere.
    """
    written: dict[str, str] = {}
    problems: list[Problem] = []
    found: set[str] = set()
    for file, text in texts.items():
        try:
            written[file], images = _written_text(text, file, pins)
        except BadConfig as error:
            problems += error.problems
        else:
            found |= images
    missing = [pin for pin in pins if pin.name not in found]
    if missing and not problems:
        problems = [_without_spot(pin, Place(next(iter(texts)))) for pin in missing]
    if problems:
        raise BadConfig(tuple(problems))
    return written


def _without_spot(pin: Pin, place: Place) -> Problem:
    repository = min(pin.repositories)
    return Problem(
        f"no place for the digest of {pin.name}",
        place,
        f"name {repository} there: in Kustomize's images:, in Helm values (repository: with digest:), or as "
        f"{repository}:TAG; in a ConfigMap also as {pin.name}:",
    )


def _written_text(text: str, file: str, pins: Sequence[Pin]) -> tuple[str, set[str]]:
    """The new text, and the images that have a spot in it."""
    body = text.removeprefix(_BOM)
    documents = yamls.read_all(body, file)
    spots: list[Spot] = []
    wanted: Flat = {}
    problems: list[Problem] = []
    for number, document in enumerate(documents):
        here = spots_in(document, pins)
        problems += here.problems
        spots += here.found
        wanted |= dict(_flat(number, document)) | {
            (number, _spot_path(spot)): spot.new for spot in here.found
        }
    if problems:
        raise BadConfig(tuple(problems))
    new = applied(body, [_edit(spot, body.split("\n")) for spot in spots if not _stands(spot)])
    _check(new, file, wanted)
    return text[: len(text) - len(body)] + new, {spot.image for spot in spots}


def _stands(spot: Spot) -> bool:
    return spot.old is not None and spot.old.value == spot.new


def _check(new: str, file: str, wanted: Flat) -> None:
    """What *new* says is *wanted*, and nothing else; :class:`BadConfig` where it is not."""
    try:
        documents = yamls.read_all(new, file)
        got = {key: value for number, one in enumerate(documents) for key, value in _flat(number, one)}
    except BadConfig:
        got = {}
    astray = next((key for key in {**wanted, **got} if wanted.get(key) != got.get(key)), None)
    if astray is not None:
        where = Place(file, path=astray[1])
        hint = "write it plainly, without anchors and aliases"
        raise BadConfig((Problem(f"{astray[1]} cannot be changed by itself", where, hint),))


def _flat(number: int, node: yamls.Node, path: str = "") -> Iterator[tuple[tuple[int, str], object]]:
    """Every scalar of *node* by document and path; a folder without any has its kind."""
    if isinstance(node, yamls.Scalar):
        yield (number, path), node.value
    elif isinstance(node, yamls.Sequence):
        yield (number, f"{path}[]"), len(node.items)
        for at, item in enumerate(node.items):
            yield from _flat(number, item, f"{path}[{at}]")
    else:
        for key, value in node.entries:
            yield from _flat(number, value, f"{path}.{key.text}" if path else key.text)


def _spot_path(spot: Spot) -> str:
    """The path of the spot, as :func:`_flat` and the reader spell it."""
    return f"{spot.owner.place.path}.{spot.key}" if spot.owner.place.path else spot.key


def _edit(spot: Spot, lines: Sequence[str]) -> Edit:
    if spot.old is None:
        return _inserted_key(spot, lines)
    old = spot.old
    if not old.text and not old.style:  # nothing is written there yet: behind the colon of its key
        key = next(key for key, _ in spot.owner.entries if key.text == spot.key)
        end = key.place
        colon = lines[end.end_line - 1].index(":", end.end_column - 1) + 1
        where = replace(end, line=end.end_line, column=colon + 1, end_column=colon + 1)
        return Edit(where, " " + spelled(spot.new, ""))
    line = lines[old.place.line - 1][old.place.column - 1 :]
    before = _PROPERTIES.match(line)
    place = replace(old.place, column=old.place.column + before.end()) if before else old.place
    return Edit(place, spelled(spot.new, old.style))


def _inserted_key(spot: Spot, lines: Sequence[str]) -> Edit:
    """A key of its own behind the one it belongs to, in the way that the others are written."""
    key, value = next(entry for entry in spot.owner.entries if entry[0].text == spot.after)
    text = f"{spot.key}: {spelled(spot.new, '')}"
    at = value.place
    if lines[spot.owner.place.line - 1][spot.owner.place.column - 1 :].startswith("{"):
        return Edit(replace(at, line=at.end_line, column=at.end_column), f", {text}")
    row = lines[at.end_line - 1]
    end = len(row.removesuffix("\r")) + 1
    newline = "\r\n" if row.endswith("\r") else "\n"
    where = Place(at.file, at.end_line, end, at.path, at.end_line, end)
    return Edit(where, f"{newline}{' ' * (key.place.column - 1)}{text}")


def spelled(text: str, style: str) -> str:
    """*text* as a YAML value in the quotes that stood there; plain only where no reader takes it for a
    number, a date or a word of YAML 1.1's."""
    if style in ("'", '"'):
        return f"{style}{text}{style}"
    doubtful = (
        text.lower() in _WORDS or _NUMBERS.fullmatch(text) is not None or yamls.core_value(text) != text
    )
    return f'"{text}"' if doubtful else text
