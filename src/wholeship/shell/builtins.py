"""Commands that the shell does itself. None means: treat it as a program."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wholeship.shell import paths, written
from wholeship.shell.arithmetic import number_of
from wholeship.shell.conditions import plain_test
from wholeship.shell.left import is_left
from wholeship.shell.loops import may_be_many
from wholeship.shell.machine import DEPTH, Trapped
from wholeship.shell.names import ERRTRACE, INHERITS, NO, TRAPPED, YES
from wholeship.shell.state import (
    WAITS,
    Exits,
    Outcome,
    State,
    Word,
    change_each,
    inherit,
    join_all,
    join_states,
    outside_subshell,
    with_exits,
)
from wholeship.shell.statuses import BADLY, WELL
from wholeship.shell.ways import Marks
from wholeship.texts.template import NOTHING, Hole, Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine, Process

Builtin = Callable[["Machine", tuple[Template, ...], State], "Outcome | None"]


def alias(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``alias``, where the shell heeds it: what later lines run is not what they say."""
    if machine.expands_aliases and any("=" in word.head for word in words[1:]):
        machine.say(f"an alias, {words[1]}, which changes what later lines run")
    return Outcome(ok=state)


def hashed(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``hash -p``, ``enable``: another program under a name."""
    if any(word.head.startswith(("-p", "-f", "-n")) for word in words[1:]):
        machine.say(f"{' '.join(map(str, words[:4]))}, which changes what a name runs")
    return Outcome(ok=state)


def well(machine: Machine, _words: tuple[Template, ...], state: State) -> Outcome:
    """Always ends well."""
    return Outcome(ok=state)


def badly(machine: Machine, _words: tuple[Template, ...], state: State) -> Outcome:
    """Always ends badly."""
    return Outcome(bad=state)


def test(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``test`` by its name."""
    answer = plain_test(words[1:], lambda sign, path: is_left(sign, path, state))
    return Outcome(ok=state if answer is not False else None, bad=state if answer is not True else None)


def let(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome | None:
    """``let``: the status is that of its last number."""
    text = " ".join(f"(( {word.literal} ))" if word.literal else "\0" for word in words[1:])
    if "\0" in text or not text:
        return None
    ended = Outcome(ok=state)
    for calculation in machine.tree_of(text.replace(")) ((", "))\n((")).named_children:
        ended = machine.run(calculation, ended.any or state)
    return ended


def change_directory(_machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``cd``, ``pushd`` and ``popd``, as far as they stay inside the repository."""
    program = words[0].literal
    before = state.names.get(paths.DIRECTORY) or NOTHING
    left = state.names.get(paths.PUSHED) or NOTHING
    if program == "popd" and len(words) == 1 and left.literal:
        *rest, back, _end = left.literal.split("\n")
        fewer = state.name(paths.PUSHED, Value.literal_of("".join(f"{each}\n" for each in rest)))
        return Outcome(ok=_put(fewer, Value.literal_of(back)))
    if program == "pushd":
        known = before.literal is not None and left.literal is not None
        after = f"{left.literal}{before.literal}\n" if known else ""
        state = state.name(paths.PUSHED, Value.literal_of(after))
    if program == "cd" and [word.literal for word in words[1:]] == ["-"]:
        return Outcome(ok=_put(state, state.names.get(paths.LEFT) or NOTHING), bad=state)
    target = words[1] if len(words) == 2 and program != "popd" else None
    return Outcome(ok=moved_to(state, target), bad=state)


def moved_to(state: State, target: Template | None) -> State:
    """*state* in the folder *target*; None: nobody knows where."""
    path = paths.moved(target, state.names) if target is not None else None
    return _put(state, Value.literal_of(path) if path is not None else paths.unknown_folder(target))


def _put(state: State, there: Value) -> State:
    before = state.names.get(paths.DIRECTORY) or NOTHING
    after = state.name(paths.DIRECTORY, there).name(paths.LEFT, before)
    return after.name("PWD", paths.working(after.names))


def say_directory(_machine: Machine, _words: tuple[Template, ...], state: State) -> Outcome:
    """``pwd``."""
    return Outcome(ok=state.said(paths.working(state.names) + Value.literal_of("\n")))


def real_path(_machine: Machine, words: tuple[Template, ...], state: State) -> Outcome | None:
    """``realpath``, ``readlink -f``: links are taken for what they point to."""
    path = paths.resolved_path(words, state.names)
    return Outcome(ok=state.said(Value.of(Template.of(path, "\n"))), bad=state) if path is not None else None


def source(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome | None:
    """``source FILE``: its functions and variables stay."""
    if len(words) > 1 and words[1].literal == "/dev/stdin" and state.stdin is not None:
        return _from_here(machine, state, state.stdin)
    if machine.depth >= DEPTH:
        return None
    script = written.script_of(machine, words, state) or machine.follow(words, state, True)
    if script is None:
        return None
    arguments = script.arguments or state.arguments
    own = {**state.arrays, "BASH_SOURCE": (Word(Value.literal_of(script.file)),)}
    machine.returns.append(([], []))
    machine.file, before = script.file, machine.file
    inner = nested(machine, script.text, state._replace(arguments=arguments, arrays=own))
    machine.file = before
    good, bad = machine.returns.pop()
    outcome = Outcome(
        join_states(inner.ok, join_all(good)), join_states(inner.bad, join_all(bad)), inner.soft
    )
    return change_each(
        outcome,
        lambda end: end._replace(
            arguments=state.arguments,
            arrays={**end.arrays, "BASH_SOURCE": state.arrays.get("BASH_SOURCE", ())},
        ),
    )


def _from_here(machine: Machine, state: State, given: Value) -> Outcome | None:
    """``. /dev/stdin``: what comes through a pipe runs here."""
    text = written.runnable_script(machine, given, "a script that comes through a pipe and is not known")
    return nested(machine, text, state) if text is not None and machine.depth < DEPTH else None


def leave_script(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``exit``."""
    leave_by(machine, machine.exits[-1], words, state)
    return Outcome()


def leave_function(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``return``."""
    leave_by(machine, machine.returns[-1] if machine.returns else machine.exits[-1], words, state)
    return Outcome()


def wait(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``wait``: answers as the last process named has ended; 0 where none is named."""
    given = [word for word in words[1:] if not word.head.startswith("-")]
    if any(word.literal == "-n" for word in words[1:]):
        return _wait_for_next(machine, state) if not given else Outcome(ok=state, bad=state)
    if not given:
        return Outcome(ok=_none_left(state))
    holes = given[-1].holes
    process = machine.processes.get(holes[0].name) if len(holes) == 1 == len(given[-1].parts) else None
    if process is None:
        return Outcome(ok=state, bad=state)
    return Outcome(ok=_ended_well(state, [process]), bad=state)


def _wait_for_next(machine: Machine, state: State) -> Outcome:
    """``wait -n``: when it has answered 0 as often as there are processes, all have ended well."""
    before = state.names.own.get(WAITS, WELL)
    so_far = number_of(before.only) if before is not None and before.only is not None else None
    if not isinstance(so_far, int) or not state.jobs:
        return Outcome(ok=state, bad=state)
    if so_far + 1 < len(state.jobs):
        return Outcome(ok=state.name(WAITS, Value.literal_of(str(so_far + 1))), bad=state)
    every = [machine.processes[name] for name in state.jobs]
    after = _ended_well(state, every)
    return Outcome(ok=_none_left(after) if after else None, bad=state)


def _none_left(state: State) -> State:
    state = state._replace(jobs=())
    return state.name(WAITS, WELL) if WAITS in state.names.own else state


def _ended_well(state: State, processes: list[Process]) -> State | None:
    for process in processes:
        if process.good is None:
            return None
        state = state.marked(functools.partial(_after_process, process.good, process.hazard))
    return state


def _after_process(good: Marks, hazard: int, marks: Marks) -> Marks:
    """*marks* once it is known that a process has ended with the marks *good*."""
    fine = hazard & ~good.failed
    return Marks(marks.done | (good.done & fine), marks.tried | good.tried, marks.failed & ~fine)


def leave_loop(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``break``, and ``break N`` out of more loops than one."""
    return _left_for(_loops_meant(machine.breaks, words), state)


def go_on(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``continue``, and ``continue N`` with a loop further out."""
    return _left_for(_loops_meant(machine.rounds, words), state)


def _left_for(places: list[list[State]], state: State) -> Outcome:
    for place in places:
        place.append(state)
    return Outcome() if places else Outcome(ok=state)  # outside of a loop it does nothing, and ends well


def _loops_meant(loops: list[list[State]], words: tuple[Template, ...]) -> list[list[State]]:
    """The loop that is left or gone on with, of those that are open; all of them where it is not known."""
    level = (words[1].literal or "") if len(words) > 1 else "1"
    if not level.isdecimal():
        return loops
    return [loops[-min(int(level) or 1, len(loops))]] if loops else []


def set_options(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``set``."""
    flags = [word.literal or "" for word in words[1:]]
    for at, flag in enumerate(flags):
        if flag == "--":
            return Outcome(ok=state._replace(arguments=tuple(Word(Value.of(w)) for w in words[at + 2 :])))
        if re.fullmatch(r"-[a-zA-Z]*E[a-zA-Z]*|errtrace", flag):
            state = state.name(ERRTRACE, YES)
        if re.fullmatch(r"\+[a-zA-Z]*E[a-zA-Z]*", flag):
            state = state.name(ERRTRACE, NO)
        if re.fullmatch(r"[-+][a-zA-Z]+", flag) and "e" in flag:
            state = state._replace(errexit=flag[0] == "-")
        if re.fullmatch(r"[-+][a-zA-Z]+", flag) and "u" in flag:
            state = state._replace(nounset=flag[0] == "-")
        name = flags[at + 1] if re.fullmatch(r"[-+][a-zA-Z]*o", flag) and at + 1 < len(flags) else ""
        if (re.fullmatch(r"[-+][a-zA-Z]+", flag) and "a" in flag) or name == "allexport":
            state = state._replace(names=state.names.exporting_each(on=flag[0] == "-"))
        if name == "errexit":
            state = state._replace(errexit=flag[0] == "-")
        if name == "nounset":
            state = state._replace(nounset=flag[0] == "-")
        if name == "pipefail":
            state = state._replace(pipefail=flag[0] == "-")
    return Outcome(ok=state)


def shift(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``shift``."""
    text = (words[1].literal if len(words) > 1 else None) or "1"
    count = int(text) if text.isdigit() else 1
    return Outcome(ok=state._replace(arguments=state.arguments[count:]))


def shell_options(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``shopt``, as far as it changes what runs."""
    named = {word.literal for word in words[1:]}
    flags = "".join(word.head[1:] for word in words[1:] if word.head.startswith("-"))
    if "o" in flags and ("s" in flags or "u" in flags):  # as ``set -o`` and ``set +o``
        sign = Template.of("-o" if "s" in flags else "+o")
        given = [word for word in words[1:] if not word.head.startswith("-")]
        return set_options(machine, (words[0], *(each for word in given for each in (sign, word))), state)
    if "inherit_errexit" in named and ("s" in flags or "u" in flags):
        state = state.name(INHERITS, YES if "s" in flags else NO)
    if "expand_aliases" in named and "-s" in named:
        machine.expands_aliases = True
    return Outcome(ok=state)


def read_names(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``read``."""
    names = _named(words)
    if any(re.fullmatch(r"-\w*a\w*", word.literal or "") for word in words[1:]):
        return _read_array(machine, names, state)
    lines = state.stdin.only.split("\n") if state.stdin is not None and state.stdin.only else ()
    lines = tuple(_each(line) if machine.loops else line for line in lines)
    fields = lines[0].split(" \t") if len(lines) == 1 and len(names) > 1 else lines
    for at, name in enumerate(names):
        value = Value.hole(Kind.OUTPUT, f"read {name}", machine.site)
        if len(lines) == 1:
            value = Value.of(fields[at]) if at < len(fields) else NOTHING
        state = state.name(name, value)
    return Outcome(ok=state, bad=state)


def _read_array(machine: Machine, names: list[str], state: State) -> Outcome:
    """``read -a NAME``: one line as words."""
    only = state.stdin.only if state.stdin is not None else None
    words = only.split(" \t\n") if only is not None else ()
    held = tuple(Word(Value.of(word)) for word in words)
    if only is None or any(map(may_be_many, words)):
        held = (Word(Value.hole(Kind.OUTPUT, f"each of {' '.join(names)}", machine.site), quoted=False),)
    after = state.with_array(names[-1], held) if names else state
    return Outcome(ok=after, bad=after)


def _each(line: Template) -> Template:
    """In a loop, a text of which nothing is known has a line for each round."""
    if len(line.parts) > 1 or not line.holes or line.holes[0].name.startswith("each of"):
        return line
    return Template.of(Hole(f"each of {line.holes[0].name}", line.holes[0].kinds, line.holes[0].site))


def read_lines(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``mapfile``."""
    names = _named(words)
    if any(word.literal == "-C" for word in words[1:]):
        machine.say(f"{' '.join(map(str, words[:4]))}, which runs a command for each line")
    if not names:
        return Outcome(ok=state)
    only = state.stdin.only if state.stdin is not None else None
    lines = only.split("\n") if only is not None else ()
    held = tuple(Word(Value.of(line)) for line in lines)
    if only is None or any(map(may_be_many, lines)):
        held = (Word(Value.hole(Kind.OUTPUT, f"each of {names[-1]}", machine.site), quoted=False),)
    return Outcome(ok=state.with_array(names[-1], held))


def get_options(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``getopts LETTERS NAME [WORD…]``: one option of the words that the script was given."""
    letters = words[1].literal if len(words) > 2 else None
    name = words[2].literal if len(words) > 2 else None
    given = [Word(Value.of(word)) for word in words[3:]] or state.arguments
    at = state.names.get("OPTIND", Value.literal_of("1")).literal or ""
    option = _option(letters, given, int(at)) if letters is not None and at.isdigit() else None
    if option is None or name is None:
        unknown = {
            each: Value.hole(Kind.OUTPUT, f"each of {each}", machine.site)
            for each in (name, "OPTARG")
            if each
        }
        after = state.with_names(unknown)
        return Outcome(ok=after, bad=after)
    letter, value, used = option
    after = state.name(name, Value.literal_of(letter)).name("OPTARG", value)
    after = after.name("OPTIND", Value.literal_of(str(int(at) + used)))
    return Outcome(ok=after) if used else Outcome(bad=after)


def _option(letters: str, given: Sequence[Word], at: int) -> tuple[str, Value, int] | None:
    """The option at place *at*, its value, and how many words that takes; None: not known."""
    if at > len(given):
        return "?", NOTHING, 0
    text = given[at - 1].value.only
    if text is None or not text.head:
        return None
    if not text.head.startswith("-") or text.literal == "-" or text.head.startswith("--"):
        return ("?", NOTHING, 0) if text.literal != "--" else None
    letter = text.head[1:2]
    if not letter or letter not in letters.replace(":", ""):
        return ("?", NOTHING, 1) if text.literal == f"-{letter}" else None
    if f"{letter}:" not in letters:
        return (letter, NOTHING, 1) if text.literal == f"-{letter}" else None  # several in one word
    if text.literal == f"-{letter}":
        return (letter, given[at].value, 2) if at < len(given) else ("?", NOTHING, 1)
    return letter, Value.of(Template.of(text.head[2:], *text.parts[1:])), 1


def tee(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``tee``."""
    append = any(word.literal in ("-a", "--append") for word in words[1:])
    text = state.stdin or Value.hole(Kind.OUTPUT, "input of tee", machine.site)
    for word in words[1:]:
        if not word.head.startswith("-"):
            path = written.key_of(word, state)
            machine.hands_on(path, state, text)
            state = machine.handed_on(path, state.write(path, text, append=append), text)
    return Outcome(ok=state.said(text))


def run_eval(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome | None:
    """``eval`` of a text that is known."""
    line = Template.of(
        *(part for at, word in enumerate(words[1:]) for part in ((" ", word) if at else (word,)))
    )
    text = written.runnable_script(machine, Value.of(line), "an eval of text that is not known")
    if text is None or machine.depth >= DEPTH:
        return None
    return nested(machine, text, state)


def trap(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome:
    """``trap 'commands' EXIT``: they run at the end, or not; ``exit 0`` among them ends the shell well."""
    text = words[1].literal if len(words) > 2 else "-"
    if text is None or machine.depth >= DEPTH:
        machine.say("a trap with text that is not known")
        return Outcome(ok=state)
    if not text or text == "-" or (len(words) > 1 and words[1].head.startswith("-")):
        taken = any(word.literal == "ERR" for word in words[1:])
        return Outcome(ok=state.name(TRAPPED, NO) if taken else state)
    with machine.own_exits() as exits:
        body = nested(machine, text, state._replace(errexit=False).ended(BADLY))
        end = with_exits(body, exits).any
    signals = {word.literal for word in words[2:]}
    if exits.good and signals & {"EXIT", "0"}:
        machine.exits[-1].pardons.append(True)
    after = join_states(state, inherit(state, end)) or state
    if "ERR" in signals:
        ends = bool(exits.good or exits.bad)
        after = after.name(TRAPPED, YES if ends else NO)
        if ends:
            new = Trapped(len(machine.exits), bool(exits.good), bool(exits.bad), body.any is not None)
            machine.trapped = new.beside(machine.trapped)
    return Outcome(ok=after)


def shell(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome | None:
    """``bash -c 'text'``; scripts given by name are left to *follow*."""
    flags = [word.literal or "" for word in words[1:]]
    at = next((i for i, flag in enumerate(flags) if re.fullmatch(r"-[a-z]*c", flag)), None)
    if at is None or at + 1 >= len(flags):
        return _from_input(machine, words, state)
    what, given = "bash -c with text that is not known", words[at + 3 :]
    text = written.runnable_script(machine, Value.of(words[at + 2]), what, given)
    if text is None or machine.depth >= DEPTH:
        return None
    before = flags[: at + 1]
    errexit = any(re.fullmatch(r"-[a-z]*e[a-z]*", flag) for flag in before) or "errexit" in before
    arguments = tuple(Word(Value.of(word)) for word in words[at + 4 :])
    nounset = any(re.fullmatch(r"-[a-z]*u[a-z]*", flag) for flag in before)
    inside = state.handed()._replace(
        errexit=errexit, pipefail="pipefail" in before, nounset=nounset, arguments=arguments
    )
    if len(words) > at + 3:
        inside = inside.name("0", Value.of(words[at + 3]))
    return nested(machine, text, state, inside=inside, own=True)


def _from_input(machine: Machine, words: tuple[Template, ...], state: State) -> Outcome | None:
    """``… | bash``: the input is the script; None: it runs a file."""
    rest = list(words[1:])
    errexit = False
    while rest and rest[0].head.startswith(("-", "+")):
        text = rest.pop(0).literal or ""
        errexit = errexit or re.fullmatch(r"-[a-z]*e[a-z]*", text) is not None
        if text[-1:] in ("o", "O") and rest:
            errexit = errexit or rest.pop(0).literal == "errexit"
        if re.fullmatch(r"-[a-z]*s[a-z]*|--|-", text):
            rest = rest[1:] if rest and rest[0].literal == "--" else rest
            break
    else:
        if rest:
            return None
    if state.stdin is None or (
        rest and not any(re.fullmatch(r"-[a-z]*s[a-z]*", w.literal or "") for w in words)
    ):
        return None
    what = "a script that comes through a pipe and is not known"
    script = written.runnable_script(machine, state.stdin, what, rest)
    if script is None or machine.depth >= DEPTH:
        return None
    arguments = tuple(Word(Value.of(word)) for word in rest)
    inside = state.handed()._replace(
        errexit=errexit, pipefail=False, nounset=False, arguments=arguments, stdin=None
    )
    return nested(machine, script, state, inside=inside, own=True)


def leave_by(
    machine: Machine, to: Exits | tuple[list[State], list[State]], words: tuple[Template, ...], state: State
) -> None:
    """Takes *state* to where ``exit`` or ``return`` leads."""
    code = words[1] if len(words) > 1 else state.status.only
    zero = None if code is None else number_of(code)
    if isinstance(zero, int):
        zero %= 256
    if zero in (0, None):
        to[0].append(state.ended(WELL))
    if zero != 0:
        to[1].append(state.ended(Value.literal_of(str(zero)) if isinstance(zero, int) else BADLY))


def nested(
    machine: Machine, text: str, state: State, inside: State | None = None, own: bool = False
) -> Outcome:
    """Another text, run here, or in a shell of its own."""
    machine.depth += 1
    with _own_shell(machine) if own else _unchanged() as exits:
        outcome = machine.text(text, inside or state)
    machine.depth -= 1
    if not own or exits is None:
        return outcome
    outcome = outside_subshell(state, outcome, exits)
    return Outcome(outcome.ok, outcome.failed)


@contextmanager
def _own_shell(machine: Machine) -> Iterator[Exits]:
    """Another shell: who asks how it ended takes nothing from its own ``-e``, and no trap is its."""
    before = machine.exempt, machine.trapped, machine.inside
    machine.exempt, machine.trapped, machine.inside = 0, None, 0
    with machine.own_exits() as exits:
        yield exits
    machine.exempt, machine.trapped, machine.inside = before


@contextmanager
def _unchanged() -> Iterator[None]:
    yield None


def _named(words: tuple[Template, ...]) -> list[str]:
    """The variables that ``read`` and ``mapfile`` fill."""
    return [text for word in words[1:] if (text := word.literal or "") and not text.startswith("-")]


BUILTINS: Mapping[str, Builtin] = {
    **dict.fromkeys(("true", ":", "umask"), well),
    "ulimit": well,
    "alias": alias,
    **dict.fromkeys(("hash", "enable"), hashed),
    **dict.fromkeys(("cd", "pushd", "popd"), change_directory),
    **dict.fromkeys(("source", "."), source),
    **dict.fromkeys(("realpath", "readlink"), real_path),
    "pwd": say_directory,
    "false": badly,
    "test": test,
    "wait": wait,
    "shopt": shell_options,
    "let": let,
    "exit": leave_script,
    "return": leave_function,
    "break": leave_loop,
    "continue": go_on,
    "set": set_options,
    "shift": shift,
    "read": read_names,
    "mapfile": read_lines,
    "readarray": read_lines,
    "getopts": get_options,
    "tee": tee,
    "eval": run_eval,
    "trap": trap,
    **dict.fromkeys(("bash", "sh", "dash", "zsh"), shell),
}
