"""What a run says about routing: the families at a glance, quality against cost, and whether routing would pay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from evals.records import format_money
from evals.report._cells import UNKNOWN, Table, percent, span
from evals.report._judging import Block
from evals.report._view import View
from evals.routing._bill import per_thousand
from evals.routing._decide import Needs, cell_of, comparable, frontier, standings
from evals.routing._prices import read_time
from evals.routing._stars import stars

Name = Callable[[str], str]

STARS_NOTE = (
    "Five stars: within three points of the best win rate of the task; each further ten points cost one. A family has"
    " the stars of its best model. Budget and default pick: the cheapest within 15 and within 7 points of the best"
    " lower bound, inside the family. Stars follow the figures and test nothing: neighbours may be equal. A dash: not"
    " measured in this run"
)
FRONTIER_NOTE = (
    "“frontier” (filled in the plots): no other model is at least as good in quality (lower bound), cost and p99 and"
    " better in one."
    " Accepted: the checks of the prompt pass, or where there are none the answer is no worse than that of the task's"
    " leading model"
)
RULE_NOTE = (
    "The rule sends each task and complexity to the cheapest model within seven points of the best lower bound, each"
    " half of the prompts by what the other half says. The control sends as many requests to each of these models,"
    " drawn at random: a rule that does not beat it is worthless"
)


def routing_blocks(view: View, name: Name) -> list[Block]:
    """The parts in reading order; none for a run whose figures do not carry them."""
    if view.routing is None or not view.complete:
        return []
    blocks = [_stars(view.routing, view, name), _frontier(view.routing, view, name)]
    rule = view.routing.get("rule")
    if rule:
        blocks.append(_worth(rule, view.routing.get("by_task"), view.routing.get("complexity_adds")))
        if rule.get("predicts"):
            blocks.append(_prediction(rule["predicts"], name))
    return blocks


def started(view: View) -> Any:
    """The time whose prices hold on the page: the run's own, so that it can be rebuilt."""
    return read_time(str(view.manifest.get("created_at") or "1970-01-01"))


def _stars(routing: Mapping[str, Any], view: View, name: Name) -> Block:
    heads, rows = stars(routing, started(view))
    named = {row["task"] for row in routing["rows"]} | {offer["model"] for offer in routing["offers"]}

    def cell(text: str) -> str:
        # stars, figures and our own words stand as they are; what a run or a host has named goes through `name`
        return UNKNOWN if text == "-" else name(text) if any(one in text for one in named) else text

    return Block(
        title="At a glance",
        table=Table(
            headers=("", *(name(head) for head in heads[1:])),
            align=("left",) * len(heads),
            rows=tuple(tuple(map(cell, row)) for row in rows),
        ),
        sentences=(STARS_NOTE,),
    )


def _frontier(routing: Mapping[str, Any], view: View, name: Name) -> Block:
    rows: list[tuple[str, ...]] = []
    for cell in dict.fromkeys(cell_of(row) for row in routing["rows"]):
        group = [one for one in comparable(standings(routing, cell, Needs(), started(view))[0]) if one.pool is not None]
        best = frontier(group)
        for one in sorted(group, key=lambda one: (-(one.quality or 0.0), one.model)):
            accepted = one.row.get("accepted") or {}
            rows.append(
                (
                    name(f"{cell.task} with an image" if cell.image else cell.task),
                    name(one.model),
                    percent(one.quality),
                    f"{percent(accepted.get('value'))} ({span(accepted.get('low'), accepted.get('high')).strip()})",
                    per_thousand(one.cost),
                    UNKNOWN if one.p99_s is None else f"{one.p99_s:.2f}",
                    "yes" if one.model in best else UNKNOWN,
                )
            )
    heads = ("task", "model", "win %, lower bound", "accepted %", "$ / 1,000 accepted", "p99 s", "frontier")
    return Block(
        title="Quality against cost",
        table=Table(headers=heads, align=("left", "left", *["right"] * 4, "left"), rows=tuple(rows)),
        sentences=(FRONTIER_NOTE,),
    )


def _worth(rule: Mapping[str, Any], by_task: Mapping[str, Any] | None, adds: Mapping[str, Any] | None) -> Block:
    lines = [
        ("routed by task and complexity", rule, "quality", "cost_usd"),
        ("its shuffled control: the same models as often, at random", rule, "control", "control_cost_usd"),
        *([("routed by task alone", by_task, "quality", "cost_usd")] if by_task else []),
        ("oracle: the best answer to each prompt, of equals the cheapest", rule, "oracle", "oracle_cost_usd"),
    ]
    rows = [
        (label, percent(found[quality]), per_thousand(None if found[cost] is None else Decimal(found[cost])))
        for label, found, quality, cost in lines
    ]
    shares = ", ".join(f"{format_money(round(Decimal(repr(100 * s)), 1))} % {m}" for m, s in rule["shares"].items())
    one = len(rule["shares"]) == 1
    verdict = f"{rule['verdict']}" if one else f"the rule {'is ' if rule['worthless'] else ''}{rule['verdict']}"
    return Block(
        title="Would routing pay?",
        table=Table(
            headers=("on the prompts of this run", "checks passed, else win share %", "$ / 1,000 requests"),
            align=("left", "right", "right"),
            rows=tuple(rows),
        ),
        sentences=(f"{verdict} (n = {rule['n']}); requests: {shares}", *_added(None if one else adds), RULE_NOTE),
    )


def _added(adds: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What knowing the complexity gains over knowing the task; nothing where it cannot be said."""
    if adds is None or adds["low"] is None or adds["high"] is None:
        return ()
    if not adds["differ"]:
        return ("knowing the complexity beside the task changes no request: both rules send each to the same model",)
    value, low, high = (f"{100 * adds[name]:.1f}" for name in ("value", "low", "high"))
    proven = "" if adds["low"] > 0 else ": not shown to be worth anything"
    return (f"knowing the complexity beside the task adds {value} points ({low} to {high}){proven}",)


def _prediction(found: Mapping[str, Any], name: Name) -> Block:
    classes: Sequence[str] = ("low", "medium", "high")
    rows = []
    for one in found["tasks"]:
        counts = [one["classes"][label] for label in classes]
        shares = [f"{percent(c['failed'] / c['n'])} ({c['n']})" if c["n"] else UNKNOWN for c in counts]
        rows.append((name(one["task"]), *shares, area(one)))
    return Block(
        title="Does complexity predict failure?",
        table=Table(
            headers=("task", *(f"{label}: failed % (n)" for label in classes), "AUC (95 % CI)"),
            align=("left", *["right"] * 4),
            rows=tuple(rows),
        ),
        sentences=(found["verdict"],),
    )


def area(found: Mapping[str, Any]) -> str:
    """An AUC with its interval, a dash where too few prompts failed or passed."""
    if found["value"] is None:
        return UNKNOWN
    return f"{found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f})"
