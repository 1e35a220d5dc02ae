"""Simple commands: assignments, functions, other scripts, programs."""

from __future__ import annotations

import functools
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell import arrays, paths, programs, redirects, sinks, spoken, written, xargs
from wholeship.shell.builtins import BUILTINS, Builtin, moved_to
from wholeship.shell.foreign import CHECKED_OUT
from wholeship.shell.left import after_program
from wholeship.shell.machine import DEPTH
from wholeship.shell.names import FUNCTION
from wholeship.shell.rewriting import MANIFESTS
from wholeship.shell.state import (
    COUNT,
    Followed,
    Outcome,
    State,
    Word,
    change_each,
    either,
    join_all,
    join_states,
    outside_subshell,
)
from wholeship.shell.syntax import shown
from wholeship.shell.words import readings, vague
from wholeship.shell.wrappers import setting_of, unwrapped
from wholeship.texts.template import NOTHING, Kind, Template, Value, concat

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine
    from wholeship.shell.nodes import Node

ALTERNATIVES = 3
"""A call of another script that can be so many texts is followed in each."""


def variable_assignment(machine: Machine, node: Node, state: State) -> Outcome:
    """``name=value``."""
    return assigned(machine, [node], state)


def variable_assignments(machine: Machine, node: Node, state: State) -> Outcome:
    """``a=1 b=2``."""
    return assigned(machine, node.named_children, state)


def assigned(machine: Machine, nodes: Sequence[Node], state: State) -> Outcome:
    """``name=value``: the status is that of the last command substitution."""
    for node in nodes:
        value = node.child_by_field_name("value")
        if value is not None and value.type == "command_substitution" and len(nodes) == 1:
            outcome, text = machine.substitution(value, state)
            return Outcome(*(_set(end, node, text) if end else None for end in (outcome.ok, outcome.failed)))
        state = assign(machine, node, state)
    return Outcome(ok=state)


def assign(machine: Machine, node: Node, state: State) -> State:
    """One assignment."""
    name = node.child_by_field_name("name") or node.children[0]
    value = node.child_by_field_name("value")
    if value is not None and value.type == "array":
        return arrays.assign_array(machine, node, value, state)
    if name.type == "subscript":
        return arrays.assign_element(machine, name, value, state)
    text = machine.words.value(value, state) if value is not None else NOTHING
    if name.text == "PATH":
        written.check_path(machine, text, state)
    elif spoken.is_run_later(name.text, str(text)):
        machine.say(f"{name.text}, whose text another program runs: {text}")
    return _set(machine.noted(state), node, text)


def declaration_command(machine: Machine, node: Node, state: State) -> Outcome:
    """``export``, ``local``, ``readonly``, ``declare``: the status of a substitution is lost."""
    own = machine.locals[-1] if machine.locals and _makes_locals(node) else None
    if own is not None and any(child.text == "-" for child in node.children):
        own.add(OPTIONS)
    exports = _exports(node)
    if exports:
        state = _exporting(state, node.named_children)
    for child in node.named_children:
        if own is not None and child.type in ("variable_name", "variable_assignment"):
            name = (child.child_by_field_name("name") or child).text
            state = state.name(name, NOTHING) if child.type == "variable_name" and name not in own else state
            own.add(name)
        if child.type == "variable_assignment":
            given = child.child_by_field_name("value")
            state = assign(machine, child, state)
            if given is not None and given.type != "array" and len(machine.words.words(given, state)) != 1:
                hole = Value.hole(Kind.OUTPUT, child.text, machine.site)  # ``export x={a,b}``
                state = _set(machine.noted(state), child, hole)
    if exports is False:
        state = state._replace(names=state.names.hiding(_declared(node.named_children)))
    return Outcome(ok=state)


def _exports(node: Node) -> bool | None:
    """Whether a declaration hands its variables to the programs that are started; False: keeps them back."""
    flags = [child.text for child in node.children if child.type == "word" and child.text[:1] in ("-", "+")]
    given = "".join(flag for flag in flags if flag[0] == "-")
    if node.children[0].text == "export":
        return False if "n" in given else None if set(given) & set("fp") else True
    return True if "x" in given else False if any("x" in flag for flag in flags) else None


