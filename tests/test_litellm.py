"""The LiteLLM proxy, a real OpenAI-compatible gateway, in front of the simulator: the same win rates.

LiteLLM lives in an environment of its own, `.venv/litellm` or the one EVALS_LITELLM_ENV names; `make litellm` makes it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.driving import ROOT, environment


def litellm_environment() -> Path:
    """The environment with LiteLLM in it; skips the test where there is none."""
    named = os.environ.get("EVALS_LITELLM_ENV")
    folder = Path(named) if named else ROOT / ".venv" / "litellm"
    if not (folder / "bin" / "litellm").exists():
        pytest.skip(f"no LiteLLM: neither EVALS_LITELLM_ENV nor {folder} is its environment (make litellm)")
    return folder


@pytest.mark.slow
@pytest.mark.network
def test_the_same_win_rates_through_the_proxy() -> None:
    """Every model's win rate is equal to the last digit, and the simulator's mark comes through."""
    words = ["-m", "bench.litellm_proxy", "--env", litellm_environment(), "--limit", "8"]
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^\| (\S+) +\| +([0-9.]+) \| +([0-9.]+) \|$", done.stdout, flags=re.MULTILINE)
    assert len(rows) == 4, done.stdout
    assert all(through == straight for _, through, straight in rows)
    assert len({through for _, through, _ in rows}) > 1, "equal because nothing was told apart"
