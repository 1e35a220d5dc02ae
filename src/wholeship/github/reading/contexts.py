"""The contexts ``github`` and ``inputs`` of a scenario (GitHub docs, "Contexts reference")."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.github.expressions.symbolic import (
    Fields,
    Symbol,
    Text,
    Truth,
    Unknown,
    rendered,
    symbolic_text,
    unknown_text,
)
from wholeship.github.expressions.unknowns import About, Unknowns
from wholeship.github.model import Input
from wholeship.github.reading.scenarios import DEFAULT_BRANCH, REF_NAME, Setting
from wholeship.logic.formula import Atom, conj, iff, neg
from wholeship.pipeline.run import Data
from wholeship.pipeline.trigger import RefClass
from wholeship.texts.template import Hole, Kind, Template, Value

_TEXTS = {
    "sha": Kind.COMMIT, "run_id": Kind.RUN_ID, "run_number": Kind.RUN_NUMBER, "run_attempt": Kind.ATTEMPT,
    "repository": Kind.EVENT, "repository_owner": Kind.EVENT, "repository_id": Kind.EVENT,
    "actor": Kind.EVENT, "actor_id": Kind.EVENT, "triggering_actor": Kind.EVENT, "token": Kind.VARIABLE,
    "repositoryUrl": Kind.EVENT, "repository_owner_id": Kind.EVENT, "workflow_sha": Kind.COMMIT,
    "workflow_ref": Kind.REF, "workspace": Kind.RUNNER, "retention_days": Kind.EVENT,
}  # fmt: skip
"""Properties of ``github`` that are text, never empty, and the same in a whole run (or attempt)."""

_WORDS = frozenset(("repository", "repositoryUrl", "workflow_ref", "workspace"))
"""Those of them with a slash in them."""

_ALWAYS = ("repository", "sender", "organization", "enterprise", "installation")
_PAYLOADS = {
    "push": "ref before after created deleted forced base_ref compare commits head_commit pusher",
    "pull_request": "action number pull_request label before after assignee",
    "pull_request_target": "action number pull_request label before after assignee",
    "release": "action release changes",
    "workflow_dispatch": "inputs ref workflow",
    "schedule": "schedule workflow",
    "workflow_run": "action workflow_run workflow",
    "merge_group": "action merge_group",
    "repository_dispatch": "action branch client_payload",
}
"""What the payload of an event holds (GitHub docs, "Webhook events and payloads"); of others, anything."""

CONCLUSIONS = (
    "success", "failure", "cancelled", "skipped", "timed_out", "neutral", "stale", "action_required",
    "startup_failure",
)  # fmt: skip


def hole_text(unknowns: Unknowns, name: str, kind: Kind, about: About) -> Text:
    """An unknown string called *name*, of which *about* is known."""
    found = unknown_text(kind, name)
    unknowns.know(found.template.holes[0], about)
    return found


_FILLED = About(filled=True, string=True)
_WORDED = About(filled=True, string=True, worded=True)


def github(setting: Setting, unknowns: Unknowns, workflow_name: str) -> Fields:
    """The context ``github``."""
    entries: dict[str, Symbol] = {
        name: hole_text(unknowns, f"github.{name}", kind, _WORDED if name in _WORDS else _FILLED)
        for name, kind in _TEXTS.items()
    }
    called = setting.on.event == "workflow_call"
    event_name: Symbol = setting.on.event
    if called:
        event_name = hole_text(unknowns, "github.event_name", Kind.EVENT, _FILLED)
    entries |= _refs(setting, unknowns)
    entries |= {
        "event_name": event_name,
        "workflow": workflow_name,
        "server_url": "https://github.com",
        "api_url": "https://api.github.com",
        "graphql_url": "https://api.github.com/graphql",
        "ref_protected": _truth("github.ref_protected", Kind.REF),
        "secret_source": "Actions",
    }
    entries["event"] = _event(setting, unknowns, entries)
    return Fields(entries, rest=lambda name: Unknown(Hole.of(Kind.EVENT, f"github.{name}")), name="github")


def _refs(setting: Setting, unknowns: Unknowns) -> dict[str, Symbol]:
    ref = setting.ref
    unknowns.know(DEFAULT_BRANCH, _FILLED)
    unknowns.know(REF_NAME, About(ref.names, ref.heads, filled=True, string=True))
    if ref.default_apart:
        unknowns.know_apart(REF_NAME, DEFAULT_BRANCH)
    pull = setting.on.event.startswith("pull_request")
    base = _base(setting, unknowns) if pull else ""
    found: dict[str, Symbol] = {
        "head_ref": hole_text(unknowns, "github.head_ref", Kind.REF, _FILLED) if pull else "",
        "base_ref": base,
    }
    if ref.kind is RefClass.ANY:
        kind = hole_text(unknowns, "github.ref_type", Kind.REF, About(("branch", "tag"), string=True))
        whole = hole_text(unknowns, "github.ref", Kind.REF, About((), ("refs/",), filled=True, string=True))
        return {**found, "ref": whole, "ref_name": symbolic_text(ref.name), "ref_type": kind}
    if ref.kind is RefClass.PULL:
        whole_ref = Template.of("refs/pull/", Hole.of(Kind.EVENT, "github.event.number"), "/merge")
        return {
            **found,
            "ref": symbolic_text(whole_ref),
            "ref_name": symbolic_text(ref.name),
            "ref_type": "branch",
        }
    return {
        **found,
        "ref": symbolic_text(Template.of(ref.prefix, ref.name, ref.suffix)),
        "ref_name": symbolic_text(ref.name),
        "ref_type": "tag" if ref.kind is RefClass.TAG else "branch",
    }


def _base(setting: Setting, unknowns: Unknowns) -> Symbol:
    """The branch that a pull request is for."""
    if setting.ref.kind is not RefClass.PULL and setting.on.event == "pull_request":
        return symbolic_text(setting.ref.name)
    patterns = setting.on.branches
    names: tuple[str, ...] = ()
    if (
        patterns is not None
        and not patterns.ignore
        and not any(set("*?+[]!\\") & set(p) for p in patterns.patterns)
    ):
        names = patterns.patterns
    if len(names) == 1:
        return names[0]
    return hole_text(unknowns, "github.base_ref", Kind.REF, About(names, filled=True, string=True))


def _truth(name: str, kind: Kind) -> Truth:
    return Truth(Atom(Data(name)), Hole.of(kind, name))


def _event(setting: Setting, unknowns: Unknowns, known: Mapping[str, Symbol]) -> Fields:
    """``github.event``: what is said of the payload, null for what it does not hold."""
    event = setting.on.event
    entries: dict[str, Symbol] = {"repository": _repository(setting, known)}
    if setting.actions:
        entries["action"] = _one_of(unknowns, "github.event.action", setting.actions)
    if event == "push":
        entries |= {"ref": known["ref"], "after": known["sha"]}
        if not unknowns.about(REF_NAME).domain:
            entries["deleted"] = _truth("github.event.deleted", Kind.EVENT)
    elif event.startswith("pull_request"):
        number = Hole.of(Kind.EVENT, "github.event.number")
        unknowns.know(number, About(filled=True))
        entries |= {"number": Unknown(number), "pull_request": _pull(setting, known, Unknown(number))}
    elif event == "release":
        entries["release"] = _release(setting, unknowns, known)
    elif event == "workflow_run":
        entries["workflow_run"] = _upstream(setting, unknowns)
    elif event == "schedule":
        entries["schedule"] = _one_of(unknowns, "github.event.schedule", setting.on.schedules)
    allowed = _PAYLOADS.get(event)
    return _open(entries, "github.event", (*allowed.split(), *_ALWAYS) if allowed else None)


def _open(entries: Mapping[str, Symbol], name: str, allowed: tuple[str, ...] | None = None) -> Fields:
    """An object whose other properties are unknown; or null, where only *allowed* ones can be there."""

    def rest(key: str) -> Symbol:
        if allowed is not None and key.lower() not in allowed:
            return None
        return Unknown(Hole.of(Kind.EVENT, f"{name}.{key}"))

    return Fields(entries, rest, name)


def _one_of(unknowns: Unknowns, name: str, options: tuple[str, ...]) -> Symbol:
    unique = tuple(dict.fromkeys(options))
    if len(unique) == 1:
        return unique[0]
    return hole_text(unknowns, name, Kind.EVENT, About(unique, string=True))


def _repository(setting: Setting, known: Mapping[str, Symbol]) -> Fields:
    default = Template((setting.default_branch or DEFAULT_BRANCH,))
    if setting.ref.kind is RefClass.DEFAULT:
        default = setting.ref.name
    entries: dict[str, Symbol] = {"default_branch": symbolic_text(default), "full_name": known["repository"]}
    return _open(entries, "github.event.repository")


def _pull(setting: Setting, known: Mapping[str, Symbol], number: Symbol) -> Fields:
    merged: Symbol = setting.payload.get("merged", False if "closed" not in setting.actions else None)
    base = _open({"ref": known["base_ref"]}, "github.event.pull_request.base")
    head = _open({"ref": known["head_ref"]}, "github.event.pull_request.head")
    draft = _truth("github.event.pull_request.draft", Kind.EVENT)
    entries: dict[str, Symbol] = {
        "merged": merged, "base": base, "head": head, "draft": draft, "number": number,
    }  # fmt: skip
    return _open(entries, "github.event.pull_request")


def _release(setting: Setting, unknowns: Unknowns, known: Mapping[str, Symbol]) -> Fields:
    types = set(setting.actions)
    prerelease: Symbol = _truth("github.event.release.prerelease", Kind.EVENT)
    if types <= {"released"}:
        prerelease = False
    elif types <= {"prereleased"}:
        prerelease = True
    draft: Symbol = (
        False
        if types <= {"published", "released", "prereleased"}
        else _truth("github.event.release.draft", Kind.EVENT)
    )
    entries: dict[str, Symbol] = {"tag_name": known["ref_name"], "prerelease": prerelease, "draft": draft}
    return _open(entries, "github.event.release")


def _upstream(setting: Setting, unknowns: Unknowns) -> Fields:
    """The run that a ``workflow_run`` follows. Its conclusion is known only once it is completed."""
    name = "github.event.workflow_run"
    branches = setting.on.branches
    entries: dict[str, Symbol] = {
        "conclusion": hole_text(unknowns, f"{name}.conclusion", Kind.EVENT, About(CONCLUSIONS, string=True)),
        "head_sha": hole_text(unknowns, f"{name}.head_sha", Kind.COMMIT, _FILLED),
    }
    if set(setting.actions) != {"completed"}:  # before that there is none
        del entries["conclusion"]
    if branches is not None and not branches.ignore and len(branches.patterns) == 1:
        pattern = branches.patterns[0]
        if not set("*?+[]!\\") & set(pattern):
            entries["head_branch"] = pattern
    if len(setting.on.workflows) == 1:
        entries["name"] = setting.on.workflows[0]
    return _open(entries, name)


def given_inputs(inputs: Mapping[str, Input], unknowns: Unknowns, *, called: bool = False) -> Fields:
    """The context ``inputs`` where a person or a caller that is not known gives them."""
    return Fields({name: _input(each, unknowns) for name, each in inputs.items()}, name="inputs")


def _input(each: Input, unknowns: Unknowns) -> Symbol:
    name = f"inputs.{each.name}"
    if each.type == "boolean":
        return _truth(name, Kind.INPUT)
    if each.type == "choice" and each.options:
        return hole_text(unknowns, name, Kind.INPUT, About(tuple(dict.fromkeys(each.options)), string=True))
    if each.type == "number":
        return Unknown(Hole.of(Kind.INPUT, name))
    return hole_text(unknowns, name, Kind.INPUT, About(string=True))


def event_inputs(inputs: Fields) -> Fields:
    """``github.event.inputs``: the same, all as text."""
    from wholeship.github.expressions.partial import as_text

    return Fields(
        {name: as_text(value) for name, value in inputs.entries.items()}, name="github.event.inputs"
    )


def tie_ref(setting: Setting, unknowns: Unknowns) -> None:
    """Where any ref may be, its type and its beginning say the same, if both were asked."""
    whole, kind = Hole.of(Kind.REF, "github.ref"), Hole.of(Kind.REF, "github.ref_type")
    if setting.ref.kind is RefClass.ANY and unknowns.asked(whole):
        tag, branch = unknowns.starts(whole, "refs/tags/"), unknowns.starts(whole, "refs/heads/")
        unknowns.assume(neg(conj((tag, branch))))
        if unknowns.asked(kind):
            unknowns.assume(iff(unknowns.equal(kind, "tag"), tag))


VARIABLES = {
    "GITHUB_SHA": "sha", "GITHUB_REF": "ref", "GITHUB_REF_NAME": "ref_name", "GITHUB_REF_TYPE": "ref_type",
    "GITHUB_HEAD_REF": "head_ref", "GITHUB_BASE_REF": "base_ref", "GITHUB_REPOSITORY": "repository",
    "GITHUB_REPOSITORY_OWNER": "repository_owner", "GITHUB_REPOSITORY_ID": "repository_id",
    "GITHUB_RUN_ID": "run_id", "GITHUB_RUN_NUMBER": "run_number", "GITHUB_RUN_ATTEMPT": "run_attempt",
    "GITHUB_ACTOR": "actor", "GITHUB_TRIGGERING_ACTOR": "triggering_actor",
    "GITHUB_EVENT_NAME": "event_name", "GITHUB_WORKFLOW": "workflow", "GITHUB_SERVER_URL": "server_url",
    "GITHUB_API_URL": "api_url", "GITHUB_WORKSPACE": "workspace",
}  # fmt: skip


def variables(context: Fields) -> dict[str, Value]:
    """The variables that every step sees (GitHub docs, "Default environment variables")."""
    found = {name: rendered(context.get(key)) for name, key in VARIABLES.items()}
    constants = {"CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_OS": "Linux", "HOME": "/home/runner"}
    return {**found, **{name: Value.literal_of(value) for name, value in constants.items()}}
