"""`evals check`: suites, judge definitions, model catalogs and routing catalogs, offline."""

from __future__ import annotations

import argparse
from pathlib import Path

from evals import catalog, library, routing
from evals.records import InputError, Problem, UsageError
from evals.routing._route import LOCAL, SHIPPED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `check`."""
    parser.add_argument(
        "path",
        nargs="*",
        metavar="PATH",
        help="files or folders; a .json is a routing catalog (default: all that is shipped, and ./routing.json)",
    )


def main(arguments: argparse.Namespace) -> int:
    """Raises InputError with every fault found, each with its place."""
    shipped = [*(str(path) for _, path in library.find_suites() + library.find_definitions()), str(catalog.SHIPPED)]
    own = [str(LOCAL)] if LOCAL.is_file() else []
    paths = arguments.path or [*shipped, str(SHIPPED), *own]
    routes = [path for path in paths if path.endswith(".json")]
    others = [path for path in paths if path not in routes]
    problems = library.check_paths(others, load_catalog=catalog.load_catalog) if others else []
    for path in routes:
        problems += _routing_problems(Path(path))
    if problems:
        raise InputError(problems)
    print(f"ok: {len(paths)} checked" if arguments.path else f"ok: all {len(paths)} suites, judges and catalogs")
    return 0


def _routing_problems(path: Path) -> list[Problem]:
    try:
        faults = routing.loose_ends(routing.load(path))
    except InputError as error:
        form = "the form is in evals/routing/schema.json; publish keeps the version before in the file's .bak"
        return [*error.problems, Problem(path=str(path), line=0, message=form)]
    except UsageError as error:
        return [Problem(path=str(path), line=0, message=str(error).removeprefix(f"{path}: "))]
    return [Problem(path=str(path), line=0, message=fault) for fault in faults]
