"""The true win rates of a simulated world: the expected folded score under its judges, their biases included.

Folded = the mean over both orders, a tie counted half. Two truths are computed: for the suite's own prompts (the
expectation is over the answers and the judges' errors), and for fresh prompts (a prompt of the suite drawn at
random, with the models' affinities to it, the answers and the errors drawn anew). The verdicts' chances are used in
closed form, so only facts and affinities are sampled; each figure carries its own standard error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from evals.records import Suite
from evals.simulator._answers import (
    AFFINITY,
    CUT_RATE,
    FLOOR,
    LEAST_SEEN,
    LENGTH_SPREAD,
    SCRIPT_RATE,
    SOLVES_AT,
    SOLVES_SLOPE,
    ability,
)
from evals.simulator._facts import MISSING, OTHER_SCRIPT, Sheet
from evals.simulator._judge import LENGTH_CLIP
from evals.simulator._models import JudgeTraits, Profile
from evals.simulator._world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 500
"""Draws of each prompt and model: a standard error of about 0.2 points for a suite of 80 prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A true win rate of `first` against `second` (or against all others, when `second` is None), in 0..1.

    `given`: on the suite's prompts; `fresh`: on fresh prompts of the same kind; each with its standard error.
    """

    first: str
    second: str | None
    given: float
    given_se: float
    fresh: float
    fresh_se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthTable:
    """The truths of one suite: each pair in the order of the models, and each model against all others."""

    suite: str
    pairs: tuple[Truth, ...]
    models: tuple[Truth, ...]

    def pair(self, first: str, second: str) -> Truth:
        """The truth of a pair in either order; raises KeyError for models that are not in the table."""
        for row in self.pairs:
            if (row.first, row.second) == (first, second):
                return row
            if (row.first, row.second) == (second, first):
                return Truth(
                    first=first,
                    second=second,
                    given=1 - row.given,
                    given_se=row.given_se,
                    fresh=1 - row.fresh,
                    fresh_se=row.fresh_se,
                )
        raise KeyError((first, second))

    def model(self, name: str) -> Truth:
        """The truth of a model against all others; raises KeyError for one that is not in the table."""
        for row in self.models:
            if row.first == name:
                return row
        raise KeyError(name)


def truth(
    world: World,
    models: Sequence[str],
    suite: Suite,
    judges: Mapping[tuple[str, str], str | Sequence[str]] | str,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> TruthTable:
    """The true win rates of all pairs of `models` on a suite.

    `judges` names the judge of each pair (either order; several: their mean), or one judge of all pairs. `draws` is
    the number of samples of each prompt and model; the standard error falls with its root.
    """
    import numpy as np

    pairs = list(combinations(models, 2))
    panels = [_panel(world, judges, pair) for pair in pairs]
    figures: dict[str, tuple[Floats, Floats]] = {}
    for kind in ("given", "fresh"):
        generator = np.random.default_rng([seed, 0 if kind == "given" else 1])
        means, variances = [], []
        for prompt in suite.prompts:
            sampler = _Sampler(world.sheet(prompt), generator, draws)
            drawn = {name: sampler.draw(world, world.profile(name), fresh=kind == "fresh") for name in models}
            scores = np.stack([_expected(drawn[a], drawn[b], p) for (a, b), p in zip(pairs, panels, strict=True)])
            scores = np.concatenate([scores, _per_model(models, pairs, scores)])
            means.append(scores.mean(axis=1))
            variances.append(scores.var(axis=1, ddof=1) / draws)
        count = len(suite.prompts)
        figures[kind] = (np.mean(means, axis=0), np.sqrt(np.sum(variances, axis=0)) / count)
    rows = [
        Truth(
            first=first,
            second=second,
            given=float(figures["given"][0][at]),
            given_se=float(figures["given"][1][at]),
            fresh=float(figures["fresh"][0][at]),
            fresh_se=float(figures["fresh"][1][at]),
        )
        for at, (first, second) in enumerate([*pairs, *((name, None) for name in models)])
    ]
    return TruthTable(suite=suite.name, pairs=tuple(rows[: len(pairs)]), models=tuple(rows[len(pairs) :]))


def _panel(
    world: World, judges: Mapping[tuple[str, str], str | Sequence[str]] | str, pair: tuple[str, str]
) -> list[JudgeTraits]:
    named = judges if isinstance(judges, str) else judges.get(pair) or judges[pair[1], pair[0]]
    return [world.traits(name) for name in ([named] if isinstance(named, str) else named)]


def _per_model(models: Sequence[str], pairs: list[tuple[str, str]], scores: Floats) -> Floats:
    """The mean score of each model over its opponents, draw by draw."""
    import numpy as np

    rows = []
    for name in models:
        own = [scores[at] if a == name else 1 - scores[at] for at, (a, b) in enumerate(pairs) if name in (a, b)]
        rows.append(np.mean(own, axis=0))
    return np.stack(rows)


def _expected(first: tuple[Floats, Floats], second: tuple[Floats, Floats], panel: list[JudgeTraits]) -> Floats:
    """The expected folded score of `first`, draw by draw: the closed form of `_judge.chances` in both orders."""
    import numpy as np

    total = np.zeros_like(first[0])
    gap = first[0] - second[0]
    longer = np.clip(first[1] - second[1], -LENGTH_CLIP, LENGTH_CLIP)
    for traits in panel:
        lean = gap + traits.length * longer
        for order in (traits.position, -traits.position):
            win = 1 / (1 + np.exp(-(lean + order - traits.band) / traits.noise))
            loss = 1 / (1 + np.exp((lean + order + traits.band) / traits.noise))
            total += 0.5 + (win - loss) / 2
    result: Floats = total / (2 * len(panel))
    return result


class _Sampler:
    """Draws qualities and log lengths of many answers to one prompt: `_answers.draw_states` for whole arrays."""

    def __init__(self, sheet: Sheet, generator: np.random.Generator, draws: int) -> None:
        import numpy as np

        self.sheet, self.generator, self.count = sheet, generator, draws
        units = sheet.units
        most = max(len(unit.options) for unit in units)
        self.values = np.zeros((len(units), most))
        self.lengths = np.zeros((len(units), most))
        self.shares = np.full((len(units), most), 2.0)
        for row, unit in enumerate(units):
            for column, option in enumerate(unit.options):
                self.values[row, column] = option.value
                self.lengths[row, column] = len(option.text or "")
            self.shares[row, : max(0, len(unit.cumulative) - 1)] = unit.cumulative[:-1]
        self.weights = np.array([unit.weight for unit in units])
        self.hardness = np.array([unit.hardness for unit in units])
        self.fixed = np.array([not unit.cumulative for unit in units])
        self.scripted = np.array([unit.scripted for unit in units])
        self.coded = np.array([unit.code for unit in units])
        self.slips = np.array(sheet.slips, dtype=np.int64).reshape(-1, 2)

    def draw(self, world: World, profile: Profile, *, fresh: bool) -> tuple[Floats, Floats]:
        """Quality and the logarithm of the length, `count` of each."""
        import numpy as np

        if fresh:
            base = profile.skill_in(self.sheet.suite) + self.sheet.difficulty
            level = base + AFFINITY * self.generator.standard_normal(self.count)
        else:
            level = np.full(self.count, ability(profile, self.sheet, world.seed, 0))
        options, cut, script_from = self.states(
            level,
            self.generator.random((self.count, 4)),
            self.generator.random((self.count, len(self.sheet.units))),
            self.generator.random(self.count) if self.sheet.slips else np.zeros(self.count),
        )
        at = np.arange(len(self.sheet.units))
        values = np.where(options >= 0, self.values[at, np.maximum(options, 0)], MISSING)
        turned = (at >= script_from[:, None]) & self.scripted & (values == 1.0)
        quality = np.where(turned, OTHER_SCRIPT, values) @ self.weights / self.sheet.total_weight
        body = self.sheet.size + (self.lengths[at, np.maximum(options, 0)] * (options >= 0) - self.lengths[:, 0]).sum(1)
        target = (
            profile.verbosity * self.sheet.size * np.exp(LENGTH_SPREAD * self.generator.standard_normal(self.count))
        )
        whole = np.where(cut < len(at), body, np.maximum(body, target))
        return quality, np.log(np.maximum(whole, 1.0))

    def states(
        self, level: Floats, style: Floats, draws: Floats, code: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Options of each fact, where the end is cut, and where the script changes; `style` is the first four draws,
        `code` the one that decides whether the code is right."""
        import numpy as np

        count = len(self.sheet.units)
        slip = 1 / (1 + np.exp(level))
        good = np.where(self.fixed, 1.0, 1 / (1 + np.exp(self.hardness - level[:, None])))
        rest = (draws - good) / np.maximum(1 - good, 1e-12)
        damaged = 1 + (rest[:, :, None] >= self.shares).sum(axis=2)
        options = np.where(draws < good, 0, damaged)
        if len(self.slips):
            self._settle_code(level, code, options)
        cut = np.full(len(level), count)
        if count > 3:
            cutting = style[:, 2] < CUT_RATE * slip
            cut = np.where(cutting, count - 1 - (style[:, 3] * 0.4 * count).astype(np.int64), count)
        at = np.arange(count)
        options = np.where(at >= cut[:, None], -1, options)
        seen = ((options >= 0) & (self.values[at, np.maximum(options, 0)] != 0)) @ self.weights
        low = seen < LEAST_SEEN * self.sheet.total_weight
        kept = math.ceil(FLOOR * count)
        options = np.where(low[:, None] & (at < kept), 0, options)
        cut = np.where(low, np.maximum(cut, kept), cut)
        script_from = np.full(len(level), count)
        if self.sheet.wrong_script:
            turning = style[:, 0] < SCRIPT_RATE * slip
            script_from = np.where(turning, (style[:, 1] * 0.7 * count).astype(np.int64), count)
        return options, cut, script_from

    def _settle_code(self, level: Floats, code: Floats, options: NDArray[np.int64]) -> None:
        """`_answers._settle_code` for whole arrays, in place."""
        import numpy as np

        solves = 1 / (1 + np.exp(SOLVES_SLOPE * (SOLVES_AT - level)))
        right = code < solves
        options[np.ix_(right, self.coded)] = 0
        lucky = np.flatnonzero(~right & ~options[:, self.coded].any(axis=1))
        which = ((code - solves)[lucky] / (1 - solves)[lucky] * len(self.slips)).astype(np.int64)
        options[lucky, self.slips[which, 0]] = self.slips[which, 1]
