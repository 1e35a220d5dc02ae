"""Classes of values written out by hand, as it were, so that mypyc makes native classes of them.

mypyc leaves what a decorator makes to the interpreter: ``__init__``, ``__eq__``, ``__hash__``. So a copy of
the source gets them as code. The answers are the same; what is lost is that such a value refuses to be
changed, which mypy has shown nobody does.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER = """
from typing import Any, ClassVar, Final, cast
from wholeship.core.written import matches_by as _matches_by, says_fields as _says_fields
"""
FUTURE = "from __future__ import annotations\n"


@dataclass
class Field:
    """One field of a class of values, as it is written."""

    name: str
    kind: str
    default: str | None = None
    factory: str | None = None
    init: bool = True
    compare: bool = True
    repr: bool = True
    inherited: bool = False


@dataclass
class Known:
    """The classes that were written out so far, with their fields, and the names of all that have heirs."""

    fields: dict[str, list[Field]] = field(default_factory=dict)
    bases: set[str] = field(default_factory=set)


def write_out(paths: list[Path]) -> None:
    """Change all of *paths* in place; a class stands before its heirs."""
    known = Known()
    trees = {path: ast.parse(path.read_text()) for path in paths}
    for tree in trees.values():
        for node in _classes(tree):
            known.bases |= {ast.unparse(base) for base in node.bases}
    left = dict(trees)
    while left:
        ready = [path for path, tree in left.items() if not _waits(tree, left, known)]
        for path in ready or list(left):
            _Module(path, left.pop(path), known).write()


def _waits(tree: ast.Module, left: dict[Path, ast.Module], known: Known) -> bool:
    """Whether a class of it has a base that is not written out yet, in another module."""
    made = {
        each.name for other in left.values() if other is not tree for each in _classes(other) if _asked(each)
    }
    wanted = {ast.unparse(base) for each in _classes(tree) if _asked(each) is not None for base in each.bases}
    return bool((wanted & made) - known.fields.keys())


def _classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def _asked(node: ast.ClassDef) -> dict[str, Any] | None:
    """What the decorator is asked for; None where the class is to stay as it is."""
    for each in node.decorator_list:
        name = each.func if isinstance(each, ast.Call) else each
        if isinstance(name, ast.Name) and name.id == "dataclass":
            words = each.keywords if isinstance(each, ast.Call) else []
            return {str(word.arg): ast.literal_eval(word.value) for word in words}
    return {"frozen": True} if _is_changed_tuple(node) else None


def _is_changed_tuple(node: ast.ClassDef) -> bool:
    """A named tuple whose own methods make changed ones: they are looked up by number, and made by name."""
    is_named = any(ast.unparse(base) == "NamedTuple" for base in node.bases)
    return is_named and "self._replace(" in ast.unparse(node)


class _Module:
    """One module: edits by line, and what is said after the classes."""

    def __init__(self, path: Path, tree: ast.Module, known: Known) -> None:
        self.path, self.tree, self.known = path, tree, known
        self.edits: list[tuple[int, int, str]] = []
        self.after: list[str] = []
        self.opened: dict[str, str] = {}
        """Classes that refuse changes, and by what they match."""

    def write(self) -> None:
        for node in _classes(self.tree):
            asked = _asked(node)
            if asked is not None:
                self._write_class(node, asked)
            else:
                self._open(node)
        if not self.after:
            return
        lines = self.path.read_text().splitlines(keepends=True)
        for start, end, text in sorted(self.edits, key=lambda edit: edit[:2], reverse=True):
            lines[start:end] = [text]
        text = "".join(lines)
        if FUTURE not in text:
            raise ValueError(f"{self.path}: has classes of values, and no {FUTURE.strip()!r}")
        text = text.replace(FUTURE, FUTURE + HEADER, 1)
        self.path.write_text(text + "\n\n" + "\n".join(self.after) + "\n")

    def _open(self, node: ast.ClassDef) -> None:
        """A class that refuses changes by itself: what it sets past that, it sets plainly."""
        names = {ast.unparse(base) for base in node.bases} | {node.name}
        own = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        if "__setattr__" not in own and not names & self.opened.keys():
            return
        self.opened[node.name] = next((self.opened[name] for name in names & self.opened.keys()), "()")
        lines = self.path.read_text().splitlines(keepends=True)
        for each in ast.walk(node):
            start, end = getattr(each, "lineno", 1) - 1, getattr(each, "end_lineno", 0)
            if isinstance(each, ast.FunctionDef) and each.name == "__setattr__":
                self.edits.append((start, end, ""))
            elif isinstance(each, ast.Expr) and ast.unparse(each).startswith("object.__setattr__(self, "):
                plain = re.sub(r"object\.__setattr__\(self, \"(\w+)\", (.*)\)", r"self.\1 = \2", lines[start])
                self.edits.append((start, end, plain))
            elif isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "__match_args__":
                self.opened[node.name] = ast.unparse(each.value)
        if self.opened[node.name] != "()":
            self.after.append(f"_matches_by({node.name}, {self.opened[node.name]})")

    def _write_class(self, node: ast.ClassDef, asked: dict[str, Any]) -> None:
        own = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        inherited = [f for base in node.bases for f in self.known.fields.get(ast.unparse(base), [])]
        fields = [Field(**{**vars(f), "inherited": True, "kind": "Any"}) for f in inherited]
        for each in own:
            fields.append(_field_of(each))
            if each.value is not None:
                told = f"    {fields[-1].name}: {fields[-1].kind}\n"
                self.edits.append((each.lineno - 1, each.end_lineno or 0, told))
        self.known.fields[node.name] = fields
        for each in node.decorator_list:
            self.edits.append((each.lineno - 1, each.end_lineno or 0, ""))
        changed = _is_changed_tuple(node)
        if changed:
            sentinel = f"_KEPT_{node.name}: Final = object()\n\n\nclass {node.name}:\n"
            self.edits.append((node.lineno - 1, node.lineno, sentinel))
        methods = _methods(node, fields, asked, node.name in self.known.bases)
        if changed:
            methods.append(_replaces(node.name, fields))
        methods.append("    __dataclass_fields__: ClassVar[dict[str, Any]] = {}\n")
        if not inherited:
            methods.append(f"    __match_args__ = ({''.join(f'{f.name!r}, ' for f in fields if f.init)})\n")
        end = node.end_lineno or 0
        self.edits.append((end, end, "\n" + "\n".join(methods)))
        held = ", ".join(f"{f.name!r}: ({f.init}, {f.compare}, {f.repr})" for f in fields)
        self.after.append(f"_says_fields({node.name}, {{{held}}})")


def _field_of(each: ast.AnnAssign) -> Field:
    made = Field(ast.unparse(each.target), ast.unparse(each.annotation))
    if "ClassVar" in made.kind or "InitVar" in made.kind:
        raise ValueError(f"{made.name}: {made.kind} is no plain field")
    value = each.value
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) == "field"):
        made.default = None if value is None else ast.unparse(value)
        return made
    for word in value.keywords:
        match word.arg:
            case "default":
                made.default = ast.unparse(word.value)
            case "default_factory":
                made.factory = f"({ast.unparse(word.value)})()"
            case "init" | "compare" | "repr":
                setattr(made, word.arg, ast.literal_eval(word.value))
            case _:
                raise ValueError(f"{made.name}: no plain field, {word.arg} is said")
    return made


def _methods(node: ast.ClassDef, fields: list[Field], asked: dict[str, Any], has_heirs: bool) -> list[str]:
    """What the decorator would have made, but for what the class has itself."""
    own = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    own |= {
        ast.unparse(target) for each in node.body if isinstance(each, ast.Assign) for target in each.targets
    }
    compared = [f.name for f in fields if f.compare]
    made: dict[str, str] = {"__init__": _init(fields, "__post_init__" in own)}
    if asked.get("eq", True):
        same = " and ".join(f"self.{name} == other.{name}" for name in compared) or "True"
        other_class = " or type(other) is not type(self)" if has_heirs else ""
        made["__eq__"] = _method(
            "__eq__(self, other: object) -> bool",
            "if self is other:",
            "    return True",
            f"if not isinstance(other, {node.name}){other_class}:",
            "    return NotImplemented",
            f"return {same}",
        )
        if asked.get("frozen"):
            held = "".join(f"self.{name}, " for name in compared)
            made["__hash__"] = _method("__hash__(self) -> int", f"return hash(({held}))")
    shown = ", ".join(f"{f.name}={{self.{f.name}!r}}" for f in fields if f.repr)
    made["__repr__"] = _method("__repr__(self) -> str", f'return f"{node.name}({shown})"')
    if asked.get("order"):
        one, two = ("".join(f"{side}.{name}, " for name in compared) for side in ("self", "other"))
        for name, sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
            head = f"__{name}__(self, other: {node.name}) -> bool"
            made[f"__{name}__"] = _method(head, f"return ({one}) {sign} ({two})")
    return [text for name, text in made.items() if name not in own]


def _method(head: str, *lines: str) -> str:
    return f"    def {head}:\n" + "".join(f"        {line}\n" for line in lines)


def _init(fields: list[Field], has_more: bool) -> str:
    parameters, lines = ["self"], []
    base = [f.name for f in fields if f.inherited]
    if base:
        lines.append(f"super().__init__({', '.join(base)})")
    for each in fields:
        value = each.name
        if not each.init:
            value = each.factory or each.default or ""
        elif each.factory:
            parameters.append(f"{each.name}: {each.kind} | None = None")
            value = f"{each.factory} if {each.name} is None else {each.name}"
        else:
            parameters.append(f"{each.name}: {each.kind}" + (f" = {each.default}" if each.default else ""))
        if value and not each.inherited:
            lines.append(f"self.{each.name} = {value}")
    lines += ["self.__post_init__()"] if has_more else []
    return _method(f"__init__({', '.join(parameters)}) -> None", *(lines or ["pass"]))


def _replaces(name: str, fields: list[Field]) -> str:
    """``_replace`` of a named tuple."""
    kept = f"_KEPT_{name}"
    asked = ", ".join(f"{f.name}: object = {kept}" for f in fields)
    given = ", ".join(f"self.{f.name} if {f.name} is {kept} else cast({f.kind!r}, {f.name})" for f in fields)
    return _method(f"_replace(self, *, {asked}) -> {name}", f"return {name}({given})")
