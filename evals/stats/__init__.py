"""Statistics as pure functions on plain numbers: nothing here knows a record, a file, a clock or a model's name.

Every formula names its source beside it. The unit is the prompt: fold first, then take one mean over prompts.
"""

from ._fold import Folded, PairTally, SideScores, VerdictTable
from ._paired import Difference, paired_difference
from ._summary import percentiles, top_shares
from ._winrate import TOLERANCE, WinRate, smallest_gap, win_rate, worst_case

__all__ = [
    "TOLERANCE",
    "Difference",
    "Folded",
    "PairTally",
    "SideScores",
    "VerdictTable",
    "WinRate",
    "paired_difference",
    "percentiles",
    "smallest_gap",
    "top_shares",
    "win_rate",
    "worst_case",
]
