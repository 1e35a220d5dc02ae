"""What a review needs from the world, in a few lines each; ``adapters/`` and ``testing/`` deliver it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from wholeship.core.errors import Unfinished
from wholeship.core.values import dataclass
from wholeship.review.change import Diff
from wholeship.review.settings import ReviewerSpec, Suite
from wholeship.review.verdict import SuggestedFix

# -- the repository ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capture:
    """What is reviewed, looked at once: everything after this speaks of these commits only."""

    head: str
    base: str
    merge_base: str
    base_name: str
    subjects: tuple[str, ...]
    diff: Diff
    remarks: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    """The whole messages of the commits, with their authors."""
    at: float = 0.0
    """When the head was committed, in seconds since 1970; 0: not known."""
    passing: tuple[str, ...] = ()
    """Lines that some commit adds, also those that a later one takes out; where there are several commits."""


class Repository(Protocol):
    """The git repository of the change."""

    def capture(self, base: str, *, fetch: bool, expected_head: str | None = None) -> Capture:
        """The head, the base and their diff.

        Raises :class:`Unfinished` for a tree that is not the head, whole and clean, or a merge base that
        cannot be trusted; :class:`BadInput` for a base that does not exist, or when nothing was changed.
        """

    def head(self) -> str:
        """The commit that is checked out; :class:`Unfinished` where there is none."""

    def worktree(
        self, commit: str, instead: Mapping[str, bytes | None] | None = None
    ) -> AbstractContextManager[Path]:
        """A clean work tree of *commit* that git knows; gone with the block.

        *instead* are other contents for some of its files (None: no such file).
        """

    def export(
        self, commit: str, *, trusted: str = "", names: tuple[str, ...] = ()
    ) -> AbstractContextManager[Path]:
        """The files of *commit*, no repository around them, symbolic links as plain text.

        With *trusted*, files and folders with one of the *names* come from that commit instead, wherever in
        the tree they are.
        """

    def show(self, commit: str, path: str) -> bytes | None:
        """The content of *path* in *commit*; None: not there, or not a file."""

    def merged_tree(self, base: str, heads: tuple[str, ...]) -> str:
        """The tree that merging *heads* into *base*, one after the other, gives; empty: conflicts."""

    def tree_of(self, commit: str) -> str:
        """The tree of *commit*, fetched when it is not here."""


# -- evidence --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RanTests:
    """What the runner of a suite counted: tests that ran, and that were skipped; ``names`` where it tells.

    ``said`` is the number in its closing lines, where the others are from its reports. ``failed`` are those
    that failed, by whichever of both tells of more.
    """

    ran: int
    skipped: int = 0
    names: frozenset[str] = frozenset()
    skipped_names: frozenset[str] = frozenset()
    said: int | None = None
    failed: int = 0


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """How a suite ended: exit code (None: the time was up), seconds, its last lines and its log file.

    ``tests`` None: no runner that is known said how many there were.
    """

    exit_code: int | None
    seconds: float
    tail: tuple[str, ...]
    log: str
    tests: RanTests | None = None


class Suites(Protocol):
    """Runs suites. They see no token, whatever they are."""

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        """Run *suite* in *tree*."""


class LintFinding(Struct, frozen=True, order=True):
    """What a linter says. ``key`` does not move with the lines."""

    tool: str
    rule: str
    severity: Literal["error", "warning", "note"]
    file: str
    line: int
    message: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The same finding in another version of the file has the same key."""
        return (self.tool, self.rule, self.file, self.message)


@dataclass(frozen=True, slots=True)
class LintRun:
    """A linter's answer. ``problem`` says why there is none."""

    version: str = ""
    findings: tuple[LintFinding, ...] = ()
    problem: str = ""


class Linter(Protocol):
    """A program that reads workflows."""

    @property
    def name(self) -> str:
        """As people know it."""

    def lint(self, tree: Path) -> LintRun:
        """Its findings on the workflows of *tree*."""


@dataclass(frozen=True, slots=True)
class SecretScan:
    """What a scanner found: path, line and kind of each. ``problem`` says why there is no answer."""

    findings: tuple[tuple[str, int, str], ...] = ()
    problem: str = ""


class SecretScanner(Protocol):
    """A program that looks for secrets."""

    @property
    def name(self) -> str:
        """As people know it."""

    def scan(self, tree: Path, files: tuple[str, ...]) -> SecretScan:
        """Its findings in *files* of *tree*."""


class Counterexample(Struct, frozen=True, order=True):
    """A run in which a workflow breaks a promise, told line by line."""

    rule: str
    file: str
    line: int
    message: str
    story: tuple[str, ...] = ()


class WorkflowFinding(Struct, frozen=True, order=True):
    """What the workflow rules say beside counterexamples. ``undecided``: could not be proved either way."""

    rule: str
    severity: Literal["error", "warning", "note"]
    file: str
    line: int
    message: str
    undecided: bool = False


class WorkflowComparison(Struct, frozen=True):
    """Base and head of the workflows, compared by meaning.

    ``opened`` are counterexamples the base did not have, ``closed`` those the head has no more;
    ``standing`` and ``environment`` were there before. ``measures`` are sentences about minutes and GB.
    ``unread`` is what could not be followed, and why.
    """

    files: tuple[str, ...]
    opened: tuple[Counterexample, ...] = ()
    closed: tuple[Counterexample, ...] = ()
    standing: tuple[Counterexample, ...] = ()
    gates_lost: tuple[str, ...] = ()
    gates_gained: tuple[str, ...] = ()
    caused: tuple[WorkflowFinding, ...] = ()
    environment: tuple[WorkflowFinding, ...] = ()
    suggested: tuple[SuggestedFix, ...] = ()
    measures: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


