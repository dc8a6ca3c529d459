"""From settings to a plan: who is asked, who judges whom, what recorded input plans, and what a budget needs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.catalog import Prices, load_catalog
from evals.planning import Prepared, Settings, budget, prepare
from evals.recorded import MOST_SAMPLES
from evals.records import UsageError
from tests.driving import write_catalog, write_suite

URL = "http://127.0.0.1:9/v1"
FAMILIES = {"a1": "ash", "a2": "ash", "b1": "birch", "c1": "cedar", "d1": "dogwood", "e1": "elm"}


def write_families(path: Path, *, judges: list[str]) -> Path:
    """A catalog of models whose family is the tree of their letter."""
    rows = [
        'schema = 1\n[roles]\ncandidates = ["a1", "b1"]',
        f"judges = {json.dumps(judges)}\n[hosts.gateway]\n",
        *(f'[models.{name}]\nfamily = "{tree}"\nmodalities = ["text"]' for name, tree in FAMILIES.items()),
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def plan_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Prepared]:
    """Prepares a run of a small suite at a base URL that nobody calls; keywords are settings."""
    monkeypatch.chdir(tmp_path)
    write_suite(Path("s.jsonl"), 2)
    write_families(Path("f.toml"), judges=["a2", "b1", "c1", "d1"])

    def make(*, env: Mapping[str, str] | None = None, resumed: Mapping[str, Any] | None = None, **own: Any) -> Prepared:
        base: dict[str, Any] = {"suite": ("s.jsonl",), "catalog": "f.toml", "base_url": URL}
        return prepare(Settings(**(base | own)), env=env or {}, resumed=resumed)

    return make


def judges_of(prepared: Prepared) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(pair.first, pair.second): pair.judges for pair in prepared.plan.pairs}


# ------------------------------------------------------------------------------------------------ pairs and judges
def test_all_pairs_and_the_first_judge_of_another_family(plan_of: Callable[..., Prepared]) -> None:
    """Each pair once, in the order of the models, judged by the first whose family is on neither side."""
    found = judges_of(plan_of(models=("a1", "b1", "c1")))
    assert found == {("a1", "b1"): ("c1",), ("a1", "c1"): ("b1",), ("b1", "c1"): ("a2",)}


def test_a_panel_takes_the_first_so_many(plan_of: Callable[..., Prepared]) -> None:
    """`--panel 2`: two judges of families not in the pair, in the catalog's order."""
    found = judges_of(plan_of(models=("a1", "e1"), panel=2))
    assert found == {("a1", "e1"): ("b1", "c1")}


def test_a_baseline_meets_everybody_and_nobody_else_meets(plan_of: Callable[..., Prepared]) -> None:
    """One pair for each other model; a baseline outside the default models joins them."""
    prepared = plan_of(models=("a1", "b1", "c1"), baseline="b1")
    assert list(judges_of(prepared)) == [("a1", "b1"), ("c1", "b1")]
    prepared = plan_of(baseline="e1")
    assert prepared.plan.models == ("a1", "b1", "e1")
    assert list(judges_of(prepared)) == [("a1", "e1"), ("b1", "e1")]


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_family_judges_itself(plan_of: Callable[..., Prepared], data: st.DataObject) -> None:
    """Whatever the models, judges and panel: every pair once, its judges of other families, or the pair is named."""
    names = st.sampled_from(sorted(FAMILIES))
    models = tuple(data.draw(st.lists(names, min_size=2, max_size=4, unique=True)))
    judges = tuple(data.draw(st.lists(names, min_size=1, max_size=6, unique=True)))
    panel = data.draw(st.integers(1, 2))

    def fit(pair: tuple[str, str]) -> list[str]:
        return [judge for judge in judges if FAMILIES[judge] not in (FAMILIES[pair[0]], FAMILIES[pair[1]])]

    pairs = list(itertools.combinations(models, 2))
    stuck = [pair for pair in pairs if len(fit(pair)) < panel]
    if stuck:
        with pytest.raises(UsageError) as raised:
            plan_of(models=models, judge=judges, panel=panel)
        assert all(f"{first} v {second}" in str(raised.value) for first, second in stuck)
        return
    prepared = plan_of(models=models, judge=judges, panel=panel)
    assert judges_of(prepared) == {pair: tuple(fit(pair)[:panel]) for pair in pairs}
    assert set(prepared.callers) == {*models, *prepared.judges}
    assert len(prepared.callers) == len(set(prepared.callers))


