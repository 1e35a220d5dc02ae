"""From a command line to the script of the repository that it runs: files, Make, just and npm targets."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from wholeship.workflows.facts.programs.world import World
from wholeship.workflows.facts.template import Kind, Template, Value
from wholeship.workflows.shell.state import Followed, State, Word

SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh"))
PACKAGE_RUNNERS = frozenset(("npm", "pnpm", "yarn", "bun"))
LIMIT = 200_000
"""Scripts longer than this (in characters) are not read."""


MATTERS = re.compile(
    r"docker|podman|buildah|skopeo|crane|regctl|oras|\bko\b|nerdctl|buildx|push|publish|jib|kaniko|pack |helm"
    r"|test|spec|tox|jest|lint|vet|check|scan|trivy|grype|snyk|clippy|pre-commit|mvn|gradle|GITHUB_|set-output"
    r"|set-env|make|just|task|npm|pnpm|yarn|bun|\.sh|/|earthly|skaffold|goreleaser|werf|bake|compose|release"
    r"|deploy|image|python|node |ruff|mypy|cosign|wholeship|bazel|gcloud|\baz\b|heroku|cargo|depot|melange"
    r"|login|apko|finch|nix|invoke|rake|mage|dagger|turbo|lerna|ansible|dotnet|newman|k6|cypress|playwright"
)
"""Words without which a line neither builds, pushes, tests, hands on, nor runs something that may."""


def follow(argv: tuple[Template, ...], state: State, world: World, heard: bool = False) -> Followed | None:
    """The script that *argv* runs, when it is a file of the repository that can be read.

    *heard*: what it prints is wanted, so that lines which only print are read too.
    """
    name = argv[0].literal if argv else None
    if not name:
        return None
    base = name.rpartition("/")[2]
    if base in SHELLS or base in ("source", "."):
        return _script(argv[1:], world)
    if base in ("make", "gmake"):
        return _make(argv[1:], state, world, heard)
    if base == "just":
        return _just(argv[1:], world)
    if base in PACKAGE_RUNNERS:
        return _package_script(argv[1:], world)
    if "/" in name and not name.startswith("/"):
        return _script(argv, world)
    return None


def _script(argv: Sequence[Template], world: World) -> Followed | None:
    words = [word for word in argv if not word.head.startswith(("-", "+"))]
    errexit = any(
        re.fullmatch(r"-[a-z]*e[a-z]*", word.literal or "") for word in argv[: len(argv) - len(words)]
    )
    path = words[0].literal if words else None
    text = world.file(_relative(path)) if path else None
    if path is None or text is None or len(text) > LIMIT or not _is_shell(path, text):
        return None
    arguments = tuple(Word(Value.of(word)) for word in words[1:])
    first = text.split("\n", 1)[0]
    errexit = errexit or bool(re.match(r"#!.*\s-[a-z]*e", first))
    return Followed(text, path.removeprefix("./"), arguments, errexit=errexit)


def _relative(path: str) -> str:
    return posixpath.normpath(path.removeprefix("./")) if path else path


def _is_shell(path: str, text: str) -> bool:
    first = text.split("\n", 1)[0]
    if first.startswith("#!"):
        return bool(re.search(r"\b(?:ba|da|z|k)?sh\b", first))
    return path.endswith((".sh", ".bash")) or "." not in path.rpartition("/")[2]


# Make


@dataclass(slots=True)
class _Makefile:
    variables: dict[str, str] = field(default_factory=dict)
    rules: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    first: str = ""
    shell_flags: str = ""


def _make(argv: Sequence[Template], state: State, world: World, heard: bool) -> Followed | None:
    """``make target NAME=value``: its prerequisites' recipes and its own, one shell a line."""
    targets: list[str] = []
    given: dict[str, Value] = {}
    directory, file = "", ""
    words = iter(argv)
    for word in words:
        name, value = word.cut("=")
        text = word.literal or ""
        if value is not None and name.literal and not name.literal.startswith("-"):
            given[name.literal.rstrip(":?")] = Value.of(value)
        elif text in ("-C", "--directory"):
            directory = str(next(words, ""))
        elif text in ("-f", "--file", "--makefile"):
            file = str(next(words, ""))
        elif not word.head.startswith("-"):
            targets.append(str(word))
    names = [file] if file else ["GNUmakefile", "makefile", "Makefile"]
    found = ((posixpath.join(directory, name), world.file(posixpath.join(directory, name))) for name in names)
    path, text = next(((name, text) for name, text in found if text is not None), ("", ""))
    if not text or len(text) > LIMIT:
        return None
    makefile = _parsed(text, path, world.read, world.directory)
    lines = list(_recipes(makefile, targets or [makefile.first], given))
    if not lines:
        return None
    # Each line has a shell of its own: one without a word that matters does nothing that matters.
    lines = [line for line in lines if heard or MATTERS.search(line)] or ["true"]
    values = {**_make_variables(makefile, given, state), **given}
    return Followed("\n".join(lines), path, names=values, errexit=True)


