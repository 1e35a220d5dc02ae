"""Text that is only partly known: literals with holes, each hole labelled by where its text comes from.

The tag of an image is rarely a literal. ``ghcr.io/acme/app:${{ needs.tag.outputs.tag }}`` becomes the
literal ``ghcr.io/acme/app:`` and a hole made from the clock at one place of one job. Two holes made at the
same place are the same text; two clocks read in two jobs are not. That is all the rules on tags need.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from enum import StrEnum
from functools import cache

from wholeship.core.values import dataclass


class Origin(StrEnum):
    """How far the text of a hole stays the same. From the most to the least constant."""

    RUN = "run"  # the whole run and all its attempts: commit, ref, run id, inputs, variables
    ATTEMPT = "attempt"  # one attempt: github.run_attempt
    DATA = "data"  # the step that made it: outputs, files
    JOB = "job"  # one evaluation: the clock, random numbers, the runner's name


class Kind(StrEnum):
    """What the text of a hole is made from."""

    COMMIT = "commit"
    REF = "ref"
    EVENT = "event"
    INPUT = "input"
    VARIABLE = "variable"  # vars and secrets
    RUN_ID = "run id"
    RUN_NUMBER = "run number"
    ATTEMPT = "attempt"
    MATRIX = "matrix"  # a leg that is only known at run time
    FILE = "file"  # a file of the repository, at the commit of the run
    OUTPUT = "output"  # whatever a program or an action said
    CLOCK = "clock"
    RANDOM = "random"
    RUNNER = "runner"

    @property
    def origin(self) -> Origin:
        """How constant text of this kind is."""
        return _ORIGINS.get(self, Origin.RUN)


_ORIGINS = {
    Kind.ATTEMPT: Origin.ATTEMPT,
    Kind.FILE: Origin.DATA,
    Kind.OUTPUT: Origin.DATA,
    Kind.CLOCK: Origin.JOB,
    Kind.RANDOM: Origin.JOB,
    Kind.RUNNER: Origin.JOB,
}
_RANKS = {origin: rank for rank, origin in enumerate(Origin)}


@dataclass(frozen=True, slots=True)
class Hole:
    """Text that is not known before the run.

    ``name`` says in words what it is (``github.sha``, ``date +%Y%m%d``); ``site`` where it was made, as
    ``job/step``, and is empty where the text does not depend on the place. ``bound`` says what the names
    in it stand for, where that is not the same everywhere (an input of a called workflow, the parameter of
    a function): one expression with other bindings is another text.
    """

    name: str
    kinds: frozenset[Kind]
    site: str = ""
    bound: tuple[tuple[str, str], ...] = ()
    made: tuple[str, Template] | None = field(default=None, compare=False)
    """The function it comes out of, and what that was given, where both are known."""

    @classmethod
    def of(cls, kind: Kind, name: str, site: str = "") -> Hole:
        """A hole of one kind; the site is dropped where the kind makes it irrelevant."""
        placeless = kind.origin in (Origin.RUN, Origin.ATTEMPT) and kind is not Kind.MATRIX
        return cls(name, frozenset({kind}), "" if placeless or kind is Kind.FILE else site)

    @property
    def origin(self) -> Origin:
        """The least constant of what it is made from."""
        return max((kind.origin for kind in self.kinds), key=_RANKS.__getitem__, default=Origin.DATA)

    @property
    def full(self) -> str:
        """The name, with what its names stand for: ``tag(name) with name = api``."""
        if not self.bound:
            return self.name
        return f"{self.name} with {', '.join(f'{name} = {value}' for name, value in self.bound)}"

    def __hash__(self) -> int:
        # Enough to tell holes apart, and texts remember their own hash.
        return hash((self.name, self.site))

    def __str__(self) -> str:
        return "{" + self.full + "}"


class Same(StrEnum):
    """Whether two texts are equal in one attempt of one run."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and holes, in order; neighbouring literals are merged."""

    parts: tuple[str | Hole, ...] = ()

    # Texts are compared and looked up all the time; what a class of values has by itself takes far longer.

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self.parts == other.parts if isinstance(other, Template) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.parts)

    @classmethod
    def literal_of(cls, text: str) -> Template:
        """A known text, and no question what it is: sooner than :meth:`of`."""
        return cls((text,)) if text else EMPTY

    @classmethod
    def of(cls, *parts: str | Hole | Template) -> Template:
        """The concatenation of *parts*."""
        if len(parts) == 1:
            only = parts[0]
            if isinstance(only, str):
                return cls((only,)) if only else EMPTY
            if isinstance(only, Template):
                return only
        flat: list[str | Hole] = []
        for part in parts:
            for piece in part.parts if isinstance(part, Template) else (part,):
                if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                    flat[-1] += piece
                elif piece != "":
                    flat.append(piece)
        made = cls(tuple(flat))
        return _blur((made,)) if made.is_too_long else made

    @property
    def is_too_long(self) -> bool:
        """Whether it is more than is worth following: a line can double a text again and again."""
        if len(self.parts) > PARTS:
            return True
        for part in self.parts:  # noqa: SIM110 (a generator costs more than the whole answer)
            if isinstance(part, str) and len(part) > LETTERS:
                return True
        return False

    @property
    def literal(self) -> str | None:
        """The text, when all of it is known."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, str) else None

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The unknown parts, in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def head(self) -> str:
        """The literal text before the first hole."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    @property
    def tail(self) -> str:
        """The literal text after the last hole."""
        return self.parts[-1] if self.parts and isinstance(self.parts[-1], str) else ""

    def split(self, separators: str) -> tuple[Template, ...]:
        """The non-empty pieces between literal separators; a hole is taken not to hold any."""
        if len(self.parts) == 1 and isinstance(self.parts[0], str):
            if _separated(separators).search(self.parts[0]) is None:
                return (self,)
            return tuple(Template((piece,)) for piece in _between(self.parts[0], separators))
        pieces: list[list[str | Hole]] = [[]]
        for part in self.parts:
            if isinstance(part, Hole):
                pieces[-1].append(part)
                continue
            first, *others = _separated(separators).split(part)
            if first:
                pieces[-1].append(first)
            pieces += [[each] if each else [] for each in others]
        return tuple(Template(tuple(piece)) for piece in pieces if piece)

    def strip(self) -> Template:
        """Without literal white space at either end."""
        parts = list(self.parts)
        if parts and isinstance(parts[0], str):
            parts[0] = parts[0].lstrip()
        if parts and isinstance(parts[-1], str):
            parts[-1] = parts[-1].rstrip()
        return Template.of(*parts)

    def cut(self, separator: str, *, last: bool = False) -> tuple[Template, Template | None]:
        """What is before and after the first (or last) literal *separator*; None: there is none."""
        order = range(len(self.parts) - 1, -1, -1) if last else range(len(self.parts))
        for index in order:
            part = self.parts[index]
            if isinstance(part, str) and separator in part:
                before, _, after = part.rpartition(separator) if last else part.partition(separator)
                return Template.of(*self.parts[:index], before), Template.of(after, *self.parts[index + 1 :])
        return self, None

    def derive(self, how: str, change: Callable[[str], str] | None = None) -> Template:
        """This text put through a function named *how*; computed where the text is known."""
        literal = self.literal
        if literal is not None and change is not None:
            return Template.of(change(literal))
        kinds = frozenset(itertools.chain.from_iterable(hole.kinds for hole in self.holes))
        sites = [hole.site for hole in self.holes if hole.site]
        made = Hole(f"{how} of {self}", kinds or frozenset({Kind.OUTPUT}), " ".join(sites), made=(how, self))
        return Template.of(made)

    def fixed(self, site: str) -> Template:
        """As it is once evaluated at *site*: a re-run that leaves that job out keeps its attempt."""
        if not any(hole.origin is Origin.ATTEMPT and not hole.site for hole in self.holes):
            return self
        return Template(
            tuple(
                replace(part, site=site)
                if isinstance(part, Hole) and part.origin is Origin.ATTEMPT and not part.site
                else part
                for part in self.parts
            )
        )

    def compare(self, other: Template) -> Same:
        """Whether both are equal in one attempt of a run.

        Different clocks may or may not agree; literals that contradict each other at either end,
        or everywhere between equal holes, cannot.
        """
        if self == other:
            return Same.YES
        if self.literal is not None and other.literal is not None:
            return Same.NO
        if not (_agree(self.head, other.head) and _agree(self.tail[::-1], other.tail[::-1])):
            return Same.NO
        return Same.NO if _differ_by_literals(self, other) else Same.MAYBE

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


