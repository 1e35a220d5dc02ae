"""`wholeship check` beside zizmor and actionlint, on the same files, in one run.

``python -m bench.check FOLDER…``: each FOLDER is a repository, or holds repositories (copies of public ones).
Each tool is one process that is given every workflow file of all of them, with its default rules and without
network; the best of three (``--tries N``). wholeship also reads the scripts, actions and bake files that the
workflows use, each from its own repository; the others read the files alone. The tools answer different
questions: the tables of time compare time only.

With ``--against VENV`` two builds are compared instead (:mod:`bench.against`).

Then what each says of the workflows that publish several images, and of the story's states, by kind of
finding. Also shown: a cold process on one file, and a synthetic workflow of growing size.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.against import INTENDED, against
from bench.common import machine, table

STORY = Path(__file__).parents[1] / "tests" / "fixtures" / "story"
WORKFLOWS = Path(".github", "workflows")
SIZES = (10, 50, 100, 250, 500)
TRIES = 3
PAIRS = 5
EMPTY = tempfile.mkdtemp(prefix="bench-check-")
"""Where the tools run: no release file, no manifests."""


def program(name: str) -> str | None:
    """A tool beside this Python, or on the path."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def commands(files: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each tool that is here, on *files*."""
    for name, words in (
        ("wholeship", ["check", "--format", "json"]),
        ("zizmor", ["--offline", "--no-progress", "--no-config"]),
        ("actionlint", ["-no-color", "-shellcheck=", "-pyflakes="]),
    ):
        found = program(name)
        if found is not None:
            yield name, [found, *words, *files]


def timed(words: Sequence[str], tries: int = TRIES) -> tuple[float, float, int]:
    """Seconds on the clock and of processors, the best of some tries, and the exit code."""
    clock = processor = float("inf")
    code = -1
    for _ in range(tries):
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=EMPTY)
        _, status, used = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        clock = min(clock, time.perf_counter() - start)
        processor = min(processor, used.ru_utime + used.ru_stime)
    return clock, processor, code


def rows(files: Sequence[str], tries: int = TRIES) -> list[Sequence[object]]:
    """Time and ratio of each tool on *files*."""
    measured = [(name, *timed(words, tries)) for name, words in commands(files)]
    ours = next(processor for name, _, processor, _ in measured if name == "wholeship")
    return [
        (
            name,
            f"{clock:.2f} s",
            f"{processor:.2f} s",
            f"{processor / len(files) * 1000:.1f} ms",
            f"{processor / ours:.2f}",
            code,
        )
        for name, clock, processor, code in measured
    ]


def synthetic(size: int) -> str:
    """A workflow of *size* jobs that push images in a chain with conditions and tests between them."""
    lines = ["on: {push: {branches: [main]}}", "jobs:"]
    for number in range(size):
        needs = f"    needs: [job-{number - 1}]\n" if number and number % 3 else ""
        condition = "    if: success() || github.event_name == 'schedule'\n" if number % 7 == 3 else ""
        lines.append(
            f"  job-{number}:\n    runs-on: ubuntu-latest\n{needs}{condition}    steps:\n"
            f"      - run: {'pytest' if number % 5 == 2 else 'ls'}\n"
            f"      - if: github.ref == 'refs/heads/main'\n        uses: docker/build-push-action@v6\n"
            f"        with:\n          push: {str(number % 4 == 0).lower()}\n"
            f"          tags: r/{number}:${{{{ github.sha }}}}"
        )
    return "\n".join(lines) + "\n"


def growth() -> list[Sequence[object]]:
    """Time and memory of `check` on synthetic workflows."""
    found: list[Sequence[object]] = []
    wholeship = program("wholeship")
    assert wholeship is not None
    with tempfile.TemporaryDirectory(prefix="bench-check-") as folder:
        for size in SIZES:
            file = Path(folder, f"{size}.yml")
            file.write_text(synthetic(size))
            clock, processor, _ = timed([wholeship, "check", "--format", "json", str(file)])
            found.append((size, f"{clock:.2f} s", f"{processor:.2f} s", f"{processor / size * 1000:.1f} ms"))
    return found


def repositories(folders: Sequence[str]) -> list[Path]:
    """Each folder that is one, or those in it."""
    found: list[Path] = []
    for folder in map(Path, folders):
        inside = [folder] if (folder / WORKFLOWS).is_dir() else sorted(folder.iterdir())
        found += [each.resolve() for each in inside if (each / WORKFLOWS).is_dir()]
    return found


