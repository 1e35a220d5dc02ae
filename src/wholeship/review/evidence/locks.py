"""Dependencies as values: lock files and lists of requirements, read whole on both sides where they can be.

tomllib, PyYAML and msgspec read the formats, packaging the requirements and versions. go.sum, Gemfile.lock
and Yarn's first format have no kept reader in Python: their lines are read here. A file that cannot be read
falls back to its changed lines, where anything new counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml
from msgspec import Struct

from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import LOCKS

if TYPE_CHECKING:
    from tomllib import loads
else:
    loads = late("tomllib:loads")

LIMIT = 64 * 1024 * 1024
"""Bytes of one file."""


class Package(Struct, frozen=True, order=True):
    """A package that a file asks for: its versions, where it comes from (empty: not said), and its bytes."""

    versions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


Packages = Mapping[str, Package]


class DependencyChange(Struct, frozen=True, order=True):
    """A package that a file asks for otherwise than before: added, moved, downgraded, alike another."""

    file: str
    name: str
    how: str


def find_dependency_changes(
    diff: Diff, kinds: Mapping[str, str], base: Path | None, head: Path | None
) -> tuple[DependencyChange, ...]:
    """What *diff* changes in lock files and lists of requirements, package by package."""
    found: list[DependencyChange] = []
    for file in diff.files:
        name = file.path.rpartition("/")[2]
        if file.is_deleted or not (name in LOCKS or kinds[file.shown] == "deps" or name in _OTHERS):
            continue
        both = _both(file, base, head)
        found += _compared(file, *both) if both is not None else _by_lines(file, kinds[file.shown])
    return tuple(sorted(set(found)))


def _both(file: ChangedFile, base: Path | None, head: Path | None) -> tuple[Packages, Packages] | None:
    now = read_packages(file.path, _bytes(head, file.path))
    before = {} if file.status == "A" else read_packages(file.old_path, _bytes(base, file.old_path))
    return None if now is None or before is None else (before, now)


def _compared(file: ChangedFile, before: Packages, now: Packages) -> Iterator[DependencyChange]:
    hosts = {host for package in before.values() for host in package.sources}
    for name, package in now.items():
        old = before.get(name)
        if old is None:
            strange = set(package.sources) - hosts
            if before and not name.startswith("\0"):
                is_list = file.path.rpartition("/")[2] not in LOCKS
                how = "alike" if is_list and any(_is_alike(name, other) for other in before) else "added"
                yield DependencyChange(file.shown, name, how)
            if strange and (before or any("git" in each or not _USUAL.search(each) for each in strange)):
                yield DependencyChange(file.shown, name.lstrip("\0") or "an index", "moved")
        elif set(package.sources) - set(old.sources):
            yield DependencyChange(file.shown, name.lstrip("\0") or "an index", "moved")
        elif set(package.versions) == set(old.versions) and not _same_bytes(package, old):
            yield DependencyChange(file.shown, name, "moved")
        elif _is_older(package.versions, old.versions):
            yield DependencyChange(file.shown, name, "downgraded")


def _is_alike(name: str, other: str) -> bool:
    """Whether two names differ in one letter, or two that changed places: a package that poses as another."""
    if min(len(name), len(other)) < 5 or abs(len(name) - len(other)) > 1 or name == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), len(other))
    rest, others = name[start:], other[start:]
    swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return swapped or rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]


def _same_bytes(now: Package, before: Package) -> bool:
    """Whether some file of the package is what it was; what nobody said before, nobody can change."""
    return not before.hashes or bool(set(now.hashes) & set(before.hashes))


def _is_older(now: tuple[str, ...], before: tuple[str, ...]) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        newest = [max(Version(each) for each in versions) for versions in (now, before) if versions]
    except InvalidVersion:
        return False
    return len(newest) == 2 and newest[0] < newest[1]


def read_packages(path: str, content: bytes | None) -> Packages | None:
    """The packages that the file at *path* asks for; None: it cannot be read, or is of no known format."""
    name = path.rpartition("/")[2]
    reader = _READERS.get(name) or (_requirements if name.endswith((".txt", ".in")) else None)
    if content is None or reader is None or len(content) > LIMIT:
        return None
    try:
        return _joined(reader(content))
    except (
        *(ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError),
        *(msgspec.DecodeError, yaml.YAMLError),
    ):
        return None


def _joined(found: Iterable[tuple[str, ...]]) -> Packages:
    parts: dict[str, list[set[str]]] = {}
    for name, *said in found:
        known = parts.setdefault(name, [set(), set(), set()])
        for place, value in enumerate(said):
            known[place] |= set(value.split()) if place == 2 else {value} - {""}
    return {name: Package(*(tuple(sorted(each)) for each in known)) for name, known in parts.items()}


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Found = Iterator[tuple[str, ...]]
"""Name, version, source, and the hashes of its files with spaces between; what is not known is empty."""


def _host(address: object) -> str:
    """Where an address leads: its host, and for a repository its path too, since one host has everybody's."""
    text = str(address or "")
    match = re.match(
        r"(?:git\+|registry\+|sparse\+)?(?:https?|ssh|git|file)://(?:[^/@\s]+@)?([^/\s]+)(/[^#?\s]*)?", text
    )
    if match is None:
        return "" if not text or re.fullmatch(r"[\w.^~*<>=| -]+", text) else text.partition("#")[0]
    is_archive = re.search(r"\.(?:tgz|tar\.gz|whl|zip|crate)$", match[2] or "")
    repository = "git" in text.partition(":")[0] or (match[2] or "").endswith(".git") or match[1] in _FORGES
    return match[1] + (match[2] or "" if repository or not is_archive else "")


