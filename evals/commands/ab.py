"""`evals ab`: test a new model on live traffic: plan, split, read."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from evals.records import UsageError
from evals.routing import _ab as ab
from evals.routing._bill import per_thousand
from evals.routing._decide import ANY, COMPLEXITIES, EVERY_TASK, Cell, cell_of, utc_now
from evals.routing._route import incumbent, read_quickly

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ab` and of what follows it."""
    kinds = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    plan = kinds.add_parser("plan", help="start a test: how many requests it needs, and its folder")
    plan.add_argument("test", metavar="NAME", help="the test's name")
    plan.add_argument("--challenger", required=True, metavar="MODEL", help="the model to test")
    plan.add_argument("--incumbent", metavar="MODEL", help="the model that answers now (default: the catalog's route)")
    plan.add_argument("--task", default=EVERY_TASK, metavar="T", help="requests of this task")
    plan.add_argument("--complexity", choices=(*COMPLEXITIES, ANY), default=ANY, help="and this complexity")
    plan.add_argument("--image", action="store_true", help="and with an image")
    plan.add_argument("--share", type=float, default=5.0, metavar="PERCENT", help="to the challenger (default 5)")
    plan.add_argument("--gap", type=float, default=5.0, metavar="POINTS", help="true gap to be found (default 5)")
    plan.add_argument("--margin", type=float, default=3.0, metavar="POINTS", help="points that count (default 3)")
    plan.add_argument("--accepted", type=float, default=70.0, metavar="PERCENT", help="accepted now (default 70)")
    plan.add_argument("--max-errors", type=float, default=2.0, metavar="POINTS", help="stop at more errors (default 2)")
    plan.add_argument("--max-cost", type=float, default=2.0, metavar="TIMES", help="stop at a higher cost (default 2)")
    plan.add_argument("--a-day", type=int, metavar="N", help="requests a day, to say how long it takes")
    plan.add_argument("--simulated", action="store_true", help="the traffic is simulated; only such a catalog takes it")
    plan.add_argument("--routing", metavar="FILE", help="routing catalog (default ./routing.json, else the shipped)")
    split = kinds.add_parser("split", help="which model each request id goes to; ids as arguments or lines on stdin")
    split.add_argument("test", metavar="NAME", help="the test's name")
    split.add_argument("ids", nargs="*", metavar="ID", help="request ids")
    read = kinds.add_parser("read", help="what the outcomes say so far; may be asked at any time")
    read.add_argument("test", metavar="NAME", help="the test's name")
    read.add_argument("--outcomes", metavar="FILE", help=f"outcome records (default {ab.OUTCOMES} in the folder)")
    read.add_argument("--json", action="store_true", help="JSON on stdout")
    for each in (plan, split, read):
        each.add_argument("--out", default="outputs", metavar="DIR", help="where tests are kept (default outputs/)")


def main(arguments: argparse.Namespace) -> int:
    """Plan, split or read; 1 when a guardrail stopped the test."""
    if not _NAME.fullmatch(arguments.test):
        raise UsageError(
            f'"{arguments.test}": a test\'s name holds letters, digits, ".", "_" and "-" only, at most 100'
        )
    folder = Path(arguments.out) / arguments.test
    if arguments.action == "plan":
        return _plan(arguments, folder)
    if arguments.action == "split":
        return _split(arguments, ab.read_plan(folder))
    return _read(arguments, folder)


