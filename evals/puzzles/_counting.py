"""Counting and exact chances: eight kinds, each in two settings.

Level = number of conditions that overlap: 1 one condition, 2 two that are independent, 3 two that overlap, so that
cases or inclusion and exclusion are needed, 4 three or more, a cyclic condition or a chance given an outcome. Each kind
says in its docstring what its levels add.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evals.puzzles import _counting_cases as cases
from evals.puzzles import _counting_chance as chance
from evals.puzzles import _counting_ways as ways
from evals.puzzles._family import Family, Lang, Puzzle

KINDS = {
    "roster": ways.roster, "codes": ways.codes, "routes": ways.routes, "team": cases.team, "shelf": cases.shelf,
    "boxes": chance.boxes, "network": chance.network, "series": chance.series,
}  # fmt: skip
_SOLVERS = {
    "roster": ways.solve_roster,
    "codes": ways.solve_codes,
    "routes": ways.solve_routes,
    "team": cases.solve_team,
    "shelf": cases.solve_shelf,
    "boxes": chance.solve_boxes,
    "network": chance.solve_network,
    "series": chance.solve_series,
}


def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A problem of one of the kinds, drawn at random."""
    return KINDS[rng.choice(sorted(KINDS))](rng, lang, level)


def solve(facts: Mapping[str, Any]) -> str:
    """The answer from the facts alone: everything is written down one by one."""
    return _SOLVERS[facts["kind"]](facts)


FAMILY = Family(name="counting", category="counting", make=make, solve=solve)
