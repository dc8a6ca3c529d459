"""Counting and exact chances: eight kinds, each in two settings.

Level = number of conditions that overlap: 1 one condition, 2 two that are independent, 3 two that overlap, so that
cases or inclusion and exclusion are needed, 4 three or more, a cyclic condition or a chance given an outcome. Each kind
says in its docstring what its levels add. The solvers write everything down one by one.
"""

from evals.puzzles._kinds import family
from evals.puzzles.counting._boxes import boxes, solve_boxes
from evals.puzzles.counting._codes import codes, solve_codes
from evals.puzzles.counting._network import network, solve_network
from evals.puzzles.counting._roster import roster, solve_roster
from evals.puzzles.counting._routes import routes, solve_routes
from evals.puzzles.counting._series import series, solve_series
from evals.puzzles.counting._shelf import shelf, solve_shelf
from evals.puzzles.counting._team import solve_team, team

__all__ = ["FAMILY"]

FAMILY = family(
    "counting",
    {
        "boxes": boxes, "codes": codes, "network": network, "roster": roster,
        "routes": routes, "series": series, "shelf": shelf, "team": team,
    },
    {
        "boxes": solve_boxes, "codes": solve_codes, "network": solve_network,
        "roster": solve_roster, "routes": solve_routes, "series": solve_series,
        "shelf": solve_shelf, "team": solve_team,
    },
)  # fmt: skip