def _plan(arguments: argparse.Namespace, folder: Path) -> int:
    cell = Cell(task=arguments.task, complexity=arguments.complexity, image=arguments.image)
    data = read_quickly(arguments.routing)
    entry = incumbent(data, cell)
    now_answers = arguments.incumbent or (entry and entry["model"])
    if not now_answers or now_answers == arguments.challenger:
        raise UsageError(f"{cell}: name an --incumbent that is not the challenger")
    share = arguments.share / 100
    if not 0 < share < 1:
        raise UsageError("--share must lie between 0 and 100 percent")
    needed = ab.requests_needed(
        arguments.gap / 100,
        margin=arguments.margin / 100,
        share=share,
        level=0.95,
        accepted=arguments.accepted / 100,
    )
    plan = ab.TestPlan(
        name=arguments.test,
        task=cell.task,
        complexity=cell.complexity,
        image=cell.image,
        incumbent=now_answers,
        challenger=arguments.challenger,
        share=share,
        salt=arguments.test,
        margin=arguments.margin / 100,
        saving=0.10,
        level=0.95,
        gap=arguments.gap / 100,
        requests=needed,
        max_errors=arguments.max_errors / 100,
        max_cost=arguments.max_cost,
        created_at=utc_now().isoformat(timespec="seconds"),
        simulated=arguments.simulated,
    )
    ab.write_plan(folder, plan)
    print(
        f"{folder / ab.PLAN}: {arguments.share:g} % of {cell} goes to {plan.challenger}, the rest to {plan.incumbent}"
    )
    own = [str(cell_of(route)) for route in data["routes"] if cell in cell_of(route).wider()[1:]]
    if own:
        print(f"not in the test: {', '.join(own)}; they have routes of their own, test them by themselves")
    if needed is None:
        print(
            f"a gap of {arguments.gap:g} points is not above the margin of {arguments.margin:g}, or beyond ten million"
        )
    else:
        days = f", {-(-needed // arguments.a_day):,} days" if arguments.a_day else ""
        print(f"a true gap of {arguments.gap:g} points is shown in 80 % of tests by {needed:,} requests{days}")
    out = "" if arguments.out == "outputs" else f" --out {arguments.out}"
    print(f"whom to ask:     python -m evals ab split {arguments.test}{out} REQUEST-ID")
    print(f"what came of it: append to {folder / ab.OUTCOMES}, an object a line:")
    print('                 {"request_id": "r-1", "accepted": true, "cost_usd": "0.0012", "latency_s": 0.8}')
    print(f"where it stands: python -m evals ab read {arguments.test}{out}")
    return 0


def _split(arguments: argparse.Namespace, plan: ab.TestPlan) -> int:
    ids: Iterable[str] = arguments.ids or (line.rstrip("\n") for line in sys.stdin)
    for request_id in ids:
        challenger = ab.goes_to_challenger(request_id, plan.salt, plan.share)
        print(json.dumps({"request_id": request_id, "model": plan.challenger if challenger else plan.incumbent}))
    return 0


def _read(arguments: argparse.Namespace, folder: Path) -> int:
    plan = ab.read_plan(folder)
    path = Path(arguments.outcomes) if arguments.outcomes else folder / ab.OUTCOMES
    reading = ab.read_test(plan, ab.read_outcomes(path, plan))
    if arguments.json:
        print(json.dumps({"plan": asdict(plan), "reading": asdict(reading)}, ensure_ascii=False))
        return 1 if reading.stop else 0
    from evals.report import plain_table, visible

    heads = ["arm", "requests", "accepted %", "errors %", "$ / 1,000 requests", "p50 s"]
    rows = [
        [
            arm.model,
            arm.n,
            "-" if arm.accepted is None else f"{100 * arm.accepted:.1f}",
            "-" if arm.errors is None else f"{100 * arm.errors:.2f}",
            per_thousand(None if arm.cost_usd is None else Decimal(repr(arm.cost_usd))),
            "-" if arm.p50_s is None else f"{arm.p50_s:.2f}",
        ]
        for arm in reading.arms
    ]
    print(visible(f"{plan.name}: {plan.challenger} against {plan.incumbent} in {plan.cell}"))
    if plan.simulated:
        print("SIMULATED: the traffic was invented")
    print(plain_table(heads, rows))
    if reading.difference is not None and reading.low is not None and reading.high is not None:
        points = [f"{100 * value:+.1f}" for value in (reading.difference, reading.low, reading.high)]
        print(f"difference: {points[0]} points ({points[1]} to {points[2]} at every look, {plan.level:.0%})")
    if reading.cost_ratio is not None:
        print(f"cost per accepted answer: {reading.cost_ratio:.2f} times (at most {reading.cost_ratio_high:.2f})")
    print(f"verdict: {reading.verdict}{f' ({reading.stop})' if reading.stop else ''}")
    if reading.verdict in ("promote", "keep"):
        print(f"next: python -m evals publish {arguments.test} --apply")
    return 1 if reading.stop else 0
