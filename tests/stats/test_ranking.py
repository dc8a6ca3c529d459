"""Bradley-Terry: strengths, errors, rank sets, ties, fit check, cycles, covariates."""

import math
import time
from itertools import combinations
from typing import Any

import evalica
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evals.stats import Ranking, bradley_terry, style_covariates
from evals.stats._bradley_terry import group, resamples
from evals.stats._rank_inference import bootstrap, cliques, contrasts, fit_plain

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]


def play(strengths: list[float], prompts: int, *, seed: int, ties: float = 0.1, share: float = 1.0) -> Columns:
    """Battles of all pairs on each prompt with one quality a prompt, a share of them, in random order and sides."""
    source = np.random.default_rng(seed)
    first, second = np.triu_indices(len(strengths), 1)
    quality = np.array(strengths) + source.gumbel(size=(prompts, len(strengths)))
    scores = (quality[:, first] > quality[:, second]).astype(float)
    scores[source.random(scores.shape) < ties] = 0.5
    columns = [
        np.tile(first, prompts),
        np.tile(second, prompts),
        scores.ravel(),
        np.repeat(np.arange(prompts), len(first)),
    ]
    kept = source.permutation(len(columns[2]))[: int(share * len(columns[2]))]
    one, two, score, prompt = (column[kept] for column in columns)
    turned = source.random(len(one)) < 0.5
    return np.where(turned, two, one), np.where(turned, one, two), np.where(turned, 1 - score, score), prompt


def values(ranking: Ranking) -> list[float]:
    """The strengths."""
    return [strength.value for strength in ranking.strengths]


def by_evalica(columns: Columns, models: int) -> list[float]:
    """The oracle's strengths: centred logs."""
    first, second, scores, _ = columns
    winners = [{1.0: evalica.Winner.X, 0.5: evalica.Winner.Draw, 0.0: evalica.Winner.Y}[score] for score in scores]
    found = evalica.bradley_terry(first.tolist(), second.tolist(), winners, tolerance=1e-13, limit=100_000)
    logs = np.log(found.scores.reindex(range(models)).to_numpy(dtype=float))
    return (logs - logs.mean()).tolist()


def design(columns: Columns, models: int) -> NDArray[np.float64]:
    """+1 for the first model, -1 for the second; the last model's column is left out."""
    table = np.zeros((len(columns[0]), models))
    rows = np.arange(len(columns[0]))
    table[rows, columns[0]] = 1.0
    table[rows, columns[1]] = -1.0
    return table[:, :-1]


def by_statsmodels(columns: Columns, models: int, extra: NDArray[np.float64] | None = None) -> Any:
    """Fractional logistic regression with errors clustered by prompt."""
    table = design(columns, models) if extra is None else np.column_stack([design(columns, models), extra])
    model = sm.GLM(columns[2], table, family=sm.families.Binomial())
    return model.fit(cov_type="cluster", cov_kwds={"groups": columns[3], "use_correction": False}, tol=1e-12)


# ------------------------------------------------------------------------------------------- strengths
@pytest.mark.parametrize("seed", range(6))
def test_strengths_are_those_of_evalica(seed: int) -> None:
    """Random fields, ties and missing battles: equal to 1e-6."""
    source = np.random.default_rng(seed)
    models = int(source.integers(2, 12))
    columns = play(source.normal(0, 0.8, models).tolist(), 60, seed=seed, ties=0.3, share=0.8)
    found = bradley_terry(*columns, models=models, bootstraps=0)
    assert not found.pseudo_wins
    assert values(found) == pytest.approx(by_evalica(columns, models), abs=1e-6)
    assert math.fsum(values(found)) == pytest.approx(0, abs=1e-9)


