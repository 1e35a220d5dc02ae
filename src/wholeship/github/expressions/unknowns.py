"""What is asked about texts that are only known in the run, and how the answers hang together.

``github.ref_name == 'main'`` is an atom; so is ``startsWith(github.ref_name, 'ma')``. Both are about one
unknown, the hole of a template, and the first implies the second. Everything asked in one run is kept here,
so that the same question is the same atom everywhere; :meth:`Unknowns.axioms` says what follows from what.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import StrEnum

from wholeship.core.values import dataclass
from wholeship.github.expressions.tree import literal_text
from wholeship.github.expressions.values import Plain, equal_values, fold_case, number_of, to_text, truthy
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, disj, exactly_one, implies, neg
from wholeship.pipeline.run import Data, Tells
from wholeship.shell.statuses import NOT_ZERO
from wholeship.texts.template import Hole

Test = Callable[[Plain], bool]
"""The answer for a value that is known."""


class Question(StrEnum):
    """What can be asked about a text."""

    TRUTH = "truth"
    EQUAL = "=="
    STARTS = "startsWith"
    ENDS = "endsWith"
    CONTAINS = "contains"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a hole. ``domain``: all it can be. ``heads``: it starts with one of these.

    ``string``: it is text for sure; else it may be null, a boolean, a number or more. ``worded``: it is a
    text that is no number, so that it equals no null, boolean or number.
    """

    domain: tuple[str, ...] = ()
    heads: tuple[str, ...] = ("",)
    filled: bool = False
    string: bool = False
    worded: bool = False


_NOTHING = About()
Key = tuple[str, str]


@dataclass(slots=True)
class _Asked:
    """The questions about one hole: by what is asked, the formula and what it says of a known text."""

    hole: Hole
    answers: dict[tuple[Question, str], tuple[Formula, Test, str]] = field(default_factory=dict)


