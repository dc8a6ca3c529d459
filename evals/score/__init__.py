"""Records to `scores.json`: win rates, pairs, coverage, and what the checks say beside the judge."""

from evals.score._answers import AnswerStatus
from evals.score._best import best_so_far
from evals.score._biases import Facts
from evals.score._checks import CheckOutcome
from evals.score._controls import ARMS, Opponent
from evals.score._places import Places
from evals.score._score import control_opponents, score
from evals.score._verdicts import fold

__all__ = [
    "ARMS",
    "AnswerStatus",
    "CheckOutcome",
    "Facts",
    "Opponent",
    "Places",
    "best_so_far",
    "control_opponents",
    "fold",
    "score",
]
