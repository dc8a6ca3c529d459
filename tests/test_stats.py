"""The statistics against independent oracles, known tables and their own symmetries."""

import math
import random
import statistics
import subprocess
import sys
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test, ttest_1samp

from evals.stats import (
    VerdictTable,
    paired_difference,
    percentiles,
    smallest_gap,
    top_shares,
    win_rate,
    worst_case,
)

lattice = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
scores_lists = st.lists(lattice, min_size=1, max_size=120)


# ------------------------------------------------------------------------------------------- win rate
@pytest.mark.parametrize(("wins", "n"), [(0, 2), (1, 2), (3, 10), (10, 10), (0, 80), (41, 80), (79, 80), (700, 1000)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_zero_one_scores_give_plain_wilson(wins: int, n: int, level: float) -> None:
    """Without ties or folds the interval is scipy's Wilson interval."""
    found = win_rate([1.0] * wins + [0.0] * (n - wins), level=level)
    oracle = binomtest(wins, n).proportion_ci(level, method="wilson")
    assert found.value == wins / n
    assert found.low == pytest.approx(oracle.low, abs=1e-12)
    assert found.high == pytest.approx(oracle.high, abs=1e-12)
    assert (found.n, found.level, found.method) == (n, level, "wilson-effective-n")


@pytest.mark.parametrize(
    ("scores", "flips"),
    [
        ([0.5] * 20, 4.0),
        ([0.25] * 10 + [0.75] * 10, 4 * 19 / 20),
        ([1.0] * 5 + [0.5] * 10 + [0.0] * 5, 2 * 19 / 20),
        ([1.0] * 10 + [0.0] * 10, 1.0),
        ([1.0] * 20, 1.0),
        ([0.0] * 20, 1.0),
        ([0.4, 0.4 + 1e-17] * 10, 4.0),
    ],
    ids=["all ties", "soft", "half ties", "coin", "all wins", "all losses", "equal up to rounding"],
)
def test_effective_n(scores: list[float], flips: float) -> None:
    """One prompt counts for clip(w(1-w)/S2, 1, 4) coin flips: the formula, computed here another way."""
    n = len(scores)
    w = statistics.fmean(scores)
    trials = n * flips
    z = statistics.NormalDist().inv_cdf(0.975)
    centre = (w * trials + z * z / 2) / (trials + z * z)
    half = z * math.sqrt(trials) / (trials + z * z) * math.sqrt(w * (1 - w) + z * z / (4 * trials))
    found = win_rate(scores)
    assert found.low == pytest.approx(centre - half, abs=1e-9)
    assert found.high == pytest.approx(centre + half, abs=1e-9)


@pytest.mark.parametrize("score", [0.0, 0.3, 1.0])
def test_one_prompt_has_no_interval(score: float) -> None:
    """Below two prompts there is a value and nothing else."""
    found = win_rate([score])
    assert (found.value, found.low, found.high, found.n, found.method) == (score, None, None, 1, "none")


@pytest.mark.parametrize("scores", [[], [0.5, 1.1], [-0.1, 0.5], [0.5, math.nan], [math.inf, 0.0]])
def test_scores_that_are_none_are_refused(scores: list[float]) -> None:
    """Nothing outside 0..1 and no NaN ever becomes a win rate."""
    with pytest.raises(ValueError):
        win_rate(scores)


@given(scores_lists, st.randoms())
def test_win_rate_symmetries(scores: list[float], source: random.Random) -> None:
    """Swapped sides give 1-w with the mirrored interval; order is nothing; the interval is in 0..1 around w."""
    found, mirrored = win_rate(scores), win_rate([1 - score for score in scores])
    assert mirrored.value == pytest.approx(1 - found.value, abs=1e-12)
    shuffled = list(scores)
    source.shuffle(shuffled)
    assert win_rate(shuffled) == found
    if found.low is None or found.high is None:
        assert len(scores) == 1
        return
    assert mirrored.low is not None
    assert mirrored.high is not None
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-9)
    assert mirrored.high == pytest.approx(1 - found.low, abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60))
