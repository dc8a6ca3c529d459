"""Pairs: sign test, corrections, decisions, gaps."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from evals.stats import (
    Difference,
    against_baseline,
    benjamini_hochberg,
    head_to_head,
    head_to_head_design,
    holm,
    paired_difference,
    power_of,
    prompts_needed,
    sign_test,
    smallest_gap,
)

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=30)
lattice = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


# ------------------------------------------------------------------------------------------- tests and corrections
@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_sign_test_is_the_binomial_test(wins: int, losses: int) -> None:
    """The p-value is scipy's exact two-sided one, and exchanging the sides changes nothing."""
    expected = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert sign_test(wins, losses) == pytest.approx(expected, rel=1e-9)
    assert sign_test(losses, wins) == sign_test(wins, losses)


@settings(max_examples=15, deadline=None)  # statsmodels collects all garbage in each call
@pytest.mark.parametrize(("adjust", "method"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
@given(p_values=p_lists)
def test_adjusted_p_values_are_those_of_statsmodels(adjust: object, method: str, p_values: list[float]) -> None:
    """Holm and Benjamini-Hochberg, ties and zeros included."""
    assert callable(adjust)
    assert adjust(p_values) == pytest.approx(multipletests(p_values, method=method)[1].tolist(), abs=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_a_test_that_could_not_be_made_still_counts(adjust: object) -> None:
    """Leaving a pair out because it has no data must not make the others look better."""
    assert callable(adjust)
    assert adjust([0.01, None, 0.04]) == [*adjust([0.01, 1.0, 0.04])[:1], None, *adjust([0.01, 1.0, 0.04])[2:]]
    assert adjust([None, None]) == [None, None]
    assert adjust([]) == []


@settings(deadline=None)
@given(p_lists, st.randoms())
def test_adjustment_ignores_order(p_values: list[float], source: random.Random) -> None:
    """Each test keeps its adjusted p-value wherever it stands, and adjusting never lowers it."""
    places = list(range(len(p_values)))
    source.shuffle(places)
    for adjust in (holm, benjamini_hochberg):
        plain, shuffled = adjust(p_values), adjust([p_values[place] for place in places])
        assert [plain[place] for place in places] == shuffled
        assert all(a is not None and a >= p for a, p in zip(plain, p_values, strict=True))


# ------------------------------------------------------------------------------------------- pairs judged directly
def test_head_to_head_by_hand() -> None:
    """A clear pair, an even one and one without scores: three comparisons, one decided."""
    clear, even = [1.0] * 28 + [0.5] * 10 + [0.0] * 2, [1.0, 0.0] * 20
    strong, draw, none = head_to_head([clear, even, []])
    assert strong.effect is not None
    assert strong.effect.value == 33 / 40
    assert strong.p_value == pytest.approx(binomtest(28, 30).pvalue)
    assert strong.p_adjusted == pytest.approx(3 * binomtest(28, 30).pvalue)
    assert (strong.better, strong.test, strong.comparisons, strong.adjustment) == ("first", "sign", 3, "holm")
    assert (draw.better, draw.p_value, draw.n_to_settle) == (None, 1.0, None)
    assert (none.effect, none.p_value, none.p_adjusted, none.smallest_gap) == (None, None, None, None)
    assert none.test == "none"
    variance = sum((score - 0.5) ** 2 for score in clear) / 40
    assert strong.smallest_gap == pytest.approx(smallest_gap(40, variance=variance, comparisons=3))
    assert strong.n_to_settle == prompts_needed(33 / 40 - 0.5, variance=variance, comparisons=3)


@settings(deadline=None)
@given(st.lists(st.lists(lattice, max_size=30), min_size=1, max_size=5), st.randoms())
def test_head_to_head_symmetries(columns: list[list[float]], source: random.Random) -> None:
    """Exchanged sides exchange the verdict and keep every p-value; the order of prompts is nothing."""
    found = head_to_head(columns)
    mirrored = head_to_head([[1 - score for score in column] for column in columns])
    swap = {"first": "second", "second": "first", None: None}
    assert [swap[pair.better] for pair in mirrored] == [pair.better for pair in found]
    assert [pair.p_adjusted for pair in mirrored] == [pair.p_adjusted for pair in found]
    for column in columns:
        source.shuffle(column)
    assert head_to_head(columns) == found


def test_nobody_is_better_while_wins_and_mean_disagree() -> None:
    """Many narrow wins against few heavy losses: the sign test rejects, the mean points the other way."""
    column = [0.55] * 30 + [0.0] * 6
    [pair] = head_to_head([column])
    assert pair.p_adjusted is not None
    assert pair.p_adjusted < 0.05
    assert pair.effect is not None
    assert pair.effect.value < 0.5
    assert pair.better is None


@pytest.mark.parametrize("comparisons", [1, 6])
def test_the_gap_printed_has_the_power_of_the_test_that_is_made(comparisons: int) -> None:
    """Where orders split, a quarter is a whole win to the sign test: the scores' variance promises too much."""
    scores = [0.0] * 55 + [0.25] * 30 + [0.5] * 80 + [0.75] * 30 + [1.0] * 55
    [found, *_] = head_to_head([scores] + [[]] * (comparisons - 1))
    naive = smallest_gap(250, variance=math.fsum((s - 0.5) ** 2 for s in scores) / 250, comparisons=comparisons)
    design = head_to_head_design(scores)
    power = [power_of(design, n=250, gap=gap or 0.0, comparisons=comparisons) for gap in (found.smallest_gap, naive)]
    assert power[0] == pytest.approx(0.8, abs=0.03)
    assert power[1] < 0.77


@pytest.mark.parametrize(("comparisons", "fewest"), [(1, 6), (3, 7), (48, 11)])
def test_no_gap_is_promised_that_the_test_cannot_show(comparisons: int, fewest: int) -> None:
    """Of n prompts that all fall to one side p is 2^(1-n): below `fewest` even that stays above the level."""
    rest: list[list[float]] = [[]] * (comparisons - 1)
    for test, centre in ((head_to_head, 0.5), (against_baseline, 0.0)):
        few, enough = (test([[0.5 + centre] * (n - 1) + [0.25 + centre], *rest])[0] for n in (fewest - 1, fewest))
        assert (few.better, few.smallest_gap) == (None, None)
        assert (enough.better, enough.smallest_gap is None) == ("first", False)
        assert few.n_to_settle is not None
        assert few.n_to_settle >= fewest


def test_exploratory_slices_are_called_sooner_than_pairs() -> None:
    """Benjamini-Hochberg decides at least what Holm decides."""
    columns = [[1.0] * wins + [0.0] * (30 - wins) for wins in (15, 21, 22, 22, 22, 23)]
    strict, loose = head_to_head(columns), head_to_head(columns, adjustment="benjamini-hochberg")
    assert sum(pair.better is not None for pair in strict) < sum(pair.better is not None for pair in loose)
    assert {pair.adjustment for pair in loose} == {"benjamini-hochberg"}


def test_families_are_not_independent_prompts() -> None:
    """Ten families that each repeat one verdict ten times are ten verdicts, not a hundred."""
    verdicts = [1.0] * 8 + [0.0] * 2
    column = [verdict for verdict in verdicts for _ in range(10)]
    families = [number for number in range(10) for _ in range(10)]
    [naive], [honest] = head_to_head([column]), head_to_head([column], families=[families])
    assert naive.better == "first"
    assert honest.better is None
    assert honest.test == "sign-flip"
    assert honest.p_value == pytest.approx(sign_test(8, 2))
    assert naive.smallest_gap is not None
    assert honest.smallest_gap is not None
    assert honest.smallest_gap > 2 * naive.smallest_gap


# ------------------------------------------------------------------------------------------- through a baseline
def test_against_baseline_is_the_paired_difference() -> None:
    """Effects and p-values are `paired_difference`'s; the correction and the gap come on top."""
    source = random.Random(2)
    columns = [[source.choice([-0.5, 0, 0.5, 1]) for _ in range(60)], [source.choice([-0.5, 0.5]) for _ in range(140)]]
    found = against_baseline([*columns, []])
    assert [pair.effect for pair in found[:2]] == [paired_difference(column) for column in columns]
    assert [pair.test for pair in found] == ["sign-flip", "student-t", "none"]
    assert found[0].better == "first"
    assert found[0].p_adjusted == pytest.approx(3 * (found[0].p_value or 0))
    assert found[0].smallest_gap == pytest.approx(
        smallest_gap(60, variance=float(np.var(columns[0], ddof=1)), comparisons=3)
    )
    assert isinstance(found[0].effect, Difference)


@settings(deadline=None)
@given(st.floats(0.01, 0.4), st.floats(0.07, 0.3), st.integers(1, 190))
def test_prompts_needed_inverts_the_smallest_gap(gap: float, variance: float, comparisons: int) -> None:
    """With that many prompts the gap is found, with one less it is not."""
    n = prompts_needed(gap, variance=variance, comparisons=comparisons)
    assert n is not None
    at, before = (smallest_gap(size, variance=variance, comparisons=comparisons) for size in (max(n, 2), n - 1))
    assert at is not None
    assert at <= gap + 1e-9
    assert before is None or before > gap - 1e-9


@pytest.mark.parametrize(("gap", "comparisons", "n"), [(0.03, 1, 1919), (0.05, 15, 1255), (0.10, 15, 314)])
def test_prompts_needed_table(gap: float, comparisons: int, n: int) -> None:
    """Head to head with 12 % ties at 80 % power."""
    assert prompts_needed(gap, variance=0.25 * 0.88, comparisons=comparisons) == pytest.approx(n, abs=2)
    assert prompts_needed(0.0, variance=0.2) is None


# ------------------------------------------------------------------------------------------- exact sign flips
@settings(deadline=None)
@given(st.lists(st.sampled_from([-1.0, 1.0, 0.0]), min_size=2, max_size=99))
def test_sign_flips_of_whole_wins_are_the_sign_test(differences: list[float]) -> None:
    """With differences of one size the exact sign-flip test is the exact sign test, for any number of prompts."""
    found = paired_difference(differences)
    assert found.p_value == pytest.approx(sign_test(differences.count(1.0), differences.count(-1.0)), rel=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(-12, 12), min_size=14, max_size=40), st.sampled_from([12, 24, 100]))
def test_exact_sign_flips_of_any_grid(steps: list[int], parts: int) -> None:
    """The distribution built term by term is the one counted in whole numbers."""
    differences = [step / parts for step in steps]
    chances = {0: 1}
    for step in steps:
        longer: dict[int, int] = {}
        for total, ways in chances.items():
            for signed in (total + step, total - step):
                longer[signed] = longer.get(signed, 0) + ways
        chances = longer
    extreme = sum(ways for total, ways in chances.items() if abs(total) >= abs(sum(steps)))
    assert paired_difference(differences).p_value == pytest.approx(extreme / 2 ** len(steps), rel=1e-9)


def test_off_the_grid_the_patterns_are_drawn() -> None:
    """Soft scores of no common grid: near the normal limit, the same for one seed, another for another."""
    source = random.Random(5)
    differences = [source.gauss(0.1, 0.3) % 1.0 - 0.45 for _ in range(60)]
    found, again, other = (paired_difference(differences, seed=seed).p_value for seed in (1, 1, 2))
    assert found == again != other
    mean, spread = np.mean(differences), np.std(differences, ddof=1)
    limit = math.erfc(abs(mean) / spread * math.sqrt(60) / math.sqrt(2))
    assert found == pytest.approx(limit, abs=0.03)
