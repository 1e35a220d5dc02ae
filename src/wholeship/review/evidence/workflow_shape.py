"""Workflows of two trees compared by what they are: triggers, rights, checks, secrets, sources.

All workflows of a tree are taken together, so that a check that moved to another file is not gone. A file
that cannot be read is left to the prover, which says so.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import product
from pathlib import Path
from typing import Any

from wholeship.core import yamls
from wholeship.core.errors import BadConfig
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.review.evidence.run_elsewhere import is_older

FOLDER, ACTIONS = ".github/workflows", ".github/actions"
_CHECKS: Mapping[str, re.Pattern[str]] = {
    name: lazy_pattern(pattern, re.IGNORECASE)
    for name, pattern in {
        "tests": (
            r"\b(?:pytest|py\.test|tox|nox|unittest|go test|gotestsum|cargo (?:test|nextest)|(?:npm|yarn"
            r"|pnpm|bun)\s+(?:run\s+|-\w+\s+)*[\w:-]*test\w*"
            r"|npm ci && npm t\b|jest|vitest|mocha|playwright test|cypress run|ctest|rspec|phpunit"
            r"|dotnet test|rake test|bats|e2e|smoke"
            r"|(?:mvnw?|gradlew?)\b[^\n]*\b(?:test|verify|check|integrationTest)|(?:make|just"
            r"|task)\s+[^\n]*\b[\w-]*(?:test|check|verify|e2e)\w*"
            r"|[\w./-]*(?:test|check|verify|validate|smoke)[\w-]*\.(?:sh|py|js|rb))\b"
        ),
        "linters": (
            r"\b(?:ruff|flake8|pylint|black|isort|eslint|prettier|golangci-lint|go vet|gofmt|clippy"
            r"|cargo fmt|rubocop|shellcheck|hadolint|yamllint"
            r"|pre-commit|actionlint|markdownlint|(?:npm|yarn|pnpm|make|just)\s+(?:run\s+)?[\w:-]*lint\w*"
            r"|super-linter|kubeconform|kube-linter|tflint|helm lint)\b"
        ),
        "type checks": r"\b(?:mypy|pyright|tsc|(?:npm|yarn|pnpm)\s+run\s+type-?check|sorbet|phpstan)\b",
        "scans": (
            r"\b(?:trivy|grype|snyk|semgrep|codeql|gitleaks|trufflehog|bandit|zizmor|checkov|tfsec|kics"
            r"|osv-scanner|govulncheck|pip-audit|npm audit"
            r"|cargo (?:audit|deny)|dependency-review|scorecard|cosign verify|clair|dependency-check"
            r"|anchore|safety check)\b"
        ),
    }.items()
}
_NO_CHECK = lazy_pattern(
    r"^\s*(?:#|echo\b|(?:pip|pipx|npm|apt|apt-get|brew|uv|go|cargo|yarn|pnpm)3?\s+(?:install|ci|get|add"
    r"|sync)\b|sudo apt)"
)
_SOFT = lazy_pattern(
    r"\|\|\s*(?:true|:|exit 0|echo\b|printf\b)|;\s*(?:true|exit 0|:)\s*$|--exit-zero\b|--collect-only\b"
    r"|--co\b|set \+e|--soft-fail\b|--no-fail\w*"
    r"|--passWithNoTests|\s-k\s|--ignore[= ]|--deselect|-m\s+[\"']?not\b|\|\s*(?:tee|cat|head|tail|grep)\b"
    r"|(?<![&>])&(?![&>])|--exit-code[= ]0|--skip\b|-run\s+['\"]?\^?\$|--dry-run"
    r"|--lf\b|--last-failed\b|--only-?[cC]hanged\b|--changedSince\b|--findRelatedTests\b|--shard\b|\s-short\b|-Dtest="
    r"|--grep\b|--testNamePattern\b|--test-name-pattern\b|--stepwise\b|--testmon\b"
    r"|\bif false\b|--version\b|--help\b|exit-code:\s*['\"]?0"
)
_WRAPPED = lazy_pattern(
    r"^\s*(?:if|!|while|until)\s|\bfor \w+ in\b|\|\|\s*(?!\(?\{?\s*(?:[^|;]*;\s*)?exit [1-9$])"
)
"""What a command can be put into, so that its failing is forgotten."""
_SENDS = lazy_pattern(
    r"\b(?:curl|wget|nc|ncat|netcat|socat|ssh|scp|sftp|rsync|ftp|telnet|dig|nslookup|host|openssl"
    r"|Invoke-\w+|iwr|http|https?://|base64|xxd|rev|od|hexdump|gpg"
    r"|python3?\s+-c|node\s+-e|ruby\s+-e|perl\s+-e|php\s+-r|gh\s+(?:gist|api|issue|pr|release)|aws\s+s3"
    r"|gsutil|az\s+storage|sendmail|mail)\b|/dev/tcp/"
    r"|GITHUB_STEP_SUMMARY|GITHUB_OUTPUT|GITHUB_ENV|\b(?:echo|printf|cat|tee|print|printenv|env)\b"
)
_SECRET = lazy_pattern(r"\bsecrets\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*['\"]([^'\"]+)['\"]\s*\])")
_ALL = lazy_pattern(r"\bsecrets\s*(?:\)|\}\}|\[\s*(?!['\"])|\.\*)")
_INJECTED = lazy_pattern(
    r"\$\{\{[^}]*\bgithub\.(?:head_ref|event\.(?:issue|pull_request|comment|review|review_comment"
    r"|discussion|head_commit|commits|pages|workflow_run)\b"
    r"[\w.*\[\]'\"-]*\b(?:title|body|message|ref|label|name|email|head_branch|default_branch|page_name))"
)
_TYPED = lazy_pattern(r"\$\{\{[^}]*\b(?:github\.event\.(?:inputs|client_payload)|inputs)\.\w+")
"""What people type, in a script."""
_STEERS = lazy_pattern(
    r"PYTEST_ADDOPTS|GOFLAGS|NODE_OPTIONS|LD_PRELOAD|LD_LIBRARY_PATH|BASH_ENV|^ENV$|PYTHONPATH"
    r"|PYTHONSTARTUP|PIP_(?:EXTRA_)?INDEX_URL|PIP_TRUSTED_HOST"
    r"|UV_(?:DEFAULT_)?INDEX\w*|NPM_CONFIG_\w+|npm_config_\w+|GOPROXY|GONOSUMDB|GOINSECURE|GONOSUMCHECK"
    r"|ACTIONS_ALLOW_UNSECURE_COMMANDS|SKIP|MAVEN_OPTS|CARGO_\w*REGISTR\w+|GIT_SSL_NO_VERIFY"
)
_PINNED = lazy_pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")
EVENTS = ("pull_request", "push", "merge_group", "schedule", "pull_request_target")
DANGEROUS = ("pull_request_target", "workflow_run", "issue_comment")


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """A step, as it is written."""

    place: str
    line: int
    run: str
    uses: str
    env: Mapping[str, str]
    given: Mapping[str, str]
    when: str
    soft: str
    checks: frozenset[str]
    shell: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowJob:
    """A job, as it is written."""

    name: str
    line: int
    when: str
    soft: str
    needs: frozenset[str]
    rights: frozenset[str] | None
    place: str
    runner: str
    images: tuple[str, ...]
    steps: tuple[WorkflowStep, ...]
    env: Mapping[str, str]
    texts: str
    uses: str = ""
    alone: tuple[str, str] = ("", "")
    """The group of its concurrency, and whether what runs is cancelled for what comes."""
    matrix: int | None = None
    """How many times it runs; None: it has no matrix, or one that only a run knows."""

    @property
    def checks(self) -> frozenset[str]:
        """The kinds of checks among its steps."""
        return frozenset(kind for step in self.steps for kind in step.checks)


@dataclass(frozen=True, slots=True)
class WorkflowShape:
    """What one workflow is made of."""

    file: str
    triggers: Mapping[str, Any]
    env: Mapping[str, str]
    jobs: Mapping[str, WorkflowJob]
    secrets: frozenset[str] = field(default_factory=frozenset)
    alone: tuple[str, str] = ("", "")


def read_shapes(tree: Path) -> dict[str, WorkflowShape]:
    """The workflows of *tree* that can be read, by their path."""
    found = {}
    folder = tree / FOLDER
    actions = [path for name in ("*.yml", "*.yaml") for path in (tree / ACTIONS).rglob(f"action{name[1:]}")]
    top = [tree / "action.yml", tree / "action.yaml"]
    for path in sorted((*folder.glob("*.yml"), *folder.glob("*.yaml"), *actions, *filter(Path.is_file, top))):
        name = str(path.relative_to(tree))
        try:
            node = yamls.read_yaml(path.read_bytes(), name)
        except (OSError, BadConfig):
            continue  # the prover says that it cannot be read
        if isinstance(node, yamls.Mapping):
            found[name] = _shape(name, node)
    return found


def compare_shapes(
    before: Mapping[str, WorkflowShape], now: Mapping[str, WorkflowShape], files: Mapping[str, str]
) -> Iterator[str]:
    """What got looser, a line each. *files* are the changed workflows of *now*, by their path in *before*."""
    for path, old_path in files.items():
        if path not in now:
            continue
        old, new = before.get(old_path), now[path]
        yield from _triggers(old, new)
        yield from _origins(before, new)
        yield from _secrets(before, old, new)
        yield from _steered(old, new)
        yield from _called_alike(before, old, new)
        for job in new.jobs.values():
            yield from _job(before, old, new, job)
    yield from _checks_lost(before, now, files)


def _steered(old: WorkflowShape | None, new: WorkflowShape) -> Iterator[str]:
    for name in new.env if old is not None else ():
        if old is not None and _STEERS.search(name) and name not in old.env:
            yield f"the environment steers what tools do: {name} ({new.file}:1)"


def _called_alike(
    before: Mapping[str, WorkflowShape], old: WorkflowShape | None, new: WorkflowShape
) -> Iterator[str]:
    """New jobs that are called like a check elsewhere: whoever waits for the check may take them for it."""
    checks = {job.name for shape in before.values() for job in shape.jobs.values() if job.checks}
    for job in new.jobs.values():
        if job.name in checks and not job.checks and not job.uses and not (old and job.name in old.jobs):
            yield f"another job is called like a check: {job.name} ({new.file}:{job.line})"


def _triggers(old: WorkflowShape | None, new: WorkflowShape) -> Iterator[str]:
    for event in DANGEROUS:
        if event in new.triggers and (old is None or event not in old.triggers):
            yield f"runs with secrets on what strangers do: {event} ({new.file}:1)"
    if old is None:
        return
    for event in EVENTS:
        if event not in old.triggers:
            continue
        if event not in new.triggers:
            yield f"trigger gone: its gates run less often: {event} ({new.file}:1)"
        elif _is_narrower(old.triggers[event], new.triggers[event]):
            yield f"trigger narrowed: its gates run less often: {event} ({new.file}:1)"


def _is_narrower(old: Any, new: Any) -> bool:
    before = old if isinstance(old, dict) else {}
    after = new if isinstance(new, dict) else {}
    for key in ("branches", "tags", "paths", "types"):
        if key in after and (key not in before or set(_list(before[key])) - set(_list(after[key]))):
            return True
        if key in after and {t for t in _list(after[key]) if t.startswith("!")} - set(_list(before.get(key))):
            return True
    return any(
        set(_list(after.get(key))) - set(_list(before.get(key)))
        for key in ("branches-ignore", "paths-ignore", "tags-ignore")
    )


def _job(
    before: Mapping[str, WorkflowShape], old: WorkflowShape | None, new: WorkflowShape, job: WorkflowJob
) -> Iterator[str]:
    was = old.jobs.get(job.name) if old is not None else None
    where = f"({new.file}:{job.line})"
    yield from (f"right gained: {each} {where}" for each in _gained(before, was, job))
    if job.soft and not (was and was.soft):
        yield f"gate switched off: job {job.name} may fail {where}"
    if was is not None:
        if job.needs and _ANYHOW.search(job.when) and not _ANYHOW.search(was.when):
            yield f"gate lost: {job.name} goes on when what it needs fails {where}"
        if job.when and job.when != was.when and job.checks:
            yield f"gate runs less often: job {job.name} got a condition {where}"
        if old is not None and _checks_before(old, was) and not _checks_before(new, job):
            yield f"gate lost: {job.name} does not wait for any check any more {where}"
        elif old is not None and not job.checks:
            lost = _awaited_checks(old, was) - _awaited_checks(new, job)
            for name in sorted(name for name in lost if name in new.jobs and new.jobs[name].checks):
                yield f"gate lost: {job.name} does not wait for {name} any more {where}"
        if was.place and not job.place:
            yield f"protection lost: {job.name} has no environment any more {where}"
    if "self-hosted" in job.runner and not (was and "self-hosted" in was.runner):
        yield f"runs on machines of your own: {job.name} {where}"
    yield from _steps(was, job, new.file)
    if not _is_one_more(before, old, new, job):
        yield from _other_commits(was, job, new.file)


def _is_one_more(
    before: Mapping[str, WorkflowShape], old: WorkflowShape | None, new: WorkflowShape, job: WorkflowJob
) -> bool:
    """Whether *job* is one more, by a name of its own, beside all those that were there."""
    names = {name for shape in before.values() for name in shape.jobs}
    return old is not None and job.name not in names and old.jobs.keys() <= new.jobs.keys()


def _other_commits(was: WorkflowJob | None, job: WorkflowJob, path: str) -> Iterator[str]:
    """Check-outs by which the checks of *job* do not look at the commit that started them."""
    old = {step.place: step for step in was.steps} if was is not None else {}
    for step in job.steps if job.checks else ():
        commit = _commit_of(step) if _is_checkout(step) else ()
        if any(commit) and commit != _commit_of(old.get(step.place)):
            yield f"the checks of {job.name} look at another commit ({path}:{step.line})"


_ANYHOW = lazy_pattern(r"\balways\(\)|!\s*cancelled\(\)|\bfailure\(\)")
"""Conditions that hold although something failed before."""


def _checks_before(flow: WorkflowShape, job: WorkflowJob) -> bool:
    """Whether *job* waits, directly or not, for one that checks something."""
    return bool(_awaited_checks(flow, job))


def _awaited_checks(flow: WorkflowShape, job: WorkflowJob) -> set[str]:
    """The jobs that check something, and that *job* waits for, directly or not."""
    seen: set[str] = set()
    left = list(job.needs)
    while left:
        name = left.pop()
        if name not in seen and name in flow.jobs:
            seen.add(name)
            left += flow.jobs[name].needs
    return {name for name in seen if flow.jobs[name].checks}


def _gained(before: Mapping[str, WorkflowShape], was: WorkflowJob | None, job: WorkflowJob) -> Iterator[str]:
    if job.rights is None:
        if was is not None and was.rights is not None:
            yield "the default rights of the token, where they were limited"
        return
    had = was.rights if was is not None else frozenset()
    if had is not None:
        yield from sorted(job.rights - had - ({"write-all"} if "write-all" in had else set()))
    elif job.rights:
        # With the default rights before, what is written down now may be more.
        yield from sorted(each for each in job.rights if each in ("write-all", "id-token: write"))


def _steps(was: WorkflowJob | None, job: WorkflowJob, path: str) -> Iterator[str]:
    old = {step.place: step for step in was.steps} if was is not None else {}
    lines = {line.strip() for step in old.values() for line in step.run.splitlines()}
    texts = "\n".join(step.run for step in old.values())
    for step in job.steps:
        where = f"({path}:{step.line})"
        twin = old.get(step.place) or next(
            (s for s in old.values() if s.checks and s.checks == step.checks), None
        )
        if step.soft and not (twin and twin.soft):
            yield f"gate switched off: a step of {job.name} may fail {where}"
        if twin is not None and _ANYHOW.search(step.when) and not _ANYHOW.search(twin.when):
            yield f"gate lost: a step of {job.name} goes on when those before it fail {where}"
        if step.checks and was is not None and step.when and (twin is None or step.when != twin.when):
            yield f"gate runs less often: a check of {job.name} got a condition {where}"
        soft = [each for each in step.run.splitlines() if each.strip() not in lines and _SOFT.search(each)]
        if (
            step.checks
            and soft
            and any(checks_in(each) or "set +e" in each or "exit" in each for each in soft)
        ):
            yield f"gate switched off: a check of {job.name} looks at less, or may fail {where}"
        if twin is not None and step.checks and not _is_kept(twin, step, job):
            yield from (
                f"gate switched off: a check of {job.name} {less} {where}" for less in _less(twin, step)
            )
        if (
            step.shell
            and "-e" not in step.shell
            and "{0}" in step.shell
            and not (twin and twin.shell == step.shell)
        ):
            yield f"gate switched off: a shell of {job.name} goes on after errors {where}"
        for found in (*_INJECTED.finditer(step.run), *_TYPED.finditer(step.run)):
            if found[0] not in texts:
                yield f"a stranger's words become a script {where}"
        for name in (*step.env, *job.env):
            if (
                _STEERS.search(name)
                and was is not None
                and name not in {**was.env, **(twin.env if twin else {})}
            ):
                yield f"the environment steers what tools do: {name} {where}"
        fresh = [each for each in step.run.splitlines() if each.strip() not in lines]
        if job.checks and was is not None and (tampers := [each for each in fresh if _TAMPERS.search(each)]):
            yield f"what the checks of {job.name} run is changed before: {tampers[0].strip()[:80]} {where}"


def _is_kept(twin: WorkflowStep, step: WorkflowStep, job: WorkflowJob) -> bool:
    """Whether the check *twin* still stands, as it was, beside *step*, which is one more then."""
    return any(
        other is not step
        and (other.run, other.uses, other.given, other.folder, other.when, other.soft)
        == (twin.run, twin.uses, twin.given, twin.folder, twin.when, twin.soft)
        for other in job.steps
    )


def _less(twin: WorkflowStep, step: WorkflowStep) -> Iterator[str]:
    """How *step* checks less than *twin*, which it stands for."""
    known = {line.strip() for line in twin.run.splitlines()}
    fresh = [line for line in step.run.splitlines() if line.strip() not in known]
    if step.folder != twin.folder:
        yield "looks in another folder"
    if named := _narrower(twin.run, step.run):
        yield f"looks at {named} alone"
    if any(checks_in(line) and _WRAPPED.search(line) for line in fresh):
        yield "may fail, and nobody hears of it"
    if twin.uses and _asks_for_less(twin.given, step.given):
        yield "asks for less"


_PLACE = lazy_pattern(
    r"(?<=\s)[\w./-]+(?:\.(?:py|js|ts|jsx|tsx|mjs|cjs|rb|php|go|rs)(?:::\S+)?|::\S+)(?=\s|$)"
)
"""A file or a test that a command of a check is given."""


def _narrower(before: str, now: str) -> str:
    """The file that a check is given now, where it was given none; or that it is no more for all of them."""
    old, new = (
        [line for line in re.sub(r"\\\n", " ", run).splitlines() if checks_in(line)] for run in (before, now)
    )
    if any("./..." in line for line in old) and new and not any("./..." in line for line in new):
        return "fewer packages"
    places = [{place for line in lines for place in _PLACE.findall(line)} for lines in (old, new)]
    return min(places[1]) if old and new and places[1] and not places[0] else ""


_TAMPERS = lazy_pattern(
    r"GITHUB_PATH\b|(?:PYTEST_ADDOPTS|GOFLAGS|NODE_OPTIONS|LD_PRELOAD|BASH_ENV|PYTHONPATH|MAVEN_OPTS)\b[^\n]*GITHUB_ENV\b"
    r"|\b(?:rm|mv|truncate|sed\s+-i|git\s+(?:checkout|restore|apply|stash|rm))\b[^\n]*\btests?\b"
)
"""Scripts that change what later steps run, or the tests themselves."""
_ASKS = lazy_pattern(
    r"exit[-_]?code|severity|fail|ignore|skip|soft|allow|threshold|level|exclude", re.IGNORECASE
)


def _asks_for_less(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a check is given other limits than before."""
    return any(_ASKS.search(name) and before.get(name) != now.get(name) for name in {**before, **now})


