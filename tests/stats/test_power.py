"""Planning: the power of the tests that a run makes, gaps and prompts that keep their promise."""

import math
import random
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, nct, t

from bench import power as bench
from evals.stats import (
    HeadToHead,
    Paired,
    detectable_gap,
    head_to_head,
    head_to_head_design,
    paired_design,
    paired_difference,
    power_of,
    prompts_for,
    prompts_needed,
    sign_test,
    smallest_gap,
)

TWELVE = HeadToHead(ties=0.12)


# ------------------------------------------------------------------------------------------- head to head
@pytest.mark.parametrize(("n", "gap", "ties"), [(6, 0.3, 0.2), (9, 0.1, 0.0), (12, 0.4, 0.1), (14, 0.25, 0.5)])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_sign_power_is_the_sum_over_all_outcomes(n: int, gap: float, ties: float, alpha: float) -> None:
    """Every count of wins and losses with its multinomial chance, tested by the run's own sign test."""
    won, lost = (1 - ties) / 2 + gap, (1 - ties) / 2 - gap
    power = 0.0
    for wins, losses in product(range(n + 1), repeat=2):
        if wins + losses <= n and wins > losses and sign_test(wins, losses) <= alpha:
            ways = math.comb(n, wins) * math.comb(n - wins, losses)
            power += ways * won**wins * lost**losses * ties ** (n - wins - losses)
    assert power_of(HeadToHead(ties=ties), n=n, gap=gap, level=1 - alpha) == pytest.approx(power, abs=1e-9)


def test_the_tail_that_is_left_out_is_nothing() -> None:
    """For many prompts only counts near the mean are summed: against the whole sum by another library."""
    n, ties, gap = 900, 0.3, 0.06
    share = 0.5 + gap / (1 - ties)
    whole = 0.0
    for decided in range(1, n + 1):
        most = int(binom.ppf(0.025, decided, 0.5))
        most -= binom.cdf(most, decided, 0.5) > 0.025
        whole += binom.pmf(decided, n, 1 - ties) * binom.sf(decided - most - 1, decided, share)
    assert power_of(HeadToHead(ties=ties), n=n, gap=gap) == pytest.approx(whole, abs=1e-9)


@pytest.mark.parametrize(
    ("gap", "comparisons", "formula"),
    [(0.03, 1, 1919), (0.05, 1, 691), (0.10, 1, 173), (0.03, 15, 3487), (0.05, 15, 1255), (0.10, 15, 314)],
)
def test_exact_tests_need_a_little_more_than_the_formula(gap: float, comparisons: int, formula: int) -> None:
    """The specification's figures are the normal formula's; the run's own test asks for up to 5 % more prompts."""
    plan = prompts_for(TWELVE, gap=gap, comparisons=comparisons)
    needed = prompts_needed(gap, variance=0.22, comparisons=comparisons)
    assert needed is not None
    assert abs(needed - formula) <= 1  # printed rounded, needed rounded up
    assert plan.n is not None
    assert formula < plan.n < 1.05 * formula
    assert plan.achieved is not None
    assert 0.8 <= plan.achieved < 0.81


@given(st.integers(10, 400), st.sampled_from([0.0, 0.12, 0.4]), st.sampled_from([1, 6]))
@settings(max_examples=25, deadline=None)
def test_gap_and_prompts_answer_each_other(n: int, ties: float, comparisons: int) -> None:
    """The smallest gap of n prompts has the power asked for, a smaller one has not, and n prompts are enough for it."""
    design = HeadToHead(ties=ties)
    plan = detectable_gap(design, n=n, comparisons=comparisons)
    if plan.gap is None:
        assert power_of(design, n=n, gap=(1 - ties) / 2, comparisons=comparisons) < 0.8
        return
    assert plan.achieved == pytest.approx(0.8, abs=1e-6)
    assert power_of(design, n=n, gap=0.99 * plan.gap, comparisons=comparisons) < 0.8
    back = prompts_for(design, gap=plan.gap + 1e-9, comparisons=comparisons)
    assert back.n is not None
    assert back.n <= n


