"""The tables of scores.json over some prompts: all of them, one suite's or one category's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from evals.records import RESPONSE_STATUSES, PlannedPair, content_hash
from evals.score._answers import NO_ANSWER, NOT_MADE, Seen
from evals.score._intervals import LEVEL, POWER, bounds, interval
from evals.score._length import model_at_equal_length, pair_at_equal_length
from evals.score._missing import missing_apart, pair_sensitivity, sensitivity_table
from evals.score._places import Places
from evals.score._ranking import place_of, rank, ranking_table
from evals.stats import (
    TOLERANCE,
    Comparison,
    Folded,
    PairTally,
    Ranking,
    SideScores,
    WinRate,
    against_baseline,
    head_to_head,
    top_shares,
    win_rate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every table of a run is made of; `sides` has one entry for each of `places.models`."""

    places: Places
    seen: Seen
    folded: Folded
    sides: Sequence[SideScores]


class Table:
    """The folded scores over these prompts. Each part is computed when it is asked for."""

    def __init__(self, run: Run, prompts: Sequence[int]) -> None:
        self._run = run
        self._places = run.places
        self._prompts = prompts

    # ------------------------------------------------------------------------------------------- figures
    @cached_property
    def tallies(self) -> list[PairTally]:
        """One for each pair."""
        return [self._run.folded.tally(number, self._prompts) for number in range(len(self._places.pairs))]

    @cached_property
    def rates(self) -> list[WinRate | None]:
        """The win rate of each model, None where nothing was read."""
        return [self._win_rate(side) for side in self._run.sides]

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every pair tested, Holm over all of them."""
        columns = [tally.scores for tally in self.tallies]
        families = None
        if self._places.family is not None:
            families = [self._places.families(tally.prompts) or [] for tally in self.tallies]
        return head_to_head(columns, families=families, level=LEVEL, power=POWER)

    @cached_property
    def ranking(self) -> Ranking | None:
        """Strengths and rank sets; None when nothing was judged."""
        return rank(self._places, self.tallies)

    @cached_property
    def _complete(self) -> list[int]:
        """The prompts on which every pair has a score."""
        return self._run.folded.complete(self._prompts) if self._places.pairs else []

    @cached_property
    def _top(self) -> tuple[tuple[WinRate, ...], tuple[WinRate, ...]]:
        if not self._complete:
            return (), ()
        pool = [self._run.sides[self._places.model[model]] for model in self._places.pool]
        columns = [[side.mean(prompt) for prompt in self._complete] for side in pool]
        return top_shares(columns, level=LEVEL, families=self._places.families(self._complete))

    # ------------------------------------------------------------------------------------------- parts of scores.json
    def counts(self) -> list[dict[str, Any]]:
        """For each model its win rate and how its pair scores fell."""
        return [self._count(number) for number in range(len(self._places.models))]

    def models(self, answers: Sequence[Counter[str]]) -> list[dict[str, Any]]:
        """`models[]`; `answers` counts each model's answers by status."""
        tied, strict = (dict(zip(self._places.pool, shares, strict=False)) for shares in self._top)
        return [
            {
                **entry,
                "win_rate_bounds": bounds(
                    (side.totals[prompt], side.read[prompt], side.planned[prompt]) for prompt in self._prompts
                ),
                **place_of(self._places, self.ranking, entry["model"]),
                "length_controlled": model_at_equal_length(self._places, self._run.seen, number, side, self._prompts),
                "top_share": interval(tied.get(entry["model"])),
                "top_share_strict": interval(strict.get(entry["model"])),
                "responses": {status: count[status] for status in (*RESPONSE_STATUSES, NOT_MADE)},
                "no_answer": count[NO_ANSWER],
            }
            for number, (entry, side, count) in enumerate(zip(self.counts(), self._run.sides, answers, strict=True))
        ]

    def pairs(self) -> list[dict[str, Any]]:
        """`pairs[]`."""
        return [
            {
                **_pair(pair, tally, found),
                "length_controlled": pair_at_equal_length(self._places, self._run.seen, number, tally),
            }
            for number, (pair, tally, found) in enumerate(
                zip(self._places.pairs, self.tallies, self.comparisons, strict=True)
            )
        ]

    def parts(self) -> dict[str, Any]:
        """All that scores.json holds of these prompts beside `models[]`."""
        pairs = self.pairs()
        places = self._places
        return {
            "pairs": pairs,
            **({} if places.plan.baseline is None else {"differences": self.differences()}),
            "ranking": ranking_table(places, self.ranking),
            "missing_test": missing_apart(places, self._run.sides, self._prompts),
            "sensitivity": sensitivity_table(pairs),
            "top": self.top(),
            "separability": self.separability(),
        }

    def top(self) -> dict[str, Any]:
        """What the top shares rest on (how near counts as equal, the pool of models, prompts), and what they add to."""
        tied, strict = self._top
        return {
            "tolerance": TOLERANCE,
            "models": self._places.pool,
            "pool": content_hash(sorted(self._places.pool)),
            "n": len(self._complete),
            "sum": math.fsum(share.value for share in tied) if tied else None,
            "sum_strict": math.fsum(share.value for share in strict) if strict else None,
        }

    def separability(self) -> dict[str, int]:
        """How many pairs of models have win rates whose intervals do not overlap: a figure of the suite, and no test.

        Without a baseline: its win rate is over all others, theirs over it alone.
        """
        known = [
            (rate.low, rate.high)
            for model, rate in zip(self._places.models, self.rates, strict=True)
            if model != self._places.plan.baseline
            if rate is not None and rate.low is not None and rate.high is not None
        ]
        apart = sum(one[1] < two[0] or two[1] < one[0] for one, two in combinations(known, 2))
        return {"pairs": math.comb(len(known), 2), "apart": apart}

    def differences(self) -> list[dict[str, Any]]:
        """With a baseline: for every two other models the mean difference of their scores against it, paired."""
        plan = self._places.plan
        against = {
            model: self._run.folded.side([(place[0], not place[1])])
            for model in self._places.models
            if (place := self._places.pair.get((model, plan.baseline or ""))) is not None
        }
        couples = list(combinations(against, 2))
        shared = [
            [prompt for prompt in self._prompts if against[one].read[prompt] and against[two].read[prompt]]
            for one, two in couples
        ]
        found = against_baseline(
            [
                [against[one].totals[prompt] - against[two].totals[prompt] for prompt in prompts]
                for (one, two), prompts in zip(couples, shared, strict=True)
            ],
            families=None if self._places.family is None else [self._places.families(p) or [] for p in shared],
            level=LEVEL,
            power=POWER,
            seed=plan.seed,
        )
        return [
            {"first": one, "second": two, "difference": interval(entry.effect), **_tested(entry)}
            for (one, two), entry in zip(couples, found, strict=True)
        ]

    # ------------------------------------------------------------------------------------------- cells
    def _win_rate(self, side: SideScores) -> WinRate | None:
        read = [prompt for prompt in self._prompts if side.read[prompt]]
        if not read:
            return None
        return win_rate([side.mean(prompt) for prompt in read], level=LEVEL, families=self._places.families(read))

    def _count(self, number: int) -> dict[str, Any]:
        model = self._places.models[number]
        wins = ties = losses = planned = 0
        for pair, is_first in self._places.of_model(model):
            tally = self.tallies[pair]
            wins += tally.wins if is_first else tally.losses
            losses += tally.losses if is_first else tally.wins
            ties += tally.ties
            planned += tally.planned
        return {
            "model": model,
            "win_rate": interval(self.rates[number]),
            "wins": wins,
            "ties": ties,
            "losses": losses,
            "judged": wins + ties + losses,
            "planned": planned,
        }


def _pair(pair: PlannedPair, tally: PairTally, found: Comparison) -> dict[str, Any]:
    missing = [(0.0, 0, 1)] * (tally.planned - len(tally.scores))
    return {
        "first": pair.first,
        "second": pair.second,
        "judges": list(pair.judges),
        "win_rate": interval(found.effect),
        **_tested(found),
        "win_rate_bounds": bounds([*((score, 1, 1) for score in tally.scores), *missing]),
        "sensitivity": pair_sensitivity(tally),
        "wins": tally.wins,
        "ties": tally.ties,
        "losses": tally.losses,
        "judged": len(tally.scores),
        "planned": tally.planned,
        "by_checks": tally.by_checks,
        "flip_rate": tally.flipped / tally.compared if tally.compared else None,
        "flips": tally.flipped,
        "flips_of": tally.compared,
    }


def _tested(found: Comparison) -> dict[str, Any]:
    """What a comparison says beside its effect; `mde` is the smallest gap this many prompts would have shown."""
    return {
        "test": found.test,
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
        "adjustment": found.adjustment,
        "comparisons": found.comparisons,
        "better": found.better,
        "mde": found.smallest_gap,
        "n_to_settle": found.n_to_settle,
    }
