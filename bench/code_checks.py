"""What checking costs: every reference through the check stage of a run. `python -m bench.code_checks [suite …]`

First all references of a suite as answers that wait to be checked, by `evals.checking.CheckStage`, with its number of
answers in hand and the sandbox's own number of processes: wall seconds. Then each check by itself, one after the
other: p50 and p95. Exit 1 when there is no sandbox or a reference fails one of its checks.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.tables import show
from evals.cells import Answers, Grid
from evals.checking import WORKERS, CheckStage
from evals.checks import Sandbox, needs_sandbox, run_checks
from evals.engine import Halt
from evals.library import load_suite
from evals.records import Completion, Prompt, Response, Suite
from evals.store import RunFolder

SUITES = ("code", "reasoning", "reasoning-hard")
MODEL = "reference"


def stage_seconds(suite: Suite) -> tuple[float, list[str]]:
    """Wall seconds of the stage on all references of a suite, and the ids of the prompts whose reference fails."""
    failing: list[str] = []
    grid = Grid([suite], [MODEL], 1)
    with tempfile.TemporaryDirectory() as place, RunFolder(Path(place)) as folder:
        answers = Answers(grid, folder.responses)
        stage = CheckStage(
            grid, answers, folder.checks, told=lambda r: None if r["strict"] else failing.append(r["prompt_id"])
        )
        for number, prompt in enumerate(suite.prompts):
            response = _as_answer(prompt)
            answers.add(grid.cell(number, 0, 0), folder.responses.append(response.to_json()), response)
        began = time.perf_counter()
        stage.catch_up()
        stage.close()
        asyncio.run(stage.check(halt=Halt(), say=print))
        return time.perf_counter() - began, failing


def _as_answer(prompt: Prompt) -> Response:
    done = Completion(status="ok", text=prompt.reference, attempts=1)
    return Response(suite=prompt.suite, prompt_id=prompt.id, model=MODEL, sample=0, key="", completion=done)


async def check_milliseconds(suite: Suite) -> list[float]:
    """Milliseconds of each check of a suite, one after the other, in rising order."""
    sandbox = Sandbox()
    await sandbox.probe()
    found = []
    for prompt in suite.prompts:
        for check in prompt.checks:
            began = time.perf_counter()
            await run_checks(replace(prompt, checks=(check,)), prompt.reference, sandbox)
            found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


def main(names: list[str]) -> int:
    """Print a row for each suite."""
    probe = asyncio.run(Sandbox().probe())
    print(f"{probe}; {os.cpu_count()} processors, {WORKERS} answers in hand at once\n")
    if not probe.works:
        return 1
    rows, failing = [], []
    for name in names or SUITES:
        suite = load_suite(name)
        wall, failed = stage_seconds(suite)
        alone = asyncio.run(check_milliseconds(suite))
        checks = [check for prompt in suite.prompts for check in prompt.checks]
        rows.append(
            (
                name,
                f"{sum(bool(prompt.checks) for prompt in suite.prompts)} of {len(suite.prompts)}",
                len(checks),
                sum(map(needs_sandbox, checks)),
                f"{wall:.1f}",
                f"{statistics.median(alone):.1f}",
                f"{alone[int(0.95 * len(alone))]:.1f}",
            )
        )
        failing += failed
    show(rows, ("suite", "prompts", "checks", "run code", "wall s", "p50 ms a check", "p95 ms"))
    if failing:
        print(f"references that fail: {', '.join(failing)}")
    return bool(failing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
