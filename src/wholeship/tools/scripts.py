"""Scripts read once: the same text in the same surroundings does the same in every scenario and leg.

Texts that a script makes anew (a clock, an unknown program) are made at :data:`HERE`; whoever asks puts the
step's own site in its place.
"""

from __future__ import annotations

import functools
import operator
import posixpath
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import field, fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeVar

from wholeship import tools as programs
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.pipeline.declared import Declared, declared_for
from wholeship.pipeline.effects import Effect, Opaque, Write
from wholeship.pipeline.merge import merged_effects
from wholeship.pipeline.ports import Repository
from wholeship.pipeline.run import Script
from wholeship.shell import paths
from wholeship.shell.dialects import SPEAKS, WITHOUT_ERREXIT, in_posix, is_posix, language
from wholeship.shell.foreign import OWN_FILES, ForeignFiles, WorkTree
from wholeship.shell.interpret import interpret
from wholeship.shell.names import HEAD, HISTORY, LEG, WITH, Surroundings, told
from wholeship.shell.placing import PLACES
from wholeship.shell.powershell import NotRead
from wholeship.shell.sinks import NO_SINKS, Sinks
from wholeship.shell.state import Command, Followed, State
from wholeship.shell.state import Script as ReadScript
from wholeship.shell.words import readings, vague
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.asked import answered
from wholeship.tools.curl_settings import told_to_curl
from wholeship.tools.dull import is_dull
from wholeship.tools.follow import follow_script, may_follow
from wholeship.tools.world import World

