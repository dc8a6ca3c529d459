"""Which model a cell of the routing catalog should go to, from what is written there. Standard library only.

Filters first (what the request needs and what the operator asks), then the quality gate, then the lowest cost per
accepted answer. Models measured in different pools are not compared: a win rate means nothing outside its pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from evals.routing._prices import list_price, read_time

PRESETS: Mapping[str, float] = {"economy": 0.15, "balanced": 0.07, "high": 0.03, "max": 0.01}
"""How far below the best lower bound of quality a model may lie and still be taken for its price."""
COMPLEXITIES = ("low", "medium", "high")
ANY = "any"
EVERY_TASK = "*"
Evidence = Literal["measured", "ab", "impression", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is routed: a task (a suite's name, or "*"), a complexity (or "any"), with an image or without."""

    task: str
    complexity: str = ANY
    image: bool = False

    def __str__(self) -> str:
        return f"{self.task} / {self.complexity}{' / image' if self.image else ''}"

    def wider(self) -> tuple[Cell, ...]:
        """The cells that answer for this one, the nearest first: itself, then any complexity, then every task."""
        found = [
            Cell(task=task, complexity=complexity, image=self.image)
            for task in (self.task, EVERY_TASK)
            for complexity in (self.complexity, ANY)
        ]
        return tuple(dict.fromkeys(found))


def reading_order(cell: Cell) -> tuple[str, int, bool]:
    """Cells as people read them: by task, then low, medium, high, any."""
    return cell.task, (*COMPLEXITIES, ANY).index(cell.complexity), cell.image


def cell_of(record: Mapping[str, Any]) -> Cell:
    """The cell a row or a route of the catalog belongs to."""
    return Cell(task=record["task"], complexity=record["complexity"], image=record["image"])


