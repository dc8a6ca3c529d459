"""Which model is best, with as few prompts as it takes: models drop out as soon as the evidence allows."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from ._sequential import ConfidenceSequence, confidence_sequence, log_sum, stakes
from ._winrate import plain

METHOD = "betting-e-process-elimination"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elimination:
    """A model that is not the best, found out after `look` prompts with evidence exp(`log_value`)."""

    model: str
    look: int
    log_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFound:
    """What is known after `looks` prompts of at most `cap`.

    `best` is set when one model is left (`decided`); `leader` always names the active model with the highest mean.
    `scores` counts the scores used, `missing` those that were due and did not come, `scores_planned` what the fixed
    plan (all models on all `cap` prompts) takes.
    `intervals` holds each model's confidence sequence at level 1 - alpha over its own prompts (families count as one
    prompt each, with their mean), and only models with a score. `seed` is None when the prompts came in an order of
    the caller's.
    """

    best: str | None
    leader: str
    decided: bool
    active: tuple[str, ...]
    eliminated: tuple[Elimination, ...]
    intervals: Mapping[str, ConfidenceSequence]
    looks: int
    scores: int
    missing: int
    scores_planned: int
    alpha: float
    cap: int
    seed: int | None
    method: str = METHOD


class BestArm:
    """Takes prompts one by one and drops the models that cannot be the best; look as often as you like.

    For every two models a and b a bettor bets on a's score being above b's: the capital E(a, b) is the mean over a
    grid of stakes of the product of 1 + g·(s_a - s_b). Were b the best, none of them could gain on average, nor could
    their mean over all a, so b drops out when that mean reaches 2/alpha. It follows (Ville's inequality) that

    - the best model is dropped with probability at most alpha/2, ever;
    - a model is named the best that is not better than all others with probability at most alpha, ever: where t >= 2
      models share the top, at most t·alpha/2 of them are dropped in expectation, and naming one means dropping t-1.

    No correction for the number of models or looks is needed beyond that: only one model can be the best. Scores of
    a dropped model are not needed any more; what its bettors have won stays.

    Promised for prompts that are drawn, or shuffled, independently of the scores, prompts of one family (made from one
    template) handed over at once, families being drawn or shuffled whole, and for scores that mean the same
    at every look: against a fixed baseline, or by a check. Where each score is a mean over the opponents still
    active, the best model must be best among every subset of models (as under Bradley-Terry).
    """

    def __init__(self, models: Sequence[str], *, alpha: float = 0.05, cap: int) -> None:
        """`cap` is the most prompts that will be added. Raises ValueError on fewer than two models, or doubles."""
        import numpy as np

        if len(models) < 2 or len(set(models)) < len(models):
            raise ValueError("the best of two or more models can be found, each named once")
        if cap < 1 or not 0.0 < alpha < 1.0:
            raise ValueError("the cap must be 1 or more, alpha between 0 and 1")
        self.models = tuple(models)
        self.alpha, self.cap, self.looks, self.missing, self._used = alpha, cap, 0, 0, 0
        count = len(models)
        self._log_capital = np.zeros((count, count, len(stakes()[0])))  # [a, b]: on a being above b
        self._scores: list[list[float]] = [[] for _ in models]
        self._active = [True] * count
        self._eliminated: list[Elimination] = []

    @property
    def active(self) -> tuple[str, ...]:
        """The models that may still be the best, in the order given; never empty."""
        return tuple(model for model, active in zip(self.models, self._active, strict=True) if active)

    @property
    def decided(self) -> bool:
        """Is one model left?"""
        return sum(self._active) == 1

    @property
    def finished(self) -> bool:
        """Is there nothing more to ask: decided, or the cap reached?"""
        return self.decided or self.looks >= self.cap

    @property
    def leader(self) -> str:
        """The active model with the highest mean score so far; of equals the one named first."""
        means = {
            model: math.fsum(scores) / len(scores) if scores else -1.0
            for model, scores, active in zip(self.models, self._scores, self._active, strict=True)
            if active
        }
        return max(means, key=means.__getitem__)

    def add(self, *prompts: Mapping[str, float | None]) -> tuple[str, ...]:
        """Takes one prompt's scores (0..1), or those of all prompts of a family, and returns the models eliminated.

        A family is one bet, on its mean: its prompts tell less than as many of their own. Scores of eliminated models
        are ignored. A missing one (left out, or None) places no bet on that prompt, which is right as long as scores
        go missing whatever they would have been. Raises ValueError when finished, on a model that is unknown, or on a
        score outside 0..1.
        """
        import numpy as np

        if self.finished:
            raise ValueError(f"nothing to add: {'decided' if self.decided else f'the cap of {self.cap} is reached'}")
        rows = np.array([self._row(prompt) for prompt in prompts])
        there = ~np.isnan(rows)
        for place in np.flatnonzero(self._active).tolist():
            found = rows[there[:, place], place].tolist()
            self.missing += len(rows) - len(found)
            self._used += len(found)
            if found:
                self._scores[place].append(math.fsum(found) / len(found))
        gaps = np.nan_to_num(rows[:, :, None] - rows[:, None, :])
        both = (there[:, :, None] & there[:, None, :]).sum(axis=0)
        bets = gaps.sum(axis=0) / np.maximum(1, both)
        self._log_capital += np.log1p(stakes()[0] * bets[:, :, None])
        self.looks += len(rows)
        return self._eliminate()

    def _row(self, prompt: Mapping[str, float | None]) -> list[float]:
        """The active models' scores in order, NaN where there is none."""
        unknown = prompt.keys() - set(self.models)
        if unknown:
            raise ValueError(f"unknown models: {', '.join(sorted(unknown))}")
        row = [math.nan] * len(self.models)
        for place, model in enumerate(self.models):
            score = prompt.get(model)
            if score is not None and self._active[place]:
                if not 0.0 <= score <= 1.0:
                    raise ValueError(f"scores must lie in 0..1, {model} has {score!r}")
                row[place] = float(score)
        return row

    def intervals(self) -> dict[str, ConfidenceSequence]:
        """Each model's mean score with its confidence sequence; an eliminated one's stands where it dropped out."""
        level = 1.0 - self.alpha
        named = zip(self.models, self._scores, strict=True)
        return {model: confidence_sequence(scores, level=level) for model, scores in named if scores}

    def result(self, *, seed: int | None = None) -> BestFound:
        """What is known now, as a frozen value; `seed` is what the prompts were shuffled with."""
        return BestFound(
            best=self.active[0] if self.decided else None,
            leader=self.leader,
            decided=self.decided,
            active=self.active,
            eliminated=tuple(self._eliminated),
            intervals=self.intervals(),
            looks=self.looks,
            scores=self._used,
            missing=self.missing,
            scores_planned=self.cap * len(self.models),
            alpha=self.alpha,
            cap=self.cap,
            seed=seed,
        )

    def _eliminate(self) -> tuple[str, ...]:
        import numpy as np

        against = log_sum(self._log_capital + stakes()[1])
        np.fill_diagonal(against, -np.inf)
        evidence = log_sum(against.T) - math.log(len(self.models) - 1)
        dropped = []
        for place in np.argsort(-evidence, kind="stable").tolist():
            if self._active[place] and evidence[place] >= math.log(2.0 / self.alpha) and not self.decided:
                self._active[place] = False
                log_value = float(evidence[place])
                self._eliminated.append(Elimination(model=self.models[place], look=self.looks, log_value=log_value))
                dropped.append(self.models[place])
        return tuple(dropped)


def find_best(
    matrix: Collection[Collection[float | None]],
    *,
    models: Sequence[str] | None = None,
    alpha: float = 0.05,
    cap: int | None = None,
    families: Collection[Hashable] | None = None,
    seed: int = 0,
) -> BestFound:
    """The best of the models (columns) from recorded scores, prompts (rows) shuffled once with `seed`.

    `BestArm` on the prompts one after the other until it has decided, or `cap` of them (all, without) are used; its
    promises hold, for prompts like these. None or NaN is a missing score; columns without names are "0", "1", ...
    `families` names each prompt's family: families are shuffled, and each is taken whole, the last perhaps past `cap`.
    Raises ValueError when rows differ in length, there is no row, or a score lies outside 0..1.
    """
    rows = [plain(row) for row in matrix]
    if not rows or len({len(row) for row in rows}) != 1:
        raise ValueError("the matrix needs at least one prompt, and as many scores on each")
    names = [str(place) for place in range(len(rows[0]))] if models is None else list(models)
    members: dict[Hashable, list[int]] = {}
    for prompt, family in zip(range(len(rows)), range(len(rows)) if families is None else families, strict=True):
        members.setdefault(family, []).append(prompt)
    order = list(members.values())
    random.Random(seed).shuffle(order)
    arms = BestArm(names, alpha=alpha, cap=min(len(rows), cap or len(rows)))
    for family_prompts in order:
        if arms.finished:
            break
        named = [zip(names, rows[prompt], strict=True) for prompt in family_prompts]
        arms.add(*({name: s for name, s in row if s is not None and not math.isnan(s)} for row in named))
    return arms.result(seed=seed)
