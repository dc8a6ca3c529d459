"""`propose`: promoted, kept, undecided, expired and refused, each with its reason; nothing changes on noise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.commands._comment import comment
from evals.routing import Policy, problems, propose, route_in
from evals.routing._decide import Cell
from evals.routing._evidence import Evidence
from tests.routing.building import NEW, NOW, OLD, THIRD, catalog, column, evidence, offer, route_entry, row
from tests.routing.golden import check_golden

CELL = Cell(task="chinese", complexity="high")
POLICY = Policy()


def kinds(data: dict[str, Any], found: Evidence, policy: Policy = POLICY) -> list[str]:
    """The kinds of the changes, in order."""
    return [change.kind for change in propose(data, found, policy, NOW).changes]


WORLDS: dict[str, tuple[dict[str, Any], Evidence]] = {
    "promoted": (catalog(), evidence({NEW: column(200, 0.7), THIRD: column(200, 0.5, seed=2)})),
    "promoted_cheaper": (catalog(), evidence({NEW: column(400, 0.53)}, costs={NEW: "0.0004"})),
    "kept": (catalog(), evidence({NEW: column(300, 0.35)})),
    "undecided": (catalog(), evidence({NEW: column(60, 0.58)})),
    "expired": (
        catalog(
            rows=[row(OLD, complexity="high", low=0.5, cost="0.001", served_model=["old-model-0901"])],
            routes=[
                route_entry(OLD),
                route_entry(OLD, "chinese", "high", evidence="measured", since="2026-02-01T00:00:00+00:00"),
            ],
        ),
        evidence({NEW: column(60, 0.58)}),
    ),
    "refused": (
        catalog(),
        evidence(
            {NEW: column(200, 0.9)},
            faults=("the control control:empty is red: the judge did not notice what it must notice",),
            untrusted=("judge-a on chinese (no calibration)",),
            simulated=True,
        ),
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_diff_reads_as_it_should(name: str) -> None:
    """The Markdown of each kind of change, as it stands in a pull request."""
    data, found = WORLDS[name]
    proposal = propose(data, found, POLICY, NOW)
    assert name.split("_")[0] in {change.kind for change in proposal.changes}
    check_golden(f"publish_{name}.md", comment(proposal, target="routing.json", applied=False) + "\n")


@pytest.mark.parametrize("name", WORLDS)
def test_a_proposal_is_pure_valid_and_idempotent(name: str) -> None:
    """The catalog given stays as it is, the one returned follows the schema, and the same run changes it no further."""
    data, found = WORLDS[name]
    before = deepcopy(data)
    first = propose(data, found, POLICY, NOW)
    assert data == before
    assert problems(dict(first.catalog)) == []
    again = propose(first.catalog, found, POLICY, NOW + timedelta(hours=1))
    assert json.loads(json.dumps(again.catalog["rows"])) == first.catalog["rows"]
    if name != "expired":
        routed = {change.cell: change.after for change in again.changes}
        assert all(routed[change.cell] == change.after for change in first.changes)


def test_why_a_cell_stays_open_is_kept_until_it_is_decided() -> None:
    """An undecided cell leaves its reason in the catalog, and the run that decides it takes it away."""
    first = propose(catalog(), evidence({NEW: column(60, 0.58)}), POLICY, NOW).catalog
    (entry,) = first["open"]
    assert (entry["task"], entry["complexity"], entry["run"]) == ("chinese", "high", "run-1")
    assert entry["reason"].startswith("undecided: new-model v old-model: wins 58")
    later = propose(first, evidence({NEW: column(200, 0.7)}, run="run-2"), POLICY, NOW)
    assert [change.kind for change in later.changes] == ["promoted"]
    assert later.catalog["open"] == []


def test_a_claim_that_only_stands_alone_is_told() -> None:
    """With many cells a gap that one test would have shown may not be enough, and the reason says so."""
    near = evidence({NEW: column(120, 0.65)})
    assert kinds(catalog(), near) == ["promoted"]
    others = [
        replace(asked, cell=Cell(task=f"task-{n}"), prompt_id=f"{n}-{asked.prompt_id}", family=f"{n}-{asked.family}")
        for n in range(12)
        for asked in evidence({NEW: column(40, 0.5, seed=n)}).asked
    ]
    changes = propose(catalog(), replace(near, asked=(*near.asked, *others)), POLICY, NOW).changes
    (change,) = [change for change in changes if change.cell == CELL]
    assert change.kind == "undecided"
    assert "proven by itself, but not among the 26 claims of this run" in change.reason


def test_a_promotion_is_written_with_its_history() -> None:
    """The route names run, time and reason, and keeps who answered before; the request goes to the new model."""
    data, found = WORLDS["promoted"]
    after = propose(data, found, POLICY, NOW).catalog
    written = route_in(after, "chinese", "high", now=NOW)
    assert (written.model, written.evidence, written.n, written.run) == (NEW, "measured", 200, "run-1")
    assert written.fallbacks[0] in (OLD, THIRD)
    entry = next(entry for entry in after["routes"] if entry["task"] == "chinese")
    assert entry["since"] == "2026-03-04T12:00:00+00:00"
    assert entry["history"] == [
        {"model": OLD, "host": "gateway", "region": None, "evidence": "impression", "since": None, "run": None}
        | {"until": "2026-03-04T12:00:00+00:00"}
    ]
    assert route_in(after, "english", "high", now=NOW).model == OLD, "other cells stay"


def test_every_figure_carries_its_origin() -> None:
    """Value, interval, n, method, run, judge and validity; money as decimal strings; 90 days of life."""
    data, found = WORLDS["promoted"]
    after = propose(data, found, POLICY, NOW).catalog
    new = next(entry for entry in after["rows"] if entry["model"] == NEW)
    for name in ("quality", "accepted", "cost_per_accepted_usd"):
        number = new[name]
        assert number.keys() >= {
            "value",
            "low",
            "high",
            "level",
            "method",
            "n",
            "run",
            "judge",
            "valid_from",
            "valid_until",
        }
        assert (number["run"], number["judge"], number["pool"]) == ("run-1", "judge-a", "pool-1")
        assert number["valid_until"] == "2026-06-01T00:00:00+00:00"
    assert new["quality"]["value"] == 0.7
    assert new["cost_per_accepted_usd"]["value"] == "0.00142857"
    assert new["latency_s"]["p99"] == 0.5
    assert new["served_model"] == [NEW]


def test_older_figures_go_to_the_history_and_unknown_keys_stay() -> None:
    """A second run replaces the figures; the first run's are kept below, and a key we do not know survives."""
    data, found = WORLDS["promoted"]
    first = deepcopy(dict(propose(data, found, POLICY, NOW).catalog))
    for entry in first["rows"]:
        entry["later"] = 1
    second = propose(first, replace(found, run="run-2"), POLICY, NOW).catalog
    new = next(entry for entry in second["rows"] if entry["model"] == NEW)
    assert new["quality"]["run"] == "run-2"
    assert [old["quality"]["run"] for old in new["history"]] == ["run-1"]
    assert new["later"] == 1


REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], Policy, str]] = [
    ("old", {}, {"measured_at": "2025-11-01T00:00:00+00:00"}, POLICY, "the run is 123 days old"),
    ("simulated", {}, {"simulated": True}, POLICY, "the run is simulated and the catalog is not marked so"),
    ("real into simulated", {"simulated": True}, {}, POLICY, "the catalog is marked simulated and the run is real"),
    (
        "untrusted",
        {},
        {"untrusted": ("judge-a on chinese (no calibration)",)},
        POLICY,
        "not trusted as a judge: judge-a on chinese",
    ),
    ("incomplete", {}, {"faults": ("the run is incomplete: 3 of 9 planned scores are missing",)}, POLICY, "incomplete"),
]


@pytest.mark.parametrize(
    ("name", "in_catalog", "in_run", "policy", "words"), REFUSALS, ids=[case[0] for case in REFUSALS]
)
def test_a_refused_run_changes_nothing(
    name: str, in_catalog: dict[str, Any], in_run: dict[str, Any], policy: Policy, words: str
) -> None:
    """However large the win: the catalog is the same object's content, and the reason is told."""
    data = catalog(**in_catalog)
    proposal = propose(data, evidence({NEW: column(200, 0.9)}, **in_run), policy, NOW)
    assert proposal.refused
    assert proposal.catalog == data
    assert words in proposal.changes[0].reason


def test_untrusted_may_be_allowed_and_is_marked() -> None:
    """--allow-untrusted publishes, and every figure says so for good."""
    found = evidence({NEW: column(200, 0.9)}, untrusted=("judge-a on chinese (no calibration)",))
    proposal = propose(catalog(), found, Policy(allow_untrusted=True), NOW)
    assert [change.kind for change in proposal.changes] == ["promoted"]
    assert all(entry["quality"]["trusted"] is False for entry in proposal.catalog["rows"])
    assert "--allow-untrusted" in proposal.notes[-1]


def test_only_the_doubted_suites_are_marked() -> None:
    """Of two suites the one whose judge is trusted carries no mark; a refusal names the suite that could go alone."""
    found = evidence({NEW: column(60, 0.9)}, untrusted=("judge-a on chinese (weak)",), uncalibrated=False)
    english = [replace(asked, cell=Cell(task="english"), prompt_id=f"e{asked.prompt_id}") for asked in found.asked]
    both = replace(found, asked=(*found.asked, *english))
    rows = propose(catalog(), both, Policy(allow_untrusted=True), NOW).catalog["rows"]
    assert {row["task"]: row["quality"].get("trusted") for row in rows} == {"chinese": False, "english": None}
    refused = propose(catalog(), both, POLICY, NOW)
    assert "publish what trusted judges have judged: `--task english`" in refused.notes[0]


