"""Tests of pairs, rank sets, groups, missing scores and equal length, as scores.json tells them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from evals.records import Judgment, Plan
from evals.score import AnswerStatus, score
from evals.stats import holm, sign_test
from tests.score.simulating import both, plan_of


def settled(plan: Plan, shares: dict[str, float], seed: int = 0) -> list[Judgment]:
    """Every verdict of a run in which the first of pair "ab" wins `shares["ab"]` of the prompts."""
    source = random.Random(seed)
    found = []
    for pair in plan.pairs:
        for prompt in range(len(plan.suites[0].prompt_ids)):
            won = float(source.random() < shares[pair.first + pair.second])
            found += both(prompt, pair.first, pair.second, won, won)
    return found


def entry_of(found: dict[str, Any], model: str) -> dict[str, Any]:
    """One entry of models[]."""
    return next(entry for entry in found["models"] if entry["model"] == model)


def test_pairs_carry_the_exact_sign_test_adjusted_by_holm() -> None:
    """p-values follow from the wins and losses; better names a side only where the adjusted one is at most 0.05."""
    plan = plan_of("abc", ("J",), 60)
    found = score(plan, [], settled(plan, {"ab": 0.5, "ac": 0.9, "bc": 0.8}))
    plain = [sign_test(pair["wins"], pair["losses"]) for pair in found["pairs"]]
    assert [pair["p_value"] for pair in found["pairs"]] == pytest.approx(plain)
    assert [pair["p_adjusted"] for pair in found["pairs"]] == pytest.approx(holm(plain))
    assert [pair["better"] for pair in found["pairs"]] == [None, "first", "first"]
    assert all(pair["test"] == "sign" and 0 < pair["mde"] < 0.5 for pair in found["pairs"])
    near, far = found["pairs"][0]["n_to_settle"], found["pairs"][1]["n_to_settle"]
    assert near is None or near > far


def test_ranks_strengths_and_groups() -> None:
    """Two alike stand in one group with ranks 1 to 2, the third below them with rank 3 alone."""
    plan = plan_of("abc", ("J",), 120)
    found = score(plan, [], settled(plan, {"ab": 0.5, "ac": 0.9, "bc": 0.9}, seed=3))
    assert [entry["rank"] for entry in found["models"]] == [*[{"low": 1, "high": 2}] * 2, {"low": 3, "high": 3}]
    assert sorted(map(sorted, found["ranking"]["groups"])) == [["a", "b"], ["c"]]
    strengths = {entry["model"]: entry["strength"] for entry in found["models"]}
    assert strengths["c"]["high"] < strengths["a"]["low"]
    assert sum(strength["value"] for strength in strengths.values()) == pytest.approx(0, abs=1e-9)
    assert (found["ranking"]["flags"], found["ranking"]["cycles"]) == ([], 0)
    assert found["suites"][0]["ranking"] == found["ranking"]


def test_a_cycle_is_named_and_flagged() -> None:
    """a beats b beats c beats a: no single strength fits, and the ranking says so."""
    plan = plan_of("abc", ("J",), 80)
    ranking = score(plan, [], settled(plan, {"ab": 0.85, "ac": 0.15, "bc": 0.85}))["ranking"]
    assert {"misfit", "intransitive"} <= set(ranking["flags"])
    assert (ranking["cycles"], ranking["intransitive"][0]["models"]) == (1, ["a", "b", "c"])
    assert ranking["fit"]["p_value"] < 0.01


def test_who_never_lost_is_flagged() -> None:
    """A model without a loss has no finite strength of its own: half a win each way is added, and named."""
    plan = plan_of("ab", ("J",), 10)
    ranking = score(plan, [], settled(plan, {"ab": 1.0}))["ranking"]
    assert (ranking["flags"], ranking["unbeaten"], ranking["winless"]) == (["pseudo-wins"], ["a"], ["b"])


def test_nothing_judged_ranks_nobody() -> None:
    """No verdict: no ranking, no strength, no p-value, and nothing fails."""
    found = score(plan_of("abc", ("J",), 3), [], [])
    assert found["ranking"] is None
    assert (entry_of(found, "a")["rank"], entry_of(found, "a")["strength"]) == (None, None)
    assert (found["pairs"][0]["p_value"], found["pairs"][0]["better"]) == (None, None)


def test_a_model_that_is_in_no_pair_has_no_rank() -> None:
    """Ranks are among the models that are compared."""
    plan = plan_of("abc", ("J",), 20)
    plan = replace(plan, pairs=plan.pairs[:1])
    found = score(plan, [], settled(plan, {"ab": 0.9}))
    assert (entry_of(found, "a")["rank"], entry_of(found, "c")["rank"]) == ({"low": 1, "high": 1}, None)


def test_scores_that_go_missing_for_one_model() -> None:
    """The test finds the model whose scores are missing; the pairs say how far the missing ones could move them."""
    plan = plan_of("abc", ("J",), 60, max_missing=1.0)
    verdicts = settled(plan, {"ab": 0.5, "ac": 0.95, "bc": 0.95})
    whole = score(plan, [], verdicts)
    assert (whole["missing_test"], whole["sensitivity"], whole["pairs"][0]["sensitivity"]) == (None, None, None)
    kept = [row for row in verdicts if "c" not in (row.first, row.second) or int(row.prompt_id[1:]) >= 15]
    found = score(plan, [], kept)
    assert found["missing_test"]["p_value"] < 0.01
    assert found["missing_test"]["shares"] == {"a": 0.125, "b": 0.125, "c": 0.25}
    assert found["sensitivity"] == {"missing": 30, "pairs": 2, "settled": 2}
    assert found["pairs"][1]["sensitivity"]["low"] < found["pairs"][1]["win_rate"]["value"]


def test_a_win_by_length_alone_goes_at_equal_length() -> None:
    """The longer answer always wins: the raw rate follows the lengths, the controlled one does not."""
    plan = plan_of("ab", ("J",), 100)
    source = random.Random(5)
    longer = [source.random() < 0.7 for _ in range(100)]
    told = [
        AnswerStatus("s", f"p{n}", model, 0, "ok", True, 500 if longer[n] == (model == "a") else 300)
        for n in range(100)
        for model in "ab"
    ]
    found = score(plan, told, [r for n in range(100) for r in both(n, "a", "b", float(longer[n]), float(longer[n]))])
    pair, model = found["pairs"][0], entry_of(found, "a")
    assert pair["win_rate"]["value"] == pair["length_controlled"]["raw"] > 0.6
    assert pair["length_controlled"]["value"] == pytest.approx(0.5, abs=0.1)
    assert pair["length_controlled"]["slope"]["low"] > 0
    assert model["length_controlled"]["value"] == pytest.approx(pair["length_controlled"]["value"])
    assert score(plan, [], [])["models"][0]["length_controlled"] is None


def test_prompts_of_one_template_count_as_one() -> None:
    """With families of ten the interval is wider and the p-value larger than for so many prompts of their own."""
    plan = plan_of("ab", ("J",), 60)
    families = tuple(f"t{n // 10}" for n in range(60))
    kin = replace(plan, suites=(replace(plan.suites[0], families=families),))
    verdicts = [r for n in range(60) for r in both(n, "a", "b", float(n >= 20), float(n >= 20))]
    alone, together = (score(one, [], verdicts)["pairs"][0] for one in (plan, kin))
    assert alone["p_value"] < 0.05 < together["p_value"]
    assert alone["win_rate"]["low"] > together["win_rate"]["low"]
