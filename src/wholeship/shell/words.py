"""Word expansion: variables, substitutions, quotes, arrays, braces."""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.arithmetic import as_value, calculated
from wholeship.shell.names import LEG, may_be_around
from wholeship.shell.state import COUNT, KEYED, UNCOUNTED, State, Word
from wholeship.shell.statuses import WELL
from wholeship.shell.syntax import parse_script
from wholeship.shell.ways import flag_of
from wholeship.texts.template import (
    EMPTY,
    LETTERS,
    NOTHING,
    Hole,
    Kind,
    Origin,
    Template,
    Value,
    around,
    concat,
)

if TYPE_CHECKING:
    from wholeship.shell.nodes import Node

_ESCAPED_BLANK = lazy_pattern(r"\\\s")
_CASES = {"^": "capital", "^^": "upper case", ",": "lower first letter", ",,": "lower case"}

Substitute = Callable[["Node", State], Value]
"""What a command substitution prints."""

_EACH_TIME = frozenset((Kind.CLOCK, Kind.RANDOM))
READINGS = 16
"""At most so many readings of one command line are looked at."""


def _is_exact(name: str, state: State) -> bool:
    """Does every way to here leave the same entries, under the same keys, in the array *name*?"""
    return not any(f"{name}{each}{UNCOUNTED}" in state.arrays for each in ("", KEYED))


def _has_words(name: str, state: State) -> bool:
    """Does the array *name* have one word at least, whichever way was taken?"""
    count = state.names.own.get(f"{name}{COUNT}")
    return count is not None and flag_of(count) not in (None, WELL.only)


def is_one_word(word: Word) -> bool:
    """False where it may be split, or is a pattern of file names (which an array keeps as it stands)."""
    text = word.value.literal
    return word.quoted if text is None else not re.search(r"[\s*?[]", text)


def _keys(name: str, state: State) -> tuple[Word, ...] | None:
    """What ``${!name[@]}`` gives; None where it is not known. (Several keys of ``-A`` come in no order.)"""
    held = state.arrays.get(name)
    if held is None or not _is_exact(name, state) or not all(map(is_one_word, held)):
        return None
    keys = state.arrays.get(f"{name}{KEYED}")
    if keys is not None:
        return keys if len(keys) == len(held) == 1 else None
    return tuple(Word(Value.literal_of(str(number))) for number in range(len(held)))


