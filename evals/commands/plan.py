"""`evals plan`: what a run would ask, cost and be able to see. Nothing is sent."""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import store
from evals.records import RULE_PREFIX, Cost

if TYPE_CHECKING:
    from evals.forecast import Earlier, Loads, Served, Uncalibrated
    from evals.planning import Prepared, Settings

GAPS = (0.03, 0.05, 0.10)
POWER = 0.8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `plan` takes beside the arguments of `run`."""
    parser.add_argument(
        "--like", metavar="RUN", help="an earlier run, for its token counts, times and spread of scores"
    )


def main(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the plan. Raises UsageError as `run` would before its first call."""
    from evals.calibrating import uncalibrated
    from evals.forecast import Earlier
    from evals.planning import prepare
    from evals.run import find_run

    prepared = prepare(settings, env=os.environ)
    out = Path(arguments.out)
    like = read_earlier(find_run(arguments.like, out)) if arguments.like else Earlier()
    found = forecast(prepared, like, uncalibrated(prepared, out))
    if any(any(suite.families) for suite in prepared.plan.suites):
        found["notes"].append("prompts made from one template count for less: the gaps hold for independent prompts")
    if settings.find_best:
        found["notes"].append("with --find-best these are the most calls there can be: it drops models on the way")
    if settings.trust_checks:
        found["notes"].append(
            "with --trust-checks judges are called at most so often: what checks decide is not known yet"
        )
    if settings.budget_usd is not None and Decimal(found["likely"].get("cost_usd") or 0) > Decimal(settings.budget_usd):
        found["notes"].append(f"--budget-usd {settings.budget_usd} would likely stop this run before its end")
    print(json.dumps(found, ensure_ascii=False) if arguments.json else _text(found))
    return 0


def headline(prepared: Prepared, lacking: Uncalibrated = ()) -> str:
    """What a run says before its first call: how many there will be, and what they cost at most."""
    from evals.forecast import Earlier, loads, served

    found, prices = loads(prepared, Earlier(), uncalibrated=lacking), served(prepared, prepared.endpoints)
    costs = [load.cost(prices[model][0]) for (_, model), load in found.items()]
    likely, most = (sum((pair[side] for pair in costs), start=Cost()).to_json() for side in (0, 1))
    fewer = "at most " if prepared.plan.trust_checks else ""
    calls = f"{fewer}{round(math.fsum(load.calls for load in found.values())):,} calls"
    if prepared.simulate:
        return f"{calls}, to the simulator, so nothing is paid"
    return f"{calls}; cost likely {_money(likely)}, at most {_money(most)} (details: python -m evals plan)"


# ------------------------------------------------------------------------------------------- an earlier run
def read_earlier(folder: Path) -> Earlier:
    """What the run in a folder teaches. Raises UsageError when it has no verdicts, InputError on damage."""
    from evals.commands._runs import read_run
    from evals.forecast import Earlier

    scores = [
        score for suite in read_run(folder).suites.values() for pair in suite.scores.values() for score in pair.values()
    ]
    tokens: dict[tuple[str, str], list[int]] = {}
    seconds: dict[str, list[float]] = {}
    for file, role, name in ((store.RESPONSES, "answer", "model"), (store.JUDGMENTS, "verdict", "judge")):
        for _, _, record in store.iter_records(folder / file):
            if record[name].startswith(RULE_PREFIX) or not record.get("attempts"):
                continue
            if (count := (record.get("usage") or {}).get("completion_tokens")) is not None:
                tokens.setdefault((role, record[name]), []).append(count)
            if record.get("latency_s") is not None:
                seconds.setdefault(record[name], []).append(record["latency_s"])
    return Earlier(
        name=str(folder),
        written={key: statistics.fmean(counts) for key, counts in tokens.items()},
        seconds={key: statistics.fmean(found) for key, found in seconds.items()},
        scores=tuple(scores),
    )


def _seconds(loads: Loads, served: Served, like: Earlier, concurrency: int) -> float:
    """Of the run: what all calls take side by side, or longer where a host's limits hold one model up."""
    busy: dict[str, float] = {}
    calls: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for (_, model), load in loads.items():
        busy[model] = busy.get(model, 0.0) + load.calls * like.call_seconds(model)
        calls[model] += math.ceil(load.calls)
        tokens[model] += math.ceil(load.read + load.written)
    longest = [math.fsum(busy.values()) / concurrency]
    for model, own in busy.items():
        limits = served[model][1]
        longest.append(own / min(concurrency, limits.concurrency or concurrency))
        longest.append(60.0 * calls[model] / limits.requests_per_minute if limits.requests_per_minute else 0.0)
        longest.append(60.0 * tokens[model] / limits.tokens_per_minute if limits.tokens_per_minute else 0.0)
    return max(longest)


# ------------------------------------------------------------------------------------------- what will be seen
def _power(prepared: Prepared, like: Earlier) -> dict[str, Any]:
    """The smallest gap of a pair that is found with probability 0.8, and the prompts that smaller ones need."""
    from evals.stats import TOLERANCE, HeadToHead, detectable_gap, head_to_head_design, prompts_for

    design = HeadToHead()
    assumed = True
    if any(abs(score - 0.5) > TOLERANCE for score in like.scores):
        design, assumed = head_to_head_design(like.scores), False
    comparisons = len(prepared.plan.pairs)
    sizes = {suite.name: len(suite.prompts) for suite in prepared.suites}
    if len(sizes) > 1:
        sizes["all suites"] = sum(sizes.values())
    return {
        "power": POWER,
        "comparisons": comparisons,
        "ties": design.ties,
        "assumed": assumed,
        "detectable_gap": {
            name: detectable_gap(design, n=n, power=POWER, comparisons=comparisons).gap for name, n in sizes.items()
        },
        "prompts_for": [
            {"gap": gap, "prompts": prompts_for(design, gap=gap, power=POWER, comparisons=comparisons).n}
            for gap in GAPS
        ],
    }


