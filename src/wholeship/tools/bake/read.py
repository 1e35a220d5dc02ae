"""A bake command read: which files, which targets, and what each is built from and written to.

One reading serves ``check``, where texts have holes, and ``init``, where they are plain.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.texts.template import Template
from wholeship.tools.bake.blocks import Blocks
from wholeship.tools.bake.choices import Choices, TooMuch, every_way
from wholeship.tools.bake.json_syntax import read_json
from wholeship.tools.bake.made import MadeFile, made_file
from wholeship.tools.bake.services import FILES as COMPOSE_FILES
from wholeship.tools.bake.services import read_services
from wholeship.tools.bake.syntax import Body, NotHcl, read_hcl
from wholeship.tools.bake.targets import (
    Definition,
    Resolved,
    Written,
    define,
    groups_among,
    read_overrides,
    resolve_targets,
    wanted,
)
from wholeship.tools.bake.values import NotKnown, Refused, Unknown, unknown_data
from wholeship.tools.exporters import YES, Exporter
from wholeship.tools.noted import Kept
from wholeship.tools.world import World

DEFAULT_FILES = (
    *COMPOSE_FILES,
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
)
"""Read in this order when no file is named; all that exist count."""

SEPARATOR = ":"
"""Between the files of ``BUILDX_BAKE_FILE`` on a runner with Linux."""


@dataclass(frozen=True, slots=True)
class Command:
    """``bake`` as it is called. ``push`` and ``load``: None when the flag is known only in the run."""

    files: tuple[Template, ...] = ()
    targets: tuple[Template, ...] = ()
    sets: tuple[Template, ...] = ()
    variables: tuple[Template, ...] = ()
    """``--var NAME=VALUE``, which goes before the environment."""
    push: bool | None = False
    load: bool | None = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A command whose targets are not known, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """A target as bake builds it. ``unknown`` names the attributes whose very shape is not known.

    ``linked``: built only as a context of another target; nothing of it goes out.
    ``contexts`` are the named contexts; ``target:NAME`` in one is another target.
    """

    name: str
    context: Template = field(default_factory=lambda: Template.of("."))
    dockerfile: Template = field(default_factory=lambda: Template.of("Dockerfile"))
    inline: Template = field(default_factory=Template)
    """The Dockerfile, where it stands in the definition itself."""
    stage: Template = field(default_factory=Template)
    args: Mapping[str, Template] = field(default_factory=dict)
    contexts: Mapping[str, Template] = field(default_factory=dict)
    tags: tuple[Template, ...] = ()
    platforms: tuple[Template, ...] = ()
    outputs: tuple[Exporter, ...] = ()
    caches: tuple[Template, ...] = ()
    linked: bool = False
    builds: bool = True
    """False for ``call = "check"`` and its like, which build nothing."""
    unknown: frozenset[str] = frozenset()

    @property
    def pushes(self) -> bool | None:
        """Whether something of it goes to a registry; None when that is not known."""
        if self.linked or not self.builds:
            return False
        answers = {True if each.push is not None else None for each in self.outputs if each.pushes}
        return True if True in answers else None if None in answers else False


_FAILURES = (Refused, NotKnown, NotHcl, TooMuch, RecursionError)


def read_targets(command: Command, world: World) -> tuple[tuple[Target, ...] | Unreadable, ...]:
    """The targets in each way in which conditions that only a run decides can turn out."""
    return tuple(every_way(lambda choices: _read(command, world, choices)))


def target_names(command: Command, world: World, *, groups: bool = True) -> tuple[str, ...]:
    """The names of all groups and targets of its definition, in the first reading; empty: unreadable."""
    try:
        definition = _known_definition(command, world, Choices())
    except _FAILURES:
        return ()
    return tuple(dict.fromkeys(definition.names() if groups else definition.targets))


def printed_names(command: Command, world: World) -> tuple[dict[str, list[str]], list[str]] | None:
    """The groups, each with its members, and the targets that ``bake --print`` shows; None: not known."""
    ways = {_shown_names(way) for way in every_way(lambda choices: _names_shown(command, world, choices))}
    only = ways.pop() if len(ways) == 1 else None
    return None if only is None else json.loads(only)


def _shown_names(found: tuple[dict[str, list[str]], list[str]] | None) -> str | None:
    return None if found is None else json.dumps(found)


def _names_shown(
    command: Command, world: World, choices: Choices
) -> tuple[dict[str, list[str]], list[str]] | None:
    try:
        definition, _ = _definition(command, world, choices)
        asked = command.targets or (Template.of("default"),)
        targets = wanted(asked, definition)
        groups = groups_among([each.literal or "" for each in asked], definition)
    except _FAILURES:
        return None
    if command.targets:
        groups["default"] = [each.literal or "" for each in command.targets]
    return groups, sorted(targets)


def bare_variables(command: Command, world: World) -> tuple[str, ...]:
    """The variables without a default: whoever runs bake is meant to set them."""
    try:
        _, blocks = _definition(command, world, Choices())
    except _FAILURES:
        return ()
    return tuple(name for name, block in blocks.variables.items() if "default" not in block.body.attributes)


def _read(command: Command, world: World, choices: Choices) -> tuple[Target, ...] | Unreadable:
    try:
        return _targets(command, world, choices)
    except Refused as error:
        return Unreadable(str(error))
    except NotHcl as error:
        return Unreadable(str(error))
    except NotKnown:
        return Unreadable("which targets it has, or what is set of them, is known only in the run")
    except (RecursionError, TooMuch):
        return Unreadable("it is too large")


def _targets(command: Command, world: World, choices: Choices) -> tuple[Target, ...]:
    address = next((name for name in command.targets[:1] if _REMOTE.match(name.head)), None)
    if address is not None:
        raise Refused(f"its definition is at {address}")
    definition = _known_definition(command, world, choices)
    names = wanted(command.targets or (Template.of("default"),), definition)
    sets = list(command.sets)
    for flag, given in (("push", command.push), ("load", command.load)):
        answer = choices.choose(f"--{flag}") if given is None else int(not given)
        if answer is None:
            raise NotKnown
        sets += [Template.of(f"*.{flag}=true")] if answer == 0 else []
    overrides = read_overrides(sets, definition, _lookup(command, world, choices))
    found = resolve_targets(names, definition, overrides)
    return tuple(_target(name, each) for name, each in found.items())


@dataclass(frozen=True, slots=True)
class _Defined:
    """A definition that was worked out: what that took, and which questions were answered on the way."""

    definition: Definition
    given: Mapping[str, int]
    counts: Mapping[str, int]
    spent: int

    def told(self, choices: Choices) -> Definition:
        """The same for another command: *choices* are answered as they were. Raises TooMuch."""
        if choices is self.definition.choices:
            return self.definition
        choices.budget.spend(self.spent)
        choices.given.update(self.given)
        choices.counts.update(self.counts)
        return replace(self.definition, choices=choices)


def _known_definition(command: Command, world: World, choices: Choices) -> Definition:
    """The definition; worked out once for all commands that ask the same of the same files and variables."""

    def anew(noted: World) -> _Defined:
        left = choices.budget.left
        definition, _ = _definition(command, noted, choices)
        return _Defined(definition, dict(choices.given), dict(choices.counts), left - choices.budget.left)

    key = (command.files, command.variables, tuple(choices.given.items()), choices.open)
    return DEFINITIONS.of(key, world, anew).told(choices)


DEFINITIONS: Kept[_Defined] = Kept(keys=32, each=64)


def _definition(command: Command, world: World, choices: Choices) -> tuple[Definition, Blocks]:
    lookup = _lookup(command, world, choices)
    names = _files(command, world, lookup)
    bodies: list[Body] = []
    services: list[str] = []
    overlaid: list[Written] = []
    for name in names:
        made = made_file(name)
        if made is not None:
            overlaid.append(_made(made, choices))
            continue
        path, text = _text(name, world)
        kind = _kind(path, text)
        if kind == "compose":
            services.append(path)
        else:
            bodies.append(_parsed(text, kind))
    composed = read_services(services, world, lookup) if services else None
    _refuse_bad_variables(Blocks(bodies, lookup, Choices(open=False, budget=choices.budget)))
    blocks = Blocks(bodies, lookup, choices, world.site)
    return _overlaid(define(composed, blocks, choices), overlaid), blocks


def _refuse_bad_variables(blocks: Blocks) -> None:
    """Raise Refused where a variable has no value, whether it is used or not: bake works out all of them."""
    for name in blocks.variables:
        with contextlib.suppress(NotKnown):
            blocks.variable(name)


def _made(made: MadeFile, choices: Choices) -> Written:
    """The target in a file that an earlier step wrote."""
    at = choices.choose(f"the tags in {made}", len(made.readings)) if made.readings[1:] else 0
    return Written(
        made.target, tags=made.readings[at] if at is not None else unknown_data(str(made), Template.of(made))
    )


def _overlaid(definition: Definition, targets: Sequence[Written]) -> Definition:
    for target in targets:
        below = definition.targets.get(target.name)
        definition.targets[target.name] = below.under(target) if below is not None else target
    return definition


def _lookup(command: Command, world: World, choices: Choices) -> Callable[[str], Template | None]:
    given: dict[str, Template] = {}
    for each in command.variables:
        name, value = each.cut("=")
        if name.literal is None or value is None:
            raise NotKnown
        given[name.literal] = value
    looked_up = not _switched("BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP", world)
    if _switched("BUILDX_BAKE_FILE_RELATIVE_PATHS", world):
        raise Refused(
            "paths are relative to the files (BUILDX_BAKE_FILE_RELATIVE_PATHS), which is not followed"
        )

    def lookup(name: str) -> Template | None:
        if name in given:
            return given[name]
        value = world.names.get(name) if looked_up or name in _SETTINGS else None
        if value is None:
            return None
        if len(value.options) == 1:
            return value.options[0]
        at = choices.choose(f"${name}", len(value.options))
        if at is None:
            raise NotKnown
        return value.options[at]

    return lookup


_SETTINGS = frozenset({"BUILDX_BAKE_FILE", "BUILDX_BAKE_PATH_SEPARATOR"})
"""Variables that are bake's own, not the definition's."""


def _switched(name: str, world: World) -> bool:
    """Whether a switch of the environment is on; raises NotKnown."""
    value = world.names.get(name)
    if value is None:
        return False
    if value.literal is None:
        raise NotKnown
    return value.literal.strip() in YES


def _files(command: Command, world: World, lookup: Callable[[str], Template | None]) -> tuple[Template, ...]:
    if command.files:
        return command.files
    listed = lookup("BUILDX_BAKE_FILE")
    if listed is not None:
        separator = lookup("BUILDX_BAKE_PATH_SEPARATOR")
        between = (separator.literal if separator is not None else "") or SEPARATOR
        named = [] if listed.literal is None else [each.strip() for each in listed.literal.split(between)]
        if listed.literal is None:
            raise NotKnown
        if any(named):
            return tuple(Template.of(each) for each in named if each)
    found = tuple(Template.of(name) for name in DEFAULT_FILES if world.has(name))
    if not found:
        raise Refused("there is no bake file")
    return found


def _text(name: Template, world: World) -> tuple[str, str]:
    """A file's path and text; raises Refused where it is not in the repository."""
    if name.literal is None:
        raise Refused(f"the file {name} is made in the run")
    path = name.literal.removeprefix("cwd://")
    text = world.file(path) if path != "-" and not path.startswith("/") else None
    if text is None and world.written(path) is not None:
        raise Refused(f"the file {path} is made in the run")
    if text is None:
        raise Refused(f"there is no file {path} in the repository")
    return path, text


