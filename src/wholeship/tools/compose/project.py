"""A Compose project: its files merged, with what they include and extend, as its services are built.

compose-go ``loader``. Files are merged in order; ``include`` brings in whole projects with an ``.env`` of
their own, ``extends`` lays a service over another; paths in either are seen from the file they stand in.
"""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from wholeship.core.values import dataclass
from wholeship.texts.template import Template
from wholeship.tools.compose.interpolate import Lookup, NotCompose, read_settings, under
from wholeship.tools.compose.tree import (
    Document,
    Node,
    Tree,
    compose_documents,
    enforce_unique,
    merge_files,
    merge_service,
    scalar_text,
    sequence,
)

Read = Callable[[str], str | None]
"""The text of a file, its path as seen from where the command runs."""


@dataclass(frozen=True, slots=True)
class ServiceBuild:
    """``build`` of a service. An argument without a value is None."""

    context: Template
    dockerfile: Template | None = None
    inline: Template | None = None
    target: Template | None = None
    args: Mapping[str, Template | None] = field(default_factory=dict)
    contexts: Mapping[str, Template] = field(default_factory=dict)
    tags: tuple[Template, ...] = ()
    platforms: tuple[Template, ...] = ()
    cache_to: tuple[Template, ...] = ()
    bake: Tree = field(default_factory=dict)
    """``x-bake``: what is for bake only."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, as far as it says how an image is made and what it is called."""

    name: str
    image: Template | None = None
    build: ServiceBuild | None = None
    platform: Template | None = None
    profiles: tuple[Template, ...] = ()


def read_project(files: Sequence[str], read: Read, lookup: Lookup, folder: str = "") -> tuple[Service, ...]:
    """The services of *files*, whatever their profiles; raises NotCompose.

    Paths in the files are seen from *folder*, the project's directory.
    *lookup* gives the variables of the environment, those of ``.env`` included (see :func:`with_settings`).
    """
    loader = _Loader(read, lookup, folder)
    try:
        tree = loader.load(files, ())
        services = _mapping(tree.get("services"), "services")
        return tuple(_service(name, body, lookup, read) for name, body in services.items())
    except RecursionError as error:
        raise NotCompose("the project is nested too deeply") from error


def with_settings(read: Read, lookup: Lookup, path: str = ".env") -> Lookup:
    """*lookup* with the variables of the ``.env`` file under it; raises NotCompose."""
    settings = read(path)
    return lookup if settings is None else under(lookup, read_settings(settings, lookup))


def _mapping(value: Node, name: str) -> Tree:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotCompose(f"{name} is no mapping")
    return value


MOST_FILES = 200
"""Projects that read more files than this are not read."""


