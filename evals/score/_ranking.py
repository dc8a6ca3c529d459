"""The part `ranking` of scores.json: strengths, rank sets, who cannot be told apart, and whether the model fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evals.score._intervals import LEVEL
from evals.score._places import Places
from evals.stats import Cycle, FitCheck, PairTally, Ranking, bradley_terry

BOOTSTRAPS = 1000


def rank(places: Places, tallies: Sequence[PairTally]) -> Ranking | None:
    """Bradley-Terry over the models that are paired, numbered as in `places.pool`; None when nothing was judged."""
    number = {model: n for n, model in enumerate(places.pool)}
    first: list[int] = []
    second: list[int] = []
    scores: list[float] = []
    prompts: list[int] = []
    for pair, tally in zip(places.pairs, tallies, strict=True):
        first += [number[pair.first]] * len(tally.scores)
        second += [number[pair.second]] * len(tally.scores)
        scores += tally.scores
        prompts += tally.prompts
    if not scores:
        return None
    return bradley_terry(
        first,
        second,
        scores,
        places.families(prompts) or prompts,
        models=len(places.pool),
        level=LEVEL,
        bootstraps=BOOTSTRAPS,
        seed=places.plan.seed,
    )


def ranking_table(places: Places, ranking: Ranking | None) -> dict[str, Any] | None:
    """`ranking`: all that is said of the order as a whole, models by name."""
    if ranking is None:
        return None

    def named(numbers: Sequence[int]) -> list[str]:
        return [places.pool[number] for number in numbers]

    return {
        "method": ranking.method,
        "level": ranking.level,
        "n": ranking.n,
        "battles": ranking.battles,
        "bootstraps": ranking.bootstraps,
        "seed": ranking.seed,
        "critical": ranking.critical,
        "groups": [named(group) for group in ranking.groups],
        "above": [named(claim) for claim in ranking.above],
        "fit": _fit(places, ranking.fit),
        "cycles": ranking.cycles,
        "intransitive": [_cycle(places, cycle) for cycle in ranking.intransitive],
        "flags": _flags(ranking),
        "pseudo_wins": ranking.pseudo_wins,
        "unbeaten": named(ranking.unbeaten),
        "winless": named(ranking.winless),
        "components": [named(part) for part in ranking.components],
        "converged": ranking.converged,
    }


def place_of(places: Places, ranking: Ranking | None, model: str) -> dict[str, Any]:
    """`strength` and `rank` of one model; both None when it was never compared."""
    if ranking is None or model not in places.pool:
        return {"strength": None, "rank": None}
    number = places.pool.index(model)
    low, high = ranking.ranks[number]
    return {"strength": asdict(ranking.strengths[number]), "rank": {"low": low, "high": high}}


def _flags(ranking: Ranking) -> list[str]:
    """What speaks against reading the order as it stands."""
    found = {
        # What pseudo-wins add is a misfit of its own, so that it would be raised for every unbeaten model.
        "misfit": not ranking.pseudo_wins and ranking.fit is not None and ranking.fit.p_value <= 1.0 - ranking.level,
        "intransitive": bool(ranking.intransitive),
        "pseudo-wins": ranking.pseudo_wins,
        "disconnected": len(ranking.components) > 1,
        "not-converged": not ranking.converged,
    }
    return [flag for flag, raised in found.items() if raised]


def _fit(places: Places, fit: FitCheck | None) -> dict[str, Any] | None:
    if fit is None:
        return None
    return {**asdict(fit), "first": places.pool[fit.first], "second": places.pool[fit.second]}


def _cycle(places: Places, cycle: Cycle) -> dict[str, Any]:
    return {"models": [places.pool[number] for number in cycle.models], "p_value": cycle.p_value}
