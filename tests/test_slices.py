"""Categories marked where they stand out, suites in one figure, families of prompts."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from evals.planning import _families
from evals.records import Judgment, Plan, Suite
from evals.score import AnswerStatus, CheckOutcome, score
from evals.stats import WinRate, benjamini_hochberg, paired_difference, stratified, win_rate
from tests.making import make_suite
from tests.test_score import A, B, answers, both, full, make_plan


def lopsided(prompts: int = 60) -> tuple[Plan, list[Judgment]]:
    """Model a wins all even prompts against b, and every second of the odd ones."""
    plan = make_plan(prompts=prompts, models="ab")
    records = []
    for n in range(prompts):
        won = n % 2 == 0 or n % 4 == 1
        records += both(n, "a", "b", A, B) if won else both(n, "a", "b", B, A)
    return plan, records


# ------------------------------------------------------------------------------------------------ categories
def test_categories_are_marked_where_they_stand_out() -> None:
    """All of one category is won, half of the other: one cell above, its mirror below, the rest unmarked."""
    plan, records = lopsided()
    [suite] = score(plan, [], records)["suites"]
    marks = {(part["category"], row["model"]): row["mark"] for part in suite["categories"] for row in part["models"]}
    assert marks == {("even", "a"): "above", ("even", "b"): "below", ("odd", "a"): None, ("odd", "b"): None}


def test_marks_are_benjamini_and_hochbergs() -> None:
    """p-values are those of the paired test against one half, adjusted over all cells of the suite."""
    plan = make_plan(prompts=40)
    records = full(plan, seed=3)
    [suite] = score(plan, [], records)["suites"]
    cells = [row for part in suite["categories"] for row in part["models"]]
    adjusted = benjamini_hochberg([cell["p_value"] for cell in cells])
    assert [cell["p_adjusted"] for cell in cells] == pytest.approx(adjusted, rel=1e-8)
    column = []
    for n in range(0, 40, 2):
        mine = [j for j in records if j.prompt_id == f"p{n}" and "a" in (j.first, j.second)]
        column.append(sum((j.value or 0.0) if j.first == "a" else 1 - (j.value or 0.0) for j in mine) / 4 - 0.5)
    assert cells[0]["p_value"] == pytest.approx(paired_difference(column).p_value, rel=1e-8)


def test_equal_models_are_seldom_marked() -> None:
    """Over 60 suites of equal models a mark comes up in few: the marks answer for their number."""
    marked = 0
    for seed in range(60):
        plan = make_plan(prompts=24)
        [suite] = score(plan, [], full(plan, seed=seed))["suites"]
        marked += any(row["mark"] for part in suite["categories"] for row in part["models"])
    assert marked <= 7


def test_a_category_without_scores_is_unmarked() -> None:
    """Nothing judged: no p-value, no mark, and the other cells are still told."""
    plan, records = lopsided()
    [suite] = score(plan, [], [r for r in records if int(r.prompt_id[1:]) % 2 == 0])["suites"]
    odd = next(part for part in suite["categories"] if part["category"] == "odd")
    assert {(row["p_value"], row["mark"]) for row in odd["models"]} == {(None, None)}
    assert suite["categories"][0]["models"][0]["mark"] == "above"


# ------------------------------------------------------------------------------------------------ suites
def test_several_suites_in_one_figure_with_stated_weights() -> None:
    """Each suite weighs the same: the mean of their rates, with the interval of `stratified`; the table pools."""
    plan = make_plan(models="ab", suites=2, prompts=30)
    plan = replace(plan, suites=(plan.suites[0], replace(plan.suites[1], prompt_ids=("p0", "p1"), categories=("", ""))))
    records = [r for n in range(30) for r in both(n, "a", "b", A, B if n % 3 else A, suite="s0")]
    records += [r for n in range(2) for r in both(n, "a", "b", B, A, suite="s1")]
    found = score(plan, [], records)
    assert found["strata"] == [{"suite": "s0", "weight": 0.5}, {"suite": "s1", "weight": 0.5}]
    parts = [as_rate(suite["models"][0]["win_rate"]) for suite in found["suites"]]
    wanted = stratified(parts)
    total = found["models"][0]["stratified"]
    assert total["value"] == pytest.approx((parts[0].value + parts[1].value) / 2, abs=1e-9)
    assert (total["low"], total["high"]) == pytest.approx((wanted.low, wanted.high), abs=1e-8)
    assert total["value"] < found["models"][0]["win_rate"]["value"]


def as_rate(record: dict[str, Any]) -> WinRate:
    """A win rate of scores.json as the statistics take it."""
    return WinRate(**record)


@pytest.mark.parametrize("suites", [1, 2])
def test_no_total_where_there_is_nothing_to_add(suites: int) -> None:
    """One suite has no total; a model without a score in one of two has none either."""
    plan = make_plan(models="ab", suites=suites)
    found = score(plan, [], both(0, "a", "b", A, B))
    assert ("strata" in found) is (suites == 2)
    assert [row.get("stratified") for row in found["models"]] == [None, None]


# ------------------------------------------------------------------------------------------------ families
def tagged(*tags: tuple[str, ...]) -> Suite:
    """A suite whose prompts carry these tags."""
    suite = make_suite(len(tags))
    prompts = tuple(replace(prompt, tags=own) for prompt, own in zip(suite.prompts, tags, strict=True))
    return replace(suite, prompts=prompts)


def test_prompts_of_one_template_are_a_family() -> None:
    """The tag "template" says that the others name a template, within the prompt's category."""
    suite = tagged(("template", "trains"), ("trains",), ("template", "trains"), ("template", "trains"))
    assert _families(suite) == ("even:trains", "", "even:trains", "odd:trains")
    assert _families(tagged(("a",), ())) == ()