def _commit_of(step: WorkflowStep | None) -> tuple[str, str]:
    """What a checkout is told to take."""
    return (step.given.get("ref", ""), step.given.get("repository", "")) if step is not None else ("", "")


def _is_checkout(step: WorkflowStep) -> bool:
    return step.uses.startswith("actions/checkout@")


def _origins(before: Mapping[str, WorkflowShape], new: WorkflowShape) -> Iterator[str]:
    """Actions and images that lost their pin, and images nobody pinned that were not there."""
    known = _known(before)
    images = {image for shape in before.values() for job in shape.jobs.values() for image in job.images}
    for job in new.jobs.values():
        for image in job.images:
            if image not in images and "@sha256:" not in image and "$" not in image:
                yield f"new image that is not pinned: {image} ({new.file}:{job.line})"
        for uses, line in (*((step.uses, step.line) for step in job.steps), (job.uses, job.line)):
            name, _, at = uses.partition("@")
            pins = known.get(name, set())
            if not pins or not at or at in pins:
                continue
            if all(_PINNED.fullmatch(each) for each in pins) and not _PINNED.fullmatch(at):
                yield f"an action is not pinned any more: {name} ({new.file}:{line})"
            elif all(_NUMBERED.match(each) for each in pins) and not (
                _NUMBERED.match(at) or _PINNED.fullmatch(at)
            ):
                yield f"an action is not of a version any more: {name} ({new.file}:{line})"
            elif _NUMBERED.match(at) and all(is_older(at, each) for each in pins):
                yield f"an action is older than before: {name} ({new.file}:{line})"