class Expansion:
    """Expands words in a state. *known* maps placeholders for ``${{ }}`` to their values."""

    def __init__(self, substitute: Substitute, known: dict[str, Value], site: str) -> None:
        self._substitute = substitute
        self._known = known
        self._site = site
        self._marks = re.compile("|".join(map(re.escape, known))) if known else None
        self.changed: dict[str, Value] = {}  # what arithmetic inside the words has set
        self.unset: dict[str, None] = {}  # what has to be so, or the shell ends at the words
        self._moments: Counter[str] = Counter()  # how often each clock was read
        self._plain: dict[int, tuple[Word, ...]] = {}  # by node: the trees of a run live as long as this

    def words(self, node: Node, state: State) -> tuple[Word, ...]:
        """The arguments that *node* stands for."""
        if node.type not in ("word", "raw_string"):
            return self._expanded(node, state)
        found = self._plain.get(node.id)
        if found is None:
            found = self._plain[node.id] = self._expanded(node, state)
        return found

    def _expanded(self, node: Node, state: State) -> tuple[Word, ...]:
        array = self._array(node, state)
        if array is not None:
            return array
        if node.type in ("word", "concatenation", "brace_expression") and "{" in node.text:
            given = list(self._sections(node, state))
            braced = _with_braces(given)
            if braced is not None:
                return tuple(itertools.chain.from_iterable(map(_fields_of, braced)))
        if node.type == "concatenation":
            return _fields_of(list(self._sections(node, state)))
        escaped = node.type == "word" and _ESCAPED_BLANK.search(node.text) is not None
        return (Word(self.value(node, state), escaped or not _unquoted(node)),)

    def _sections(self, node: Node, state: State) -> Iterator[Section]:
        """What a word is put together from."""
        for piece in node.pieces if node.children else [node.text]:
            if isinstance(piece, str) or piece.type in _PLAIN_NODES:
                text = piece if isinstance(piece, str) else piece.text
                kind = _QUOTED if "\\" in text else _PLAIN
                yield Section(self._piece(text, state), kind, text)
            else:
                yield Section(self.value(piece, state), _SPLIT if _unquoted(piece) else _QUOTED, piece.text)

    def value(self, node: Node, state: State) -> Value:
        """The text of *node*, not split."""
        match node.type:
            case "word" | "number" | "extglob_pattern" | "regex" | "test_operator":
                if node.child_count and node.type == "number":
                    return concat(self._piece(each, state) for each in node.pieces)
                return self.literal(_unescape(node.text))
            case "string_content" | "heredoc_content":
                return self.literal(re.sub(r"\\([$`\"\\\n])", lambda m: m[1].strip("\n"), node.text))
            case "raw_string":
                return self.literal(node.text[1:-1])
            case "ansi_c_string":
                return self.literal(_ansi_c(node.text[2:-1]))
            case "string" | "translated_string":
                return self._string(node, state)
            case "simple_expansion":
                blanks, _, name = node.text.partition("$")
                if state.nounset:
                    self._must_be_set(name, state)
                return self.literal(blanks) + self._variable(name, state)
            case "expansion":
                return self.literal(node.text.partition("$")[0]) + self._parameter(node, state)
            case "command_substitution" | "process_substitution":
                text = node.text
                return self.literal(text[: len(text) - len(text.lstrip())]) + self._substitute(node, state)
            case "arithmetic_expansion":
                return self._arithmetic(node, state)
            case "variable_name":
                if state.nounset:
                    self._must_be_set(node.text, state)
                return self._variable(node.text, state)
            case _:
                return concat(self._piece(each, state) for each in node.pieces)

    def _arithmetic(self, node: Node, state: State) -> Value:
        """``$(( … ))``; the variables that are set inside wait in ``changed``."""
        number = calculated(node, lambda each: self.value(each, state), self.changed)
        text = node.text
        return as_value(number, f"each of {text}" if self._varies(text, state) else text, self._site)

    @staticmethod
    def _varies(text: str, state: State) -> bool:
        """Whether *text* asks for a variable that is another one in each round of a loop."""
        values = (state.names.own.get(name) for name in re.findall(r"[A-Za-z_]\w*", text))
        holes = (
            hole for value in values if value is not None for each in value.options for hole in each.holes
        )
        return any(hole.name.startswith("each of") for hole in holes)

    def spelled(self, value: Value) -> str | None:
        """*value* as text of the shell, with a placeholder for each hole; None: it can be several texts."""
        only = value.only
        if only is None:
            return None
        parts: list[str] = []
        for part in only.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            hole = Value.of(Template.of(part))
            mark = next((mark for mark, held in self._known.items() if held == hole), None)
            if mark is None:
                mark = f"GHEXPR{len(self._known)}W"
                self._known[mark] = hole
                self._marks = re.compile("|".join(map(re.escape, self._known)))
            parts.append(mark)
        return "".join(parts)

    def literal(self, text: str) -> Value:
        """*text* with placeholders replaced by what they stand for."""
        if self._marks is None or not self._marks.search(text):
            return Value.literal_of(text) if text else NOTHING
        total, at = NOTHING, 0
        for mark in self._marks.finditer(text):
            if mark.start() > at:
                total = total + Value.literal_of(text[at : mark.start()])
            total, at = total + self._known[mark[0]], mark.end()
        return total + Value.literal_of(text[at:]) if at < len(text) else total

    def heredoc(self, body: Node, state: State, *, raw: bool) -> Value:
        """The text of a here-document."""
        if raw:
            return self.literal(body.text)
        return concat(self._piece(each, state) for each in body.pieces)

    def _piece(self, piece: str | Node, state: State) -> Value:
        if isinstance(piece, str):
            return self.literal(_unescape(piece))
        return self.value(piece, state)

    def _string(self, node: Node, state: State) -> Value:
        """A double-quoted string: what stands between its quotes, white space included."""
        inside = node.inside
        return concat(
            self.literal(piece) if isinstance(piece, str) else self.value(piece, state)
            for piece in inside
            if isinstance(piece, str) or piece.type != '"'
        )

    def _variable(self, name: str, state: State) -> Value:
        if name in state.names:
            return state.names[name]
        if name.isdigit() and name != "0":
            at = int(name) - 1
            return _or_nothing(state.arguments[at]) if at < len(state.arguments) else NOTHING
        if name in "@*":
            return _joined(state.arguments)
        if name == "#":
            sure = sum(not word.perhaps for word in state.arguments)
            return Value.of(*(Template.of(str(n)) for n in range(sure, len(state.arguments) + 1)))
        if name in state.arrays:
            return self._element(name, "[0]", state)
        if name in ("RANDOM", "SRANDOM", "$", "BASHPID", "PPID"):
            value = Value.hole(Kind.RANDOM, f"${name}", self._site)
            return self.asked_again(value) if name in ("RANDOM", "SRANDOM") else value
        if name in ("EPOCHSECONDS", "EPOCHREALTIME", "SECONDS"):
            return self.asked_again(Value.hole(Kind.CLOCK, f"${name}", self._site))
        if name in ("RUNNER_NAME", "HOSTNAME"):
            return Value.hole(Kind.RUNNER, f"${name}", self._site)
        if name == "?":
            return state.status
        if name in "$!-_0":
            return Value.hole(Kind.OUTPUT, f"${name}", self._site)
        setter = state.names.setter(name) or (LEG if may_be_around(name) else "")
        return Value.hole(Kind.OUTPUT, f"env.{name}" if setter else f"${name}", setter)

    def asked_again(self, value: Value, given: Iterable[Template] = ()) -> Value:
        """*value* as one more answer: a clock, or chance, gives another text each time it is asked.

        What was in the texts *given* is no answer.
        """
        if not any(hole.origin is Origin.JOB for option in value.options for hole in option.holes):
            return value
        known = {hole for text in given for hole in text.holes}

        def anew(part: str | Hole) -> str | Hole:
            return part if isinstance(part, str) or part in known else self._once_more(part)

        return value.map(lambda option: Template.of(*map(anew, option.parts)))

    def _once_more(self, part: Hole) -> Hole:
        if part.site != self._site or not part.kinds & _EACH_TIME:
            return part
        self._moments[part.name] += 1
        count = self._moments[part.name]
        return part if count == 1 else replace(part, site=f"{part.site}#{count}")

    def _must_be_set(self, name: str, state: State) -> None:
        """Notes what the shell asks for to go on, where nobody has set *name*."""
        if name.isdigit() and name != "0":
            if int(name) > len(state.arguments):
                self.unset[f"there is a ${name}"] = None
            return
        known = name in state.names or name in state.arrays or state.names.may_be_set(name)
        if not known and name.isidentifier() and not may_be_around(name):
            self.unset[f"${name} is set"] = None

    def _array(self, node: Node, state: State) -> tuple[Word, ...] | None:
        """``"$@"`` and ``"${name[@]}"`` are as many words as they hold."""
        if node.type in ("word", "number", "raw_string"):
            return None
        text = node.text.strip('"')
        if text in ("$@", "$*", "${@}", "${*}"):
            return state.arguments
        found = re.fullmatch(r"\$\{(!?)(\w+)\[[@*]\]\}", text)
        if not found:
            return None
        held = _keys(found[2], state) if found[1] else state.arrays.get(found[2])
        if held is not None:
            return held
        return (Word(Value.hole(Kind.OUTPUT, f"each of {text}", self._site), quoted=False),)

    def _parameter(self, node: Node, state: State) -> Value:
        """``${name…}`` in all its forms. (The grammar counts white space before it in a string to it.)"""
        text = node.text.lstrip()
        found = re.fullmatch(r"\$\{([!#]?)(\w+|[@*#?$!-])(\[[^]]*\])?(.*)\}", text, re.DOTALL)
        if not found:
            return Value.hole(Kind.OUTPUT, text, self._site)
        prefix, name, index, rest = found.groups()
        if prefix == "#" or (prefix == "!" and not index):
            return (
                self._indirect(name, text, state) if prefix == "!" else self._length(name, index, text, state)
            )
        value = self._element(name, index, state) if index else self._variable(name, state)
        named = name in state.names or name in state.arrays or name.isdigit() or name in "@*"
        if not index and (rest.startswith(("?", ":?")) or (state.nounset and not _DEFAULTED.match(rest))):
            self._must_be_set(name, state)
        return self._operated(name, value, self._is_set(name, index, state) if index else named, rest, state)

    def _indirect(self, name: str, text: str, state: State) -> Value:
        target = state.names.get(name, NOTHING).literal
        return self._variable(target, state) if target else Value.hole(Kind.OUTPUT, text, self._site)

    def _length(self, name: str, index: str | None, text: str, state: State) -> Value:
        """``${#name}`` in characters, ``${#name[@]}`` in words; ``$#`` in arguments."""
        held = state.arrays.get(name)
        count = state.names.own.get(f"{name}{COUNT}") if index in ("[@]", "[*]") else None
        if count is not None and flag_of(count) is not None:
            return count
        exact = held is not None and _is_exact(name, state)
        if index in ("[@]", "[*]") and exact and held and all(each.quoted and each.literal for each in held):
            return Value.literal_of(str(len(held)))
        whole = state.names.get(name, NOTHING).literal if index is None and name in state.names else None
        return (
            Value.literal_of(str(len(whole)))
            if whole is not None
            else Value.hole(Kind.OUTPUT, text, self._site)
        )

    def _element(self, name: str, index: str, state: State) -> Value:
        array = state.arrays.get(name)
        key = index[1:-1]
        held = state.names.own.get(f"{name}[{self.index_of(key, state)}]")
        if held is not None and key not in ("@", "*"):
            return held
        if name == "PIPESTATUS" and f"{name}{key}" in state.names.own:
            return state.names[f"{name}{key}"]
        if array is not None and key in ("@", "*"):
            return self._all_words(name, array, state)
        if array is None:
            return Value.hole(Kind.OUTPUT, f"${{{name}{index}}}", self._site)
        key = self.index_of(key, state)
        keys = state.arrays.get(f"{name}{KEYED}", ()) if _is_exact(name, state) else ()
        place = next((number for number, each in enumerate(keys) if each.value.literal == key), None)
        if place is not None:
            return array[place].value
        if key.isdigit() and f"{name}{KEYED}" not in state.arrays:
            found = array[int(key)].value if int(key) < len(array) else NOTHING
            sure = _is_exact(name, state) or _has_words(name, state)
            return found if sure or found is NOTHING else Value.of(*found.options, *NOTHING.options)
        if array and all(word.value.only is not None for word in array):
            return Value.of(*(option for word in array for option in word.value.options))
        return Value.hole(Kind.OUTPUT, f"${{{name}{index}}}", self._site)

    @staticmethod
    def _all_words(name: str, array: tuple[Word, ...], state: State) -> Value:
        """``${name[*]}`` as one text; of an array that nobody can count, it can be empty too."""
        joined = _joined(array)
        if _is_exact(name, state) or _has_words(name, state):
            return joined
        return Value.of(*joined.options, *NOTHING.options)

    def _is_set(self, name: str, index: str, state: State) -> bool | None:
        """Whether an entry of an array is there; None: nobody knows."""
        array, key = state.arrays.get(name), self.index_of(index[1:-1], state)
        keys = state.arrays.get(f"{name}{KEYED}")
        if state.names.own.get(f"{name}[{key}]") is not None and key not in ("@", "*"):
            return True
        if keys is None and key in ("0", "@", "*") and _has_words(name, state):
            return True
        if array is None or not _is_exact(name, state) or (keys is not None and len(keys) != len(array)):
            return None
        if not array:
            return False if keys is None else None
        if key in ("@", "*"):
            return True
        if keys is not None:
            return True if key in [each.value.literal for each in keys] else None if "$" in key else False
        plain = key.isdigit() and all(each.value.literal is not None for each in array)
        return int(key) < len(array) if plain else None

    @staticmethod
    def index_of(key: str, state: State) -> str:
        """The place that *key* names: a number, a word, or a variable that holds one."""
        key = key.strip("'\"")
        found = re.fullmatch(r"\$?\{?(\w+)\}?", key)
        if found is None or found[1].isdigit():
            return found[1] if found else key
        return state.names.get(found[1], NOTHING).literal or key

    def _operated(self, name: str, value: Value, known: bool | None, rest: str, state: State) -> Value:
        found = re.match(r":?[-=?+]|##?|%%?|//?|\^\^?|,,?|:|@", rest)
        if not found:
            return value
        operator, argument = found[0], rest[found.end() :]
        if operator.lstrip(":") in ("-", "=", "?", "+"):
            return self._defaulted(name, value, known, (operator, argument), state)
        if operator == ":":
            return value.derive(f"characters {argument}", lambda text: _slice(text, argument))
        if operator in ("^", "^^", ",", ",,"):
            return value.derive(_CASES[operator], lambda text: _recase(text, operator))
        pattern = self._text(argument, state)
        if pattern is None:
            return value.derive(f"{operator}{argument}")
        if operator in ("#", "##", "%", "%%"):
            return value.map(lambda template: _trimmed(template, operator, pattern))
        return value.map(lambda template: _replaced(template, operator, pattern))

    def _defaulted(
        self, name: str, value: Value, known: bool | None, rest: tuple[str, str], state: State
    ) -> Value:
        operator, argument = rest
        other = self._quoted(argument, state)
        kind = operator.lstrip(":")
        if kind == "?":
            return value
        if kind == "=":
            value = self._defaulted(name, value, known, (operator.replace("=", "-"), argument), state)
            self.changed[name] = value
            return value
        if kind == "+":
            return _where_set(value, known, other, empty_counts=":" not in operator)
        if known is None:
            return Value.of(*value.options, *other.options)
        if not known:
            return other
        if ":" not in operator:
            return value
        return Value.of(
            *itertools.chain.from_iterable(
                other.options if option.literal == "" else (option,) for option in value.options
            )
        )

    def _quoted(self, argument: str, state: State) -> Value:
        if argument[:1] in ("'", '"') and argument[-1:] == argument[:1]:
            argument = argument[1:-1]
        if "$" not in argument and "`" not in argument:
            return self.literal(argument)
        tree = parse_script(f'echo "{argument}"')
        found = _first(tree, "string")
        return self._string(found, state) if found else Value.hole(Kind.OUTPUT, argument, self._site)

    def _text(self, argument: str, state: State) -> str | None:
        return self._quoted(argument, state).literal


