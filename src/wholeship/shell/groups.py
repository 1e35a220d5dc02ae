"""Groups that the grammar does not know: ``! { … }``, ``time { … }``, ``coproc NAME { … }``.

It takes the brace for the name of a program there. They are written in another way before the text is parsed;
rows stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wholeship.core.patterns import lazy_pattern

GROUP = ":group"
"""The first command of a subshell that stands for a group: variables and ``exit`` reach out of it."""
_BEFORE = rb"(?P<before>^|[\n;&|(){}]|(?<![\w-])(?:if|while|until|then|else|do|elif|!))(?P<blank>\s*)"
_GROUPS = lazy_pattern(
    _BEFORE
    + rb"(?P<word>!\s+(?=\{\s)|time(?:[ \t]+-p)?(?=\s+[{(])|coproc(?:[ \t]+\w+)?(?=\s+\{\s))(?P<space>\s*)",
    re.MULTILINE,
)
_TOKENS = lazy_pattern(
    rb"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.|\$\{[^}]*\}|(?<!\S)#[^\n]*"
    rb"|(?P<open>(?<![^\s;|&(!])\{(?=\s))|(?P<close>(?<=[\s;&])\}(?=[\s;&|)<>}]|\Z))",
    re.DOTALL,
)


def regrouped(source: bytes) -> bytes:
    """*source* with each such group as one that the grammar knows; as it is where its end is not found."""
    if b"! " not in source and b"time" not in source and b"coproc" not in source:
        return source
    for found in reversed(list(_GROUPS.finditer(source))):
        source = source[: found.start("word")] + _written(source, found)
    return source


def _written(source: bytes, found: re.Match[bytes]) -> bytes:
    """What stands in the place of the word that was *found*, and all that follows."""
    word, at = found["word"], found.end()
    rest = source[found.start("word") :]
    if word.startswith(b"time"):
        return b" " * len(word) + source[found.end("word") :]
    end = next(_ends(source, at + 1), None)
    if end is None:
        return rest
    inside, after = source[at + 1 : end], source[end + 1 :]
    if word.startswith(b"!"):
        return word + b"( " + GROUP.encode() + b";" + inside + b")" + after
    return b" " * len(word) + found["space"] + b"{" + inside + b"} &" + after


def _ends(source: bytes, start: int) -> Iterator[int]:
    """Where the group ends that begins before *start*."""
    depth = 1
    for token in _TOKENS.finditer(source, start):
        depth += bool(token["open"]) - bool(token["close"])
        if depth == 0:
            yield token.start()
            return
