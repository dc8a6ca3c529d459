"""`evals.route`: the field notes' function, what is passed over, and a start in milliseconds."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.records import UsageError
from evals.routing._decide import ANY, COMPLEXITIES, Cell, Needs, cell_of, frontier, in_order, standings
from evals.routing._route import SHIPPED, read_quickly, route, route_in
from tests.routing.building import NEW, NOW, OLD, THIRD, catalog, offer, route_entry, row

TASKS = ("code", "chinese", "english", "reasoning", "poetry")


def notes_function(task: str, complexity: str, image: bool) -> str:
    """The field notes' routing function, written down from their words."""
    if image:
        return "Qwen/Qwen3-VL-32B"
    if task == "code" and complexity == "low":
        return "deepseek-v4-flash"
    if task == "reasoning" and complexity == "high":
        return "moonshot/k2.5"
    if task == "chinese":
        return "THUDM/glm-5"
    return "deepseek-v4-flash"


@pytest.mark.parametrize(("task", "complexity", "image"), list(product(TASKS, (*COMPLEXITIES, ANY), (False, True))))
def test_the_notes_function_is_the_shipped_answer(task: str, complexity: str, image: bool) -> None:
    """On the shipped ratings every request goes where the notes send it, and is never shown as measured."""
    found = evals.route(task, complexity, image, catalog=SHIPPED)
    assert found.model == notes_function(task, complexity, image)
    assert (found.evidence, found.n, found.run) == ("impression", 0, None)
    assert "not a measurement" in found.warning


def test_the_shipped_routes_are_what_the_policy_decides_from_the_ratings() -> None:
    """Each written route is the first choice of the rows of its cell: nothing is pinned by hand."""
    data = read_quickly(SHIPPED)
    for entry in data["routes"]:
        inside, _ = standings(data, cell_of(entry), Needs(), NOW)
        assert in_order(inside, "balanced")[0].model == entry["model"], entry


def test_no_shipped_row_holds_a_measured_figure() -> None:
    """Ratings live under `rating`; nothing of the shipped file can be taken for a measurement."""
    for entry in read_quickly(SHIPPED)["rows"]:
        assert entry["evidence"] == "impression"
        assert not entry.keys() & {"quality", "accepted", "cost_per_accepted_usd", "latency_s"}


