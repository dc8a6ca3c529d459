"""Calibration: a judge on gold pairs, stored, taken up again, and never trusted without evidence."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.calibrate import NO_ORDER, UNMARKED, find, folder_of
from tests.driving import Outcome, Stub, edit, evals, serving, write_catalog
from tests.making import ROOT

__all__ = ["evals"]
Evals = Callable[..., Outcome]
WORDS = ("calibrate", "--judge", "judge-one", "--suite", "toy", "--catalog", "c.toml", "--quiet")

FACTS = {"name": "toy", "spec": "toy"}


@pytest.fixture
def toy(evals: Evals) -> Path:
    """A suite of three prompts with ten gold pairs whose better answer says 九."""
    folder = Path("toy")
    folder.mkdir()
    (folder / "suite.toml").write_text(
        'name = "toy"\ntitle = "t"\nversion = 1\nlanguage = "zh"\ndefinition = "pairwise-zh"\nmax_tokens = 9\n'
        'license = "x"\ncanary = "c"\n[categories]\nx = "X"\n',
        encoding="utf-8",
    )
    prompts = [
        {
            "id": f"zh-x-000{n}", "suite": "toy", "category": "x", "lang": "zh", "difficulty": 1,
            "messages": [{"role": "user", "content": f"第{n}问：七和九哪个大？"}],
            "reference": {"text": "九。", "answer": "九"}, "checks": [], "rubric": ["说九更大", "不说七更大"],
            "tags": [], "source": {"kind": "written"}, "license": "x", "canary": "c", "version": 1,
        }
        for n in range(3)
    ]  # fmt: skip
    pairs = [
        {
            "id": f"toy-gold-00{n:02d}", "suite": "toy", "prompt_id": f"zh-x-000{n % 3}",
            "messages": prompts[n % 3]["messages"], "note": "", "defect": "number",
            "a": f"九更大，第{n}答。" if n % 2 else f"七更大，第{n}答。",
            "b": f"七更大，第{n}答。" if n % 2 else f"九更大，第{n}答。",
            "better": "a" if n % 2 else "b",
        }
        for n in range(30)
    ]  # fmt: skip
    for name, rows in (("prompts", prompts), ("gold", pairs)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    write_catalog(Path("c.toml"))
    return folder


def judge(right: Callable[[str], bool]) -> Stub:
    """Chooses the answer with 九, or the other one where `right` says no."""

    def reply(model: str, content: str, headers: Any) -> str:
        shown = dict(re.findall(r"<<<ANSWER ([12]) [0-9a-f]{32}>>>\n(.*?)\n<<<END", content, re.DOTALL))
        code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
        good = "1" if "九更大" in shown["1"] else "2"
        winner = good if right(content) else {"1": "2", "2": "1"}[good]
        return json.dumps({"winner": winner, "code": code})

    return Stub(judge=reply)


def alone(good: Any, bad: Any) -> Stub:
    """Judges one answer at a time: what it says of one with 九更大, and of one without; scores or criteria met."""

    def reply(model: str, content: str, headers: Any) -> str:
        shown = re.search(r"<<<ANSWER [0-9a-f]{32}>>>\n(.*?)\n<<<END", content, re.DOTALL)
        if shown is None:
            return "asked a second time"
        said = good if "九更大" in shown[1] else bad
        names = re.findall(r"^(\w+) \(1-10\):", content, re.MULTILINE)
        told = {"scores": dict.fromkeys(names, 5), "score": said} if names else {"met": said}
        return json.dumps({**told, "code": re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]})

    return Stub(answer=reply)


def result(out: Path) -> dict[str, Any]:
    found = list((out / "calibration").rglob("calibration.json"))
    assert len(found) == 1
    return dict(json.loads(found[0].read_bytes()))


def test_a_right_judge_is_trusted_and_not_asked_twice(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """Both orders of every pair once; the second command calls nobody."""
    with serving(judge(lambda content: True)) as stub:
        done = evals(*WORDS, "--base-url", stub.url)
        assert done.code == 0, done.err
        assert stub.total == 60
        assert evals(*WORDS, "--base-url", stub.url).code == 0
        assert stub.total == 60
    record = result(tmp_path / "outputs")
    assert (record["pairs"], record["trusted"], record["simulated"]) == ({"planned": 30, "judged": 30}, True, False)
    assert record["quality"]["accuracy"]["value"] == 1.0
    assert record["quality"]["flip_rate"]["value"] == 0.0
    assert "trusted" in done.out
    assert "number" in done.out


def test_a_judge_that_takes_the_first_is_found_out(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """Half right, always flipping, always the first shown: not to be trusted."""
    stub = judge(lambda content: "九更大" in content.split("<<<ANSWER 1")[1].split("<<<END ANSWER 1")[0])
    with serving(stub):
        done = evals(*WORDS, "--base-url", stub.url, "--json")
    record = json.loads(done.out)
    quality = record["quality"]
    assert (quality["accuracy"]["value"], quality["flip_rate"]["value"], quality["first_shown"]["value"]) == (0.5, 1, 1)
    assert record["trusted"] is False


@pytest.mark.parametrize(
    ("definition", "good", "bad", "accuracy", "sensitivity", "specificity", "trusted"),
    [
        ("pointwise-zh", 8, 4, 1.0, 1.0, 1.0, True),
        ("pointwise-zh", 10, 9, 1.0, 1.0, 0.0, True),  # ranks every pair rightly, and lets all pass
        ("pointwise-en", 6, 3, 1.0, 0.0, 1.0, True),
        ("pointwise-zh", 7, 7, 0.5, 1.0, 0.0, False),
        ("pointwise-en", 4, 8, 0.0, 0.0, 0.0, False),
        ("checklist-zh", [True, True], [False, True], 1.0, 1.0, 1.0, True),
        ("checklist-en", [True, False], [False, False], 1.0, 0.0, 1.0, True),
    ],
)
def test_judges_of_one_answer_at_a_time(
    evals: Evals,
    toy: Path,
    tmp_path: Path,
    definition: str,
    good: Any,
    bad: Any,
    accuracy: float,
    sensitivity: float,
    specificity: float,
    trusted: bool,
) -> None:
    """Both answers of each pair once, the higher score is the choice; what needs an order is null, with the reason."""
    words = (*WORDS, "--definition", definition)
    with serving(alone(good, bad)) as stub:
        done = evals(*words, "--base-url", stub.url)
        assert done.code == 0, done.err
        assert evals(*words, "--base-url", stub.url).code == 0
        assert stub.total == 60
    record = result(tmp_path / "outputs")
    quality = record["quality"]
    found = [quality[name]["value"] for name in ("accuracy", "sensitivity", "specificity")]
    assert (found, record["trusted"]) == ([accuracy, sensitivity, specificity], trusted)
    assert quality["per_defect"]["number"]["value"] == accuracy
    assert quality["ties_invented"]["value"] == float(good == bad)
    assert (record["pairs"], record["verdicts"]) == ({"planned": 30, "judged": 30}, 60)
    assert (record["kind"], record["definition"]) == (definition.partition("-")[0], f"{definition}@1")
    for name in ("both_right", "flip_rate", "first_shown"):
        assert (quality[name], record["not_applicable"][name]) == (None, NO_ORDER)
    assert re.search(rf"order flips +– +– +– +does not apply: {NO_ORDER}", done.out)
    assert f"{'trusted' if trusted else 'NOT TRUSTED'}: right on at least" in done.out
    assert find(tmp_path / "outputs", FACTS, "judge-one", definition, simulated=False).trusted is trusted


def test_without_a_pass_mark_its_figures_are_a_dash(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """A definition need not say what will do; everything else is known."""
    text = (ROOT / "judges" / "pointwise-zh.toml").read_text("utf-8")
    Path("pointwise-zh.toml").write_text(text.replace("pass = 7\n", ""), encoding="utf-8")
    with serving(alone(8, 4)) as stub:
        done = evals(*WORDS, "--definition", "pointwise-zh.toml", "--base-url", stub.url)
    assert re.search(rf"better answers that pass +– +– +– +does not apply: {UNMARKED}", done.out)
    record = result(tmp_path / "outputs")
    assert (record["quality"]["sensitivity"], record["quality"]["specificity"]) == (None, None)
    assert record["trusted"] is True


def test_a_pair_needs_both_scores(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """What cannot be read is missing, never guessed: incomplete, exit 1, and not trusted."""
    with serving(alone(8, "eight")) as stub:
        done = evals(*WORDS, "--definition", "pointwise-zh", "--base-url", stub.url)
    assert done.code == 1
    assert "NOT TRUSTED: incomplete" in done.out
    assert result(tmp_path / "outputs")["pairs"] == {"planned": 30, "judged": 0}


@pytest.mark.parametrize("definition", ["pointwise-zh", "checklist-en", "reference-zh", "pairwise-en"])
def test_the_simulator_answers_every_kind(evals: Evals, toy: Path, tmp_path: Path, definition: str) -> None:
    """No verdict unread, marked as simulated, and the cost of one verdict stands beside the whole."""
    done = evals(*WORDS, "--definition", definition, "--simulate")
    assert done.code == 0, done.err
    record = result(tmp_path / "outputs")
    assert (record["pairs"]["judged"], record["simulated"], record["verdicts"]) == (30, True, 60)
    assert float(record["cost_per_judgment_usd"]) * 60 == pytest.approx(float(record["cost_usd"]), rel=1e-3)
    assert "SIMULATED" in done.out


def test_failed_calls_are_missing_and_made_again(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """A host that fails leaves pairs unjudged (exit 1); the next command makes only those."""
    calls = {"n": 0}
    good = judge(lambda content: True).judge
    assert good is not None

    def reply(model: str, content: str, headers: Any) -> Any:
        calls["n"] += 1
        return (400, {"error": {"message": "bad"}}) if calls["n"] <= 4 else good(model, content, headers)

    with serving(Stub(judge=reply)) as stub:
        first = evals(*WORDS, "--base-url", stub.url, "--concurrency", "1")
        assert first.code == 1
        before = stub.total
        assert evals(*WORDS, "--base-url", stub.url).code == 0
        assert stub.total - before <= 4
    assert result(tmp_path / "outputs")["pairs"]["judged"] == 30


def test_what_has_changed_makes_it_stale(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """None, fresh, another definition, other gold pairs, the simulator: each with its reason."""
    facts = FACTS
    out = tmp_path / "outputs"
    shutil.copy(ROOT / "judges" / "pairwise-zh.toml", "pairwise-zh.toml")
    assert find(out, facts, "judge-one", "pairwise-zh", simulated=False).status == "none"
    with serving(judge(lambda content: True)) as stub:
        assert evals(*WORDS, "--base-url", stub.url, "--definition", "pairwise-zh.toml").code == 0
    fresh = find(out, facts, "judge-one", "pairwise-zh.toml", simulated=False)
    assert (fresh.status, fresh.trusted, fresh.reasons) == ("fresh", True, ())
    assert find(out, facts, "judge-one", "pairwise-zh.toml", simulated=True).status == "stale"
    text = Path("pairwise-zh.toml").read_text("utf-8")
    Path("pairwise-zh.toml").write_text(text.replace("你", "您"), encoding="utf-8")
    changed = find(out, facts, "judge-one", "pairwise-zh.toml", simulated=False)
    assert (changed.status, changed.trusted) == ("stale", False)
    assert "the judge definition has changed" in changed.reasons
    Path("pairwise-zh.toml").write_text(text, encoding="utf-8")
    gold = (toy / "gold.jsonl").read_text("utf-8").split("\n")
    (toy / "gold.jsonl").write_text("\n".join(gold[:-2]) + "\n", encoding="utf-8")
    assert "the gold pairs have changed" in find(out, facts, "judge-one", "pairwise-zh.toml", simulated=False).reasons


def test_a_run_shows_who_is_trusted(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """Without a calibration the judge is untrusted and the command to make one is named; `--calibrate` makes it."""
    words = ("run", "--suite", "toy", "--catalog", "c.toml", "--quiet", "--controls", "0")
    with serving(judge(lambda content: True)) as stub:
        bare = evals(*words, "--base-url", stub.url, "--run-id", "bare")
        assert "UNTRUSTED, no calibration" in " ".join(bare.out.split())
        made = evals(*words, "--base-url", stub.url, "--run-id", "made", "--calibrate")
        assert made.code == 0, made.err
    assert "right on 100.0 % of the gold pairs" in " ".join(made.out.split())
    (entry,) = json.loads((tmp_path / "outputs/made/run.json").read_bytes())["calibration"]
    assert (entry["status"], entry["trusted"], entry["judge"]) == ("fresh", True, "judge-one")


def test_a_run_by_scores_is_told_the_same(evals: Evals, toy: Path, tmp_path: Path) -> None:
    """A judge of another kind, from a file: the command names it, `--calibrate` makes it once, a change is told."""
    shutil.copy(ROOT / "judges" / "pointwise-zh.toml", "mine.toml")
    edit(Path("mine.toml"), 'name = "pointwise-zh"', 'name = "mine"')
    words = ("run", "--suite", "toy", "--catalog", "c.toml", "--quiet", "--controls", "0", "--definition", "mine.toml")
    command = "python -m evals calibrate --judge judge-one --suite toy --definition mine.toml"
    with serving(alone(8, 4)) as stub:
        bare = evals(*words, "--base-url", stub.url, "--run-id", "bare")
        assert f"UNTRUSTED, no calibration; make one: {command}" in " ".join(bare.out.split())
        before = stub.calls["judge-one"]
        made = evals(*words, "--base-url", stub.url, "--run-id", "bare", "--calibrate")
        assert made.code == 0, made.err
        assert evals(*words, "--base-url", stub.url, "--run-id", "bare", "--calibrate").code == 0
        assert stub.calls["judge-one"] - before == 60
        assert "right on 100.0 % of the gold pairs" in " ".join(made.out.split())
        edit(Path("mine.toml"), "一位严谨", "一位非常严谨")
        stale = evals(*words, "--base-url", stub.url, "--run-id", "other")
    assert f"the judge definition has changed; make it anew: {command}" in " ".join(stale.out.split())


def test_two_judges_never_share_a_folder(tmp_path: Path) -> None:
    """Names that differ only in what a path cannot hold."""
    names = ("a/b", "a-b", "a:b", "../a", "A/B")
    assert len({folder_of(tmp_path, "s", name, "d") for name in names}) == len(names)
    assert all(folder_of(tmp_path, "s", name, "d").resolve().is_relative_to(tmp_path) for name in names)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--judge", "judge-tow", "--suite", "toy"), 'unknown model "judge-tow"'),
        (("--judge", "judge-one", "--suite", "tyo"), 'unknown suite "tyo"'),
        (("--judge", "judge-one", "--suite", "reasoning-hard"), "has no gold pairs"),
        (("--judge", "judge-one", "--suite", "toy", "--simulate", "--budget-usd", "some"), 'such as 2.50, not "some"'),
        (
            ("--judge", "judge-one", "--suite", "bare", "--definition", "checklist-zh"),
            'the prompts of 10 of 30 gold pairs have none (first: "toy-gold-0001"); give them a "rubric"',
        ),
    ],
)
def test_wrong_use_is_said(evals: Evals, toy: Path, words: tuple[str, ...], message: str) -> None:
    """Exit 2 before any call."""
    shutil.copytree(toy, "bare")
    prompts = (toy / "prompts.jsonl").read_text("utf-8").replace('"suite": "toy"', '"suite": "bare"').splitlines()
    prompts[1] = prompts[1].replace('["说九更大", "不说七更大"]', "[]")
    Path("bare/prompts.jsonl").write_text("\n".join(prompts) + "\n", encoding="utf-8")
    edit(Path("bare/suite.toml"), '"toy"', '"bare"')
    gold = (toy / "gold.jsonl").read_text("utf-8").replace('"suite": "toy"', '"suite": "bare"')
    Path("bare/gold.jsonl").write_text(gold, encoding="utf-8")
    done = evals("calibrate", *words, "--catalog", "c.toml", "--quiet")
    assert (done.code, done.out) == (2, "")
    assert message in done.err
