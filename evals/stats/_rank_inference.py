"""From a Bradley-Terry fit to errors, rank sets, tie groups, fit check and cycles. Loaded when it is needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ._bradley_terry import Battles, Flags, Floats, Ints, group, logistic, newton, resamples, sums, unbounded

_MOST_INFORMATION = 4.0  # as in the win rate: one game never counts for more than this many coin flips
_RIDGE = 1e-6  # on slopes: a covariate that decides every game, or that follows from who plays, stays finite
_MAX_STEP = 2.0
_ENOUGH = 1e-8
_MOST_STEPS = 100


@dataclass(frozen=True)
class Fit:
    """One fit. Parameters are the models' strengths, then the covariates' slopes.

    `residuals` are the cells' wins minus the expected ones, `scores` their sums by row and parameter (the gradient's
    parts), `information` the derivative of each pair's expected wins by each parameter (pairs x parameters),
    `pseudo` how many pseudo-wins each side of each compared pair was given.
    """

    battles: Battles
    parameters: Floats
    inverse: Floats
    residuals: Floats
    scores: Floats
    information: Floats
    expected: Floats
    pseudo: float
    converged: bool = True

    @cached_property
    def influence(self) -> Floats:
        """rows x parameters: what each prompt adds to each estimate."""
        found: Floats = self.scores @ self.inverse
        return found

    @cached_property
    def covariance(self) -> Floats:
        """H^-1 G H^-1 with G summed by prompt, times prompts/(prompts-1).

        Pseudo-games enter G as prompts of their own, each with its share of a game: without them a model that won
        every game would have no variance.
        """
        prompts, models = self.battles.prompts, self.battles.models
        middle = (self.scores * self.battles.copies[:, None]).T @ self.scores * (prompts / max(1, prompts - 1))
        if self.pseudo:
            signs = self.battles.signs
            expected = logistic(signs @ self.parameters[:models])
            weight = self.pseudo * (expected**2 + (1.0 - expected) ** 2)
            middle[:models, :models] += (signs * weight[:, None]).T @ signs
        found: Floats = self.inverse @ middle @ self.inverse
        return found

    @property
    def errors(self) -> Floats:
        """The standard error of each parameter."""
        return np.sqrt(np.maximum(np.diag(self.covariance), np.diag(self.inverse) / _MOST_INFORMATION))


def fit_plain(battles: Battles) -> Fit:
    """Strengths from the win matrix alone."""
    wins, games = battles.by_pair(battles.wins), battles.by_pair(battles.games)
    pseudo = 0.5 if unbounded(battles, wins[None], games[None])[0] else 0.0
    start = np.zeros((1, battles.models))
    strengths, inverse = newton(battles, wins[None] + pseudo, games[None] + 2.0 * pseudo, start)
    expected = logistic(battles.signs @ strengths[0])
    residuals = battles.wins - battles.games * expected[battles.pair]
    centre = _centre(battles.joined)
    return Fit(
        battles=battles,
        parameters=strengths[0],
        inverse=centre @ inverse[0] @ centre,
        residuals=residuals,
        scores=_row_scores(battles, residuals),
        information=(games * expected * (1.0 - expected))[:, None] * battles.signs,
        expected=games * expected,
        pseudo=pseudo,
    )


def _centre(joined: Flags) -> Floats:
    """The projection that takes the mean of each component from its strengths."""
    found: Floats = np.eye(len(joined)) - joined / joined.sum(axis=1)
    return found


def _row_scores(battles: Battles, residuals: Floats) -> Floats:
    rows, models = len(battles.copies), battles.models
    found = np.zeros(rows * models)
    for side, sign in ((battles.first, 1.0), (battles.second, -1.0)):
        place = battles.row * models + side[battles.pair]
        found += sign * sums(place, residuals, rows * models)
    return found.reshape(rows, models)


def fit_controlled(first: Ints, second: Ints, scores: Floats, prompts: Ints, models: int, covariates: Floats) -> Fit:
    """Strengths and slopes of covariates (records x covariates, as seen from the first model) by Newton on records."""
    battles, records = group(first, second, scores, prompts, models, kinds=False)
    slopes = np.where(records.turned[:, None], -covariates, covariates)
    pair = battles.pair[records.cell]
    plain = fit_plain(battles)
    signs, met = battles.signs, len(battles.first)
    pseudo_games = np.full(met, 2.0 * plain.pseudo)
    size = models + slopes.shape[1]
    anchor = np.zeros((size, size))
    anchor[:models, :models] = battles.joined / battles.joined.sum(axis=1) * len(scores) / models
    anchor[range(models, size), range(models, size)] = _RIDGE
    parameters = np.concatenate([plain.parameters, np.zeros(slopes.shape[1])])

    def by_pair(values: Floats) -> Floats:
        return sums(pair, values, met)

    for _ in range(_MOST_STEPS):
        logit = signs @ parameters[:models]
        expected = logistic(logit[pair] + slopes @ parameters[models:])
        weight = expected * (1.0 - expected)
        residual = records.score - expected
        ghosts = logistic(logit)
        own = by_pair(weight) + pseudo_games * ghosts * (1.0 - ghosts)
        crossed = np.stack([by_pair(weight * column) for column in slopes.T], axis=1)
        hessian = anchor.copy()
        hessian[:models, :models] += (signs * own[:, None]).T @ signs
        hessian[:models, models:] += signs.T @ crossed
        hessian[models:, :models] = hessian[:models, models:].T
        hessian[models:, models:] += (slopes * weight[:, None]).T @ slopes
        inverse = np.linalg.inv(hessian)
        gradient = np.concatenate(
            [
                signs.T @ (by_pair(residual) + plain.pseudo - pseudo_games * ghosts),
                slopes.T @ residual - _RIDGE * parameters[models:],
            ]
        )
        step = inverse @ gradient
        longest = float(np.abs(step).max())
        parameters = parameters + step / max(1.0, longest / _MAX_STEP)
        if longest < _ENOUGH:
            break
    centre = np.eye(size)
    centre[:models, :models] = _centre(battles.joined)
    cells = sums(records.cell, residual, len(battles.row))
    row = battles.row[records.cell]
    by_row = [sums(row, residual * column, len(battles.copies)) for column in slopes.T]
    return replace(
        plain,
        parameters=parameters,
        inverse=centre @ inverse @ centre,
        residuals=cells,
        scores=np.column_stack([_row_scores(battles, cells), *by_row]),
        information=np.column_stack([by_pair(weight)[:, None] * signs, crossed]),
        expected=by_pair(expected),
        converged=longest < _ENOUGH,
    )


# ------------------------------------------------------------------------------------------- who is above whom
@dataclass(frozen=True)
class Contrasts:
    """Every two models i < j: the difference of their strengths and its standard error (inf across components)."""

    first: Ints
    second: Ints
    value: Floats
    error: Floats


def contrasts(fit: Fit) -> Contrasts:
    """All differences of two strengths; none has less variance than a quarter of the model's own."""
    first, second = np.triu_indices(fit.battles.models, 1)
    floor = _variance(fit.inverse, first, second) / _MOST_INFORMATION
    error = np.sqrt(np.maximum(_variance(fit.covariance, first, second), floor))
    error[~fit.battles.joined[first, second]] = np.inf
    return Contrasts(first=first, second=second, value=fit.parameters[first] - fit.parameters[second], error=error)


