"""The money cap: never passed, calls in flight counted, nobody waits for ever."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest
from fault_server import FaultServer, body, good, hang, in_turn, status
from helpers_gateway import PARAMS, QUICK, ask, call, endpoint, run
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.catalog import Prices
from evals.gateway import Budget, BudgetExceeded, Gateway, RetryPolicy
from evals.records import IncompleteError, UsageError

# 100 tokens out at $10 a million and about 370 in at $1: a worst case of about $0.0014; really 57 millionths
WORST = Decimal("0.0015")
REAL = Decimal("0.000057")


def spend(cap: str, reply: Any, calls: int, *, concurrency: int = 8, retry: RetryPolicy = QUICK) -> Any:
    async def work() -> Any:
        budget = Budget(Decimal(cap))
        async with FaultServer(in_turn(reply)) as server:
            made = {"m": endpoint(server.url)}
            async with Gateway(made, concurrency=concurrency, budget=budget, retry=retry, deadline_s=0.5) as gateway:
                results = await asyncio.gather(*(call(gateway) for _ in range(calls)), return_exceptions=True)
            return results, budget, len(server.seen), server.peak

    return run(work)


def test_real_costs_are_spent_and_the_cap_is_not_passed() -> None:
    """Reservations are settled to the real cost, so that a small cap pays for many calls, and then stops."""
    results, budget, sent, _ = spend("0.01", good(), 400)
    answered = [r for r in results if not isinstance(r, BaseException)]
    stopped = [r for r in results if isinstance(r, BudgetExceeded)]
    assert len(answered) == sent
    assert len(answered) + len(stopped) == 400
    assert budget.spent == REAL * sent <= budget.cap
    assert budget.spent + WORST > budget.cap
    assert budget.reserved == 0
    assert "--budget-usd" in str(stopped[0])
    assert isinstance(stopped[0], IncompleteError)


def test_a_cap_smaller_than_one_call() -> None:
    """What can never fit is said at once, and nothing is sent."""
    results, budget, sent, _ = spend("0.0005", good(), 5)
    assert all(isinstance(r, BudgetExceeded) for r in results)
    assert (sent, budget.spent) == (0, 0)


def test_waiting_for_room() -> None:
    """With room for two worst cases, two are in flight at a time, and all calls are made."""
    results, _, sent, peak = spend("0.0035", good(delay=0.01), 20)
    assert (sent, peak) == (20, 2)
    assert all(r.status == "ok" for r in results)


@pytest.mark.parametrize(
    ("reply", "billed"),
    [
        (status(400), False),
        (status(500), False),
        (status(429, "no", {"retry-after-ms": "1"}), False),
        (body(b'{"error": "no"}'), False),
        (body(b'{"choices": ['), True),
        (hang, True),
        (good(usage={"prompt_tokens": 3}), True),
    ],
)
def test_what_cannot_be_known_counts_at_its_worst(reply: Any, *, billed: bool) -> None:
    """Refusals are free; a request without a readable reply, or without usage, keeps its reservation as spent."""
    policy = RetryPolicy(max_attempts=1, throttle_patience_s=0.0)
    _, budget, sent, _ = spend("1", reply, 1, retry=policy)
    assert sent == 1
    assert budget.reserved == 0
    assert (budget.spent > Decimal("0.001")) is billed


def test_cancelled_calls_keep_their_reservation_as_spent() -> None:
    """A call cancelled in flight may have been billed; those that waited cost nothing and leave no reservation."""

    async def work() -> Budget:
        budget = Budget(Decimal("0.0035"))
        async with FaultServer(in_turn(hang)) as server:
            made = {"m": endpoint(server.url)}
            async with Gateway(made, concurrency=8, budget=budget) as gateway:
                tasks = [asyncio.create_task(call(gateway)) for _ in range(6)]
                await asyncio.sleep(0.1)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return budget

    budget = run(work)
    assert budget.reserved == 0
    assert Decimal("0.002") < budget.spent <= budget.cap


def test_unpriced_models_are_refused_before_anything_is_sent() -> None:
    """A budget over a model without a price is a mistake of use, said by name."""
    made = {"m": endpoint("http://127.0.0.1:9/v1", prices=Prices(input_usd_per_mtok=Decimal(1)))}
    with pytest.raises(UsageError, match=r'"m".*output price'):
        Gateway(made, concurrency=1, budget=Budget(Decimal(1)))


def test_unknown_prices_give_an_unknown_cost() -> None:
    """Without a budget an unpriced model is called; its cost is a part and what is missing."""

    async def work() -> Any:
        async with FaultServer(in_turn(good())) as server:
            made = endpoint(server.url, prices=Prices(output_usd_per_mtok=Decimal(10)))
            async with Gateway({"m": made}, concurrency=1) as gateway:
                return await gateway.complete("m", ask("q"), PARAMS)

    completion = run(work)
    assert (completion.cost.usd, completion.cost.known) == (None, Decimal("0.00005"))
    assert completion.cost.unknown == ("input price",)


def test_images_are_reserved_for() -> None:
    """A picture can be many more tokens than its address has bytes."""

    async def work() -> int:
        budget = Budget(Decimal("0.01"))
        picture = ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y.png"}}]},)
        async with FaultServer(in_turn(good())) as server:
            async with Gateway({"m": endpoint(server.url)}, concurrency=1, budget=budget) as gateway:
                with pytest.raises(BudgetExceeded):
                    await gateway.complete("m", picture, PARAMS)
            return len(server.seen)

    assert run(work) == 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 100), st.booleans()), max_size=30),
    st.integers(0, 60),
)
def test_any_mix_of_calls_ends_under_the_cap(calls: list[tuple[int, int, bool]], cap: int) -> None:
    """Whatever calls cost and whoever is cancelled: the cap holds, everybody ends, nothing stays reserved."""

    async def work() -> None:
        budget = Budget(Decimal(cap))

        async def one(worst: int, share: int) -> None:
            amount = Decimal(worst)
            while not budget.try_reserve(amount):
                await budget.room(amount)
            actual = amount
            try:
                assert budget.spent + budget.reserved <= budget.cap
                await asyncio.sleep(0)
                actual = amount * share / 100
            finally:
                budget.settle(amount, actual)

        tasks = [asyncio.create_task(one(worst, share)) for worst, share, _ in calls]
        await asyncio.sleep(0)
        for task, (_, _, cancelled) in zip(tasks, calls, strict=True):
            if cancelled:
                task.cancel()
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        assert budget.reserved == 0
        assert budget.spent <= budget.cap
        for result, (worst, _, _) in zip(results, calls, strict=True):
            assert result is None or isinstance(result, (BudgetExceeded, asyncio.CancelledError))
            if isinstance(result, BudgetExceeded):
                assert worst + budget.spent > 0

    asyncio.run(work())


def test_the_package_is_light_to_import() -> None:
    """Importing the gateway imports neither openai nor aiohttp; entering it does."""
    import subprocess
    import sys

    code = "import evals.gateway, sys; sys.exit(any(m in sys.modules for m in ('openai', 'aiohttp', 'httpx2')))"
    started = time.monotonic()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert time.monotonic() - started < 5
