"""A Makefile as the shell text that ``make TARGET`` runs (GNU make manual, chapters 3 to 10).

Variables, functions, conditionals, ``define``, ``include`` and pattern rules are expanded here. What Make
would only know in the run is left to the shell: a variable of the environment stays ``${NAME}``,
``$(shell …)`` becomes ``$(…)``, a condition becomes ``if``, and a function of such text becomes the output of
a program that nobody knows.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.spoken import hands_on, says_a_push
from wholeship.tools.beside import beside_each_other
from wholeship.tools.make.lines import ASSIGNED, Line, statements_of
from wholeship.tools.make.texts import (
    FUNCTIONS,
    LATER,
    REMARK,
    TEXT_FUNCTIONS,
    arguments,
    closing,
    forgiven,
    in_its_shell,
    is_plain,
    is_syntax,
    later,
    patsubst,
    shell_name,
    split_words,
    stem_of,
    unknown_output,
)

DEPTH = 24
"""Targets, variables and files nested deeper than this are not followed."""
LINES = 4_000
"""Recipes longer than this (in lines) are not followed."""
EXPANSIONS = 60_000
TEXT = 6_000_000
"""Nor are Makefiles that take more expansions than this, or make more text (in characters)."""

Read = Callable[[str], str | None]
_USED = lazy_pattern(r"\$\{?(\w+)")
_OLDER = "make_is_out_of_date"
_AUTOMATIC = "@<^*?+%|"
_CHAINED = (True, "")
"""Stands between an ``else`` and the ``if…`` on its line, which one ``endif`` ends together."""


class _TooLarge(Exception):
    """A Makefile that grows beyond all bounds when it is expanded."""


@dataclass(slots=True)
class _Rule:
    prerequisites: list[str] = field(default_factory=list)
    recipe: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    """Lines, each with the tests of the shell under which it is there."""
    variables: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Those that hold for this target and what it needs: operator and text."""
    pattern: str = ""
    double: bool = False
    said_in: int = 0

    def add(self, tests: tuple[str, ...], line: str, statement: int) -> None:
        """Another line of the recipe; that of a later rule takes the place of an earlier one's."""
        if statement != self.said_in and not tests and not self.double:
            self.recipe = [held for held in self.recipe if any(map(_is_never, held[0]))]
        self.said_in = statement
        self.recipe.append((tests, line))


@dataclass(frozen=True, slots=True)
class _Way:
    """How recipes are run: which lines count, side by side or in order, and whether failures do."""

    matters: Callable[[str], object]
    apart: bool
    lenient: bool


def _one(lines: list[str]) -> str:
    return "\n".join(lines)


_WORD = lazy_pattern(r"\w+")
_EACH_TIME = lazy_pattern(r"\bdate\b|uuid|RANDOM|\bopenssl\b|mktemp|\bshuf\b|EPOCH")
"""Programs that say something else each time."""
_NEVER = "false"
"""How a test begins that never holds."""


def _is_never(test: str) -> bool:
    return test.startswith(f"{_NEVER} ")


def _either(test: str, one: str, other: str, sooner: Sequence[str]) -> str:
    """The text *one* where *test* holds, and *other* elsewhere, or where a test of *sooner* holds."""
    one, other = (text.replace("\n", " ") for text in (one, other))
    branches = [*((each, other) for each in sooner), (test, one)]
    lines = "; el".join(f"if {each.replace('$', '$$')}; then echo {text}" for each, text in branches)
    return f"$(shell {lines}; else echo {other}; fi)"


def makefile(
    path: str, text: str, directory: str, read: Read, *, given: Collection[str], names: Container[str]
) -> Makefile:
    """The Makefile at *path*, run from *directory*; taken in once for all calls to which it says the same."""
    known = _loaded(path, text, directory, read, frozenset(given))
    for each in known:
        if all((name in names) is answer for name, answer in each.asked.items()):
            each.names = names
            return each
    new = Makefile(lambda name: read(_located(directory, name)), given, names)
    known.append(new)
    try:
        new.load(text, posixpath.basename(path))
    except _TooLarge:
        new.is_too_large = True
    return new