def workflows(repository: Path) -> list[str]:
    """The workflow files of one."""
    inside = sorted((repository / WORKFLOWS).iterdir())
    return [str(path) for path in inside if path.suffix in (".yml", ".yaml") and path.is_file()]


REFUSED = 60
"""zizmor ends at the first file that it cannot load. So many are left out, before it is given up."""


def loadable(files: Sequence[str]) -> list[str]:
    """Those of *files* that zizmor can load."""
    kept = list(files)
    zizmor = program("zizmor")
    for _ in range(REFUSED if zizmor else 0):
        words = [str(zizmor), "--offline", "--no-progress", "--no-config", *kept]
        done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=EMPTY)
        refused = re.findall(r"failed to load file://(\S+)", done.stderr)
        if not refused:
            break
        kept = [file for file in kept if file not in refused]
    return kept


def answer(name: str, form: Sequence[str], files: Sequence[str]) -> str:
    """What a tool prints of *files*; empty where it is not here."""
    words = dict(commands(files)).get(name)
    if words is None:
        return ""
    words = [*words[: len(words) - len(files)], *form, *files]
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=EMPTY)
    return done.stdout


def several(files: Sequence[str]) -> list[str]:
    """Those of *files* that publish several images, by what wholeship reads."""
    report = json.loads(answer("wholeship", (), files))
    read = zip(files, report["workflows"], strict=True)
    return [file for file, each in read if len(each["images"]) > 1]


def kinds(files: Sequence[str]) -> dict[str, collections.Counter[str]]:
    """How often each tool says what of *files*."""
    ours = json.loads(answer("wholeship", (), files))
    found = {
        "wholeship": collections.Counter(
            each["rule"] for workflow in ours["workflows"] for each in workflow["findings"]
        )
    }
    zizmor = answer("zizmor", ("--format", "json"), loadable(files))
    if zizmor:
        found["zizmor"] = collections.Counter(each["ident"] for each in json.loads(zizmor))
    actionlint = answer("actionlint", ("-format", "{{json .}}"), files)
    if actionlint:
        found["actionlint"] = collections.Counter(each["kind"] for each in json.loads(actionlint) or ())
    return found


def said(files: Sequence[str]) -> list[Sequence[object]]:
    """A row for each tool: how many findings, of which kinds."""
    return [
        (name, sum(count.values()), ", ".join(f"{kind} {number}" for kind, number in count.most_common(8)))
        for name, count in kinds(files).items()
    ]


def main(words: Sequence[str]) -> int:
    """Print everything; 1 where two builds were compared and say different things."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--tries", type=int)
    parser.add_argument("--against", type=Path, metavar="VENV")
    parser.add_argument("--intended", type=Path, default=INTENDED, metavar="FILE")
    parser.add_argument("--no-prover", action="store_true")
    given = parser.parse_args(words)
    found = repositories(given.folders)
    if given.against is not None:
        tries = given.tries or PAIRS
        return against(given.against, found, tries, given.intended, prover=not given.no_prover)
    files = [file for repository in found for file in workflows(repository)]
    head = ("tool", "clock", "processor", "per file", "of wholeship's", "exit code")
    print(machine(), f"load {os.getloadavg()[0]:.1f}")
    print(f"\none file, cold process\n\n{table(head, rows([str(STORY / 'merged.yml')]))}")
    states = [str(path) for path in sorted(STORY.glob("*.yml"))]
    print(f"\nthe five files of the story\n\n{table(head, rows(states))}")
    if files:
        every, files = files, loadable(files)
        text = f"{len(files)} files of {len(found)} public repositories"
        if len(every) > len(files):
            text += f"; {len(every) - len(files)} more, at which zizmor ends, are left out for all"
        print(f"\n{text}\n\n{table(head, rows(files, given.tries or TRIES))}")
    print(f"\na synthetic workflow\n\n{table(('jobs', 'clock', 'processor', 'per job'), growth())}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\npeak memory of any process above: {peak:.0f} MB")
    columns = ("tool", "findings", "the commonest")
    for state in states:
        print(f"\nsaid of {Path(state).stem}\n\n{table(columns, said([state]))}")
    if files:
        chosen = several(every)
        print(f"\nsaid of the {len(chosen)} workflows with several images\n\n{table(columns, said(chosen))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
