"""Bake files, as far as the generated ones go: variables, functions, groups, ``inherits``, ``matrix``.

Where ``ORACLE_BUILDX`` names a real buildx, its own ``bake --print`` is asked instead.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = ("docker-bake.json", "docker-bake.hcl")
REAL = os.environ.get("ORACLE_BUILDX") or ""
"""A buildx program that is asked, if one is named; else the small reader of this module reads."""


@dataclass(frozen=True)
class Target:
    """A target that is pushed: its name, tags and platforms."""

    name: str
    tags: tuple[str, ...]
    platforms: tuple[str, ...] = ()


class BakeError(Exception):
    """The file, or the request, is one that bake refuses (or that this cannot read)."""


@dataclass
class _Request:
    files: list[str]
    targets: list[str]
    overrides: list[str]
    push: bool


def _request(arguments: Sequence[str]) -> _Request:
    found, rest = _Request([], [], [], False), list(arguments)
    while rest:
        word = rest.pop(0)
        name, has, value = word.partition("=")
        if name in ("-f", "--file"):
            found.files.append(value if has else rest.pop(0))
        elif name == "--set":
            found.overrides.append(value if has else rest.pop(0))
        elif word in ("--push", "--push=true"):
            found.push = True
        elif name in ("--progress", "--builder", "--metadata-file") and not has:
            rest[:1] = []
        elif not word.startswith("-"):
            found.targets.append(word)
    return found


def pushed(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], program: str = REAL
) -> list[Target]:
    """The targets that ``bake ARGUMENTS`` pushes from *folder*; *program* is a real buildx, if any."""
    request = _request(arguments)
    if program:
        resolved = _printed(program, folder, arguments, environment)
    else:
        resolved = _resolved(folder, request, environment)
    found = []
    for name, target in resolved.items():
        outputs = " ".join(str(output) for output in target.get("output") or ())
        if request.push or "registry" in outputs or "push=true" in outputs:
            found.append(Target(name, tuple(target.get("tags") or ()), tuple(target.get("platforms") or ())))
    return found


def _printed(
    program: str, folder: Path, arguments: Sequence[str], environment: Mapping[str, str]
) -> dict[str, Any]:
    words = [word for word in arguments if word not in ("--push", "--push=true")]
    done = subprocess.run(
        [program, "bake", "--print", *words],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BakeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout).get("target", {})
    return found


def _resolved(folder: Path, request: _Request, environment: Mapping[str, str]) -> dict[str, Any]:
    names = request.files or [name for name in FILES if (folder / name).is_file()]
    try:
        texts = [(folder / name).read_text() for name in names]
    except OSError as error:
        raise BakeError(str(error)) from error
    if not texts:
        raise BakeError("no bake file")
    document = _Document.parse("\n".join(texts), environment)
    found: dict[str, Any] = {}
    for name in document.wanted(request.targets or ["default"]):
        found[name] = document.target(name)
    for override in request.overrides:
        key, _, value = override.partition("=")
        pattern, _, attribute = key.partition(".")
        for name, target in found.items():
            if pattern in ("*", name):
                target[{"output": "output", "platform": "platforms"}.get(attribute, attribute)] = [value]
    return found


_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|//[^\n]*|(?P<text>"(?:\\.|\$\{[^}]*\}|[^"\\])*")|(?P<number>\d+)"""
    r"""|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|&&|\|\||[{}()\[\]=,?:!.])"""
)


def _tokens(source: str) -> list[str]:
    found, at = [], 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise BakeError(f"cannot read {source[at : at + 20]!r}")
        if match.lastgroup:
            found.append(match.group())
        at = match.end()
    return found


Names = Mapping[str, Any]
Expression = Callable[[Names], Any]


class _Reader:
    """Recursive descent over the tokens of a bake file."""

    def __init__(self, source: str, functions: dict[str, tuple[list[str], Expression]]):
        self.tokens, self.at, self.functions = _tokens(source), 0, functions

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, sign: str) -> None:
        if self.next() != sign:
            raise BakeError(f"expected {sign}")

    def blocks(self) -> list[tuple[str, str, dict[str, Expression]]]:
        found = []
        while self.peek():
            kind, label = self.next(), ""
            if self.peek().startswith('"'):
                label = self.next()[1:-1]
            self.expect("{")
            body = {}
            while self.peek() != "}":
                name = self.next()
                self.expect("=")
                body[name] = self.expression()
            self.expect("}")
            found.append((kind, label, body))
        return found

    def expression(self) -> Expression:
        condition = self.compared()
        if self.peek() != "?":
            return condition
        self.next()
        yes = self.expression()
        self.expect(":")
        no = self.expression()
        return lambda names: yes(names) if condition(names) else no(names)

    def compared(self) -> Expression:
        left = self.operand()
        if self.peek() not in ("==", "!="):
            return left
        same = self.next() == "=="
        right = self.operand()
        return lambda names: (left(names) == right(names)) == same

    def operand(self) -> Expression:
        token = self.next()
        if token.startswith('"'):
            return self.template(token[1:-1])
        if token == "[":
            return self.sequence("]")
        if token == "{":
            return self.mapping()
        if token.isdigit():
            return lambda _: int(token)
        if token in ("null", "true", "false"):
            return lambda _: {"null": None, "true": True, "false": False}[token]
        if self.peek() == "(":
            self.next()
            return self.call(token, self.sequence(")"))
        return lambda names: _named(names, token)

    def sequence(self, end: str) -> Expression:
        parts = []
        while self.peek() != end:
            parts.append(self.expression())
            if self.peek() == ",":
                self.next()
        self.next()
        return lambda names: [part(names) for part in parts]

    def mapping(self) -> Expression:
        parts = {}
        while self.peek() != "}":
            name = self.next().strip('"')
            self.next()
            parts[name] = self.expression()
            if self.peek() == ",":
                self.next()
        self.next()
        return lambda names: {name: part(names) for name, part in parts.items()}

    def call(self, name: str, arguments: Expression) -> Expression:
        def called(names: Names) -> Any:
            values = arguments(names)
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](*values)
            if name not in self.functions:
                raise BakeError(f"no function {name}")
            params, result = self.functions[name]
            return result({**names, **dict(zip(params, values, strict=True))})

        return called

    def template(self, text: str) -> Expression:
        parts: list[str | Expression] = []
        at = 0
        for match in re.finditer(r"\$\{([^}]*)\}", text):
            parts += [text[at : match.start()], _Reader(match.group(1), self.functions).expression()]
            at = match.end()
        parts.append(text[at:])
        return lambda names: "".join(part if isinstance(part, str) else str(part(names)) for part in parts)


