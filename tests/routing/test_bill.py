"""A month's bill: volumes, units, windows, volume tiers, the mix, unknown prices and free rows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.records import UsageError
from evals.routing import new_catalog
from evals.routing._bill import Traffic, in_words, month_bill, read_mix, read_month, read_volume, routed_bill
from evals.routing._decide import Cell
from evals.routing._prices import Bill
from tests.routing.building import NEW, OLD, catalog, offer, route_entry

SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
FLAT: list[dict[str, Any]] = [{"usd_per_mtok": {"input": "0.5", "output": "2"}}]


def traffic(
    volume: int = 10_000, *, unit: str = "requests", prompt: int = 400, answer: int = 300, **more: Any
) -> Traffic:
    """September, 400 tokens in and 300 out unless told otherwise."""
    return Traffic(
        volume=Decimal(volume), unit=unit, prompt_tokens=prompt, answer_tokens=answer, month=SEPTEMBER, **more
    )


def test_requests_and_tokens_are_different_volumes() -> None:
    """10,000 requests of 700 tokens are 7 million tokens; 10,000 tokens are 14.3 requests."""
    requests = month_bill(FLAT, traffic(10_000)).known
    assert requests == Decimal("0.0008") * 10_000
    tokens = month_bill(FLAT, traffic(7_000_000, unit="tokens")).known
    assert tokens == pytest.approx(requests)


def test_a_month_mixes_peak_and_off_peak() -> None:
    """Weekday peak hours at twice the price: September 2026 has 22 weekdays with 7 of 24 hours at peak."""
    rates: list[dict[str, Any]] = [
        {
            "usd_per_mtok": {"input": "1", "output": "1"},
            "when": {"windows": [{"days": [1, 2, 3, 4, 5], "hours": ["01:00-04:00", "06:00-10:00"]}]},
        },
        {"usd_per_mtok": {"input": "0.5", "output": "0.5"}},
    ]
    peak = Decimal(22 * 7) / (30 * 24)
    tokens = Decimal(7)  # millions
    assert month_bill(rates, traffic()).known == pytest.approx(tokens * (Decimal("0.5") + Decimal("0.5") * peak))


def test_a_volume_tier_bites_in_the_month_it_is_reached() -> None:
    """Half the month's 7 million tokens at the first price, half at the second, and nothing below the tier."""
    rates: list[dict[str, Any]] = [
        {"usd_per_mtok": {"input": "1", "output": "1"}, "when": {"volume_mtok_from": "3.5"}},
        {"usd_per_mtok": {"input": "2", "output": "2"}},
    ]
    assert month_bill(rates, traffic(10_000)).known == pytest.approx(Decimal("10.5"))
    assert month_bill(rates, traffic(5_000)).known == pytest.approx(Decimal(7))


def test_cache_and_batch_change_the_bill() -> None:
    """Cached tokens at their price, batch rates only for batches."""
    rates: list[dict[str, Any]] = [
        {"usd_per_mtok": {"input": "0.25", "output": "1"}, "when": {"batch": True}},
        {"usd_per_mtok": {"input": "0.5", "output": "2", "cache_read": "0.05"}},
    ]
    assert month_bill(rates, traffic(cached=400)).known == pytest.approx(Decimal("6.2"))
    assert month_bill(rates, traffic(batch=True)).known == pytest.approx(Decimal(4))


def test_an_unknown_input_price_is_never_nothing() -> None:
    """The known part with `>=`, and the name of what is missing; wholly unknown is the word, never 0."""
    bill = month_bill([{"usd_per_mtok": {"output": "0.25"}}], traffic())
    assert bill == Bill(known=Decimal("0.75"), unknown=("input price",))
    assert in_words(bill) == ">= 0.75"
    assert in_words(month_bill([], traffic())) == "unknown"


def test_a_free_row_is_free() -> None:
    """A stated price of 0 costs 0, and says that it is meant."""
    assert in_words(month_bill([{"usd_per_mtok": {"input": "0", "output": "0"}}], traffic())) == "0 (free)"


