"""Small planning: the least cost, the shortest time or the greatest value, found by going through what is possible.

Levels by the search space: orders of 4 to 7 stops or people, subsets of 6 to 11 items, crews of growing size. From
level 3 on the first idea (the greedy plan, the plain lower bound) is not the best one, wherever a kind allows that.
"""

from evals.puzzles._kinds import family
from evals.puzzles._plan_goods import CUTTING, LOADING
from evals.puzzles._plan_people import ASSIGN, CROSSING
from evals.puzzles._plan_times import MAKESPAN, ROUTE
from evals.puzzles._plan_week import MEETING, SHIFTS

FAMILY = family("planning", (CUTTING, LOADING, MAKESPAN, ROUTE, ASSIGN, CROSSING, MEETING, SHIFTS))
