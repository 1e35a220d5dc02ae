"""``on``: the events, their filters and inputs (GitHub docs, "Events that trigger workflows")."""

from __future__ import annotations

from wholeship.core.yamls import Mapping, Node, Scalar, Sequence
from wholeship.github.model import Filter, Input, Trigger
from wholeship.github.model.nodes import Entries, Nodes, is_null, split_names, value_of

EVENTS = split_names(
    """
    branch_protection_rule check_run check_suite create delete deployment deployment_status
    discussion discussion_comment fork gollum image_version issue_comment issues label merge_group
    milestone page_build project project_card project_column public pull_request
    pull_request_comment pull_request_review pull_request_review_comment pull_request_target push
    registry_package release repository_dispatch schedule status watch workflow_call
    workflow_dispatch workflow_run
    """
)
_FILTERS = split_names(
    """
    types branches branches-ignore tags tags-ignore paths paths-ignore workflows names versions
    """
)
_INPUT_KEYS = frozenset(("description", "required", "default", "type", "options"))
_ACTION_INPUT_KEYS = _INPUT_KEYS | {"deprecationMessage", "displayName"}


def triggers(nodes: Nodes, node: Node | None) -> tuple[Trigger, ...]:
    """Every event in *node*: one name, a list of names, or a mapping."""
    if isinstance(node, Scalar) and not is_null(node):
        return _named(nodes, node)
    if isinstance(node, Sequence):
        return tuple(each for item in nodes.scalars(node) for each in _named(nodes, item))
    if isinstance(node, Mapping):
        return tuple(_trigger(nodes, key, value) for key, value in node.entries if _known(nodes, key))
    return ()


def _known(nodes: Nodes, key: Scalar) -> bool:
    if key.text in EVENTS:
        return True
    nodes.unknown(key, EVENTS, "on")
    return False


def _named(nodes: Nodes, name: Scalar) -> tuple[Trigger, ...]:
    if name.text == "schedule":
        nodes.problem("schedule needs its times", name.place, "schedule: [{cron: '0 4 * * *'}]")
    return (Trigger(name.text, name.place),) if _known(nodes, name) else ()


def _trigger(nodes: Nodes, key: Scalar, node: Node) -> Trigger:
    if key.text == "schedule":
        return Trigger(key.text, key.place, schedules=_schedules(nodes, node))
    if key.text in ("workflow_dispatch", "workflow_call"):
        return _called(nodes, key, node)
    entries = nodes.entries(node, _FILTERS, key.text)
    return Trigger(
        key.text,
        key.place,
        types=nodes.strings(value_of(entries, "types")),
        branches=_filter(nodes, entries, "branches"),
        tags=_filter(nodes, entries, "tags"),
        paths="paths" in entries or "paths-ignore" in entries,
        workflows=nodes.strings(value_of(entries, "workflows")),
    )


def _schedules(nodes: Nodes, node: Node) -> tuple[str, ...]:
    found = (nodes.entries(item, ("cron", "timezone"), "schedule") for item in nodes.items(node))
    times = []
    for entries in found:
        cron = value_of(entries, "cron")
        times.append(nodes.text(cron))
        if cron is not None and times[-1] and not is_cron(times[-1]):
            nodes.problem(f"{times[-1]!r} is no time", cron.place, "minute hour day month weekday (0 to 6)")
    return tuple(times)


_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_WORDS = (
    *((),) * 3,
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
)


def is_cron(text: str) -> bool:
    """Whether *text* is a POSIX cron time as GitHub takes it: five fields, weekdays from 0 to 6."""
    fields = text.split()
    return len(fields) == len(_LIMITS) and all(
        _is_field(part, limits, names)
        for field, limits, names in zip(fields, _LIMITS, _WORDS, strict=True)
        for part in field.split(",")
    )


def _is_field(part: str, limits: tuple[int, int], names: tuple[str, ...]) -> bool:
    span, slash, every = part.partition("/")
    if slash and not (every.isascii() and every.isdigit() and int(every) > 0):
        return False
    if span == "*":
        return True
    ends = [_number(end, limits[0], names) for end in span.split("-")]
    return len(ends) in (1, 2) and all(limits[0] <= end <= limits[1] for end in ends) and ends == sorted(ends)


def _number(text: str, first: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + first
    return int(text) if text.isascii() and text.isdigit() else -1


def _called(nodes: Nodes, key: Scalar, node: Node) -> Trigger:
    known = ("inputs", "outputs", "secrets") if key.text == "workflow_call" else ("inputs",)
    entries = nodes.entries(node, known, key.text)
    outputs = nodes.entries(value_of(entries, "outputs"))
    return Trigger(
        key.text,
        key.place,
        inputs=inputs(nodes, value_of(entries, "inputs"), typed=key.text == "workflow_call"),
        outputs={
            name: value
            for name, (_, each) in outputs.items()
            if (value := nodes.scalar(value_of(nodes.entries(each), "value"))) is not None
        },
        secrets=tuple(nodes.entries(value_of(entries, "secrets"))),
    )


def _filter(nodes: Nodes, entries: Entries, name: str) -> Filter | None:
    wanted, ignored = value_of(entries, name), value_of(entries, f"{name}-ignore")
    if wanted is not None and ignored is not None:
        nodes.problem(f"{name} and {name}-ignore exclude each other", ignored.place)
    if wanted is not None:
        return Filter(nodes.strings(wanted))
    return Filter(nodes.strings(ignored), ignore=True) if ignored is not None else None


def inputs(nodes: Nodes, node: Node | None, *, typed: bool = False, action: bool = False) -> dict[str, Input]:
    """The declared inputs, of a workflow or an *action*; *typed*: with a ``type`` (``workflow_call``)."""
    found: dict[str, Input] = {}
    for name, (key, value) in nodes.entries(node).items():
        known = _ACTION_INPUT_KEYS if action else _INPUT_KEYS
        entries = nodes.entries(value, known, f"the input {name}")
        kind = nodes.text(value_of(entries, "type"))
        if typed and not kind:
            nodes.problem("an input of workflow_call needs a type", key.place, "boolean, number or string")
        found[name] = Input(
            name,
            key.place,
            type=kind or "string",
            required=nodes.boolean(value_of(entries, "required")),
            default=nodes.scalar(value_of(entries, "default")),
            options=nodes.strings(value_of(entries, "options")),
        )
    return found
