"""Clues of the orderings: what they mean, and enough of them for exactly one solution."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from evals.puzzles._deduce import Board, Hits, Narrowing, Rule
from evals.puzzles.order._setting import Clue

_GIVEN_AWAY = frozenset({"end", "first", "far", "seat", "either", "odd", "even", "notat"})


def _ring(x: int, y: int, n: int) -> int:
    return min((x - y) % n, (y - x) % n)


def _column(place: int, n: int) -> int:
    return place % (n // 2)


def _row(place: int, n: int) -> int:
    return place // (n // 2)


Test = Callable[..., bool]
"""Takes (n, weights) as one pair, then places and counts in the clue's order."""


_TESTS: Mapping[str, Mapping[str, Test]] = {
    "line": {
        "before": lambda _c, x, y: x < y,
        "directly": lambda _c, x, y: y == x + 1,
        "gap": lambda _c, x, y, k: abs(x - y) == k + 1,
        "apart": lambda _c, x, y: abs(x - y) != 1,
        "mid": lambda _c, x, y, z: min(y, z) < x < max(y, z),
        "odd": lambda _c, x: x % 2 == 0,
        "even": lambda _c, x: x % 2 == 1,
        "mirror": lambda c, x, y: x == c[0] - 1 - y,
        "end": lambda c, x: x in (0, c[0] - 1),
        "later": lambda _c, x, y, k: y == x + k,
    },
    "steps": {
        "before": lambda _c, x, y: x < y,
        "wait": lambda _c, x, y, k: y - x > k,
        "apart": lambda _c, x, y: abs(x - y) != 1,
        "if": lambda _c, x, y, z, w: x > y or z < w,
        "xor": lambda _c, x, y, z, w: (x < y) != (z < w),
        "mid": lambda _c, x, y, z: min(y, z) < x < max(y, z),
        "notat": lambda _c, x, p: x != p,
        "gap": lambda _c, x, y, k: abs(x - y) == k + 1,
        "either": lambda _c, x, p, q: x in (p, q),
    },
    "round": {
        "opposite": lambda c, x, y: 2 * abs(x - y) == c[0],
        "adjacent": lambda c, x, y: _ring(x, y, c[0]) == 1,
        "apart": lambda c, x, y: _ring(x, y, c[0]) > 1,
        "clockwise": lambda c, x, y, k: (y - x) % c[0] == k,
        "two": lambda c, x, y: _ring(x, y, c[0]) == 2,
        "both": lambda c, x, y, z: _ring(x, y, c[0]) == 1 == _ring(x, z, c[0]),
        "nearer": lambda c, x, y, z: _ring(x, y, c[0]) < _ring(x, z, c[0]),
        "bigger": lambda _c, x, y, k: x - y == k,
        "seat": lambda _c, x, p, q: x in (p, q),
    },
    "desks": {
        "opposite": lambda c, x, y: _column(x, c[0]) == _column(y, c[0]),
        "side": lambda c, x, y: _row(x, c[0]) == _row(y, c[0]) and abs(x - y) == 1,
        "diagonal": lambda c, x, y: _row(x, c[0]) != _row(y, c[0]) and abs(_column(x, c[0]) - _column(y, c[0])) == 1,
        "same": lambda c, x, y: _row(x, c[0]) == _row(y, c[0]),
        "other": lambda c, x, y: _row(x, c[0]) != _row(y, c[0]),
        "window": lambda c, x, y: _column(x, c[0]) < _column(y, c[0]),
        "level": lambda c, x, y: _row(x, c[0]) == _row(y, c[0]) or _column(x, c[0]) == _column(y, c[0]),
        "first": lambda c, x: _column(x, c[0]) == 0,
        "far": lambda c, x: _column(x, c[0]) == c[0] // 2 - 1,
        "mid": lambda c, x, y, z: (
            _column(y, c[0]) < _column(x, c[0]) < _column(z, c[0])
            or _column(z, c[0]) < _column(x, c[0]) < _column(y, c[0])
        ),
        "north": lambda c, x: _row(x, c[0]) == 0,
    },
    "weights": {
        "balance": lambda c, x, y, z, w: c[1][x] + c[1][y] == c[1][z] + c[1][w],
        "heavier": lambda c, x, y, z, w: c[1][x] + c[1][y] > c[1][z] + c[1][w],
        "sum": lambda c, x, y, z: c[1][x] == c[1][y] + c[1][z],
        "gt": lambda _c, x, y: x > y,
        "total": lambda c, x, y, k: c[1][x] + c[1][y] == k,
        "diff": lambda c, x, y, k: abs(c[1][x] - c[1][y]) == k,
        "beats": lambda c, x, y, z: c[1][x] > c[1][y] + c[1][z],
    },
    "claims": {
        "at": lambda _c, x, p: x == p,
        "at_other": lambda _c, x, p: x == p,
        "before": lambda _c, x, y: x < y,
        "directly": lambda _c, x, y: y == x + 1,
        "end": lambda c, x: x in (0, c[0] - 1),
    },
}