@given(st.integers(2, 300), st.floats(0.01, 0.4), st.sampled_from([0.0, 0.12]))
@settings(max_examples=40, deadline=None)
def test_power_rises_with_gap_and_falls_with_comparisons(n: int, gap: float, ties: float) -> None:
    """Monotone where it must be, a probability always, the same for either side."""
    design = HeadToHead(ties=ties)
    power = power_of(design, n=n, gap=gap)
    assert 0 <= power <= 1
    assert power == power_of(design, n=n, gap=-gap)
    assert power <= power_of(design, n=n, gap=gap + 0.02) + 1e-12
    assert power >= power_of(design, n=n, gap=gap, comparisons=10) - 1e-12


@pytest.mark.parametrize(
    ("design", "n", "gap"),
    [(TWELVE, 3, None), (TWELVE, 1, None), (Paired(variance=0.3), 3, None), (Paired(variance=0.3), 5, None)],
)
def test_too_few_prompts_show_nothing(design: Any, n: int, gap: None) -> None:
    """A run of a handful of prompts detects no gap at all, and says so."""
    plan = detectable_gap(design, n=n)
    assert (plan.gap, plan.achieved, plan.n) == (gap, None, n)


@pytest.mark.parametrize("gap", [0.0, 0.45, 0.9])
def test_gaps_no_scores_have(gap: float) -> None:
    """No number of prompts shows a gap of nothing, or one beyond what wins alone could give."""
    plan = prompts_for(TWELVE, gap=gap)
    assert (plan.n, plan.achieved) == (None, None)


def test_the_plan_remembers_what_it_was_made_with() -> None:
    """Design, level, power, comparisons, test and seed stand in the result."""
    plan = prompts_for(TWELVE, gap=0.1, power=0.9, comparisons=3, level=0.9, seed=4)
    assert (plan.design, plan.gap, plan.power, plan.comparisons) == (TWELVE, 0.1, 0.9, 3)
    assert (plan.level, plan.test, plan.seed) == (0.9, "sign", 4)
    assert detectable_gap(Paired(variance=0.2), n=99).test == "sign-flip"
    assert detectable_gap(Paired(variance=0.2), n=100).test == "student-t"


# ------------------------------------------------------------------------------------------- paired
@pytest.mark.parametrize(("n", "gap", "variance"), [(100, 0.1, 0.3), (400, 0.05, 0.2), (250, 0.2, 0.45)])
def test_many_prompts_have_the_power_of_student_t(n: int, gap: float, variance: float) -> None:
    """From 100 prompts on: scipy's noncentral t."""
    critical = t.ppf(0.975, n - 1)
    oracle = nct.sf(critical, n - 1, gap * math.sqrt(n / variance))
    assert power_of(Paired(variance=variance), n=n, gap=gap) == pytest.approx(oracle, abs=1e-6)


@pytest.mark.parametrize(("n", "gap", "variance"), [(20, 0.35, 0.3), (45, 0.2, 0.2), (12, 0.5, 0.35)])
def test_few_prompts_have_the_power_of_the_sign_flip_test(n: int, gap: float, variance: float) -> None:
    """Below: the share of 500 runs of two-order differences that the exact test of a run itself finds."""
    squares = 2 * variance + gap**2
    chances = [(squares - gap) / 2, 1 - squares, (squares + gap) / 2]
    source = np.random.default_rng(7)
    runs = source.choice([-1.0, 0.0, 1.0], (500, n, 2), p=chances).mean(axis=2)
    found = [paired_difference(run) for run in runs]
    hits = sum(one.p_value is not None and one.p_value <= 0.05 and one.value > 0 for one in found)
    promised = power_of(Paired(variance=variance), n=n, gap=gap)
    assert binomtest(hits, 500).proportion_ci(0.999).low - 0.015 <= promised
    assert promised <= binomtest(hits, 500).proportion_ci(0.999).high + 0.015


@pytest.mark.parametrize("gap", [0.05, 0.3, 0.6])
def test_assumed_differences_have_the_mean_and_variance_asked_for(gap: float) -> None:
    """The values behind a variance are a distribution in -1..1 with this mean and variance."""
    from evals.stats._power import _shifted

    for variance in (0.01, 0.1, 0.3, 0.45):
        shape = _shifted(Paired(variance=variance), gap)
        if shape is None:
            assert variance + gap**2 > 1
            continue
        mean = sum(value * share for value, share in shape)
        assert sum(share for _, share in shape) == pytest.approx(1)
        assert all(share >= 0 and abs(value) <= 1 + 1e-9 for value, share in shape)
        assert mean == pytest.approx(gap)
        assert sum(share * (value - mean) ** 2 for value, share in shape) == pytest.approx(variance)


