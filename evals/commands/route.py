"""`evals route`: which model a request goes to, and why."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from evals.routing._bill import per_thousand
from evals.routing._decide import (
    ANY,
    COMPLEXITIES,
    EVERY_TASK,
    PRESETS,
    Cell,
    Needs,
    Standing,
    cell_of,
    frontier,
    standings,
    utc_now,
)
from evals.routing._route import Route, find_catalog, read_quickly, route_in

WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `route`."""
    parser.add_argument("--task", default=EVERY_TASK, metavar="T", help="a suite's name, such as chinese")
    parser.add_argument("--complexity", choices=(*COMPLEXITIES, ANY), default=ANY, help="how hard the request is")
    parser.add_argument("--image", action="store_true", help="the request carries an image")
    parser.add_argument("--preset", choices=tuple(PRESETS), help="decide anew: how near the best is good enough")
    parser.add_argument("--context", type=int, metavar="TOKENS", help="tokens the request needs")
    parser.add_argument("--p99", type=float, metavar="SECONDS", help="slowest p99 that will do")
    parser.add_argument("--family", action="append", default=[], metavar="NAME", help="families to choose from")
    parser.add_argument("--without", action="append", default=[], metavar="MODEL", help="a model to leave out")
    parser.add_argument("--routing", metavar="FILE", help="routing catalog (default ./routing.json, else the shipped)")
    parser.add_argument("--explain", action="store_true", help="the evidence and what else was there")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")


def main(arguments: argparse.Namespace) -> int:
    """Print the model, with `--explain` the reasons, the cell's models and the Pareto frontier."""
    data = read_quickly(arguments.routing)
    needs = Needs(
        context=arguments.context,
        p99_s=arguments.p99,
        families=tuple(arguments.family),
        without=tuple(arguments.without),
    )
    asked = Cell(task=arguments.task, complexity=arguments.complexity, image=arguments.image)
    found = route_in(
        data, asked.task, asked.complexity, image=asked.image, preset=arguments.preset, needs=needs, now=utc_now()
    )
    if arguments.json:
        print(json.dumps({"catalog": str(find_catalog(arguments.routing)), **found.to_json()}, ensure_ascii=False))
        return 0
    from evals.report import visible

    print(visible(found.model))
    if not arguments.explain:
        unknown = [reason for reason in found.reasons if reason.startswith("nothing is known")]
        for note in (*unknown, *([found.warning] if found.warning else ())):
            print(visible(f"({note})"))
        return 0
    print()
    here = asked if any(cell_of(row) == asked for row in data["rows"]) else found.cell
    for label, text in _lines(data, asked, here, found, str(find_catalog(arguments.routing))):
        print(textwrap.fill(visible(text), WIDTH, initial_indent=f"{label:10}", subsequent_indent=" " * 10))
    print()
    print(visible(f"models of {here}, the best first (> answers):"))
    _print_cell(data, here, needs, found.model)
    return 0


def _lines(data: Mapping[str, Any], asked: Cell, here: Cell, found: Route, file: str) -> Iterator[tuple[str, str]]:
    """What stands above the table: (label, sentence)."""
    yield "catalog", file
    yield "asked", str(asked)
    yield "answered", str(found.cell)
    yield "evidence", f"{found.evidence} ({f'n = {found.n}, run {found.run}' if found.n else 'not measured'})"
    for reason in found.reasons:
        yield "because", reason.removeprefix(f"{found.cell}: ")
    for entry in data.get("open", ()):
        if cell_of(entry) == asked and here != found.cell:
            yield "but", f"run {entry['run']} measured {asked} and left the route as it was: {entry['reason']}"
    if found.fallbacks:
        yield "then", ", ".join(found.fallbacks)
    check = data.get("check") or {}
    if check.get("verdict"):
        yield "control", f"on run {check.get('run')} the catalog's routes as a rule: {check['verdict']}"
    for one in (check.get("predicts") or {}).get("tasks", ()):
        if one["task"] == asked.task and one["value"] is not None:
            area = f"AUC {one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
            yield "classes", f"how well complexity tells failures in {asked.task}: {area}; 0.5 is a coin"
    if found.warning:
        yield "warning", found.warning


def _print_cell(data: Mapping[str, Any], cell: Cell, needs: Needs, chosen: str) -> None:
    from evals.report import plain_table, visible

    inside, outside = standings(data, cell, needs, utc_now())
    best = frontier(inside)
    inside.sort(key=lambda one: (one.evidence != "measured", -(one.quality or 0.0), one.model))
    heads = [
        "",
        "model",
        "evidence",
        "win % (95 %)",
        "n",
        "$ / 1,000 accepted",
        "$ out /M",
        "p99 s",
        "rated",
        "frontier",
    ]
    if inside:
        print(plain_table(heads, [_row(one, best, chosen) for one in inside]))
    for model, reason in outside:
        print(visible(f"left out  {model}: {reason}"))


def _row(standing: Standing, best: set[str], chosen: str) -> list[str]:
    quality, rating = standing.row.get("quality") or {}, standing.row.get("rating")
    measured = standing.evidence in ("measured", "ab")
    shown = (
        f"{100 * quality['value']:.1f} ({100 * quality['low']:.1f}-{100 * quality['high']:.1f})" if measured else "-"
    )
    cost = (standing.row.get("cost_per_accepted_usd") or {}) if measured else None
    return [
        ">" if standing.model == chosen else "",
        standing.model,
        standing.evidence,
        shown,
        str(quality.get("n", 0)) if measured else "0",
        "-" if cost is None else per_thousand(standing.cost),
        "unknown" if standing.list_price is None else str(standing.list_price),
        "-" if standing.p99_s is None else f"{standing.p99_s:.2f}",
        f"{rating['stars']} of {rating['of']}" if rating else "-",
        "yes" if measured and standing.model in best else "-",
    ]
