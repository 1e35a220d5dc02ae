"""Actions that put files into the work tree: another checkout, an artifact, what was released elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from wholeship.github.actions.call import Call
from wholeship.pipeline.run import Action, Instance
from wholeship.shell.foreign import CHECKED_OUT, OWN_FILES, ForeignFiles, Read, part_of_tree
from wholeship.shell.placing import is_own_ref
from wholeship.shell.rewriting import VERSION_FILES
from wholeship.texts.template import Hole, Kind, Template, Value

_FOLDERS = {
    "actions/download-artifact": "path",
    "dawidd6/action-download-artifact": "path",
    "actions/cache": "path",
    "actions/cache/restore": "path",
    "robinraju/release-downloader": "out-file-path",
    "dsaltares/fetch-gh-release-asset": "target",
}
"""Actions that write files, with the input that says into which folder."""


class Uploads:
    """What the jobs of one run hand to each other: artifacts that are known to be one file."""

    def __init__(self) -> None:
        self._written: set[str] = set()
        self._files: dict[str, str | None] = {}
        self._texts: dict[str, Value | None] = {}

    def write(self, paths: Iterable[str]) -> None:
        """A step has written *paths*."""
        self._written.update(posixpath.basename(path) for path in paths)

    def note(self, call: Call, read: Read, foreign: ForeignFiles) -> None:
        """An artifact, if *call* uploads one: of one file, whose name is all that counts, or of more.

        *foreign* is what was written before it; whoever wants the artifact gets what stands there now.
        """
        if call.action != "actions/upload-artifact":
            return
        path, name = call.text("path").strip(), call.text("name") or "artifact"
        base = posixpath.basename(path)
        is_file = "." in base[1:] or base in self._written or read(posixpath.normpath(path)) is not None
        plain = re.search(r"[*?\[{\n]|/\Z", path) is None
        once = name not in self._files
        self._files[name] = base if path and is_file and plain and once else None
        known = foreign.text(posixpath.normpath(path)) if self._files[name] else None
        left = known if known is not None else Value.hole(Kind.OUTPUT, f"the artifact {name}", call.site)
        self._texts[name] = left.map(lambda text: text.fixed(call.site)) if once else None

    def file(self, name: str) -> str | None:
        """The one file in the artifact *name*; None: it may hold others."""
        return self._files.get(name)

    def text(self, name: str) -> Value | None:
        """What stands in the artifact *name*, where one step of the run leaves it."""
        return self._texts.get(name)


def fetched(call: Call, before: ForeignFiles, uploads: Uploads, *, certain: bool) -> ForeignFiles:
    """*before* with what the action puts into the work tree; *certain*: it runs in every run of the job."""
    if call.action == "actions/checkout":
        return _checked_out(call, before, certain=certain)
    folder = _FOLDERS.get(call.action)
    if not folder:
        return before
    given = call.given(folder)
    texts = given.options if given is not None else (Template.of("."),)
    paths = [line for text in texts for line in _inside(text)]
    only = uploads.file(call.text("name")) if call.action == "actions/download-artifact" else None
    if only is not None:
        paths = [posixpath.join(path, only) for path in paths]
    own = call.action == "actions/download-artifact" and not call.text("run-id")
    text = uploads.text(call.text("name")) if own and certain else None
    left = text if text is not None else Value.hole(Kind.OUTPUT, f"left by {call.action}", call.site)
    parts = [part for part in map(part_of_tree, paths) if part is not None]
    return before.put(paths, call.action).left((part, left) for part in parts)


def checked_out_elsewhere(call: Call, before: ForeignFiles) -> ForeignFiles:
    """As :func:`fetched`, for a guess: only a checkout of another repository brings other files."""
    if call.action != "actions/checkout":
        return before
    if _is_own(call.given("repository")):
        return OWN_FILES if call.given("path") is None else before
    return _checked_out(call, before, certain=True)


def own_folder(name: str, inputs: Mapping[str, Value]) -> str:
    """The folder that the action checks the run's own repository out into; empty: none, or the root."""
    path = inputs.get("path") if name == "actions/checkout" else None
    if path is None or path.only is None or not _is_own(inputs.get("repository")):
        return ""
    folder = posixpath.normpath(str(path.only) or ".")
    return "" if folder == "." else folder


def own_folders(instance: Instance) -> tuple[str, ...]:
    """All such folders in one scenario."""
    steps = (step.does for job in instance.jobs for leg in job.legs for step in leg.steps)
    found = (own_folder(does.name, does.inputs) for does in steps if isinstance(does, Action))
    return tuple(dict.fromkeys(filter(None, found)))


def _inside(text: Template) -> list[str]:
    """The lines of *text* that name a place in the work tree; what only the run knows names none."""
    lines = (line.literal for line in text.split("\n"))
    found = [line.strip() for line in lines if line is not None]
    return [re.sub(r"/?[*?].*$", "", line) for line in found if line and line[0] not in "!~/"]


def _checked_out(call: Call, before: ForeignFiles, *, certain: bool) -> ForeignFiles:
    """A checkout of the run's own commit into the root puts everything back as the repository has it."""
    path, ref = call.given("path"), call.given("ref")
    is_own = _is_own(call.given("repository")) and _is_own_ref(ref, call)
    text = str(ref) if ref is not None else ""
    if is_own and path is None:
        other = before.base not in (None, text) and certain and not _is_of_the_event(ref)
        if other:
            return before.put((".",), f"{CHECKED_OUT}{text}")
        now = replace(OWN_FILES if certain else before, base=text if certain else before.base)
        return now if ref is None or _is_commit_of_the_event(ref) else now.left(_versions_of(text))
    if is_own:
        folder = part_of_tree(path.literal) if path is not None and path.literal else None
        return replace(before, own=(*before.own, folder)) if folder and certain else before
    what = call.text("repository") or text
    paths = (
        [path.literal] if path is not None and path.literal is not None else [] if path is not None else ["."]
    )
    return before.put(paths, f"{CHECKED_OUT}{what}")


def _versions_of(ref: str) -> list[tuple[str, Value]]:
    """What the files say at *ref* in which a project keeps its version: not what the event's commit says."""
    kinds = frozenset({Kind.FILE})
    return [(path, Value.of(Template.of(Hole(f"{path} of {ref}", kinds, ref)))) for path in VERSION_FILES]


def _is_commit_of_the_event(ref: Value) -> bool:
    return all(_is_of_github(text) for text in ref.options)


def _is_own(repository: Value | None) -> bool:
    """Whether it is the repository of the run, or the fork that a pull request comes from."""
    return repository is None or all(map(_is_of_github, repository.options))


def _is_of_github(text: Template) -> bool:
    return bool(text.holes) and all(hole.name.startswith("github.") for hole in text.holes)


def _is_of_the_event(ref: Value | None) -> bool:
    return ref is None or all(text.literal is not None or _is_of_github(text) for text in ref.options)


def _is_own_ref(ref: Value | None, call: Call) -> bool:
    """Whether *ref* is known in the run only, or the branch that the run is about."""
    own = (call.trigger.name.literal, call.trigger.default_branch)
    return ref is None or all(
        is_own_ref(text) or (text.literal or "").removeprefix("refs/heads/") in own for text in ref.options
    )