def _variance(matrix: Floats, first: Ints, second: Ints) -> Floats:
    """The variance of each difference under one covariance or many."""
    found: Floats = matrix[..., first, first] + matrix[..., second, second] - 2.0 * matrix[..., first, second]
    kept: Floats = np.maximum(found, 0.0)
    return kept


def bootstrap(fit: Fit, pairs: Contrasts, *, samples: int, seed: int) -> Floats:
    """samples x pairs: by how many standard errors each resample of the prompts misses each difference.

    Without covariates every resample is fitted anew, and its standard error follows its own Hessian: where a resample
    makes a model nearly unbeatable, both grow. With covariates the resample moves the estimate by its influences.
    """
    battles, first, second = fit.battles, pairs.first, pairs.second
    drawn = resamples(battles.copies, samples=samples, seed=seed)
    scale = np.sqrt(battles.prompts / (battles.prompts - 1))  # the error has the factor n/(n-1), a resample has not
    if len(fit.parameters) > battles.models:
        influence = fit.influence[:, first] - fit.influence[:, second]
        moved: Floats = np.concatenate([weights @ influence for weights in drawn]) * (scale / pairs.error)
        return moved
    wins, games = battles.table(battles.wins), battles.table(battles.games)
    usual = _variance(fit.inverse, first, second)
    found = []
    for weights in drawn:
        won, met = weights @ wins, weights @ games
        extra = np.where(unbounded(battles, won, met), 0.5, 0.0) if not fit.pseudo else np.full(len(won), 0.5)
        start = np.tile(fit.parameters, (len(won), 1))
        strengths, inverse = newton(battles, won + extra[:, None], met + 2.0 * extra[:, None], start)
        miss = strengths[:, first] - strengths[:, second] - pairs.value
        found.append(miss * scale / (pairs.error * np.sqrt(_variance(inverse, first, second) / usual)))
    return np.concatenate(found)


