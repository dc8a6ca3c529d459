"""Several judges on the same pairs: do they agree, what would each one's absence change, does one stand apart?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evals.score._each import Each
from evals.score._intervals import LEVEL
from evals.score._places import Places
from evals.stats import TOLERANCE, stands_apart, win_rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 1_000


def panel_table(each: Each) -> dict[str, Any] | None:
    """`panel` of scores.json, None when no pair has two judges.

    `judges[]`: {judge, judged, flip_rate, first_shown}, each a rate over prompts. `alpha`: Krippendorff's alpha
    (interval metric) over pair scores, its interval from resampled prompts (families, where there are any).
    `left_out[]`: for each judge the models' win rates without it and by how much they move. `apart`: the judge that
    goes along with the others far less than they do with one another (`evals.stats.stands_apart` for each pair of
    three judges or more, Bonferroni over pairs).
    """
    judges = list(dict.fromkeys(judge for pair in each.places.pairs for judge in pair.judges))
    if not any(len(pair.judges) > 1 for pair in each.places.pairs):
        return None
    apart = _apart(each)
    return {
        "judges": [_judge(each, judge) for judge in judges],
        "alpha": _alpha(each),
        "left_out": _left_out(each, judges),
        "apart": apart,
        "sentence": _sentence(apart, most=max(len(pair.judges) for pair in each.places.pairs)),
    }


# ------------------------------------------------------------------------------------------- one judge
def _judge(each: Each, name: str) -> dict[str, Any]:
    judged = 0
    flips: dict[int, float] = {}
    firsts: dict[int, float] = {}
    for prompt in range(each.places.prompts):
        compared, flipped, named, first = 0, 0, 0, 0
        for pair, slots in enumerate(each.places.judge):
            slot = slots.get(name)
            if slot is None:
                continue
            judged += each.own_score(prompt, pair, slot) is not None
            orders = each.orders(prompt, pair, slot)
            if orders is not None:
                plain, turned = (_side(share) for share in orders)
                compared += (plain, turned) != (0, 0)
                flipped += plain * turned < 0
                named += abs(plain) + abs(turned)
                first += (plain > 0) + (turned < 0)
        if compared:
            flips[prompt] = flipped / compared
        if named:
            firsts[prompt] = first / named
    rates = {"flip_rate": rate(flips, each.places), "first_shown": rate(firsts, each.places)}
    return {"judge": name, "judged": judged, **rates}


def rate(shares: Mapping[int, float], places: Places) -> dict[str, Any] | None:
    """The mean over prompts of prompt -> share with its interval, families counted; None without a prompt."""
    return asdict(win_rate([*shares.values()], level=LEVEL, families=places.families([*shares]))) if shares else None


def _side(share: float) -> int:
    return 0 if abs(share - 0.5) <= TOLERANCE else 1 if share > 0.5 else -1


# ------------------------------------------------------------------------------------------- agreement
def _alpha(each: Each) -> dict[str, Any]:
    """1 - observed / expected disagreement, squared differences; both are sums over prompts, so these are resampled.

    Prompts of one family are drawn together.

    Of a unit with n ratings x the disagreement is 2·(n·sum x^2 - (sum x)^2) / (n - 1); expected likewise over all.
    """
    import numpy as np

    rows: dict[int, list[float]] = {}
    units = prompts = 0
    for prompt in range(each.places.prompts):
        row = [0.0, 0.0, 0.0, 0.0]
        for pair, slots in enumerate(each.places.judge):
            found = [x for slot in slots.values() if (x := each.own_score(prompt, pair, slot)) is not None]
            if len(found) > 1:
                units += 1
                n, total, squares = len(found), math.fsum(found), math.fsum(x * x for x in found)
                row = [a + b for a, b in zip(row, (_spread(n, total, squares), n, total, squares), strict=True)]
        if row[1]:
            prompts += 1
            drawn_with = prompt if each.places.family is None else each.places.family[prompt]
            before = rows.get(drawn_with, [0.0, 0.0, 0.0, 0.0])
            rows[drawn_with] = [a + b for a, b in zip(before, row, strict=True)]
    entry: dict[str, Any] = {"value": None, "low": None, "high": None, "level": LEVEL, "units": units, "n": prompts}
    entry["method"] = f"krippendorff-interval, {'prompts' if len(rows) == prompts else 'families'} resampled"
    if not rows:
        return entry
    table = np.array([*rows.values()])
    [value] = _alphas(table, np.ones((1, len(rows)))).tolist()
    if math.isnan(value):
        return entry  # everybody always said the same: agreement beyond chance is not defined
    weights = np.random.RandomState(each.places.plan.seed).multinomial(
        len(rows), np.full(len(rows), 1.0 / len(rows)), size=RESAMPLES
    )
    drawn = _alphas(table, weights.astype(float))
    low, high = np.quantile(drawn[~np.isnan(drawn)], [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return {**entry, "value": value, "low": min(float(low), value), "high": max(float(high), value)}


def _spread(n: float, total: float, squares: float) -> float:
    return 2.0 * (n * squares - total**2) / (n - 1.0)


def _alphas(table: Floats, weights: Floats) -> Floats:
    import numpy as np

    observed, n, total, squares = (weights @ table).T
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = 2.0 * (n * squares - total**2) / (n - 1.0)
        found: Floats = np.where(expected > TOLERANCE, 1.0 - observed / expected, np.nan)
    return found


# ------------------------------------------------------------------------------------------- without one
def _left_out(each: Each, judges: Sequence[str]) -> list[dict[str, Any]]:
    """The models' win rates without each judge. A pair it judged alone is missing then, on both sides of the change."""
    places = each.places
    stands = [places.of_model(model) for model in places.pool]
    now: dict[tuple[str, int], dict[int, float]] = {(judge, n): {} for judge in judges for n in range(len(stands))}
    before: dict[tuple[str, int], dict[int, float]] = {place: {} for place in now}
    for prompt in range(places.prompts):
        said = [
            {judge: x for judge, slot in slots.items() if (x := each.judge_score(prompt, pair, slot)) is not None}
            for pair, slots in enumerate(places.judge)
        ]
        whole = [_mean(found, places.plan.weights) for found in said]
        for judge in judges:
            rest = [
                _mean({name: x for name, x in found.items() if name != judge}, places.plan.weights) for found in said
            ]
            for number, pairs in enumerate(stands):
                kept = [(pair, is_first) for pair, is_first in pairs if rest[pair] is not None]
                if kept:
                    now[judge, number][prompt] = _side_mean(rest, kept)
                    before[judge, number][prompt] = _side_mean(whole, kept)
    return [
        {
            "judge": judge,
            "models": [
                {
                    "model": model,
                    "win_rate": rate(now[judge, n], places),
                    "change": _change(now[judge, n], before[judge, n]),
                }
                for n, model in enumerate(places.pool)
            ],
        }
        for judge in judges
    ]