class Unknowns:
    """The unknown texts of one run."""

    def __init__(self) -> None:
        self._about: dict[Key, About] = {}
        self._apart: set[frozenset[Key]] = set()
        self._asked: dict[Key, _Asked] = {}
        self._more: dict[Formula, None] = {}

    def know(self, hole: Hole, about: About) -> None:
        """Take *about* as given."""
        self._about[hole.full, hole.site] = about

    def know_apart(self, one: Hole, other: Hole) -> None:
        """Take it as given that the two texts differ."""
        self._apart.add(frozenset(((one.full, one.site), (other.full, other.site))))

    def apart(self, one: Hole, other: Hole) -> bool:
        """Whether the two texts surely differ."""
        return frozenset(((one.full, one.site), (other.full, other.site))) in self._apart

    def about(self, hole: Hole) -> About:
        """What is known of *hole*."""
        return self._about.get((hole.full, hole.site), _NOTHING)

    def asked(self, hole: Hole) -> bool:
        """Whether anything was asked about *hole*."""
        return (hole.full, hole.site) in self._asked

    def truth(self, hole: Hole) -> Formula:
        """Whether it is neither empty nor absent."""
        about = self.about(hole)
        if about.filled or hole.name == NOT_ZERO or (about.domain and all(about.domain)):
            return TRUE
        return self._ask(hole, Question.TRUTH, "", hole.full, truthy)

    def printed_truth(self, hole: Hole) -> Formula:
        """Whether its text is not empty; ``0`` and ``false`` are not."""
        if self.about(hole).string or self.about(hole).filled:
            return self.truth(hole)
        return self.other(hole, f"format('{{0}}', {hole.full})", lambda known: to_text(known) != "")

    def printed_equal(self, hole: Hole, value: Plain) -> Formula:
        """Whether its text equals *value*."""
        if self.about(hole).string or self.about(hole).domain:
            return self.equal(hole, value)
        if value == "":
            return neg(self.printed_truth(hole))
        text = f"format('{{0}}', {hole.full}) == {literal_text(value)}"
        return self.other(hole, text, lambda known: equal_values(to_text(known), value))

    def equal(self, hole: Hole, value: Plain) -> Formula:
        """``hole == value`` for a constant."""
        if hole.name == NOT_ZERO and number_of(value) == 0:  # an exit status that is none of a success
            return FALSE
        if isinstance(value, str):
            return self._equal_text(hole, value) if value else neg(self.truth(hole))
        if self.about(hole).worded:
            return FALSE
        text = f"{hole.full} == {literal_text(value)}"
        return self._ask(hole, Question.OTHER, text, text, lambda known: equal_values(known, value))

    def _equal_text(self, hole: Hole, value: str) -> Formula:
        about = self.about(hole)
        folded = fold_case(value)
        if about.domain and folded not in map(fold_case, about.domain):
            return FALSE
        if len(about.domain) == 1:
            return TRUE
        if about.string and not any(folded.startswith(fold_case(head)) for head in about.heads):
            return FALSE
        text = f"{hole.full} == {literal_text(value)}"
        return self._put(hole, Question.EQUAL, folded, text, lambda known: equal_values(known, value))

    def starts(self, hole: Hole, head: str) -> Formula:
        """``startsWith(hole, head)``."""
        folded = fold_case(head)
        about = self.about(hole)
        if about.string:  # an array or an object starts with nothing, not even with the empty text
            heads = [fold_case(each) for each in about.heads]
            if all(each.startswith(folded) for each in heads):
                return TRUE
            if not any(each.startswith(folded) or folded.startswith(each) for each in heads):
                return FALSE
        text = f"startsWith({hole.full}, {literal_text(head)})"
        return self._ask(hole, Question.STARTS, folded, text, lambda known: _folded(known).startswith(folded))

    def ends(self, hole: Hole, tail: str) -> Formula:
        """``endsWith(hole, tail)``."""
        folded = fold_case(tail)
        if not folded and self.about(hole).string:
            return TRUE
        text = f"endsWith({hole.full}, {literal_text(tail)})"
        return self._ask(hole, Question.ENDS, folded, text, lambda known: _folded(known).endswith(folded))

    def contains(self, hole: Hole, piece: str) -> Formula:
        """``contains(hole, piece)``."""
        folded = fold_case(piece)
        about = self.about(hole)
        if about.string and all(folded in fold_case(each) for each in about.heads):
            return TRUE
        text = f"contains({hole.full}, {literal_text(piece)})"
        return self._ask(hole, Question.CONTAINS, folded, text, lambda known: folded in _folded(known))

    def other(self, hole: Hole, text: str, test: Test) -> Formula:
        """Any other question, told apart by its *text*; *test* answers it for a known text."""
        return self._ask(hole, Question.OTHER, text, text, test)

    def opaque(self, text: str, site: str = "") -> Formula:
        """A question about which nothing else is known."""
        return Atom(Data(text, site))

    def one_of(self, texts: list[str], site: str = "", tells: tuple[Tells, ...] = ()) -> tuple[Formula, ...]:
        """One formula for each of *texts*, of which exactly one is true; *tells*: what follows from each."""
        if len(set(texts)) < len(texts):  # readings that differ only in where their holes were made
            texts = [f"{text} (#{at})" for at, text in enumerate(texts, 1)]
        if tells:
            return self._one_that_tells(texts, site, tells)
        if len(texts) == 2:
            first = self.opaque(texts[0], site)
            return first, neg(first)
        found = tuple(self.opaque(text, site) for text in texts)
        self._more[exactly_one(found)] = None
        return found

    def _one_that_tells(self, texts: list[str], site: str, tells: tuple[Tells, ...]) -> tuple[Formula, ...]:
        # One text that tells nothing needs no atom of its own.
        silent = next((at for at, each in enumerate(tells) if each == Tells()), None)
        found: list[Formula] = [
            Atom(Data(text, site, tells=each)) for text, each in zip(texts, tells, strict=True)
        ]
        if silent is not None:
            found[silent] = neg(disj(each for at, each in enumerate(found) if at != silent))
        self._more[exactly_one(found)] = None
        return tuple(found)

    def assume(self, axiom: Formula) -> None:
        """Take *axiom* as given."""
        self._more[axiom] = None

    def _ask(self, hole: Hole, question: Question, key: str, text: str, test: Test) -> Formula:
        domain = self.about(hole).domain
        if domain:
            return disj(self.equal(hole, each) for each in domain if test(each))
        return self._put(hole, question, key, text, test)

    def _put(self, hole: Hole, question: Question, key: str, text: str, test: Test) -> Formula:
        asked = self._asked.setdefault((hole.full, hole.site), _Asked(hole))
        held = asked.answers.get((question, key))
        if held is None:
            held = (Atom(Data(text, hole.site)), test, key)
            asked.answers[question, key] = held
        return held[0]

    def answers(self, known: Mapping[Key, Plain]) -> dict[object, bool]:
        """What the atoms about the holes in *known* are when the holes have these values."""
        return {
            formula.key: test(known[name])
            for name, asked in self._asked.items()
            if name in known
            for formula, test, _ in asked.answers.values()
            if isinstance(formula, Atom)
        }

    def axioms(self) -> tuple[Formula, ...]:
        """What holds in every run about what was asked."""
        found = dict(self._more)
        for asked in self._asked.values():
            for axiom in self._axioms_of(asked):
                if axiom != TRUE:
                    found[axiom] = None
        return tuple(found)

    def _axioms_of(self, asked: _Asked) -> Iterator[Formula]:
        about = self.about(asked.hole)
        if about.domain:
            yield exactly_one(self.equal(asked.hole, each) for each in about.domain)
            return
        if len(asked.answers) < 2:
            return
        items = list(asked.answers.items())
        equals = [(key, answer) for (question, key), answer in items if question is Question.EQUAL]
        for at, (key, (formula, _, _)) in enumerate(equals):
            yield from (
                neg(conj((formula, other)))
                for later, (other, _, _) in equals[at + 1 :]
                if about.string or not _same_number(key, later)
            )
        for (question, _), (formula, test, _) in items:
            if question is Question.EQUAL:
                continue
            for key, (same, _, _) in equals:
                if about.string or math.isnan(number_of(key)):
                    yield implies(same, formula if test(key) else neg(formula))
        yield from _affixes(items)
        truth = asked.answers.get((Question.TRUTH, ""))
        if truth is not None:
            yield from _emptiness(truth[0], items, ("",) if about.string else (None, False, 0.0, ""))


