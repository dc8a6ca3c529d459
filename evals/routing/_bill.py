"""What a month of traffic costs: per model, and for the routes of a catalog against everything to one model."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from evals.records import UsageError, format_money
from evals.routing._compare import money
from evals.routing._decide import ANY, COMPLEXITIES, EVERY_TASK, Cell, place_of
from evals.routing._prices import Bill, Call, call_bill
from evals.routing._route import route_in

SLOT = timedelta(minutes=30)
NOTES_MIX = "reasoning:high=8"
"""The field notes' only stated share: 8 % of the volume goes to K2.5, their model for complex reasoning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """A month of like requests, spread evenly over its hours. `volume` counts requests, or tokens of both kinds."""

    volume: Decimal
    unit: str
    prompt_tokens: int
    answer_tokens: int
    month: datetime
    cached: int = 0
    batch: bool = False

    @property
    def requests(self) -> Decimal:
        """Requests in the month, a fraction where tokens were given."""
        return self.volume / (self.prompt_tokens + self.answer_tokens) if self.unit == "tokens" else self.volume

    def share(self, part: Decimal) -> Traffic:
        """A part of it."""
        return Traffic(
            volume=self.volume * part,
            unit=self.unit,
            prompt_tokens=self.prompt_tokens,
            answer_tokens=self.answer_tokens,
            month=self.month,
            cached=self.cached,
            batch=self.batch,
        )


def month_bill(rates: Sequence[Mapping[str, Any]], traffic: Traffic) -> Bill:
    """The month's bill, each half hour at the price of its middle and of the volume bought before it."""
    requests = traffic.requests
    if not requests:
        return Bill()
    conditional = any(rate.get("when") or rate.get("valid_from") or rate.get("valid_until") for rate in rates)
    days = calendar.monthrange(traffic.month.year, traffic.month.month)[1]
    slots = days * 48 if conditional else 1
    tokens = requests * (traffic.prompt_tokens + traffic.answer_tokens) / slots
    total = Bill()
    for slot in range(slots):
        call = Call(
            at=traffic.month + SLOT * slot + SLOT / 2,
            prompt_tokens=traffic.prompt_tokens,
            answer_tokens=traffic.answer_tokens,
            cached=traffic.cached,
            batch=traffic.batch,
            volume_mtok=(tokens * slot).scaleb(-6),
        )
        total += call_bill(rates, call)
    return Bill(known=total.known * requests / slots, unknown=total.unknown)


def routed_bill(
    data: Mapping[str, Any], mix: Mapping[Cell, Decimal], traffic: Traffic
) -> tuple[Bill, dict[str, Decimal]]:
    """The bill when every cell's share goes where the catalog routes it, and each model's share of the requests.

    Volume tiers see each model's own volume.
    """
    shares: dict[tuple[str, str, str | None], Decimal] = {}
    for cell, part in mix.items():
        found = route_in(data, cell.task, cell.complexity, image=cell.image, now=traffic.month)
        place = found.model, found.host, found.region
        shares[place] = shares.get(place, Decimal(0)) + part
    offers = {place_of(offer): offer for offer in data["offers"]}
    total = Bill()
    for place, part in shares.items():
        total += month_bill(offers.get(place, {}).get("rates", ()), traffic.share(part))
    by_model: dict[str, Decimal] = {}
    for (model, _, _), part in shares.items():
        by_model[model] = by_model.get(model, Decimal(0)) + part
    return total, by_model


def read_mix(text: str) -> dict[Cell, Decimal]:
    """`reasoning:high=8,chinese=30,*:any:image=5` in percent; what is left goes to "*", everything else.

    Raises UsageError on a form or a sum that makes no sense.
    """
    mix: dict[Cell, Decimal] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, percent = part.partition("=")
        task, *rest = name.split(":")
        complexity = rest[0] if rest else ANY
        known = complexity in (*COMPLEXITIES, ANY) and rest[1:] in ([], ["image"])
        try:
            share = Decimal(percent) / 100
        except ArithmeticError:
            share = Decimal(-1)
        if not (equals and task and known and 0 <= share <= 1):
            raise UsageError(f"--mix: {part!r} is not of the form task[:complexity[:image]]=percent")
        cell = Cell(task=task, complexity=complexity, image=bool(rest[1:]))
        mix[cell] = mix.get(cell, Decimal(0)) + share
    left = 1 - sum(mix.values(), Decimal(0))
    if left < 0:
        raise UsageError(f"--mix: the shares add up to {format_money(100 - 100 * left)} %, more than 100 %")
    rest_cell = Cell(task=EVERY_TASK)
    return {**mix, rest_cell: mix.get(rest_cell, Decimal(0)) + left}


def read_month(text: str) -> datetime:
    """`2026-01` as the first moment of that month, UTC. Raises UsageError on anything else."""
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"--month: {text!r} is no month like 2026-01") from None


def read_volume(text: str) -> Decimal:
    """`10K`, `1M`, `250000`. Raises UsageError on anything else."""
    factor = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}.get(text[-1:].upper(), 1)
    try:
        value = Decimal(text[:-1] if factor > 1 else text) * factor
    except ArithmeticError:
        value = Decimal(-1)
    if not (value.is_finite() and value > 0):
        raise UsageError(f"--volume: {text!r} is no number like 10K, 1M or 250000")
    return value


def in_words(bill: Bill) -> str:
    """Dollars, with cents where that says enough; `>=` when a part is unknown, which is never taken for 0."""
    amount = bill.known
    if bill.unknown and not amount:
        return "unknown"
    if not amount:
        return "0 (free)"
    shown = f"{amount:,.2f}" if amount >= Decimal("0.1") else format_money(money(amount, 2))
    return f">= {shown}" if bill.unknown else shown


def per_thousand(dollars: Decimal | None) -> str:
    """Dollars for 1,000 of what costs so much each, at three significant digits; what is unknown says so."""
    if dollars is None:
        return "unknown"
    if not dollars:
        return "0 (free)"
    amount = 1000 * dollars
    return f"{amount:,.{max(2, 2 - amount.adjusted())}f}"
