"""Mutants of the changed lines (``--mutate``): one small mistake at a time, which a test has to notice.

No language is known here, so the mistakes are of the plainest kind: a comparison turned round, an off by
one, a condition turned. Bounded in number and time; the lines are taken evenly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
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
_TURN = lazy_pattern(
    r"<=|>=|==|!=|(?<![<>=-])[<>](?![<>=-])|(?<=[\w)\]] )[+*-](?= [\w(])|&&|\|\|"
    r"| and | or |\b(?:[Tt]rue|[Ff]alse)\b"
)
_TEXT = lazy_pattern(r"([\"'])([\w .:/-]+)\1")
_NUMBER = lazy_pattern(r"(?<![\w.\"'])\d{1,9}(?![\w.\"'])")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: where, and the line as it is then."""

    file: ChangedFile
    number: int
    text: str


def try_mutants(
    found: SuitesEvidence,
    code: Sequence[ChangedFile],
    trial: Trial,
    most: int,
) -> SuitesEvidence:
    """*found*, and where mutants are that no test noticed, of at most *most*."""
    if not found.passed:
        return found
    mutants = _evenly([m for file in code if not file.is_deleted for m in mutants_of(file)], most)
    survived: list[str] = []
    tried, started = 0, trial.clock()
    for mutant in mutants:
        if trial.clock() - started > SECONDS:
            break
        content = trial.now(mutant.file.path)
        if content is None:
            continue
        tried += 1
        if _survives(mutant, content, trial):
            survived.append(f"{mutant.file.shown}:{mutant.number}")
    missed = (
        () if tried == len(mutants) else (NotLooked("some mutants", f"ended after {SECONDS / 60:g} minutes"),)
    )
    return structs.replace(
        found, survived=tuple(survived), mutants=tried, not_looked=(*found.not_looked, *missed)
    )


def look_closer(found: SuitesEvidence, code: Sequence[ChangedFile], trial: Trial) -> SuitesEvidence:
    """*found*, without those unnoticed files all of whose mutants are noticed.

    A change that alters nothing, such as a refactoring, is noticed by no test when it is taken back. Where a
    mistake in each of its lines would be noticed, the tests do look at them.
    """
    if found.old_tests_pass is False or not found.unnoticed:
        return found  # what the tests of before say against it is no refactoring
    started = trial.clock()
    left = list(found.unnoticed or ())
    for file in code:
        mutants = _one_a_line(file)
        if file.shown not in left or not mutants or trial.clock() - started > SECONDS:
            continue
        content = trial.now(file.path)
        if content is not None and not any(_survives(each, content, trial) for each in mutants):
            left.remove(file.shown)
    return structs.replace(found, unnoticed=tuple(left))


CLOSER = 8
"""Changed lines of one file that are looked at so closely, where nobody asked for mutants."""


def _one_a_line(file: ChangedFile) -> list[Mutant]:
    """A mutant of each added line of *file*; none at all where a line has none, or lines only went."""
    doing = (line for line in file.lines if not is_comment(file.path, line.text))
    lines = [line.number for line in doing if re.search(r"\w", line.text)]
    first: dict[int, Mutant] = {}
    for mutant in mutants_of(file):
        first.setdefault(mutant.number, mutant)
    more_went = len(file.removed) > len(file.lines)
    if file.is_deleted or more_went or len(lines) > CLOSER or set(lines) - set(first):
        return []
    return list(first.values())


def _survives(mutant: Mutant, content: bytes, trial: Trial) -> bool:
    with trial.head({mutant.file.path: _put(content, mutant)}) as tree:
        return passes(trial.suites, tree, trial.bench, f"a mutant of {mutant.file.shown}:{mutant.number}")


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
        if not made and (text_in := _TEXT.search(text)):
            made = [f"{text[: text_in.end(2)]}~{text[text_in.end(2) :]}"]
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
