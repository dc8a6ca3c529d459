"""Recorded answers and verdicts: our own files, column maps, the vicuna80 preset, and every bad row by its line."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.importers import read_judgments, read_responses
from evals.library import load_suite
from evals.reading.columns import MISSING, parse_map, pick
from evals.records import Completion, Cost, InputError, Judgment, Prompt, Response, Suite, Usage, UsageError

FIXTURE = Path(__file__).parent / "fixtures/vicuna"


def recorded_data() -> Path:
    """The folder with the recorded public data; skips the test where there is none."""
    named = os.environ.get("EVALS_RECORDED_DATA")
    folder = Path(named) if named else Path(__file__).parents[1].parent / "shared/data"
    if not (folder / "vicuna80").is_dir():
        pytest.skip(f"no recorded data: neither EVALS_RECORDED_DATA nor {folder} holds vicuna80")
    return folder


def suite_of(name: str, *ids: str) -> Suite:
    prompts = tuple(Prompt(suite=name, id=i, messages=({"role": "user", "content": "q"},)) for i in ids)
    return Suite(name=name, prompts=prompts, hash="h")


SUITES = (suite_of("s", "1", "2"), suite_of("t", "3", "both"), suite_of("u", "both"))


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes rows to a file and works beside it."""
    monkeypatch.chdir(tmp_path)

    def write(*rows: Any, name: str = "r.jsonl") -> str:
        text = "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
        Path(name).write_text(text, encoding="utf-8", newline="\n")
        return name

    return write


# ------------------------------------------------------------------------------------------------ vicuna80
def verdicts(judgments: Iterator[Judgment]) -> dict[tuple[str, str | None], tuple[int, int, int]]:
    found: dict[tuple[str, str | None], Counter[Any]] = {}
    for judgment in judgments:
        found.setdefault((judgment.first, judgment.second), Counter())[judgment.winner] += 1
    return {pair: (count["first"], count["tie"], count["second"]) for pair, count in found.items()}


def test_recorded_verdicts_count_as_published() -> None:
    """Four pairs of real GPT-4 verdicts come out with the published counts, from one judge."""
    folder = str(recorded_data() / "vicuna80")
    suite = load_suite(folder, preset="vicuna80")
    assert len(suite.prompts) == 80
    assert verdicts(read_judgments([folder], [suite], preset="vicuna80")) == {
        ("alpaca-13b", "vicuna-13b"): (3, 1, 76),
        ("bard", "vicuna-13b"): (30, 10, 40),
        ("gpt35", "vicuna-13b"): (44, 22, 14),
        ("llama-13b", "vicuna-13b"): (3, 0, 77),
    }
    assert {j.judge for j in read_judgments([folder], [suite], preset="vicuna80")} == {"gpt-4-0328"}


def test_recorded_answers_hold_one_empty_one() -> None:
    """Five models with 80 answers each; the one llama answer without text is classed `empty`."""
    folder = recorded_data() / "vicuna80"
    suite = load_suite(str(folder / "question.jsonl"), preset="vicuna80")
    files = sorted(str(path) for path in folder.glob("*.jsonl"))  # as a shell's *.jsonl gives them
    count = Counter((r.model, r.completion.status) for r in read_responses(files, [suite], preset="vicuna80"))
    assert count.pop(("llama-13b", "empty")) == 1
    assert count.pop(("llama-13b", "ok")) == 79
    assert count == {(model, "ok"): 80 for model in ("alpaca-13b", "bard", "gpt35", "vicuna-13b")}


