"""Evidence at every look: e-values, confidence sequences and the search for the best model."""

import json
import math
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from bench import sequential as bench
from evals.stats import (
    BestArm,
    betting_e_value,
    confidence_sequence,
    find_best,
    mixture_e_value,
    win_rate,
)

DATA = Path(os.environ.get("EVALS_RECORDED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
quarters = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=60)
any_scores = st.lists(st.floats(0, 1), min_size=1, max_size=40)


# ------------------------------------------------------------------------------------------- e-values
@pytest.mark.parametrize(("wins", "losses", "c"), [(0, 0, 30), (3, 1, 30), (20, 5, 30), (7, 7, 1), (12, 0, 0.5)])
def test_the_mixture_is_the_integral_it_says(wins: int, losses: int, c: float) -> None:
    """The closed form against the likelihood ratio averaged over Beta(c, c) by quadrature."""
    integral, _ = quad(lambda p: (2 * p) ** wins * (2 - 2 * p) ** losses * beta.pdf(p, c, c), 0, 1, limit=200)
    found = mixture_e_value(wins, losses, concentration=c)
    assert found.value == pytest.approx(integral, rel=1e-6)
    assert (found.n, found.null, found.method) == (wins + losses, 0.5, f"beta-mixture-{c:g}")


@pytest.mark.parametrize("next_wins", [0, 1, 5, 40])
def test_no_bet_gains_on_average(next_wins: int) -> None:
    """Under equality the capital after one more prompt is, on average, what it was: the mean of both outcomes."""
    now = mixture_e_value(next_wins, 7).value
    assert (mixture_e_value(next_wins + 1, 7).value + mixture_e_value(next_wins, 8).value) / 2 == pytest.approx(now)
    scores = [1.0] * next_wins + [0.25] * 7
    after = [betting_e_value([*scores, one]).value for one in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert sum(after) / 5 == pytest.approx(betting_e_value(scores).value)


def test_e_values_read() -> None:
    """Value, p-value and rejection are three sides of one number; what no float holds is infinite."""
    found = mixture_e_value(40, 10)
    assert found.p_value == pytest.approx(1 / found.value)
    assert found.rejects(0.05)
    assert found.rejects(0.05, comparisons=math.floor(0.05 * found.value))
    assert not found.rejects(0.05, comparisons=math.ceil(0.05 * found.value))
    assert mixture_e_value(0, 0).value == mixture_e_value(0, 0).p_value == 1.0
    assert not mixture_e_value(0, 0).rejects(0.99)
    assert math.isinf(mixture_e_value(5000, 0).value)
    assert mixture_e_value(5000, 0).p_value == 0.0


@given(quarters)
def test_sides_exchanged_give_the_same_evidence(scores: list[float]) -> None:
    """Neither e-value asks which side is called first."""
    turned = [1 - score for score in scores]
    assert betting_e_value(scores).log_value == pytest.approx(betting_e_value(turned).log_value, abs=1e-9)
    wins, losses = sum(score > 0.5 for score in scores), sum(score < 0.5 for score in scores)
    assert mixture_e_value(wins, losses).log_value == pytest.approx(mixture_e_value(losses, wins).log_value)


@given(any_scores, st.randoms(use_true_random=False))
def test_no_order_matters(scores: list[float], source: random.Random) -> None:
    """Records may come in any order: not a bit of e-value or confidence sequence changes."""
    shuffled = source.sample(scores, len(scores))
    assert betting_e_value(scores) == betting_e_value(shuffled)
    assert confidence_sequence(scores) == confidence_sequence(shuffled)


def test_differences_are_scores_on_another_scale() -> None:
    """Differences in -1..1 against 0 are scores in 0..1 against one half."""
    gaps = [1.0, 0.5, 0.0, -0.5, 0.25] * 8
    moved = [(1 + gap) / 2 for gap in gaps]
    assert betting_e_value(gaps, null=0, span=(-1, 1)).log_value == pytest.approx(betting_e_value(moved).log_value)
    wide, plain = confidence_sequence(gaps, span=(-1, 1)), confidence_sequence(moved)
    assert (wide.low, wide.value, wide.high) == pytest.approx(
        (2 * plain.low - 1, 2 * plain.value - 1, 2 * plain.high - 1), abs=1e-9
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mixture_e_value(-1, 2), "0 or more"),
        (lambda: mixture_e_value(1, 2, concentration=0), "positive"),
        (lambda: betting_e_value([0.5, 1.2]), "must lie in 0..1"),
        (lambda: betting_e_value([math.nan]), "must lie in 0..1"),
        (lambda: betting_e_value([0.5], null=1.0), "inside the span"),
        (lambda: confidence_sequence([]), "at least one"),
        (lambda: confidence_sequence([-2.0], span=(-1, 1)), "must lie in -1..1"),
    ],
)
def test_what_is_no_score_is_refused(call: Any, message: str) -> None:
    """Nothing outside the span becomes evidence."""
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------------------------------- confidence sequences
@given(any_scores, st.floats(0.01, 0.99))
def test_the_sequence_is_all_means_not_won_against(scores: list[float], mean: float) -> None:
    """A mean outside the interval was won against; one that the e-value rejects cannot be far inside."""
    found = confidence_sequence(scores)
    if not found.low <= mean <= found.high:
        assert betting_e_value(scores, null=mean).rejects(0.05 * (1 + 1e-6))
    elif betting_e_value(scores, null=mean).rejects(0.025):  # one side alone then holds 2/alpha
        assert min(mean - found.low, found.high - mean) < 1e-6


