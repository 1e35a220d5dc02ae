"""A ``justfile`` as the shell text that ``just RECIPE`` runs (just's manual).

Each line of a recipe runs in a shell of its own, without ``-e`` unless ``set shell`` says so; a recipe that
begins with ``#!`` runs as one script. What this page cannot tell makes the call one that is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.state import Followed, Word
from wholeship.texts.template import Template, Value
from wholeship.tools.beside import beside_each_other
from wholeship.tools.make.texts import forgiven
from wholeship.tools.world import World

NAMES = ("justfile", "Justfile", ".justfile")
_HEADER = lazy_pattern(r"^@?(?P<name>[A-Za-z_][\w-]*)(?P<parameters>(?:\s+[^:\n]*)?):(?!=)(?P<needs>[^\n]*)$")
_ASSIGNED = lazy_pattern(r"^(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.+)$")
_VALUED = frozenset(("-f", "--justfile", "-d", "--working-directory", "--set", "--shell", "--shell-arg"))


@dataclass(slots=True)
class _Recipe:
    parameters: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    parallel: bool = False
    body: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Justfile:
    recipes: dict[str, _Recipe] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    errexit: bool = False
    first: str = ""
    strange: bool = False
    """It has something that is not read here: imports, modules, another shell."""


class _NotFollowed(Exception):
    """A recipe that this page cannot tell."""


def just_recipe(argv: Sequence[Template], world: World) -> Followed | None:
    """What ``just`` runs; None: it cannot be told."""
    if any(word.literal is None and word.head.startswith("-") for word in argv):
        return None
    if any(word.literal in _VALUED or word.head.startswith("--set") for word in argv):
        return None
    flags = [word.literal for word in argv if word.head.startswith("-")]
    if any(flag in ("-n", "--dry-run", "-l", "--list", "--summary", "--evaluate", "--fmt") for flag in flags):
        return Followed("true", "justfile")
    text = next((t for name in NAMES if (t := world.file(name)) is not None), None)
    if text is None:
        return None
    file = _read_justfile(text)
    words = [word for word in argv if not word.head.startswith("-")]
    if file.strange:
        return None
    own: dict[str, Value] = {}
    while words and (found := re.match(r"([A-Za-z_][\w-]*)=", words[0].head)):
        own[_shell(found[1])] = Value.of(Template.of(words[0].head[found.end() :], *words.pop(0).parts[1:]))
        file.variables.pop(found[1], None)
    try:
        script = "\n".join(_called(file, words))
    except _NotFollowed:
        return None
    arguments = tuple(Word(Value.of(word)) for word in words)
    set_up = [f"{_shell(name)}={value}" for name, value in file.variables.items()]
    return Followed("\n".join([*set_up, script]), "justfile", arguments, names=own, errexit=True)


def _called(file: _Justfile, words: Sequence[Template]) -> Iterator[str]:
    """Recipes of the command line, each with as many of the words as it takes."""
    at, done = 0, set[str]()
    if not words:
        yield from _recipe_text(file, file.first, [], done)
    while at < len(words):
        name = words[at].literal
        recipe = file.recipes.get(name or "")
        if name is None or recipe is None:
            raise _NotFollowed
        takes = len(recipe.parameters)
        if any(parameter[:1] in "*+" for parameter in recipe.parameters):
            takes = len(words)
        given = range(at + 2, min(at + 2 + takes, len(words) + 1))
        yield from _recipe_text(file, name, [f'"${{{index}}}"' for index in given], done)
        at += 1 + len(given)


def _recipe_text(file: _Justfile, name: str, given: list[str], done: set[str]) -> Iterator[str]:
    """The text of one recipe after those that it needs; *given* are its arguments, as shell text."""
    key = " ".join((name, *given))
    recipe = file.recipes.get(name)
    if key in done:
        return
    if recipe is None or len(done) > 200:
        raise _NotFollowed
    done.add(key)
    needed = ["\n".join(_recipe_text(file, each[0], list(each[1:]), done)) for each in recipe.needs]
    before = list(beside_each_other(needed)) if recipe.parallel else needed
    own = ["; ".join([*_parameters(recipe, given), ":"]), *before, *_lines(file, recipe)]
    own += ["\n".join(_recipe_text(file, each[0], list(each[1:]), done)) for each in recipe.after]
    yield "( " + "\n".join(own) + "\n)"


def _parameters(recipe: _Recipe, given: list[str]) -> Iterator[str]:
    for at, parameter in enumerate(recipe.parameters):
        name, has_default, default = parameter.lstrip("*+$").partition("=")
        if parameter[:1] in "*+":
            rest = " ".join(text.strip('"') for text in given[at:])
            value = f'"{rest}"' if rest else default or '""'
        else:
            value = given[at] if at < len(given) else default if has_default else '""'
        yield f"{_shell(name)}={_expression(value) if at >= len(given) else value}"


def _lines(file: _Justfile, recipe: _Recipe) -> Iterator[str]:
    body = recipe.body
    if body and body[0].startswith("#!"):
        if not re.search(r"\b(?:ba|da|z|k)?sh\b", body[0]):
            raise _NotFollowed
        option = "set -e" if re.search(r"\s-\w*e", body[0]) else "set +e"
        yield "\n".join(["(", option, *map(_inserted, body[1:]), ")"])
        return
    for line in body:
        prefix = re.match(r"[@\s-]*", line)
        sign = prefix[0] if prefix else ""
        text = _inserted(line[len(sign) :])
        if text.strip():
            own = f"(\nset {'-' if file.errexit else '+'}e\n{text}\n)"
            yield forgiven(own) if "-" in sign else own


def _inserted(line: str) -> str:
    """A line with what is between double braces as the shell's own text."""
    return re.sub(r"\{\{(?!\{)\s*(.*?)\s*\}\}", lambda found: _expression(found[1], bare=True), line)


