"""Mutants of the changed lines (``--mutate``): one small mistake at a time, which a test has to notice.

No language is known here, so the mistakes are of the plainest kind: a comparison turned round, an off by
one, a condition turned. Bounded in number and time; the lines are taken evenly.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from msgspec import structs

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.review.change import AddedLine, ChangedFile
from wholeship.review.evidence.content import ending, is_comment
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.noticing import SECONDS, Trial, parts_in
from wholeship.review.evidence.parts import Part
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
    now: bool = True
    """Whether the line is one of the head; else of the base."""
    of: bytes | None = None
    """The content in which the line stands, where that is neither the head's nor the base's."""


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


def look_closer(found: SuitesEvidence, code: Sequence[ChangedFile], trial: Trial) -> SuitesEvidence:
    """*found*, without those unnoticed files, and places in files, that tests look at all the same.

    A refactoring is noticed by no test when it is taken back: no more is a mistake where tests look away.
    Where every small mistake in each changed line of *code* is noticed, and that what the lines before did is
    left out, tests do look at them.
    """
    if found.old_tests_pass is False or not (found.unnoticed or found.unnoticed_parts):
        return found  # what the tests of before say against it is no refactoring
    started = trial.clock()

    def is_seen(mutants: Sequence[Mutant]) -> bool:
        return bool(mutants) and all(
            trial.clock() - started < SECONDS and not _survives(m, trial) for m in mutants
        )

    left, places = list(found.unnoticed or ()), list(found.unnoticed_parts)
    for file in code:
        if file.shown in left and is_seen(_close(file, trial)):
            left.remove(file.shown)
        for part in parts_in(file, trial) if any(p.startswith(f"{file.shown}:") for p in places) else ():
            place = f"{file.shown}:{part.line}"
            if place in places and is_seen(_close_part(file, part, trial)):
                places.remove(place)
    return structs.replace(
        found, unnoticed=None if found.unnoticed is None else tuple(left), unnoticed_parts=tuple(places)
    )


CLOSER = 12
"""Changed lines of one file that are looked at so closely, where nobody asked for mutants."""
EACH = 6
"""Most mutants of one line, where lines are looked at closely."""
_BARE = lazy_pattern(r"[\W]*(?:else|try|finally|do|then|default|begin|end)?[\W]*")
"""Lines in which there is nothing to be mistaken about."""


def _close(file: ChangedFile, trial: Trial) -> list[Mutant]:
    """The mutants of *file*, now and before; none at all where a line has none, or a word is gone."""
    before, now = trial.before(file.old_path), trial.now(file.path)
    if before is None or now is None:
        return []
    return _of_lines(
        file, _doing(file.path, file.lines), _doing(file.path, _lines_that_went(before, now)), None
    )


def _close_part(file: ChangedFile, part: Part, trial: Trial) -> list[Mutant]:
    """The mutants of one place of change in *file*, as those of a whole file."""
    now = trial.now(file.path)
    if now is None:
        return []
    came = _doing(file.path, (line for line in file.lines if line.number in part.came))
    lines = part.without.decode("utf-8", "surrogateescape").split("\n")
    went = _doing(file.path, (AddedLine(each, lines[each - 1]) for each in part.went))
    return _of_lines(file, came, went, part.without)


def _of_lines(
    file: ChangedFile, came: Mapping[int, str], went: Mapping[int, str], before: bytes | None
) -> list[Mutant]:
    """The mutants of the lines that *came*, and of those that *went* from *before*.

    What was asked for by a word that is gone (``None``, ``strip``, ``except``) may be what no test has a
    value for. The same holds for a word that is new on a line that was there (``lower``),
    and for another number.
    """
    if not 0 < len(came) <= CLOSER or len(went) > CLOSER or _words(went) - _words(came):
        return []
    if went and _words(came) - _words(went) - _given_names(came):
        return []
    made = [
        each
        for each in mutants_of(file, EACH + 1)
        if each.number in came and not _rounds_no_more(came[each.number], each.text, went)
    ]
    if any(count > EACH for count in Counter(each.number for each in made).values()):
        return []  # of so many mistakes some would be left out
    made += [Mutant(file, number, text) for number, text in _left_out(file.path, came)]
    if set(came) - {each.number for each in made}:
        return []
    return made + [
        Mutant(file, number, text, now=False, of=before) for number, text in _left_out(file.path, went)
    ]


def _rounds_no_more(text: str, mutant: str, went: Mapping[int, str]) -> bool:
    """Whether *mutant* only takes the rounding from a division that rounded before too: 3.0 equals 3."""
    return text.replace("//", "/") == mutant.replace("//", "/") and (
        text.count("//") > mutant.count("//") and any("//" in each for each in went.values())
    )


def _doing(path: str, lines: Iterable[AddedLine]) -> Mapping[int, str]:
    """The lines that do something, by their number."""
    return {
        line.number: line.text
        for line in lines
        if not is_comment(path, line.text) and not _BARE.fullmatch(line.text)
    }


def _lines_that_went(before: bytes, now: bytes) -> Iterator[AddedLine]:
    """The lines of *before* that *now* does not have in their place."""
    old, new = (text.decode("utf-8", "surrogateescape").split("\n") for text in (before, now))
    for kind, start, end, *_ in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind in ("replace", "delete"):
            yield from (AddedLine(number + 1, old[number]) for number in range(start, end))


_FLOW = frozenset(
    [
        "if",
        "else",
        "elif",
        "return",
        "and",
        "or",
        "not",
        "true",
        "false",
        "True",
        "False",
        "let",
        "var",
        "const",
        "pass",
        "then",
    ]
)


def _words(lines: Mapping[int, str]) -> set[str]:
    """The words, numbers, texts and rarer signs of *lines* that say what is done, not in which order."""
    return {each[0] for text in lines.values() for shape in _SAID for each in shape.finditer(text)} - _FLOW


_SAID = (
    lazy_pattern(r"\d[\w.]*|[^\W\d]\w*"),
    lazy_pattern(r"([\"'`]).*?\1"),
    lazy_pattern(r"(?<=[\w)\]] )(?:[-+*%]|//?)(?= ?[\w(])|[<>]|[=!]="),
    lazy_pattern(
        r"\*\*|<<|>>|\?\?|\?\.|(?<!&)&(?!&)|(?<!\|)\|(?!\|)|\^|~|\.\.=?|\[[^\]]*:[^\]]*\]|(?<=[(=,\s])-(?=[\w(])"
    ),
)
"""What no mutant is made of: it has to be the same before and now."""


_GIVEN = lazy_pattern(r"\s*(?:(?:let|const|var|mut) )*(\w+) :?= .*")


def _given_names(lines: Mapping[int, str]) -> set[str]:
    """The names that *lines* give to something, and neither call nor ask anything for."""
    named = {match[1] for text in lines.values() if (match := _GIVEN.fullmatch(text))}
    return {
        each for each in named if not any(re.search(rf"\.{each}\b|\b{each}\(", t) for t in lines.values())
    }


_DONE = lazy_pattern(r"(?!(?:from|import|pass|use|mod|package|func|fn|def|class|type)\b)\w")
_ASKED = lazy_pattern(r"(\s*(?:\}\s*)?(?:else\s+)?(?:el)?if\s+)(?!let\b)([^:{;]*[^:{;\s])(\s*(?::|\{).*)")


def _left_out(path: str, lines: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """*lines* whose statement is not done, or whose condition never holds."""
    python = ending(path) in ("py", "pyi")
    for number, text in lines.items():
        indent = text[: len(text) - len(text.lstrip())]
        if asked := _ASKED.fullmatch(text):
            never = f"False and ({asked[2]})" if python else f"(false && ({asked[2]}))"
            yield number, f"{asked[1]}{never}{asked[3]}"
        elif _DONE.match(text.strip()) and (_is_statement if python else _is_whole)(text.strip()):
            yield number, f"{indent}pass" if python else indent


def _is_whole(text: str) -> bool:
    """Whether a line is a statement of its own, as far as its brackets and its end tell."""
    pairs = all(text.count(one) == text.count(other) for one, other in ("()", "[]", "{}"))
    return pairs and text[-1] in ");}]" and not text.startswith(("return", "case", "else"))


def _is_statement(text: str) -> bool:
    try:
        ast.parse(f"async def f():\n {text}")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not text.endswith(":")


def _survives(mutant: Mutant, trial: Trial) -> bool:
    """Whether no test notices *mutant*; True where it cannot be made."""
    file = mutant.file
    content = trial.now(file.path) if mutant.now else mutant.of or trial.before(file.old_path)
    if content is None:
        return True
    gone: dict[str, bytes | None] = {file.path: None}
    where = file.path if mutant.now else file.old_path
    with trial.head({**gone, where: _put(content, mutant)}) as tree:
        return passes(trial.suites, tree, trial.bench, f"a mutant of {file.shown}:{mutant.number}")


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
