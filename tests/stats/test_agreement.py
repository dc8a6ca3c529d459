"""Agreement between judges against published tables, other libraries and panels with a known corrupted judge."""

import math
from collections.abc import Sequence
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from bench.judge_quality import panel
from evals.stats import cohen_kappa, krippendorff_alpha, leave_one_out, raw_agreement, stands_apart, win_rate

_ = None
PUBLISHED = [  # 12 units of four observers with gaps, as in Krippendorff's own worked example of 2011
    [1, 1, _, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [_, 5, 5, 5],
    [_, _, 1, 1],
    [_, _, 3, _],
]
ratings = st.lists(
    st.lists(st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])), min_size=3, max_size=3),
    min_size=1,
    max_size=12,
)


def by_hand(rows: Sequence[Sequence[float | None]], metric: str) -> float | None:
    """alpha from its definition: pairs within units against pairs across all pairable values."""
    units = [[value for value in row if value is not None] for row in rows]
    units = [unit for unit in units if len(unit) > 1]
    pool = sorted(value for unit in units for value in unit)

    def distance(a: float, b: float) -> float:
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return (a - b) ** 2
        low, high = sorted((a, b))
        between = sum(low <= value <= high for value in pool)
        return (between - (pool.count(low) + pool.count(high)) / 2) ** 2 if a != b else 0.0

    observed = sum(distance(a, b) / (len(unit) - 1) for unit in units for a, b in permutations(unit, 2))
    expected = sum(2 * distance(a, b) for a, b in combinations(pool, 2)) / max(1, len(pool) - 1)
    return 1 - observed / expected if expected else None