def test_any_soft_scores_keep_the_interval_in_bounds(scores: list[float]) -> None:
    """Judges that answer with probabilities keep 0 <= low <= w <= high <= 1, never wider than Wilson on the sum."""
    found = win_rate(scores)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    if 1e-6 < found.value < 1 - 1e-6:
        z2 = statistics.NormalDist().inv_cdf(0.975) ** 2
        plain = math.sqrt(found.value * (1 - found.value) / len(scores) + z2 / (4 * len(scores) ** 2))
        assert found.high - found.low <= 2 * math.sqrt(z2) * plain / (1 + z2 / len(scores)) + 1e-9


def _covered(p: float, ties: float, n: int, repetitions: int, seed: int, folds: int = 1) -> float:
    """How often the 95 % interval holds the truth when a prompt wins with p, ties apart."""
    source = random.Random(seed)
    truth = ties * 0.5 + (1 - ties) * p
    covered = 0
    for _ in range(repetitions):
        scores = [
            sum(0.5 if source.random() < ties else float(source.random() < p) for _ in range(folds)) / folds
            for _ in range(n)
        ]
        found = win_rate(scores)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    return covered / repetitions


@pytest.mark.parametrize(
    ("p", "ties", "n", "folds", "expected"),
    [(0.95, 0.04, 20, 1, 0.963), (0.95, 0.0, 50, 1, 0.958), (0.8, 0.12, 100, 1, 0.961), (0.6, 0.12, 80, 2, 0.95)],
    ids=["near one, few", "near one", "ties", "two orders folded"],
)
def test_coverage_of_the_interval(p: float, ties: float, n: int, folds: int, expected: float) -> None:
    """Coverage as measured independently (Monte-Carlo error 0.8 points at 800 repetitions): within three errors."""
    assert _covered(p, ties, n, 800, seed=20, folds=folds) == pytest.approx(expected, abs=0.024)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "ties", "n", "expected"),
    [(0.95, 0.04, 20, 0.963), (0.95, 0.0, 50, 0.958), (0.8, 0.12, 100, 0.961), (0.5, 0.12, 805, 0.956)],
)
def test_coverage_of_the_interval_in_full(p: float, ties: float, n: int, expected: float) -> None:
    """The same over more repetitions, where both figures carry their Monte-Carlo error."""
    assert _covered(p, ties, n, 3000, seed=7) == pytest.approx(expected, abs=0.026)


# ------------------------------------------------------------------------------------------- bounds, gap
@given(st.lists(st.tuples(st.lists(lattice, max_size=4), st.integers(0, 4)), max_size=40))
def test_worst_case_brackets_every_completion(prompts: list[tuple[list[float], int]]) -> None:
    """Whatever the missing scores are, the mean over all planned lies between the two bounds."""
    found = worst_case((math.fsum(read), len(read), len(read) + missing) for read, missing in prompts)
    planned = [(read, missing) for read, missing in prompts if read or missing]
    if not planned:
        assert found is None
        return
    assert found is not None
    low, high = found
    for guess in (0.0, 0.5, 1.0):
        mean = statistics.fmean(statistics.fmean(read + [guess] * missing) for read, missing in planned)
        assert low - 1e-9 <= mean <= high + 1e-9
    seen = [statistics.fmean(read) for read, _ in planned if read]
    if seen:
        assert low - 1e-9 <= statistics.fmean(seen) <= high + 1e-9


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_bounds_hold_the_truth_when_losses_go_missing(share: float) -> None:
    """Verdicts lost only on one side's losses move the estimate; the bounds still hold what all verdicts would say."""
    source = random.Random(3)
    for _ in range(300):
        scores = [float(source.random() < 0.5) for _ in range(200)]
        kept = [score for score in scores if score == 1 or source.random() >= share]
        found = worst_case([(score, 1, 1) for score in kept] + [(0.0, 0, 1)] * (len(scores) - len(kept)))
        assert found is not None
        assert found[0] <= statistics.fmean(scores) <= found[1]
        assert statistics.fmean(kept) >= statistics.fmean(scores)


