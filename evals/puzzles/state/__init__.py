"""State tracking: what is where after a long run of events under conditional rules.

Levels by the number of events: 6, 9, 13 and 18 (a few kinds a little more or less). From level 3 on every rule that
can bite does so at least once as a rule: shortages, ties, evictions, cascades, rollbacks.
"""

from evals.puzzles._kinds import drafted
from evals.puzzles.state._access import ACCESS
from evals.puzzles.state._bench import BENCH
from evals.puzzles.state._envelopes import ENVELOPES
from evals.puzzles.state._lots import LOTS
from evals.puzzles.state._printer import PRINTER
from evals.puzzles.state._savepoints import SAVEPOINTS
from evals.puzzles.state._shelf import SHELF
from evals.puzzles.state._tanks import TANKS

__all__ = ["FAMILY"]

FAMILY = drafted("state", (LOTS, TANKS, ENVELOPES, SHELF, BENCH, PRINTER, SAVEPOINTS, ACCESS))