def _joined(one: Template, other: Template) -> Template:
    """One after the other; each is merged in itself already."""
    before, after = one.parts, other.parts
    if not before or not after:
        return other if not before else one
    if len(before) + len(after) > PARTS:
        return _blur((one, other))
    last, first = before[-1], after[0]
    if isinstance(last, str) and isinstance(first, str):
        if len(last) + len(first) > LETTERS:
            return _blur((one, other))
        return Template((*before[:-1], last + first, *after[1:]))
    return Template(before + after)


def _between(text: str, separators: str) -> Iterator[str]:
    """The non-empty pieces of a known text."""
    pattern = _separated(separators)
    if pattern.search(text) is None:
        return iter((text,) if text else ())
    return filter(None, pattern.split(text))


@cache
def _separated(separators: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(separators)}]+")


def _agree(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _differ_by_literals(one: Template, other: Template) -> bool:
    """One hole with other literals around it: ``a-{x}`` and ``a-{x}-b``; ``1{x}`` and ``{x}1`` may be one."""
    if one.holes != other.holes or len(one.holes) != 1:
        return False
    before, after = len(one.head) - len(other.head), len(one.tail) - len(other.tail)
    return before + after != 0 or (before == 0 and (one.head, one.tail) != (other.head, other.tail))


EMPTY = Template()

SCRIPT = "way"
"""How the choice is called that one script makes, between its own lines."""

RULES = "rules"
"""How the choice is called that the rules for an image's tags make: the same for each image that has them."""

PARTS = 2_000
"""Texts with more parts than this are one hole: a script can make them grow without bounds."""
LETTERS = 262_144
"""A literal longer than this is a hole too."""
OPTION_LIMIT = 24
"""More readings of one value than this are not kept apart."""


@dataclass(frozen=True, slots=True)
class Value:
    """One text, or the few texts it can be, depending on conditions that are not known.

    ``choice`` says what decides which one it is, where that is known: two values of one choice go together.
    """

    options: tuple[Template, ...] = (EMPTY,)
    choice: str = ""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Value):
            return NotImplemented
        return self.options == other.options and self.choice == other.choice

    def __hash__(self) -> int:
        return hash(self.options)

    @classmethod
    def literal_of(cls, text: str) -> Value:
        """A known text."""
        return cls((Template.literal_of(text),))

    @classmethod
    def hole(cls, kind: Kind, name: str, site: str = "") -> Value:
        """An unknown text."""
        return cls((Template.of(Hole.of(kind, name, site)),))

    @classmethod
    def of(cls, *templates: Template) -> Value:
        """One of *templates*, without duplicates; an unknown text when they are too many."""
        if len(templates) == 1:  # most values: nothing to compare
            return cls(templates)
        unique = tuple(dict.fromkeys(templates))
        return cls(unique) if len(unique) <= OPTION_LIMIT else cls((_blur(unique),))

    @property
    def only(self) -> Template | None:
        """The one reading, when there is one."""
        return self.options[0] if len(self.options) == 1 else None

    @property
    def literal(self) -> str | None:
        """The text, when it is known."""
        return self.options[0].literal if len(self.options) == 1 else None

    def __add__(self, other: Value) -> Value:
        if self.options == (EMPTY,):
            return other
        if other.options == (EMPTY,):
            return self
        every = tuple(_joined(a, b) for a in self.options for b in other.options)
        # With one text on either side, readings that differed still do; to compare long ones takes time.
        if 1 in (len(self.options), len(other.options)):
            return Value(every, self.choice or other.choice)
        return Value.of(*every).chosen(
            f"{self.choice}, {other.choice}" if self.choice and other.choice else ""
        )

    def join(self, other: Value) -> Value:
        """Either text."""
        return self if self == other else Value.of(*self.options, *other.options)

    def map(self, change: Callable[[Template], Template]) -> Value:
        """Every reading, changed."""
        return Value.of(*map(change, self.options)).chosen(self.choice)

    def chosen(self, choice: str) -> Value:
        """The same, with what decides which reading it is."""
        return Value(self.options, choice) if len(self.options) > 1 else self

    def derive(self, how: str, change: Callable[[str], str] | None = None) -> Value:
        """Every reading, put through a function named *how*."""
        return self.map(lambda template: template.derive(how, change))

    def __str__(self) -> str:
        return " | ".join(map(str, self.options))


