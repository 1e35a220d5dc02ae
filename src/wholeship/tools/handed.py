"""Files and texts that a harmless program is handed, and runs: hooks, manifests, commands in its words.

What kubectl, git or a package manager does by itself pushes no image; what it is told to run may.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect, Opaque
from wholeship.shell.spoken import says_a_push
from wholeship.texts.template import Template
from wholeship.tools.harmless import GROUPS, VERBS
from wholeship.tools.pushing import find_push
from wholeship.tools.recipes import RECIPES, pushing_recipe
from wholeship.tools.targets import targets_of
from wholeship.tools.workspaces import RUNNERS_OF_MANY, pushing_generator, pushing_package

if TYPE_CHECKING:
    from wholeship.tools.world import World

Words = Sequence[Template]

_PRINTING = """
    cat tac grep egrep fgrep rg ag sed gsed awk gawk mawk jq yq cut tr uniq head tail wc tee sponge diff
    git gh glab hub curl wget http xh logger notify-send cowsay column fold fmt envsubst
"""
SAYERS = GROUPS[0].names | frozenset(_PRINTING.split())
"""They print, search, change or send the text that they are given; some are looked at in :mod:`harmless`."""


RUN_FILES: frozenset[str] = frozenset().union(*(group.names for group in GROUPS if group.runs))
"""Programs that run the files which their words name."""


def handed_push(base: str, words: Words, world: World) -> tuple[Effect, ...]:
    """``Opaque`` where *words*, or a file that they name, make the harmless program *base* push."""
    line = " ".join(map(str, words))
    if base not in SAYERS and says_a_push(line):
        return (Opaque(f"{line[:60]}, given a command that pushes"),)
    text = world.stdin.literal if world.stdin is not None and base not in SAYERS else None
    if text is not None and says_a_push(text):
        return (Opaque(f"{line[:60]}, given a text that pushes"),)
    found = _in_files(base, words, world)
    if found is None and base in RECIPES:
        found = pushing_recipe(base, targets_of(base, list(map(str, words[1:]))), world)
    if found is None:
        found = _in_packages(base, list(map(str, words[1:])), world)
    return (Opaque(f"{found}, which {base} runs"),) if found is not None else ()


def _in_packages(base: str, texts: Sequence[str], world: World) -> str | None:
    """The file of one of many packages whose script *base* starts, and which pushes."""
    if base == "go" and texts[:1] == ["generate"] and world.names_in(".") is not None:
        return pushing_generator([text for text in texts[1:] if text.startswith(".")], world)
    plain = next((text for text in texts if not text.startswith("-")), "")
    if base not in RUNNERS_OF_MANY or not plain or plain in VERBS.get(base, ()):
        return None
    return pushing_package(texts, world)


def _in_files(base: str, words: Words, world: World) -> str | None:
    """The file that *base* runs, or one that it names, which pushes."""
    files = FILES.get(base)
    paths = list(files(words, world)) if files is not None else []
    paths += CONFIGURED.get(base, ())
    if base in RUN_FILES:
        named = (word.literal.partition("::")[0] for word in words[1:] if word.literal is not None)
        paths += [path for path in named if "." in path or "/" in path]
    for path in paths:
        text = world.file(path)
        found = find_push(text, world) if text is not None else None
        if found is not None:
            return found or path
    return None


def _manifests(words: Words, _world: World) -> Iterator[str]:
    """``kubectl apply|create|replace -f FILE``: a job in the cluster may build and push."""
    texts = [word.literal or "" for word in words]
    if {"apply", "create", "replace", "submit"} & set(texts):
        yield from (after for before, after in itertools.pairwise(texts) if before in _NAMING)
        yield from (text[2:] for text in texts if re.match(r"-f\S", text))
        yield from (text.partition("=")[2] for text in texts if text.startswith("--filename="))
        yield from (text for text in texts if text.endswith((".yaml", ".yml")))


_NAMING = frozenset(("-f", "--filename", "-k", "--kustomize"))
_HOOK_NAMES = """
    pre-commit prepare-commit-msg commit-msg post-commit pre-push pre-merge-commit post-merge post-checkout
    pre-rebase post-rewrite applypatch-msg pre-applypatch post-applypatch pre-auto-gc reference-transaction
