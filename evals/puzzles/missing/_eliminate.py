"""Statements as rows of whole weights: which sums follow from others, and which whole numbers fit them all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from evals.puzzles.missing._scenes import Vector

Statement = tuple[Vector, int]
Grid = list[list[Fraction]]


def dot(vector: Sequence[int], point: Sequence[int]) -> int:
    """The weighted sum of the unknowns."""
    return sum(a * b for a, b in zip(vector, point, strict=True))


def combine(rows: Sequence[Vector], goal: Vector) -> list[Fraction] | None:
    """Weights with which the rows add up to the goal, or None when they cannot."""
    m = len(rows)
    grid = [[Fraction(row[i]) for row in rows] + [Fraction(goal[i])] for i in range(len(goal))]
    pivots = _reduce(grid, m)
    if any(row[m] for row in grid[len(pivots) :]):
        return None
    weights = [Fraction(0)] * m
    for r, col in enumerate(pivots):
        weights[col] = grid[r][m]
    return weights


def solutions(
    statements: Sequence[Statement], n: int, bounds: tuple[int, int], limit: int = 4000
) -> list[Vector] | None:
    """All whole solutions within bounds: free unknowns run through their range, the others follow. None: too many."""
    grid = [[Fraction(x) for x in vector] + [Fraction(value)] for vector, value in statements]
    pivots = _reduce(grid, n)
    if any(row[n] for row in grid[len(pivots) :]):
        return []
    free = [c for c in range(n) if c not in pivots]
    low, high = bounds
    if (high - low + 1) ** len(free) > limit:
        return None
    found = []
    for values in product(range(low, high + 1), repeat=len(free)):
        point = [Fraction(0)] * n
        for c, x in zip(free, values, strict=True):
            point[c] = Fraction(x)
        for r, c in enumerate(pivots):
            point[c] = grid[r][n] - sum(grid[r][f] * point[f] for f in free)
        if all(x.denominator == 1 and low <= x <= high for x in point):
            found.append(tuple(int(x) for x in point))
    return found


def _reduce(grid: Grid, columns: int) -> list[int]:
    """Gauss-Jordan elimination in place; the pivot column of each leading row, rows without one come last."""
    pivots: list[int] = []
    for col in range(columns):
        at = len(pivots)
        lead = next((r for r in range(at, len(grid)) if grid[r][col]), None)
        if lead is None:
            continue
        grid[at], grid[lead] = grid[lead], grid[at]
        grid[at] = [x / grid[at][col] for x in grid[at]]
        for r in range(len(grid)):
            if r != at and grid[r][col]:
                grid[r] = [x - grid[r][col] * y for x, y in zip(grid[r], grid[at], strict=True)]
        pivots.append(col)
    return pivots
