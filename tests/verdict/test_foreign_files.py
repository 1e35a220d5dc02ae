"""No "whole" on the word of a file of the repository that something else may have replaced before it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verdict.test_what_may_push import APP, WORKER, asked, job, run
from wholeship.verdict.report import WorkflowReport

FILES = {
    "ci/release.sh": "#!/bin/sh\necho moved to another repository\n",
    "ci/tool.py": "print('nothing')\n",
    "ci/other.patch": "--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-a\n+b\n",
    "ci/ship.patch": "--- a/ci/release.sh\n+++ b/ci/release.sh\n@@ -1 +1 @@\n-a\n+b\n",
    ".gitmodules": '[submodule "ci"]\n\tpath = ci\n\turl = https://git.example/ci\n',
    "Makefile": "ship:\n\t@echo nothing\ninclude ci/more.mk\n",
    "ci/more.mk": "more:\n\t@echo nothing\n",
    "justfile": "ship:\n  echo nothing\n",
    "package.json": '{"scripts": {"ship": "echo nothing"}}',
    "README.md": "a\n",
    "ci/act/action.yml": "runs: {using: composite, steps: [{run: echo nothing, shell: bash}]}",
    "ci/code/action.yml": "runs: {using: node20, main: index.js}",
    "ci/code/index.js": "console.log('nothing')",
}
TABLE = (Path(__file__).parent / "fixtures" / "foreign_files.txt").read_text().splitlines()
ROWS = [tuple(line.split(" | ", 1)) for line in TABLE if line and not line.startswith("#")]
REPLACING = [text for kind, text in ROWS if kind == "replaces"]
KEEPING = [text for kind, text in ROWS if kind == "keeps"]
STEPS = [text for kind, text in ROWS if kind == "step"]
SAFE_STEPS = [text for kind, text in ROWS if kind == "safe step"]
READERS = [
    "./ci/release.sh",
    "bash ci/release.sh",
    "source ci/release.sh",
    "cd ci && ./release.sh",
    '"$GITHUB_WORKSPACE/ci/release.sh"',
    "bash < ci/release.sh",
    "cat ci/release.sh | bash",
    "python3 ci/tool.py",
    "make ship",
    "make -f ci/more.mk more",
    "env A=b ci/release.sh",
    "xargs -n1 ci/release.sh < README.md",
]


def released(*steps: str) -> WorkflowReport:
    """*steps*, then worker and app."""
    texts = (*steps, run(WORKER), run(APP))
    return asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{job("one", *texts)}', FILES)


def action(text: str) -> str:
    """``uses: NAME@VERSION@{INPUTS}`` as a step."""
    name, _, inputs = text.rpartition("@{")
    return f"      - {name}\n        with: {{{inputs}\n"


def _told(report: WorkflowReport) -> bool:
    return report.whole is not True and any(each.rule == "hidden-publish" for each in report.findings)


@pytest.mark.parametrize("text", REPLACING)
def test_a_script_that_may_have_been_replaced_in_its_step_may_push(text: str) -> None:
    """What a command has put there runs, and not what the repository has."""
    assert _told(released(run(f"{text}\n./ci/release.sh")))


@pytest.mark.parametrize("text", REPLACING)
def test_a_script_that_a_step_before_may_have_replaced_may_push(text: str) -> None:
    """The work tree outlives the step."""
    assert _told(released(run(text), run("./ci/release.sh")))


@pytest.mark.parametrize("text", KEEPING)
def test_what_is_put_elsewhere_replaces_nothing(text: str) -> None:
    """Another folder, another file, the commit's own: the script is still that of the repository."""
    assert released(run(text), run("./ci/release.sh")).whole is True
    assert released(run(f"{text}\n./ci/release.sh")).whole is True


@pytest.mark.parametrize("reader", READERS)
def test_however_a_file_is_run_it_counts_who_put_it_there(reader: str) -> None:
    """Each way to run it is harmless while it is the repository's, and unknown once it may be another's."""
    assert released(run(reader)).whole is True
    assert _told(released(run("tar xf tools.tar"), run(reader)))


