"""Strangers' text in a comment, so that it says something and does nothing.

GitHub reads comments for mentions, references, commands of bots, images (which tell who looked) and
HTML; models are good at writing all of these.
"""

from __future__ import annotations

import re

from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import Redactor, printable

_PUNCTUATION = lazy_pattern(r"([\\`*_\[\]|~!$])")
_STEP = "\u200b"
"""A zero-width space: rendered text with one after an ``@`` or ``#`` is no mention and no reference."""


def inert(text: str, *, limit: int = 0) -> str:
    """*text* on one line, redacted, with everything that Markdown or GitHub would act on made plain."""
    text = Redactor()(printable(text, limit=limit)).strip()
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _PUNCTUATION.sub(r"\\\1", text)
    text = re.sub(r"([@#])(?=\S)", rf"\1{_STEP}", text)
    text = re.sub(r"(?i)\b(gh)-(?=\d)", rf"\1{_STEP}-", text)
    text = re.sub(r"(?i)\b(https?|ftp|mailto)(:)", rf"\1{_STEP}\2", text)
    text = re.sub(r"(?i)\b(www)\.", rf"\1{_STEP}.", text)
    # What starts a line is a command to some bots, a heading, list or rule to Markdown.
    return re.sub(r"^([/+=-]|\d+[.)])", r"\\\1", text)


def fenced(text: str, language: str = "") -> str:
    """*text* as a block of code that nothing in it can end."""
    text = Redactor()(printable(text, newlines=True))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
