"""`python -m evals.simulator`: the same as `evals simulate`; with `--child`, the process behind `start()`."""

from __future__ import annotations

import argparse
import sys

from evals.records import EvalsError


def run(argv: list[str]) -> int:
    """Run with these arguments; known failures print one line."""
    if argv == ["--child"]:
        from evals.simulator._process import run_child

        return run_child(sys.stdin.buffer, sys.stdout.buffer)
    from evals.simulator.command import add_arguments, main

    parser = argparse.ArgumentParser(prog="evals simulate", description="Serve the embedded simulator.")
    add_arguments(parser)
    try:
        return main(parser.parse_args(argv))
    except EvalsError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
