"""A run as pandas frames: the README's table can be computed from the JSONL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import evals as package
from evals.records import UsageError
from tests.driving import Outcome, evals

__all__ = ["evals"]


def test_win_rates_follow_from_the_verdicts(evals: Callable[..., Outcome], tmp_path: Path) -> None:
    """Fold orders, then the mean over opponents, then over prompts: the same figures as scores.json."""
    words = ("--suite", "english", "--limit", "6", "--simulate", "--quiet", "--controls", "0")
    done = evals("run", *words, "--run-id", "r", "--out", tmp_path)
    assert done.code == 0, done.err
    run = package.load_run(tmp_path / "r")
    assert (len(run.prompts), len(run.responses), len(run.judgments), len(run.checks)) == (6, 24, 72, 24)
    assert run.manifest["simulated"] is True
    verdicts = run.judgments
    one = pd.DataFrame({"model": verdicts["first"], "against": verdicts["second"], "share": verdicts["value"]})
    other = pd.DataFrame({"model": verdicts["second"], "against": verdicts["first"], "share": 1 - verdicts["value"]})
    both = pd.concat([one.assign(prompt=verdicts["prompt_id"]), other.assign(prompt=verdicts["prompt_id"])])
    scores = both.groupby(["model", "prompt", "against"])["share"].mean()  # the two orders
    by_model = scores.groupby(["model", "prompt"]).mean().groupby("model").mean()  # the opponents, then the prompts
    for row in run.scores.itertuples():
        assert by_model[row.model] == pytest.approx(row.win_rate, abs=1e-9)


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    """Not a traceback from pandas."""
    with pytest.raises(UsageError, match="no run here"):
        package.load_run(tmp_path)


def test_importing_the_package_stays_light() -> None:
    """`import evals` loads neither pandas nor anything else heavy; names it does not have are an AttributeError."""
    code = "import sys, evals; sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'openai', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError):
        package.no_such_name  # noqa: B018