def _folded(known: Plain) -> str:
    return fold_case(to_text(known))


def _same_number(one: str, other: str) -> bool:
    return number_of(one) == number_of(other)


Answers = list[tuple[tuple[Question, str], tuple[Formula, Test, str]]]


def _affixes(items: Answers) -> Iterator[Formula]:
    """``startsWith(x, 'ab')`` implies ``startsWith(x, 'a')``, excludes ``startsWith(x, 'b')``."""
    for side in (Question.STARTS, Question.ENDS):
        held = [(key, answer) for (question, key), answer in items if question is side]
        for at, (key, (formula, test, _)) in enumerate(held):
            for later, (other, test_later, _) in held[at + 1 :]:
                if test(later):
                    yield implies(other, formula)
                elif test_later(key):
                    yield implies(formula, other)
                else:
                    yield neg(conj((formula, other)))
        for (question, _), (formula, test, _) in items:
            if question is Question.CONTAINS:
                yield from (implies(affix, formula) for key, (affix, _, _) in held if test(key))


def _emptiness(truth: Formula, items: Answers, empty: tuple[Plain, ...]) -> Iterator[Formula]:
    """What is answered the same for everything that is *empty*, says so."""
    for (question, _), (formula, test, _) in items:
        if question in (Question.TRUTH, Question.EQUAL):
            continue
        answers = {test(value) for value in empty}
        if answers == {True}:
            yield implies(neg(truth), formula)
        elif answers == {False}:
            yield implies(formula, truth)