@given(any_scores)
def test_an_interval_holds_its_estimate_and_widens_with_the_level(scores: list[float]) -> None:
    """low <= value <= high within 0..1, and a higher level is never narrower."""
    narrow, wide = (confidence_sequence(scores, level=level) for level in (0.8, 0.99))
    assert 0 <= wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high <= 1
    assert (wide.level, wide.n, wide.method) == (0.99, len(scores), "betting-grid")


@pytest.mark.parametrize("score", [0.0, 0.3, 1.0])
def test_equal_scores(score: float) -> None:
    """Nothing but the same score: the interval shrinks to it, and ends at 0 and 1 are exact."""
    short, long = confidence_sequence([score] * 20), confidence_sequence([score] * 2000)
    assert long.high - long.low < 0.05 < short.high - short.low
    assert score != 0.0 or short.low == 0.0
    assert score != 1.0 or short.high == 1.0


def test_looking_costs_less_than_twice_the_width() -> None:
    """Between 50 and 800 prompts the sequence is 1.4 to 1.8 times as wide as the interval of a fixed n."""
    source = np.random.default_rng(2)
    for n in (50, 200, 800):
        for share in (0.5, 0.8, 0.95):
            scores = (source.random(n) < share).astype(float)
            fixed, found = win_rate(scores), confidence_sequence(scores)
            assert fixed.low is not None
            assert fixed.high is not None
            assert 1.4 < (found.high - found.low) / (fixed.high - fixed.low) < 1.85


# ------------------------------------------------------------------------------------------- the best model
def race(source: np.random.Generator, strengths: list[float], n: int) -> list[list[float | None]]:
    """Scores of models against a baseline on n prompts of unlike difficulty."""
    rows: list[list[float | None]] = bench.models(*strengths)(source, n).tolist()
    return rows


def test_evidence_is_the_mean_over_opponents() -> None:
    """What eliminates a model, computed another way: the mean over the others of the mean over stakes of products."""
    from evals.stats._sequential import stakes

    rows = race(np.random.default_rng(0), [1.5, 0.0, -0.5], 60)
    found = find_best(rows, models=["a", "b", "c"], seed=5)
    order = list(range(60))
    random.Random(5).shuffle(order)
    out = found.eliminated[0]
    loser = "abc".index(out.model)
    grid, logs = stakes()
    used = np.array(rows, dtype=float)[order[: out.look]]
    capital = [
        (np.exp(logs) * np.prod(1 + grid * (used[:, [other]] - used[:, [loser]]), axis=0)).sum()
        for other in range(3)
        if other != loser
    ]
    assert math.log(sum(capital) / 2) == pytest.approx(out.log_value)
    assert out.log_value >= math.log(2 / 0.05)