def test_strengths_and_intervals_are_those_of_arena_rank() -> None:
    """What arena-rank 0.1.1 (not installed) gave for these counts, each battle a prompt of its own.

    Its scale is 400 points to a factor of ten around 1000. It takes the normal quantile and no n/(n-1), and adds 1e-5
    to the Hessian's diagonal, which moves the ends of its intervals by less than 0.005 points.
    """
    counts = {  # wins, ties and losses of the first
        (0, 1): (31, 12, 17), (0, 2): (36, 9, 15), (0, 3): (40, 8, 12), (0, 4): (49, 6, 5), (1, 2): (26, 15, 19),
        (1, 3): (33, 10, 17), (1, 4): (44, 7, 9), (2, 3): (27, 14, 19), (2, 4): (38, 11, 11), (3, 4): (35, 9, 16),
    }  # fmt: skip
    recorded = [
        (1140.494169, 1104.423992, 1176.564345),
        (1056.392506, 1023.070972, 1089.714039),
        (1009.659083, 976.897637, 1042.420529),
        (959.286009, 925.505528, 993.066491),
        (834.168234, 796.837943, 871.498524),
    ]
    battles = [
        (*pair, score)
        for pair, many in counts.items()
        for score, n in zip((1, 0.5, 0), many, strict=True)
        for _ in range(n)
    ]
    found = bradley_terry(*zip(*battles, strict=True), range(len(battles)), models=5, bootstraps=0)
    points, n = 400 / math.log(10), len(battles)
    for strength, (value, low, high) in zip(found.strengths, recorded, strict=True):
        assert strength.error is not None
        half = 1.959964 * strength.error * math.sqrt((n - 1) / n)
        assert 1000 + points * strength.value == pytest.approx(value, abs=1e-4)
        assert (value - points * half, value + points * half) == pytest.approx((low, high), abs=5e-3)


def test_two_models_by_hand() -> None:
    """The strengths of two models are the logit of the win rate, half each; the error is Wald's on that scale."""
    scores = [1.0] * 30 + [0.0] * 10
    found = bradley_terry([0] * 40, [1] * 40, scores, range(40), models=2, bootstraps=0)
    assert values(found) == pytest.approx([math.log(3) / 2, -math.log(3) / 2])
    assert found.strengths[0].error == pytest.approx(math.sqrt(1 / 30 + 1 / 10) / 2 * math.sqrt(40 / 39))
    assert (found.n, found.battles, found.fit, found.cycles) == (40, 40, None, 0)


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_errors_are_statsmodels_clustered_ones(share: float) -> None:
    """The sandwich clustered by prompt, times n/(n-1), for the differences to the last model."""
    columns = play([0.8, 0.3, 0.0, -0.6], 120, seed=3, share=share)
    oracle = by_statsmodels(columns, 4)
    fit = fit_plain(group(*columns, 4)[0])
    pairs = contrasts(fit)
    last = pairs.second == 3
    assert pairs.value[last] == pytest.approx(oracle.params, abs=1e-6)
    assert pairs.error[last] == pytest.approx(oracle.bse * math.sqrt(120 / 119), rel=1e-5)


def test_bootstrap_and_sandwich_agree() -> None:
    """With many prompts the refitted resamples vary as the sandwich says."""
    fit = fit_plain(group(*play([0.9, 0.3, 0.0, -0.4, -0.8], 800, seed=5), 5)[0])
    misses = bootstrap(fit, contrasts(fit), samples=2000, seed=1)
    assert misses.std(axis=0) == pytest.approx(np.ones(10), abs=0.06)
    assert misses.mean(axis=0) == pytest.approx(np.zeros(10), abs=0.08)


def test_prompts_of_one_battle_are_summed() -> None:
    """100,000 imported battles without common prompts are a few hundred kinds, with the same strengths and errors."""
    first, second, scores, _ = play([0.5, 0.0, -0.5], 40, seed=2)
    columns = first, second, scores, np.arange(len(first))
    summed, single = group(*columns, 3)[0], group(*columns, 3, kinds=False)[0]
    assert len(summed.copies) <= 9 < len(single.copies) == summed.prompts == len(first)
    kinds, prompts = fit_plain(summed), fit_plain(single)
    assert kinds.errors == pytest.approx(prompts.errors)
    mixed = np.concatenate([columns[3][:-6], np.repeat(columns[3][-6:-3], 2)])
    some, none = group(first, second, scores, mixed, 3)[0], group(first, second, scores, mixed, 3, kinds=False)[0]
    assert fit_plain(some).errors == pytest.approx(fit_plain(none).errors)
    drawn = np.concatenate(list(resamples(some.copies, samples=50, seed=0)))
    assert (drawn.sum(axis=1) == some.prompts).all()


