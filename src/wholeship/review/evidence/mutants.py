"""Mutants of the changed lines (``--mutate``): one small mistake at a time, which a test has to notice.

No language is known here, so the mistakes are of the plainest kind: a comparison turned round, an off by
one, a condition turned. Bounded in number and time; the lines are taken evenly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from wholeship.review.change import ChangedFile
from wholeship.review.evidence.content import is_comment
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.noticing import SECONDS, Trial
from wholeship.review.evidence.suites import SuitesEvidence, passes

_TURNS: Mapping[str, str] = {
    "<=": "<", ">=": ">", "==": "!=", "!=": "==", "<": "<=", ">": ">=", "+": "-", "-": "+", "*": "/",
    "&&": "||", "||": "&&", " and ": " or ", " or ": " and ", "True": "False", "False": "True",
    "true": "false", "false": "true",
}  # fmt: skip
_TURN = re.compile(
    r"<=|>=|==|!=|(?<![<>=-])[<>](?![<>=-])|(?<=[\w)\]] )[+*-](?= [\w(])|&&|\|\|"
    r"| and | or |\b(?:[Tt]rue|[Ff]alse)\b"
)
_NUMBER = re.compile(r"(?<![\w.\"'])\d{1,9}(?![\w.\"'])")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: where, and the line as it is then."""

    file: ChangedFile
    number: int
    text: str


def try_mutants(
    found: SuitesEvidence,
    code: Sequence[ChangedFile],
    now: Callable[[str], bytes | None],
    trial: Trial,
    most: int,
) -> SuitesEvidence:
    """*found*, and where mutants are that no test noticed; *now* gives a file's content in the head."""
    if not found.passed:
        return found
    mutants = _evenly([m for file in code if not file.is_deleted for m in mutants_of(file)], most)
    survived: list[str] = []
    tried, started = 0, trial.clock()
    for mutant in mutants:
        if trial.clock() - started > SECONDS:
            break
        content = now(mutant.file.path)
        if content is None:
            continue
        tried += 1
        with trial.head({mutant.file.path: _put(content, mutant)}) as tree:
            if passes(trial.suites, tree, trial.bench, f"mutant {tried}"):
                survived.append(f"{mutant.file.shown}:{mutant.number}")
    missed = (
        () if tried == len(mutants) else (NotLooked("some mutants", f"ended after {SECONDS / 60:g} minutes"),)
    )
    return structs.replace(
        found, survived=tuple(survived), mutants=tried, not_looked=(*found.not_looked, *missed)
    )


def mutants_of(file: ChangedFile) -> Iterator[Mutant]:
    """The mutants of the added lines of *file*, at most two a line."""
    for line in file.lines:
        text = line.text
        if is_comment(file.path, text) or len(text) > 1000:
            continue
        made = [turned for match in _TURN.finditer(text) if (turned := _turned(text, match))]
        made += [
            f"{text[: match.start()]}{int(match[0]) + 1}{text[match.end() :]}"
            for match in _NUMBER.finditer(text)
        ]
        yield from (Mutant(file, line.number, each) for each in made[:2])


def _turned(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]}{_TURNS[match[0]]}{text[match.end() :]}"


def _put(content: bytes, mutant: Mutant) -> bytes:
    lines = content.split(b"\n")
    lines[mutant.number - 1] = mutant.text.encode("utf-8", "surrogateescape")
    return b"\n".join(lines)


def _evenly(mutants: list[Mutant], most: int) -> list[Mutant]:
    if len(mutants) <= most:
        return mutants
    return [mutants[number * len(mutants) // most] for number in range(most)]
