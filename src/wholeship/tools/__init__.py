"""Programs that build, push, copy or test images: one family a file, found by name in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wholeship.pipeline.effects import Effect, Examine, Opaque
from wholeship.pipeline.publish import CheckKind
from wholeship.texts.template import Template
from wholeship.tools import (
    attach,
    builders,
    checks,
    copies,
    docker,
    handed,
    opaque,
    ours,
    podman,
    removals,
    suites,
    teardown,
)
from wholeship.tools.arguments import is_given_a_push
from wholeship.tools.open_words import filled_in_the_run
from wholeship.tools.quiet_verbs import is_quiet
from wholeship.tools.world import World

Reader = Callable[[Sequence[Template], World], tuple[Effect, ...]]

ALL_PROGRAMS: Mapping[str, Reader] = {
    **docker.PROGRAMS,
    **podman.PROGRAMS,
    **copies.PROGRAMS,
    **builders.PROGRAMS,
    **attach.PROGRAMS,
    **checks.PROGRAMS,
    **ours.PROGRAMS,
}


def effects_of(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """What one command line does; unknown code is ``Opaque``, harmless programs are nothing.

    Where the reader of a program finds nothing, its command must be one that is known to push nothing.
    A runner of tests does what they do, too.
    """
    found = _done_by(words, world) if words else ()
    if not any(isinstance(each, Examine) and each.kind is CheckKind.TEST for each in found):
        return found
    path = suites.pushing_test(words, world)
    return (
        (Opaque(f"{path}, which {opaque.program_name(words[0])} runs"), *found) if path is not None else found
    )


def _done_by(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    base = opaque.program_name(words[0])
    gone = removals.removed_by_line(base, words)
    if gone is None:
        gone = teardown.torn_down(base, words, world)
    if gone is not None:
        return gone
    reader = ALL_PROGRAMS.get(base)
    told = is_given_a_push(base, words)
    if reader is not None:
        found = reader(words, world)
        more = filled_in_the_run(base, words, found)
        if found or more:
            return (*found, *more)
        silent = not told and is_quiet(base, words)
        return () if silent else (opaque.unlike_its_list(base, words, modelled=True),)
    told = told or opaque.whose_targets(base, world) is not None
    checked = () if told else checks.by_line(words)
    return (
        (handed.handed_push(base, words, world) or checked) if checked else opaque.judge_program(words, world)
    )
