"""Orderings: lines, tables, desks, weights, half-true claims, guesses of a ranking, liars. Exactly one solution.

Levels by the number of arrangements: orders of 5, 6, 7 and 8 things (120 to 40,320); desks 6, 6, 8, 8; weights, claims
and guesses 4 to 7 things; liars 4, 5, 7 and 8 speakers (2^n times n states). From level 3 on no place is given away.
"""

from evals.puzzles._family import Family
from evals.puzzles.order._make import make
from evals.puzzles.order._solve import solve

__all__ = ["FAMILY"]

FAMILY = Family(name="order", make=make, solve=solve)
