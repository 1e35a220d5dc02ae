"""A small part of PowerShell, said in POSIX shell: programs and their words, variables, ``if``, exits.

What GitHub runs for ``shell: pwsh`` stops at a cmdlet that fails, never at a program that does; the step
ends with the code of the last program (GitHub docs, workflow syntax, ``jobs.<id>.steps[*].shell``). Lines
stay where they are. Whatever is not in this part (loops, functions, ``try``, pipelines, objects) makes the
script one that is not read: :class:`NotRead`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


class NotRead(Exception):
    """A construct that is not read; the message names it."""


_CODE = "LASTEXITCODE"
_KEYWORD = (
    r"(?i)^(foreach|for|while|do|switch|function|filter|try|catch|finally|trap|param|begin|process|end|class|enum"
    r"|workflow|parallel|sequence|data|dynamicparam|using|return|break|continue)\b"
)
_IF = r"(?i)^(if|elseif)\s*\("
_ASSIGNED = r"(?is)^(?:\[[\w.]+\])?\$(\{?env:)?(\w+)\}?\s*(\+?=)\s*(?!=)(.*)$"
_CMDLET = r"^[A-Za-z]+-[A-Za-z][A-Za-z0-9]+$"
_RUNS = (
    r"(?i)^(?:Invoke-(?!WebRequest|RestMethod)|Start-(?!Sleep)|Import-|Register-|Set-Alias|New-Alias|Wait-)"
)
_HANDED_ON = (
    r"(?is)^(?:echo |Write-Output )?(\"[^\"]*\"|'[^']*')\s*"
    r"(?:>>|\|\s*(?:Out-File|Add-Content)\b(?:\s+-\w*Path)?)"
    r"\s*\$\{?env:([A-Z]+_\w+)\}?((?:\s+-\w+(?:\s+\w+)?)*)$"
)
_QUIET = r"(?i)\s*(?:\|\s*Out-(?:Null|Host|Default)|[2*]?>\s*\$null|2>&1)\s*$"
_SIMPLE_STRING = r"(?s)^(?:\"(?:[^\"`]|`.)*\"|'(?:[^']|'')*')$"


def in_posix(text: str) -> str:
    """*text* as a script of a POSIX shell without ``-e``, which does the same; raises :class:`NotRead`."""
    if "@'" in text or '@"' in text:
        raise NotRead("a here-string")
    text = re.sub(r"<#.*?#>", lambda found: "\n" * found[0].count("\n"), text, flags=re.S)
    out = [f"{_CODE}=0; "]
    depth = 0
    for statement, end in _statements(re.sub(r"`\r?\n", " \\\n", text)):
        said = statement.strip().replace("\\\n", "")
        lines = statement.count("\n")
        depth += (end == "{") - (end == "}")
        if depth < 0:
            raise NotRead("braces that do not match")
        out.append(_condition(said) if end == "{" else _statement(said))
        out.append("; " if said and end in ";}" else " " if end == "{" else "")
        out.append("\n" * lines + ("fi; " if end == "}" else end if end == "\n" else ""))
    if depth:
        raise NotRead("braces that do not match")
    return _tidy("".join(out)) + f"\nexit ${_CODE}\n"


def _tidy(text: str) -> str:
    """An ``else`` belongs to the ``if`` that was closed before it."""
    text = re.sub(r"\bfi;(\s*)((?:else|elif) )", r"\1\2", text)
    return re.sub(r"\b(then|else)(\s+)(?=(?:else|elif|fi)\b)", r"\1 :;\2", text)


def _statements(text: str) -> Iterator[tuple[str, str]]:
    """Statements with what ends each: a newline, ``;``, or a brace."""
    start = depth = at = 0
    while at < len(text):
        char = text[at]
        if char in "\"'":
            at = _after_string(text, at)
            continue
        if char == "#" and (at == 0 or text[at - 1] in " \t\n;{}("):
            stop = text.find("\n", at)
            text = text[:at] + (text[stop:] if stop >= 0 else "")
            continue
        if char == "\\" and text[at : at + 2] == "\\\n":
            at += 2
            continue
        depth += (char == "(") - (char == ")")
        if char == "$" and text[at : at + 2] == "${":
            at = text.find("}", at) + 1 or len(text)
            continue
        if depth == 0 and char in "\n;{}":
            yield text[start:at], char
            start = at + 1
        at += 1
    yield text[start:], "\n"


def _after_string(text: str, at: int) -> int:
    quote, at = text[at], at + 1
    while at < len(text) and (text[at] != quote or text[at : at + 2] == "''"):
        at += 2 if text[at] == ("`" if quote == '"' else "'") else 1
    if at >= len(text):
        raise NotRead("a string that does not end")
    return at + 1


def _condition(said: str) -> str:
    if said.lower() == "else":
        return "else"
    found = re.match(_IF, said)
    if found is None or not said.endswith(")"):
        raise NotRead(f"`{said.partition(' ')[0] or '{'}`")
    inner = said[found.end() : -1].strip()
    word = "if" if found[1].lower() == "if" else "elif"
    failed = re.fullmatch(r"(?i)\$LASTEXITCODE\s+-(ne|eq|gt)\s+0", inner)
    if failed is not None:
        return f'{word} [ "${_CODE}" -{failed[1].lower()} 0 ]; then'
    if re.fullmatch(r"(?i)(?:-not\s*|!)\s*\(?\$\?\)?", inner):
        return f'{word} [ "${_CODE}" -ne 0 ]; then'
    if _runs_something(inner):
        raise NotRead(f"a condition that runs something: {inner[:40]}")
    return f"{word} which_of_many; then"


def _runs_something(expression: str) -> bool:
    """Whether an expression has a command in it."""
    return re.search(r"(?:^|[(&|]\s*|-and\s+|-or\s+)(?!-)[A-Za-z][\w-]*\s+[^-=\s)]", expression) is not None


def _statement(said: str) -> str:
    if not said or said in ("{", "}"):
        return ""
    if re.match(_KEYWORD, said):
        raise NotRead(f"`{re.match(_KEYWORD, said)[1].lower()}`")  # type: ignore[index]
    handed = re.match(_HANDED_ON, said)
    if handed is not None:
        return f"printf '%s\\n' {_word(handed[1])} >> ${handed[2]}"
    assigned = re.match(_ASSIGNED, said)
    if assigned is not None:
        return _assignment(bool(assigned[1]), assigned[2], assigned[3], assigned[4].strip())
    ended = re.match(r"(?i)^(?:exit\b\s*(.*)|throw\b.*)$", said, re.S)
    if ended is not None:
        code = (ended[1] or "0").strip() if ended[1] is not None else "1"
        return (
            f"exit {_word(code)}"
            if re.fullmatch(r"\d+|\$LASTEXITCODE", code, re.I)
            else _not_read("an exit code")
        )
    if re.match(_SIMPLE_STRING, said) or re.fullmatch(r"\$[\w:]+", said):
        return f"echo {_word(said)}"
    return _program(said)


def _not_read(what: str) -> str:
    raise NotRead(what)


def _assignment(environment: bool, name: str, how: str, value: str) -> str:
    target = name if environment else _variable(name)
    if name.lower() == "psnativecommanduseerroractionpreference":
        return "set -e" if value.lower() == "$true" else "set +e"
    before = "${" + target + "}" if how == "+=" else ""
    if re.match(_SIMPLE_STRING, value) or re.fullmatch(r"\$(?:env:)?\w+|[\w./-]*\d[\w.]*", value):
        said = f'{target}="{before}"{_word(value)}'
    elif re.match(r"\(?\s*[A-Za-z]+-[A-Z]\w+\b", value) and not re.match(_RUNS, value.lstrip("( ")):
        said = f"{target}=$(just_expression '{re.sub(chr(39), '', value)[:60]}') || exit 1"
    elif _runs_something(value):
        inner = _program(value.removeprefix("(").removesuffix(")") if value.startswith("(") else value)
        program, _, _ = inner.partition("; ")
        said = f"{target}=$({program}); {_CODE}=$?"
    else:
        said = f"{target}=$(just_expression '{re.sub(chr(39), '', value)[:60]}')"
    return f"export {target}; {said}" if environment else said


def _program(said: str) -> str:
    said = re.sub(_QUIET, "", re.sub(_QUIET, "", said))
    called = said.startswith("&")
    words = list(_words(said[1:].strip() if called else said))
    name = words[0] if words else ""
    bare = name.strip('"')
    if not re.fullmatch(r"[\w./\\:~+-]+", bare) and not called:
        raise NotRead(f"an expression: {said[:40]}")
    if re.match(_CMDLET, bare):
        if re.match(_RUNS, bare):
            raise NotRead(bare)
        return "just_expression || exit 1"
    if bare.lower() in _ALIASES:
        return " ".join([_ALIASES[bare.lower()], *words[1:]]) + " || exit 1"
    plain = re.sub(r"(?i)\.exe$", "", bare.replace("\\\\", "/").replace("\\", "/"))
    return " ".join([f'"{plain}"' if called else plain, *words[1:]]) + f"; {_CODE}=$?"


_SAME = """
    cd=cd chdir=cd sl=cd mkdir=mkdir md=mkdir rm=rm del=rm ri=rm cp=cp copy=cp mv=mv move=mv cat=cat gc=cat
    type=cat echo=echo write=echo pwd=pwd ls=ls dir=ls gci=ls sleep=sleep
