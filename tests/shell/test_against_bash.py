"""What is said of a script, against bash itself: random scripts, every way their commands can answer."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from wholeship.shell.interpret import interpret
from wholeship.shell.state import Script

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")

PRELUDE = """
c() {
  local visit=seen_$1
  printf -v "$visit" %s $(( ${!visit:-0} + 1 ))
  local bit=$(( ($1 * 2 + (${!visit} > 1)) ))
  if (( (FAILING >> bit) & 1 )); then echo "$1 1" >> "$LOG"; return 1; fi
  echo "$1 0" >> "$LOG"
}
trap wait EXIT
"""
"""Command ``c N`` fails at its first visit when bit 2N says so, at later ones when bit 2N+1 does."""


class Maker:
    """Random scripts of few commands, each with its own number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.functions = 0
        self.loops = 0

    def command(self) -> str:
        self.count += 1
        return f"c {self.count - 1}"

    def statements(self, depth: int) -> str:
        return "\n".join(self.statement(depth) for _ in range(self.random.randint(1, 3)))

    def statement(self, depth: int) -> str:
        pick = self.random.random()
        if depth == 0 or self.count >= 4 or pick < 0.25:
            return self.command() if self.count < 5 else "true"
        inner = depth - 1
        forms = {
            "and": lambda: f"{self.statement(inner)} && {self.command()}",
            "or": lambda: (
                f"{self.command()} || {self.random.choice(['true', 'exit 1', 'exit 0', self.command()])}"
            ),
            "group": lambda: f"{{ {self.statements(inner)}\n}}",
            "subshell": lambda: f"( {self.statements(inner)} )",
            "not": lambda: f"! {self.command()}",
            "if": lambda: f"if {self.command()}; then {self.statements(inner)}\nfi",
            "else": lambda: (
                f"if {self.command()}; then {self.statement(inner)}\nelse {self.statement(inner)}\nfi"
            ),
            "loop": lambda: self.loop(inner),
            "pipe": lambda: f"{self.command()} | {self.command()}",
            "assign": lambda: f"x=$({self.command()})",
            "export": lambda: f"export x=$({self.command()})",
            "word": lambda: f"echo $({self.command()})",
            "options": lambda: self.random.choice(["set +e", "set -e", "set -o pipefail"]),
            "function": lambda: self.function(inner),
            "status": lambda: self.status(inner),
            "flag": lambda: self.flag(inner),
            "collected": lambda: self.collected(inner),
            "local": lambda: self.local(inner),
            "beside": lambda: self.beside(inner),
            "leave": lambda: self.random.choice(["exit 0", "exit 1"]),
        }
        return forms[self.random.choice(list(forms))]()

    def loop(self, depth: int) -> str:
        self.loops += 1
        ending = self.random.choice(["", "\nbreak", "\ncontinue", f"\n{self.command()} && break"])
        text = f"for x in one two; do {self.statements(depth)}{ending}\ndone"
        self.loops -= 1
        return text

    def status(self, depth: int) -> str:
        """An exit status that is kept and looked at later."""
        keep = self.random.choice(
            [
                f"rc=0\n{self.command()} || rc=$?",
                f"set +e\n{self.command()}\nrc=$?\nset -e",
                f"if {self.command()}; then rc=0; else rc=1; fi",
                f"set +e\n{self.command()} | {self.command()}\nrc=${{PIPESTATUS[0]}}\nset -e",
            ]
        )
        between = self.random.choice(["", self.statement(depth), "x=$(true)", "echo $rc"])
        use = self.random.choice(
            [
                "exit $rc",
                "[ $rc -eq 0 ]",
                "if [ $rc -ne 0 ]; then exit 1; fi",
                "(( rc == 0 ))",
                "[[ $rc == 0 ]] || exit $rc",
                f"test $rc = 0 && {self.command()}",
                'case "$rc" in 0) ;; *) exit 1 ;; esac',
                f"if (( rc )); then {self.command()}\nfi",
            ]
        )
        return f"{keep}\n{between}\n{use}"

    def flag(self, depth: int) -> str:
        """A flag that a loop or a branch sets."""
        return self.random.choice(
            [
                f"b=0\nfor x in 1 2; do {self.command()} || b=1\ndone\n{self.statement(depth)}\nexit $b",
                f'ok=\nfor n in 1 2; do {self.command()} && ok=1 && break\ndone\n[ -n "$ok" ]',
                f"ok=false\nif {self.command()}; then ok=true; fi\n$ok",
                f"n=0\n{self.command()} || n=$((n + 1))\n{self.command()} || n=$((n + 1))\n[ $n -eq 0 ]",
            ]
        )

    def collected(self, depth: int) -> str:
        """What has failed, as a text or an array that grows, asked at the end."""
        begin, grow, ask = self.random.choice(
            [
                ("b=", 'b="$b x"', ('[ -z "$b" ]', 'if [ -n "$b" ]; then exit 1; fi', 'test -z "$b"')),
                ('b=""', "b+=' x'", ("[[ -z $b ]] || exit 1", '[ "$b" = "" ]', '[ "x$b" = x ]')),
                ("b=()", "b+=(x)", ("[ ${#b[@]} -eq 0 ]", '[[ -z "${b[*]}" ]]', "(( ${#b[@]} == 0 ))")),
                (
                    "b=()",
                    'b+=("$x" y)',
                    ("(( ${#b[@]} )) && exit 1", '[ -z "${b[0]:-}" ]', "[ ${#b[*]} -lt 1 ]"),
                ),
                ("b=0", "b=$((b + 1))", ("(( b > 0 )) && exit 1", "[ $b -gt 0 ] && exit 1", "[ $b -lt 1 ]")),
                ("b=0", "(( b++ )) || true", ("if (( b > 1 )); then exit 1; fi", "exit $b", "(( ! b ))")),
            ]
        )
        loop = self.random.choice(["for x in 1 2; do", "for x in $(cat list); do", "while read -r x; do"])
        end = "done < <(cat list)" if loop.startswith("while") else "done"
        again = self.random.choice(["", "", "", begin])
        between = self.random.choice([self.statement(depth), "true", "unset b", begin])
        asked = self.random.choice(ask)
        return f"{begin}\n{loop} {again}\n{self.command()} || {grow}\n{end}\n{between}\n{asked}"

    def local(self, depth: int) -> str:
        """A function with a variable of its own, called as one outside of it has."""
        self.functions += 1
        name = f"f{self.functions}"
        own = self.random.choice(["local b=0", "local b", "local -a b=()", "declare b=", "declare -g b=0"])
        grow = self.random.choice(["b=1", 'b="$b x"', "b+=(x)"])
        end = self.random.choice(["", "return 0", '[ -z "$b" ]'])
        body = f"{own}\n{self.command()} || {grow}\n{end}"
        ask = self.random.choice(['[ "$b" = 0 ]', '[ -z "$b" ]', "[ ${#b[@]} -eq 0 ]", 'exit "$b"'])
        call = self.random.choice([name, f"{name} || true", f"{name} || b=2"])
        return f"{name}() {{ {body}\n}}\nb={self.random.choice(['', '0'])}\n{call}\n{ask}"

    def beside(self, depth: int) -> str:
        """Commands that run in the background."""
        return self.random.choice(
            [
                f"{self.command()} &\np=$!\n{self.statement(depth)}\nwait $p",
                f'{self.command()} &\np="$!"\n{self.command()} &\nq=$!\nwait $p\nwait "$q"',
                f"{self.command()} &\nwait",
                f"{self.command()} &\n{self.command()} &\nwait -n\nwait -n",
                f'ps=()\n{self.command()} &\nps+=($!)\nfor p in "${{ps[@]}}"; do wait $p\ndone',
                f"( {self.statement(depth)} ) &\nwait $! || true",
            ]
        )

    def function(self, depth: int) -> str:
        self.functions += 1
        name = f"f{self.functions}"
        ending = self.random.choice(["", "\nreturn 0", "\nreturn 1"])
        call = self.random.choice([name, f"{name} || true", f"{name} && {self.command()}", f"{name}\n{name}"])
        return f"{name}() {{ {self.statements(depth)}{ending}\n}}\n{call}"


