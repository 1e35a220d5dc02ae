"""What holds when workflows are looked at: which rules, what is followed, what is declared and known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.manifest_search import search_manifests
from wholeship.app.target import WorkflowTerms
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.finding import Severity
from wholeship.core.values import dataclass
from wholeship.core.wording import did_you_mean
from wholeship.pipeline.declared import Declared
from wholeship.verdict.options import Options
from wholeship.verdict.rule_names import RULE_NAMES
from wholeship.verdict.suppress import Ignored
from wholeship.verdict.watched import NOBODY, Watched

if TYPE_CHECKING:
    from wholeship.forecast.measure import Known
    from wholeship.gitops.manifests import Watch
    from wholeship.release.schema import RawRelease

FLAG = "--watched"


@dataclass(frozen=True, slots=True)
class WorkflowOptions:
    """What holds: for the verdict, and the figures that are known."""

    verdict: Options
    figures: Known | None


def options_for(terms: WorkflowTerms, world: World, root: Path) -> WorkflowOptions:
    """What is asked of the workflows of *root*, from the flags, the release file and the manifests."""
    raw = release_file(world, root, terms.file)
    figures = figures_for(world, root, raw)
    options = Options(
        watched=watched_images(world, root, raw, terms.file or "wholeship.yaml", terms.watched),
        rules=_chosen_rules(terms.only, terms.skip),
        declared=declared_actions(raw),
        ignored=ignored_findings(raw, terms.file or "wholeship.yaml"),
        previews=raw.check.previews if raw is not None else (),
        failing=Severity(raw.check.fail_on) if raw is not None and raw.check.fail_on else Severity.WARNING,
    )
    return WorkflowOptions(_with_figures(options, figures) if figures else options, figures)


def _with_figures(options: Options, figures: Known) -> Options:
    from wholeship.forecast.hooks import disks_of, minutes_of

    return replace(options, minutes=minutes_of(figures), disks=disks_of(figures))


def figures_for(world: World, root: Path, raw: RawRelease | None) -> Known | None:
    """What is known about how long jobs take and what they fill; None: nothing."""
    if (raw is None or not raw.forecast.jobs) and not world.history_file(root).exists():
        return None
    from wholeship.app.figures import known_figures

    return known_figures(world, root, raw.forecast if raw else None)


def _chosen_rules(only: Iterable[str], skip: Iterable[str]) -> tuple[str, ...]:
    wanted, unwanted = _named_rules(only), _named_rules(skip)
    return tuple(name for name in RULE_NAMES if (not wanted or name in wanted) and name not in unwanted)


def _named_rules(texts: Iterable[str]) -> frozenset[str]:
    names = frozenset(part.strip() for text in texts for part in text.split(",") if part.strip())
    for name in sorted(names.difference(RULE_NAMES)):
        hint = did_you_mean(name, RULE_NAMES, f"rules: {', '.join(RULE_NAMES)}")
        raise BadInput(f"there is no rule {name}", advice=hint)
    return names


def release_file(world: World, root: Path, named: str) -> RawRelease | None:
    """The release file as written; None where there is none and none was named."""
    path = Path(named) if named else root / "wholeship.yaml"
    content = world.read_file(path)
    if content is None:
        if named:
            raise BadInput(f"there is no {path}")
        return None
    from wholeship.release.file import raw_release

    return raw_release(content, path)


def declared_actions(raw: RawRelease | None) -> Mapping[str, Declared]:
    """What the release file says of actions that cannot be read."""
    entries = raw.workflows.declared if raw is not None else {}
    return {name: Declared(tuple(each.publishes), tuple(each.gates)) for name, each in entries.items()}


def ignored_findings(raw: RawRelease | None, file: str) -> tuple[Ignored, ...]:
    """What the release file answers, each entry with its name."""
    entries = raw.check.ignore if raw is not None else ()
    return tuple(
        Ignored(each.reason.strip(), f"{file}: check.ignore[{number}]", each.rules, each.paths)
        for number, each in enumerate(entries)
    )


# Who is followed


def watched_images(
    world: World, root: Path, raw: RawRelease | None, file: str, flags: Sequence[str] = ()
) -> Watched:
    """The first that says something: the flag, the release file, the manifests it names, those found."""
    if flags:
        return Watched(tuple(flags), FLAG)
    if raw is not None and (given := raw.check.watched or raw.watched):
        names = (given,) if isinstance(given, str) else given
        return Watched(tuple(_followed_repository(raw, name) for name in names), file)
    place = raw.gitops.policy if raw is not None else None
    if place is not None:
        return followed_by(world.read_manifests(place, root))
    return followed_by(dict(search_manifests(world, root)))


def _followed_repository(raw: RawRelease, name: str) -> str:
    image = raw.images.get(name)
    if image is not None and image.repository:
        return image.repository
    named = raw.registry and (image is not None or not raw.images) and "/" not in name
    return f"{raw.registry.rstrip('/')}/{name}" if raw.registry and named else name


def followed_by(files: Mapping[str, str]) -> Watched:
    """What the manifests in *files* follow."""
    if not files:
        return NOBODY
    from wholeship.gitops.manifests import read_manifests

    watches = [watch for watch in read_manifests(files).watches if not watch.suspended]
    names = tuple(dict.fromkeys(watch.image for watch in watches if watch.image))
    first = watches[0].place if watches else ""
    return Watched(names, f"{first} ({watches[0].name})" if watches else "", _elects(watches))


def _elects(watches: Sequence[Watch]) -> Callable[[str, str], bool]:
    """Whether one of *watches* would look at a tag of an image."""

    def elects(repository: str, tag: str) -> bool:
        return any(
            not watch.elector.objection(tag)
            for watch in watches
            if watch.image and repository.endswith(watch.image.rpartition("/")[2])
        )

    return elects