def forecast(prepared: Prepared, like: Earlier, lacking: Uncalibrated = ()) -> dict[str, Any]:
    """All of the plan as plain values; money as decimal texts, null where a price is missing; time in seconds.

    `lacking` are the judges to be calibrated first.
    """
    from evals.forecast import Load, by_stage, loads, served

    found, prices = loads(prepared, like, uncalibrated=lacking), served(prepared, prepared.endpoints)
    by_role: Loads = {}
    for (stage, model), load in found.items():
        role = "answer" if stage == "collect" else "verdict"
        by_role.setdefault((role, model), Load()).join(load)
    rows, likely, most = [], Cost(), Cost()
    for (role, model), load in by_role.items():
        one, other = load.cost(prices[model][0])
        likely, most = likely + one, most + other
        rows.append(
            {
                "model": model,
                "role": role,
                "calls": round(load.calls),
                "prompt_tokens": round(load.read),
                "completion_tokens": round(load.written),
                "likely": one.to_json(),
                "at_most": other.to_json(),
            }
        )
    return {
        "simulated": prepared.simulate,
        "suites": {suite.name: len(suite.prompts) for suite in prepared.suites},
        "models": list(prepared.plan.models),
        "pairs": len(prepared.plan.pairs),
        "samples": prepared.plan.samples,
        "orders": prepared.plan.orders,
        "controls": prepared.plan.controls,
        "like": like.name,
        "calls": rows,
        "stages": by_stage(found, prices, prepared),
        "total_calls": round(math.fsum(load.calls for load in found.values())),
        "likely": likely.to_json(),
        "at_most": most.to_json(),
        "seconds": round(_seconds(found, prices, like, prepared.settings.concurrency), 1),
        "power": _power(prepared, like),
        "notes": list(prepared.notes),
    }


# ------------------------------------------------------------------------------------------- showing
def _money(cost: Mapping[str, Any]) -> str:
    known = float(cost["cost_usd"] if cost["cost_usd"] is not None else cost["cost_at_least_usd"])
    shown = f"${known:.2f}" if known >= 1 or not known else f"${known:.4f}"
    return shown if cost["cost_usd"] is not None else f">= {shown} ({', '.join(cost['cost_unknown'])} unknown)"


def _points(gap: float | None) -> str:
    return "nothing" if gap is None else f"{100 * gap:.1f} points"


def _duration(seconds: float) -> str:
    return (
        f"{seconds / 3600:.1f} h"
        if seconds >= 5400
        else f"{seconds / 60:.0f} min"
        if seconds >= 90
        else f"{seconds:.0f} s"
    )


def _at_most(found: Mapping[str, Any]) -> str:
    return "at most " if any(row["at_most_calls"] for row in found["stages"]) else ""


def _stage_table(found: Mapping[str, Any]) -> str:
    from evals.report import plain_table

    heads = ["stage", "calls", "likely", "at most"]
    rows = [
        [
            row["stage"],
            f"{'<= ' if row['at_most_calls'] else ''}{row['calls']}",
            *(("here, free", "") if row["stage"] == "check" else (_money(row["likely"]), _money(row["at_most"]))),
        ]
        for row in found["stages"]
    ]
    return plain_table(heads, rows)


def _text(found: Mapping[str, Any]) -> str:
    from evals.forecast import ANSWER_TOKENS, SECONDS, VERDICT_TOKENS
    from evals.report import plain_table, visible

    heads = ["model", "role", "calls", "tokens read", "tokens written", "likely", "at most"]
    rows = [
        [
            row["model"],
            row["role"],
            row["calls"],
            row["prompt_tokens"],
            row["completion_tokens"],
            *(_money(row[name]) for name in ("likely", "at_most")),
        ]
        for row in found["calls"]
    ]
    power = found["power"]
    suites = ", ".join(f"{name} ({count} prompts)" for name, count in found["suites"].items())
    like = found["like"]
    assumed = f"answers of {ANSWER_TOKENS} tokens, verdicts of {VERDICT_TOKENS}, {SECONDS:.0f} s a call"
    lines = [
        f"{suites}; {len(found['models'])} models, pairs: {found['pairs']}, answers a prompt: {found['samples']}",
        "",
        *([plain_table(heads, rows), "", _stage_table(found), ""] if rows else ["nothing is to be called", ""]),
        f"calls: {_at_most(found)}{found['total_calls']}, of which control arms on {found['controls']} prompts",
        f"cost: likely {_money(found['likely'])}, at most {_money(found['at_most'])}",
        f"time: about {_duration(found['seconds'])}",
        f"from {like}: lengths, times and spread"
        if like
        else f"assumed: {assumed} (--like RUN takes an earlier run's)",
        "at most: every answer as long as it may be, every verdict asked for twice",
    ]
    if found["simulated"]:
        lines.append("nothing is reachable: the run itself would be simulated and free; prices are the catalog's")
    told = (
        f"comparisons: {power['comparisons']}, {100 * power['ties']:.0f} % ties{' assumed' if power['assumed'] else ''}"
    )
    lines += [
        "",
        f"smallest gap of a pair's win rate from 50 that is found in 80 of 100 such runs ({told}):",
        *(f"  {name}: {_points(gap)}" for name, gap in power["detectable_gap"].items()),
        "prompts needed: "
        + "; ".join(
            f"{100 * one['gap']:.0f} points {'out of reach' if one['prompts'] is None else one['prompts']}"
            for one in power["prompts_for"]
        ),
        *(f"note: {note}" for note in found["notes"]),
    ]
    return "\n".join(line if "\n" in line else visible(line) for line in lines)