def _kind(path: str, text: str) -> str:
    """``compose``, ``json`` or ``hcl``, by the name; without an ending, by what the text can be read as."""
    lowered = path.lower()
    if lowered.endswith((".yml", ".yaml")):
        return "compose"
    if lowered.endswith(".json"):
        return "json"
    if lowered.endswith(".hcl"):
        return "hcl"
    try:
        read_hcl(text)
    except NotHcl:
        return "json" if text.lstrip().startswith(("{", "[")) else "compose"
    return "hcl"


@lru_cache(maxsize=64)
def _parsed(text: str, kind: str) -> Body:
    """Parsed once: many legs, scenarios and ways bake from one file."""
    return read_json(text) if kind == "json" else read_hcl(text)


def _target(name: str, resolved: Resolved) -> Target:
    made = resolved.written
    call = made.call.literal if made.call is not None else ""
    opened = {
        "tags": made.tags,
        "platforms": made.platforms,
        "args": made.args,
        "contexts": made.contexts,
        "cache-to": made.cache_to,
    }
    return Target(
        name,
        context=_clean(made.context) if made.context is not None else Template.of("."),
        dockerfile=made.dockerfile
        if made.dockerfile is not None and made.dockerfile.parts
        else Template.of("Dockerfile"),
        inline=made.inline or Template(),
        stage=made.stage or Template(),
        args=made.args if not isinstance(made.args, Unknown) else {},
        contexts=made.contexts if not isinstance(made.contexts, Unknown) else {},
        tags=made.tags if isinstance(made.tags, tuple) else (),
        platforms=made.platforms if isinstance(made.platforms, tuple) else (),
        outputs=() if resolved.linked else tuple(each.exporter() for each in made.outputs or ()),
        caches=made.cache_to if isinstance(made.cache_to, tuple) else (),
        linked=resolved.linked,
        builds=call in ("", "build", None),
        unknown=frozenset(key for key, value in opened.items() if isinstance(value, Unknown)),
    )


def _clean(context: Template) -> Template:
    """A folder as Go cleans it; an address stays as it is."""
    text = context.literal
    if text is None or _REMOTE.match(text):
        return context
    return Template.of(posixpath.normpath(text.removeprefix("cwd://")))


_REMOTE = lazy_pattern(r"(?:https?|git|ssh)://|git@|github\.com/")
