"""What tests of Python that were there ask for now, by their syntax trees: where they ask for less.

A line does not tell whether an assertion can still fail. A tree does: what always holds, what several values
fulfil, what is not asked of the program any more, and tests that no runner takes under their new name.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path

from wholeship.core.patterns import lazy_pattern
from wholeship.core.python_trees import parse_python
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.weakened import CODE, WeakenedTest

Function = ast.FunctionDef | ast.AsyncFunctionDef
LIMIT = 1024 * 1024
"""Bytes of one version of a file of tests."""
_PARTIAL = frozenset(
    ("len", "set", "frozenset", "sorted", "bool", "type", "any", "all", "abs", "round", "int", "str", "repr")
)
"""Functions of Python that tell less of a value than the value itself."""
_ANYTHING = frozenset(("ANY", "Any", "IsAnything"))
_BROAD = frozenset(("Exception", "BaseException"))


def find_emptied(diff: Diff, kinds: Mapping[str, str], base: Path, head: Path) -> tuple[WeakenedTest, ...]:
    """The tests of Python in *diff* that were there and ask for less, where code changed beside them."""
    if not any(kinds[file.shown] in CODE for file in diff.files):
        return ()
    found: list[WeakenedTest] = []
    said: list[tuple[ChangedFile, ast.Module, ast.Module]] = []
    for file in diff.files:
        if file.status not in "AMR" or not file.path.endswith(".py") or kinds[file.shown] != "tests":
            continue
        old = base / (file.old_path or file.path)
        before, now = ast.Module([], []) if file.status == "A" else _tree(old), _tree(head / file.path)
        if before is not None and now is not None:
            said.append((file, before, now))
            found += _emptied(file, before, now) if file.status != "A" else ()
    code = [file for file in diff.files if kinds[file.shown] == "src"]
    return tuple(sorted({*found, *_silent(said, _new_names(code))}))


_DEFINES = lazy_pattern(r"\s*(?:async )?(?:def|class) (\w+)")
_SAYS = lazy_pattern(
    r"(?i)assert|raises|warns|fail|check|verif|expect|should|match|compare|ensure|valid|approx|same|equal|stub|mock|run|invoke|snapshot"
)
"""Names of what may say something of a value, by itself or through others."""


def _new_names(code: Iterable[ChangedFile]) -> frozenset[str]:
    """What *code* defines that was not there."""
    came = {match[1] for file in code for line in file.lines if (match := _DEFINES.match(line.text))}
    return frozenset(
        came - {match[1] for file in code for text in file.removed if (match := _DEFINES.match(text))}
    )


def _silent(
    said: Iterable[tuple[ChangedFile, ast.Module, ast.Module]], fresh: frozenset[str]
) -> list[WeakenedTest]:
    """The new tests that only call what is new, where all new tests are such."""
    silent: list[WeakenedTest] = []
    for file, before, now in said:
        known = dict(_functions(before))
        for name, test in _functions(now):
            if name in known or not _is_test(name):
                continue
            if _says_something(test) or not _names(test) & fresh:
                return []
            silent.append(WeakenedTest(file.shown, test.lineno, "a new test asserts nothing of what is new"))
    return silent


def _says_something(test: Function) -> bool:
    """Whether a test asserts, raises, or calls something that may do so."""
    return any(
        isinstance(node, ast.Assert | ast.Raise | ast.With | ast.AsyncWith)
        or (isinstance(node, ast.Call) and _SAYS.search(ast.unparse(node.func)) is not None)
        for node in ast.walk(test)
    )


def _tree(path: Path) -> ast.Module | None:
    try:
        text = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    except OSError:
        return None
    return parse_python(text) if len(text) <= LIMIT else None


def _emptied(file: ChangedFile, before: ast.Module, now: ast.Module) -> Iterator[WeakenedTest]:
    old, new = dict(_functions(before)), dict(_functions(now))
    truthy = _bound_for_good(now)
    for name, test in old.items():
        if not _is_test(name):
            continue
        if name in new:
            for line, what in _weaker(test, new[name], new, truthy):
                yield WeakenedTest(file.shown, line, what)
        else:
            yield from _called_otherwise(file, test, old, new, now)
    yield from _taken_places(file, before, now)
    import unittest  # heavy, and few reviews get here

    for name, function in new.items():
        own = name.rpartition(".")[2]
        if name not in old and own.startswith(("assert", "fail")) and hasattr(unittest.TestCase, own):
            yield WeakenedTest(file.shown, function.lineno, "an assertion of the runner is replaced")


def _functions(tree: ast.Module | ast.ClassDef, above: str = "") -> Iterator[tuple[str, Function]]:
    """The functions of a file and of its classes, by name; the last of those of one name counts."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{above}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{above}{node.name}.")


