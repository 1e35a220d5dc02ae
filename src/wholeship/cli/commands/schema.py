"""`wholeship schema`: the JSON Schema of the release file, or of a command's JSON output."""

from __future__ import annotations

import argparse
import json
import sys

from wholeship.app.schema import FILE, schema_of


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", default=FILE, help="file (default), or a command with --format json"
    )


def run(args: argparse.Namespace, make_world: object = None) -> int:
    sys.stdout.write(json.dumps(schema_of(args.name), indent=2, ensure_ascii=False) + "\n")
    return 0
