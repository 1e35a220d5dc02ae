"""Python of the repository: whether it, or a module of the repository that it imports, may push an image.

It is harmless where every program that it starts is known, and known to push none, and where nothing is run
that only the run can name. Texts are put together as far as the code says them (``"dock" + "er"``).
"""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.core.python_trees import parse_python
from wholeship.core.values import dataclass

Harmless = Callable[[Sequence[str]], bool]
"""Whether a command line pushes nothing; words that nobody knows are ``UNKNOWN``."""
Look = Callable[[str], str | None]
UNKNOWN = "\0"
FILES = 60
"""More modules than these are not followed: then it may push."""
_DEPTH = 6
_RUNNERS_OF = {
    "subprocess": "run call check_call check_output Popen getoutput getstatusoutput",
    "os": "system popen execl execle execlp execlpe execv execve execvp execvpe spawnl spawnle spawnlp"
    " spawnlpe spawnv spawnve spawnvp spawnvpe posix_spawn posix_spawnp startfile",
    "pty": "spawn",
    "commands": "getoutput getstatusoutput",
    "asyncio": "create_subprocess_exec create_subprocess_shell",
    "asyncio.subprocess": "create_subprocess_exec create_subprocess_shell",
}
_RUNNERS = frozenset(f"{module}.{name}" for module, names in _RUNNERS_OF.items() for name in names.split())
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | None
_LISTED = lazy_pattern(r"\.(?:exec[lv]\w*|posix_spawn\w*)\Z")
_SPAWNED = lazy_pattern(r"^os\.spawn")
_DYNAMIC_NAMES = """
    exec eval execfile runpy.run_path runpy.run_module importlib.import_module __import__
    django.core.management.execute_from_command_line django.core.management.call_command
    importlib.metadata.entry_points pkg_resources.load_entry_point pkg_resources.iter_entry_points
    importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader os.fork
    """
_DYNAMIC = frozenset(_DYNAMIC_NAMES.split())
"""What runs code that is named in the run only; a name that is written out is followed."""
_HANDED = (_RUNNERS | _DYNAMIC) - {"exec", "eval"}
_BY_NAME = frozenset(("importlib.import_module", "__import__", "runpy.run_module"))
_LIBRARIES_NAMES = """
    docker python_on_whales podman sh plumbum fabric fabric2 invoke pexpect paramiko delegator envoy dagger
    testcontainers nox doit luigi ansible ansible_runner pants buildah oras nuke dockerfile kubernetes
    """
_LIBRARIES = frozenset(_LIBRARIES_NAMES.split())
"""Libraries that push images, or run what they are told by ways that are not read here."""
_PUBLISHERS = lazy_pattern(r"push|publish|release|deploy|promote|\bship|registry|image|container|docker")
"""What a library is called that may push, or that something else will have put into the work tree."""
_SERVERS = "http urllib requests httpx aiohttp socket urllib3 pycurl boto3 google azure ghapi"
_NETWORK = frozenset(_SERVERS.split())
_IMAGES = lazy_pattern(
    r"/v2/|manifests/|dispatches|docker|podman|skopeo|\bcrane\b|imagetools|ghcr\.io|gcr\.io|\becr\b|codebuild|cloudbuild"
)


@dataclass(slots=True)
class _Module:
    """One file: its tree, what its names stand for, what is assigned, and its functions by name."""

    path: str
    tree: ast.Module
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[ast.expr]] = field(default_factory=dict)
    grown: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Program:
    """All modules that run; *roots* are the folders in which Python looks for those that are imported."""

    look: Look
    by: Look
    roots: tuple[str, ...]
    modules: list[_Module] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    problem: str = ""


_parsed = lru_cache(maxsize=512)(parse_python)


def what_may_push(text: str, path: str, look: Look, by: Look, harmless: Harmless) -> str:
    """What in the code *text* (of the file *path*; "" is a text that is given) may push; empty: nothing.

    *look* gives the text of a file from where the program runs, *by* says who may have put another there.
    """
    program = _Program(look, by, tuple(dict.fromkeys((posixpath.dirname(path), "", "src", "lib"))))
    try:
        _load(program, text, path)
        found = program.problem or next(_runs(program, harmless), "")
    except RecursionError:
        return "code that is nested too deeply"
    return found