def test_a_simulated_run_enters_a_simulated_catalog() -> None:
    """The mark on both sides is what lets it in."""
    assert kinds(catalog(simulated=True), evidence({NEW: column(200, 0.9)}, simulated=True)) == ["promoted"]


RULES: list[tuple[str, Sequence[float], str | None, str, str]] = [
    # name, scores of the challenger, its cost (incumbent: 0.001), kind, words
    ("better", column(300, 0.65), "0.001", "promoted", "better by more than 3 points"),
    ("better though dearer", column(300, 0.65), "0.01", "promoted", "better by more than 3 points"),
    ("surely above even, not above the margin", column(3000, 0.525), "0.001", "undecided", "more prompts"),
    (
        "better by less than the margin",
        column(3000, 0.51),
        "0.001",
        "kept",
        "no challenger is better, or cheaper and as good",
    ),
    ("cheaper and as good", column(3000, 0.5), "0.0005", "promoted", "cheaper by at least 10%"),
    ("cheaper by too little", column(800, 0.5), "0.00095", "undecided", "more prompts would settle it"),
    ("cheaper and worse", column(800, 0.42), "0.0001", "kept", "no challenger is better, or cheaper and as good"),
    ("cheaper, price unknown", column(800, 0.5), None, "undecided", "more prompts"),
    ("all ties and free", [0.5] * 800, "0.0005", "promoted", "cheaper by at least 10%"),
    ("too few prompts", column(29, 1.0), "0.001", "undecided", "29 prompts, at least 30 are needed"),
]


@pytest.mark.parametrize(("name", "scores", "cost", "kind", "words"), RULES, ids=[case[0] for case in RULES])
def test_the_challenger_rule(name: str, scores: Sequence[float], cost: str | None, kind: str, words: str) -> None:
    """Better beyond the margin, or at least a tenth cheaper and not worse by the margin; else nothing moves."""
    proposal = propose(catalog(), evidence({NEW: scores}, costs={NEW: cost}, checked=True), POLICY, NOW)
    (change,) = proposal.changes
    assert change.kind == kind, change.reason
    assert words in change.reason
    assert (change.after == NEW) is (kind == "promoted")


def test_holm_covers_all_cells() -> None:
    """A win that would stand alone does not stand among many cells of noise."""
    alone = evidence({NEW: column(200, 0.61)})
    assert kinds(catalog(), alone) == ["promoted"]
    crowd = [
        evidence({NEW: column(200, 0.5, seed=n)}, cell=Cell(task="chinese", complexity="any", image=False)).asked
        for n in range(1)
    ]
    others = [
        replace(asked, cell=Cell(task=f"task{n}"), family=f"{n}-{asked.family}")
        for n in range(20)
        for asked in crowd[0]
    ]
    many = replace(alone, asked=(*alone.asked, *others))
    assert "promoted" not in kinds(catalog(), many)


def test_families_count_once() -> None:
    """Two hundred prompts from four templates are four pieces of evidence: the same wins no longer move the route."""
    found = evidence({NEW: [1.0] * 130 + [0.0] * 70})
    assert kinds(catalog(), found) == ["promoted"]
    clustered = replace(
        found, asked=tuple(replace(asked, family=f"template{n // 50}") for n, asked in enumerate(found.asked))
    )
    assert kinds(catalog(), clustered) == ["undecided"]


def test_a_new_route_is_held_for_a_while() -> None:
    """Within the hold a win does not turn the route back; after it, and after a swap of the model, it does."""
    since = {"since": (NOW - timedelta(days=3)).isoformat()}
    data = catalog(routes=[route_entry(OLD), route_entry(OLD, "chinese", "high", evidence="measured", **since)])
    found = evidence({NEW: column(200, 0.8)})
    change = propose(data, found, POLICY, NOW).changes[0]
    assert (change.kind, change.after) == ("kept", OLD)
    assert "held until 2026-03-08" in change.reason
    assert propose(data, found, POLICY, NOW + timedelta(days=5)).changes[0].kind == "promoted"
    swapped = deepcopy(data)
    swapped["rows"] = [row(OLD, complexity="high", low=0.5, cost="0.001", served_model=["another"])]
    assert kinds(swapped, found) == ["expired", "promoted"]


