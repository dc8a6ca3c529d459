"""How long does a Bradley-Terry ranking take? Ours beside two others on the same battles: `python -m bench.ranking`

All run in this process on one core. evalica (Newman's iteration in Rust) and scikit-learn (logistic regression on a
sparse design, no penalty to speak of) give strengths only; the time of their bootstrap is that of one fit times the
resamples, which is what it takes to call them in a loop. The strengths are compared in logits.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: the figures are for one core

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from evals.stats import Ranking, bradley_terry

LIMIT = 0.5
"""Seconds for a fit with 1,000 prompt bootstraps of 20 models and 100,000 battles."""


@dataclass(frozen=True, kw_only=True)
class Battles:
    """Four columns: who met whom, what the first got, on which prompt."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    scores: NDArray[np.float64]
    prompts: NDArray[np.int64]
    models: int


def make_battles(*, models: int, battles: int, seed: int, ties: float = 0.12) -> Battles:
    """All pairs on each prompt, prompt after prompt, until there are this many battles."""
    source = np.random.default_rng(seed)
    first, second = np.triu_indices(models, 1)
    prompts = -(-battles // len(first))
    quality = np.linspace(-1.5, 1.5, models) + source.gumbel(size=(prompts, models))
    won = (quality[:, first] > quality[:, second]).astype(float)
    scores = np.where(source.random(won.shape) < ties, 0.5, won)
    return Battles(
        first=np.tile(first, prompts)[:battles],
        second=np.tile(second, prompts)[:battles],
        scores=scores.ravel()[:battles],
        prompts=np.repeat(np.arange(prompts), len(first))[:battles],
        models=models,
    )


def ours(data: Battles, *, bootstraps: int) -> Ranking:
    """The shipped function."""
    columns = data.first, data.second, data.scores, data.prompts
    return bradley_terry(*columns, models=data.models, bootstraps=bootstraps)


Fit = Callable[[], NDArray[np.float64]]
"""A fit whose columns are ready in the form its library wants: only the library's own work is timed."""


def evalica_fit(data: Battles) -> Fit:
    """evalica's Bradley-Terry, centred logs of its scores."""
    import evalica

    words = np.array([evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.X], dtype=object)
    winners = words[(2 * data.scores).astype(int)].tolist()
    first, second = data.first.tolist(), data.second.tolist()

    def fit() -> NDArray[np.float64]:
        found = evalica.bradley_terry(first, second, winners, tolerance=1e-10, limit=10_000)
        logs = np.log(found.scores.reindex(range(data.models)).to_numpy(dtype=float))
        return np.asarray(logs - logs.mean())

    return fit


def sklearn_fit(data: Battles) -> Fit:
    """scikit-learn's logistic regression; a tie is half a win and half a loss."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    places = np.arange(len(data.first))
    signs = np.concatenate([np.ones(len(places)), -np.ones(len(places))])
    columns = np.concatenate([data.first, data.second])
    design = csr_matrix((signs, (np.tile(places, 2), columns)), shape=(len(places), data.models))
    tied = np.flatnonzero(data.scores == 0.5)
    rows = np.concatenate([np.flatnonzero(data.scores != 0.5), tied, tied])
    wins = np.concatenate([data.scores[data.scores != 0.5], np.ones(len(tied)), np.zeros(len(tied))])
    weights = np.concatenate([np.ones(len(places) - len(tied)), np.full(2 * len(tied), 0.5)])
    design = design[rows]

    def fit() -> NDArray[np.float64]:
        model = LogisticRegression(C=1e8, fit_intercept=False, tol=1e-8, max_iter=1000)
        strengths = model.fit(design, wins, sample_weight=weights).coef_[0]
        return np.asarray(strengths - strengths.mean())

    return fit


def timed(work: Callable[[], Any], *, times: int) -> tuple[float, Any]:
    """The shortest of several runs in seconds, and the result."""
    shortest, found = float("inf"), None
    for _ in range(times):
        started = time.perf_counter()
        found = work()
        shortest = min(shortest, time.perf_counter() - started)
    return shortest, found


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table; returns 1 when ours takes longer than the limit or the strengths differ."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--battles", type=int, default=100_000)
    parser.add_argument("--bootstraps", type=int, default=1000)
    parser.add_argument("--times", type=int, default=3, help="runs of each; the shortest counts (default: 3)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    data = make_battles(models=options.models, battles=options.battles, seed=options.seed)
    alone, fitted = timed(lambda: ours(data, bootstraps=0), times=options.times)
    whole, _ = timed(lambda: ours(data, bootstraps=options.bootstraps), times=options.times)
    strengths = np.array([strength.value for strength in fitted.strengths])
    rows = [["evals.stats.bradley_terry", f"{alone:.4f}", f"{whole:.3f}", "measured", ""]]
    worst = 0.0
    for name, fit in (("evalica", evalica_fit(data)), ("scikit-learn", sklearn_fit(data))):
        seconds, theirs = timed(fit, times=options.times)
        gap = float(np.abs(theirs - strengths).max())
        worst = max(worst, gap)
        rows.append(
            [name, f"{seconds:.4f}", f"{seconds * options.bootstraps:.0f}", "one fit x resamples", f"{gap:.1e}"]
        )
    print(
        f"{options.models} models, {options.battles} battles, {options.bootstraps} resamples of the prompts, one core\n"
    )
    headers = ["", "fit and errors, s", "with bootstrap, s", "how", "largest difference of a strength"]
    print(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True))
    return 1 if whole > LIMIT or worst > 1e-4 else 0


if __name__ == "__main__":
    sys.exit(main())
