"""Scores of single answers in the table of verdicts: the higher wins, the unread is missing, there is no order."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats import Folded, VerdictTable

Score = float | None


def folded(rows: list[tuple[list[Score], list[Score]]], *, samples: int = 1, repeats: int = 1) -> Folded:
    """One pair; for each prompt the scores of both sides by judge, sample and repeat; None is unread."""
    judges = len(rows[0][0]) // (samples * repeats)
    table = VerdictTable(prompts=len(rows), judges=[judges], samples=samples, repeats=repeats, recorded=False)
    calls = [
        (prompt, place, second, score)
        for prompt, sides in enumerate(rows)
        for second, scores in enumerate(sides)
        for place, score in enumerate(scores)
    ]
    random.Random(1).shuffle(calls)
    for prompt, place, second, score in calls:
        table.rate(
            prompt=prompt,
            pair=0,
            judge=place // (samples * repeats),
            sample=place // repeats % samples,
            repeat=place % repeats,
            second=bool(second),
            status="unparsed" if score is None else "ok",
            score=math.nan if score is None else score,
        )
    return table.fold()


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ([7.0], [5.0], 1.0),
        ([2.0], [5.0], 0.0),
        ([5.0], [5.0], 0.5),
        ([0.1 + 0.2], [0.3], 0.5),
        ([None], [5.0], None),
        ([5.0], [None], None),
        ([7.0, 4.0], [5.0, 4.0], 0.75),
        ([7.0, None], [5.0, 4.0], 1.0),
        ([None, 4.0], [5.0, None], None),
    ],
)
def test_the_higher_score_wins(first: list[Score], second: list[Score], score: float | None) -> None:
    """One or two judges: a judge has a verdict only when both sides were scored; the pair's is the mean over those."""
    found = folded([(first, second)])
    assert found.score(0, 0) == score
    tally = found.tally(0, [0])
    assert (len(tally.scores), tally.planned) == (int(score is not None), 1)
    assert (tally.compared, tally.flipped, found.decisive, found.first_shown) == (0, 0, 0, 0)
    assert found.verdicts["planned"] == 2 * len(first) == found.verdicts["ok"] + found.verdicts["unparsed"]


def test_samples_and_repeats_fold_one_by_one() -> None:
    """Sample 0 won twice, sample 1 won and lost: three quarters; one unread repeat and the judge has no score."""
    assert folded([([3.0, 3.0, 3.0, 1.0], [2.0] * 4)], samples=2, repeats=2).score(0, 0) == 0.75
    assert folded([([3.0, 3.0, 3.0, None], [2.0] * 4)], samples=2, repeats=2).score(0, 0) is None


def test_a_rule_stands_in_for_a_judge_and_folding_twice_is_the_same() -> None:
    """A sample decided by the status table needs no score; `fold` changes nothing."""
    table = VerdictTable(prompts=2, judges=[1], samples=1, repeats=1, recorded=False)
    table.decide(prompt=0, pair=0, sample=0, swapped=False, value=0.0)
    for second, score in ((False, 9.0), (True, 3.0)):
        table.rate(prompt=1, pair=0, judge=0, sample=0, repeat=0, second=second, status="ok", score=score)
    for found in (table.fold(), table.fold()):
        assert [found.score(0, prompt) for prompt in (0, 1)] == [0.0, 1.0]
        assert found.verdicts["rule_no_answer"] == 2
        assert found.verdicts["planned"] == 4


@pytest.mark.parametrize(
    ("rows", "score", "planned"),
    [
        ([(0, False, 7.0), (0, True, 5.0)], 1.0, 1),
        ([(0, False, 7.0)], None, 0),
        ([], None, 0),
        ([(0, False, None), (0, True, 5.0)], None, 1),
        ([(0, False, 7.0), (0, True, 5.0), (1, False, 1.0)], 1.0, 1),
        ([(0, False, 7.0), (0, True, 5.0), (1, False, 1.0), (1, True, 2.0)], 0.5, 1),
        ([(0, False, 7.0), (1, True, 5.0)], None, 0),
    ],
)
def test_recorded_scores_plan_what_they_can_compare(
    rows: list[tuple[int, bool, Score]], score: Score, planned: int
) -> None:
    """A repeat in which both sides were scored is planned, read or not; a lone score compares nothing."""
    table = VerdictTable(prompts=1, judges=[1], samples=1, repeats=2, recorded=True)
    for repeat, second, value in rows:
        status, read = ("ok", value) if value is not None else ("unparsed", math.nan)
        table.rate(prompt=0, pair=0, judge=0, sample=0, repeat=repeat, second=second, status=status, score=read)
    found = table.fold()
    assert (found.score(0, 0), found.tally(0, [0]).planned) == (score, planned)


def test_checks_decide_apart_from_the_status_table() -> None:
    """Both rules are counted by name; what checks decide is no score of the judges, in part or alone."""
    table = VerdictTable(prompts=4, judges=[2], samples=2, repeats=1, recorded=False)
    for prompt, sample, by_checks in ((0, 0, True), (0, 1, True), (1, 0, True), (1, 1, False), (2, 0, True)):
        for swapped in (False, True):
            table.decide(
                prompt=prompt, pair=0, sample=sample, swapped=swapped, value=float(not swapped), by_checks=by_checks
            )
    for prompt in (2, 3):
        for judge, sample, swapped in ((j, s, w) for j in (0, 1) for s in (0, 1) for w in (False, True)):
            table.add(
                prompt=prompt, pair=0, judge=judge, sample=sample, repeat=0, swapped=swapped, status="ok", value=0.5
            )
    found = table.fold()
    assert [found.score(0, prompt) for prompt in range(4)] == [1.0, 1.0, 0.75, 0.5]
    assert [found.judged_score(0, prompt) for prompt in range(4)] == [None, None, None, 0.5]
    tally = found.tally(0, range(4))
    assert (tally.by_checks, len(tally.scores), tally.planned) == (2, 4, 4)
    outcomes = {name: count for name, count in found.verdicts.items() if count}
    assert outcomes == {"planned": 32, "ok": 12, "rule_checks": 16, "rule_no_answer": 4}


SCORES = st.lists(st.tuples(*[st.one_of(st.none(), st.integers(1, 10).map(float))] * 2), min_size=1, max_size=30)


@given(SCORES)
def test_sides_mirror_and_counts_add_up(rows: list[tuple[Score, Score]]) -> None:
    """Exchanging the sides turns w into 1 - w; wins + ties + losses + missing = planned."""
    prompts = range(len(rows))
    one = folded([([a], [b]) for a, b in rows]).tally(0, prompts)
    other = folded([([b], [a]) for a, b in rows]).tally(0, prompts)
    assert [1 - score for score in one.scores] == other.scores
    assert (one.wins, one.ties, one.losses) == (other.losses, other.ties, other.wins)
    missing = sum(None in row for row in rows)
    assert one.wins + one.ties + one.losses + missing == one.planned == len(rows)
