"""Arrays: what they hold, and how many words that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.arithmetic import number_of
from wholeship.shell.loops import is_pattern, may_be_many
from wholeship.shell.state import COUNT, KEYED, UNCOUNTED, State, Word
from wholeship.shell.statuses import BADLY, WELL
from wholeship.shell.words import is_one_word
from wholeship.texts.template import NOTHING, Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine
    from wholeship.shell.nodes import Node


def assign_array(machine: Machine, node: Node, value: Node, state: State) -> State:
    """``name=(words)`` and ``name+=(words)``."""
    name = (node.child_by_field_name("name") or node.children[0]).text
    grows = any(child.type == "+=" for child in node.children)
    words: list[Word] = []
    for item in value.named_children:
        words += _split(_keyless(machine.words.words(item, state)))
    state = _made_array(state, name, grows=grows)
    held = state.arrays.get(name, ()) if grows else ()
    entries = {**state.arrays, name: (*held, *words)}
    if grows and machine.loops:
        entries[f"{name}{UNCOUNTED}"] = ()
    elif not grows:
        entries.pop(f"{name}{UNCOUNTED}", None)
    entries.pop(f"{name}{KEYED}{UNCOUNTED}", None)
    keys = _keys(value)
    if keys is None:
        entries.pop(f"{name}{KEYED}", None)
    else:
        entries[f"{name}{KEYED}"] = keys if len(keys) == len(words) and not held else ()
    before = _count(state, name) if grows else WELL
    count = _counted(before, words, any_rounds=grows and machine.loops > 0)
    return state._replace(arrays=entries).with_array(name, entries[name], count)


def _made_array(state: State, name: str, *, grows: bool) -> State:
    """A variable that was one text so far is the first word of an array that grows."""
    if not grows:
        state = state.without_names(elements(state, name))
    before = state.names.own.get(name)
    if before is None or name in state.arrays or not grows:
        return state
    return state.with_array(name, (Word(before),), Value.literal_of("1"))


def _count(state: State, name: str) -> Value | None:
    count = state.names.own.get(f"{name}{COUNT}")
    return WELL if count is None and name not in state.arrays else count


def _counted(before: Value | None, words: Sequence[Word], *, any_rounds: bool) -> Value | None:
    """How many words there are when *words* come on top of *before*; None: nobody knows.

    *any_rounds*: perhaps more than once.
    """
    sure = sum(map(is_one_word, words))
    numbers = {number_of(option) for option in before.options} if before is not None else {None}
    known = [number for number in numbers if isinstance(number, int)]
    if len(known) == len(numbers) and sure == len(words) and not any_rounds:
        return Value.of(*(Template.of(str(number + sure)) for number in known))
    return BADLY if sure or not numbers & {0, None} else None


def assign_first(state: State, name: str, value: Value, *, grows: bool) -> State:
    """``name=value`` where *name* is an array: its first word."""
    held = state.arrays[name]
    if grows:
        value = (held[0].value if held else NOTHING) + value
    count = state.names.own.get(f"{name}{COUNT}")
    if count is not None and count.literal == "0":
        count = Value.literal_of("1")
    elif count is not None and number_of(count.options[0]) == 0:
        count = BADLY
    return state.with_array(name, (Word(value), *held[1:]), count)


def without_arrays(state: State, gone: Iterable[str]) -> State:
    """After ``unset`` of *gone*: arrays, or single words of them."""
    entries = dict(state.arrays)
    for name in gone:
        whole, _, index = name.partition("[")
        if index:
            entries[f"{whole}{UNCOUNTED}"] = ()
            continue
        for entry in (name, f"{name}{UNCOUNTED}", f"{name}{KEYED}", f"{name}{KEYED}{UNCOUNTED}"):
            entries.pop(entry, None)
    return state._replace(arrays=entries)


_KEY = lazy_pattern(r"\[([^]]*)\]=")


def _keys(array: Node) -> tuple[Word, ...] | None:
    """The keys of ``([KEY]=value …)``; empty where they are not plain words; None: places are counted."""
    found = [_KEY.match(item.text) for item in array.named_children]
    if not any(found):
        return None
    plain = [each[1].strip("'\"") for each in found if each is not None]
    if len(set(plain)) < len(found) or not all(re.fullmatch(r"\w[\w./-]*", each) for each in plain):
        return ()
    return tuple(Word(Value.literal_of(each)) for each in plain)


def _keyless(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """``[KEY]=value`` of an array without its key, whatever the key is made of."""
    only = words[0].value.only if len(words) == 1 else None
    if only is None or not only.head.startswith("["):
        return words
    for at, part in enumerate(only.parts):
        _, ended, rest = part.partition("]=") if isinstance(part, str) else ("", "", "")
        if ended:
            return (Word(Value.of(Template.of(rest, *only.parts[at + 1 :])), words[0].quoted),)
    return words


def assign_element(machine: Machine, target: Node, value: Node | None, state: State) -> State:
    """``name[INDEX]=value``: where the place is known; else nothing is known of the array any more."""
    array, index = target.children[0].text, target.text.partition("[")[2].rstrip("]")
    for inner in target.named_children[1:]:
        machine.words.value(inner, state)  # its substitutions run
    key = machine.words.index_of(index, state)
    text = machine.words.value(value, state) if value is not None else NOTHING
    state = machine.noted(state)
    held, keys = state.arrays.get(array, ()), state.arrays.get(f"{array}{KEYED}")
    marks: dict[str, tuple[Word, ...]] = {f"{array}{UNCOUNTED}": ()} if machine.loops else {}
    named = [each.value.literal for each in keys or ()]
    if index.isdigit() and int(index) <= len(held) and keys is None:
        kept = (*held[: int(index)], Word(text), *held[int(index) + 1 :])
    elif _is_key(key) and len(named) == len(held):
        at = named.index(key) if key in named else len(named)
        kept = (*held[:at], Word(text), *held[at + 1 :])
        marks[f"{array}{KEYED}"] = (*(keys or ())[:at], Word(Value.literal_of(key)), *(keys or ())[at + 1 :])
    else:
        kept = (Word(Value.hole(Kind.OUTPUT, f"each of {array}", machine.site), quoted=False),)
        if keys is not None:
            marks[f"{array}{KEYED}"] = ()
    after = state._replace(arrays={**state.arrays, **marks}).with_array(array, kept, BADLY)
    if "$" in key:
        return after.with_names(dict.fromkeys(elements(after, array), Value.hole(Kind.OUTPUT, array)))
    return after.name(f"{array}[{key}]", text)


def _is_key(key: str) -> bool:
    return re.fullmatch(r"[A-Za-z_][\w./-]*", key) is not None


def elements(state: State, array: str) -> list[str]:
    """The variables that hold single words of *array*."""
    return [name for name in state.names.own if name.startswith(f"{array}[") and not name.endswith(COUNT)]


def _split(words: tuple[Word, ...]) -> tuple[Word, ...]:
    out: list[Word] = []
    for word in words:
        only = word.value.only
        if word.quoted or only is None:
            out.append(word)
        else:
            pieces = only.split(" \t\r\n")
            out += [
                Word(Value.of(piece), quoted=not (may_be_many(piece) or is_pattern(piece)))
                for piece in pieces
            ]
    return tuple(out)
