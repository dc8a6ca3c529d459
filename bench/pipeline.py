"""The whole pipeline beside a naive script and beside the bare fast path: same server, same work, same run.

    python -m bench.pipeline                 CPU and wall, at 64, 256 and 1,024 requests in flight
    python -m bench.pipeline --memory        peak memory at 10,000 and 100,000 cells (several minutes)

CPU is user + system time of the client's own process from the first call to the last, per call (the pipeline's includes
storing, judging's reading and parsing, and scoring). Figures are ratios within one run; absolute ones depend on the
machine, which is shared and noisy, so each ratio is the median over the repetitions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.workload import BASELINE, Workload, ideal_wall

MEDIAN_S, SIGMA = 0.5, 0.4
PROMPTS = {64: 400, 256: 400, 1024: 800}
CLIENTS = ("pipeline", "bare", "naive")


@contextmanager
def _server(median: float) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.server", str(median), str(SIGMA)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        try:
            yield f"http://127.0.0.1:{child.stdout.readline().strip()}/v1"
        finally:
            child.stdin.close()


def _measure(client: str, prompts: int, concurrency: int, base_url: str) -> dict[str, float]:
    """Run one client in a process of its own and return what it measured."""
    command = [sys.executable, "-m", "bench.pipeline", "--client", client, "--prompts", str(prompts)]
    command += ["--concurrency", str(concurrency), "--base-url", base_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{client}: {done.stderr}")
    return dict(json.loads(done.stdout.strip().split("\n")[-1]))


# --------------------------------------------------------------------------------------------- in the child
def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _child(client: str, prompts: int, concurrency: int, base_url: str) -> dict[str, float]:
    """Each client does a little of the same work first: what loading its modules costs is not what is compared."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as warm:
        if client == "pipeline":
            _pipeline(2, concurrency, base_url, Path(warm))
            return _pipeline(prompts, concurrency, base_url, Path(folder))
        from bench import clients

        run = clients.naive if client == "naive" else clients.bare
        asyncio.run(run(Workload.of(2), base_url, concurrency, Path(warm)))
        before, started = _cpu(), time.perf_counter()
        calls = asyncio.run(run(Workload.of(prompts), base_url, concurrency, Path(folder)))
        return _result(calls, before, started)


def _pipeline(prompts: int, concurrency: int, base_url: str, folder: Path) -> dict[str, float]:
    from evals.planning import Settings
    from evals.progress import Bars
    from evals.run import execute, score_run

    suite, catalog = Workload.of(prompts).write(folder)
    settings = Settings(
        suite=(str(suite),),
        catalog=str(catalog),
        base_url=base_url,
        baseline=BASELINE,
        concurrency=concurrency,
        definition="pairwise-en",
        controls=0,
    )
    run = folder / "run"
    before, started = _cpu(), time.perf_counter()
    execute(settings, run, env={}, watcher=Bars(quiet=True), command=[])
    called = time.perf_counter()
    scores = score_run(run)
    result = _result(prompts * 10, before, started)
    assert scores["coverage"]["complete"], scores["coverage"]
    return {**result, "wall_s": called - started}


def _result(calls: int, before: float, started: float) -> dict[str, float]:
    return {
        "calls": calls,
        "cpu_ms": 1000 * (_cpu() - before) / calls,
        "wall_s": time.perf_counter() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


# --------------------------------------------------------------------------------------------- in the parent
def compare(levels: list[int], repetitions: int) -> list[list[Any]]:
    """One row per level: CPU per call of each client, the two ratios, wall over ideal, peak memory."""
    rows = []
    for concurrency in levels:
        prompts = PROMPTS[concurrency]
        ideal = ideal_wall(Workload.of(prompts), concurrency, MEDIAN_S, SIGMA)
        found: dict[str, list[dict[str, float]]] = {client: [] for client in CLIENTS}
        with _server(MEDIAN_S) as base_url:
            for _ in range(repetitions):
                for client in CLIENTS:
                    found[client].append(_measure(client, prompts, concurrency, base_url))

        def ratio(other: str, runs: dict[str, list[dict[str, float]]] = found) -> float:
            pairs = zip(runs["pipeline"], runs[other], strict=True)
            return statistics.median(mine["cpu_ms"] / theirs["cpu_ms"] for mine, theirs in pairs)

        def median(client: str, field: str, runs: dict[str, list[dict[str, float]]] = found) -> float:
            return statistics.median(run[field] for run in runs[client])

        rows.append(
            [
                concurrency,
                int(median("pipeline", "calls")),
                *(f"{median(client, 'cpu_ms'):.2f}" for client in CLIENTS),
                f"{ratio('bare'):.2f}",
                f"{ratio('naive'):.2f}",
                f"{median('pipeline', 'wall_s') / ideal:.3f}",
                f"{median('naive', 'wall_s') / ideal:.3f}",
                f"{median('pipeline', 'peak_mb'):.0f}",
            ]
        )
    return rows


def main() -> int:
    """Parse the arguments and print a table, or, as a child, one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levels", default="64,256,1024", help="requests in flight, comma separated")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="peak memory instead")
    for hidden in ("--client", "--base-url"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    for hidden in ("--prompts", "--concurrency"):
        parser.add_argument(hidden, type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        print(json.dumps(_child(arguments.client, arguments.prompts, arguments.concurrency, arguments.base_url)))
        return 0
    from tabulate import tabulate

    if arguments.memory:
        with _server(0.0) as base_url:
            runs = [(cells, _measure("pipeline", cells // 4, 256, base_url)) for cells in (10_000, 100_000)]
        rows = [[cells, int(run["calls"]), f"{run['peak_mb']:.0f}", f"{run['wall_s']:.0f}"] for cells, run in runs]
        print(tabulate(rows, ["cells", "calls", "peak MB", "wall s"], tablefmt="github"))
        return 0
    heads = ["in flight", "calls", "pipeline ms", "bare ms", "naive ms", "/ bare", "/ naive"]
    heads += ["wall / ideal", "naive wall / ideal", "peak MB"]
    rows = compare([int(level) for level in arguments.levels.split(",")], arguments.repetitions)
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
