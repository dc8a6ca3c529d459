"""`evals calibrate`: a judge's accuracy and leanings on a suite's gold pairs."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

_PAIRWISE = (
    ("accuracy", "right on decisive pairs", "the better answer's share; a tie is half right"),
    ("both_right", "right in both orders", ""),
    ("sensitivity", "right where text A is better", "sensitivity"),
    ("specificity", "right where text B is better", "specificity"),
    ("flip_rate", "order flips", "names another winner when the order is swapped"),
    ("first_shown", "first shown preferred", "50: no leaning"),
    ("longer_preferred", "longer preferred", "50: no leaning"),
    ("ties_seen", "true ties called ties", ""),
    ("ties_invented", "ties where one is better", ""),
)
_ALONE = (
    ("accuracy", "right on decisive pairs", "the better answer scores higher; equal scores are half right"),
    ("sensitivity", "better answers that pass", "sensitivity: {passes}"),
    ("specificity", "worse answers that fail", "specificity: {fails}"),
    ("longer_preferred", "longer preferred", "50: no leaning"),
    ("ties_seen", "true ties scored equal", ""),
    ("ties_invented", "equal where one is better", ""),
    ("flip_rate", "order flips", ""),
    ("first_shown", "first shown preferred", ""),
)
"""The figures by kind of judge: name, words, what a number means."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `calibrate`."""
    parser.add_argument("--judge", required=True, metavar="MODEL", help="the judge to measure")
    parser.add_argument("--suite", required=True, metavar="NAME", help="a suite with gold pairs")
    parser.add_argument(
        "--definition", metavar="NAME", help="judge definition of any kind, or a file (default: the suite's)"
    )
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
    out = Path(arguments.out)
    record = calibrate.calibrate(
        arguments.judge,
        arguments.suite,
        out=out,
        settings=settings,
        env=os.environ,
        told=Bars(quiet=arguments.quiet),
    )
    definition = record["definition"].rpartition("@")[0]
    path = calibrate.folder_of(out, record["suite"], record["judge"], definition) / calibrate.RESULT
    print(json.dumps(record, ensure_ascii=False) if arguments.json else f"{text(record)}\nstored: {path}")
    return 0 if record["pairs"]["judged"] == record["pairs"]["planned"] else 1


def text(record: Mapping[str, Any]) -> str:
    """The result as tables for the terminal."""
    from evals.report import plain_table, visible

    quality, pairs = record["quality"], record["pairs"]
    alone = record["kind"] != "pairwise"
    lines = [
        visible(
            f"{record['judge']} on {record['suite']}, {record['definition']}{' · SIMULATED' * record['simulated']}"
        ),
        _trust(record),
        f"{pairs['judged']} of {pairs['planned']} gold pairs judged, "
        + ("each answer scored alone" if alone else "in both orders"),
        "",
        plain_table(["what", "%", "95 % CI", "pairs", ""], _figures(record, _ALONE if alone else _PAIRWISE)),
    ]
    if quality["per_defect"]:
        worst_first = sorted(quality["per_defect"].items(), key=lambda item: (item[1]["value"], item[0]))
        rows = [[name, *_rate(rate)] for name, rate in worst_first]
        lines += ["", plain_table(["defect of the worse answer", "right %", "95 % CI", "pairs"], rows)]
    return "\n".join([*lines, "", _cost(record, "score" if alone else "verdict")])


def _figures(record: Mapping[str, Any], figures: tuple[tuple[str, str, str], ...]) -> list[list[Any]]:
    mark, rows = record["pass_mark"], []
    passes, fails = f"scored {mark or 0:g} or more", f"scored below {mark or 0:g}"
    if record["kind"] == "checklist" and mark == 1:
        passes, fails = "meets every criterion", "misses a criterion"
    for name, words, meaning in figures:
        rate, reason = record["quality"][name], record["not_applicable"].get(name)
        note = meaning.format(passes=passes, fails=fails) if rate else "no such pair was judged"
        rows.append([words, *_rate(rate), f"does not apply: {reason}" if reason else note])
    return rows


def _trust(record: Mapping[str, Any]) -> str:
    low, pairs = (record["quality"]["accuracy"] or {}).get("low"), record["pairs"]
    if pairs["judged"] < pairs["planned"]:
        return "NOT TRUSTED: incomplete; the same command makes the verdicts that are missing"
    found = "nothing is known of its accuracy" if low is None else f"right on at least {100 * low:.1f} % (95 % CI)"
    return f"{'trusted' if record['trusted'] else 'NOT TRUSTED'}: {found}; a judge is trusted from 70 %"


def _cost(record: Mapping[str, Any], unit: str) -> str:
    whole, each = record["cost_usd"], record["cost_per_judgment_usd"]
    if whole is None or each is None:
        return f"cost in USD: unknown, at least {record.get('cost_at_least_usd', '0')}"
    return f"cost in USD: {_rounded(whole)} for {record['verdicts']} {unit}s, {_rounded(each)} each"


def _rounded(money: str) -> str:
    """Three significant digits of an amount in dollars."""
    amount = Decimal(money)
    return f"{round(amount, 2 - amount.adjusted()):f}" if amount else "0"


def _rate(rate: Mapping[str, Any] | None) -> list[Any]:
    if rate is None:
        return ["–", "–", "–"]
    low, high = rate.get("low"), rate.get("high")
    span = "–" if low is None or high is None else f"{100 * low:.1f}–{100 * high:.1f}"
    return [f"{100 * rate['value']:.1f}", span, rate.get("n")]
