"""The runs that ``on`` allows: one setting for each event and each class of ref that matters.

GitHub docs, "Events that trigger workflows" and "Workflow syntax", ``on``. Classes that no text of the
workflow can tell apart are one scenario.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.github.expressions.symbolic import Symbol
from wholeship.github.model import Filter, Workflow
from wholeship.github.model import Trigger as On
from wholeship.pipeline.run import Scenario
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.texts.template import Hole, Kind, Template, Value

DEFAULT_BRANCH = Hole("github.event.repository.default_branch", frozenset({Kind.REF}))
REF_NAME = Hole("github.ref_name", frozenset({Kind.REF}))


@dataclass(frozen=True, slots=True)
class Ref:
    """What ``github.ref`` is: ``prefix`` and ``suffix`` around ``name``; what is known of the name's hole.

    ``names``: all it can be. ``heads``: it starts with one of these.
    """

    kind: RefClass
    name: Template
    names: tuple[str, ...] = ()
    heads: tuple[str, ...] = ("",)
    prefix: str = "refs/heads/"
    suffix: str = ""
    default_apart: bool = False  # it is a branch, and not the default one


@dataclass(frozen=True, slots=True)
class Setting:
    """One scenario before it is evaluated: activity types, and what is known of the payload."""

    name: str
    on: On
    ref: Ref
    default_branch: str = ""
    actions: tuple[str, ...] = ()
    payload: Mapping[str, Symbol] = field(default_factory=dict)

    def scenario(self, inputs: Mapping[str, Value]) -> Scenario:
        """The scenario as the instance holds it."""
        name = self.ref.name
        defaults = {key: each.default.text for key, each in self.on.inputs.items() if each.default}
        trigger = Trigger(self.on.event, self.ref.kind, name, self.default_branch)
        on = self.on
        return Scenario(
            self.name, on.event, on.place, inputs, defaults, trigger, on.paths, tuple(on.workflows)
        )


@dataclass(frozen=True, slots=True)
class Matters:
    """What the texts of the workflow (or of what it calls) may tell apart."""

    ref: bool
    default: bool

    @classmethod
    def of(cls, text: str) -> Matters:
        """Whether *text* speaks of refs, and of the default branch; names of groups do not count."""
        lower = _GROUP.sub("", text.lower())
        ref = _REF.search(lower) is not None
        return cls(ref, "default_branch" in lower or "type=edge" in lower)


_GROUP = lazy_pattern(r"^\s*(?:group|concurrency):.*$", re.MULTILINE)
_REF = lazy_pattern(r"github\.(event\.)?ref|github_ref|ref_name|ref_type|metadata-action|default_branch")


def settings(workflow: Workflow, text: str, default_branch: str = "") -> tuple[Setting, ...]:
    """Every scenario of *workflow*; *text* is all that is read for it. Names are unique."""
    matters = Matters.of(text)
    found: list[Setting] = []
    for on in workflow.triggers:
        make = _MAKERS.get(on.event, _plain)
        found += make(on, matters, default_branch)
    return tuple(_unique(found))


def _unique(found: list[Setting]) -> Iterator[Setting]:
    seen: dict[str, int] = {}
    for each in found:
        seen[each.name] = seen.get(each.name, 0) + 1
        yield each if seen[each.name] == 1 else replace(each, name=f"{each.name} {seen[each.name]}")


# Refs


def default_ref(default_branch: str) -> Ref:
    """The head of the default branch."""
    name = Template((default_branch or DEFAULT_BRANCH,))
    return Ref(RefClass.DEFAULT, name)


_SPECIAL = lazy_pattern(r"[*?+\[\]!\\]")


def _literals(found: Filter | None) -> tuple[str, ...] | None:
    """The names that a filter lets through, when it names them all."""
    if found is None or found.ignore or not found.patterns:
        return None
    return None if any(_SPECIAL.search(each) for each in found.patterns) else found.patterns


def _heads(found: Filter | None) -> tuple[str, ...]:
    """What every name that a filter lets through starts with, as alternatives."""
    if found is None or found.ignore:
        return ("",)
    wanted = [each for each in found.patterns if not each.startswith("!")]
    return tuple(dict.fromkeys(_head(each) for each in wanted)) or ("",)


def _head(pattern: str) -> str:
    """The literal beginning of a pattern; a ``?`` or ``+`` speaks of the character before it."""
    special = _SPECIAL.search(pattern)
    if special is None:
        return pattern
    return pattern[: special.start() - (1 if special[0] in "?+" else 0)] if special.start() else ""


def _named(kind: RefClass, found: Filter | None, prefix: str) -> Ref:
    names = _literals(found)
    if names is not None and len(names) == 1:
        return Ref(kind, Template((names[0],)), prefix=prefix)
    return Ref(kind, Template((REF_NAME,)), names or (), _heads(found), prefix)


def _branches(found: Filter | None, matters: Matters, default_branch: str) -> list[tuple[str, Ref]]:
    """The branches that *found* lets through, the default one apart where that can matter."""
    names = _literals(found)
    likely = [
        n for n in names or () if n == default_branch or (not default_branch and n in ("main", "master"))
    ]
    if names is not None and len(names) == 1:
        kind = RefClass.DEFAULT if likely else RefClass.BRANCH
        return [("", Ref(kind, Template((names[0],))))]
    if not matters.default:
        return [("", _named(RefClass.BRANCH, found, "refs/heads/"))]
    others = tuple(name for name in names or () if name not in likely)
    rest = _named(RefClass.BRANCH, found if names is None else Filter(others), "refs/heads/")
    if names is not None and not likely:
        return [("", rest)]
    default = Ref(RefClass.DEFAULT, Template((likely[0],))) if likely else default_ref(default_branch)
    if names is None and not _may_pass(found, default_branch):
        return [("", rest)]
    return [("default branch", default), ("other branch", replace(rest, default_apart=True))]


def _may_pass(found: Filter | None, branch: str) -> bool:
    """Whether the default branch may pass a filter with patterns; sure enough for a scenario of its own."""
    if found is None or found.ignore or not branch:
        return True
    return any(branch.startswith(_head(each)) for each in found.patterns if not each.startswith("!"))


# Events


def _push(on: On, matters: Matters, default_branch: str) -> list[Setting]:
    """Branches, tags or both; a filter on one alone shuts the other out."""
    refs: list[tuple[str, Ref]] = []
    if on.branches is not None or on.tags is None:
        refs += _branches(on.branches, matters, default_branch)
    if on.tags is not None or on.branches is None:
        refs.append(("tag", _named(RefClass.TAG, on.tags, "refs/tags/")))
    if not matters.ref and len(refs) > 1:
        return [_setting(on, "", _any_ref(), default_branch)]
    labels = [label or "branch" for label, _ in refs] if len(refs) > 1 else [""]
    return [_setting(on, label, ref, default_branch) for label, (_, ref) in zip(labels, refs, strict=True)]


def _any_ref() -> Ref:
    return Ref(RefClass.ANY, Template((REF_NAME,)), prefix="")


def _setting(on: On, label: str, ref: Ref, default_branch: str, **more: object) -> Setting:
    name = f"{on.event} ({label})" if label else on.event
    return replace(Setting(name, on, ref, default_branch), **more)  # type: ignore[arg-type]


def _manual(on: On, matters: Matters, default_branch: str) -> list[Setting]:
    """Any branch or tag."""
    if not matters.ref:
        return [_setting(on, "", _any_ref(), default_branch)]
    branches = _branches(None, matters, default_branch)
    tag = _named(RefClass.TAG, None, "refs/tags/")
    refs = [*((label or "branch", ref) for label, ref in branches), ("tag", tag)]
    return [_setting(on, label, ref, default_branch) for label, ref in refs]


def _call(on: On, _matters: Matters, default_branch: str) -> list[Setting]:
    return [_setting(on, "", _any_ref(), default_branch)]


def _pull_request(on: On, _matters: Matters, default_branch: str) -> list[Setting]:
    """A pull request; after the merge, the ref is the branch that it was merged into."""
    pull = Ref(RefClass.PULL, Template((REF_NAME,)), prefix="refs/pull/")
    types = on.types or ("opened", "synchronize", "reopened")
    found: list[Setting] = []
    rest = tuple(each for each in types if each != "closed")
    if rest:
        found.append(_setting(on, "", pull, default_branch, actions=rest))
    if "closed" in types:
        base = _named(RefClass.BRANCH, on.branches, "refs/heads/")
        merged = {"merged": True}
        found.append(_setting(on, "merged", base, default_branch, actions=("closed",), payload=merged))
        dropped = {"merged": False}
        found.append(_setting(on, "closed", pull, default_branch, actions=("closed",), payload=dropped))
    return found


def _release(on: On, _matters: Matters, default_branch: str) -> list[Setting]:
    types = on.types or (
        "published", "unpublished", "created", "edited", "deleted", "prereleased", "released",
    )  # fmt: skip
    tag = _named(RefClass.TAG, None, "refs/tags/")
    return [_setting(on, "", tag, default_branch, actions=types)]


def _queue(on: On, _matters: Matters, default_branch: str) -> list[Setting]:
    ref = Ref(RefClass.QUEUE, Template((REF_NAME,)), heads=("gh-readonly-queue/",), default_apart=True)
    return [_setting(on, "", ref, default_branch, actions=on.types or ("checks_requested",))]


def _either(on: On, matters: Matters, default_branch: str) -> list[Setting]:
    """``create``, ``delete``: of a branch or a tag."""
    return _manual(on, replace(matters, default=False), default_branch)


def _plain(on: On, _matters: Matters, default_branch: str) -> list[Setting]:
    """Events that run on the head of the default branch."""
    return [_setting(on, "", default_ref(default_branch), default_branch, actions=on.types)]


_MAKERS: Mapping[str, Callable[[On, Matters, str], list[Setting]]] = {
    "push": _push,
    "workflow_dispatch": _manual,
    "workflow_call": _call,
    "pull_request": _pull_request,
    "pull_request_review": _pull_request,
    "pull_request_review_comment": _pull_request,
    "release": _release,
    "merge_group": _queue,
    "create": _either,
    "delete": _either,
    "deployment": _either,
    "deployment_status": _either,
}
