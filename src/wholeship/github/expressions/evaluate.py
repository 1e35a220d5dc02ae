"""The value of an expression when everything in it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.github.expressions import values
from wholeship.github.expressions.tree import (
    Access,
    And,
    Compare,
    Context,
    FunctionCall,
    Literal,
    Not,
    Or,
    Star,
    Tree,
)
from wholeship.github.expressions.values import Plain


class EvaluationError(BadInput):
    """GitHub fails the job or step whose expression this is."""


class Filtered(list[Plain]):
    """What ``.*`` gives: a property after it is taken from every element."""


Function = Callable[[], Plain]


def evaluate_tree(
    tree: Tree, contexts: Mapping[str, Plain], functions: Mapping[str, Function] | None = None
) -> Plain:
    """The value of *tree*. *functions* are the status functions. Raises :class:`EvaluationError`."""
    match tree:
        case Literal(value):
            return value
        case Context(name):
            return contexts.get(name)
        case Access(target, key):
            return access(evaluate_tree(target, contexts, functions), evaluate_tree(key, contexts, functions))
        case Star(target):
            return star(evaluate_tree(target, contexts, functions))
        case Not(operand):
            return not values.truthy(evaluate_tree(operand, contexts, functions))
        case Compare(operator, left, right):
            return values.compare_values(
                operator, evaluate_tree(left, contexts, functions), evaluate_tree(right, contexts, functions)
            )
        case And(operands):
            return _first(operands, False, contexts, functions)
        case Or(operands):
            return _first(operands, True, contexts, functions)
        case FunctionCall("case", arguments):
            return _case(arguments, contexts, functions)
        case FunctionCall(name, arguments):
            if functions and name in functions:
                return functions[name]()
            return call(name, [evaluate_tree(each, contexts, functions) for each in arguments])


def _first(
    operands: Sequence[Tree],
    wanted: bool,
    contexts: Mapping[str, Plain],
    functions: Mapping[str, Function] | None,
) -> Plain:
    value: Plain = None
    for operand in operands:
        value = evaluate_tree(operand, contexts, functions)
        if values.truthy(value) is wanted:
            break
    return value


def _case(
    arguments: Sequence[Tree], contexts: Mapping[str, Plain], functions: Mapping[str, Function] | None
) -> Plain:
    for at in range(0, len(arguments) - 1, 2):
        condition = evaluate_tree(arguments[at], contexts, functions)
        if not isinstance(condition, bool):
            raise EvaluationError("a condition of case() is not a boolean")
        if condition:
            return evaluate_tree(arguments[at + 1], contexts, functions)
    return evaluate_tree(arguments[-1], contexts, functions)


def access(target: Plain, key: Plain) -> Plain:
    """``target[key]``; after ``.*``, from every element that has it."""
    if not isinstance(target, Filtered):
        return values.get(target, key)
    found = Filtered()
    if isinstance(key, (list, dict)):
        return found
    name = values.to_text(key)
    for item in target:
        if isinstance(item, dict) and values.has(item, name):
            found.append(values.get(item, name))
        elif isinstance(item, list) and _index_in(item, key):
            found.append(values.get(item, key))
    return found


def _index_in(item: list[Plain], key: Plain) -> bool:
    index = values.to_number(key)
    return 0 <= index < len(item)  # NaN is neither


def star(target: Plain) -> Filtered:
    """``target.*``."""
    if isinstance(target, Filtered):
        inner = (item.values() if isinstance(item, dict) else item for item in target)
        return Filtered(
            each for item in inner if not isinstance(item, (str, float, bool)) for each in item or ()
        )
    if isinstance(target, dict):
        return Filtered(target.values())
    return Filtered(target) if isinstance(target, list) else Filtered()


def call(name: str, arguments: Sequence[Plain]) -> Plain:
    """A function that is neither lazy nor about the state of the run."""
    return _FUNCTIONS[name](*arguments)


def _contains(where: Plain, what: Plain) -> bool:
    if isinstance(where, list):
        return any(values.equal_values(what, each) for each in where)
    if isinstance(where, dict) or isinstance(what, (list, dict)):
        return False
    return values.fold_case(values.to_text(what)) in values.fold_case(values.to_text(where))


def _starts(text: Plain, head: Plain) -> bool:
    return _primitive(text, head) and values.fold_case(values.to_text(text)).startswith(
        values.fold_case(values.to_text(head))
    )


def _ends(text: Plain, tail: Plain) -> bool:
    return _primitive(text, tail) and values.fold_case(values.to_text(text)).endswith(
        values.fold_case(values.to_text(tail))
    )


def _primitive(*arguments: Plain) -> bool:
    return not any(isinstance(each, (list, dict)) for each in arguments)


def _join(items: Plain, separator: Plain = ",") -> str:
    if not isinstance(items, list):
        return values.to_text(items) if _primitive(items) else ""
    between = values.to_text(separator) if _primitive(separator) else ","
    return between.join(map(values.to_text, items))


_FIELD = lazy_pattern(r"\{\{|\}\}|\{(\d+)(?::[^{}]*)?\}|[{}]")


def format_parts(pattern: str) -> list[str | int]:
    """The pattern of ``format()``: texts, and the numbers of the arguments between them."""
    parts: list[str | int] = []
    at = 0
    for found in _FIELD.finditer(pattern):
        parts.append(pattern[at : found.start()])
        at = found.end()
        if found[1] is not None:
            parts.append(int(found[1][:6]))
        elif found[0] in ("{", "}"):
            raise EvaluationError(f"the format string {pattern[:80]!r} is not valid")
        else:
            parts.append(found[0][0])
    parts.append(pattern[at:])
    return parts


def _format(pattern: Plain, *arguments: Plain) -> str:
    text = values.to_text(pattern)
    out: list[str] = []
    for part in format_parts(text):
        if isinstance(part, str):
            out.append(part)
        elif part >= len(arguments):
            raise EvaluationError(f"the format string {text[:80]!r} wants more arguments")
        else:
            out.append(values.to_text(arguments[part]))
    return "".join(out)


def _from_json(text: Plain) -> Plain:
    try:
        return values.from_json(values.to_text(text))
    except ValueError as error:
        raise EvaluationError(f"fromJSON: {error}") from None


_FUNCTIONS: dict[str, Callable[..., Plain]] = {
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "join": _join,
    "format": _format,
    "tojson": values.to_json,
    "fromjson": _from_json,
    "hashfiles": lambda *_patterns: "",
}
