"""`--find-best`: rounds, dropped models, what is said afterwards, and taking it up again."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evals.planning import TEMPLATE, Round, Settings, _shuffled, prepare
from evals.records import Judgment, Plan, Prompt, Suite, UsageError, content_hash
from evals.report._best import best_sentence
from evals.report._tables import interval_header
from evals.report._view import read_view
from evals.rounds import BATCH
from evals.score import best_so_far, score
from evals.stats import confidence_sequence, find_best
from tests.driving import Outcome, Stub, evals, manifest, records, serving, write_suite
from tests.test_score import TIE, A, B, answers, both, make_plan

__all__ = ["evals"]  # the fixture

Evals = Callable[..., Outcome]
MODELS = "alpha,beta-two,gamma"


# ------------------------------------------------------------------------------------------------ what is said
def against_a(prompts: int, rates: dict[str, float], seed: int = 0) -> tuple[Plan, list[Judgment]]:
    """A search among models that all stand against the baseline "a", each winning with its own chance."""
    plan = make_plan(prompts=prompts, models="a" + "".join(rates))
    pairs = tuple(pair for pair in plan.pairs if pair.first == "a")
    source = random.Random(seed)
    found = []
    for n in range(prompts):
        for name, rate in rates.items():
            lost, won = both(n, "a", name, A, B), both(n, "a", name, B, A)
            found += won if source.random() < rate else lost
    return replace(plan, pairs=pairs, baseline="a", cap=prompts), found


def test_it_is_find_best_on_the_scores_against_the_baseline() -> None:
    """The same winner, eliminations and confidence sequences as the statistics give on the bare columns."""
    plan, verdicts = against_a(200, {"b": 0.35, "c": 0.75, "d": 0.5})
    found = best_so_far(plan, verdicts)
    column = {(j.second, int(j.prompt_id[1:])): 1.0 - (j.value or 0.0) for j in verdicts if j.first == "a" and j.second}
    arms = find_best([[column[name, n] for name in "bcd"] for n in _unshuffled(200)], models="bcd", seed=0)
    assert (found.best, found.eliminated, found.intervals) == (arms.best, arms.eliminated, arms.intervals)
    assert found.best == "c"
    assert found.looks < 200


def _unshuffled(count: int) -> list[int]:
    """Rows in such an order that the shuffle of `find_best` undoes it."""
    order = list(range(count))
    random.Random(0).shuffle(order)
    rows = [0] * count
    for place, prompt in enumerate(order):
        rows[prompt] = place
    return rows


def test_scores_of_a_search_hold_confidence_sequences_and_no_tests() -> None:
    """Nothing that needs a number of prompts fixed beforehand is left: no p-value, rank, top share or category."""
    plan, verdicts = against_a(120, {"b": 0.2, "c": 0.8})
    plan = replace(plan, dropped={"b": 40})
    found = score(plan, answers(plan), verdicts)
    best = found["best"]
    assert (best["best"], best["decided"]) == ("c", True)
    assert (best["pairs"], best["pairs_of_fixed"]) == (40 + 120, 240)
    assert (best["answers"], best["answers_of_fixed"]) == (120 + 40 + 120, 360)
    assert found["coverage"]["planned"] == found["coverage"]["judged"] == 160
    for table in (found, *found["suites"]):
        assert table["ranking"] is table["separability"] is None
        assert table["differences"] == []
        for entry in table["models"]:
            assert entry["rank"] is entry["strength"] is entry["top_share"] is entry["length_controlled"] is None
        for entry in table["pairs"]:
            assert entry["win_rate"]["method"] == "betting-grid"
            assert entry["p_adjusted"] is entry["better"] is entry["mde"] is None
    assert found["suites"][0]["categories"] == []
    [b_rate] = [entry["win_rate"] for entry in found["models"] if entry["model"] == "b"]
    assert b_rate["n"] == best["eliminated"][0]["look"] <= 40
    assert any("stopped early" in reason for reason in found["publishable"]["reasons"])
    assert {m["model"]: sum(m["responses"].values()) for m in found["models"]} == {"a": 120, "b": 40, "c": 120}


def test_prompts_of_a_template_are_one_bet_and_wait_for_the_next() -> None:
    """Of three families of ten the last may still grow: two bets are placed, each on a family's mean."""
    plan, verdicts = against_a(30, {"b": 0.0, "c": 1.0})
    (suite,) = plan.suites
    together = replace(plan, cap=60, suites=(replace(suite, families=("x",) * 10 + ("y",) * 10 + ("z",) * 10),))
    found = best_so_far(together, verdicts)
    assert (found.looks, found.intervals["c"].n, found.decided) == (20, 2, False)
    assert best_so_far(replace(together, cap=30), verdicts).looks == 30
    assert best_so_far(replace(plan, cap=60), verdicts).decided


