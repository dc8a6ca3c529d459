"""Rate cards at the call's own time: windows, context tiers, cache, batch, volume, unknown and free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.routing._prices import Bill, Call, call_bill, holds, price_at, read_time

NIGHT = datetime(2026, 9, 2, 2, 30, tzinfo=UTC)  # a Wednesday, inside the vendor's peak
NOON = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 9, 6, 2, 30, tzinfo=UTC)
OFF_PEAK = {
    "windows": [
        {"days": [1, 2, 3, 4, 5], "hours": ["00:00-01:00", "04:00-06:00", "10:00-00:00"]},
        {"days": [6, 7], "hours": ["00:00-00:00"]},
    ]
}
DEEPSEEK: list[dict[str, Any]] = [
    {"usd_per_mtok": {"input": "0.15", "output": "0.6"}, "when": OFF_PEAK},
    {"usd_per_mtok": {"input": "0.3", "output": "1.2", "cache_read": "0.006"}},
]
TIERS: list[dict[str, Any]] = [
    {"usd_per_mtok": {"input": "2", "output": "6"}, "when": {"prompt_tokens_from": 256_000}},
    {"usd_per_mtok": {"input": "1", "output": "3"}, "when": {"prompt_tokens_below": 256_000}},
]
VOLUME: list[dict[str, Any]] = [
    {"usd_per_mtok": {"output": "0.5"}, "when": {"volume_mtok_from": 100}},
    {"usd_per_mtok": {"input": "0.1", "output": "1"}},
]

CASES: list[tuple[str, list[dict[str, Any]], Call, str, tuple[str, ...]]] = [
    ("peak", DEEPSEEK, Call(at=NIGHT, prompt_tokens=10**6, answer_tokens=10**6), "1.5", ()),
    ("off peak is half", DEEPSEEK, Call(at=NOON, prompt_tokens=10**6, answer_tokens=10**6), "0.75", ()),
    ("weekend", DEEPSEEK, Call(at=SUNDAY, prompt_tokens=10**6, answer_tokens=10**6), "0.75", ()),
    ("cache, stated below", DEEPSEEK, Call(at=NOON, prompt_tokens=10**6, cached=10**6), "0.006", ()),
    ("cache not stated", TIERS, Call(at=NOON, prompt_tokens=1000, cached=1000), "0.001", ()),
    ("below the tier", TIERS, Call(at=NOON, prompt_tokens=255_999), "0.255999", ()),
    ("in the tier", TIERS, Call(at=NOON, prompt_tokens=256_000), "0.512", ()),
    ("volume before", VOLUME, Call(at=NOON, answer_tokens=10**6, volume_mtok=Decimal("99.9")), "1", ()),
    ("volume reached", VOLUME, Call(at=NOON, answer_tokens=10**6, volume_mtok=Decimal(100)), "0.5", ()),
    ("volume overrides one price", VOLUME, Call(at=NOON, prompt_tokens=10**6, volume_mtok=Decimal(200)), "0.1", ()),
    (
        "unknown input",
        [{"usd_per_mtok": {"output": "3"}}],
        Call(at=NOON, prompt_tokens=1, answer_tokens=10**6),
        "3",
        ("input price",),
    ),
    ("nothing known", [], Call(at=NOON, prompt_tokens=1, answer_tokens=1), "0", ("input price", "output price")),
    (
        "free",
        [{"usd_per_mtok": {"input": "0", "output": "0"}}],
        Call(at=NOON, prompt_tokens=9, answer_tokens=9),
        "0",
        (),
    ),
    ("null is unknown", [{"usd_per_mtok": {"input": None}}], Call(at=NOON, prompt_tokens=9), "0", ("input price",)),
    ("no tokens need no price", [], Call(at=NOON), "0", ()),
    (
        "batch",
        [{"usd_per_mtok": {"input": "1"}, "when": {"batch": True}}, {"usd_per_mtok": {"input": "2"}}],
        Call(at=NOON, prompt_tokens=10**6, batch=True),
        "1",
        (),
    ),
    (
        "no batch",
        [{"usd_per_mtok": {"input": "1"}, "when": {"batch": True}}, {"usd_per_mtok": {"input": "2"}}],
        Call(at=NOON, prompt_tokens=10**6),
        "2",
        (),
    ),
    (
        "not yet valid",
        [{"usd_per_mtok": {"input": "1"}, "valid_from": "2026-09-03T00:00:00Z"}],
        Call(at=NOON, prompt_tokens=1),
        "0",
        ("input price",),
    ),
    (
        "no longer valid",
        [{"usd_per_mtok": {"input": "1"}, "valid_until": "2026-09-02T12:00:00Z"}],
        Call(at=NOON, prompt_tokens=1),
        "0",
        ("input price",),
    ),
]


@pytest.mark.parametrize(("name", "rates", "call", "known", "unknown"), CASES, ids=[case[0] for case in CASES])
def test_a_call_costs_what_its_rate_says(
    name: str, rates: list[dict[str, Any]], call: Call, known: str, unknown: tuple[str, ...]
) -> None:
    """The first rate that states a price and holds at the call's time gives it; the rest is unknown, never 0."""
    assert call_bill(rates, call) == Bill(known=Decimal(known), unknown=unknown)


