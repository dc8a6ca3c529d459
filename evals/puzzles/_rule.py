"""New rules: check digits, codes, rewriting, made-up operators, scoring, units and calendars that exist nowhere else.

Levels by operations: how many digits, letters, rewriting steps, operators, rounds or carries the rule is applied to.
From level 3 on the rule is also run backwards (missing digits, decoding, an unknown) or meets its exceptions.
"""

from evals.puzzles._kinds import family
from evals.puzzles._rule_check import CHECK
from evals.puzzles._rule_codes import CIPHER, REWRITE
from evals.puzzles._rule_numbers import OPERATOR, SCORING
from evals.puzzles._rule_units import CALENDAR, MEASURE

FAMILY = family("rule", (CHECK, CIPHER, REWRITE, OPERATOR, SCORING, MEASURE, CALENDAR))
