"""A notice for a chat: what became of a release, as a Slack-compatible message.

Names, reasons and registry messages come from strangers. Slack turns ``<…>`` into links and mentions, and
others read Markdown, so all of it goes into one code block that it cannot leave.
"""

from __future__ import annotations

from collections.abc import Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass

LIMIT = 3000
"""Most characters of what is said; Slack cuts a text of more than 4,000."""

_URL = lazy_pattern(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~/%-]*)?")

HEADS = {
    "half": ":rotating_light: HALF A RELEASE IS VISIBLE",
    "unknown": ":warning: it is not known whether a release is out",
    "held": ":no_entry: a gate held a release",
    "not-built": ":x: a release does not build",
    "refused": ":no_entry: a release was refused",
    "drifted": ":rotating_light: a release is not as it was released",
    "not-rolled-out": ":warning: a release is out, and does not run everywhere",
    "failed": ":x: a release did not finish",
}
"""What happened → how the notice begins. Texts of ours only."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told. ``what`` is one of ``HEADS``; ``record`` says where the release record is."""

    what: str
    tag: str
    images: Sequence[str]
    reasons: Sequence[str]
    help: str = ""
    commit: str = ""
    run_url: str = ""
    record: str = ""


def message(notice: Notice) -> dict[str, str]:
    """The body of the webhook's request."""
    facts = [
        f"release  {notice.tag}",
        f"images   {', '.join(notice.images)}",
        *([f"commit   {notice.commit[:12]}"] if notice.commit else []),
        *([f"record   {notice.record}"] if notice.record else []),
        *[f"- {reason}" for reason in notice.reasons],
        *([f"help: {notice.help}"] if notice.help else []),
    ]
    lines = [f"*wholeship*: {HEADS[notice.what]}", "```", *_fitting(facts), "```"]
    if _URL.fullmatch(notice.run_url):
        lines.append(notice.run_url)
    return {"text": "\n".join(lines)}


def _fitting(facts: Sequence[str]) -> list[str]:
    """*facts* made safe, as many as fit."""
    kept: list[str] = []
    for number, fact in enumerate(map(_inside_quotes, facts)):
        if sum(map(len, kept)) + len(fact) > LIMIT:
            return [*kept, f"… and {len(facts) - number} more lines"]
        kept.append(fact)
    return kept


def _inside_quotes(text: str) -> str:
    text = Redactor()(printable(text, limit=LIMIT // 10)).replace("`", "'")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
