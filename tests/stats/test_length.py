"""The length-controlled win rate."""

import math
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.stats import length_controlled_rate
from evals.stats._length import _newton

lattice = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
records = st.lists(st.tuples(lattice, st.integers(-900, 900)), min_size=3, max_size=40)


def made(n: int, *, level: float, slope: float, lean: float, seed: int) -> tuple[list[float], list[float]]:
    """Scores of a judge that likes length, and length differences that lean to one side."""
    source = np.random.default_rng(seed)
    gaps = source.normal(lean, 1.0, n)
    chance = 1 / (1 + np.exp(-(level + slope * np.tanh(gaps))))
    return (source.random(n) < chance).astype(float).tolist(), (300 * gaps).tolist()


def test_fit_and_errors_are_statsmodels() -> None:
    """Without the pseudo-game's weight in a large sample: a logistic regression on the tanh, errors by prompt."""
    scores, gaps = made(4000, level=0.4, slope=0.8, lean=0.5, seed=1)
    found = length_controlled_rate(scores, gaps, bootstraps=0)
    column = np.tanh(np.array(gaps) / np.std(gaps, ddof=1))
    model = sm.GLM(scores, sm.add_constant(column), family=sm.families.Binomial())
    oracle = model.fit(cov_type="HC0", tol=1e-12)
    assert found.low is not None
    assert math.log(found.value / (1 - found.value)) == pytest.approx(oracle.params[0], abs=1e-3)
    assert found.slope.value == pytest.approx(oracle.params[1], abs=1e-3)
    assert found.slope.error == pytest.approx(oracle.bse[1], rel=2e-3)
    half = math.log(found.value / (1 - found.value)) - math.log(found.low / (1 - found.low))
    assert half == pytest.approx(1.9605 * oracle.bse[0], rel=2e-3)


def test_the_pseudo_game_by_hand() -> None:
    """Half a game at either end of the lengths is the same fit on four more rows of a quarter's weight."""
    scores, gaps = np.array([1.0, 1.0, 0.5, 1.0, 0.0]), np.array([3.0, 1.0, -2.0, 0.5, -1.0])
    column = np.tanh(gaps / gaps.std(ddof=1))
    y, x = np.concatenate([scores, [1, 0, 1, 0]]), np.concatenate([column, [1, 1, -1, -1]])
    weights = np.concatenate([np.ones(5), np.full(4, 0.25)])
    model = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial(), freq_weights=weights)
    assert _newton(scores, column)[0][0] == pytest.approx(model.fit(tol=1e-12).params, abs=1e-6)


def test_lengths_that_always_lean_one_way_tell_little() -> None:
    """Every answer far longer than the other's: equal length was never seen, so the interval is nearly everything."""
    found = length_controlled_rate([1.0, 0.0, 1.0] * 20, [500.0 + n % 7 for n in range(60)], bootstraps=0)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.7


def test_length_is_taken_out() -> None:
    """The longer of two equal models wins more, and not at equal length; the slope says why."""
    scores, gaps = made(1200, level=0.0, slope=1.5, lean=0.8, seed=3)
    found = length_controlled_rate(scores, gaps, bootstraps=400, seed=1)
    assert found.raw > 0.65
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.5 < found.high
    assert found.slope.low is not None
    assert found.slope.low > 0
    assert (found.bootstrap_low, found.bootstrap_high) == pytest.approx((found.low, found.high), abs=0.015)
    assert (found.n, found.families, found.bootstraps, found.seed) == (1200, 1200, 400, 1)


@settings(max_examples=40, deadline=None)
@given(records, st.randoms())
def test_controlled_rate_symmetries(columns: list[tuple[float, int]], source: Any) -> None:
    """Exchanged answers give 1-w and the same slope; the order of prompts is nothing; the interval holds its value."""
    scores, gaps = [score for score, _ in columns], [float(gap) for _, gap in columns]
    found = length_controlled_rate(scores, gaps, bootstraps=0)
    mirrored = length_controlled_rate([1 - score for score in scores], [-gap for gap in gaps], bootstraps=0)
    assert mirrored.value == pytest.approx(1 - found.value, abs=1e-6)
    assert mirrored.slope.value == pytest.approx(found.slope.value, abs=1e-5, rel=1e-5)
    source.shuffle(columns)
    shuffled = length_controlled_rate([s for s, _ in columns], [float(gap) for _, gap in columns], bootstraps=0)
    assert shuffled.value == pytest.approx(found.value, abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-6)


@pytest.mark.parametrize("gap", [0.0, 250.0])
def test_equal_differences_control_nothing(gap: float) -> None:
    """Where every answer is longer by the same, the rate is the raw one, drawn to a half by the pseudo-game."""
    found = length_controlled_rate([1.0] * 15 + [0.0] * 5, [gap] * 20, bootstraps=0)
    assert found.value == pytest.approx(15.5 / 21)
    assert (found.slope.value, found.slope.error) == (0, None)


def test_a_side_that_always_wins_stays_finite() -> None:
    """Twenty of twenty: below 1, with an interval that reaches far down."""
    found = length_controlled_rate([1.0] * 20, list(range(-10, 10)), bootstraps=200)
    assert 0.95 < found.value < 1
    assert found.low is not None
    assert 0.6 < found.low < 0.9


def test_families_are_resampled_together() -> None:
    """Repeating every prompt ten times as one family leaves the estimate, the resamples and about the interval."""
    scores, gaps = made(40, level=0.5, slope=0.5, lean=0.0, seed=5)
    once = length_controlled_rate(scores, gaps, bootstraps=300)
    tenfold = [[value for value in column for _ in range(10)] for column in (scores, gaps)]
    many = length_controlled_rate(*tenfold, families=[n // 10 for n in range(400)], bootstraps=300)
    assert once.low is not None
    assert many.low is not None
    assert many.families == 40
    assert many.raw == pytest.approx(once.raw)
    assert many.low == pytest.approx(once.low, abs=0.03)
    assert many.bootstrap_low == pytest.approx(once.bootstrap_low, abs=0.03)
    naive = length_controlled_rate(*tenfold, bootstraps=0)
    assert naive.low is not None
    assert naive.low > many.low + 0.05


def test_few_prompts_have_no_interval() -> None:
    """Two prompts give a value and nothing else."""
    found = length_controlled_rate([1.0, 0.0], [10.0, 30.0])
    assert (found.low, found.high, found.bootstrap_low, found.method) == (None, None, None, "none")


@pytest.mark.parametrize(
    ("scores", "gaps"), [([], []), ([1.0], [1.0, 2.0]), ([1.5], [0.0]), ([math.nan], [0.0]), ([1.0], [math.inf])]
)
def test_columns_that_are_none_are_refused(scores: list[float], gaps: list[float]) -> None:
    """Nothing ragged, empty, outside 0..1 or infinite."""
    with pytest.raises(ValueError):
        length_controlled_rate(scores, gaps)
    with pytest.raises(ValueError):
        length_controlled_rate([1.0, 0.0], [1.0, 2.0], families=["a"])
