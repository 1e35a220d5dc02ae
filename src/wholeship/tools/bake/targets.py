"""Targets put together: blocks of one name, parents, ``--set``, groups, and contexts that are other targets.

buildx ``bake/bake.go``. Tags, platforms and outputs of a child replace its parent's, arguments and contexts
are joined. ``--set`` works on parents too, before their children inherit from them.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from wholeship.core.values import dataclass
from wholeship.texts.template import EMPTY, Template
from wholeship.tools.bake import exports
from wholeship.tools.bake.blocks import Blocks, Leg, Lookup
from wholeship.tools.bake.choices import Choices
from wholeship.tools.bake.exports import Export
from wholeship.tools.bake.values import Data, NotKnown, Refused, Unknown, to_list, unknown_data

Pairs = Mapping[str, Template] | Unknown
List = tuple[Template, ...] | Unknown | None

MOST_PARENTS = 200
"""Longer chains of parents than this are not followed."""


@dataclass(frozen=True, slots=True)
class Written:
    """A target as far as it is written; None: not given. Pairs without a value are left out."""

    name: str
    inherits: List = ()
    context: Template | None = None
    contexts: Pairs = field(default_factory=dict)
    dockerfile: Template | None = None
    inline: Template | None = None
    args: Pairs = field(default_factory=dict)
    tags: List = None
    cache_to: List = None
    platforms: List = None
    stage: Template | None = None
    outputs: tuple[Export, ...] | None = None
    call: Template | None = None

    def under(self, other: Written) -> Written:
        """This one with *other* laid over it."""
        changes = {
            name: value
            for name in "context dockerfile inline stage call tags platforms cache_to outputs".split()
            if (value := getattr(other, name)) is not None
        }
        return replace(
            self,
            **changes,
            inherits=_both(self.inherits, other.inherits),
            contexts=_joined(self.contexts, other.contexts),
            args=_joined(self.args, other.args),
        )


def _both(one: List, other: List) -> List:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return unknown_data("parents", *(each for each in (one, other) if isinstance(each, Unknown)))
    return (*(one or ()), *(other or ()))


def _joined(one: Pairs, other: Pairs) -> Pairs:
    if isinstance(one, Unknown):
        return one
    return other if isinstance(other, Unknown) else {**one, **other}


@dataclass(slots=True)
class Definition:
    """All targets and groups of all files, in one way of how open conditions turn out."""

    targets: dict[str, Written]
    groups: dict[str, Data]
    choices: Choices

    def names(self) -> Iterator[str]:
        """Groups and targets, as a pattern can name them."""
        yield from self.groups
        yield from self.targets


def define(compose: Iterable[Written] | None, blocks: Blocks | None, choices: Choices) -> Definition:
    """The targets of Compose files with those of HCL and JSON laid over them; raises Refused or NotKnown.

    *compose* is None where there is no Compose file.
    """
    targets: dict[str, Written] = {}
    groups: dict[str, Data] = {} if compose is None else {"default": ()}
    for target in compose or ():
        targets[target.name] = targets[target.name].under(target) if target.name in targets else target
        members = (*_members(groups.get("default")), Template.of(target.name))
        groups["default"] = tuple(dict.fromkeys(members))
    if blocks is not None:
        for leg in blocks.legs():
            found = written_target(blocks, leg)
            targets[leg.name] = targets[leg.name].under(found) if leg.name in targets else found
        groups |= blocks.groups()
        for name, family in blocks.families().items():
            groups.setdefault(name, tuple(map(Template.of, family)))
    return Definition(targets, groups, choices)


def _members(value: Data) -> tuple[Data, ...]:
    return () if value is None else to_list(value)


def written_target(blocks: Blocks, leg: Leg) -> Written:
    """One target of a block, its attributes worked out; raises Refused."""

    def listed(name: str) -> List:
        value = blocks.of(leg, name)
        if isinstance(value, tuple):
            return tuple(each for each in value if isinstance(each, Template))
        return value if isinstance(value, Unknown) else None

    def text(name: str) -> Template | None:
        value = blocks.of(leg, name)
        return value if isinstance(value, Template) else None

    return Written(
        leg.name,
        inherits=listed("inherits") or (),
        context=text("context"),
        contexts=_pairs(blocks.of(leg, "contexts")),
        dockerfile=text("dockerfile"),
        inline=text("dockerfile-inline"),
        args=_pairs(blocks.of(leg, "args")),
        tags=listed("tags"),
        platforms=listed("platforms"),
        cache_to=_caches(blocks, leg),
        stage=text("target"),
        outputs=_outputs(blocks, leg),
        call=text("call"),
    )


def _pairs(value: Data) -> Pairs:
    if isinstance(value, Unknown):
        return value
    given = value if isinstance(value, dict) else {}
    return {key: each for key, each in given.items() if isinstance(each, Template)}


def _outputs(blocks: Blocks, leg: Leg) -> tuple[Export, ...] | None:
    value = _entries(blocks, leg, "output")
    return None if value is None else exports.to_exports(value)


def _caches(blocks: Blocks, leg: Leg) -> List:
    """``cache-to`` as texts: a mapping is spelled out, one without a type is a registry's."""
    value = _entries(blocks, leg, "cache-to")
    if value is None or isinstance(value, Unknown):
        return value
    return tuple(_cache(each) for each in to_list(value))