def _load(program: _Program, text: str, path: str) -> None:
    tree = _parsed(text)
    if tree is None or len(program.modules) >= FILES:
        program.problem = program.problem or f"{path or 'code'}, which could not be read"
        return
    module = _Module(path, tree)
    program.modules.append(module)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for each in names:
                    module.names[each.asname or each.name.partition(".")[0]] = (
                        each.name if each.asname else each.name.partition(".")[0]
                    )
                    _import(program, each.name)
            case ast.ImportFrom(module=name, names=names, level=level):
                for each in names:
                    module.names[each.asname or each.name] = f"{name or ''}.{each.name}"
                inside = _up(path, level) if level else None
                _import(program, name or "", tuple(each.name for each in names), inside)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                module.values.setdefault(name, []).append(value)
            case ast.AugAssign(target=ast.Name(id=name)):
                module.grown.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "insert")):
                module.grown.add(name)
            case ast.Call(func=func, args=[ast.Constant(value=str(given)), *_]) if (
                _qualified(func, module) in _BY_NAME
            ):
                _import(program, given)
            case _:
                pass


def _up(path: str, level: int) -> str:
    folder = posixpath.dirname(path)
    for _ in range(level - 1):
        folder = posixpath.dirname(folder)
    return folder


def _import(program: _Program, name: str, names: Sequence[str] = (), inside: str | None = None) -> None:
    """Takes in what an import runs, where the repository has it; *inside*: the package of a relative one."""
    parts = name.split(".") if name else []
    steps = ["/".join(parts[: at + 1]) for at in range(len(parts))]
    steps += ["/".join([*parts, each]) for each in names if each != "*"]
    for root in program.roots if inside is None else (inside,):
        places = (posixpath.join(root, f"{step}{end}") for step in steps for end in (".py", "/__init__.py"))
        if sum([_take_in(program, posixpath.normpath(place), parts, inside) for place in places]):
            return
    top = parts[0] if parts else ""
    named = top not in sys.stdlib_module_names and _PUBLISHERS.search(top) is not None
    if top in _LIBRARIES or named or (inside is not None and top):
        program.problem = program.problem or f"the module {name}, which is not read"


def _take_in(program: _Program, path: str, parts: Sequence[str], inside: str | None) -> bool:
    """Reads the module at *path*; False: there is none."""
    who = program.by(path)
    if who is not None and (inside is not None or parts[0] not in sys.stdlib_module_names):
        program.problem = program.problem or f"{path}, which {who} may have put there"
    text = program.look(path)
    if text is None:
        return False
    if path not in program.seen:
        program.seen.add(path)
        _load(program, text, path)
    return True


def started_lines(text: str) -> Iterator[str]:
    """The command lines that the code *text* starts, as far as it says them."""
    program = _Program(lambda _path: None, lambda _path: None, ())
    _load(program, text, "")
    for module in program.modules:
        for scope, node in _scoped(module.tree, None):
            if isinstance(node, ast.Call) and _qualified(node.func, module) in _RUNNERS and node.args:
                lines = _lines(program, module, scope, node.args[0], 0)
                yield from (" ".join(line) for line in lines if line is not None)
                yield from (text for text in _fold(node.args[0], module, 0) if text)


# What runs


