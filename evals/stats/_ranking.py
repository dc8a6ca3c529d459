"""Bradley-Terry strengths, rank sets, ties, and whether the model fits at all."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._winrate import plain, student_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from ._rank_inference import Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A strength or a slope in logits with standard error and two-sided interval; None where there is none."""

    value: float
    error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCheck:
    """The pair that the strengths describe worst: its win rate as observed and as expected, of the lower-numbered side.

    `p_value` is that of the largest |z| among `pairs` pairs (Bonferroni). A small one says that no single strength a
    model describes these verdicts, so that the ranking is a summary and the pair table is the finding.
    """

    first: int
    second: int
    observed: float
    expected: float
    largest_z: float
    p_value: float
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Three models of which each beats the next. `p_value` is that of its weakest leg: all three must hold."""

    models: tuple[int, int, int]
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Strengths of models 0..M-1 (sum 0 in each component) and what can be said about their order.

    `ranks` holds each model's rank set (best 1), `above` every claim (better, worse) they rest on: with probability
    `level` all of them hold at once. `groups` lists, best first, the largest sets of models of which no two can be
    told apart. `slopes` belong to the covariates. `cycles` counts the triples i > j > k > i by majority,
    `intransitive` those that chance does not explain. `pseudo_wins` says that half a pseudo-win each way was added
    to every compared pair, because somebody is in `unbeaten` or `winless`, or a set of models never lost to the rest.
    With more than one of `components` the strengths compare within each only. `n` counts prompts (or families).
    """

    strengths: tuple[Estimate, ...]
    slopes: tuple[Estimate, ...]
    ranks: tuple[tuple[int, int], ...]
    above: tuple[tuple[int, int], ...]
    groups: tuple[tuple[int, ...], ...]
    fit: FitCheck | None
    cycles: int
    intransitive: tuple[Cycle, ...]
    pseudo_wins: bool
    unbeaten: tuple[int, ...]
    winless: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]
    converged: bool
    n: int
    battles: int
    level: float
    critical: float | None
    bootstraps: int
    seed: int
    method: str


def bradley_terry(
    first: Collection[int],
    second: Collection[int],
    scores: Collection[float],
    prompts: Collection[Hashable],
    *,
    models: int,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
    bootstraps: int = 1000,
    seed: int = 0,
) -> Ranking:
    """Fits P(i beats j) = 1/(1 + exp(-(t_i - t_j + x·b))), a tie being half a win each way, sum of t = 0.

    One record a battle: `first` and `second` number the models (0..models-1), `scores` (0..1) are what the first
    got, `prompts` names the prompt, or the family of prompts, which is what is resampled and what errors are
    clustered by. `covariates` (records x covariates, as seen from the first model; see `style_covariates`) enter the
    logit. Order and sides of the records do not matter.

    Bradley and Terry, Biometrika 39 (1952), by Newton's method. Errors: sandwich clustered by prompt, with Student's
    t of n-1 degrees of freedom (White, Econometrica 50, 1982; Liang and Zeger, Biometrika 73, 1986). Rank sets:
    largest studentised difference over `bootstraps` resamples of the prompts, stepwise (Mogstad, Romano, Shaikh and
    Wilhelm, Review of Economic Studies 91, 2024). Below two prompts, or with no bootstraps, every rank set is
    1..models. Half a pseudo-win each way is added per compared pair when the likelihood has no maximum.
    Raises ValueError on lengths that differ, no record, scores outside 0..1, covariates that are no finite numbers,
    models outside 0..models-1 or against themselves.
    """
    import numpy as np

    from ._bradley_terry import group
    from ._rank_inference import fit_controlled, fit_plain

    one, two, score, prompt = _checked(first, second, scores, prompts, models)
    if covariates is None:
        fit = fit_plain(group(one, two, score, prompt, models)[0])
    else:
        columns = np.asarray(covariates, dtype=float)
        if columns.ndim != 2 or len(columns) != len(one) or not np.isfinite(columns).all():
            raise ValueError("covariates must be finite numbers, one row for each record")
        fit = fit_controlled(one, two, score, prompt, models, columns)
    return _ranking(fit, battles=len(one), level=level, bootstraps=bootstraps, seed=seed)


