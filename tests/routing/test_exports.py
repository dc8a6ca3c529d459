"""Exports: golden files, formats found by name, no formula, no wrong type, the same bytes each time."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from evals.records import UsageError
from evals.routing import new_catalog, propose
from evals.routing._publish import Policy
from evals.routing.exports import export, formats
from tests.routing.building import NEW, NOW, OLD, THIRD, catalog, column, evidence, offer, route_entry
from tests.routing.golden import check_golden

PEAK = {
    "usd_per_mtok": {"input": "0.15", "output": "0.6"},
    "when": {"windows": [{"hours": ["10:00-00:00"]}]},
}


def published() -> dict[str, Any]:
    """A catalog with a promotion, three measured models, a time window, an unknown input price and a free model."""
    offers = [
        offer(OLD, rates=[PEAK, {"usd_per_mtok": {"input": "0.3", "output": "1.2", "cache_read": "0.006"}}]),
        offer(NEW, rates=[{"usd_per_mtok": {"output": "3.00"}}], modalities=["text", "image"], context=262_144),
        offer(THIRD, rates=[{"usd_per_mtok": {"input": "0", "output": "0"}}]),
    ]
    routes = [route_entry(OLD), route_entry(NEW, image=True), route_entry(OLD, "chinese")]
    wins = {NEW: column(200, 0.7), THIRD: column(200, 0.5, seed=2)}
    return dict(propose(catalog(offers=offers, routes=routes), evidence(wins, checked=True), Policy(), NOW).catalog)


@pytest.mark.parametrize("name", ["litellm", "csv", "prometheus"])
def test_golden(name: str) -> None:
    """The whole text of each format."""
    text = export(name, published(), NOW)
    assert text == export(name, published(), NOW)
    check_golden(f"export_{name}.txt", text)


def test_formats_are_found_by_their_file() -> None:
    """Every module is a format with a sentence; an unknown name is answered with those there are."""
    assert set(formats()) == {"csv", "litellm", "prometheus"}
    assert all(len(words) > 20 for words in formats().values())
    with pytest.raises(UsageError, match='unknown format "yaml"; there are: csv, litellm, prometheus'):
        export("yaml", published(), NOW)


HOSTILE = '=cmd|"/c calc"!A1\n# x: &a *a'


def hostile() -> dict[str, Any]:
    """A catalog whose names try to be formulas, YAML and label ends."""
    data = published()
    for part in ("offers", "rows", "routes"):
        for entry in data[part]:
            entry["model"] = HOSTILE if entry["model"] == NEW else entry["model"]
    return data


def test_no_cell_is_a_formula() -> None:
    """A spreadsheet reads the hostile name as text, and the table keeps its shape."""
    rows = list(csv.reader(io.StringIO(export("csv", hostile(), NOW))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert any("cmd" in cell for row in rows for cell in row)
    number = re.compile(r"-?\d+(\.\d+)?")
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "@", "-")) and not number.fullmatch(c)]


def test_labels_keep_their_line() -> None:
    """Each sample is one line of the text format, whatever the name holds."""
    sample = re.compile(r'[a-z_]+(\{([a-z0-9_]+="(?:[^"\\\n]|\\.)*",?)*\})? -?[0-9.e-]+')
    for line in export("prometheus", hostile(), NOW).splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line), line


def test_prometheus_has_no_sample_for_what_was_not_measured() -> None:
    """The shipped ratings make no quality, no cost and no latency."""
    text = export("prometheus", new_catalog(simulated=False), NOW)
    assert "evals_quality_ratio" not in text
    assert "evals_cost_per_accepted_usd" not in text
    assert 'evals_list_price_usd_per_mtok{model="moonshot/k2.5",host="gateway",region="",kind="output"} 3.00' in text


def test_litellm_prices_are_exact_and_of_the_time() -> None:
    """Dollars per token without an exponent, the window's price at noon, and no line for what is unknown."""
    text = export("litellm", published(), NOW)
    block = text.split(f'model_name: "{OLD}"')[1].split("model_name")[0]
    assert "input_cost_per_token: 0.00000015\n" in block
    assert "output_cost_per_token: 0.0000006\n" in block
    assert "cache_read_input_token_cost: 0.000000006\n" in block
    assert "# input_cost_per_token is unknown" in text.split(f'model_name: "{NEW}"')[1].split("model_name")[0]
    assert "input_cost_per_token: 0\n" in text.split(f'model_name: "{THIRD}"')[1].split("model_name")[0]
    morning = export("litellm", published(), NOW.replace(hour=9))
    assert "input_cost_per_token: 0.0000003\n" in morning


def test_a_worthless_rule_is_flagged() -> None:
    """The file says in its first lines what the control said, and when it is simulated."""
    data = {**published(), "check": {"run": "r", "worthless": True, "verdict": "worthless on these prompts"}}
    assert "# WARNING: worthless on these prompts" in export("litellm", data, NOW)
    assert "# SIMULATED" in export("litellm", {**data, "simulated": True}, NOW)
    assert "never checked" in export("litellm", {**data, "check": None}, NOW)
