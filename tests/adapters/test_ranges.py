"""The change between two commits, from real repositories: clean, deep enough, whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.review.repositories import Repo
from wholeship.adapters.ranges import GitRepository
from wholeship.core.errors import BadInput, Unfinished


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """main with one commit, and a branch `change` with another."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.py": "one\ntwo\n"}, "feat: base")
    repo.git("switch", "--quiet", "--create", "change")
    repo.commit({"a.py": "one\n2\n", "b.py": "new\n"}, "fix: change")
    return repo


def test_a_change_is_captured(repo: Repo) -> None:
    """Head, base, merge base, subjects and the diff, all of the commits and of nothing else."""
    found = GitRepository(repo.path).capture("main", fetch=True)
    assert found.head == repo.git("rev-parse", "HEAD")
    assert found.base == found.merge_base == repo.git("rev-parse", "main")
    assert found.subjects == ("fix: change",)
    assert [(f.path, f.status, f.added, f.deleted) for f in found.diff.files] == [
        ("a.py", "M", 1, 1),
        ("b.py", "A", 1, 0),
    ]
    assert found.remarks == ()


def test_the_base_is_where_they_part(repo: Repo) -> None:
    """What main got meanwhile is not part of the change."""
    repo.git("switch", "--quiet", "main")
    parted = repo.git("rev-parse", "HEAD")
    repo.commit({"c.py": "main only\n"})
    repo.git("switch", "--quiet", "change")
    found = GitRepository(repo.path).capture("main", fetch=True)
    assert found.merge_base == parted != found.base
    assert {file.path for file in found.diff.files} == {"a.py", "b.py"}


@pytest.mark.parametrize("how", ["changed", "staged", "untracked", "deleted"])
def test_a_tree_that_is_not_clean_is_not_reviewed(repo: Repo, how: str) -> None:
    """A changed, staged, untracked or missing file stops the review, and is named."""
    if how == "untracked":
        (repo.path / "new.py").write_text("x")
    elif how == "deleted":
        (repo.path / "a.py").unlink()
    else:
        (repo.path / "a.py").write_text("x")
    if how == "staged":
        repo.git("add", "a.py")
    with pytest.raises(Unfinished, match=r"not clean: 1 changed or untracked files, the first: .*py"):
        GitRepository(repo.path).capture("main", fetch=True)


def test_a_tree_that_is_not_the_head_is_not_reviewed(repo: Repo) -> None:
    """When another commit is the pull request's head, both are named."""
    with pytest.raises(Unfinished, match="the head of the pull request is ffffffffffff"):
        GitRepository(repo.path).capture("main", fetch=True, expected_head="f" * 40)


def test_nothing_to_review_is_said(repo: Repo) -> None:
    """A head that changes nothing is asked wrongly, not passed."""
    with pytest.raises(BadInput, match="nothing to review"):
        GitRepository(repo.path).capture("change", fetch=True)


@pytest.mark.parametrize("base", ["nowhere", "--upload-pack=x", "ma in", "main@{9}", "0" * 40, "a..b"])
def test_a_base_that_is_none_is_refused(repo: Repo, base: str) -> None:
    """Unknown names, options and tricks are asked wrongly."""
    with pytest.raises(BadInput):
        GitRepository(repo.path).capture(base, fetch=True)


def test_the_base_is_fetched(repo: Repo, tmp_path: Path) -> None:
    """With a remote the base is what the remote has now, not what was seen last."""
    clone = cloned(repo, tmp_path)
    repo.git("switch", "--quiet", "main")
    newest = repo.commit({"c.py": "newer\n"})
    (tmp_path / "clone/z.py").write_text("z\n")
    clone.commit_all()
    assert GitRepository(clone.path).capture("main", fetch=False).base != newest
    said = GitRepository(clone.path).capture("main", fetch=False).remarks
    assert said == ("the base was not fetched: main as it was here",)
    found = GitRepository(clone.path).capture("main", fetch=True)
    assert (found.base, found.base_name, found.remarks) == (newest, "origin/main", ())
    clone.git("remote", "set-head", "origin", "main")
    assert GitRepository(clone.path).capture("", fetch=True).base == newest


def test_the_base_comes_from_the_repository_of_the_pull_request(repo: Repo, tmp_path: Path) -> None:
    """Where origin is a fork, the base is fetched from the remote that the pull request is for."""
    upstream = tmp_path / "acme/shop"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(upstream))
    clone = cloned(repo, tmp_path)
    clone.git("remote", "add", "upstream", "https://github.invalid/acme/shop.git")
    clone.git("config", f"url.{upstream}.insteadOf", "https://github.invalid/acme/shop.git")
    clone.commit({"z.py": "z\n"})
    assert GitRepository(clone.path).capture("main", fetch=True).base_name == "origin/main"
    assert GitRepository(clone.path, "Acme/Shop").capture("main", fetch=True).base_name == "upstream/main"
    assert GitRepository(clone.path, "acme/other").capture("main", fetch=True).base_name == "origin/main"