def test_a_clear_best_is_named_early_and_the_rest_is_not_asked() -> None:
    """The result says who dropped out when, how many scores were used, and has an interval for each model."""
    found = find_best(race(np.random.default_rng(1), [2.5, 0.0, 0.0, -1.0], 400), models=list("wxyz"), seed=3)
    assert (found.best, found.leader, found.decided, found.active) == ("w", "w", True, ("w",))
    assert sorted(out.model for out in found.eliminated) == ["x", "y", "z"]
    assert found.looks == max(out.look for out in found.eliminated) < 120
    assert found.scores == sum(out.look for out in found.eliminated) + found.looks < found.scores_planned == 1600
    assert (found.alpha, found.cap, found.seed, found.missing) == (0.05, 400, 3, 0)
    assert {model: one.n for model, one in found.intervals.items()} == {
        **{out.model: out.look for out in found.eliminated},
        "w": found.looks,
    }
    assert all(one.low <= one.value <= one.high and one.level == 0.95 for one in found.intervals.values())


def test_nothing_is_decided_between_equals() -> None:
    """Two models with the same scores stay, whatever the number of prompts; the leader is named, the best is not."""
    rows: list[list[float]] = [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.5, 0.25]] * 200
    found = find_best(rows)
    assert (found.best, found.decided, found.active, found.looks) == (None, False, ("0", "1"), 600)
    assert found.leader == "0"


def test_prompt_by_prompt_is_the_same_as_at_once() -> None:
    """`BestArm` in the shuffled order gives the very result of `find_best`; scores of the eliminated are ignored."""
    rows = race(np.random.default_rng(4), [1.0, 0.0, -0.3], 500)
    order = list(range(500))
    random.Random(9).shuffle(order)
    arms = BestArm(["0", "1", "2"], cap=500)
    out: list[str] = []
    for prompt in order:
        if arms.finished:
            break
        out += arms.add({str(place): score for place, score in enumerate(rows[prompt])})
    assert arms.result(seed=9) == find_best(rows, seed=9)
    assert out == [one.model for one in arms.result().eliminated]
    assert arms.decided
    assert arms.result().seed is None


def test_a_family_is_one_bet() -> None:
    """Prompts that all repeat five times tell what one copy tells: the same winner, evidence and intervals."""
    rows = race(np.random.default_rng(4), [1.0, 0.0, -0.3], 500)
    once = find_best(rows, seed=9)
    copies = find_best(
        [row for row in rows for _ in range(5)], families=[n for n in range(500) for _ in range(5)], seed=9
    )
    assert (copies.best, copies.looks, copies.scores) == (once.best, 5 * once.looks, 5 * once.scores)
    assert [one.model for one in copies.eliminated] == [one.model for one in once.eliminated]
    for one, other in zip(once.eliminated, copies.eliminated, strict=True):
        assert (other.look, other.log_value) == (5 * one.look, pytest.approx(one.log_value))
    for model, interval in once.intervals.items():
        assert copies.intervals[model].low == pytest.approx(interval.low, abs=1e-9)
    blind = find_best([row for row in rows for _ in range(5)], seed=9)
    assert blind.scores < copies.scores


def test_a_family_with_missing_scores_bets_on_what_both_have() -> None:
    """The mean of the differences there are; nothing where a family has none."""
    arms = BestArm(["a", "b"], cap=9)
    arms.add({"a": 1.0, "b": 0.5}, {"a": 0.0, "b": None}, {"a": 0.75, "b": 0.25})
    alone = BestArm(["a", "b"], cap=9)
    alone.add({"a": 0.5, "b": 0.0})
    arms.add({"a": 1.0}, {"b": 0.0})
    assert arms._log_capital == pytest.approx(alone._log_capital)
    assert (arms.looks, arms.missing, arms.result().scores) == (5, 3, 7)


