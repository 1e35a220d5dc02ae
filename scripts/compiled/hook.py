"""The build of a wheel with compiled modules; off, unless scripts/wheel-compiled turns it on.

The pure wheel needs no compiler, and stays what is published. This one holds the same files, and beside the
hot modules what mypyc made of them, which Python prefers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
HOT = ("texts", "logic", "shell", "pipeline", "tools/make", "tools/bake/made.py")
"""What is compiled: what profiles of `check` show, and what must be native as well for it."""
LEFT_OUT = frozenset({"shell/nodes.py"})
"""Nodes find an attribute when it is asked for first, and mypyc's classes ask nobody."""
FLAGS = ("--config-file=", "--strict", "--ignore-missing-imports", "--explicit-package-bases")


class CompiledHook(BuildHookInterface):
    """Adds the compiled modules to a wheel, and makes it one for this platform and Python."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        self.folder = Path(tempfile.mkdtemp(prefix="wholeship-compiled-"))
        source = Path(self.root) / "src" / "wholeship"
        shutil.copytree(source, self.folder / "wholeship")
        shutil.copy(HERE / "written.py", self.folder / "wholeship" / "core" / "written.py")
        before = _content(source)
        try:
            subprocess.run(
                [sys.executable, str(HERE / "hook.py"), str(self.folder)], check=True, cwd=self.folder
            )
            if _content(source) != before:
                raise RuntimeError(f"{source} was changed while it was compiled; build again")
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        made = [*self.folder.glob("*.so"), *self.folder.glob("wholeship/**/*.so")]
        extra = {str(path): str(path.relative_to(self.folder)) for path in made}
        extra[str(self.folder / "wholeship/core/written.py")] = "wholeship/core/written.py"
        build_data["force_include"].update(extra)
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


def _content(source: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in source.rglob("*.py")}


def hot_modules(source: Path) -> list[Path]:
    """The files below *source*, the package, that are compiled."""
    found = [
        path
        for part in HOT
        for path in ([source / part] if part.endswith(".py") else (source / part).glob("*.py"))
    ]
    return sorted(path for path in found if str(path.relative_to(source)) not in LEFT_OUT)


def compile_in(folder: Path) -> None:
    """Write out the values in the copy of the source in *folder*, and compile the hot modules there."""
    from mypyc.build import mypycify
    from setuptools import setup

    sys.path.insert(0, str(HERE))
    from write_out import write_out

    source = folder / "wholeship"
    hot = hot_modules(source)
    write_out(hot)
    os.chdir(folder)
    names = [str(path.relative_to(folder)) for path in hot]
    modules = mypycify([*FLAGS, *names], opt_level=os.environ.get("MYPYC_OPT_LEVEL", "1"), debug_level="0")
    sys.argv[1:] = ["build_ext", "--inplace"]
    setup(name="wholeship", packages=[], ext_modules=modules)


if __name__ == "__main__":
    compile_in(Path(sys.argv[1]))
