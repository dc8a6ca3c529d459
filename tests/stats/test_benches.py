"""The two measurements of `bench/` that prove the statistics: small runs of them, and their verdicts."""

from collections.abc import Iterator
from itertools import cycle

import numpy as np
import pytest

from bench import coverage_table, ranking


def line(share: float, **settings: bool) -> coverage_table.Line:
    """A line that hits just this often."""
    hits: Iterator[bool] = cycle(n < round(1000 * share) for n in range(1000))
    return coverage_table.Line(
        what="x", case="y", n=int(settings.pop("n", 100)), trial=lambda _: (next(hits), 0.1), **settings
    )


@pytest.mark.parametrize(
    ("share", "settings", "failed"),
    [
        (0.95, {}, False),
        (0.92, {}, False),
        (0.90, {}, True),
        (0.999, {}, True),
        (0.999, {"lower_only": True}, False),
        (0.90, {"lower_only": True}, True),
        (0.91, {"n": 20}, False),
        (0.88, {"n": 20}, True),
        (0.05, {"errors": True}, False),
        (0.08, {"errors": True}, True),
        (0.5, {"gated": False}, False),
    ],
)
def test_a_line_fails_when_chance_cannot_explain_it(share: float, settings: dict[str, bool], failed: bool) -> None:
    """Out of its band by more than the 99.9 % Monte-Carlo interval of 4,000 repetitions."""
    assert coverage_table.measure(line(share, **settings), repetitions=4000, seed=1).failed is failed


def test_small_coverage_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One line of every kind lies in its band, and the table says what was measured."""
    assert coverage_table.main(["--small"]) == 0
    out = capsys.readouterr().out
    kinds = {coverage_line.what for coverage_line in coverage_table.lines(small=True)}
    assert len(kinds) >= 9
    assert all(kind in out for kind in kinds)
    assert "10 lines, 0 failed, seed 7" in out


def test_the_full_table_spans_what_it_should() -> None:
    """20 to 800 prompts, win rates .5 to .95, no ties to 40 %, families, repeats, missing verdicts; no line twice."""
    lines = coverage_table.lines(small=False)
    names = [(line_.what, line_.case, line_.n, line_.errors) for line_ in lines]
    assert len(set(names)) == len(names)
    assert {20, 50, 200, 800} <= {line_.n for line_ in lines}
    cases = " ".join(line_.case for line_ in lines)
    assert all(word in cases for word in ("p 0.50", "p 0.95", "ties 0%", "ties 40%", "families", "repeats", "missing"))


def test_a_world_is_what_it_says() -> None:
    """The drawn win rate is the stated one, and families share draws without moving it."""
    source = np.random.default_rng(1)
    for families in (None, coverage_table.equal_families(1000, 5)):
        world = coverage_table.duel(0.8, ties=0.2, families=families, alike=0.6 if families else 0.0)
        scores = world.play(source, 5000)[:, 0, 0]
        assert scores.mean() == pytest.approx(world.rate((0, 1)), abs=0.03)
        assert (scores == 0.5).mean() == pytest.approx(0.2, abs=0.02)


def test_ranking_bench_agrees_with_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours, evalica's and scikit-learn's strengths on the same battles, in one table."""
    assert ranking.main(["--models", "6", "--battles", "3000", "--bootstraps", "100", "--times", "1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("6 models, 3000 battles, 100 resamples of the prompts, one core")
    assert "evalica" in out
    assert "scikit-learn" in out
