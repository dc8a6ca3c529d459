"""Data sets through `datasets`, on local files: every decoding trap, wrong names, and the hub out of reach."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.library import load_suite
from evals.records import InputError, UsageError

# What a type-guessing loader turns into 7, None, a dict, a timestamp, or cuts in two.
TRAPS = ["007", "null", "42", '{"a": 1}', "2024-05-01", "1e5", "true", "a\u2028b", " x "]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.chdir(tmp_path)


def write_json(path: Path, rows: list[dict[str, Any]], **options: Any) -> None:
    path.write_text(json.dumps(rows, ensure_ascii=False, **options), encoding="utf-8")


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8", newline="\n")


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    import csv

    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    import datasets

    datasets.Dataset.from_list(rows).to_parquet(str(path))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.json", write_json),
        ("t.jsonl.gz", write_jsonl),
        ("t.csv", write_csv),
        ("t.parquet", write_parquet),
    ],
)
@pytest.mark.parametrize("through", ["path", "hf"])
def test_texts_come_through_every_format_unchanged(tmp_path: Path, name: str, write: Any, through: str) -> None:
    """ "007" stays "007", a date stays a text, "null" stays a word: as prompt, reference and id."""
    write(
        tmp_path / name,
        [{"key": f"{i}-{text}".replace("\u2028", ""), "q": text, "gold": text} for i, text in enumerate(TRAPS)],
    )
    if through == "path":
        suite = load_suite(name, column_map={"prompt": "q", "reference": "gold", "id": "key"})
    else:
        loader = "json" if "json" in name else name.partition(".")[2]
        suite = load_suite(f"hf:{loader}?data_files={name}&prompt=q&reference=gold&id=key")
    assert suite.name == "t"
    assert [prompt.text for prompt in suite.prompts] == TRAPS
    assert [prompt.reference for prompt in suite.prompts] == TRAPS
    assert suite.prompts[0].id == "0-007"


def test_a_column_of_dates_and_a_column_of_digits_stay_texts(tmp_path: Path) -> None:
    """Whole columns of one look are guessed even more readily."""
    rows = [{"id": f"{i:03d}", "prompt": f"2024-05-0{i}", "reference": f"{i:03d}"} for i in range(1, 5)]
    write_jsonl(tmp_path / "data.jsonl", rows)
    write_csv(tmp_path / "data.csv", rows)
    for spec in ("hf:json?data_files=data.jsonl", "hf:csv?data_files=data.csv&id=id", "data.csv"):
        suite = load_suite(spec)
        first = suite.prompts[0]
        assert (first.id, first.text, first.reference) == ("001", "2024-05-01", "001")


def test_mixed_types_in_one_column_do_not_touch_the_texts(tmp_path: Path) -> None:
    """Chat content that is a text in one row and a list of parts in another; a value that is text, number or list."""
    parts = [{"type": "text", "text": "42"}]
    rows = [
        {"id": "a", "messages": [{"role": "user", "content": "007"}], "reference": {"text": "null", "answer": "42"}},
        {"id": "b", "messages": [{"role": "user", "content": parts}], "reference": {"text": "x", "answer": "{}"}},
        {"id": "c", "messages": [{"role": "user", "content": '{"a": 1}'}], "reference": "plain", "extra": [1]},
    ]
    write_jsonl(tmp_path / "mixed.jsonl", rows)
    suite = load_suite("hf:json?data_files=mixed.jsonl")
    assert [prompt.messages[0]["content"] for prompt in suite.prompts] == ["007", parts, '{"a": 1}']
    assert [(p.reference, p.answer) for p in suite.prompts] == [("null", "42"), ("x", "{}"), ("plain", "")]


def test_columns_that_look_like_an_agent_trace_are_plain_columns(tmp_path: Path) -> None:
    """id, source, model, system_prompt and messages together are not taken for another tool's log."""
    row = {"id": "1", "source": "s", "model": "m", "system_prompt": "p", "messages": [{"role": "user", "content": "q"}]}
    write_jsonl(tmp_path / "trace.jsonl", [row])
    assert load_suite("hf:json?data_files=trace.jsonl").prompts[0].text == "q"


def test_a_folder_with_splits(tmp_path: Path) -> None:
    """Splits are found by file name; one must be chosen, and a slice takes its first rows."""
    (tmp_path / "set").mkdir()
    for split, count in (("train", 3), ("test", 5)):
        write_jsonl(tmp_path / f"set/{split}.jsonl", [{"q": f"{split} {i}"} for i in range(count)])
    suite = load_suite("hf:./set?split=test&prompt=q")
    assert (suite.name, len(suite.prompts)) == ("set:test", 5)
    assert [p.text for p in load_suite("hf:./set?split=test[1:3]&prompt=q").prompts] == ["test 1", "test 2"]
    assert len(load_suite("hf:./set?split=train&prompt=q", limit=2).prompts) == 2
    with pytest.raises(UsageError, match=re.escape("choose a split with ?split=… (there are: train, test)")):
        load_suite("hf:./set?prompt=q")
    with pytest.raises(UsageError, match=re.escape('no split "tset"; did you mean "test"?')):
        load_suite("hf:./set?split=tset&prompt=q")


def test_a_list_inside_an_object(tmp_path: Path) -> None:
    """A file such as {"version": 1, "examples": [...]} gives its list; two lists need a choice."""
    (tmp_path / "one.json").write_text('{"version": 1, "examples": [{"prompt": "q"}]}', encoding="utf-8")
    (tmp_path / "two.json").write_text('{"a": [{"prompt": "x"}], "b": [{"prompt": "y"}]}', encoding="utf-8")
    assert load_suite("one.json").prompts[0].text == "q"
    assert load_suite("hf:json?data_files=two.json&field=b").prompts[0].text == "y"
    with pytest.raises(UsageError, match=r"name the list in it with \?field="):
        load_suite("two.json")


