"""Flags and the world, wired to the review."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.git import look, output
from wholeship.adapters.memory import FileMemory, folder_of
from wholeship.adapters.ranges import GitRepository
from wholeship.adapters.reviewers import PRESETS, CommandReviewers
from wholeship.adapters.suites import ShellSuites
from wholeship.core.errors import BadConfig, BadInput, CommandFailed
from wholeship.core.progress import Progress
from wholeship.review.evidence.gather import Instruments
from wholeship.review.evidence.reported import Reported
from wholeship.review.ports import Capture, Linter, Workflows
from wholeship.review.run import Order, World
from wholeship.review.settings import EVIDENCE, Budget, ReviewerSpec, Settings, Suite, Thresholds

if TYPE_CHECKING:
    from wholeship.adapters.github import GitHub
    from wholeship.release.schema import RawReview

FILE = "wholeship.yaml"
OWN = "the settings are the change's own: by --settings head"
REPORT = 64 * 1024 * 1024
"""Bytes of the report of another job."""
LIFETIME = 7 * 86400.0
_TOKENS = ("WHOLESHIP_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
_ENTERPRISE_TOKENS = ("WHOLESHIP_GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")


@dataclass(frozen=True, slots=True)
class Bureau:
    """A review, ready to begin."""

    repository: GitRepository
    world: World
    host: GitHub | None
    root: Path


def bureau(args: argparse.Namespace, progress: Progress) -> Bureau:
    """The repository that the current folder is in, and what stands around it."""
    root = _top(Path.cwd())
    host, identity = code_host(args, root)
    repository = GitRepository(root, host.name if host else args.repository or "")
    clock = SystemClock()
    memory = FileMemory(folder_of(identity), clock, lifetime=LIFETIME)
    logs = memory.root / "logs" / repository.head()[:12]
    instruments = Instruments(
        suites=ShellSuites(logs),
        workflows=_prover(args, root),
        linters=_linters(),
        host=host,
        progress=progress,
        elsewhere=Path.cwd(),
        reported=_reported(args),
    )
    world = World(repository, instruments, CommandReviewers(logs), memory, clock, progress, host)
    return Bureau(repository, world, host, root)


def order_of(args: argparse.Namespace, here: Bureau) -> Order:
    """What the flags ask for."""
    post = args.post or ""
    pull = args.pull or _pull_of_ci()
    if pull is None and post and here.host is not None:
        pull = _pull_of(here)
    return Order(
        settings=lambda capture: settings_of(args, here, capture),
        base=args.base or "",
        pull=pull if here.host is not None else args.pull,
        fetch=not args.no_fetch,
        post_status=post in ("all", "status"),
        post_comment=post in ("all", "comment"),
        context=args.context or Settings().context,
    )


# -- settings ------------------------------------------------------------------------------------------


def settings_of(args: argparse.Namespace, here: Bureau, capture: Capture) -> Settings:
    """The settings of the base, as far as it has any, then the flags on top, each of them shown."""
    from wholeship.app.prover import first_of

    def there(commit: str) -> Callable[[str], bool]:
        return lambda name: here.repository.show(commit, name) is not None

    path = first_of(_files(args, here.root), there(capture.merge_base), there(capture.head))
    head = _section(here, capture.head, path)
    base = _section(here, capture.merge_base, path) if args.settings == "base" else None
    if base is not None:
        found = _settings(base)
        if head != base:
            found = _stricter(found, _settings(head) if head is not None else None, path)
    elif head is not None:
        if args.settings == "head":
            return _with_flags(replace(_settings(head), remarks=(OWN,)), args, {"settings": "head"})
        said = f"the settings are the change's own: the base has no {path}"
        found = replace(_settings(head), remarks=(said,))
    else:
        found = Settings()
    return _with_flags(found, args)


def _section(here: Bureau, commit: str, path: str) -> RawReview | None:
    from wholeship.release.config import Overrides, parse

    content = here.repository.show(commit, path)
    if content is None:
        return None
    try:
        return parse(content, Path(path), Overrides()).raw.review
    except BadConfig as error:
        first = error.problems[0]
        raise BadInput(
            f"{path} of {commit[:12]} cannot be read: {first.place}: {first.message}",
            advice="--settings head takes the file of the change instead of the base's, and says so",
        ) from None


def _settings(raw: RawReview) -> Settings:
    from wholeship.core.units import seconds_in

    suites = tuple(
        Suite(name, suite)
        if isinstance(suite, str)
        else Suite(name, suite.run, seconds_in(suite.timeout), suite.environment)
        for name, suite in raw.suites.items()
    )
    named = (raw.reviewer,) if isinstance(raw.reviewer, str) else raw.reviewer
    if not named:
        raise BadInput("review.reviewer names nobody", advice="evidence is the built-in reviewer")
    reviewers = tuple(
        _reviewer(each)
        if isinstance(each, str)
        else ReviewerSpec(
            name=each.name,
            command=each.command,
            timeout=seconds_in(each.timeout),
            model=each.model or "",
            environment=each.environment,
            login=each.login,
            cost=each.cost if each.cost is not None else _cost(each.name, each.command),
        )
        for each in named
    )
    budget = raw.budget
    return Settings(
        suites=suites,
        reviewers=reviewers,
        thresholds=Thresholds().changed(raw.thresholds),
        categories=raw.categories,
        coverage=raw.coverage,
        budget=Budget(
            budget.runs_per_hour,
            budget.runs_per_day,
            budget.cost_per_day,
            budget.cost_per_run,
            budget.diff_bytes,
        ),
        allow_skip=raw.skip_safe,
        context=raw.context,
        prompt=raw.prompt or "",
    )


def _reviewer(name: str) -> ReviewerSpec:
    if name != EVIDENCE and name not in PRESETS:
        known = ", ".join((EVIDENCE, *PRESETS))
        raise BadInput(f"there is no reviewer {name}", advice=f"known: {known}; or give name and command")
    return ReviewerSpec(name, cost=_cost(name, ()))


def _cost(name: str, command: tuple[str, ...]) -> float:
    return PRESETS[name].cost if name in PRESETS and not command else 0.0


def _stricter(base: Settings, head: Settings | None, path: str) -> Settings:
    """The base's settings, and of the change's own what makes them stricter."""
    said = (f"the change alters the review's settings in {path}: the base's hold, and what is stricter",)
    if head is None:
        return replace(base, remarks=said)
    known = {(suite.name, suite.command) for suite in base.suites}
    names = {suite.name for suite in base.suites}
    more = tuple(
        replace(suite, name=f"{suite.name} (as changed)" if suite.name in names else suite.name)
        for suite in head.suites
        if (suite.name, suite.command) not in known
    )
    return replace(
        base, suites=(*base.suites, *more), thresholds=base.thresholds.stricter(head.thresholds), remarks=said
    )


def _with_flags(
    settings: Settings, args: argparse.Namespace, shown: Mapping[str, str] | None = None
) -> Settings:
    """The flags on top. Whatever they change of what was configured is shown wherever the gate is."""
    overridden = dict(shown or {})
    limits = dict(_pair(each, "--threshold", "FIELD=VALUE") for each in args.threshold)
    if limits:
        overridden |= limits
    reviewers = settings.reviewers
    if args.reviewer:
        reviewers = tuple(_reviewer(name) for name in args.reviewer)
        if [each.name for each in reviewers] != [each.name for each in settings.reviewers]:
            overridden["reviewer"] = "+".join(each.name for each in reviewers)
    names = {suite.name for suite in settings.suites}
    extra = [Suite(*_pair(each, "--suite", "NAME=COMMAND")) for each in args.suite]
    for suite in extra:
        if suite.name in names:
            raise BadInput(f"there is a suite {suite.name} already", advice="give it another name")
        names.add(suite.name)
    remarks = ("suites and reviewers ran in an earlier job, as its report says",) if args.from_report else ()
    return replace(
        settings,
        remarks=(*settings.remarks, *remarks),
        suites=(*settings.suites, *extra),
        reviewers=reviewers,
        thresholds=settings.thresholds.changed(limits),
        overridden=overridden,
        measured=tuple(args.coverage),
        context=args.context or settings.context,
    )


def _pair(text: str, flag: str, shape: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise BadInput(f"{flag} takes {shape}, not {text!r}")
    return name.strip(), value.strip()


# -- the world -----------------------------------------------------------------------------------------


def code_host(
    args: argparse.Namespace, root: Path, environment: Mapping[str, str] = os.environ
) -> tuple[GitHub | None, str]:
    """The client for the repository's code host, when there is a token, and who the repository is."""
    from wholeship.adapters.github import API, GitHub, Patience, Token, api_of

    tree = look(root)
    remote = tree.source if tree else ""
    api, name = api_of(remote) if remote else (API, "")
    api = args.api or environment.get("GITHUB_API_URL") or api
    named = args.repository or environment.get("GITHUB_REPOSITORY")
    name = named or name
    identity = f"{api} {name}" if name else _common_folder(root)
    variable, value = _token(api, environment)
    if not value or not (named or name.count("/") == 1):
        return None, identity
    login = getattr(args, "login", None) or ""
    if not login and variable == "GITHUB_TOKEN" and environment.get("GITHUB_ACTIONS") == "true":
        login = "github-actions[bot]"
    from wholeship.adapters.http import HttpTransport

    # Where nothing is asked of the host but context, a host that is not to be reached costs little time.
    wanted = any(getattr(args, flag, True) for flag in ("post", "pull", "mirror", "show"))
    patience = Patience() if wanted else Patience(attempts=2, budget=10.0)
    transport, token = HttpTransport(connections=2), Token(value, login)
    return GitHub(transport, SystemClock(), token, name, api=api, patience=patience), identity


