"""GitHub workflows: which images are pushed today, with which tags, for which platforms, on which events.

A quick reading, for suggestions only: what is not known stays a ``{…}`` in its place and is not taken
over. Whether a workflow can half-release is for ``check``, which reads them in earnest.
GitHub docs, "Workflow syntax"; docker/build-push-action and docker/metadata-action, "Inputs".
"""

from __future__ import annotations

import itertools
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wholeship.core import yamls
from wholeship.release.init.names import split_image
from wholeship.release.init.sightings import SeenImage

FOLDER = ".github/workflows"
LEGS = 64
"""Most matrix combinations that are looked at in one job."""

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.S)
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SHELL = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_BUILDS = (("docker", "build"), ("docker", "buildx", "build"), ("docker", "image", "build"),
           ("podman", "build"), ("buildah", "build"), ("buildah", "bud"))  # fmt: skip
_VALUED = frozenset({"-t", "--tag", "-f", "--file", "--platform", "--build-arg", "--target", "--output", "-o",
                     "--secret", "--label", "--cache-from", "--cache-to", "--builder", "--progress",
                     "--network", "--annotation", "--ssh", "--metadata-file", "--iidfile",
                     "--build-context"})  # fmt: skip

Names = Mapping[str, str]


def look(text: str, file: str, source: str = "") -> tuple[tuple[SeenImage, ...], tuple[str, ...]]:
    """The images that the workflow in *file* pushes, and what could not be read.

    *source* is the repository's address (``https://github.com/acme/shop``).
    """
    found = yamls.scan(text, file)
    node = found.documents[0] if found.documents else None
    if node is None and found.problems:
        return (), (f"{found.problems[0].place}: not read: {found.problems[0].message}",)
    document = yamls.plain(node) if isinstance(node, yamls.Mapping) else {}
    scenarios = _scenarios(document.get("on"))
    jobs = document.get("jobs")
    if scenarios is None or not isinstance(jobs, dict):
        return (), ()
    scope = _Scope(_inputs(document.get("on")) | _repository(source)).with_env(document.get("env"))
    pushed = [
        replace(seen, scenarios=scenarios)
        for job in jobs.values()
        if isinstance(job, dict)
        for seen in _job(job, scope, file)
    ]
    return tuple(pushed), ()


def _scenarios(triggers: object) -> tuple[str, ...] | None:
    """The release scenarios that *triggers* stand for; None when they never publish (pull requests)."""
    if isinstance(triggers, dict):
        events = {str(name): about for name, about in triggers.items()}
    else:
        names = triggers if isinstance(triggers, list) else [triggers]
        events = {str(name): None for name in names if isinstance(name, str)}
    found = []
    push = events.get("push", {})
    if "push" in events or "schedule" in events:
        only_tags = isinstance(push, dict) and "tags" in push and "branches" not in push
        found.append("release" if only_tags else "push")
        if isinstance(push, dict) and "tags" in push and "branches" in push:
            found.append("release")
    if "release" in events:
        found.append("release")
    if "workflow_dispatch" in events:
        found.append("manual")
    if found or {"workflow_call", "workflow_run", "repository_dispatch"} & set(events):
        return tuple(dict.fromkeys(found))
    return None


def _inputs(triggers: object) -> dict[str, str]:
    """Inputs with their defaults, as ``inputs.NAME``."""
    found: dict[str, str] = {}
    for event in triggers.values() if isinstance(triggers, dict) else ():
        inputs = event.get("inputs") if isinstance(event, dict) else None
        for name, about in inputs.items() if isinstance(inputs, dict) else ():
            if isinstance(about, dict) and isinstance(about.get("default"), str | int | bool):
                found[f"inputs.{name}"] = _scalar(about["default"])
    return found


