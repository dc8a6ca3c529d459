"""Judging: who judges what, what a judge is shown, and how its verdict is read."""

from evals.judge._controls import ControlStage, Pit, control_text
from evals.judge._judge import Judge
from evals.judge._rule import judge_without_answer, no_answer_winner
from evals.judge._stage import JudgeStage
from evals.judge._verdict import read_criteria, read_scores, read_verdict

__all__ = [
    "ControlStage",
    "Judge",
    "JudgeStage",
    "Pit",
    "control_text",
    "judge_without_answer",
    "no_answer_winner",
    "read_criteria",
    "read_scores",
    "read_verdict",
]
