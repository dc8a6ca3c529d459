"""`evals cost`: what a month of traffic costs per model, and what the routes of the catalog cost."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from evals import routing
from evals.records import UsageError, format_money
from evals.routing._bill import NOTES_MIX, Traffic, in_words, month_bill, read_mix, read_month, read_volume, routed_bill
from evals.routing._decide import Cell, utc_now
from evals.routing._prices import Bill

VOLUMES = "10K,100K,1M"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cost`."""
    parser.add_argument("--volume", default=VOLUMES, metavar="N,N", help=f"a month's volumes (default {VOLUMES})")
    parser.add_argument("--unit", choices=("requests", "tokens"), default="requests", help="what they count")
    parser.add_argument("--prompt-tokens", type=int, default=400, metavar="N", help="of a request (default 400)")
    parser.add_argument("--answer-tokens", type=int, default=300, metavar="N", help="of an answer (default 300)")
    parser.add_argument("--cached", type=int, default=0, metavar="N", help="prompt tokens the host has in its cache")
    parser.add_argument("--batch", action="store_true", help="sent through batch interfaces")
    parser.add_argument("--month", metavar="YYYY-MM", help="prices of this month (default: this one)")
    parser.add_argument(
        "--mix",
        default=NOTES_MIX,
        metavar="CELL=PERCENT",
        help=f"traffic: task:complexity=percent,... (default {NOTES_MIX})",
    )
    parser.add_argument("--routing", metavar="FILE", help="routing catalog (default ./routing.json, else the shipped)")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")


def main(arguments: argparse.Namespace) -> int:
    """Print a row per model and host, then the routes' bill."""
    data = routing.load(routing.find_catalog(arguments.routing))
    volumes = [read_volume(text) for text in arguments.volume.split(",")]
    if min(arguments.prompt_tokens, arguments.answer_tokens, arguments.cached) < 0 or not arguments.answer_tokens:
        raise UsageError("tokens must be 0 or more, and an answer has at least one")
    if arguments.cached > arguments.prompt_tokens:
        raise UsageError("--cached cannot be more than --prompt-tokens")
    month = read_month(arguments.month or f"{utc_now():%Y-%m}")
    mix = read_mix(arguments.mix)
    months = [
        Traffic(
            volume=volume,
            unit=arguments.unit,
            prompt_tokens=arguments.prompt_tokens,
            answer_tokens=arguments.answer_tokens,
            cached=arguments.cached,
            batch=arguments.batch,
            month=month,
        )
        for volume in volumes
    ]
    models = {
        f"{offer['model']} @ {offer['host']}": [month_bill(offer.get("rates", ()), traffic) for traffic in months]
        for offer in data["offers"]
    }
    routed = [routed_bill(data, mix, traffic) for traffic in months]
    if arguments.json:
        print(json.dumps(_plain(models, routed, volumes), ensure_ascii=False))
    else:
        _print(arguments, models, routed, volumes, mix, simulated=data["simulated"])
    return 0


def _plain(
    models: Mapping[str, list[Bill]], routed: list[tuple[Bill, dict[str, Decimal]]], volumes: list[Decimal]
) -> dict[str, Any]:
    def bills(found: list[Bill]) -> list[dict[str, Any]]:
        return [
            {
                "volume": str(volume),
                "usd": None if bill.unknown else format_money(bill.known),
                "at_least_usd": format_money(bill.known),
                "unknown": list(bill.unknown),
            }
            for volume, bill in zip(volumes, found, strict=True)
        ]

    shares = {model: format_money(share) for model, share in routed[0][1].items()}
    routes = {"shares": shares, "bills": bills([bill for bill, _ in routed])}
    return {"models": {name: bills(found) for name, found in models.items()}, "routes": routes}


def _print(
    arguments: argparse.Namespace,
    models: Mapping[str, list[Bill]],
    routed: list[tuple[Bill, dict[str, Decimal]]],
    volumes: list[Decimal],
    mix: Mapping[Cell, Decimal],
    *,
    simulated: bool,
) -> None:
    from evals.report import plain_table, visible

    if simulated:
        print("SIMULATED: routes, and the prices of models that came with a simulated run, are invented")
    cached = f", {arguments.cached} of them cached" if arguments.cached else ""
    print(
        f"US dollars a month, by volume in {arguments.unit}; a request has {arguments.prompt_tokens} prompt tokens"
        f"{cached} and {arguments.answer_tokens} answer tokens, spread evenly over the month's hours"
    )
    heads = [f"{volume:,f}" for volume in volumes]
    print(
        plain_table(
            ["everything to one model", *heads, "not known"], [_row(name, *found) for name, found in models.items()]
        )
    )
    if any(bills[0].unknown for bills in models.values()):
        print("(>=: what is known of it; to fill in prices: python -m evals models import SOURCE --apply)")
    shares = ", ".join(f"{_percent(share)} {model}" for model, share in routed[0][1].items())
    print()
    print(visible("traffic: " + ", ".join(f"{_percent(share)} {cell}" for cell, share in mix.items())))
    print(visible(f"routed:  {shares}"))
    row = _row("all traffic", *(bill for bill, _ in routed))
    print(plain_table(["the routes of the catalog", *heads, "not known"], [row]))


def _row(name: str, *bills: Bill) -> list[str]:
    # what is missing is the same at every volume: said once
    return [name, *map(in_words, bills), ", ".join(bills[0].unknown) or "-"]


def _percent(share: Decimal) -> str:
    return f"{format_money(share * 100)} %"