def test_the_preset_on_files_of_the_same_shape() -> None:
    """Suite, answers and verdicts of a small set of our own, with a tie, a half point and an unread review."""
    suite = load_suite(str(FIXTURE), preset="vicuna80")
    assert (suite.name, [p.id for p in suite.prompts]) == ("vicuna80", ["1", "2", "3", "4"])
    assert [p.category for p in suite.prompts] == ["generic", "writing", "math", "coding"]
    answers = list(read_responses([str(FIXTURE)], [suite], preset="vicuna80"))
    assert Counter(r.model for r in answers) == {"north": 4, "south": 4, "east-7b": 4}
    assert [(r.model, r.prompt_id) for r in answers if not r.has_answer] == [("east-7b", "2")]
    assert answers[0].completion.served_model == "east-7b:v1"
    judgments = list(read_judgments([str(FIXTURE)], [suite], preset="vicuna80"))
    assert {j.judge for j in judgments} == {"gpt-4-0328"}
    assert {j.definition for j in judgments} == {"vicuna80@1"}
    winners = {(j.first, j.prompt_id): (j.winner, j.status) for j in judgments}
    assert winners["south", "1"] == ("second", "ok")
    assert winners["south", "4"] == ("tie", "ok")
    assert winners["east-7b", "1"] == ("first", "ok")
    assert winners["east-7b", "2"] == (None, "unparsed")
    assert judgments[0].explanation.startswith("8.5 8\n")


def test_a_limited_suite_takes_its_own_rows_only() -> None:
    """Answers and verdicts on prompts outside the suite are passed over."""
    suite = load_suite(str(FIXTURE), preset="vicuna80", limit=2)
    assert {r.prompt_id for r in read_responses([str(FIXTURE)], [suite], preset="vicuna80")} == {"1", "2"}
    assert {j.prompt_id for j in read_judgments([str(FIXTURE)], [suite], preset="vicuna80")} == {"1", "2"}


def test_reviews_find_the_answers_elsewhere(tmp_path: Path) -> None:
    """The answer files may be those of --responses, in another folder than the reviews."""
    review = tmp_path / "review_south_north.jsonl"
    review.write_bytes((FIXTURE / review.name).read_bytes())
    suite = load_suite(str(FIXTURE), preset="vicuna80")
    found = read_judgments([str(review)], [suite], preset="vicuna80", responses=[str(FIXTURE)])
    assert verdicts(found) == {("south", "north"): (0, 1, 3)}
    with pytest.raises(InputError, match=r'review_south_north.jsonl:1: answer1_id "south-answer-1" is in no answer_'):
        list(read_judgments([str(review)], [suite], preset="vicuna80"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question_id": 2}, "answer1_id is an answer to question 1, not 2"),
        ({"answer2_id": "south-answer-1"}, '"south" stands on both sides'),
        ({"score": [1]}, "scores must be a list of two numbers"),
        ({"score": [1, "9"]}, "scores must be a list of two numbers"),
        ({"score": None}, '"score" is null'),
        ({"reviewer_id": 3.5}, "reviewer_id must be a text or a number"),
    ],
)
def test_each_bad_review_names_its_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """A review that contradicts the answers is refused rather than counted."""
    row = {**json.loads((FIXTURE / "review_south_north.jsonl").read_text("utf-8").splitlines()[0]), **change}
    review = tmp_path / "review_south_north.jsonl"
    review.write_text(json.dumps(row) + "\n", encoding="utf-8")
    suite = load_suite(str(FIXTURE), preset="vicuna80")
    with pytest.raises(InputError, match="review_south_north.jsonl:1: .*" + re.escape(message)):
        list(read_judgments([str(review)], [suite], preset="vicuna80", responses=[str(FIXTURE)]))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"question_id": 1, "text": " "}], "question.jsonl:1: empty prompt"),
        ([{"question_id": 1, "text": "a"}, {"question_id": 1, "text": "b"}], ':2: duplicate id "1"'),
        ([{"text": "a"}], ':1: no column "question_id"'),
        (["{"], ":1: not valid JSON"),
        ([], "a suite needs at least one prompt"),
    ],
)
def test_each_bad_question_names_its_line(lines: Callable[..., str], rows: list[Any], message: str) -> None:
    """The suite of a preset is as strict as any other."""
    path = lines(*rows, name="question.jsonl")
    with pytest.raises(UsageError, match=re.escape(message)):
        load_suite(path, preset="vicuna80")


