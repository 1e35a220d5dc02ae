"""The settings of a review: the base's, of the change's own what is stricter, then the flags, all shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.check_ground import RELEASE_FILE
from wholeship.core.errors import BadConfig, BadInput
from wholeship.core.late import late
from wholeship.core.units import seconds_in
from wholeship.core.values import dataclass
from wholeship.review.ports import Capture, Repository
from wholeship.review.settings import EVIDENCE, Budget, Confinement, ReviewerSpec, Settings, Suite, Thresholds

if TYPE_CHECKING:
    from wholeship.release.config import Overrides, parse_config
    from wholeship.release.file import raw_release
    from wholeship.release.schema import RawCell, RawReview
else:  # where there is a release file
    Overrides = late("wholeship.release.config:Overrides")
    RawCell = late("wholeship.release.schema:RawCell")
    parse_config = late("wholeship.release.config:parse_config")
    raw_release = late("wholeship.release.file:raw_release")

OWN = "the settings are the change's own: by --settings head"
EARLIER = "suites and reviewers ran in an earlier job, as its report says"


@dataclass(frozen=True, slots=True)
class SettingsChoice:
    """What the command line says of the settings: whose file holds, and what comes on top."""

    file: str = ""
    of_head: bool = False
    suites: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    context: str = ""
    from_report: bool = False
    untrusted: bool = False
    mutate: int = 0


Costs = Mapping[str, float]
"""What a run of each reviewer costs whose program is known by name."""


def review_settings(
    choice: SettingsChoice, repository: Repository, capture: Capture, root: Path, costs: Costs
) -> Settings:
    """The settings of the base, as far as it has any, then the flags on top, each of them shown."""

    def there(commit: str) -> Callable[[str], bool]:
        return lambda name: repository.show(commit, name) is not None

    files = possible_files(choice.file, root)
    path = first_present(files, there(capture.merge_base), there(capture.head))
    head = _section(repository, capture.head, path)
    base = _section(repository, capture.merge_base, path) if not choice.of_head else None
    if choice.untrusted:
        if choice.of_head:
            raise BadInput(
                "--untrusted and --settings head do not go together", advice="leave one of them out"
            )
        terms = _settings(base, costs) if base is not None else Settings()
        if head != base:
            terms = _limits_of_both(terms, _settings(head, costs) if head is not None else None, path)
        return _confined(_with_flags(terms, choice, costs), base.cell if base is not None else RawCell())
    if base is not None:
        found = _settings(base, costs)
        if head != base:
            found = _stricter(found, _settings(head, costs) if head is not None else None, path)
    elif head is not None:
        if choice.of_head:
            return _with_flags(
                replace(_settings(head, costs), remarks=(OWN,)), choice, costs, {"settings": "head"}
            )
        said = f"the settings are the change's own: the base has no {path}"
        found = replace(_settings(head, costs), remarks=(said,))
    else:
        found = Settings()
    return _with_flags(found, choice, costs)


def first_present(names: tuple[str, ...], *there: Callable[[str], bool]) -> str:
    """The first of *names* that is there, by the first question that any of them answers; else the last."""
    return next((name for is_there in there for name in names if is_there(name)), names[-1])


def possible_files(named: str, root: Path) -> tuple[str, ...]:
    """What the release file may be called: as named, or here, or at the top of the repository."""
    places = (named,) if named else (RELEASE_FILE, str(root / RELEASE_FILE))
    return tuple(dict.fromkeys(_relative(place, root) for place in places))


def _relative(file: str, root: Path) -> str:
    """*file* as git names it: below the top of the repository, with slashes."""
    path = Path(os.path.abspath(file))
    if not path.is_relative_to(root):
        raise BadInput(f"{file} is not in this repository", advice="the settings are read from its commits")
    return path.relative_to(root).as_posix()


def _section(repository: Repository, commit: str, path: str) -> RawReview | None:
    content = repository.show(commit, path)
    if content is None:
        return None
    try:
        raw = raw_release(content, Path(path))
        if raw is not None and not raw.images:  # a file for other commands than those that release
            return raw.review
        return parse_config(content, Path(path), Overrides()).raw.review
    except BadConfig as error:
        first = error.problems[0]
        raise BadInput(
            f"{path} of {commit[:12]} cannot be read: {first.place}: {first.message}",
            advice="--settings head takes the file of the change instead of the base's, and says so",
        ) from None


def _settings(raw: RawReview, costs: Costs) -> Settings:
    suites = tuple(
        Suite(name, suite)
        if isinstance(suite, str)
        else Suite(name, suite.run, seconds_in(suite.timeout), suite.environment, suite.network, suite.memory)
        for name, suite in raw.suites.items()
    )
    named = (raw.reviewer,) if isinstance(raw.reviewer, str) else raw.reviewer
    if not named:
        raise BadInput("review.reviewer names nobody", advice="evidence is the built-in reviewer")
    reviewers = tuple(
        _reviewer(each, costs)
        if isinstance(each, str)
        else ReviewerSpec(
            name=each.name,
            command=each.command,
            timeout=seconds_in(each.timeout),
            model=each.model or "",
            environment=each.environment,
            login=each.login,
            cost=each.cost if each.cost is not None else _cost(each.name, each.command, costs),
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


def _reviewer(name: str, costs: Costs) -> ReviewerSpec:
    if name != EVIDENCE and name not in costs:
        known = ", ".join((EVIDENCE, *costs))
        raise BadInput(f"there is no reviewer {name}", advice=f"known: {known}; or give name and command")
    return ReviewerSpec(name, cost=_cost(name, (), costs))


def _cost(name: str, command: tuple[str, ...], costs: Costs) -> float:
    return costs.get(name, 0.0) if not command else 0.0


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


def _limits_of_both(base: Settings, head: Settings | None, path: str) -> Settings:
    """The base's settings alone, and limits that the change makes stricter: it brings no command along."""
    said = (f"the change alters the review's settings in {path}: nothing that it wants to run is run",)
    if head is None:
        return replace(base, remarks=said)
    return replace(base, thresholds=base.thresholds.stricter(head.thresholds), remarks=said)