def test_families_widen_every_interval() -> None:
    """Copies of a prompt in one family tell little more than one: win rates, pairs, ranks, shares and checks know."""
    plan = make_plan(prompts=40)
    outcome = random.Random(2)
    records: list[Judgment] = []
    for group in range(10):
        drawn = [outcome.choice([(A, B), (B, A)]) for _ in plan.pairs]
        for n in range(4 * group, 4 * group + 4):
            for pair, (plain, swapped) in zip(plan.pairs, drawn, strict=True):
                records += both(n, pair.first, pair.second, plain, swapped)
    suite = plan.suites[0]
    families = tuple(f"f{n // 4}" for n in range(40))
    grouped = replace(plan, suites=(replace(suite, families=families, checked=suite.prompt_ids),))
    plain = replace(plan, suites=(replace(suite, checked=suite.prompt_ids),))
    checks: list[CheckOutcome] = [
        ("s0", f"p{n}", model, 0, n // 4 % 2 == 0, n // 4 % 2 == 0, "ok") for n in range(40) for model in "abc"
    ]
    one, two = (score(p, answers(p), records, checks) for p in (plain, grouped))
    for path in (("models", "win_rate"), ("models", "top_share"), ("pairs", "win_rate"), ("models", "strength")):
        for before, after in zip(one[path[0]], two[path[0]], strict=True):
            assert width(after[path[1]]) > 1.3 * width(before[path[1]])
    assert width(two["checks"]["models"][0]["loose"]) > 1.3 * width(one["checks"]["models"][0]["loose"])
    assert two["ranking"]["n"] == 10
    assert all(a["p_value"] >= b["p_value"] for a, b in zip(two["pairs"], one["pairs"], strict=True))
    assert two["models"][0]["win_rate"]["families"] == 10


def width(rate: dict[str, float]) -> float:
    """How wide an interval is."""
    return rate["high"] - rate["low"]


def test_families_of_two_suites_are_not_one() -> None:
    """The same name in another suite is another family."""
    plan = make_plan(prompts=4, suites=2, models="ab")
    suites = tuple(replace(suite, families=("f", "f", "g", "g")) for suite in plan.suites)
    records = full(plan, seed=1)
    found = score(replace(plan, suites=suites), [], records)
    assert found["models"][0]["win_rate"]["families"] == 4
    rates = [suite["models"][0]["win_rate"] for suite in found["suites"]]
    assert [rate["families"] for rate in rates] == [2, 2]
    own = [sum((j.value or 0) if j.first == "a" else 1 - (j.value or 0) for j in records if j.prompt_id == f"p{n}"
               and j.suite == "s0") / 2 for n in range(4)]  # fmt: skip
    assert rates[0]["low"] == pytest.approx(win_rate(own, families="ffgg").low, abs=1e-8)


# ------------------------------------------------------------------------------------------------ same bytes
def everything(seed: int) -> str:
    """scores.json of two suites with families, lengths, missing verdicts and a soft judge, records shuffled."""
    plan = make_plan(prompts=30, suites=2, models="abcd")
    plan = replace(plan, suites=tuple(replace(s, families=("x", "x", *[""] * 28)) for s in plan.suites))
    source = random.Random(9)
    records = [replace(r, preference=source.random(), winner=None) for r in full(plan, seed=5)][:-7]
    statuses = [AnswerStatus(*row)._replace(characters=source.randrange(40, 900)) for row in answers(plan)]
    random.Random(seed).shuffle(records)
    random.Random(seed).shuffle(statuses)
    return json.dumps(score(plan, statuses, records))


def test_order_of_records_changes_no_byte() -> None:
    """Strengths, bootstraps, permutation tests and all."""
    assert everything(1) == everything(2)


def test_the_hash_seed_changes_no_byte() -> None:
    """Nothing hangs on the order of a set."""
    code = "from tests.test_slices import everything; print(everything(1))"
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1] == everything(1) + "\n"
