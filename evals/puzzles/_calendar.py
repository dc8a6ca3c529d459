"""Calendar, rates, units and money: seven kinds, each in two settings or more.

Level = number of rules that interact: 1 one rule, 2 a second one (a closure, a cap, a change of rate), 3 three with
inclusive and exclusive ends or a timetable, 4 four or more, so that a deadline, a balance or a meter has to be
followed through several stages. Each kind says in its docstring what its levels add.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evals.puzzles._calendar_clock import journey, meeting
from evals.puzzles._calendar_days import deadline, inspection, loan
from evals.puzzles._calendar_money import parking, trade
from evals.puzzles._calendar_solve import SOLVERS
from evals.puzzles._family import Family, Lang, Puzzle

KINDS = {
    "deadline": deadline, "loan": loan, "inspection": inspection, "journey": journey, "meeting": meeting,
    "parking": parking, "trade": trade,
}  # fmt: skip


def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A problem of one of the kinds, drawn at random."""
    return KINDS[rng.choice(sorted(KINDS))](rng, lang, level)


def solve(facts: Mapping[str, Any]) -> str:
    """The answer from the facts alone."""
    return SOLVERS[facts["kind"]](facts)


FAMILY = Family(name="calendar", category="calendar", make=make, solve=solve)
