"""Statistics as pure functions on plain numbers: nothing here knows a record, a file, a clock or a model's name.

Every formula names its source beside it and stands in `docs/methods.md` with its measured coverage. The unit is the
prompt: fold first, then take one mean over prompts. Lists, tuples, numpy arrays and columns are taken alike; results
are frozen and hold plain numbers. numpy and scipy load with the first call that needs them.
"""

from ._agreement import (
    Agreement,
    LeftOut,
    StandsApart,
    cohen_kappa,
    krippendorff_alpha,
    leave_one_out,
    raw_agreement,
    stands_apart,
)
from ._best_arm import BestArm, BestFound, Elimination, find_best
from ._compare import Comparison, against_baseline, benjamini_hochberg, head_to_head, holm, sign_test
from ._control import ControlArm, control_arm, same_answer_arm
from ._correction import (
    Corrected,
    FamilyCorrected,
    PromptFamilies,
    Refusal,
    choose_method,
    correct,
    ppi,
    rogan_gladen,
    rogan_gladen_rate,
)
from ._families import family_variance, prompt_means
from ._fold import Folded, PairTally, SideScores, VerdictTable
from ._judge_quality import TRUSTED_FROM, GoldScores, GoldVerdicts, JudgeQuality, judge_quality, scored_quality
from ._length import ControlledRate, length_controlled_rate
from ._missing import MissingTest, Sensitivity, missing_test, sensitivity
from ._paired import Difference, FamilyDifference, paired_difference
from ._power import (
    HeadToHead,
    Paired,
    PowerPlan,
    detectable_gap,
    head_to_head_design,
    paired_design,
    power_of,
    prompts_for,
)
from ._ranking import Cycle, Estimate, FitCheck, Ranking, bradley_terry, style_covariates
from ._sequential import ConfidenceSequence, EValue, betting_e_value, confidence_sequence, mixture_e_value
from ._strata import StratifiedTotal, stratified
from ._summary import percentiles, top_shares
from ._winrate import (
    TOLERANCE,
    FamilyRate,
    WinRate,
    prompts_needed,
    smallest_gap,
    student_quantile,
    win_rate,
    worst_case,
)

__all__ = [
    "TOLERANCE",
    "TRUSTED_FROM",
    "Agreement",
    "BestArm",
    "BestFound",
    "Comparison",
    "ConfidenceSequence",
    "ControlArm",
    "ControlledRate",
    "Corrected",
    "Cycle",
    "Difference",
    "EValue",
    "Elimination",
    "Estimate",
    "FamilyCorrected",
    "FamilyDifference",
    "FamilyRate",
    "FitCheck",
    "Folded",
    "GoldScores",
    "GoldVerdicts",
    "HeadToHead",
    "JudgeQuality",
    "LeftOut",
    "MissingTest",
    "PairTally",
    "Paired",
    "PowerPlan",
    "PromptFamilies",
    "Ranking",
    "Refusal",
    "Sensitivity",
    "SideScores",
    "StandsApart",
    "StratifiedTotal",
    "VerdictTable",
    "WinRate",
    "against_baseline",
    "benjamini_hochberg",
    "betting_e_value",
    "bradley_terry",
    "choose_method",
    "cohen_kappa",
    "confidence_sequence",
    "control_arm",
    "correct",
    "detectable_gap",
    "family_variance",
    "find_best",
    "head_to_head",
    "head_to_head_design",
    "holm",
    "judge_quality",
    "krippendorff_alpha",
    "leave_one_out",
    "length_controlled_rate",
    "missing_test",
    "mixture_e_value",
    "paired_design",
    "paired_difference",
    "percentiles",
    "power_of",
    "ppi",
    "prompt_means",
    "prompts_for",
    "prompts_needed",
    "raw_agreement",
    "rogan_gladen",
    "rogan_gladen_rate",
    "same_answer_arm",
    "scored_quality",
    "sensitivity",
    "sign_test",
    "smallest_gap",
    "stands_apart",
    "stratified",
    "student_quantile",
    "style_covariates",
    "top_shares",
    "win_rate",
    "worst_case",
]