@pytest.mark.parametrize(
    ("known", "unknown", "words"),
    [
        ("1234.5", (), "1,234.50"),
        ("7.5", (), "7.50"),
        ("0.01234", (), "0.012"),
        ("0.00000071", (), "0.00000071"),
        ("7.5", ("input price",), ">= 7.50"),
        ("0", ("input price",), "unknown"),
    ],
)
def test_amounts_in_words(known: str, unknown: tuple[str, ...], words: str) -> None:
    """Cents from a dollar up, two digits below."""
    assert in_words(Bill(known=Decimal(known), unknown=unknown)) == words


def test_the_notes_mix_sends_eight_percent_to_k2_5() -> None:
    """On the shipped routes: 8 % complex reasoning to K2.5, the rest to V4 Flash, and the sum of their bills."""
    bill, shares = routed_bill(new_catalog(simulated=False), read_mix("reasoning:high=8"), traffic(1_000_000))
    assert shares == {"moonshot/k2.5": Decimal("0.08"), "deepseek-v4-flash": Decimal("0.92")}
    assert bill.known == pytest.approx(300 * (Decimal("0.08") * 3 + Decimal("0.92") * Decimal("0.25")))
    assert bill.unknown == ("input price",)


def test_volume_tiers_see_each_models_own_volume() -> None:
    """Two models at half the traffic each: neither reaches the tier that all of it would reach."""
    tiered = [
        {"usd_per_mtok": {"input": "1", "output": "1"}, "when": {"volume_mtok_from": 4}},
        {"usd_per_mtok": {"input": "2", "output": "2"}},
    ]
    data = catalog(
        offers=[offer(OLD, rates=tiered), offer(NEW, rates=tiered)], routes=[route_entry(OLD), route_entry(NEW, "code")]
    )
    bill, _ = routed_bill(data, read_mix("code=50"), traffic())
    assert bill.known == pytest.approx(Decimal(14))
    everything, _ = routed_bill(data, read_mix(""), traffic())
    assert everything.known < 14


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_bills_add_up(one: int, other: int) -> None:
    """Without volume tiers two parts of the traffic cost what the whole costs."""
    parts = month_bill(FLAT, traffic(one)) + month_bill(FLAT, traffic(other))
    assert parts.known == pytest.approx(month_bill(FLAT, traffic(one + other)).known)


def test_the_mix_is_read_and_filled_up() -> None:
    """Shares in percent per cell; what is left is everything else."""
    assert read_mix("reasoning:high=8, *:any:image=5") == {
        Cell(task="reasoning", complexity="high"): Decimal("0.08"),
        Cell(task="*", image=True): Decimal("0.05"),
        Cell(task="*"): Decimal("0.87"),
    }


@pytest.mark.parametrize(
    "text", ["chinese", "chinese:hard=5", "chinese=x", "chinese=101", "=5", "a=60,b=60", "a:low:pic=1"]
)
def test_a_mix_that_makes_no_sense_is_refused(text: str) -> None:
    """Each wrong form names the option."""
    with pytest.raises(UsageError, match="--mix"):
        read_mix(text)


@pytest.mark.parametrize(("text", "value"), [("10K", 10_000), ("1M", 10**6), ("250000", 250_000), ("1.5k", 1500)])
def test_volumes_are_read(text: str, value: int) -> None:
    """With or without a letter."""
    assert read_volume(text) == value


@pytest.mark.parametrize("text", ["", "K", "many", "-1", "0", "NaN", "Infinity"])
def test_a_volume_that_is_none_is_refused(text: str) -> None:
    """Nothing, less than nothing and words."""
    with pytest.raises(UsageError, match="--volume"):
        read_volume(text)


def test_months_are_read() -> None:
    """A month is its first moment in UTC."""
    assert read_month("2026-09") == SEPTEMBER
    with pytest.raises(UsageError, match="--month"):
        read_month("September")