# ------------------------------------------------------------------------------------------- alpha
@pytest.mark.parametrize(("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example(metric: str, value: float) -> None:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: .743, .815, .849."""
    found = krippendorff_alpha(PUBLISHED, metric=metric)  # type: ignore[arg-type]
    assert found.value == pytest.approx(value, abs=6e-4)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < value < found.high <= 1
    assert (found.n, found.method, found.seed, found.level) == (11, f"krippendorff-{metric}", 0, 0.95)


@given(ratings, st.sampled_from(["nominal", "ordinal", "interval"]))
@settings(max_examples=150, deadline=None)
def test_alpha_is_its_definition(rows: list[list[float | None]], metric: str) -> None:
    """The moments used inside give what the sum over pairs gives, gaps included; None where nothing varies."""
    found = krippendorff_alpha(rows, metric=metric, resamples=20)  # type: ignore[arg-type]
    oracle = by_hand(rows, metric)
    if oracle is None:
        assert found.value is found.low is found.high is None
    else:
        assert found.value == pytest.approx(oracle, abs=1e-9)
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert found.low <= found.value <= found.high


def test_nan_is_missing_and_the_seed_decides_the_interval() -> None:
    """None and NaN are the same gap; the same seed gives the same interval, another one another."""
    with_nan = [[math.nan if value is None else value for value in row] for row in PUBLISHED]
    assert krippendorff_alpha(with_nan) == krippendorff_alpha(PUBLISHED)
    assert krippendorff_alpha(PUBLISHED, seed=1).low != krippendorff_alpha(PUBLISHED, seed=2).low


def test_the_bootstrap_covers() -> None:
    """Of 200 panels of 60 units the interval holds the alpha of the process in 90 to 99 %."""
    source = np.random.default_rng(0)
    share, right, hits = 0.5, 0.85, 0
    truth = (2 * right - 1) ** 2  # two judges right with this chance on a fair coin: alpha of many units
    for _repetition in range(200):
        units = source.random((60, 1)) < share
        panel = np.where(source.random((60, 3)) < right, units, ~units).astype(float)
        found = krippendorff_alpha(panel.tolist(), resamples=200)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert 180 <= hits <= 198


# ------------------------------------------------------------------------------------------- kappa and raw
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [2, 3, 5])
def test_kappa_against_two_libraries(seed: int, count: int) -> None:
    """Value as in scikit-learn, interval as in statsmodels."""
    source = np.random.default_rng(seed)
    first = source.integers(0, count, 120)
    second = np.where(source.random(120) < 0.6, first, source.integers(0, count, 120))
    found = cohen_kappa(first, second)
    table = np.zeros((count, count))
    np.add.at(table, (first, second), 1)
    oracle = cohens_kappa(table)
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    assert found.low == pytest.approx(oracle.kappa_low)
    assert found.high == pytest.approx(oracle.kappa_upp)


def test_kappa_with_gaps_and_without_variation() -> None:
    """A unit one of the two did not rate is left out; where both always say the same thing there is no kappa."""
    found = cohen_kappa([1, 0, None, 1, 0], [1, 0, 1, math.nan, 1])
    assert found.n == 3
    assert found.value == pytest.approx(cohen_kappa_score([1, 0, 0], [1, 0, 1]))
    assert cohen_kappa([1, 1], [1, 1]).value is None
    assert cohen_kappa([], []).n == 0


def test_raw_agreement_is_a_share_with_wilson() -> None:
    """Alike or not, unit by unit; None without a unit in common."""
    assert raw_agreement([1, 0, 0.5, 1], [1, 1, 0.5, None]) == win_rate([1.0, 0.0, 1.0])
    assert raw_agreement([1.0], [None]) is None


# ------------------------------------------------------------------------------------------- leaving one out
def test_leaving_a_judge_out() -> None:
    """The rate of the rest and how far it moves, prompt by prompt; a prompt only that judge scored drops out."""
    scores = [[1.0, 0.0, 0.5], [1.0, 1.0, None], [None, None, 0.0], [0.5, 0.0, 1.0]]
    found = leave_one_out(scores)
    assert [one.judge for one in found] == [0, 1, 2]
    assert found[0].rate == win_rate([0.25, 1.0, 0.0, 0.5])
    assert found[2].rate == win_rate([0.5, 1.0, 0.25])
    whole = [0.5, 1.0, 0.5]
    assert found[2].change == pytest.approx(np.mean([0.5, 1.0, 0.25]) - np.mean(whole))
    alone = leave_one_out([[1.0], [0.0]])
    assert (alone[0].rate, alone[0].change) == (None, None)


# ------------------------------------------------------------------------------------------- who stands apart
@pytest.mark.parametrize(
    ("corrupted", "least"), [("contrary", 38), ("place only", 38), ("for one side", 38), ("at random", 30)]
)
def test_the_corrupted_judge_of_three_is_named(corrupted: str, least: int) -> None:
    """At 120 prompts, in 40 panels each; never one of the two sound ones."""
    source = np.random.default_rng(1)
    named = [stands_apart(panel(source, 120, (0.8, 0.8, 0.8), corrupted).tolist()).judge for _panel in range(40)]
    assert named.count(0) >= least
    assert named.count(0) + named.count(None) == 40


@pytest.mark.parametrize("n", [20, 60, 250])
@pytest.mark.parametrize("right", [(0.8, 0.8, 0.8), (0.85, 0.8, 0.72), (0.5, 0.5, 0.5)])
def test_no_alarm_in_a_sound_panel(n: int, right: tuple[float, ...]) -> None:
    """Equal judges, judges of somewhat unlike quality, judges who all guess: at most 5 % false alarms."""
    source = np.random.default_rng(2)
    alarms = sum(stands_apart(panel(source, n, right)).judge is not None for _panel in range(60))
    assert alarms <= 60 * 0.05 + 3 * math.sqrt(60 * 0.05 * 0.95) - 3  # five at most


def test_the_result_explains_itself() -> None:
    """A share below 0 for the contrary, near 1 in a sound panel; gaps and judges without scores are borne."""
    rows: list[list[float | None]] = [
        list(row) for row in panel(np.random.default_rng(3), 200, (0.85,) * 4, "contrary")
    ]
    found = stands_apart(rows)
    assert found.judge == 0
    first, *others = found.shares
    assert first is not None
    assert first < 0
    assert others.count(None) == 3  # with the contrary one among them, the others do not go together
    assert found.p_adjusted[0] is not None
    assert found.p_adjusted[0] < 1e-6
    assert found.p_adjusted[1:] == (1.0, 1.0, 1.0)
    sound = stands_apart(panel(np.random.default_rng(3), 200, (0.85,) * 4))
    assert all(share is not None and share > 0.6 for share in sound.shares)
    assert (found.below, found.level, found.n) == (0.5, 0.95, 200)
    for row in rows[:50]:
        row[2] = None
    assert stands_apart(rows).judge == 0
    silent = stands_apart([[*row[:2], None] for row in rows])
    assert (silent.judge, silent.p_adjusted) == (None, (None, None, None))


def test_prompts_of_one_family_are_one_piece_of_evidence() -> None:
    """Each prompt five times over: with families the p-values are those of the prompts alone, without far smaller."""
    rows = panel(np.random.default_rng(5), 12, (0.9, 0.9, 0.6))
    once, families = stands_apart(rows.tolist()), [prompt for prompt in range(12) for _ in range(5)]
    copies = rows[families].tolist()
    again, blind = stands_apart(copies, families=families), stands_apart(copies)
    assert again.p_adjusted == pytest.approx(once.p_adjusted, rel=0.05)
    assert min(p for p in blind.p_adjusted if p is not None) < min(p for p in once.p_adjusted if p is not None) / 5
    with pytest.raises(ValueError, match="family"):
        stands_apart(copies, families=families[1:])


def test_wrong_matrices_are_refused() -> None:
    """Two judges, scores outside 0..1, ragged rows and infinite ratings."""
    with pytest.raises(ValueError, match="fewer than three"):
        stands_apart([[1.0, 0.0]])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        stands_apart([[1.0, 0.0, 2.0]])
    with pytest.raises(ValueError, match="one place for each judge"):
        leave_one_out([[1.0, 0.0], [1.0]])
    with pytest.raises(ValueError, match="finite"):
        krippendorff_alpha([[1.0, math.inf]])
