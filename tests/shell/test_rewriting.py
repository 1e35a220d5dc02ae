"""Files that a program writes anew, and what is another text in each job."""

from __future__ import annotations

import pytest

from wholeship.shell.foreign import WorkTree
from wholeship.shell.interpret import interpret
from wholeship.shell.names import LEG
from wholeship.shell.rewriting import rewritten
from wholeship.texts.template import Origin, Template

FILES = {
    "VERSION": "1.0\n",
    "package.json": '{"version": "1.0"}\n',
    "Cargo.toml": 'version = "1.0"\n',
    "pyproject.toml": 'version = "1.0"\n',
    "pom.xml": "<version>1</version>\n",
    "v.yaml": "version: 1\n",
    "bump.py": 'open("VERSION", "w").write("2")\n',
    "say.py": 'print("VERSION")\n',
    ".bumpversion.cfg": "[bumpversion:file:src/app.py]\n",
    "src/app.py": "v = 1\n",
}


def words(line: str) -> tuple[Template, ...]:
    """*line* as a program gets it."""
    return tuple(Template.of(word) for word in line.split())


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("sed -i s/1/2/ VERSION", "VERSION"),
        ("perl -pi -e s/1/2/ VERSION", "VERSION"),
        ("yq -i .version=2 v.yaml", "v.yaml"),
        ("dd of=VERSION", "VERSION"),
        ("ed VERSION", "VERSION"),
        ("sponge VERSION", "VERSION"),
        ("python3 bump.py", "VERSION"),
        ("npm version patch", "package.json"),
        ("npm pkg set version=2", "package.json"),
        ("yarn version --patch", "package.json"),
        ("pnpm exec changeset version", "package.json"),
        ("lerna version", "package.json"),
        ("cargo set-version 2.0.0", "Cargo.toml"),
        ("poetry version patch", "pyproject.toml"),
        ("mvn versions:set -DnewVersion=2", "pom.xml"),
        ("bump2version patch", "src/app.py"),
    ],
)
def test_what_raises_a_version_writes_its_file(line: str, path: str) -> None:
    """Editors in place and tools that raise a version write what they name, or are known to write."""
    assert path in rewritten(words(line), FILES.get)


@pytest.mark.parametrize(
    "line",
    ["sed s/1/2/ VERSION", "npm version", "npm ci", "poetry version -s", "cargo build", "python3 say.py"],
)
def test_what_only_reads_writes_nothing(line: str) -> None:
    """What reads a file, or builds with it, leaves it as the commit has it."""
    assert rewritten(words(line), FILES.get) == []


def said(script: str) -> Template:
    """What *script* says of the version."""
    found = interpret(f"{{ {script}; }} > said", read=FILES.get, tree=WorkTree())
    text = found.files["said"].only
    assert text is not None
    return text


def test_a_file_written_anew_is_no_text_of_the_commit() -> None:
    """After `sed -i` the text is not known; the same command on the same file gives the same."""
    assert said("cat VERSION").literal == "1.0\n"
    after = said("sed -i s/1/2/ VERSION; cat VERSION")
    assert after.literal is None
    assert after == said("sed -i s/1/2/ VERSION; cat VERSION")
    assert after != said("sed -i s/1/3/ VERSION; cat VERSION")


@pytest.mark.parametrize(
    ("raised", "reader"),
    [
        ("cargo set-version 2", "cargo pkgid"),
        ("poetry version 2", "poetry version -s"),
        ("npm version 2", "npm pkg get version"),
    ],
)  # fmt: skip
def test_a_tool_that_reads_the_file_unasked_reads_what_was_written(raised: str, reader: str) -> None:
    """`poetry version -s` behind `poetry version 2` says something else than before it."""
    assert said(f"{raised}; {reader}") != said(reader)


@pytest.mark.parametrize(
    "word",
    ["$$", "$BASHPID", "$PPID", "$EPOCHREALTIME", "$(printf '%(%s)T' -1)", "$(git rev-parse origin/main)",
     "$(git rev-parse FETCH_HEAD)", "$(git describe --dirty)", "$(git ls-remote origin main)", "$(ls /tmp)",
     "$(npm view app version)", "$GITHUB_ACTION", "$(node -p 'Date.now()' < VERSION)"],
)  # fmt: skip
def test_what_is_another_text_in_each_job_is_no_text_of_the_run(word: str) -> None:
    """A process, the time, what git or npm fetches: two jobs that ask for it need not get one text."""
    holes = said(f"echo {word}").holes
    assert holes
    assert all(hole.origin is Origin.JOB or hole.site == LEG for hole in holes)


def test_what_git_says_of_another_tree_is_its_job_s_own() -> None:
    """In a clone, and behind the checkout of a pull request, HEAD is not the commit of the run."""
    for before in ("git clone https://x.example/a lib; cd lib", "gh pr checkout 5"):
        holes = said(f"{before}; git rev-parse HEAD").holes
        assert holes[-1].site == LEG, before