def _token(api: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The token that belongs to the host of *api*: one for github.com is not shown to another host."""
    from urllib.parse import urlsplit

    host = urlsplit(api).hostname or ""
    own = host == "api.github.com" or host.endswith(".ghe.com")
    names = _TOKENS if own or api == environment.get("GITHUB_API_URL") else _ENTERPRISE_TOKENS
    return next(
        ((name, environment[name].strip()) for name in names if environment.get(name, "").strip()), ("", "")
    )


def _pull_of(here: Bureau) -> int | None:
    """The one open pull request with this head; None: there is none."""
    assert here.host is not None
    found = [pull.number for pull in here.host.pulls_of(here.repository.head()) if pull.open]
    if len(found) > 1:
        named = ", ".join(str(number) for number in found)
        raise BadInput(f"this head is in several pull requests: {named}", advice="name one with --pull")
    return found[0] if found else None


def _pull_of_ci(environment: Mapping[str, str] = os.environ) -> int | None:
    """The pull request of a GitHub Actions run, from ``GITHUB_REF`` (refs/pull/N/merge)."""
    parts = environment.get("GITHUB_REF", "").split("/")
    is_pull = len(parts) == 4 and parts[:2] == ["refs", "pull"] and parts[2].isdecimal()
    return int(parts[2]) if is_pull else None


def _reported(args: argparse.Namespace) -> Reported | None:
    """The report of an earlier job, when one is given."""
    if not args.from_report:
        return None
    from wholeship.output.review_json import reported_of

    path = Path(args.from_report)
    try:
        if path.stat().st_size > REPORT:
            raise BadInput(f"the report {path} is larger than {REPORT} bytes")
        return reported_of(path.read_bytes())
    except OSError as error:
        raise BadInput(
            f"the report {path} cannot be read: {error.strerror}", advice="write one with --report FILE"
        ) from None


def _linters() -> tuple[Linter, ...]:
    from wholeship.adapters.linters import INSTALLABLE

    return INSTALLABLE


def _prover(args: argparse.Namespace, root: Path) -> Workflows:
    from wholeship.app.prover import Prover

    return Prover(_files(args, root), root)


def _top(folder: Path) -> Path:
    try:
        return Path(output(folder, "rev-parse", "--show-toplevel")[1].decode().rstrip("\n"))
    except CommandFailed as error:
        raise BadInput(
            f"there is no repository here: {error.message}", advice="run this in the repository to review"
        ) from None


def _common_folder(root: Path) -> str:
    common = output(root, "rev-parse", "--git-common-dir")[1].decode().rstrip("\n")
    return str((root / common).resolve())


def _files(args: argparse.Namespace, root: Path) -> tuple[str, ...]:
    """What the release file may be called: as named, or here, or at the top of the repository."""
    from wholeship.app.options import given

    named = given(args, "file")[0]
    places = (named,) if named else (FILE, str(root / FILE))
    return tuple(dict.fromkeys(_relative(place, root) for place in places))


def _relative(file: str, root: Path) -> str:
    """*file* as git names it: below the top of the repository, with slashes."""
    path = Path(os.path.abspath(file))
    if not path.is_relative_to(root):
        raise BadInput(f"{file} is not in this repository", advice="the settings are read from its commits")
    return path.relative_to(root).as_posix()