_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeload.github.com", "raw.githubusercontent.com")
_USUAL = lazy_pattern(
    r"^(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|files\.pythonhosted\.org"
    r"|github\.com/rust-lang)"
)


def _npm(content: bytes) -> Found:
    document = msgspec.json.decode(content)
    for place, package in (document.get("packages") or {}).items():
        if place:
            name = place.rpartition("node_modules/")[2]
            yield (
                name,
                package.get("version", ""),
                _npm_source(name, package),
                str(package.get("integrity", "")),
            )
    yield from _npm_old(document.get("dependencies") or {})


def _npm_source(name: str, package: Mapping[str, Any]) -> str:
    """The host; for an archive that is called otherwise than the package, its address."""
    address = str(package.get("resolved") or "")
    called = str(package.get("name") or name)
    if called != name:
        return f"{_host(address)} as {called}"
    if address.startswith("http") and f"/{called}/" not in address.replace("%2f", "/").replace("%2F", "/"):
        return address.partition("#")[0]
    return _host(address)


def _npm_old(packages: Mapping[str, Any]) -> Found:
    for name, package in packages.items():
        yield name, package.get("version", ""), _npm_source(name, package), str(package.get("integrity", ""))
        yield from _npm_old(package.get("dependencies") or {})


def _package_json(content: bytes) -> Found:
    document = msgspec.json.decode(content)
    for part in (
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
        "resolutions",
        "overrides",
    ):
        for name, wanted in (document.get(part) or {}).items():
            yield (
                name,
                str(wanted).lstrip("^~>=v "),
                _host(wanted) if isinstance(wanted, str) else str(wanted),
            )


def _toml_packages(content: bytes) -> Found:
    """poetry.lock, uv.lock, Cargo.lock."""
    for package in loads(content.decode()).get("package", ()):
        source = package.get("source") or ""
        if isinstance(source, dict):
            source = next(
                (str(source[key]) for key in ("url", "registry", "git", "path", "editable") if key in source),
                "",
            )
        files = " ".join(
            str(each.get("hash", "")) for each in package.get("files", ()) if isinstance(each, dict)
        )
        files += " ".join(str(each.get("hash", "")) for each in package.get("wheels", ()))
        yield (
            package["name"],
            package.get("version", ""),
            _host(source),
            f"{files} {package.get('checksum', '')}",
        )


def _cargo(content: bytes) -> Found:
    document = loads(content.decode())
    for part in ("dependencies", "dev-dependencies", "build-dependencies"):
        for name, wanted in (document.get(part) or {}).items():
            known = wanted if isinstance(wanted, dict) else {"version": wanted}
            yield (
                name,
                str(known.get("version", "")).lstrip("^~=v "),
                _host(known.get("git") or known.get("registry") or ""),
            )
    for source, known in (document.get("source") or {}).items():
        yield f"\0{source}", "", str(known)
    for registry in (document.get("patch") or {}).values():
        for name, known in registry.items():
            yield f"\0{name}", "", str(known)


