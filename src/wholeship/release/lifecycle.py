"""What can be true of a release, as the registry alone tells it, and which move may come next.

Truth is in the registry: the state is computed from what is visible, never remembered. The journal
and the record are evidence of intention; losing them costs time. ``TABLE`` is what promotion,
status and repair act on, and what the documentation's diagram is drawn from; anything not in
it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from wholeship.core.errors import Bug
from wholeship.release.stages.results import Seen


class State(StrEnum):
    """What a release looks like from outside."""

    NOT_STARTED = "not-started"  # no image has the tag
    HIDDEN_PARTIAL = "hidden-partial"  # some siblings have it; harmless, nobody watches them
    READY = "ready"  # every sibling has it; the watched image does not
    PUBLISHED = "published"  # every image has it, listed and resolvable
    LAG = "lag"  # everything resolves, the listing of the watched tag is late
    PARTLY_OUT = (
        "partly-out"  # every sibling has it, some of several followed images have it, others do not yet
    )
    BROKEN_VISIBLE = "broken-visible"  # the watched tag is visible, a sibling's is not
    MIXED = "mixed"  # the watched tag is visible, a sibling's points elsewhere
    GHOST = "ghost"  # the watched tag is listed and does not resolve: controllers see it
    TAG_TAKEN = "tag-taken"  # hidden, but the tag is bound to something else somewhere
    FOREIGN = "foreign"  # the watched tag is visible and points to something else
    UNKNOWN = "unknown"  # some answer could not be had


class Move(StrEnum):
    """What wholeship may do next."""

    BIND_SIBLINGS = "bind-siblings"
    COMMIT = "commit"
    REBIND_WATCHED = "rebind-watched"
    MOVE_ALIASES = "move-aliases"
    WAIT = "wait"
    REFUSE = "refuse"
    ASK_A_PERSON = "ask-a-person"


TABLE: dict[State, tuple[Move, ...]] = {
    State.NOT_STARTED: (Move.BIND_SIBLINGS,),
    State.HIDDEN_PARTIAL: (Move.BIND_SIBLINGS,),
    State.READY: (Move.COMMIT,),
    State.PUBLISHED: (Move.MOVE_ALIASES,),
    State.LAG: (Move.WAIT,),
    # Between two followed images: on, whatever became of the policy meanwhile.
    State.PARTLY_OUT: (Move.COMMIT,),
    # Missing siblings are put back even though the tag is out: every second they lack is an outage.
    State.BROKEN_VISIBLE: (Move.BIND_SIBLINGS,),
    State.GHOST: (Move.BIND_SIBLINGS, Move.REBIND_WATCHED),
    State.MIXED: (Move.ASK_A_PERSON,),
    State.TAG_TAKEN: (Move.REFUSE,),
    State.FOREIGN: (Move.REFUSE,),
    State.UNKNOWN: (Move.WAIT,),
}
"""Legal moves by state. A bound tag is never moved by any of them."""

VISIBLE = frozenset(
    {
        State.PUBLISHED,
        State.LAG,
        State.PARTLY_OUT,
        State.BROKEN_VISIBLE,
        State.MIXED,
        State.GHOST,
        State.FOREIGN,
    }
)
"""States in which a controller may already have acted on the tag."""

HALF = frozenset({State.PARTLY_OUT, State.BROKEN_VISIBLE, State.MIXED, State.GHOST})
"""States in which a watched tag is visible and the release behind it is not whole."""

NEXT: dict[tuple[State, Move], frozenset[State]] = {
    (State.NOT_STARTED, Move.BIND_SIBLINGS): frozenset(
        {State.NOT_STARTED, State.HIDDEN_PARTIAL, State.READY, State.TAG_TAKEN, State.UNKNOWN}
    ),
    (State.HIDDEN_PARTIAL, Move.BIND_SIBLINGS): frozenset(
        {State.HIDDEN_PARTIAL, State.READY, State.TAG_TAKEN, State.UNKNOWN}
    ),
    (State.READY, Move.COMMIT): frozenset(
        {State.READY, State.PARTLY_OUT, State.PUBLISHED, State.LAG, State.UNKNOWN}
    ),
    (State.PARTLY_OUT, Move.COMMIT): frozenset(
        {State.PARTLY_OUT, State.PUBLISHED, State.LAG, State.MIXED, State.UNKNOWN}
    ),
    (State.PUBLISHED, Move.MOVE_ALIASES): frozenset({State.PUBLISHED}),
    (State.LAG, Move.WAIT): frozenset({State.LAG, State.PUBLISHED}),
    (State.BROKEN_VISIBLE, Move.BIND_SIBLINGS): frozenset(
        {State.BROKEN_VISIBLE, State.PARTLY_OUT, State.PUBLISHED, State.MIXED, State.UNKNOWN}
    ),
    (State.GHOST, Move.BIND_SIBLINGS): frozenset({State.GHOST, State.UNKNOWN}),
    (State.GHOST, Move.REBIND_WATCHED): frozenset({State.GHOST, State.PUBLISHED, State.UNKNOWN}),
    (State.UNKNOWN, Move.WAIT): frozenset(State),
}
"""Where a move of ours can lead when nobody else writes."""


def check_move(state: State, move: Move) -> None:
    """Nothing, when *move* is legal in *state*; a :class:`Bug` otherwise."""
    if move not in TABLE[state]:
        raise Bug(f"the move {move} is not legal in the state {state}")


def classify(followed: Sequence[Seen], siblings: Sequence[Seen]) -> State:
    """The state that what was *seen* amounts to: of the images that are followed, and of the others."""
    if any(s.problem for s in (*followed, *siblings)):
        return State.UNKNOWN
    wrong = [s for s in siblings if s.found is not None and s.found != s.expected]
    # A ghost sibling (listed, unresolvable) cannot be pulled: it counts as missing.
    missing = [s for s in siblings if s.found is None]
    shown = [s for s in followed if s.found is not None or s.listed]
    if not shown:
        if wrong:
            return State.TAG_TAKEN
        if not missing:
            return State.READY
        return State.NOT_STARTED if len(missing) == len(siblings) else State.HIDDEN_PARTIAL
    foreign = [s for s in shown if s.found is not None and s.found != s.expected]
    if foreign and len(foreign) == len(shown):
        return State.FOREIGN
    if wrong or foreign:
        return State.MIXED
    if any(s.found is None for s in shown):
        return State.GHOST
    if missing:
        return State.BROKEN_VISIBLE
    if len(shown) < len(followed):
        return State.PARTLY_OUT
    return State.PUBLISHED if all(s.listed for s in (*followed, *siblings)) else State.LAG