def test_only_the_standard_library_is_loaded() -> None:
    """`evals.route` may be imported by a gateway: no package, no event loop, and an answer at once."""
    script = (
        "import sys; import evals; print(evals.route('chinese', 'high'));"
        "files = {n: str(getattr(m, '__file__', '')) for n, m in sys.modules.items()};"
        "outside = {n.split('.')[0] for n, file in files.items() if 'site-packages' in file};"
        "outside -= {'evals', '_virtualenv', '_distutils_hack'};"
        "print(sorted(n for n in outside if not n.startswith('__editable')), 'asyncio' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.split("\n")[:2] == ["THUDM/glm-5", "[] False"]


FILTERS: list[tuple[str, Needs, dict[str, Any], str, str]] = [
    ("context", Needs(context=200_000), {"context": 128_000}, NEW, "context 128,000 tokens, 200,000 needed"),
    ("left out", Needs(without=(OLD,)), {}, NEW, "left out as asked"),
    ("family", Needs(families=("new",)), {}, NEW, "not of new"),
    ("nothing asked", Needs(), {}, OLD, ""),
]


@pytest.mark.parametrize(("name", "needs", "old", "model", "reason"), FILTERS, ids=[case[0] for case in FILTERS])
def test_a_written_route_is_passed_over_with_a_reason(
    name: str, needs: Needs, old: dict[str, Any], model: str, reason: str
) -> None:
    """What the request needs comes before what is written, and the answer says so."""
    data = catalog(
        offers=[offer(OLD, **old), offer(NEW, context=1_000_000)],
        rows=[row(OLD, low=0.6, cost="0.001"), row(NEW, low=0.4, cost="0.001")],
        routes=[route_entry(OLD, "chinese"), route_entry(OLD)],
    )
    found = route_in(data, "chinese", needs=needs, now=NOW)
    assert found.model == model
    assert reason in " ".join(found.reasons)


def test_a_slow_model_and_one_that_misses_its_objective_are_passed_over() -> None:
    """p99 above what is asked, or an objective missed: the next model answers."""
    slow = row(OLD, low=0.6, cost="0.001")
    failing = row(NEW, low=0.6, cost="0.001", objective_met=False)
    fast = row(THIRD, low=0.5, cost="0.001", latency_s={**slow["latency_s"], "p99": 0.4})
    data = catalog(rows=[slow, failing, fast], routes=[route_entry(OLD, "chinese")])
    found = route_in(data, "chinese", needs=Needs(p99_s=1.0), now=NOW)
    assert found.model == THIRD
    assert "p99 1.50 s, at most 1.00 s asked" in found.reasons[0]
    assert NEW not in found.fallbacks


@pytest.mark.parametrize(
    ("preset", "model"), [("economy", THIRD), ("balanced", NEW), ("high", OLD), ("max", OLD), (None, OLD)]
)
def test_presets_trade_quality_for_cost(preset: str | None, model: str) -> None:
    """15, 7, 3 and 1 points below the best lower bound are forgiven for a lower cost per accepted answer."""
    rows = [row(OLD, low=0.60, cost="0.009"), row(NEW, low=0.54, cost="0.003"), row(THIRD, low=0.47, cost="0.001")]
    data = catalog(rows=rows, routes=[route_entry(OLD, "chinese")])
    assert route_in(data, "chinese", preset=preset, now=NOW).model == model


def test_an_unknown_cost_is_never_the_cheapest() -> None:
    """A model without a known price stands behind every priced one inside the gate."""
    rows = [row(OLD, low=0.60, cost="0.009"), row(NEW, low=0.60, cost=None)]
    data = catalog(offers=[offer(OLD), offer(NEW, None)], rows=rows, routes=[route_entry(OLD, "chinese")])
    assert route_in(data, "chinese", preset="balanced", now=NOW).model == OLD


def test_pools_are_not_mixed() -> None:
    """A win rate of 90 % against weak opponents does not beat one of 60 % in the pool most models were measured in."""
    other = row(THIRD, low=0.9, cost="0.0001")
    other["quality"]["pool"] = "another"
    rows = [row(OLD, low=0.60, cost="0.002"), row(NEW, low=0.59, cost="0.001"), other]
    data = catalog(rows=rows, routes=[route_entry(OLD, "chinese")])
    assert route_in(data, "chinese", preset="balanced", now=NOW).model == NEW


def test_expired_evidence_is_told_and_no_longer_counts() -> None:
    """The route still answers, with a warning; a new decision does not rest on figures whose time has run out."""
    gone = row(OLD, low=0.7, cost="0.001")
    gone["quality"]["valid_until"] = "2026-03-04T11:59:59+00:00"
    data = catalog(
        rows=[gone, row(NEW, low=0.5, cost="0.001")], routes=[route_entry(OLD, "chinese", evidence="measured")]
    )
    assert "expired" in route_in(data, "chinese", now=NOW).warning
    assert route_in(data, "chinese", preset="balanced", now=NOW).model == NEW


def test_an_impression_never_borrows_a_measured_number() -> None:
    """Rows were measured, the cell is undecided: the route still rests on an impression, and n stays 0."""
    data = catalog(rows=[row(OLD, low=0.6, cost="0.001")], routes=[route_entry(OLD, "chinese")])
    found = route_in(data, "chinese", now=NOW)
    assert (found.evidence, found.n) == ("impression", 0)
    measured = catalog(rows=data["rows"], routes=[route_entry(OLD, "chinese", evidence="measured")])
    assert route_in(measured, "chinese", now=NOW).n == 80


def test_the_frontier_holds_what_nothing_else_beats() -> None:
    """Best quality, lowest cost and lowest p99 are each on it; what another beats in all three is not."""
    slow = {"latency_s": {"p50": 1, "p95": 2, "p99": 9.0, "n": 1, "run": "r", "valid_from": None, "valid_until": None}}
    rows = [
        row("best", low=0.7, cost="0.01"),
        row("cheap", low=0.4, cost="0.001", **slow),
        row("beaten", low=0.6, cost="0.02"),
        row("unpriced", low=0.5, cost=None),
    ]
    data = catalog(offers=[offer(r["model"]) for r in rows], rows=rows, routes=[])
    inside, _ = standings(data, Cell(task="chinese"), Needs(), NOW)
    assert frontier(inside) == {"best", "cheap"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"complexity": "hard"}, 'unknown complexity "hard"; there are: low, medium, high, any'),
        ({"preset": "cheap"}, 'unknown preset "cheap"'),
        ({"needs": Needs(families=("nobody",))}, "no model of the catalog can take chinese / any"),
    ],
)
def test_what_cannot_be_answered_says_why(arguments: dict[str, Any], words: str) -> None:
    """Unknown words and impossible needs are the user's errors, with what there is."""
    with pytest.raises(UsageError, match=words.split(";")[0]):
        route("chinese", catalog=SHIPPED, **arguments)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """A long-lived gateway sees what publish wrote, without a restart."""
    path = tmp_path / "routing.json"
    path.write_text(json.dumps(catalog()))
    assert route("x", catalog=path).model == OLD
    path.write_text(json.dumps(catalog(routes=[route_entry(NEW)]) | {"note": "longer"}))
    assert route("x", catalog=path).model == NEW


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a routing catalog"),
        ('{"kind": "routing-catalog", "schema": 2}', "schema 2 is newer than this program knows"),
        ('{"kind": "routing-catalog", "schema": "1"}', "must be a number"),
    ],
)
def test_unreadable_catalogs_are_refused(tmp_path: Path, text: str, words: str) -> None:
    """Damage, another file and a newer schema each have their sentence."""
    path = tmp_path / "routing.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        route("x", catalog=path)
