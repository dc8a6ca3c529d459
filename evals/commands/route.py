"""`evals route`: which model a request goes to, and why."""

from __future__ import annotations

import argparse
import json

from evals.routing._decide import (
    ANY,
    COMPLEXITIES,
    EVERY_TASK,
    PRESETS,
    Cell,
    Needs,
    cell_of,
    frontier,
    standings,
    utc_now,
)
from evals.routing._route import find_catalog, read_quickly, route_in


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
    now = utc_now()
    data = read_quickly(arguments.routing)
    needs = Needs(
        context=arguments.context,
        p99_s=arguments.p99,
        families=tuple(arguments.family),
        without=tuple(arguments.without),
    )
    found = route_in(
        data, arguments.task, arguments.complexity, image=arguments.image, preset=arguments.preset, needs=needs, now=now
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
    if not arguments.explain:
        return 0
    evidence = "not measured" if not found.n else f"n = {found.n}, run {found.run}"
    print()
    print(visible(f"asked     {Cell(task=arguments.task, complexity=arguments.complexity, image=arguments.image)}"))
    print(visible(f"answered  {found.cell}"))
    print(visible(f"evidence  {found.evidence} ({evidence})"))
    for reason in found.reasons:
        print(visible(f"because   {reason}"))
    if found.fallbacks:
        print(visible(f"then      {', '.join(found.fallbacks)}"))
    if found.warning:
        print(visible(f"warning   {found.warning}"))
    asked = Cell(task=arguments.task, complexity=arguments.complexity, image=arguments.image)
    here = asked if any(cell_of(row) == asked for row in data["rows"]) else found.cell
    print()
    print(visible(f"models of {here}:"))
    _print_cell(data, here, needs)
    return 0


def _print_cell(data: object, cell: Cell, needs: Needs) -> None:
    from evals.report import plain_table, visible

    assert isinstance(data, dict)
    inside, outside = standings(data, cell, needs, utc_now())
    best = frontier(inside)
    rows = []
    for standing in inside:
        quality, rating = standing.row.get("quality") or {}, standing.row.get("rating")
        measured = standing.evidence in ("measured", "ab")
        rows.append(
            [
                standing.model,
                standing.evidence,
                f"{100 * quality['value']:.1f} ({100 * quality['low']:.1f}-{100 * quality['high']:.1f})"
                if measured
                else "-",
                quality.get("n", 0) if measured else 0,
                standing.cost if standing.cost is not None else "-",
                standing.list_price if standing.list_price is not None else "unknown",
                standing.p99_s if standing.p99_s is not None else "-",
                f"{rating['stars']} of {rating['of']}" if rating else "-",
                "yes" if measured and standing.model in best else "-",
            ]
        )
    heads = ["model", "evidence", "win % (95 %)", "n", "$ / accepted", "$ out /M", "p99 s", "rated", "frontier"]
    if rows:
        print(plain_table(heads, rows))
    for model, reason in outside:
        print(visible(f"left out  {model}: {reason}"))
