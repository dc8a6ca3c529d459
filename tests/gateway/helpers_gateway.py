"""Small makers shared by the gateway tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

from fault_server import FaultServer, Script

from evals.catalog import Endpoint, Habits, Limits, Prices
from evals.gateway import Gateway, RetryPolicy
from evals.records import Completion, Params

Result = TypeVar("Result")
KEY = "sk-canary-0123456789/+abcdefgh"
QUICK = RetryPolicy(
    base_s=0.01, cap_s=0.05, retry_after_cap_s=0.4, throttle_patience_s=1.0, outage_patience_s=0.5, reprobe_s=0.3
)
"""The default policy at a hundredth of its times."""
PARAMS = Params(max_tokens=100)
PRICES = Prices(input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(10))


def endpoint(url: str, name: str = "m", *, key: str | None = KEY, prices: Prices = PRICES, **rest: Any) -> Endpoint:
    """An endpoint at a test server; `habits` and `limits` are given as their fields."""
    return Endpoint(
        name=name,
        family=None,
        wire_id=name,
        base_url=url,
        api_key=key,
        region="here",
        prices=prices,
        habits=Habits(**rest.pop("habits", {})),
        limits=Limits(**rest.pop("limits", {})),
    )


def ask(prompt: str) -> tuple[dict[str, str], ...]:
    """One user message."""
    return ({"role": "user", "content": prompt},)


async def call(gateway: Gateway, prompt: str = "q", name: str = "m") -> Completion:
    """One call with the usual parameters."""
    return await gateway.complete(name, ask(prompt), PARAMS)


def run(work: Callable[[], Awaitable[Result]], *, within: float = 20.0) -> Result:
    """Run a test's coroutine; it must not leave a task behind."""

    async def body() -> Result:
        async with asyncio.timeout(within):
            result = await work()
        for _ in range(5):  # tasks that are ending
            await asyncio.sleep(0)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, left
        return result

    return asyncio.run(body())


def one_call(script: Script, *, policy: RetryPolicy = QUICK, deadline_s: float = 2.0, **fields: Any) -> Any:
    """One call against a server with this script: the completion, the server and the gateway's totals."""

    async def work() -> Any:
        async with FaultServer(script) as server:
            async with Gateway(
                {"m": endpoint(server.url, **fields)}, concurrency=4, deadline_s=deadline_s, retry=policy
            ) as gateway:
                completion = await call(gateway)
            return completion, server, gateway.totals

    return run(work)
