"""What a Dockerfile takes from outside the context: base images, other images, downloads.

Docker docs, "Dockerfile reference": ``FROM``, ``ARG`` before ``FROM``, ``COPY --from``, ``ADD``,
``RUN --mount=from``. Only that is read; everything else is bytes that go into the fingerprint as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

_VARIABLE = lazy_pattern(r"\$(?:\{(\w+)(?:(:[-+])([^}]*))?\}|(\w+))")
_HEREDOC = lazy_pattern(r"<<-?[\"']?(\w+)[\"']?")
_REMOTE = lazy_pattern(r"(?:https?|git|ssh)://|git@")


@dataclass(frozen=True, slots=True)
class Outside:
    """``bases``: images by reference as written after substitution, in order, without stages of the file.
    ``unknown``: why it cannot be told what goes in (a download, a variable that nobody sets).
    """

    bases: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def outside_inputs(text: str, args: Mapping[str, str]) -> Outside:
    """What the Dockerfile *text* takes from outside when built with *args*."""
    globals_: dict[str, str] = {}
    stages: list[str] = []
    bases: dict[str, None] = {}
    unknown: list[str] = []

    def take(reference: str, what: str) -> None:
        filled, lacking = _fill(reference, globals_)
        if lacking:
            unknown.append(f"{what} {reference}: nobody sets {', '.join(lacking)}")
        elif filled.lower() not in stages and filled != "scratch" and not filled.isdigit():
            bases[filled] = None

    for instruction, rest in instructions(text):
        flags, words = _flags(rest)
        if instruction == "ARG" and not stages:
            name, given, default = rest.partition("=")
            value = args.get(name.strip(), default.strip().strip("\"'") if given else None)
            if value is not None:
                globals_[name.strip()] = _fill(value, globals_)[0]
        elif instruction == "FROM" and words:
            take(words[0], "FROM")
            named = len(words) > 2 and words[1].upper() == "AS"
            stages.append(words[2].lower() if named else str(len(stages)))
        elif instruction == "COPY" and "from" in flags:
            take(flags["from"], "COPY --from")
        elif instruction == "ADD" and any(_REMOTE.match(word) for word in words[:-1]):
            if "checksum" not in flags:
                unknown.append(f"ADD downloads {words[0]}")
        elif instruction == "RUN":
            for mount in re.findall(r"--mount=(\S+)", rest):
                source = dict(part.partition("=")[::2] for part in mount.split(",")).get("from")
                if source:
                    take(source, "RUN --mount")
    return Outside(tuple(bases), tuple(unknown))


@dataclass(slots=True)
class _Stage:
    """One FROM: what it starts from, where its steps run, and the stages that it takes files from."""

    name: str
    base: str
    on_target: bool
    runs: bool = False
    takes: list[str] = field(default_factory=list)


def runs_for_target(text: str, target: str = "", here: str = "") -> bool:
    """Whether a build of the Dockerfile *text* up to stage *target* (empty: the last) runs a program of the
    platform it is built for; False when all it does there is to copy.

    ``FROM --platform=$BUILDPLATFORM``, or a platform that is *here*, runs on the machine that builds. Where
    it cannot be told, the answer is True.
    """
    stages: list[_Stage] = []
    for instruction, rest in instructions(text):
        flags, words = _flags(rest)
        if instruction == "FROM" and words:
            name = words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else ""
            stages.append(_Stage(name, words[0].lower(), not _runs_here(flags.get("platform", ""), here)))
        elif instruction == "RUN" and stages:
            stages[-1].runs = True
            stages[-1].takes += re.findall(r"--mount=(?:\S*,)?from=([^\s,]+)", rest.lower())
        elif instruction == "COPY" and "from" in flags and stages:
            stages[-1].takes.append(flags["from"].lower())
    known = {str(number): stage for number, stage in enumerate(stages)}
    known |= {stage.name: stage for stage in stages if stage.name}
    first = known.get(target.lower()) if target else (stages[-1] if stages else None)
    return first is None or any(stage.runs and stage.on_target for stage in _behind(first, known))


def _behind(first: _Stage, known: Mapping[str, _Stage]) -> Iterator[_Stage]:
    """The stages that are built for *first*, and itself."""
    waiting, seen = [first], set[int]()
    while waiting:
        stage = waiting.pop()
        if id(stage) not in seen:
            seen.add(id(stage))
            yield stage
            waiting += [known[name] for name in (stage.base, *stage.takes) if name in known]


def _runs_here(platform: str, here: str) -> bool:
    return platform in ("$BUILDPLATFORM", "${BUILDPLATFORM}") or (bool(here) and platform == here)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction in capitals, and the rest of its (continued) line; here-documents are passed over."""
    lines = iter(text.removeprefix("\ufeff").splitlines())
    escape = _escape(text)
    for line in lines:
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        while stripped.endswith(escape):
            following = next((n for n in lines if not n.strip().startswith("#")), None)
            if following is None:
                break
            stripped = stripped[:-1] + " " + following.strip()
        name, _, rest = stripped.partition(" ")
        for end in _HEREDOC.findall(rest) if name.upper() in ("RUN", "COPY", "ADD") else ():
            for inner in lines:
                if inner.strip() == end:
                    break
        yield name.upper(), rest.strip()


