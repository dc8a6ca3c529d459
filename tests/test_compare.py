"""Two runs compared: what is paired, what is refused, what is found and how often equal runs are called different."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bench.compare_simulated as simulated
from bench.compare import ALARMS_AT_MOST, CASES, CATEGORY, FOUND_AT_LEAST, RESTLESS, count, two_runs
from bench.compare_simulated import Setting, Twice, rate
from bench.coverage import plan_pairs
from evals.catalog import load_catalog
from evals.compare import RunScores, SuiteScores, compare
from evals.library import load_suite
from evals.records import UsageError
from tests.driving import (
    Outcome,
    Stub,
    edit,
    evals,
    manifest,
    records,
    serving,
    verdict,
    write_catalog,
    write_suite,
)

__all__ = ["evals"]  # the fixture

Evals = Callable[..., Outcome]
Scores = Mapping[tuple[str, str], Mapping[str, float]]


def suite(scores: Scores, *, categories: Mapping[str, str] | None = None, **facts: Any) -> SuiteScores:
    """A suite whose prompts are those that have a score, unless `categories` names them."""
    prompts = dict.fromkeys((prompt for column in scores.values() for prompt in column), "")
    made = SuiteScores(
        hash="h",
        judging="pairwise@1",
        judges=dict.fromkeys(scores, ("judge",)),
        categories=categories or prompts,
        scores=scores,
        families={},
    )
    return replace(made, **facts)


def run(name: str, one: SuiteScores, **facts: Any) -> RunScores:
    """A run of one suite."""
    return replace(RunScores(name=name, simulated=False, baseline=None, suites={"s": one}), **facts)


def column(*scores: float) -> dict[str, float]:
    """Scores of prompts p0, p1, ..."""
    return {f"p{place}": score for place, score in enumerate(scores)}


# ------------------------------------------------------------------------------------------------ error control
@pytest.mark.parametrize("title", [title for title, (planted, _) in CASES.items() if planted])
def test_a_planted_regression_is_named(title: str) -> None:
    """8 points over 250 prompts, and 30 points in a category of 24, are found in at least 80 % of the seeds."""
    planted, category = CASES[title]
    assert count(planted, category, seeds=40).named >= FOUND_AT_LEAST * 40


@pytest.mark.parametrize("models", [2, 4])
def test_equal_runs_raise_few_alarms(models: int) -> None:
    """Two runs that differ by chance alone are called different in at most 8 % of the seeds."""
    assert count(0.0, None, seeds=100, models=models).alarms <= ALARMS_AT_MOST * 100


def test_answers_as_restless_as_the_simulators_raise_few_alarms_too() -> None:
    """Noise costs power and no false alarms."""
    assert count(0.0, None, seeds=60, noise=RESTLESS).alarms <= ALARMS_AT_MOST * 60


@pytest.mark.parametrize("samples", [1, 2])
def test_a_model_that_fell_in_the_simulator_fell_there_alone(samples: int) -> None:
    """The weaker second run differs from the equal one in that model's pairs on that category's prompts only."""
    catalog = load_catalog(None)
    pairs = plan_pairs(catalog, catalog.candidates, catalog.judges)
    setting = Setting(suite=load_suite("chinese"), pairs=tuple(pairs), samples=samples)
    world, hit = Twice(setting, 3), setting.prompts(simulated.CATEGORY)
    weak = world.weaker(1.2, simulated.CATEGORY)
    changed = {(pair, p) for pair, scores in weak.items() for p in scores if scores[p] != world.again[pair][p]}
    assert {pair for pair, _ in changed} == {pair for pair in weak if simulated.HIT in pair}
    assert {p for _, p in changed} <= {prompt.id for prompt in hit}
    assert rate(weak, hit) < rate(world.again, hit) - 0.15
    assert world.before != world.again
    steps = {4 * samples * score for scores in world.again.values() for score in scores.values()}
    assert steps <= set(range(4 * samples + 1)), "a score is the mean of both orders over the samples"
    assert bool({step for step in steps if step % samples}) is (samples > 1)


def test_a_category_that_fell_is_named_and_no_other() -> None:
    """A loss in one category is placed there."""
    found = two_runs(0.3, CATEGORY, seed=3).regressions()
    assert [(one.model, one.category) for one in found if one.category] == [("m0", CATEGORY)]


# ------------------------------------------------------------------------------------------------ what is paired
def test_only_pairs_and_prompts_of_both_runs_count() -> None:
    """A prompt without a score in one of the runs, and an opponent of one run only, move nothing; both are told."""
    before = suite({("a", "b"): column(1.0, 0.0, 1.0), ("a", "c"): column(1.0, 1.0, 1.0)})
    after = suite({("a", "b"): {"p0": 0.5, "p1": 0.0}}, categories=before.categories)
    found = compare(run("one", before), run("two", after))
    (a, b) = found.changes
    assert (a.before, a.after, a.difference.n) == (0.5, 0.25, 2)
    assert (b.before, b.after) == (0.5, 0.75)
    assert any("c stand" in note for note in found.notes)
    assert any("2 of 3 prompts" in note for note in found.notes)


@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.25, 0.5, 1.0])] * 2), min_size=2, max_size=30))
def test_two_sides_of_a_lone_pair_mirror_each_other(scores: list[tuple[float, float]]) -> None:
    """With two models what one gains the other loses, by one and the same test, and exchanged runs turn it round."""
    old, new = (
        run(name, suite({("a", "b"): column(*side)}))
        for name, side in zip("xy", zip(*scores, strict=True), strict=True)
    )
    there, back = compare(old, new), compare(new, old)
    a, b = there.changes
    assert a.difference.value == pytest.approx(-b.difference.value)
    assert a.p_adjusted == b.p_adjusted == a.difference.p_value
    assert back.changes[0].difference.value == pytest.approx(-a.difference.value)
    assert {a.verdict, b.verdict} in ({"undecided"}, {"better", "worse"})


def test_a_baseline_is_what_the_others_are_measured_with() -> None:
    """The baseline itself gets no line, so its tests cost the others nothing."""
    scores = suite({("a", "base"): column(1.0, 0.0), ("b", "base"): column(0.0, 0.5)})
    found = compare(run("x", scores, baseline="base"), run("y", scores, baseline="base"))
    assert [change.model for change in found.changes] == ["a", "b"]


def test_prompts_of_one_family_are_not_independent() -> None:
    """Twenty prompts of two templates show less than twenty prompts."""
    before, after = column(*[0.0] * 20), column(*[1.0, 0.5] * 10)
    families = {f"p{place}": f"t{place % 2}" for place in range(20)}
    alone = compare(run("x", suite({("a", "b"): before})), run("y", suite({("a", "b"): after})))
    together = compare(
        run("x", suite({("a", "b"): before}, families=families)),
        run("y", suite({("a", "b"): after}, families=families)),
    )
    assert alone.changes[0].verdict == "better"
    assert together.changes[0].verdict == "undecided"


def test_of_a_changed_suite_the_same_prompts_are_compared() -> None:
    """Prompts are known by what is asked, not by their name; it says how many of how many, then and now."""
    old = suite({("a", "b"): column(1.0, 1.0, 0.0, 0.5)}, hash="h", prompts={f"p{n}": f"text {n}" for n in range(4)})
    asked = {"p0": "text 0", "p1": "another text", "p2": "text 2", "p3": "text 3", "p4": "text 4"}
    new = suite({("a", "b"): column(0.0, 1.0, 0.0, 0.5, 1.0)}, hash="k", prompts=asked)
    found = compare(run("x", old), run("y", new))
    assert (found.changes[0].difference.n, found.changes[0].before) == (3, 0.5)
    assert found.notes == ("s is not what it was: the 3 prompts are compared that are the same, of 4 then and 5 now",)
    with pytest.raises(UsageError, match="2 of 4 prompts then and 5 now are the same, and 50% must be"):
        compare(run("x", old), run("y", replace(new, prompts={**asked, "p3": "changed too"})))


def test_a_margin_spares_small_losses() -> None:
    """A loss that is shown but smaller than the margin is no regression."""
    before, after = (suite({("a", "b"): column(*[score] * 60)}) for score in (0.6, 0.5))
    found = compare(run("x", before), run("y", after))
    assert [one.model for one in found.regressions()] == ["a"]
    assert found.regressions(0.2) == []


# ------------------------------------------------------------------------------------------------ what is refused
PLAIN = suite({("a", "b"): column(1.0, 0.0)}, prompts={"p0": "x", "p1": "y"})


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (run("two", replace(PLAIN, hash="k", prompts={})), "suite s is not the same.*0 of 2 prompts then and 2 now"),
        (run("two", replace(PLAIN, hash="k", prompts={"p0": "x"}, categories=column(*[0] * 5))), "1 of 2 .* 5 now"),
        (run("two", replace(PLAIN, judging="pairwise@2")), "now pairwise@2"),
        (run("two", replace(PLAIN, judges={("a", "b"): ("strict",)})), "a v b by strict"),
        (run("two", PLAIN, simulated=True), "simulated"),
        (run("two", PLAIN, suites={"t": PLAIN}), "no suite in common"),
        (run("two", suite({("a", "c"): column(1.0)})), "no pair of models"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(other: RunScores, why: str) -> None:
    """Another suite, judge or kind of run is refused with the reason."""
    with pytest.raises(UsageError, match=why):
        compare(run("one", PLAIN), other)


# ------------------------------------------------------------------------------------------------ the command
@pytest.fixture
def two_runs_on_disk(evals: Evals, tmp_path: Path) -> Path:
    """Runs `old` and `new` of 12 prompts: in the old one deepseek-v4-flash wins every verdict, in the new one none."""
    write_suite(tmp_path / "q.jsonl", 12)
    models = "deepseek-v4-flash,THUDM/glm-5"
    done = evals(*f"run --suite q.jsonl --models {models} --run-id old --controls 0 --quiet".split())
    assert done.code == 0
    shutil.copytree(tmp_path / "outputs/old", tmp_path / "outputs/new")
    for name, winner in (("old", "deepseek-v4-flash"), ("new", "THUDM/glm-5")):
        path = tmp_path / "outputs" / name / "judgments.jsonl"
        rows = [
            {**row, "status": "ok", "winner": "first" if row["first"] == winner else "second", "preference": None}
            for row in records(path)
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path / "outputs"


def test_the_command_names_the_model_that_fell(evals: Evals, two_runs_on_disk: Path) -> None:
    """It prints who is worse, exits 1 only when asked to and only above the margin, and speaks Markdown and JSON."""
    assert evals("compare", "old", "old", "--fail-on-regression").code == 0
    plain = evals("compare", "old", "new")
    assert (plain.code, plain.err) == (0, "")
    assert "worse: deepseek-v4-flash on q" in plain.out
    assert plain.out.startswith("SIMULATED")
    assert evals("compare", "old", "new", "--fail-on-regression", "--margin", "100").code == 1
    told = json.loads(evals("compare", "old", "new", "--json").out)
    assert told["regressions"] == [{"suite": "q", "model": "deepseek-v4-flash", "category": None}]
    page = evals("compare", "old", "new", "--markdown", "--fail-on-regression")
    assert page.code == 1
    assert "| suite | model |" in page.out


def test_another_snapshot_of_the_judge_is_another_judge(evals: Evals, two_runs_on_disk: Path) -> None:
    """Where other models answered in the judge's name, the runs are not compared."""
    path = two_runs_on_disk / "new/measured.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    for model in facts["models"].values():
        model["served_model"] = ["snapshot-2"]
    path.write_text(json.dumps(facts), encoding="utf-8")
    refused = evals("compare", "old", "new")
    assert refused.code == 2
    assert "served as snapshot-2" in refused.err


