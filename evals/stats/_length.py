"""A pair's win rate had both answers been of one length."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._ranking import Estimate
from ._winrate import NO_INTERVAL, WinRate, plain, student_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_GHOSTS = ((1.0, 1.0), (1.0, -1.0))
"""Half a game at either end of the lengths, half won and half lost: keeps a side that won all, or only when it was
longer, finite, and knows no side."""
_GHOST_GAMES = 0.5
_MOST_STEPS = 100
_MAX_STEP = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledRate(WinRate):
    """A length-controlled win rate beside the `raw` one; `slope` is what length does, in logits.

    A positive slope says that the judge prefers the longer answer. `bootstrap_low` and `bootstrap_high` are the
    percentile interval over `bootstraps` resamples of the prompts, for comparison: near 0 and 1 it is too narrow.
    """

    raw: float
    slope: Estimate
    families: int
    bootstrap_low: float | None
    bootstrap_high: float | None
    bootstraps: int
    seed: int


def length_controlled_rate(
    scores: Collection[float],
    length_differences: Collection[float],
    *,
    families: Collection[Hashable] | None = None,
    level: float = 0.95,
    bootstraps: int = 1000,
    seed: int = 0,
) -> ControlledRate:
    """The first side's win rate at equal length: logistic(a) of the regression score ~ a + b·tanh(d / sd(d)).

    `scores` are per-prompt scores (0..1, tie 0.5), `length_differences` first minus second in any unit. Fractional
    logistic regression (Papke and Wooldridge, Journal of Applied Econometrics 11, 1996) with the tanh of Dubois et
    al. (arXiv 2404.04475), plus half a game at tanh 1 and at tanh -1, half won and half lost. The interval is Student's
    t with G-2 degrees of freedom around a, with the sandwich error clustered by family, or that of independent
    prompts if larger, taken through the logistic; G is the number of families, or of prompts, and below three there
    is no interval. Where all lengths differ by the same, nothing can be controlled: the slope is 0 without interval.
    Raises ValueError when there is no score, one lies outside 0..1, a difference is not finite, or lengths differ.
    """
    score, column, family = _columns(scores, length_differences, families)
    fitted, inverse = _newton(score, column)
    logit, slope = fitted[0].tolist()
    groups = int(family.max()) + 1
    low = high = lower = upper = None
    effect = Estimate(value=slope, error=None, low=None, high=None)
    if groups > 2:
        lower, upper = _percentiles(score, column, family, fitted, level=level, samples=bootstraps, seed=seed)
        errors = _errors(score, column, family, fitted[0], inverse[0]).tolist()
        half, turn = (student_quantile(0.5 + level / 2.0, groups - 2) * error for error in errors)
        low, high = _logistic(logit - half), _logistic(logit + half)
        if column.any():
            effect = Estimate(value=slope, error=errors[1], low=slope - turn, high=slope + turn)
    return ControlledRate(
        value=_logistic(logit),
        low=low,
        high=high,
        level=level,
        method=NO_INTERVAL if low is None else "logit-sandwich-t",
        n=len(score),
        raw=math.fsum(score.tolist()) / len(score),
        slope=effect,
        families=groups,
        bootstrap_low=lower,
        bootstrap_high=upper,
        bootstraps=bootstraps,
        seed=seed,
    )


def _columns(
    scores: Collection[float], length_differences: Collection[float], families: Collection[Hashable] | None
) -> tuple[Floats, Floats, Ints]:
    """Scores, tanh of the differences and numbers of the families, checked."""
    import numpy as np

    score = np.asarray(plain(scores), dtype=float)
    gap = np.asarray(plain(length_differences), dtype=float)
    n = len(score)
    labels = range(n) if families is None else plain(families)
    if not n or n != len(gap) or n != len(labels) or not bool(np.all((score >= 0) & (score <= 1))):
        raise ValueError("a controlled win rate needs scores in 0..1, and a length difference for each")
    if not np.isfinite(gap).all():
        raise ValueError("length differences must be finite")
    number = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    spread = float(np.std(gap, ddof=1)) if n > 1 else 0.0
    column = np.tanh(gap / spread) if spread > 1e-12 * (1.0 + float(np.abs(gap).max())) else np.zeros(n)
    return score, column, np.array([number[label] for label in labels])


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-500.0, min(500.0, float(logit)))))


def _newton(
    score: Floats, column: Floats, weights: Floats | None = None, start: Floats | None = None
) -> tuple[Floats, Floats]:
    """samples x 2 estimates (at equal length, slope) and their inverse Hessians; `weights` are samples x prompts."""
    import numpy as np

    from ._bradley_terry import logistic

    design = np.column_stack([np.ones_like(column), column])
    products = np.column_stack([design[:, 0], column, column, column**2])
    ghosts = np.array(_GHOSTS)
    corners = np.array([np.outer(ghost, ghost).ravel() for ghost in ghosts])
    weights = np.ones((1, len(score))) if weights is None else weights
    found = np.zeros((1, 2)) if start is None else np.repeat(start, len(weights), axis=0)
    for _ in range(_MOST_STEPS):
        expected, ghostly = logistic(found @ design.T), logistic(found @ ghosts.T)
        gradient = (weights * (score - expected)) @ design + _GHOST_GAMES * (0.5 - ghostly) @ ghosts
        hessian = (weights * expected * (1.0 - expected)) @ products
        hessian += _GHOST_GAMES * (ghostly * (1.0 - ghostly)) @ corners
        inverse = np.linalg.inv(hessian.reshape(-1, 2, 2))
        step = (inverse @ gradient[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        found += step / np.maximum(1.0, longest / _MAX_STEP)
        if float(longest.max()) < 1e-7:
            break
    return found, inverse


def _errors(score: Floats, column: Floats, family: Ints, fitted: Floats, inverse: Floats) -> Floats:
    """Sandwich errors clustered by family, or by prompt if larger; no prompt counts for more than four coin flips."""
    import numpy as np

    from ._bradley_terry import logistic, sums

    design = np.column_stack([np.ones_like(column), column])
    expected = logistic(design @ fitted)
    residual = score - expected
    ghosts = np.array(_GHOSTS)
    ghostly = logistic(ghosts @ fitted)
    spread = _GHOST_GAMES * 0.5 * (ghostly**2 + (1.0 - ghostly) ** 2)
    floor = (ghosts * spread[:, None]).T @ ghosts
    largest = np.diag(inverse) / 4.0
    for units in (family, np.arange(len(score))):
        groups = int(units.max()) + 1
        by_unit = np.column_stack([sums(units, residual * part, groups) for part in design.T])
        middle = by_unit.T @ by_unit * groups / (groups - 1) + floor
        largest = np.maximum(largest, np.diag(inverse @ middle @ inverse))
    found: Floats = np.sqrt(largest)
    return found


def _percentiles(
    score: Floats, column: Floats, family: Ints, fitted: Floats, *, level: float, samples: int, seed: int
) -> tuple[float | None, float | None]:
    """The middle `level` of the controlled win rates of resamples of the families."""
    import numpy as np

    from ._bradley_terry import resamples

    outside = math.floor((1.0 - level) / 2.0 * (samples + 1))
    if outside < 1:
        return None, None
    groups = int(family.max()) + 1
    logits = np.concatenate(
        [
            _newton(score, column, weights[:, family], fitted)[0][:, 0]
            for weights in resamples(np.ones(groups), samples=samples, seed=seed)
        ]
    )
    logits.sort()
    return _logistic(logits[outside - 1]), _logistic(logits[-outside])