NOTHING = Value()


def concat(values: Iterable[Value]) -> Value:
    """All *values*, one after the other."""
    total, known = NOTHING, []
    for value in values:
        if len(value.options) == 1:
            known.append(value.options[0])  # joined at once: piece by piece, a long script takes for ever
            continue
        total, known = total + Value((Template.of(*known),)) + value, []
    return total + Value((Template.of(*known),))


def _blur(templates: tuple[Template, ...]) -> Template:
    """A hole that can be any of *templates*; keeps how they begin, line by line where they have as many."""
    rows = [_rows(template) for template in templates]
    if len({len(row) for row in rows}) == 1 and 1 < len(rows[0]) <= ROWS:
        lines = [dict.fromkeys(row[at] for row in rows) for at in range(len(rows[0]))]
        merged = [next(iter(line)) if len(line) == 1 else _blur(tuple(line)) for line in lines]
        parts: list[str | Template] = []
        for line in merged:
            parts += ["\n", line] if parts else [line]
        return Template.of(*parts)
    head = common_head(templates)
    head = "" if len(head) > LETTERS else head
    rest = [_behead(template, head) for template in templates]
    kinds = frozenset(itertools.chain.from_iterable(h.kinds for t in rest for h in t.holes))
    # What was blurred before is taken apart again: else the text would grow with every round of a loop.
    sites = "\n".join(sorted({site for t in rest for h in t.holes for site in h.site.split("\n") if site}))
    bound = () if "/" in head else _told_apart(rest)
    return Template.of(head, Hole(MANY_TEXTS, kinds | {Kind.OUTPUT}, sites, bound))