def test_another_judge_or_no_verdict_is_wrong_use(evals: Evals, two_runs_on_disk: Path) -> None:
    """A run judged by another definition is refused with the way to bridge it, and so is one without verdicts."""
    path = two_runs_on_disk / "new/run.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["definitions"] = dict.fromkeys(facts["definitions"], "another hash")
    path.write_text(json.dumps(facts), encoding="utf-8")
    refused = evals("compare", "old", "new")
    assert refused.code == 2
    assert "--rejudge" in refused.err
    bridged = evals("compare", "new", "old", "--rejudge")
    assert bridged.code == 0
    assert evals("compare", "old", "new", "--budget-usd", "1").code == 2
    (two_runs_on_disk / "new/judgments.jsonl").write_text("", encoding="utf-8")
    assert "holds no verdict yet" in evals("compare", "old", "new").err
    assert evals("compare", "old", "new", "--margin", "-1").code == 2


# ------------------------------------------------------------------------------------------------ the bridge
@pytest.fixture
def two_judges(evals: Evals, tmp_path: Path) -> Iterator[tuple[Stub, Evals]]:
    """Runs `old` by judge-one and `new` by judge-two of six prompts, and a stub that still answers as both."""
    write_suite(tmp_path / "q.jsonl", 6)
    write_catalog(tmp_path / "models.toml")
    with serving(Stub()) as stub:

        def call(*argv: str) -> Outcome:
            return evals(*argv, env={"EVALS_BASE_URL": stub.url, "EVALS_API_KEY": "k"})

        for name, judge in (("old", "judge-one"), ("new", "judge-two")):
            options = f"--suite q.jsonl --catalog models.toml --judge {judge} --controls 0 --quiet --run-id {name}"
            assert call("run", *options.split()).code == 0
        stub.calls.clear()
        yield stub, call


