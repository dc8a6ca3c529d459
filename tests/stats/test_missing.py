"""Missing verdicts: who misses more, and what it could have changed."""

import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import cochrans_q

from evals.stats import missing_test, sensitivity, win_rate, worst_case

flags = st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=3), min_size=1, max_size=120)


# ------------------------------------------------------------------------------------------- do models differ?
@settings(deadline=None)
@given(flags)
def test_statistic_is_cochrans_q(rows: list[list[float]]) -> None:
    """For whole misses the statistic is statsmodels' Q, and from 100 informative prompts on its p-value too."""
    found = missing_test(list(zip(*rows, strict=True)))
    informative = [row for row in rows if len(set(row)) > 1]
    assert found.informative == len(informative)
    assert found.shares == pytest.approx([statistics.fmean(column) for column in zip(*rows, strict=True)])
    if informative:
        assert found.statistic == pytest.approx(cochrans_q(np.array(rows)).statistic)
    else:
        assert (found.statistic, found.p_value, found.method) == (0.0, 1.0, "none")


def test_many_prompts_use_chi_square() -> None:
    """150 prompts that differ: the p-value is statsmodels'."""
    source = np.random.default_rng(1)
    rows = source.random((150, 4)) < [0.3, 0.3, 0.4, 0.45]
    rows = np.concatenate([rows, rows])
    found = missing_test(list(rows.T.astype(float)))
    assert found.method == "cochran-q-chi-square"
    assert found.p_value == pytest.approx(cochrans_q(rows.astype(int)).pvalue)
    assert found.seed is None


def test_few_prompts_are_permuted() -> None:
    """Six prompts on which only the first of three models misses: 1 in 3^6 by chance, for each of three models."""
    columns = [[1.0] * 6 + [0.0] * 30, [0.0] * 36, [0.0] * 36]
    found = missing_test(columns, seed=3)
    assert found.method == "cochran-q-permutation"
    assert found.p_value == pytest.approx(3 / 3**6, abs=0.0025)
    assert missing_test(columns, seed=3) == found
    assert (found.n, found.informative, found.seed) == (36, 6, 3)


def test_missing_test_holds_its_level() -> None:
    """Where all models miss alike, at most about one test in twenty says otherwise; a real gap is found."""
    source = np.random.default_rng(2)
    alarms = sum(missing_test(list((source.random((4, 150)) < 0.05).astype(float))).p_value <= 0.05 for _ in range(60))
    assert alarms <= 9
    gap = source.random((4, 150)) < np.array([[0.02], [0.02], [0.02], [0.15]])
    assert missing_test(list(gap.astype(float))).p_value < 0.01


def test_shares_count_in_parts() -> None:
    """A model that misses half of a prompt's verdicts is between one that misses none and one that misses all."""
    found = missing_test([[0.0] * 20, [0.5] * 20, [1.0] * 20])
    assert found.shares == (0.0, 0.5, 1.0)
    assert found.p_value == pytest.approx(1e-4)


@pytest.mark.parametrize(
    "columns", [[], [[0.0, 1.0]], [[0.0], [0.0, 1.0]], [[], []], [[0.0], [1.5]], [[math.nan], [0]]]
)
def test_shares_that_are_none_are_refused(columns: list[list[float]]) -> None:
    """Two models at least, the same prompts, shares in 0..1."""
    with pytest.raises(ValueError):
        missing_test(columns)


# ------------------------------------------------------------------------------------------- could it matter?
def test_sensitivity_by_hand() -> None:
    """60 of 80 read points; 20 missing: from 60 to 80 of 100, and nothing brings it to one half."""
    found = sensitivity([1.0] * 60 + [0.0] * 20, missing=20)
    assert (found.value, found.low, found.high, found.n) == (0.75, 0.6, 0.8, 100)
    assert (found.tipping, found.settled) == (None, True)
    assert found.low_with_error == win_rate([1.0] * 60 + [0.0] * 40).low
    assert found.high_with_error == win_rate([1.0] * 80 + [0.0] * 20).high
    close = sensitivity([1.0] * 45 + [0.0] * 35, missing=20)
    assert close.tipping == pytest.approx((50 - 45) / 20)
    assert not close.settled


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=40), st.integers(0, 20), st.floats(0.05, 0.95))
def test_tipping_is_where_the_rate_turns(scores: list[float], missing: int, against: float) -> None:
    """Filling in the tipping score gives exactly the rate compared with; the bounds are `worst_case`'s."""
    if not len(scores) + missing:
        with pytest.raises(ValueError):
            sensitivity(scores, missing=missing)
        return
    found = sensitivity(scores, missing=missing, against=against)
    bounds = worst_case([(score, 1, 1) for score in scores] + [(0.0, 0, 1)] * missing)
    assert bounds is not None
    assert (found.low, found.high) == pytest.approx(bounds)
    if found.tipping is not None:
        filled = (math.fsum(scores) + missing * found.tipping) / (len(scores) + missing)
        assert filled == pytest.approx(against)
        assert not found.settled
    elif missing:
        assert found.settled or against in (pytest.approx(found.low), pytest.approx(found.high))


def test_sampling_error_is_on_top_of_the_bounds() -> None:
    """The outer interval holds the true rate when one side's losses go missing, where the naive one does not."""
    source = random.Random(6)
    outer = naive = 0
    for _ in range(300):
        scores = [float(source.random() < 0.5) for _ in range(150)]
        kept = [score for score in scores if score or source.random() > 0.3]
        found, plain = sensitivity(kept, missing=150 - len(kept)), win_rate(kept)
        assert found.low_with_error is not None
        assert found.high_with_error is not None
        assert plain.low is not None
        assert plain.high is not None
        outer += found.low_with_error <= 0.5 <= found.high_with_error
        naive += plain.low <= 0.5 <= plain.high
    assert outer >= 0.93 * 300
    assert naive < 0.7 * 300


def test_a_negative_number_is_not_missing() -> None:
    """More read than planned is a mistake of the caller."""
    with pytest.raises(ValueError):
        sensitivity([1.0], missing=-1)
