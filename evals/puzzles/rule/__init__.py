"""New rules: check digits, codes, rewriting, made-up operators, scoring, units and calendars that exist nowhere else.

Levels by operations: how many digits, letters, rewriting steps, operators, rounds or carries the rule is applied to.
From level 3 on the rule is also run backwards (missing digits, decoding, an unknown) or meets its exceptions.
"""

from evals.puzzles._kinds import drafted
from evals.puzzles.rule._calendar import CALENDAR
from evals.puzzles.rule._check import CHECK
from evals.puzzles.rule._cipher import CIPHER
from evals.puzzles.rule._measure import MEASURE
from evals.puzzles.rule._operator import OPERATOR
from evals.puzzles.rule._rewrite import REWRITE
from evals.puzzles.rule._scoring import SCORING

__all__ = ["FAMILY"]

FAMILY = drafted("rule", (CHECK, CIPHER, REWRITE, OPERATOR, SCORING, MEASURE, CALENDAR))
