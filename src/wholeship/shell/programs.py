"""What common programs print, as far as a tag may be made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from wholeship.core.patterns import lazy_pattern
from wholeship.shell import jq, paths
from wholeship.shell.arithmetic import as_value, computed, number_of
from wholeship.shell.names import HEAD, HISTORY, LEG
from wholeship.shell.words import unescape_printf
from wholeship.texts.template import NOTHING, Hole, Kind, Template, Value

Read = Callable[[str], str | None]
"""The text of a file of the repository; None: not there, or not to be had."""

_READERS = (
    "cat jq yq grep awk gawk sed cut head tail tr sort uniq wc node npm python python3 tomlq xmllint git "
    "basename dirname realpath cargo poetry hatch mvn gradle sha256sum sha1sum md5sum find ls rev"
)
REPOSITORY_READERS = frozenset(_READERS.split())
"""Programs whose answer depends on the files of the commit, hence is the same wherever it is asked."""


_SUMS = frozenset(("sha256sum", "sha1sum", "md5sum"))
"""Programs whose answer is another one where the text ends in a new line."""


def _uncounted(text: Template) -> Template:
    """How many there are of something is no id of it."""
    return Template.of(
        *(
            replace(part, kinds=(part.kinds - {Kind.COMMIT}) | {Kind.FILE})
            if isinstance(part, Hole) and Kind.COMMIT in part.kinds
            else part
            for part in text.parts
        )
    )


_OF_FILES = "cat jq yq grep awk gawk sed cut head tail sort uniq wc tomlq xmllint rev tr sha256sum md5sum"
FILE_READERS = frozenset(_OF_FILES.split())
"""Programs that say something about the files that they are given."""
WITH_A_FILTER = frozenset(["jq", "yq", "grep", "awk", "gawk", "sed", "tr", "tomlq"])
"""Those of them whose first word is what they look for."""


def program_output(argv: Sequence[Template], stdin: Value | None, read: Read, site: str) -> Value:
    """The standard output of one command line."""
    name = (argv[0].literal or "") if argv else ""
    name = name.rpartition("/")[2]
    words = argv[1:]
    if name in _MODELS:
        answer = _MODELS[name](words, stdin, read, site)
        if answer is not None:
            return answer
    return _unknown(name, argv, stdin, read, site) + Value.literal_of("\n")


def of_this_job(text: Value) -> Value:
    """*text*, which another job need not get when it asks the same."""
    return text.map(
        lambda option: Template.of(
            *(
                part if isinstance(part, str) else replace(part, kinds=part.kinds | {Kind.OUTPUT}, site=LEG)
                for part in option.parts
            )
        )
    )


def _unknown(name: str, argv: Sequence[Template], stdin: Value | None, read: Read, site: str) -> Value:
    """One hole, made from what the program is given."""
    line = " ".join(map(str, argv))
    if stdin is not None and name in REPOSITORY_READERS and not _asks_elsewhere(name, argv[1:]):
        found = (stdin if name in _SUMS else stdin.map(chomped)).derive(line)
        return found.map(_uncounted) if name == "wc" else found
    holes = frozenset(kind for word in argv for hole in word.holes for kind in hole.kinds)
    if name in FILE_READERS and not any(word.literal and read(word.literal) is not None for word in argv[1:]):
        return Value.of(Template.of(Hole(line, holes | {Kind.OUTPUT}, LEG)))
    if _asks_elsewhere(name, argv[1:]):
        return Value.of(Template.of(Hole(line, holes | {Kind.OUTPUT}, LEG)))
    if name in REPOSITORY_READERS and not _may_say_anything(name, argv[1:]):
        return Value.of(Template.of(Hole(line, holes | {Kind.FILE}, HEAD)))
    if name in ("uuidgen", "mktemp", "openssl", "shuf"):
        return Value.hole(Kind.RANDOM, line, site)
    if name == "hostname":
        return Value.hole(Kind.RUNNER, line, site)
    return Value.of(Template.of(Hole(line, holes | {Kind.OUTPUT}, site)))


def _asks_elsewhere(name: str, words: Sequence[Template]) -> bool:
    """Whether a reader of the repository is asked for something else: a registry, the machine, the time."""
    if name in ("ls", "find", "realpath"):
        return any(word.head[:1] in ("/", "~", "$") for word in words)
    if name == "npm":
        return bool(words) and words[0].literal in (
            "view",
            "show",
            "info",
            "v",
            "outdated",
            "search",
            "dist-tag",
        )
    return name in _LANGUAGES and _CHANGES.search(" ".join(map(str, words))) is not None


_LANGUAGES = frozenset(("python", "python3", "node"))
_INLINE = frozenset(("-c", "-p", "-e", "-pe", "--eval", "--print"))
_CHANGES = lazy_pattern(r"time|date|random|uuid|secrets|Date|environ|env\b")


def _may_say_anything(name: str, words: Sequence[Template]) -> bool:
    """Whether it runs a program: that may say the time. One line says what stands in a file."""
    if name not in _LANGUAGES:
        return False
    inline = any(word.literal in _INLINE for word in words)
    return not inline or _CHANGES.search(" ".join(map(str, words))) is not None


def chomped(template: Template) -> Template:
    """Without the newlines at the end, as ``$( )`` gives it."""
    parts = template.parts
    if parts and isinstance(parts[-1], str):
        return Template.of(*parts[:-1], parts[-1].rstrip("\n"))
    return template


def _echo(words: Sequence[Template], _in: Value | None, _read: Read, _site: str) -> Value:
    words, newline, escapes = list(words), True, False
    while words and re.fullmatch(r"-[neE]+", words[0].literal or ""):
        flags = words.pop(0).literal or ""
        newline, escapes = newline and "n" not in flags, escapes or "e" in flags
    parts: list[str | Template] = []
    for at, word in enumerate(words):
        parts += [" ", word] if at else [word]
    text = Template.of(*parts, "\n" if newline else "")
    return Value.of(_each_literal(text, unescape_printf) if escapes else text)


def _printf(words: Sequence[Template], _in: Value | None, _read: Read, site: str) -> Value | None:
    words = words[1:] if words and words[0].literal == "--" else words
    if not words or words[0].literal == "-v":
        return NOTHING
    form = words[0].literal
    if form is None:
        return Value.of(_each_literal(words[0], unescape_printf))
    parts: list[str | Template] = []
    rest = list(words[1:])
    while True:
        before = len(rest)
        for piece in re.split(r"(%\([^)]*\)T|%[-0-9.]*[a-zA-Z]|%%)", unescape_printf(form)):
            if piece == "%%":
                parts.append("%")
            elif piece.startswith("%("):
                moment = rest.pop(0).literal if rest else "-1"
                parts.append(Template.of(Hole(f"printf {piece} {moment}", frozenset({Kind.CLOCK}), site)))
            elif piece.startswith("%") and len(piece) > 1:
                parts.append(rest.pop(0) if rest else "")
            else:
                parts.append(piece)
        if not rest or len(rest) == before:
            return Value.of(Template.of(*parts))


def _date(words: Sequence[Template], _in: Value | None, _read: Read, site: str) -> Value:
    line = " ".join(map(str, ("date", *words)))
    literals = [word.literal or "" for word in words]
    fixed = any(word.startswith(("-d", "--date", "-r", "@")) for word in literals)
    if fixed:  # date -d @$(git log -1 --format=%ct): as constant as what it is given
        kinds = frozenset(kind for word in words for hole in word.holes for kind in hole.kinds)
        return Value.of(Template.of(Hole(line, kinds or frozenset({Kind.CLOCK}), site)))
    return Value.hole(Kind.CLOCK, line, site)


def _cat(words: Sequence[Template], stdin: Value | None, read: Read, _site: str) -> Value | None:
    names = [word.literal for word in words if not (word.literal or "").startswith("-")]
    if not names:
        return stdin or NOTHING
    texts = [read(name) if name else None for name in names]
    if None in texts:
        return None
    return Value.literal_of("".join(text or "" for text in texts))


def _git(words: Sequence[Template], _in: Value | None, _read: Read, _site: str) -> Value:
    line = " ".join(map(str, ("git", *words)))
    text = " ".join(word.literal or "" for word in words)
    if "--show-toplevel" in text:
        return Value.hole(Kind.RUNNER, paths.ROOT)
    if _ELSEWHERE.search(text):
        kind = Kind.REF if _NAMES_OF_REFS.search(text) else Kind.COMMIT if _has_an_id(text) else Kind.FILE
        return Value.of(Template.of(Hole(line, frozenset({kind, Kind.OUTPUT}), LEG)))
    if re.search(r"\brev-parse\b.*\bHEAD\b|\blog\b|\brev-list\b|\bshow\b", text) and "abbrev-ref" not in text:
        kind = Kind.COMMIT if _has_an_id(text) else Kind.FILE
        return Value.of(
            Template.of(Hole(line, frozenset({kind}), HEAD if _ONE_COMMIT.search(text) else HISTORY))
        )
    if re.search(r"\bdescribe\b", text):
        return Value.of(Template.of(Hole(line, frozenset({Kind.REF}), HISTORY)))
    if re.search(r"\babbrev-ref\b|\bbranch\b|\btag\b|\bsymbolic-ref\b|\bls-remote\b", text):
        return Value.of(Template.of(Hole(line, frozenset({Kind.REF}), HEAD)))
    return Value.of(Template.of(Hole(line, frozenset({Kind.FILE}), HEAD)))


_ELSEWHERE = lazy_pattern(
    r"\b(?:FETCH_HEAD|ls-remote|for-each-ref)\b|(?<![\w./-])(?:origin|upstream)/(?!HEAD\b)|@\{u|--dirty|\bstatus\b"
)
"""What git fetches, and how a work tree stands: that can be another text in the next job."""
_NAMES_OF_REFS = lazy_pattern(r"\b(?:describe|abbrev-ref|branch|tag|symbolic-ref|ls-remote|for-each-ref)\b")
_ONE_COMMIT = lazy_pattern(r"\brev-parse\b|\bshow\b|\s(?:-1|-n ?1|--max-count[= ]1)\b")
_FORMAT = lazy_pattern(r"--(?:pretty|format)[= ](?:t?format:)?(.*)")


def _has_an_id(text: str) -> bool:
    """Whether the id of a commit is in what ``git log`` and its like print: a date or a number is none."""
    form = _FORMAT.search(text)
    named = form is None or "%" not in form[1] or re.search(r"%[HhTt]", form[1]) is not None
    return named and "--count" not in text


def _expr(words: Sequence[Template], _in: Value | None, _read: Read, site: str) -> Value | None:
    """``expr A + B``."""
    if len(words) != 3 or words[1].literal not in ("+", "-"):
        return None
    number = computed(words[1].literal, number_of(words[0]), number_of(words[2]))
    return None if number is None else as_value(number, "", site) + Value.literal_of("\n")


def _basename(words: Sequence[Template], _in: Value | None, _read: Read, _site: str) -> Value | None:
    if not words:
        return None
    before, after = words[0].cut("/", last=True)
    return Value.of(after if after is not None else before)


def _dirname(words: Sequence[Template], _in: Value | None, _read: Read, _site: str) -> Value | None:
    if not words:
        return None
    before, after = words[0].cut("/", last=True)
    if after is None and words[0].literal is None:
        return None  # what is known of it has no slash
    return Value.of(Template.of(before if after is not None else Template.of("."), "\n"))


def _tr(words: Sequence[Template], stdin: Value | None, _read: Read, _site: str) -> Value | None:
    given = [word.literal for word in words]
    if stdin is None or None in given:
        return None
    literals = [text or "" for text in given]
    lower = (("[:upper:]", "[:lower:]"), ("A-Z", "a-z"), ("[A-Z]", "[a-z]"))
    if tuple(literals) in lower:
        return stdin.map(_recase_holes)
    if len(literals) == 2 and len(unescape_printf(literals[0])) == 1 == len(unescape_printf(literals[1])):
        old, new = map(unescape_printf, literals)
        return stdin.map(lambda template: _each_literal(template, lambda text: text.replace(old, new)))
    if len(literals) == 2 and literals[0] == "-d" and len(unescape_printf(literals[1])) == 1:
        return stdin.map(
            lambda t: _each_literal(t, lambda text: text.replace(unescape_printf(literals[1]), ""))
        )
    return None


def _recase_holes(template: Template) -> Template:
    """Lower case. Repository names are in lower case already, or could not be pushed."""
    return _each_literal(template, str.lower)


def _sed(words: Sequence[Template], stdin: Value | None, _read: Read, _site: str) -> Value | None:
    scripts = [word.literal for word in words if not (word.literal or "-").startswith("-")]
    if stdin is None or len(scripts) != 1 or scripts[0] is None:
        return None
    escaped = scripts[0].replace("\\/", "\0")
    found = re.fullmatch(r"s(.)(\^?)([\w./:\0-]*?)(\$?)\1([\w./:\0-]*)\1(g?)", escaped)
    if not found:
        return None
    _, anchor, old, last, new, every = (part.replace("\0", "/") for part in found.groups())
    literal = old.replace("\\.", ".")
    if last:
        return _sed_at_the_end(stdin, old, new) if not anchor and old.isascii() and "." not in old else None
    if anchor or not literal or "." in old.replace("\\.", ""):
        if anchor and literal and not re.search(r"\.", old):
            return stdin.map(lambda template: _without_head(template, literal, new))
        return None
    return stdin.map(
        lambda template: _each_literal(template, lambda text: text.replace(literal, new, -1 if every else 1))
    )


def _sed_at_the_end(stdin: Value, old: str, new: str) -> Value | None:
    """``s/old$/new/`` of lines that are known; nothing is said of others."""
    if any(option.literal is None for option in stdin.options):
        return None
    return stdin.map(
        lambda template: Template.of(
            re.sub(rf"{re.escape(old)}(?=\n|\Z)", lambda _: new, template.literal or "")
        )
    )


def _without_head(template: Template, head: str, new: str) -> Template:
    if template.head.startswith(head):
        return Template.of(new, template.head[len(head) :], *template.parts[1:])
    return template.derive(f"s/^{head}/{new}/") if template.holes else template


def _cut(words: Sequence[Template], stdin: Value | None, _read: Read, _site: str) -> Value | None:
    """``cut -d X -f N`` (or ``N-M``, ``N-``, ``-M``) and ``cut -c …`` of lines that are known."""
    said = "\0".join(word.literal if word.literal is not None else "\n" for word in words)
    found = re.fullmatch(r"(?:-d\0?([^\0\n])\0)?-([fc])\0?(\d*)(-?)(\d*)(?:\0-d\0?([^\0\n]))?", said)
    if found is None or stdin is None or any(option.literal is None for option in stdin.options):
        return None
    first, kind, start, to, end, last = found.groups()
    mark = first or last or "\t"
    if not (start or end) or (kind == "c" and (first or last)) or "0" in (start, end):
        return None
    part = slice(int(start or 1) - 1, int(end) if end else None if to else int(start))

    def kept(line: str) -> str:
        if kind == "c":
            return line[part]
        return mark.join(line.split(mark)[part]) if mark in line else line

    def each(template: Template) -> Template:
        text = template.literal or ""
        lines = [kept(line) for line in text.removesuffix("\n").split("\n")] if text else []
        return Template.of("".join(f"{line}\n" for line in lines))

    every = "".join(option.literal or "" for option in stdin.options)
    return stdin.map(each) if every.isascii() else None


def _jq(words: Sequence[Template], stdin: Value | None, read: Read, _site: str) -> Value | None:
    literals = [word.literal or "" for word in words]
    flags: list[str] = []
    given: list[str] = []
    for text in literals:
        (flags if text.startswith("-") and len(text) > 1 and not given else given).append(text)
    if not given or any(re.search(r"arg|slurp|null|from-file|^-\w*[snfR]", flag) for flag in flags):
        return None
    raw = any(re.fullmatch(r"-\w*r\w*|--raw-output|-\w*j\w*", flag) for flag in flags)
    texts = stdin.options if stdin is not None and len(given) == 1 else _file(given[1:], read)
    try:
        return Value.of(*(jq.answer(given[0], text, raw=raw) for text in texts)) if texts else None
    except jq.NotKnown:
        return None


def _file(names: list[str], read: Read) -> tuple[Template, ...]:
    text = read(names[0]) if len(names) == 1 else None
    return (Template.of(text),) if text is not None else ()


def _each_literal(template: Template, change: Callable[[str], str]) -> Template:
    return Template.of(*(change(part) if isinstance(part, str) else part for part in template.parts))


def _which(words: Sequence[Template], _in: Value | None, _read: Read, _site: str) -> Value | None:
    """A program's own name stands for its path."""
    names = [word for word in words if not word.head.startswith("-")]
    return Value.of(Template.of(names[0], "\n")) if names else None


def _silent(_w: Sequence[Template], _in: Value | None, _read: Read, _site: str) -> Value:
    return NOTHING


_MODELS: dict[str, Callable[[Sequence[Template], Value | None, Read, str], Value | None]] = {
    "echo": _echo,
    "cut": _cut,
    "printf": _printf,
    "date": _date,
    "gdate": _date,
    "cat": _cat,
    "git": _git,
    "basename": _basename,
    "expr": _expr,
    "dirname": _dirname,
    "tr": _tr,
    "sed": _sed,
    "jq": _jq,
    "which": _which,
    **dict.fromkeys(("cd", "mkdir", "rm", "cp", "mv", "chmod", "sleep", "true", "false", ":"), _silent),
}