HERE = "\0here"
"""Stands for the site of the step that runs the script."""
STATEMENTS = 6_000
"""When the scripts of one file have run more statements than this, the rest is said to be unread."""
READINGS = 6
"""A command line that can be more texts than this is read in the first ones."""
_READ_BY_NAME = frozenset(
    (
        *("Makefile", "makefile", "GNUmakefile", "justfile", "package.json", "Taskfile.yml", ".env"),
        *("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
        *("compose.override.yaml", "compose.override.yml"),
        *("docker-compose.override.yml", "docker-compose.override.yaml"),
        *("docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl", "docker-bake.override.json"),
    )
)
"""Files that a program runs or reads without being told their name."""
_Anything = TypeVar("_Anything")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a script does: its commands, the effects of each, and where it has put files of others.

    ``asked``: what it had to know of the files that were put there before.
    """

    script: ReadScript
    effects: tuple[tuple[Effect, ...], ...]
    placed: ForeignFiles = OWN_FILES
    asked: Mapping[str, str | None] = field(default_factory=dict)
    read: Mapping[str, Value | None] = field(default_factory=dict)

    def is_so_after(self, foreign: ForeignFiles) -> bool:
        """Whether it does the same where *foreign* was put there before."""
        by, text = foreign.by, foreign.text
        asked = all(by(path) == who for path, who in self.asked.items())
        return asked and all(text(path) == left for path, left in self.read.items())

    @property
    def leaves_out(self) -> bool:
        """Whether parts of it that no run gets to were, or may have been, left out."""
        return bool(self.script.skipped) or self is TOO_DEEP

    @property
    def is_nothing(self) -> bool:
        """Whether it does nothing, and was read in full; it may leave files."""
        return self.script is NOTHING_DONE.script


_Reading = tuple[ReadScript, tuple[tuple[Effect, ...], ...]]
"""A script, and the effects of each of its commands."""


class Ration:
    """How much one workflow may have read, whoever read it first."""

    def __init__(self, statements: int | None = None) -> None:
        self._most = STATEMENTS if statements is None else statements
        self._statements = 0
        self._had: set[int] = set()

    def grants(self, understood: Understood) -> bool:
        """Whether it may have *understood* (which is kept alive elsewhere); it is counted once."""
        if id(understood) in self._had:
            return True
        if self.is_used_up:
            return False
        self._had.add(id(understood))
        self._statements += understood.script.statements
        return True

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more is read for it."""
        return self._statements > self._most


class Scripts:
    """Reads scripts, each once for all surroundings in which it does the same, and for all workflows.

    *revived*: what no run gets to is read, too; *revived* has left it out, and knows in which scripts.
    ``as_written``: for a guess. The files are taken to be those of the repository, and the variables those
    that somebody names; no proof may rest on that.
    """

    def __init__(
        self,
        repository: Repository,
        declared: Mapping[str, Declared] | None = None,
        sinks: Sinks = NO_SINKS,
        *,
        revived: Scripts | None = None,
        as_written: bool = False,
    ) -> None:
        self.as_written = as_written
        self._repository = repository
        self._sinks = sinks
        self._revived = revived
        self._texts: dict[str, str | None] = {}
        self._declared = declared or {}
        self._answers: dict[Hashable, Mapping[int, int]] = {}
        self._known: dict[
            Hashable, dict[tuple[str, ...], dict[tuple[Value | None, ...], list[Understood]]]
        ] = {}

    def file(self, path: str) -> str | None:
        """The text of a file of the repository."""
        if path not in self._texts:
            content = self._repository(path)
            self._texts[path] = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
        return self._texts[path]

    def read(
        self,
        script: Script,
        environment: Mapping[str, Value],
        ration: Ration,
        foreign: ForeignFiles = OWN_FILES,
    ) -> Understood:
        """What *script* does when it sees *environment*, and *foreign* files may be another's."""
        told = frozenset(self._sinks.variables)
        if (
            is_posix(script.shell)
            and is_dull(script.text, frozenset(script.known), told=told)
            and not any(name in script.text for name in self._declared)
            and not told_to_curl(script.text, environment.get)
        ):
            if not PLACES.search(script.text):
                return NOTHING_DONE
            placed = self.understood(script, environment, ration, foreign).placed
            return replace(NOTHING_DONE, placed=placed) if placed else NOTHING_DONE
        return self.understood(script, environment, ration, foreign)

    def understood(
        self,
        script: Script,
        environment: Mapping[str, Value],
        ration: Ration,
        foreign: ForeignFiles = OWN_FILES,
    ) -> Understood:
        """The same, whatever its words say."""
        key = (script.text, script.shell, script.directory, frozenset(script.known.items()), foreign.own)
        kept = self._kept(key, environment, foreign)
        if kept is None and self._revived is not None:
            left = self._revived._kept(key, environment, foreign)
            kept = left if left is not None and not left.leaves_out else None
        if kept is not None:
            return kept if ration.grants(kept) else TOO_MUCH
        if ration.is_used_up:
            return TOO_MUCH
        around = Surroundings(environment)
        understood = self._fresh(script, around, foreign)
        ration.grants(understood)
        found = self._known.setdefault(key, {}).setdefault(tuple(around.asked), {})
        found.setdefault(tuple(around.asked.values()), []).append(understood)
        return understood

    def _kept(
        self, key: Hashable, environment: Mapping[str, Value], foreign: ForeignFiles
    ) -> Understood | None:
        """What was read already of the script at *key*, where it was told the same; None: nothing was."""
        for names, found in self._known.get(key, {}).items():
            for understood in found.get(tuple(told(environment, name) for name in names), ()):
                if understood.is_so_after(foreign):
                    return understood
        return None

    def _fresh(self, script: Script, around: Surroundings, foreign: ForeignFiles) -> Understood:
        directory = _inside(script.directory)
        text, shell = script.text, script.shell
        try:
            if not is_posix(shell):
                text, shell = in_posix(text, shell), WITHOUT_ERREXIT
        except NotRead as problem:
            return _not_read(script, str(problem), self._sinks)
        tree = WorkTree(directory, foreign, site=HERE, as_written=self.as_written)

        def read(asked: Mapping[int, int]) -> _Reading:
            nonlocal tree
            tree = WorkTree(directory, foreign, site=HERE, as_written=self.as_written)
            found = interpret(
                text,
                names=around,
                known=script.known,
                shell=shell,
                site=HERE,
                read=World(foreign.in_own_folders(self.file), directory=directory).file,
                follow=followed,
                may_follow=may_follow,
                sinks=self._sinks,
                tree=tree,
                revive=self._revived is not None,
                answered=asked,
                directory=directory,
            )
            return found, tuple(self._effects(command, tree) for command in found.commands)

        def followed(argv: tuple[Template, ...], state: State, heard: bool) -> Followed | None:
            there = Command(0, (), 0, names=state.names).directory
            if argv and declared_for(str(argv[0]), self._declared):
                return None
            world = self._world(state.names, joined_path(directory, there), tree, tree.placed, state.files)
            return follow_script(_located(argv, state.names, world), state, world, heard)

        try:
            found, effects = self._with_answers((script.text, shell, directory), read)
        except RecursionError:
            return TOO_DEEP
        said = told_to_curl(script.text, around.get)
        if said:
            found = replace(found, unread=(*found.unread, said))
        written = {tree.located(path) or path: text for path, text in found.files.items() if path[:1] != "\0"}
        tree.put((path for path in written if self._counts(path)), "a step before")
        for path, content in written.items():
            unknown = Value.hole(Kind.OUTPUT, f"what stands in {path}", HERE)
            tree.leave(path, content if content.only is not None else unknown)
        return Understood(found, effects, tree.placed, tree.asked, tree.read)

    def _with_answers(self, key: Hashable, read: Callable[[Mapping[int, int]], _Reading]) -> _Reading:
        """A reading in which it is known which pushes an answer stands for.

        Which these are is supposed to be as in an earlier reading of the same text, and is looked at again:
        a reading that says of itself what it was told is right. It is read twice only where none is.
        """
        supposed = self._answers.get(key)
        if supposed is not None:
            found = read(supposed)
            if answered(found[0].commands, found[1]) == supposed:
                return found
        found = read({})
        asked = answered(found[0].commands, found[1])
        if not asked:
            return found
        again = read(asked)
        if [each.words for each in again[0].commands] != [each.words for each in found[0].commands]:
            return found
        if answered(again[0].commands, again[1]) == asked:
            self._answers[key] = asked
        return again

    def _counts(self, path: str) -> bool:
        """Whether it matters that *path* is written: something may read it, or the repository has it."""
        return posixpath.basename(path) in _READ_BY_NAME or self.file(path) is not None

    def _world(
        self,
        names: Mapping[str, Value],
        directory: str,
        tree: WorkTree,
        placed: ForeignFiles,
        files: Mapping[str, Value],
    ) -> World:
        own = tree.before.in_own_folders(self.file)
        read = tree.with_files(own, files) if files else own
        by = functools.partial(tree.by, placed=placed)

        def left(path: str) -> Value | None:
            own = (text for name, text in files.items() if name[:1] != "\0" and tree.located(name) == path)
            return next(own, None) or tree.text(path, placed)

        return World(read, names, directory=directory, reference=self._sinks.reference, by=by, left=left)

    def _effects(self, command: Command, tree: WorkTree) -> tuple[Effect, ...]:
        if command.followed:
            return ()
        directory = joined_path(tree.directory, command.directory)
        world = replace(
            self._world(command.names, directory, tree, command.placed, command.files),
            stdin=command.stdin,
            site=f"{HERE}/{command.index}",
        )
        lines = tuple(tuple(map(_as_others_see, line)) for line in readings(command.words))
        if len(lines) > READINGS:
            lines = (*lines[: READINGS - 1], vague(command.words))
        effects = merged_effects(
            [self._effects_of(_located(line, command.names, world), world) for line in lines if line]
        )
        effects += _rounds(effects) if command.loop and len(lines) > 1 else []
        choice = ", ".join(dict.fromkeys(w.value.choice for w in command.words if len(w.value.options) > 1))
        return tuple(_chosen(effect, choice) for effect in effects)

    def _effects_of(self, line: tuple[Template, ...], world: World) -> tuple[Effect, ...]:
        for word in line[:2] if self._declared else ():
            declared = declared_for(str(word), self._declared)
            if declared is not None:
                return declared.effects(world.names.get)
        return programs.effects_of(line, world)


def _as_others_see(word: Template) -> Template:
    """*word* with a name that nobody knows for a file of the runner, which each step gets anew."""
    if not any("\0" in part for part in word.parts if isinstance(part, str)):
        return word
    parts: list[str | Hole] = []
    for part in word.parts:
        pieces = _FILE_OF_THE_RUNNER.split(part) if isinstance(part, str) else [part]
        for at, piece in enumerate(pieces):
            if at:
                parts.append(Hole.of(Kind.OUTPUT, "a file of the runner", HERE))
            parts.append(piece)
    return Template.of(*parts)


_FILE_OF_THE_RUNNER = lazy_pattern(r"\0\w*")


def _not_read(script: Script, what: str, sinks: Sinks) -> Understood:
    """A script in another language, of which only is said whether it may push."""
    text = script.text
    unread = (f"{what} in a script of {language(script.shell)}",) if SPEAKS.search(text) else ()
    named = {sink for name, sink in sinks.variables.items() if name in text}
    lost = sinks.outputs in named or "set-output" in text
    read = ReadScript(unread=unread, lost_outputs=lost, lost_environment=sinks.environment in named)
    return Understood(read, ())


def _rounds(effects: Sequence[Effect]) -> list[Effect]:
    """What stands for rounds of a loop that push one image each: nobody knows which, nor in which order."""
    for effect in effects:
        names = {str(each.repository) for each in effect.references} if isinstance(effect, Write) else set()
        if len(names) > 1:
            return [Opaque(f"a loop that pushes {' or '.join(sorted(names)[:3])}, one a round")]
    return []


def _chosen(effect: Effect, choice: str) -> Effect:
    """With what decides which of the readings of its command line it is."""
    if not choice or not isinstance(effect, Write):
        return effect
    return replace(effect, references=tuple(replace(each, choice=choice) for each in effect.references))


NOTHING_DONE = Understood(ReadScript(), ())
TOO_MUCH = Understood(ReadScript(unread=("more scripts than are followed in one workflow",)), ())
TOO_DEEP = Understood(ReadScript(unread=("a script whose parts are nested too deeply",)), ())


def _inside(directory: str) -> str:
    """A working directory as seen from the root of the repository."""
    return directory.removeprefix("{github.workspace}").strip("/")


def _located(line: tuple[Template, ...], names: Mapping[str, Value], world: World) -> tuple[Template, ...]:
    """*line* with absolute paths into the repository as seen from where it runs."""
    return tuple(
        word if word.literal is not None else _seen(paths.seen_from(word, names), world) for word in line
    )


def _seen(word: Template, world: World) -> Template:
    text = word.literal
    if text is None:
        return word
    if text.startswith("//"):
        text = posixpath.relpath(text[2:] or ".", world.directory or ".")
    return Template.of(text if "/" in text else f"./{text}")


def joined_path(directory: str, inner: str) -> str:
    """Two parts of a path, either of which may be empty; ``//…`` is from the root."""
    if inner.startswith("//"):
        return inner[2:]
    return "/".join(part for part in (directory.rstrip("/"), inner) if part)


def placed_at(value: _Anything, site: str, head: str = "") -> _Anything:
    """*value* with *site* in the place of :data:`HERE`, wherever texts are.

    Its leg takes the place of ``LEG``, and *head*, what is checked out there, that of ``HEAD``; with how much
    of the history is there, that of ``HISTORY``.
    """
    changed: _Anything = _at(value, _Place(site, head))
    return changed


class _Place(NamedTuple):
    site: str
    head: str


class PlacedNames(Mapping[str, Value]):
    """Variables that are placed as they are asked for: most steps ask for few."""

    __slots__ = ("_site", "_values")

    def __init__(self, values: Mapping[str, Value], site: str) -> None:
        self._values, self._site = values, site

    def __getitem__(self, name: str) -> Value:
        return placed_at(self._values[name], self._site)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _placed(own: str, place: _Place) -> str:
    found = own.replace(HERE, place.site).replace(LEG, place.site.rpartition("/")[0])
    if "\0" not in found:
        return found
    head, _, history = place.head.partition(WITH)
    return found.replace(HEAD, head).replace(HISTORY, f"{head} {history}").strip()


def _at(value: Any, place: _Place) -> Any:
    if isinstance(value, Hole):
        if "\0" not in value.site:
            return value
        made = (value.made[0], _at(value.made[1], place)) if value.made is not None else None
        return replace(value, site=_placed(value.site, place), made=made)
    if isinstance(value, Template):
        stays = all(isinstance(part, str) or "\0" not in part.site for part in value.parts)
        return value if stays else Template(tuple(_at(part, place) for part in value.parts))
    if isinstance(value, str) or not value:
        return value
    if isinstance(value, tuple):
        several = [_at(each, place) for each in value]
        return value if all(map(operator.is_, several, value)) else tuple(several)
    if isinstance(value, Mapping):
        return {key: _at(each, place) for key, each in value.items()}
    new = {name: _at(getattr(value, name), place) for name in _names(type(value))}
    changed = {name: each for name, each in new.items() if each is not getattr(value, name)}
    return replace(value, **changed) if changed else value


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a class of values; none for what holds no texts. Looked up once for each class."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    return _NAMES[kind]
