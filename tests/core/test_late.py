"""Functions whose module is loaded when they are first called."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from wholeship.core import late as late_module
from wholeship.core.late import late, late_members

SOURCE = Path(late_module.__file__).parents[1]


def _named() -> Iterator[tuple[str, str, str]]:
    """Each use of ``late`` in the package: the module, what is named, and the variable that gets it."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        if "import late\n" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("late("):
                named = ast.unparse(node.value).removeprefix("late('").removesuffix("')")
                yield str(path.relative_to(SOURCE)), named, ast.unparse(node.targets[0])


def test_the_module_is_loaded_at_the_first_call() -> None:
    """Naming a function costs nothing; calling it is as calling the function."""
    code = (
        "import sys\n"
        "from wholeship.core.late import late\n"
        "quoted = late('shlex:quote')\n"
        "assert 'shlex' not in sys.modules\n"
        "assert quoted(s='a b') == \"'a b'\"\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_not_there_is_told_when_it_is_called() -> None:
    """As an import would tell it."""
    with pytest.raises(AttributeError, match="nothing"):
        late("shlex:nothing")()
    with pytest.raises(ImportError):
        late("wholeship.nowhere:nothing")()


def test_each_name_of_the_package_is_there() -> None:
    """Every function that is named to be loaded later exists, and is the one that the type checker sees."""
    found = list(_named())
    assert len(found) >= 5
    for module, named, variable in found:
        place, _, function = named.partition(":")
        assert callable(getattr(import_module(place), function)), f"{module}: {named}"
        assert variable == function, f"{module}: {variable} is another name than {named}"
        assert f"from {place} import" in (SOURCE / module).read_text(), f"{module}: {place}"


def test_a_member_is_loaded_when_it_is_asked_for() -> None:
    """A name of a package is that of its module; a name that it does not have is told as Python tells it."""
    member = late_members("wholeship.tools.compose", {"builds": "commands"})
    assert member("builds") is import_module("wholeship.tools.compose.commands").builds
    with pytest.raises(AttributeError, match=r"module 'wholeship\.tools\.compose' has no attribute 'pushed'"):
        member("pushed")