@dataclass(frozen=True, slots=True)
class _Loader:
    """Loads files. Paths are joined to ``folder``; ``included`` are the files that led here."""

    read: Read
    lookup: Lookup
    folder: str
    loaded: list[str] = field(default_factory=list)
    """All files that were read so far, by all loaders of a project."""

    def load(self, files: Sequence[str], included: tuple[str, ...]) -> Tree:
        total: Tree = {}
        for file in files:
            for document in self._documents(file):
                total = self._laid_over(total, document, file, included)
        return _resolved(total, self.folder)

    def _documents(self, file: str) -> list[Document]:
        self.loaded.append(file)
        if len(self.loaded) > MOST_FILES:
            raise NotCompose("the project has too many files")
        content = self.read(file)
        if content is None:
            raise NotCompose(f"there is no file {file}")
        return compose_documents(content, self.lookup)

    def _laid_over(self, below: Tree, document: Document, file: str, included: tuple[str, ...]) -> Tree:
        tree = document.tree
        for entry in _includes(tree.pop("include", None)):
            tree = self._imported(tree, entry, document, (*included, file))
        document.apply(below)
        services = _mapping(tree.get("services"), "services")
        for name in list(services):
            services[name] = self._extended(name, services, document, file, ())
        merged = merge_files(below, {**tree, "services": services})
        return {**merged, "services": _unique_services(merged)}

    # include

    def _imported(self, tree: Tree, entry: _Include, document: Document, included: tuple[str, ...]) -> Tree:
        paths = [_join(self.folder, path) for path in entry.paths]
        if not paths:
            raise NotCompose("include names no file")
        if paths[0] in included:
            raise NotCompose(f"{paths[0]} includes itself")
        folder = _join(self.folder, entry.folder) if entry.folder else posixpath.dirname(paths[0])
        lookup = self.lookup
        for file in entry.settings or (_join(folder, ".env"),):
            path = _join(self.folder, file) if entry.settings else file
            if entry.settings and path != "/dev/null" and self.read(path) is None:
                raise NotCompose(f"there is no file {path}")
            lookup = with_settings(self.read, lookup, path)
        found = _Loader(self.read, lookup, folder, self.loaded).load(paths, included)
        return _with_services(tree, found, document)

    # extends

    def _extended(
        self, name: str, services: Tree, document: Document, file: str, seen: tuple[tuple[str, str], ...]
    ) -> Node:
        body = services.get(name)
        if not isinstance(body, dict) or "extends" not in body:
            return body
        if (file, name) in seen:
            raise NotCompose(f"service {name} extends itself")
        base, other = _extends(body["extends"], name)
        inner, inner_document, inner_file = services, document, file
        if other is not None:
            inner_file = _join(self.folder, other)
            inner, inner_document = self._borrowed(inner_file)
        if base not in inner:
            raise NotCompose(f"service {name} extends {base}, which is not there")
        below = self._extended(base, inner, inner_document, inner_file, (*seen, (file, name)))
        if not isinstance(below, dict):
            return body
        laid = copy.deepcopy(below)
        document.apply({"services": {name: laid}})
        made = merge_service(laid, body)
        made.pop("extends", None)
        services[name] = made
        return made

    def _borrowed(self, file: str) -> tuple[Tree, Document]:
        """The services of another file that is only extended from."""
        total: Tree = {}
        last = Document({})
        for last in self._documents(file):
            last.apply(total)
            total = merge_files(total, last.tree)
        resolved = _resolved(total, posixpath.dirname(file), defaults=False)
        return _mapping(resolved.get("services"), "services"), last


@dataclass(frozen=True, slots=True)
class _Include:
    paths: tuple[str, ...]
    folder: str = ""
    settings: tuple[str, ...] = ()


def _includes(value: Node) -> Iterator[_Include]:
    if value is None:
        return
    if not isinstance(value, list):
        raise NotCompose("include is no list")
    for each in value:
        if isinstance(each, Template):
            yield _Include((_plain(each),))
            continue
        given = _mapping(each, "include")
        folder = given.get("project_directory")
        yield _Include(
            tuple(map(_plain, sequence(given.get("path")))),
            _plain(folder) if folder is not None else "",
            tuple(map(_plain, sequence(given.get("env_file")))),
        )


def _plain(value: Node) -> str:
    """A path; raises NotCompose where it is known only in the run."""
    found = scalar_text(value).literal
    if not found:
        raise NotCompose(f"a path is not known: {value}")
    return found


def _join(folder: str, path: str) -> str:
    whole = path if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
    return "" if whole == "." else whole


def _with_services(tree: Tree, imported: Tree, document: Document) -> Tree:
    own = dict(_mapping(tree.get("services"), "services"))
    for name, body in _mapping(imported.get("services"), "services").items():
        if name not in own:
            own[name] = body
        elif body != own[name]:
            document.apply({"services": {name: body}})
            own[name] = merge_service(_mapping(body, name), _mapping(own[name], name))
    return {**tree, "services": own}


def _extends(value: Node, name: str) -> tuple[str, str | None]:
    if isinstance(value, Template):
        return _plain(value), None
    given = _mapping(value, "extends")
    if "service" not in given:
        raise NotCompose(f"service {name} extends nothing")
    file = given.get("file")
    return _plain(given["service"]), _plain(file) if file is not None else None


def _unique_services(tree: Tree) -> Tree:
    services = _mapping(tree.get("services"), "services")
    return {
        name: enforce_unique(_canonical(body)) if isinstance(body, dict) else body
        for name, body in services.items()
    }


