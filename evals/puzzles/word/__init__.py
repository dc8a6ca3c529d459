"""Word problems of several steps: twelve kinds, two or three settings each, set in shops, workshops and offices.

Level = number of operations and of rules that interact: 1 a straight calculation, 2 one more rule or one unknown, 3 an
unknown found by cases or a search with three interacting rules, 4 four or more rules, with a trap (a second crossing,
a cap reached in a second round, a break that moves later jobs). Each kind says in its docstring what its levels add.
"""

from evals.puzzles._kinds import family
from evals.puzzles.word._backward import backward
from evals.puzzles.word._basket import basket
from evals.puzzles.word._chase import chase
from evals.puzzles.word._crew import crew
from evals.puzzles.word._grades import grades
from evals.puzzles.word._line import line
from evals.puzzles.word._moisture import moisture
from evals.puzzles.word._quotes import quotes
from evals.puzzles.word._solve import SOLVERS
from evals.puzzles.word._split import split
from evals.puzzles.word._tariff import tariff
from evals.puzzles.word._tickets import tickets
from evals.puzzles.word._vat import vat

__all__ = ["FAMILY"]

FAMILY = family(
    "word",
    {
        "backward": backward, "basket": basket, "chase": chase, "crew": crew, "grades": grades, "line": line,
        "moisture": moisture, "quotes": quotes, "split": split, "tariff": tariff, "tickets": tickets, "vat": vat,
    },
    SOLVERS,
)  # fmt: skip
