"""`evals export`: the routing catalog for another program."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from evals import routing
from evals.records import UsageError
from evals.routing._decide import utc_now
from evals.routing._prices import read_time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `export`."""
    parser.add_argument("--format", required=True, metavar="NAME", help="litellm, csv or prometheus")
    parser.add_argument("--routing", metavar="FILE", help="routing catalog (default ./routing.json, else the shipped)")
    parser.add_argument("--output", metavar="FILE", help="write there (default: stdout)")
    parser.add_argument("--at", type=_time, metavar="TIME", help="prices of this time, ISO 8601 (default: now)")


def main(arguments: argparse.Namespace) -> int:
    """Render and write."""
    from evals.routing.exports import export

    text = export(arguments.format, routing.load(routing.find_catalog(arguments.routing)), arguments.at or utc_now())
    if arguments.output:
        try:
            Path(arguments.output).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{arguments.output}: cannot be written: {error.strerror}") from None
    else:
        sys.stdout.write(text)
    return 0


def _time(text: str) -> datetime:
    try:
        return read_time(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2026-01-31T09:00:00Z") from None
