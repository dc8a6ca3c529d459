"""An OpenAI-compatible gateway with simulated models of known quality, for rehearsals and tests.

Answers are texts whose facts a reader can check, the simulated judge counts them as a reader would, and `truth`
gives the win rates a run must find. Everything it says carries `records.SIMULATOR_FINGERPRINT`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from evals.simulator._faults import Faults
from evals.simulator._models import JudgeTraits
from evals.simulator._process import Simulator, start
from evals.simulator._truth import Truth, TruthTable, truth
from evals.simulator._world import Chances, World

__all__ = ["Chances", "Faults", "JudgeTraits", "Simulator", "Truth", "TruthTable", "World", "serve", "start", "truth"]


@asynccontextmanager
async def serve(world: World, *, port: int = 0, **options: Any) -> AsyncIterator[tuple[str, Any]]:
    """Serve a world on loopback inside this event loop; gives the base URL and the gateway with its counters.

    `options` are those of the gateway: faults, pace, models, replies, require_key, clock, sleep.
    """
    from evals.simulator._server import Gateway

    gateway = Gateway(world, **options)
    runner, port = await gateway.listen(port=port)
    try:
        yield f"http://127.0.0.1:{port}/v1", gateway
    finally:
        await runner.cleanup()
