"""Unknowns, statements and offers of a problem about missing or contrary facts, with the verdict that is wanted."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles.missing._eliminate import Statement, combine, dot, solutions
from evals.puzzles.missing._scenes import LETTERS, SCENES, Scene, Vector

_SIZES = {1: (4, 3), 2: (4, 4), 3: (5, 5), 4: (5, 6)}
"""Unknowns and statements by level."""


def _settled(statements: list[Statement], target: Vector, truth: Vector) -> str | None:
    rows = [v for v, _ in statements]
    if combine(rows, target) is None or (
        any(combine([r for k, r in enumerate(rows) if k != j], target) for j in range(len(rows))) and len(rows) < 4
    ):
        return None
    return str(dot(target, truth))


def _open(
    rng: random.Random, bounds: tuple[int, int], statements: list[Statement], target: Vector, pool: list[Vector]
) -> tuple[str, list[Vector]] | None:
    """The verdict that a fact is missing, with four offers of which one settles it; None when there are none."""
    points = solutions(statements, len(target), bounds)
    if not points or len({dot(target, p) for p in points}) < 2:
        return None
    rows = [v for v, _ in statements]
    good = [e for e in pool if _settles(points, target, e) and combine([*rows, e], target) is not None]
    poor = [e for e in pool if not _settles(points, target, e)]
    if not good or len(poor) < 3:
        return None
    extras = [rng.choice(good), *rng.sample(poor, 3)]
    rng.shuffle(extras)
    return f"missing {LETTERS[next(k for k, e in enumerate(extras) if e in good)]}", extras


def _settles(points: list[Vector], target: Vector, extra: Vector) -> bool:
    seen: dict[int, int] = {}
    return all(seen.setdefault(dot(extra, p), dot(target, p)) == dot(target, p) for p in points)


def _contrary(statements: list[Statement], n: int, bounds: tuple[int, int], least: int) -> str | None:
    """The one smallest set that cannot hold, by linear dependence; None unless it is unique and large enough."""
    if solutions(statements, n, bounds, limit=0) is None:
        return None
    rows = [v for v, _ in statements]
    guilty: list[tuple[int, ...]] = []
    for size in range(1, len(rows) + 1):
        for chosen in combinations(range(len(rows)), size):
            if any(set(g) <= set(chosen) for g in guilty):
                continue
            *others, last = chosen
            weights = combine([rows[i] for i in others], rows[last])
            if (
                weights is not None
                and sum(w * statements[i][1] for w, i in zip(weights, others, strict=True)) != statements[last][1]
            ):
                guilty.append(chosen)
    if len(guilty) != 1 or len(guilty[0]) < least:
        return None
    for spared in guilty[0]:
        points = solutions([s for k, s in enumerate(statements) if k != spared], n, bounds)
        if not points:
            return None
    return "conflict " + ",".join(str(i + 1) for i in guilty[0])


def _statements(
    rng: random.Random, scene: Scene, truth: Vector, number: int, blind: list[Vector]
) -> list[Statement] | None:
    """True statements that say nothing about the directions in `blind`; None when too few are found."""
    found: list[Statement] = []
    for _ in range(120):
        vector = scene.forms(rng, len(truth))
        value = dot(vector, truth)
        if any(dot(vector, b) for b in blind) or any(_parallel(v, vector) for v, _ in found):
            continue
        if scene.sayable(vector):
            found.append((vector, value))
        if len(found) == number:
            return found
    return None


def _parallel(a: Vector, b: Vector) -> bool:
    return all(a[i] * b[j] == a[j] * b[i] for i in range(len(a)) for j in range(i))


def _pool(rng: random.Random, scene: Scene, n: int, target: Vector, statements: list[Statement]) -> list[Vector]:
    """Facts that could be asked for: single unknowns and sums that no statement gives."""
    units = [tuple(int(i == k) for i in range(n)) for k in range(n)]
    drawn = [*units, *(scene.forms(rng, n) for _ in range(20))]
    taken = [target, *(v for v, _ in statements)]
    return [v for k, v in enumerate(drawn) if v not in drawn[:k] and v not in taken and min(v) >= 0]


def draw(rng: random.Random, name: str, lang: Lang, level: int, verdict: str) -> dict[str, Any]:
    """Unknowns, statements, target and offers with the wanted verdict."""
    scene = SCENES[name]
    n, number = _SIZES[level]
    low, high = bounds = scene.bounds[lang]
    for attempt in range(100_000):
        truth = tuple(rng.randrange(low + 1, high * 3 // 4) for _ in range(n))
        blind = []
        if verdict == "missing":
            blind = [tuple(rng.choice((-1, 0, 0, 1)) for _ in range(n)) for _ in range(rng.choice((1, 2)))]
            if not all(map(any, blind)):
                continue
        # a blind direction leaves few statements to make: after many failures be content with one less
        statements = _statements(rng, scene, truth, number - (attempt > 300 and verdict == "missing"), blind)
        if statements is None or any(not any(s[k] for s, _ in statements) for k in range(n)):
            continue
        asked = rng.randrange(n)
        target = tuple(int(i == asked) for i in range(n))
        pool = _pool(rng, scene, n, target, statements)
        if len(pool) < 4:
            continue
        extras = rng.sample(pool, 4)
        answer: str | None
        if verdict == "missing":
            found = _open(rng, bounds, statements, target, pool)
            answer, extras = found or (None, extras)
        elif verdict == "conflict":
            wrong = rng.randrange(number)
            vector, value = statements[wrong]
            statements[wrong] = (vector, value + rng.choice((-4, -3, -2, 2, 3, 4)))
            if min(vector) >= 0 and statements[wrong][1] <= low:
                continue
            answer = _contrary(statements, n, bounds, 2 if level < 3 else 3)
        else:
            answer = _settled(statements, target, truth)
        if answer is not None:
            return {
                "n": n,
                "statements": [_oriented(*statement) for statement in statements],
                "target": target,
                "extras": extras,
                "answer": answer,
                "truth": truth,
            }
    raise AssertionError(f"no problem found for {name}, level {level}, {verdict}")


def _oriented(vector: Vector, value: int) -> Statement:
    """A comparison as it is told, the larger side first, so that a worked step can be followed with pen and paper."""
    if value < 0 and min(vector) < 0 and set(map(abs, vector)) <= {0, 1}:
        return tuple(-x for x in vector), -value
    return vector, value