"""
_HOOKS = tuple(_HOOK_NAMES.split())


def _hooks(words: Words, _world: World) -> Iterator[str]:
    """``git config core.hooksPath FOLDER``, ``git -c core.hooksPath=FOLDER``: what git runs from then on.

    Hooks that husky or lefthook has put in place run with ``git commit`` and ``git push``.
    """
    texts = [word.literal or "" for word in words]
    for verb, names in (("commit", ("pre-commit", "commit-msg", "post-commit")), ("push", ("pre-push",))):
        if verb in texts:
            yield from (f".husky/{name}" for name in names)
            yield from ("lefthook.yml", "lefthook.yaml")
    for at, text in enumerate(texts):
        if text.lower().startswith("core.hookspath"):
            folder = text.partition("=")[2] or (texts[at + 1] if at + 1 < len(texts) else "")
            yield from (posixpath.join(folder, name) for name in _HOOKS)


def _copied_hook(words: Words, _world: World) -> Iterator[str]:
    """``cp FILE .git/hooks/…``: git runs it later."""
    texts = [word.literal or "" for word in words[1:]]
    if any(".git/hooks" in text for text in texts):
        yield from (text for text in texts if not text.startswith("-"))


def _pre_commit(words: Words, _world: World) -> Iterator[str]:
    """``pre-commit run``: local hooks are commands of the repository."""
    texts = [word.literal or "" for word in words]
    named = [after for before, after in itertools.pairwise(texts) if before in ("-c", "--config")]
    yield named[0] if named else ".pre-commit-config.yaml"


_MODULES = ("main", "docker", "image", "images", "registry", "ecr", "containers", "build", "ghcr")


def _modules(words: Words, _world: World) -> Iterator[str]:
    """``terraform apply``: a provider of Docker's can push what it builds."""
    texts = [word.literal or "" for word in words]
    if "apply" in texts:
        folder = next((text.partition("=")[2] for text in texts if text.startswith("-chdir=")), "")
        yield from (posixpath.join(folder, f"{name}.tf") for name in _MODULES)


def _installed(words: Words, _world: World) -> Iterator[str]:
    """``pip install -e .``, ``pip wheel .``: what builds the package."""
    texts = [word.literal or "" for word in words[1:]]
    for text in texts[1:] if texts[:1] in (["install"], ["wheel"]) else ():
        if text.startswith(".") or text.endswith("/"):
            yield from _of_package(text.partition("[")[0], _world)


_PACKAGERS = ("hatch", "uv", "poetry", "pdm", "rye", "build", "flit", "maturin")
_BUILDING = frozenset(("build", "install", "sync", "publish", "wheel", "sdist", "package"))


def _packaged(words: Words, world: World) -> Iterator[str]:
    """``uv build``, ``poetry install``, ``python -m build``: what builds the package that is here."""
    texts = [word.literal or "" for word in words]
    if texts[0] in ("build", "flit", "maturin") or _BUILDING & set(texts[1:]):
        yield from _of_package("", world)


_HOOKED = lazy_pattern(
    r"^\s*(?:path|script|build|custom-hook|from)\s*=\s*[\"']([\w./-]+\.py)[\"']", re.MULTILINE
)


def _of_package(folder: str, world: World) -> Iterator[str]:
    """Programs of the repository that run while a Python package in *folder* is built."""
    yield from (posixpath.join(folder, name) for name in ("setup.py", "hatch_build.py", "pdm_build.py"))
    settings = world.file(posixpath.join(folder, "pyproject.toml")) or ""
    yield from (posixpath.join(folder, path) for path in _HOOKED.findall(settings))


def _generated(words: Words, _world: World) -> Iterator[str]:
    """``go generate``: Go files by their usual names, where folders cannot be listed."""
    if len(words) > 1 and words[1].literal == "generate":
        yield from tuple("gen.go generate.go doc.go main.go tools.go tools/tools.go hack/tools.go".split())


FILES: dict[str, Callable[[Words, World], Iterator[str]]] = {
    **dict.fromkeys(("kubectl", "oc", "argo"), _manifests),
    "git": _hooks,
    **dict.fromkeys(("cp", "ln", "mv", "install", "rsync"), _copied_hook),
    **dict.fromkeys(("pre-commit", "prek"), _pre_commit),
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _modules),
    **dict.fromkeys(("pip", "pip3"), _installed),
    **dict.fromkeys(_PACKAGERS, _packaged),
    "go": _generated,
}
_OF_SCRIPTS = ("js", "mjs", "cjs", "ts", "mts")


def _config(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}.{end}" for name in names for end in _OF_SCRIPTS)


CONFIGURED: dict[str, tuple[str, ...]] = {
    "cargo": ("build.rs",),
    "mix": ("mix.exs",),
    "rebar3": ("rebar.config",),
    "dotnet": ("Directory.Build.targets", "Directory.Build.props"),
    **dict.fromkeys(("pytest", "py.test"), ("conftest.py", "tests/conftest.py")),
    "sphinx-build": ("conf.py", "docs/conf.py", "docs/source/conf.py"),
    "mkdocs": ("mkdocs.yml",),
    "vite": _config("vite.config"),
    "webpack": _config("webpack.config"),
    "rollup": _config("rollup.config"),
    "jest": _config("jest.config"),
    "vitest": _config("vitest.config"),
    "playwright": _config("playwright.config"),
    "cypress": _config("cypress.config"),
    "netlify": ("netlify.toml",),
    "vercel": ("vercel.json",),
    "firebase": ("firebase.json",),
    "wrangler": ("wrangler.toml", "wrangler.json", "wrangler.jsonc"),
    "helmfile": ("helmfile.yaml", "helmfile.yaml.gotmpl"),
    "git-cliff": ("cliff.toml",),
    "composer": ("composer.json",),
}
"""Files of the repository that a program runs, or takes commands from, unasked (their manuals)."""
RUN_BY_FILE = (frozenset(CONFIGURED) - {"cargo"}) | {"pre-commit", "prek", *_PACKAGERS}
"""Programs of which their words do not tell what they run."""
