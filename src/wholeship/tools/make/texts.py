"""What Make does to texts, and how what only the shell will know is written in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from wholeship.core.patterns import lazy_pattern

LATER = "\x01"
"""Stands for a ``$`` that is the shell's: Make does not look at it again."""
_ROUND, _CURLY = lazy_pattern(r"[()]"), lazy_pattern(r"[{}]")
_SYNTAX = lazy_pattern(r"[\"'|;&<>`\n\\]")
_ENDS = lazy_pattern(r"\b(fi|done|esac)[ \t]+(?=(?:fi|done|esac|else|elif)\b)")
"""The shell needs no ``;`` between these; the grammar does."""


def arguments(text: str, mark: str = ",") -> list[str]:
    """Split at each *mark* that stands in no parentheses."""
    if mark not in text:
        return [text]
    found, depth, start = [], 0, 0
    for sign in re.finditer(rf"[(){{}}{re.escape(mark)}]", text):
        char = sign[0]
        if char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        elif depth == 0:
            found.append(text[start : sign.start()])
            start = sign.end()
    return [*found, text[start:]]


def split_words(text: str) -> list[str]:
    """White space apart, except inside what the shell will put in."""
    if is_plain(text):
        return text.split()
    found, depth, current = [], 0, ""
    for char in text:
        depth += (char in "({") - (char in ")}")
        if char.isspace() and depth <= 0:
            found += [current] if current else []
            current = ""
        else:
            current += char
    return [*found, current] if current else found


def closing(text: str, opening: int) -> int:
    """Where the parenthesis at *opening* ends; the end of the text where it does not."""
    start, depth = text[opening], 0
    end, signs = (")", _ROUND) if start == "(" else ("}", _CURLY)
    first = text.find(end, opening)
    if first < 0 or text.find(start, opening + 1, first) < 0:
        return first if first >= 0 else len(text)  # nothing is nested, as nearly always
    for sign in signs.finditer(text, opening):
        depth += 1 if sign[0] == start else -1
        if depth == 0:
            return sign.start()
    return len(text)


def stem_of(target: str, pattern: str) -> str | None:
    """What ``%`` stands for, when *target* matches."""
    before, percent, after = pattern.partition("%")
    fits = percent and len(target) > len(before) + len(after)
    if fits and target.startswith(before) and target.endswith(after):
        return target[len(before) : len(target) - len(after)]
    return None


def in_its_shell(line: str, tests: tuple[str, ...], *, errexit: bool = False) -> str:
    """A line of a recipe as its own shell runs it, under *tests*; with ``-`` its failure does not count.

    That shell goes on after a failure (``a; b``) unless *errexit*.
    """
    found = re.match(r"[\s@+-]*", line)
    prefix = found[0] if found else ""
    text = _ENDS.sub(r"\1; ", line[len(prefix) :])
    if not errexit and _SEVERAL.search(text):
        text = f"set +e\n{text}"
    for test in reversed(tests):
        text = f"if {test}; then\n{text}\nfi"
    if "-" not in prefix:
        return f"( {text}\n)"
    return forgiven(f"( set -e\n{text}\n)" if errexit else f"( {text}\n)")


def forgiven(shell: str) -> str:
    """The same where its failure does not count. (``|| true`` would take ``set -e`` its meaning inside.)"""
    return f"( set +e\n{shell}\n: )"


REMARK = lazy_pattern(r"[\s@+-]*#[^\n]*\Z")
"""A line that the shell reads and takes for a remark."""
_SEVERAL = lazy_pattern(r"[;\n&]|\bdo\b|\bthen\b")


def is_plain(text: str) -> bool:
    """Whether all of *text* is known before the shell runs."""
    return not any(char in text for char in ("$", "`", LATER))


def is_syntax(text: str) -> bool:
    """Whether *text* means something to the shell outside the programs that it runs."""
    outside, depth = [], 0
    for char in text:
        depth += char == "("
        if depth == 0:
            outside.append(char)
        depth -= char == ")"
    return bool(_SYNTAX.search("".join(outside))) or depth != 0


def shell_name(name: str) -> str:
    """*name* as the shell can have it."""
    return re.sub(r"\W", "_", name)


def later(name: str) -> str:
    """A variable of the shell."""
    return f"{LATER}{{{shell_name(name)}}}"


def unknown_output(function: str, given: list[str]) -> str:
    """The output of a program that nobody knows, for the shell to wonder at."""
    return f"{LATER}(make_{function.replace('-', '_')} {' '.join(given)})"


# Functions of text


def patsubst(given: list[str]) -> str:
    """``$(patsubst pattern,replacement,text)``."""
    old, new, text = given[0].strip(), given[1].strip(), given[2]
    before, percent, after = old.partition("%")
    out = []
    for word in text.split():
        if (
            percent
            and len(word) >= len(before) + len(after)
            and word.startswith(before)
            and word.endswith(after)
        ):
            out.append(new.replace("%", word[len(before) : len(word) - len(after)], 1))
        else:
            out.append(new if word == old else word)
    return " ".join(out)


def _matches(word: str, patterns: str) -> bool:
    for pattern in patterns.split():
        before, percent, after = pattern.partition("%")
        if word == pattern or (
            percent
            and len(word) >= len(before) + len(after)
            and word.startswith(before)
            and word.endswith(after)
        ):
            return True
    return False


def _each(change: Callable[[str], str]) -> Callable[[list[str]], str]:
    return lambda given: " ".join(change(word) for word in given[0].split())


def _suffix(word: str) -> str:
    return posixpath.splitext(word)[1]


TEXT_FUNCTIONS: Mapping[str, Callable[[list[str]], str]] = {
    "subst": lambda a: a[2].replace(a[0], a[1]) if a[0] else a[2],
    "patsubst": patsubst,
    "strip": lambda a: " ".join(a[0].split()),
    "findstring": lambda a: a[0] if a[0] in a[1] else "",
    "filter": lambda a: " ".join(word for word in a[1].split() if _matches(word, a[0])),
    "filter-out": lambda a: " ".join(word for word in a[1].split() if not _matches(word, a[0])),
    "sort": lambda a: " ".join(sorted(set(a[0].split()))),
    "word": lambda a: a[1].split()[int(a[0]) - 1],
    "wordlist": lambda a: " ".join(a[2].split()[int(a[0]) - 1 : int(a[1])]),
    "words": lambda a: str(len(a[0].split())),
    "firstword": lambda a: a[0].split()[0],
    "lastword": lambda a: a[0].split()[-1],
    "dir": _each(lambda word: word.rpartition("/")[0] + "/" if "/" in word else "./"),
    "notdir": _each(posixpath.basename),
    "suffix": _each(_suffix),
    "basename": _each(lambda word: word[: len(word) - len(_suffix(word))]),
    "addsuffix": lambda a: " ".join(word + a[0] for word in a[1].split()),
    "addprefix": lambda a: " ".join(a[0] + word for word in a[1].split()),
    "join": lambda a: " ".join(map("".join, zip(a[0].split(), a[1].split(), strict=False))),
}
_OTHERS = """
    if foreach shell value call eval info warning error file or and abspath realpath wildcard origin flavor
    let
"""
FUNCTIONS = frozenset((*TEXT_FUNCTIONS, *_OTHERS.split()))