def test_a_bridge_judges_old_answers_as_the_new_were(two_judges: tuple[Stub, Evals], tmp_path: Path) -> None:
    """No model is asked again; the bridge has a folder of its own, is told of, and costs nothing the second time."""
    stub, call = two_judges
    assert "was judged otherwise" in call("compare", "old", "new").err
    found = call("compare", "old", "new", "--rejudge")
    assert found.code == 0, found.err
    assert stub.calls == {"judge-two": 12}
    assert "12 calls" in found.err
    assert "were judged again as those of outputs/new were, in outputs/old-as-new" in found.out
    made = manifest(tmp_path / "outputs/old-as-new")
    assert (made["state"], made["command"][1:4]) == ("complete", ["compare", "old", "new"])
    again = call("compare", "old", "new", "--rejudge", "--json")
    assert again.code == 0
    assert stub.total == 2 * (12 + 12) + 12
    assert json.loads(again.out)["before"] == "outputs/old-as-new"
    assert call("compare", "old", "old", "--rejudge").code == 0
    assert stub.calls == {"judge-two": 12}


def test_a_bridge_is_taken_up_where_it_stopped(two_judges: tuple[Stub, Evals]) -> None:
    """Verdicts that failed exit 1 and are asked for again by the same command, and no others."""
    stub, call = two_judges
    seen = []

    def moody(model: str, prompt: str, headers: Mapping[str, str]) -> str | tuple[int, dict[str, Any]]:
        seen.append(prompt)
        broken = "第3题" in prompt
        return (400, {"error": {"message": "no"}}) if broken else verdict(prompt, "1")

    stub.judge = moody
    stopped = call("compare", "old", "new", "--rejudge")
    assert stopped.code == 1
    assert "1 of 6 pair scores are missing" in stopped.err
    stub.judge = lambda model, prompt, headers: verdict(prompt, "1")
    stub.calls.clear()
    assert call("compare", "old", "new", "--rejudge").code == 0
    assert stub.calls == {"judge-two": 2}