_NUMBERED = lazy_pattern(r"v?\d+(?:\.|$|[-+])(?!\w{20})")


def _known(before: Mapping[str, WorkflowShape]) -> dict[str, set[str]]:
    """The actions and called workflows of *before*, with the versions that are used."""
    known: dict[str, set[str]] = {}
    for shape in before.values():
        for job in shape.jobs.values():
            for uses in (*(step.uses for step in job.steps), job.uses):
                name, _, at = uses.partition("@")
                if name and at:
                    known.setdefault(name, set()).add(at)
    return known


def _secrets(
    before: Mapping[str, WorkflowShape], old: WorkflowShape | None, new: WorkflowShape
) -> Iterator[str]:
    had = {step.run for shape in before.values() for job in shape.jobs.values() for step in job.steps}
    for job in new.jobs.values():
        twin = old.jobs.get(job.name) if old is not None else None
        for step in job.steps:
            if step.run not in had and _SENDS.search(step.run) and _reads_secrets(step, job, new):
                yield f"a secret is sent out, or written where others read it ({new.file}:{step.line})"
            everything = any(_ALL.search(t) for t in (step.run, *step.env.values(), *step.given.values()))
            if everything and (twin is None or not _ALL.search(twin.texts)):
                yield f"all secrets are handed over ({new.file}:{step.line})"
    known = old.secrets if old is not None else frozenset()
    for name in sorted(new.secrets - known - {"GITHUB_TOKEN"}):
        yield f"{FRESH}: {name} ({new.file}:1)"


