"""`wholeship init`: what is found here about images, as a commented release file.

The readers of every domain are asked for what they know of the repository.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.election import PolicyElector
from wholeship.app.workflow_files import workflows_among
from wholeship.app.world import World as Ports
from wholeship.core.errors import BadInput
from wholeship.gitops.flux import ImagePolicy, Semver
from wholeship.gitops.manifests import Watch, read_manifests
from wholeship.gitops.marks import may_follow_images
from wholeship.release.file import FILE
from wholeship.release.init import compose, dockerfiles, pipelines
from wholeship.release.init.draft import Draft, draft
from wholeship.release.init.names import split_image
from wholeship.release.init.sightings import Policy, SeenImage, Sightings
from wholeship.release.init.writing import checked_text
from wholeship.texts.template import Kind, Template, Value
from wholeship.tools import bake
from wholeship.tools.bake import Target
from wholeship.tools.world import World

if TYPE_CHECKING:
    from wholeship.adapters.tree import Tree

SMOKE = ("smoke", "self-check", "selfcheck", "healthcheck", "e2e")
"""What scripts that try the images are called."""
MANIFESTS = 3000


@dataclass(frozen=True, slots=True)
class InitQuestion:
    """Where the release file is to be (its folder is looked at), and what is said already.

    ``force``: over a file that is there. ``keep``: nothing is written.
    """

    file: str = ""
    registry: str = ""
    watched: str | None = None
    force: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class InitAnswer:
    """What was found (None: nothing that is built here), and the text of the file."""

    path: Path
    found: Draft | None
    text: str = ""


def write_release_file(question: InitQuestion, world: Ports) -> InitAnswer:
    """Look, decide, and write the file, unless it is to be kept back."""
    path = Path(question.file or FILE)
    if not question.keep and not question.force and (path.exists() or path.is_symlink()):
        raise BadInput(
            f"{path} is there already, and was left as it is",
            advice="see what would be written with --print, or write over it with --force",
        )
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}")
    seen = sightings_in(path.parent, world)
    found = draft(seen, registry=question.registry or None, watched=question.watched)
    if found is None:
        return InitAnswer(path, None)
    text = checked_text(found, path)
    if not question.keep:
        (world.write_file if question.force else world.write_new_file)(path, text)
    return InitAnswer(path, found, text)


def sightings_in(root: Path, world: Ports) -> Sightings:
    """Everything that the files below *root* say about images."""
    tree = world.open_tree(root)
    source = (work.source if (work := world.look_at_git(root, False)) else "") or ""
    remarks: list[str] = []
    if tree.cut:
        remarks.append(f"only the first {len(tree.paths)} files were looked at")
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


def _workflows(tree: Tree, source: str, remarks: list[str]) -> Iterator[SeenImage]:
    for path in workflows_among(tree.paths):
        seen, told = pipelines.look(tree.read(path) or "", path, source)
        remarks += told
        yield from seen


def _compose(tree: Tree, remarks: list[str], *, inner: bool = False) -> Iterator[SeenImage]:
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


def _bake(tree: Tree, remarks: list[str]) -> Iterator[SeenImage]:
    names = [n for n in ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json",
                         "docker-bake.override.hcl") if n in tree.paths]  # fmt: skip
    if not names:
        return
    command = bake.Command(tuple(map(Template.of, names)))
    bare = bake.bare_variables(command, World(read=tree.read))
    world = World(tree.read, {name: Value.hole(Kind.VARIABLE, name) for name in bare})
    (found, *_) = bake.read_targets(command, world)
    if isinstance(found, bake.Unreadable):  # no group "default": all of them, as `bake` itself would not
        every = tuple(map(Template.of, bake.target_names(command, world)))
        (found, *_) = bake.read_targets(replace(command, targets=every), world)
    if isinstance(found, bake.Unreadable):
        remarks.append(f"{names[0]}: not read: {found.reason}")
        return
    for target in found:
        if not target.linked:
            yield _of_target(target, names[0])


def _of_target(target: object, file: str) -> SeenImage:
    assert isinstance(target, Target)
    named = [split_image(text) for tag in target.tags if (text := tag.literal)]
    context = posixpath.normpath(target.context.literal or ".")
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
        tags=tuple(tag for repository, tag in named if tag and repository == named[0][0]),
        left=tuple(left),
    )


def _policies(tree: Tree, remarks: list[str]) -> Iterator[Policy]:
    files: dict[str, str] = {}
    for path in tree.paths:
        if path.endswith((".yaml", ".yml")) and len(files) < MANIFESTS:
            text = tree.read(path) or ""
            if may_follow_images(text):
                files[path] = text
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