def _repository(source: str) -> dict[str, str]:
    parts = source.rstrip("/").split("/")
    if len(parts) < 5 or not all(parts[-2:]):
        return {}
    owner, name = parts[-2:]
    return {
        "github.repository": f"{owner}/{name}",
        "github.repository_owner": owner,
        "github.event.repository.name": name,
    }


@dataclass(frozen=True, slots=True)
class _Scope:
    """Values by the path they are asked for under, as ``env.IMAGE``."""

    names: Names
    metadata: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    """By step id: what docker/metadata-action was given as images and tags."""

    def text(self, value: object) -> str:
        """*value* with its expressions filled in; an unknown one becomes ``{…}``."""
        return _EXPRESSION.sub(lambda m: self._value(m[1].strip()), _scalar(value))

    def _value(self, expression: str) -> str:
        for part in expression.split("||"):
            found = self._term(part.strip())
            if found:
                return found
        return "{" + re.sub(r"\s+", " ", expression)[:60] + "}"

    def _term(self, term: str) -> str:
        literal = _LITERAL.fullmatch(term)
        if literal:
            return literal[1].replace("''", "'")
        if term.startswith("(") and term.endswith(")"):
            return self._term(term[1:-1].strip())
        if "&&" in term:  # `condition && 'value'`, where it can be told whether the condition holds
            condition, _, value = term.rpartition("&&")
            return self._term(value.strip()) if self._holds(condition.strip()) else ""
        lowered = re.fullmatch(r"toLower\((.*)\)|lower\((.*)\)", term)
        if lowered:
            return self._term(lowered[1] or lowered[2]).lower()
        return self.names.get(term, "") if _PATH.fullmatch(term) else ""

    def _holds(self, condition: str) -> bool:
        """Whether *condition* is known to hold; of values that are not known nothing does."""
        compared = re.fullmatch(r"(\S+)\s*(==|!=)\s*(\S+)", condition)
        if compared:
            left, right = self._term(compared[1]), self._term(compared[3])
            return bool(left and right) and (left == right) == (compared[2] == "==")
        called = re.fullmatch(r"(endsWith|startsWith|contains)\(([^,]+),([^,]+)\)", condition)
        if called:
            text, part = self._term(called[2].strip()), self._term(called[3].strip())
            tests = {"endsWith": text.endswith, "startsWith": text.startswith, "contains": text.__contains__}
            return bool(text and part) and tests[called[1]](part)
        return False

    def shell(self, word: str) -> str:
        """*word* of a script with its variables filled in."""
        return _SHELL.sub(
            lambda m: self.names.get(f"env.{m[1] or m[2]}") or "{" + (m[1] or m[2]) + "}", self.text(word)
        )

    def with_env(self, env: object) -> _Scope:
        """With the variables that *env* sets."""
        if not isinstance(env, dict):
            return self
        return replace(self, names={**self.names, **{f"env.{k}": self.text(v) for k, v in env.items()}})

    def with_names(self, names: Names) -> _Scope:
        """With *names* on top."""
        return replace(self, names={**self.names, **names})


def _job(job: Mapping[str, Any], scope: _Scope, file: str) -> Iterator[SeenImage]:
    steps = job.get("steps")
    if not isinstance(steps, list):
        return
    for leg in _legs(job.get("strategy")):
        inner = scope.with_names(leg).with_env(job.get("env"))
        logged = False
        for step in (each for each in steps if isinstance(each, dict)):
            here = inner.with_env(step.get("env"))
            uses = str(step.get("uses") or "").partition("@")[0].lower()
            given: Mapping[str, Any] = step["with"] if isinstance(step.get("with"), dict) else {}
            logged = logged or uses == "docker/login-action" or "docker login" in str(step.get("run") or "")
            if uses == "docker/metadata-action" and step.get("id"):
                images, tags = _lines(here.text(given.get("images"))), _lines(here.text(given.get("tags")))
                inner = replace(inner, metadata={**inner.metadata, str(step["id"]): (images, tags)})
            elif uses in ("docker/build-push-action", "redhat-actions/buildah-build"):
                yield from _action(given, here, file)
            elif isinstance(step.get("run"), str):
                yield from _script(
                    step["run"], here, file, pushes=logged, directory=step.get("working-directory")
                )


