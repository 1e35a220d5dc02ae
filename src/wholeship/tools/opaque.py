"""Programs that nobody can read from the outside: known to push no image, or else they may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect, Opaque
from wholeship.shell.fetched import FETCHES, fetched_script
from wholeship.shell.foreign import part_of_tree
from wholeship.shell.spoken import says_a_push
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools import handed, python_code
from wholeship.tools.arguments import NOT_KNOWN, is_harmless, why_not
from wholeship.tools.noted import Kept
from wholeship.tools.python_code import UNKNOWN
from wholeship.tools.removals import removed_by_code
from wholeship.tools.targets import is_harmless_target

if TYPE_CHECKING:
    from wholeship.tools.world import World

_INTERPRETERS = "python python3 node ruby perl php bash sh zsh pwsh deno tsx ts-node Rscript lua groovy"
INTERPRETERS = frozenset(_INTERPRETERS.split())
"""They run code of the repository, when the next word is a file of it, or a text that they are given."""

_RUNNERS = """
    make gmake just task go-task mage invoke inv rake npm pnpm yarn bun nx turbo lerna moon ansible-playbook
    dagger nix concurrently run-p run-s npm-run-all hatch pdm rye mise wireit rush gulp grunt ant composer
"""
RUNNERS = frozenset(_RUNNERS.split())
"""They run what a file of the repository says."""

_PUBLISHING = lazy_pattern(
    r"push|publish|(?<!pre)release|deploy|promote|\bship\b|upload"
    r"|(?:build|make|create)\w*[-_./:]?\w*(?:image|docker|container)|(?:image|docker|container)s?[-_.]?build",
    re.IGNORECASE,
)
"""What a script or target is called that may publish; building images in a script often ends in a push."""

PACKAGE_MANAGERS = frozenset(("npm", "pnpm", "yarn", "bun"))
_IMAGES = lazy_pattern(
    r"docker|podman|buildah|skopeo|\bcrane\b|regctl|\boras\b|nerdctl|imagetools|registry|container|kaniko|\bko\b"
    r"|\bimages?\b|bake|compose|buildx|ghcr|gcr\.io|\becr\b|helm|\bmake\b|goreleaser|earthly|\.sh\b",
    re.IGNORECASE,
)
"""Words without one of which a program that runs others does not speak of images."""
_RUNS = lazy_pattern(
    r"subprocess|system|popen|exec|spawn|fork|eval|import_module|__import__|child_process|zx|http|requests|socket|`"
    r"|docker",
    re.IGNORECASE,
)
"""Ways of Python, JavaScript and Ruby to run a program or to speak to a server."""
_ELSEWHERE = lazy_pattern(
    r"""^\s*(?:from\s+\.|import\s+\.|require_relative)|(?:require\(|from\s|import\(|import\s)\s*["'`]\."""
    r"""|^\s*(?:<\?php\s)?\s*(?:require|require_once|include|include_once|load|do)\s*\(?\s*["'][^"'\n]*[./]"""
    r"""|\$LOAD_PATH|\$:|\buse lib\b"""
    r"""|\b(?:require|import)\(\s*[^\s"'`)]|\bimportlib\b""",
    re.MULTILINE,
)
"""It goes on in another file of the repository."""
_PROCESSES = lazy_pattern(
    r"child_process|execa|shelljs|cross-spawn|tinyexec|\bzx\b|Bun\.(?:spawn|\$)|Deno\.(?:Command|run)"
)
"""Ways of JavaScript to start a program."""
_STARTED = lazy_pattern(
    r"\b(?:exec(?:Sync|File|FileSync)?|spawn(?:Sync)?|execa\w*|fork|Command|run)\s*\(\s*(\[?\s*.[^'\"`)]{0,2})"
)
_UNTOLD = lazy_pattern(
    r"\b(?:system|shell_exec|passthru|proc_open|popen\d?|IO\.popen|Open3\.\w+)\s*\(\s*[$@A-Za-z_\[]"
    r"|^\s*(?:system|exec|spawn)\s+[$@a-z_]\w*|`#\{|`\$\w|%x[\[({]#|qx[\[({/]\$|os\.execute\s*\(?\s*\w",
    re.MULTILINE,
)
"""A program that is started, and whose name stands elsewhere."""
_COMMENTS = lazy_pattern(r"^\s*(?:#|//|/?\*).*$", re.MULTILINE)


def _of_other_things(text: str) -> bool:
    """Whether code stands alone, and runs nothing or does not speak of images."""
    code = re.sub(r"""["'`]\s*(?:\+|\.\.?|<<)\s*["'`]""", "", _COMMENTS.sub("", text))
    if _ELSEWHERE.search(code) or _UNTOLD.search(code):
        return False
    if _PROCESSES.search(code) and not all(_is_told(each[1]) for each in _STARTED.finditer(code)):
        return False
    return not (_RUNS.search(code) and _IMAGES.search(code))


def _is_told(argument: str) -> bool:
    """Whether the first argument begins with a text that is written out."""
    text = argument.lstrip("[ \n")
    return text[:1] in ("'", '"', "`") and not text[1:].startswith("${")


def program_name(word: Template) -> str:
    """What is run, without its folder: known even where the folder is not (``$(pwd)/bin/kustomize``)."""
    text = word.literal
    if text is None:
        text = word.tail if "/" in word.tail else ""
    return text.rpartition("/")[2]


def judge_program(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """Nothing, where the program is known to push no image (:mod:`harmless`); else ``Opaque``: it may.

    Code that is run is read where it can be had: what it is called does not count then.
    """
    base, word = program_name(words[0]), words[0]
    line = " ".join(" ".join(map(str, words)).split())
    if not base:
        return (Opaque(f"a command that is only known at run time: {line[:60]}"),)
    if base in ("mvnw", "gradlew"):
        return ()
    name = word.literal or word.tail
    if base in INTERPRETERS or name in ("source", "."):
        return _interpreted(words, world)
    if not _is_a_program(name, world):
        return _judged_file(name, world)
    if base == "coverage" and len(words) > 1 and words[1].literal == "run":
        return _interpreted((Template.of("python"), *words[2:]), world)
    if is_harmless(base, words):
        return handed.handed_push(base, words, world)
    if base in RUNNERS:
        return handed.handed_push(base, words, world) or _by_runner(base, words, line, world)
    if len(words) > 1 and all(word.literal in _ASKING for word in words[1:]):
        return ()
    return (unlike_its_list(base, words),)


def unlike_its_list(base: str, words: Sequence[Template], *, modelled: bool = False) -> Opaque:
    """A program that is in no list, or is given what the others of its list are not."""
    line = " ".join(" ".join(map(str, words)).split())
    loud = _PUBLISHING.search(line) or _IMAGES.search(line)
    why = why_not(base)
    if why == NOT_KNOWN and modelled:
        return Opaque(f"{line[:60]}, a command of {base} that is not known", quiet=not loud)
    return Opaque(f"{line[:60]}, {why}", quiet=not loud, name=base if why == NOT_KNOWN else "")


_ASKING = frozenset(("--version", "--help", "-V", "-h", "version", "help"))
"""Words with which a program only says something of itself."""


def _is_a_program(name: str, world: World) -> bool:
    """Whether it is a program of the runner: it has no folder, or one that holds programs."""
    if "/" not in name:
        return True
    return re.search(r"(?:^|/)s?bin/(?:[^/]+/)?[^/]*$", name) is not None and world.file(name) is None


def _judged_file(path: str, world: World, base: str = "") -> tuple[Effect, ...]:
    """A file of the repository that is run, by its text: whether it may push, and what it takes away."""
    text = world.file(path) if "{" not in path else None
    gone = removed_by_code(text) if text is not None and not _is_shell_text(path, text) else ()
    return (*_pushed_by_file(path, text, world, base), *gone)


def _pushed_by_file(path: str, text: str | None, world: World, base: str) -> tuple[Effect, ...]:
    if text is not None and (base.startswith("python") or path.endswith(".py") or _PYTHON.match(text)):
        return _judged_python(text, path, world)
    if text is not None and _of_other_things(text) and not _is_shell_text(path, text):
        return ()
    who = world.put_by(path)
    why = f"which {who} may have put there" if who is not None else "which could not be followed"
    return (Opaque(f"{path}, {why}", name=path.removeprefix("./")),)


_PYTHON = lazy_pattern(r"#!.*\bpython")


def _judged_python(text: str, path: str, world: World, line: str = "") -> tuple[Effect, ...]:
    """Python, with the modules of the repository that it imports."""

    def judge(seen: World) -> str:
        return python_code.what_may_push(
            text, path, seen.file, seen.put_by, lambda words: _starts(words, seen)
        )

    found = _PYTHON_CODE.of((text, path), world, judge)
    if found.startswith("the code, "):
        found = f"{line or 'python'}, {found.removeprefix('the code, ')}"
    return (Opaque(found),) if found else ()


_PYTHON_CODE: Kept[str] = Kept(keys=256, each=8)


def _starts(words: Sequence[str], world: World) -> bool:
    """Whether a program that other code starts is known to push nothing."""
    known = [Template.of(word) if UNKNOWN not in word else _NOBODY_KNOWS for word in words]
    if not known or known[0] is _NOBODY_KNOWS:
        return False
    base = program_name(known[0])
    if base in _NO_PUSHERS:
        return len(known) > 1 and known[1].literal in _NO_PUSHERS[base]
    rest = [word for word in known if word is not _NOBODY_KNOWS]
    if base in INTERPRETERS or base in RUNNERS or not is_harmless(base, known):
        return not judge_program(rest, world) if len(rest) == len(known) and base not in RUNNERS else False
    return not says_a_push(" ".join(map(str, known)))


_NOBODY_KNOWS = Template((Hole.of(Kind.OUTPUT, "a word of a command line"),))
_NO_PUSHERS = {
    **dict.fromkeys(
        ("docker", "podman", "nerdctl"),
        frozenset(
            """
                pull inspect info version ps logs images run exec rm rmi stop kill tag save load login
                logout network volume history stats
            """.split()
        ),
    ),
    "docker-compose": frozenset(("up", "down", "logs", "ps", "stop", "rm", "exec")),
    "crane": frozenset(("digest", "manifest", "ls", "config", "version")),
    "skopeo": frozenset(("inspect", "list-tags", "login")),
}
"""Commands of programs for images that push none, as other code starts them."""


def _is_shell_text(path: str, text: str) -> bool:
    first = text.split("\n", 1)[0]
    by_name = path.endswith((".sh", ".bash"))
    return by_name or (first.startswith("#!") and re.search(r"\b\w*sh\b", first) is not None)


_TEXT_OPTIONS = {
    "python": "-c",
    "python3": "-c",
    "perl": "-e",
    "ruby": "-e",
    "node": "-e",
    "php": "-r",
    "lua": "-e",
}
_MODULES = """
    pip venv ensurepip build twine wheel setuptools json http unittest pytest coverage compileall site
    sysconfig platform zipfile tarfile base64 timeit py_compile pdb cProfile black ruff isort flake8
    mypy pylint bandit poetry pipx virtualenv sphinx mkdocs towncrier piptools pre_commit yamllint
    codespell_lib nltk spacy playwright grpc_tools tox nox hatch flit
"""
_HARMLESS_MODULES = frozenset(_MODULES.split())
"""Modules that everybody has; those of the repository are read."""
_VALUED = frozenset(("-W", "-X", "-r", "--require", "-I", "--loader", "--import"))


_OUTSIDE = lazy_pattern(
    r"^[/~]|bin/activate(?:\.\w+)?$|/\.cargo/env$|/\.?(?:bashrc|profile|bash_profile|zshrc)$"
)
"""Files that are sourced and set variables: those outside of the repository, and what virtualenv writes."""


def _interpreted(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """Python, Node and their like: a file, a module, a text, or what comes through a pipe."""
    base, line = program_name(words[0]), " ".join(map(str, words))[:60]
    if base == "deno":
        if is_harmless(base, words):
            return ()
        words = [words[0], *(word for word in words[2:] if not word.head.startswith("-"))]
    rest = list(words[1:])
    while rest and rest[0].head.startswith("-") and rest[0].literal != "-":
        option = rest.pop(0).literal or ""
        if option in (_TEXT_OPTIONS.get(base), "--eval", "--print", "-pe", "-ne", "-lane", "-i.bak") and rest:
            return _judged_text(rest[0], line, base, world)
        if option == "-m" and rest:
            return _judged_module(rest[0], rest[1:], world, line)
        if option in ("--version", "-V", "-v", "--help"):
            return ()
        if option in _VALUED:
            rest = rest[1:]
    if not rest or rest[0].literal == "-":
        return _judged_input(base, world, line)
    path = rest[0].literal
    if base in ("source", ".") and _OUTSIDE.search(path or rest[0].tail or str(rest[0])):
        return ()
    if path is None:
        return (Opaque(f"{line}, a script that is only known at run time"),)
    if path.rpartition("/")[2] == "manage.py" and len(rest) > 1 and rest[1].literal in _DJANGO:
        return ()
    return _judged_file(path, world, base)


_DJANGO = frozenset(
    """
        migrate makemigrations collectstatic check test compilemessages makemessages loaddata
    """.split()
)
"""Commands that Django has itself."""


def _judged_input(base: str, world: World, line: str) -> tuple[Effect, ...]:
    """A text that comes through a pipe; what a shell is given so has been run, or is said to be unread."""
    if world.stdin is None or base in ("bash", "sh", "zsh", "source", "."):
        return ()
    text = world.stdin.only
    if text is None or (text.literal is None and not _is_fetched(text)):
        return (Opaque(f"{line}, given a text that is only known at run time"),)
    return _judged_text(text, line, base, world)


def _is_fetched(text: Template) -> bool:
    return bool(text.holes) and text.head == "" and text.holes[0].name.startswith(FETCHES)


def _judged_text(code: Template, line: str, base: str, world: World) -> tuple[Effect, ...]:
    if _is_fetched(code):
        name = code.holes[0].name
        known = fetched_script(name, line) is not None
        return () if known else (Opaque(f"what {name[:100]} fetches, which {base} runs at once"),)
    text = str(code)
    gone = removed_by_code(text)
    if base.startswith("python") and "{" not in text:
        return (*_judged_python(text, "", world, line), *gone)
    return gone if _of_other_things(text) else (Opaque(f"{line}, which speaks of images"),)


def _judged_module(
    module: Template, given: Sequence[Template], world: World, line: str
) -> tuple[Effect, ...]:
    name = module.literal or ""
    if name.partition(".")[0] in _HARMLESS_MODULES:
        return handed.handed_push(name, (module, *given), world)
    folder = name.replace(".", "/")
    for path in (f"{folder}.py", f"{folder}/__main__.py", f"src/{folder}.py", f"src/{folder}/__main__.py"):
        if name and world.file(path) is not None:
            return _judged_python(f"import {name}\nimport {name}.__main__", "", world)
    return (Opaque(f"{line}, a module that could not be read"),)


_CONFIGURED = {"just": "justfile", "task": "Taskfile.yml", "rake": "Rakefile", "npm": "package.json"}
_BEFORE_TARGETS = frozenset(
    ("run", "run-script", "exec", "run-many", "affected", "x", "dlx", "workspace", "workspaces", "foreach")
)


def whose_targets(base: str, world: World) -> str | None:
    """Who may have put the file there that names the targets of the runner *base*; None: it is our own."""
    if base not in RUNNERS or base in PACKAGE_MANAGERS:
        return None
    who = world.put_by(_CONFIGURED.get(base, "Makefile"))
    return who or ("whoever made this folder" if _is_nowhere(world) else None)


def _by_runner(base: str, words: Sequence[Template], line: str, world: World) -> tuple[Effect, ...]:
    """Targets and package scripts that were not followed, by their names; not those of another."""
    who = whose_targets(base, world)
    if who is not None:
        return (Opaque(f"{line[:60]}, from a file that {who} may have written"),)
    given = [word for word in words[1:] if not word.head.startswith("-") and "=" not in word.head]
    targets = [str(word).rpartition("#")[2].rpartition(":" if base == "moon" else "#")[2] for word in given]
    targets = [target for target in targets if target not in _BEFORE_TARGETS]
    if base == "bun" and targets and re.search(r"\.[cm]?[jt]sx?\Z", targets[0]):
        return _judged_file(targets[0], world)
    if targets and all(is_harmless_target(target.lstrip(":.")) for target in targets):
        return ()
    if not targets and base in PACKAGE_MANAGERS:
        return ()
    name = targets[0] if targets and base in _NAMED_BY_TARGET else ""
    return (Opaque(f"{line[:60]}, which could not be followed", name=name),)


_MADE_BY_BUILDS = lazy_pattern(
    r"(?:^|/)[._]?(?:cmake[-_])?(?:build|out|output|obj|target|dist|bin)[^/]*(?:/|\Z)"
)
"""Folders that a build makes itself, with what it generates in them."""


def _is_nowhere(world: World) -> bool:
    """Whether the working directory is a folder that the repository does not have, and no build makes."""
    if not world.directory or _MADE_BY_BUILDS.search(world.directory) or not world.read("./"):
        return False
    return world.names_in(".") is None and part_of_tree(world.directory) is not None


_NAMED_BY_TARGET = frozenset(("make", "just", "rake", "task", "mage", "invoke"))
"""Runners that a release file names the targets of."""
