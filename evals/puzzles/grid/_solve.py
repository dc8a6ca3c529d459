"""The second solver of the logic grids: places item after item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evals.puzzles._words import finished
from evals.puzzles.grid._scene import Clue, answer_of


def solve(facts: Mapping[str, Any]) -> str:
    """Places one item after another and drops a branch at the first clue that is broken."""
    n, items, values = facts["n"], facts["items"], facts["values"]
    clues = [(clue, {p for p in clue[1:] if isinstance(p, str) and p[0] != "@"}) for clue in facts["clues"]]
    left = [f"{c}{i}" for c in range(len(items)) for i in range(n)]
    order: list[str] = []
    while left:
        known = set(order)
        best = max(left, key=lambda name: sum(2 - len(need - known - {name}) for _, need in clues if name in need))
        order.append(best)
        left.remove(best)
    due = [
        [clue for clue, need in clues if name in need and need <= set(order[: at + 1])] for at, name in enumerate(order)
    ]
    found = list(_fill(order, due, n, values, {}))
    assert len(found) == 1, "not exactly one solution"
    grid = {(name[0], place): items[int(name[0])][int(name[1:])] for name, place in found[0].items()}
    rows = [[grid[str(c), place] for c in facts["asked"]] for place in range(n)]
    return finished(facts["lang"], answer_of(facts["lang"], rows))


def _fill(
    order: Sequence[str], due: Sequence[Sequence[Clue]], n: int, values: Sequence[int], placed: dict[str, int]
) -> Iterator[dict[str, int]]:
    at = len(placed)
    if at == len(order):
        yield dict(placed)
        return
    name = order[at]
    taken = {place for other, place in placed.items() if other[0] == name[0]}
    for place in range(n):
        if place in taken:
            continue
        placed[name] = place
        if all(_true(clue, placed, values) for clue in due[at]):
            yield from _fill(order, due, n, values, placed)
        del placed[name]


def _true(clue: Clue, placed: Mapping[str, int], values: Sequence[int]) -> bool:
    """A clue in the solver's own words."""
    kind, *parts = clue
    at = [int(p[1:]) if isinstance(p, str) and p[0] == "@" else placed[p] for p in parts if isinstance(p, str)]
    extra = parts[-1] if isinstance(parts[-1], int) else 0
    if kind in ("same", "differ", "either", "neither"):
        return (at[0] in at[1:]) == (kind in ("same", "either"))
    if kind in ("if", "one"):
        first, second = at[0] == at[1], at[2] == at[3]
        return (second or not first) if kind == "if" else first + second == 1
    if kind == "between":
        return sorted(at)[1] == at[0] and len(set(at)) == 3
    if kind == "end":
        return at[0] == 0 or at[0] + 1 == len(values)
    step = at[0] - at[1]
    first_value, second_value = values[at[0]], values[at[1]]
    relation = {
        "before": step < 0,
        "exact": first_value == second_value + extra,
        "next": step * step == 1,
        "apart": step * step >= 4,
        "gap": step in (extra + 1, -extra - 1),
        "ratio": first_value == extra * second_value,
        "sum": step != 0 and extra - first_value == second_value,
    }
    return bool(relation[kind])
