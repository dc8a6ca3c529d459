"""Other tools' files: AlpacaEval, MT-Bench, LLMBar, GAOKAO gradings, reviews with scores, any JSON by a map."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.importers import RECORDED_PRESETS, read_judgments, read_responses
from evals.importers._alpaca import by_preference
from evals.importers._files import read_rows
from evals.importers._gaokao import total_of
from evals.importers._vicuna import review_scores
from evals.library import PRESETS, load_suite
from evals.records import InputError, Judgment, Plan, PlannedPair, PlannedSuite, Problem, Prompt, Suite, UsageError
from evals.score import score
from tests.driving import Outcome, evals
from tests.test_importers import recorded_data

__all__ = ["evals"]


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a JSON document, or rows as JSONL, and works beside it."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, value: Any) -> str:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        one_line = (json.dumps(row, ensure_ascii=False) + "\n" for row in value)
        text = "".join(one_line) if name.endswith(".jsonl") else json.dumps(value, ensure_ascii=False, indent=1)
        Path(name).write_text(text, encoding="utf-8")
        return name

    return write


def scored(suite: Suite, judgments: list[Judgment], first: str, second: str, judge: str, repeats: int = 1) -> Any:
    """The entry of the one pair in scores.json, the recorded verdicts being the plan."""
    ids = tuple(prompt.id for prompt in suite.prompts)
    planned = PlannedSuite(name=suite.name, hash="h", definition="d", prompt_ids=ids, categories=("",) * len(ids))
    pair = PlannedPair(first=first, second=second, judges=(judge,))
    plan = Plan(suites=(planned,), models=(first, second), pairs=(pair,), orders="recorded", repeats=repeats)
    return score(plan, [], judgments)["pairs"][0]


def test_every_recorded_form_has_a_suite_of_its_name() -> None:
    """`--preset NAME` reads the prompts, the answers and the verdicts of one set."""
    assert set(RECORDED_PRESETS) <= set(PRESETS)


# ------------------------------------------------------------------------------------------------ AlpacaEval
OUTPUTS = [
    {"dataset": "own", "instruction": f"Say {word}.", "output": word, "generator": "mine"}
    for word in ("one", "two", "three", "four", "five")
]
ANNOTATIONS = [
    {
        "instruction": row["instruction"],
        "output_1": "reference",
        "generator_1": "base",
        "output_2": row["output"],
        "generator_2": "mine",
        "dataset": "own",
        "annotator": "weighted_judge",
        "preference": preference,
        "raw_completion": {"logprobs": []},
    }
    for row, preference in zip(OUTPUTS, (1.0, 1.25, 1.5, 2.0, None), strict=True)
]


def test_alpaca_eval_keeps_and_scores_soft_preferences(document: Callable[..., str]) -> None:
    """1 is all for `output_1`, 2 all for `output_2`; what lies between is a probability, and null stays unread."""
    outputs, notes = document("model_outputs.json", OUTPUTS), document("annotations.json", ANNOTATIONS)
    suite = load_suite(outputs, preset="alpaca-eval")
    answers = list(read_responses([outputs], [suite], preset="alpaca-eval"))
    assert [(a.model, a.completion.text) for a in answers][:2] == [("mine", "one"), ("mine", "two")]
    both = read_responses([notes], [suite], preset="alpaca-eval")
    assert Counter(a.model for a in both) == {"base": 5, "mine": 5}
    verdicts = list(read_judgments(["."], [suite], preset="alpaca-eval"))
    assert [(v.winner, v.preference, v.status) for v in verdicts] == [
        ("first", None, "ok"),
        (None, 0.75, "ok"),
        ("tie", None, "ok"),
        ("second", None, "ok"),
        (None, None, "unparsed"),
    ]
    pair = scored(suite, verdicts, "base", "mine", "weighted_judge")
    assert pair["win_rate"]["value"] == pytest.approx((1 + 0.75 + 0.5 + 0) / 4)
    assert (pair["judged"], pair["planned"]) == (4, 5)


@pytest.mark.parametrize("value", [0.5, 2.1, -1, True, "1", [1]])
def test_a_preference_off_the_scale_is_refused(document: Callable[..., str], value: Any) -> None:
    """With its line, instead of a silent share of the win."""
    notes = document("annotations.json", [ANNOTATIONS[0], {**ANNOTATIONS[1], "preference": value}])
    suite = load_suite(document("model_outputs.json", OUTPUTS), preset="alpaca-eval")
    with pytest.raises(InputError, match=r"annotations\.json:15: preference must be a number from 1 to 2"):
        list(read_judgments([notes], [suite], preset="alpaca-eval"))


@given(st.floats(1, 2))
def test_a_preference_is_turned_round(value: float) -> None:
    """The share of the first side is 2 less the preference, whether it comes as a winner or as a share."""
    winner, share = by_preference(value)
    found = share if share is not None else {"first": 1.0, "tie": 0.5, "second": 0.0}[winner or ""]
    assert found == 2 - value
    assert 0 <= found <= 1


def test_alpaca_eval_by_command(evals: Callable[..., Outcome], document: Callable[..., str]) -> None:
    """One command turns the two files into a run."""
    outputs, notes = document("model_outputs.json", OUTPUTS), document("annotations.json", ANNOTATIONS)
    done = evals(
        *("run", "--suite", outputs, "--preset", "alpaca-eval", "--responses", notes, "--judgments", notes),
        *("--out", ".", "--run-id", "a", "--max-missing", "0.5", "--json", "--quiet"),
    )
    assert done.code == 0, done.err
    scores = json.loads(Path("a/scores.json").read_text())
    assert (scores["pairs"][0]["win_rate"]["value"], scores["simulated"]) == (0.5625, False)


# ------------------------------------------------------------------------------------------------ MT-Bench
QUESTIONS = [{"question_id": 81, "category": "writing", "turns": ["Describe rain.", "Shorter."]}]
MT_ANSWER = {
    "question_id": 81,
    "answer_id": "x",
    "model_id": "north",
    "choices": [{"index": 0, "turns": ["It rains on the roof.", "Rain."]}],
    "tstamp": 1.0,
}
MT_PAIR = {
    "question_id": 81,
    "model_1": "north",
    "model_2": "south",
    "g1_winner": "model_1",
    "g2_winner": "model_2",
    "judge": ["gpt-4", "pair-v2"],
    "g1_judgment": "[[A]]",
    "g2_judgment": "[[A]]",
    "turn": 1,
}
MT_SINGLE = {
    "question_id": 81,
    "model": "north",
    "judge": ["gpt-4", "single-v1"],
    "judgment": "Rating: [[7]]",
    "score": 7,
    "turn": 1,
}


def test_mt_bench_answers_keep_their_earlier_turns(document: Callable[..., str]) -> None:
    """A conversation of two turns is judged whole."""
    suite = load_suite(document("question.jsonl", QUESTIONS), preset="mt-bench")
    (answer,) = read_responses([document("model_answer/north.jsonl", [MT_ANSWER])], [suite], preset="mt-bench")
    assert (answer.model, answer.earlier, answer.completion.text) == ("north", ("It rains on the roof.",), "Rain.")


def test_mt_bench_pairs_hold_both_orders_and_turns(document: Callable[..., str]) -> None:
    """Two records a row, shown in either order; a flip is seen, the second turn is a repeat, an error stays unread."""
    suite = load_suite(document("question.jsonl", QUESTIONS), preset="mt-bench")
    rows = [MT_PAIR, {**MT_PAIR, "turn": 2, "g1_winner": "tie", "judge": ["gpt-4", "pair-v2-multi-turn"]}]
    found = list(read_judgments([document("gpt-4_pair.jsonl", rows)], [suite], preset="mt-bench"))
    assert [(v.first, v.second, v.winner, v.repeat) for v in found] == [
        ("north", "south", "first", 0),
        ("south", "north", "first", 0),
        ("north", "south", "tie", 1),
        ("south", "north", "first", 1),
    ]
    assert {v.definition for v in found} == {"mt-bench-pair-v2@1", "mt-bench-pair-v2-multi-turn@1"}
    pair = scored(suite, found, "north", "south", "gpt-4", repeats=2)
    assert (pair["win_rate"]["value"], pair["flips"]) == (0.375, 1)
    unread = document("other_pair.jsonl", [{**MT_PAIR, "g2_winner": "error"}])
    assert [v.status for v in read_judgments([unread], [suite], preset="mt-bench")] == ["ok", "unparsed"]


def test_mt_bench_single_scores(document: Callable[..., str]) -> None:
    """A score of one answer, with no other side; -1 marks a reply without a rating."""
    suite = load_suite(document("question.jsonl", QUESTIONS), preset="mt-bench")
    rows = [MT_SINGLE, {**MT_SINGLE, "turn": 2, "score": -1}]
    found = list(read_judgments([document("gpt-4_single.jsonl", rows)], [suite], preset="mt-bench"))
    assert [(v.first, v.second, v.score, v.status, v.repeat) for v in found] == [
        ("north", None, 7.0, "ok", 0),
        ("north", None, None, "unparsed", 1),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**MT_PAIR, "g1_winner": "A"}, 'g1_winner must be model_1, model_2, tie or error, not "A"'),
        ({**MT_PAIR, "judge": ["gpt-4"]}, "judge must be a name, or a list of model and template"),
        ({**MT_PAIR, "model_2": "north"}, '"north" stands on both sides'),
        ({**MT_PAIR, "turn": 0}, "turn is counted from 1"),
        ({**MT_SINGLE, "score": "7"}, "score must be a number"),
    ],
)
def test_a_faulty_judgment_of_mt_bench_is_named(document: Callable[..., str], row: Any, message: str) -> None:
    """File and line, and what is wrong."""
    suite = load_suite(document("question.jsonl", QUESTIONS), preset="mt-bench")
    with pytest.raises(InputError, match=r"x_pair\.jsonl:1: ") as caught:
        list(read_judgments([document("x_pair.jsonl", [row])], [suite], preset="mt-bench"))
    assert message in str(caught.value)


# ------------------------------------------------------------------------------------------------ LLMBar
def llmbar(label: int, plain: str | None, turned: str | None, text: str = "Name a fruit.") -> dict[str, Any]:
    games = {
        "swap = False": {"completion": ["Output (a)", "stop"], "winner": plain},
        "swap = True": {"completion": ["Output (b)", "stop"], "winner": turned},
    }
    return {"input": text, "output_1": f"Pear {label}.", "output_2": "A hat.", "label": label, "results": [games]}


def test_llmbar_gives_labels_and_both_orders(document: Callable[..., str]) -> None:
    """The winner names an output whatever was shown first; the label is a person's; folders name the judge."""
    rows = [llmbar(1, "1", "1"), llmbar(2, "1", "2"), llmbar(1, None, "2", "Name a tree.")]
    path = document("GPT-4/CoT/result.json", rows)
    suite = load_suite(path, preset="llmbar")
    answers = list(read_responses([path], [suite], preset="llmbar"))
    assert Counter(answer.model for answer in answers) == {"output_1": 3, "output_2": 3}
    found = list(read_judgments([path], [suite], preset="llmbar"))
    by_judge = {
        judge: [(v.first, v.winner) for v in found if v.judge == judge] for judge in ("human:label", "GPT-4/CoT")
    }
    assert by_judge["human:label"] == [("output_1", "first"), ("output_1", "second"), ("output_1", "first")]
    assert by_judge["GPT-4/CoT"] == [
        ("output_1", "first"),
        ("output_2", "second"),
        ("output_1", "first"),
        ("output_2", "first"),
        ("output_1", None),
        ("output_2", "first"),
    ]
    pair = scored(suite, found, "output_1", "output_2", "GPT-4/CoT")
    assert (pair["wins"], pair["ties"], pair["judged"], pair["flips"]) == (1, 1, 2, 1)


