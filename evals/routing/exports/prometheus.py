"""Prometheus text: what the catalog holds as gauges, for a text-file collector.

The text exposition format 0.0.4. Only measured figures become samples; a rating or a gap has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from evals.routing._decide import cell_of, is_expired, place_of
from evals.routing._prices import list_price, read_time

SUFFIX = ".prom"
Sample = tuple[Mapping[str, Any], Any]


def render(data: Mapping[str, Any], now: datetime) -> str:
    """The exposition; families in a fixed order, samples in the order of the catalog."""
    rows = [row for row in data["rows"] if row.get("quality") and not is_expired(row["quality"], now)]
    families: list[tuple[str, str, list[Sample]]] = [
        ("evals_route_info", "The model a cell goes to.", [(_labels(entry), 1) for entry in data["routes"]]),
        ("evals_catalog_simulated", "1 when every measured figure is invented.", [({}, int(data["simulated"]))]),
        ("evals_routes_worthless", "1 when the routes did not beat their shuffled control.", list(_check(data))),
        ("evals_quality_ratio", "Win rate over the other models of the run.", list(_figures(rows, "quality"))),
        ("evals_accepted_ratio", "Share of answers that were accepted.", list(_figures(rows, "accepted"))),
        ("evals_cost_per_accepted_usd", "Dollars per accepted answer.", list(_figures(rows, "cost_per_accepted_usd"))),
        ("evals_latency_seconds", "Measured latency of an answer.", list(_latencies(rows))),
        ("evals_prompts", "Prompts behind a cell's quality.", [(_labels(row), row["quality"]["n"]) for row in rows]),
        ("evals_evidence_expires_timestamp_seconds", "When the evidence ends.", list(_ends(rows))),
        ("evals_list_price_usd_per_mtok", "List price of a short call now.", list(_prices(data, now))),
    ]
    return "".join(_family(name, text, samples) for name, text, samples in families if samples)


def _check(data: Mapping[str, Any]) -> Iterator[Sample]:
    if data.get("check"):
        yield {"run": data["check"].get("run")}, int(bool(data["check"].get("worthless")))


def _family(name: str, text: str, samples: list[Sample]) -> str:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(str(value))}"' for label, value in labels.items())
        lines.append(f"{name}{{{inner}}} {value}" if inner else f"{name} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _labels(record: Mapping[str, Any]) -> dict[str, Any]:
    cell, (model, host, region) = cell_of(record), place_of(record)
    return {
        "task": cell.task,
        "complexity": cell.complexity,
        "image": str(cell.image).lower(),
        "model": model,
        "host": host,
        "region": region or "",
        "evidence": record["evidence"],
    }


def _figures(rows: list[Mapping[str, Any]], name: str) -> Iterator[Sample]:
    for row in rows:
        number = row.get(name) or {}
        for bound in ("value", "low", "high"):
            if number.get(bound) is not None:
                yield {**_labels(row), "bound": bound}, number[bound]


def _latencies(rows: list[Mapping[str, Any]]) -> Iterator[Sample]:
    for row in rows:
        for rank, quantile in (("p50", "0.5"), ("p95", "0.95"), ("p99", "0.99")):
            if (row.get("latency_s") or {}).get(rank) is not None:
                yield {**_labels(row), "quantile": quantile}, row["latency_s"][rank]


def _ends(rows: list[Mapping[str, Any]]) -> Iterator[Sample]:
    for row in rows:
        until = row["quality"].get("valid_until")
        if until is not None:
            yield _labels(row), int(read_time(until).timestamp())


def _prices(data: Mapping[str, Any], now: datetime) -> Iterator[Sample]:
    for offer in data["offers"]:
        model, host, region = place_of(offer)
        for kind, price in zip(("input", "output"), list_price(offer.get("rates", ()), now), strict=True):
            if price is not None:
                yield {"model": model, "host": host, "region": region or "", "kind": kind}, price
