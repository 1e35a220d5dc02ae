"""Runners of named recipes whose files nobody models: what they run for the names that they are given.

A file is cut where a recipe begins. A recipe that is asked for, and each one that it mentions, is looked
through for a push (:mod:`pushing`). From the tools' manuals: which files they read, and what runs when no
name is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.tools.pushing import find_push

if TYPE_CHECKING:
    from wholeship.tools.world import World


@dataclass(frozen=True, slots=True)
class Recipes:
    """*head* begins a recipe and names it; *default* runs where none is named, None: all of them.

    *always*: recipes that run whatever is asked, by the text that they begin with. Without a *head* the file
    is one recipe.
    """

    files: tuple[str, ...]
    head: re.Pattern[str] | None = None
    default: tuple[str, ...] | None = None
    always: re.Pattern[str] | None = None


def _recipes(files: str, head: str = "", default: str | None = None, always: str = "") -> Recipes:
    return Recipes(
        tuple(files.split()),
        lazy_pattern(head, re.MULTILINE) if head else None,
        tuple(default.split()) if default is not None else None,
        lazy_pattern(always) if always else None,
    )


_TASK = _recipes(
    "Taskfile.yml Taskfile.yaml taskfile.yml taskfile.yaml Taskfile.dist.yml Taskfile.dist.yaml",
    r"^  [\"']?([\w:.@/*-]+)[\"']?:",
    "default",
)
_PYTHON = r"^(?:async )?def (\w+)"
RECIPES: Mapping[str, Recipes] = {
    **dict.fromkeys(("task", "go-task"), _TASK),
    **dict.fromkeys(("invoke", "inv"), _recipes("tasks.py", _PYTHON)),
    **dict.fromkeys(("fab", "fabric"), _recipes("fabfile.py", _PYTHON)),
    "rake": _recipes(
        "Rakefile rakefile Rakefile.rb", r"^\s*(?:multi)?task\s*\(?\s*:?[\"']?([\w:]+)", "default"
    ),
    "mage": _recipes(
        "magefile.go magefiles/magefile.go Magefile.go", r"^func\s+(?:\([^)]*\)\s*)?(\w+)", "default"
    ),
    "nox": _recipes("noxfile.py", _PYTHON),
    "tox": _recipes(
        "tox.ini tox.toml pyproject.toml setup.cfg",
        r"^\[(?:tool\.tox\.)?(?:testenv|env)?[:.]?([^\]\n]*)\]",
        "tox",
    ),
    **dict.fromkeys(
        ("hatch", "pdm", "rye", "poe", "poetry"),
        _recipes("pyproject.toml hatch.toml", r"^[ \t]*[\"']?([\w:.-]+)[\"']?[ \t]*=", ""),
    ),
    "mise": _recipes("mise.toml .mise.toml", r"^\[tasks\.[\"']?([^\]\"']+)[\"']?\]"),
    "ant": _recipes("build.xml", r"<target\s[^>]*?name=\"([^\"]+)\""),
    "gulp": _recipes("gulpfile.js gulpfile.mjs gulpfile.ts"),
    "grunt": _recipes("Gruntfile.js"),
    **dict.fromkeys(
        ("cmake", "ninja", "samu"),
        _recipes("CMakeLists.txt", r"add_custom_(?:target|command)\s*\(\s*([\w.-]+)", "", r"\bALL\b"),
    ),
    "meson": _recipes("meson.build", r"run_target\s*\(\s*'([^']+)'", ""),
    "zig": _recipes("build.zig"),
    "scons": _recipes("SConstruct"),
}


def pushing_recipe(name: str, wanted: Collection[str], world: World) -> str | None:
    """Where what the runner *name* runs for the recipes *wanted* pushes; None where no push is found."""
    recipes = RECIPES.get(name)
    if recipes is None:
        return None
    for path in recipes.files:
        text = world.file(path)
        if text is not None:
            reached = text if recipes.head is None else _reached(text, recipes, wanted)
            found = find_push(reached, world)
            if found is not None:
                return found or path
    return None


def _reached(text: str, recipes: Recipes, wanted: Collection[str]) -> str:
    """What stands before the first recipe, and the recipes that run."""
    sections = _sections(text, recipes)
    names = [_plain(name) for name in wanted or recipes.default or ()]
    if not wanted and recipes.default is None:
        names = list(sections)
    always = recipes.always
    todo = [name for name in names if name in sections]
    todo += [name for name, held in sections.items() if name == "" or (always and always.search(held))]
    reached: dict[str, None] = {}
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached[name] = None
        words = set(map(_plain, re.findall(r"[\w.-]+", sections[name])))
        todo += [other for other in sections if other in words and other not in reached and name]
    return "\n".join(sections[name] for name in reached)


def _sections(text: str, recipes: Recipes) -> dict[str, str]:
    assert recipes.head is not None
    starts = [(found.start(), _plain(found[1])) for found in recipes.head.finditer(text)]
    sections = {"": text[: starts[0][0]] if starts else text}
    ends = (*(at for at, _ in starts[1:]), len(text))
    for (start, name), end in zip(starts, ends, strict=False):
        sections[name] = sections.get(name, "") + text[start:end]
    return sections


def _plain(name: str) -> str:
    """A name as all its spellings have it (``docker-push``, ``ns.dockerPush``); hooks too (``pre_push``)."""
    last = re.split(r"[.:]", name)[-1]
    return re.sub(r"^(?:pre|post)_|[-_]", "", last).lower()
