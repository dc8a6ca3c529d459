"""Statistics as pure functions on plain numbers: nothing here knows a record, a file, a clock or a model's name.

Every formula names its source beside it and stands in `docs/methods.md` with its measured coverage. The unit is the
prompt: fold first, then take one mean over prompts. Lists, tuples, numpy arrays and columns are taken alike; results
are frozen and hold plain numbers. numpy and scipy load with the first call that needs them.
"""

from ._compare import Comparison, against_baseline, benjamini_hochberg, head_to_head, holm, sign_test
from ._families import family_variance, prompt_means
from ._fold import Folded, PairTally, SideScores, VerdictTable
from ._length import ControlledRate, length_controlled_rate
from ._missing import MissingTest, Sensitivity, missing_test, sensitivity
from ._paired import Difference, FamilyDifference, paired_difference
from ._ranking import Cycle, Estimate, FitCheck, Ranking, bradley_terry, style_covariates
from ._strata import StratifiedTotal, stratified
from ._summary import percentiles, top_shares
from ._winrate import TOLERANCE, FamilyRate, WinRate, prompts_needed, smallest_gap, win_rate, worst_case

__all__ = [
    "TOLERANCE",
    "Comparison",
    "ControlledRate",
    "Cycle",
    "Difference",
    "Estimate",
    "FamilyDifference",
    "FamilyRate",
    "FitCheck",
    "Folded",
    "MissingTest",
    "PairTally",
    "Ranking",
    "Sensitivity",
    "SideScores",
    "StratifiedTotal",
    "VerdictTable",
    "WinRate",
    "against_baseline",
    "benjamini_hochberg",
    "bradley_terry",
    "family_variance",
    "head_to_head",
    "holm",
    "length_controlled_rate",
    "missing_test",
    "paired_difference",
    "percentiles",
    "prompt_means",
    "prompts_needed",
    "sensitivity",
    "sign_test",
    "smallest_gap",
    "stratified",
    "style_covariates",
    "top_shares",
    "win_rate",
    "worst_case",
]
