"""Jobs (GitHub docs, "Workflow syntax", ``jobs``)."""

from __future__ import annotations

from collections.abc import Mapping as Map

from wholeship.core.wording import did_you_mean
from wholeship.core.yamls import Mapping, Node, Scalar, Sequence
from wholeship.github.model import Concurrency, Defaults, Job, Strategy
from wholeship.github.model.nodes import Entries, Nodes, kind, split_names, value_of
from wholeship.github.model.steps import read_steps

_BOTH = frozenset(("name", "needs", "if", "permissions", "concurrency", "strategy"))
_CALL = _BOTH | {"uses", "with", "secrets"}
_PLAIN = _BOTH | split_names(
    """
    runs-on environment outputs env defaults steps timeout-minutes cancel-timeout-minutes
    continue-on-error container services snapshot
    """
)
SCOPES = split_names(
    """
    actions artifact-metadata attestations checks code-quality contents copilot-requests deployments
    discussions drives id-token issues models packages pages pull-requests repository-projects
    security-events statuses vulnerability-alerts
    """
)
_NEVER = {"id-token": "read", "models": "write"}
"""What a scope cannot be given (actions/languageservices, ``workflow-v1.0.json``)."""


def read_job(nodes: Nodes, key: Scalar, node: Node) -> Job | None:
    """The job under *key*."""
    if not isinstance(node, Mapping):
        nodes.problem(f"a job should be a mapping, is {kind(node)}", node.place)
        return None
    nodes.name(key.text, key.place, "a job")
    entries = nodes.entries(node)
    called = "uses" in entries
    uses = nodes.text(value_of(entries, "uses"))
    if "${{" in uses:
        nodes.problem(f"the job {key.text} calls a workflow by an expression", entries["uses"][1].place)
    for name, (where, _) in entries.items():
        known = _CALL if called else _PLAIN
        if name not in known:
            what = "a job that calls a workflow" if called else "a job"
            nodes.unknown(where, known, what)
    if not called:
        for missing in ("runs-on", "steps"):
            if missing not in entries:
                nodes.problem(f"the job {key.text} has no {missing}", key.place)
    return _job(nodes, key, entries)


def _job(nodes: Nodes, key: Scalar, entries: Entries) -> Job:
    secrets = value_of(entries, "secrets")
    inherits = isinstance(secrets, Scalar) and secrets.text == "inherit"
    return Job(
        key.text,
        key.place,
        name=nodes.scalar(value_of(entries, "name")),
        needs=nodes.scalars(value_of(entries, "needs")),
        condition=value_of(entries, "if"),
        runner=value_of(entries, "runs-on"),
        environment=nodes.texts(value_of(entries, "env")),
        defaults=defaults(nodes, value_of(entries, "defaults")),
        strategy=_strategy(nodes, value_of(entries, "strategy")),
        steps=read_steps(nodes, value_of(entries, "steps")),
        outputs=nodes.texts(value_of(entries, "outputs")),
        uses=nodes.scalar(value_of(entries, "uses")),
        inputs=nodes.texts(value_of(entries, "with")),
        secrets={} if inherits else nodes.texts(secrets),
        inherits=inherits,
        permissions=permissions(nodes, value_of(entries, "permissions")),
        concurrency=concurrency(nodes, value_of(entries, "concurrency")),
        deployment=_environment(nodes, value_of(entries, "environment")),
        container=value_of(entries, "container"),
        services=value_of(entries, "services"),
        timeout=nodes.setting(value_of(entries, "timeout-minutes"), float),
        tolerated=nodes.setting(value_of(entries, "continue-on-error"), bool),
    )


def _strategy(nodes: Nodes, node: Node | None) -> Strategy | None:
    if node is None:
        return None
    entries = nodes.entries(node, ("matrix", "fail-fast", "max-parallel"), "strategy")
    return Strategy(
        node.place,
        value_of(entries, "matrix"),
        nodes.setting(value_of(entries, "fail-fast"), bool),
        nodes.setting(value_of(entries, "max-parallel"), float),
    )


def _environment(nodes: Nodes, node: Node | None) -> Scalar | None:
    """The name of a deployment environment."""
    if isinstance(node, Mapping):
        entries = nodes.entries(node, ("name", "url", "deployment"), "environment")
        return nodes.scalar(value_of(entries, "name"))
    return nodes.scalar(node)


def concurrency(nodes: Nodes, node: Node | None) -> Concurrency | None:
    """A group by its name, or with its settings (GitHub docs, "Control the concurrency")."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return Concurrency(node.place, node)
    entries = nodes.entries(node, ("group", "cancel-in-progress", "queue"), "concurrency")
    cancels = nodes.setting(value_of(entries, "cancel-in-progress"), bool)
    queue = nodes.text(value_of(entries, "queue")) or "single"
    if queue not in ("single", "max"):
        nodes.problem(f"queue is {queue!r}", entries["queue"][1].place, "it is single or max")
    if queue == "max" and cancels is not None and cancels.value is True:
        nodes.problem("queue: max and cancel-in-progress: true exclude each other", cancels.place)
    if "group" not in entries:
        nodes.problem("concurrency has no group", node.place)
    return Concurrency(node.place, nodes.scalar(value_of(entries, "group")), cancels, queue)


def defaults(nodes: Nodes, node: Node | None) -> Defaults:
    """``defaults.run``."""
    entries = nodes.entries(node, ("run",), "defaults")
    run = nodes.entries(value_of(entries, "run"), ("shell", "working-directory"), "defaults.run")
    return Defaults(nodes.scalar(value_of(run, "shell")), nodes.scalar(value_of(run, "working-directory")))


def permissions(nodes: Nodes, node: Node | None) -> Map[str, str] | None:
    """What the token may do; scopes that are not listed are none. None: the repository's default."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        if node.text in ("read-all", "write-all"):
            return dict.fromkeys(sorted(SCOPES), node.text.removesuffix("-all"))
        if node.value is not None:
            nodes.problem(f"permissions is {node.text!r}", node.place, "read-all, write-all or a mapping")
        return {}
    if isinstance(node, Sequence):
        nodes.problem("permissions should be a mapping", node.place)
        return {}
    found: dict[str, str] = {}
    for name, (key, value) in nodes.entries(node).items():
        level = nodes.text(value)
        if name not in SCOPES:  # GitHub adds some now and then
            hint = did_you_mean(name, SCOPES, alike=0.8)
            nodes.remark(f"unknown scope {name} in permissions", key.place, hint)
        if _NEVER.get(name) == level:
            nodes.problem(f"{name} cannot be {level}", value.place)
        if level not in ("read", "write", "none"):
            nodes.problem(f"{level!r} is no permission", value.place, "read, write or none")
            level = "none"
        found[name] = level
    return found
