"""Everything that the files of a repository say about images: each reader is asked for what it knows."""

from __future__ import annotations

import collections.abc
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.election import PolicyElector
from wholeship.app.workflow_files import workflows_among
from wholeship.app.workflow_terms import followed_by
from wholeship.app.world import World as Ports
from wholeship.core.errors import Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import split_image
from wholeship.core.wording import counted, listed_few
from wholeship.core.yamls import Mapping, Node, Scalar, Sequence
from wholeship.github.actions.fetches import own_folders
from wholeship.gitops.flux import ImagePolicy, Semver
from wholeship.gitops.image_updater import UpdaterPolicy
from wholeship.gitops.manifests import Watch, read_manifests
from wholeship.gitops.marks import may_follow_images
from wholeship.pipeline.run import Scenario
from wholeship.release.init import dockerfiles, services, skaffold
from wholeship.release.init.deployed import Deployed, deployed_in, run_somewhere
from wholeship.release.init.handed import handed_in_run, not_pushed_by_others
from wholeship.release.init.leftout import purpose_of
from wholeship.release.init.published import CALLED, PublishedRun, hidden_in_run, scenario_of, seen_in_run
from wholeship.release.init.sightings import Policy, SeenImage, Sightings
from wholeship.texts.template import Kind, Template, Value
from wholeship.tools import bake
from wholeship.tools.bake import Target
from wholeship.tools.world import World
from wholeship.verdict.check import study_of
from wholeship.verdict.options import Options
from wholeship.verdict.systems import Memory
from wholeship.verdict.watched import Watched

if TYPE_CHECKING:
    from wholeship.adapters.tree import Tree

SMOKE = ("smoke", "self-check", "selfcheck", "healthcheck", "e2e")
"""What scripts that try the images are called."""
MANIFESTS = 3000
_MODULE = lazy_pattern(r"(?m)^\s*path\s*=\s*(\S+?)/?\s*$")
_WORD = lazy_pattern(r"[\w.@+/-]+")
GUESSED = (
    "which images are released is A GUESS, from what can be built here: steps that may push could not be "
    "read, so take out what is not released, and add what is missing"
)
"""Said where nothing was seen that is pushed, and something may be."""
HIDDEN = 3
"""Most reasons that are told why a step that may push more could not be read."""


def sightings_in(root: Path, world: Ports) -> Sightings:
    """Everything that the files below *root* say about images."""
    tree = world.open_tree(root)
    work = world.look_at_git(root, False)
    source = (work.source if work else "") or ""
    remarks: list[str] = []
    if tree.cut:
        remarks.append(f"only the first {len(tree.paths)} files were looked at")
    followed, deployed = _manifests(tree)
    opened = {path: tree.read(path) for path in workflows_among(tree.paths)}
    workflows = {path: text for path, text in opened.items() if text is not None}
    who = followed_by(followed)
    files = dockerfiles.images_of_dockerfiles(tree.paths, tree.read, _paths_in("\n".join(workflows.values())))
    compose = tuple(_compose(tree, remarks))
    unread: list[Problem] = []
    runs = published_runs(workflows, root, who, world, unread)
    published = tuple(not_pushed_by_others(_published(runs, frozenset(tree.paths), source, remarks)))
    remarks[:0] = [
        *(f"{path}: not read, so what it pushes is not known" for path in opened if path not in workflows),
        *(f"{each.place}: not read, so what it pushes is not known: {each.message}" for each in unread),
    ]
    return Sightings(
        published=published,
        skaffold=tuple(_skaffold(tree, remarks)),
        bake=tuple(_bake(tree, remarks)),
        deployed=run_somewhere(deployed, (*compose, *files), _folder(source, root)),
        compose=compose,
        dockerfiles=files,
        inner=tuple(_compose(tree, [], inner=True)),
        policies=tuple(_policies(followed, remarks)),
        source=source,
        git=work is not None,
        modules=tuple(_MODULE.findall(tree.read(".gitmodules") or "")),
        folder=_folder(source, root),
        scripts=tuple(path for path in tree.paths if _is_smoke(path)),
        files=frozenset(tree.paths),
        unread=not published and (GUESSED in remarks or bool(unread) or opened != workflows),
        bases=dockerfiles.bases(tree.paths, tree.read),
        remarks=tuple(remarks),
    )


