"""The verdicts of a run folder, folded as `scores.json` folds them: per prompt and pair the score of the first."""

from __future__ import annotations

from pathlib import Path

from evals import store
from evals.records import Judgment, Plan
from evals.score import Places, fold


def pair_scores(folder: Path, plan: Plan) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    """(suite, prompt) -> (first, second) -> the judge's score of the first, in both directions; absent when missing."""
    places = Places(plan)
    records = (record for _, _, record in store.iter_records(folder / store.JUDGMENTS))
    folded, _ = fold(places, (Judgment.from_json({**record, "explanation": ""}) for record in records), [])
    found: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for suite, prompts in places.prompt.items():
        for prompt_id, prompt in prompts.items():
            scores = found.setdefault((suite, prompt_id), {})
            for number, pair in enumerate(places.pairs):
                score = folded.score(number, prompt)
                if score is not None:
                    scores[pair.first, pair.second] = score
                    scores[pair.second, pair.first] = 1.0 - score
    return found