def surely_above(pairs: Contrasts, misses: Floats, *, models: int, freedom: int, level: float) -> tuple[Flags, float]:
    """models x models: is i above j, all claims together wrong with at most 1 - level; and the first critical value.

    The largest of all signed misses in a resample gives the critical value; what is rejected leaves the pool and the
    rest is tried again (Romano and Wolf, JASA 100, 2005). The quantile is that of a normal maximum with known errors;
    its tail is looked up in Student's t because the errors are estimated from `freedom` + 1 prompts.
    """
    from scipy.special import ndtr, stdtrit

    statistic = np.concatenate([pairs.value, -pairs.value]) / np.tile(pairs.error, 2)
    signed = np.concatenate([misses, -misses], axis=1)
    place = min(len(signed), int(np.ceil(level * (len(signed) + 1)))) - 1
    pool, critical = np.isfinite(np.tile(pairs.error, 2)), None
    shown = np.zeros(len(statistic), dtype=bool)
    while pool.any():
        quantile = float(np.partition(signed[:, pool].max(axis=1), place)[place])
        limit = max(float(-stdtrit(freedom, ndtr(-quantile))), 0.0)
        critical = limit if critical is None else critical
        found = pool & (statistic > limit)
        if not found.any():
            break
        shown |= found
        pool &= ~found
    above = np.zeros((models, models), dtype=bool)
    count = len(pairs.first)
    above[pairs.first, pairs.second] = shown[:count]
    above[pairs.second, pairs.first] = shown[count:]
    return above, critical or 0.0


def cliques(alike: Flags) -> list[list[int]]:
    """All largest sets of models of which every two cannot be told apart (Bron and Kerbosch, CACM 16, 1973)."""
    found: list[list[int]] = []
    near = [set(np.flatnonzero(row).tolist()) - {model} for model, row in enumerate(alike)]

    def extend(chosen: list[int], open_: set[int], closed: set[int]) -> None:
        if not open_ and not closed:
            found.append(sorted(chosen))
            return
        pivot = max(sorted(open_ | closed), key=lambda model: len(near[model] & open_))
        for model in sorted(open_ - near[pivot]):
            extend([*chosen, model], open_ & near[model], closed & near[model])
            open_ = open_ - {model}
            closed = closed | {model}

    extend([], set(range(len(near))), set())
    return found


# ------------------------------------------------------------------------------------------- does the model fit?
def misfit(fit: Fit) -> Floats:
    """z of observed minus expected wins for each compared pair; NaN where the fit leaves no freedom.

    The variance of a residual is that of the prompts' residuals after what each prompt moved the estimates, so it is
    right with few models too, where the fit follows the data closely.
    """
    battles, influence = fit.battles, fit.influence
    followed = (fit.information[battles.pair] * influence[battles.row]).sum(axis=1)
    spread = (influence * battles.copies[:, None]).T @ influence
    raw = battles.by_pair(fit.residuals**2)
    variance = raw - 2.0 * battles.by_pair(fit.residuals * followed)
    variance += np.einsum("pa,ab,pb->p", fit.information, spread, fit.information)
    variance *= battles.prompts / max(1, battles.prompts - 1)
    free = variance > 1e-6 * np.maximum(raw, 1e-12)
    return np.where(free, battles.by_pair(fit.residuals) / np.sqrt(np.where(free, variance, 1.0)), np.nan)


def majorities(battles: Battles) -> Floats:
    """models x models: the one-sided p-value of "i does not beat j"; 1 where they did not meet or i won less."""
    from scipy.special import ndtr

    lead = battles.wins - 0.5 * battles.games
    total, spread = battles.by_pair(lead), np.sqrt(battles.by_pair(lead**2))
    z = np.divide(total, spread, out=np.zeros_like(total), where=spread > 0)
    found = np.ones((battles.models, battles.models))
    found[battles.first, battles.second] = np.where(z > 0, ndtr(-z), 1.0)
    found[battles.second, battles.first] = np.where(z < 0, ndtr(z), 1.0)
    return found


def cycles(beats: Flags) -> int:
    """How many triples i > j > k > i there are."""
    steps = beats.astype(float)
    return round(float(np.trace(steps @ steps @ steps)) / 3.0)
