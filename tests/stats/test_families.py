"""Families of prompts, several samples a prompt, and totals of several suites."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student
from statsmodels.stats.proportion import confint_proportions_2indep

from bench.coverage_table import measure, rate_line
from bench.worlds import VERY_ALIKE, duel, equal_families
from evals.stats import (
    FamilyDifference,
    FamilyRate,
    family_variance,
    paired_difference,
    prompt_means,
    stratified,
    top_shares,
    win_rate,
)

lattice = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
grouped = st.lists(st.tuples(lattice, st.integers(0, 6)), min_size=2, max_size=60)


# ------------------------------------------------------------------------------------------- variance
@settings(deadline=None)
@given(grouped)
def test_family_variance_is_that_of_statsmodels(records: list[tuple[float, int]]) -> None:
    """The cluster-robust variance of the mean in a regression on nothing else."""
    scores, families = [score for score, _ in records], [family for _, family in records]
    variance, count = family_variance(scores, families)
    assert count == len(set(families))
    if count == 1:
        assert variance is None
        return
    fitted = sm.OLS(scores, np.ones(len(scores))).fit(cov_type="cluster", cov_kwds={"groups": np.array(families)})
    assert variance == pytest.approx(float(fitted.cov_params()[0, 0]), abs=1e-12)


def test_prompts_of_their_own_are_no_families() -> None:
    """With every prompt a family of its own nothing changes, in rates and differences."""
    scores = [1.0, 0.5, 0.0, 1.0, 1.0, 0.0, 0.75]
    own = [f"p{n}" for n in range(7)]
    assert win_rate(scores, families=own) == win_rate(scores)
    gaps = [score - 0.5 for score in scores]
    assert paired_difference(gaps, families=own) == paired_difference(gaps)
    assert family_variance(scores, own)[0] == pytest.approx(np.var(scores, ddof=1) / 7)


# ------------------------------------------------------------------------------------------- win rates
def test_family_rate_by_hand() -> None:
    """Wilson at the effective number of trials, one more loss added that a whole family shares."""
    scores = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.5, 0.0]
    families = ["a", "a", "a", "b", "b", "b", "c", "c", "d", "d"]
    found = win_rate(scores, families=families, level=0.9)
    w = 0.55
    sums = [3 - 3 * w, 0 - 3 * w, 2 - 2 * w, 0.5 - 2 * w]
    flips = 10 * w * (1 - w) / np.var(scores, ddof=1)
    effect = flips * (4 / 3 * sum(part**2 for part in sums) / 100) / (w * (1 - w))
    losses, repeated = 4.5, (9 + 9 + 4 + 4) / 10
    trials = flips / ((losses * effect + repeated) / (losses + 1))
    z = student.ppf(0.95, 3 * ((losses * effect + repeated) / (losses * effect)) ** 2)
    centre = (w + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(w * (1 - w) / trials + z * z / (4 * trials**2))
    assert isinstance(found, FamilyRate)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half))
    assert (found.value, found.n, found.families, found.level) == (w, 10, 4, 0.9)
    assert found.method == "wilson-effective-n-families-t"


@settings(deadline=None)
@given(grouped, st.randoms())
def test_family_rate_symmetries(records: list[tuple[float, int]], source: random.Random) -> None:
    """Swapped sides mirror it; order and names of families are nothing; never narrower than independent prompts."""
    scores, families = [score for score, _ in records], [family for _, family in records]
    found = win_rate(scores, families=families)
    mirrored = win_rate([1 - score for score in scores], families=families)
    source.shuffle(records)
    shuffled = win_rate([score for score, _ in records], families=[f"family {family}" for _, family in records])
    assert shuffled == found
    if found.low is None or found.high is None:
        assert found.method == "none"
        assert len(set(families)) == 1
        return
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)
    alone = win_rate(scores)
    assert alone.low is not None
    assert alone.high is not None
    assert found.high - found.low >= alone.high - alone.low - 1e-9


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_scores_that_are_all_alike_count_families(score: float) -> None:
    """Nothing tells how alike a family is when all scores are equal, so a family counts as one prompt."""
    many = win_rate([score] * 40, families=[n // 10 for n in range(40)])
    few = win_rate([score] * 4, families=[0, 1, 2, 2])
    assert many.low is not None
    assert few.low is not None
    assert many.high is not None
    assert many.high - many.low > 0.3
    assert many.low > few.low or score == 0.0


@pytest.mark.parametrize(("rate", "count"), [(0.8, 8), (0.95, 20)])
def test_few_families_that_are_very_alike_are_covered(rate: float, count: int) -> None:
    """Families of ten whose prompts correlate by 0.36: 600 intervals; without the unseen loss 89 % would hold."""
    world = duel(rate, ties=0.12, families=equal_families(count, 10), alike=VERY_ALIKE)
    outcome = measure(rate_line(world, 10 * count, "very alike"), repetitions=600, seed=3)
    assert outcome.share >= 0.915


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_without_a_difference_a_family_is_one_prompt(score: float) -> None:
    """Eight families of ten equal scores are eight prompts."""
    families = [n // 10 for n in range(80)]
    many, few = win_rate([score] * 80, families=families), win_rate([score] * 8)
    assert (many.low, many.high) == pytest.approx((few.low, few.high))


def test_top_shares_know_families() -> None:
    """Ten families whose prompts repeat each other give the interval of ten prompts, about."""
    one = [1.0] * 6 + [0.0] * 4
    columns = [[score for score in one for _ in range(8)], [1 - score for score in one for _ in range(8)]]
    families = [n // 8 for n in range(80)]
    (alone, _), _ = top_shares(columns)
    (together, _), _ = top_shares(columns, families=families)
    assert alone.value == together.value == 0.6
    assert alone.low is not None
    assert together.low is not None
    assert 0.6 - together.low > 2 * (0.6 - alone.low)


# ------------------------------------------------------------------------------------------- differences
def test_family_difference_by_hand() -> None:
    """Student's t with G-1 degrees of freedom on the clustered variance, whole families flipped for the p-value."""
    gaps = [0.5, 1.0, 0.5, 0.0, -0.5, 0.0, 0.5, 0.5]
    families = [1, 1, 1, 2, 2, 3, 4, 4]
    found = paired_difference(gaps, families=families)
    variance, count = family_variance(gaps, families)
    assert variance is not None
    assert isinstance(found, FamilyDifference)
    half = student.ppf(0.975, count - 1) * math.sqrt(variance)
    assert (found.low, found.high) == pytest.approx((0.3125 - half, min(1.0, 0.3125 + half)))
    sums = [2.0, -0.5, 0.0, 1.0]
    signed = [abs(a * 2.0 + b * 0.5 + c * 1.0) for a in (1, -1) for b in (1, -1) for c in (1, -1)]
    assert found.p_value == sum(value >= abs(sum(sums)) for value in signed) / 8
    assert (found.test, found.families, found.method) == ("sign-flip", 4, "families-t-interval-sign-flip-test")


