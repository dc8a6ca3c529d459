"""The report's routing section: stars, the frontier as table and picture, control and oracle, what complexity tells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evals.report import render
from evals.report._routing import routing_blocks
from evals.report._view import read_view
from evals.routing import glance, read_evidence
from tests.report.fake_run import MODELS, read, write_run

HOSTILE = ("=1+1|`x`", "<b>[a](http://x)\u202e", "智谱清言" * 12, "@all\r\n# head")


def with_routing(folder: Path, **settings: Any) -> Path:
    """A made-up run whose measured.json says what the run says of routing."""
    write_run(folder, **settings)
    measured = {**read(folder, "measured.json"), "routing": glance(read_evidence(folder))}
    (folder / "measured.json").write_text(json.dumps(measured, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two suites, rendered."""
    made = with_routing(tmp_path_factory.mktemp("runs") / "run", suites=("chinese", "law"))
    render(made)
    return made


def text_of(page: str) -> str:
    """What stands in the section, without markup."""
    section = page.split('<section id="routing">')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def test_the_page_has_every_part(folder: Path) -> None:
    """Stars by family, a plot a suite, the three lines of the control, and a word on its worth."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    words = text_of(page)
    for part in ("At a glance", "Quality against cost", "Would routing pay?", "shuffled control", "oracle", "★★★★★"):
        assert part in words, part
    section = page.split('<section id="routing">')[1].split("</section>")[0]
    assert section.count("<svg") == 2, "a plot for each suite"
    assert "law, win rate" in section, "told to those who cannot see it"
    assert '<a href="#routing">Routing</a>' in page
    assert section.count("SIMULATED") >= 4


def test_the_markdown_has_the_same_tables(folder: Path) -> None:
    """For a pull request: stars, frontier and control as tables, names in code spans, our own labels plain."""
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "## At a glance" in text
    assert re.search(r"\| Chinese +\|", text)
    assert re.search(rf"\| `chinese` +\| `{MODELS[3]}` +\|.*\| yes +\|", text)
    assert re.search(r"\| its shuffled control: the same models as often, at random +\|", text)
    assert f"everything goes to {MODELS[3]}: there is no rule to check" in text


def test_a_rebuild_gives_the_same_bytes(folder: Path) -> None:
    """No clock takes part: prices hold as of the run."""
    before = {name: (folder / name).read_bytes() for name in ("report.html", "report.md")}
    render(folder)
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_a_run_without_the_figures_has_no_section(tmp_path: Path) -> None:
    """Scored by an older version, or incomplete: nothing is claimed."""
    old = write_run(tmp_path / "old", prompts=20)
    render(old)
    assert 'id="routing"' not in (old / "report.html").read_text(encoding="utf-8")
    made = with_routing(tmp_path / "short", prompts=20)
    scores = read(made, "scores.json")
    scores["coverage"]["complete"] = False
    view = read_view(scores, read(made, "measured.json"), read(made, "run.json"))
    assert view.routing is not None
    assert routing_blocks(view, str) == []


def test_unknown_prices_are_never_nothing(tmp_path: Path) -> None:
    """A model whose calls have no known cost: "unknown" in the frontier, and no frontier by price."""
    made = with_routing(tmp_path / "run", prompts=40)
    measured = read(made, "measured.json")
    for row in measured["routing"]["rows"]:
        if row["model"] == MODELS[0]:
            row["cost_per_accepted_usd"] |= {"value": None, "unknown": ["input price"]}
    measured["routing"]["rule"]["cost_usd"] = None
    view = read_view(read(made, "scores.json"), measured, read(made, "run.json"))
    blocks = {block.title: block.table.rows for block in routing_blocks(view, str)}
    (row,) = [cells for cells in blocks["Quality against cost"] if cells[1] == MODELS[0]]
    assert row[4] == "unknown"
    assert blocks["Would routing pay?"][0][2] == "unknown"


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    """In the section's tables and plots a name is neither markup nor a table's edge."""
    made = with_routing(tmp_path / "run", models=HOSTILE, prompts=24)
    render(made)
    text = (made / "report.md").read_text(encoding="utf-8")
    part = text.split("## At a glance")[1].split("## Where")[0]
    assert "<b>" not in re.sub(r"`[^`]*`", "", part)
    widths = {line.count(" | ") for line in part.split("## Quality against cost")[1].split("\n\n")[1].split("\n")[2:]}
    assert len(widths) == 1
    assert "<b>[a]" not in (made / "report.html").read_text(encoding="utf-8")


def test_a_worthless_rule_is_said_to_be(folder: Path) -> None:
    """The verdict of the control stands as a sentence of its own."""
    measured = read(folder, "measured.json")
    rule = measured["routing"]["rule"]
    rule |= {
        "worthless": True,
        "verdict": "worthless on these prompts: -0.1 points (-1.0 to 0.8)",
        "shares": {"a": 0.5, "b": 0.5},
    }
    view = read_view(read(folder, "scores.json"), measured, read(folder, "run.json"))
    (block,) = [block for block in routing_blocks(view, str) if block.title == "Would routing pay?"]
    assert block.sentences[0].startswith("the rule is worthless on these prompts: -0.1 points")


@pytest.mark.parametrize(
    ("adds", "words"),
    [
        ({"differ": 0, "value": 0.0, "low": -0.1, "high": 0.1}, "changes no request"),
        ({"differ": 9, "value": 0.01, "low": -0.1, "high": 0.1}, "adds 1.0 points (-10.0 to 10.0): not shown to be"),
        ({"differ": 9, "value": 0.2, "low": 0.1, "high": 0.3}, "adds 20.0 points (10.0 to 30.0)"),
    ],
)
def test_what_complexity_adds_is_said(folder: Path, adds: dict[str, float], words: str) -> None:
    """Beside the task it may change nothing, change something without proof, or help."""
    measured = read(folder, "measured.json")
    measured["routing"]["rule"]["shares"] = {"a": 0.5, "b": 0.5}
    measured["routing"]["complexity_adds"] = adds
    view = read_view(read(folder, "scores.json"), measured, read(folder, "run.json"))
    (block,) = [block for block in routing_blocks(view, str) if block.title == "Would routing pay?"]
    assert words in block.sentences[1]