def numbers(script: Script) -> dict[int, int]:
    """Number of a command → its index in what was found."""
    return {
        int(command.words[1].literal or "-1"): command.index
        for command in script.commands
        if command.words[0].literal == "c"
    }


def disagreements(text: str, shell: str, folder: Path) -> list[str]:
    found = interpret(text, shell=shell)
    indices = numbers(found)
    names = {index: number for number, index in indices.items()}
    (folder / "prelude").write_text(PRELUDE)
    (folder / "script").write_text(text)
    (folder / "list").write_text("1\n2\n")
    options = ["--noprofile", "--norc", "-e", "-o", "pipefail"] if shell == "bash" else ["-e"]
    problems = []
    bits = [bit for number in indices for bit in (2 * number, 2 * number + 1)]
    masks = [
        sum(1 << bit for bit in chosen) for size in range(4) for chosen in itertools.combinations(bits, size)
    ]
    for failing in masks[:40]:
        log = folder / "log"
        log.write_text("")
        environment = {
            "PATH": os.environ["PATH"],
            "BASH_ENV": str(folder / "prelude"),
            "LOG": str(log),
            "FAILING": str(failing),
        }
        ended = subprocess.run(
            ["bash", *options, str(folder / "script")], env=environment, capture_output=True, cwd=folder
        )
        last: dict[int, int] = {}
        for line in log.read_text().splitlines():
            number, status = map(int, line.split())
            if number not in indices:
                problems.append(f"{failing}: c {number} ran and was not found")
                continue
            required = {names[index] for index in found.commands[indices[number]].requires if index in names}
            problems += [
                f"{failing}: c {number} ran without c {each}" for each in required if last.get(each) != 0
            ]
            last[number] = status
        if ended.returncode == 0:
            for number, index in indices.items():
                if number not in last and index not in found.conditional:
                    problems.append(f"{failing}: ended well without c {number}, which is not conditional")
                if last.get(number) == 1 and index not in found.masked:
                    problems.append(f"{failing}: ended well although c {number} failed, which is not masked")
    return problems


def check(seed: int, folder: Path) -> None:
    text = Maker(seed).statements(3)
    for shell in ("", "bash"):
        problems = disagreements(text, shell, folder)
        assert not problems, f"seed {seed}, shell {shell!r}\n{text}\n" + "\n".join(problems)


@pytest.mark.parametrize("seed", range(16))
def test_no_script_does_what_was_ruled_out(seed: int, tmp_path: Path) -> None:
    """Whatever bash does with a script, the reading of it allowed."""
    check(seed, tmp_path)


@pytest.mark.extended
def test_no_script_of_many_does_what_was_ruled_out(tmp_path: Path) -> None:
    """The same, for many more scripts."""
    for seed in range(1000, 1300):
        check(seed, tmp_path)