def test_a_remote_that_does_not_answer_is_said(repo: Repo, tmp_path: Path) -> None:
    """A base that cannot be fetched stops the review; taking it as it is here is an explicit act."""
    clone = cloned(repo, tmp_path)
    clone.commit({"z.py": "z\n"})
    clone.git("remote", "set-url", "origin", str(tmp_path / "gone"))
    with pytest.raises(Unfinished, match="could not be fetched") as caught:
        GitRepository(clone.path).capture("main", fetch=True)
    assert "--no-fetch" in caught.value.advice
    assert GitRepository(clone.path).capture("main", fetch=False).diff.files


def test_a_local_base_is_named_as_such(repo: Repo, tmp_path: Path) -> None:
    """A branch that only exists here is taken, with a remark."""
    clone = cloned(repo, tmp_path)
    clone.git("branch", "local-only")
    clone.commit({"z.py": "z\n"})
    found = GitRepository(clone.path).capture("local-only", fetch=True)
    assert found.remarks == ("origin has no branch local-only: the local local-only is the base",)


def cloned(repo: Repo, tmp_path: Path, *options: str) -> Repo:
    url = f"file://{repo.path}"
    repo.git("clone", "--quiet", *options, "--branch=change", url, str(tmp_path / "clone"))
    clone = Repo.__new__(Repo)
    clone.path = tmp_path / "clone"
    return clone


def long_history(repo: Repo) -> str:
    """main and change get sixty commits each after they part; the commit where they part."""
    parted = repo.git("merge-base", "main", "change")
    for branch in ("main", "change"):
        repo.git("switch", "--quiet", branch)
        for number in range(60):
            repo.git("commit", "--quiet", "--allow-empty", "-m", f"{branch} {number}")
    return parted


def test_a_shallow_clone_is_deepened(repo: Repo, tmp_path: Path) -> None:
    """In a shallow clone the history is fetched until it shows where the two part."""
    parted = long_history(repo)
    clone = cloned(repo, tmp_path, "--depth=1", "--no-single-branch")
    found = GitRepository(clone.path).capture("main", fetch=True)
    assert found.merge_base == parted
    assert {file.path for file in found.diff.files} == {"a.py", "b.py"}


def test_a_shallow_clone_that_may_not_fetch_is_an_error(repo: Repo, tmp_path: Path) -> None:
    """Without fetching, a history that is too short is said to be, with what to do."""
    long_history(repo)
    clone = cloned(repo, tmp_path, "--depth=3", "--no-single-branch")
    with pytest.raises(Unfinished, match="too short") as caught:
        GitRepository(clone.path).capture("main", fetch=False)
    assert "fetch-depth: 0" in caught.value.advice


def test_a_cut_that_hides_the_better_merge_base_is_not_trusted(repo: Repo, tmp_path: Path) -> None:
    """A common ancestor that shows is not taken while the cut may hide a later one."""
    parted = repo.git("rev-parse", "main")
    repo.git("switch", "--quiet", "main")
    later = repo.commit({"m.py": "main\n"})
    # A side branch from the later commit of main is merged into change: that commit is the merge base.
    repo.git("switch", "--quiet", "--create", "side")
    side = repo.commit({"s.py": "side\n"})
    repo.git("switch", "--quiet", "change")
    repo.git("merge", "--quiet", "--no-edit", "side")
    repo.git("switch", "--quiet", "main")
    repo.commit({"n.py": "main\n"})
    clone = cloned(repo, tmp_path, "--no-single-branch")
    assert GitRepository(clone.path).capture("main", fetch=False).merge_base == later
    # Cut at the side branch: what shows is where the two parted first.
    (clone.path / ".git/shallow").write_text(side + "\n")
    assert clone.git("merge-base", "HEAD", "origin/main") == parted
    with pytest.raises(Unfinished, match="too short"):
        GitRepository(clone.path).capture("main", fetch=False)


def test_strangers_have_no_merge_base(repo: Repo) -> None:
    """Two histories without a common commit are asked wrongly."""
    repo.git("switch", "--quiet", "--orphan", "other")
    repo.commit({"x": "x"})
    with pytest.raises(BadInput, match="no history in common"):
        GitRepository(repo.path).capture("main", fetch=True)


def test_attributes_of_the_change_hide_nothing(repo: Repo) -> None:
    """Files that the change declares binary, or gives a driver, are shown line by line all the same."""
    repo.git("config", "diff.evil.command", "false")
    repo.git("config", "diff.evil.textconv", "false")
    repo.commit({".gitattributes": "*.py -diff\nc.py binary\nd.py diff=evil\n", "c.py": "c\n", "d.py": "d\n"})
    (repo.path / ".git/info").mkdir(exist_ok=True)
    found = {f.path: f for f in GitRepository(repo.path).capture("main", fetch=True).diff.files}
    assert [line.text for line in found["c.py"].lines] == ["c"]
    assert [line.text for line in found["d.py"].lines] == ["d"]
    assert not any(file.binary for file in found.values())


