"""`docs/from-jsonl.md`: its blocks run, compute the figures of scores.json, and print what the page shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.page import PAGE, main, make_run, run_page


@pytest.mark.slow
def test_the_page_computes_the_figures_of_the_run(tmp_path: Path) -> None:
    """On a run it has never seen: win rates with intervals, tests of pairs, ranks and the figure."""
    folder = make_run(tmp_path, "--limit", "24", "--seed", "5", "--controls", "2")
    made, names = run_page(PAGE.read_text("utf-8"), tmp_path)
    assert made != PAGE.read_text("utf-8")
    scores = json.loads((folder / "scores.json").read_text("utf-8"))
    for entry in scores["models"]:
        rate = names["rates"][entry["model"]]
        stored = [entry["win_rate"][name] for name in ("value", "low", "high", "n")]
        assert [rate.value, rate.low, rate.high, rate.n] == pytest.approx(stored, abs=1e-9)
        counts = names["table"].loc[entry["model"], ["won", "tied", "lost"]]
        assert counts.tolist() == [entry["wins"], entry["ties"], entry["losses"]]
        place = names["models"].index(entry["model"])
        assert names["ranking"].ranks[place] == (entry["rank"]["low"], entry["rank"]["high"])
        assert names["ranking"].strengths[place].value == pytest.approx(entry["strength"]["value"], abs=1e-6)
    tested = dict(zip(names["pairs"], names["tested"], strict=True))
    for entry in scores["pairs"]:
        found = tested[entry["first"], entry["second"]]
        assert [found.p_adjusted, found.smallest_gap] == pytest.approx([entry["p_adjusted"], entry["mde"]])
        assert (found.better, found.n_to_settle) == (entry["better"], entry["n_to_settle"])
    assert (tmp_path / "win-rates.svg").stat().st_size > 1000


def test_outputs_are_written_after_their_blocks(tmp_path: Path) -> None:
    """A stale output is replaced, a missing one added, and a block that prints nothing gets none."""
    page = "```python\nx = 2\n```\n\nwords\n\n```python\nprint(x, ' ')\n```\n\n```text\n1\n```\n\n"
    page += "```python\nprint(3)\n```\n"
    made, names = run_page(page, tmp_path)
    assert made == page.replace("text\n1\n", "text\n2\n") + "\n```text\n3\n```\n"
    assert names["x"] == 2


@pytest.mark.slow
def test_the_page_shows_what_its_blocks_print(capsys: pytest.CaptureFixture[str]) -> None:
    """Written anew by `python -m bench.page`."""
    assert main(["--check"]) == 0, capsys.readouterr().out
