"""Corrected win rates: recorded oracles, refusals, and what each method may be used for."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import correction as bench
from bench.worlds import equal_families
from evals.stats import (
    Corrected,
    FamilyCorrected,
    PromptFamilies,
    Refusal,
    choose_method,
    correct,
    ppi,
    rogan_gladen,
    rogan_gladen_rate,
)


def counted(both: int, missed: int, false: int, neither: int, wins: int, losses: int) -> dict[str, list[float]]:
    """Labels and verdicts from counts: right wins, missed wins, false wins, right losses; then unlabelled verdicts."""
    return {
        "labels": [1.0] * (both + missed) + [0.0] * (false + neither),
        "labelled": [1.0] * both + [0.0] * missed + [1.0] * false + [0.0] * neither,
        "verdicts": [1.0] * wins + [0.0] * losses,
    }


def corrected(found: Corrected | Refusal) -> Corrected:
    """The correction; a refusal fails the test with its sentence."""
    assert isinstance(found, Corrected), found.sentence
    return found


# ------------------------------------------------------------------------------------------- PPI++
@pytest.mark.parametrize(
    ("counts", "value", "low", "high"),
    [
        ((102, 18, 16, 64, 480, 520), 0.54284703, 0.48799048, 0.59770359),
        ((60, 12, 9, 39, 700, 300), 0.68032271, 0.61054179, 0.75010362),
        ((50, 50, 50, 50, 400, 600), 0.5, 0.43070481, 0.56929519),
    ],
)
def test_ppi_against_recorded_figures(counts: tuple[int, ...], value: float, low: float, high: float) -> None:
    """What ppi_py 0.2.3 (not installed) gave: it divides variances by m where we divide by m - 1."""
    found = corrected(ppi(**counted(*counts)))
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=1.5e-3)


def test_ppi_on_soft_verdicts_against_recorded_figures() -> None:
    """Ties and quarters enter as they are; a verdict that says nothing about the label gets no weight."""
    found = corrected(
        ppi(
            [0.75, 1, 0.25, 0.5, 0, 1, 1] * 100,
            labelled=[0.75, 0.5, 0.25, 1, 0, 1] * 25,
            labels=[1, 0.5, 0, 1, 0] * 30,
        )
    )
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.42843223, 0.57156777), abs=1e-3)
    assert (found.weight, found.judge_worth) == (0.0, pytest.approx(0.0, abs=1e-9))


@pytest.mark.parametrize(("level", "low", "high"), [(0.95, 0.53692871, 0.6150176), (0.9, 0.54320602, 0.60874029)])
def test_ppi_follows_a_soft_judge_as_recorded(level: float, low: float, high: float) -> None:
    """Quarters and ties of a judge that is followed for three quarters, at two levels: ppi_py 0.2.3 again."""
    found = corrected(
        ppi(
            [0.75, 1, 0.25, 0.5, 0, 1, 1] * 100,
            labelled=[0.75, 0.5, 0.25, 1, 0, 0.75] * 25,
            labels=[1, 0.5, 0, 1, 0, 0.5] * 25,
            level=level,
        )
    )
    assert (found.value, found.low, found.high) == pytest.approx((0.57597315, low, high), abs=6e-4)
    assert found.weight == pytest.approx(0.756, abs=1e-3)


def test_a_perfect_judge_is_worth_its_labels() -> None:
    """Verdicts equal to labels: the estimate is the mean over everything, near the interval of n + m labels."""
    source = np.random.default_rng(0)
    labels, rest = (source.random(150) < 0.6).astype(float), (source.random(900) < 0.6).astype(float)
    found = corrected(ppi(rest, labelled=labels, labels=labels))
    assert found.value == pytest.approx(np.concatenate([labels, rest]).mean(), abs=2e-3)
    assert found.high - found.low == pytest.approx(2 * 1.96 * math.sqrt(0.24 / 1050), rel=0.05)
    assert found.judge_worth == pytest.approx(1.0)
    assert (found.n, found.labels, found.method, found.level) == (900, 150, "ppi++", 0.95)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_exchanged_sides_mirror_the_correction(seed: int) -> None:
    """Both methods: 1 - w for the other side, with the interval turned round; always within 0..1."""
    source = np.random.default_rng(seed)
    labels = (source.random(140) < 0.7).astype(float)
    labelled = np.where(source.random(140) < 0.8, labels, 1 - labels)
    verdicts = np.where(source.random(400) < 0.62, 1.0, 0.0)
    for method in (ppi, rogan_gladen):
        one = method(verdicts, labelled=labelled, labels=labels)
        other = method(1 - verdicts, labelled=1 - labelled, labels=1 - labels)
        assert type(one) is type(other)
        if isinstance(one, Corrected) and isinstance(other, Corrected):
            assert (one.value, one.low, one.high) == pytest.approx((1 - other.value, 1 - other.high, 1 - other.low))
            assert 0 <= one.low <= one.value <= one.high <= 1


# ------------------------------------------------------------------------------------------- Rogan-Gladen
def test_the_check_value() -> None:
    """p = .4, q0 = .7, q1 = .9, n = 1000, m0 = m1 = 200 gives .1667 [.0564, .2627]."""
    found = corrected(rogan_gladen_rate(wins=400, n=1000, right_losses=140, losses=200, right_wins=180, label_wins=200))
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.1667, 0.0564, 0.2627)
    assert (found.specificity, found.sensitivity, found.labels, found.n) == (0.7, 0.9, 400, 1000)
    same = counted(180, 20, 60, 140, 400, 600)
    assert rogan_gladen(**same) == found


def test_ties_are_left_out_and_counted() -> None:
    """A tie of judge or people enters neither side of Rogan-Gladen; the result says how many there were."""
    plain = counted(90, 10, 20, 80, 300, 200)
    with_ties = {
        "verdicts": [*plain["verdicts"], *[0.5] * 7],
        "labelled": [*plain["labelled"], 0.5, 1.0, 0.5],
        "labels": [*plain["labels"], 1.0, 0.5, 0.5],
    }
    found, without = corrected(rogan_gladen(**with_ties)), corrected(rogan_gladen(**plain))
    assert found.left_out == 10
    assert (found.value, found.low, found.high, found.n) == (without.value, without.low, without.high, without.n)


@pytest.mark.parametrize(("wins", "value"), [(0, 0.0), (50, 0.0), (990, 1.0), (1000, 1.0)])
def test_impossible_shares_are_cut(wins: int, value: float) -> None:
    """Fewer wins than the judge invents, or more than it can see: 0 or 1, still inside the interval."""
    found = corrected(rogan_gladen_rate(wins=wins, n=1000, right_losses=80, losses=100, right_wins=85, label_wins=100))
    assert found.low <= found.value == value <= found.high


# ------------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        (lambda: ppi(**counted(40, 9, 10, 40, 300, 200)), "too-few-labels", "99 labels; PPI.. needs 100"),
        (lambda: ppi([], labelled=[1.0, 0.0] * 60, labels=[1.0, 0.0] * 60), "no-verdicts", "labels' own"),
        (lambda: ppi(**counted(80, 40, 0, 0, 300, 200)), "labels-all-equal", "labels are equal"),
        (lambda: ppi(**counted(50, 10, 10, 50, 800, 200)), "not-a-random-sample", "no random sample"),
        (lambda: rogan_gladen([0.5, 0.5], labelled=[1.0], labels=[1.0]), "no-verdicts", "no winner"),
        (lambda: rogan_gladen(**counted(80, 40, 0, 0, 300, 200)), "class-missing", "no labelled losses"),
        (lambda: rogan_gladen(**counted(0, 0, 20, 40, 300, 200)), "class-missing", "no labelled wins"),
        (lambda: rogan_gladen([1.0], labelled=[], labels=[]), "class-missing", "wins and losses"),
        (lambda: rogan_gladen(**counted(59, 41, 40, 60, 300, 200)), "judge-too-weak", "less than 1.2"),
    ],
)
def test_refusals_are_values_with_a_sentence(call: Any, code: str, says: str) -> None:
    """What would not hold is not computed: a code to act on and a sentence to print."""
    found = call()
    assert isinstance(found, Refusal)
    assert found.code == code
    assert re.search(says, found.sentence)


def test_just_good_enough_is_not_refused() -> None:
    """100 labels, and rates that add to exactly 1.2, are taken."""
    assert isinstance(ppi(**counted(45, 5, 10, 40, 275, 225)), Corrected)
    assert isinstance(rogan_gladen(**counted(60, 40, 40, 60, 300, 200)), Corrected)


@pytest.mark.parametrize("method", [ppi, rogan_gladen])
def test_wrong_data_are_errors(method: Any) -> None:
    """Scores outside 0..1, NaN and unequal lengths are faults of the caller, not refusals."""
    with pytest.raises(ValueError, match=r"0\.\.1"):
        method([1.5], labelled=[1.0], labels=[1.0])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        method([1.0], labelled=[math.nan], labels=[1.0])
    with pytest.raises(ValueError, match=r"label|shorter|longer"):
        method([1.0], labelled=[1.0], labels=[1.0, 0.0])


# ------------------------------------------------------------------------------------------- which method
@pytest.mark.parametrize(
    ("labels_from", "method"),
    [("random-sample", "ppi++"), ("by-class", "rogan-gladen"), ("elsewhere", "rogan-gladen")],
)
def test_the_source_of_labels_decides(labels_from: Any, method: str) -> None:
    """Random sample of the run: PPI++. Everything else: Rogan-Gladen."""
    assert choose_method(labels_from) == method
    data = counted(60, 12, 10, 38, 570, 430)
    verdicts = data.pop("verdicts")
    assert corrected(correct(verdicts, **data, labels_from=labels_from)).method == method


def test_an_unknown_source_is_refused() -> None:
    """A word that is none of the three is an error that lists them."""
    with pytest.raises(ValueError, match="random-sample, by-class, elsewhere"):
        choose_method("gold")  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- families of prompts
@pytest.mark.parametrize("method", [ppi, rogan_gladen])
def test_prompts_of_their_own_change_nothing(method: Any) -> None:
    """A name of its own for every prompt is no family; one shared name is."""
    data = counted(60, 12, 10, 38, 300, 200)
    own = PromptFamilies(range(500), range(500, 620))
    assert method(**data, families=own) == method(**data)
    shared = PromptFamilies(range(500), [500, *range(500, 619)])
    assert corrected(method(**data, families=shared)).labels == corrected(method(**data)).labels
    assert isinstance(method(**data, families=shared), FamilyCorrected)
    with pytest.raises(ValueError, match="family of its prompt"):
        method(**data, families=PromptFamilies(range(499), range(120)))


def test_repeated_prompts_are_one_prompt() -> None:
    """Every prompt four times over: the estimate of one copy, its error times the family's small-sample factor."""
    source = np.random.default_rng(2)
    labels = (source.random(120) < 0.6).astype(float)
    labelled = np.where(source.random(120) < 0.8, labels, 1 - labels)
    verdicts = np.where(source.random(400) < 0.55, 1.0, 0.0)
    one = corrected(ppi(verdicts, labelled=labelled, labels=labels))
    families = PromptFamilies(np.repeat(np.arange(400), 4).tolist(), np.repeat(np.arange(400, 520), 4).tolist())
    columns = {"labelled": np.repeat(labelled, 4), "labels": np.repeat(labels, 4)}
    many = corrected(ppi(np.repeat(verdicts, 4), **columns, families=families))
    assert isinstance(many, FamilyCorrected)
    assert (many.families, many.labels, many.value) == (120, 480, pytest.approx(one.value, abs=1e-4))
    assert many.high - many.low == pytest.approx((one.high - one.low) * 1.980 / 1.960, rel=0.01)
    alone = corrected(ppi(np.repeat(verdicts, 4), **columns))
    assert alone.high - alone.low == pytest.approx((one.high - one.low) / 2, rel=0.01)


