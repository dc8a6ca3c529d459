"""`python -m bench`: every figure of `docs/bench.md`, one table after the other (about forty minutes)."""

from __future__ import annotations

import shlex
import subprocess
import sys

PARTS = (
    "bench.pipeline",
    "bench.pipeline --memory",
    "bench.faults",
    "bench.sandbox",
    "bench.code_checks",
    "bench.coverage",
    "bench.coverage_table",
    "bench.ranking",
    "bench.sequential",
    "bench.power",
    "bench.correction",
    "bench.judge_quality",
    "bench.attacks",
    "bench.routing",
    "bench.compare",
    "bench.compare_simulated",
)


def main() -> int:
    """Run each part in a process of its own; the first that fails ends it."""
    for part in PARTS:
        print(f"\n## python -m {part}\n", flush=True)
        done = subprocess.run([sys.executable, "-m", *shlex.split(part)], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