# ------------------------------------------------------------------------------------------- symmetries
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_ranking_symmetries(seed: int, models: int) -> None:
    """Order of records, sides, names of prompts and numbers of models are nothing."""
    source = np.random.default_rng(seed)
    first, second, scores, prompts = play(source.normal(0, 1, models).tolist(), 25, seed=seed)
    settings_ = {"models": models, "bootstraps": 99, "seed": 4}
    found = bradley_terry(first, second, scores, prompts, **settings_)
    order = source.permutation(len(first))
    assert bradley_terry(first[order], second[order], scores[order], prompts[order], **settings_) == found
    assert bradley_terry(second, first, 1 - scores, prompts, **settings_) == found
    named = bradley_terry(first, second, scores, [f"p{prompt:03d}" for prompt in prompts], **settings_)
    assert named == found
    place = source.permutation(models)
    other = bradley_terry(place[first], place[second], scores, prompts, **settings_)
    assert [values(other)[k] for k in place] == pytest.approx(values(found), abs=1e-8)
    assert [other.ranks[k] for k in place] == list(found.ranks)
    lost = bradley_terry(first, second, 1 - scores, prompts, **settings_)
    assert values(lost) == pytest.approx([-value for value in values(found)], abs=1e-8)
    assert [(models + 1 - high, models + 1 - low) for low, high in lost.ranks] == list(found.ranks)


# ------------------------------------------------------------------------------------------- the field falls apart
def test_an_unbeaten_model_is_flagged() -> None:
    """Half a pseudo-win each way keeps it finite, and its interval reaches far."""
    first, second, scores, prompts = play([0.3, 0.0, -0.3], 30, seed=1, ties=0)
    scores = np.where(first == 0, 1.0, np.where(second == 0, 0.0, scores))
    found = bradley_terry(first, second, scores, prompts, models=3, bootstraps=200)
    assert found.pseudo_wins
    assert (found.unbeaten, found.winless) == ((0,), ())
    assert values(found)[0] == max(values(found)) < 10
    best = found.strengths[0]
    assert best.error is not None
    assert best.error > 0.4
    assert found.ranks[0] == (1, 1)


def test_pseudo_wins_by_hand() -> None:
    """Twenty wins of twenty: 20.5 to 0.5, and the error of one such table."""
    found = bradley_terry([0] * 20, [1] * 20, [1.0] * 20, range(20), models=2, bootstraps=0)
    assert values(found)[0] == pytest.approx(math.log(41) / 2)
    assert found.strengths[0].error == pytest.approx(math.sqrt(1 / 20.5 + 1 / 0.5) / 2, rel=0.01)
    assert (found.unbeaten, found.winless, found.pseudo_wins) == ((0,), (1,), True)


