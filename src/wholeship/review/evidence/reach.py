"""What runs a file: who else in the tree names it. A folder or a name proposes a kind, this decides."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from wholeship.core.patterns import lazy_pattern
from wholeship.review.evidence.content import LOCKS, PROSE, READS_TYPES, SCRIPTS, ending

FILES, BYTES = 40_000, 512 * 1024
"""Files that are searched, and bytes of one."""
_RUNNERS = lazy_pattern(
    r"Dockerfile.*|Containerfile|[Mm]akefile|.*\.(?:mk|ya?ml|toml|cfg|ini|json)|Procfile|Jenkinsfile"
    r"|justfile|Rakefile"
)
_RUN = r"(?:source|\.|(?:ba|z)?sh|exec|eval|python3?|node|ruby|perl|php|-?include|-f|-r|-c|runpy\.\w+)"
_READ = (
    r"(?:open|load\w*|read\w*|require|import|COPY|ADD|Path|file|src|template\w*|render\w*|compile|cat|get)"
)
_TOLD = lazy_pattern(r"(?:README|CHANGELOG|LICENSE|NOTICE|CONTRIBUTING)", re.IGNORECASE)
"""Pages that packaging reads, to show them: only running one counts."""


def named_by(paths: Iterable[str], tree: Path) -> Mapping[str, frozenset[str]]:
    """The files of *tree* that name each of *paths* as something to run, import or read."""
    shapes = {path: (path.rpartition("/")[2], _mention(path)) for path in paths}
    found: dict[str, set[str]] = {path: set() for path in shapes}
    if not shapes:
        return {}
    for other, text in texts_of(tree):
        for path, (name, shape) in shapes.items():
            if other != path and (name.partition(".")[0] or name) in text and shape.search(text):
                found[path].add(other)
    return {path: frozenset(others) for path, others in found.items()}


def names_folder(folders: Iterable[str], tree: Path) -> frozenset[str]:
    """Those of *folders* that are still there, or that a file of *tree* names, by name or by a pattern."""
    wanted = {each: _folder_mention(each) for each in folders}
    found = {each for each in wanted if (tree / each).exists()}
    for path, text in texts_of(tree):
        if ending(path) in _SETTINGS and _names_every_folder(path, text):
            return frozenset(wanted)
        found |= {each for each, shape in wanted.items() if shape.search(text)}
    return frozenset(found)


_BY_NAME = frozenset(
    ("py", "pyw", "pyi", "js", "cjs", "mjs", "jsx", "ts", "tsx", "mts", "cts", "rs", "sh", "bash")
)
"""Endings of files that a program takes by their names; of other languages it takes all of a folder."""
_LISTS = lazy_pattern(
    r"\b(?:iter_modules|walk_packages|import_module|__import__|i?r?glob\w*|listdir|scandir|readdir\w*|os\.walk|entry_points"
    r"|require\.context|import\.meta\.glob|import\((?![\"'])|require\((?![\"'])|load_tests|autodiscover\w*)"
)
"""How a program takes what lies in a folder."""
_TAKEN_WHOLE = lazy_pattern(
    r"(?:^|/)(?:pages|routes|app|api|functions|plugins|extensions|commands|templatetags|hooks|jobs|tasks|middlewares?|migrations)$"
)
"""Folders of which frameworks take every file."""


def taken_unnamed(paths: Iterable[str], tree: Path) -> frozenset[str]:
    """Those of *paths*, which *tree* has no more, that a program may take without naming them.

    Compilers take all files of a folder, where there are others; some programs list folders.
    """
    folders = {path: path.rpartition("/")[0] for path in paths}
    together = {p for p, f in folders.items() if ending(p) not in _BY_NAME and _has_any(tree / f, ending(p))}
    words = {
        f: re.compile(rf"(?<![\w-]){re.escape(f.rpartition('/')[2])}(?![\w-])") for f in folders.values()
    }
    listed = {folder for folder in words if _TAKEN_WHOLE.search(folder)}
    for other, text in texts_of(tree):
        if ending(other) in SCRIPTS and _LISTS.search(text):
            own = other.rpartition("/")[0]
            listed |= {f for f, shape in words.items() if f == own or (f and shape.search(text))}
    return frozenset(together | {path for path, folder in folders.items() if folder in listed})


def _has_any(folder: Path, ends: str) -> bool:
    """Whether *folder* still has a file of that ending."""
    return folder.is_dir() and any(ending(each.name) == ends for each in folder.iterdir())


_SETTINGS = frozenset(("json", "yaml", "yml", "toml"))
_EVERY_FOLDER = lazy_pattern(
    r"\*\*(?:/\*)?/?[\"'\s\]]|\*\*/(?:package|pyproject|pom|Cargo|go)\.|(?:[\[,]|^\s*-)\s*[\"']\*/?[\"']",
    re.MULTILINE,
)
"""A pattern that any folder fits, as settings of workspaces have it."""


_ANYTHING = lazy_pattern(r"[\"']\*/?[\"']")
_WORKSPACES = lazy_pattern(
    r"[\"']?\b(?:workspaces|(?:default-)?members|(?:include-)?packages|projects|directories)\b[\"']?\s*[:=]"
)
_FORMATS = lazy_pattern(
    r"(?:^|/)(?:[jt]sconfig[^/]*|\.?(?:prettier|eslint|cspell|knip|typedoc|biome|stylelint)[^/]*)"
    r"\.(?:json|ya?ml|toml)$"
)
"""Settings of tools that look at whatever is there: without a folder they only have less to look at."""


def _names_every_folder(path: str, text: str) -> bool:
    """Whether a file of settings has a pattern that any folder fits, by which something is made of each."""
    named = _WORKSPACES.search(text) is not None
    if path.rpartition("/")[2] in LOCKS or (_FORMATS.search(path) and not named):
        return False
    return _EVERY_FOLDER.search(text) is not None or (named and _ANYTHING.search(text) is not None)


def _folder_mention(folder: str) -> re.Pattern[str]:
    above, _, name = folder.rpartition("/")
    last = above.rpartition("/")[2]
    words = [rf"(?<![\w-]){re.escape(name)}(?![\w-])"]
    return re.compile("|".join([*words, *([rf"\b{re.escape(last)}/\*"] if last else [])]))


def texts_of(tree: Path) -> Iterator[tuple[str, str]]:
    """Path and text of each file of *tree* that can run, import or read another one."""
    seen = 0
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(each for each in folders if each not in (".git", "node_modules"))
        for name in sorted(names):
            if not (ending(name) in SCRIPTS or _RUNNERS.fullmatch(name) or "." not in name):
                continue
            seen += 1
            if seen > FILES:
                return
            path = os.path.join(folder, name)
            try:
                with open(path, "rb") as file:
                    text = file.read(BYTES).decode("utf-8", "replace")
            except OSError:
                continue  # what cannot be read names nothing
            yield os.path.relpath(path, tree).replace(os.sep, "/"), text


def reads_types(tree: Path) -> bool:
    """Whether any file of *tree* does something by the types that are written in Python."""
    return any(ending(path) == "py" and READS_TYPES.search(text) for path, text in texts_of(tree))


def _mention(path: str) -> re.Pattern[str]:
    """A pattern for *path* as other files write it: below the top, from beside it, or as a module."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    exact = rf"(?<![\w.-]){re.escape(name)}(?!\w)"
    words = [exact]
    if ending(path) in PROSE | {""}:
        word = _RUN if _TOLD.match(name) else f"(?:{_RUN}|{_READ})"
        words = [rf"(?:^|[\s;&|(\[\"'@=]){word}[\s(\"'/=:<,-][^\n]{{0,80}}?{exact}"]
    if ending(path) in ("py", "pyi"):
        above = folder.rpartition("/")[2]
        if above:
            words.append(rf"\b{re.escape(above)}\.{re.escape(stem)}\b")
            words.append(rf"from [\w.]*\b{re.escape(above)} import [^\n]*\b{re.escape(stem)}\b")
        words.append(rf"^\s*(?:import|from) {re.escape(stem)}\b")
        words.append(rf"from \.+ import [^\n]*\b{re.escape(stem)}\b|from \.+{re.escape(stem)} import")
    elif ending(path) in SCRIPTS:
        words.append(rf"[\"'/]{re.escape(stem)}[\"']|\bmod {re.escape(stem)};")
        if ending(path) in ("java", "kt", "scala", "cs"):
            words.append(rf"\b{re.escape(stem)}\b")
    return re.compile("|".join(words), re.MULTILINE)
