"""Real programs as reviewers: what they see, what they leave, how they are stopped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.review.repositories import on_path
from wholeship.adapters.reviewers import PRESETS, CommandReviewers, Place, _claude_reply
from wholeship.core.errors import BadInput
from wholeship.review.ports import SECRETS_OF_THE_HOST, Answer
from wholeship.review.settings import ReviewerSpec


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """The head's files and the base's."""
    for name in ("head", "base"):
        (tmp_path / name).mkdir()
    return tmp_path / "head", tmp_path / "base"


def ask(tmp_path: Path, trees: tuple[Path, Path], script: str, **more: object) -> Answer:
    """The answer of a shell script."""
    spec = ReviewerSpec("mine", ("/bin/sh", "-c", script), **more)  # type: ignore[arg-type]
    return CommandReviewers(tmp_path / "logs").ask(
        spec, "the prompt", trees[0], trusted=trees[1], cost_limit=1.0
    )


def test_it_reads_the_prompt_and_writes_the_reply(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """The prompt is its standard input, its standard output the reply; complaints go to the log."""
    answer = ask(tmp_path, trees, "cat; echo thinking >&2")
    assert (answer.text, answer.problem) == (b"the prompt", "")
    assert "thinking" in (tmp_path / "logs/reviewer-mine.log").read_text()


def test_a_reply_may_be_left_in_a_file(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """A reviewer that chats on standard output leaves its reply in the file named to it, by no link."""
    script = 'echo "I will"; test -s "$WHOLESHIP_REPLY_SCHEMA" && echo "{}" > "$WHOLESHIP_REPLY_FILE"'
    assert ask(tmp_path, trees, script).text == b"{}\n"
    linked = 'ln -s /etc/hostname "$WHOLESHIP_REPLY_FILE"; echo said'
    assert ask(tmp_path, trees, linked).text == b"said\n"


def test_it_sees_no_token_and_no_home(
    tmp_path: Path, trees: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the environment it sees what is harmless and what was asked for; its home is a thrown-away one."""
    home = Path(os.environ["HOME"])
    (home / ".config/gh").mkdir(parents=True)
    (home / ".config/gh/hosts.yml").write_text("oauth_token: x")
    (home / ".tool").mkdir()
    (home / ".tool/auth.json").write_text("key\n")
    for name in (
        *SECRETS_OF_THE_HOST,
        "AWS_SECRET_ACCESS_KEY",
        "NPM_TOKEN",
        "SSH_AUTH_SOCK",
        "GITHUB_OUTPUT",
    ):
        monkeypatch.setenv(name, "hush-hush")
    monkeypatch.setenv("MODEL_KEY", "for the model")
    script = 'env; cat ~/.tool/auth.json; ls -A ~; echo "home=$HOME"'
    said = ask(tmp_path, trees, script, environment=("MODEL_KEY",), login=(".tool/auth.json",)).text.decode()
    assert "hush-hush" not in said
    assert "MODEL_KEY=for the model" in said
    assert "key\n" in said
    assert ".config" not in said.split("\n")
    assert f"home={home}" not in said
    left = said.partition("home=")[2].strip()
    assert left
    assert not Path(left).exists()


@pytest.mark.parametrize("name", [*SECRETS_OF_THE_HOST, "github_token"])
def test_a_token_of_the_code_host_cannot_be_asked_for(
    tmp_path: Path, trees: tuple[Path, Path], name: str
) -> None:
    """Naming such a variable is refused, not granted."""
    assert "given to nobody" in ask(tmp_path, trees, "env", environment=(name,)).problem


@pytest.mark.parametrize("login", ["/etc/passwd", "../other/key"])
def test_login_files_are_below_the_home(tmp_path: Path, trees: tuple[Path, Path], login: str) -> None:
    """A login file outside the home folder is refused."""
    assert "below the home folder" in ask(tmp_path, trees, "true", login=(login,)).problem


def test_time_up_ends_the_whole_group(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """At the time limit the program and everything it started are gone."""
    script = "(trap '' TERM; echo $$ > pids; sleep 300) & sleep 300 & echo $! >> pids; wait"
    began = time.monotonic()
    answer = ask(tmp_path, trees, script, timeout=0.5)
    assert "longer than 0.5 s" in answer.problem
    assert time.monotonic() - began < 20
    for pid in (trees[0] / "pids").read_text().split():
        state = Path(f"/proc/{pid}/stat")
        assert not state.exists() or state.read_text().split(")")[1].split()[0] == "Z"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo out of credits >&2; exit 3", "exit code 3: out of credits"),
        ("kill -9 $$", "exit code -9"),
        ("head -c 3000000 /dev/zero; sleep 60", "longer than"),
        ("head -c 3000000 /dev/zero", "longer than"),
        ("head -c 3000000 /dev/zero >&2; sleep 60", "longer than"),
    ],
)
def test_a_bad_end_is_a_problem(tmp_path: Path, trees: tuple[Path, Path], script: str, said: str) -> None:
    """A bad exit code, a kill, or a flood of output is no answer."""
    answer = ask(tmp_path, trees, script)
    assert said in answer.problem
    assert answer.text == b""