MANY_TEXTS = "one of many texts"


def _told_apart(templates: Iterable[Template]) -> tuple[tuple[str, str], ...]:
    """What tells one such hole from another: the names of two images must not become one."""
    plain = {str(each) for each in templates if not any(hole.name == MANY_TEXTS for hole in each.holes)}
    if not plain:
        return ()
    return (
        ("set", hashlib.sha256("\0".join(sorted(plain)).encode("utf-8", "surrogatepass")).hexdigest()[:6]),
    )


ROWS = 200
"""Texts with more lines than this are not compared line by line."""


def common_head(templates: Sequence[Template]) -> str:
    """The letters with which all of *templates* surely begin."""
    heads = sorted(template.head for template in templates)
    first, last = heads[0], heads[-1]
    return first[: next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))]


def around(templates: Sequence[Template]) -> tuple[Template, Template]:
    """How all of *templates* surely begin, and how they end: letters and holes that are the same in all."""
    tokens = [[token for part in each.parts for token in _tokens(part)] for each in templates]
    begun = _alike(tokens)
    ended = _alike([each[begun:][::-1] for each in tokens])
    first = tokens[0]
    return Template.of(*first[:begun]), Template.of(*first[len(first) - ended :])


def _alike(tokens: Sequence[Sequence[str | Hole]]) -> int:
    """How many tokens all begin with."""
    columns = zip(*tokens, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda column: len(set(column)) == 1, columns))


def _tokens(part: str | Hole) -> Iterable[str | Hole]:
    return part if isinstance(part, str) else (part,)


def _rows(template: Template) -> list[Template]:
    """The lines of a text, empty ones too."""
    rows: list[list[str | Hole]] = [[]]
    for part in template.parts:
        if isinstance(part, Hole):
            rows[-1].append(part)
            continue
        first, *others = part.split("\n")
        if first:
            rows[-1].append(first)
        rows += [[other] if other else [] for other in others]
    return [Template(tuple(row)) for row in rows]  # two literals never meet in one: a line ends between them


def _behead(template: Template, head: str) -> Template:
    """*template* without the literal *head* it starts with."""
    if not head:
        return template
    return replace(template, parts=Template.of(template.head[len(head) :], *template.parts[1:]).parts)