@lru_cache(maxsize=32)
def _parsed(text: str, path: str, read: Callable[[str], str | None], directory: str) -> _Makefile:
    """Parsed once: a workflow calls ``make`` in many steps."""
    return _parse_makefile(text, path, World(read, directory=directory))


def _parse_makefile(text: str, path: str, world: World, depth: int = 0) -> _Makefile:
    makefile = _Makefile()
    current: list[str] = []
    for line in re.sub(r"\\\n[ \t]*", " ", text).split("\n"):
        if line.startswith("\t"):
            current.append(line[1:])
            continue
        text_line = line.split(" #", 1)[0].rstrip()
        assigned = re.match(r"(?:export\s+|override\s+)*([\w.-]+)\s*(\?=|:=|::=|\+=|=)\s*(.*)$", text_line)
        rule = re.match(r"([^\s:#=][^:=#]*):(?!=)([^=]*)$", text_line)
        included = re.match(r"-?include\s+(\S+)$", text_line)
        if assigned:
            _set_variable(makefile, *assigned.groups())
        elif rule:
            current = []
            for target in rule[1].split():
                held = makefile.rules.setdefault(target, ([], current))
                held[0].extend(rule[2].split(";")[0].split("|")[0].split())
                if held[1] is not current and not held[1]:
                    makefile.rules[target] = (held[0], current)
                if not makefile.first and not target.startswith("."):
                    makefile.first = target
        elif included and depth < 4:
            _include(makefile, posixpath.join(posixpath.dirname(path), included[1]), world, depth)
    return makefile


def _set_variable(makefile: _Makefile, name: str, operator: str, value: str) -> None:
    if operator == "?=" and name in makefile.variables:
        return
    if operator == "+=":
        value = f"{makefile.variables.get(name, '')} {value}".strip()
    makefile.variables[name] = value


def _include(makefile: _Makefile, path: str, world: World, depth: int) -> None:
    text = world.file(path)
    if text is None or len(text) > LIMIT:
        return
    inner = _parse_makefile(text, path, world, depth + 1)
    makefile.variables = {**inner.variables, **makefile.variables}
    makefile.rules = {**inner.rules, **makefile.rules}


def _recipes(makefile: _Makefile, targets: Sequence[str], given: Mapping[str, Value]) -> Iterator[str]:
    """The lines that run, each in a shell of its own; ``-`` lets Make go on after a failure."""
    seen: set[str] = set()

    def visit(target: str, depth: int) -> Iterator[str]:
        if target in seen or depth > 24:
            return
        seen.add(target)
        rule, stem = _rule(makefile, target)
        if rule is None:
            return
        for prerequisite in rule[0]:
            expanded = _plain(prerequisite.replace("%", stem), makefile)
            for each in expanded.split():
                yield from visit(each, depth + 1)
        for line in rule[1]:
            if line.strip():
                yield _shell_line(line, target, stem, makefile, given)

    for target in targets:
        yield from visit(target, 0)


def _rule(makefile: _Makefile, target: str) -> tuple[tuple[list[str], list[str]] | None, str]:
    if target in makefile.rules:
        return makefile.rules[target], ""
    for pattern, rule in makefile.rules.items():
        before, percent, after = pattern.partition("%")
        if percent and target.startswith(before) and target.endswith(after):
            return rule, target[len(before) : len(target) - len(after)]
    return None, ""