_DUMPS = lazy_pattern(
    r"\b(?:printenv|env|set|export -p)\s*(?:[|>]|$)|os\.environ\b(?!\[|\.get)|process\.env\b(?!\.)"
    r"|/proc/\S*/environ",
    re.MULTILINE,
)
"""Scripts that take the whole environment."""


def _reads_secrets(step: WorkflowStep, job: WorkflowJob, flow: WorkflowShape) -> bool:
    """Whether the script of *step* takes a secret: by its expression, by a variable, or with all of them."""
    if any((each[1] or each[2]).upper() != "GITHUB_TOKEN" for each in _SECRET.finditer(step.run)):
        return True
    holders = {
        name
        for variables in (flow.env, job.env, step.env)
        for name, value in variables.items()
        if _SECRET.search(value) or _ALL.search(value) or "github.token" in value
    }
    if holders and _DUMPS.search(step.run):
        return True
    return any(
        re.search(rf"[$%{{.'\"]{name}\b|\b(?:env|environ)\b[^\n]*{name}", step.run)
        for name in map(re.escape, holders)
    )


FRESH = "a secret goes where it did not go before"
"""How the line about a secret that is only used newly begins; it is no proof that it goes out."""


def _checks_lost(
    before: Mapping[str, WorkflowShape], now: Mapping[str, WorkflowShape], files: Mapping[str, str]
) -> Iterator[str]:
    counts = [
        Counter(
            kind
            for shape in shapes.values()
            for job in shape.jobs.values()
            for step in job.steps
            for kind in step.checks
        )
        for shapes in (before, now)
    ]
    where = next(iter(files), "")
    for kind in _CHECKS:
        if counts[1][kind] < counts[0][kind]:
            yield f"gate lost: {kind} run in {counts[1][kind]} steps, not {counts[0][kind]} ({where}:1)"


