"""Win rates put right by people's labels on the run's own prompts, beside the raw ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from evals.score._each import Each
from evals.score._intervals import LEVEL
from evals.score._places import Places
from evals.stats import Folded, PromptFamilies, Refusal, correct


def add_corrections(entries: Iterable[dict[str, Any]], each: Each, folded: Folded, prompts: Sequence[int]) -> None:
    """Adds `corrected` to those of `pairs[]` (in the order of the plan) that have labels on these prompts.

    `{value, low, high, level, method, n, labels, left_out, rho2}` from `evals.stats.correct`, one pair at a time, or
    `{refused, code, method, labels}` with the sentence that says why there is none. PPI++ where labelled prompts are a
    random sample; Rogan-Gladen where some were chosen by class, on all verdicts of the run. Prompts of one family are
    not independent: their error is summed by family, and `families` counts those with a label.
    """
    if not each.has_labels:
        return
    inside = set(prompts)
    for number, entry in enumerate(entries):
        labels = {prompt: label for prompt, label in each.labels(number).items() if prompt in inside}
        if labels:
            entry["corrected"] = _corrected(
                labels, number, folded, prompts, places=each.places, by_class=number in each.by_class
            )


def _corrected(
    labels: dict[int, float], pair: int, folded: Folded, prompts: Sequence[int], *, places: Places, by_class: bool
) -> dict[str, Any]:
    scores = {prompt: score for prompt in prompts if (score := folded.score(pair, prompt)) is not None}
    both = [prompt for prompt in labels if prompt in scores]
    unlabelled = [prompt for prompt in scores if by_class or prompt not in labels]
    family = places.family
    found = correct(
        [scores[prompt] for prompt in unlabelled],
        labelled=[scores[prompt] for prompt in both],
        labels=[labels[prompt] for prompt in both],
        labels_from="by-class" if by_class else "random-sample",
        families=None if family is None else PromptFamilies([family[p] for p in unlabelled], [family[p] for p in both]),
        level=LEVEL,
    )
    unjudged = {"without_verdict": len(labels) - len(both)}
    if isinstance(found, Refusal):
        return {
            "refused": found.sentence,
            "code": found.code,
            "method": found.method,
            "labels": len(both),
            **unjudged,
        }
    figures = asdict(found)
    return {**figures, "rho2": figures.pop("judge_worth"), **unjudged}