def _legs(strategy: object) -> list[dict[str, str]]:
    """The matrix combinations, as names under ``matrix.``."""
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
    if not isinstance(matrix, dict):
        return [{}]
    axes = {k: v for k, v in matrix.items() if isinstance(v, list) and v and k not in ("include", "exclude")}
    products = itertools.islice(itertools.product(*axes.values()), LEGS)
    legs = [dict(zip(axes, choice, strict=True)) for choice in products] if axes else []
    included = matrix.get("include")
    extra = [each for each in included if isinstance(each, dict)] if isinstance(included, list) else []
    for each in extra[:LEGS]:
        fitting = [leg for leg in legs if all(leg.get(k, v) == v for k, v in each.items() if k in axes)]
        if fitting and axes:
            for leg in fitting:
                leg.update({k: v for k, v in each.items() if k not in axes})
        else:
            legs.append(dict(each))
    return [_flat(leg, "matrix") for leg in legs] or [{}]


def _flat(value: Mapping[str, Any], prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, each in value.items():
        if isinstance(each, dict):
            found |= _flat(each, f"{prefix}.{name}")
        elif not isinstance(each, list):
            found[f"{prefix}.{name}"] = _scalar(each)
    return found


def _action(given: Mapping[str, Any], scope: _Scope, file: str) -> Iterator[SeenImage]:
    """One use of docker/build-push-action, when it pushes."""
    outputs = scope.text(given.get("outputs"))
    pushes = scope.text(given.get("push") or "false")
    if pushes == "false" and "push=true" not in outputs and "type=registry" not in outputs:
        return
    names = _references(given.get("tags"), scope)
    names += tuple(re.findall(r"(?<![\w-])name=([^,\"]+)", outputs))
    left = []
    if given.get("secrets"):
        left.append("its build secrets: name them under secrets:, as id=NAME,env=VARIABLE")
    args, unknown = _arguments(_lines(scope.text(given.get("build-args"))))
    context = scope.text(given.get("context") or ".")
    yield from _seen(
        file,
        context=context,
        dockerfile=scope.text(given.get("file")),
        target=scope.text(given.get("target")),
        args=args,
        platforms=tuple(re.split(r"[,\s]+", scope.text(given.get("platforms")).strip())),
        references=names,
        left=(*left, *unknown),
    )


def _references(tags: object, scope: _Scope) -> tuple[str, ...]:
    """The references in *tags*, with those of metadata-action put in the place of its output."""
    found: list[str] = []
    for line in _lines(_scalar(tags)):
        made = re.search(r"steps\.([\w-]+)\.outputs\.(?:tags|json)", line)
        if made and made[1] in scope.metadata:
            images, rules = scope.metadata[made[1]]
            known = [tag for rule in rules for tag in _rule(rule)] or ["{ref}"]
            found += [f"{image}:{tag}" for image in images for tag in known]
        else:
            found.append(scope.text(line))
    return tuple(found)


def _rule(rule: str) -> list[str]:
    """The tag that a rule of metadata-action gives, in the words of the release file where it has them."""
    parts = dict(part.partition("=")[::2] for part in rule.split(","))
    kind = parts.get("type", "raw")
    if kind == "raw":
        return [parts.get("value", rule)]
    if kind == "semver":
        named = {"{{version}}": "{semver}", "{{major}}.{{minor}}": "{minor}", "{{major}}": "{major}"}
        text = parts.get("pattern", "")
        return [named[text.removeprefix("v")]] if text.removeprefix("v") in named else []
    return []


def _arguments(lines: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Arguments with a known value, and a remark for each other."""
    known: dict[str, str] = {}
    left: list[str] = []
    for line in lines:
        name, equals, value = line.partition("=")
        if not _NAME.fullmatch(name):
            left.append("build arguments that are computed")
        elif equals and not _open(value):
            known[name] = value
        else:
            left.append(f"the build argument {name}" + (f" ({value})" if value else ""))
    return known, tuple(dict.fromkeys(left))


def _script(
    script: str, scope: _Scope, file: str, *, pushes: bool, directory: object = None
) -> Iterator[SeenImage]:
    """``docker build`` and its kin in a script, one command a line."""
    for line in re.sub(r"\\\r?\n", " ", script).splitlines():
        try:
            words = shlex.split(_EXPRESSION.sub(lambda m: "'" + scope.text(m[0]) + "'", line), comments=True)
        except ValueError:
            continue
        for program in _BUILDS:
            if tuple(words[: len(program)]) == program:
                rest = [scope.shell(word) for word in words[len(program) :]]
                yield from _command(rest, file, pushes=pushes, directory=str(directory or "."))


def _command(words: list[str], file: str, *, pushes: bool, directory: str) -> Iterator[SeenImage]:
    values: dict[str, list[str]] = {}
    rest: list[str] = []
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        if not name.startswith("-"):
            rest.append(words[at])
        elif equals:
            values.setdefault(name, []).append(value)
        elif name in _VALUED and at + 1 < len(words):
            at += 1
            values.setdefault(name, []).append(words[at])
        else:
            values.setdefault(name, []).append("true")
        at += 1
    if not (pushes or values.get("--push")) or len(rest) > 1:
        return
    args, left = _arguments(tuple(values.get("--build-arg", ())))
    context = posixpath.normpath(posixpath.join(directory, rest[0] if rest else "."))
    dockerfile = (values.get("-f") or values.get("--file") or [""])[-1]
    yield from _seen(
        file,
        context=context,
        dockerfile=posixpath.join(directory, dockerfile) if dockerfile else "",
        target=values.get("--target", [""])[-1],
        args=args,
        platforms=tuple(",".join(values.get("--platform", ())).split(",")),
        references=(*values.get("-t", ()), *values.get("--tag", ())),
        left=left,
    )


def _seen(
    file: str,
    *,
    context: str,
    dockerfile: str,
    target: str,
    args: Mapping[str, str],
    platforms: tuple[str, ...],
    references: tuple[str, ...],
    left: tuple[str, ...],
) -> Iterator[SeenImage]:
    named = [split_image(text.strip()) for text in references if text.strip()]
    # A name is enough; where it goes may be known from elsewhere.
    repositories = list(dict.fromkeys(r for r, _ in named if not _open(r.rpartition("/")[2])))
    if not repositories or context.startswith(("{", "/", "http:", "https:", "git@")):
        return
    context = posixpath.normpath(context)
    if not dockerfile or _open(dockerfile):
        dockerfile = posixpath.join(context, "Dockerfile")
    # The first is where it goes; a copy elsewhere (a second registry) is for the reader to see.
    others = tuple(f"it is pushed to {other} too" for other in repositories[1:])
    if _open(repositories[0]):
        others = (f"where it goes ({repositories[0]})", *others)
    yield SeenImage(
        name=repositories[0].rpartition("/")[2],
        where=file,
        context=context,
        dockerfile=posixpath.normpath(dockerfile),
        target="" if _open(target) else target,
        args=args,
        platforms=tuple(p for p in platforms if p and not _open(p)),
        repository="" if _open(repositories[0]) else repositories[0],
        tags=tuple(dict.fromkeys(tag for repository, tag in named if repository == repositories[0] and tag)),
        left=(*left, *others),
    )


def _open(text: str) -> bool:
    """Whether a part of *text* is not known."""
    return "{" in text or "$" in text


def _lines(text: str) -> tuple[str, ...]:
    return tuple(
        line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
    )


def _scalar(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
