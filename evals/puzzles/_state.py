"""State tracking: what is where after a long run of events under conditional rules.

Levels by the number of events: 6, 9, 13 and 18 (a few kinds a little more or less). From level 3 on every rule that
can bite does so at least once as a rule: shortages, ties, evictions, cascades, rollbacks.
"""

from evals.puzzles._kinds import family
from evals.puzzles._state_desk import BENCH, PRINTER, SHELF
from evals.puzzles._state_money import ENVELOPES
from evals.puzzles._state_office import ACCESS, SAVEPOINTS
from evals.puzzles._state_stock import LOTS, TANKS

FAMILY = family("state", (LOTS, TANKS, ENVELOPES, SHELF, BENCH, PRINTER, SAVEPOINTS, ACCESS))