_DEFAULTED = lazy_pattern(r":?[-=+]")
_PLAIN_NODES = frozenset(("word", "number", "brace_expression", "{", "}", ",", ".."))
BRACES = 1_000
"""More words than this that braces make of one are one word that is not known."""
_PLAIN, _QUOTED, _SPLIT = "plain", "quoted", "split"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a word. Plain text as *source* has it can hold braces; what is to be split stood unquoted."""

    value: Value
    kind: str
    source: str = ""


def _with_braces(sections: Sequence[Section]) -> list[list[Section]] | None:
    """The words that brace expansion makes of one; None: there are no braces in it."""
    marks = [chr(_PRIVATE + at) for at in range(len(sections))]
    plain = [s.kind == _PLAIN and "\\" not in s.source for s in sections]
    text = "".join(s.source if bare else mark for s, bare, mark in zip(sections, plain, marks, strict=True))
    expanded = braces(text)
    if expanded is None:
        return [[Section(Value.hole(Kind.OUTPUT, text[:40]), _PLAIN)]]
    if expanded == [text]:
        return None
    words = (re.findall(f"[{marks[0]}-{marks[-1]}]|[^{marks[0]}-{marks[-1]}]+", each) for each in expanded)
    by_mark = dict(zip(marks, sections, strict=True))
    return [
        [
            _renamed(by_mark[part], after)
            if part in by_mark
            else Section(Value.literal_of(part), _PLAIN, part)
            for part, after in itertools.pairwise((*parts, ""))
        ]
        for parts in words
    ]


def _renamed(section: Section, after: str) -> Section:
    """Braces go first: ``$A{b,c}`` asks for ``$Ab`` and ``$Ac``, which nobody has here."""
    if re.fullmatch(r"\$[A-Za-z_]\w*", section.source) and re.match(r"\w", after):
        return replace(section, value=Value.hole(Kind.OUTPUT, section.source + after))
    return section


_PRIVATE = 0xF0000


def _fields_of(sections: Sequence[Section]) -> tuple[Word, ...]:
    """The words that *sections* come to: only what stood unquoted is split at white space."""
    value = concat(section.value for section in sections)
    mixed = [s for s in sections if s.kind == _SPLIT]
    if not mixed:
        marked = any(s.kind == _PLAIN and s.value.literal is None for s in sections)
        return (Word(value, not marked and not any(_globs(s) for s in sections)),)
    if all(s.kind != _QUOTED or not _has_blanks(s.value) for s in sections):
        return (
            Word(
                value,
                any(s.kind == _QUOTED and s.value.literal != "" for s in sections)
                and not any(_has_blanks(s.value) or s.value.options[0].holes for s in mixed),
            ),
        )
    if any(len(s.value.options) > 1 for s in mixed):
        return (Word(value, quoted=True),)
    fields: list[Value] = [NOTHING]
    for section in sections:
        if section.kind != _SPLIT:
            fields[-1] = fields[-1] + section.value
            continue
        only = section.value.options[0]
        split = only.split(" \t\r\n")
        if only.head[:1].isspace() and fields[-1] is not NOTHING:
            fields.append(NOTHING)
        for at, piece in enumerate(split):
            if at:
                fields.append(NOTHING)
            fields[-1] = fields[-1] + Value.of(piece)
        if only.tail[-1:].isspace() and split:
            fields.append(NOTHING)
    return tuple(Word(field) for field in fields if field is not NOTHING)


def _or_nothing(word: Word) -> Value:
    """What *word* is; nothing as well where it may not be there."""
    return word.value.join(NOTHING) if word.perhaps else word.value


def _has_blanks(value: Value) -> bool:
    return any(
        isinstance(part, str) and re.search(r"\s", part) for option in value.options for part in option.parts
    )


def _globs(section: Section) -> bool:
    return section.kind == _PLAIN and any(char in section.source for char in "*?[")


def _where_set(value: Value, known: bool | None, other: Value, *, empty_counts: bool) -> Value:
    """``${name+other}``; ``${name:+other}`` unless *empty_counts*. What may be unset gives nothing, too."""
    if known is False:
        return NOTHING
    texts = [each for each in value.options if empty_counts or each != EMPTY]
    unsure = known is None or len(texts) < len(value.options)
    unsure = unsure or (not empty_counts and any(not _says_something(each) for each in texts))
    return Value.of(*(other.options if texts else ()), *(NOTHING.options if unsure else ()))


def _says_something(text: Template) -> bool:
    """Whether it is surely not empty."""
    return any(isinstance(part, str) and part for part in text.parts) or any(
        hole.kinds & _NEVER_EMPTY for hole in text.holes
    )


_NEVER_EMPTY = frozenset({Kind.COMMIT, Kind.REF, Kind.RUN_ID, Kind.RUN_NUMBER, Kind.CLOCK, Kind.RANDOM})


def braces(text: str) -> list[str] | None:
    """Brace expansion: ``{a,b}`` and ``{1..3}``; None: more words than are worth following."""
    found, pending = [], [text]
    while pending:
        each = pending.pop(0)
        match = re.search(r"\{([^{}]*(?:,[^{}]*)+|-?\d{1,3}\.\.-?\d{1,3})\}", each)
        if match is None:
            found.append(each)
            continue
        before, after = each[: match.start()], each[match.end() :]
        pending[:0] = [before + choice + after for choice in _choices(match[1])]
        if len(found) + len(pending) > BRACES:
            return None
    return found


def readings(words: tuple[Word, ...]) -> tuple[tuple[Template, ...], ...]:
    """The command lines that *words* can be, each split as the shell would."""
    choices = [_fields(word) for word in words]
    total = 1
    for choice in choices:
        total *= len(choice)
    if total == 1:
        return (tuple(itertools.chain.from_iterable(choice[0] for choice in choices)),)
    if total > READINGS:
        choices = [choice[:2] if total > READINGS * 4 else choice for choice in choices]
    lines = list(itertools.islice(itertools.product(*choices), READINGS))
    found = tuple(dict.fromkeys(tuple(itertools.chain.from_iterable(line)) for line in lines))
    return (*found, vague(words)) if total > READINGS else found


MANY = "one of many texts"


def vague(words: tuple[Word, ...]) -> tuple[Template, ...]:
    """One line for many: what is not the same in all of them is not known, but for how it begins and ends."""
    line: list[Template] = []
    for word in words:
        only = word.value.only
        if only is not None:
            line += [only] if word.quoted else only.split(" \t\r\n")
            continue
        before, after = around(word.value.options)
        kinds = frozenset(
            kind for option in word.value.options for hole in option.holes for kind in hole.kinds
        )
        line.append(Template.of(before, Hole(MANY, kinds | {Kind.OUTPUT}), after))
    return tuple(line)


def _fields(word: Word) -> list[tuple[Template, ...]]:
    if word.quoted:
        return [(option,) for option in word.value.options]
    return [option.split(" \t\r\n") for option in word.value.options]


def _choices(text: str) -> Iterator[str]:
    if ".." in text and "," not in text:
        low, high = map(int, text.split(".."))
        step = 1 if high >= low else -1
        return map(str, range(low, high + step, step))
    return iter(text.split(","))


def _joined(words: tuple[Word, ...]) -> Value:
    total = NOTHING
    for at, word in enumerate(words):
        total = total + (Value.literal_of(" ") if at else NOTHING) + word.value
    return total


def _unquoted(node: Node) -> bool:
    """Whether an expansion inside *node* stands outside quotes, so that its text is split."""
    if node.type in ("simple_expansion", "expansion", "command_substitution"):
        return True
    if node.type in ("string", "raw_string", "ansi_c_string"):
        return False
    return any(map(_unquoted, node.children)) or node.type == "word"


def _first(node: Node, kind: str) -> Node | None:
    if node.type == kind:
        return node
    for child in node.children:
        found = _first(child, kind)
        if found:
            return found
    return None


def _unescape(text: str) -> str:
    return re.sub(r"\\(.|\n)", lambda m: "" if m[1] == "\n" else m[1], text) if "\\" in text else text


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


def _ansi_c(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), text)


def unescape_printf(text: str) -> str:
    """``\\n`` and its like, as ``printf`` and ``echo -e`` read them."""
    return _ansi_c(text)


def _slice(text: str, argument: str) -> str:
    start, _, length = argument.replace(" ", "").partition(":")
    try:
        begin = int(start.strip("()") or 0)
        rest = text[begin:]
        return rest[: int(length.strip("()"))] if length else rest
    except ValueError:
        return text


def _recase(text: str, operator: str) -> str:
    change = str.upper if operator[0] == "^" else str.lower
    return change(text) if len(operator) == 2 else change(text[:1]) + text[1:]


def _trimmed(template: Template, operator: str, pattern: str) -> Template:
    text = template.literal
    if text is not None:
        return Template.of(_trim(text, operator, pattern))
    if not any(char in pattern for char in "*?["):
        head, tail = template.head, template.tail
        if operator[0] == "#" and head.startswith(pattern):
            return Template.of(head[len(pattern) :], *template.parts[1:])
        if operator[0] == "%" and tail.endswith(pattern):
            return Template.of(*template.parts[:-1], tail[: -len(pattern)])
        if operator[0] == "#" and not pattern.startswith(head):
            return template
        if operator[0] == "%" and not pattern.endswith(tail):
            return template
    cut = _cut_at(template, operator, pattern)
    return template.derive(f"{operator}{pattern}") if cut is None else cut


def _cut_at(template: Template, operator: str, pattern: str) -> Template | None:
    """The rest, where the mark of ``#*mark`` or ``%mark*`` surely stands in the known start, or end."""
    mark = pattern.strip("*")
    wanted = f"*{mark}" if operator[0] == "#" else f"{mark}*"
    if not mark or pattern != wanted or any(char in mark for char in "*?[\\"):
        return None
    head, tail = template.head, template.tail
    if operator == "#" and mark in head:
        return Template.of(head.partition(mark)[2], *template.parts[1:])
    if operator == "##" and mark in tail:
        return Template.of(tail.rpartition(mark)[2])
    if operator == "%" and mark in tail:
        return Template.of(*template.parts[:-1], tail.rpartition(mark)[0])
    return Template.of(head.partition(mark)[0]) if operator == "%%" and mark in head else None


