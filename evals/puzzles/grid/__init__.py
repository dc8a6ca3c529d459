"""Logic grids: who has what, and where, from clues that leave exactly one solution.

Levels by the search space (n!)^categories: 1 is 4 places x 2 categories, 2 is 4 x 3, 3 is 5 x 3, 4 is 6 x 3. From level
3 on nothing is given away: no clue ties an item to its place or to another item outright, but for one at most.
"""

from evals.puzzles._family import Family
from evals.puzzles.grid._make import make
from evals.puzzles.grid._solve import solve

__all__ = ["FAMILY"]

FAMILY = Family(name="grid", make=make, solve=solve)