def _entries(blocks: Blocks, leg: Leg, name: str) -> Data:
    """A list of entries; None where it is not given; raises Refused where it is null."""
    node = leg.block.body.attributes.get(name)
    if node is None:
        return None
    value = blocks.evaluator.value(node, leg.names)
    if value is None:
        raise Refused(f"{name} of target {leg.name} is null")
    return value


def _cache(value: Data) -> Template:
    if isinstance(value, Template):
        return value
    found = exports.to_exports(
        ({"type": Template.of("registry"), **value} if isinstance(value, dict) else value,)
    )
    entry = found[0]
    named: list[str | Template] = []
    for key, each in entry.attributes.items():
        named += [f",{key}=", each]
    return Template.of("type=", entry.kind, *named)


# --set


@dataclass(slots=True)
class Override:
    """What ``--set`` says of one key: ``value`` is the last, ``values`` are all."""

    value: Template = EMPTY
    values: list[Template] = field(default_factory=list)
    appends: bool = False
    clears: bool = False


Overrides = dict[str, dict[str, Override]]

_ALIASES = {
    "annotations": "annotation",
    "args": "arg",
    "entitlements": "entitlement",
    "extra-hosts": "extra-host",
    "labels": "label",
    "platforms": "platform",
    "resources": "resource",
    "secrets": "secret",
    "tags": "tag",
    "ulimits": "ulimit",
}
_MANY = frozenset(
    """
        output cache-to cache-from tag platform ssh attest entitlement annotation policy ulimit
        no-cache-filter secret
    """.split()
)
_NAMED = frozenset(["arg", "contexts", "label", "extra-host", "resource"])
_PLAIN = frozenset(
    ["context", "dockerfile", "target", "call", "no-cache", "shm-size", "network", "pull", "push", "load"]
)


def read_overrides(sets: Iterable[Template], definition: Definition, lookup: Lookup) -> Overrides:
    """``--set`` values by target and key; raises Refused, or NotKnown where a key is not known."""
    found: Overrides = {}
    for each in sets:
        key, value = each.cut("=")
        if key.literal is None:
            raise NotKnown
        _override(found, key.literal, value, definition, lookup)
    return found


def _override(
    found: Overrides, key: str, value: Template | None, definition: Definition, lookup: Lookup
) -> None:
    appends = key.endswith("+")
    pattern, *rest = key.removesuffix("+").split(".", 2)
    if not rest:
        raise Refused(f"--set {key} names no key of a target")
    rest[0] = _ALIASES.get(rest[0], rest[0])
    kind = rest[0]
    if kind not in _MANY | _NAMED | _PLAIN:
        raise Refused(f"--set {key}: bake has no such key")
    if value is None and kind == "arg" and len(rest) == 2:
        value = lookup(rest[1])
        if value is None:
            return
    if value is None or (kind in _NAMED) != (len(rest) == 2 and kind != "secret"):
        raise Refused(f"--set {key} is not of the form target.key=value")
    for name in matching(pattern, definition.targets):
        entry = found.setdefault(name, {}).setdefault(".".join(rest), Override())
        _add(entry, kind, value, appends)


def _add(entry: Override, kind: str, value: Template, appends: bool) -> None:
    if kind not in _MANY:
        entry.value = value
    elif not appends and value == EMPTY:
        entry.clears, entry.values, entry.appends = True, [], False
    else:
        entry.values.append(value)
        entry.appends = appends and not entry.clears


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that *pattern* stands for; raises Refused when there is none."""
    every = list(names)
    if pattern in every:
        return [pattern]
    found = [name for name in every if matches_target(pattern, name)]
    if not found:
        raise Refused(f"no target is called {pattern}")
    return found


def matches_target(pattern: str, name: str) -> bool:
    """Whether *name* fits *pattern*, as Go's ``path.Match`` has it: no star goes over a slash."""
    return fnmatch.fnmatchcase(name, pattern.replace("[^", "[!"))