def _is_test(name: str) -> bool:
    return name.rpartition(".")[2].startswith("test")


def _called_otherwise(
    file: ChangedFile,
    test: Function,
    old: Mapping[str, Function],
    new: Mapping[str, Function],
    now: ast.Module,
) -> Iterator[WeakenedTest]:
    """The test, where its words stand in a function now that no runner takes, and nothing here calls."""
    body = _spelled(test.body)
    for name, function in new.items():
        if name in old or _is_test(name) or _spelled(function.body) != body:
            continue
        own = name.rpartition(".")[2]
        used = any(own in (getattr(node, "id", None), getattr(node, "attr", None)) for node in ast.walk(now))
        if not used:
            yield WeakenedTest(file.shown, function.lineno, "a test has a name by which no runner takes it")


def _taken_places(file: ChangedFile, before: ast.Module, now: ast.Module) -> Iterator[WeakenedTest]:
    """Tests that another one of the same name takes the place of, which was not so before."""
    known = [name for name, _ in _functions(before)]
    seen: set[str] = set()
    for name, function in _functions(now):
        if name in seen and _is_test(name) and known.count(name) < 2:
            yield WeakenedTest(file.shown, function.lineno, "a test takes the place of another of its name")
        seen.add(name)


def _spelled(nodes: list[ast.stmt]) -> str:
    return "\n".join(map(ast.dump, nodes))


def _bound_for_good(tree: ast.Module) -> frozenset[str]:
    """Names of modules and functions: as a condition they always hold."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return frozenset(names)


def _weaker(
    before: Function, now: Function, functions: Mapping[str, Function], truthy: Collection[str]
) -> Iterator[tuple[int, str]]:
    """How the test *now* says less than *before*: the line, and in what way."""
    old, new = list(_assertions(before)), list(_assertions(now))
    had, has = [ast.dump(each) for each in old], [ast.dump(each) for each in new]
    lost = [each for each, text in zip(old, had, strict=True) if text not in has]
    came = [each for each, text in zip(new, has, strict=True) if text not in had]
    for each in came:
        if isinstance(each, ast.Assert) and _always_holds(each.test, truthy):
            yield each.lineno, "an assertion that was there always holds now"
    for each in lost:
        if came:
            like = max(came, key=lambda one: _likeness(each, one))
            if what := _how_weaker(each, like, now, functions):
                yield like.lineno, what


def _likeness(one: ast.AST, other: ast.AST) -> float:
    return SequenceMatcher(a=ast.unparse(one)[:2000], b=ast.unparse(other)[:2000], autojunk=False).ratio()


def _assertions(test: Function) -> Iterator[ast.Assert | ast.Call]:
    """What a test asserts: statements, and calls by which exceptions are awaited."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _awaits(node)):
            yield node


