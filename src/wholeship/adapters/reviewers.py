"""External reviewers: programs that read a prompt and write one JSON verdict.

A reviewer has just read a stranger's text, so it is trusted with little: files without a repository, a
home folder that is thrown away, no variable that was not asked for, no token of the code host, a time
limit for its whole process group. Its reply is bytes, judged elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from wholeship.adapters.process import (
    LINE_LIMIT,
    PROXIES,
    Log,
    allowed_environment,
    ask_program,
    end,
    program_path,
)
from wholeship.adapters.suites import suite_environment as checked
from wholeship.core.errors import BadInput, CommandFailed, ToolMissing
from wholeship.core.jsons import parse_json
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.review.ports import Answer
from wholeship.review.settings import ReviewerSpec
from wholeship.review.verdict import REPLY_LIMIT, json_schema

ENVELOPE_LIMIT = 4 * REPLY_LIMIT
"""Bytes of a whole output; what is longer ends the reviewer."""
HARMLESS = ("PATH", "LANG", "LANGUAGE", "TZ", "TERM", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "GEMINI_API_KEY")
"""Keys of model providers: for a preset, which cannot speak to its model without."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reviewer works: ``tree`` to look around in, ``home`` to keep things in, both thrown away."""

    tree: Path
    home: Path

    @property
    def schema(self) -> Path:
        """The schema of a reply, as a file."""
        return self.home / "reply.schema.json"

    @property
    def reply(self) -> Path:
        """Where a reviewer may leave its reply instead of printing it."""
        return self.home / "reply.json"


@dataclass(frozen=True, slots=True)
class Preset:
    """How a well-known reviewer is called: without its user's and the project's own configuration.

    ``read`` finds the reply and the cost (US dollars) in what it printed.
    """

    command: Callable[[ReviewerSpec, Place, float], list[str]]
    read: Callable[[bytes], tuple[bytes, float | None]] = lambda output: (output, None)
    login: tuple[str, ...] = ()
    environment: tuple[str, ...] = KEYS
    cost: float = 0.5


def _claude(spec: ReviewerSpec, place: Place, cost: float) -> list[str]:
    return [
        *("claude", "--print", "--output-format", "json", "--json-schema", json.dumps(_reply_schema())),
        *("--safe-mode", "--strict-mcp-config", "--no-session-persistence", "--tools", "Read,Grep,Glob"),
        *("--max-budget-usd", f"{cost:.2f}", *_model("--model", spec)),
    ]


class _DidNotFinish(BadInput):
    """The program says itself that it has no reply, and why."""


def _claude_reply(output: bytes) -> tuple[bytes, float | None]:
    """The reply in the envelope of ``claude --output-format json``."""
    envelope = parse_json(output, what="the answer of claude")
    if not isinstance(envelope, dict) or envelope.get("is_error") or envelope.get("type") != "result":
        said = envelope.get("result") or envelope.get("subtype") if isinstance(envelope, dict) else ""
        raise _DidNotFinish(f"claude did not finish: {printable(str(said), limit=200)}")
    cost = envelope.get("total_cost_usd")
    found = cost if isinstance(cost, (int, float)) and not isinstance(cost, bool) and cost >= 0 else None
    if "structured_output" in envelope:
        return json.dumps(envelope["structured_output"]).encode(), found
    return str(envelope.get("result", "")).encode(), found


def _codex(spec: ReviewerSpec, place: Place, cost: float) -> list[str]:
    return [
        *("codex", "exec", "--sandbox", "read-only", "--skip-git-repo-check", "--ephemeral"),
        *("--ignore-user-config", "--ignore-rules", "--color", "never"),
        *("--output-last-message", str(place.reply), *_model("--model", spec), "-"),
    ]


def _pi(spec: ReviewerSpec, place: Place, cost: float) -> list[str]:
    return [
        *("pi", "--print", "--mode", "text", "--no-session", "--no-extensions", "--no-skills"),
        *("--no-prompt-templates", "--no-themes", "--no-context-files", "--tools", "read,grep,find,ls"),
        *_model("--model", spec),
    ]


def _model(flag: str, spec: ReviewerSpec) -> tuple[str, ...]:
    return (flag, spec.model) if spec.model else ()