def overridden(target: Written, overrides: Mapping[str, Override], choices: Choices) -> Written:
    """*target* with what ``--set`` says of it; raises Refused or NotKnown."""
    changed = target
    for key, override in overrides.items():
        kind, _, name = key.partition(".")
        changed = _changed(changed, kind, name, override)
    orders = [key for key in ("output", "push", "load") if key in overrides]
    return _exported(changed, orders, overrides, choices)


def _changed(target: Written, kind: str, name: str, override: Override) -> Written:
    match kind:
        case "context":
            return replace(target, context=override.value)
        case "dockerfile":
            return replace(target, dockerfile=override.value)
        case "call":
            return replace(target, call=override.value)
        case "target":
            return replace(target, stage=override.value)
        case "arg":
            return replace(target, args=_joined(target.args, {name: override.value}))
        case "contexts":
            return replace(target, contexts=_joined(target.contexts, {name: override.value}))
        case "tag":
            return replace(target, tags=_listed(target.tags, override))
        case "platform":
            return replace(target, platforms=_listed(target.platforms, override))
        case "cache-to":
            return replace(target, cache_to=_listed(target.cache_to, override))
        case "no-cache" | "pull" if override.value.literal is not None:
            exports.parse_bool(override.value.literal)
    return target


def _listed(given: List, override: Override) -> List:
    if not override.appends:
        return tuple(override.values) or None
    return given if isinstance(given, Unknown) else (*(given or ()), *override.values)


def _exported(
    target: Written, keys: list[str], overrides: Mapping[str, Override], choices: Choices
) -> Written:
    """bake walks the keys of ``--set`` in no fixed order, and ``output`` takes back what ``push`` did."""
    if not keys:
        return target
    orders = list(itertools.permutations(keys))
    copies = [tuple(export.copy() for export in target.outputs or ()) for _ in orders]
    results = [_in_order(copy, order, overrides, choices) for copy, order in zip(copies, orders, strict=True)]
    differing = len({_spelled(found) for found in results}) > 1
    at = choices.choose(f"the order of {keys} on {target.name}", len(orders)) if differing else 0
    if at is None:
        return replace(target, outputs=(Export(Template.of("registry"), open=True),))
    return replace(target, outputs=_in_order(target.outputs or (), orders[at], overrides, choices))


def _spelled(found: tuple[Export, ...]) -> str:
    return repr(
        sorted((str(e.kind), sorted(e.attributes.items(), key=str), str(e.destination)) for e in found)
    )


def _in_order(
    found: tuple[Export, ...], keys: Sequence[str], overrides: Mapping[str, Override], choices: Choices
) -> tuple[Export, ...]:
    """The outputs after the overrides in this order; entries are changed where other targets see it."""
    for key in keys:
        if key == "output":
            given = tuple(exports.read_export(text) for text in overrides[key].values if text != EMPTY)
            found = (*found, *given) if overrides[key].appends else given
        elif key == "push":
            found = _pushed(found, overrides[key], choices)
        elif _truth(overrides[key].value, "load", choices):
            found = exports.loaded(found)
    return found


def _pushed(found: tuple[Export, ...], override: Override, choices: Choices) -> tuple[Export, ...]:
    return exports.pushed(found, _truth(override.value, "push", choices))


def _truth(value: Template, key: str, choices: Choices) -> bool:
    if value.literal is not None:
        return exports.parse_bool(value.literal)
    answer = choices.choose(f"--set {key}={value}")
    if answer is None:
        raise NotKnown
    return answer == 0


# Groups and parents


def wanted(names: Sequence[Template], definition: Definition) -> list[str]:
    """The targets that *names* stand for, groups unfolded; raises Refused, or NotKnown where one is open."""
    found: dict[str, None] = {}
    for each in names:
        if each.literal is None:
            raise NotKnown
        name = each.literal.replace(".", "_")
        for one in _patterned(name, definition):
            found |= dict.fromkeys(_unfolded(one, definition, {}))
    for name in found:
        if name not in definition.targets:
            raise Refused(f"there is no target {name}")
    return list(found)