_AWAITING = frozenset(("raises", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"))


def _awaits(call: ast.Call) -> bool:
    return _name_of(call.func) in _AWAITING


def _always_holds(test: ast.expr, truthy: Collection[str]) -> bool:
    """Whether a condition holds whatever the program does."""
    if isinstance(test, ast.Tuple):
        return bool(test.elts)
    if isinstance(test, ast.Lambda | ast.GeneratorExp):
        return True
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Name):
        return test.id in truthy
    if isinstance(test, ast.BoolOp):
        parts = [_always_holds(each, truthy) for each in test.values]
        return any(parts) if isinstance(test.op, ast.Or) else all(parts)
    return False


def _how_weaker(
    before: ast.Assert | ast.Call,
    now: ast.Assert | ast.Call,
    test: Function,
    functions: Mapping[str, Function],
) -> str:
    """In what way *now* asks for less than *before*; empty: it does not, or nobody can tell."""
    if isinstance(before, ast.Call) or isinstance(now, ast.Call):
        if isinstance(before, ast.Call) and isinstance(now, ast.Call) and _broader(before, now):
            return "a test takes any exception now"
        return ""
    if isinstance(now.test, ast.BoolOp) and isinstance(now.test.op, ast.Or):
        if ast.dump(before.test) in map(ast.dump, now.test.values):
            return "an assertion that was there has a way round now"
        return ""
    sides = _equal(before.test)
    if not sides or not any(map(_calls, sides)) or all(map(_calls, sides)):
        return ""
    asked = next(side for side in sides if _calls(side))
    then = _equal(now.test)
    if not then:
        return _LESS if _compares(now.test) and _names(asked) & _names(now.test) else ""
    if any(_name_of(side) in _ANYTHING for side in then):
        return _LESS
    if any(_is_part(side, asked) for side in then):
        return _LESS
    if all(_calls(side) == _calls(asked) for side in then):
        return "an assertion compares what the program says with what it says itself"
    if not any(map(_calls, then)) and all(_is_recorded(side, test, functions) for side in then):
        return "a test does not ask the program any more"
    return ""


_LESS = "an assertion that was there takes more values"


def _broader(before: ast.Call, now: ast.Call) -> bool:
    """Whether *before* wants an exception of its own, and *now* any."""
    names = [_name_of(call.args[0]) if call.args else "" for call in (before, now)]
    return names[0] not in _BROAD and names[1] in _BROAD


def _equal(test: ast.expr) -> tuple[ast.expr, ...]:
    """The two sides of ``==``."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        return (test.left, test.comparators[0])
    return ()


def _compares(test: ast.expr) -> bool:
    """Whether it is an order or a membership, which several values fulfil."""
    loose = ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.In | ast.NotEq | ast.NotIn
    return isinstance(test, ast.Compare) and all(isinstance(each, loose) for each in test.ops)


def _calls(side: ast.expr) -> frozenset[str]:
    """What is called in *side*, but for what only tells less of a value."""
    names = {_name_of(node.func) for node in ast.walk(side) if isinstance(node, ast.Call)}
    return frozenset(names - _PARTIAL - {"approx", "Path"})


def _names(side: ast.AST) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(side) if isinstance(node, ast.Name))


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_part(side: ast.expr, asked: ast.expr) -> bool:
    """Whether *side* is only the length, the type or the like of what was *asked* for whole."""
    return (
        isinstance(side, ast.Call)
        and _name_of(side.func) in _PARTIAL
        and len(side.args) == 1
        and ast.dump(side.args[0]) == ast.dump(asked)
    )


def _is_recorded(side: ast.expr, test: Function, functions: Mapping[str, Function]) -> bool:
    """Whether a value is written down in the tests: nothing is called for it, here or in its fixture."""
    if not isinstance(side, ast.Name):
        return isinstance(side, ast.Constant | ast.Tuple | ast.List | ast.Dict) and not _names(side)
    if side.id in {each.arg for each in test.args.args}:
        fixture = functions.get(side.id)
        return fixture is not None and not any(
            isinstance(node, ast.Call) for statement in fixture.body for node in ast.walk(statement)
        )
    bound = [
        node
        for node in ast.walk(test)
        if isinstance(node, ast.Name) and node.id == side.id and isinstance(node.ctx, ast.Store)
    ]
    values = [
        node.value
        for node in ast.walk(test)
        if isinstance(node, ast.Assign) and any(side.id in _names(target) for target in node.targets)
    ]
    return len(bound) == len(values) > 0 and not any(
        isinstance(part, ast.Call | ast.Name | ast.Attribute) for value in values for part in ast.walk(value)
    )