def test_llmbar_without_results_is_labels_alone(document: Callable[..., str]) -> None:
    """The data set itself has labels and no judge; a malformed result is named."""
    bare = {name: value for name, value in llmbar(2, "1", "1").items() if name != "results"}
    path = document("dataset.json", [bare])
    suite = load_suite(path, preset="llmbar")
    assert [v.judge for v in read_judgments([path], [suite], preset="llmbar")] == ["human:label"]
    for change, message in (
        ({"results": [{"swap = False": {"winner": "1"}}]}, 'has no "swap = True"'),
        ({"results": 3}, "results must be a list"),
        ({"label": 3}, "label must be 1, 2 or tie"),
    ):
        with pytest.raises(InputError, match=message):
            list(read_judgments([document("dataset.json", [{**bare, **change}])], [suite], preset="llmbar"))


# ------------------------------------------------------------------------------------------------ gradings
def graded(remark: str, full: int = 5, question: str = "一加一？") -> dict[str, Any]:
    return {"index": 0, "score": full, "question": question, "standard_answer": "2", "model_output": "2"} | {
        "model_correction": remark
    }


@pytest.mark.parametrize(
    ("remark", "total"),
    [
        ("【得分】2\n【总分】5分", 5.0),
        ("【总分】3分\n改判。\n【总分】：4.5 分。", 4.5),
        ("【总分】19分中的满分减去两题，总分为9.5分。", None),
        ("【总分】5分\n【总分】无法计算", None),
        ("满分", None),
        ("", None),
    ],
)
def test_a_grade_is_the_last_stated_total(remark: str, total: float | None) -> None:
    """A total stands alone on its line; a sum the grader only supposes is none."""
    assert total_of(remark) == total