def test_secrets_stay_out_of_the_log(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """What is shaped like a token is redacted before it is written."""
    token = "ghp_" + "0a1B2c3D4e5F6g7H8i9J" * 2
    ask(tmp_path, trees, f"echo {token}; echo {token} >&2")
    log = (tmp_path / "logs/reviewer-mine.log").read_text()
    assert token not in log
    assert "***" in log


def test_a_reviewer_of_the_repository_is_the_base_s(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """A program or script that is a file of the repository runs as the base has it, or not at all."""
    head, base = trees
    for tree, word in ((head, "forged"), (base, "honest")):
        (tree / "tools").mkdir()
        (tree / "tools/review").write_text(f"#!/bin/sh\necho {word}\n")
        (tree / "tools/review").chmod(0o755)
    (head / "tools/new").write_text("#!/bin/sh\necho forged\n")
    reviewers = CommandReviewers(tmp_path / "logs")

    def said(*command: str) -> Answer:
        return reviewers.ask(ReviewerSpec("mine", command), "", head, trusted=base, cost_limit=1.0)

    assert said("tools/review").text == b"honest\n"
    assert said("./tools/review").text == b"honest\n"
    assert said("sh", "tools/review").text == b"honest\n"
    assert "the base has no tools/new" in said("tools/new").problem
    assert "the base has no tools/new" in said("sh", "tools/new").problem
    before = reviewers.identity(ReviewerSpec("mine", ("tools/review",)), base)
    (base / "tools/review").write_text("#!/bin/sh\necho another\n")
    assert reviewers.identity(ReviewerSpec("mine", ("tools/review",)), base) != before


def test_an_unknown_reviewer_is_refused(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """A name that is no preset needs a command."""
    with pytest.raises(BadInput, match="no reviewer"):
        CommandReviewers(tmp_path).ask(ReviewerSpec("nobody"), "", trees[0], trusted=trees[1], cost_limit=1.0)


# -- presets -----------------------------------------------------------------------------------------------


def double(tmp_path: Path, name: str, body: str) -> None:
    """A program called *name* that notes its arguments."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(
        "#!/usr/bin/env python3\nimport sys, json\n"
        f'if "--version" in sys.argv:\n    print("{name} 9.9")\n    sys.exit()\n'
        f"prompt, words = sys.stdin.read(), sys.argv\n{body}\n"
    )
    (folder / name).chmod(0o755)


PROGRAMS: Mapping[str, str] = {
    "claude": 'print(json.dumps({"type": "result", "is_error": False, "result": "", "total_cost_usd": 0.25, '
    '"structured_output": {"said": prompt}}))',
    "codex": 'with open(words[words.index("--output-last-message") + 1], "w") as file: '
    'json.dump({"said": prompt}, file)\nprint("noise")',
    "pi": 'print(json.dumps({"said": prompt}))',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_preset_finds_the_reply(
    tmp_path: Path, trees: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each preset is called without tools that write, and its reply is found where it leaves it."""
    double(tmp_path, name, PROGRAMS[name])
    monkeypatch.setenv("PATH", on_path(tmp_path / "bin"))
    spec = ReviewerSpec(name, model="large")
    reviewers = CommandReviewers(tmp_path / "logs")
    answer = reviewers.ask(spec, "the prompt", trees[0], trusted=trees[1], cost_limit=2.0)
    assert answer.problem == ""
    assert json.loads(answer.text) == {"said": "the prompt"}
    assert answer.cost == (0.25 if name == "claude" else None)
    assert f"{name} 9.9" in reviewers.identity(spec, trees[1])
    assert "large" in reviewers.identity(spec, trees[1])


@pytest.mark.parametrize(
    "output",
    [
        b"Credit balance is too low",
        b'{"type": "result", "is_error": true, "result": "rate limit"}',
        b'{"type": "result", "subtype": "error_max_budget_usd", "is_error": true}',
        b"[]",
        b'{"result": "{}"}',
    ],
)
def test_claude_s_refusals_are_no_reply(output: bytes) -> None:
    """An envelope that reports an error, or is none, gives no reply."""
    with pytest.raises(BadInput):
        _claude_reply(output)


def test_a_refusal_is_told_in_its_own_words(
    tmp_path: Path, trees: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a preset's program ends badly and says why in its envelope, that is the reason."""
    said = {"type": "result", "is_error": True, "result": "Not logged in"}
    double(tmp_path, "claude", f"print(json.dumps({said!r}))\nsys.exit(1)")
    monkeypatch.setenv("PATH", on_path(tmp_path / "bin"))
    answer = CommandReviewers(tmp_path / "logs").ask(
        ReviewerSpec("claude"), "", trees[0], trusted=trees[1], cost_limit=1.0
    )
    assert answer.problem == "it ended with exit code 1: claude did not finish: Not logged in"
    assert answer.text == b""


@pytest.mark.real
@pytest.mark.parametrize("name", PRESETS)
def test_the_real_programs_know_the_flags(tmp_path: Path, name: str) -> None:
    """Where a preset's program is installed, its help names every flag that we use."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    words = PRESETS[name].command(ReviewerSpec(name, model="m"), Place(tmp_path, tmp_path), 1.0)
    options = ["exec", "--help"] if name == "codex" else ["--help"]
    done = subprocess.run([path, *options], capture_output=True, text=True, timeout=60, check=False)
    for flag in (word for word in words if word.startswith("--")):
        assert flag in done.stdout + done.stderr, flag