def _exporting(state: State, nodes: Sequence[Node]) -> State:
    """With the variables that *nodes* name, or set, handed to programs."""
    names = _declared(nodes)
    return state._replace(names=state.names.exporting(names)) if names else state


def _declared(nodes: Sequence[Node]) -> list[str]:
    """The variables that *nodes* name, or set."""
    told = [node for node in nodes if node.type in ("variable_name", "variable_assignment")]
    return [(node.child_by_field_name("name") or node).text for node in told]


def _makes_locals(node: Node) -> bool:
    """Whether what a declaration sets is gone when the function is left."""
    given = "".join(child.text for child in node.children if child.type == "word")
    return node.children[0].text in ("local", "declare", "typeset") and not set(given) & set("gfFp")


def unset_command(machine: Machine, node: Node, state: State) -> Outcome:
    """``unset``."""
    gone = {child.text.strip("'\"") for child in node.named_children}
    if machine.functions.keys() & gone:
        state = _without_functions(machine, node, gone, state)
    held = {name.partition("[")[0] for name in gone}
    single = (each for name in held for each in arrays.elements(state, name))
    state = state.without_names({*gone, *single, *(f"{name}{COUNT}" for name in held)})
    state = state._replace(names=state.names.hiding(name for name in gone if name.isidentifier()))
    return Outcome(ok=arrays.without_arrays(state, gone) if state.arrays else state)


def _without_functions(machine: Machine, node: Node, gone: Set[str], state: State) -> State:
    """After ``unset -f``; without ``-f``, a variable of that name goes first."""
    flags = "".join(child.text for child in node.children if child.text[:1] == "-")
    names = [name for name in gone if name in machine.functions and ("f" in flags or name not in state.names)]
    unset = Value.literal_of("none")
    return state if "v" in flags else state.with_names({f"{FUNCTION}{name}": unset for name in names})


def run_command(machine: Machine, node: Node, state: State) -> Outcome:
    """A command line: its words, its own assignments and its redirections."""
    children = [(child, child.type) for child in node.children]  # the tree makes both anew when asked
    own = [child for child, kind in children if kind == "variable_assignment"]
    given = [child for child, kind in children if kind.endswith("redirect")]
    words: list[Word] = []
    for child, kind in children:
        if kind in ("variable_assignment", "comment") or kind.endswith("redirect") or not child.is_named:
            continue
        inner = child.children[0] if kind == "command_name" and child.children else child
        if inner.type == "process_substitution":
            state, word = written.substituted_file(machine, inner, state)
            words.append(word)
            continue
        words += machine.words.words(inner, state)
        state = machine.noted(state)
    local = state
    for child in own:
        local = assign(machine, child, local)
    local = _exporting(local, own) if words else local
    if given:
        local, targets, _ = redirects.redirections(machine, given, local)
        with machine.listening(bool(targets)):
            outcome = called(machine, node, tuple(words), local.silent() if targets else local)
        outcome = change_each(outcome, lambda end: redirects.stored_output(machine, state, end, targets))
    else:
        outcome = called(machine, node, tuple(words), local)
    return change_each(outcome, lambda end: _unprefixed(state, local, end)) if local is not state else outcome


