"""What workflows did, and do not do any more: commands, settings of actions, places, one release at a time.

What is there now is not judged here. Whatever a workflow did before was once meant; that it is not done any
more is told, unless something else of its kind stands for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.review.evidence.workflow_shape import WorkflowJob, WorkflowShape, WorkflowStep, checks_in


def find_gone(
    before: Mapping[str, WorkflowShape], now: Mapping[str, WorkflowShape], files: Mapping[str, str]
) -> Iterator[str]:
    """What is not done any more, a line each. *files* are the changed workflows, by their path before."""
    fewer = _counted(before) - _counted(now)
    for path, old_path in files.items():
        old, new = before.get(old_path), now.get(path)
        if old is None or new is None:
            continue
        yield from _commands_gone(old, new, fewer)
        yield from _not_alone(old, new)
        for job in new.jobs.values():
            if (was := old.jobs.get(job.name)) is not None:
                yield from _otherwise(was, job, f"({path}:{job.line})")
                yield from _inputs(was, job, path)
        yield from _tokens_left(old, new)
    yield from _protections(before, now, next(iter(files), ""))


# -- commands ------------------------------------------------------------------------------------------

_NO_COMMAND = lazy_pattern(
    r"(?:#|[\"']|\w+=|(?:for|while|if|function|until|case)\b|echo\b|printf\b|mkdir\b|cd\b|exit\b|fi\b|done\b|then\b|else\b|esac\b|[{}()]|sleep\b|ls\b|cat\b|pwd\b"
    r"|which\b|date\b|export\b|[\w-]+=\S*$|(?:sudo )?(?:apt|apt-get|brew|choco|yum|dnf|apk)\b)|.*--version$"
)
"""What does nothing that anybody would miss."""
_INSTALLS = lazy_pattern(
    r"(?:pip3?|pipx|npm|yarn|pnpm|bun|uv|go|cargo|gem|bundle|poetry)\s+(?:install|ci|i|get|add|sync|mod)\b"
)
_STRICT = (
    "--require-hashes",
    "--frozen-lockfile",
    "--immutable",
    "--locked",
    "--frozen",
    "--ignore-scripts",
    "ci",
)
"""Words of installers without which something else may be installed."""
_STARTERS = frozenset(
    "python python3 -m run npx uv uvx sudo poetry hatch pdm npm yarn pnpm bun exec -q -v".split()
)
"""Words by which the same program is started in several ways."""


def _counted(shapes: Mapping[str, WorkflowShape]) -> Counter[str]:
    return Counter(_plain(line) for shape in shapes.values() for line in _commands_of(shape.jobs.values()))


def _commands_of(jobs: Iterable[WorkflowJob]) -> list[str]:
    return [line for job in jobs for step in job.steps for line in _lines(step.run)]


def _lines(run: str) -> list[str]:
    """The commands of a script, each on a line of its own."""
    whole = re.sub(r"\\\n\s*", " ", run)
    return [line.strip() for line in whole.splitlines() if line.strip()]


def _plain(line: str) -> str:
    return " ".join(sorted(_words(line)))


def _words(line: str) -> list[str]:
    """The words of a command; versions and other numbers are all the same."""
    text = re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: f"${{{{{found[1].replace(' ', '')}}}}}", line)
    text = re.sub(r"(?<![\w$])v?\d[\w.+]*|(?<=[=@:])v?\d[\w.+-]*", "0", text)
    words = re.findall(r"[^\s'\",;|&()]+", text)
    return [word for word in words if word not in _STARTERS]


def _commands_gone(old: WorkflowShape, new: WorkflowShape, fewer: Counter[str]) -> Iterator[str]:
    """Commands of which *fewer* are left over all workflows, and that no new one stands for."""
    known = {_plain(line) for line in _commands_of(old.jobs.values())}
    fresh = [line for line in _commands_of(new.jobs.values()) if _plain(line) not in known]
    here = {_plain(line) for line in _commands_of(new.jobs.values())}
    for job in old.jobs.values():
        kept = {_plain(line) for line in _commands_of([new.jobs[job.name]])} if job.name in new.jobs else here
        for line in (line for step in job.steps for line in _lines(step.run)):
            words = Counter(_words(line))
            if (
                not fewer[_plain(line)]
                or _plain(line) in kept
                or any(_stands_for(words, each) for each in fresh)
            ):
                continue
            if _is_missed(line, fresh):
                where = f"({new.file}:{_line_in(new, job.name)})"
                yield f"a command does not run any more as it did: {line[:80]} {where}"


_LOOKS_AT_LESS = lazy_pattern(
    r"-l{2,3}|-i{2,3}|-s|--?(?:severity|confidence|skip|exclude|ignore|omit|threshold|min(?:imum)?-(?:severity|level|confidence)"
    r"|(?:audit|fail|alert|error)-?(?:level|on|threshold)|failure-threshold|level|baseline|deselect|disable|allow|soft-fail"
    r"|no-fail|warn-only|exit-zero|last-failed|lf|only|quiet-level)(?:[-=].*)?"
)
"""Words by which a tool that looks for mistakes finds fewer of them, or they count for nothing."""


def _stands_for(words: Counter[str], other: str) -> bool:
    """Whether the command *other* does all that one with *words* did, and no new word leaves anything out."""
    said = Counter(_words(other))
    if not words <= said:
        return False
    more = [word for word in said - words if word != "-s" or "bandit" in said]
    return not checks_in(other) or not any(map(_LOOKS_AT_LESS.fullmatch, more))


def _is_missed(line: str, fresh: Iterable[str]) -> bool:
    """Whether *line*, which is gone, did what none of the *fresh* lines does in its place."""
    if _NO_COMMAND.match(line):
        return False
    if _INSTALLS.search(line):
        lost = [word for word in _STRICT if word in line.split()]
        return bool(lost) and not any(set(lost) <= set(other.split()) for other in fresh)
    kinds = checks_in(line)
    tools = {word for word in _words(line) if checks_in(word)}
    for other in fresh:
        if tools and kinds <= checks_in(other) and not tools & set(_words(other)):
            return False  # another tool of the same kind
    return bool(kinds) or _MEANT.search(line) is not None


_MEANT = lazy_pattern(
    r"verif|\bsign\b|cosign|attest|sha\d+sum|\bgpg\b|minisign|notation|--exit-code|provenance|sbom|\bsyft\b|audit|scan|lint"
    r"|\bpolicy|conftest|\bopa\b|validat|\bassert|--check\b|--strict\b|\bset -\w*[eu]|pipefail",
    re.IGNORECASE,
)
"""What checks or protects something; that nothing is built any more is seen by whoever waits for it."""


def _line_in(shape: WorkflowShape, job: str) -> int:
    return shape.jobs[job].line if job in shape.jobs else 1


# -- settings ------------------------------------------------------------------------------------------

_INDIFFERENT = lazy_pattern(
    r"cache|submodules|lfs|latest|verbose|debug|quiet|summary|comment|draft|prerelease|clean|progress|colou?r"
    r"|fetch-tags|load|install|annotat"
)
"""Settings of actions that people turn on and off."""


def _inputs(was: WorkflowJob, job: WorkflowJob, path: str) -> Iterator[str]:
    """Settings of an action that were on or off, and are the other way, or no more said."""
    old = {step.place: step for step in was.steps if step.uses}
    for step in job.steps:
        twin = old.get(step.place)
        if twin is None or twin.uses.partition("@")[0] != step.uses.partition("@")[0]:
            continue
        for name, value in twin.given.items():
            said = step.given.get(name, "").lower()
            if value.lower() in ("true", "false") and not _INDIFFERENT.search(name) and _turned(value, said):
                yield f"a setting of an action was turned round: {name} ({path}:{step.line})"


def _turned(before: str, now: str) -> bool:
    return now == "" or (now in ("true", "false") and now != before.lower())


def _otherwise(was: WorkflowJob, job: WorkflowJob, where: str) -> Iterator[str]:
    if was.place and job.place and was.place != job.place:
        yield f"protection lost: {job.name} has another environment {where}"
    if was.matrix and job.matrix == 0:
        yield f"gate switched off: the matrix of {job.name} is empty {where}"
    if was.uses and job.uses and _home(was.uses) != _home(job.uses):
        yield f"a workflow from another place is called: {job.uses.partition('@')[0]} {where}"


def _home(uses: str) -> str:
    """The repository of a called workflow, or its path in this one."""
    return "/".join(uses.partition("@")[0].split("/")[:2])


_RELEASES = lazy_pattern(
    r"\b(?:docker|podman|buildah|skopeo|crane|helm|oras|ko|npm|cargo|twine|gem|goreleaser|poetry|uv)\b[^\n]*\b(?:push|publish"
    r"|upload|copy|release)\b|\bkubectl\b[^\n]*\b(?:apply|set|rollout)\b|\bhelm\s+upgrade\b|build-push-action|bake-action"
    r"|gh-action-pypi-publish|'push': '?True|\bdeploy"
)


def _not_alone(old: WorkflowShape, new: WorkflowShape) -> Iterator[str]:
    """A workflow that releases, and runs beside itself now, or ends a release midway."""
    if not any(_is_releasing(job) for job in old.jobs.values()):
        return
    groups = [(old.alone, new.alone, 1)]
    groups += [
        (was.alone, new.jobs[name].alone, new.jobs[name].line)
        for name, was in old.jobs.items()
        if name in new.jobs
    ]
    for before, now, line in groups:
        if before[0] and not before[1] and now[0] and now[1]:
            yield f"a release is ended midway by the next one: cancel-in-progress ({new.file}:{line})"
        elif before[0] and not now[0] and not new.alone[0]:
            yield f"two releases can run at the same time: no concurrency any more ({new.file}:{line})"


def _is_releasing(job: WorkflowJob) -> bool:
    return bool(job.place or {"packages: write", "id-token: write", "write-all"} & (job.rights or set())) or (
        _RELEASES.search(job.texts) is not None
    )


# -- tokens, and what protects --------------------------------------------------------------------------

_TOKEN = lazy_pattern(r"\bgithub\.token\b|\bsecrets\.\w+|\$\{?\w*TOKEN\b")
_LEFT = lazy_pattern(
    r"\bgit config\b|extraheader|\.netrc\b|remote set-url|\bGITHUB_(?:ENV|OUTPUT)\b|\.git-credentials"
    r"|\.npmrc\b"
)
_GUARDS = lazy_pattern(
    r"attest|provenance|slsa|sbom|harden-runner|verif|(?<!as)sign(?!al)|codeql|scorecard", re.IGNORECASE
)
"""Actions that protect what is released."""


def _tokens_left(old: WorkflowShape, new: WorkflowShape) -> Iterator[str]:
    """Tokens that a script writes where all later steps, also those of others, find them."""
    known = set(_commands_of(old.jobs.values()))
    for job in new.jobs.values():
        for step in job.steps:
            for line in _lines(step.run):
                if line not in known and _TOKEN.search(line) and _LEFT.search(line):
                    yield f"a token is left where later steps read it ({new.file}:{step.line})"


def _protections(
    before: Mapping[str, WorkflowShape], now: Mapping[str, WorkflowShape], where: str
) -> Iterator[str]:
    counts = [
        Counter(_guard(step) for shape in each.values() for job in shape.jobs.values() for step in job.steps)
        for each in (before, now)
    ]
    for name, number in counts[0].items():
        if name and counts[1][name] < number:
            yield f"what protects a release is gone: {name} ({where}:1)"


def _guard(step: WorkflowStep) -> str:
    name = step.uses.partition("@")[0]
    return name if _GUARDS.search(name) else ""