@pytest.mark.parametrize(("method", "least"), [(ppi, 0.90), (rogan_gladen, 0.91)])
def test_labels_of_whole_families_hold_the_truth(method: Any, least: float) -> None:
    """300 runs of 75 families of five, a third labelled whole: as families 95 %, as single prompts far less."""
    source, group = np.random.default_rng(6), np.array(equal_families(75, 5))
    together = apart = 0
    for _ in range(300):
        alike = [np.where(source.random(375) < 0.6, source.random(75)[group], source.random(375)) for _ in range(2)]
        truth = (alike[0] < 0.4).astype(float)
        judged = np.where(truth > 0.5, alike[1] < 0.85, alike[1] >= 0.8).astype(float)
        told = np.isin(group, source.permutation(75)[:25])
        columns = {"verdicts": judged[~told], "labelled": judged[told], "labels": truth[told]}
        for families in (None, PromptFamilies(group[~told].tolist(), group[told].tolist())):
            found = method(**columns, families=families)
            hit = isinstance(found, Refusal) or found.low <= 0.4 <= found.high
            together, apart = together + hit * (families is not None), apart + hit * (families is None)
    assert together >= least * 300
    assert apart < 0.87 * 300


@pytest.mark.parametrize("method", [ppi, rogan_gladen])
def test_labels_of_few_families_are_refused(method: Any) -> None:
    """However many the labels are: 19 templates say too little of the next one."""
    data = counted(60, 12, 10, 38, 300, 200)
    found = method(**data, families=PromptFamilies(range(500), [1000 + n % 19 for n in range(120)]))
    assert isinstance(found, Refusal)
    assert (found.code, "19 templates" in found.sentence) == ("too-few-families", True)