def _confined(settings: Settings, cell: RawCell) -> Settings:
    """*settings*, whose suites run where they can reach nothing."""
    where = Confinement(cell.image or "", cell.readable)
    suites = tuple(replace(suite, confinement=where) for suite in settings.suites)
    return replace(settings, suites=suites, remarks=(*settings.remarks, UNTRUSTED))


UNTRUSTED = "the change is not trusted: its suites ran without network, tokens and this machine's files"


def _with_flags(
    settings: Settings, choice: SettingsChoice, costs: Costs, shown: Mapping[str, str] | None = None
) -> Settings:
    """The flags on top. Whatever they change of what was configured is shown wherever the gate is."""
    overridden = dict(shown or {})
    limits = dict(_pair(each, "--threshold", "FIELD=VALUE") for each in choice.thresholds)
    if limits:
        overridden |= limits
    reviewers = settings.reviewers
    if choice.reviewers:
        reviewers = tuple(_reviewer(name, costs) for name in choice.reviewers)
        if [each.name for each in reviewers] != [each.name for each in settings.reviewers]:
            overridden["reviewer"] = "+".join(each.name for each in reviewers)
    names = {suite.name for suite in settings.suites}
    extra = [Suite(*_pair(each, "--suite", "NAME=COMMAND")) for each in choice.suites]
    for suite in extra:
        if suite.name in names:
            raise BadInput(f"there is a suite {suite.name} already", advice="give it another name")
        names.add(suite.name)
    remarks = (EARLIER,) if choice.from_report else ()
    return replace(
        settings,
        remarks=(*settings.remarks, *remarks),
        suites=(*settings.suites, *extra),
        reviewers=reviewers,
        thresholds=settings.thresholds.changed(limits),
        overridden=overridden,
        measured=choice.coverage,
        context=choice.context or settings.context,
        mutate=choice.mutate,
    )


def _pair(text: str, flag: str, shape: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise BadInput(f"{flag} takes {shape}, not {text!r}")
    return name.strip(), value.strip()
