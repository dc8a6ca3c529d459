"""Strict JSON and JSONL: what must be refused, with its line, and that nothing else changes a byte."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.reading.strict import MAX_DEPTH, hint, nearest, read_jsonl, strict_json
from evals.records import InputError, Problem

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES, escaped=st.booleans())
def test_what_python_writes_is_read_back(value: Any, *, escaped: bool) -> None:
    """Any value without oddities survives, escaped or not."""
    assert strict_json(json.dumps(value, ensure_ascii=escaped)) == value


@given(st.text(max_size=200) | st.text(alphabet='{}[]":,\\ud80eE+-.19 nulrefs', max_size=30))
def test_only_value_errors_escape(text: str) -> None:
    """Whatever the text, it is what Python's reader makes of it and can be written, or it is refused in few words."""
    value, refusal = None, ""
    try:
        value = strict_json(text)
    except ValueError as error:
        refusal = str(error) or "no word"
    assert len(refusal) < 200
    assert refusal or value == json.loads(text)
    assert refusal != "no word"
    assert json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "NaN is not a JSON value"),
        ('{"a": -Infinity}', "-Infinity is not a JSON value"),
        ('{"a": 1e999}', "number 1e999 is too large"),
        ('{"a": 1, "b": 2, "a": 3}', 'duplicate key "a"'),
        ('{"x": [{"a": 1, "a": 1}]}', 'duplicate key "a"'),
        ('{"a": ' + "9" * 5000 + "}", "a number of 5000 digits"),
        ("[" * 100_000, f"nested deeper than {MAX_DEPTH} levels"),
        ('{"a":' * 100_000, f"nested deeper than {MAX_DEPTH} levels"),
        ("[" * 101 + "]" * 101, f"nested deeper than {MAX_DEPTH} levels"),
        ('{"a": "\\ud800"}', "lone surrogate U+D800"),
        ('{"\\udfff": 1}', "lone surrogate U+DFFF"),
        ('"\ud800"', "lone surrogate U+D800"),
        ('{"a": 1', "not valid JSON"),
        ('{"a": 1} x', "column 10"),
        ("{'a': 1}", "column 2"),
        ('"a\nb"', "not valid JSON"),
        ("", "not valid JSON"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    """Each oddity that Python's reader lets pass is named."""
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        strict_json(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', "[" * 100 + "]" * 100, '"a\u2028b"', '"\\u0000"', "9" * 300, "[]" * 1]
)
def test_what_is_kept(text: str) -> None:
    """Pairs of surrogates, line separators, deep but sane nesting and escaped NUL are plain JSON."""
    assert strict_json(text) == json.loads(text)


# ------------------------------------------------------------------------------------------------ lines
def lines_of(path: Path, raw: bytes, *, skip_blank: bool = False) -> list[tuple[int, Any]]:
    path.write_bytes(raw)
    found = read_jsonl(path, skip_blank=skip_blank)
    return [(number, str(value) if isinstance(value, Problem) else value) for number, value in found]


@given(rows=st.lists(st.dictionaries(TEXT, TEXT, max_size=3), max_size=6), crlf=st.booleans())
def test_any_text_survives_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], *, crlf: bool
) -> None:
    """U+2028, U+0085, NUL and every other character come back as they were written, on the line they were on."""
    end = "\r\n" if crlf else "\n"
    text = "".join(json.dumps(row, ensure_ascii=False) + end for row in rows)
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    assert lines_of(path, text.encode()) == list(enumerate(rows, start=1))


GOOD = {"a": "甲"}
GOOD_LINE = json.dumps(GOOD, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", []),
        (GOOD_LINE, [(1, GOOD)]),
        (b"\xef\xbb\xbf" + GOOD_LINE + b"\n", [(1, GOOD)]),
        (GOOD_LINE + b"\r\n" + GOOD_LINE + b"\r\n", [(1, GOOD), (2, GOOD)]),
        (GOOD_LINE + b"\n\n" + GOOD_LINE, [(1, GOOD), (2, "f.jsonl:2: blank line"), (3, GOOD)]),
        (GOOD_LINE + b"\n  \n", [(1, GOOD), (2, "f.jsonl:2: blank line")]),
        (GOOD_LINE + b"\n{\xff}\n" + GOOD_LINE, [(1, GOOD), (2, "byte 0xff at character 2 is not UTF-8"), (3, GOOD)]),
        (GOOD_LINE + b'\n{"a": "\xe7\x94"}\n', [(1, GOOD), (2, "byte 0xe7 at character 8 is not UTF-8")]),
        (GOOD_LINE + b"\n[1]\n3\nnull\n", [(1, GOOD), (2, "not a list"), (3, "not a number"), (4, "not null")]),
        (b'{"a":1}\r{"a":2}\r', [(1, "lines end with CR alone")]),
        (b'{"a":1,"a":2}\n', [(1, 'f.jsonl:1: duplicate key "a"')]),
        ('{"a":"x"}\n{"a":"y"}\n'.encode("utf-16"), [(1, "UTF-16")]),
        ('{"a":"x"}\n{"a":"y"}\n'.encode("utf-16-le"), [(1, "NUL byte")]),
        (b"\x1f\x8b\x08\x00\x00", [(1, "not UTF-8")]),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}\n', [(1, {"a": "x" * 10_000_000})]),
    ],
)
def test_lines_and_encodings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, expected: list[tuple[int, Any]]
) -> None:
    """UTF-8 with or without mark and CR is read; all else is refused by line, and reading goes on behind it."""
    monkeypatch.chdir(tmp_path)
    found = lines_of(tmp_path / "f.jsonl", raw)
    assert len(found) == len(expected)
    for (number, value), (wanted_number, wanted) in zip(found, expected, strict=True):
        assert number == wanted_number
        assert wanted in value if isinstance(wanted, str) else value == wanted


def test_blank_lines_may_be_passed_over(tmp_path: Path) -> None:
    """Recorded files of other tools end in blank lines now and then; the numbers stay those of the file."""
    raw = b"\n" + GOOD_LINE + b"\n\n" + GOOD_LINE + b"\n\n"
    assert lines_of(tmp_path / "f.jsonl", raw, skip_blank=True) == [(2, GOOD), (4, GOOD)]


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    """A path that is not there, or is a folder, is said in one line."""
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            list(read_jsonl(path))


# ------------------------------------------------------------------------------------------------ names
@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [("chinse", ["chinese", "english"], "chinese"), ("CHINESE", ["chinese"], "chinese"), ("zzz", ["chinese"], None)],
)
def test_nearest_name(typed: str, known: list[str], meant: str | None) -> None:
    """Case does not matter, and what is far from everything gets no hint."""
    assert nearest(typed, known) == meant
    assert hint(typed, known) == (f'; did you mean "{meant}"?' if meant else "")
