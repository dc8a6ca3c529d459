"""How good a judge is, from gold pairs judged in both orders or scored one answer at a time. The unit is the pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ._strata import StratifiedTotal, stratified
from ._winrate import TOLERANCE, WinRate, _wilson, normal_quantile, win_rate

TRUSTED_FROM = 0.70
"""A judge is trusted when the lower end of its accuracy on decisive gold pairs is at least this."""
_FEW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldVerdicts:
    """One gold pair as judged: `a_first` and `b_first` are what went to the answer shown first, None when unread.

    1: the one shown first won; 0.5: a tie; anything between for soft verdicts; a mean where there were repeats.
    `longer` says which answer is the longer one (None: equal or unknown), `defect` what is wrong with the worse.
    """

    better: Literal["a", "b", "tie"]
    a_first: float | None
    b_first: float | None
    longer: Literal["a", "b"] | None = None
    defect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldScores:
    """One gold pair whose answers were scored alone, each by itself: the two scores, None when unread."""

    better: Literal["a", "b", "tie"]
    a: float | None
    b: float | None
    longer: Literal["a", "b"] | None = None
    defect: str = ""

    def verdicts(self) -> GoldVerdicts:
        """The same as a verdict: the higher score wins and equal scores tie, whatever the order."""
        share = None
        if self.a is not None and self.b is not None:
            gap = self.a - self.b
            share = 0.5 if abs(gap) <= TOLERANCE else float(gap > 0)
        other = None if share is None else 1.0 - share
        return GoldVerdicts(better=self.better, a_first=share, b_first=other, longer=self.longer, defect=self.defect)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuality:
    """What a calibration found. Rates have the interval of pairs; None where there is no pair to tell.

    `accuracy`: the share of the better answer on decisive pairs, mean of both orders, a tie half right; `both_right`:
    decisive pairs right in both orders. `per_defect`: accuracy by defect. `sensitivity` and `specificity`: accuracy
    where a, and where b, is better. `flip_rate`: of pairs with a winner named, those whose orders name different
    ones. `first_shown`: the part of them that goes to the answer shown first, mean over pairs (unbiased: 0.5).
    `longer_preferred`: share of the longer answer were the better one as often the longer as the shorter (unbiased:
    0.5). `ties_seen`: share of verdicts on true ties that say tie; `ties_invented`: the same on decisive pairs.

    Of a judge that scores one answer at a time (`scored_quality`), `both_right`, `flip_rate` and `first_shown` are
    None, as there is no order; `sensitivity` is the part of the better answers that reach the pass mark, and
    `specificity` the part of the worse ones that stay below it.
    """

    accuracy: WinRate | None
    both_right: WinRate | None
    per_defect: Mapping[str, WinRate]
    sensitivity: WinRate | None
    specificity: WinRate | None
    flip_rate: WinRate | None
    first_shown: WinRate | None
    longer_preferred: StratifiedTotal | None
    ties_seen: WinRate | None
    ties_invented: WinRate | None
    judged: int
    planned: int
    level: float

    @property
    def trusted(self) -> bool:
        """Is the judge surely right often enough: lower end of `accuracy` at least 0.70?"""
        return self.accuracy is not None and self.accuracy.low is not None and self.accuracy.low >= TRUSTED_FROM


def judge_quality(pairs: Sequence[GoldVerdicts], *, level: float = 0.95) -> JudgeQuality:
    """Measures a judge on gold pairs. A pair counts when both orders were read; `judged` of `planned` pairs were.

    Rates are `win_rate` of one score a pair; below 20 pairs plain Wilson of the score sum, because so few scores do
    not tell their own variance. `longer_preferred` is the even-handed mean (`stratified`) of the pairs whose better
    answer is the longer and those whose better answer is the shorter, so that "longer is better here" is not taken
    for a bias. Raises ValueError on verdicts outside 0..1.
    """
    read = [_Read.of(pair) for pair in pairs]
    both = [pair for pair in read if pair is not None]
    decisive = [pair for pair in both if pair.better != "tie"]
    ties = [pair for pair in both if pair.better == "tie"]
    named = [pair for pair in both if pair.winners != (0, 0)]
    defects = sorted({pair.defect for pair in decisive if pair.defect})

    def rate(scores: Sequence[float]) -> WinRate | None:
        return _rate(scores, level)

    per_defect = {defect: rate([pair.right for pair in decisive if pair.defect == defect]) for defect in defects}
    return JudgeQuality(
        accuracy=rate([pair.right for pair in decisive]),
        both_right=rate([float(pair.both_right) for pair in decisive]),
        per_defect={defect: found for defect, found in per_defect.items() if found is not None},
        sensitivity=rate([pair.right for pair in decisive if pair.better == "a"]),
        specificity=rate([pair.right for pair in decisive if pair.better == "b"]),
        flip_rate=rate([float(pair.winners[0] * pair.winners[1] < 0) for pair in named]),
        first_shown=rate([_for_first(pair) for pair in named]),
        longer_preferred=_longer_preferred(decisive, level),
        ties_seen=rate([pair.tied for pair in ties]),
        ties_invented=rate([pair.tied for pair in decisive]),
        judged=len(both),
        planned=len(pairs),
        level=level,
    )


def scored_quality(pairs: Sequence[GoldScores], *, pass_mark: float | None, level: float = 0.95) -> JudgeQuality:
    """Measures a judge of one answer at a time on gold pairs; a pair counts when both its answers were scored.

    `pass_mark` is the lowest score of an answer that will do; without one `sensitivity` and `specificity` are None.
    Both are over decisive pairs. All else is `judge_quality` of who scored higher.
    """
    quality = judge_quality([pair.verdicts() for pair in pairs], level=level)
    decisive = [(p.better, p.a, p.b) for p in pairs if p.better != "tie" and p.a is not None and p.b is not None]
    passed: list[float] = []
    failed: list[float] = []
    if pass_mark is not None:
        least = pass_mark - TOLERANCE
        passed = [float((a if better == "a" else b) >= least) for better, a, b in decisive]
        failed = [float((b if better == "a" else a) < least) for better, a, b in decisive]
    return replace(
        quality,
        both_right=None,
        flip_rate=None,
        first_shown=None,
        sensitivity=_rate(passed, level),
        specificity=_rate(failed, level),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """A pair that was read in both orders, turned to answer a: its share in each order."""

    better: str
    longer: str | None
    defect: str
    shares: tuple[float, float]

    @classmethod
    def of(cls, pair: GoldVerdicts) -> _Read | None:
        for verdict in (pair.a_first, pair.b_first):
            if verdict is not None and not 0.0 <= verdict <= 1.0:
                raise ValueError(f"verdicts must lie in 0..1, not {verdict!r}")
        if pair.a_first is None or pair.b_first is None:
            return None
        return cls(pair.better, pair.longer, pair.defect, (pair.a_first, 1.0 - pair.b_first))

    def share(self, answer: str) -> float:
        """What went to this answer, mean of both orders."""
        mean = sum(self.shares) / 2.0
        return mean if answer == "a" else 1.0 - mean

    @property
    def right(self) -> float:
        return self.share(self.better)

    @property
    def winners(self) -> tuple[int, int]:
        """Whom each order names: 1 for a, -1 for b, 0 for a tie."""
        first, second = (0 if abs(share - 0.5) <= TOLERANCE else 1 if share > 0.5 else -1 for share in self.shares)
        return first, second

    @property
    def both_right(self) -> bool:
        side = 1 if self.better == "a" else -1
        return self.winners == (side, side)

    @property
    def tied(self) -> float:
        """The share of the two verdicts that say tie."""
        return self.winners.count(0) / 2.0


def _rate(scores: Sequence[float], level: float) -> WinRate | None:
    if not scores:
        return None
    rate = win_rate(scores, level=level)
    if not 2 <= rate.n < _FEW:
        return rate
    low, high = _wilson(rate.value, rate.n, normal_quantile(0.5 + level / 2.0))
    return replace(rate, low=low, high=high, method="wilson")


def _for_first(pair: _Read) -> float:
    """Of the verdicts that name a winner (at least one does), the share for the answer shown first."""
    named = [float(winner == first) for winner, first in zip(pair.winners, (1, -1), strict=True) if winner]
    return sum(named) / len(named)


def _longer_preferred(decisive: Sequence[_Read], level: float) -> StratifiedTotal | None:
    parts = []
    for better_is_longer in (True, False):
        shares = [
            pair.share(pair.longer)
            for pair in decisive
            if pair.longer is not None and (pair.longer == pair.better) is better_is_longer
        ]
        if not shares:
            return None
        parts.append(win_rate(shares, level=level))
    return stratified(parts)
