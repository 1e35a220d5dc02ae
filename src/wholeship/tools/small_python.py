"""The small part of Python that a gate is written in, carried out: does the code end badly?

``json``, ``os.environ`` and ``sys.exit``; conditions, loops, comprehensions, functions of texts and lists.
The part is closed: whatever else stands in the code makes the answer unknown.
"""

from __future__ import annotations

import ast
import copy
import json
import operator
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

STEPS = 20_000
"""Code that takes more steps than this is not carried out to its end."""


class NotFollowed(Exception):
    """The code holds something that is not carried out here."""


class _Ended(Exception):
    """The code ended itself; the argument says whether badly."""


class _Broken(Exception):
    """``break`` of a loop."""


class _Continued(Exception):
    """``continue`` of a loop."""


class Opaque:
    """Something of which nothing is known: it can be handed on and printed, and nothing else."""

    def _not_known(self, *_others: object) -> Any:
        raise NotFollowed

    __eq__ = __ne__ = __bool__ = __len__ = __iter__ = __contains__ = __str__ = __repr__ = _not_known
    __hash__ = _not_known


class Raw(Opaque):
    """A text of JSON that is known only as what it holds: it can be parsed."""

    def __init__(self, held: Any) -> None:
        self._held = held

    def parsed(self) -> Any:
        """What it holds, anew."""
        return copy.deepcopy(self._held)


def ends_badly(code: str, environment: Mapping[str, Any], stdin: Raw | None = None) -> bool:
    """Whether *code* surely ends with another status than 0; :class:`NotFollowed` where that cannot be told.

    *environment*: texts, and :class:`Raw` ones; a variable that it lacks is not known.
    """
    try:
        _Run(environment, stdin).block(ast.parse(code).body)
    except _Ended as end:
        return bool(end.args[0])
    except NotFollowed:
        raise
    except Exception:  # what the code would raise, too, or Python alone: nobody knows
        raise NotFollowed from None
    return False


_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}
_PLAIN = (len, any, all, bool, str, int, sorted, list, tuple, dict, sum)
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {each.__name__: each for each in _PLAIN}
_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(("strip", "split", "splitlines", "lower", "upper", "startswith", "endswith", "join")),
    dict: frozenset(("items", "values", "keys", "get")),
    list: frozenset(("append", "extend", "count")),
}
_CONSUMERS = frozenset(("any", "all", "sum", "list", "tuple", "sorted", "dict", "join", "extend"))
"""What uses up a generator at once."""
_ACTS = frozenset(("append", "extend", "exit", "quit"))
"""What does something beside having a value."""
_MODULES = frozenset(("json", "os", "sys"))


