"""A script, run over every way it can go, without knowing what programs answer.

Each statement turns the state before it into up to three states after it: ended well, ended badly, and
ended badly in a place where ``set -e`` looks away. What a script's success says about one command follows
from the states in which the script can end with status 0: a command that may have failed in one of them is
*masked*; one that may not have been tried is *conditional*. POSIX "Shell Command Language", ``set -e``;
GitHub docs, workflow syntax, ``jobs.<id>.steps[*].shell`` for the options that a script starts with.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from wholeship.core.bits import BitSet
from wholeship.shell import commands, loops, paths, programs, redirects, statements, written
from wholeship.shell.foreign import WorkTree
from wholeship.shell.machine import Machine, Statement
from wholeship.shell.names import Names, Surroundings
from wholeship.shell.sinks import ENVIRONMENT, NO_SINKS, SET, Sinks, entries, is_of, is_place, texts_of
from wholeship.shell.state import WROTE, Follow, Followed, MayFollow, Script, State, ends_well
from wholeship.shell.statuses import WELL
from wholeship.shell.ways import Way, marks_of
from wholeship.texts.template import EMPTY, NOTHING, Template, Value

STATEMENTS: Mapping[str, Statement] = {
    "list": statements.run_list,
    "negated_command": statements.negated_command,
    "pipeline": redirects.pipeline,
    "subshell": statements.subshell,
    "compound_statement": statements.compound_statement,
    "function_definition": statements.function_definition,
    "if_statement": statements.run_branches,
    "case_statement": statements.case_statement,
    "test_command": statements.test_command,
    "for_statement": loops.for_statement,
    "while_statement": loops.while_statement,
    "c_style_for_statement": loops.c_style_for_statement,
    "redirected_statement": redirects.redirected_statement,
    "variable_assignment": commands.variable_assignment,
    "variable_assignments": commands.variable_assignments,
    "declaration_command": commands.declaration_command,
    "unset_command": commands.unset_command,
    "command": commands.run_command,
    "program": statements.run_statements,
    "do_group": statements.run_statements,
}
"""What runs each kind of node of the syntax tree."""


def _never(_argv: tuple[Template, ...], _state: State, _heard: bool) -> Followed | None:
    return None


def _perhaps(_line: tuple[Template, ...], _heard: bool) -> bool:
    return True


def _no_file(_path: str) -> str | None:
    return None


def interpret(
    script: str,
    *,
    names: Mapping[str, Value] | Surroundings | None = None,
    known: Mapping[str, Value] | None = None,
    shell: str = "",
    site: str = "",
    read: programs.Read = _no_file,
    follow: Follow = _never,
    may_follow: MayFollow = _perhaps,
    sinks: Sinks = NO_SINKS,
    tree: WorkTree | None = None,
    revive: bool = False,
    answered: Mapping[int, int] = MappingProxyType({}),
    directory: str = "",
) -> Script:
    """What *script* does when run by *shell* (as a step's ``shell:`` spells it) in the environment *names*.

    *sinks* are the files by which it hands things on. *known* maps placeholders inside the text to values
    that are substituted before the shell sees them. *tree* is told which files are another's from when on.
    *directory* is where it starts, below the root.
    *revive*: parts that push, and that no run gets to, are read as if one did. *answered*: commands that are
    as good as done (as bits) where another, by its index, has ended well.
    """
    errexit, pipefail = options_of(shell)
    own = {name: Value.literal_of(path) for name, path in sinks.variables.items()}
    own |= paths.began_in(directory)
    around = names if isinstance(names, Surroundings) else Surroundings(names or {})
    nounset = re.search(r"\s-[a-z]*u|nounset", shell) is not None
    state = State(names=Names(around, own), errexit=errexit, pipefail=pipefail, nounset=nounset)
    posix = shell.split()[:1] == ["sh"]
    known = dict(known or {})
    machine = Machine(
        STATEMENTS, known, site, read, follow, call=commands.called, may_follow=may_follow, sinks=sinks,
        posix=posix, tree=tree, revive=revive, answered=answered,
    )  # fmt: skip
    try:
        return _run_whole(machine, script, state)
    finally:
        machine.let_go()


def _run_whole(machine: Machine, text: str, state: State) -> Script:
    """What all of *text* does, from what bash reads before it to what its end hands on."""
    start = machine.begun(state)
    end = machine.caught(machine.text(text, start))
    machine.revive_uncalled(start)
    final = ends_well(end, machine.exits[0])
    for value in _handed_on(machine.sinks.path, final):
        written.check_path(machine, value, final or state)
    met = tuple(
        replace(each, after=required)
        for each, required in zip(machine.commands, machine.required, strict=True)
    )
    every = frozenset(range(len(met)))
    if final is None:
        unread = tuple(machine.unread)
        return Script(
            met, every, frozenset(), unread=unread, statements=machine.steps, fails=not unread,
            skipped=tuple(machine.skipped),
        )  # fmt: skip
    sure = {name.removeprefix(SET) for name in final.names.own if name.startswith(SET)}
    sure = {name for name in sure if final.names.get(f"{SET}{name}", NOTHING).only == WELL.only}
    outputs = entries(_handed_on(machine.sinks.outputs, final), machine.site)
    environment = entries(_handed_on(machine.sinks.environment, final), machine.site)

    unset = [
        *_where_unset(final, machine.sinks.outputs, outputs.values, ""),
        *_where_unset(final, machine.sinks.environment, environment.values, ENVIRONMENT),
    ]

    def is_lost(name: str) -> bool:
        return environment.lost if name.startswith(ENVIRONMENT) else outputs.lost

    return Script(
        commands=met,
        conditional=every.difference(BitSet(final.tried)),
        masked=frozenset(BitSet(final.failed)),
        outputs=outputs.values,
        environment=environment.values,
        lost_outputs=outputs.lost,
        lost_environment=environment.lost,
        files={path: value for path, value in final.files.items() if not path.startswith("\0")},
        unread=tuple(dict.fromkeys(machine.unread)),
        statements=machine.steps,
        untaken=tuple(machine.untaken),
        shown={key: done for key, done in (*machine.shown.items(), *unset) if not is_lost(key[0])},
        filled=frozenset(name for name in sure if not is_lost(name)),
        handed=machine.handed or 0,
        asked=final.asked,
        skipped=tuple(machine.skipped),
    )


def _where_unset(
    final: State, sink: str, values: Mapping[str, Value], head: str
) -> Iterator[tuple[tuple[str, str], int]]:
    """What has succeeded wherever a script that ended well has not set a name, by that name and no text."""
    for name, value in values.items():
        written = {path: texts_of(each, name) for path, each in final.files.items() if is_of(sink, path)}
        written = {path: texts for path, texts in written.items() if any(text is not None for text in texts)}
        if EMPTY not in value.options or any(
            EMPTY in texts or not is_place(path) for path, texts in written.items()
        ):
            continue
        sure = [f"{WROTE}{path}" for path, texts in written.items() if None not in texts]
        ways = final.ways or (Way({}, final.marks),)
        left = [way for way in ways if all(way.known.get(path, EMPTY) == EMPTY for path in sure)]
        if left:
            yield (f"{head}{name}", ""), marks_of(left).done


def _handed_on(sink: str, final: State | None) -> list[Value]:
    """What was written to *sink*, place by place."""
    files = final.files if final is not None else {}
    return [value for path, value in files.items() if is_of(sink, path)]


SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh", "ash", "busybox"))
"""Programs whose scripts this reads."""


def options_of(shell: str) -> tuple[bool, bool]:
    """``errexit`` and ``pipefail`` for a ``shell:`` value; nothing given is ``bash -e {0}``."""
    if shell == "bash":
        return True, True
    if shell in ("", "sh"):
        return True, False
    words = shell.split()
    named = [at for at, word in enumerate(words) if posixpath.basename(word) in SHELLS]
    flags = words[named[-1] + 1 :] if named else words
    errexit = any(re.fullmatch(r"-[a-z]*e[a-z]*", flag) for flag in flags) or "errexit" in flags
    return errexit, "pipefail" in flags
