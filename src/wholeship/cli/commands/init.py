"""`wholeship init`: look at what is here, and write a commented release file."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wholeship.release.init.draft import Draft


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    add = parser.add_argument
    add("--file", metavar="FILE", help="where to write (default: wholeship.yaml); its folder is looked at")
    add("--force", action="store_true", help="write over a file that is there")
    add("--print", action="store_true", help="print the file instead of writing it")
    add("--registry", metavar="HOST/PATH", help="where the images go (default: as found)")
    add("--watched", metavar="NAME", help="the image that the controller follows (default: as found)")
    add("--format", choices=("text", "json"), default="text", help="what to print on standard output")
    add("--verbose", action="store_true", help="show where an error came from")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Look, decide, write."""
    import sys
    from pathlib import Path

    from wholeship.app.init import sightings_in
    from wholeship.cli.options import given_value as given
    from wholeship.core.errors import BadInput, ExitCode
    from wholeship.output.init_text import nothing_text
    from wholeship.release.config import FILE
    from wholeship.release.init.draft import draft
    from wholeship.release.init.writing import checked_text

    path = Path(given(args, "file")[0] or FILE)
    if not args.print and not args.force and (path.exists() or path.is_symlink()):
        raise BadInput(
            f"{path} is there already, and was left as it is",
            advice="see what would be written with --print, or write over it with --force",
        )
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}")
    found = draft(
        sightings_in(path.parent), registry=given(args, "registry")[0] or None, watched=args.watched
    )
    if found is None:
        print(nothing_text(str(path.parent.resolve())), file=sys.stderr)
        return ExitCode.NO
    text = checked_text(found, path)
    if args.print:
        sys.stdout.write(text)
        return ExitCode.YES
    _write(path, text, force=args.force)
    _tell(args, path, found)
    return ExitCode.YES


def _write(path: Path, text: str, *, force: bool) -> None:
    """New, or in place of the old file; never through a link, never half."""
    from wholeship.adapters.files import write_new, write_over

    (write_over if force else write_new)(path, text)


def _tell(args: argparse.Namespace, path: Path, found: Draft) -> None:
    import sys

    from wholeship.output.encoding import encode
    from wholeship.output.init_text import init_json, init_text
    from wholeship.output.ink import Ink
    from wholeship.output.terminal import wants_colour

    told = init_json(found, str(path))
    if args.format == "json":
        sys.stdout.write(encode(told) + "\n")
    else:
        sys.stdout.write(init_text(told, Ink(wants_colour(sys.stdout))))