def _pyproject(content: bytes) -> Found:
    document = loads(content.decode())
    project, tools = document.get("project", {}), document.get("tool", {})
    groups = [project.get("dependencies", ()), *project.get("optional-dependencies", {}).values()]
    groups += [document.get("build-system", {}).get("requires", ())]
    groups += [
        [each for each in group if isinstance(each, str)]
        for group in document.get("dependency-groups", {}).values()
    ]
    for group in groups:
        yield from (_requirement(text) for text in group)
    for name, wanted in tools.get("poetry", {}).get("dependencies", {}).items():
        known = wanted if isinstance(wanted, dict) else {"version": wanted}
        yield (
            name,
            str(known.get("version", "")).lstrip("^~>=v "),
            _host(known.get("git") or known.get("url") or ""),
        )
    for index in (*tools.get("poetry", {}).get("source", ()), *tools.get("uv", {}).get("index", ())):
        yield f"\0{index.get('name', '')}", "", _host(index.get("url"))
    for name, source in tools.get("uv", {}).get("sources", {}).items():
        yield f"\0{name}", "", str(source)


def _requirement(text: str) -> tuple[str, str, str]:
    from packaging.requirements import Requirement

    wanted = Requirement(text)
    pinned = next(
        (each.version for each in wanted.specifier if each.operator in ("==", ">=", "~=", "===")), ""
    )
    return wanted.name.lower().replace("_", "-"), pinned, _host(wanted.url)


def _requirements(content: bytes) -> Found:
    text = re.sub(r"\\\r?\n", " ", content.decode())
    for line in text.splitlines():
        wanted = re.sub(r"(?:^|\s)#.*| --hash=\S+", "", line).strip()
        hashes = " ".join(re.findall(r"--hash=(\S+)", line))
        if re.match(r"-r |-c |--requirement|--constraint|--hash", wanted):
            continue
        if wanted.startswith("-"):
            yield "\0", "", wanted
        elif re.match(r"(?:git|hg|https?|file)[+:]", wanted):
            yield f"\0{wanted.partition('#')[2]}", "", _host(wanted)
        elif wanted:
            yield (*_requirement(wanted), hashes)


def _pipfile_lock(content: bytes) -> Found:
    document = msgspec.json.decode(content)
    for source in document.get("_meta", {}).get("sources", ()):
        yield f"\0{source.get('name', '')}", "", _host(source.get("url"))
    for part in ("default", "develop"):
        for name, package in document.get(part, {}).items():
            yield (
                name,
                str(package.get("version", "")).lstrip("="),
                _host(package.get("git") or package.get("file")),
            )


def _composer_lock(content: bytes) -> Found:
    document = msgspec.json.decode(content)
    for package in (*document.get("packages", ()), *document.get("packages-dev", ())):
        yield (
            package["name"],
            package.get("version", "").lstrip("v"),
            _host((package.get("source") or {}).get("url")),
        )


def _pnpm(content: bytes) -> Found:
    document = yaml.load(content, Loader=_LOADER)  # noqa: S506 - it is the safe one
    for key, package in (document.get("packages") or {}).items():
        name, _, version = key.lstrip("/").partition("(")[0].rpartition("@")
        source = (package or {}).get("resolution", {})
        where = _host(source.get("tarball") or source.get("repo") or "")
        yield name or version, version, where, str(source.get("integrity", ""))


def _go_sum(content: bytes) -> Found:
    for line in content.decode().splitlines():
        words = line.split()
        if len(words) == 3 and not words[1].endswith("/go.mod"):
            yield words[0], words[1].lstrip("v"), "", words[2]


def _go_mod(content: bytes) -> Found:
    for line in content.decode().splitlines():
        words = line.partition("//")[0].split()
        if "=>" in words:
            at = words.index("=>")
            yield (
                f"\0{next(w for w in words[:at] if w not in ('replace', '('))}",
                "",
                " ".join(words[at + 1 :]),
            )
        elif len(words) >= 2 and re.fullmatch(r"v\d\S*", words[-1]):
            yield words[-2], words[-1].lstrip("v"), ""


def _yarn(content: bytes) -> Found:
    """Yarn's first format; the later one is YAML, whose entries look alike line by line."""
    name = version = source = ""
    for line in content.decode().splitlines():
        if line and not line[0].isspace() and line.endswith(":") and not line.startswith("#"):
            if name:
                yield name, version, source
            name = line.strip('":').partition(",")[0].strip('" ').rpartition("@")[0]
            name, version, source = name.partition("@npm:")[0], "", ""
        elif match := re.match(r'\s+"?(version|resolved|resolution)"?:?\s+"?([^"\s]+)', line):
            if match[1] == "version":
                version = match[2]
            else:
                source = _host(match[2]) if "://" in match[2] else ""
    if name:
        yield name, version, source