def test_where_the_new_way_is_gone_the_old_one_serves(two_judges: tuple[Stub, Evals], tmp_path: Path) -> None:
    """Where the newer definition has changed, its answers are judged as the older ones were; where neither: refused."""
    stub, call = two_judges
    path = tmp_path / "outputs/new/run.json"
    facts = manifest(tmp_path / "outputs/new")
    facts["definitions"] = dict.fromkeys(facts["definitions"], "gone")
    path.write_text(json.dumps(facts), encoding="utf-8")
    found = call("compare", "old", "new", "--rejudge")
    assert found.code == 0, found.err
    assert stub.calls == {"judge-one": 12}
    assert "the answers of outputs/new were judged again as those of outputs/old were" in found.out
    write_suite(tmp_path / "q.jsonl", 6, text="Another question, number {n}?")
    shutil.rmtree(tmp_path / "outputs/new-as-old")
    refused = call("compare", "old", "new", "--rejudge")
    assert refused.code == 2
    assert "are not those it was asked any more" in refused.err
    assert "is not what it was" in refused.err or refused.err.count("any more") == 2


def test_a_judge_that_moved_on_judges_both_again(two_judges: tuple[Stub, Evals], tmp_path: Path) -> None:
    """Another snapshot answers in the newer run's judge's name: its own answers are put to that one as well."""
    stub, call = two_judges
    path = tmp_path / "outputs/new/measured.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["models"]["judge-two"]["served_model"] = ["stub-of-last-year"]
    path.write_text(json.dumps(facts), encoding="utf-8")
    found = call("compare", "old", "new", "--rejudge")
    assert found.code == 0, found.err
    assert stub.calls == {"judge-two": 24}
    assert "judged again too" in found.out


def test_real_answers_are_not_judged_by_the_simulator(two_judges: tuple[Stub, Evals], evals: Evals) -> None:
    """Without the judges' address the bridge is refused; the simulator does not step in."""
    refused = evals("compare", "old", "new", "--rejudge")
    assert refused.code == 2
    assert "cannot be reached" in refused.err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("--suite q.jsonl --judge judge-two --simulate", "is simulated; invented answers and measured ones"),
        ("--suite q.jsonl --judge judge-two --limit 2", "2 of 6 prompts then and 2 now are the same"),
    ],
)
def test_nothing_is_paid_for_what_cannot_be_compared(two_judges: tuple[Stub, Evals], options: str, why: str) -> None:
    """Runs that no judge can make alike are refused before the first call."""
    stub, call = two_judges
    words = f"run --catalog models.toml --controls 0 --quiet --run-id other {options}"
    assert call(*words.split()).code == 0
    stub.calls.clear()
    refused = call("compare", "old", "other", "--rejudge")
    assert (refused.code, stub.calls) == (2, {})
    assert why in refused.err


def test_a_suite_that_was_edited_is_compared_on_what_stayed(two_judges: tuple[Stub, Evals], tmp_path: Path) -> None:
    """One prompt of six reworded and one added since: five are compared, and it says so."""
    _, call = two_judges
    write_suite(tmp_path / "q.jsonl", 7)
    edit(tmp_path / "q.jsonl", "第3题", "第三题")
    options = "--suite q.jsonl --catalog models.toml --judge judge-one --controls 0 --quiet --run-id edited"
    assert call("run", *options.split()).code == 0
    found = call("compare", "old", "edited", "--json")
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert {change["difference"]["n"] for change in told["changes"]} == {5}
    assert told["notes"] == ["q is not what it was: the 5 prompts are compared that are the same, of 6 then and 7 now"]