"""
_ALIASES = dict(pair.split("=") for pair in _SAME.split())
"""Names of cmdlets that a POSIX shell knows for the same."""


def _words(said: str) -> Iterator[str]:
    at = 0
    while at < len(said):
        if said[at].isspace():
            at += 1
            continue
        stop = at
        while stop < len(said) and not said[stop].isspace():
            if said[stop] in "\"'":
                stop = _after_string(said, stop)
            elif said[stop] in "|&<>(),@" and not (said[stop] == "@" and stop > at):
                raise NotRead(f"`{said[stop]}` in: {said[:40]}")
            else:
                stop += 1
        yield _word(said[at:stop])
        at = stop


def _word(text: str) -> str:
    """One word, as a POSIX shell has it in double quotes."""
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "'":
            stop = _after_string(text, at)
            out.append(re.sub(r'([\\"$`])', r"\\\1", text[at + 1 : stop - 1].replace("''", "'")))
            at = stop
        elif text[at] == '"':
            stop = _after_string(text, at)
            out.append(_expanded(text[at + 1 : stop - 1]))
            at = stop
        else:
            stop = min((found for quote in "\"'" if (found := text.find(quote, at)) >= 0), default=len(text))
            bare = text[at:stop]
            if re.search(r"\$\w+\.\w|\$\w+\[|\$\(", bare):
                raise NotRead(f"a member of an object: {bare[:40]}")
            out.append(_expanded(bare))
            at = stop
    return '"' + "".join(out) + '"'


_INSIDE = r"(?i)`(.)|\$\{?env:(\w+)\}?|\$\{(\w+)\}|\$(\w+)(:)?|\$\(\s*\$(env:)?(\w+)\s*\)|(\$\()|([\\\"])"


def _expanded(text: str) -> str:
    return re.sub(_INSIDE, _part, text)


def _part(found: re.Match[str]) -> str:
    escaped, environment, braced, plain, drive, inner_env, inner, code, special = found.groups()
    if escaped is not None:
        return f"\\{escaped}" if escaped in '"$`\\' else _not_read(f"`{escaped}")
    if drive is not None or code is not None:
        raise NotRead(f"{found[0]} in a text")
    if environment is not None or inner_env is not None:
        return "${" + (environment or inner) + "}"
    if special is not None:
        return f"\\{special}"
    return "${" + _variable(braced or plain or inner) + "}"


def _variable(name: str) -> str:
    """PowerShell's own variables are not those of the environment, and have one case."""
    return _CODE if name.upper() == _CODE else f"ps_{name.lower()}"