def test_strangers_at_a_base_url(plan_of: Callable[..., Prepared]) -> None:
    """A model the catalog lacks is called under its name at an unknown price, and the note says what is not known."""
    prepared = plan_of(models=("a1", "stranger"), judge=("other",))
    assert prepared.endpoints["stranger"].wire_id == "stranger"
    assert prepared.endpoints["stranger"].prices == Prices()
    assert judges_of(prepared) == {("a1", "stranger"): ("other",)}
    assert len(prepared.notes) == 1
    assert "stranger, other is unknown" in prepared.notes[0]
    with pytest.raises(UsageError, match="not enough judges"):
        plan_of(models=("a1", "stranger"), judge=("stranger",))


# ------------------------------------------------------------------------------------------------ who is reached
ENVIRONMENTS: dict[str, tuple[dict[str, str], str | None]] = {
    # environment: the base URL that is called, or None for the simulator
    "nothing": ({}, None),
    "key alone": ({"EVALS_API_KEY": "sk-0123456789abcdef"}, None),
    "blank": ({"EVALS_BASE_URL": " ", "OPENAI_BASE_URL": ""}, None),
    "ours": ({"EVALS_BASE_URL": URL, "OPENAI_BASE_URL": "http://127.0.0.1:8/v1"}, URL),
    "theirs": ({"OPENAI_BASE_URL": URL + "/"}, URL),
}


@pytest.mark.parametrize("case", ENVIRONMENTS)
def test_where_the_models_come_from(case: str, plan_of: Callable[..., Prepared]) -> None:
    """A base URL means real models; none means the simulator, marked so; `--simulate` forces it."""
    env, url = ENVIRONMENTS[case]
    prepared = plan_of(base_url=None, env=env)
    assert prepared.simulate is prepared.plan.simulated is (url is None)
    assert {endpoint.base_url for endpoint in prepared.endpoints.values()} == ({url} if url else set())
    forced = plan_of(base_url=None, env=env, simulate=True)
    assert forced.simulate
    assert not forced.endpoints


# ------------------------------------------------------------------------------------------------ recorded input
def write_verdicts(path: str, *rows: tuple[str, str, str, str, dict[str, Any]]) -> tuple[str]:
    """Recorded verdicts: prompt, judge, first, second and further fields, each won by the first."""
    made = (
        {"prompt_id": p, "judge": j, "first": a, "second": b, "winner": "first", **more} for p, j, a, b, more in rows
    )
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    return (path,)


def test_recorded_verdicts_are_the_plan(plan_of: Callable[..., Prepared]) -> None:
    """Pairs and judges as recorded, both orders of a pair being one; nobody is called, nothing is simulated."""
    paths = write_verdicts(
        "v.jsonl",
        ("p0", "j1", "x", "y", {}),
        ("p0", "j1", "y", "x", {}),
        ("p1", "j2", "y", "x", {}),
        ("p1", "j1", "z", "x", {}),
    )
    prepared = plan_of(judgments=paths, base_url=None)
    assert judges_of(prepared) == {("x", "y"): ("j1", "j2"), ("z", "x"): ("j1",)}
    assert prepared.plan.models == ("x", "y", "z")
    assert (prepared.plan.orders, prepared.plan.samples, prepared.plan.repeats) == ("recorded", 1, 1)
    assert (prepared.callers, prepared.judges, prepared.endpoints) == ((), (), {})
    assert (prepared.simulate, prepared.plan.simulated) == (False, False)