# ------------------------------------------------------------------------------------------- earlier runs
def test_an_earlier_run_gives_its_own_spread() -> None:
    """Ties, size and differences are read off; the same scores turned round plan the same."""
    scores = [1.0] * 40 + [0.75] * 20 + [0.5] * 20 + [0.0] * 20
    design = head_to_head_design(scores)
    assert (design.ties, design.size) == (pytest.approx(0.2), pytest.approx((60 * 0.5 + 20 * 0.25) / 80))
    turned = head_to_head_design([1 - score for score in scores])
    assert prompts_for(turned, gap=0.1).n == prompts_for(design, gap=0.1).n
    paired = paired_design([0.5, -0.5, 0.0, 0.25] * 30)
    assert paired.variance == pytest.approx(np.var([0.5, -0.5, 0.0, 0.25] * 30, ddof=1))
    assert paired_design(ties=0.2).variance == pytest.approx(0.7 * 0.5 * 0.8)


def test_tilting_reaches_the_mean_with_the_earlier_values_only() -> None:
    """At the earlier run's own mean nothing changes; elsewhere the mean is the one asked for, and Davidson's ties."""
    from evals.stats._power import _tilted

    shape = ((-0.5, 0.2), (0.0, 0.2), (0.5, 0.6))
    assert _tilted(shape, 0.2) == tuple((value, pytest.approx(share, abs=1e-6)) for value, share in shape)
    moved = _tilted(shape, 0.35)
    assert moved is not None
    assert sum(value * share for value, share in moved) == pytest.approx(0.35)
    lost, tied, won = (share for _, share in moved)
    assert tied / math.sqrt(won * lost) == pytest.approx(0.2 / math.sqrt(0.12))
    assert _tilted(shape, 0.5) is None
    assert _tilted(tuple((-value, share) for value, share in shape), 0.35) is not None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: head_to_head_design([0.5] * 9), "nothing was decided"),
        (lambda: head_to_head_design([]), "nothing was decided"),
        (lambda: paired_design([0.25] * 9), "all equal"),
        (lambda: paired_design([0.5]), "all equal"),
        (lambda: HeadToHead(ties=1.0), "ties"),
        (lambda: HeadToHead(size=0.0), "size"),
        (lambda: Paired(variance=0.0), "variance"),
        (lambda: Paired(variance=1.2), "variance"),
    ],
)
def test_spreads_that_say_nothing_are_refused(call: Any, message: str) -> None:
    """No plan is made from nothing."""
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------------------------------- the promise
@pytest.mark.parametrize(("gap", "ties", "power"), [(0.1, 0.12, 0.8), (0.3, 0.0, 0.8), (0.2, 0.4, 0.9)])
def test_a_planned_run_finds_what_was_promised(gap: float, ties: float, power: float) -> None:
    """1,000 runs at the planned n, tested by the run's own comparison: within 3 points and Monte-Carlo error."""
    plan = prompts_for(HeadToHead(ties=ties), gap=gap, power=power)
    assert plan.n is not None
    assert plan.achieved is not None
    source = random.Random(3)
    weights = [(1 - ties) / 2 - gap, ties, (1 - ties) / 2 + gap]
    hits = 0
    for _ in range(1000):
        hits += head_to_head([source.choices([0.0, 0.5, 1.0], weights, k=plan.n)])[0].better == "first"
    assert abs(hits / 1000 - plan.achieved) < 0.03 + 3 * math.sqrt(power * (1 - power) / 1000)


def test_the_formula_alone_promises_too_much() -> None:
    """At 20 prompts the normal formula's gap is found far less often than in 80 % of runs."""
    gap = smallest_gap(20, variance=0.3)
    assert gap is not None
    assert power_of(Paired(variance=0.3), n=20, gap=gap) < 0.72


@pytest.mark.slow
def test_the_bench_runs_small(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines keep their promise; one that does not turns it red."""
    kept = [line for line in bench.lines() if line.gap in (0.1, 0.12, 0.15)]
    monkeypatch.setattr(bench, "lines", lambda: kept)
    assert bench.main(["--small"]) == 0
    assert "| paired, earlier run     |" in capsys.readouterr().out
    monkeypatch.setattr(bench, "detected", lambda line, plan, repetitions, seed: repetitions // 2)
    assert bench.main(["--small"]) == 1
    assert "more than 3 points off: head to head" in capsys.readouterr().out
