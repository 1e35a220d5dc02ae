"""Which files of the repository a program writes anew: editors in place, and tools that raise a version.

What such a file says afterwards is no text of the commit any more. What a script that it holds does is taken
to stay as it was: a version is not what runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.names import HEAD, LEG
from wholeship.texts.template import Hole, Kind, Origin, Template, Value

Read = Callable[[str], str | None]
VERSION_FILES = tuple(
    "VERSION VERSION.txt version.txt .version package.json lerna.json pyproject.toml setup.py setup.cfg"
    " Cargo.toml pom.xml Chart.yaml build.gradle build.gradle.kts gradle.properties version.go"
    " composer.json".split()
)
"""Where a project says its version."""
_JAVASCRIPT, _PYTHON, _RUST, _JAVA = ("package.json",), ("pyproject.toml",), ("Cargo.toml",), ("pom.xml",)
MANIFESTS = {
    **dict.fromkeys(("npm", "node", "yarn", "pnpm"), _JAVASCRIPT[0]),
    **dict.fromkeys(("poetry", "hatch", "pdm"), _PYTHON[0]),
    "cargo": _RUST[0],
    "mvn": _JAVA[0],
    "gradle": "gradle.properties",
}
"""Programs that say what stands in a file which nobody names to them."""


def rewritten(words: Sequence[Template], read: Read) -> list[str]:
    """The files (from where *words* run) that are another text afterwards, of those that *read* knows."""
    name = (words[0].literal or "").rpartition("/")[2] if words else ""
    reader = _REWRITERS.get(name)
    if reader is None:
        return []
    found = reader(name, [word.literal or "" for word in words[1:]], read)
    return [path for path in dict.fromkeys(found) if path and read(path) is not None]


def text_after(words: Sequence[Template], path: str, before: Value | None) -> Value:
    """What stands at *path* after *words*: the same wherever they do this to the same file of one commit."""
    holes = [hole for word in words for hole in word.holes]
    line = f"{path if before is None else before} after {' '.join(map(str, words))}"
    kinds = frozenset(kind for hole in holes for kind in hole.kinds)
    own = _CHANGES.search(line) is not None or any(hole.origin is Origin.JOB for hole in holes)
    kinds |= {Kind.OUTPUT} if own else {Kind.FILE}
    if before is not None:
        kinds |= {kind for option in before.options for hole in option.holes for kind in hole.kinds}
    return Value.of(Template.of(Hole(line, kinds, LEG if own else HEAD)))


_CHANGES = lazy_pattern(r"date|time|random|uuid|now\b|env\b|ENV\b|\bpython|\bnode\b|\bruby\b")
"""What may be another text each time: a clock, what a script of the repository does."""


def _in_place(_name: str, words: Sequence[str], _read: Read) -> Iterator[str]:
    """``sed -i``, ``perl -pi``, ``yq -i``."""
    if any(re.match(r"-[a-zA-Z0-9]*i|--in-?place", word) for word in words):
        yield from (word for word in words if word[:1] != "-")


def _named(_name: str, words: Sequence[str], _read: Read) -> Iterator[str]:
    """``ed FILE``, ``crudini --set FILE …``, ``dd of=FILE``."""
    yield from (word.removeprefix("of=") for word in words if word[:1] != "-" and word[:3] != "if=")


def _awk(_name: str, words: Sequence[str], read: Read) -> Iterator[str]:
    yield from re.findall(r">\s*\"([^\"]+)\"", " ".join(words))
    yield from _named("", words, read) if "inplace" in words else ()


def _sponge(_name: str, words: Sequence[str], _read: Read) -> Iterator[str]:
    yield from words


def _javascript(name: str, words: Sequence[str], read: Read) -> Iterator[str]:
    """``npm version patch``; ``yarn changeset version`` and the like raise any."""
    given = [word for word in words if word[:1] != "-"]
    while given and given[0] in ("exec", "run", "dlx", "x"):
        given = given[1:]
    if given[:2] == ["pkg", "set"] or (given[:1] == ["version"] and (len(given) > 1 or name != "npm")):
        yield from _JAVASCRIPT
    elif given and given[0] in _RELEASERS:
        yield from _any_version(given[0], given[1:], read)


def _with_verbs(files: Sequence[str], *verbs: str) -> Callable[[str, Sequence[str], Read], Iterator[str]]:
    """One of *verbs* among the words, with a word behind ``version``, writes *files*."""

    def reader(_name: str, words: Sequence[str], _read: Read) -> Iterator[str]:
        given = [word for word in words if word[:1] != "-"]
        raised = "version" in given[:-1] or any("--bump" in word for word in words)
        if raised or any(word.startswith(verb) for word in given for verb in verbs):
            yield from files

    return reader


def _any_version(name: str, words: Sequence[str], read: Read) -> Iterator[str]:
    """Tools that raise a version wherever they are told to."""
    if name == "changeset" and "version" not in words:
        return
    yield from VERSION_FILES
    for config in (
        ".bumpversion.cfg",
        ".bumpversion.toml",
        "setup.cfg",
        "pyproject.toml",
        ".cz.toml",
        "tbump.toml",
    ):
        yield from re.findall(r"(?:file:|filename\s*=\s*\"|src\s*=\s*\")([^\]\")]+)", read(config) or "")


def _code(_name: str, words: Sequence[str], read: Read) -> Iterator[str]:
    """What code names: it may write it."""
    script = next((word for word in words if word[:1] != "-"), "")
    for text in (" ".join(words), read(script) or ""):
        if _WRITES.search(text):
            yield from re.findall(r"[\"'`]([\w./-]{1,100})[\"'`]", text)
            yield from words


_WRITES = lazy_pattern(
    r"write|open\(|\.dump|shutil|rename|replace\(|fileinput|copyFile|createWriteStream|File\."
)
_RELEASERS = frozenset(
    "bump2version bumpversion bump-my-version tbump cz commitizen standard-version commit-and-tag-version"
    " changeset lerna semantic-release release-it cargo-release versionize auto shipit".split()
)
_Rewriter = Callable[[str, Sequence[str], Read], Iterator[str]]
_REWRITERS: dict[str, _Rewriter] = {
    **dict.fromkeys(("sed", "gsed", "perl", "yq", "ruby"), _in_place),
    **dict.fromkeys(("ed", "ex", "dd", "crudini", "dasel", "toml", "truncate", "xmlstarlet"), _named),
    **dict.fromkeys(("awk", "gawk"), _awk),
    "sponge": _sponge,
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _javascript),
    "cargo": _with_verbs(_RUST, "set-version", "release", "bump", "workspaces"),
    **dict.fromkeys(("poetry", "hatch", "pdm", "uv"), _with_verbs(_PYTHON, "bump")),
    **dict.fromkeys(("mvn", "mvnw"), _with_verbs(_JAVA, "versions:", "release:", "build-helper:")),
    **dict.fromkeys(_RELEASERS, _any_version),
    **dict.fromkeys(("python", "python3", "node", "deno"), _code),
}
