"""`evals calibrate`: a judge's accuracy and leanings on a suite's gold pairs."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `calibrate`."""
    parser.add_argument("--judge", required=True, metavar="MODEL", help="the judge to measure")
    parser.add_argument("--suite", required=True, metavar="NAME", help="a suite with gold pairs")
    parser.add_argument("--definition", metavar="NAME", help="judge definition (default: the suite's)")
    parser.add_argument("--catalog", metavar="FILE", help="another model catalog")
    parser.add_argument("--base-url", metavar="URL", help="one gateway for all models (else EVALS_BASE_URL)")
    parser.add_argument("--concurrency", type=int, default=64, metavar="N", help="requests in flight (default 64)")
    parser.add_argument("--budget-usd", metavar="X", help="stop before this much is spent")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the simulator")
    parser.add_argument("--simulate", action="store_true", help="use the embedded simulator")
    parser.add_argument("--out", default="outputs", metavar="DIR", help="where runs are kept (default outputs/)")
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def main(arguments: argparse.Namespace) -> int:
    """Calibrate and print; exit code 1 when some pairs could not be judged."""
    from evals import calibrate
    from evals.planning import Settings
    from evals.progress import Bars

    names = ("definition", "catalog", "base_url", "concurrency", "budget_usd", "seed", "simulate")
    settings = Settings(
        suite=(arguments.suite,), judge=(arguments.judge,), **{name: getattr(arguments, name) for name in names}
    )
    record = calibrate.calibrate(
        arguments.judge,
        arguments.suite,
        out=Path(arguments.out),
        settings=settings,
        env=os.environ,
        told=Bars(quiet=arguments.quiet),
    )
    print(json.dumps(record, ensure_ascii=False) if arguments.json else text(record))
    return 0 if record["pairs"]["judged"] == record["pairs"]["planned"] else 1


def text(record: Mapping[str, Any]) -> str:
    """The result as tables for the terminal."""
    from evals.report import plain_table, visible

    quality, pairs = record["quality"], record["pairs"]
    title = f"{record['judge']} on {record['suite']}, {record['definition']}"
    mark = " · SIMULATED" if record["simulated"] else ""
    rows = [
        ["right on decisive pairs", *_rate(quality["accuracy"]), "the better answer's share, a tie half right"],
        ["right in both orders", *_rate(quality["both_right"]), ""],
        ["right where the first text is better", *_rate(quality["sensitivity"]), "sensitivity"],
        ["right where the second text is better", *_rate(quality["specificity"]), "specificity"],
        ["order flips", *_rate(quality["flip_rate"]), "names another winner when the order is swapped"],
        ["first shown preferred", *_rate(quality["first_shown"]), "50 without a leaning"],
        ["longer preferred", *_rate(quality["longer_preferred"]), "50 without a leaning"],
        ["true ties called ties", *_rate(quality["ties_seen"]), ""],
        ["ties where there is none", *_rate(quality["ties_invented"]), ""],
    ]
    defects = [[name, *_rate(rate)] for name, rate in quality["per_defect"].items()]
    cost = record.get("cost_usd")
    each = record["cost_per_judgment_usd"]
    verdict = "trusted" if record["trusted"] else "NOT trusted"
    return "\n".join(
        [
            visible(f"{title}{mark}"),
            f"{pairs['judged']} of {pairs['planned']} gold pairs judged in both orders",
            "",
            plain_table(["what", "%", "95 % CI", "pairs", ""], rows),
            "",
            plain_table(["defect of the worse answer", "right %", "95 % CI", "pairs"], defects),
            "",
            f"cost in USD: {cost or 'unknown'} ({each or 'unknown'} a judgment)",
            f"{verdict}: the lower end of its accuracy must reach 70 %",
        ]
    )


def _rate(rate: Mapping[str, Any] | None) -> list[Any]:
    if rate is None:
        return [None, "–", 0]
    low, high = rate.get("low"), rate.get("high")
    span = "–" if low is None or high is None else f"{100 * low:.1f}–{100 * high:.1f}"
    return [f"{100 * rate['value']:.1f}", span, rate.get("n")]
