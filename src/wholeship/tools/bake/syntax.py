"""HCL as text: blocks, attributes and expressions as a tree, with nothing worked out yet.

HCL native syntax specification. A reader of our own, because two things must be exact that general readers
are loose about: the text of a string (escapes, ``$${``, heredocs, ``~``), and where a line ends an
expression. What is not HCL raises :class:`NotHcl` with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from fractions import Fraction

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

MOST_NESTED = 60
"""Deeper expressions than this are not read: each level costs several Python frames."""

LONGEST_NUMBER, LARGEST_POWER = 100, 99
"""Numbers with more digits, or larger powers of ten, are not read."""


class NotHcl(ValueError):
    """The text is not HCL; ``line`` is where that shows."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"{reason}, line {line}")
        self.reason, self.line = reason, line


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, ``true``, ``false`` or ``null``."""

    value: Fraction | str | bool | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A text with expressions in it. A lone ``${x}`` is ``x`` itself, as HCL has it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """The root of a traversal: a variable, a parameter, or ``target``."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``of[key]`` and ``of.key``."""

    of: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Splat:
    """``of[*].rest``: *rest* is applied to each member, which it knows as the name ``EACH``."""

    of: Node
    rest: Node


EACH = "*"


@dataclass(frozen=True, slots=True)
class Unary:
    """``!x`` and ``-x``."""

    sign: str
    of: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, comparison and logic between two expressions."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? yes : no``, and ``%{ if }`` in a text."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """``name(arguments…)``; ``spread``: the last argument is a list of arguments."""

    name: str
    arguments: tuple[Node, ...]
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """``{a = b}``."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class For:
    """``[for k, v in source : value if condition]``; with ``key`` it makes a mapping."""

    names: tuple[str, ...]
    source: Node
    value: Node
    key: Node | None = None
    condition: Node | None = None
    grouped: bool = False
    text: bool = False
    """``%{ for }`` in a text: the results are joined."""


Node = Literal | Joined | Name | Member | Splat | Unary | Binary | Choice | FunctionCall | Items | Pairs | For


@dataclass(frozen=True, slots=True)
class Block:
    """``kind "label" { … }``."""

    kind: str
    labels: tuple[str, ...]
    body: Body
    line: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a file or in a block."""

    attributes: dict[str, Node] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


def read_number(text: str) -> Fraction:
    """A number as it is written; raises ValueError where it is longer than any that people write."""
    _, _, power = text.lower().partition("e")
    if len(text) > LONGEST_NUMBER or abs(int(power or 0)) > LARGEST_POWER:
        raise ValueError("a number is too large")
    return Fraction(text)


def read_hcl(text: str) -> Body:
    """The blocks and attributes of *text*; raises :class:`NotHcl`."""
    reader = _Reader(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    body = reader.body(nested=False)
    return body


def read_template(text: str) -> Node:
    """*text* as HCL reads a text in a JSON file: with ``${}`` and ``%{}``, without escapes."""
    reader = _Reader(text)
    parts = reader.pieces(lambda: reader.at >= len(text), escapes=False)
    return _template(parts, reader)


def read_expression(text: str) -> Node:
    """One expression; raises :class:`NotHcl`."""
    reader = _Reader(text)
    node = reader.expression()
    reader.space(lines=True)
    if reader.at < len(text):
        raise reader.error("more than one expression")
    return node


_SPACE = lazy_pattern(r"(?:[ \t]+|/\*.*?\*/)*(?:(?://|#)[^\n]*)?", re.S)
_LINES = lazy_pattern(r"(?:\s+|/\*.*?\*/|(?://|#)[^\n]*)*", re.S)
_NAME = lazy_pattern(r"[^\W\d][\w-]*")
_NUMBER = lazy_pattern(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_HEREDOC = lazy_pattern(r"<<(-?)([^\W\d][\w-]*)[ \t]*\n")
_ESCAPE = lazy_pattern(r"\\(?:([nrt\"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_PLAIN = lazy_pattern(r'[^"\\$%\n]+')
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))