# -- reading -------------------------------------------------------------------------------------------


def _shape(file: str, node: yamls.Mapping) -> WorkflowShape:
    value = yamls.plain_node(node)
    value = value if isinstance(value, dict) else {}
    started = value.get("on", value.get(True))
    triggers = started if isinstance(started, dict) else dict.fromkeys(_list(started))
    jobs = _mapping(value.get("jobs"))
    places = node.get("jobs")
    if isinstance(value.get("runs"), dict):  # an action: its steps are those of one job
        jobs = {"the action": value["runs"]}
    rights = _rights(value.get("permissions")) if "permissions" in value else None
    shell = _shell(value)
    found = {}
    for name, job in jobs.items():
        if isinstance(job, dict):
            place = places.get(str(name)) if isinstance(places, yamls.Mapping) else node.get("runs")
            found[str(name)] = _read_job(str(name), job, place, rights, shell)
    text = repr(value)
    secrets = frozenset(each[1] or each[2] for each in _SECRET.finditer(text.replace("\\'", "'")))
    alone = _concurrency(value.get("concurrency"))
    return WorkflowShape(file, triggers, _texts(value.get("env")), found, secrets, alone)


def _read_job(
    name: str, job: Mapping[Any, Any], node: yamls.Node | None, rights: frozenset[str] | None, shell: str
) -> WorkflowJob:
    nodes = node.get("steps") if isinstance(node, yamls.Mapping) else None
    lines = [each.place.line for each in nodes.items] if isinstance(nodes, yamls.Sequence) else []
    steps = list(_sequence(job.get("steps")))
    line = node.place.line if node is not None else 1
    own = _shell(job) or shell
    services = _mapping(job.get("services"))
    images = [_image(job.get("container")), *(_image(each) for each in services.values())]
    images += [
        str(s.get("uses", "")).removeprefix("docker://")
        for s in steps
        if isinstance(s, dict) and str(s.get("uses", "")).startswith("docker://")
    ]
    return WorkflowJob(
        name=name,
        line=line,
        when=str(job.get("if", "")),
        soft=_truthy(job.get("continue-on-error")),
        needs=frozenset(_list(job.get("needs"))),
        rights=_rights(job["permissions"]) if "permissions" in job else rights,
        place=_name_of(job.get("environment")),
        runner=repr(job.get("runs-on")),
        images=tuple(image for image in images if image),
        steps=tuple(
            _read_step(number, step, lines[number] if number < len(lines) else line, own)
            for number, step in enumerate(steps)
            if isinstance(step, dict)
        ),
        env=_texts(job.get("env")),
        texts=repr(job),
        uses=str(job.get("uses") or ""),
        alone=_concurrency(job.get("concurrency")),
        matrix=_times(_mapping(_mapping(job.get("strategy")).get("matrix"))),
    )


