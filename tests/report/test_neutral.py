"""Hostile text is harmless in a terminal, a spreadsheet and Markdown."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.report import plain_table
from evals.report._neutral import clip, code_span, columns, csv_cell, csv_text, markdown_text, prose, visible

ANY_TEXT = st.text(st.characters(), max_size=40)
"""Every code point, lone surrogates included."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GLM-5", "GLM-5"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]8;;http://x\x07link", "\\x1b]8;;http://x\\x07link"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("good\rbad", "good\\rbad"),
        ("\x9b2J", "\\x9b2J"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028end\x85", "line\\u2028end\\x85"),
        ("\x00\ud800\U000e0041", "\\x00\\ud800\\U000e0041"),
        ("[/nope] 中文", "[/nope] 中文"),
    ],
)
def test_hidden_characters_become_visible_escapes(text: str, shown: str) -> None:
    """Each way to move the cursor, hide or reorder text shows as an escape; plain text stands."""
    assert visible(text) == shown


@given(ANY_TEXT)
def test_nothing_hidden_is_left(text: str) -> None:
    """No control, format, surrogate or separator character is left in visible text."""
    assert not {unicodedata.category(char) for char in visible(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_prose_keeps_lines_and_joined_emoji_but_no_overrides() -> None:
    """Whole answers keep line breaks, tabs and joiners; the rest shows as escapes."""
    assert prose("一\r\n二\t👩\u200d🔧\u202e\x1b") == "一\n二\t👩\u200d🔧\\u202e\\x1b"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("GLM-5", 5, "GLM-5"), ("GLM-5 Air", 5, "GLM-…"), ("智谱清言", 8, "智谱清言"), ("智谱清言", 7, "智谱清…")],
)
def test_clip_counts_terminal_columns(text: str, width: int, shown: str) -> None:
    """A Chinese character takes two columns; a cut ends in an ellipsis and never passes the width."""
    assert clip(text, width) == shown
    assert columns(clip(text, width)) <= width


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "\\t=1"),
        ("\r=1", "\\r=1"),
        ("＝1+1", "'＝1+1"),
        ("  =1", "'  =1"),
        ("nul\x00", "nul\\x00"),
        ("'quoted", "''quoted"),
        ("-1.5", "-1.5"),
        ("+2e-3", "+2e-3"),
        ("C:\\new", "C:\\\\new"),
        ("GLM-5, 中文", "GLM-5, 中文"),
    ],
)
def test_csv_cells_are_no_formulas(text: str, cell: str) -> None:
    """A cell that would start a formula is quoted; numbers stay numbers; every cell can be read back."""
    assert csv_cell(text) == cell
    assert csv_text(cell) == text


@given(ANY_TEXT)
def test_csv_cells_are_reversible_through_a_file(text: str) -> None:
    """Any text comes back from a CSV file, and no cell but a number starts as a formula."""
    cell = csv_cell(text)
    file = io.StringIO()
    csv.writer(file).writerow([cell, "end"])
    read = next(csv.reader(io.StringIO(file.getvalue())))
    assert csv_text(read[0]) == text
    assert not cell.startswith(("=", "@", "\t", "\r")), cell
    assert not cell.startswith(("+", "-")) or re.fullmatch(r"[+-][\d.]+([eE][+-]?\d+)?", cell)


@given(ANY_TEXT)
def test_code_spans_hold_their_text(text: str) -> None:
    """A name can end neither its code span nor its table cell nor its line."""
    span = code_span(text)
    assert span[0] == span[-1] == "`"
    assert not set(span[1:-1]) & set("`|\n\r")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("3 of 240 planned scores are missing (1.3%; at most 2.0% may be)", True),
        ("0.27774 (invented prices) in 18.4 s", True),
        (">= 0.0123 (input price unknown)", True),
        ("@someone please look", False),
        ("see https://example.com", False),
        ("www.example.com", False),
        ("<b>bold</b>", False),
        ("[link](x)", False),
        ("a|b", False),
        (":smile:", False),
        ("`code`", False),
        ("$x$", False),
        ("#12", False),
    ],
)
def test_sentences_stay_plain_only_without_markup(text: str, plain: bool) -> None:
    """Harmless sentences read as sentences; anything that could act as markup goes into a code span."""
    assert (markdown_text(text) == text) is plain


def test_plain_tables_align_chinese_and_escape() -> None:
    """Any command's table lines up wide characters and shows hidden ones."""
    table = plain_table(["name", "prompts"], [["中文", 80], ["evil\x1b[2J", None]])
    assert table.split("\n") == [
        "name         prompts",
        "-----------  -------",
        "中文              80",
        "evil\\x1b[2J",
    ]
