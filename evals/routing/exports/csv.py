"""CSV: one line per model and cell with every measured figure, for a spreadsheet.

Texts are written so that no spreadsheet takes one for a formula; what was not measured is an empty cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evals.routing._decide import cell_of, is_expired, place_of
from evals.routing._prices import list_price
from evals.routing._route import written_route

SUFFIX = ".csv"
_FORMULA = re.compile(r"\s*['=@＝＠]|\s*[-+－＋](?!\d+(\.\d+)?$)")
"""What a spreadsheet may take for a formula (full-width forms too), and our own quote; a plain number is none."""
HEADS = (
    "task", "complexity", "image", "model", "host", "region", "route", "evidence", "simulated", "expired",
    "quality", "quality_low", "quality_high", "n", "accepted", "accepted_low", "accepted_high",
    "usd_per_accepted", "usd_per_accepted_low", "usd_per_accepted_high", "input_usd_per_mtok", "output_usd_per_mtok",
    "p50_s", "p95_s", "p99_s", "stars", "stars_of", "served_model", "judge", "run", "valid_from", "valid_until",
)  # fmt: skip


def render(data: Mapping[str, Any], now: datetime) -> str:
    """The table, rows in the order of the catalog, `\\n` line ends."""
    offers = {place_of(offer): offer for offer in data["offers"]}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADS)
    for row in data["rows"]:
        writer.writerow([_cell(value) for value in _line(data, row, offers, now)])
    return out.getvalue()


def _line(
    data: Mapping[str, Any], row: Mapping[str, Any], offers: Mapping[Any, Mapping[str, Any]], now: datetime
) -> list[Any]:
    quality, accepted = row.get("quality") or {}, row.get("accepted") or {}
    cost, latency = row.get("cost_per_accepted_usd") or {}, row.get("latency_s") or {}
    rating = row.get("rating") or {}
    entry = written_route(data, cell_of(row))
    prices = list_price(offers.get(place_of(row), {}).get("rates", ()), now)
    return [
        row["task"], row["complexity"], row["image"], row["model"], row["host"], row.get("region"),
        entry is not None and place_of(entry) == place_of(row), row["evidence"], data["simulated"],
        is_expired(quality, now) if quality else None,
        quality.get("value"), quality.get("low"), quality.get("high"), quality.get("n", 0),
        accepted.get("value"), accepted.get("low"), accepted.get("high"),
        cost.get("value"), cost.get("low"), cost.get("high"), *prices,
        latency.get("p50"), latency.get("p95"), latency.get("p99"), rating.get("stars"), rating.get("of"),
        " ".join(row.get("served_model") or ()), quality.get("judge"), quality.get("run"),
        quality.get("valid_from"), quality.get("valid_until"),
    ]  # fmt: skip


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
    return f"'{text}" if _FORMULA.match(text) else text