def test_many_families_are_tested_by_student() -> None:
    """From 100 families on Student's t serves, and one family alone says nothing."""
    source = random.Random(4)
    gaps = [source.choice([-0.5, 0, 0.5]) for _ in range(240)]
    assert paired_difference(gaps, families=[n // 2 for n in range(240)]).test == "student-t"
    alone = paired_difference(gaps, families=[0] * 240)
    assert (alone.low, alone.high, alone.p_value, alone.test) == (None, None, None, "none")


# ------------------------------------------------------------------------------------------- several samples a prompt
def test_prompt_means() -> None:
    """One score a prompt in order of first appearance; an unread sample makes its prompt missing."""
    scores = [1.0, 0.0, 0.5, None, 1.0, math.nan, 0.0]
    assert prompt_means(scores, ["b", "a", "b", "a", "c", "d", "c"]) == ([0.75, 0.5], ["b", "c"], 2)
    with pytest.raises(ValueError):
        prompt_means([1.0], ["a", "b"])


def test_repeats_are_not_prompts() -> None:
    """200 prompts read five times each cover 95 %; read as 1,000 independent scores they would cover far less."""
    source = np.random.default_rng(3)
    naive = folded = 0
    for _ in range(600):
        common, fresh = source.random((200, 1)) < 0.5, source.random((200, 5)) < 0.5
        scores = np.where(source.random((200, 5)) < 0.7, common, fresh).astype(float)
        prompts = np.repeat(np.arange(200), 5)
        means, _, missing = prompt_means(scores.ravel().tolist(), prompts.tolist())
        assert missing == 0
        for which, found in ((0, win_rate(scores.ravel())), (1, win_rate(means))):
            assert found.low is not None
            assert found.high is not None
            hit = found.low <= 0.5 <= found.high
            naive, folded = naive + hit * (which == 0), folded + hit * (which == 1)
    assert folded / 600 == pytest.approx(0.95, abs=0.03)
    assert naive / 600 < 0.85


# ------------------------------------------------------------------------------------------- several suites
@pytest.mark.parametrize(("wins", "ns"), [((56, 48), (70, 80)), ((9, 3), (10, 10)), ((10, 0), (10, 20))])
def test_total_of_two_suites_is_newcombes(wins: tuple[int, int], ns: tuple[int, int]) -> None:
    """w1 + (1 - w2) is one more than the difference of two rates, whose MOVER interval statsmodels has."""
    first = win_rate([1.0] * wins[0] + [0.0] * (ns[0] - wins[0]))
    second = win_rate([0.0] * wins[1] + [1.0] * (ns[1] - wins[1]))
    found = stratified([first, second])
    low, high = confint_proportions_2indep(wins[0], ns[0], wins[1], ns[1], method="newcomb", compare="diff")
    assert found.low is not None
    assert found.high is not None
    assert (2 * found.low - 1, 2 * found.high - 1) == pytest.approx((low, high))
    assert (found.n, found.weights, found.method, found.p_value) == (sum(ns), (0.5, 0.5), "mover", None)


def test_weights_are_what_the_user_states() -> None:
    """Scaled to 1; a suite of weight 0 has no say, and one without interval leaves the total without."""
    parts = [win_rate([1.0, 1.0, 0.0, 1.0]), win_rate([0.0, 0.5, 0.0]), win_rate([1.0])]
    found = stratified(parts, weights=[3, 1, 0])
    assert found.weights == (0.75, 0.25, 0.0)
    assert found.value == pytest.approx(0.75 * 0.75 + 0.25 / 6)
    assert found.low is not None
    total = stratified(parts, weights=[1, 1, 1])
    assert (total.low, total.high, total.method) == (None, None, "none")
    assert stratified(parts[:1], weights=[7]).low == pytest.approx(parts[0].low)


def test_total_of_differences_has_a_p_value() -> None:
    """Significant exactly where the total's interval leaves out 0, and mirrored with the sides."""
    source = random.Random(8)
    for shift in (0.0, 0.05, 0.1, 0.2, 0.3):
        columns = [[max(-1.0, min(1.0, source.choice([-0.5, 0, 0.5]) + shift)) for _ in range(n)] for n in (40, 150)]
        found = stratified([paired_difference(column) for column in columns], weights=[2, 1])
        mirrored = stratified([paired_difference([-gap for gap in column]) for column in columns], weights=[2, 1])
        assert found.p_value is not None
        assert found.low is not None
        assert found.high is not None
        assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0)
        assert mirrored.p_value == pytest.approx(found.p_value)
        assert mirrored.low == pytest.approx(-found.high)


@pytest.mark.parametrize("weights", [[1.0], [-1.0, 2.0], [0.0, 0.0], [math.inf, 1.0]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    """One weight a suite, none below 0, not all 0."""
    with pytest.raises(ValueError):
        stratified([win_rate([1.0, 0.0])] * 2, weights=weights)
    with pytest.raises(ValueError):
        stratified([win_rate([1.0, 0.0]), win_rate([1.0, 0.0], level=0.9)])


def test_a_longer_suite_narrows_the_total() -> None:
    """More prompts of one suite, the same weights: a narrower total."""
    widths = []
    for n in (20, 80, 320):
        found = stratified([win_rate([1.0, 0.0, 1.0, 0.5] * n), win_rate([1.0, 0.0] * 50)])
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert all(before > after for before, after in pairwise(widths))
