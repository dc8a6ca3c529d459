"""Facts that may be missing or contrary: six scenes, in which the quantity asked for is fixed, open or contradictory.

Statements are sums of unknown whole numbers. The question never tells which of three cases it is: the value follows;
a fact is missing, and exactly one of four offered ones would settle it; or some statements cannot all be true, and
exactly one smallest set of them is to blame. Level = unknowns and statements: 4 and 3, 4 and 4, 5 and 5, 5 and 6;
from level 3 on a contradiction needs at least three statements. `make` eliminates, `solve` searches.
"""

from functools import partial

from evals.puzzles._kinds import family
from evals.puzzles.missing._make import make
from evals.puzzles.missing._scenes import SCENES
from evals.puzzles.missing._solve import solve

__all__ = ["FAMILY"]

FAMILY = family("missing", {name: partial(make, name) for name in sorted(SCENES)}, dict.fromkeys(SCENES, solve))
