"""`evals simulate`: serve the simulator for any OpenAI client, or print its true win rates."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.records import Suite, UsageError
from evals.simulator._faults import HELP, LASTING, RETRYABLE, Faults
from evals.simulator._truth import TruthTable, truth
from evals.simulator._world import World

if TYPE_CHECKING:
    from evals.catalog import Catalog

DEFAULT_SUITES = "chinese,english,code,reasoning"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `simulate`."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument(
        "--suite", default=DEFAULT_SUITES, metavar="NAME[,NAME]", help="suites whose prompts have known answers"
    )
    parser.add_argument("--truth", action="store_true", help="print the true win rates and end")
    parser.add_argument("--models", metavar="A,B", help="models of the table (default: the catalog's candidates)")
    parser.add_argument("--catalog", metavar="FILE", help="another model catalog")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the simulated world")
    parser.add_argument("--time-scale", type=float, metavar="X", help="how many times faster than life (default 8)")
    parser.add_argument("--latency", metavar="SPEC", help="lognormal:MEDIAN,SIGMA or fixed:SECONDS instead")
    parser.add_argument("--replies", metavar="FILE", help='recorded replies, {"model", "prompt", "text"} a line')
    parser.add_argument("--require-key", metavar="KEY", help="refuse requests with another API key")
    group = parser.add_argument_group("faults", "shares (0..1) of the calls each befalls")
    for kind in RETRYABLE:
        group.add_argument(f"--{_flag(kind)}", type=float, default=0.0, metavar="RATE", help=HELP[kind])
    for kind in LASTING:
        group.add_argument(f"--{_flag(kind)}", type=float, default=0.0, metavar="RATE", help=f"{HELP[kind]} (lasting)")
    group.add_argument("--fault-seed", type=int, default=0, metavar="N", help="seed of the faults and latencies")
    group.add_argument(
        "--max-faults-per-cell", type=int, default=2, metavar="N", help="attempts at one call that may fail (default 2)"
    )
    group.add_argument("--retry-after", type=float, default=0.2, metavar="S", help="seconds a 429 asks for (0.2)")


def _flag(kind: str) -> str:
    return kind.replace("_", "-")


def faults_of(args: argparse.Namespace) -> Faults:
    """The faults that the options ask for; UsageError when the rates do not add up."""
    rates = {kind: getattr(args, kind) for kind in HELP}
    return Faults(
        **rates,
        seed=args.fault_seed,
        max_faults_per_cell=args.max_faults_per_cell,
        retry_after_s=args.retry_after,
    )


def main(args: argparse.Namespace) -> int:
    """Serve until interrupted (130), or print the truth (0)."""
    from pathlib import Path

    from evals.catalog import load_catalog
    from evals.library import load_suite

    catalog = load_catalog(Path(args.catalog) if args.catalog else None)
    suites = [load_suite(name.strip()) for name in args.suite.split(",") if name.strip()]
    if not 0 <= args.port <= 65_535:
        raise UsageError(f"--port must lie between 0 and 65535, not {args.port}")
    if args.truth:
        models = args.models.split(",") if args.models else list(catalog.candidates)
        if len(models) < 2:
            raise UsageError("--truth compares at least two models; name them with --models A,B")
        for table in truth_tables(suites, models, catalog, seed=args.seed):
            print(render(table), end="\n\n")
        return 0
    return serve(args, suites, tuple(catalog.models))


def truth_tables(suites: Sequence[Suite], models: Sequence[str], catalog: Catalog, *, seed: int) -> list[TruthTable]:
    """The truth of each suite; each pair judged by the first judge whose family is on neither side, as in a run."""
    world = World(suites, seed=seed)
    judges = {}
    for index, first in enumerate(models):
        for second in models[index + 1 :]:
            sides = {catalog.family(first), catalog.family(second)} - {None}
            judge = next((name for name in catalog.judges if catalog.family(name) not in sides), None)
            if judge is None:
                raise UsageError(f"no judge of the catalog is outside the families of {first} and {second}")
            judges[first, second] = judge
    return [truth(world, models, suite, judges, seed=seed) for suite in suites]


def render(table: TruthTable) -> str:
    """The truths of a suite as two tables: each model against all others, and each pair."""
    from tabulate import tabulate

    def cells(value: float, error: float) -> str:
        return f"{100 * value:.1f} % ± {100 * error:.1f}"

    heads = ["fresh prompts", "given the suite's prompts"]
    models = [
        [row.first, cells(row.fresh, row.fresh_se), cells(row.given, row.given_se)]
        for row in sorted(table.models, key=lambda row: -row.fresh)
    ]
    pairs = [
        [row.first, row.second, cells(row.fresh, row.fresh_se), cells(row.given, row.given_se)] for row in table.pairs
    ]
    return "\n".join(
        [
            f"SIMULATED: true win rates on {table.suite} (± standard error of this table)",
            tabulate(models, headers=["model", *heads], disable_numparse=True),
            "",
            tabulate(pairs, headers=["first", "second", *heads], disable_numparse=True),
        ]
    )


def serve(args: argparse.Namespace, suites: Sequence[Suite], models: Sequence[str]) -> int:
    """Serve until Ctrl-C; says where on stdout."""
    from evals.simulator._process import read_replies
    from evals.simulator._server import TIME_SCALE, Gateway, Pace

    try:
        replies = read_replies(args.replies) if args.replies else None
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None
    gateway = Gateway(
        World(suites, seed=args.seed),
        faults=faults_of(args),
        pace=Pace.parse(args.latency, time_scale=TIME_SCALE if args.time_scale is None else args.time_scale),
        models=models,
        replies=replies,
        require_key=args.require_key,
    )

    async def run() -> None:
        _, port = await gateway.listen(port=args.port)
        print(f"SIMULATED gateway at http://127.0.0.1:{port}/v1 (Ctrl-C ends it)", flush=True)
        await asyncio.Event().wait()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0
