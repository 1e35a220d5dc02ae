"""Stand-ins for docker, skopeo and the rest: each call is written down, and may be told to fail.

One small shell script under many names. It does nothing but note how it was called; `programs.py` says
afterwards what the call made visible. The order of the notes is the order of what became visible.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.programs import NOTHING, Call, Effects, effects

NAMES = (
    *("docker", "podman", "buildah", "skopeo", "crane", "regctl", "oras", "ko", "nerdctl", "docker-compose"),
    *("cosign", "helm", "kubectl", "gh", "curl", "pytest", "tox", "trivy", "hadolint", "golangci-lint", "go"),
    *("git", "date", "sleep", "notify-send"),
)

MODES = ("fail", "late", "cancel", "timeout", "slow")
"""Fails and nothing is visible; fails after it is; the run, or only the job, is cancelled; takes a while."""

_SCRIPT = r"""#!/bin/sh
here=${0%/*}
name=${0##*/}
ctl=${here%/bin}/ctl
line="$name $*"
mode=ok
KEY=
. "$ctl/rule"
if [ "$line" = "$KEY" ]; then
  set -C; k=1
  while ! true > "$ctl/k$k"; do k=$((k+1)); done 2>/dev/null
  set +C
  if [ $k -ge $FROM ] && [ $k -le $TO ]; then mode=$MODE; fi
fi
refused=
for word; do case $word in http*) ;; *:|*/:*|r.*" "*) refused=1 ;; esac; done
for word; do case $word in r.*:*/*|docker://r.*:*/*) refused=1 ;; esac; done
case $# in 1) case $1 in push) refused=1 ;; esac ;; esac
if [ -n "$refused" ]; then mode=fail; fi
case $mode in
  slow) /bin/sleep $SLOW ;;
  cancel|timeout) : > "$ctl/$mode"; kill -9 0 ;;
esac
set -C; n=1
while ! true > "$ctl/c$n"; do n=$((n+1)); done 2>/dev/null
set +C
printf '%s\0' "$mode" "$PWD" "$name" "$@" > "$ctl/c$n"
case $line in *bake*|*compose*|"ko "*) env -0 > "$ctl/e$n" ;; esac
case $mode in fail|late|part*) echo "error: $line" >&2; exit 1 ;; esac
case $line in
  "git rev-parse HEAD") echo "$GITHUB_SHA" ;;
  "git rev-parse --short=7 HEAD"|"git rev-parse --short HEAD") printf '%.7s\n' "$GITHUB_SHA" ;;
  "git describe"*) echo "$GITHUB_REF_NAME" ;;
  "git tag --points-at"*) echo "$GITHUB_REF_NAME" ;;
  "date +%Y%m%d%H%M%S"|"date +%s") cat "$ctl/clock" ;;
  date*) echo 20260101 ;;
  "docker images -q"*|*"inspect"*) echo sha256:0123 ;;
esac
exit 0
"""

_SUDO = r"""#!/bin/sh
while :; do case $1 in -E|-H|-n) shift ;; -u) shift 2 ;; *) break ;; esac; done
exec "$@"
"""


@dataclass(frozen=True)
class Fault:
    """What goes wrong: which call (by its whole line), from which time on, how often, and how."""

    line: str
    mode: str
    first: int = 1
    last: int = 999
    part: int = 0
    """With mode ``part``: how many writes become visible before the failure; or which group of a bake."""


@dataclass(frozen=True)
class Noted:
    """A call and how it ended."""

    call: Call
    mode: str
    effects: Effects
    """What it makes visible when it succeeds (asked at once: the files may be gone later)."""


def emptied(folder: Path) -> None:
    """Take everything out of *folder*."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)


class StandIns:
    """A folder of stand-ins below *root*, and what they noted."""

    def __init__(self, root: Path):
        self.bin, self.notes = root / "bin", root / "ctl"
        self.slow = 0.25
        """Seconds that a slow call takes: longer than what runs beside it, if the machine is not too busy."""
        self.bin.mkdir()
        script = self.bin / "stand-in"
        script.write_text(_SCRIPT)
        script.chmod(0o755)
        for name in NAMES:
            (self.bin / name).symlink_to("stand-in")
        (self.bin / "sudo").write_text(_SUDO)
        (self.bin / "sudo").chmod(0o755)
        self.notes.mkdir()

    def begin(self, fault: Fault | None, clock: int) -> None:
        """Forget what was noted; from now on *fault* happens."""
        emptied(self.notes)
        rule = ""
        if fault:
            quoted = fault.line.replace("'", "'\\''")
            times = f"FROM={fault.first} TO={fault.last}"
            rule = f"KEY='{quoted}' {times} MODE={fault.mode} SLOW={self.slow}\n"
        (self.notes / "rule").write_text(rule)
        (self.notes / "clock").write_text(f"{20260101000000 + clock}\n")

    @property
    def cancelled(self) -> bool:
        """Did a call cancel the run?"""
        return (self.notes / "cancel").exists()

    @property
    def stopped(self) -> bool:
        """Was the job cancelled in the middle of a call, with the run or alone?"""
        return self.cancelled or (self.notes / "timeout").exists()

    def noted(self) -> list[Noted]:
        """The calls, in the order in which they became visible."""
        found = []
        number = 1
        while (note := self.notes / f"c{number}").exists():
            mode, folder, program, *arguments = note.read_bytes().decode().split("\0")[:-1] or ("", "", "")
            around = self.notes / f"e{number}"
            pairs = around.read_bytes().decode().split("\0") if around.exists() else ()
            names = dict(pair.partition("=")[::2] for pair in pairs if "=" in pair)
            call = Call(program, tuple(arguments), Path(folder), names)
            found.append(Noted(call, mode, NOTHING if mode == "fail" else effects(call)))
            number += 1
        return found