# ------------------------------------------------------------------------------------------- coverage
@pytest.mark.parametrize(
    ("case", "raw_fails"),
    [
        (bench.Case(name="random", truth=0.3), True),
        (bench.Case(name="shift", truth=0.75, labels_from="elsewhere"), True),
        (bench.Case(name="chosen", truth=0.6, labels_from="by-class"), False),
    ],
    ids=lambda value: value.name if isinstance(value, bench.Case) else "",
)
def test_corrected_intervals_hold_the_truth(case: bench.Case, raw_fails: bool) -> None:
    """300 runs: the chosen method covers 95 % within Monte-Carlo error, the judge's own rate does not."""
    found = bench.run_case(case, 300, seed=5)
    method = choose_method(case.labels_from)
    share = found.hits[method] / (300 - found.refused[method])
    assert share > 0.95 - 3.3 * 0.0126
    if raw_fails:
        assert found.hits["raw"] < 60
    if case.labels_from == "elsewhere":
        assert found.hits["ppi++"] < 10


def test_the_bench_prints_and_judges(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A line in the band passes; a judge's own rate in place of the method turns it red."""
    monkeypatch.setattr(bench, "cases", lambda: [bench.Case(name="only", truth=0.3)])
    assert bench.main(["--repetitions", "200"]) == 0
    assert "| only" in capsys.readouterr().out
    monkeypatch.setattr(bench, "choose_method", lambda labels_from: "raw")
    assert bench.main(["--repetitions", "200"]) == 1
    assert "outside 93-97 %: only, 0.3" in capsys.readouterr().out
