"""The second solver of the orderings: goes through every arrangement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from evals.puzzles._words import finished, row
from evals.puzzles.order._setting import Clue, liar_answer


def solve(facts: Mapping[str, Any]) -> str:
    """Goes through every arrangement (or every set of liars with every holder of the key) and keeps what fits."""
    names, lang = facts["names"], facts["lang"]
    if facts["kind"] == "liars":
        fits = list(_fitting_liars(len(names), facts["clues"]))
        assert len(fits) == 1, "not exactly one solution"
        liars, who = fits[0]
        return finished(lang, liar_answer(lang, [names[i] for i in sorted(liars)], names[who]))
    n = len(names)
    clues = [_indexed(clue) for clue in facts["clues"]]
    found = [
        at for at in permutations(range(n)) if all(_true(facts["kind"], clue, at, facts["weights"]) for clue in clues)
    ]
    assert len(found) == 1, "not exactly one solution"
    return finished(lang, row(lang, [names[found[0].index(place)] for place in range(n)]))


def _indexed(clue: Any) -> Any:
    """The clue with items as numbers in a list of their own: (kind, items, counts)."""
    if clue[0] == "hits":
        return "hits", [int(name) for name in clue[1]], [clue[2]]
    if clue[0] == "claim":
        return "claim", [_indexed(sentence) for sentence in clue[2:]], []
    return clue[0], [int(p) for p in clue[1:] if isinstance(p, str)], [p for p in clue[1:] if isinstance(p, int)]


def _true(kind: str, clue: Any, at: Sequence[int], weights: Sequence[int]) -> bool:
    """Whether an arrangement (place of each item) satisfies a clue, in the solver's own words."""
    name, items, extra = clue
    if name == "claim":
        return _true(kind, items[0], at, weights) is not _true(kind, items[1], at, weights)
    if name == "hits":
        return bool(len([1 for place, item in enumerate(items) if at[item] == place]) == extra[0])
    places, n = [at[item] for item in items], len(at)
    if name in ("either", "seat", "notat", "at", "at_other", "odd", "even", "end"):
        return _true_alone(name, places[0], extra, n)
    if kind == "weights":
        return _true_weights(name, [weights[p] for p in places], extra)
    if kind == "round":
        return _true_round(name, places, extra, n)
    if kind == "desks":
        return _true_desks(name, [divmod(p, n // 2) for p in places], n // 2)
    return _true_line(name, places, extra, n)


def _true_alone(name: str, place: int, extra: Sequence[int], n: int) -> bool:
    if name in ("odd", "even"):
        return ((place + 1) % 2 == 1) == (name == "odd")
    if name == "end":
        return place == 0 or place == n - 1
    return (place in extra) != (name == "notat")


def _true_line(name: str, p: Sequence[int], extra: Sequence[int], n: int) -> bool:
    if name in ("if", "xor"):
        first, second = p[0] < p[1], p[2] < p[3]
        return first != second if name == "xor" else second or not first
    if name == "mid":
        return sorted(p).index(p[0]) == 1
    step = p[1] - p[0]
    return {
        "before": step > 0,
        "directly": step == 1,
        "apart": step not in (1, -1),
        "gap": extra and step * step == (extra[0] + 1) ** 2,
        "later": extra and step == extra[0],
        "wait": extra and step - 1 >= extra[0],
        "mirror": p[0] + p[1] + 1 == n,
    }[name]  # type: ignore[return-value]


def _true_round(name: str, p: Sequence[int], extra: Sequence[int], n: int) -> bool:
    def walk(a: int, b: int) -> int:
        one_way = (b + n - a) % n
        return one_way if 2 * one_way <= n else n - one_way

    first = walk(p[0], p[1])
    if name in ("both", "nearer"):
        second = walk(p[0], p[2])
        return first == second == 1 if name == "both" else first < second
    if name in ("clockwise", "bigger"):
        return (p[0] + extra[0]) % n == p[1] if name == "clockwise" else p[0] == p[1] + extra[0]
    wanted = {"opposite": first + first == n, "adjacent": first == 1, "apart": first != 1, "two": first == 2}
    return wanted[name]


def _true_desks(name: str, p: Sequence[tuple[int, int]], columns: int) -> bool:
    rows, cols = [line for line, _ in p], [column for _, column in p]
    if len(p) == 1:
        return {"first": cols[0] == 0, "far": cols[0] == columns - 1, "north": rows[0] == 0}[name]
    if name == "mid":
        return cols[1] < cols[0] < cols[2] or cols[2] < cols[0] < cols[1]
    same, near = rows[0] == rows[1], cols[0] - cols[1]
    return {
        "opposite": near == 0,
        "side": same and near in (1, -1),
        "diagonal": not same and near in (1, -1),
        "same": same,
        "other": not same,
        "window": near < 0,
        "level": same or near == 0,
    }[name]


def _true_weights(name: str, w: Sequence[int], extra: Sequence[int]) -> bool:
    if name in ("balance", "heavier"):
        scale = w[0] + w[1] - w[2] - w[3]
        return scale == 0 if name == "balance" else scale > 0
    if name in ("sum", "beats"):
        rest = w[0] - w[1] - w[2]
        return rest == 0 if name == "sum" else rest > 0
    return {"gt": w[0] > w[1], "total": [w[0] + w[1]] == extra, "diff": [max(w) - min(w)] == extra}[name]


def _fitting_liars(n: int, said: Sequence[Clue]) -> Iterator[tuple[set[int], int]]:
    for bits in range(2**n):
        liars = {i for i in range(n) if bits >> i & 1}
        for who in range(n):
            if all((speaker in liars) is not _sound(said[speaker], liars, who) for speaker in range(n)):
                yield liars, who


def _sound(clue: Clue, liars: set[int], who: int) -> bool:
    kind, *args = clue
    inside = [arg in liars for arg in args]
    sayings: Mapping[str, Callable[[], bool]] = {
        "liar": lambda: inside[0],
        "true": lambda: not inside[0],
        "same": lambda: inside[0] == inside[1],
        "differ": lambda: inside[0] != inside[1],
        "who": lambda: who == args[0],
        "notwho": lambda: who != args[0],
        "whoor": lambda: who == args[0] or who == args[1],
        "liar_or_who": lambda: inside[0] or who == args[1],
        "atleast": lambda: len(liars) >= args[0],
        "exactly": lambda: len(liars) == args[0],
        "if": lambda: inside[0] or inside[1],
    }
    return sayings[kind]()