class Workflows(Protocol):
    """The workflow prover, as the review sees it."""

    def compare(self, base: Path, head: Path) -> WorkflowComparison:
        """What the change from tree *base* to tree *head* does to the pipelines."""


# -- reviewers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What an external reviewer came back with.

    ``text`` is its whole reply, unread. ``problem`` says why there is none (time-out, exit code, quota).
    ``cost`` in US dollars; None: it did not say.
    """

    text: bytes = b""
    problem: str = ""
    cost: float | None = None
    seconds: float = 0.0


class Reviewers(Protocol):
    """Runs external reviewers."""

    def identity(self, spec: ReviewerSpec, trusted: Path) -> str:
        """Name, version, model and parameters: what a kept verdict is a verdict of."""

    def ask(self, spec: ReviewerSpec, prompt: str, tree: Path, *, trusted: Path, cost_limit: float) -> Answer:
        """Give *prompt* to the reviewer, who may look around in *tree*.

        A command that is a file of the repository is taken from *trusted*, the tree of the base.
        """


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an external reviewer: when (seconds since 1970), who, on what, for how much."""

    at: float
    reviewer: str
    head: str
    cost: float


class Memory(Protocol):
    """What is remembered of a repository, where no checkout can plant anything."""

    def reserve(self, run: Run) -> int:
        """Write *run* down before it starts; its number, for :meth:`settle`."""

    def settle(self, number: int, cost: float) -> None:
        """What run *number* did cost."""

    def runs(self) -> tuple[Run, ...]:
        """Every run of the last days. Raises :class:`Unfinished` when the record cannot be read."""

    def count(self, head: str) -> int:
        """Count one more review of *head*; how many there were, this one included."""

    def recall(self, key: str) -> bytes | None:
        """What was kept under *key*, untouched since; None: nothing. Warnings are in :attr:`warnings`."""

    def keep(self, key: str, content: bytes) -> None:
        """Keep *content*."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found tampered with, truncated or otherwise odd."""

    def working_on(self, head: str) -> AbstractContextManager[None]:
        """Nobody else reviews *head* meanwhile; :class:`Unfinished` when somebody does."""


# -- the code host -----------------------------------------------------------------------------------

State = Literal["error", "failure", "pending", "success"]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request, as it is now."""

    number: int
    head: str
    head_ref: str
    base_ref: str
    base: str
    open: bool
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A commit status. ``by`` is who set it, ``at`` when (seconds since 1970); empty for one to be set."""

    state: State
    context: str
    description: str
    target_url: str = ""
    by: str = ""
    at: float = 0.0

    def says_the_same(self, other: Status) -> bool:
        """Whether both tell a reader the same."""
        return (self.state, self.context.lower(), self.description, self.target_url) == (
            other.state,
            other.context.lower(),
            other.description,
            other.target_url,
        )


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request."""

    number: int
    author: str
    body: str
    url: str = ""


class CheckRun(Struct, frozen=True, order=True):
    """A check of the head: its name and how it stands."""

    name: str
    status: str
    conclusion: str


class CodeHost(Protocol):
    """A code host. Reads are repeated within a budget; a write is sent again only when it was refused unread.

    That is a rate limit; after anything else only reading says what happened.
    """

    def login(self) -> str:
        """Who the token belongs to."""

    def pull(self, number: int) -> Pull:
        """The pull request."""

    def pulls_of(self, sha: str) -> tuple[Pull, ...]:
        """Pull requests whose head is *sha*."""

    def statuses(self, sha: str, context: str) -> tuple[Status, ...]:
        """The statuses of *context* on *sha*, newest first."""

    def set_status(self, sha: str, status: Status) -> None:
        """Set it; raises :class:`CodeHostUnclear` when it may have been set."""

    def comments(self, pull: int) -> tuple[Comment, ...]:
        """Every comment on the pull request, oldest first."""

    def add_comment(self, pull: int, body: str) -> Comment:
        """Add one; raises :class:`CodeHostUnclear` when it may have been added."""

    def edit_comment(self, number: int, body: str) -> None:
        """Replace the text of a comment. Idempotent."""

    def delete_comment(self, number: int) -> None:
        """Remove a comment; one that is gone already is fine."""

    def checks(self, sha: str) -> tuple[CheckRun, ...]:
        """The check runs of *sha*."""


class CodeHostError(Unfinished):
    """The code host gave no usable answer."""


class CodeHostDenied(CodeHostError):
    """The token does not allow this (401, 403, or the 404 that hides a 403)."""


class CodeHostRefused(CodeHostError):
    """The code host says that this cannot be (422, 409, 410)."""


class CodeHostThrottled(CodeHostError):
    """A rate limit that outlasts the waiting budget; ``wait`` in seconds."""

    def __init__(self, message: str, *, wait: float, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.wait = wait


class CodeHostUnclear(CodeHostError):
    """A write whose fate is unknown: read before trying again."""


SECRETS_OF_THE_HOST: Mapping[str, str] = {
    "WHOLESHIP_GITHUB_TOKEN": "wholeship's own",
    "GH_TOKEN": "gh",
    "GITHUB_TOKEN": "GitHub Actions and others",
    "GH_ENTERPRISE_TOKEN": "gh, for an enterprise host",
    "GITHUB_ENTERPRISE_TOKEN": "gh, for an enterprise host",
}
"""Variables that may hold a token for the code host. No suite and no reviewer ever sees one of them."""