_NUMBERS = {"gap", "later", "wait", "clockwise", "bigger", "total", "diff"}


PLACES = {"notat": 1, "either": 2, "seat": 2, "at": 1, "at_other": 1}


_ITEMS = {
    "mid": 3, "if": 4, "xor": 4, "both": 3, "nearer": 3, "balance": 4, "heavier": 4, "sum": 3, "beats": 3,
    "odd": 1, "even": 1, "end": 1, "notat": 1, "either": 1, "seat": 1, "first": 1, "far": 1, "north": 1, "at": 1,
    "at_other": 1,
}  # fmt: skip
"""How many items a kind of clue names; two where nothing is said."""


def complete(
    rng: random.Random, kind: str, truth: Mapping[str, int], weights: Sequence[int], level: int
) -> list[tuple[Clue, Narrowing]]:
    """True clues with one solution, each with its rule: one a speaker for claims, a smallest set otherwise."""
    n = len(truth)
    chosen: list[tuple[Clue, Narrowing]] = []
    if kind == "claims":
        while True:
            chosen = []
            for speaker in truth:
                clue = _best(_board(n, chosen), kind, truth, weights, partial(_claim, rng, speaker, truth))
                chosen.append((clue, as_rule(kind, "", clue, n, weights)))
            if len(_board(n, chosen).solutions(2)) == 1:
                return chosen
    used: Counter[str] = Counter()
    draw = partial(_drawn, rng, kind, truth, weights, level, used)
    while len((board := _board(n, chosen)).solutions(2)) > 1:
        clue = _best(board, kind, truth, weights, draw)
        used[clue[0]] += 1
        chosen.append((clue, as_rule(kind, "", clue, n, weights)))
    for pair in rng.sample(chosen, len(chosen)):
        fewer = [other for other in chosen if other is not pair]
        if len(_board(n, fewer).solutions(2)) == 1:
            chosen = fewer
    rng.shuffle(chosen)
    return chosen


def _best(
    board: Board, kind: str, truth: Mapping[str, int], weights: Sequence[int], draw: Callable[[bool], Clue]
) -> Clue:
    """A drawn clue that excludes another solution; for claims and guesses the one of ten that excludes most."""
    n = len(truth)
    strong = kind in ("claims", "forecasts")
    others = [found for found in board.solutions(20 if strong else 4) if found != truth]
    for turn in range(100):
        candidates = [draw(turn > 20) for _ in range(10 if strong else 3)]
        kills = [sum(not _holds(kind, clue, other, n, weights) for other in others) for clue in candidates]
        if any(kills) or not others:
            break
    if strong:
        return candidates[kills.index(max(kills))]
    return next(clue for clue, killed in zip(candidates, kills, strict=True) if killed or not others)


def _drawn(
    rng: random.Random,
    kind: str,
    truth: Mapping[str, int],
    weights: Sequence[int],
    level: int,
    used: Counter[str],
    free: bool,
) -> Clue:
    """A random true clue; kinds used before come less often, and few give a place away unless `free`."""
    n = len(truth)
    if kind == "forecasts":
        return _guess(rng, truth)
    kinds = [k for k in _TESTS[kind] if k != "opposite" or kind != "round" or n % 2 == 0]
    if level > 2 and not free:
        kinds = [k for k in kinds if k not in ("total", "bigger", "later")] + ["bigger"] * (kind == "round")
    limit = 9 if free else 2 if level < 3 else 1
    rates = [
        0.0 if k in _GIVEN_AWAY and sum(used[g] for g in _GIVEN_AWAY) >= limit else 1 / (1 + used[k]) ** 2
        for k in kinds
    ]
    while True:
        found = rng.choices(kinds, rates)[0]
        items = rng.sample(list(truth), _ITEMS.get(found, 2))
        clue: Clue = [found, *items, *_extra(rng, found, [truth[i] for i in items], n, weights)]
        if (found not in _NUMBERS or clue[-1] > (0 if found != "later" else 1)) and _holds(
            kind, clue, truth, n, weights
        ):
            return clue