@pytest.mark.parametrize(
    ("gap", "comparisons", "n"),
    [(0.03, 1, 1919), (0.05, 1, 691), (0.10, 1, 173), (0.03, 15, 3487), (0.05, 15, 1255), (0.10, 15, 314)],
)
def test_smallest_gap_table(gap: float, comparisons: int, n: int) -> None:
    """Head to head with 12 % ties at 80 % power, one comparison and all fifteen pairs of six models."""
    assert smallest_gap(n, variance=0.25 * 0.88, comparisons=comparisons) == pytest.approx(gap, rel=2e-3)


def test_smallest_gap_at_the_edges() -> None:
    """No prompts, no gap; nothing but ties never claims that any gap would have been seen."""
    assert smallest_gap(1, variance=0.25) is None
    assert smallest_gap(2, variance=0.25) is not None
    all_ties, floor = smallest_gap(100, variance=0.0), smallest_gap(100, variance=1 / 16)
    assert all_ties == floor
    assert floor is not None
    assert floor > 0.05


# ------------------------------------------------------------------------------------------- top share, percentiles
def test_top_shares_by_hand() -> None:
    """Co-winners count in full in the tied share and split the prompt in the strict one."""
    tied, strict = top_shares([[1.0, 0.5, 0.2, 0.5], [0.0, 0.5, 0.9, 0.5 + 1e-12], [0.5, 0.5, 0.9, 0.0]])
    assert [share.value for share in tied] == [0.75, 0.75, 0.5]
    assert [share.value for share in strict] == pytest.approx(
        [(1 + 1 / 3 + 0.5) / 4, (1 / 3 + 1) / 4, (1 / 3 + 0.5) / 4]
    )
    oracle = binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert (tied[0].low, tied[0].high) == pytest.approx((oracle.low, oracle.high))


@given(
    st.integers(1, 5).flatmap(lambda k: st.lists(st.lists(lattice, min_size=k, max_size=k), min_size=1, max_size=40))
)
def test_top_shares_add_up(rows: list[list[float]]) -> None:
    """Strict shares add to 1, tied shares to at least 1, and no strict share passes its tied one."""
    tied, strict = top_shares([list(column) for column in zip(*rows, strict=True)])
    assert math.fsum(share.value for share in strict) == pytest.approx(1)
    assert math.fsum(share.value for share in tied) >= 1 - 1e-12
    assert all(s.value <= t.value + 1e-12 for s, t in zip(strict, tied, strict=True))


@pytest.mark.parametrize("columns", [[], [[]], [[0.5], [0.5, 1.0]]])
def test_top_shares_refuse_ragged_columns(columns: list[list[float]]) -> None:
    """A share over different prompts for different models is no share."""
    with pytest.raises(ValueError):
        top_shares(columns)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=50), st.lists(st.floats(0, 100), min_size=1, max_size=4))
def test_percentiles_against_numpy(values: list[float], ranks: list[float]) -> None:
    """The same definition as numpy's default."""
    import numpy as np

    assert percentiles(values, ranks) == pytest.approx(np.percentile(values, ranks), abs=1e-6)


def test_percentiles_of_latency() -> None:
    """p50, p95 and p99 unless told otherwise."""
    assert percentiles([float(n) for n in range(101)]) == (50, 95, 99)


@pytest.mark.parametrize(("values", "ranks"), [([], [50]), ([1.0], [101]), ([1.0], [-1])])
def test_percentiles_refuse_nonsense(values: list[float], ranks: list[float]) -> None:
    """No values or a rank that is none: an error, not a NaN."""
    with pytest.raises(ValueError):
        percentiles(values, ranks)