def place_of(record: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """The model, the host and the region of a row, a route or an offer."""
    return record["model"], record["host"], record.get("region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the request needs and the operator allows. `context` in tokens, `p99_s` in seconds; None asks nothing."""

    context: int | None = None
    p99_s: float | None = None
    families: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A model as the decision sees it. `quality` is the lower bound, or the rating where nothing was measured.

    `cost` is dollars per accepted answer, `list_price` dollars per million output tokens; None is unknown, never cheap.
    """

    model: str
    host: str
    region: str | None
    evidence: Evidence
    quality: float | None
    cost: Decimal | None
    list_price: Decimal | None
    p99_s: float | None
    pool: str | None
    row: Mapping[str, Any]


def standings(
    data: Mapping[str, Any], cell: Cell, needs: Needs, now: datetime
) -> tuple[list[Standing], list[tuple[str, str]]]:
    """The models with a row for exactly this cell that pass the filters, and those that do not with the reason."""
    offers = {place_of(offer): offer for offer in data.get("offers", ())}
    inside, outside = [], []
    for row in data.get("rows", ()):
        if cell_of(row) != cell:
            continue
        offer = offers.get(place_of(row), {})
        standing = _standing(row, offer, now)
        reason = obstacle(cell, standing, offer, needs)
        if reason:
            outside.append((row["model"], reason))
        else:
            inside.append(standing)
    return inside, outside


def _standing(row: Mapping[str, Any], offer: Mapping[str, Any], now: datetime) -> Standing:
    quality, rating = row.get("quality") or {}, row.get("rating")
    expired = is_expired(quality, now)
    measured = quality.get("low") is not None and not expired
    cost = (row.get("cost_per_accepted_usd") or {}).get("value") if not expired else None
    low = quality["low"] if measured else rating["stars"] / rating["of"] if rating else None
    evidence: Evidence = row["evidence"] if measured else "impression" if rating else "none"
    return Standing(
        model=row["model"],
        host=row["host"],
        region=row.get("region"),
        evidence=evidence,
        quality=low,
        cost=None if cost is None else Decimal(cost),
        list_price=list_price(offer.get("rates", ()), now)[1],
        p99_s=(row.get("latency_s") or {}).get("p99"),
        pool=quality.get("pool") if measured else None,
        row=row,
    )


def is_expired(number: Mapping[str, Any], now: datetime) -> bool:
    """Whether a number's time has run out."""
    until = number.get("valid_until")
    return until is not None and read_time(until) <= now


def obstacle(cell: Cell, standing: Standing, offer: Mapping[str, Any], needs: Needs) -> str:
    """Why a model cannot take the request, "" when it can. What is unknown of a model is no obstacle, but an image."""
    if standing.model in needs.without:
        return "left out as asked"
    if needs.families and offer.get("family") not in needs.families:
        return f"not of {', '.join(needs.families)}"
    if cell.image and "image" not in offer.get("modalities", ()):
        return "reads no images"
    context = offer.get("context")
    if needs.context is not None and context is not None and context < needs.context:
        return f"context {context:,} tokens, {needs.context:,} needed"
    if needs.p99_s is not None and standing.p99_s is not None and standing.p99_s > needs.p99_s:
        return f"p99 {standing.p99_s:.2f} s, at most {needs.p99_s:.2f} s asked"
    if standing.row.get("objective_met") is False:
        return "misses its objective for failures"
    return ""


def in_order(candidates: Sequence[Standing], preset: str) -> list[Standing]:
    """The candidates of the largest comparable group, first choice first.

    Inside the gate (no more than the preset's points below the best lower bound) by cost, unknown costs last; then
    the rest by quality. Measured models come before rated ones, and only one pool is compared.
    """
    group = comparable(candidates)
    bounds = [standing.quality for standing in group if standing.quality is not None]
    bar = max(bounds) - PRESETS[preset] - 1e-9 if bounds else None
    # list prices and costs per accepted answer are different things: unless all are measured, compare list prices
    measured = all(standing.cost is not None for standing in group)

    def rank(standing: Standing) -> tuple[bool, bool, Decimal, float, str]:
        inside = bar is None or (standing.quality is not None and standing.quality >= bar)
        cost = standing.cost if measured else standing.list_price
        quality = standing.quality if standing.quality is not None else -1.0
        worth = cost if inside and cost is not None else Decimal(0)
        return not inside, inside and cost is None, worth, -quality, standing.model

    return sorted(group, key=rank)


def comparable(candidates: Iterable[Standing]) -> list[Standing]:
    """The candidates that may be compared: those of the pool measured on most models, else the rated, else all."""
    pools: dict[str | None, list[Standing]] = {}
    rated: list[Standing] = []
    rest: list[Standing] = []
    for standing in candidates:
        if standing.pool is not None:
            pools.setdefault(standing.pool, []).append(standing)
        elif standing.evidence == "impression":
            rated.append(standing)
        else:
            rest.append(standing)
    if pools:
        return max(pools.values(), key=lambda group: (len(group), _newest(group)))
    return rated or rest


def _newest(group: Sequence[Standing]) -> str:
    return max(str(standing.row["quality"].get("valid_from") or "") for standing in group)


def frontier(candidates: Iterable[Standing]) -> set[str]:
    """The models no other is at least as good as in quality (lower bound), cost and p99, and better in one.

    An unknown figure is worse than any known one. Compares one pool; see `comparable`.
    """
    group = comparable(candidates)
    points = {standing.model: _point(standing) for standing in group}
    return {
        name
        for name, point in points.items()
        if not any(
            other != point and all(theirs <= ours for theirs, ours in zip(other, point, strict=True))
            for other in points.values()
        )
    }


def _point(standing: Standing) -> tuple[float, float, float]:
    unknown = float("inf")
    return (
        unknown if standing.quality is None else -standing.quality,
        unknown if standing.cost is None else float(standing.cost),
        unknown if standing.p99_s is None else standing.p99_s,
    )


def utc_now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)