def test_a_person_s_own_diff_settings_change_nothing(repo: Repo) -> None:
    """Prefixes, colours, context and renames of the user's configuration leave the diff as it is."""
    before = GitRepository(repo.path).capture("main", fetch=True).diff.patch
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "color.ui": "always",
        "diff.context": "0",
        "diff.interHunkContext": "9",
        "diff.renames": "false",
        "diff.algorithm": "patience",
        "diff.suppressBlankEmpty": "true",
        "diff.submodule": "log",
        "core.quotePath": "true",
        "core.abbrev": "40",
    }.items():
        repo.git("config", key, value)
    after = GitRepository(repo.path).capture("main", fetch=True).diff.patch
    assert after.replace(b"0" * 40, b"") != b""
    assert [line for line in after.split(b"\n") if not line.startswith(b"index ")] == [
        line for line in before.split(b"\n") if not line.startswith(b"index ")
    ]


def test_no_hook_and_no_monitor_is_run(repo: Repo, tmp_path: Path) -> None:
    """Hooks and monitors of the repository's configuration do not run, in no step."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (repo.path / ".git/hooks").mkdir(exist_ok=True)
        (repo.path / ".git/hooks" / hook).symlink_to(trap)
    repo.git("config", "core.fsmonitor", str(trap))
    (tmp_path / "sprung").unlink(missing_ok=True)
    here = GitRepository(repo.path)
    found = here.capture("main", fetch=True)
    with here.worktree(found.head) as tree, here.export(found.head) as files:
        assert (tree / "b.py").read_text() == (files / "b.py").read_text() == "new\n"
    assert not (tmp_path / "sprung").exists()


def test_submodules_modes_links_and_renames_are_read(repo: Repo) -> None:
    """Everything that is not lines is told apart by its mode."""
    repo.git("mv", "b.py", "c.py")
    repo.commit_all()
    repo.plant(
        {
            "sub": ("160000", b"1" * 40),
            "a.py": ("100755", b"one\n2\n"),
            "link": ("120000", b"/etc/passwd"),
            "blob.bin": ("100644", b"\x00\x01" * 50),
        }
    )
    found = {f.path: f for f in GitRepository(repo.path).diff("HEAD~2", "HEAD").files}
    assert found["sub"].is_submodule
    assert found["a.py"].mode_changed
    assert found["link"].is_symlink
    assert found["blob.bin"].binary
    assert (found["c.py"].status, found["c.py"].similarity) == ("R", 100)


def test_the_tree_of_a_merge_queue_is_computed(repo: Repo) -> None:
    """Merging heads into a base gives the tree that a merge, or a squash, of them has."""
    base = repo.git("rev-parse", "main")
    head = repo.git("rev-parse", "change")
    repo.git("switch", "--quiet", "--create", "other", "main")
    other = repo.commit({"o.py": "o\n"})
    repo.git("switch", "--quiet", "--create", "clash", "main")
    clash = repo.commit({"a.py": "another\n"})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
    repo.git("merge", "--quiet", "--squash", "other")
    repo.git("commit", "--quiet", "-m", "squashed")
    here = GitRepository(repo.path)
    assert here.merged_tree(base, (head, other)) == here.tree_of(repo.git("rev-parse", "HEAD"))
    assert here.merged_tree(base, (head, clash)) == ""
    with pytest.raises(BadInput):
        here.tree_of("f" * 40)


def test_outside_of_a_repository_that_is_said(tmp_path: Path) -> None:
    """Where there is no repository, or no commit yet, there is an advice and no traceback."""
    with pytest.raises(Unfinished, match="no commit"):
        GitRepository(tmp_path).head()
    with pytest.raises(Unfinished, match="no commit"):
        GitRepository(Repo(tmp_path / "empty").path).head()


NASTY = (
    "diff --git a/x b/x",
    "@@ -1 +900 @@",
    "+++ b/x",
    "--- a/x",
    "\\ No newline at end of file",
    "",
    "+",
    "-",
    " x",
    "Binary files a/x and b/x differ",
    "x\ry",
    "\u202e\u2028",
    "rename from x",
    "index 1..2",
)
contents = st.lists(st.sampled_from(NASTY), max_size=12).map("\n".join)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository for many commits."""
    with pytest.MonkeyPatch.context() as patch:
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Test")
            patch.setenv(f"GIT_{who}_EMAIL", "test@example.invalid")
        repo = Repo(tmp_path_factory.mktemp("scratch"))
        repo.commit({"start": "x"})
    return repo


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(contents, contents), st.tuples(contents, contents))
def test_every_added_line_is_where_it_says(scratch: Repo, one: tuple[str, str], two: tuple[str, str]) -> None:
    """Whatever the content, each added line stands in the new file under its number, and none is missed."""
    scratch.commit({"a": one[0], "b": two[0]})
    scratch.commit({"a": one[1], "b": two[1]})
    found = {file.path: file for file in GitRepository(scratch.path).diff("HEAD~1", "HEAD").files}
    for name, (old, new) in {"a": one, "b": two}.items():
        if old == new:
            assert name not in found
            continue
        now = new.split("\n")
        assert [(line.number, now[line.number - 1]) for line in found[name].lines] == [
            (line.number, line.text) for line in found[name].lines
        ]
        assert len(found[name].lines) == found[name].added
