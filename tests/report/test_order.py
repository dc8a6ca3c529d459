"""Tests of what reports say of the order of the models, and of what the terminal leaves to the files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.report import render, terminal_summary
from evals.report._order import order_notes, p_cell, rank_cell, told_apart, unseen_in_categories
from evals.report._view import CategoryRow, DifferenceRow, Rate, SuiteView, read_view
from tests.report.fake_run import read, write_run

ARM = {"arm": "null", "win_rate": {"value": 0.01}, "planned": 4, "judged": 4, "red": False}
FIT = {"first": "A", "second": "B", "observed": 0.6, "expected": 0.5, "p_value": 0.0004}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendered run of 24 prompts."""
    path = write_run(tmp_path_factory.mktemp("runs") / "order", prompts=24)
    render(path)
    return path


def suite(folder: Path, **ranking: Any) -> SuiteView:
    """The view of the run's suite with parts of `ranking` replaced."""
    scores = read(folder, "scores.json")
    scores["suites"][0]["ranking"] |= ranking
    return read_view(scores, {}, {}).suites[0]


def terminal(folder: Path, **changes: Any) -> str:
    """What `run` would print with parts of scores.json replaced."""
    scores = {**read(folder, "scores.json"), **changes}
    return terminal_summary(scores, read(folder, "measured.json"), read(folder, "run.json"))