# ------------------------------------------------------------------------------------------- paired difference
def test_paired_difference_is_students_t_from_100_prompts() -> None:
    """Interval and p-value are scipy's."""
    source = random.Random(1)
    gaps = [source.choice([-0.5, 0, 0, 0.25, 0.5]) for _ in range(150)]
    found, oracle = paired_difference(gaps), ttest_1samp(gaps, 0)
    interval = oracle.confidence_interval(0.95)
    assert (found.low, found.high, found.p_value) == pytest.approx((interval.low, interval.high, oracle.pvalue))
    assert found.method == "student-t"


@pytest.mark.parametrize("n", [3, 8, 12, 40])
def test_paired_difference_is_a_sign_flip_test_below(n: int) -> None:
    """The p-value is scipy's permutation test of the mean: exact for few prompts, near it when scipy draws."""
    source = random.Random(n)
    gaps = [source.choice([-0.5, -0.25, 0, 0.25, 0.5, 0.75]) for _ in range(n)]
    oracle = permutation_test((gaps,), statistics.fmean, permutation_type="samples", n_resamples=2**13, rng=1)
    found = paired_difference(gaps)
    assert found.p_value == pytest.approx(oracle.pvalue, abs=1e-9 if n < 13 else 0.02)
    assert found.method == ("sign-flip" if n < 14 else "t-interval-sign-flip-test")
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    if n == 3:
        assert (found.low, found.high) == (-1, 1), "three prompts cannot carry 95 %"


def test_sign_flip_interval_by_hand() -> None:
    """Seven prompts have 127 subset means; 2.5 % of the 128 stretches between them are cut off at each end."""
    gaps = [0.1, -0.2, 0.3, 0.4, 0.15, -0.05, 0.25]
    means = sorted(statistics.fmean(chosen) for size in range(1, 8) for chosen in combinations(gaps, size))
    found = paired_difference(gaps)
    assert (found.low, found.high) == pytest.approx((means[2], means[-3]))


@given(st.lists(st.sampled_from([-1, -0.5, 0, 0.25, 1]), min_size=1, max_size=12), st.randoms())
def test_paired_difference_symmetries(gaps: list[float], source: random.Random) -> None:
    """Exchanged models mirror everything, and the order of prompts is nothing while all patterns are enumerated."""
    found, mirrored = paired_difference(gaps), paired_difference([-gap for gap in gaps])
    assert mirrored.value == pytest.approx(-found.value)
    source.shuffle(gaps)
    assert paired_difference(gaps).p_value == found.p_value
    if found.low is None or found.high is None or mirrored.low is None:
        assert len(gaps) == 1
        return
    assert mirrored.p_value == found.p_value
    assert mirrored.low == pytest.approx(-found.high)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(("gaps", "p_value"), [([0.0] * 20, 1.0), ([0.5] * 5, 1 / 16), ([0.25] * 200, 2.0**-199)])
def test_equal_differences_do_not_claim_certainty(gaps: list[float], p_value: float) -> None:
    """Where nothing varies the interval keeps a width."""
    found = paired_difference(gaps)
    assert found.low is not None
    assert found.high is not None
    assert found.low < gaps[0] < found.high
    assert found.p_value == pytest.approx(p_value)


def test_sign_flip_interval_covers() -> None:
    """The permutation interval holds the true difference in about 95 % of simulated comparisons of 40 prompts."""
    source = random.Random(11)
    values, weights = [-0.5, 0.0, 0.5, 1.0], [2, 4, 3, 1]
    truth = sum(value * weight for value, weight in zip(values, weights, strict=True)) / 10
    covered = 0
    for _ in range(300):
        found = paired_difference(source.choices(values, weights, k=40))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered / 300 == pytest.approx(0.95, abs=0.04)


@pytest.mark.parametrize("gaps", [[], [1.5], [0.0, math.nan]])
def test_differences_that_are_none_are_refused(gaps: list[float]) -> None:
    """The range is -1..1 and nothing else."""
    with pytest.raises(ValueError):
        paired_difference(gaps)


