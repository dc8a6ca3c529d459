"""The test that matters most: faults on the wire, kill -9 in each stage, resume, and the same scores byte for byte.

Also that nothing is paid twice, counted at the server, and that the intervals cover the computed truth.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from evals import simulator
from evals.catalog import load_catalog
from evals.library import load_suite
from evals.simulator import Faults

CONCURRENCY = 16
PROMPTS = 80
MODELS = ("deepseek-v4-flash", "Qwen/Qwen3-32B", "moonshot/k2.5", "THUDM/glm-5")
FAULTS = Faults(
    rate_limit=0.03,
    server_error=0.02,
    reset_before=0.01,
    reset_mid=0.01,
    truncated_body=0.01,
    malformed_json=0.01,
    empty_choices=0.01,
    seed=5,
    retry_after_s=0.1,
)
"""Together 10 % of the attempts, each drawn per cell and attempt, the third attempt always good."""


class Run:
    """`python -m evals run` against a simulator, in a process of its own."""

    def __init__(self, base_url: str, out: Path, *options: str) -> None:
        self.folder = out / "crown"
        self.base_url = base_url
        self.command = [
            *(sys.executable, "-m", "evals", "run", "--suite", "chinese", "--limit", str(PROMPTS), "--quiet"),
            *("--controls", "0", "--run-id", "crown", "--out", str(out), "--base-url", base_url),
            *("--concurrency", str(CONCURRENCY), *options),
        ]

    def start(self) -> subprocess.Popen[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("EVALS_", "OPENAI_"))}
        return subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    def finish(self) -> str:
        with self.start() as child:
            output, errors = child.communicate(timeout=120)
            assert child.returncode == 0, errors
            return output

    def kill_when(self, name: str, lines: int) -> None:
        """Kill -9 as soon as a journal has this many lines."""
        with self.start() as child:
            deadline = time.monotonic() + 60
            while self.lines(name) < lines:
                assert child.poll() is None, child.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.005)
            child.send_signal(signal.SIGKILL)
            child.communicate()

    def lines(self, name: str) -> int:
        path = self.folder / name
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.base_url}/stats") as reply:
            return json.loads(reply.read())  # type: ignore[no-any-return]


@contextmanager
def gateway(faults: Faults | None = None) -> Iterator[str]:
    suites = [load_suite("chinese", limit=PROMPTS)]
    with simulator.start(suites, catalog_models=MODELS, seed=3, time_scale=60, faults=faults) as running:
        yield running.base_url


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A run without faults or kills: its folder and what the server counted."""
    out = tmp_path_factory.mktemp("clean")
    with gateway() as base_url:
        run = Run(base_url, out)
        run.finish()
        return run.folder, run.stats()


@pytest.mark.slow
def test_faults_kills_and_resumes_change_no_byte_and_pay_nothing_twice(
    tmp_path: Path, undisturbed: tuple[Path, dict[str, Any]]
) -> None:
    """scores.json is equal byte for byte; paid twice at most what was in flight at each kill."""
    clean, clean_stats = undisturbed
    assert clean_stats["complete_beyond_one"] == 0
    kills = [("responses.jsonl", 40), ("responses.jsonl", 200), ("judgments.jsonl", 300), ("judgments.jsonl", 900)]
    with gateway(FAULTS) as base_url:
        run = Run(base_url, tmp_path)
        for name, lines in kills:
            stored = {part: run.lines(part) for part in ("responses.jsonl", "judgments.jsonl")}
            run.kill_when(name, max(lines, stored[name] + 1))
            assert all(run.lines(part) >= count for part, count in stored.items())
        run.finish()
        stats = run.stats()
    assert (run.folder / "scores.json").read_bytes() == (clean / "scores.json").read_bytes()
    assert stats["faults"], "no fault was injected"
    assert stats["complete_cells"] == clean_stats["complete_cells"] == PROMPTS * 4 + PROMPTS * 6 * 2
    assert stats["complete_beyond_one"] <= CONCURRENCY * len(kills)
    for name in ("responses.jsonl", "judgments.jsonl"):
        keys = [json.loads(line)["key"] for line in (run.folder / name).read_bytes().split(b"\n")[:-1]]
        assert len(keys) == len(set(keys))
        assert len(keys) == len((clean / name).read_bytes().split(b"\n")) - 1


@pytest.mark.slow
def test_finished_run_taken_up_again_calls_nobody(tmp_path: Path, undisturbed: tuple[Path, dict[str, Any]]) -> None:
    """Resuming a complete run sends nothing and rebuilds the same files byte for byte."""
    with gateway() as base_url:
        run = Run(base_url, tmp_path, "--limit", "8")
        run.finish()
        before = run.stats()["requests"]
        files = ("scores.json", "measured.json", "winrates.csv", "responses.jsonl", "judgments.jsonl")
        first = {name: (run.folder / name).read_bytes() for name in files if name != "measured.json"}
        run.finish()
        assert run.stats()["requests"] == before == 8 * 4 + 8 * 6 * 2
        assert {name: (run.folder / name).read_bytes() for name in first} == first


@pytest.mark.slow
def test_intervals_cover_the_truth(undisturbed: tuple[Path, dict[str, Any]]) -> None:
    """Each pair's 95 % interval on this seed holds the true win rate, but for at most one pair in six."""
    scores = json.loads((undisturbed[0] / "scores.json").read_bytes())
    assert scores["simulated"] is True
    suite = load_suite("chinese", limit=PROMPTS)
    catalog = load_catalog(None)
    judges = {}
    for first, second in combinations(MODELS, 2):
        sides = {catalog.family(first), catalog.family(second)}
        judges[first, second] = next(judge for judge in catalog.judges if catalog.family(judge) not in sides)
    table = simulator.truth(simulator.World([suite], seed=3), MODELS, suite, judges, seed=3)
    truth = {(row.first, row.second): row.fresh for row in table.pairs}
    missed = [
        pair
        for pair in scores["pairs"]
        if not pair["win_rate"]["low"] <= truth[pair["first"], pair["second"]] <= pair["win_rate"]["high"]
    ]
    assert len(scores["pairs"]) == 6
    assert len(missed) <= 1
