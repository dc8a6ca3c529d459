"""What the sandbox costs: a Python start under bubblewrap against a plain one. `python -m bench.sandbox [starts]`."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

from evals.checks import Sandbox

JOB = {"mode": "output", "blocks": ["print(42)"], "stdin": ""}


async def starts(sandbox: Sandbox, count: int) -> list[float]:
    """Milliseconds of each start, one after the other."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        ended = await sandbox.run(JOB)
        found.append(1000 * (time.perf_counter() - began))
        assert ended.stdout == b"42\n", ended
    return found


async def main(count: int) -> None:
    """Print p50 and p95 of both, their ratio, and the rate of parallel starts."""
    safe, plain = Sandbox(), Sandbox(unsafe_local_exec=True)
    began = time.perf_counter()
    probe = await safe.probe()
    print(f"probe: {1000 * (time.perf_counter() - began):.0f} ms, {probe}")
    if not probe.works:
        sys.exit(1)
    await plain.probe()
    await starts(safe, 5), await starts(plain, 5)
    medians = []
    for name, sandbox in (("bubblewrap", safe), ("plain", plain)):
        found = sorted(await starts(sandbox, count))
        medians.append(statistics.median(found))
        print(f"{name}: p50 {medians[-1]:.1f} ms, p95 {found[int(0.95 * count)]:.1f} ms over {count} starts")
    print(f"ratio: {medians[0] / medians[1]:.2f}")
    began = time.perf_counter()
    await asyncio.gather(*(safe.run(JOB) for _ in range(count)))
    print(f"parallel: {count / (time.perf_counter() - began):.0f} runs/s with the default number of processes")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