def test_gradings_become_scores_of_one_answer(document: Callable[..., str]) -> None:
    """A header names answerer and grader; a grade above the full marks is unread and says why."""
    rows = [graded("【总分】4分"), graded("【总分】6分", question="二加二？"), graded("很好", question="三加三？")]
    path = document("graded_own.json", {"model_name": "m", "teacher_model_name": "t", "example": rows})
    suite = load_suite(path, preset="gaokao-zh")
    (answer, *_) = read_responses([path], [suite], preset="gaokao-zh")
    assert (answer.model, answer.completion.text) == ("m", "2")
    found = list(read_judgments(["."], [suite], preset="gaokao-zh"))
    assert [(v.first, v.second, v.judge, v.score, v.status) for v in found] == [
        ("m", None, "t", 4.0, "ok"),
        ("m", None, "t", None, "unparsed"),
        ("m", None, "t", None, "unparsed"),
    ]
    assert [v.error for v in found[1:]] == [
        "6 marks of 5: above the full marks",
        "no total is stated after the last 【总分】",
    ]


def test_recorded_gradings_replay() -> None:
    """209 real gradings: 208 state the total stored beside them; one states none, and one exceeds the full marks."""
    found: list[Judgment] = []
    same = 0
    for path in sorted((recorded_data() / "gaokao_zh").glob("graded_*.json")):
        suite = load_suite(str(path), preset="gaokao-zh")
        found += read_judgments([str(path)], [suite], preset="gaokao-zh")
        rows = [row for _, row in read_rows(path) if not isinstance(row, Problem)]
        same += sum(total_of(row["model_correction"]) == row["model_correction_score"][0] for row in rows)
    assert (len(found), same) == (209, 208)
    assert Counter(v.status for v in found) == {"ok": 207, "unparsed": 2}
    assert sorted(v.error or "" for v in found if v.status != "ok") == [
        "6 marks of 5: above the full marks",
        "no total is stated after the last 【总分】",
    ]


