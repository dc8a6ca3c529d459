"""The second solver of the problems with missing or contrary facts: looks at every assignment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from evals.puzzles.missing._scenes import LETTERS


def _search(
    statements: Sequence[Sequence[Any]], unknowns: Sequence[int], bounds: Sequence[int], known: dict[int, int]
) -> Iterator[dict[int, int]]:
    """All assignments of the unknowns that fulfil the statements: one at a time, its range cut by every statement."""
    if len(known) == len(unknowns):
        yield dict(known)
        return
    best: tuple[int, range] | None = None
    for k in unknowns:
        if k in known:
            continue
        low, high = bounds
        for vector, value in statements:
            if not vector[k]:
                continue
            rest = value - sum(w * known[i] for i, w in enumerate(vector) if i in known)
            spans = [
                sorted((w * bounds[0], w * bounds[1])) for i, w in enumerate(vector) if w and i not in known and i != k
            ]
            ends = sorted(
                (
                    Fraction(rest - sum(s[0] for s in spans), vector[k]),
                    Fraction(rest - sum(s[1] for s in spans), vector[k]),
                )
            )
            low, high = (
                max(low, -(-ends[0].numerator // ends[0].denominator)),
                min(high, ends[1].numerator // ends[1].denominator),
            )
        span = range(low, high + 1)
        if best is None or len(span) < len(best[1]):
            best = (k, span)
    assert best is not None
    for x in best[1]:
        trial = {**known, best[0]: x}
        if all(
            sum(w * trial[i] for i, w in enumerate(v) if w) == b
            for v, b in statements
            if all(i in trial for i, w in enumerate(v) if w)
        ):
            yield from _search(statements, unknowns, bounds, trial)


def _weigh(vector: Sequence[int], point: Mapping[int, int]) -> int:
    return sum(w * point[i] for i, w in enumerate(vector))


def solve(facts: Mapping[str, Any]) -> str:
    """Looks at all assignments that agree with the statements; without any, at ever larger groups of statements."""
    statements, unknowns, bounds = facts["statements"], range(facts["unknowns"]), facts["bounds"]
    points = list(_search(statements, unknowns, bounds, {}))
    if not points:
        return _culprits(statements, bounds)
    targets = {_weigh(facts["target"], p) for p in points}
    if len(targets) == 1:
        return str(targets.pop())
    enough = []
    for letter, extra in zip(LETTERS, facts["extras"], strict=True):
        groups: dict[int, set[int]] = {}
        for p in points:
            groups.setdefault(_weigh(extra, p), set()).add(_weigh(facts["target"], p))
        if all(len(g) == 1 for g in groups.values()):
            enough.append(letter)
    return "missing " + ",".join(enough)


def _culprits(statements: Sequence[Sequence[Any]], bounds: Sequence[int]) -> str:
    for size in range(1, len(statements) + 1):
        guilty = []
        for chosen in combinations(range(len(statements)), size):
            some = [statements[i] for i in chosen]
            used = [k for k in range(len(some[0][0])) if any(v[k] for v, _ in some)]
            if next(_search(some, used, bounds, {}), None) is None:
                guilty.append(chosen)
        if guilty:
            return " or ".join("conflict " + ",".join(str(i + 1) for i in g) for g in guilty)
    return "none"