def _shell_line(line: str, target: str, stem: str, makefile: _Makefile, given: Mapping[str, Value]) -> str:
    found = re.match(r"[\s@+-]*", line)
    prefix = found[0] if found else ""
    text = line[len(prefix) :].replace("$@", target).replace("$*", stem)
    text = re.sub(r"\$[({]MAKE[)}]", "make", text)
    text = re.sub(
        r"\$[({](\w[\w.-]*)[)}]", lambda m: f"${{{m[1].replace('-', '_').replace('.', '_')}}}", text
    )
    text = re.sub(r"\$\((?:info|warning) (?:[^()]|\([^()]*\))*\)", "", text)
    text = re.sub(r"\$\(shell ([^()]*)\)", r"$(\1)", text)
    text = text.replace("$$", "$")
    return f"( {text} ) || true" if "-" in prefix else f"( {text} )"


def _plain(text: str, makefile: _Makefile) -> str:
    for _round in range(8):
        replaced = re.sub(r"\$[({]([\w.-]+)[)}]", lambda m: makefile.variables.get(m[1], ""), text)
        if replaced == text:
            break
        text = replaced
    return text


def _make_variables(makefile: _Makefile, given: Mapping[str, Value], state: State) -> dict[str, Value]:
    """Make's variables as the shell sees them here; the environment wins over ``?=`` only, as in Make."""
    values: dict[str, Value] = {}

    def value_of(name: str, depth: int = 0) -> Value:
        if name in given:
            return given[name]
        if name not in makefile.variables:
            return state.names.get(name) or Value()
        if depth > 12:
            return Value.hole(Kind.FILE, f"$({name})")
        total = Value()
        for piece in re.split(r"(\$\((?:[^()]|\([^()]*\))*\)|\$\{\w+\})", makefile.variables[name]):
            inner = re.fullmatch(r"\$[({](\w[\w.-]*)[)}]", piece)
            if inner:
                total = total + value_of(inner[1], depth + 1)
            elif piece.startswith("$("):
                kind = Kind.CLOCK if "date" in piece else Kind.COMMIT if "git " in piece else Kind.FILE
                total = total + Value.hole(kind, piece)
            elif piece:
                total = total + Value.literal_of(piece)
        return total

    for name in makefile.variables:
        if name in state.names and _weak(makefile, name):
            continue
        values[name.replace("-", "_").replace(".", "_")] = value_of(name)
    return values


def _weak(_makefile: _Makefile, _name: str) -> bool:
    """Environment variables come in through ``?=``; which operator was used is not kept, so they win."""
    return True


# just and npm


def _just(argv: Sequence[Template], world: World) -> Followed | None:
    names = [str(word) for word in argv if not word.head.startswith("-") and "=" not in str(word)]
    text = next((t for f in ("justfile", "Justfile", ".justfile") if (t := world.file(f)) is not None), None)
    if text is None or not names:
        return None
    lines = list(_just_recipe(text, names[0], set()))
    arguments = tuple(Word(Value.of(word)) for word in argv[1:])
    return Followed("\n".join(lines), "justfile", arguments, errexit=True) if lines else None


def _just_recipe(text: str, name: str, seen: set[str]) -> Iterator[str]:
    found = re.search(
        rf"^@?{re.escape(name)}((?:\s+[^:\n]*)?):(?!=)([^\n]*)\n((?:[ \t]+[^\n]*\n?|\n)*)", text, re.MULTILINE
    )
    if not found or name in seen:
        return
    seen.add(name)
    for before in re.findall(r"[\w-]+", found[2].split("#")[0]):
        yield from _just_recipe(text, before, seen)
    for at, parameter in enumerate(found[1].split(), 1):
        key, _, default = parameter.lstrip("*+$").partition("=")
        yield f'{key.replace("-", "_")}="${{{at}:-{default.strip(chr(34) + chr(39))}}}"'
    for line in found[3].split("\n"):
        stripped = line.strip().lstrip("@-")
        if stripped and not stripped.startswith("#!"):
            yield re.sub(r"\{\{\s*([\w-]+)\s*\}\}", lambda m: f"${{{m[1].replace('-', '_')}}}", stripped)


def _package_script(argv: Sequence[Template], world: World) -> Followed | None:
    words = [str(word) for word in argv if not word.head.startswith("-")]
    if words[:1] in (["run"], ["run-script"]):
        words = words[1:]
    text = world.file("package.json")
    if text is None or not words:
        return None
    try:
        scripts = json.loads(text).get("scripts", {})
    except (ValueError, AttributeError):
        return None
    line = scripts.get(words[0]) if isinstance(scripts, dict) else None
    return Followed(line, "package.json") if isinstance(line, str) else None