@dataclass(slots=True)
class _Piece:
    """A part of a text: literal, or what stands in ``${}`` or ``%{}``; ``word`` is the directive's."""

    text: str | None = None
    node: Node | None = None
    word: str = ""
    names: tuple[str, ...] = ()
    trims: tuple[bool, bool] = (False, False)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.lines = False  # inside brackets a line's end is space

    def error(self, reason: str) -> NotHcl:
        return NotHcl(reason, self.text.count("\n", 0, self.at) + 1)

    # Words and space

    def space(self, *, lines: bool = False) -> None:
        found = (_LINES if lines or self.lines else _SPACE).match(self.text, self.at)
        self.at = found.end() if found else self.at

    def sees(self, *words: str) -> str:
        self.space()
        return next((word for word in words if self.text.startswith(word, self.at)), "")

    def accept(self, word: str) -> bool:
        if not self.sees(word):
            return False
        self.at += len(word)
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.error(f"{word!r} is missing")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def name(self) -> str:
        self.space()
        found = self.match(_NAME)
        if not found:
            raise self.error("a name is missing")
        return found[0]

    def keyword(self, word: str) -> bool:
        self.space()
        found = _NAME.match(self.text, self.at)
        if not found or found[0] != word:
            return False
        self.at = found.end()
        return True

    def within(self, *, lines: bool) -> _Within:
        return _Within(self, lines)

    # Bodies

    def body(self, *, nested: bool) -> Body:
        attributes: dict[str, Node] = {}
        blocks: list[Block] = []
        while True:
            self.space(lines=True)
            if nested and self.accept("}"):
                break
            if self.at >= len(self.text):
                if nested:
                    raise self.error("'}' is missing")
                break
            self._item(attributes, blocks)
        return Body(attributes, tuple(blocks))

    def _item(self, attributes: dict[str, Node], blocks: list[Block]) -> None:
        """An attribute or a block. Two on one line, which HCL refuses, are read as they are meant."""
        line = self.text.count("\n", 0, self.at) + 1
        name = self.name()
        if self.sees("=") and not self.sees("=="):
            self.accept("=")
            if name in attributes:
                raise self.error(f"{name} is given twice")
            attributes[name] = self.expression()
        else:
            labels = tuple(self._labels())
            self.expect("{")
            with self.within(lines=False):
                blocks.append(Block(name, labels, self.body(nested=True), line))

    def _labels(self) -> Iterator[str]:
        while not self.sees("{"):
            if self.sees('"'):
                text = self.quoted()
                if not isinstance(text, Literal):
                    raise self.error("a label with an expression in it")
                yield str(text.value)
            else:
                yield self.name()

    # Expressions

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise self.error("expressions nested too deeply")
        condition = self.operation(0)
        if self.accept("?"):
            yes = self.expression()
            self.expect(":")
            condition = Choice(condition, yes, self.expression())
        self.depth -= 1
        return condition

    def operation(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.operand()
        left = self.operation(level + 1)
        while sign := self.sees(*_LEVELS[level]):
            if sign == "/" and self.sees("//", "/*"):
                break
            self.at += len(sign)
            left = Binary(sign, left, self.operation(level + 1))
        return left

    def operand(self) -> Node:
        for sign in ("!", "-"):
            if self.sees(sign) and not self.sees("!="):
                self.at += 1
                self.depth += 1
                if self.depth > MOST_NESTED:
                    raise self.error("expressions nested too deeply")
                inner = Unary(sign, self.operand())
                self.depth -= 1
                return inner
        return self.trailers(self.term())

    def term(self) -> Node:
        self.space()
        if self.sees('"'):
            return self.quoted()
        if self.sees("<<"):
            return self.heredoc()
        if self.accept("("):
            with self.within(lines=True):
                inner = self.expression()
                self.expect(")")
            return inner
        if self.accept("["):
            return self.brackets()
        if self.accept("{"):
            return self.braces()
        if number := self.match(_NUMBER):
            try:
                return Literal(read_number(number[0]))
            except ValueError as error:
                raise self.error(str(error)) from error
        return self.named()

    def named(self) -> Node:
        name = self.name()
        while self.text.startswith("::", self.at):
            self.at += 2
            name += "::" + self.name()
        if self.sees("("):
            self.accept("(")
            return self.call(name)
        constants = {"true": True, "false": False, "null": None}
        return Literal(constants[name]) if name in constants else Name(name)

    def call(self, name: str) -> Node:
        arguments: list[Node] = []
        spread = False
        with self.within(lines=True):
            while not self.accept(")"):
                arguments.append(self.expression())
                spread = self.accept("...")
                if not self.accept(","):
                    self.expect(")")
                    break
        return FunctionCall(name, tuple(arguments), spread)

    def brackets(self) -> Node:
        with self.within(lines=True):
            if self.keyword("for"):
                return self.comprehension("]")
            items: list[Node] = []
            while not self.accept("]"):
                items.append(self.expression())
                if not self.accept(","):
                    self.expect("]")
                    break
        return Items(tuple(items))

    def braces(self) -> Node:
        with self.within(lines=True):
            if self.keyword("for"):
                return self.comprehension("}")
        pairs: list[tuple[Node, Node]] = []
        with self.within(lines=False):
            while True:
                self.space(lines=True)
                if self.accept("}"):
                    return Pairs(tuple(pairs))
                key = self.key()
                if not (self.accept("=") or self.accept(":")):
                    raise self.error("'=' is missing")
                self.space(lines=True)
                pairs.append((key, self.expression()))
                self._between()

    def key(self) -> Node:
        before = self.at
        found = self.match(_NAME)
        if found and self.sees("=", ":") and not self.sees("=="):
            return Literal(found[0])
        self.at = before
        return self.expression()

    def _between(self) -> None:
        """What separates the items of a mapping: a comma or a line's end."""
        if self.accept(",") or self.sees("}"):
            return
        if not self.text.startswith("\n", self.at):
            raise self.error("',' is missing")

    def comprehension(self, closing: str) -> Node:
        names = [self.name()]
        if self.accept(","):
            names.append(self.name())
        if not self.keyword("in"):
            raise self.error("'in' is missing")
        source = self.expression()
        self.expect(":")
        value, key = self.expression(), None
        if closing == "}":
            self.expect("=>")
            key, value = value, self.expression()
        grouped = self.accept("...")
        condition = self.expression() if self.keyword("if") else None
        self.expect(closing)
        return For(tuple(names), source, value, key, condition, grouped)

    def trailers(self, node: Node) -> Node:
        while True:
            if self.text.startswith(".", self.at) and not self.text.startswith("...", self.at):
                self.at += 1
                if self.accept("*"):
                    node = self._splat(node, attributes=True)
                    continue
                node = Member(node, self._attribute())
            elif self.text.startswith("[", self.at):
                self.at += 1
                with self.within(lines=True):
                    if self.accept("*"):
                        self.expect("]")
                        node = self._splat(node, attributes=False)
                        continue
                    node = Member(node, self.expression())
                    self.expect("]")
            else:
                return node

    def _attribute(self) -> Node:
        if digits := self.match(re.compile(r"\d{1,9}")):
            return Literal(Fraction(digits[0]))
        return Literal(self.name())

    def _splat(self, of: Node, *, attributes: bool) -> Node:
        """``.*`` goes on with names only, ``[*]`` with everything that follows."""
        rest: Node = Name(EACH)
        while self.text.startswith(".", self.at) and not self.text.startswith((".*", "..."), self.at):
            self.at += 1
            rest = Member(rest, self._attribute())
        return Splat(of, rest if attributes else self.trailers(rest))

    # Texts

    def quoted(self) -> Node:
        self.expect('"')
        parts = self.pieces(lambda: self.text.startswith('"', self.at), escapes=True)
        self.expect('"')
        return _template(parts, self)

    def heredoc(self) -> Node:
        opening = self.match(_HEREDOC)
        if not opening:
            raise self.error("a heredoc without a name")
        closing = re.compile(rf"^[ \t]*{re.escape(opening[2])}[ \t]*$", re.M)
        end = closing.search(self.text, self.at)
        if not end:
            raise self.error(f"the end of heredoc {opening[2]} is missing")
        parts = self.pieces(lambda: self.at >= end.start(), escapes=False, until=end.start())
        self.at = end.end()
        return _template(parts, self, heredoc=True, flush=bool(opening[1]))

    def pieces(self, done: Callable[[], bool], *, escapes: bool, until: int | None = None) -> list[_Piece]:
        found: list[_Piece] = []
        end = len(self.text) if until is None else until
        while not done():
            if self.at >= end:
                raise self.error("the end of a text is missing")
            found.append(self._opened() or _Piece(self._literal(end, escapes=escapes)))
        return found

    def _literal(self, end: int, *, escapes: bool) -> str:
        if self.text.startswith(("$${", "%%{"), self.at):
            self.at += 3
            return self.text[self.at - 2 : self.at]
        if not escapes:
            found = re.compile(r"[^$%]+").match(self.text, self.at, end)
            self.at = found.end() if found else self.at + 1
            return found[0] if found else self.text[self.at - 1]
        if self.text.startswith("\n", self.at):
            raise self.error("a line's end in a text")
        if self.text.startswith("\\", self.at):
            return self._escape()
        plain = self.match(_PLAIN)
        self.at += 0 if plain else 1
        return plain[0] if plain else self.text[self.at - 1]

    def _escape(self) -> str:
        found = self.match(_ESCAPE)
        if not found:
            raise self.error("an escape that HCL does not know")
        return _ESCAPED[found[1]] if found[1] else chr(int(found[2] or found[3], 16))

    def _opened(self) -> _Piece | None:
        """What a ``${`` or ``%{`` opens here."""
        sign = self.text[self.at : self.at + 2]
        if sign not in ("${", "%{"):
            return None
        self.at += 2
        before = self.text.startswith("~", self.at)
        self.at += before
        with self.within(lines=True):
            piece = _Piece(node=self.expression()) if sign == "${" else self._directive()
            after = self.accept("~")
            self.expect("}")
        piece.trims = (before, after)
        return piece

    def _directive(self) -> _Piece:
        word = self.name()
        if word == "if":
            return _Piece(node=self.expression(), word=word)
        if word == "for":
            names = [self.name()]
            if self.accept(","):
                names.append(self.name())
            if not self.keyword("in"):
                raise self.error("'in' is missing")
            return _Piece(node=self.expression(), word=word, names=tuple(names))
        if word not in ("else", "endif", "endfor"):
            raise self.error(f"no such directive: {word}")
        return _Piece(word=word)


class _Within:
    """Whether a line's end counts as space, for as long as it is entered."""

    def __init__(self, reader: _Reader, lines: bool) -> None:
        self.reader, self.lines = reader, lines

    def __enter__(self) -> None:
        self.before, self.reader.lines = self.reader.lines, self.lines

    def __exit__(self, *_: object) -> None:
        self.reader.lines = self.before


def _template(parts: list[_Piece], reader: _Reader, *, heredoc: bool = False, flush: bool = False) -> Node:
    pieces = _trimmed(_tokens(parts, lines=heredoc))
    if len(pieces) == 1 and pieces[0].node is not None and not pieces[0].word:
        return pieces[0].node
    nodes, rest = _sequence(_dedented(pieces) if flush else pieces, reader)
    if rest:
        raise reader.error(f"%{{ {rest[0].word} }} without its beginning")
    if all(isinstance(node, Literal) and isinstance(node.value, str) for node in nodes):
        return Literal("".join(str(node.value) for node in nodes if isinstance(node, Literal)))
    return Joined(tuple(nodes))


def _sequence(pieces: list[_Piece], reader: _Reader) -> tuple[list[Node], list[_Piece]]:
    """The nodes up to a directive that closes or divides, and what is left from there on."""
    nodes: list[Node] = []
    while pieces and pieces[0].word not in ("else", "endif", "endfor"):
        piece, pieces = pieces[0], pieces[1:]
        if piece.text is not None:
            nodes.append(Literal(piece.text))
        elif piece.node is not None and not piece.word:
            nodes.append(piece.node)
        else:
            node, pieces = _directed(piece, pieces, reader)
            nodes.append(node)
    return nodes, pieces


def _directed(opened: _Piece, pieces: list[_Piece], reader: _Reader) -> tuple[Node, list[_Piece]]:
    inner, pieces = _sequence(pieces, reader)
    other: list[Node] = []
    if opened.word == "if" and pieces and pieces[0].word == "else":
        other, pieces = _sequence(pieces[1:], reader)
    if not pieces or pieces[0].word != "end" + opened.word or opened.node is None:
        raise reader.error(f"%{{ end{opened.word} }} is missing")
    yes = Joined(tuple(inner))
    if opened.word == "for":
        return For(opened.names, opened.node, yes, text=True), pieces[1:]
    return Choice(opened.node, yes, Joined(tuple(other))), pieces[1:]


def _tokens(parts: list[_Piece], *, lines: bool) -> list[_Piece]:
    """Neighbouring literals as one; in a heredoc each line is a literal of its own, as in HCL's scanner."""
    kept: list[_Piece] = []
    for piece in parts:
        if piece.text is not None and kept and kept[-1].text is not None:
            kept[-1].text = (kept[-1].text or "") + piece.text
        else:
            kept.append(piece)
    if not lines:
        return kept
    return [
        each
        for piece in kept
        for each in (
            [piece] if piece.text is None else map(_Piece, re.findall(r"[^\n]*\n|[^\n]+", piece.text))
        )
    ]


def _trimmed(pieces: list[_Piece]) -> list[_Piece]:
    """``~`` takes the white space of the literal next to it away, in a heredoc to the line's end at most."""
    for at, piece in enumerate(pieces):
        if piece.trims[0] and at and pieces[at - 1].text is not None:
            pieces[at - 1].text = (pieces[at - 1].text or "").rstrip()
        if piece.trims[1] and at + 1 < len(pieces) and pieces[at + 1].text is not None:
            pieces[at + 1].text = (pieces[at + 1].text or "").lstrip()
    return pieces


def _dedented(pieces: list[_Piece]) -> list[_Piece]:
    """``<<-``: without what all lines are indented by. A line whose end ``~`` took is one with the next."""
    least: int | None = None
    lines: list[_Piece] = []
    fresh = True
    for piece in pieces:
        text = piece.text
        blank = text is not None and not text.strip() and text.endswith("\n")
        if fresh and not blank:
            depth = 0 if text is None else len(text) - len(text.lstrip())
            least = depth if least is None else min(least, depth)
            lines += [piece] if text is not None else []
        fresh = text is not None and text.endswith("\n")
    for line in lines:
        line.text = (line.text or "")[least:]
    return pieces