def _patterned(name: str, definition: Definition) -> list[str]:
    if not re.search(r"[*?\[\]]", name):
        return [name]
    found = [each for each in definition.names() if matches_target(name, each)]
    if not found:
        raise Refused(f"no target is called {name}")
    return list(dict.fromkeys(found))


def _unfolded(name: str, definition: Definition, visited: dict[str, list[str]]) -> list[str]:
    """The targets of a group. Where a group comes back to itself, its name stands for a target."""
    if name in visited:
        return visited[name]
    if name not in definition.groups:
        return [name]
    visited[name] = []
    members = definition.groups[name]
    if isinstance(members, Unknown):
        raise NotKnown
    found: dict[str, None] = {}
    for member in to_list(members) if members is not None else ():
        text = member.literal if isinstance(member, Template) else None
        if text is None:
            raise NotKnown
        found |= dict.fromkeys(_unfolded(text, definition, visited) or [text])
    visited[name] = [*found]
    return visited[name]


def groups_among(names: Sequence[str], definition: Definition) -> dict[str, list[str]]:
    """The groups among *names*, and those in them, each with its members; raises NotKnown."""
    found: dict[str, list[str]] = {}
    pending = [*names]
    while pending:
        name = pending.pop()
        if name not in definition.groups or name in found:
            continue
        members = definition.groups[name]
        if isinstance(members, Unknown):
            raise NotKnown
        given = to_list(members) if members is not None else ()
        texts = [member.literal if isinstance(member, Template) else None for member in given]
        found[name] = [text for text in texts if text is not None]
        if len(found[name]) < len(texts):
            raise NotKnown
        pending += found[name]
    return found


@dataclass(frozen=True, slots=True)
class Resolved:
    """A target as bake builds it."""

    written: Written
    linked: bool = False
    """Built only as a context of another: nothing of it goes out."""


def resolve_targets(
    names: Sequence[str], definition: Definition, overrides: Overrides
) -> dict[str, Resolved]:
    """The named targets and those that they use as contexts; raises Refused or NotKnown."""
    found = {name: Resolved(_resolved(name, definition, overrides, {})) for name in names}
    for name in names:
        _link(name, found, definition, overrides, ())
    return found


def _link(
    name: str,
    found: dict[str, Resolved],
    definition: Definition,
    overrides: Overrides,
    visited: tuple[str, ...],
) -> None:
    contexts = found[name].written.contexts
    if isinstance(contexts, Unknown):
        return  # what is built only as a context is not pushed
    visited = (*visited, name)
    for context in contexts.values():
        if context.literal is None or not context.literal.startswith("target:"):
            continue
        other = context.literal.removeprefix("target:")
        if other in visited:
            raise Refused(f"target {name} is built from itself")
        if other not in found:
            linked = _resolved(other, definition, overrides, {})
            found[other] = Resolved(linked, linked=True)
        _link(other, found, definition, overrides, visited)


def _resolved(
    name: str, definition: Definition, overrides: Overrides, visited: dict[str, Written | None]
) -> Written:
    """A target with its parents' attributes under its own, and ``--set`` on all of them."""
    if name not in definition.targets:
        raise Refused(f"there is no target {name}")
    if len(visited) > MOST_PARENTS:
        raise Refused(f"target {name} has too many parents")
    visited[name] = None
    own = definition.targets[name]
    if isinstance(own.inherits, Unknown):
        raise NotKnown
    total = Written(name)
    for parent in own.inherits or ():
        if parent.literal is None:
            raise NotKnown
        if parent.literal in visited:
            above = visited[parent.literal]
        else:
            above = _resolved(parent.literal, definition, overrides, visited)
        total = total.under(above) if above is not None else total
    made = normal_target(overridden(total.under(own), overrides.get(name, {}), definition.choices))
    visited[name] = replace(made, inherits=())
    return made


def normal_target(target: Written) -> Written:
    """Without empty and repeated tags and platforms, and without contexts that are empty."""

    def once(given: List) -> List:
        if given is None or isinstance(given, Unknown):
            return given
        return tuple(dict.fromkeys(each for each in given if each != EMPTY))

    contexts = target.contexts
    return replace(
        target,
        tags=once(target.tags),
        platforms=once(target.platforms),
        outputs=exports.distinct(target.outputs) or None if target.outputs is not None else None,
        contexts=contexts
        if isinstance(contexts, Unknown)
        else {key: value for key, value in contexts.items() if value != EMPTY},
    )