def _concurrency(value: Any) -> tuple[str, str]:
    if isinstance(value, dict):
        return str(value.get("group") or ""), _truthy(value.get("cancel-in-progress"))
    return str(value or ""), ""


def _times(matrix: Mapping[Any, Any]) -> int | None:
    """How many combinations *matrix* has, without those that are excluded."""
    axes = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    if not matrix or not all(isinstance(each, list) for each in matrix.values()):
        return None
    if math.prod(map(len, axes.values())) > 1000:
        return None
    every = [dict(zip(axes, each, strict=True)) for each in product(*axes.values())] if axes else []
    left = [each for each in every if not any(_excludes(out, each) for out in matrix.get("exclude", ()))]
    return len(left) + len(matrix.get("include", ()))


def _excludes(out: Any, run: Mapping[Any, Any]) -> bool:
    return isinstance(out, dict) and bool(out) and all(run.get(name) == value for name, value in out.items())


def _read_step(number: int, step: Mapping[Any, Any], line: int, shell: str) -> WorkflowStep:
    run, uses = str(step.get("run", "")), str(step.get("uses", ""))
    return WorkflowStep(
        place=str(step.get("id") or step.get("name") or uses.partition("@")[0] or run[:200] or number),
        line=line,
        run=run,
        uses=uses,
        env=_texts(step.get("env")),
        given=_texts(step.get("with")),
        when=str(step.get("if", "")),
        soft=_truthy(step.get("continue-on-error")),
        checks=checks_in(run)
        | {kind for kind, shape in _CHECKS.items() if kind != "tests" and shape.search(uses)},
        shell=str(step.get("shell") or shell) if run else "",
        folder=str(step.get("working-directory") or ""),
    )