def test_neither_people_nor_rules_are_judges(plan_of: Callable[..., Prepared]) -> None:
    """A rule's verdict plans its pair without a judge; a person's label plans nothing."""
    paths = write_verdicts(
        "v.jsonl",
        ("p0", "j1", "x", "y", {}),
        ("p1", "rule:no-answer", "x", "y", {}),
        ("p0", "rule:no-answer", "x", "z", {}),
        ("p0", "human:ada", "x", "y", {}),
        ("p0", "human:ada", "y", "z", {}),
    )
    assert judges_of(plan_of(judgments=paths)) == {("x", "y"): ("j1",), ("x", "z"): ()}


def test_recorded_scores_pair_the_models_a_judge_scored_on_one_prompt(plan_of: Callable[..., Prepared]) -> None:
    """Each two answers to a prompt with a score of the same judge; the suite is one of single answers."""
    rows = [("p0", "j1", "x"), ("p0", "j1", "y"), ("p0", "j2", "y"), ("p0", "j2", "z"), ("p1", "j1", "z")]
    lines = [{"prompt_id": prompt, "judge": judge, "first": model, "score": 7} for prompt, judge, model in rows] + [
        {"prompt_id": "p1", "judge": "human:ada", "first": "x", "score": 7}
    ]
    Path("v.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    prepared = plan_of(judgments=("v.jsonl",), base_url=None)
    assert judges_of(prepared) == {("x", "y"): ("j1",), ("y", "z"): ("j2",)}
    assert [suite.alone for suite in prepared.plan.suites] == [True]
    assert judges_of(plan_of(judgments=("v.jsonl",), baseline="z")) == {("y", "z"): ("j2",)}
    both = {"prompt_id": "p1", "judge": "j1", "first": "x", "second": "y", "winner": "first"}
    Path("v.jsonl").write_text("".join(json.dumps(line) + "\n" for line in [*lines, both]), encoding="utf-8")
    with pytest.raises(UsageError, match="both verdicts on two answers and scores of one"):
        plan_of(judgments=("v.jsonl",))


def test_labels_alone_are_refused(plan_of: Callable[..., Prepared]) -> None:
    """So are verdicts on models that were not asked about: there would be nothing to score."""
    paths = write_verdicts("v.jsonl", ("p0", "human:ada", "x", "y", {}))
    with pytest.raises(UsageError, match=r"v\.jsonl: no judge's verdict"):
        plan_of(judgments=paths)
    paths = write_verdicts("v.jsonl", ("p0", "j1", "x", "y", {}))
    with pytest.raises(UsageError, match="models x, z"):
        plan_of(judgments=paths, models=("x", "z"))


@given(
    places=st.lists(
        st.tuples(st.integers(0, MOST_SAMPLES - 1), st.integers(0, MOST_SAMPLES - 1)), min_size=1, unique=True
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_samples_and_repeats_as_recorded(plan_of: Callable[..., Prepared], places: list[tuple[int, int]]) -> None:
    """Every recorded sample and repeat has its place in the plan, so that none is ignored."""
    rows = (("p0", "j1", "x", "y", {"sample": sample, "repeat": repeat}) for sample, repeat in places)
    plan = plan_of(judgments=write_verdicts("v.jsonl", *rows)).plan
    assert plan.samples == 1 + max(sample for sample, _ in places)
    assert plan.repeats == 1 + max(repeat for _, repeat in places)


@pytest.mark.parametrize("name", ["sample", "repeat"])
def test_a_number_out_of_reach(name: str, plan_of: Callable[..., Prepared]) -> None:
    """One wild number in a file does not ask for the memory of a million places."""
    paths = write_verdicts("v.jsonl", ("p0", "j1", "x", "y", {name: 10**12}))
    with pytest.raises(UsageError, match=f"{name} 1000000000000 is out of reach"):
        plan_of(judgments=paths)


def test_recorded_answers_leave_out_their_callers(plan_of: Callable[..., Prepared]) -> None:
    """A model whose every answer is recorded is not called; one with a gap is."""
    rows = [{"prompt_id": f"p{n}", "model": name, "text": "t"} for n in range(2) for name in ("a1", "b1")]
    Path("r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert plan_of(responses=("r.jsonl",)).callers == ("c1",)
    Path("r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:-1]), encoding="utf-8")
    assert plan_of(responses=("r.jsonl",)).callers == ("b1", "c1")
    assert plan_of(responses=("r.jsonl",), models=("a1", "b1"), samples=2).callers == ("a1", "b1", "c1")


# ------------------------------------------------------------------------------------------------ money
def test_budget_is_kept_only_with_complete_prices(tmp_path: Path) -> None:
    """Every model without a complete price by its line; with all prices the cap comes back exactly."""
    catalog = load_catalog(write_catalog(tmp_path / "c.toml", without=["alpha"]))
    endpoints = catalog.endpoints(["alpha", "judge-one", "stranger"], base_url=URL, env={}).endpoints
    with pytest.raises(UsageError) as raised:
        budget(Settings(budget_usd="1"), catalog, endpoints)
    said = str(raised.value).splitlines()[1:]
    assert len(said) == 2
    assert said[0].endswith("alpha has no complete price")
    assert said[1].endswith("stranger has no complete price")
    assert all(":0:" not in line and "c.toml:" in line for line in said)
    priced = {"judge-one": endpoints["judge-one"]}
    assert budget(Settings(budget_usd="0.10"), catalog, priced) == Decimal("0.10")
    assert budget(Settings(), catalog, endpoints) is None


@given(
    prompt=st.integers(0, 10**6),
    most=st.integers(0, 10**6),
    used=st.integers(0, 10**6),
    price=st.tuples(*[st.decimals(0, 1000, places=4)] * 2),
)
def test_the_worst_case_is_never_below_the_cost(
    prompt: int, most: int, used: int, price: tuple[Decimal, Decimal]
) -> None:
    """For every answer within its limit, exactly; and an unknown price is refused, not taken for nothing."""
    from evals.records import Usage

    prices = Prices(input_usd_per_mtok=price[0], output_usd_per_mtok=price[1])
    worst = prices.worst_case(prompt, most)
    cost = prices.cost(Usage(prompt_tokens=prompt, completion_tokens=min(used, most)))
    assert cost.unknown == ()
    assert cost.known <= worst == (prompt * price[0] + most * price[1]) / 10**6
    with pytest.raises(ValueError, match="output price unknown"):
        replace(prices, output_usd_per_mtok=None).worst_case(1, 1)


# ------------------------------------------------------------------------------------------------ settings
SETTINGS = st.builds(
    Settings,
    suite=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    models=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    panel=st.integers(1, 9),
    baseline=st.none() | st.text(max_size=8),
    limit=st.none() | st.integers(1, 99),
    budget_usd=st.none() | st.just("2.50"),
    max_missing=st.floats(0, 1),
    map=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    simulate=st.booleans(),
)


@given(made=SETTINGS)
def test_settings_come_back_from_json(made: Settings) -> None:
    """What `run.json` keeps is what a resume starts from; names of a later version are left out."""
    stored = json.loads(json.dumps(made.to_json(), ensure_ascii=False))
    assert Settings.from_json({**stored, "option_of_a_later_version": 1}) == made


def test_a_stored_run_stays_what_it_was(plan_of: Callable[..., Prepared]) -> None:
    """On resume: the same suites or more, the same seed, and real or simulated as before."""
    for simulated in (False, True):
        made = plan_of(simulate=simulated)
        stored = {"settings": made.settings.to_json(), "plan": made.plan.to_json()}
        assert plan_of(simulate=simulated, resumed=stored).plan == made.plan
        write_suite(Path("t.jsonl"))
        grown = plan_of(simulate=simulated, resumed=stored, suite=("s.jsonl", "t.jsonl"))
        assert len(grown.plan.suites) == 2
        for change in ({"suite": ("t.jsonl",)}, {"seed": 1}, {"simulate": not simulated}):
            with pytest.raises(UsageError, match="another run"):
                plan_of(**{"simulate": simulated, "resumed": stored, **change})


def test_a_real_run_is_not_completed_by_the_simulator(plan_of: Callable[..., Prepared]) -> None:
    """Without its address a run of real models is refused, and says what to set."""
    made = plan_of()
    stored = {"settings": made.settings.to_json(), "plan": made.plan.to_json()}
    with pytest.raises(UsageError, match="EVALS_BASE_URL"):
        plan_of(base_url=None, resumed=stored)
