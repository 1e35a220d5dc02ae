"""`wholeship init`: look at what is here, and write a commented release file."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.init import InitQuestion, the_likeliest, write_release_file
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.errors import ExitCode
from wholeship.output.init_text import ask_which, init_json, nothing_text
from wholeship.output.terminal import on_terminal


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--file", metavar="FILE", help="where to write (default: wholeship.yaml at the top)")
    add("--force", action="store_true", help="write over a file that is there")
    add("--print", action="store_true", help="print the file instead of writing it")
    add("--registry", metavar="HOST/PATH", help="where the images go (default: as found)")
    add(
        "--workflow",
        metavar="NAME",
        default="",
        help="the workflow whose release it is, where there are several",
    )
    add(
        "--environment",
        metavar="NAME",
        default="",
        help="the environment that is meant (default: production)",
    )
    add("--watched", metavar="NAME", help="the image that the controller follows (default: as found)")
    options.format_option(parser, "init")


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    file, registry = (options.given_value(args, name)[0] for name in ("file", "registry"))
    where = (args.workflow, args.environment)
    question = InitQuestion(file, registry, args.watched, args.force, args.print, *where)
    ask = ask_which if on_terminal() else the_likeliest
    answer = write_release_file(question, quiet_world(make_world), ask)
    if answer.found is None:
        print(nothing_text(str(answer.path.parent.resolve()), answer.remarks), file=sys.stderr)
        return ExitCode.NO
    if args.print:
        sys.stdout.write(answer.text)
    else:
        show_answer("init", args.format, init_json(answer.found, str(answer.path)))
    return ExitCode.YES
