"""A repository → sightings: the readers of every domain, each asked for what it knows."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.release.init import compose, dockerfiles, pipelines
from wholeship.release.init.names import split_image
from wholeship.release.init.sightings import Policy, Seen, Sightings

if TYPE_CHECKING:
    from wholeship.adapters.tree import Tree
    from wholeship.gitops.manifests import Watch

MANIFEST_MARKS = ("ImagePolicy", "argocd-image-updater", "ImageUpdater", "keel.sh/")
"""What a file that follows images has in it; others are not parsed."""
SMOKE = ("smoke", "self-check", "selfcheck", "healthcheck", "e2e")
"""What scripts that try the images are called."""
MANIFESTS = 3000


def sightings_in(root: Path) -> Sightings:
    """Everything that the files below *root* say about images."""
    from wholeship.adapters.git import look
    from wholeship.adapters.tree import FILES, Tree

    tree = Tree(root)
    source = (work.source if (work := look(root)) else "") or ""
    remarks: list[str] = []
    if tree.cut:
        remarks.append(f"only the first {FILES} files were looked at")
    return Sightings(
        workflows=tuple(_workflows(tree, source, remarks)),
        bake=tuple(_bake(tree, remarks)),
        compose=tuple(_compose(tree, remarks)),
        dockerfiles=dockerfiles.look(tree.paths, tree.read),
        inner=tuple(_compose(tree, [], inner=True)),
        policies=tuple(_policies(tree, remarks)),
        source=source,
        folder=source.rpartition("/")[2] or root.resolve().name,
        scripts=tuple(path for path in tree.paths if _is_smoke(path)),
        files=frozenset(tree.paths),
        remarks=tuple(remarks),
    )


def _workflows(tree: Tree, source: str, remarks: list[str]) -> Iterator[Seen]:
    for path in tree.paths:
        if posixpath.dirname(path) == pipelines.FOLDER and path.endswith((".yml", ".yaml")):
            seen, told = pipelines.look(tree.read(path) or "", path, source)
            remarks += told
            yield from seen


def _compose(tree: Tree, remarks: list[str], *, inner: bool = False) -> Iterator[Seen]:
    """The one that Compose would take at the root; or those of *inner* folders, which tell less."""
    chosen: dict[str, str] = {}
    for path in tree.paths:
        folder, name = posixpath.split(path)
        if name in compose.FILES and (folder not in chosen or _rank(name) < _rank(chosen[folder])):
            chosen[folder] = name
    for folder in sorted(folder for folder in chosen if bool(folder) is inner):
        path = posixpath.join(folder, chosen[folder])
        settings = tree.read(posixpath.join(folder, ".env")) or ""
        seen, told = compose.look(tree.read(path) or "", path, settings)
        remarks += told
        yield from seen


def _rank(name: str) -> int:
    return compose.FILES.index(name)


def _bake(tree: Tree, remarks: list[str]) -> Iterator[Seen]:
    names = [n for n in ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json",
                         "docker-bake.override.hcl") if n in tree.paths]  # fmt: skip
    if not names:
        return
    from wholeship.texts.template import Kind, Template, Value
    from wholeship.tools import bake
    from wholeship.tools.world import World

    bare = bake.bare_variables(names, World(read=tree.read))
    world = World(tree.read, {name: Value.hole(Kind.VARIABLE, name) for name in bare})
    files = tuple(map(Template.of, names))
    (found, *_) = bake.read_targets(bake.Command(files), world)
    if isinstance(found, bake.Unreadable):  # no group "default": all of them, as `bake` itself would not
        every = tuple(map(Template.of, bake.target_names(names, world)))
        (found, *_) = bake.read_targets(bake.Command(files, every), world)
    if isinstance(found, bake.Unreadable):
        remarks.append(f"{names[0]}: not read: {found.reason}")
        return
    for target in found:
        if not target.linked:
            yield _of_target(target, names[0])


def _of_target(target: object, file: str) -> Seen:
    from wholeship.tools.bake import Target

    assert isinstance(target, Target)
    named = [split_image(text) for tag in target.tags if (text := tag.literal)]
    context = posixpath.normpath(target.context.literal or ".")
    known = {name: text for name, value in target.args.items() if (text := value.literal) is not None}
    left = [f"the build argument {name}" for name in target.args if name not in known]
    return Seen(
        name=target.name,
        where=file,
        context=context,
        dockerfile=posixpath.normpath(posixpath.join(context, target.dockerfile.literal or "Dockerfile")),
        target=target.stage.literal or "",
        args=known,
        platforms=tuple(text for platform in target.platforms if (text := platform.literal)),
        repository=named[0][0] if named else "",
        tags=tuple(tag for repository, tag in named if tag and repository == named[0][0]),
        left=tuple(left),
    )


def _policies(tree: Tree, remarks: list[str]) -> Iterator[Policy]:
    files: dict[str, str] = {}
    for path in tree.paths:
        if path.endswith((".yaml", ".yml")) and len(files) < MANIFESTS:
            text = tree.read(path) or ""
            if (
                any(mark in text for mark in MANIFEST_MARKS)
                or "$imagepolicy" in text
                or "ImageRepository" in text
            ):
                files[path] = text
    if not files:
        return
    from wholeship.gitops.manifests import read_manifests

    manifests = read_manifests(files)
    remarks += [f"{remark.place}: {remark.text}" for remark in manifests.remarks if remark.matters]
    for watch in manifests.watches:
        if watch.repository is None:
            remarks.append(f"{watch.place}: {watch.name} follows no image that could be told")
            continue
        drives = sum(drive.policy == watch.name for drive in manifests.drives)
        yield _policy(watch, drives)


def _policy(watch: Watch, drives: int) -> Policy:
    from wholeship.app.election import PolicyElector
    from wholeship.gitops.flux import ImagePolicy, Semver

    assert watch.repository is not None
    policy = watch.elector.policy
    pattern = ranged = ""
    if isinstance(policy, ImagePolicy):
        pattern = policy.filter.pattern.text if policy.filter else ""
        ranged = policy.rule.range.text if isinstance(policy.rule, Semver) else ""
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