def test_the_cap_ends_it() -> None:
    """At the cap nothing more is taken; the leader stands, with what is still open."""
    arms = BestArm(["a", "b"], cap=3)
    for _ in range(3):
        assert not arms.finished
        assert arms.add({"a": 1.0, "b": 0.5}) == ()
    assert (arms.finished, arms.decided, arms.active, arms.leader) == (True, False, ("a", "b"), "a")
    with pytest.raises(ValueError, match="cap of 3"):
        arms.add({"a": 1.0, "b": 0.5})
    assert find_best([[1.0, 0.0]] * 50, cap=4).looks == 4


def test_missing_scores_place_no_bet() -> None:
    """A score left out, None or NaN changes nothing but the count of what is missing."""
    rows: list[list[float | None]] = [[1.0, 0.0], [0.75, 0.25], [1.0, None], [math.nan, 1.0], [0.5, 0.0]]
    found = find_best(rows, seed=1)
    assert found.missing == 2
    assert {model: one.n for model, one in found.intervals.items()} == {"0": 4, "1": 4}
    arms = BestArm(["a", "b"], cap=400)
    for _ in range(300):
        arms.add({"a": 1.0})
    assert not arms.decided
    assert list(arms.intervals()) == ["a"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BestArm(["a"], cap=5), "two or more"),
        (lambda: BestArm(["a", "a"], cap=5), "once"),
        (lambda: BestArm(["a", "b"], cap=0), "cap"),
        (lambda: BestArm(["a", "b"], cap=5, alpha=1.0), "alpha"),
        (lambda: BestArm(["a", "b"], cap=5).add({"c": 1.0}), "unknown models: c"),
        (lambda: BestArm(["a", "b"], cap=5).add({"a": 1.5}), "a has 1.5"),
        (lambda: find_best([]), "at least one prompt"),
        (lambda: find_best([[1.0, 0.0], [1.0]]), "as many scores"),
    ],
)
def test_wrong_use_is_said(call: Any, message: str) -> None:
    """What cannot be raced is refused with the reason."""
    with pytest.raises(ValueError, match=message):
        call()


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_same_seed_the_same_result(seed: int) -> None:
    """All of a result follows from matrix and seed."""
    rows = race(np.random.default_rng(3), [0.8, 0.0], 80)
    assert find_best(rows, seed=seed) == find_best(rows, seed=seed)


def test_equal_models_are_seldom_told_apart() -> None:
    """Among 150 races of equals at alpha 20 % at most 20 % (and Monte-Carlo error) name a best at any of 150 looks."""
    source = np.random.default_rng(6)
    named = sum(find_best(race(source, [0.0, 0.0], 150), alpha=0.2).decided for _ in range(150))
    assert named <= 150 * 0.2 + 3 * math.sqrt(150 * 0.2 * 0.8)


def test_recorded_answers() -> None:
    """On the recorded answers of four models the best one is found, with a fraction of the questions."""
    path = DATA / "gsm8k" / "example_model_solutions.jsonl"
    if not path.exists():
        pytest.skip(f"no recorded data at {DATA} (set EVALS_RECORDED_DATA)")
    names = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"]
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    matrix = [[float(row[name]["is_correct"]) for name in names] for row in rows]
    assert [sum(column) for column in zip(*matrix, strict=True)] == [286, 515, 458, 742]
    for seed in range(5):
        found = find_best(matrix, models=names, seed=seed)
        assert found.best == "175b_verification"
        assert found.looks < 400


@pytest.mark.slow
def test_the_bench_runs_small(capsys: pytest.CaptureFixture[str]) -> None:
    """All tables are printed, and with a few repetitions nothing is misled beyond chance."""
    assert bench.main(["--small"]) == 0
    out = capsys.readouterr().out
    assert "| confidence sequence | win rate .95" in out
    assert "| 4 models, 2 share the top" in out
    assert "gsm8k" in out


def test_too_many_misled_turn_the_bench_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that misleads in half of the runs fails."""
    monkeypatch.setattr(bench, "false_alarms", lambda repetitions, seed: [("x", "y", repetitions // 2)])
    monkeypatch.setattr(bench, "widths", lambda seed: [])
    monkeypatch.setattr(bench, "races", lambda answers, *, most: [])
    monkeypatch.setattr(bench, "recorded", lambda: None)
    assert bench.main(["--repetitions", "200"]) == 1