def called(
    machine: Machine, node: Node, words: tuple[Word, ...], state: State, plain_call: bool = True
) -> Outcome:
    """A command line: a builtin, a function, another script, or a program.

    *plain_call*: nothing stands in front of it, such as ``command`` or ``sudo``, that looks for no function.
    """
    plain = words[0].literal if words else None
    if plain in ("exec", "coproc"):
        return (
            _replacing(machine, node, words[1:], state)
            if plain == "exec"
            else _beside(machine, node, words, state)
        )
    setting = setting_of(words)
    given, words = words, unwrapped(words)
    plain_call = plain_call and (len(words) == len(given) or plain == "time")
    if setting is not None and words:
        handed = state.names.kept(setting.only, setting.taken)
        local = state._replace(names=handed).with_names(setting.variables)
        local = local._replace(names=local.names.exporting(setting.variables))
        local = moved_to(local, setting.folder) if setting.folder is not None else local
        return change_each(
            called(machine, node, words, local, plain_call), lambda end: _unprefixed(state, local, end)
        )
    if words and words[0].literal == "{":
        machine.say("a group of commands that could not be read")
    lines = readings(words)
    name = words[0].literal if words else ""
    if not words or (name == "" and len(lines) == 1 and not lines[0]):
        return Outcome(ok=state)
    if name is None and len(lines) == 1 and lines[0]:
        name = lines[0][0].literal
    name = _without_folder(name)
    if plain_call and name in machine.functions and machine.depth < DEPTH:
        answer = _any_body(machine, name or "", words[1:], state)
        if answer is not None:
            return answer
    if name == "printf" and len(words) > 2 and words[1].literal == "-v":
        return _printed_into(machine, words[2:], state)
    if name in ("echo", ":", "true") and _is_put_in_front(node):
        why = f"`{shown(node)}` only says it"
        if machine.skips([node], why):
            machine.revived(why, functools.partial(called, machine, node, words[1:], state))
    if name in ("echo", "printf"):
        return said(machine, node, lines, state)
    builtin = BUILTINS.get(name or "")
    if builtin is not None:
        answer = _in_each_reading(machine, builtin, lines or ((),), state)
        if answer is not None:
            return answer
    if name == "xargs":
        return xargs.xargs(machine, node, words[1:], state)
    if name == "find":
        found = xargs.run_find(machine, node, words, state)
        if found is not None:
            return found
    return run_program(machine, node, words, lines, state)


def _any_body(machine: Machine, name: str, arguments: tuple[Word, ...], state: State) -> Outcome | None:
    """A call of the function *name*, in each way that it may be defined; None: it is unset."""
    bodies = machine.bodies_of(name, state)
    known = [body for body in bodies if body is not None]
    if known and len(known) < len(bodies):
        machine.say(f"the function {name}, which may be unset")
    return (
        functools.reduce(either, (function(machine, body, arguments, state) for body in known))
        if known
        else None
    )


def _in_each_reading(
    machine: Machine, builtin: Builtin, lines: tuple[tuple[Template, ...], ...], state: State
) -> Outcome | None:
    """What *builtin* does with a line that can be any of *lines*; None: with one of them it is a program."""
    if len(lines) > 1 and builtin is BUILTINS["trap"]:
        machine.say("a trap with text that is not known")
    answers = [builtin(machine, line, state) for line in lines]
    known = [answer for answer in answers if answer is not None]
    return functools.reduce(either, known) if len(known) == len(answers) else None


_IN_BIN = lazy_pattern(
    r"/(?:usr/)?(?:local/)?bin/(bash|sh|dash|zsh|xargs|find|tee|echo|printf|true|false|test|realpath|readlink)"
)
"""Programs that are run here, by their full path."""


def _without_folder(name: str | None) -> str | None:
    """``/bin/bash`` is ``bash``."""
    found = _IN_BIN.fullmatch(name) if name is not None else None
    return found[1] if found is not None else name


def _is_put_in_front(node: Node) -> bool:
    """Whether the program is what a variable holds: ``$DRY docker push …``."""
    name = node.child_by_field_name("name")
    return name is not None and name.text.startswith("$")


def _printed_into(machine: Machine, words: tuple[Word, ...], state: State) -> Outcome:
    """``printf -v NAME …``: into the variable instead of to the output."""
    lines = readings((Word(Value.literal_of("printf")), *words[1:]))
    name = words[0].literal
    if name is None or not name.isidentifier():
        machine.say(f"printf into a variable that is not known, {words[0].value}")
        return Outcome(ok=state)
    return Outcome(ok=state.name(name, printed_lines(machine, lines, state._replace(stdin=None))))


def run_program(
    machine: Machine,
    node: Node,
    words: tuple[Word, ...],
    lines: tuple[tuple[Template, ...], ...],
    state: State,
) -> Outcome:
    """Another script, or a program that answers nobody knows what."""
    calls = lines if len(lines) <= ALTERNATIVES else (vague(words),)
    followed_too = machine.depth < DEPTH
    others = [_other_script(machine, line, state) for line in calls] if followed_too else []
    index = machine.record(node, words, state, lines)
    known = [other for other in others if other is not None]
    if known and len(known) == len(calls):
        machine.follows(index)
        return functools.reduce(either, (followed(machine, other, index, state) for other in known))
    text = printed_lines(machine, lines, state) if machine.heard else NOTHING
    left = after_program(machine, lines[0] if lines else (), written.placed(machine, lines, state))
    well = left.succeeded(index, machine.answered.get(index, 0))
    return Outcome(well.said(text), left.missed(index).said(text))


