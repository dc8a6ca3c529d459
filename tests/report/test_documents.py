"""Terminal, Markdown and CSV: golden files, incomplete runs, hostile names, widths."""

from __future__ import annotations

import csv
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from evals.report import FILES, render, terminal_summary
from evals.report._neutral import columns, csv_text
from evals.report._view import read_view
from tests.report.fake_run import read, write_run

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden"
HOSTILE = ("=1+1|`x`\x1b[2J", "<b>[a](http://x)\u202e", "智谱清言" * 12, "@all\r\n# head")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored figures of two small suites, rendered without any journal."""
    folder = tmp_path_factory.mktemp("runs") / "frozen"
    shutil.copytree(HERE / "frozen", folder)
    render(folder)
    return folder


def summary(folder: Path, **changes: Any) -> str:
    """The terminal text of a folder; `changes` replace parts of scores.json."""
    scores = {**read(folder, "scores.json"), **changes}
    return terminal_summary(scores, read(folder, "measured.json"), read(folder, "run.json")) + "\n"


def matches(text: str, name: str) -> bool:
    """Compare with a golden file; EVALS_UPDATE_GOLDEN=1 writes it instead."""
    path = GOLDEN / name
    if os.environ.get("EVALS_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8") == text


def csv_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of winrates.csv as texts."""
    with (folder / "winrates.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def incomplete(folder: Path) -> dict[str, Any]:
    """The frozen scores with a tenth of one model's verdicts missing."""
    scores = read(folder, "scores.json")
    for table in (scores, *scores["suites"]):
        row = table["models"][1]
        row["judged"] = row["planned"] - row["planned"] // 10
        row["win_rate_bounds"] = {"low": 0.05, "high": 0.15}
    for suite in scores["suites"]:
        suite["complete"] = False
    missing = scores["models"][1]["planned"] - scores["models"][1]["judged"]
    scores["coverage"] |= {"complete": False, "judged": scores["coverage"]["planned"] - missing}
    return scores


def test_terminal_matches_the_golden_file(frozen: Path) -> None:
    """The summary of a whole run stays as it is, byte for byte."""
    assert matches(summary(frozen), "report_terminal.txt")


def test_markdown_and_csv_match_the_golden_files(frozen: Path) -> None:
    """So do the pull-request comment and the CSV."""
    assert matches((frozen / "report.md").read_text(encoding="utf-8"), "report.md")
    assert matches((frozen / "winrates.csv").read_text(encoding="utf-8"), "report_winrates.csv")


def test_incomplete_runs_rank_nobody(frozen: Path, tmp_path: Path) -> None:
    """Too much missing: bounds and judged / planned, the plan's order, the reason, and no win rate anywhere."""
    scores = incomplete(frozen)
    text = summary(frozen, **scores)
    assert matches(text, "report_terminal_incomplete.txt")
    assert "No ranking: at most 2 % of a model's planned scores may be missing" in text
    assert not re.search(r"win %|W/T/L|CI", text)
    view = read_view(scores, read(frozen, "measured.json"), read(frozen, "run.json"))
    assert [row.model for row in view.suites[0].models] == [row["model"] for row in scores["suites"][0]["models"]]
    from evals.report._frames import winrates

    frame = winrates(view)
    assert frame[["win_rate", "low", "high", "top_share"]].isna().all(axis=None)
    assert not frame["complete"].any()


def test_everything_from_the_simulator_is_marked(tmp_path: Path) -> None:
    """Every table of the terminal and of Markdown, every CSV row and the page say SIMULATED; real runs never do."""
    for simulated in (True, False):
        folder = write_run(tmp_path / str(simulated), prompts=4, simulated=simulated)
        render(folder)
        text = summary(folder)
        markdown = (folder / "report.md").read_text(encoding="utf-8")
        titles = re.findall(r"^(?:Pairs, )?chinese.*$", text, re.MULTILINE)
        heads = re.findall(r"^#.*$", markdown, re.MULTILINE)
        assert len(titles) == 2
        assert len(heads) == 5
        assert all(("SIMULATED" in title) is simulated for title in (*titles, *heads))
        rows = csv_rows(folder)
        assert {row["simulated"] for row in rows} == {str(simulated)}
        assert ("SIMULATED" in (folder / "report.html").read_text(encoding="utf-8")) is simulated


def test_unknown_prices_are_never_zero(tmp_path: Path) -> None:
    """An unknown part of the cost shows as a lower bound with its name; the CSV's cost stays empty."""
    folder = write_run(tmp_path / "run", prompts=4, known_prices=False, simulated=False)
    render(folder)
    assert "cost in USD: >= 0.0123 (input price unknown)" in summary(folder)
    rows = csv_rows(folder)
    assert {row["cost_usd"] for row in rows} == {""}
    assert rows[0]["cost_note"].startswith(">= 0.00")
    assert ">= 0.0123 (input price unknown)" in (folder / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("models", [("A", "B"), ("GLM-5", "智谱清言", "月之暗面 Kimi"), HOSTILE])
def test_terminal_tables_fit_and_line_up(tmp_path: Path, models: tuple[str, ...]) -> None:
    """Every table is at most 120 columns wide and its lines end at the same column, Chinese names included."""
    folder = write_run(tmp_path / "run", models=models, prompts=4)
    text = summary(folder)
    assert max(map(columns, text.split("\n"))) <= 120
    for rule in re.finditer(r"^.*\n(-+  [- ]+)\n((?:.+\n)+)", text, re.MULTILINE):
        assert {columns(line) for line in rule[2].splitlines()} == {columns(rule[1])}


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """No control reaches the terminal, no markup acts in Markdown, no formula runs in the CSV, all can be read back."""
    folder = write_run(tmp_path / "run", models=HOSTILE, suites=("=suite\x07|<i>",), prompts=4)
    render(folder)
    assert re.search(r"[^\n\x20-\x7e\xa0-\uffff]|[\u202a-\u202e\u2066-\u2069]", summary(folder)) is None
    markdown = re.sub(r"`[^`\n]*`", "", (folder / "report.md").read_text(encoding="utf-8"))
    assert "`" not in markdown
    assert not re.search(r"<|\[|http|@|\x1b|head", markdown)
    rows = csv_rows(folder)
    assert {csv_text(row["model"]) for row in rows} == set(HOSTILE)
    assert not any(cell.startswith(("=", "@", "+", "\t")) for row in rows for cell in row.values())


def test_a_baseline_run_shows_paired_differences(frozen: Path) -> None:
    """Against a baseline the Markdown holds the paired differences in percentage points."""
    from evals.report._pages import _category_table
    from evals.report._tables import markdown_document

    scores = read(frozen, "scores.json")
    difference = {"value": 0.12, "low": -0.031, "high": 0.27, "method": "paired-t"}
    scores["suites"][0]["differences"] = [{"first": "GLM-5", "second": "Kimi K2.5", "difference": difference}]
    scores["settings"]["baseline"] = "Qwen3-32B"
    text = markdown_document(read_view(scores, {}, {}), _category_table)
    assert re.search(r"`GLM-5` - `Kimi K2.5` \| +\+12.0 \|  -3.1 to \+27.0", text)


def test_rendering_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """`evals report` rebuilds all three files byte for byte, also after the run's manifest was closed."""
    folder = write_run(tmp_path / "run", prompts=8)
    render(folder)
    before = {name: (folder / name).read_bytes() for name in FILES}
    manifest = (folder / "run.json").read_text(encoding="utf-8")
    closed = manifest.replace('"state": "open"', '"state": "complete"').replace('at": null', 'at": "2026-01-02"')
    (folder / "run.json").write_text(closed, encoding="utf-8")
    render(folder)
    assert {name: (folder / name).read_bytes() for name in FILES} == before