def test_prompts_of_a_template_are_asked_together() -> None:
    """The order of a search keeps a family's prompts side by side, and asks the same ones first as it goes on."""
    prompts = tuple(
        Prompt(suite="s", id=f"p{n}", messages=(), tags=(TEMPLATE, f"t{n % 9}") if n % 5 else ()) for n in range(90)
    )
    suite = Suite(name="s", prompts=prompts, hash="h")
    order = _shuffled(suite, 3, 90).prompts
    families = [prompt.tags or prompt.id for prompt in order]
    assert {*order} == {*prompts}
    assert sum(a != b for a, b in pairwise(families)) + 1 == len(set(families)) == 18 + 9
    assert _shuffled(suite, 3, 40).prompts == order[:40]
    assert _shuffled(suite, 4, 90).prompts != order


def test_a_pair_rests_on_the_prompts_both_were_asked() -> None:
    """What stands in the journal beyond a model's last prompt is not looked at."""
    plan, verdicts = against_a(30, {"b": 0.0, "c": 1.0})
    short = score(replace(plan, dropped={"b": 10}), [], verdicts)
    [entry] = [pair for pair in short["pairs"] if pair["second"] == "b"]
    assert (entry["judged"], entry["planned"]) == (10, 10)
    wanted = confidence_sequence([1.0] * 10)
    assert entry["win_rate"]["low"] == pytest.approx(wanted.low, rel=1e-8)


def test_opponents_that_dropped_out_do_not_count() -> None:
    """Among all pairs a score is the mean over those still active; so the survivors meet only each other."""
    plan = replace(make_plan(prompts=150), cap=150)
    rows = []
    for n in range(150):
        rows += both(n, "a", "b", A, B) + both(n, "a", "c", A, B)  # c loses to all, a and b draw all the rest
        rows += both(n, "b", "c", A, B)
        rows[-6:-4] = both(n, "a", "b", TIE, TIE)
    found = best_so_far(plan, rows)
    assert [one.model for one in found.eliminated] == ["c"]
    look = found.eliminated[0].look
    assert found.intervals["a"].value == pytest.approx((look * 0.75 + (150 - look) * 0.5) / 150)
    assert not found.decided


def test_order_of_records_is_nothing() -> None:
    """A shuffled journal gives the same bytes."""
    plan, verdicts = against_a(60, {"b": 0.4, "c": 0.6})
    plain = json.dumps(score(plan, [], verdicts))
    random.Random(1).shuffle(verdicts)
    assert json.dumps(score(plan, [], verdicts)) == plain


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ({"b": 0.1, "c": 0.9}, ["c is the best, found after", "of at most 100 prompts", "dropped: b after", "95 %"]),
        ({"b": 0.5, "c": 0.5}, ["undecided after 100 of at most 100", "b, c may each be the best", "leads"]),
    ],
)
def test_the_sentence(rates: dict[str, float], words: list[str]) -> None:
    """Who is best, or who may still be; what it took."""
    plan, verdicts = against_a(100, rates)
    view = read_view(score(plan, [], verdicts), {}, {})
    assert {interval_header(suite) for suite in (view.overall, *view.suites)} == {"95 % CS"}
    text = best_sentence(view)
    assert [word for word in [*words, "judged pairs of a fixed plan"] if word not in text] == []


def test_a_new_run_says_its_calls_before_the_first(evals: Evals, tmp_path: Path) -> None:
    """One line on stderr, once: taken up again there is nothing new to announce."""
    write_suite(tmp_path / "s.jsonl", 3)
    words = ["run", "--suite", "s.jsonl", "--models", "alpha,beta-two", "--judge", "judge", "--controls", "0"]
    with serving(Stub()) as stub:
        first = evals(*words, "--run-id", "r", "--base-url", stub.url)
        again = evals("run", "--run-id", "r", "--base-url", stub.url)
        search = evals(*words, "--run-id", "s", "--base-url", stub.url, "--find-best", "--limit", "2")
    assert "12 calls; cost likely >= $0" in first.err
    assert "unknown" in first.err
    assert "calls;" not in again.err
    assert search.err.count("8 calls;") == 1, "two answers and two verdicts on two prompts: all it may come to"


# ------------------------------------------------------------------------------------------------ planning
def settings(tmp_path: Path, **changes: Any) -> Settings:
    """A search over a suite of 50 prompts, simulated."""
    suite = str(write_suite(tmp_path / "s.jsonl", 50))
    models = ("THUDM/glm-5", "moonshot/k2.5", "deepseek-v4-flash")
    return Settings(**{"suite": (suite,), "models": models, "simulate": True, "find_best": True, **changes})


def test_a_round_is_a_prefix_of_one_seeded_order(tmp_path: Path) -> None:
    """Later rounds add prompts and move none; another seed gives another order; all are asked by default."""
    chosen = settings(tmp_path)
    ids = {n: prepare(chosen, env={}, now=Round(prompts=n)).plan.suites[0].prompt_ids for n in (20, 40)}
    whole = prepare(chosen, env={}).plan
    assert (len(ids[20]), whole.cap, len(whole.suites[0].prompt_ids)) == (20, 50, 50)
    assert whole.suites[0].prompt_ids[:40] == ids[40]
    assert ids[40][:20] == ids[20]
    assert list(ids[40]) != sorted(ids[40])
    assert prepare(replace(chosen, seed=1), env={}).plan.suites[0].prompt_ids != whole.suites[0].prompt_ids