def _other_script(machine: Machine, line: tuple[Template, ...], state: State) -> Followed | None:
    """The script that *line* runs: one that this very script has written, or one of the repository."""
    made = written.script_of(machine, line, state)
    heard = machine.heard > 0
    if made is not None or not machine.may_follow(line, heard):
        return made
    return machine.follow(line, state.handed(), heard)


def _replacing(machine: Machine, node: Node, words: tuple[Word, ...], state: State) -> Outcome:
    """``exec PROGRAM``: the shell is gone, and ends as the program does."""
    if not words:
        return Outcome(ok=state)
    outcome = called(machine, node, words, state)
    exits = machine.exits[-1]
    exits.good.extend([outcome.ok] if outcome.ok is not None else [])
    exits.bad.extend(end for end in (outcome.bad, outcome.soft) if end is not None)
    return Outcome()


def _beside(machine: Machine, node: Node, words: tuple[Word, ...], state: State) -> Outcome:
    """``coproc``: it runs in the background."""
    machine.background, before = True, machine.background
    outcome = called(machine, node, words[1:], state)
    machine.background = before
    return Outcome(ok=machine.started(outcome, state))


def printed_lines(machine: Machine, lines: tuple[tuple[Template, ...], ...], state: State) -> Value:
    """What any of *lines* may print."""

    def read(path: str) -> str | None:
        made = written.text_left(machine, Template.of(path), state)
        return machine.read(path) if made is None else made.literal

    def answer(line: tuple[Template, ...]) -> Value:
        line, stdin = _given_what_was_left(machine, line, state)
        given = (*line, *stdin.options) if stdin is not None else line
        text = machine.words.asked_again(programs.program_output(line, stdin, read, machine.site), given)
        return programs.of_this_job(text) if _asks_another_tree(machine, line, state) else text

    answers = [answer(line) for line in lines]
    return Value.of(*(option for answer in answers for option in answer.options)) if answers else NOTHING


def _asks_another_tree(machine: Machine, line: tuple[Template, ...], state: State) -> bool:
    """Whether git is asked in a folder where something else was checked out.

    What steps check out into the root is known: it is the commit that is there.
    """
    if not line or line[0].literal != "git":
        return False
    given = line[2].literal if len(line) > 2 and line[1].literal == "-C" else "."
    here = paths.here(state.names)
    place = machine.tree.located(given, here) if given is not None and here is not None else None
    who = machine.tree.by(place) if place is not None else None
    return who is not None and (bool(place) or not who.startswith(CHECKED_OUT))


def _given_what_was_left(
    machine: Machine, line: tuple[Template, ...], state: State
) -> tuple[tuple[Template, ...], Value | None]:
    """*line* with the one file that was written in the run, and is not known, as its standard input.

    Some programs read a file that nobody names to them.
    """
    name = (line[0].literal or "").rpartition("/")[2] if line else ""
    if name not in programs.FILE_READERS:
        manifest = MANIFESTS.get(name)
        said = written.text_left(machine, Template.of(manifest), state) if manifest is not None else None
        return line, said if said is not None and said.literal is None else state.stdin
    given = [at for at, word in enumerate(line) if at and not word.head.startswith("-")]
    files = given[1:] if name in programs.WITH_A_FILTER and len(given) > 1 else given
    left = {at: written.text_left(machine, line[at], state) for at in files}
    unknown = {at: text for at, text in left.items() if text is not None and text.literal is None}
    if not unknown:
        return line, state.stdin
    rest = tuple(word for at, word in enumerate(line) if at not in unknown)
    return rest, concat(unknown.values())


