"""The wheel with compiled modules: its classes of values, and its answers."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMPILED = ROOT / "scripts" / "compiled"
STORY = sorted((ROOT / "tests" / "fixtures" / "story").glob("*.yml"))

VALUES = '''"""Some values."""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Spot:
    """A place."""

    job: str
    step: int = 0
    seen: str = field(default="", compare=False)
    notes: list[str] = field(default_factory=lambda: ["none"], repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Named(Spot):
    """A place with a name."""

    name: str = "x"


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """Comes before another one."""

    first: int
    second: str = "b"


@dataclass(slots=True)
class Count:
    """Changes."""

    many: int = 0
    twice: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.twice = 2 * self.many


class Case(NamedTuple):
    """A case."""

    known: str = ""
    number: int | None = 1

    def numbered(self, number: int | None) -> Case:
        """With another number."""
        return self._replace(number=number)
'''
SHOWN = (
    "Spot('a')",
    "Spot('a', 1, seen='here')",
    "Spot('a', notes=[])",
    "Spot('a').notes",
    "Named('a', name='y')",
    "Named('a', 2)",
    "Spot('a') == Spot('a', seen='there')",
    "Spot('a') == Spot('b')",
    "Spot('a') == Named('a')",
    "Named('a') == Spot('a')",
    "Spot('a') == 'a'",
    "len({Spot('a'), Spot('a', seen='there'), Spot('b')})",
    "hash(Named('a')) == hash(Named('a', seen='there'))",
    "sorted([Rank(2), Rank(1, 'z'), Rank(1)])",
    "Rank(1) <= Rank(1), Rank(1) < Rank(1), Rank(2) > Rank(1), Rank(1) >= Rank(2)",
    "Count(3)",
    "Count(3) == Count(3)",
    "Count.__hash__",
    "Case('a').numbered(None)",
    "Case('a')._replace(known='b', number=2).known",
    "Case() == Case('')",
    "replace(Spot('a', seen='here'), step=4).seen",
    "replace(Named('a'), name='z')",
    "[each.name for each in fields(Named)], [each.compare for each in fields(Spot)]",
    "Spot.__match_args__, Named.__match_args__, Count.__match_args__",
)


def loaded(path: Path) -> ModuleType:
    loader = SourceFileLoader(path.stem, str(path))
    spec = spec_from_loader(path.stem, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module  # the standard library looks a class's module up
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def write_out() -> Any:
    return loaded(COMPILED / "write_out.py").write_out


@pytest.fixture
def written(write_out: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The values as the decorator makes them, and written out."""
    one, other = tmp_path / "as_they_are.py", tmp_path / "as_written.py"
    one.write_text(VALUES)
    other.write_text(VALUES)
    write_out([other])
    helper = loaded(COMPILED / "written.py")
    monkeypatch.setitem(sys.modules, "wholeship.core.written", helper)
    return loaded(one), loaded(other)


@pytest.mark.parametrize("shown", SHOWN)
def test_a_class_that_is_written_out_says_what_it_said(
    written: tuple[ModuleType, ModuleType], shown: str
) -> None:
    """What it is made with, compares, hashes, sorts, replaces and shows is the same."""
    known = {"replace": dataclasses.replace, "fields": dataclasses.fields}
    one, other = (repr(eval(shown, {**vars(module), **known})) for module in written)
    assert one == other


def test_a_field_of_another_kind_stops_the_build(write_out: Any, tmp_path: Path) -> None:
    """What is not understood is not compiled as something else."""
    path = tmp_path / "odd.py"
    path.write_text(VALUES.replace("compare=False)\n    notes", "kw_only=True)\n    notes"))
    with pytest.raises(ValueError, match="seen: no plain field, kw_only"):
        write_out([path])


def copied(folder: Path) -> Path:
    """The source, with what is compiled written out; not compiled."""
    source = folder / "wholeship"
    shutil.copytree(ROOT / "src" / "wholeship", source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(COMPILED / "written.py", source / "core")
    hook = loaded(COMPILED / "hook.py")
    loaded(COMPILED / "write_out.py").write_out(hook.hot_modules(source))
    return folder


def answers(tree: Path, folder: Path) -> list[str]:
    """What ``check`` of the source in *tree* says of the story and the examples."""
    said = []
    for at, each in enumerate(STORY):
        repository = folder / str(at)
        (repository / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
        shutil.copy(each, repository / ".github" / "workflows" / "release.yml")
        command = [sys.executable, "-P", "-m", "wholeship", "check", "--format", "json", "--no-cache"]
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        done = subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, check=False
        )
        said.append(f"{done.returncode}\n{done.stdout}\n{done.stderr}")
    return said


def test_what_is_written_out_gives_the_same_answers(tmp_path: Path) -> None:
    """The source that is compiled says the same of every file of the story, byte for byte."""
    before = answers(ROOT / "src", tmp_path / "repositories")
    assert answers(copied(tmp_path / "source"), tmp_path / "repositories") == before
    assert any('"findings": [\n' in each for each in before)


@pytest.mark.extended
@pytest.mark.timeout(3600)
def test_the_compiled_wheel_gives_the_same_answers_and_passes_its_tests(tmp_path: Path) -> None:
    """The wheel is for this platform, is really compiled, and whole answers and the tests agree with it."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    build = {**os.environ, "PYTHON": sys.executable}
    subprocess.run([ROOT / "scripts" / "wheel-compiled", tmp_path / "dist"], env=build, check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert not wheel.name.endswith("none-any.whl")
    tree = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(tree)
    at_it = {**os.environ, "PYTHONPATH": str(tree)}
    where = (
        "import wholeship.shell.machine as m, wholeship.texts.template as t; print(m.__file__, t.__file__)"
    )
    seen = subprocess.run(
        [sys.executable, "-P", "-c", where], env=at_it, capture_output=True, text=True, check=True
    )
    assert seen.stdout.count(".so") == 2
    assert answers(tree, tmp_path / "repositories") == answers(ROOT / "src", tmp_path / "repositories")
    tests = [f"tests/{part}" for part in ("texts", "logic", "pipeline", "shell", "tools/make")]
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, env=at_it, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
