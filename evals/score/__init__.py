"""Records to `scores.json`: win rates, pairs, coverage, and what the checks say beside the judge."""

from evals.score._checks import CheckOutcome
from evals.score._score import AnswerStatus, score

__all__ = ["AnswerStatus", "CheckOutcome", "score"]