# ------------------------------------------------------------------------------------------------ our own files
def own_response(**changes: Any) -> dict[str, Any]:
    completion = Completion(
        status="ok",
        text="答",
        reasoning="想",
        usage=Usage(prompt_tokens=3, completion_tokens=5),
        cost=Cost(unknown=("input price",)),
        latency_s=0.5,
        attempts=2,
        started_at="2026-01-01T00:00:00Z",
    )
    response = Response(suite="s", prompt_id="1", model="m", sample=0, key="k", completion=completion)
    return {**response.to_json(), **changes}


def own_judgment(**changes: Any) -> dict[str, Any]:
    judgment = Judgment(
        suite="s",
        prompt_id="1",
        judge="j",
        definition="d@1",
        first="a",
        second="b",
        key="k",
        status="ok",
        winner="first",
        cost=Cost(unknown=("input price",)),
        attempts=1,
    )
    return {**judgment.to_json(), **changes}


def test_our_own_records_need_no_map(lines: Callable[..., str]) -> None:
    """Text, thought, usage and status come back; what the calls once cost is not counted as spent by this run."""
    path = lines(own_response(), own_response(model="n", status="truncated", text="", finish_reason="length"))
    first, second = read_responses([path], SUITES)
    assert (first.completion.text, first.completion.reasoning, first.completion.usage.completion_tokens) == (
        "答",
        "想",
        5,
    )
    assert (first.completion.attempts, first.completion.cost) == (0, Cost())
    assert (second.completion.status, second.has_answer) == ("truncated", False)
    (judgment,) = read_judgments([lines(own_judgment(preference=0.7))], SUITES)
    assert (judgment.winner, judgment.preference, judgment.attempts, judgment.cost) == ("first", 0.7, 0, Cost())


def test_a_run_folder_can_be_named(lines: Callable[..., str], tmp_path: Path) -> None:
    """`--responses outputs/RUN` reads the file of that name in it."""
    lines(own_response(), name="responses.jsonl")
    lines(own_judgment(), name="judgments.jsonl")
    assert len(list(read_responses([str(tmp_path)], SUITES))) == 1
    assert len(list(read_judgments([str(tmp_path)], SUITES))) == 1


def test_keys_mark_what_was_recorded_and_follow_the_content(lines: Callable[..., str]) -> None:
    """The same record has the same key wherever it stands; another text has another."""
    one, two, three = (
        next(iter(read_responses([lines(row)], SUITES))).key
        for row in (own_response(), own_response(key="other", latency_s=9.0), own_response(text="别的"))
    )
    assert one == two != three
    assert one.startswith("recorded:")