def _trim(text: str, operator: str, pattern: str) -> str:
    cuts = range(len(text) + 1)
    if operator[0] == "#":
        order = cuts if operator == "#" else reversed(cuts)
        return next((text[cut:] for cut in order if fnmatch.fnmatchcase(text[:cut], pattern)), text)
    order = reversed(cuts) if operator == "%" else cuts
    return next((text[:cut] for cut in order if fnmatch.fnmatchcase(text[cut:], pattern)), text)


def _replaced(template: Template, operator: str, argument: str) -> Template:
    pattern, _, new = argument.replace("\\/", "\0").partition("/")
    pattern, new = pattern.replace("\0", "/"), new.replace("\0", "/")
    if any(char in pattern for char in "*?[") or not pattern:
        return template.derive(f"{operator}{argument}")
    count = -1 if operator == "//" else 1
    if count == 1 and pattern in template.head:  # the first one, whatever the holes hold
        return Template.of(template.head.replace(pattern, new, 1), *template.parts[1:])
    if sum(part.count(pattern) for part in template.parts if isinstance(part, str)) * len(new) > LETTERS:
        return template.derive(f"{operator}{pattern[:40]}/…")
    parts = [
        part.replace(pattern, new, count)
        if isinstance(part, str)
        else Hole(f"{part.name} with {pattern!r} as {new!r}", part.kinds, part.site)
        for part in template.parts
    ]
    return Template.of(*parts)