@pytest.mark.parametrize("text", STEPS)
@pytest.mark.parametrize("reader", ["./ci/release.sh", "python3 ci/tool.py"])
def test_a_script_that_an_action_may_have_replaced_may_push(text: str, reader: str) -> None:
    """Another repository or ref is checked out over it, or an artifact is unpacked there."""
    assert _told(released(action(text), run(reader)))


@pytest.mark.parametrize("text", SAFE_STEPS)
def test_a_checkout_of_the_run_s_own_commit_replaces_nothing(text: str) -> None:
    """The event's commit in all its spellings, a ref that the run is given, another folder."""
    assert released(action(text), run("./ci/release.sh\nmake ship")).whole is True


def test_an_action_of_the_repository_is_read() -> None:
    """Its steps are those that the repository has."""
    assert released("      - uses: ./ci/act\n").whole is True


@pytest.mark.parametrize("action", ["./ci/act", "./ci/code", "./ci/setup"])
def test_an_action_in_a_folder_of_another_repository_may_push(action: str) -> None:
    """``uses: ./ci/act`` is taken from the work tree, as the steps before have left it."""
    other = "      - uses: actions/checkout@v4\n        with: {repository: acme/tools, path: ci}\n"
    assert _told(released(other, f"      - uses: {action}\n"))


def test_a_checkout_of_the_own_commit_puts_everything_back() -> None:
    """After it, the files are those of the repository again."""
    tools = "      - uses: actions/checkout@v4\n        with: {repository: acme/tools}\n"
    own = "      - uses: actions/checkout@v4\n"
    assert released(tools, own, run("./ci/release.sh")).whole is True
    assert _told(released(tools, own.replace("v4", "v4\n        if: vars.again"), run("./ci/release.sh")))


def test_the_files_of_another_job_are_its_own() -> None:
    """Each job starts with an empty work tree."""
    tools = "      - uses: actions/checkout@v4\n        with: {repository: acme/tools}\n"
    jobs = job("a", tools, run("echo")) + job("b", run("./ci/release.sh"), run(f"{WORKER}\n{APP}"))
    assert asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{jobs}', FILES).whole is True


def test_an_artifact_of_one_file_replaces_that_file_only() -> None:
    """What the other job uploads is known: a file of another name in the same folder stays."""
    made = run("echo x > versions.txt") + (
        "      - uses: actions/upload-artifact@v4\n        with: {name: v, path: versions.txt}\n"
    )
    taken = "      - uses: actions/download-artifact@v4\n        with: {name: NAME}\n"
    rest = (run("./ci/release.sh"), run(f"{WORKER}\n{APP}"))
    for name, whole in (("v", True), ("w", None)):
        other = job("b", taken.replace("NAME", name), *rest).replace("  b:\n", "  b:\n    needs: a\n")
        report = asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{job("a", made)}{other}', FILES)
        assert report.whole is whole


@pytest.mark.parametrize(
    "text",
    [
        "cat > ci/release.sh <<'EOF'\ndocker push r.example/acme/app:$GITHUB_REF_NAME\nEOF",
        "echo 'docker push r.example/acme/app:1' >> ci/release.sh",
        "echo 'docker push r.example/acme/app:1' | tee ci/release.sh",
        "git show other:release.sh > ci/release.sh",
        'base64 -d <<< "$TEXT" > ci/release.sh',
    ],
)
def test_a_file_that_a_step_before_has_written_is_not_the_repository_s(text: str) -> None:
    """It is written in one step and run in the next."""
    assert released(run(text), run("./ci/release.sh")).whole is not True


@pytest.mark.parametrize(
    "text",
    [
        "printf 'ship:\\n\\tdocker push r.example/acme/app:$$GITHUB_REF_NAME\\n' > Makefile\nmake ship",
        "cat > ci/tool.py <<'EOF'\nimport os\nos.system('docker push x')\nEOF\npython3 ci/tool.py",
        f'echo \'{{"scripts": {{"ship": "{APP}"}}}}\' > package.json\nnpm run ship',
        "cat > ci/release.sh <<'EOF'\necho nothing\nEOF\ntar xf tools.tar\n./ci/release.sh",
    ],
)
def test_a_file_that_the_script_has_written_is_what_its_programs_read(text: str) -> None:
    """Make, Python and npm read what is there by then."""
    assert released(run(text)).whole is not True