def test_failed_calls_are_no_answers_but_failed_verdicts_are_missing(lines: Callable[..., str]) -> None:
    """An answer that failed is asked again; a verdict that failed stays in the plan unless it was made again."""
    path = lines(own_response(status="error", text=""), own_response(text="later"))
    assert [r.completion.text for r in read_responses([path], SUITES)] == ["later"]
    failed = own_judgment(status="error", winner=None, error="HTTP 402")
    assert [j.status for j in read_judgments([lines(failed)], SUITES)] == ["error"]
    assert [j.status for j in read_judgments([lines(failed, own_judgment())], SUITES)] == ["error", "ok"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (own_response(status="fine"), "status must be one of ok, truncated"),
        (own_response(text=None), '"text" is null'),
        (own_response(text=7), "text must be a text, not a number"),
        (own_response(usage=3), "not a record of responses.jsonl"),
        (own_response(cost_usd="cheap"), "not a record of responses.jsonl"),
        (own_response(sample=-1), "sample must be a whole number of at least 0"),
        (own_response(model=""), "model must be a printable text"),
        (own_response(prompt_id=None), '"prompt_id" is null'),
        (own_response(latency_s="fast"), "latency_s must be a number of at least 0"),
    ],
)
def test_each_bad_record_of_our_own_names_its_line(lines: Callable[..., str], row: Any, message: str) -> None:
    """Our files are not trusted more than others: somebody may have edited them."""
    with pytest.raises(InputError, match=r"r\.jsonl:2: .*" + re.escape(message)):
        list(read_responses([lines(own_response(prompt_id="2"), row)], SUITES))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (own_judgment(status="fine"), "status must be one of ok, unparsed"),
        (own_judgment(winner="A"), "winner must be first, second, tie or null"),
        (own_judgment(winner=None), 'status "ok" needs a winner or a preference'),
        (own_judgment(preference=1.5), "preference must be a number from 0 to 1"),
        (own_judgment(first=None), '"first" is null'),
        ({"prompt_id": "1", "status": "ok"}, "not a record of judgments.jsonl"),
    ],
)
def test_each_bad_verdict_of_our_own_names_its_line(lines: Callable[..., str], row: Any, message: str) -> None:
    """A verdict that says nothing is refused, not counted as a tie."""
    with pytest.raises(InputError, match=r"r\.jsonl:1: .*" + re.escape(message)):
        list(read_judgments([lines(row)], SUITES))


# ------------------------------------------------------------------------------------------------ column maps
def test_answers_through_a_map(lines: Callable[..., str]) -> None:
    """Dotted paths, numbers as ids, usage and a cut answer; a leading thought is kept apart from the text."""
    rows = [
        {"qid": 1, "by": "m", "out": {"choices": [{"text": "甲", "stop": "stop"}]}, "n": {"in": 4, "out": 9}, "s": 1.5},
        {"qid": 2, "by": "m", "out": {"choices": [{"text": "<think>想</think>\n乙", "stop": "length"}]}},
        {"qid": 99, "by": "m", "out": {"choices": [{"text": "elsewhere"}]}},
    ]
    columns = parse_map(["prompt_id=qid", "model=by", "text=out.choices.0.text"])
    first, second = read_responses([lines(*rows)], SUITES, column_map=columns)
    assert (first.suite, first.prompt_id, first.completion.text, first.completion.status) == ("s", "1", "甲", "ok")
    assert (second.completion.text, second.completion.reasoning) == ("乙", "想")
    more = {**columns, "finish_reason": "out.choices.0.stop", "prompt_tokens": "n.in", "latency_s": "s"}
    (full,) = read_responses([lines(rows[0])], SUITES, column_map={**more, "completion_tokens": "n.out"})
    assert full.completion.usage == Usage(prompt_tokens=4, completion_tokens=9)
    assert (full.completion.finish_reason, full.completion.latency_s) == ("stop", 1.5)


@pytest.mark.parametrize(
    ("text", "finish", "status", "left", "thought"),
    [
        ("答", None, "ok", "答", ""),
        ("", None, "empty", "", ""),
        (" \n", "stop", "empty", " \n", ""),
        ("答", "length", "truncated", "答", ""),
        ("", "content_filter", "filtered", "", ""),
        ("<think>想", "length", "truncated", "", "想"),
        ("<think>想", None, "empty", "", "想"),
        ("<think></think>答", None, "ok", "答", ""),
        ("说 <think> 也行", None, "ok", "说 <think> 也行", ""),
    ],
)
def test_status_follows_the_text(
    lines: Callable[..., str], text: str, finish: str | None, status: str, left: str, thought: str
) -> None:
    """The classes of the contract, from the text and the finish reason alone."""
    path = lines({"prompt_id": "1", "model": "m", "text": text, "finish_reason": finish})
    (response,) = read_responses([path], SUITES)
    found = response.completion
    assert (found.status, found.text, found.reasoning) == (status, left, thought)