# ------------------------------------------------------------------------------------------------ reviews
@pytest.mark.parametrize(
    ("review", "scores"),
    [
        ("8 7.5\nThe first is fuller.", [8, 7.5]),
        ("9, 8\n…", [9, 8]),
        ("First I solve it: (10, 4).\nScores:\nAssistant 1: 10\nAssistant 2: 4\n\nThe first wins.", [10, 4]),
        ("Draft:\nAssistant 1: 3\nAssistant 2: 4\nFinal:\nAssistant 1: 1/10\nAssistant 2: 2/10", [1, 2]),
        ("In the end the scores are (1, 5) for the two.", [1, 5]),
        ("The points (1, 5) lie on a line.", None),
        ("8 of 10 people agree", None),
    ],
)
def test_scores_stand_first_or_last(review: str, scores: list[float] | None) -> None:
    """Some reviews open with the scores, some reason first; numbers elsewhere are none."""
    assert review_scores(review) == scores


def test_recorded_reviews_in_both_placements(tmp_path: Path) -> None:
    """320 real reviews read without their stored scores: 308 open with them, 12 end with them, all winners agree."""
    folder = recorded_data() / "vicuna80"
    suite = load_suite(str(folder), preset="vicuna80")
    stored = list(read_judgments([str(folder)], [suite], preset="vicuna80"))
    equal = opening = 0
    for file in sorted(folder.glob("review_*.jsonl")):
        rows = [row for _, row in read_rows(file) if not isinstance(row, Problem)]
        equal += sum(review_scores(row["text"]) == row["score"] for row in rows)
        opening += sum(review_scores(row["text"].split("\n")[0]) is not None for row in rows)
        bare = [{name: value for name, value in row.items() if name != "score"} for row in rows]
        (tmp_path / file.name).write_text("".join(json.dumps(row) + "\n" for row in bare), encoding="utf-8")
    read = list(read_judgments([str(tmp_path)], [suite], preset="vicuna80", responses=[str(folder)]))
    assert [v.winner for v in read] == [v.winner for v in stored]
    # two stored scores of 2 are 4 in the text of the review; the winner is the same
    assert (len(read), opening, equal) == (320, 308, 318)