def checks_in(run: str) -> frozenset[str]:
    """The kinds of checks that the script *run* starts."""
    lines = [line for line in re.sub(r"\\\n", " ", run).splitlines() if not _NO_CHECK.match(line)]
    return frozenset(kind for kind, shape in _CHECKS.items() if any(shape.search(line) for line in lines))


def _shell(value: Mapping[Any, Any]) -> str:
    defaults = value.get("defaults")
    run = defaults.get("run") if isinstance(defaults, dict) else None
    return str(run.get("shell") or "") if isinstance(run, dict) else ""


def _rights(value: Any) -> frozenset[str]:
    """What may be written, or handed out."""
    if isinstance(value, dict):
        return frozenset(f"{name}: write" for name, level in value.items() if str(level) == "write")
    return frozenset({"write-all"} if value == "write-all" else ())


def _truthy(value: Any) -> str:
    return "" if value in (None, False, "false", "False", "${{ false }}") else str(value)


def _name_of(environment: Any) -> str:
    if isinstance(environment, dict):
        return str(environment.get("name") or environment)
    return str(environment or "")


def _image(value: Any) -> str:
    return str(value.get("image") or "") if isinstance(value, dict) else str(value or "")


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _texts(value: Any) -> dict[str, str]:
    return {str(name): str(each) for name, each in value.items()} if isinstance(value, dict) else {}