@pytest.mark.parametrize(
    ("fields", "winner", "preference", "status"),
    [
        ({"winner": "first"}, "first", None, "ok"),
        ({"winner": "B"}, "second", None, "ok"),
        ({"winner": "[[A]]"}, "first", None, "ok"),
        ({"winner": "Tie"}, "tie", None, "ok"),
        ({"winner": "model_b"}, "second", None, "ok"),
        ({"winner": "tie (bothbad)"}, "tie", None, "ok"),
        ({"winner": "y"}, "second", None, "ok"),
        ({"winner": 1}, "first", None, "ok"),
        ({"winner": None}, None, None, "unparsed"),
        ({"preference": 0.25}, None, 0.25, "ok"),
        ({"winner": "first", "preference": 0.25}, "first", 0.25, "ok"),
        ({"scores": [7, 7.5]}, "second", None, "ok"),
        ({"scores": [7, 7.0]}, "tie", None, "ok"),
        ({"scores": [-1, -1]}, None, None, "unparsed"),
    ],
)
def test_verdicts_in_many_words(
    lines: Callable[..., str], fields: dict[str, Any], winner: str | None, preference: float | None, status: str
) -> None:
    """Letters, numbers, names of the models, scores and probabilities; one that was not read stays unread."""
    path = lines({"prompt_id": 3, "judge": "j", "first": "x", "second": "y", **fields})
    (judgment,) = read_judgments([path], SUITES)
    assert (judgment.suite, judgment.definition) == ("t", "recorded@1")
    assert (judgment.winner, judgment.preference, judgment.status) == (winner, preference, status)


RESPONSE = {"prompt_id": "1", "model": "m", "text": "x"}
JUDGMENT = {"prompt_id": "1", "judge": "j", "first": "x", "second": "y", "winner": "tie"}


@pytest.mark.parametrize(
    ("read", "rows", "columns", "message"),
    [
        (
            read_responses,
            [{"q": 1}],
            {},
            'r.jsonl:1: no column "prompt_id" for prompt_id; name it with --map prompt_id=COLUMN',
        ),
        (read_responses, [RESPONSE], {"text": "output"}, 'no column "output" for text'),
        (read_responses, [RESPONSE], {"text": "output"}, "(there are: prompt_id, model, text)"),
        (read_responses, [RESPONSE, RESPONSE], {}, "r.jsonl:2: the same cell stands on r.jsonl:1; remove one"),
        (read_responses, [{**RESPONSE, "prompt_id": "both"}], {}, "is in the suites t, u"),
        (read_responses, [{**RESPONSE, "prompt_id": "9"}], {}, "the prompts are s (1, 2), t (3, both), u (both)"),
        (read_responses, [{**RESPONSE, "suite": "x"}], {}, "none of the rows is a usable record"),
        (read_responses, [{**RESPONSE, "text": ["x"]}], {}, "text must be a text, not a list"),
        (read_responses, ["{"], {}, "r.jsonl:1: not valid JSON"),
        (read_responses, [], {}, "r.jsonl: empty file"),
        (read_judgments, [{**JUDGMENT, "winner": "z"}], {}, 'winner "z" is neither'),
        (read_judgments, [{**JUDGMENT, "second": "x"}], {}, '"x" stands on both sides'),
        (read_judgments, [{k: v for k, v in JUDGMENT.items() if k != "winner"}], {}, "no verdict; name its column"),
        (read_judgments, [JUDGMENT, JUDGMENT], {}, "the same cell stands on r.jsonl:1"),
        (read_judgments, [{**JUDGMENT, "preference": "high"}], {}, "preference must be a number from 0 to 1"),
        (read_judgments, [{**JUDGMENT, "repeat": 0.5}], {}, "repeat must be a whole number"),
    ],
)
def test_each_bad_row_says_where_and_what_to_do(
    lines: Callable[..., str],
    read: Callable[..., Iterator[Any]],
    rows: list[Any],
    columns: dict[str, str],
    message: str,
) -> None:
    """`file:line`, what is wrong, and the option that mends it."""
    with pytest.raises(InputError, match=re.escape(message)):
        list(read([lines(*rows)], SUITES, column_map=columns))