def test_rows_without_ids_get_index_and_content_hash(tmp_path: Path) -> None:
    """The same row keeps its hash wherever it stands, and equal rows stay apart."""
    write_json(tmp_path / "t.json", [{"prompt": "a"}, {"prompt": "a"}, {"prompt": "b"}])
    ids = [prompt.id for prompt in load_suite("t.json").prompts]
    assert ids[0].partition("-")[2] == ids[1].partition("-")[2] != ids[2].partition("-")[2]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("text", "spec", "message"),
    [
        ('[{"q": "x", "a": {"b": 1}}]', "hf:json?data_files=t.json&prompt=question", "the columns are: q, a.b"),
        ('[{"q": "x"}]', "hf:json?data_files=t.json&prompt=q&id=n", 'row 1: no column "n" for id'),
        (
            '[{"id": "a", "prompt": "x"}, {"id": "a", "prompt": "y"}]',
            "t.json",
            'row 2: duplicate id "a" (first on row 1)',
        ),
        ('[{"prompt": "x"}, 3]', "t.json", "row 2: an object"),
        ("3", "t.json", "a list of objects is wanted"),
        ('[{"prompt": NaN}]', "t.json", "NaN is not a JSON value"),
        ('[{"prompt": "x", "prompt": "y"}]', "t.json", 'duplicate key "prompt"'),
        ("[", "t.json", "not valid JSON"),
        ('{"prompt": "x"}\n{"prompt": }\n', "t.json", "row 2: not valid JSON"),
        ("[]", "t.json", "empty"),
        ("[]", "hf:json?data_files=none.json", "none.json"),
        ("[]", "hf:json?data_files=t.json&promt=q", 'unknown option "promt"; did you mean "prompt"?'),
        ("[]", "hf:json?data_files=t.json&prompt=", '"prompt" has no value'),
        ("[]", "hf:json?data_files=t.json&prompt=a&prompt=b", '"prompt" is given twice'),
        ("[]", "hf:json?prompt=a", "name the files with data_files=PATH"),
        ("[]", "hf:?prompt=a", "no data set named"),
        ("[]", "hf:json?data_files=t.json&split=train[:10%]", "a split is written test or test[:50]"),
    ],
)
def test_each_fault_is_one_clear_message(tmp_path: Path, text: str, spec: str, message: str) -> None:
    """Wrong columns name those present; wrong options, files and values are said without a traceback."""
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_suite(spec)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"id,prompt\n1,x,y\n", "row 2: 3 cells, but the first row names 2 columns"),
        (b"id,id\n1,2\n", "a column name stands twice"),
        (b'id,prompt\n1,"x\n', "unexpected end of data"),
        (b"id,prompt\n1,\n", "row 2: empty prompt"),
        (b"id,prompt\n1,\xff\n", "can't decode"),
        (b"", "empty"),
    ],
)
def test_each_fault_of_a_csv(tmp_path: Path, text: bytes, message: str) -> None:
    """Rows are counted as a spreadsheet counts them."""
    (tmp_path / "t.csv").write_bytes(text)
    with pytest.raises(UsageError) as caught:
        load_suite("t.csv")
    assert message in str(caught.value)


def test_a_cell_with_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    """What spreadsheets write is read."""
    (tmp_path / "t.csv").write_bytes('\ufeffid,prompt\r\n1,"a\nb, ""c"""\r\n'.encode())
    prompt = load_suite("t.csv").prompts[0]
    assert (prompt.id, prompt.text) == ("1", 'a\nb, "c"')


def test_typed_columns_that_are_no_texts_are_refused(tmp_path: Path) -> None:
    """A real timestamp or number cannot be a prompt; a number can be an answer."""
    import datetime as dt

    stamp = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    write_parquet(tmp_path / "t.parquet", [{"when": stamp, "n": 7, "q": "x"}])
    for column in ("when", "n"):
        with pytest.raises(InputError, match="row 1: prompt must be a text"):
            load_suite("t.parquet", column_map={"prompt": column})
    assert load_suite("t.parquet", column_map={"prompt": "q", "answer": "n"}).prompts[0].answer == "7"


def test_local_files_cause_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading somebody's own file tells nobody: no name is looked up, no connection made."""
    asked: list[Any] = []
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, lambda *args, **_: asked.append(args))
    write_json(tmp_path / "t.json", [{"prompt": "x"}])
    write_csv(tmp_path / "t.csv", [{"prompt": "x"}])
    write_parquet(tmp_path / "t.parquet", [{"prompt": "x"}])
    for spec in ("t.json", "t.csv", "t.parquet", "hf:json?data_files=t.json"):
        assert load_suite(spec).prompts[0].text == "x"
    assert asked == []


def test_the_hub_out_of_reach_is_one_line(tmp_path: Path) -> None:
    """Offline, a name that was never fetched fails at once, in words, with what to do."""
    code = (
        "from evals.library import load_suite\nfrom evals.records import UsageError\n"
        "try:\n    load_suite('hf:owner/name@main?split=test&prompt=q')\n"
        "except UsageError as error:\n    print(error)\n"
    )
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=offline, capture_output=True, text=True, check=True, timeout=120
    )
    assert len(done.stdout.splitlines()) == 1
    assert "the hub cannot be reached" in done.stdout
    assert "give the path of a downloaded file" in done.stdout