# ------------------------------------------------------------------------------------------- the fold
def _naive(
    cells: dict[tuple[int, int, int, bool], float | None], judges: int, samples: int, repeats: int
) -> float | None:
    """The rule in its plainest form, one prompt and pair: judge -> mean over all its places, if all were read."""
    found = []
    for judge in range(judges):
        values = [cells.get(place) for place in product([judge], range(samples), range(repeats), [False, True])]
        read = [value for value in values if value is not None]
        if len(read) == len(values):
            found.append(statistics.fmean(read))
    return statistics.fmean(found) if found else None


@settings(max_examples=60)
@given(st.data())
def test_fold_equals_the_plain_rule(data: st.DataObject) -> None:
    """Any judges, samples and repeats, any verdicts unread: the table folds as the rule says, in any order."""
    judges, samples, repeats = (data.draw(st.integers(1, 3), label=name) for name in ("judges", "samples", "repeats"))
    places = list(product(range(judges), range(samples), range(repeats), [False, True]))
    outcomes = st.sampled_from([0.0, 0.5, 1.0, 1.0, 0.25, None])
    shown = {place: data.draw(outcomes) for place in places if data.draw(st.integers(0, 9)) > 0}
    oriented = {p: None if v is None else 1 - v if p[3] else v for p, v in shown.items()}
    table = VerdictTable(prompts=2, judges=[2, judges], samples=samples, repeats=repeats, recorded=False)
    for place in data.draw(st.permutations(list(shown))):
        value = shown[place]
        table.add(
            prompt=1,
            pair=1,
            judge=place[0],
            sample=place[1],
            repeat=place[2],
            swapped=place[3],
            status="error" if value is None else "ok",
            value=math.nan if value is None else value,
        )
    folded = table.fold()
    expected = _naive(oriented, judges, samples, repeats)
    tally = folded.tally(1, [1])
    assert tally.scores == ([] if expected is None else [pytest.approx(expected)])
    assert tally.planned == 1
    assert folded.tally(0, [0, 1]).planned == 2
    assert folded.verdicts["planned"] == 2 * 2 * (judges + 2) * samples * repeats
    assert sum(count for name, count in folded.verdicts.items() if name != "planned") == folded.verdicts["planned"]


def test_a_side_meets_its_opponents() -> None:
    """A model's score on a prompt is the mean over the opponents that have a score with it."""
    table = VerdictTable(prompts=2, judges=[1, 1, 1], samples=1, repeats=1, recorded=False)  # 0-1, 0-2, 1-2
    for pair, value in ((0, 1.0), (1, 0.5), (2, 1.0)):
        for swapped in (False, True):
            table.add(
                prompt=0,
                pair=pair,
                judge=0,
                sample=0,
                repeat=0,
                swapped=swapped,
                status="ok",
                value=1 - value if swapped else value,
            )
    folded = table.fold()
    places = {
        model: [(n, p[0] == model) for n, p in enumerate(combinations(range(3), 2)) if model in p] for model in range(3)
    }
    sides = [folded.side(places[model]) for model in range(3)]
    assert [side.mean(0) for side in sides] == [0.75, 0.5, 0.25]
    assert [list(side.read) for side in sides] == [[2, 0]] * 3
    assert [list(side.planned) for side in sides] == [[2, 2]] * 3
    assert folded.complete([0, 1]) == [0]
    assert [(folded.tally(pair, [1, 0]).prompts, folded.tally(pair, [1, 0]).scores) for pair in range(3)] == [
        ([0], [1.0]),
        ([0], [0.5]),
        ([0], [1.0]),
    ]


def test_importing_the_statistics_is_cheap() -> None:
    """scipy and numpy are loaded by the functions that need them, not by the import."""
    code = "import sys, evals.score; sys.exit(any(n in sys.modules for n in ('scipy', 'numpy', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