def _located(directory: str, name: str) -> str:
    """*name* from the root; what is in a folder is asked for with a slash behind it."""
    return posixpath.normpath(posixpath.join(directory, name)) + ("/" if name.endswith("/") else "")


@lru_cache(maxsize=64)
def _loaded(_path: str, _text: str, _where: str, _read: Read, _given: frozenset[str]) -> list[Makefile]:
    """Those that were taken in already, under the same variables on the command line."""
    return []


class Makefile:
    """What one Makefile says, for a call of Make with *given* variables in the environment *names*.

    ``asked``: which variables of the environment mattered so far, and whether they were there.
    ``is_too_large``: it could not be taken in, and nothing is said of what its targets do. ``included``: the
    files in which it looked for more.
    """

    def __init__(self, read: Read, given: Container[str], names: Container[str]) -> None:
        self._read = read
        self._given = given
        self.names = names
        self.asked: dict[str, bool] = {}
        self._scripts: dict[tuple[object, ...], str | None] = {}
        self._variables: dict[str, str] = {}
        self._sometimes: dict[str, list[str]] = {}  # set only where one of these tests holds
        self._optional: set[str] = set()  # set by ``?=`` only: the environment goes before them
        self._rules: dict[str, _Rule] = {}
        self._current: list[_Rule] = []
        self._statements = 0  # how many rules there were
        self._exported: set[str] = set()
        self._unexported: set[str] = set()
        self._overridden: set[str] = set()
        self._all_exported = False
        self._guards: list[tuple[bool | None, str]] = []
        self._files: list[str] = []
        self._missing = False
        self._other_rule = False  # the lines that are left out belong to a rule that is, too
        self._work = self._size = self._lines = 0
        self._known: dict[str, str | None] = {}
        self._asked: list[str] = []
        self._hoisted: dict[str, str] = {}
        self.is_too_large = False
        self.included: list[str] = []
        self.first = ""

    def __contains__(self, name: str) -> bool:
        answer = self.asked[name] = name in self.names
        return answer

    def load(self, text: str, path: str, depth: int = 0) -> None:
        """Takes in one file."""
        if path:
            self._files.append(path)
        for line in statements_of(text):
            if line.kind in ("if", "else", "endif"):
                self._condition(line)
                self._other_rule = False
            elif all(taken is not False for taken, _ in self._guards):
                self._statement(line, path, depth)
            elif line.kind == "rule":
                self._other_rule = True
            elif line.kind == "recipe" and not self._other_rule and says_a_push(line.parts[0]):
                self._left_out(line)

    # Statements

    def _condition(self, line: Line) -> None:
        if line.kind == "endif":
            if self._guards:
                self._guards.pop()
            while self._guards and self._guards[-1] == _CHAINED:
                del self._guards[-2:]
            return
        if line.kind == "else":
            taken, test = self._guards.pop() if self._guards else (None, "true")
            self._guards.append((None if taken is None else not taken, f"! {test}"))
            if not line.parts:
                return
            self._guards.append(_CHAINED)
        self._guards.append(self._decided(line.parts))

    def _left_out(self, line: Line) -> None:
        """A line of a recipe that pushes, where a condition never holds: to say that it is left out."""
        self._spend(1)
        test = next(test for taken, test in self._guards if taken is False)
        shown = " ".join(re.findall(r'"[^"$`]*"|[\w=!.:/-]+', test))
        for rule in self._current:
            rule.recipe.append(((f"{_NEVER} {shown}",), line.parts[0]))

    def _decided(self, sides: tuple[str, ...]) -> tuple[bool | None, str]:
        """Whether the condition holds, where that is known; else a test of the shell."""
        word, left, right = sides
        if word in ("ifdef", "ifndef"):
            name = self.expand(left)
            known = name in self._variables or name in self._given or name in self  # ?= defines it too
            answer: bool | None = known if known or not self._missing else None
            return (answer if word == "ifdef" or answer is None else not answer), f'[ -n "{later(name)}" ]'
        one, other = self.expand(left).strip(), self.expand(right).strip()
        sign = "=" if word == "ifeq" else "!="
        test = f'[ "{one}" {sign} "{other}" ]'
        if is_plain(one) and is_plain(other):
            return (one == other) == (word == "ifeq"), test
        return None, test

    def _statement(self, line: Line, path: str, depth: int) -> None:
        self._spend(1)
        match line.kind:
            case "assign":
                self._assign(*line.parts)
            case "rule":
                self._rule(*line.parts)
            case "recipe":
                tests = tuple(test for taken, test in self._guards if taken is None)
                for rule in self._current:
                    rule.add(tests, line.parts[0], self._statements)
            case "export":
                self._exported.update(self.expand(" ".join(line.parts)).split())
                self._all_exported = self._all_exported or not line.parts
            case "unexport":
                self._unexported.update(self.expand(" ".join(line.parts)).split())
            case "include":
                self._include(*line.parts, path=path, depth=depth)
            case "expression":
                text = self.expand(line.parts[0])
                if text.strip() and depth < DEPTH:
                    self.load(text, "", depth + 1)

    def _assign(self, name: str, operator: str, value: str, words: str) -> None:
        name = self.expand(name) if "$" in name else name
        if "export" in words.split():
            self._exported.add(name)
        tests = [test for taken, test in self._guards if taken is None]
        sometimes = self._sometimes.get(name, []) if operator == "?=" else []
        if "override" in words.split():
            self._overridden.add(name)
        if self._is_given(name) or (
            operator == "?="
            and ((name in self._variables and not sometimes) or ((tests or sometimes) and name in self))
        ):
            return
        known = self._text(name) if tests or operator == "+=" else None
        if operator in (":=", "::=", ":::="):
            value = self.expand(value).replace("$", "$$")
        elif operator == "!=":
            value = f"$(shell {value})"
        elif operator == "+=":
            value = f"{known or ''} {value}".strip()
        before = known if known is not None else later(name) if tests and name in self else ""
        if sometimes:
            before = self._variables[name]
        if (tests or sometimes) and before != value:
            # Either the text before or this one: only the shell's test will say.
            value = _either(" && ".join(tests) or "true", value, before, sometimes)
        self._note_when_set(name, tests)
        self._spend(0, len(value))
        self._variables[name] = value
        if operator == "?=" and not tests:
            self._optional.add(name)
        else:
            self._optional.discard(name)
        if self._known:
            self._known.clear()

    def _is_given(self, name: str) -> bool:
        """Whether the command line says what *name* is: it goes before all but ``override``."""
        return name in self._given and name not in self._overridden

    def _note_when_set(self, name: str, tests: Sequence[str]) -> None:
        """That *name* has a value from here on, or only where *tests* hold, or some before: ``?=`` asks."""
        if not tests:
            self._sometimes.pop(name, None)
        elif name not in self._variables or name in self._sometimes:
            self._sometimes.setdefault(name, []).append(" && ".join(tests))

    def _text(self, name: str) -> str | None:
        """What the file says *name* is; None where it says nothing, or the environment goes before.

        The environment is only asked where it matters: what was not asked for may differ.
        """
        return None if name in self._optional and name in self else self._variables.get(name)

    def _rule(self, targets: str, colons: str, rest: str) -> None:
        self._current = []
        self._statements += 1
        names = split_words(self.expand(targets))
        rest, semicolon, recipe = rest.partition(";")
        assigned = ASSIGNED.fullmatch(rest.strip())
        if assigned:
            for target in names:
                held = self._rules.setdefault(target, _Rule()).variables
                held[assigned[2]] = (assigned[3], assigned[4].strip())
            return
        pattern, *others = arguments(rest, ":")
        after, colon = ":".join(others), bool(others)
        if ".EXPORT_ALL_VARIABLES" in names:
            self._all_exported = True
        for target in names:
            rule = self._rules.setdefault(target, _Rule())
            rule.prerequisites += [
                each for each in split_words(self.expand(after if colon else rest)) if each != "|"
            ]
            rule.pattern = pattern.strip() if colon else rule.pattern
            rule.double = colons == "::"
            self._current.append(rule)
            if not self.first and not target.startswith(".") and "%" not in target:
                self.first = target
            if semicolon:
                rule.add((), recipe.strip(), self._statements)

    def _include(self, word: str, names: str, *, path: str, depth: int) -> None:
        for name in self.expand(names).split():
            places = dict.fromkeys((posixpath.normpath(name), posixpath.join(posixpath.dirname(path), name)))
            self.included += places
            text = next((text for place in places if (text := self._read(place)) is not None), None)
            if text is None or depth > DEPTH:
                self._missing = self._missing or word == "include"
            else:
                self.load(text, name, depth + 1)

    # Recipes

    def script(
        self, targets: Iterable[str], matters: Callable[[str], object] | None = None, flags: str = ""
    ) -> str | None:
        """What runs: each line in a shell of its own, after the variables that Make exports to them.

        Lines of which *matters* says no are left out. *flags* are letters: ``i``, failures are ignored;
        ``j`` and ``k``, no target waits for another's success but for those that it needs. None: there is
        no rule for one of the targets, or they do too much.
        """
        key = (*targets, matters, flags)
        if key not in self._scripts:
            self._scripts[key] = None
            with suppress(_TooLarge):
                self._scripts[key] = self._script(targets, matters, flags)
        return self._scripts[key]

    def _script(
        self, targets: Iterable[str], matters: Callable[[str], object] | None, flags: str
    ) -> str | None:
        if self.is_too_large:
            return None
        self._work = self._size = self._lines = 0
        seen: set[str] = set()
        targets = list(targets)
        if any(self._matching(target)[0] is None and self._read(target) is None for target in targets):
            return None
        keep: Callable[[str], object] = matters or bool
        apart = "k" in flags or ("j" in flags and not self._is_serial()) or self._is_parallel()
        every = [self._text_of(target, seen, {}, _Way(keep, apart, "i" in flags)) for target in targets]
        found = [line for lines in every for line in lines]
        if self._lines > LINES or self._lines == 0:
            return None
        texts = [_one(each) for each in every if each]
        lines = list(beside_each_other(texts)) if apart and len(texts) > 1 else found
        lines = lines or ["true"]
        used = dict.fromkeys(name for line in lines for name in _USED.findall(line))
        exports = [line.replace(LATER, "$") for line in self._exports(used)]
        return "\n".join([*self._made([*exports, *lines]), *exports, *lines])

    def _made(self, lines: list[str]) -> list[str]:
        """The variables that *lines* need, each after those that it needs itself."""
        wanted = {name for line in lines for name in _USED.findall(line)}
        found: list[str] = []
        for name, hoisted in reversed(self._hoisted.items()):
            text = hoisted.replace(LATER, "$")
            if shell_name(name) in wanted:
                wanted.update(_USED.findall(text))
                found.append(f'{shell_name(name)}="{text}"')
        return found[::-1]

    def _exports(self, used: Iterable[str]) -> Iterator[str]:
        for name in used:
            if name in self._unexported:
                yield f"unset {shell_name(name)}"
                continue
            handed = (
                self._all_exported or name in self._exported or (name in self._variables and name in self)
            )
            text = self._text(name) if handed else None
            if text is not None:
                text = self.expand(text).replace('"', '\\"').replace("\n", " ")
                yield f'{shell_name(name)}="{text}"'

    def _is_serial(self) -> bool:
        return ".NOTPARALLEL" in self._rules and not self._rules[".NOTPARALLEL"].prerequisites

    def _is_parallel(self) -> bool:
        flags = self._variables.get("MAKEFLAGS", "")
        return not self._is_serial() and re.search(r"(?:^|\s)-\w*[jk]|--jobs|--keep-going", flags) is not None

    def _text_of(
        self, target: str, seen: set[str], outer: Mapping[str, str], way: _Way, depth: int = 0
    ) -> list[str]:
        """The lines of a target after those that it needs."""
        if target in seen or depth > DEPTH or self._lines > LINES:
            return []
        seen.add(target)
        rule, stem = self._matching(target)
        if rule is None:
            return []
        local = self._local(rule, outer)
        wanted = [each.replace("%", stem) for each in rule.prerequisites]
        needed = [self._text_of(each, seen, local, way, depth + 1) for each in wanted]
        first = wanted[0] if wanted else ""
        automatic = {"@": target, "<": first, "^": " ".join(wanted), "*": stem, "?": "", "+": "", "|": ""}
        own = self._own_lines(target, rule, {**local, **automatic}, way)
        before = [each for each in needed if each]
        if way.apart and len(before) > 1:
            return [*beside_each_other([_one(each) for each in before]), *own]
        return [line for each in before for line in each] + own

    def _own_lines(self, target: str, rule: _Rule, local: Mapping[str, str], way: _Way) -> list[str]:
        """The lines of a rule's own recipe, those that do not matter left out."""
        lines = list(self._recipe_lines(target, rule, local))
        self._lines += len(lines)
        shown = [line.replace(LATER, "$") for line in lines]
        lenient = way.lenient or self._forgives(target)
        return [forgiven(line) if lenient else line for line in shown if way.matters(line)]

    def _forgives(self, target: str) -> bool:
        """``.IGNORE``, for all or for *target*; or ``-i`` among the flags that the file gives itself."""
        rule = self._rules.get(".IGNORE")
        named = rule is not None and (not rule.prerequisites or target in rule.prerequisites)
        flags = self._variables.get("MAKEFLAGS", "")
        return named or re.search(r"(?:^|\s)-\w*i|--ignore-errors", flags) is not None

    def _recipe_lines(self, target: str, rule: _Rule, local: Mapping[str, str]) -> Iterator[str]:
        if ".ONESHELL" in self._rules:
            yield from self._in_one_shell(target, rule, local)
            return
        errexit = ".POSIX" in self._rules or self._stops_at_failure()
        for tests, line in rule.recipe:
            for text in self.expand(line, local).split("\n"):
                if text.strip() and not REMARK.match(text):
                    given = (*tests, _OLDER) if self._may_be_up_to_date(target, rule, text) else tests
                    yield in_its_shell(text, given, errexit=errexit)

    def _stops_at_failure(self) -> bool:
        return re.search(r"-\w*e", self._variables.get(".SHELLFLAGS", "")) is not None

    def _in_one_shell(self, target: str, rule: _Rule, local: Mapping[str, str]) -> Iterator[str]:
        """``.ONESHELL``: the whole recipe in one shell, which goes on after a failure unless told ``-e``."""
        recipe = [(held, line) for held, line in rule.recipe if not any(map(_is_never, held))]
        lines = [self.expand(line, local) for _, line in recipe]
        errexit = self._stops_at_failure()
        tests = tuple(dict.fromkeys(test for held, _ in recipe for test in held))
        text = "\n".join(re.sub(r"^[\s@+-]*", "", line) for line in lines)
        if self._may_be_up_to_date(target, rule, text):
            tests = (*tests, _OLDER)
        if text.strip():
            yield in_its_shell(text if errexit else f"set +e\n{text}", tests, errexit=True)

    def _may_be_up_to_date(self, target: str, rule: _Rule, text: str) -> bool:
        """Whether *text*, which pushes, may be left out: a file or folder that is called *target* is there.

        What is phony, or no file, is newer than any.
        """
        if not ("push" in text or says_a_push(text) or hands_on(text)) or not self._is_there(target):
            return False
        return all("$" in each or self._is_there(each) for each in rule.prerequisites)

    def _is_there(self, target: str) -> bool:
        """Whether a file or a folder is called so: Make runs the recipe only where that is out of date."""
        phony = self._rules.get(".PHONY")
        if (phony is not None and target in phony.prerequisites) or "$" in target:
            return False
        return self._read(target) is not None or bool(self._read(f"{target.rstrip('/')}/"))

    def _local(self, rule: _Rule, outer: Mapping[str, str]) -> Mapping[str, str]:
        if not rule.variables:
            return outer
        local = dict(outer)
        for name, (operator, text) in rule.variables.items():
            known = local.get(name) or self.expand(self._text(name) or "", local)
            if self._is_given(name) or (operator == "?=" and known):
                continue
            value = self.expand(text, local)
            local[name] = f"{known} {value}".strip() if operator == "+=" else value
        return local

    def _matching(self, target: str) -> tuple[_Rule | None, str]:
        own = self._rules.get(target)
        if own is not None and own.recipe:
            return own, stem_of(target, own.pattern) or ""
        patterns = [(pattern, rule) for pattern, rule in self._rules.items() if "%" in pattern]
        self._spend(len(self._rules) // 20)
        for pattern, rule in patterns:
            stem = stem_of(target, pattern)
            if stem is not None and (rule.recipe or rule.prerequisites):
                if own is None:
                    return rule, stem
                needed = [*own.prerequisites, *rule.prerequisites]
                return _Rule(needed, rule.recipe, {**rule.variables, **own.variables}), stem
        return own, ""

    # Expansion

    def expand(self, text: str, local: Mapping[str, str] | None = None, depth: int = 0) -> str:
        """*text* as the shell gets it."""
        self._work += 1
        if "$" not in text or depth > DEPTH:
            return text
        out: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            out.append(text[at:dollar])
            after = text[dollar + 1 : dollar + 2]
            if after in ("(", "{") and after:
                end = closing(text, dollar + 1)
                out.append(self._reference(text[dollar + 2 : end], local or {}, depth))
                at = end + 1
            else:
                out.append("$" if after == "$" else self._named(after, local or {}, depth))
                at = dollar + 2
        out.append(text[at:])
        made = "".join(out)
        self._spend(0, len(made))
        return made

    def _spend(self, work: int, size: int = 0) -> None:
        self._work += work
        self._size += size
        if self._work > EXPANSIONS or self._size > TEXT:
            raise _TooLarge

    def _reference(self, inner: str, local: Mapping[str, str], depth: int) -> str:
        word = re.match(r"[a-z-]+(?=[ \t])", inner)
        if word and word[0] in FUNCTIONS:
            return self._function(word[0], inner[word.end() :].lstrip(), local, depth)
        name = self.expand(inner, local, depth + 1)
        replaced = re.fullmatch(r"([^:]+):([^=]*)=(.*)", name, re.DOTALL)
        if replaced:
            old, new = (side if "%" in replaced[2] else f"%{side}" for side in (replaced[2], replaced[3]))
            text = self._named(replaced[1], local, depth)
            return (
                patsubst([old, new, text]) if is_plain(text) else unknown_output("patsubst", [old, new, text])
            )
        if name[:1] in _AUTOMATIC and name[1:] in ("D", "F"):
            text = local.get(name[0], "")
            return posixpath.dirname(text) or "." if name[1] == "D" else posixpath.basename(text)
        return self._named(name, local, depth)

    def _named(self, name: str, local: Mapping[str, str], depth: int) -> str:
        if name in local:
            return local[name]
        if name == "MAKE":
            return "make"
        if name == "CURDIR":
            return f"{LATER}(pwd)"
        if name == "MAKEFILE_LIST":
            return " ".join(self._files)
        if self._is_given(name):
            return later(name)
        value = self._text(name)
        if value is not None:
            return self._value(name, value, local, depth)
        if not name.isidentifier():
            self._asked.append(name)
        if name in self or (self._missing and re.fullmatch(r"\w+", name)):
            return later(name)
        return "" if is_plain(name) else unknown_output("variable", [name])

    def _value(self, name: str, value: str, local: Mapping[str, str], depth: int) -> str:
        """The text of a variable: expanded once, where it does not depend on who asks.

        What a program says is asked for once, at the start of the script.
        """
        if "$" not in value:
            if f"{LATER}(" not in value or not _EACH_TIME.search(value):
                return value
            self._hoisted[name] = value  # ``:=`` has asked once
            return later(name)
        if any(map(str.isidentifier, local)):
            return self.expand(value, local, depth + 1)
        if name not in self._known:
            before, self._asked = self._asked, []
            text = self.expand(value, {}, depth + 1)
            free, self._asked = not self._asked, before + self._asked
            self._known[name] = text if free else None
            once = not _EACH_TIME.search(text)  # ``=`` asks anew wherever it stands
            if free and once and f"{LATER}(" in text and len(text) > len(name) + 12 and not is_syntax(text):
                self._hoisted[name] = text
                self._known[name] = later(name)
        known = self._known[name]
        return known if known is not None else self.expand(value, local, depth + 1)

    def _function(self, name: str, rest: str, local: Mapping[str, str], depth: int) -> str:
        raw = arguments(rest)
        match name:
            case "if":
                return self._if(raw, local, depth)
            case "foreach":
                return self._foreach(raw, local, depth)
            case "shell":
                text = self.expand(rest, local, depth + 1)
                return f"{LATER}( {text})" if text.startswith("(") else f"{LATER}({text})"
            case "value":
                return self._text(rest.strip()) or ""
            case "origin":
                return self._origin(self.expand(rest, local, depth + 1).strip())
        given = [self.expand(each, local, depth + 1) for each in raw]
        match name:
            case "call":
                numbered = {str(at): text.strip() if at == 0 else text for at, text in enumerate(given)}
                return self._named(given[0].strip(), {**local, **numbered}, depth + 1)
            case "eval":
                if depth < DEPTH:
                    self.load(given[0], "", depth + 1)
                return ""
            case "info" | "warning" | "error" | "file":
                return ""
            case "or":
                return next((text for text in given if text.strip()), "")
            case "and":
                return given[-1] if all(text.strip() for text in given) else ""
            case "abspath" | "realpath":
                return f"{LATER}(realpath {given[0]})"
        computed = TEXT_FUNCTIONS.get(name)
        if computed is None or not all(map(is_plain, given)):
            return unknown_output(name, given)
        try:
            return computed(given)
        except (IndexError, ValueError):
            return ""

    def _origin(self, name: str) -> str:
        if name in self._given:
            return "command line"
        if self._text(name) is not None:
            return "file"
        return "environment" if name in self else "undefined"

    def _if(self, raw: list[str], local: Mapping[str, str], depth: int) -> str:
        test = self.expand(raw[0], local, depth + 1).strip()
        then = self.expand(raw[1], local, depth + 1) if len(raw) > 1 else ""
        other = self.expand(",".join(raw[2:]), local, depth + 1) if len(raw) > 2 else ""
        if is_plain(test) and not (test == "" and "--push" in then):  # that it is left out can be told
            return then if test else other
        if then == other:
            return then
        never = f"{_NEVER} {' '.join(_WORD.findall(raw[0]))}" if test == "" else f'[ -n "{test}" ]'
        return f"{LATER}(if {never}; then echo {then}; else echo {other}; fi)"

    def _foreach(self, raw: list[str], local: Mapping[str, str], depth: int) -> str:
        name = self.expand(raw[0], local, depth + 1).strip()
        items = self.expand(raw[1], local, depth + 1) if len(raw) > 1 else ""
        body = ",".join(raw[2:])
        return " ".join(self.expand(body, {**local, name: each}, depth + 1) for each in split_words(items))
