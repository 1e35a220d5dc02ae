"""Folders that are absolute in the run, as far as they lie in the repository.

The folder in which a script starts is the hole ``pwd``, the root of the repository ``github.workspace``; a
text that begins with one of them and goes on in plain letters is a path that can be followed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from wholeship.texts.template import Hole, Kind, Template, Value

DIRECTORY = "\0cd"
"""The variable that holds where ``cd`` has led, from where the script started; ``//…`` is from the root."""
LEFT = "\0left"
"""The variable that holds where ``cd -`` leads back to."""
BEGAN = "\0began"
"""The variable that holds the folder in which the script started, where that is known."""
PUSHED = "\0pushd"
"""The variable that holds where ``popd`` leads back to, a folder a line, the last one last."""
START = "pwd"
ROOT = "github.workspace"
_START = Hole.of(Kind.RUNNER, START)
_ROOT = Hole.of(Kind.RUNNER, ROOT)


def here(names: Mapping[str, Value]) -> str | None:
    """Where the script is, from where it started; None where ``cd`` went somewhere unknown."""
    there = names.get(DIRECTORY)
    return "" if there is None else there.literal


def absolute_path(path: str) -> Template:
    """*path*, as :func:`here` gives it, as an absolute path."""
    if path.startswith("//"):
        return Template.of(_ROOT, *([path[1:]] if path != "//" else []))
    return Template.of(_START, *([f"/{path}"] if path else []))


def working(names: Mapping[str, Value]) -> Value:
    """What ``pwd`` says."""
    path = here(names)
    if path is None:
        return names[DIRECTORY]
    began = names.get(BEGAN) if not path else None
    return began if began is not None else Value.of(absolute_path(path))


def began_in(directory: str) -> dict[str, Value]:
    """The variables that say where a script starts, below the root; nothing where that is not known."""
    plain = directory.removeprefix("./").strip("/")
    if not plain or directory.startswith("/") or "{" in plain or ".." in plain:
        return {"PWD": working({})}
    there = Value.of(absolute_path(f"//{plain}"))
    return {"PWD": there, BEGAN: there}


def found(path: Template) -> str | None:
    """*path* from where the script started, or ``//…`` from the root; None: elsewhere, or not known."""
    if path.literal is not None:
        return path.literal
    first, *rest = path.parts
    plain = [part for part in rest if isinstance(part, str)]
    if not isinstance(first, Hole) or first.name not in (START, ROOT) or len(plain) != len(rest):
        return None
    text = "".join(plain)
    if text and not text.startswith("/"):
        return None
    if first.name == ROOT:
        return "//" + posixpath.normpath(text).lstrip("/") if text else "//"
    return posixpath.normpath(text.lstrip("/") or ".")


def seen_from(path: Template, names: Mapping[str, Value]) -> Template:
    """An absolute path inside the repository, as seen from where the script is; others as they are."""
    if path.literal is not None or not isinstance(path.parts[0], Hole):
        return path
    there, now = found(path), here(names)
    if there is None or now is None:
        return path
    if there.startswith("//") or not now:
        return Template.of(there)
    return path if now.startswith("//") else Template.of(posixpath.relpath(there, now))


_SOMEWHERE = Hole.of(Kind.RUNNER, "a directory")


def unknown_folder(target: Template | None) -> Value:
    """Where ``cd TARGET`` leads, as far as it is told: another target is another folder."""
    if target is None or not target.parts:
        return Value.of(Template.of(_SOMEWHERE))
    return Value.of(target if target.head.startswith("/") else Template.of(_SOMEWHERE, "/", target))


def moved(target: Template, names: Mapping[str, Value]) -> str | None:
    """Where ``cd TARGET`` leads; None where that is not known."""
    now = here(names)
    there = found(target)
    if (
        there is None
        or there.startswith(("-", "~"))
        or (there.startswith("/") and target.literal is not None)
    ):
        return None
    if target.literal is None:
        return "" if there == "." else there
    if now is None:
        return None
    path = posixpath.normpath(posixpath.join(now, there))
    return "" if path == "." else path


def resolved_path(words: tuple[Template, ...], names: Mapping[str, Value]) -> Template | None:
    """What ``realpath PATH`` says; None where that is not known."""
    given = [word for word in words[1:] if not word.head.startswith("-")]
    path = moved(given[0], names) if len(given) == 1 else None
    return absolute_path(path) if path is not None else None
