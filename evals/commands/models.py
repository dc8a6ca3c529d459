"""`evals models`: what there is, how it does at a glance, and what public catalogs say of it."""

from __future__ import annotations

import argparse
import json
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from evals.catalog import load_catalog
from evals.routing._decide import utc_now


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `models` and of what can follow it."""
    parser.add_argument("--stars", action="store_true", help="families against tasks, from what was measured")
    _add_where(parser)
    kinds = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    diff = kinds.add_parser("diff", help="where our prices and limits and the public catalogs' part")
    refresh = kinds.add_parser("import", help="take prices and limits from public catalogs into the routing catalog")
    refresh.add_argument("--apply", action="store_true", help="write them (default: show what would change)")
    for each in (diff, refresh):
        each.add_argument("source", nargs="+", metavar="SOURCE", help="LiteLLM's or models.dev's files: paths or URLs")
        _add_where(each)


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--catalog", metavar="FILE", help="another model catalog")
    parser.add_argument("--routing", metavar="FILE", help="routing catalog (default ./routing.json, else the shipped)")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")


def main(arguments: argparse.Namespace) -> int:
    """List, show stars, compare or import; `diff` exits 0 whatever it finds."""
    if arguments.action == "diff":
        return _diff(arguments)
    if arguments.action == "import":
        return _import(arguments)
    return _stars(arguments) if arguments.stars else _list(arguments)


def _list(arguments: argparse.Namespace) -> int:
    catalog = load_catalog(Path(arguments.catalog) if arguments.catalog else None)
    rows = []
    for name, model in catalog.models.items():
        by_role = (("candidate", catalog.candidates), ("judge", catalog.judges))
        prices = [served.prices for served in model.hosts.values()]
        output = sorted({str(p.output_usd_per_mtok) for p in prices if p.output_usd_per_mtok is not None})
        known = sorted({str(p.input_usd_per_mtok) for p in prices if p.input_usd_per_mtok is not None})
        rows.append(
            [
                name,
                model.family,
                model.vendor,
                "+".join(model.modalities),
                model.context,
                " / ".join(known) or "unknown",
                " / ".join(output) or "unknown",
                ", ".join(model.hosts),
                ", ".join(role for role, names in by_role if name in names),
            ]
        )
    heads = ["model", "family", "vendor", "reads", "context", "$ in /M", "$ out /M", "hosts", "role"]
    return _print_table(arguments, heads, rows)


def _stars(arguments: argparse.Namespace) -> int:
    from evals import routing
    from evals.routing._stars import stars

    data = routing.load(routing.find_catalog(arguments.routing))
    if data["simulated"] and not arguments.json:
        print("SIMULATED: every measured figure in this catalog is invented")
    heads, rows = stars(data, utc_now())
    return _print_table(arguments, heads, rows)


def _diff(arguments: argparse.Namespace) -> int:
    from evals import routing
    from evals.routing._sources import Disagreement, compare, read_source

    now = utc_now()
    listed = [row for source in arguments.source for row in read_source(source, now)]
    models = load_catalog(Path(arguments.catalog) if arguments.catalog else None)
    found = compare(routing.load(routing.find_catalog(arguments.routing)), models, listed, now)
    return _print_table(
        arguments, [field.name for field in fields(Disagreement)], [list(astuple(gap)) for gap in found]
    )


def _import(arguments: argparse.Namespace) -> int:
    from evals import routing
    from evals.routing._route import LOCAL
    from evals.routing._sources import read_source, refreshed

    now = utc_now()
    listed = [row for source in arguments.source for row in read_source(source, now)]
    models = load_catalog(Path(arguments.catalog) if arguments.catalog else None)
    target = Path(arguments.routing or LOCAL)
    before = routing.load(target) if target.exists() else routing.new_catalog(simulated=False)
    after = refreshed(before, models, listed)
    if arguments.apply:
        start = routing.new_catalog
        routing.update(target, lambda data: refreshed(data, models, listed), start=lambda: start(simulated=False))
    old = {json.dumps(offer, sort_keys=True) for offer in before["offers"]}
    changed = [offer for offer in after["offers"] if json.dumps(offer, sort_keys=True) not in old]
    rows = [
        [o["model"], o["host"], o.get("context"), "+".join(o.get("modalities", ())), len(o["rates"])] for o in changed
    ]
    code = _print_table(arguments, ["model", "host", "context", "reads", "rates"], rows)
    if not arguments.json:
        print(f"{'written to' if arguments.apply else 'dry run; --apply writes them to'} {target}")
    return code


def _print_table(arguments: argparse.Namespace, heads: list[str], rows: list[list[Any]]) -> int:
    if arguments.json:
        print(json.dumps([dict(zip(heads, row, strict=True)) for row in rows], ensure_ascii=False))
        return 0
    from evals.report import plain_table

    print(plain_table(heads, rows))
    return 0