PRESETS: Mapping[str, Preset] = {
    "pi": Preset(_pi, login=(".pi/agent/auth.json", ".pi/agent/models.json")),
    "claude": Preset(_claude, _claude_reply, login=(".claude/.credentials.json",)),
    "codex": Preset(_codex, login=(".codex/auth.json",)),
}
"""By the name that the release file uses. Flags: the programs' own ``--help``."""


class CommandReviewers:
    """:class:`wholeship.review.ports.Reviewers` as programs of this machine, their logs in *logs*."""

    def __init__(self, logs: Path, redact: Redactor | None = None) -> None:
        self._logs = logs
        self._redact = redact or Redactor()

    def identity(self, spec: ReviewerSpec, trusted: Path) -> str:
        preset = PRESETS.get(spec.name) if not spec.command else None
        if preset is not None:
            words = preset.command(spec, Place(Path("TREE"), Path("HOME")), 0.0)
            version = _version(words[0])
        else:
            words = list(spec.command)
            version = _fingerprint(_resolved(spec.command, trusted))
        return json.dumps([spec.name, version, words, spec.model], ensure_ascii=False)

    def ask(self, spec: ReviewerSpec, prompt: str, tree: Path, *, trusted: Path, cost_limit: float) -> Answer:
        preset = PRESETS.get(spec.name) if not spec.command else None
        if preset is None and not spec.command:
            known = ", ".join(("evidence", *PRESETS))
            raise BadInput(f"there is no reviewer {spec.name}", advice=f"known: {known}; or give a command")
        home = Path(tempfile.mkdtemp(prefix="wholeship-home-"))
        began = time.monotonic()
        try:
            place = Place(tree, home)
            place.schema.write_text(json.dumps(_reply_schema()), encoding="utf-8")
            _log_in(home, (*spec.login, *(preset.login if preset else ())))
            words = (
                preset.command(spec, place, cost_limit) if preset else _resolved(spec.command, trusted, tree)
            )
            answer = self._converse(spec, words, prompt, place)
            if answer.problem:
                return Answer(problem=_explained(preset, answer), seconds=answer.seconds)
            if preset is None:
                return answer
            text, cost = preset.read(answer.text)
            return Answer(text, cost=cost, seconds=answer.seconds)
        except BadInput as error:
            return Answer(problem=error.message, seconds=time.monotonic() - began)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def _converse(self, spec: ReviewerSpec, words: list[str], prompt: str, place: Place) -> Answer:
        """Run it: the prompt on its standard input, its reply on standard output or in the reply file."""
        preset = PRESETS.get(spec.name) if not spec.command else None
        names = (*spec.environment, *(preset.environment if preset else ()))
        began = time.monotonic()
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as said,
            tempfile.TemporaryFile() as noise,
        ):
            given.write(prompt.encode("utf-8", "backslashreplace"))
            given.seek(0)
            process = subprocess.Popen(
                [program_path(words[0]), *words[1:]],
                cwd=place.tree,
                env=_reviewer_environment(place, names),
                stdin=given,
                stdout=said,
                stderr=noise,
                start_new_session=True,
            )
            try:
                problem = _watch(
                    process,
                    spec.timeout,
                    lambda: sum(os.fstat(each.fileno()).st_size for each in (said, noise)),
                )
            finally:
                end(process)
            seconds = time.monotonic() - began
            noise.seek(0)
            complained = noise.read(LINE_LIMIT).decode(errors="replace")
            said.seek(0)
            printed = said.read(ENVELOPE_LIMIT + 1)
        last = self._noted(spec, complained, printed)
        if not problem and process.returncode != 0:
            problem = f"it ended with exit code {process.returncode}{f': {last}' if last else ''}"
        if problem:
            return Answer(printed, problem, seconds=seconds)
        return Answer(_left(place.reply) or printed, seconds=seconds)

    def _noted(self, spec: ReviewerSpec, complained: str, printed: bytes) -> str:
        """Keep a redacted log; the last line of what it complained about."""
        name = "".join(letter if letter.isalnum() else "-" for letter in spec.name)
        with Log(self._logs / f"reviewer-{name}.log", self._redact) as log:
            for line in (
                *complained.splitlines(),
                "$ it replied:",
                *printed.decode(errors="replace").splitlines(),
            ):
                log.note(line[:LINE_LIMIT])
        lines = [self._redact(printable(line, limit=200)) for line in complained.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def _resolved(command: tuple[str, ...], trusted: Path, tree: Path | None = None) -> list[str]:
    """*command* with files of the repository as the base has them: no change brings its own reviewer.

    A relative path as the program has to be one of these files; elsewhere in the command a word is taken
    for one when the base has it, and refused when only the head, in *tree*, does.
    """
    words = []
    for number, word in enumerate(command):
        inside = trusted / word
        is_path = not os.path.isabs(word) and (os.sep in word or number)
        if is_path and ".." not in Path(word).parts and inside.is_file():
            words.append(str(inside))
        elif is_path and (number == 0 or (tree is not None and (tree / word).is_file())):
            raise BadInput(
                f"the base has no {word}: a reviewer that is a file of the repository comes from there"
            )
        else:
            words.append(word)
    return words


def _watch(process: subprocess.Popen[bytes], timeout: float, size: Callable[[], int]) -> str:
    """Wait for the end; why it had to be ended, or nothing."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            process.wait(max(0.0, min(0.2, deadline - time.monotonic())))
            return "" if size() <= ENVELOPE_LIMIT else f"its output is longer than {ENVELOPE_LIMIT} bytes"
        except subprocess.TimeoutExpired:
            if size() > ENVELOPE_LIMIT:
                return f"its output is longer than {ENVELOPE_LIMIT} bytes"
            if time.monotonic() >= deadline:
                return f"it took longer than {timeout:g} s, and was ended"


def _explained(preset: Preset | None, answer: Answer) -> str:
    """Why there is no reply, in the program's own words where it has some ("Not logged in")."""
    if preset is not None and answer.text:
        try:
            preset.read(answer.text)
        except _DidNotFinish as error:
            return f"{answer.problem}: {error.message}"
        except BadInput:  # it was cut off
            return answer.problem
    return answer.problem


def _reviewer_environment(place: Place, names: tuple[str, ...]) -> dict[str, str]:
    """What a reviewer sees: harmless variables, those asked for, and folders that are thrown away."""
    wanted = {
        name: value for name, value in checked(()).items() if name in HARMLESS or name.startswith("LC_")
    }
    asked = checked(names)
    wanted |= {name: asked[name] for name in names if name in asked}
    wanted |= {name: value for name, value in allowed_environment(PROXIES).items() if name in PROXIES}
    return {
        **wanted,
        "HOME": str(place.home),
        "XDG_CONFIG_HOME": str(place.home / ".config"),
        "XDG_CACHE_HOME": str(place.home / ".cache"),
        "XDG_STATE_HOME": str(place.home / ".state"),
        "TMPDIR": str(place.home),
        "NO_COLOR": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "WHOLESHIP_REPLY_FILE": str(place.reply),
        "WHOLESHIP_REPLY_SCHEMA": str(place.schema),
    }


def _log_in(home: Path, files: tuple[str, ...]) -> None:
    """Copy the reviewer's own login files, and nothing else, from the real home folder."""
    real = Path(os.path.expanduser("~"))
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise BadInput(f"a login file is named below the home folder, not {name}")
        source, target = real / name, home / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(source, target)
            target.chmod(0o600)


def _left(path: Path) -> bytes:
    """The reply file, when there is one; read like output, no link followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(ENVELOPE_LIMIT + 1)


def _reply_schema() -> dict[str, object]:
    verdict = json_schema()
    definitions = verdict.pop("$defs")
    verdict.pop("$schema")
    return {
        "type": "object",
        "properties": {"nonce": {"type": "string"}, "verdict": verdict},
        "required": ["nonce", "verdict"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _version(name: str) -> str:
    """What it says of itself, asked where there is nothing to read: not in the checkout, not at home."""
    with tempfile.TemporaryDirectory(prefix="wholeship-home-") as empty:
        try:
            environment = allowed_environment(HARMLESS, HOME=empty)
            said = ask_program(
                [program_path(name), "--version"], environment=environment, timeout=30.0, cwd=Path(empty)
            )
        except (CommandFailed, ToolMissing):
            return "unknown"
    return printable(said, limit=80)


def _fingerprint(words: list[str]) -> str:
    """A command of the user's own changes when one of its files does."""
    digest = hashlib.sha256()
    for word in words:
        found = shutil.which(word) or word
        if os.path.isfile(found) and os.path.getsize(found) < 16 * 1024 * 1024:
            digest.update(Path(found).read_bytes())
    return digest.hexdigest()[:16]