def test_a_swapped_model_expires_everywhere() -> None:
    """The served model changed: the figures of other tasks end now too, though the run did not measure them."""
    rows = [row(OLD, task, low=0.5, cost="0.001", served_model=["old-model-0901"]) for task in ("code", "english")]
    data = catalog(rows=rows, routes=[route_entry(OLD), route_entry(OLD, "code")])
    proposal = propose(data, evidence({NEW: column(60, 0.5)}), POLICY, NOW)
    ended = [entry for entry in proposal.catalog["rows"] if entry["task"] in ("code", "english")]
    assert {entry["quality"]["valid_until"] for entry in ended} == {"2026-03-04T12:00:00+00:00"}
    expired = [change for change in proposal.changes if change.kind == "expired"]
    assert [str(change.cell) for change in expired] == ["code / any"], "only where a route rests on it"
    assert "expired" in route_in(proposal.catalog, "code", now=NOW).warning


def test_old_evidence_expires() -> None:
    """A route whose figures are past their time is named, until it is measured again."""
    old = row(OLD, "code", low=0.5, cost="0.001")
    old["quality"]["valid_until"] = "2026-03-01T00:00:00+00:00"
    data = catalog(rows=[old], routes=[route_entry(OLD), route_entry(OLD, "code", evidence="measured")])
    assert kinds(data, evidence({NEW: column(60, 0.5)}))[0] == "expired"
    again = evidence({NEW: column(60, 0.5)}, cell=Cell(task="code"))
    assert "expired" not in kinds(data, again)


def test_an_incumbent_outside_the_run_stays() -> None:
    """Nothing can be said of a model nobody compared with: the route stays and the next step is told."""
    data = catalog(routes=[route_entry("absent-model")])
    (change,) = propose(data, evidence({NEW: column(200, 0.9)}), POLICY, NOW).changes
    assert (change.kind, change.after) == ("undecided", "absent-model")
    assert "add it to --models" in change.reason


def test_evidence_of_another_host_moves_nothing() -> None:
    """A model measured at one host says nothing of it at another; an impression takes the host it is measured at."""
    elsewhere = evidence({NEW: column(200, 0.3)}, places={OLD: ("vendor", None), NEW: ("vendor", None)})
    measured = catalog(routes=[route_entry(OLD, evidence="measured", run="run-0")])
    (change,) = propose(measured, elsewhere, POLICY, NOW).changes
    assert change.kind == "undecided"
    assert "answers at gateway now, and this run measured it at vendor" in change.reason
    kept = propose(catalog(), elsewhere, POLICY, NOW).catalog
    assert route_in(kept, "chinese", "high", now=NOW).host == "vendor"


def test_an_image_route_takes_only_models_that_read_images() -> None:
    """A text model cannot win a cell of images, whatever its scores."""
    cell = Cell(task="chinese", complexity="high", image=True)
    seeing = {"modalities": ["text", "image"]}
    data = catalog(
        offers=[offer(OLD, **seeing), offer(NEW), offer(THIRD, **seeing)], routes=[route_entry(OLD, image=True)]
    )
    found = evidence({NEW: column(200, 0.9), THIRD: column(200, 0.7, seed=1)}, cell=cell)
    assert propose(data, found, POLICY, NOW).changes[0].after == THIRD


def test_among_winners_the_gate_then_the_cost() -> None:
    """Both beat the incumbent; the cheaper one within seven points of the better takes the route."""
    wins = {NEW: column(400, 0.70), THIRD: column(400, 0.68, seed=3)}
    found = evidence(wins, costs={NEW: "0.002", THIRD: "0.0005"})
    assert propose(catalog(), found, POLICY, NOW).changes[0].after == THIRD
    assert propose(catalog(), found, Policy(preset="max"), NOW).changes[0].after == NEW


def test_the_number_it_asks_for_is_enough() -> None:
    """Were the win rate as observed, the prompts an undecided cell asks for decide it in most runs."""
    change = propose(catalog(), evidence({NEW: column(60, 0.58)}), POLICY, NOW).changes[0]
    assert change.need is not None
    enough = evidence({NEW: column(60 + change.need, 0.58)})
    assert kinds(catalog(), enough) == ["promoted"]


@settings(max_examples=25, deadline=None)
@given(wins=st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=30, max_size=80), cheap=st.booleans())
def test_no_route_moves_without_its_lower_bound(wins: list[float], cheap: bool) -> None:
    """Whatever the scores: a promotion always has a lower bound above the margin, or above minus it and is cheaper."""
    found = evidence({NEW: wins}, costs={NEW: "0.0004" if cheap else "0.001"})
    (change,) = propose(catalog(), found, POLICY, NOW).changes
    if change.kind == "promoted":
        (one,) = change.duels
        assert one.win is not None
        assert one.win.low is not None
        bound = 0.53 if one.cost is None or one.cost.high > 0.9 else 0.47
        assert one.win.low > bound
