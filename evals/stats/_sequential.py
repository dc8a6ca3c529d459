"""Evidence that may be looked at after every prompt: e-values and confidence sequences.

A bettor starts with a capital of 1 against a hypothesis under which no bet gains on average. The chance that the
capital ever reaches 1/alpha is then at most alpha (Ville, Étude critique de la notion de collectif, 1939), so it may
be looked at after every prompt and the run stopped at any time, for any reason. Everything here depends on what the
scores are and not on their order, so records may come in any order.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ._winrate import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STAKES = 24
_STAKE_RANGE = (0.01, 0.95)
_STAKE_CENTRE, _STAKE_SPREAD = 0.25, 0.9
"""Stakes as shares of the most that can be bet, weighted as a log-normal: tightest at some 50 to 2,000 prompts."""
_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """The capital won against `null` in `n` scores, as its natural logarithm; valid at every look."""

    log_value: float
    null: float
    n: int
    method: str

    @property
    def value(self) -> float:
        """The capital itself; infinity where a float cannot hold it."""
        return math.exp(self.log_value) if self.log_value < 700.0 else math.inf

    @property
    def p_value(self) -> float:
        """At most this likely under the null at whatever look: min(1, 1/e)."""
        return math.exp(-max(0.0, self.log_value))

    def rejects(self, alpha: float = 0.05, *, comparisons: int = 1) -> bool:
        """Is it m/alpha or more? Over m comparisons the chance of any false "yes", ever, is at most alpha."""
        return self.log_value >= math.log(comparisons / alpha)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSequence:
    """A mean with an interval that holds the true mean at all looks at once with probability `level`."""

    value: float
    low: float
    high: float
    level: float
    method: str
    n: int


def mixture_e_value(wins: int, losses: int, *, concentration: float = 30.0) -> EValue:
    """Evidence against "a prompt that is no tie is as likely won as lost"; ties bet nothing, so they are not asked.

    2^(w+l) · B(c+w, c+l) / B(c, c): the likelihood ratio of a win probability drawn from Beta(c, c) to one half
    (Robbins, Annals of Mathematical Statistics 41, 1970). A large c looks for small differences. Raises ValueError
    on negative counts or a concentration that is not positive.
    """
    from scipy.special import betaln

    if min(wins, losses) < 0 or concentration <= 0.0:
        raise ValueError("wins and losses must be 0 or more, the concentration positive")
    bets = wins + losses
    c = concentration
    log_value = bets * math.log(2.0) + float(betaln(c + wins, c + losses) - betaln(c, c))
    return EValue(log_value=log_value, null=0.5, n=bets, method=f"beta-mixture-{c:g}")


def betting_e_value(scores: Collection[float], *, null: float = 0.5, span: tuple[float, float] = (0.0, 1.0)) -> EValue:
    """Evidence against "the mean is `null`" from any values within `span`, such as scores 0, 1/4, 1/2, 3/4, 1.

    Half of the capital bets on a mean above, half below, each spread over a fixed grid of stakes:
    sum over g of weight(g) · product of (1 + g·(x-m)/m) upwards, and of (1 - g·(x-m)/(1-m)) downwards, with x and m
    moved to 0..1 (Waudby-Smith and Ramdas, JRSS B 86, 2024). For per-prompt differences take `null=0, span=(-1, 1)`.
    Raises ValueError on values outside the span or a null that is not inside it.
    """
    values, counts = _tally(scores, span)
    share = (null - span[0]) / (span[1] - span[0])
    if not 0.0 < share < 1.0:
        raise ValueError("the null must lie inside the span")
    sides = _log_capital(values, counts, share), _log_capital(1.0 - values, counts, 1.0 - share)
    top = max(sides)
    log_value = top + math.log(sum(math.exp(side - top) for side in sides) / 2.0)
    return EValue(log_value=log_value, null=null, n=len(scores), method="betting-grid")


def confidence_sequence(
    scores: Collection[float], *, level: float = 0.95, span: tuple[float, float] = (0.0, 1.0)
) -> ConfidenceSequence:
    """The mean of values within `span` with an interval for whoever stops when he likes.

    All means against which `betting_e_value` has not won: each side's capital falls steadily as the supposed mean
    moves away from the data's, so its ends are two roots, at capital 2/(1-level). Wider than a fixed-n interval by
    about 1.6 (200 prompts); that is the price of looking. Raises ValueError on no value or values outside the span.
    """
    values, counts = _tally(scores, span)
    if not len(scores):
        raise ValueError("a confidence sequence needs at least one score")
    needed = math.log(2.0 / (1.0 - level))
    mean = float((values * counts).sum()) / len(scores)
    low = _lower_end(values, counts, mean, needed)
    high = 1.0 - _lower_end(1.0 - values, counts, 1.0 - mean, needed)
    start, width = span[0], span[1] - span[0]
    return ConfidenceSequence(
        value=start + width * mean,
        low=start + width * min(low, mean),
        high=start + width * max(high, mean),
        level=level,
        method="betting-grid",
        n=len(scores),
    )


@cache
def stakes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The grid of stakes, each a share of the most that can be bet, and the logarithm of each one's weight."""
    import numpy as np

    grid = np.geomspace(*_STAKE_RANGE, _STAKES)
    weights = np.exp(-0.5 * (np.log(grid / _STAKE_CENTRE) / _STAKE_SPREAD) ** 2)
    return grid, np.log(weights / weights.sum())


def log_sum(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(sum(exp(logs))) over the last axis."""
    import numpy as np

    top = logs.max(axis=-1, keepdims=True)
    found: NDArray[np.float64] = top[..., 0] + np.log(np.exp(logs - top).sum(axis=-1))
    return found


def _tally(scores: Collection[float], span: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The distinct values moved to 0..1, and how often each occurs: the order of prompts is gone here."""
    import numpy as np

    low, high = span
    values, counts = np.unique(np.asarray(plain(scores), dtype=float), return_counts=True)
    if not bool(np.all((values >= low) & (values <= high))):
        raise ValueError(f"values must lie in {low:g}..{high:g}")
    return np.clip((values - low) / (high - low), 0.0, 1.0), counts.astype(float)


def _log_capital(values: NDArray[np.float64], counts: NDArray[np.float64], mean: float) -> float:
    """The log capital of bets that the mean lies above `mean`."""
    import numpy as np

    grid, log_weights = stakes()
    gains = np.log(1.0 - grid[:, None] + grid[:, None] * (values / mean)) @ counts
    return float(log_sum(gains + log_weights))


def _lower_end(values: NDArray[np.float64], counts: NDArray[np.float64], mean: float, needed: float) -> float:
    """The largest mean against which the bettor upwards holds `needed`; a little less where rounding decides."""
    beaten, possible = 0.0, mean
    for _ in range(_HALVINGS):
        middle = (beaten + possible) / 2.0
        if not beaten < middle < possible:
            break
        if _log_capital(values, counts, middle) >= needed:
            beaten = middle
        else:
            possible = middle
    return beaten