_TAKES = {
    "FROM": lazy_pattern(r"^(\s*\S+[\s\\`]+(?:--\S+[\s\\`]+)*)(\S+)"),
    "COPY": lazy_pattern(r"(--from=)(\S+)"),
    "RUN": lazy_pattern(r"(--mount=(?:\S*,)?from=)([^\s,]+)"),
}
"""Where an instruction names an image; the second group is the name."""


def with_images(text: str, args: Mapping[str, str], images: Mapping[str, str]) -> str:
    """The Dockerfile *text* with *images*, references by name, wherever it takes one of those names.

    For builders that know no named contexts. Everything else stays as it is.
    """
    globals_: dict[str, str] = {}
    staged = False
    out = []
    for name, words, body in _blocks(text):
        if name == "ARG" and not staged:
            key, _, value = words.strip().partition(" ")[2].partition("=")
            globals_[key.strip()] = _fill(args.get(key.strip(), value.strip().strip("\"'")), globals_)[0]
        staged = staged or name == "FROM"
        pattern = _TAKES.get(name)
        taken = lambda m: m[1] + images.get(_fill(m[2], globals_)[0], m[2])  # noqa: E731
        out.append((pattern.sub(taken, words) if pattern else words) + body)
    return "".join(out)


def _blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Each instruction: its name in capitals, its own lines, and the here-documents after it. Blank lines and
    comments between instructions have no name."""
    escape, lines = _escape(text), iter(text.splitlines(keepends=True))
    for line in lines:
        bare = line.strip()
        if not bare or bare.startswith("#"):
            yield "", line, ""
            continue
        words, body = line, ""
        while bare.endswith(escape) or bare.startswith("#"):
            following = next(lines, None)
            if following is None:
                break
            words, bare = words + following, following.strip()
        name = words.split(None, 1)[0].upper()
        for end in _HEREDOC.findall(words) if name in ("RUN", "COPY", "ADD") else ():
            for inner in lines:
                body += inner
                if inner.strip() == end:
                    break
        yield name, words, body


def _escape(text: str) -> str:
    """The line continuation; ``# escape=`` at the very top changes it."""
    for line in text.splitlines():
        found = re.fullmatch(r"#\s*(\w+)\s*=\s*(.+?)\s*", line.strip())
        if not found:
            break
        if found[1].lower() == "escape":
            return found[2]
    return "\\"


def _flags(rest: str) -> tuple[dict[str, str], list[str]]:
    words = rest.split()
    flags: dict[str, str] = {}
    while words and words[0].startswith("--"):
        name, _, value = words.pop(0)[2:].partition("=")
        flags[name] = value
    return flags, words


def _fill(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    lacking: list[str] = []

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        value = values.get(name, "")
        if match[2] == ":-":
            return value or match[3]
        if match[2] == ":+":
            return match[3] if value else ""
        if not value:
            lacking.append(name)
        return value

    return _VARIABLE.sub(one, text.strip("\"'")), lacking
