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
from wholeship.review.evidence.content import ending, is_comment
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.noticing import SECONDS, Trial
from wholeship.review.evidence.suites import SuitesEvidence, passes

_TURNS: Mapping[str, str] = {
    "//": "/", "/": "*", "%": "*", " not in ": " in ", " is not ": " is ", "!": "",
    "<=": "<", ">=": ">", "==": "!=", "!=": "==", "<": "<=", ">": ">=", "+": "-", "-": "+", "*": "/",
    "&&": "||", "||": "&&", " and ": " or ", " or ": " and ", "True": "False", "False": "True",
    "true": "false", "false": "true",
}  # fmt: skip
_TURN = lazy_pattern(
    r"<=|>=|==|!=|(?<![<>=-])[<>](?![<>=-])|(?<=[\w)\]] )(?:[+*%-]|//?)(?= [\w(])|&&|\|\||!(?=[\w(])"
    r"| and | or | not in | is not |\b(?:[Tt]rue|[Ff]alse)\b"
)
_TEXT = lazy_pattern(r"([\"'])([\w .:/-]+)\1")
_NUMBER = lazy_pattern(r"(?<![\w.\"'])\d{1,9}(?![\w.\"'])")
_BRACKETS = lazy_pattern(r"(?<![\w)\]])\(([^()]*[-+*/%&|<>=][^()]*|[^()]* (?:and|or) [^()]*)\)")
_FIRST = lazy_pattern(r"([\w.]+ (?:[-+]|&&|\|\||and|or) [\w.]+)(?= ?(?:[*/%]|&&|\|\||and\b|or\b))")
"""What is calculated first: in brackets, or without."""
_ARGUMENTS = lazy_pattern(r"(?<=\()([^(),\s][^(),]*), ([^(),\s][^(),]*)(?=[,)])")


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
        if trial.now(mutant.file.path) is None:
            continue
        tried += 1
        if _survives(mutant, trial):
            survived.append(f"{mutant.file.shown}:{mutant.number}")
    missed = (
        () if tried == len(mutants) else (NotLooked("some mutants", f"ended after {SECONDS / 60:g} minutes"),)
    )
    return structs.replace(
        found, survived=tuple(survived), mutants=tried, not_looked=(*found.not_looked, *missed)
    )


def _survives(mutant: Mutant, trial: Trial) -> bool:
    """Whether no test notices *mutant*; True where it cannot be made."""
    file = mutant.file
    content = trial.now(file.path)
    if content is None:
        return True
    with trial.head({file.path: _put(content, mutant)}) as tree:
        return passes(trial.suites, tree, trial.context, f"a mutant of {file.shown}:{mutant.number}")


def mutants_of(file: ChangedFile, most: int = 2) -> Iterator[Mutant]:
    """The mutants of the added lines of *file*, at most *most* of a line."""
    for line in file.lines:
        text = line.text
        if is_comment(file.path, text) or len(text) > 1000:
            continue
        made = [turned for match in _TURN.finditer(text) if (turned := _turned(text, match, file.path))]
        made += [
            f"{text[: match.start()]}{int(match[0]) + 1}{text[match.end() :]}"
            for match in _NUMBER.finditer(text)
        ]
        made += [f"{text[: m.start()]}{m[1]}{text[m.end() :]}" for m in _BRACKETS.finditer(text)]
        made += [f"{text[: m.start()]}({m[1]}){text[m.end() :]}" for m in _FIRST.finditer(text)]
        if swapped := _ARGUMENTS.search(text):
            made.append(f"{text[: swapped.start(1)]}{swapped[2]}, {swapped[1]}{text[swapped.end(2) :]}")
        if (not made or most > 2) and (text_in := _TEXT.search(text)):
            made.append(f"{text[: text_in.end(2)]}~{text[text_in.end(2) :]}")
        yield from (Mutant(file, line.number, each) for each in made[:most])


def _turned(text: str, match: re.Match[str], path: str) -> str:
    turn = "//" if match[0] == "/" and ending(path) == "py" else _TURNS[match[0]]
    return f"{text[: match.start()]}{turn}{text[match.end() :]}"


def _put(content: bytes, mutant: Mutant) -> bytes:
    lines = content.split(b"\n")
    lines[mutant.number - 1] = mutant.text.encode("utf-8", "surrogateescape")
    return b"\n".join(lines)


def _evenly(mutants: list[Mutant], most: int) -> list[Mutant]:
    if len(mutants) <= most:
        return mutants
    return [mutants[number * len(mutants) // most] for number in range(most)]
