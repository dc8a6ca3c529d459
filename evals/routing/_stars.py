"""At a glance: families against tasks in stars, from measured rows alone. A dash where nothing was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from evals.records import format_money
from evals.routing._decide import Cell, Needs, Standing, comparable, in_order, place_of, reading_order, standings
from evals.routing._prices import list_price

TASKS = {"code": "code", "chinese": "Chinese", "english": "English", "reasoning": "reasoning"}
MARGIN, STEP = 0.03, 0.10
"""Within the margin of the best of a cell: five stars; each further ten points of win rate cost one."""


def stars(data: Mapping[str, Any], now: datetime) -> tuple[list[str], list[list[str]]]:
    """The heads (families) and the rows of the table, plain texts: the field notes' tasks, then any other measured.

    A model's stars in a task are the mean over the task's cells, weighted by prompts; a family's are its best model's.
    """
    offers = {place_of(offer): offer for offer in data["offers"]}
    family = {offer["model"]: offer.get("family") or "?" for offer in offers.values()}
    families = list(dict.fromkeys(family.values()))
    titles = TASKS | {task: task for task in _measured(data) if task not in TASKS}
    tables = {task: _task_stars(data, task, now) for task in titles}
    rows = [[title, *(_best(tables[task], family, name) for name in families)] for task, title in titles.items()]
    rows.append(["throughput", *(_throughput(data, family, name) for name in families)])
    rows.append(["multimodal: images", *(_seers(offers.values(), name) for name in families)])
    rows.append(["context", *(_contexts(offers.values(), name) for name in families)])
    rows.append(["price band, $ out /M", *(_band(offers.values(), name, now) for name in families)])
    rows.append(["budget pick", *(_pick(data, family, name, "economy", now) for name in families)])
    rows.append(["default pick", *(_pick(data, family, name, "balanced", now) for name in families)])
    return ["", *families], rows


def _task_stars(data: Mapping[str, Any], task: str, now: datetime) -> dict[str, float]:
    weighted: dict[str, list[tuple[float, int]]] = {}
    for cell in _cells(data, task):
        group = [
            standing for standing in comparable(standings(data, cell, Needs(), now)[0]) if standing.pool is not None
        ]
        if len(group) < 2:
            continue
        best = max(standing.row["quality"]["value"] for standing in group)
        for standing in group:
            quality = standing.row["quality"]
            behind = max(0.0, best - quality["value"] - MARGIN)
            weighted.setdefault(standing.model, []).append(
                (max(1.0, 5.0 - math.ceil(behind / STEP - 1e-9)), quality["n"])
            )
    return {model: sum(s * n for s, n in found) / sum(n for _, n in found) for model, found in weighted.items()}


def _measured(data: Mapping[str, Any]) -> list[str]:
    """The tasks with a measured row, in the order they stand."""
    return list(dict.fromkeys(row["task"] for row in data["rows"] if row.get("quality")))


def _cells(data: Mapping[str, Any], task: str) -> list[Cell]:
    found = {Cell(task=task, complexity=row["complexity"]) for row in data["rows"] if row["task"] == task}
    return sorted(found, key=reading_order)


def _best(table: Mapping[str, float], family: Mapping[str, str], name: str) -> str:
    found = [value for model, value in table.items() if family.get(model) == name]
    return shown(max(found)) if found else "-"


def shown(value: float) -> str:
    """Five places: `★★★★☆`."""
    full = min(5, max(1, math.floor(value + 0.5)))
    return "★" * full + "☆" * (5 - full)


def _throughput(data: Mapping[str, Any], family: Mapping[str, str], name: str) -> str:
    speeds = [
        (row["tokens_per_s"], row["model"])
        for row in data["rows"]
        if row.get("tokens_per_s") is not None and family.get(row["model"]) == name
    ]
    return f"{max(speeds)[0]:.0f} tokens/s" if speeds else "-"


def _seers(offers: Any, name: str) -> str:
    stated = [offer for offer in offers if offer.get("family") == name and "modalities" in offer]
    found = [offer["model"] for offer in stated if "image" in offer["modalities"]]
    return ", ".join(dict.fromkeys(found)) or ("no" if stated else "-")


def _contexts(offers: Any, name: str) -> str:
    found = sorted({offer["context"] for offer in offers if offer.get("family") == name and offer.get("context")})
    return "-" if not found else "-".join(f"{size // 1000}K" for size in dict.fromkeys((found[0], found[-1])))


def _band(offers: Any, name: str, now: datetime) -> str:
    prices = [list_price(offer.get("rates", ()), now)[1] for offer in offers if offer.get("family") == name]
    known = sorted({price for price in prices if price is not None})
    unknown = " and unknown" if None in prices else ""
    return (
        "-" if not known else "-".join(format_money(price) for price in dict.fromkeys((known[0], known[-1]))) + unknown
    )


def _pick(data: Mapping[str, Any], family: Mapping[str, str], name: str, preset: str, now: datetime) -> str:
    """The family's model that the preset takes in most prompts of the measured cells."""
    votes: dict[str, int] = {}
    for task in _measured(data):
        for cell in _cells(data, task):
            inside: Sequence[Standing] = standings(data, cell, Needs(families=()), now)[0]
            group = [s for s in comparable(inside) if s.pool is not None and family.get(s.model) == name]
            if group:
                first = in_order(group, preset)[0]
                votes[first.model] = votes.get(first.model, 0) + first.row["quality"]["n"]
    return max(votes, key=lambda model: (votes[model], Decimal(0), model)) if votes else "-"
