"""Where a command puts files that are not the repository's: other commits, archives, patches, downloads.

Each from the manual of the program. A folder that is only known in the run is not told: nothing can be read
there, either.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.texts.template import Template

Read = Callable[[str], str | None]

PLACES = lazy_pattern(
    r"\bgit\b[^\n;|&]*\b(?:clone|checkout|switch|restore|apply|am|reset|pull|merge|rebase|cherry-pick|revert|worktree"
    r"|submodule|subtree|read-tree|checkout-index)\b|\b(?:tar|bsdtar|gtar|unzip|7z|7za|cpio|jar|patch|rsync|scp|svn|hg"
    r"|degit|tiged|gunzip|unxz|sponge|oras|gsutil|rclone|mc)\b|\bgh\b[^\n;|&]*\b(?:clone|checkout|download)\b"
    r"|\b(?:docker|podman|kubectl|oc|s3|storage|gcloud|az)\b[^\n;|&]*\b(?:cp|copy|sync|mv|rsync|download\S*)\b"
    r"|\b(?:cp|mv|ln|install|curl|wget|aria2c|tee|openssl|gpg)\b|\b(?:sed|yq|perl)\b[^\n;|&]*\s--?\w*i|>[>|]?\s*[\"']?[\w.$]"
    r"|\b(?:ed|ex|crudini|dasel|truncate|xmlstarlet)\s|\bdd\s[^\n]*\bof=|\binplace\b"
)
"""Words without one of which a script puts no file anywhere."""
_PUSHED = lazy_pattern(r"push|docker|podman|skopeo|crane|\bko\b|imagetools|regctl|oras")
_HERE = Template.of(".")


@dataclass(frozen=True, slots=True)
class Taken:
    """A command line without its options: those with a value are in ``values``."""

    values: dict[str, Template]
    flags: frozenset[str]
    rest: tuple[Template, ...]


def _taken(words: Sequence[Template], valued: str) -> Taken:
    """*words* sorted; *valued* are the options that take the next word, long ones also after ``=``."""
    takes = frozenset(valued.split())
    values: dict[str, Template] = {}
    flags: set[str] = set()
    rest: list[Template] = []
    left = list(words)
    while left:
        word = left.pop(0)
        head = word.head
        if head == "--" and word.literal == "--":
            flags.add("--")
            rest += [Template.of("--"), *left]
            break
        if not head.startswith("-") or word.literal == "-":
            rest.append(word)
            continue
        name, equals, _ = head.partition("=")
        short = next(
            (each for each in takes if len(each) == 2 and head.startswith(each) and head != each), None
        )
        if head in takes and word.literal is not None and left:
            values[head] = left.pop(0)
        elif equals and name in takes:
            values[name] = Template.of(head[len(name) + 1 :], *word.parts[1:])
        elif short is not None and not head.startswith("--"):
            values[short] = Template.of(head[2:], *word.parts[1:])
        else:
            flags.add(head)
    return Taken(values, frozenset(flags), tuple(rest))


def without_options(words: Sequence[Template]) -> list[Template]:
    """What ``cp``, ``mv``, ``ln`` and ``install`` are given, the target last."""
    taken = _taken(words, _COPY_OPTIONS)
    target = next((taken.values[name] for name in ("-t", "--target-directory") if name in taken.values), None)
    return [*(word for word in taken.rest if word.literal != "--"), *([target] if target is not None else [])]


_COPY_OPTIONS = "-S --suffix -m --mode -o --owner -g --group -t --target-directory"


def _folder(taken: Taken, *names: str) -> Template:
    return next((taken.values[name] for name in names if name in taken.values), _HERE)


def _inside(folder: Template, names: Iterable[str]) -> Iterator[Template]:
    """*names* in *folder*."""
    for name in names:
        yield Template.of(folder, f"/{name}") if folder.literal != "." else Template.of(name)


_BINARY = lazy_pattern(
    r"linux|darwin|amd64|x86_64|x64|arm64|aarch64|releases/(?:latest/)?download|get\.helm\.sh|go\.dev/dl",
    re.IGNORECASE,
)
"""What an archive is called that holds programs for a machine, and no files of a repository."""
_UNPACKING = frozenset(("tar", "bsdtar", "gtar", "unzip", "7z", "7za", "7zz", "cpio"))


def placed_by(words: Sequence[Template], read: Read, given: str = "") -> tuple[Template, ...]:
    """The folders and files of the work tree into which *words* put something, from where they run.

    *read* gives the text of a file of the repository, for the patches and modules that it has. *given* says
    what comes through a pipe: an archive of programs for a machine is taken to replace nothing.
    """
    name = (words[0].literal or "").rpartition("/")[2] if words else ""
    reader = PROGRAMS.get(name)
    if name in _UNPACKING and _BINARY.search(" ".join((given, *map(str, words[1:])))):
        return ()
    return tuple(reader(words[1:], lambda path: given if path == "-" else read(path))) if reader else ()


# git

_OWN_REFS = frozenset(("", "HEAD", "@", "-", "main", "master", "ORIG_HEAD"))
_OTHER_REMOTE = lazy_pattern(r"(?!origin/|refs/)[\w.-]+/\Z")


def is_own_ref(ref: Template) -> bool:
    """Whether *ref* is what the run is about: only known in the run, or the main line of the repository."""
    text = ref.literal
    if text is None:
        return _OTHER_REMOTE.match(ref.head) is None
    plain = re.sub(r"^(?:refs/(?:heads|remotes)/)?(?:origin/)?", "", text)
    return re.sub(r"(?:[~^@].*)$", "", plain) in _OWN_REFS


def _git(words: Sequence[Template], read: Read) -> Iterator[Template]:
    before: list[Template] = []
    left, folder = list(words), _HERE
    while left and left[0].head.startswith("-"):
        option = left.pop(0).literal or ""
        if option in ("-C", "-c", "--git-dir", "--work-tree", "--namespace") and left:
            value = left.pop(0)
            folder = value if option in ("-C", "--work-tree") else folder
        before.append(Template.of(option))
    verb = left[0].literal if left else ""
    found = _GIT.get(verb or "")
    for place in found(left[1:], read) if found is not None else ():
        yield place if folder is _HERE else Template.of(folder, "/", place)


def _clone(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(
        words,
        "--depth -b --branch -o --origin -c --config --reference -j --jobs --template -u --upload-pack"
        " --separate-git-dir --filter --shallow-since --server-option --single-branch=",
    )
    if len(taken.rest) > 1:
        yield taken.rest[1]
    elif taken.rest:
        name = re.sub(r"(?:\.git)?/*$", "", taken.rest[0].tail).rpartition("/")[2].rpartition(":")[2]
        if name and ("/" in taken.rest[0].tail or taken.rest[0].literal is not None):
            yield Template.of(name)


def _checkout(words: Sequence[Template], read: Read) -> Iterator[Template]:
    taken = _taken(words, "-b -B -c -C --orphan --conflict --pathspec-from-file")
    made = bool({"-b", "-B", "-c", "-C", "--orphan"} & set(taken.values))
    given = list(taken.rest)
    paths: list[Template] = []
    if "--" in taken.flags:
        at = next(at for at, word in enumerate(given) if word.literal == "--")
        given, paths = given[:at], given[at + 1 :]
    elif not made and len(given) > 1 and read(given[0].literal or "\0") is None:
        given, paths = given[:1], given[1:]
    elif (
        not made
        and given
        and ((given[0].literal or "").endswith((".", "/")) or read(given[0].literal or "\0") is not None)
    ):
        return  # as the commit has them
    if not given or (is_own_ref(given[0]) and not paths):
        return
    if paths and given[0].literal in ("HEAD", "@"):
        return
    yield from paths or (_HERE,)


def _restore(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(words, "-s --source --pathspec-from-file")
    source = taken.values.get("-s", taken.values.get("--source"))
    if source is not None and source.literal not in ("HEAD", "@"):
        yield from (word for word in taken.rest if word.literal != "--")


def _merge(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(
        words, "-m -F -s -X --strategy --strategy-option --onto -x --exec --into-name -c --cleanup"
    )
    if not all(map(is_own_ref, taken.rest)):
        yield _HERE


def _pull(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(words, "-s -X --strategy --strategy-option --depth -j --jobs")
    other = bool(taken.rest) and taken.rest[0].literal not in (None, "origin")
    if other or not all(map(is_own_ref, taken.rest[1:])):
        yield _HERE


def _reset(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(words, "")
    if {"--hard", "--merge", "--keep"} & taken.flags and not all(map(is_own_ref, taken.rest[:1])):
        yield _HERE


def _everywhere(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    if not any(word.literal in ("--abort", "--quit", "--continue", "--skip") for word in words):
        yield _HERE


def _apply(words: Sequence[Template], read: Read) -> Iterator[Template]:
    """The files that the patch names; a patch that cannot be read may be of any."""
    taken = _taken(
        words, "-p -C --directory --exclude --include -d -i --input -o --output -s --suffix -F -B -z"
    )
    if {
        "--check",
        "--stat",
        "--numstat",
        "--summary",
        "--dry-run",
        "--abort",
        "--skip",
        "--quit",
    } & taken.flags:
        return
    folder = _folder(taken, "--directory", "-d")
    given = taken.values.get("-i", taken.values.get("--input"))
    patches = [given] if given is not None else list(taken.rest) or [Template.of("-")]
    texts = [read(patch.literal) if patch.literal else None for patch in patches]
    for text in texts:
        names = re.findall(r"^\+\+\+ (?:b/)?(\S+)|^rename to (\S+)", text or "", re.MULTILINE)
        yield from () if names else (folder,)
        yield from _inside(folder, (one or other for one, other in names if "/dev/null" not in (one, other)))


def _patch(words: Sequence[Template], read: Read) -> Iterator[Template]:
    taken = _taken(words, "-p -d --directory -i --input -o --output -r -F -B -z -D")
    if taken.rest and {"-i", "--input"}.isdisjoint(taken.values) and len(taken.rest) == 1:
        yield from taken.rest
        return
    if len(taken.rest) == 2:
        yield taken.rest[0]
        return
    yield from _apply(words, read)


def _worktree(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(words[1:], "-b -B --reason")
    if words and words[0].literal == "add" and taken.rest:
        yield taken.rest[0]


def _submodule(words: Sequence[Template], read: Read) -> Iterator[Template]:
    taken = _taken(words, "-b --branch --name --reference --depth -j --jobs")
    verb = taken.rest[0].literal if taken.rest else ""
    if verb == "add":
        last = re.sub(r"(?:\.git)?/*$", "", taken.rest[-1].tail).rpartition("/")[2]
        yield taken.rest[2] if len(taken.rest) > 2 else Template.of(last)
    elif verb == "foreach" or (verb == "update" and {"--remote", "--merge", "--rebase"} & taken.flags):
        modules = re.findall(r"^\s*path\s*=\s*(\S+)", read(".gitmodules") or "", re.MULTILINE)
        yield from map(Template.of, modules)


def _subtree(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(words, "-P --prefix -m --message -b --branch")
    if taken.rest and taken.rest[0].literal in ("add", "pull", "merge"):
        yield _folder(taken, "-P", "--prefix")


_GIT: dict[str, Callable[[Sequence[Template], Read], Iterator[Template]]] = {
    "clone": _clone,
    **dict.fromkeys(("checkout", "switch"), _checkout),
    "restore": _restore,
    **dict.fromkeys(("merge", "rebase"), _merge),
    "pull": _pull,
    "reset": _reset,
    **dict.fromkeys(("cherry-pick", "revert", "read-tree"), _everywhere),
    **dict.fromkeys(("apply", "am"), _apply),
    "worktree": _worktree,
    "submodule": _submodule,
    "subtree": _subtree,
}


# Archives


def _tar(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    """``tar x``: what is named, or anything in the folder."""
    left = list(words)
    bundle = left[0].literal or "" if left else ""
    if re.fullmatch(r"[A-Za-z]+", bundle):
        left[0] = Template.of(f"-{bundle}")
    extracts = any(
        re.match(r"-[a-zA-Z]*x", word.head) or word.literal in ("--extract", "--get") for word in left
    )
    if not extracts or any(re.match(r"-[a-zA-Z]*O|--to-stdout|--to-command", word.head) for word in left):
        return
    folder, members, named = _HERE, [], False
    while left:
        word = left.pop(0)
        text = word.head
        if word.literal in ("-C", "--directory", "--cd") and left:
            folder = left.pop(0)
        elif text.startswith("--directory="):
            folder = Template.of(text.partition("=")[2], *word.parts[1:])
        elif re.fullmatch(r"-[a-zA-Z]*f", text) or text in ("--file", "-T", "-X", "--exclude"):
            left[:1] = []
            named = named or text[-1] == "f"
        elif re.fullmatch(r"-[a-zA-Z]*C", text) and left:
            folder = left.pop(0)
        elif not text.startswith("-"):
            members.append(word)
    names = [member.literal for member in members]
    if names and None not in names:
        yield from _inside(folder, (posixpath.basename((name or "").rstrip("/")) for name in names))
        yield from _inside(folder, ((name or "").rstrip("/") for name in names))
    else:
        yield folder


def _unzip(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    taken = _taken(words, "-d -x -P")
    if any(re.match(r"-[a-zA-Z]*[pltvZz]", flag) for flag in taken.flags):
        return
    members = [word.literal for word in taken.rest[1:]]
    folder = _folder(taken, "-d")
    if members and None not in members:
        yield from _inside(folder, (name or "" for name in members))
    elif taken.rest:
        yield folder


def _seven_zip(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    if words and words[0].literal in ("x", "e"):
        out = next((word for word in words[1:] if word.head.startswith("-o")), None)
        yield Template.of(out.head[2:], *out.parts[1:]) if out is not None else _HERE


def _cpio(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    if any(re.match(r"-[a-zA-Z]*[ip]|--extract", word.head) for word in words):
        yield _HERE


def _jar(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    if words and re.match(r"-?[a-zA-Z]*x|--extract", words[0].head):
        yield _HERE


def _unpacked(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    """``gunzip FILE.gz`` leaves ``FILE``."""
    for word in words:
        if word.literal and not word.head.startswith("-"):
            yield Template.of(posixpath.splitext(word.literal)[0])


# Copies from elsewhere


def _last(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    """``rsync``, ``scp``, ``aws s3 cp``: to the last word, a file or a folder."""
    given = [word for word in words if not word.head.startswith("-")]
    if len(given) > 1 and ":" not in given[-1].head:
        yield given[-1]


def _of_verbs(*verbs: str) -> Callable[[Sequence[Template], Read], Iterator[Template]]:
    """The same, where one of *verbs* is among the words."""

    def reader(words: Sequence[Template], read: Read) -> Iterator[Template]:
        if any(word.literal in verbs for word in words[:4]):
            yield from _last(words, read)

    return reader


def _az(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    if any((word.literal or "").startswith("download") for word in words[:5]):
        taken = _taken(words, "-f --file -d --destination --dest --path")
        yield _folder(taken, "-f", "--file", "-d", "--destination", "--dest", "--path")


def _gh(words: Sequence[Template], read: Read) -> Iterator[Template]:
    verbs = tuple(word.literal for word in words[:2])
    if verbs == ("repo", "clone"):
        taken = _taken(words[2:], "-u --upstream-remote-name")
        yield from _clone(taken.rest[:2], read)
    elif verbs == ("pr", "checkout"):
        yield _HERE
    elif verbs in (("run", "download"), ("release", "download")):
        taken = _taken(words[2:], "-D --dir -O --output -p --pattern -n --name -R --repo -A --archive")
        named = taken.values.get("-O", taken.values.get("--output"))
        wanted = taken.values.get("-p", taken.values.get("--pattern"))
        folder = _folder(taken, "-D", "--dir")
        if named is not None:
            yield named
        elif wanted is not None and wanted.literal:
            yield from _inside(folder, (wanted.literal,))
        else:
            yield folder


def _svn(words: Sequence[Template], read: Read) -> Iterator[Template]:
    taken = _taken(words, "-r --revision --username --password --depth -b -u --branch")
    if taken.rest and taken.rest[0].literal in ("co", "checkout", "export", "clone"):
        yield from _clone(taken.rest[1:3], read)
    elif taken.rest and taken.rest[0].literal in ("update", "switch", "pull", "up"):
        yield _HERE


def _degit(words: Sequence[Template], read: Read) -> Iterator[Template]:
    taken = _taken(words, "-m --mode")
    yield taken.rest[1] if len(taken.rest) > 1 else _HERE


def _oras(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    if words and words[0].literal == "pull":
        yield _folder(_taken(words[1:], "-o --output"), "-o", "--output")


# Files written in place


def _named(*options: str) -> Callable[[Sequence[Template], Read], Iterator[Template]]:
    """The file after one of *options*."""

    def reader(words: Sequence[Template], _read: Read) -> Iterator[Template]:
        taken = _taken(words, " ".join(options))
        yield from taken.values.values()

    return reader


def _in_place(words: Sequence[Template], _read: Read) -> Iterator[Template]:
    """``sed -i``, of a text that speaks of pushing: versions are changed so every day.

    Or of a file that says how images are called: another version there is another tag.
    """
    texts = [str(word) for word in words]
    if not any(re.match(r"-[a-zA-Z]*i|--in-?place", text) for text in texts):
        return
    pushing = _PUSHED.search(" ".join(texts))
    yield from (w for w in words if not w.head.startswith("-") and (pushing or _NAMING.search(w.tail)))


_NAMING = lazy_pattern(r"(?:^|/)(?:[^/]*compose[^/]*\.ya?ml|[^/]*bake[^/]*\.(?:hcl|json)|[^/]*\.env)$")


def _folder_copies(words: Sequence[Template], read: Read) -> Iterator[Template]:
    """``cp -r``, ``mv``, ``ln -s`` of what is no file of the repository: a folder, what a pattern finds."""
    *given, target = without_options(words) or [_HERE]
    for source in given:
        text = source.literal
        if text is not None and not _PATTERN.search(text) and read(text) is not None:
            continue
        base = posixpath.basename((text or source.tail).rstrip("/"))
        is_file = "." in base.strip(".") and not _PATTERN.search(base)
        if is_file and text is not None:
            continue  # what it replaces is told where texts are copied
        if base in ("", ".", "..") or (text is None and not is_file):
            yield target
        elif is_file or _PATTERN.search(base) or target.tail.endswith(("/", ".")):
            yield from _inside(target, (base,))
            yield from (target,) if read(target.literal or "\0") is not None else ()
        else:
            yield target


_PATTERN = lazy_pattern(r"[*?\[]")
_CLOUDS = _of_verbs("cp", "copy", "sync", "mv", "rsync", "get", "mirror")
PROGRAMS: dict[str, Callable[[Sequence[Template], Read], Iterator[Template]]] = {
    "git": _git,
    **dict.fromkeys(("tar", "bsdtar", "gtar"), _tar),
    "unzip": _unzip,
    **dict.fromkeys(("7z", "7za", "7zz"), _seven_zip),
    "cpio": _cpio,
    "jar": _jar,
    **dict.fromkeys(("gunzip", "unxz", "bunzip2", "unzstd"), _unpacked),
    **dict.fromkeys(("rsync", "scp"), _last),
    **dict.fromkeys(("gsutil", "gcloud", "aws", "s3cmd", "mc", "rclone", "s5cmd"), _CLOUDS),
    **dict.fromkeys(("docker", "podman", "kubectl", "oc", "nerdctl"), _of_verbs("cp")),
    "az": _az,
    "gh": _gh,
    **dict.fromkeys(("svn", "hg"), _svn),
    **dict.fromkeys(("degit", "tiged"), _degit),
    "oras": _oras,
    "patch": _patch,
    **dict.fromkeys(("openssl",), _named("-out")),
    **dict.fromkeys(("gpg",), _named("-o", "--output")),
    **dict.fromkeys(("aria2c",), _named("-o", "--out", "-d", "--dir")),
    "wget": _named("-P", "--directory-prefix"),
    "curl": _named("--output-dir"),
    **dict.fromkeys(("sed", "gsed", "yq", "perl"), _in_place),
    **dict.fromkeys(("cp", "mv", "ln", "install"), _folder_copies),
}
"""Programs that put files into the work tree, and where."""
