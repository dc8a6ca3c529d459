"""Small planning: the least cost, the shortest time or the greatest value, found by going through what is possible.

Levels by the search space: orders of 4 to 7 stops or people, subsets of 6 to 11 items, crews of growing size. From
level 3 on the first idea (the greedy plan, the plain lower bound) is not the best one, wherever a kind allows that.
"""

from evals.puzzles._kinds import drafted
from evals.puzzles.plan._assign import ASSIGN
from evals.puzzles.plan._crossing import CROSSING
from evals.puzzles.plan._cutting import CUTTING
from evals.puzzles.plan._loading import LOADING
from evals.puzzles.plan._makespan import MAKESPAN
from evals.puzzles.plan._meeting import MEETING
from evals.puzzles.plan._route import ROUTE
from evals.puzzles.plan._shifts import SHIFTS

__all__ = ["FAMILY"]

FAMILY = drafted("planning", (CUTTING, LOADING, MAKESPAN, ROUTE, ASSIGN, CROSSING, MEETING, SHIFTS))
