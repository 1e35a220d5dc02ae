"""Word expansion: variables, substitutions, quotes, arrays, braces."""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wholeship.shell.state import State, Word
from wholeship.shell.syntax import parse, pieces, text_of
from wholeship.texts.template import NOTHING, Hole, Kind, Template, Value, concat

if TYPE_CHECKING:
    from tree_sitter import Node

_CASES = {"^": "capital", "^^": "upper case", ",": "lower first letter", ",,": "lower case"}

Substitute = Callable[["Node", State], Value]
"""What a command substitution prints."""

READINGS = 16
"""At most so many readings of one command line are looked at."""


class Expansion:
    """Expands words in a state. *known* maps placeholders for ``${{ }}`` to their values."""

    def __init__(self, substitute: Substitute, known: dict[str, Value], site: str) -> None:
        self._substitute = substitute
        self._known = known
        self._site = site
        self._marks = re.compile("|".join(map(re.escape, known))) if known else None
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
        value = self.value(node, state)
        quoted = node.type in ("string", "raw_string", "ansi_c_string") or not _unquoted(node)
        text = value.literal
        if text is not None and node.type in ("word", "concatenation", "brace_expression") and "{" in text:
            return tuple(Word(Value.literal_of(each)) for each in braces(text))
        return (Word(value, quoted),)

    def value(self, node: Node, state: State) -> Value:
        """The text of *node*, not split."""
        match node.type:
            case "word" | "number" | "variable_name" | "extglob_pattern" | "regex" | "test_operator":
                if node.child_count and node.type == "number":
                    return concat(self._piece(each, state) for each in pieces(node))
                return self.literal(_unescape(text_of(node)))
            case "string_content" | "heredoc_content":
                return self.literal(re.sub(r"\\([$`\"\\\n])", lambda m: m[1].strip("\n"), text_of(node)))
            case "raw_string":
                return self.literal(text_of(node)[1:-1])
            case "ansi_c_string":
                return self.literal(_ansi_c(text_of(node)[2:-1]))
            case "string" | "translated_string":
                return self._string(node, state)
            case "simple_expansion":
                return self._variable(text_of(node)[1:], state)
            case "expansion":
                return self._parameter(node, state)
            case "command_substitution" | "process_substitution":
                return self._substitute(node, state)
            case "arithmetic_expansion":
                return Value.hole(Kind.OUTPUT, text_of(node), self._site)
            case _:
                return concat(self._piece(each, state) for each in pieces(node))

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
            return self.literal(text_of(body))
        return concat(self._piece(each, state) for each in pieces(body))

    def _piece(self, piece: str | Node, state: State) -> Value:
        if isinstance(piece, str):
            return self.literal(_unescape(piece))
        return self.value(piece, state)

    def _string(self, node: Node, state: State) -> Value:
        """A double-quoted string: what stands between its quotes, white space included."""
        inside = pieces(node, node.start_byte + 1, node.end_byte - 1)
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
            return state.arguments[at].value if at < len(state.arguments) else NOTHING
        if name in "@*":
            return _joined(state.arguments)
        if name == "#":
            return Value.literal_of(str(len(state.arguments)))
        if name in state.arrays:
            return state.arrays[name][0].value if state.arrays[name] else NOTHING
        if name in ("RANDOM", "SRANDOM"):
            return Value.hole(Kind.RANDOM, f"${name}", self._site)
        if name in ("EPOCHSECONDS", "SECONDS"):
            return Value.hole(Kind.CLOCK, f"${name}", self._site)
        if name in "?$!-_0":
            return Value.hole(Kind.OUTPUT, f"${name}", self._site)
        return Value.hole(Kind.OUTPUT, f"${name}", "")

    def _array(self, node: Node, state: State) -> tuple[Word, ...] | None:
        """``"$@"`` and ``"${name[@]}"`` are as many words as they hold."""
        if node.type in ("word", "number", "raw_string"):
            return None
        text = text_of(node).strip('"')
        if text in ("$@", "$*", "${@}", "${*}"):
            return state.arguments
        found = re.fullmatch(r"\$\{(\w+)\[[@*]\]\}", text)
        if found:
            return state.arrays.get(found[1])
        return None

    def _parameter(self, node: Node, state: State) -> Value:
        """``${name…}`` in all its forms."""
        found = re.fullmatch(r"\$\{([!#]?)(\w+|[@*#?$!-])(\[[^]]*\])?(.*)\}", text_of(node), re.DOTALL)
        if not found:
            return Value.hole(Kind.OUTPUT, text_of(node), self._site)
        prefix, name, index, rest = found.groups()
        if prefix == "#" or (prefix == "!" and not index):
            return self._indirect(prefix, name, text_of(node), state)
        value = self._element(name, index, state) if index else self._variable(name, state)
        known = bool(index) or name in state.names or name in state.arrays or name.isdigit() or name in "@*"
        return self._operated(name, value, known, rest, state)

    def _indirect(self, prefix: str, name: str, text: str, state: State) -> Value:
        target = state.names.get(name, NOTHING).literal if prefix == "!" else None
        if target:
            return self._variable(target, state)
        return Value.hole(Kind.OUTPUT, text, self._site)

    def _element(self, name: str, index: str, state: State) -> Value:
        array = state.arrays.get(name)
        key = index[1:-1]
        if array is not None and key in ("@", "*"):
            return _joined(array)
        if array is not None and key.isdigit():
            return array[int(key)].value if int(key) < len(array) else NOTHING
        return Value.hole(Kind.OUTPUT, f"${{{name}{index}}}", self._site)

    def _operated(self, name: str, value: Value, known: bool, rest: str, state: State) -> Value:
        found = re.match(r":?[-=?+]|##?|%%?|//?|\^\^?|,,?|:|@", rest)
        if not found:
            return value
        operator, argument = found[0], rest[found.end() :]
        if operator.lstrip(":") in ("-", "=", "?", "+"):
            return self._defaulted(value, known, operator, argument, state)
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

    def _defaulted(self, value: Value, known: bool, operator: str, argument: str, state: State) -> Value:
        other = self._quoted(argument, state)
        kind = operator.lstrip(":")
        if kind == "?":
            return value
        if kind == "+":
            return other if known and value.literal != "" else NOTHING if not known else value
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
        tree = parse(f'echo "{argument}"')
        found = _first(tree, "string")
        return self._string(found, state) if found else Value.hole(Kind.OUTPUT, argument, self._site)

    def _text(self, argument: str, state: State) -> str | None:
        return self._quoted(argument, state).literal


def braces(text: str) -> list[str]:
    """Brace expansion: ``{a,b}`` and ``{1..3}``."""
    found = re.search(r"\{([^{}]*(?:,[^{}]*)+|-?\d{1,3}\.\.-?\d{1,3})\}", text)
    if not found:
        return [text]
    before, after = text[: found.start()], text[found.end() :]
    return list(
        itertools.chain.from_iterable(braces(before + choice + after) for choice in _choices(found[1]))
    )


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
    lines = itertools.islice(itertools.product(*choices), READINGS)
    return tuple(dict.fromkeys(tuple(itertools.chain.from_iterable(line)) for line in lines))


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
    return template.derive(f"{operator}{pattern}")


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
    parts = [
        part.replace(pattern, new, count)
        if isinstance(part, str)
        else Hole(f"{part.name} with {pattern!r} as {new!r}", part.kinds, part.site)
        for part in template.parts
    ]
    return Template.of(*parts)