def _paths_in(text: str) -> set[str]:
    """Every word of *text* that may be a path, as seen from the top of the repository."""
    return {posixpath.normpath(word.lstrip("/")) for word in _WORD.findall(text)}


def _folder(source: str, root: Path) -> str:
    """What the repository is called."""
    return source.rpartition("/")[2] or root.resolve().name


def _published(
    runs: Iterable[PublishedRun], files: frozenset[str], source: str, remarks: list[str]
) -> Iterator[SeenImage]:
    """What the analysis of `check` finds that the workflows push."""
    hidden: dict[str, str] = {}
    found = False
    for run in runs:
        for seen in (*seen_in_run(run, source.removeprefix("https://")), *handed_in_run(run, files)):
            found = True
            yield seen
        hidden |= dict(hidden_in_run(run))
    if hidden and not found:
        remarks.append(GUESSED)
    reasons: dict[str, list[str]] = {}
    for where, reason in hidden.items():
        reasons.setdefault(reason, []).append(where)
    for reason, places in list(reasons.items())[:HIDDEN]:
        remarks.append(f"{listed_few(places)} may push more: {reason}")
    if rest := sum(map(len, list(reasons.values())[HIDDEN:])):
        remarks.append(f"{counted(rest, 'more step')} may push something: wholeship check lists them")


def _manifests(tree: Tree) -> tuple[dict[str, str], list[Deployed]]:
    """The manifests that may follow images, by path; and the images that any manifest names."""
    followed: dict[str, str] = {}
    deployed: list[Deployed] = []
    count = 0
    for path in tree.paths:
        if not path.endswith((".yaml", ".yml")) or path.startswith(".github/"):
            continue
        count += 1
        text = (tree.read(path) or "") if count <= MANIFESTS else ""
        if may_follow_images(text):
            followed[path] = text
        if (
            not _is_of_a_builder(path)
            and not purpose_of("", path)
            and ("mage:" in text or "repository:" in text or "newName" in text)
        ):
            deployed += deployed_in(text, path)
    return followed, deployed


def _is_of_a_builder(path: str) -> bool:
    name = posixpath.basename(path)
    return name in skaffold.FILES or "compose" in name


def _skaffold(tree: Tree, remarks: list[str]) -> Iterator[SeenImage]:
    for path in tree.paths:
        if posixpath.basename(path) in skaffold.FILES:
            seen, told = skaffold.artifacts_in(tree.read(path) or "", path)
            remarks += told
            yield from seen


def _compose(tree: Tree, remarks: list[str], *, inner: bool = False) -> Iterator[SeenImage]:
    """The one that Compose would take at the root; or those of *inner* folders, which tell less."""
    chosen: dict[str, str] = {}
    for path in tree.paths:
        folder, name = posixpath.split(path)
        if name in services.FILES and (folder not in chosen or _rank(name) < _rank(chosen[folder])):
            chosen[folder] = name
    for folder in sorted(folder for folder in chosen if bool(folder) is inner):
        seen, told = services.services_in([posixpath.join(folder, chosen[folder])], tree.read)
        remarks += told
        yield from seen


def _rank(name: str) -> int:
    return services.FILES.index(name)


BAKE = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")


def _bake(tree: Tree, remarks: list[str]) -> Iterator[SeenImage]:
    """The targets that `docker buildx bake` builds: at the top, else in the folders that have a Bake file."""
    folders = sorted({posixpath.dirname(path) for path in tree.paths if posixpath.basename(path) in BAKE})
    for folder in [""] if "" in folders else folders:
        yield from _bake_in(folder, tree, remarks)


def _bake_in(folder: str, tree: Tree, remarks: list[str]) -> Iterator[SeenImage]:
    def read(path: str) -> str | None:
        return tree.read(posixpath.normpath(posixpath.join(folder, path)))

    names = [name for name in BAKE if posixpath.join(folder, name) in tree.paths]
    command = bake.Command(tuple(map(Template.of, names)))
    bare = bake.bare_variables(command, World(read=read))
    world = World(read, {name: Value.hole(Kind.VARIABLE, name) for name in bare})
    (found, *_) = bake.read_targets(command, world)
    if isinstance(found, bake.Unreadable):  # no group "default": all of them, as `bake` itself would not
        every = tuple(map(Template.of, bake.target_names(command, world)))
        (found, *_) = bake.read_targets(replace(command, targets=every), world)
    file = posixpath.join(folder, names[0])
    if isinstance(found, bake.Unreadable):
        remarks.append(f"{file}: not read: {found.reason}")
        return
    for target in found:
        if not target.linked:
            seen = _of_target(target, file, folder)
            above = _of_target(target, file, "")
            yield above if above.dockerfile in tree.paths and seen.dockerfile not in tree.paths else seen