def _canonical(service: Tree) -> Tree:
    build = service.get("build")
    return {**service, "build": {"context": build}} if isinstance(build, Template) else service


# Paths


def _resolved(tree: Tree, folder: str, *, defaults: bool = True) -> Tree:
    """*tree* with the paths of its services as seen from where the command runs."""
    services = {
        name: _placed(_canonical(body), folder, defaults) if isinstance(body, dict) else body
        for name, body in _mapping(tree.get("services"), "services").items()
    }
    return {**tree, "services": services}


def _placed(service: Tree, folder: str, defaults: bool) -> Tree:
    made = dict(service)
    build = made.get("build")
    if isinstance(build, dict):
        made["build"] = _placed_build(build, folder, defaults)
    extends = made.get("extends")
    if isinstance(extends, dict) and isinstance(extends.get("file"), Template):
        made["extends"] = {**extends, "file": _path(scalar_text(extends["file"]), folder)}
    return made


def _placed_build(build: Tree, folder: str, defaults: bool) -> Tree:
    made = dict(build)
    if "context" not in made and defaults:
        made["context"] = Template.of(".")
    if made.get("context") is not None:
        made["context"] = _path(scalar_text(made["context"]), folder)
    contexts = dict(pairs_of(made.get("additional_contexts")))
    if contexts:
        made["additional_contexts"] = {
            key: _path(value, folder) if value is not None else None for key, value in contexts.items()
        }
    return made


_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@", "service:")


def _path(path: Template, folder: str) -> Template:
    head = path.head
    if "://" in head or head.startswith((*_REMOTE, "/", "~")) or not path.parts:
        return path
    if path.literal is not None:
        return Template.of(posixpath.normpath(posixpath.join(folder, path.literal)))
    return Template.of(f"{folder}/", path) if folder else path


def pairs_of(value: Node) -> Iterator[tuple[str, Template | None]]:
    """The pairs of a mapping or of a list of ``KEY=VALUE``; a key alone has no value."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key, None if each is None else scalar_text(each)
        return
    for item in sequence(value):
        name, rest = scalar_text(item).cut("=")
        yield str(name), rest


# Services


def _service(name: str, body: Node, lookup: Lookup, read: Read) -> Service:
    given = _mapping(body, name)
    image = given.get("image")
    made = Service(
        name,
        scalar_text(image) if image is not None else None,
        platform=scalar_text(given["platform"]) if given.get("platform") is not None else None,
        profiles=tuple(map(scalar_text, sequence(given.get("profiles")))),
    )
    build = given.get("build")
    if not isinstance(build, dict):
        return made
    return replace(made, build=_service_build(build, given, lookup, read))


def _service_build(build: Tree, service: Tree, lookup: Lookup, read: Read) -> ServiceBuild:
    def one(key: str) -> Template | None:
        return scalar_text(build[key]) if build.get(key) is not None else None

    def many(key: str) -> tuple[Template, ...]:
        return tuple(map(scalar_text, sequence(build.get(key))))

    args = dict(pairs_of(build.get("args")))
    if None in args.values():
        args = _filled(args, service, lookup, read)
    return ServiceBuild(
        one("context") or Template.of("."),
        one("dockerfile"),
        one("dockerfile_inline"),
        one("target"),
        args,
        {key: value for key, value in pairs_of(build.get("additional_contexts")) if value is not None},
        many("tags"),
        many("platforms"),
        many("cache_to"),
        _mapping(build.get("x-bake"), "x-bake"),
    )


def _filled(
    args: Mapping[str, Template | None], service: Tree, lookup: Lookup, read: Read
) -> dict[str, Template | None]:
    """Arguments without a value get that of the service's environment, else of the command's."""
    settings: dict[str, Template] = {}
    for each in sequence(service.get("env_file")):
        path = each.get("path") if isinstance(each, dict) else each
        content = read(_plain(path))
        if content is not None:
            settings |= read_settings(content, under(lookup, settings))
    own = dict(pairs_of(service.get("environment")))
    known = {**settings, **{key: value if value is not None else lookup(key) for key, value in own.items()}}
    return {key: value if value is not None else known.get(key) or lookup(key) for key, value in args.items()}
