"""docker/metadata-action: which tags it produces for an event, in which order.

Its ``src/tag.ts``, ``src/meta.ts`` and ``src/flavor.ts``: entries sorted by priority; the first one that
produces something gives ``version`` and, by its type, decides about ``latest``; the others follow; ``latest``
comes last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.texts.template import EMPTY, RULES, Hole, Kind, Template, Value
from wholeship.tools.bake.made import MadeFile

if TYPE_CHECKING:
    from csv import reader
else:  # for quoted tags
    reader = late("csv:reader")

PRIORITIES = {
    "schedule": 1000,
    "semver": 900,
    "pep440": 900,
    "match": 800,
    "edge": 700,
    "ref": 600,
    "raw": 200,
    "sha": 100,
}
DEFAULT = "type=schedule\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of ``tags``."""

    kind: str
    fields: Mapping[str, Template] = field(default_factory=dict)

    def get(self, name: str) -> Template:
        """A field, or nothing."""
        return self.fields.get(name, EMPTY)

    @property
    def priority(self) -> int:
        """The written priority, or the type's own."""
        text = self.get("priority").literal or ""
        return int(text) if text.isdigit() else PRIORITIES.get(self.kind, 0)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that an entry produces. ``latest``: what it says about ``latest`` under auto; None: may be."""

    text: Template
    certain: bool = True
    latest: bool | None = False


@dataclass(frozen=True, slots=True)
class Flavor:
    """``flavor``: applies to every entry. ``latest`` None is auto."""

    latest: bool | None = None
    prefix: Template = EMPTY
    suffix: Template = EMPTY
    onlatest: tuple[bool, bool] = (False, False)


def metadata(call: Call) -> Done:
    """The outputs ``tags``, ``version``, ``json`` and their like."""
    tags = produced(call)
    images = _images(call)
    version = Value.of(tags[0].text) if tags else Value()
    # What decides which tags there are is written in the inputs, and the same for every image.
    rules = f"{RULES} {call.inputs.get('tags', '')}"
    lists = _lists(images, tags, _separator(call)).chosen(rules)
    bare = _lists([], tags, _separator(call)).chosen(rules)
    outputs = {
        "tags": lists,
        "tag-names": bare,
        "version": version,
        "labels": call.output("labels"),
        "annotations": call.output("annotations"),
        "json": _json(images, tags, call).chosen(rules),
        "bake-file": _bake_file("bake-file", lists, call),
        "bake-file-tags": _bake_file("bake-file-tags", lists, call),
        "bake-file-labels": call.output("bake-file-labels"),
        "bake-file-annotations": call.output("bake-file-annotations"),
    }
    names = {
        f"DOCKER_METADATA_OUTPUT_{key.upper().replace('-', '_')}": value for key, value in outputs.items()
    }
    return Done((), outputs, names)


def _bake_file(output: str, lists: Value, call: Call) -> Value:
    """The path of a file that gives the tags to a target; bake knows what is in it."""
    separator = _separator(call)
    readings = tuple(option.split(separator) for option in lists.options)
    target = call.text("bake-target") or "docker-metadata-action"
    name, kinds = f"metadata-action.{output}", frozenset({Kind.OUTPUT})
    return Value.of(Template.of(MadeFile(name, kinds, call.site, target=target, readings=readings)))


def _lists(images: list[Template], tags: list[Tag], separator: str) -> Value:
    """The list with every tag; and without those that may not be produced, when there are some."""
    sure = [tag for tag in tags if tag.certain]
    options = [_list(images, tags, separator)]
    if len(sure) < len(tags):
        options.append(_list(images, sure, separator))
    return Value.of(*options)


def _json(images: list[Template], tags: list[Tag], call: Call) -> Value:
    """The output ``json``, with the tags that scripts ask for; of the rest only that it is there."""
    options = [tags, [tag for tag in tags if tag.certain]] if any(not tag.certain for tag in tags) else [tags]
    rest = Template.of('"labels":"', Hole.of(Kind.OUTPUT, "metadata-action.labels", call.site), '"}')
    return Value.of(
        *(
            Template.of('{"tags":["', _list(images, held, '","'), '"],', rest)
            if held
            else Template.of('{"tags":[],', rest)
            for held in options
        )
    )


def _list(images: list[Template], tags: list[Tag], separator: str) -> Template:
    parts: list[str | Template] = []
    for image in images or [EMPTY]:
        for tag in tags:
            parts += [separator if parts else "", image, ":" if image.parts else "", tag.text]
    return Template.of(*parts)


def produced(call: Call) -> list[Tag]:
    """The tags, in the order of the output."""
    flavor = _flavor(call)
    entries = sorted(_entries(call), key=lambda entry: -entry.priority)
    found: list[Tag] = []
    for entry in entries:
        enabled = _enabled(entry, call)
        if enabled is False:
            continue
        found += [
            replace(tag, text=_flavoured(tag.text, entry, flavor), certain=tag.certain and enabled is True)
            for tag in _PRODUCERS.get(entry.kind, _raw)(entry, call)
        ]
    return _with_latest(found, flavor)


def _with_latest(found: list[Tag], flavor: Flavor) -> list[Tag]:
    """De-duplicated, with the implicit ``latest`` at the end."""
    unique: dict[Template, Tag] = {}
    for tag in found:
        unique.setdefault(tag.text, tag)
    tags = list(unique.values())
    if not tags:
        return []
    decides = tags[0].latest if flavor.latest is None else flavor.latest
    text = Template.of(
        flavor.prefix if flavor.onlatest[0] else "", "latest", flavor.suffix if flavor.onlatest[1] else ""
    )
    if decides is not False and all(tag.text != text for tag in tags):
        tags.append(Tag(text, certain=decides is True and tags[0].certain))
    return tags


def _entries(call: Call) -> list[Entry]:
    value = call.given("tags") or Value.literal_of(DEFAULT)
    return [_entry(line) for option in value.options[:1] for line in _rows(option)]


def _rows(text: Template) -> list[Template]:
    rows = [line.strip() for line in text.split("\r\n")]
    return [row for row in rows if row.parts and not row.head.startswith("#")]


def _entry(line: Template) -> Entry:
    fields: dict[str, Template] = {}
    for part in _split(line):
        key, value = part.cut("=")
        if value is None or key.literal is None:
            fields["value"] = part.strip()  # wherever it stands: `type=raw,VALUE`
            continue
        fields[key.literal.strip().lower()] = value.strip()
    kind = fields.pop("type", Template.of("raw")).literal or "raw"
    return Entry(kind, fields)


def _split(line: Template) -> tuple[Template, ...]:
    """Comma-separated, as CSV; commas in quotes, as in ``match=``, stay."""
    text = line.literal
    if text is not None and '"' in text:
        return tuple(Template.of(cell) for cell in next(reader([text]), []))
    return line.split(",")


def _images(call: Call) -> list[Template]:
    value = call.given("images")
    if value is None:
        return []
    found: list[Template] = []
    for row in _rows(value.options[0]):
        fields = {k.literal or "": v for k, v in (part.cut("=") for part in row.split(",")) if v is not None}
        if "name" not in fields:
            found += [piece.strip() for piece in row.split(",") if "=" not in str(piece)]
        elif fields.get("enable", Template.of("true")).literal != "false":
            found.append(fields["name"].strip())
    return [image.derive("lower case", str.lower) if image.literal else image for image in found]


def _separator(call: Call) -> str:
    value = call.inputs.get("sep-tags")
    return (value.literal if value is not None else None) or "\n"


def _flavor(call: Call) -> Flavor:
    flavor = Flavor()
    last = ""
    onlatest = [False, False]
    for row in _rows((call.given("flavor") or Value()).options[0]):
        for part in row.split(","):
            key, value = part.strip().cut("=")
            name = key.literal
            if value is None or name is None:
                continue
            if name == "latest":
                flavor = replace(flavor, latest={"true": True, "false": False}.get(value.literal or "auto"))
            elif name in ("prefix", "suffix"):
                last = name
                flavor = replace(flavor, prefix=value) if name == "prefix" else replace(flavor, suffix=value)
            elif name == "onlatest":
                onlatest[last == "suffix"] = value.literal == "true"
    return replace(flavor, onlatest=(onlatest[0], onlatest[1]))


def _flavoured(text: Template, entry: Entry, flavor: Flavor) -> Template:
    prefix = entry.fields.get("prefix", flavor.prefix)
    suffix = entry.fields.get("suffix", flavor.suffix)
    return Template.of(prefix, text, suffix)


def _enabled(entry: Entry, call: Call) -> bool | None:
    """``enable=`` after its template; None when it is not known before the run."""
    if "enable" not in entry.fields:
        return True
    text = handlebars(entry.get("enable"), call).literal
    return {"true": True, "false": False}.get(text) if text is not None else None


# The types


def _schedule(entry: Entry, call: Call) -> list[Tag]:
    if "schedule" not in call.trigger.event:
        return []
    pattern = entry.get("pattern") if entry.get("pattern").parts else Template.of("nightly")
    return [Tag(handlebars(pattern, call))]


def _version(entry: Entry, call: Call) -> list[Tag]:
    """semver and pep440: from a tag, or from ``value=``. A pre-release gives only the whole version."""
    value = handlebars(entry.get("value"), call)
    if not value.parts:
        if call.trigger.ref not in (RefClass.TAG, RefClass.ANY):
            return []
        value = call.trigger.name
    pattern = (entry.get("pattern").literal or "{{version}}").strip()
    sure = call.trigger.ref is RefClass.TAG or bool(entry.get("value").parts)
    text = _of_version(value, pattern)
    return [Tag(text, certain=sure, latest=None)] if text is not None else []


def _of_version(value: Template, pattern: str) -> Template | None:
    literal = value.literal
    if literal is not None:
        return _of_known_version(literal, pattern)
    if re.sub(r"\s", "", pattern) == "{{raw}}":
        return value
    kinds = frozenset(kind for hole in value.holes for kind in hole.kinds) or frozenset({Kind.REF})
    parts: list[str | Hole] = []
    for piece in re.split(r"(\{\{[^}]*\}\})", pattern):
        name = piece.strip("{} ")
        made = Hole(f"{name} of {value}", kinds, made=(name, value))
        parts.append(made if piece.startswith("{{") else piece)
    return Template.of(*parts)


def _of_known_version(text: str, pattern: str) -> Template | None:
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?", text)
    if not found:
        return None
    whole = text.removeprefix("v").partition("+")[0]
    if found[4]:
        return Template.of(text if pattern == "{{raw}}" else whole)
    known = {"version": whole, "raw": text, "major": found[1], "minor": found[2], "patch": found[3]}
    return Template.of(re.sub(r"\{\{\s*(\w+)[^}]*\}\}", lambda m: known.get(m[1], m[0]), pattern))


def _match(entry: Entry, call: Call) -> list[Tag]:
    value = entry.get("value")
    if not value.parts and call.trigger.ref not in (RefClass.TAG, RefClass.ANY):
        return []
    source = value if value.parts else call.trigger.name
    return [Tag(source.derive(f"match {entry.get('pattern')}"), certain=False, latest=True)]


def _edge(entry: Entry, call: Call) -> list[Tag]:
    branch = entry.get("branch").literal
    trigger = call.trigger
    if branch and trigger.name.literal is not None:
        at_branch: bool | None = (
            trigger.ref in (RefClass.DEFAULT, RefClass.BRANCH) and trigger.name.literal == branch
        )
    elif trigger.ref is RefClass.ANY or branch:
        at_branch = None if trigger.ref in (RefClass.ANY, RefClass.BRANCH, RefClass.DEFAULT) else False
    else:
        at_branch = trigger.ref is RefClass.DEFAULT
    return [] if at_branch is False else [Tag(Template.of("edge"), certain=at_branch is True)]


def _ref(entry: Entry, call: Call) -> list[Tag]:
    event = entry.get("event").literal or ""
    trigger = call.trigger
    wanted = {
        "branch": (RefClass.DEFAULT, RefClass.BRANCH, RefClass.QUEUE),
        "tag": (RefClass.TAG,),
        "pr": (RefClass.PULL,),
    }.get(event, ())
    if trigger.ref not in (*wanted, RefClass.ANY):
        return []
    name = Template.of(
        "pr-" if event == "pr" and "prefix" not in entry.fields else "", _pull_number(trigger, event)
    )
    return [Tag(_sanitised(name), certain=trigger.ref is not RefClass.ANY, latest=event == "tag")]


def _pull_number(trigger: Trigger, event: str) -> Template:
    if event != "pr":
        return trigger.name
    return Template.of(Hole.of(Kind.EVENT, "github.event.number"))


def _raw(entry: Entry, call: Call) -> list[Tag]:
    text = _sanitised(handlebars(entry.get("value"), call))
    return [Tag(text)] if text.parts else []


def _sha(entry: Entry, _call: Call) -> list[Tag]:
    long = entry.get("format").literal == "long"
    prefix = "" if "prefix" in entry.fields else "sha-"
    hole = Hole.of(Kind.COMMIT, "github.sha" if long else "github.sha, 7 characters")
    return [Tag(Template.of(prefix, hole))]


_PRODUCERS: Mapping[str, Callable[[Entry, Call], list[Tag]]] = {
    "schedule": _schedule,
    "semver": _version,
    "pep440": _version,
    "match": _match,
    "edge": _edge,
    "ref": _ref,
    "raw": _raw,
    "sha": _sha,
}


def _sanitised(text: Template) -> Template:
    """Characters a tag cannot have become ``-``."""
    return Template.of(
        *(re.sub(r"[^A-Za-z0-9._-]", "-", part) if isinstance(part, str) else part for part in text.parts)
    )


def handlebars(text: Template, call: Call) -> Template:
    """``{{branch}}``, ``{{date 'YYYYMMDD'}}``, ``{{is_default_branch}}`` and their like put in."""
    parts: list[str | Hole | Template] = []
    for part in text.parts:
        if isinstance(part, Hole):
            parts.append(part)
            continue
        parts += [
            _expression(piece[2:-2].strip(), call) if piece.startswith("{{") else piece
            for piece in re.split(r"(\{\{[^}]*\}\})", part)
        ]
    return Template.of(*parts)


def _expression(text: str, call: Call) -> Template:
    name, _, rest = text.partition(" ")
    trigger = call.trigger
    match name:
        case "branch" | "tag" | "base_ref":
            wanted = {"branch": (RefClass.DEFAULT, RefClass.BRANCH), "tag": (RefClass.TAG,)}.get(name, ())
            if trigger.ref in wanted:
                return _sanitised(trigger.name)
            return EMPTY if trigger.ref is not RefClass.ANY and wanted else _hole(Kind.REF, text)
        case "sha":
            return _hole(Kind.COMMIT, "github.sha, 7 characters")
        case "date":
            return Template.of(Hole.of(Kind.CLOCK, f"date {rest}".strip(), call.site))
        case "commit_date":
            return _hole(Kind.COMMIT, text)
        case "is_default_branch" | "is_not_default_branch":
            return _default_branch(name, trigger)
        case _:
            return _hole(Kind.REF, text)


def _default_branch(name: str, trigger: Trigger) -> Template:
    """Also true on a schedule; true after ``pull_request: closed`` of a merged request."""
    if trigger.ref in (RefClass.ANY, RefClass.PULL) and trigger.event != "pull_request_target":
        known = trigger.ref is RefClass.PULL
        return Template.of(str(name != "is_default_branch").lower()) if known else _hole(Kind.REF, name)
    is_default = trigger.ref is RefClass.DEFAULT or trigger.event == "schedule"
    return Template.of(str(is_default == (name == "is_default_branch")).lower())


def _hole(kind: Kind, name: str) -> Template:
    return Template.of(Hole.of(kind, name))


ACTIONS = {"docker/metadata-action": metadata, "crazy-max/ghaction-docker-meta": metadata}