def _of_target(target: Target, file: str, folder: str) -> SeenImage:
    named = [split_image(text) for tag in target.tags if (text := tag.literal)]
    context = posixpath.normpath(posixpath.join(folder, target.context.literal or "."))
    known = {name: text for name, value in target.args.items() if (text := value.literal) is not None}
    left = [f"the build argument {name}" for name in target.args if name not in known]
    return SeenImage(
        name=target.name,
        where=file,
        context=context,
        dockerfile=posixpath.normpath(posixpath.join(context, target.dockerfile.literal or "Dockerfile")),
        target=target.stage.literal or "",
        args=known,
        platforms=tuple(text for platform in target.platforms if (text := platform.literal)),
        repository=named[0][0] if named else "",
        left=tuple(left),
    )


def _policies(files: dict[str, str], remarks: list[str]) -> Iterator[Policy]:
    if not files:
        return
    manifests = read_manifests(files)
    remarks += [f"{remark.place}: {remark.text}" for remark in manifests.remarks if remark.matters]
    for watch in manifests.watches:
        if watch.repository is None:
            remarks.append(f"{watch.place}: {watch.name} follows no image that could be told")
            continue
        drives = sum(drive.policy == watch.name for drive in manifests.drives)
        yield _policy(watch, drives)


def _policy(watch: Watch, drives: int) -> Policy:
    assert watch.repository is not None
    policy = watch.elector.policy
    pattern = ranged = ""
    if isinstance(policy, ImagePolicy):
        pattern = policy.filter.pattern.text if policy.filter else ""
        ranged = policy.rule.range.text if isinstance(policy.rule, Semver) else ""
    elif isinstance(policy, UpdaterPolicy):
        ranged = policy.constraint
    return Policy(
        name=watch.name,
        file=watch.place.file,
        repository=watch.repository,
        elector=PolicyElector(watch.elector),
        summary=policy.summary,
        pattern=pattern,
        range=ranged,
        drives=drives,
        suspended=bool(watch.suspended),
    )


def _is_smoke(path: str) -> bool:
    name = posixpath.basename(path)
    stem, _, suffix = name.partition(".")
    return suffix in ("", "sh", "bash", "py") and any(word in stem.lower() for word in SMOKE)


_CALLS = lazy_pattern(r"uses:\s*[\"']?\./\.github/workflows/([\w.-]+)")


def published_runs(
    workflows: collections.abc.Mapping[str, str],
    root: Path,
    watched: Watched,
    world: Ports,
    unread: list[Problem],
) -> Iterator[PublishedRun]:
    """Every scenario of *workflows* (path from *root* → text); a workflow that others call, in theirs.

    What is wrong with one that cannot be read is added to *unread*.
    """
    options = Options(watched=watched)
    memory = Memory(world.files_below(root), options, as_written=True)
    called = {name for text in workflows.values() for name in _CALLS.findall(text)}
    for path, text in workflows.items():
        is_called = Path(path).name in called

        def wanted(scenario: Scenario, is_called: bool = is_called) -> bool:
            word = scenario_of(scenario)
            return bool(word) and not (word == CALLED and is_called)

        study = study_of(text, path, memory, options, wanted)
        if study.root is None:
            unread += study.problems[:1]
        for case in study.cases:
            yield PublishedRun(
                path,
                study.name,
                case.instance,
                case.facts,
                case.images,
                _tag_heads(study.root),
                own_folders(case.instance),
            )


def _tag_heads(root: Node | None) -> tuple[str, ...]:
    """How the git tags begin that a workflow starts on: ``api-`` of ``api-v*``, nothing of ``v*``."""
    on = root.get("on") if isinstance(root, Mapping) else None
    push = on.get("push") if isinstance(on, Mapping) else None
    tags = push.get("tags") if isinstance(push, Mapping) else None
    given = tags.items if isinstance(tags, Sequence) else (tags,)
    texts = (item.text for item in given if isinstance(item, Scalar) and not item.text.startswith("!"))
    heads = {re.split(r"[*?+\[\]!\\\d]", text)[0].removesuffix("v") for text in texts}
    return tuple(sorted(heads - {""}))
