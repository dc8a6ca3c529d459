"""The coverage experiment of `bench/`: a small run of it, and its verdict."""

from typing import Any

import pytest

from bench.coverage import Experiment, collect, main, outside, plan_pairs
from evals.catalog import load_catalog


def experiment() -> Experiment:
    """Three candidates on a few prompts of the shipped Chinese suite."""
    catalog = load_catalog(None)
    models = catalog.candidates[:3]
    pairs = plan_pairs(catalog, models, catalog.judges)
    return Experiment(suite="chinese", pairs=pairs, models=models, prompts=12, seed=3)


def test_repetitions_are_drawn_anew_and_repeatable() -> None:
    """Each scoring has prompts of its own; the same seed gives the same figures in one process or in two."""
    alone = collect(experiment(), repetitions=3, workers=1)
    assert len({str(row) for row in alone}) == 3
    assert all(len(row) == 3 + 3 and all(low <= value <= high for value, low, high in row) for row in alone)
    assert collect(experiment(), repetitions=3, workers=2) == alone


def test_no_family_judges_itself() -> None:
    """The pairs get the judges a real run would give them."""
    catalog = load_catalog(None)
    for pair in experiment().pairs:
        assert catalog.family(pair.judges[0]) not in (catalog.family(pair.first), catalog.family(pair.second))


@pytest.mark.parametrize(
    ("coverage", "is_pair", "bad"),
    [(0.93, True, False), (0.975, True, False), (0.929, True, True), (0.976, True, True), (0.5, False, False)],
)
def test_the_band(coverage: float, is_pair: bool, bad: bool) -> None:
    """Every pair must lie in 93 to 97.5 %."""
    line: dict[str, Any] = {"name": "a v b", "is_pair": is_pair, "coverage": coverage}
    assert outside([line]) == (["a v b"] if bad else [])


def test_the_table_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Far too few repetitions: a table all the same, marked as simulated, and a coverage of nothing or all is red."""
    assert main(["--repetitions", "2", "--prompts", "5", "--workers", "1"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("SIMULATED.")
    assert "outside 93.0% to 97.5%" in out