def style_covariates(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Differences of lengths or counts (records x covariates, not negative) of both answers, fit for the logit.

    Each is (a-b)/(a+b), 0 where both are 0, divided by its root mean square, so that a slope is the effect of a usual
    difference and exchanging the answers changes the sign only. Put the length first, then markdown counts.
    Raises ValueError on shapes that differ and on negative counts.
    """
    import numpy as np

    ours, theirs = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if ours.ndim != 2 or ours.shape != theirs.shape or not bool(np.all((ours >= 0) & (theirs >= 0))):
        raise ValueError("counts must be two tables of one shape, nothing negative")
    total = ours + theirs
    share = np.divide(ours - theirs, total, out=np.zeros_like(total), where=total > 0)
    scale = np.sqrt((share**2).mean(axis=0)) if len(share) else np.ones(share.shape[1])
    found: NDArray[np.float64] = share / np.where(scale > 0, scale, 1.0)
    return found


def _checked(
    first: Collection[int],
    second: Collection[int],
    scores: Collection[float],
    prompts: Collection[Hashable],
    models: int,
) -> tuple[Any, Any, Any, Any]:
    """The four columns as arrays of numbers."""
    import numpy as np

    one, two = np.asarray(first), np.asarray(second)
    score = np.asarray(scores, dtype=float)
    labels = np.asarray(prompts)
    if labels.dtype.kind not in "iu":
        place = {label: number for number, label in enumerate(sorted(set(plain(prompts)), key=repr))}
        labels = np.array([place[label] for label in plain(prompts)], dtype=np.int64)
    if not len(one) == len(two) == len(score) == len(labels) or not len(one):
        raise ValueError("a ranking needs at least one battle, and columns of one length")
    if one.dtype.kind not in "iu" or two.dtype.kind not in "iu" or min(one.min(), two.min()) < 0:
        raise ValueError("models must be numbered 0..models-1")
    if max(one.max(), two.max()) >= models or bool((one == two).any()):
        raise ValueError("models must be numbered 0..models-1, and none meets itself")
    if not bool(np.all((score >= 0) & (score <= 1))):
        raise ValueError("scores must lie in 0..1")
    return one.astype(np.int64), two.astype(np.int64), score, labels.astype(np.int64)


def _ranking(fit: Fit, *, battles: int, level: float, bootstraps: int, seed: int) -> Ranking:
    import numpy as np

    from ._rank_inference import bootstrap, cliques, contrasts, surely_above

    models, prompts, joined = fit.battles.models, fit.battles.prompts, fit.battles.joined
    pairs = contrasts(fit)
    above, critical = np.zeros((models, models), dtype=bool), None
    if prompts > 1 and bootstraps and len(pairs.value):
        misses = bootstrap(fit, pairs, samples=bootstraps, seed=seed)
        above, critical = surely_above(pairs, misses, models=models, freedom=prompts - 1, level=level)
    best = sorted(range(models), key=lambda model: (-fit.parameters[model], model))
    place = {model: number for number, model in enumerate(best)}
    groups = [tuple(sorted(group, key=place.__getitem__)) for group in cliques(~above & ~above.T)]
    estimates = _estimates(fit, level)
    wins, losses = _wins_and_losses(fit)
    intransitive, cycles = _cycles(fit, 1.0 - level)
    return Ranking(
        strengths=estimates[:models],
        slopes=estimates[models:],
        ranks=tuple((1 + int(above[:, k].sum()), models - int(above[k].sum())) for k in range(models)),
        above=tuple((int(i), int(j)) for i, j in sorted(np.argwhere(above).tolist())),
        groups=tuple(sorted(groups, key=lambda group: [place[model] for model in group])),
        fit=_fit_check(fit),
        cycles=cycles,
        intransitive=intransitive,
        pseudo_wins=fit.pseudo > 0,
        unbeaten=tuple(k for k in range(models) if wins[k] > 0 and losses[k] == 0),
        winless=tuple(k for k in range(models) if losses[k] > 0 and wins[k] == 0),
        components=tuple(sorted({tuple(np.flatnonzero(row).tolist()) for row in joined})),
        converged=fit.converged,
        n=prompts,
        battles=battles,
        level=level,
        critical=critical,
        bootstraps=bootstraps,
        seed=seed,
        method="newton-sandwich-t-max-t",
    )


def _estimates(fit: Fit, level: float) -> tuple[Estimate, ...]:
    prompts = fit.battles.prompts
    if prompts < 2:
        return tuple(Estimate(value=float(value), error=None, low=None, high=None) for value in fit.parameters)
    quantile = student_quantile(0.5 + level / 2.0, prompts - 1)
    return tuple(
        Estimate(value=value, error=error, low=value - quantile * error, high=value + quantile * error)
        for value, error in zip(fit.parameters.tolist(), fit.errors.tolist(), strict=True)
    )


def _wins_and_losses(fit: Fit) -> tuple[list[float], list[float]]:
    """Per model the wins and losses in all its battles, ties being half of each; in steps far above rounding."""
    battles = fit.battles
    won = battles.by_pair(battles.wins).round(6)
    lost = (battles.by_pair(battles.games) - won).round(6)
    ours, theirs = battles.signs > 0, battles.signs < 0
    return (won @ ours + lost @ theirs).tolist(), (lost @ ours + won @ theirs).tolist()


def _fit_check(fit: Fit) -> FitCheck | None:
    import numpy as np

    from ._rank_inference import misfit

    battles = fit.battles
    z = misfit(fit)
    if battles.prompts < 2 or bool(np.isnan(z).all()):
        return None
    from scipy.special import stdtr

    worst = int(np.nanargmax(np.abs(z)))
    games, tested = battles.by_pair(battles.games)[worst], int((~np.isnan(z)).sum())
    return FitCheck(
        first=int(battles.first[worst]),
        second=int(battles.second[worst]),
        observed=float(battles.by_pair(battles.wins)[worst] / games),
        expected=float(fit.expected[worst] / games),
        largest_z=float(z[worst]),
        p_value=min(1.0, 2.0 * tested * float(stdtr(battles.prompts - 1, -abs(z[worst])))),
        pairs=tested,
    )


def _cycles(fit: Fit, alpha: float) -> tuple[tuple[Cycle, ...], int]:
    """The cycles of which all three legs are significant at `alpha` each, and how many there are by mere majority."""
    import numpy as np

    from ._rank_inference import cycles, majorities

    doubt = majorities(fit.battles)
    clear = doubt <= alpha
    found = []
    if cycles(clear):
        for i, j in np.argwhere(clear).tolist():
            found += [
                Cycle(models=(i, j, k), p_value=float(max(doubt[i, j], doubt[j, k], doubt[k, i])))
                for k in np.flatnonzero(clear[j] & clear[:, i]).tolist()
                if i < min(j, k)
            ]
    return tuple(sorted(found, key=lambda cycle: (cycle.p_value, cycle.models))), cycles(doubt < 1.0)