def _named(names: Names, name: str) -> Any:
    if name not in names:
        raise BakeError(f"no variable {name}")
    return names[name]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "upper": lambda text: text.upper(),
    "lower": lambda text: text.lower(),
    "concat": lambda *lists: list(itertools.chain(*lists)),
    "format": lambda pattern, *values: (
        re.sub(r"%[sv]", lambda _: str(next(iter(values))), pattern)
        if len(values) == 1
        else pattern.replace("%s", "{}").format(*values)
    ),
    "notequal": lambda left, right: left != right,
    "equal": lambda left, right: left == right,
    "replace": lambda text, old, new: text.replace(old, new),
    "substr": lambda text, start, size: text[start : start + size],
    "trimprefix": lambda text, prefix: text.removeprefix(prefix),
    "join": lambda between, parts: between.join(parts),
}


@dataclass
class _Document:
    names: dict[str, Any]
    groups: dict[str, list[str]]
    targets: dict[str, dict[str, Expression]]

    @staticmethod
    def parse(source: str, environment: Mapping[str, str]) -> _Document:
        functions: dict[str, tuple[list[str], Expression]] = {}
        document = _Document({}, {}, {})
        for kind, label, body in _Reader(source, functions).blocks():
            if kind == "variable":
                given = environment.get(label)
                default = body.get("default")
                document.names[label] = (
                    given if given is not None else default(document.names) if default else ""
                )
            elif kind == "function":
                # A parameter's name stands for itself in the list of parameters.
                params = body["params"](_Itself())
                functions[label] = (params, body["result"])
            elif kind == "group":
                document.groups[label] = body["targets"](document.names)
            else:
                document.targets[label] = {**document.targets.get(label, {}), **body}
        return document

    def wanted(self, asked: Sequence[str]) -> list[str]:
        found: list[str] = []
        for name in asked:
            inner = self.wanted(self.groups[name]) if name in self.groups else self._expanded(name)
            found += [entry for entry in inner if entry not in found]
        return found

    def _expanded(self, wanted: str) -> list[str]:
        """The target *wanted*, or all that its matrix makes; each of those has a name of its own."""
        if wanted in self.targets:
            return [self._name(wanted, names) for names in self._rows(wanted)]
        made = [self._name(name, names) for name in self.targets for names in self._rows(name)]
        if wanted not in made:
            raise BakeError(f"no target {wanted}")
        return [wanted]

    def _rows(self, name: str) -> list[dict[str, Any]]:
        matrix = self.targets[name]["matrix"](self.names) if "matrix" in self.targets[name] else {}
        rows = itertools.product(*matrix.values())
        return [{**self.names, **dict(zip(matrix, row, strict=True))} for row in rows]

    def _name(self, name: str, names: Names) -> str:
        given = self.targets[name].get("name")
        return str(given(names)) if given else name

    def target(self, wanted: str) -> dict[str, Any]:
        """The attributes of target *wanted*, those it inherits among them."""
        for name in self.targets:
            for names in self._rows(name):
                if self._name(name, names) == wanted:
                    return self._attributes(name, names)
        raise BakeError(f"no target {wanted}")

    def _attributes(self, name: str, names: Names) -> dict[str, Any]:
        body = self.targets[name]
        found: dict[str, Any] = {}
        for parent in body["inherits"](names) if "inherits" in body else ():
            found.update(self.target(parent))
        own = ("tags", "platforms", "output", "context", "dockerfile")
        found.update({key: body[key](names) for key in own if key in body})
        return found


class _Itself(dict[str, Any]):
    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, name: str) -> str:
        return name


def from_environment(text: str, environment: Mapping[str, str]) -> str:
    """Compose's own replacement of ``$NAME``, ``${NAME}`` and ``${NAME:-default}``."""

    def one(match: re.Match[str]) -> str:
        name, default = match.group(1) or match.group(3), match.group(2) or ""
        return environment.get(name) or default

    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)", one, text)