def test_ranks_and_adjusted_p_stand_in_every_document(folder: Path) -> None:
    """Terminal, Markdown and page hold the rank column, the adjusted p, and who cannot be told apart."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    for text in (terminal(folder), (folder / "report.md").read_text(encoding="utf-8"), page):
        assert all(word in text for word in ("rank", "adj. p", "told apart"))
    assert '<th scope="col">rank</th>' in page
    assert "at equal length" in page
    assert "at equal length" not in terminal(folder)


def test_what_a_comparison_could_have_seen_stands_beside_it(folder: Path) -> None:
    """Pairs have a detectable gap and the prompts they need; cells without a mark say what they would have shown."""
    scores = read(folder, "scores.json")
    page = (folder / "report.html").read_text(encoding="utf-8")
    text = (folder / "report.md").read_text(encoding="utf-8")
    for document in (terminal(folder), text, page):
        assert all(word in document for word in ("detectable ±", "n needed"))
    needed = [pair["n_to_settle"] for pair in scores["suites"][0]["pairs"]]
    assert all(f"{n:,} |" in text for n in needed if n is not None)
    cells = [row for one in scores["suites"][0]["categories"] for row in one["models"] if row["mark"] is None]
    assert all(row["mde"] is None or row["mde"] > 0.5 for row in cells)
    sentence = "A cell without a mark holds too few prompts to show any difference from 50 %."
    assert sentence in text
    assert sentence in page


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ([0.21, 0.3], "a distance from 21 points on, the least steady from 30 on."),
        ([0.21, 0.8], "a distance from 21 points on, the least steady none at all."),
        ([0.6], "holds too few prompts to show any difference"),
        ([0.21, None], "a distance from 21 points on, the least steady none at all."),
        ([None], "holds too few prompts to show any difference"),
        ([], ""),
    ],
)
def test_no_distance_beyond_the_scale_is_named(folder: Path, gaps: list[float | None], said: str) -> None:
    """A win rate lies at most 50 points from 50 %."""
    cells = [
        CategoryRow(category=str(n), model="m", rate=Rate(), judged=1, planned=1, mark="", mde=gap)
        for n, gap in enumerate(gaps)
    ]
    found = unseen_in_categories(replace(suite(folder), categories=tuple(cells)))
    assert found.endswith(said) if said.endswith(".") else said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ([["A"], ["B"]], "By rank, all models can be told apart."),
        ([["A", "B", "C"], ["D"]], "By rank, A, B and C cannot be told apart."),
        (
            [["A", "B"], ["B", "C"]],
            "By rank, no two models within one of these sets can be told apart: A and B; B and C.",
        ),
    ],
)
def test_who_cannot_be_told_apart(folder: Path, groups: list[list[str]], sentence: str) -> None:
    """One sentence, whatever the groups."""
    untested = replace(suite(folder, groups=groups), pairs=())
    assert told_apart(untested, str) == sentence


@pytest.mark.parametrize(
    ("above", "p_adjusted", "words"),
    [
        (True, 0.053, "differ on A v B (apart by rank, adj. p 0.053): ranks fit one"),
        (False, 0.038, "differ on A v B (not apart by rank, adj. p 0.038): ranks fit one"),
        (True, 0.038, None),
        (False, 0.3, None),
    ],
)
@pytest.mark.parametrize("through", ["pairs", "differences"])
def test_ranks_that_contradict_a_tested_pair_say_so(
    folder: Path, above: bool, p_adjusted: float, words: str | None, through: str
) -> None:
    """ "All can be told apart" never stands alone beside a p above 0.05, nor its opposite beside one below."""
    one = suite(folder, groups=[["A"], ["B"]], above=[["B", "A"]] if above else [])
    pair = replace(one.pairs[0], first="A", second="B", rate=Rate(value=0.4), p_adjusted=p_adjusted)
    gap = DifferenceRow(first="A", second="B", value=-0.1, low=None, high=None, method="", p_adjusted=p_adjusted)
    rows = {"pairs": (), "differences": (), through: (pair if through == "pairs" else gap,)}
    found = told_apart(replace(one, **rows), str)
    assert ("Ranks and pairs differ" in found) == (words is not None)
    assert words is None or words in found


@pytest.mark.parametrize(
    ("ranking", "words"),
    [
        ({"flags": []}, None),
        ({"flags": ["misfit"], "fit": FIT}, "A stands at 60.0 % against B where 50.0 % is expected (p <0.001)"),
        ({"flags": [], "intransitive": [{"models": ["A", "B", "C"]}]}, "A beats B, B beats C, and C beats A"),
        ({"flags": ["pseudo-wins"], "unbeaten": ["A"], "winless": ["B", "C"]}, "A has no loss; B and C have no win"),
        ({"flags": ["disconnected"], "components": [["A", "B"], ["C", "D"]]}, "A and B; C and D"),
    ],
)
def test_what_speaks_against_the_order(folder: Path, ranking: dict[str, Any], words: str | None) -> None:
    """Each flag gives one sentence, none gives none."""
    notes = order_notes(suite(folder, **ranking))
    assert len(notes) == (words is not None)
    assert words is None or words in notes[0]


def test_missing_scores_are_told(folder: Path) -> None:
    """Scores that go missing unevenly, and pairs that could turn."""
    scores = read(folder, "scores.json")
    scores["suites"][0] |= {
        "missing_test": {"p_value": 0.001, "shares": {"A": 0.02, "B": 0.0}},
        "sensitivity": {"missing": 3, "pairs": 3, "settled": 2},
    }
    uneven, turning = order_notes(read_view(scores, {}, {}).suites[0])
    assert "A 2.0 %, B 0.0 %" in uneven
    assert turning.startswith("1 of the 3 pairs")


def test_controls_in_order_take_one_line(folder: Path) -> None:
    """In the terminal only; a red or an unfinished arm shows every one."""
    text = terminal(folder, controls=[ARM] * 5)
    assert "controls: all 5 arms green" in text
    assert "control: " not in text
    assert "rule out" not in text
    surely = {**ARM, "win_rate": {"value": 0.0, "low": 0.0, "high": 0.278}}
    same = {**ARM, "arm": "same", "win_rate": {"value": 0.5, "low": 0.4, "high": 0.7}}
    few = terminal(folder, controls=[surely, same])
    assert "controls: all 2 arms green; so few prompts do not rule out that one wins 27.8 %" in few
    for doubt in ({"red": True}, {"judged": 3}, {"planned": 0, "judged": 0}):
        text = terminal(folder, controls=[ARM, {**ARM, **doubt}])
        assert text.count("control: null wins") == 2
    assert "RED" in terminal(folder, controls=[{**ARM, "red": True}])


def test_only_biases_that_show_reach_the_terminal(folder: Path) -> None:
    """One line for those whose interval excludes no bias; Markdown keeps the table."""
    biases = [
        {"name": "length", "value": 0.61, "low": 0.55, "high": 0.67, "n": 9, "sentence": "Long."},
        {"name": "position-first-shown", "value": 0.52, "low": 0.47, "high": 0.57, "n": 9, "sentence": "First."},
        {"name": "self-preference", "value": None, "low": None, "high": None, "n": 0, "sentence": "None."},
    ]
    text = terminal(folder, biases=biases)
    assert "biases: longer answer wins 61.0 % (55.0–67.0; no bias where longer is also better)\n" in text
    assert "Where the judge leans" not in text
    assert "biases:" not in terminal(folder, biases=biases[1:])
    assert "Where the judge leans" in (folder / "report.md").read_text(encoding="utf-8")


def test_the_terminal_tests_models_that_met_through_a_baseline(folder: Path) -> None:
    """Their difference stands there with its adjusted p, as in the files, not for the eye to guess."""
    suites = read(folder, "scores.json")["suites"]
    difference = {"value": -0.2167, "low": -0.335, "high": -0.098, "method": "student-t"}
    suites[0]["differences"] = [{"first": "A", "second": "B", "difference": difference, "p_adjusted": 0.0123}]
    text = terminal(folder, suites=suites)
    assert "Differences against" in text
    assert "A - B       -21.7  -33.5 to -9.8   0.012" in text
    assert "Differences against" not in terminal(folder)


def test_a_baselines_row_is_said_to_be_of_another_kind(folder: Path) -> None:
    """Its rate is a mean over opponents, the others' are against it."""
    settings = read(folder, "scores.json")["settings"]
    assert "baseline: the row of Kimi K2.5 is its mean" in terminal(
        folder, settings={**settings, "baseline": "Kimi K2.5"}
    )
    assert "baseline:" not in terminal(folder)


def test_cells(folder: Path) -> None:
    """Ranks and p-values as they are written."""
    rows = json.loads((folder / "scores.json").read_text(encoding="utf-8"))["models"]
    cells = {
        rank_cell(row) for row in read_view({**read(folder, "scores.json"), "models": rows}, {}, {}).overall.models
    }
    assert all(cell.replace("-", "").isdigit() for cell in cells)
    assert [p_cell(value) for value in (None, 0.0002, 0.0437)] == ["–", "<0.001", "0.044"]