class _Run:
    def __init__(self, environment: Mapping[str, Any], stdin: Raw | None) -> None:
        self.environment, self.stdin = environment, stdin
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.imported: dict[str, str] = {}
        self.left = STEPS

    def block(self, body: Iterable[ast.stmt]) -> None:
        for each in body:
            self._statement(each)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names) if all(each.name in _MODULES for each in names):
                self.imported |= {each.asname or each.name: each.name for each in names}
            case ast.ImportFrom(module=str(module), names=names, level=0) if module in _MODULES:
                self.imported |= {each.asname or each.name: f"{module}.{each.name}" for each in names}
            case ast.Assign(targets=[target], value=value):
                self._bind(target, self.value(value))
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self.names[name] = known(self.names[name]) + known(self.value(value))
            case ast.If(test=test, body=body, orelse=other):
                self.block(body if self._truth(test) else other)
            case ast.For():
                self._loop(node)
            case ast.Expr(value=value):
                self.value(value)
            case ast.Assert(test=test):
                if not self._truth(test):
                    raise _Ended(True)
            case ast.Raise(exc=ast.Call(func=ast.Name(id="SystemExit"), args=args)):
                self._exit(args)
            case ast.Raise(exc=ast.Call(func=ast.Name(id="RuntimeError" | "Exception" | "ValueError"))):
                raise _Ended(True)
            case ast.Break():
                raise _Broken
            case ast.Continue():
                raise _Continued
            case ast.Pass():
                pass
            case _:
                raise NotFollowed

    def _loop(self, node: ast.For) -> None:
        for each in _each(self.value(node.iter)):
            self._bind(node.target, each)
            try:
                self.block(node.body)
            except _Continued:
                continue
            except _Broken:
                return
        self.block(node.orelse)

    def _bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name) and target.id not in self.imported:
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple):
            for part, each in zip(target.elts, _each(value), strict=True):
                self._bind(part, each)
        else:
            raise NotFollowed

    def _truth(self, node: ast.expr) -> bool:
        return bool(self.value(node))

    def value(self, node: ast.expr) -> Any:
        self.left -= 1
        if self.left < 0:
            raise NotFollowed
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if name in self.names and name not in self.imported:
                return self.names[name]
            case ast.List(elts=parts):
                return [self.value(each) for each in parts]
            case ast.Tuple(elts=parts):
                return tuple(self.value(each) for each in parts)
            case ast.Set(elts=parts):
                return frozenset(self.value(each) for each in parts)  # to be looked into only
            case ast.BoolOp(op=op, values=values):
                for each in values:
                    found = self.value(each)
                    if bool(found) is isinstance(op, ast.Or):
                        break
                return found
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return not self._truth(inner)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return known(self.value(left)) + known(self.value(right))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._compared([self.value(each) for each in (left, *others)], ops)
            case ast.IfExp(test=test, body=body, orelse=other):
                return self.value(body if self._truth(test) else other)
            case ast.Subscript(value=held, slice=at) if self._dotted(held) == "os.environ":
                return self._variable(self.value(at))
            case ast.Subscript(value=held, slice=at):
                return known(self.value(held))[self.value(at)]
            case ast.JoinedStr() if _only_tells(node):
                return Opaque()
            case ast.ListComp():
                return self._comprehended(node)
            case ast.Call():
                return self._called(node)
        raise NotFollowed

    def _compared(self, values: list[Any], ops: list[ast.cmpop]) -> bool:
        pairs = zip(map(known, values), ops, map(known, values[1:]), strict=False)
        return all(_COMPARED[type(op)](one, other) for one, op, other in pairs)

    def _comprehended(self, node: ast.GeneratorExp | ast.ListComp) -> list[Any]:
        before = dict(self.names)
        made = [self.value(node.elt) for _ in self._rounds(node.generators)]
        self.names = before
        return made

    def _rounds(self, generators: list[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield None
            return
        for each in _each(self.value(generators[0].iter)):
            self._bind(generators[0].target, each)
            if all(self._truth(test) for test in generators[0].ifs):
                yield from self._rounds(generators[1:])

    def _dotted(self, node: ast.expr) -> str:
        """``os.environ`` of what is imported; "" for anything else."""
        if isinstance(node, ast.Attribute):
            before = self._dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return self.imported.get(node.id, "") if isinstance(node, ast.Name) else ""

    def _called(self, node: ast.Call) -> Any:
        name, plain = self._dotted(node.func), node.func.id if isinstance(node.func, ast.Name) else ""
        if plain == "print" and plain not in self.names and all(map(_only_tells, node.args)):
            return None  # what is printed decides nothing; where it raises, the code ends badly, too
        if node.keywords or plain in self.names:
            raise NotFollowed
        if name == "sys.exit" or plain in ("exit", "quit"):
            self._exit(node.args)
        if name:
            return self._of_module(name, node.args)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else plain
        args = [self._argument(each, method) for each in node.args]
        if plain in _FUNCTIONS:
            return _FUNCTIONS[plain](*args)
        held = known(self.value(node.func.value)) if isinstance(node.func, ast.Attribute) else None
        if method not in _METHODS.get(type(held), ()):
            raise NotFollowed
        return getattr(held, method)(*args)

    def _argument(self, node: ast.expr, function: str) -> Any:
        if isinstance(node, ast.GeneratorExp) and function in _CONSUMERS and _only_tells(node):
            return self._comprehended(node)
        found = self.value(node)
        if isinstance(found, frozenset):
            raise NotFollowed
        return found if function == "append" else known(found)

    def _of_module(self, name: str, args: list[ast.expr]) -> Any:
        given = [self.value(each) for each in args if self._dotted(each) != "sys.stdin"]
        match name:
            case "json.loads" if len(given) == len(args) == 1:
                return given[0].parsed() if isinstance(given[0], Raw) else json.loads(given[0])
            case "json.load" if len(args) == 1 and not given and self.stdin is not None:
                return self.stdin.parsed()
            case "sys.stdin.read" if not args and self.stdin is not None:
                return self.stdin
            case "os.environ.get" | "os.getenv" if given:
                return self._variable(given[0])
        raise NotFollowed

    def _variable(self, name: Any) -> Any:
        if not isinstance(name, str) or name not in self.environment:
            raise NotFollowed
        return self.environment[name]

    def _exit(self, args: list[ast.expr]) -> None:
        status = self.value(args[0]) if args else None
        if len(args) > 1 or not isinstance(status, Opaque | str | int | None):
            raise NotFollowed
        raise _Ended(isinstance(status, Opaque | str) or bool((status or 0) % 256))


def known(value: Any) -> Any:
    """*value*; :class:`NotFollowed` for what can only be handed on."""
    if isinstance(value, Opaque):
        raise NotFollowed
    return value


def _only_tells(node: ast.expr) -> bool:
    """Whether *node* does nothing beside having a value: nothing in it ends the code, or changes a list."""
    inside = list(ast.walk(node))
    names = {each.attr for each in inside if isinstance(each, ast.Attribute)}
    names |= {each.id for each in inside if isinstance(each, ast.Name)}
    return _ACTS.isdisjoint(names) and not any(isinstance(each, ast.NamedExpr) for each in inside)


def _each(value: Any) -> Iterator[Any]:
    if not isinstance(known(value), list | tuple | dict | str | KeysView | ValuesView | ItemsView):
        raise NotFollowed  # a set is in no order that is known
    return iter(list(value))
