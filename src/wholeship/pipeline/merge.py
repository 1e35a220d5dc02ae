"""The effects of a command line that can be several texts: what all of them do, and what some may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wholeship.pipeline.effects import Effect, Write
from wholeship.pipeline.publish import Reference


def merged_effects(choices: Sequence[tuple[Effect, ...]]) -> list[Effect]:
    """One list of effects for all *choices*."""
    if len(choices) <= 1:
        return [effect for choice in choices for effect in choice]
    if all(len(choice) == 1 and isinstance(choice[0], Write) for choice in choices):
        writes = [choice[0] for choice in choices if isinstance(choice[0], Write)]
        if len({(write.way, write.cache) for write in writes}) == 1:
            return [_joined_writes(writes)]
    every = dict.fromkeys(effect for choice in choices for effect in choice)
    return [_perhaps(effect, all(effect in choice for choice in choices)) for effect in every]


def _joined_writes(writes: Sequence[Write]) -> Write:
    every = dict.fromkeys(replace(r, certain=True) for write in writes for r in write.references)
    references = tuple(replace(each, certain=all(_has(write, each) for write in writes)) for each in every)
    alike = len({write.platforms for write in writes}) == 1
    sources = tuple(dict.fromkeys(source for write in writes for source in write.sources))
    return replace(
        writes[0],
        references=references,
        sources=sources,
        platforms=writes[0].platforms if alike else None,
        maybe=any(write.maybe for write in writes),
    )


def _has(write: Write, wanted: Reference) -> bool:
    return any(each.certain and replace(each, certain=True) == wanted for each in write.references)


def _perhaps(effect: Effect, always: bool) -> Effect:
    return replace(effect, maybe=True) if isinstance(effect, Write) and not always else effect