def test_all_bad_rows_come_in_one_pass_over_all_files(lines: Callable[..., str]) -> None:
    """Two files with three bad rows give three problems; blank lines are passed over."""
    one = lines(RESPONSE, "", {**RESPONSE, "sample": 1, "text": 1}, "{", name="one.jsonl")
    two = lines({**RESPONSE, "sample": 2}, RESPONSE, name="two.jsonl")
    with pytest.raises(InputError) as caught:
        list(read_responses([one, two], SUITES))
    assert [(p.path, p.line) for p in caught.value.problems] == [("one.jsonl", 3), ("one.jsonl", 4), ("two.jsonl", 2)]


def test_both_orders_and_repeats_are_cells_of_their_own(lines: Callable[..., str]) -> None:
    """The swapped order is a second record, and so is a repeat."""
    swapped = {**JUDGMENT, "first": "y", "second": "x"}
    assert len(list(read_judgments([lines(JUDGMENT, swapped, {**JUDGMENT, "repeat": 1})], SUITES))) == 3


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        (["none.jsonl"], {}, "none.jsonl: there is no such file or folder"),
        (["."], {}, ".: no responses.jsonl in this folder"),
        (["."], {"preset": "vicuna80"}, ".: no answer_*.jsonl in this folder"),
        (["r.jsonl"], {"preset": "vicuna80"}, "with --preset the files are called question.jsonl, answer_*.jsonl"),
        (["question.jsonl"], {"preset": "vicuna80"}, "no answer_*.jsonl among the files given"),
        (["r.jsonl"], {"preset": "vicuna8"}, 'recorded answers in the form of "vicuna8" are not known'),
        (["r.jsonl"], {"column_map": {"txt": "a"}}, '--map: unknown field "txt"; did you mean "text"?'),
    ],
)
def test_wrong_use_is_said(lines: Callable[..., str], paths: list[str], options: dict[str, Any], message: str) -> None:
    """Files that are not there, folders without records, misspelt presets and fields."""
    lines(RESPONSE)
    lines({"question_id": 1, "text": "q"}, name="question.jsonl")
    with pytest.raises(UsageError, match=re.escape(message)):
        list(read_responses(paths, SUITES, **options))


# ------------------------------------------------------------------------------------------------ maps and columns
@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["text"], "write field=column"),
        (["text="], "write field=column"),
        (["txt=a"], 'unknown field "txt"; did you mean "text"?'),
        (["text=a", "text=b"], '"text" is given twice'),
    ],
)
def test_a_map_that_says_nothing_is_refused(pairs: list[str], message: str) -> None:
    """A misspelt field would otherwise be passed over in silence."""
    with pytest.raises(UsageError, match=re.escape(message)):
        parse_map(pairs)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("a", 1),
        ("b.c", 2),
        ("b.l.1", "y"),
        ("d.e", 3),
        ("f", None),
        ("b.l.9", MISSING),
        ("b.x", MISSING),
        ("a.b", MISSING),
    ],
)
def test_dotted_paths(column: str, value: Any) -> None:
    """A column with a dot in its name comes before a path; null is a value, a missing column is not."""
    found = pick({"a": 1, "b": {"c": 2, "l": ["x", "y"]}, "d.e": 3, "f": None}, column)
    assert found is value if value is MISSING else found == value


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_answer_survives(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever a model said is kept to the character, unless it opens with thought."""
    path = tmp_path_factory.getbasetemp() / "answer.jsonl"
    row = {"prompt_id": "1", "model": "m", "text": text}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    (response,) = read_responses([str(path)], SUITES)
    assert response.completion.text == text
    invisible = all(mark.isspace() or unicodedata.category(mark) in {"Cc", "Cf"} for mark in text)
    assert response.has_answer != invisible