def _mean(said: Mapping[str, float], weights: Mapping[str, float]) -> float | None:
    """The weighted mean over judges, as a pair's score is."""
    total = math.fsum(weights.get(judge, 1.0) for judge in said)
    return math.fsum(weights.get(judge, 1.0) * score for judge, score in said.items()) / total if said else None


def _side_mean(scores: Sequence[float | None], pairs: Sequence[tuple[int, bool]]) -> float:
    found = [(score, is_first) for pair, is_first in pairs if (score := scores[pair]) is not None]
    return math.fsum(score if is_first else 1.0 - score for score, is_first in found) / len(found)


def _change(now: Mapping[int, float], before: Mapping[int, float]) -> float | None:
    return (math.fsum(now.values()) - math.fsum(before.values())) / len(now) if now else None


# ------------------------------------------------------------------------------------------- one apart
def _apart(each: Each) -> dict[str, Any] | None:
    """The judge named, with the pair it is clearest on; None when no judge is, or no pair has three."""
    asked = [pair for pair, slots in enumerate(each.places.judge) if len(slots) > 2]
    best: tuple[float, int, str, float | None] | None = None
    for pair in asked:
        rows = {
            prompt: [each.own_score(prompt, pair, slot) for slot in each.places.judge[pair].values()]
            for prompt in range(each.places.prompts)
        }
        rows = {prompt: row for prompt, row in rows.items() if sum(score is not None for score in row) > 1}
        if not rows:
            continue
        found = stands_apart([*rows.values()], level=LEVEL, families=each.places.families([*rows]))
        for judge, share, p_value in zip(each.places.judge[pair], found.shares, found.p_adjusted, strict=True):
            p_over_pairs = min(1.0, (1.0 if p_value is None else p_value) * len(asked))
            if p_over_pairs <= 1.0 - LEVEL and (best is None or p_over_pairs < best[0]):
                best = p_over_pairs, pair, judge, share
    if best is None:
        return None
    p_value, pair, judge, share = best
    planned = each.places.pairs[pair]
    return {
        "judge": judge,
        "first": planned.first,
        "second": planned.second,
        "share": share,
        "p_adjusted": p_value,
        "level": LEVEL,
    }


def _sentence(apart: dict[str, Any] | None, *, most: int) -> str:
    if most < 3:
        return "No pair has three judges, so none can be told to stand apart."
    if apart is None:
        return "No judge stands apart from the others."
    share = apart["share"]
    extent = "" if share is None else f" ({100 * share:.0f} % as much as they do with one another)"
    return (
        f"{apart['judge']} stands apart: on {apart['first']} v {apart['second']} it goes along with the other judges "
        f"far less than they do with one another{extent}; look at its verdicts, and at the win rates without it."
    )
