"""The git repository of a change: its head, its base, where they part, and what lies between.

The head is looked up once. The diff is read without the change's own attributes (``-diff``, ``binary``
would hide files), without external programs, and whole or not at all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from wholeship.adapters import worktree as trees
from wholeship.adapters.git import address, calm, output, reaching
from wholeship.adapters.git_guard import git_places
from wholeship.core.errors import BadInput, CommandFailed, Unfinished
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.review.change import Diff, read_diff
from wholeship.review.ports import Capture

_COMMIT = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH = lazy_pattern(r"[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,240}")
SUBJECTS = 200
PASSING = 256 * 1024**2
"""Bytes of the patches of all commits in between."""
DEPTHS = (50, 500, 5000)
"""By how many commits a shallow history is deepened, before it is fetched whole."""
FETCH = 300.0
"""Seconds for one fetch."""
_DIFF = (
    *("-r", "--no-commit-id", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--submodule=short", "--ignore-submodules=none", "--no-relative", "--no-indent-heuristic"),
    *("--diff-algorithm=myers", "--src-prefix=a/", "--dst-prefix=b/"),
)


@dataclass(frozen=True, slots=True)
class _Base:
    commit: str
    name: str
    remote: str = ""
    branch: str = ""
    remarks: tuple[str, ...] = ()


class GitRepository:
    """:class:`wholeship.review.ports.Repository` for the work tree that *root* is in.

    With *name* (``owner/name`` on the code host) the remote of that name is where the base comes from, also
    where ``origin`` is somebody's fork.
    """

    def __init__(self, root: Path, name: str = "") -> None:
        self.root = root
        self._name = name

    # -- the change ----------------------------------------------------------------------------------

    def head(self) -> str:
        try:
            return self._commit("HEAD")
        except CommandFailed as error:
            raise Unfinished(
                f"no commit is checked out here: {error.message}",
                advice="run this in the repository to review",
            ) from None

    def capture(self, base: str, *, fetch: bool, expected_head: str | None = None) -> Capture:
        head, changed = self._state()
        if expected_head is not None and head != expected_head:
            raise Unfinished(
                f"the work tree is at {head[:12]}, the head of the pull request is {expected_head[:12]}",
                advice="check out the head, or push what is checked out, and run again",
            )
        if changed:
            self._check_clean()
        found = self._base(base, fetch)
        merge_base, remarks = self._merge_base(head, found, fetch)
        diff = self.diff(merge_base, head)
        if not diff.files:
            raise BadInput(
                f"nothing to review: {head[:12]} changes nothing against {found.name}",
                advice="is the base right? name it with --base",
            )
        between = (f"--max-count={SUBJECTS}", f"{merge_base}..{head}")
        _, said = output(self.root, "log", "-z", "--format=%ct%n%B%n%an <%ae>", *between)
        found_texts = [text.partition("\n") for text in said.decode(errors="replace").split("\0") if text]
        messages = [text for _, _, text in found_texts]
        texts = [printable(text.partition("\n")[0]) for text in messages]
        return Capture(
            head=head,
            base=found.commit,
            merge_base=merge_base,
            base_name=found.name,
            subjects=tuple(texts),
            diff=diff,
            messages=tuple(messages),
            at=float(found_texts[0][0]) if found_texts else 0.0,
            passing=self._passing(merge_base, head) if len(messages) > 1 else (),
            remarks=(*found.remarks, *remarks),
        )

    def diff(self, old: str, new: str) -> Diff:
        """The diff between two commits."""
        folder = git_places(self.root).own or self._line("rev-parse", "--absolute-git-dir")
        with tempfile.TemporaryDirectory(prefix="wholeship-empty-") as empty:
            # An empty work tree and no index: nothing to read attributes from.
            place = ("-C", empty, f"--git-dir={folder}", f"--work-tree={empty}")
            bare = calm(GIT_INDEX_FILE=f"{empty}/none")
            asked = (*_DIFF, old, new)
            _, names = output(
                self.root, *place, "diff-tree", "--raw", "--numstat", "-z", *asked, environment=bare
            )
            shown = ("-p", "-U3", "--inter-hunk-context=0")
            _, patch = output(self.root, *place, "diff-tree", *shown, *asked, environment=bare)
        return read_diff(names, patch)

    # -- trees ---------------------------------------------------------------------------------------

    def worktree(
        self, commit: str, instead: Mapping[str, bytes | None] | None = None
    ) -> AbstractContextManager[Path]:
        return trees.worktree(self.root, commit, instead)

    def export(
        self, commit: str, *, trusted: str = "", names: tuple[str, ...] = ()
    ) -> AbstractContextManager[Path]:
        return trees.export(self.root, commit, trusted=trusted, names=names)

    def show(self, commit: str, path: str) -> bytes | None:
        found = next((each for each in trees.entries_of(self.root, commit) if each.path == path), None)
        if found is None or found.mode not in ("100644", "100755"):
            return None
        return output(self.root, "cat-file", "blob", found.object)[1]

    def merged_tree(self, base: str, heads: tuple[str, ...]) -> str:
        current, tree = self._here(base), self.tree_of(base)
        nobody = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "wholeship"), ("EMAIL", "none@invalid"), ("DATE", "@0 +0000"))
        }
        for head in heads:
            code, said = output(
                self.root,
                "merge-tree",
                "--write-tree",
                "--no-messages",
                current,
                self._here(head),
                codes=(0, 1),
            )
            if code:
                return ""
            tree = said.split(b"\n", 1)[0].decode().strip()
            made = output(
                *(self.root, "commit-tree", tree, "-p", current, "-p", head, "-m", "group"),
                environment=calm(**nobody),
            )
            current = made[1].decode().strip()
        return tree

    def tree_of(self, commit: str) -> str:
        return self._line("rev-parse", "--verify", "--end-of-options", f"{self._here(commit)}^{{tree}}")

    # -- inside --------------------------------------------------------------------------------------

    def _passing(self, old: str, new: str) -> tuple[str, ...]:
        """The lines that some commit in between adds: what a later one takes out again is in the history."""
        shape = tuple("--format= -p -U0 --text --no-ext-diff --no-textconv --no-color --no-renames".split())
        _, patches = output(self.root, "log", *shape, f"--max-count={SUBJECTS}", f"{old}..{new}")
        if len(patches) > PASSING:
            raise Unfinished(
                f"the commits in between are larger than {PASSING // 1024**2} MiB",
                advice="review them in parts",
            )
        lines = patches.decode("utf-8", "replace").split("\n")
        return tuple(dict.fromkeys(line[1:] for line in lines if line.startswith("+")))

    def _state(self) -> tuple[str, bool]:
        """The head, and whether anything in the work tree is not as it is there: one moment of both."""
        shape = ("--porcelain=v2", "--branch", "--no-ahead-behind", "-z")
        _, said = output(self.root, "status", *shape, "--untracked-files=all", "--ignore-submodules=none")
        lines = said.decode(errors="replace").split("\0")
        named = (line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid "))
        head = next(named, "")
        changed = any(line and not line.startswith("# ") for line in lines)
        return (head if _COMMIT.fullmatch(head) else self.head()), changed

    def _check_clean(self) -> None:
        _, said = output(
            self.root, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=none"
        )
        changed = [entry for entry in said.decode(errors="replace").split("\0") if entry]
        if changed:
            first = printable(changed[0], limit=80).strip()
            raise Unfinished(
                f"the work tree is not clean: {len(changed)} changed or untracked files, the first: {first}",
                advice="commit them, or put them away (git stash -u): only what is committed is reviewed",
            )

    def _base(self, name: str, fetch: bool) -> _Base:
        name = name or self._default_base()
        if _COMMIT.fullmatch(name):
            return _Base(self._here(name), name[:12])
        if name.startswith("-") or any(ord(letter) < 33 for letter in name):
            raise BadInput(f"not a base: {printable(name)!r}")
        remotes = self._line("remote").split()
        remote, _, branch = name.partition("/")
        if remote not in remotes:
            remote, branch = self._remote(), name
        if not remote or not _BRANCH.fullmatch(branch) or "@{" in branch or ".." in branch:
            return _Base(self._local(name), name, remote)
        if not fetch:
            return self._unfetched(name, remote, branch)
        if not self._fetched(remote, branch):
            # A tag, or a branch that exists here only.
            said = f"{remote} has no branch {branch}: the local {name} is the base"
            return _Base(self._local(name), name, remote, remarks=(said,))
        return _Base(self._commit(f"refs/remotes/{remote}/{branch}"), f"{remote}/{branch}", remote, branch)

    def _unfetched(self, name: str, remote: str, branch: str) -> _Base:
        said = (f"the base was not fetched: {name} as it was here",)
        try:
            commit = self._commit(f"refs/remotes/{remote}/{branch}")
            return _Base(commit, f"{remote}/{branch}", remote, branch, said)
        except CommandFailed:
            return _Base(self._local(name), name, remote, remarks=said)

    def _fetched(self, remote: str, branch: str) -> bool:
        """Fetch it; False when the remote has no such branch."""
        wanted = f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"
        try:
            self._fetch(remote, wanted)
            return True
        except CommandFailed as error:
            if any("find remote ref" in line for line in error.tail):
                return False
            raise Unfinished(
                f"the base could not be fetched from {remote}: {error.message}",
                advice="--no-fetch takes the base as it is here, and says so",
            ) from None

    def _fetch(self, *arguments: str) -> None:
        output(
            self.root,
            *(
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-recurse-submodules",
                "--no-auto-maintenance",
                "--upload-pack=git-upload-pack",  # of two settings git takes the first
                *arguments,
            ),
            environment=reaching(),
            timeout=FETCH,
            remote=True,
        )

    def _merge_base(self, head: str, base: _Base, fetch: bool) -> tuple[str, tuple[str, ...]]:
        """Where they part, as far as the history that is here can be trusted to show it."""
        found = self._trusted_merge_base(head, base.commit)
        remote = "" if found or not fetch or not self._is_shallow() else base.remote or self._remote()
        for depth in (*DEPTHS, 0) if remote else ():
            deeper = f"--deepen={depth}" if depth else "--unshallow"
            wanted = f"refs/heads/{base.branch}" if base.branch else base.commit
            try:
                self._fetch(deeper, remote, wanted, head)
            except CommandFailed:
                try:  # a head that was not pushed cannot be asked for
                    self._fetch(deeper, remote, wanted)
                except CommandFailed:
                    break
            found = self._trusted_merge_base(head, base.commit)
            if found:
                break
        if found:
            more = f"{head[:12]} and {base.name} part at {len(found)} commits; the first is taken"
            return found[0], (more,) if len(found) > 1 else ()
        if self._is_shallow():
            raise Unfinished(
                f"the history here is too short to tell where {head[:12]} and {base.name} part",
                advice="fetch it whole: git fetch --unshallow (actions/checkout: fetch-depth: 0)",
            )
        raise BadInput(f"{head[:12]} and {base.name} have no history in common")

    def _trusted_merge_base(self, head: str, base: str) -> list[str]:
        """The merge bases, best first; none when the cut of a shallow history may hide a better one."""
        code, said = output(self.root, "merge-base", "--all", head, base, codes=(0, 1))
        found = said.decode().split()
        if code or not found:
            return []
        if self._is_shallow():
            cut = set(Path(self._git_path("shallow")).read_text(encoding="ascii").split())
            _, between = output(self.root, "rev-list", head, base, "--not", *found)
            if cut & set(between.decode().split()):
                return []
        best = self._line("merge-base", head, base) if len(found) > 1 else found[0]
        return [best, *(each for each in found if each != best)]

    def _is_shallow(self) -> bool:
        common = git_places(self.root).common
        if common is not None and not (common / "shallow").exists():
            return False
        return self._line("rev-parse", "--is-shallow-repository") == "true"

    def _git_path(self, name: str) -> Path:
        return self.root / self._line("rev-parse", "--git-path", name)

    def _default_base(self) -> str:
        remote = self._remote()
        if remote:
            code, said = output(
                self.root, "symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD", codes=(0, 1, 128)
            )
            if code == 0:
                return said.decode().strip().removeprefix("refs/remotes/")
        for name in ("main", "master"):
            for full in (f"refs/remotes/{remote}/{name}", f"refs/heads/{name}"):
                if output(self.root, "rev-parse", "--quiet", "--verify", full, codes=(0, 1, 128))[0] == 0:
                    return name
        raise BadInput("no base is named, and there is no main or master", advice="name it with --base")

    def _remote(self) -> str:
        remotes = self._line("remote").split()
        for remote in remotes if self._name else ():
            code, url = output(self.root, "config", "--get", f"remote.{remote}.url", codes=(0, 1))
            there = address(url.decode(errors="replace"))
            if code == 0 and urlsplit(there).path.strip("/").lower() == self._name.lower():
                return remote
        return "origin" if "origin" in remotes else (remotes[0] if len(remotes) == 1 else "")

    def _local(self, name: str) -> str:
        try:
            return self._commit(name)
        except CommandFailed:
            raise BadInput(
                f"there is no {printable(name)} here", advice="name a branch, a tag or a commit with --base"
            ) from None

    def _here(self, commit: str) -> str:
        """*commit*, fetched from the remote when it is not here."""
        if not _COMMIT.fullmatch(commit):
            raise BadInput(f"not a commit: {printable(commit, limit=80)!r}", advice="give all its hex digits")
        if output(self.root, "cat-file", "-e", f"{commit}^{{commit}}", codes=(0, 1, 128))[0] != 0:
            remote = self._remote()
            try:
                if remote:
                    self._fetch(remote, commit)
                return self._commit(commit)
            except CommandFailed as error:
                raise BadInput(f"commit {commit[:12]} is not here: {error.message}") from None
        return commit

    def _commit(self, name: str) -> str:
        found = self._line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if not _COMMIT.fullmatch(found):
            raise CommandFailed(f"{printable(name)} names no commit")
        return found

    def _line(self, *arguments: str) -> str:
        return output(self.root, *arguments)[1].decode(errors="replace").strip()