def _gemfile_lock(content: bytes) -> Found:
    source = ""
    for line in content.decode().splitlines():
        if match := re.match(r"  remote: (\S+)", line):
            source = _host(match[1])
        elif match := re.match(r"    ([\w.-]+) \(([^)]+)\)", line):
            yield match[1], match[2].partition("-")[0], source


def _npmrc(content: bytes) -> Found:
    for number, line in enumerate(content.decode().splitlines()):
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            key, _, value = line.partition("=")
            is_place = "registry" in key
            yield f"\0{key.strip() if is_place else number}", "", value.strip() if is_place else ""


def _submodules(content: bytes) -> Found:
    section = ""
    for line in content.decode().splitlines():
        if line.startswith("["):
            section = line
        elif match := re.match(r"\s*(url|update|branch|path)\s*=\s*(.*)", line):
            yield f"\0{section} {match[1]}", "", match[2].strip()


_READERS: Mapping[str, Callable[[bytes], Found]] = {
    **dict.fromkeys(("package-lock.json", "npm-shrinkwrap.json"), _npm),
    **dict.fromkeys(("poetry.lock", "uv.lock", "Cargo.lock"), _toml_packages),
    **{"package.json": _package_json, "pyproject.toml": _pyproject, "Cargo.toml": _cargo, "go.mod": _go_mod},
    **{"go.sum": _go_sum, "yarn.lock": _yarn, "pnpm-lock.yaml": _pnpm, "Gemfile.lock": _gemfile_lock},
    **{"Pipfile.lock": _pipfile_lock, "composer.lock": _composer_lock},
    **{".npmrc": _npmrc, ".gitmodules": _submodules},
}
_OTHERS = frozenset((".npmrc", ".gitmodules", "pip.conf", ".yarnrc", ".yarnrc.yml", "pip.ini"))
"""Files that say where packages, or parts of the repository, come from."""

# -- without both sides ----------------------------------------------------------------------------

_ADDRESS = lazy_pattern(r"(?:git\+)?(?:https?|ssh|git|file)://(?:[^/@\s\"']+@)?([^/\s\"']+)")
_SOURCE = lazy_pattern(
    r"--(?:extra-)?index-url|--find-links|git\+(?:https?|ssh|file)|\s@ (?:https?|file)://"
    r'|":\s*"(?:git|https?|file|github:)[^"]*|\breplace\b.*=>|^\s*\S+ => \S'
    r"|(?:git|path|registry|index|url)\s*=\s*[\"']\S"
    r"|registry\s*[=:]|index-url\s*=|<repository>|<url>|maven\s*\{|url\s*[=(]|^\s*source ['\"]"
    r"|npmRegistryServer"
)
_NAME = lazy_pattern(
    r'\s*"node_modules/([^"]+)":|name = "([^"]+)"|\s*"name": "([^"]+)"|"?((?:@[\w.-]+/)?[\w.-]+)@[^\s]+:$'
    r"|\s+/?'?((?:@[\w.-]+/)?[\w.-]+)@[^\s]+:$|([\w./-]+) v\S+ h1:"
)


def _by_lines(file: ChangedFile, kind: str) -> Iterator[DependencyChange]:
    added = [line.text for line in file.lines]
    if file.path.rpartition("/")[2] in LOCKS:
        if _names(added) - _names(file.removed):
            yield DependencyChange(file.shown, min(_names(added) - _names(file.removed)), "added")
        before = _hosts(file.removed)
        if before and _hosts(added) - before:
            yield DependencyChange(file.shown, min(_hosts(added) - before), "moved")
        return
    before_text = set(file.removed)
    if any(_SOURCE.search(text) for text in added if text not in before_text):
        yield DependencyChange(file.shown, "a package", "moved")


def _names(lines: Iterable[str]) -> set[str]:
    return {next(filter(None, found.groups())) for line in lines if (found := _NAME.match(line))}


def _hosts(lines: Iterable[str]) -> set[str]:
    return {host for line in lines for host in _ADDRESS.findall(line)}


def _bytes(tree: Path | None, path: str) -> bytes | None:
    try:
        return (tree / path).read_bytes() if tree is not None else None
    except (OSError, ValueError):
        return None