def _expression(text: str, *, bare: bool = False) -> str:
    """A value of just's language as shell text; what is not known is the output of a program nobody knows."""
    text = text.strip()
    if text in ("just_executable()", "just"):
        return "just"
    found = re.fullmatch(r"""'([^']*)'|"([^"\\]*)\"""", text)
    if found:
        plain = found[1] if found[1] is not None else found[2]
        return plain if bare else "'" + plain.replace("'", "'\\''") + "'"
    if re.fullmatch(r"[A-Za-z_][\w-]*", text):
        return f"${{{_shell(text)}}}"
    asked = re.fullmatch(
        r"""env(?:_var)?(?:_or_default)?\(\s*['"](\w+)['"]\s*(?:,\s*['"]([^'"]*)['"]\s*)?\)""", text
    )
    if asked:
        return f"${{{asked[1]}:-{asked[2]}}}" if asked[2] is not None else f"${{{asked[1]}}}"
    command = re.fullmatch(r"`([^`]*)`", text)
    if command:
        return f"$({command[1]})"
    return f"$(just_expression {re.sub(r'[^A-Za-z0-9_ ]', ' ', text)})"


def _shell(name: str) -> str:
    return name.replace("-", "_")


def _read_justfile(text: str) -> _Justfile:
    file = _Justfile()
    current: _Recipe | None = None
    parallel = False
    for line in re.sub(r"\\\r?\n[ \t]*", " ", text).split("\n"):
        if current is not None and (line[:1] in (" ", "\t") or not line.strip()):
            if line.strip():
                current.body.append(line.strip() if not current.body else _dedented(line))
            continue
        plain = line.split(" #")[0].rstrip() if not line.startswith("#") else ""
        if not plain:
            continue
        if plain.startswith("["):
            parallel = "parallel" in plain
            continue
        header = _HEADER.match(plain)
        assigned = _ASSIGNED.match(plain)
        current = None
        if assigned:
            file.variables[assigned[1]] = _expression(assigned[2])
        elif plain.startswith("set "):
            _setting(file, plain)
        elif header:
            current = _recipe(header)
            current.parallel, parallel = parallel, False
            file.recipes[header["name"]] = current
            file.first = file.first or header["name"]
        elif re.match(r"(?:import|mod)\b", plain):
            file.strange = True
        elif alias := re.match(r"alias\s+([\w-]+)\s*:=\s*([\w-]+)$", plain):
            file.recipes[alias[1]] = _Recipe(needs=((alias[2],),))
    return file


def _dedented(line: str) -> str:
    return line.strip()


def _setting(file: _Justfile, line: str) -> None:
    if not re.match(r"set\s+(?:windows-)?shell\b", line):
        return
    if "windows" in line:
        return
    given = re.findall(r"""['"]([^'"]*)['"]""", line)
    file.strange = file.strange or not given or not re.fullmatch(r"(?:.*/)?(?:ba|da|z|k)?sh", given[0])
    file.errexit = any(re.fullmatch(r"-[a-z]*e[a-z]*", flag) for flag in given[1:])


def _recipe(header: re.Match[str]) -> _Recipe:
    before, _, after = header["needs"].partition("&&")
    parameters = re.findall(
        r"""[*+$]*[\w-]+(?:\s*=\s*(?:'[^']*'|"[^"]*"|\([^)]*\)|[^\s]+))?""", header["parameters"]
    )
    return _Recipe(
        tuple(re.sub(r"\s*=\s*", "=", each, count=1) for each in parameters), _needs(before), _needs(after)
    )


def _needs(text: str) -> tuple[tuple[str, ...], ...]:
    found = re.findall(r"""\(([^()]*)\)|([\w-]+)""", text)
    return tuple(_need(inner) if inner else (name,) for inner, name in found)


def _need(text: str) -> tuple[str, ...]:
    name, *given = re.findall(r"""'[^']*'|"[^"]*"|[^\s]+""", text)
    return (name, *(f'"{_expression(each, bare=True)}"' for each in given))
