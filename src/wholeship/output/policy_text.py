"""What controllers elect, for people: text for a terminal, Markdown for a summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from wholeship.core.text import printable
from wholeship.output.election_json import ElectionJson
from wholeship.output.ink import Ink
from wholeship.output.policy_json import AccidentJson, JudgementJson, PolicyJson, PolicyViewJson

SHOWN = 5
"""Most stray tags that one line names; the JSON has them all."""

LONGEST = 48
"""Longest tag that is shown whole."""

_THERE = {
    "breaks": "stops the policy for every tag",
    "wins": "is elected",
    "competes": "takes part, though it does not win today",
}
_POSSIBLE = {
    "breaks": "would stop the policy for every tag",
    "wins": "would be elected",
    "competes": "would take part, though not win today",
}


def policy_text(policy: PolicyJson, ink: Ink) -> str:
    """Every policy, one after the other."""
    blocks = ["\n".join(_view(view, ink)) for view in policy.policies]
    concerns = [
        f"{ink('yellow', 'note:')} {printable(one.place)}: {printable(one.message)}"
        + (f"\n  help: {printable(one.advice)}" if one.advice else "")
        for one in policy.concerns
    ]
    remarks = [f"{ink('dim', 'note:')} {printable(remark)}" for remark in policy.remarks]
    rest = "\n".join([*concerns, *remarks])
    return "\n\n".join([*blocks, *([rest] if rest else [])]) + "\n"


def _view(view: PolicyViewJson, ink: Ink) -> Iterator[str]:
    yield f"{ink('bold', printable(view.name))} ({view.controller}): {printable(view.summary)}"
    yield f"  {ink('dim', 'from ' + printable(view.place))}"
    if view.environment:
        yield f"  of the environment {ink('bold', view.environment)}"
    if view.suspended:
        yield f"  {ink('yellow', 'suspended')}: {view.suspended}; nothing rolls out until it is resumed"
    for drive in view.drives:
        what = f"the {drive.part or 'image'} of {printable(drive.image) or 'an image'}"
        yield f"  writes   {what} {ink('dim', 'in ' + printable(drive.place))}"
    if view.now is None:
        yield f"  {ink('red', 'could not find out')}: {printable(view.problem)}"
        return
    yield (
        f"  {view.considered:,} of {view.tags:,} tags of {printable(view.image)} take part"
        + (f" {ink('dim', '(' + printable(view.source) + ')')}" if view.source else "")
    )
    yield f"  now      {_election(view.now, ink)}"
    if view.fallback is not None:
        yield f"  without  {_short(view.now.tag)} it would be {_election(view.fallback, Ink())}"
    if view.after is not None:
        yield from _judgement(view.after, ink)
    yield from _strays(view.accidents, ink)
    if view.candidates_safe is not None:
        yield "  candidates " + (
            ink("green", "cannot be elected")
            if view.candidates_safe
            else ink("red", "could be elected") + ", where they need a tag: anchor the filter at both ends"
        )


def _election(election: ElectionJson, ink: Ink) -> str:
    if election.answer == "elected":
        equal = f" (compares equal: {_few_tags(election.tags)})" if election.tags else ""
        return ink("green", _short(election.tag)) + equal
    if election.answer == "undecided":
        return f"{ink('yellow', 'unknown')}: any of {_few_tags(election.tags)}; {printable(election.reason)}"
    word = {"nothing": "nothing", "broken": "broken", "unknown": "unknown"}[election.answer]
    return f"{ink('red' if word == 'broken' else 'yellow', word)}: {printable(election.reason)}"


def _judgement(after: JudgementJson, ink: Ink) -> Iterator[str]:
    if after.elected:
        instead = f", in place of {printable(after.instead_of)}" if after.instead_of else ""
        yield f"  after    {ink('green', printable(after.tag))} would be elected{instead}"
        return
    yield f"  after    {ink('red', printable(after.tag))} would not be elected: {printable(after.message)}"
    if after.advice:
        yield f"           help: {printable(after.advice)}"


def _strays(accidents: Iterable[AccidentJson], ink: Ink) -> Iterator[str]:
    """A line for each thing that strays do, or would do if they were there."""
    for (visible, danger), group in groupby(accidents, lambda one: (one.visible, one.danger)):
        tags = [f"{_short(one.tag)} ({printable(one.kind)})" for one in group]
        more = f" and {len(tags) - SHOWN:,} more" if len(tags) > SHOWN else ""
        words = f"{_THERE[danger]}:" if visible else f"{_POSSIBLE[danger]} if it were there:"
        style = "dim" if not visible else "yellow" if danger == "competes" else "red"
        yield f"  stray    {ink(style, words)} {', '.join(tags[:SHOWN])}{more}"


def _few_tags(tags: Iterable[str]) -> str:
    return ", ".join(map(_short, tags))


def _short(tag: str) -> str:
    """A tag that a line has room for; signatures are named after whole digests."""
    tag = printable(tag)
    return tag if len(tag) <= LONGEST else f"{tag[:19]}…{tag[-6:]}"


def policy_markdown(policy: PolicyJson) -> str:
    """Every policy as a table row, with what speaks against it below."""
    lines = ["| policy | image | elected now | after the release |", "|---|---|---|---|"]
    for view in policy.policies:
        now = _election(view.now, Ink()) if view.now else f"could not find out: {view.problem}"
        cells = (f"{view.name}: {view.summary}", view.image, now, _after_release(view.after))
        lines.append("| " + " | ".join(_markdown_cell(cell) for cell in cells) + " |")
    for view in policy.policies:
        told = [line.split(None, 1)[1] for line in _strays(view.accidents, Ink())]
        if view.candidates_safe is False:
            told.append("candidates could be elected, where they need a tag")
        lines += [f"- {_markdown_cell(f'{view.name}: {line}')}" for line in told]
    lines += [f"- {_markdown_cell(f'{one.place}: {one.message}')}" for one in policy.concerns]
    lines += [f"- {_markdown_cell(remark)}" for remark in policy.remarks]
    return "\n".join(lines) + "\n"


def _after_release(after: JudgementJson | None) -> str:
    if after is None:
        return ""
    return (
        f"{after.tag} would be elected"
        if after.elected
        else f"{after.tag} would not be elected: {after.message}"
    )


def _markdown_cell(text: str) -> str:
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;")
    # Everything that starts markup; names and patterns come from manifests and registries.
    return re.sub(r"([\\`*_\[\]|~#!])", r"\\\1", text)