def _qualified(node: ast.expr, module: _Module) -> str:
    """The dotted name that *node* stands for, with imports in their place; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([module.names.get(node.id, node.id), *reversed(parts)])


def _runs(program: _Program, harmless: Harmless) -> Iterator[str]:
    """What may push, of everything that *program* starts."""
    for module in program.modules:
        where = module.path or "the code"
        speaks = any(each.partition(".")[0] in _NETWORK for each in module.names.values())
        if speaks and any(_IMAGES.search(text) for text in _texts(module)):
            yield f"{where}, which speaks to a server about images"
        called: set[int] = set()
        for scope, node in _scoped(module.tree, None):
            if isinstance(node, ast.Call):
                name = _qualified(node.func, module)
                called.add(id(node.func))
                if name in _RUNNERS and not _known(program, (module, scope), node, harmless):
                    yield f"{where}, which runs a program that may push or is not known"
                by_name = node.args[:1] and isinstance(node.args[0], ast.Constant) and name in _BY_NAME
                if name in _DYNAMIC and not by_name:
                    yield f"{where}, which runs code that only the run knows"
                if name == "getattr" and node.args and _qualified(node.args[0], module) in _RUNNERS_OF:
                    yield f"{where}, which runs something by a name that only the run knows"
            elif isinstance(node, ast.Name | ast.Attribute) and id(node) not in called:
                handed = _qualified(node, module) in _HANDED
                yield from (f"{where}, which hands on what runs programs",) if handed else ()


def _texts(module: _Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr):
            yield from (text for text in _fold(node, module, 0) if text)


def _scoped(node: ast.AST, scope: _Scope) -> Iterator[tuple[_Scope, ast.AST]]:
    """Every node with the function that it stands in; a call comes before what it calls."""
    for child in ast.iter_child_nodes(node):
        inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        yield scope, child
        yield from _scoped(child, inner)


def _known(program: _Program, here: tuple[_Module, _Scope], call: ast.Call, harmless: Harmless) -> bool:
    """Whether each command line that *call* can run is harmless."""
    module, scope = here
    name = _qualified(call.func, module)
    args = list(call.args)
    if _SPAWNED.match(name):
        args = args[1:]
    given = next((each.value for each in call.keywords if each.arg == "args"), None)
    first = given if given is not None else args[0] if args else None
    if first is None:
        return False
    if _LISTED.search(name) or name.endswith("create_subprocess_exec") or _SPAWNED.match(name):
        words = [*_words_of(first, module)[:1], *(w for each in args[1:] for w in _words_of(each, module))]
        return harmless(words)
    lines = list(_lines(program, module, scope, first, 0))
    return bool(lines) and all(line is not None and harmless(line) for line in lines)


def _lines(
    program: _Program,
    module: _Module,
    scope: _Scope,
    node: ast.expr,
    depth: int,
) -> Iterator[list[str] | None]:
    """The command lines that *node* can be; None: one that nobody knows."""
    if depth > _DEPTH:
        yield None
        return
    if isinstance(node, ast.IfExp):
        yield from _lines(program, module, scope, node.body, depth + 1)
        yield from _lines(program, module, scope, node.orelse, depth + 1)
    elif isinstance(node, ast.Name):
        at = _parameter(scope, node.id) if scope is not None else None
        if at is not None and scope is not None:
            yield from _given(program, scope.name, at, node.id, depth)
        elif node.id in module.values:
            for value in module.values[node.id]:
                for line in _lines(program, module, scope, value, depth + 1):
                    yield [*line, UNKNOWN] if line is not None and node.id in module.grown else line
        else:
            yield None
    elif isinstance(node, ast.Call) and _qualified(node.func, module) == "shlex.split" and node.args:
        yield from _lines(program, module, scope, node.args[0], depth + 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split":
        yield from _lines(program, module, scope, node.func.value, depth + 1)
    elif isinstance(node, ast.List | ast.Tuple) or (
        isinstance(node, ast.BinOp) and not _fold_one(node, module)
    ):
        yield _words_of(node, module)
    else:
        for text in _fold(node, module, 0):
            yield from _split(text)


def _parameter(scope: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> int | None:
    """Where *name* stands among the parameters of *scope*, -1 for ``*name``; None: it is none of them."""
    arguments = scope.args
    named = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg is not None and arguments.vararg.arg == name:
        return -1 - len([each for each in named if each not in ("self", "cls")])
    if name not in named:
        return None
    return named.index(name) - (named[0] in ("self", "cls"))


def _given(program: _Program, function: str, at: int, name: str, depth: int) -> Iterator[list[str] | None]:
    """What the function is given there, by all its calls; nothing where nobody calls it."""
    for module in program.modules:
        for scope, node in _scoped(module.tree, None):
            if not isinstance(node, ast.Call):
                called = _qualified(node, module).rpartition(".")[2] if isinstance(node, ast.Name) else ""
                if called == function and not _is_called(module, node):
                    yield None  # handed on
                continue
            if _last_name(node.func, module) != function or _qualified(node.func, module) in _RUNNERS:
                continue
            named = next((each.value for each in node.keywords if each.arg == name), None)
            if any(isinstance(each, ast.Starred) for each in node.args):
                yield None
            elif at < 0:
                yield [word for each in node.args[-1 - at :] for word in _words_of(each, module)]
            elif named is not None or at < len(node.args):
                value = named if named is not None else node.args[at]
                yield from _lines(program, module, scope, value, depth + 1)
            else:
                yield None


def _last_name(node: ast.expr, module: _Module) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return _qualified(node, module).rpartition(".")[2]


def _is_called(module: _Module, name: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) and each.func is name for each in ast.walk(module.tree))


def _words_of(node: ast.expr, module: _Module) -> list[str]:
    """The words of a list, those that nobody knows as ``UNKNOWN``."""
    if isinstance(node, ast.List | ast.Tuple):
        return [word for each in node.elts for word in _words_of(each, module)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _fold_one(node, module) is None:
        return [*_words_of(node.left, module), *_words_of(node.right, module)]
    if isinstance(node, ast.Name) and len(module.values.get(node.id, ())) == 1:
        value = module.values[node.id][0]
        if isinstance(value, ast.List | ast.Tuple) and node.id not in module.grown:
            return _words_of(value, module)
    if isinstance(node, ast.Attribute) and _qualified(node, module) == "sys.executable":
        return ["python3"]
    return [_fold_one(node, module) or UNKNOWN]


def _fold_one(node: ast.expr, module: _Module) -> str | None:
    """The text of *node*, where it is one; None: not known."""
    texts = set(_fold(node, module, 0))
    return texts.pop() if len(texts) == 1 and None not in texts else None


def _fold(node: ast.AST, module: _Module, depth: int) -> list[str | None]:
    """The texts that *node* can be, unknown parts as ``UNKNOWN``; None: it is no text that is known."""
    if depth > _DEPTH:
        return [None]
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Constant(value=int() | float() as number):
            return [str(number)]
        case ast.JoinedStr(values=parts):
            return _joined([_fold(each, module, depth + 1) for each in parts])
        case ast.FormattedValue(value=inner):
            return _fold(inner, module, depth + 1)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            pieces = [_fold(left, module, depth + 1), _fold(right, module, depth + 1)]
            if pieces == [[None], [None]] or any(isinstance(each, ast.List) for each in (left, right)):
                return [None]
            return _joined(pieces)
        case ast.BinOp(op=ast.Mod(), left=left):
            return [
                re.sub(r"%\S", UNKNOWN, text) if text else None for text in _fold(left, module, depth + 1)
            ]
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            texts = _fold(inner, module, depth + 1)
            return [re.sub(r"\{[^}]*\}", UNKNOWN, text) if text else None for text in texts]
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
        ):
            pieces = []
            for each in parts:
                pieces += [_fold(each, module, depth + 1), [between]]
            return _joined(pieces[:-1])
        case ast.Name(id=name) if name in module.values and name not in module.grown:
            return [text for value in module.values[name] for text in _fold(value, module, depth + 1)]
        case _:
            return [None]


def _joined(pieces: Sequence[list[str | None]]) -> list[str | None]:
    texts = [""]
    for options in pieces:
        texts = [f"{text}{UNKNOWN if each is None else each}" for text in texts for each in options[:4]][:16]
    return list(texts)


def _split(text: str | None) -> Iterator[list[str] | None]:
    """The command lines in a text for a shell."""
    if not text or re.search(r"[`]|\$\(|<\(|\beval\b|\bdo\b|\bthen\b", text):
        yield None
        return
    for piece in re.split(r"[;\n]|&&?|\|\|?", text):
        try:
            words = shlex.split(piece)
        except ValueError:
            yield None
            continue
        if words:
            yield words