def _extra(rng: random.Random, kind: str, at: Sequence[int], n: int, weights: Sequence[int]) -> list[int]:
    """The counts and places a clue of this kind ends with."""
    if kind in PLACES:
        return sorted(rng.sample(range(n), PLACES[kind]))
    if kind not in _NUMBERS:
        return []
    first, second = at[0], at[1]
    if kind == "gap":
        return [abs(first - second) - 1]
    if kind == "clockwise":
        return [(second - first) % n]
    if kind == "wait":
        return [rng.randint(1, max(1, second - first - 1))]
    if kind in ("total", "diff"):
        return [weights[first] + weights[second] if kind == "total" else abs(weights[first] - weights[second])]
    return [abs(first - second)]


def _claim(rng: random.Random, speaker: str, truth: Mapping[str, int], _free: bool) -> Clue:
    """Two sentences of one speaker, one of them true."""
    while True:
        pair = [_sentence(rng, speaker, truth) for _ in range(2)]
        about = [{part for part in sentence if isinstance(part, str)} - {sentence[0]} for sentence in pair]
        if (
            pair[0][0] != pair[1][0]
            and about[0] != about[1]
            and sum(_holds("claims", claim, truth, len(truth), ()) for claim in pair) == 1
        ):
            return ["claim", speaker, *pair]


def _sentence(rng: random.Random, speaker: str, truth: Mapping[str, int]) -> Clue:
    n = len(truth)
    others = rng.sample([name for name in truth if name != speaker], 2)
    kind = rng.choice(("at", "at", "at_other", "before", "before_me", "directly", "end"))
    if kind == "at":
        return ["at", speaker, rng.randrange(n)]
    if kind == "at_other":
        return ["at_other", others[0], rng.randrange(n)]
    if kind == "before_me":
        return ["before", *rng.sample([speaker, others[0]], 2)]
    return ["end", others[0]] if kind == "end" else [kind, *others]


def _guess(rng: random.Random, truth: Mapping[str, int]) -> Clue:
    """A guessed order and how many of its places are right; one place may be kept right on purpose."""
    n = len(truth)
    real = sorted(truth, key=lambda name: truth[name])
    while True:
        guess = rng.sample(real, n)
        hits = sum(a == b for a, b in zip(guess, real, strict=True))
        if hits < n - 2 and (hits or rng.random() < 0.3):
            return ["hits", guess, hits]


def _holds(kind: str, clue: Clue, at: Mapping[str, int], n: int, weights: Sequence[int]) -> bool:
    if clue[0] == "hits":
        return bool(sum(at[name] == place for place, name in enumerate(clue[1])) == clue[2])
    if clue[0] == "claim":
        return sum(_holds(kind, sentence, at, n, weights) for sentence in clue[2:]) == 1
    args = [at[part] if isinstance(part, str) else part for part in clue[1:]]
    return _TESTS[kind][clue[0]]((n, weights), *args)


def _board(n: int, chosen: Sequence[tuple[Clue, Narrowing]]) -> Board:
    return Board(n, [[str(i) for i in range(n)]], [rule for _, rule in chosen])


def as_rule(kind: str, label: str, clue: Clue, n: int, weights: Sequence[int]) -> Narrowing:
    if clue[0] == "hits":
        return Hits(label, tuple(clue[1]), tuple(range(n)), clue[2])
    parts = [part for sentence in clue[2:] for part in sentence[1:]] if clue[0] == "claim" else clue[1:]
    names = tuple(dict.fromkeys(part for part in parts if isinstance(part, str)))

    def holds(*places: int) -> bool:
        return _holds(kind, clue, dict(zip(names, places, strict=True)), n, weights)

    return Rule(label, names, holds, 700)