def test_a_group_that_never_lost_to_the_rest_is_unbounded_too() -> None:
    """No model is unbeaten, yet the likelihood has no maximum: two leagues, one always above the other."""
    battles = [(0, 1, s) for s in (1, 0)] + [(2, 3, s) for s in (1, 0)] + [(a, b, 1) for a in (0, 1) for b in (2, 3)]
    first, second, scores = zip(*(battles * 5), strict=True)
    found = bradley_terry(first, second, scores, [n // 8 for n in range(40)], models=4, bootstraps=0)
    assert found.pseudo_wins
    assert (found.unbeaten, found.winless) == ((), ())
    assert values(found)[0] == pytest.approx(values(found)[1])


def test_models_that_never_meet_are_not_compared() -> None:
    """Two components: strengths compare within each, and rank sets claim nothing across."""
    one, two = play([1.5, -1.5], 60, seed=1), play([1.5, -1.5], 60, seed=2)
    first, second = np.concatenate([one[0], two[0] + 2]), np.concatenate([one[1], two[1] + 2])
    found = bradley_terry(first, second, np.concatenate([one[2], two[2]]), range(120), models=5, bootstraps=200)
    assert found.components == ((0, 1), (2, 3), (4,))
    assert values(found)[0] + values(found)[1] == pytest.approx(0, abs=1e-9)
    assert found.above == ((0, 1), (2, 3))
    assert found.ranks == ((1, 4), (2, 5), (1, 4), (2, 5), (1, 5))
    assert values(found)[4] == 0


def test_all_ties_do_not_claim_endless_precision() -> None:
    """Nothing but ties: equal strengths, one group, errors as of four coin flips a battle."""
    first, second, _, prompts = play([0, 0, 0], 20, seed=1)
    found = bradley_terry(first, second, np.full(60, 0.5), prompts, models=3, bootstraps=100)
    assert values(found) == pytest.approx([0, 0, 0], abs=1e-12)
    assert found.strengths[0].error == pytest.approx(math.sqrt(2 / 3 / (20 * 0.75)) / 2, rel=0.1)
    assert (found.ranks, found.groups) == (((1, 3),) * 3, ((0, 1, 2),))


# ------------------------------------------------------------------------------------------- ranks and ties
def test_rank_sets_and_groups() -> None:
    """Two good, one middling, two bad: the sets say so, and only those who cannot be told apart share a group."""
    found = bradley_terry(*play([1.2, 1.2, 0.0, -1.2, -1.2], 400, seed=3), models=5, seed=2)
    assert found.ranks == ((1, 2), (1, 2), (3, 3), (4, 5), (4, 5))
    assert [set(group_) for group_ in found.groups] == [{0, 1}, {2}, {3, 4}]
    assert set(found.above) == {(i, j) for i, j in combinations(range(5), 2) if (i, j) not in ((0, 1), (3, 4))}
    assert (found.bootstraps, found.level, found.seed) == (1000, 0.95, 2)


def test_a_chain_of_ties_gives_overlapping_groups() -> None:
    """A and B, B and C cannot be told apart while A and C can: two groups, not one."""
    alike = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=bool)
    assert sorted(cliques(alike)) == [[0, 1], [1, 2]]
    assert cliques(np.ones((4, 4), dtype=bool)) == [[0, 1, 2, 3]]
    assert sorted(cliques(np.eye(3, dtype=bool))) == [[0], [1], [2]]


def test_more_prompts_tell_more_apart() -> None:
    """Rank sets shrink with n, and without bootstraps or with one prompt they say nothing."""
    sizes = []
    for prompts in (20, 80, 320):
        found = bradley_terry(*play([0.9, 0.3, -0.3, -0.9], prompts, seed=6), models=4, bootstraps=300)
        sizes.append(sum(high - low for low, high in found.ranks))
    assert sizes[0] > sizes[1] > sizes[2]
    assert bradley_terry(*play([1, 0, -1], 50, seed=1), models=3, bootstraps=0).ranks == ((1, 3),) * 3
    alone = bradley_terry([0, 1, 0], [1, 2, 2], [1.0, 1.0, 0.0], [7, 7, 7], models=3)
    assert alone.ranks == ((1, 3),) * 3
    assert {(strength.error, strength.low) for strength in alone.strengths} == {(None, None)}


def test_the_seed_decides() -> None:
    """The same seed gives the same ranking, another seed another critical value."""
    columns = play([0.5, 0.0, -0.5], 40, seed=1)
    one, again, other = (bradley_terry(*columns, models=3, bootstraps=150, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.critical != other.critical


# ------------------------------------------------------------------------------------------- does the model fit?
def test_misfit_is_found_and_named() -> None:
    """A model that loses only to one special opponent: the check names that pair; clean data pass."""
    first, second, scores, prompts = play([0.6, 0.2, -0.2, -0.6], 300, seed=4, ties=0)
    clean = bradley_terry(first, second, scores, prompts, models=4, bootstraps=0)
    assert clean.fit is not None
    assert clean.fit.p_value > 0.05
    special = ((first == 0) & (second == 3)) | ((first == 3) & (second == 0))
    bent = bradley_terry(first, second, np.where(special, first == 3, scores), prompts, models=4, bootstraps=0)
    assert bent.fit is not None
    assert (bent.fit.first, bent.fit.second, bent.fit.pairs) == (0, 3, 6)
    assert bent.fit.observed == 0 < bent.fit.expected
    assert bent.fit.largest_z < -10
    assert bent.fit.p_value < 1e-6


def test_fit_check_holds_its_level() -> None:
    """Under the model the check raises its alarm at most about as often as it says."""
    alarms = 0
    for seed in range(300):
        found = bradley_terry(*play([0.6, 0.0, -0.6], 60, seed=seed), models=3, bootstraps=0)
        assert found.fit is not None
        alarms += found.fit.p_value <= 0.05
    assert alarms <= 0.05 * 300 + 3 * math.sqrt(300 * 0.05 * 0.95)
    assert alarms >= 1, "a check that never raises an alarm checks nothing"


def test_intransitive_triples() -> None:
    """Stone, scissors, paper: one cycle, surely; among four equal models there is none to speak of."""
    source = np.random.default_rng(2)
    first, second = np.tile([0, 1, 2], 100), np.tile([1, 2, 0], 100)
    scores = (source.random(300) < 0.75).astype(float)
    found = bradley_terry(first, second, scores, np.repeat(np.arange(100), 3), models=3, bootstraps=0)
    assert found.cycles == 1
    assert [cycle.models for cycle in found.intransitive] == [(0, 1, 2)]
    assert found.intransitive[0].p_value < 0.001
    assert found.fit is not None
    assert found.fit.p_value < 0.001
    assert bradley_terry(*play([2, 1, 0, -1], 60, seed=1), models=4, bootstraps=0).intransitive == ()


# ------------------------------------------------------------------------------------------- covariates
def test_slopes_and_strengths_are_those_of_statsmodels() -> None:
    """The covariates enter the logit; errors are clustered by prompt."""
    columns = play([0.6, 0.0, -0.6], 150, seed=9)
    extra = np.random.default_rng(1).normal(size=(len(columns[0]), 2))
    scores = np.where(extra[:, 0] > 1.0, 1.0, columns[2])
    columns = columns[0], columns[1], scores, columns[3]
    found = bradley_terry(*columns, models=3, covariates=extra, bootstraps=200)
    oracle = by_statsmodels(columns, 3, extra)
    factor = math.sqrt(150 / 149)
    assert [slope.value for slope in found.slopes] == pytest.approx(oracle.params[2:], abs=1e-6)
    assert [slope.error for slope in found.slopes] == pytest.approx(oracle.bse[2:] * factor, rel=1e-5)
    gaps = [value - values(found)[2] for value in values(found)[:2]]
    assert gaps == pytest.approx(oracle.params[:2], abs=1e-6)
    assert found.converged
    assert found.ranks[0] == (1, 1)


def test_control_removes_a_preference_for_length() -> None:
    """Two equal models, one longer, and a judge that likes length: raw strengths differ, controlled ones do not."""
    source = np.random.default_rng(6)
    lengths = source.lognormal([6.0, 5.5], 0.4, size=(1500, 2))
    style = style_covariates(lengths[:, :1], lengths[:, 1:])
    scores = (source.random(1500) < 1 / (1 + np.exp(-1.5 * style[:, 0]))).astype(float)
    battles = [0] * 1500, [1] * 1500, scores, range(1500)
    raw = bradley_terry(*battles, models=2, bootstraps=300)
    controlled = bradley_terry(*battles, models=2, covariates=style, bootstraps=300)
    assert raw.above == ((0, 1),)
    assert controlled.above == ()
    assert abs(values(controlled)[0]) < 0.15 < values(raw)[0]
    [slope] = controlled.slopes
    assert slope.low is not None
    assert slope.high is not None
    assert slope.low < 1.5 < slope.high


def test_covariates_without_effect_change_nothing() -> None:
    """A covariate that never differs has slope 0, and sides may be exchanged with its sign."""
    columns = play([0.5, 0.0, -0.5], 60, seed=2)
    plain = bradley_terry(*columns, models=3, bootstraps=0)
    idle = bradley_terry(*columns, models=3, covariates=np.zeros((len(columns[0]), 1)), bootstraps=0)
    assert values(idle) == pytest.approx(values(plain), abs=1e-8)
    assert idle.slopes[0].value == 0
    style = np.random.default_rng(3).normal(size=(len(columns[0]), 1))
    one = bradley_terry(*columns, models=3, covariates=style, bootstraps=99)
    first, second, scores, prompts = columns
    two = bradley_terry(second, first, 1 - scores, prompts, models=3, covariates=-style, bootstraps=99)
    assert two == one


def test_covariates_that_decide_or_repeat_stay_finite() -> None:
    """One that decides every game, and one that follows from who plays: wide intervals, no crash, no claim."""
    first, second, scores, prompts = play([0.3, 0.0], 60, seed=4, ties=0)
    decides = bradley_terry(first, second, scores, prompts, models=2, covariates=(2 * scores - 1)[:, None])
    assert decides.slopes[0].value > 5
    assert decides.above == ()
    who = np.where(first == 0, 1.0, -1.0)[:, None]
    repeats = bradley_terry(first, second, scores, prompts, models=2, covariates=who)
    assert repeats.slopes[0].value == pytest.approx(0, abs=1e-3)
    assert repeats.slopes[0].error is not None
    assert repeats.slopes[0].error > 100
    assert repeats.above == ()


def test_style_covariates_by_hand() -> None:
    """(a-b)/(a+b) over its root mean square; 0 where both are 0; exchanged answers change the sign."""
    ours, theirs = [[300, 0, 2], [100, 0, 0]], [[100, 0, 0], [300, 0, 2]]
    found = style_covariates(ours, theirs)
    assert found.tolist() == [[1, 0, 1], [-1, 0, -1]]
    assert style_covariates(theirs, ours).tolist() == (-found).tolist()
    for bad in ([[1, 2]], [[-1, 0, 0], [0, 0, 0]], [1, 2, 3]):
        with pytest.raises(ValueError):
            style_covariates(bad, theirs)


# ------------------------------------------------------------------------------------------- refusals, speed
@pytest.mark.parametrize(
    "columns",
    [
        ([], [], [], []),
        ([0], [1], [1.0], [0, 1]),
        ([0], [0], [1.0], [0]),
        ([0], [2], [1.0], [0]),
        ([-1], [1], [1.0], [0]),
        ([0.5], [1], [1.0], [0]),
        ([0], [1], [1.1], [0]),
        ([0], [1], [math.nan], [0]),
    ],
)
def test_columns_that_are_none_are_refused(columns: tuple[list[Any], ...]) -> None:
    """Ragged, empty or impossible columns never become a ranking."""
    with pytest.raises(ValueError):
        bradley_terry(*columns, models=2)


@pytest.mark.parametrize("covariates", [[[math.nan]], [[1.0], [2.0]], [1.0]])
def test_covariates_that_are_none_are_refused(covariates: list[Any]) -> None:
    """One finite row for each record."""
    with pytest.raises(ValueError):
        bradley_terry([0], [1], [1.0], [0], models=2, covariates=covariates)


def test_a_large_field_is_ranked_in_half_a_second() -> None:
    """20 models, 100,000 battles, 1,000 resamples of the prompts; the best of three, since others use the machine."""
    columns = play(np.linspace(-1.5, 1.5, 20).tolist(), 527, seed=1)
    fastest = math.inf
    for _ in range(3):
        started = time.perf_counter()
        found = bradley_terry(*columns, models=20)
        fastest = min(fastest, time.perf_counter() - started)
    assert found.battles == 527 * 190
    assert fastest < 0.5