# ------------------------------------------------------------------------------------------------ any JSON by a map
def suite_of(*ids: str) -> Suite:
    prompts = tuple(Prompt(suite="s", id=i, messages=({"role": "user", "content": "q"},)) for i in ids)
    return Suite(name="s", prompts=prompts, hash="h")


def test_any_document_by_a_map(document: Callable[..., str]) -> None:
    """A list under any name, in a document, with the columns named."""
    rows = [{"q": 1, "who": "m", "out": "x"}, {"q": 2, "who": "m", "out": "y"}]
    path = document("r.json", {"version": 2, "rows": rows})
    columns = {"prompt_id": "q", "model": "who", "text": "out"}
    assert [r.completion.text for r in read_responses([path], [suite_of("1", "2")], column_map=columns)] == ["x", "y"]
    marks = document("m.json", [{"q": 1, "who": "m", "mark": 7.5, "by": "j"}])
    (verdict,) = read_judgments(
        [marks],
        [suite_of("1")],
        column_map={"prompt_id": "q", "first": "who", "score": "mark", "judge": "by"},
    )
    assert (verdict.first, verdict.second, verdict.score, verdict.status) == ("m", None, 7.5, "ok")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1},\n 3]', r"r\.json:2: an object \{\.\.\.\} is wanted, not a number"),
        ('[{"a": 1},\n {"a" 2}]', r"r\.json:2: not valid JSON"),
        ("7", r"r\.json:1: a list of objects is wanted, not a number"),
        ('{"a": [{}], "b": [{}]}', r"an object with one list of objects is wanted \(there are: a, b\)"),
        ('{"a": NaN}', "NaN is not a JSON value"),
        ("", "empty file"),
    ],
)
def test_a_faulty_document_is_named(document: Callable[..., str], text: str, message: str) -> None:
    """File, line and what is wanted."""
    Path(document("r.json", [])).write_text(text)
    with pytest.raises(InputError, match=message):
        list(read_responses(["r.json"], [suite_of("1")]))


def test_jsonl_under_another_name_is_read(document: Callable[..., str]) -> None:
    """Many tools call it .json."""
    Path(document("r.json", [])).write_text('{"prompt_id": "1", "model": "m", "text": "x"}\n' + '{"a": 1}\n')
    assert [number for number, _ in read_rows("r.json")] == [1, 2]


ROWS = st.lists(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=8), max_size=4))


@given(rows=ROWS, indent=st.sampled_from([None, 0, 3]), wrapped=st.booleans())
def test_lines_of_a_document(tmp_path_factory: pytest.TempPathFactory, rows: Any, indent: Any, wrapped: bool) -> None:
    """Every row comes back as it is, at the line it begins on."""
    path = tmp_path_factory.getbasetemp() / "lines.json"
    value = {"kind": ["x"], "rows": rows} if wrapped and rows else rows
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8")
    found = list(read_rows(path))
    shared = {"kind": ["x"]} if wrapped and rows else {}
    assert [row for _, row in found] == [{**shared, **row} for row in rows]
    text = path.read_text(encoding="utf-8").split("\n")
    assert all("{" in text[number - 1] for number, _ in found)


def test_an_unknown_form_offers_the_nearest() -> None:
    """And says what to do without one."""
    with pytest.raises(UsageError, match=r'"mtbench" are not known; did you mean "mt-bench"\?; leave out --preset'):
        list(read_responses(["."], [suite_of("1")], preset="mtbench"))


def test_a_form_passes_over_other_prompts(document: Callable[..., str]) -> None:
    """A suite cut short takes its own rows only, whatever the form."""
    outputs, notes = document("model_outputs.json", OUTPUTS), document("annotations.json", ANNOTATIONS)
    whole = load_suite(outputs, preset="alpaca-eval")
    suite = replace(whole, prompts=whole.prompts[:2])
    assert len(list(read_responses([outputs], [suite], preset="alpaca-eval"))) == 2
    assert len(list(read_judgments([notes], [suite], preset="alpaca-eval"))) == 2