@pytest.mark.parametrize(
    ("hours", "minute", "inside"),
    [
        ("01:00-04:00", "01:00", True),
        ("01:00-04:00", "03:59", True),
        ("01:00-04:00", "04:00", False),
        ("22:00-06:00", "23:30", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("00:00-00:00", "13:00", True),
        ("10:00-00:00", "23:59", True),
        ("10:00-00:00", "00:00", False),
    ],
)
def test_windows_include_their_start_and_not_their_end(hours: str, minute: str, inside: bool) -> None:
    """Half-open hours, past midnight too."""
    at = datetime.fromisoformat(f"2026-09-02T{minute}:00+00:00")
    assert holds({"windows": [{"hours": [hours]}]}, Call(at=at)) is inside


def test_days_are_read_on_the_vendors_calendar() -> None:
    """Friday 17:00 UTC is Saturday in Shanghai: a weekday window there no longer holds."""
    friday = datetime(2026, 9, 4, 17, 0, tzinfo=UTC)
    weekdays = {"windows": [{"days": [1, 2, 3, 4, 5]}]}
    assert holds(weekdays, Call(at=friday))
    assert not holds({**weekdays, "timezone": "Asia/Shanghai"}, Call(at=friday))


def test_the_zone_of_the_call_does_not_matter() -> None:
    """A call is priced by its moment, whatever clock its time was written on."""
    east = read_time("2026-09-02T10:30:00+08:00")
    assert east == NIGHT
    assert price_at(DEEPSEEK, "output", Call(at=east)) == Decimal("1.2")


def test_a_condition_from_the_future_holds_for_no_call() -> None:
    """A rate with a condition this version does not know is skipped instead of applied to everything."""
    rates = [{"usd_per_mtok": {"input": "0.01"}, "when": {"moon": "full"}}, {"usd_per_mtok": {"input": "1"}}]
    assert price_at(rates, "input", Call(at=NOON)) == 1


@given(
    prompt=st.integers(0, 10**6),
    answers=st.integers(0, 10**6),
    minutes=st.integers(0, 7 * 24 * 60),
    cached=st.floats(0, 1),
)
def test_a_bill_is_linear_in_tokens_and_bounded_by_its_dearest_rate(
    prompt: int, answers: int, minutes: int, cached: float
) -> None:
    """No condition can bill more than the peak price or less than nothing, and cached tokens never cost more."""
    call = Call(
        at=NIGHT + timedelta(minutes=minutes), prompt_tokens=prompt, answer_tokens=answers, cached=int(prompt * cached)
    )
    bill = call_bill(DEEPSEEK, call)
    peak = (prompt * Decimal("0.3") + answers * Decimal("1.2")).scaleb(-6)
    assert 0 <= bill.known <= peak
    assert not bill.unknown
    plain = call_bill(DEEPSEEK, Call(at=call.at, prompt_tokens=prompt, answer_tokens=answers))
    assert bill.known <= plain.known
