"""A small part of ``cmd``, said in POSIX shell: programs and their words, ``set``, ``||``, ``if errorlevel``.

A batch file goes on after a program that fails and ends with the code of the last one. What is not in this
part (loops, labels, blocks, batch files) makes the script one that is not read.
"""

from __future__ import annotations

import re

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.powershell import NotRead

_IGNORED = lazy_pattern(r"(?i)^(?:@?echo\s+(?:off|on)|rem\b.*|::.*|@?setlocal.*|@?endlocal|chcp\b.*|pause)$")
_FAILED = r"if\s+(?:errorlevel\s+1|%errorlevel%\s+neq\s+0|not\s+%errorlevel%\s*==\s*0)\s+"
_STOPS = lazy_pattern(rf"(?i)^{_FAILED}exit(?:\s+/b)?(?:\s+(?:\d+|%errorlevel%))?$")
_EXIT = lazy_pattern(r"(?i)^exit(?:\s+/b)?(?:\s+(\d+|%errorlevel%))?$")
_OR_EXIT = lazy_pattern(r"(?i)\s*\|\|\s*exit(?:\s+/b)?(?:\s+(?:\d+|%errorlevel%))?$")
_SET = lazy_pattern(r"(?i)^set\s+\"?(\w+)=([^\"]*)\"?$")
_KEYWORD = lazy_pattern(r"(?i)^(if|for|goto|call|start|:\w+|\(|\))")
_BATCH_FILES = frozenset(
    ("npm", "npx", "yarn", "pnpm", "mvn", "mvnw", "gradle", "gradlew", "az", "gcloud", "sbt")
)
"""Programs that are batch files: without ``call`` nothing after them runs."""
_VARIABLE = lazy_pattern(r"%(\w+)%")


def in_posix(text: str) -> str:
    """*text* as a script of a POSIX shell without ``-e``; raises :class:`NotRead`."""
    lines = re.sub(r"\^\r?\n", " ", text).splitlines()
    return "\n".join(["errorlevel=0; " + "\n".join(map(_line, lines)), "exit $errorlevel", ""])


def _line(line: str) -> str:
    said = line.strip()
    if not said or _IGNORED.match(said):
        return ""
    said = said.removeprefix("@")
    if _STOPS.match(said):
        return '[ "$errorlevel" -eq 0 ] || exit 1'
    ended = _EXIT.match(said)
    if ended is not None:
        return "exit $errorlevel" if (ended[1] or "%").startswith("%") else f"exit {ended[1]}"
    stops = _OR_EXIT.search(said) is not None
    said = _OR_EXIT.sub("", said)
    called = re.match(r"(?i)^call\s+(?!:)(?!\S+\.(?:bat|cmd)\b)", said)
    said = said[called.end() :] if called is not None else said
    if _KEYWORD.match(said) or re.search(
        r"[&|<>^!`$]|%[~*\d%]", said.replace(">nul", "").replace("2>&1", "")
    ):
        raise NotRead(f"`{said[:40]}`")
    said = re.sub(r"(?i)\s*\d?>\s*nul|2>&1", "", said)
    given = _SET.match(said)
    if given is not None:
        return f'export {given[1]}="{_VARIABLE.sub(_name, given[2])}"'
    words = re.findall(r'(?:[^\s"]|"[^"]*")+', said)
    program = re.sub(r"(?i)\.exe$", "", words[0].strip('"').replace("\\", "/"))
    if program.lower() in _BATCH_FILES and called is None:
        raise NotRead(f"`{program}` without `call`")
    held = " ".join([program, *map(_word, words[1:])])
    return f"{held} || exit 1" if stops else f"{held}; errorlevel=$?"


def _word(text: str) -> str:
    plain = text.replace('"', "").replace("\\", "\\\\")
    return '"' + _VARIABLE.sub(_name, plain) + '"'


def _name(found: re.Match[str]) -> str:
    return "$errorlevel" if found[1].lower() == "errorlevel" else "${" + found[1] + "}"