def test_controls_wait_for_the_last_round(tmp_path: Path) -> None:
    """Control answers meet the weakest answers, which are known only at the end."""
    chosen = settings(tmp_path)
    assert prepare(chosen, env={}, now=Round(prompts=20)).plan.controls == 0
    assert prepare(chosen, env={}, now=Round(prompts=20, last=True)).plan.controls == chosen.controls


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": ("chinese", "english")}, "name one --suite"),
        ({"models": ("THUDM/glm-5", "moonshot/k2.5"), "baseline": "THUDM/glm-5"}, "at least two models"),
    ],
)
def test_what_cannot_be_searched_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """Several suites have no common order; one model beside the baseline is the best already."""
    with pytest.raises(UsageError, match=words):
        prepare(settings(tmp_path, **changes), env={})


def test_a_plan_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Cap and dropped models stand in run.json."""
    plan = prepare(settings(tmp_path), env={}, now=Round(prompts=20, dropped={"moonshot/k2.5": 20})).plan
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


# ------------------------------------------------------------------------------------------------ a whole search
def uneven(model: str, prompt: str, headers: Mapping[str, str]) -> str:
    """An answer whose length differs with the prompt: longer on most prompts the later a model's name stands."""
    drawn = int(content_hash([model, prompt])[:4], 16) % 100
    return model + "字" * (drawn + 25 * MODELS.split(",").index(model))


def search(evals: Evals, stub: Stub, *more: str) -> Outcome:
    """Search among three models behind a stub, whose judge prefers the longer answer."""
    words = ["run", "--suite", "s.jsonl", "--find-best", "--base-url", stub.url, "--models", MODELS]
    return evals(*words, "--judge", "judge", "--run-id", "r", "--quiet", *more)


def test_a_dropped_model_is_asked_no_more(evals: Evals, tmp_path: Path) -> None:
    """The losers are dropped at the end of a round; the best is named, and nobody is asked the rest of the suite."""
    write_suite(tmp_path / "s.jsonl", 90)
    with serving(Stub(answer=uneven)) as stub:
        done = search(evals, stub, "--controls", "0")
    assert done.code == 0, done.err
    assert "gamma is the best, found after" in done.out
    assert "each against those still in the search" in " ".join(done.out.split())
    folder = tmp_path / "outputs/r"
    plan = Plan.from_json(manifest(folder)["plan"])
    asked = len(plan.suites[0].prompt_ids)
    assert 0 < len(plan.dropped) < 3
    assert BATCH < asked < 90
    assert asked % BATCH == 0
    calls = Counter(record["model"] for record in records(folder / "responses.jsonl"))
    assert calls == {model: plan.dropped.get(model, asked) for model in MODELS.split(",")}
    scores = json.loads((folder / "scores.json").read_text("utf-8"))
    assert scores["coverage"]["complete"]
    assert scores["coverage"]["judged"] == len(records(folder / "judgments.jsonl")) / 2 == scores["best"]["pairs"]
    for name in ("report.md", "report.html"):
        assert "gamma is the best, found after" in (folder / name).read_text("utf-8").replace("`", "")


def test_an_interrupted_search_comes_to_the_same_end(evals: Evals, tmp_path: Path) -> None:
    """A gateway that breaks down stops the round; taken up again, the search gives the same scores byte for byte."""
    write_suite(tmp_path / "s.jsonl", 90)
    with serving(Stub(answer=uneven)) as stub:
        assert search(evals, stub, "--controls", "2").code == 0
        calls = stub.total
    (tmp_path / "outputs/r").rename(tmp_path / "whole")
    with serving(Stub()) as stub:

        def failing(model: str, prompt: str, headers: Mapping[str, str]) -> str | tuple[int, dict[str, Any]]:
            return uneven(model, prompt, headers) if stub.total <= 200 else (401, {"error": {"message": "no more"}})

        stub.answer = failing
        done = search(evals, stub, "--controls", "2")
        assert (done.code, "incomplete" in done.err) == (1, True)
        assert len(manifest(tmp_path / "outputs/r")["plan"]["suites"][0]["prompt_ids"]) == 2 * BATCH
        stub.answer, before = uneven, stub.total
        assert search(evals, stub, "--controls", "2").code == 0
        assert stub.total - before < calls
    scores = [(folder / "scores.json").read_bytes() for folder in (tmp_path / "whole", tmp_path / "outputs/r")]
    assert scores[0] == scores[1]


def test_a_search_stays_one(evals: Evals, tmp_path: Path) -> None:
    """A run that was not begun as a search cannot become one."""
    write_suite(tmp_path / "s.jsonl", 3)
    with serving(Stub()) as stub:
        words = ("--base-url", stub.url, "--models", MODELS, "--judge", "judge", "--run-id", "r", "--quiet")
        assert evals("run", "--suite", "s.jsonl", "--controls", "0", *words).code == 0
        done = search(evals, stub)
    assert done.code == 2
    assert "start another run" in done.err
