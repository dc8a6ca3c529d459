"""At a glance: stars from measured rows alone, a dash where nothing was measured; and the picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from evals.records import UsageError
from evals.report import frontier_svg
from evals.routing import new_catalog
from evals.routing._stars import shown, stars
from tests.routing.building import NEW, NOW, OLD, THIRD, catalog, offer, row


def test_nothing_measured_is_a_dash_everywhere() -> None:
    """The shipped ratings never show as stars: they are what this table is to replace."""
    heads, rows = stars(new_catalog(simulated=False), NOW)
    assert heads == ["", "deepseek", "qwen", "kimi", "glm"]
    table = {cells[0]: cells[1:] for cells in rows}
    for name in ("code", "Chinese", "English", "reasoning", "throughput", "budget pick", "default pick"):
        assert set(table[name]) == {"-"}, name
    assert table["context"] == ["128K"] * 4
    assert table["price band, $ out /M"][0] == "0.25-2.5"
    assert "and unknown" in table["price band, $ out /M"][3]
    assert table["multimodal: images"][2] == "no"


def test_stars_count_points_behind_the_best() -> None:
    """Within three points five, each further ten one fewer; picks follow the gate and the cost."""
    rows = [
        row(OLD, low=0.60, cost="0.009"),
        row(NEW, low=0.57, cost="0.001"),
        row(THIRD, low=0.44, cost="0.0001", tokens_per_s=120.0),
    ]
    data = catalog(offers=[offer(OLD, family="a"), offer(NEW, family="a"), offer(THIRD, family="b")], rows=rows)
    _, found = stars(data, NOW)
    table = {cells[0]: cells[1:] for cells in found}
    assert table["Chinese"] == ["★★★★★", "★★★☆☆"]
    assert table["throughput"] == ["60 tokens/s", "120 tokens/s"]
    assert table["default pick"] == [NEW, THIRD]
    assert table["code"] == ["-", "-"]


def test_other_suites_have_a_line_of_their_own() -> None:
    """A suite that the field notes do not name is shown under its name, and takes part in the picks."""
    rows = [row(OLD, "law", low=0.6, cost="0.001"), row(NEW, "law", low=0.4, cost="0.001")]
    table = {cells[0]: cells[1:] for cells in stars(catalog(rows=rows), NOW)[1]}
    assert table["law"] == ["★★★★★", "★★★☆☆", "-"]
    assert table["default pick"] == [OLD, NEW, "-"]


def test_expired_rows_lose_their_stars() -> None:
    """Evidence that has run out is not shown as measured."""
    rows = [row(OLD, low=0.6, cost="0.001"), row(NEW, low=0.5, cost="0.001")]
    for entry in rows:
        entry["quality"]["valid_until"] = "2026-03-01T00:00:00+00:00"
    table = {cells[0]: cells[1:] for cells in stars(catalog(rows=rows), NOW)[1]}
    assert set(table["Chinese"]) == {"-"}


@pytest.mark.parametrize(
    ("value", "text"), [(5.0, "★★★★★"), (1.0, "★☆☆☆☆"), (3.4, "★★★☆☆"), (3.5, "★★★★☆"), (0.2, "★☆☆☆☆")]
)
def test_stars_are_rounded_half_up(value: float, text: str) -> None:
    """Five places, at least one full."""
    assert shown(value) == text


def test_the_picture_is_svg_and_stays_the_same() -> None:
    """A panel a cell with every name in it; the same bytes twice; nothing to draw is said."""
    rows = [row(OLD, low=0.6, cost="0.01"), row("<b>&new", low=0.5, cost="0.001")]
    data = catalog(offers=[offer(OLD), offer("<b>&new")], rows=rows, simulated=True)
    text = frontier_svg(data, NOW)
    assert text == frontier_svg(data, NOW)
    words = "".join(ET.fromstring(text).itertext())
    assert all(word in words for word in (OLD, "<b>&new", "chinese / any", "SIMULATED", "$ per 1,000 accepted answers"))
    with pytest.raises(UsageError, match="nothing to draw"):
        frontier_svg(new_catalog(simulated=False), NOW)
