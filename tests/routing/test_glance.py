"""What a run's report says of routing: rows without origin, and a rule tried on prompts it was not made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals.routing import glance, read_evidence, stars
from tests.report.fake_run import write_run
from tests.routing.building import NEW, NOW, OLD, column, evidence, world


def test_a_run_has_its_own_glance(tmp_path: Path) -> None:
    """Its suite in stars, throughput, and dashes for what it did not measure."""
    found = glance(read_evidence(write_run(tmp_path / "run")))
    assert found is not None
    heads, rows = stars(found, NOW)
    table = {cells[0]: cells[1:] for cells in rows}
    assert len(heads) > 1
    assert any(cell.startswith("★★★★★") for cell in table["Chinese"])
    assert set(table["code"]) == set(table["context"]) == {"-"}


def test_the_same_run_gives_the_same_glance_whenever_it_was_closed() -> None:
    """No time, run id or judge is in it: two equal runs say the same."""
    found = world(60, knows=True)
    later = replace(found, run="run-2", measured_at="2026-04-04T00:00:00+00:00")
    first, second = glance(found), glance(later)
    assert first is not None
    assert second is not None
    assert first["rows"] == second["rows"]
    assert {**first["rule"], "run": ""} == {**second["rule"], "run": ""}


def test_a_rule_by_complexity_is_tried_out_of_sample() -> None:
    """Where the classes know who is right the rule beats its control; where right is drawn at random it does not."""
    knowing, guessing = glance(world(200, knows=True)), glance(world(200, knows=False))
    assert knowing is not None
    assert guessing is not None
    assert knowing["rule"]["chosen_on_this_run"] is False
    assert guessing["rule"]["gain"]["low"] <= 0.0
    assert knowing["rule"]["oracle"] == guessing["rule"]["oracle"] == 1.0


def test_what_complexity_adds_to_the_task() -> None:
    """Two models, each right on one class alone: by task one of them answers all, by class both do."""
    base = world(120, knows=True)
    wins = {"low": {(OLD, NEW): 1.0, (NEW, OLD): 0.0}, "high": {(OLD, NEW): 0.0, (NEW, OLD): 1.0}}
    found = glance(replace(base, asked=tuple(replace(a, scores=wins[a.complexity or ""]) for a in base.asked)))
    assert found is not None
    assert found["rule"]["quality"] == 1.0
    assert found["by_task"]["quality"] == pytest.approx(0.5, abs=0.1)
    assert found["complexity_adds"]["low"] > 0.3
    assert found["complexity_adds"]["differ"] == pytest.approx(60, abs=10)
    assert found["rule"]["verdict"].startswith("beats its shuffled control by 5"), "out of sample"


def test_a_rule_made_on_noise_is_not_flattered() -> None:
    """Over many worlds in which nobody is better, the mean gain of the rule is that of a coin: none."""
    gains = []
    for seed in range(40):
        found = glance(world(80, knows=False, seed=seed))
        assert found is not None
        gains.append(found["rule"]["gain"]["value"])
    assert sum(gains) / len(gains) == pytest.approx(0.0, abs=0.02)


def test_no_verdicts_no_glance() -> None:
    """A run whose answers nobody compared has nothing to show."""
    found = evidence({NEW: column(20, 0.5)})
    assert glance(replace(found, asked=tuple(replace(asked, scores={}) for asked in found.asked))) is None


def test_an_unknown_price_stays_unknown() -> None:
    """A model without a price: no cost per accepted answer, no bill of the rule, and never 0."""
    found = glance(evidence({NEW: column(60, 0.9)}, costs={NEW: None}, checked=True))
    assert found is not None
    cost = {row["model"]: row["cost_per_accepted_usd"]["value"] for row in found["rows"]}
    assert cost[NEW] is None
    assert cost[OLD] == "0.001"