def function(machine: Machine, body: Node, arguments: tuple[Word, ...], state: State) -> Outcome:
    """A call of a function of the script."""
    machine.depth += 1
    machine.inside += 1
    machine.bodies_run.add(body.id)
    machine.returns.append(([], []))
    machine.locals.append(set())
    around = machine.breaks, machine.rounds
    if not machine.posix:
        machine.breaks, machine.rounds = [], []  # bash leaves no loop from inside a function
    inner = machine.run(body, state._replace(arguments=arguments))
    machine.breaks, machine.rounds = around
    if _ends_inside(machine, inner.bad):
        machine.exits[-1].bad.extend(end for end in (inner.bad,) if end is not None)
        inner = Outcome(inner.ok, None, inner.soft)
    good, bad = machine.returns.pop()
    own = machine.locals.pop()
    machine.inside -= 1
    machine.depth -= 1
    ok, failed = join_states(inner.ok, join_all(good)), join_states(inner.failed, join_all(bad))
    return change_each(Outcome(ok, failed), lambda end: _outside_function(end, own, state))


OPTIONS = "-"
"""``local -``: what ``set`` does in a function is undone when it is left."""


def _outside_function(end: State, own: Set[str], before: State) -> State:
    after = end.outside_function(own, before)._replace(arguments=before.arguments)
    if OPTIONS not in own:
        return after
    return after._replace(errexit=before.errexit, pipefail=before.pipefail, nounset=before.nounset)


def _ends_inside(machine: Machine, end: State | None) -> bool:
    """Whether ``-e`` ends the shell inside a function, so that no trap on ERR outside of it runs."""
    if machine.trapped is None or end is None or machine.exempt:
        return False
    return end.errexit and not machine.is_trapped(end)


def followed(machine: Machine, script: Followed, index: int, state: State) -> Outcome:
    """Another script, in a shell of its own."""
    name = script.names.get("0")
    handed = state.handed()
    inside = handed._replace(
        names=handed.names.with_all(script.names).exporting(script.names),
        arrays={"BASH_SOURCE": (Word(name),)} if name is not None else handed.arrays,
        arguments=script.arguments,
        errexit=script.errexit,
        pipefail=script.pipefail,
        nounset=script.nounset,
    )
    machine.depth += 1
    machine.file, before = script.file, machine.file
    exempt, machine.exempt = machine.exempt, 0
    functions, machine.functions, bodies, machine.bodies = machine.functions, {}, machine.bodies, {}
    trapped, machine.trapped, called_from, machine.inside = machine.trapped, None, machine.inside, 0
    posix, machine.posix = machine.posix, script.posix
    inherits, machine.inherits_errexit = machine.inherits_errexit, script.posix
    with machine.own_exits() as exits:
        inner = machine.caught(machine.text(script.text, inside))
        machine.revive_uncalled(inside)
    machine.trapped, machine.inside, machine.posix = trapped, called_from, posix
    machine.inherits_errexit = inherits
    machine.file, machine.exempt, machine.functions, machine.bodies = before, exempt, functions, bodies
    machine.depth -= 1
    inner = outside_subshell(state, inner, exits)
    ok, failed = inner.ok, inner.failed
    missed = failed.missed(index).ended(failed.status) if failed else state.missed(index)
    return Outcome(ok.succeeded(index) if ok else None, missed)


def said(machine: Machine, node: Node, lines: tuple[tuple[Template, ...], ...], state: State) -> Outcome:
    """``echo`` and ``printf``."""
    if not machine.heard and not any("::" in word.head for line in lines for word in line):
        return Outcome(ok=state)
    text = printed_lines(machine, lines, state._replace(stdin=None))
    spoken = machine.sinks.spoken(text)
    if spoken is not None:
        sink, value = spoken
        place = f"{sink}{sinks.APART}{machine.file}:{node.start_byte}"
        value += Value.literal_of("\n")
        machine.hands_on(place, state, value)
        return Outcome(ok=machine.handed_on(place, state.write(place, value, append=True), value))
    return Outcome(ok=state.said(text))


def _set(state: State, node: Node, value: Value) -> State:
    name = (node.child_by_field_name("name") or node.children[0]).text
    grows = any(child.type == "+=" for child in node.children)
    if name in state.arrays:
        return arrays.assign_first(state, name, value, grows=grows)
    return state.name(name, state.names.get(name, NOTHING) + value if grows else value)


def _unprefixed(before: State, local: State, after: State) -> State:
    """``NAME=value command``: the assignment is gone after the command."""
    own = before.names.own
    changed = {name for name, value in local.names.own.items() if name not in own or own[name] is not value}
    return after._replace(names=after.names.restored(changed, before.names))
