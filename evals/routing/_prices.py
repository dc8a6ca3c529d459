"""What a call costs by a host's rate card, at the time of the call. Standard library only.

A rate card is a list of rates, `{"usd_per_mtok": {"input": "0.30", ...}, "when": {...}}`, the special ones first. Each
price is taken from the first rate that states it and whose conditions all hold, so a rate may override one price and
leave the others to the rates below it. A price that no rate states is unknown; "0" is a price and means free.

Conditions (`when`), all of which must hold: `prompt_tokens_from` (inclusive) and `prompt_tokens_below`; `windows`, a
list of `{"days": [1..7], "hours": ["01:00-04:00"]}` of which one must hold, days by ISO number in `timezone` (default
UTC) and hours in UTC, from inclusive, to exclusive, past midnight where the end is not after the start; `batch`;
`volume_mtok_from`, millions of tokens bought this month before the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

KINDS = ("input", "output", "cache_read", "cache_write", "reasoning")
"""Prices a rate may state, US dollars per million tokens as decimal strings."""
_MILLION = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What decides the price of a call. `cached` of the prompt's tokens were read from the host's cache.

    `at` is the time of the call, with a time zone. `volume_mtok` counts the month's tokens before it, in millions.
    """

    at: datetime
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cached: int = 0
    batch: bool = False
    volume_mtok: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """US dollars: the known part, and the names of the prices that are missing from it."""

    known: Decimal = Decimal(0)
    unknown: tuple[str, ...] = ()

    def __add__(self, other: Bill) -> Bill:
        return Bill(known=self.known + other.known, unknown=tuple(sorted({*self.unknown, *other.unknown})))


def call_bill(rates: Sequence[Mapping[str, Any]], call: Call) -> Bill:
    """The price of one call. Cached tokens cost the input price where no cache price is stated; no tokens cost 0."""
    parts = [("input", call.prompt_tokens - call.cached), ("output", call.answer_tokens)]
    if call.cached:
        parts.append(("cache_read" if price_at(rates, "cache_read", call) is not None else "input", call.cached))
    known, unknown = Decimal(0), set()
    for kind, tokens in parts:
        price = price_at(rates, kind, call)
        if tokens and price is None:
            unknown.add(f"{kind} price")
        elif tokens and price is not None:
            known += (price * tokens).scaleb(-_MILLION)
    return Bill(known=known, unknown=tuple(sorted(unknown)))


def price_at(rates: Sequence[Mapping[str, Any]], kind: str, call: Call) -> Decimal | None:
    """Dollars per million tokens of one kind for this call, None when unknown."""
    for rate in rates:
        price = rate.get("usd_per_mtok", {}).get(kind)
        if price is not None and _valid(rate, call.at) and holds(rate.get("when") or {}, call):
            return Decimal(price)
    return None


def holds(when: Mapping[str, Any], call: Call) -> bool:
    """Whether a rate's conditions hold for a call; a condition this version does not know holds for none."""
    if not when.keys() <= _CONDITIONS:
        return False
    if call.prompt_tokens < when.get("prompt_tokens_from", 0):
        return False
    if "prompt_tokens_below" in when and call.prompt_tokens >= when["prompt_tokens_below"]:
        return False
    if "batch" in when and when["batch"] != call.batch:
        return False
    if call.volume_mtok < Decimal(str(when.get("volume_mtok_from", 0))):
        return False
    windows = when.get("windows")
    return windows is None or any(_in_window(window, call.at, when.get("timezone", "UTC")) for window in windows)


_CONDITIONS = frozenset(
    {"prompt_tokens_from", "prompt_tokens_below", "windows", "timezone", "batch", "volume_mtok_from", "note"}
)


def _in_window(window: Mapping[str, Any], at: datetime, timezone: str) -> bool:
    days = window.get("days")
    if days is not None and at.astimezone(ZoneInfo(timezone)).isoweekday() not in days:
        return False
    utc = at.astimezone(UTC)
    minute = utc.hour * 60 + utc.minute
    hours: Iterable[str] = window.get("hours") or ("00:00-00:00",)
    return any(_spans(text, minute) for text in hours)


def _spans(hours: str, minute: int) -> bool:
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in hours.split("-"))
    return start <= minute < end if start < end else minute >= start or minute < end


def _valid(rate: Mapping[str, Any], at: datetime) -> bool:
    start, end = rate.get("valid_from"), rate.get("valid_until")
    return (start is None or read_time(start) <= at) and (end is None or at < read_time(end))


def read_time(text: str) -> datetime:
    """A time of the catalog: ISO 8601; without an offset it is UTC. Raises ValueError on anything else."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def list_price(rates: Sequence[Mapping[str, Any]], at: datetime) -> tuple[Decimal | None, Decimal | None]:
    """Input and output price of a short call now, for a table; None where unknown."""
    call = Call(at=at, prompt_tokens=1, answer_tokens=1)
    return price_at(rates, "input", call), price_at(rates, "output", call)
