"""Calendar, rates, units and money: seven kinds, each in two settings or more.

Level = number of rules that interact: 1 one rule, 2 a second one (a closure, a cap, a change of rate), 3 three with
inclusive and exclusive ends or a timetable, 4 four or more, so that a deadline, a balance or a meter has to be
followed through several stages. Each kind says in its docstring what its levels add.
"""

from evals.puzzles._kinds import family
from evals.puzzles.calendar._deadline import deadline
from evals.puzzles.calendar._inspection import inspection
from evals.puzzles.calendar._journey import journey
from evals.puzzles.calendar._loan import loan
from evals.puzzles.calendar._meeting import meeting
from evals.puzzles.calendar._parking import parking
from evals.puzzles.calendar._solve import SOLVERS
from evals.puzzles.calendar._trade import trade

__all__ = ["FAMILY"]

FAMILY = family(
    "calendar",
    {
        "deadline": deadline, "inspection": inspection, "journey": journey, "loan": loan, "meeting": meeting,
        "parking": parking, "trade": trade,
    },
    SOLVERS,
)  # fmt: skip
