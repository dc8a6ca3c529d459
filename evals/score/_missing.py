"""What missing verdicts can have done: `missing_test` and `sensitivity` of scores.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evals.score._intervals import LEVEL
from evals.score._places import Places
from evals.stats import PairTally, SideScores, missing_test, sensitivity


def missing_apart(places: Places, sides: Sequence[SideScores], prompts: Sequence[int]) -> dict[str, Any] | None:
    """`missing_test`: do verdicts go missing alike for all models? None when none is missing, or nobody compares.

    A baseline meets all others and is left out; so are prompts on which the models are not planned alike.
    """
    models = [model for model in places.pool if model != places.plan.baseline]
    ours = [sides[places.model[model]] for model in models]
    alike = [
        prompt for prompt in prompts if len({side.planned[prompt] for side in ours}) == 1 and ours[0].planned[prompt]
    ]
    if (
        len(models) < 2
        or not alike
        or all(side.read[prompt] == side.planned[prompt] for side in ours for prompt in alike)
    ):
        return None
    columns = [[1.0 - side.read[prompt] / side.planned[prompt] for prompt in alike] for side in ours]
    found = asdict(missing_test(columns, seed=places.plan.seed))
    return {**found, "shares": dict(zip(models, found["shares"], strict=True))}


def pair_sensitivity(tally: PairTally) -> dict[str, Any] | None:
    """A pair's `sensitivity`: how far its missing scores could move it, and past what; None when none is missing."""
    missing = tally.planned - len(tally.scores)
    return asdict(sensitivity(tally.scores, missing=missing, level=LEVEL)) if missing else None


def sensitivity_table(pairs: Sequence[dict[str, Any]]) -> dict[str, int] | None:
    """`sensitivity`: of the pairs with missing scores, how many stay on their side of one half whatever is missing."""
    found = [pair["sensitivity"] for pair in pairs if pair["sensitivity"] is not None]
    if not found:
        return None
    return {
        "missing": sum(entry["missing"] for entry in found),
        "pairs": len(found),
        "settled": sum(entry["settled"] for entry in found),
    }
