"""Word problems of several steps: twelve kinds, two or three settings each, set in shops, workshops and offices.

Level = number of operations and of rules that interact: 1 a straight calculation, 2 one more rule or one unknown, 3 an
unknown found by cases or a search with three interacting rules, 4 four or more rules, with a trap (a second crossing,
a cap reached in a second round, a break that moves later jobs). Each kind says in its docstring what its levels add.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evals.puzzles._family import Family, Lang, Puzzle
from evals.puzzles._word_grades import grades
from evals.puzzles._word_moisture import moisture
from evals.puzzles._word_score import split, tickets
from evals.puzzles._word_shop import basket, quotes
from evals.puzzles._word_solve import SOLVERS
from evals.puzzles._word_stock import backward, vat
from evals.puzzles._word_tariff import tariff
from evals.puzzles._word_work import chase, crew, line

KINDS = {
    "tariff": tariff, "basket": basket, "quotes": quotes, "line": line, "crew": crew, "chase": chase, "vat": vat,
    "backward": backward, "moisture": moisture, "split": split, "tickets": tickets, "grades": grades,
}  # fmt: skip


def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A problem of one of the kinds, drawn at random."""
    return KINDS[rng.choice(sorted(KINDS))](rng, lang, level)


def solve(facts: Mapping[str, Any]) -> str:
    """The answer from the facts alone; several answers would be joined by commas."""
    return SOLVERS[facts["kind"]](facts)


FAMILY = Family(name="word", category="word", make=make, solve=solve)
