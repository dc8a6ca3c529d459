"""Judges on gold pairs, and control arms: what is counted, by hand and against judges of known faults."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import judge_quality as bench
from evals.stats import (
    TRUSTED_FROM,
    GoldScores,
    GoldVerdicts,
    JudgeQuality,
    WinRate,
    control_arm,
    judge_quality,
    same_answer_arm,
    scored_quality,
    win_rate,
)

Side = Literal["a", "b"]
FIRST, SECOND, TIE = 1.0, 0.0, 0.5


def gold(better: str, a_first: float | None, b_first: float | None, **settings: Any) -> GoldVerdicts:
    """A gold pair: which answer is better, then the verdict (share of the one shown first) in both orders."""
    return GoldVerdicts(better=better, a_first=a_first, b_first=b_first, **settings)  # type: ignore[arg-type]


def value(rate: WinRate | None) -> float:
    """The value of a rate that must be there."""
    assert rate is not None
    return rate.value


# ------------------------------------------------------------------------------------------- by hand
def test_every_figure_of_a_few_pairs() -> None:
    """Six pairs judged, one unread: each count worked out on paper."""
    found = judge_quality(
        [
            gold("a", FIRST, SECOND, longer="a", defect="number"),  # right twice
            gold("a", FIRST, FIRST, longer="b", defect="number"),  # flipped: always the first
            gold("b", SECOND, FIRST, longer="b", defect="script"),  # right twice
            gold("b", FIRST, TIE, longer="a", defect="script"),  # wrong, then a tie
            gold("tie", TIE, TIE),
            gold("tie", SECOND, SECOND),  # flipped: always the second
            gold("b", None, FIRST, defect="cut-off"),
        ]
    )
    assert (found.judged, found.planned, found.level) == (6, 7, 0.95)
    assert value(found.accuracy) == pytest.approx((1 + 0.5 + 1 + 0.25) / 4)
    assert value(found.both_right) == 0.5
    assert {name: rate.value for name, rate in found.per_defect.items()} == {"number": 0.75, "script": 0.625}
    assert (value(found.sensitivity), value(found.specificity)) == (0.75, 0.625)
    assert value(found.flip_rate) == pytest.approx(2 / 5)
    assert value(found.first_shown) == pytest.approx((0.5 + 1 + 0.5 + 1 + 0) / 5)
    assert value(found.ties_seen) == 0.5
    assert value(found.ties_invented) == pytest.approx(1 / 8)
    assert found.longer_preferred is not None
    assert found.longer_preferred.value == pytest.approx(((1 + 1) / 2 + (0.5 + 0.75) / 2) / 2)


def test_nothing_read_is_nothing_known() -> None:
    """Without a pair read in both orders every rate is None, and the judge is not trusted."""
    found = judge_quality([gold("a", None, FIRST), gold("tie", TIE, None)])
    assert (found.judged, found.planned, found.trusted) == (0, 2, False)
    rates = [getattr(found, name) for name in JudgeQuality.__dataclass_fields__ if name not in SETTINGS]
    assert rates == [None] * 9
    assert found.per_defect == {}
    assert judge_quality([]).planned == 0


SETTINGS = {"per_defect", "judged", "planned", "level"}


@pytest.mark.parametrize(("right", "trusted"), [(58, False), (59, True), (72, True), (36, False)])
def test_trust_needs_the_lower_bound(right: int, trusted: bool) -> None:
    """Of 72 decisive pairs 59 right both times are enough, 58 are not: lower bound at .70."""
    pairs = [gold("a", FIRST, SECOND)] * right + [gold("a", SECOND, FIRST)] * (72 - right)
    found = judge_quality(pairs)
    assert found.accuracy == win_rate([1.0] * right + [0.0] * (72 - right))
    assert found.trusted is trusted
    assert found.accuracy is not None
    assert found.accuracy.low is not None
    assert (found.accuracy.low >= TRUSTED_FROM) is trusted


def test_a_judge_of_places_is_seen_through() -> None:
    """Always the first: half right, every pair flipped, first shown 100 %, and no liking for length."""
    sides: tuple[Side, ...] = ("a", "b")
    pairs = [gold(better, FIRST, FIRST, longer=longer) for better in sides for longer in sides] * 10
    found = judge_quality(pairs)
    assert (value(found.accuracy), value(found.flip_rate), value(found.first_shown)) == (0.5, 1.0, 1.0)
    assert value(found.both_right) == 0.0
    assert found.longer_preferred is not None
    assert found.longer_preferred.value == 0.5


def test_better_and_longer_are_told_apart() -> None:
    """A perfect judge likes no length, though nine of ten better answers are the longer ones."""
    pairs = [gold("a", FIRST, SECOND, longer="a")] * 45 + [gold("a", FIRST, SECOND, longer="b")] * 5
    found = judge_quality(pairs).longer_preferred
    assert found is not None
    assert found.value == 0.5
    only_longer = judge_quality([gold("a", FIRST, SECOND, longer="a")] * 9)
    assert only_longer.longer_preferred is None


def test_few_pairs_get_plain_wilson() -> None:
    """Below 20 pairs no effective number is taken from the scores themselves."""
    pairs = [gold("a", FIRST, FIRST)] * 7  # all half right: their variance is 0
    found = judge_quality(pairs).accuracy
    more = judge_quality(pairs * 3).accuracy
    assert found is not None
    assert found.method == "wilson"
    assert more is not None
    assert more.method == "wilson-effective-n"
    z2 = 1.959964**2
    assert found.low == pytest.approx(0.5 - math.sqrt(z2 * 0.25 / 7 + z2 * z2 / (4 * 49)) / (1 + z2 / 7), abs=1e-6)


def test_every_figure_of_a_few_scored_pairs() -> None:
    """Answers scored alone, pass mark 7: five pairs and an unread one, worked out on paper."""
    found = scored_quality(
        [
            GoldScores(better="a", a=8, b=4, longer="a", defect="number"),  # right; passes, fails
            GoldScores(better="b", a=7, b=9, longer="a", defect="number"),  # right; the worse passes too
            GoldScores(better="b", a=6, b=6, longer="b", defect="unit"),  # equal; the better fails
            GoldScores(better="a", a=5, b=6, longer="b", defect="unit"),  # wrong
            GoldScores(better="tie", a=7, b=7),
            GoldScores(better="a", a=None, b=9),
        ],
        pass_mark=7,
    )
    assert (found.judged, found.planned) == (5, 6)
    assert value(found.accuracy) == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert {name: rate.value for name, rate in found.per_defect.items()} == {"number": 1.0, "unit": 0.25}
    assert (value(found.sensitivity), value(found.specificity)) == (0.5, 0.75)
    assert (value(found.ties_seen), value(found.ties_invented)) == (1.0, 0.25)
    assert (found.both_right, found.flip_rate, found.first_shown) == (None, None, None)
    assert found.longer_preferred is not None
    assert found.longer_preferred.value == pytest.approx(((1 + 0.5) / 2 + (0 + 1) / 2) / 2)


scores = st.one_of(st.none(), st.integers(1, 5).map(float))
scored_pairs = st.lists(
    st.builds(
        GoldScores,
        better=st.sampled_from(["a", "b", "tie"]),
        a=scores,
        b=scores,
        longer=st.sampled_from(["a", "b", None]),
        defect=st.sampled_from(["", "x", "y"]),
    ),
    max_size=30,
)


@given(scored_pairs)
@settings(max_examples=60)
def test_only_who_scores_higher_counts(pairs: list[GoldScores]) -> None:
    """Another scale, with its pass mark, changes nothing; without a mark only the two figures on it are gone."""
    wider = [
        GoldScores(
            better=pair.better,
            a=None if pair.a is None else pair.a**3 - 2,
            b=None if pair.b is None else pair.b**3 - 2,
            longer=pair.longer,
            defect=pair.defect,
        )
        for pair in pairs
    ]
    found = scored_quality(pairs, pass_mark=3)
    assert found == scored_quality(wider, pass_mark=25)
    unmarked = scored_quality(pairs, pass_mark=None)
    assert unmarked == replace(found, sensitivity=None, specificity=None)
    assert found.accuracy == judge_quality([pair.verdicts() for pair in pairs]).accuracy


verdicts = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
pairs_of_gold = st.lists(
    st.builds(
        GoldVerdicts,
        better=st.sampled_from(["a", "b", "tie"]),
        a_first=verdicts,
        b_first=verdicts,
        longer=st.sampled_from(["a", "b", None]),
        defect=st.sampled_from(["", "x", "y"]),
    ),
    max_size=30,
)


@given(pairs_of_gold)
@settings(max_examples=80)
def test_names_of_the_answers_do_not_matter(pairs: list[GoldVerdicts]) -> None:
    """Calling a b and b a leaves everything as it is, but exchanges sensitivity and specificity."""
    other = {"a": "b", "b": "a", "tie": "tie", None: None}
    turned = [
        gold(other[pair.better], pair.b_first, pair.a_first, longer=other[pair.longer], defect=pair.defect)  # type: ignore[arg-type]
        for pair in pairs
    ]
    one, two = judge_quality(pairs), judge_quality(turned)
    for name in JudgeQuality.__dataclass_fields__:
        if name not in ("sensitivity", "specificity"):
            assert getattr(one, name) == getattr(two, name)
    assert (one.sensitivity, one.specificity) == (two.specificity, two.sensitivity)


@given(pairs_of_gold, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_no_order_of_pairs_matters(pairs: list[GoldVerdicts], source: Any) -> None:
    """Records may come in any order."""
    assert judge_quality(pairs) == judge_quality(source.sample(pairs, len(pairs)))


def test_impossible_verdicts_are_refused() -> None:
    """A verdict outside 0..1 or NaN is an error, even on a pair that is not read otherwise."""
    for wrong in (1.5, -0.1, math.nan):
        with pytest.raises(ValueError, match=r"0\.\.1"):
            judge_quality([gold("a", wrong, None)])


# ------------------------------------------------------------------------------------------- known judges
@pytest.mark.parametrize("judge", [bench.judges()[3], bench.scorers()[2]], ids=lambda judge: judge.name)
def test_the_true_figures_are_what_many_pairs_show(judge: bench.Judge | bench.Scorer) -> None:
    """The truths of the bench, by going through outcomes, against a calibration on 20,000 pairs."""
    known = bench.truths(judge, 9, 1)
    found = bench.calibrate(judge, 18_000, 2_000, np.random.default_rng(0))
    for name, truth in known.items():
        rate = bench.figure(found, name)
        assert rate is not None
        assert rate.value == pytest.approx(truth, abs=0.035 if name.startswith(("ties_seen", "defect")) else 0.015)


@pytest.mark.parametrize("judge", [*bench.judges(), bench.scorers()[1]], ids=lambda judge: judge.name)
def test_known_faults_are_recovered(judge: bench.Judge | bench.Scorer) -> None:
    """80 calibrations: each figure within its interval in 93 %, Monte-Carlo error granted."""
    for line in bench.run_judge(judge, 72, 8, 80, seed=1):
        assert line.count == 80 or line.name.startswith("defect")
        assert line.hits >= 0.93 * line.count - 3.3 * math.sqrt(0.93 * 0.07 * line.count), line.name


def test_the_bench_prints_and_judges(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A few seeds pass; truths that are wrong turn it red."""
    monkeypatch.setattr(bench, "judges", lambda: [bench.Judge(name="one", accuracy=0.8)])
    monkeypatch.setattr(bench, "scorers", lambda: [bench.Scorer(name="two", good=8, gap=2)])
    assert bench.main(["--small"]) == 0
    assert "| worst of 10 defects |" in capsys.readouterr().out
    honest = bench.truths
    monkeypatch.setattr(bench, "truths", lambda *given: honest(*given) | {"accuracy": 0.5})
    assert bench.main(["--small"]) == 1
    assert "held in fewer than 93 %: one, accuracy" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------- control arms
@pytest.mark.parametrize(
    ("scores", "red"),
    [
        ([1.0] * 2 + [0.0] * 8, False),
        ([1.0] * 3 + [0.0] * 7, True),
        ([0.5] * 10, True),
        ([0.5] * 2 + [0.0] * 8, False),
        ([0.0] * 10, False),
        ([1.0], False),
        ([], False),
    ],
)
def test_controls_turn_red_when_they_surely_win(scores: list[float], red: bool) -> None:
    """Of 10 prompts 3 wins are red, 2 are not; fewer than two prompts show nothing."""
    found = control_arm(scores)
    assert (found.red, found.limit) == (red, 0.10)
    assert found.rate == (win_rate(scores) if scores else None)


@pytest.mark.parametrize(("first", "red"), [(10, True), (9, False), (0, False)])
def test_the_same_answer_twice(first: int, red: bool) -> None:
    """Of 10 prompts all for the first are red, 9 are not; always the second, or a tie, is no liking for the first."""
    found = same_answer_arm([1.0] * first + [0.0] * (10 - first))
    assert (found.red, found.limit) == (red, 0.60)
    assert not same_answer_arm([0.5] * 10).red
