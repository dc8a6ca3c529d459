"""Records to `scores.json`: win rates, pairs, coverage, and what the checks say beside the judge."""

from evals.score._checks import CheckOutcome
from evals.score._controls import ARMS, Opponent
from evals.score._score import AnswerStatus, control_opponents, score

__all__ = ["ARMS", "AnswerStatus", "CheckOutcome", "Opponent", "control_opponents", "score"]
