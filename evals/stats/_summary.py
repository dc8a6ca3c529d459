"""Who is on top how often, and percentiles of times."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from ._winrate import TOLERANCE, WinRate, plain, win_rate


def top_shares(
    columns: Sequence[Collection[float]], *, level: float = 0.95, families: Collection[Hashable] | None = None
) -> tuple[tuple[WinRate, ...], tuple[WinRate, ...]]:
    """For each model the share of prompts on which it scores highest: tied, then strict.

    `columns` holds one sequence of scores per model, all over the same prompts. Tied: every co-winner within
    `TOLERANCE` of the best counts in full, so the shares can add to more than 1. Strict: a win is split evenly
    between co-winners, so they add to exactly 1. A share depends on the pool of models: publish the pool with it.
    Intervals as in `win_rate` (plain Wilson for the tied share, whose values are 0 or 1), `families` of prompts too.
    Raises ValueError when there is no prompt, or the columns differ in length.
    """
    if len({len(column) for column in columns}) != 1 or not len(columns[0]):
        raise ValueError("top shares need the same prompts, at least one, for every model")
    winners = []
    for row in zip(*map(plain, columns), strict=True):
        threshold = max(row) - TOLERANCE
        winners.append([score >= threshold for score in row])
    split = [1.0 / sum(row) for row in winners]
    tied = [win_rate([float(row[k]) for row in winners], level=level, families=families) for k in range(len(columns))]
    strict = [
        win_rate(
            [share if row[k] else 0.0 for row, share in zip(winners, split, strict=True)],
            level=level,
            families=families,
        )
        for k in range(len(columns))
    ]
    return tuple(tied), tuple(strict)


def percentiles(values: Sequence[float], ranks: Sequence[float] = (50, 95, 99)) -> tuple[float, ...]:
    """The values at these ranks (0..100), in the unit of `values`, linear between neighbours.

    Definition 7 of Hyndman and Fan (The American Statistician 50, 1996), numpy's default.
    Raises ValueError when `values` is empty or a rank lies outside 0..100.
    """
    if not values:
        raise ValueError("percentiles need at least one value")
    if not all(0 <= rank <= 100 for rank in ranks):
        raise ValueError("ranks must lie in 0..100")
    ordered = sorted(values)
    found = []
    for rank in ranks:
        position = (len(ordered) - 1) * rank / 100
        below = int(position)
        above = min(below + 1, len(ordered) - 1)
        found.append(ordered[below] + (ordered[above] - ordered[below]) * (position - below))
    return tuple(found)
