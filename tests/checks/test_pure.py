"""Checks that only read: each type in both readings, and no text that breaks one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.checks import CheckResult, check_answer, readings
from evals.checks._pure import check_one
from evals.checks._shape import only_in
from evals.records import Prompt

P, L, F = (True, True), (False, True), (False, False)
"""Passes, passes loosely only, fails."""

SECTION = {"where": "answer_section"}

CASES: list[tuple[str, dict[str, Any], str, tuple[bool, bool]]] = [
    ("exact", {"value": "北京"}, "北京", P),
    ("exact", {"value": "北京"}, "想了想。\n答案：北京", P),
    ("exact", {"value": "北京"}, "答案是：**北京**。", L),
    ("exact", {"value": "北京"}, "**答案：** 北京", P),
    ("exact", {"value": "北京"}, "答案：南京", F),
    ("exact", {"value": "B"}, "最终答案：\\boxed{B}", P),
    ("exact", {"value": "B"}, "Final answer: b", L),
    ("exact", {"value": "B", "case": True}, "Final answer: b", F),
    ("exact", {"value": "42"}, "The answer is **42**.", L),
    ("exact", {"value": "AC"}, "答案：A、C", L),
    ("exact", {"value": "AC"}, "答案：A、B", F),
    ("exact", {"value": "你好", "where": "whole"}, "好的，以下是译文：\n\n“你好”\n\n希望对您有帮助！", L),
    ("exact", {"value": "x = 1", "where": "whole"}, "```python\nx = 1\n```", L),
    ("exact", {"value": "第一行", "where": "first_line"}, "\n第一行\n第二行", P),
    ("contains", {"all": ["周二"], **SECTION}, "周二不行。\n### 最终答案\n周一：语文\n周二：数学", P),
    ("contains", {"all": ["周二"], **SECTION}, "周二不行。\n**最终答案：**\n周一：语文", F),
    ("contains", {"all": ["周二"], **SECTION}, "最终答案：周二\n不对，再算。\n最终答案：\n周一", F),
    ("contains", {"all": ["dock B", "dock C"], **SECTION}, "**Final answer:**\n- dock B\n\n- dock C\nDone.", P),
    ("contains", {"all": ["dock B"], **SECTION}, "The final answer is dock B,\nthen dock C", P),
    ("contains", {"all": ["dock B"], **SECTION}, "dock B is out\ndock C it is", F),
    ("regex", {"pattern": r"\A周一", **SECTION}, "答：\n\n周一", P),
    ("numeric", {"value": "305"}, "一共有三百零五个。", P),
    ("numeric", {"value": "18"}, "9 * 2 = <<9*2=18>>18\n#### 18", P),
    ("numeric", {"value": "12000"}, "答案：1.2万元", P),
    ("numeric", {"value": "3/7"}, "\\boxed{\\frac{3}{7}}", P),
    ("numeric", {"value": "0.333", "tolerance": 0.001}, "答案：1/3", P),
    ("numeric", {"value": "15%"}, "答案：15", L),
    ("numeric", {"value": 42}, "共 42 元。\n\n希望对你有帮助！", L),
    ("numeric", {"value": "5"}, "答案：6", F),
    ("numeric", {"value": "5"}, "不知道", F),
    ("one_of", {"values": ["A"], "options": ["A", "B", "C", "D"]}, "【答案】A", P),
    ("one_of", {"values": ["A"], "options": ["A", "B", "C", "D"]}, "【答案】: A <eoa>", L),
    ("one_of", {"values": ["A"], "options": ["A", "B", "C", "D"]}, "答案：A 或 B", F),
    ("one_of", {"values": ["A"], "options": ["A", "B", "C", "D"]}, "答案：Apple", F),
    ("one_of", {"values": ["红色"], "options": ["红", "蓝"]}, "答案：是红色的", L),
    ("regex", {"pattern": r"^\d{4}-\d{2}-\d{2}$"}, "日期\n2026-05-01\n完", P),
    ("regex", {"pattern": r"^\d{4}$"}, "**２０２６**", L),
    ("regex", {"pattern": "abc", "flags": "i"}, "xABC", P),
    ("regex", {"pattern": "a.c", "flags": "s"}, "a\nc", P),
    ("contains", {"all": ["甲", ["乙", "丙"]]}, "甲和丙", P),
    ("contains", {"all": ["Beijing"]}, "in BEIJING", L),
    ("contains", {"any": ["x", "y"]}, "只有 z", F),
    ("contains", {"all": ["重要通知"]}, "**重要**通知", L),
    ("absent", {"values": ["however"]}, "However, no", F),
    ("absent", {"values": ["however"], "case": True}, "However, no", P),
    ("absent", {"values": ["好的"]}, "好的，以下是内容：\n正文", L),
    ("count", {"unit": "hanzi", "min": 5, "max": 5}, "春眠，不觉晓。", P),
    ("count", {"unit": "hanzi", "max": 4}, "好的，以下是标题：\n\n春暖花开", L),
    ("count", {"unit": "words", "min": 4, "max": 4}, "It's a well-known fact.", P),
    ("count", {"unit": "sentences", "min": 2, "max": 2}, "第一句。第二句！", P),
    ("count", {"unit": "sentences", "min": 1, "max": 1}, "Mr. Smith paid 3.5 dollars.", L),
    ("count", {"unit": "bullets", "min": 3, "max": 3}, "- a\n2. b\n（3）c\ntext", P),
    ("count", {"unit": "lines", "min": 2, "max": 2}, "a\n\nb", P),
    ("count", {"unit": "paragraphs", "min": 2, "max": 2}, "第一段。\n第二段。", L),
    ("count", {"unit": "characters", "min": 4, "max": 4}, "你 好，吗", P),
    ("json_fields", {"fields": {"a": 1, "b.0.c": "x"}}, '{"a": 1.0, "b": [{"c": "x"}]}', P),
    ("json_fields", {"fields": {"a": 1}}, '```json\n{"a": 1}\n```', P),
    ("json_fields", {"fields": {"a": 1}, "bare": True}, '```json\n{"a": 1}\n```', L),
    ("json_fields", {"fields": {"a": 1}}, '好的：{"a": 1}，请查收 [1]。', L),
    ("json_fields", {"fields": {"a": True}}, '{"a": 1}', F),
    ("json_fields", {"fields": {"a": 1}}, 'x {"a": 1} y {"a": 2}', F),
    ("json_fields", {"fields": {"a": 1}, "exact_keys": True}, '{"a": 1, "b": 2}', F),
    ("json_fields", {"fields": {"a": {"type": "integer"}, "b": {"len": 2}}}, '{"a": 3, "b": [1, 2]}', P),
    ("json_fields", {"fields": {"a": {"regex": "^x"}}}, '{"a": "yx"}', F),
    ("json_fields", {"fields": {"a": 1}}, '{"a": 1, "a": 2}', F),
    ("language", {"lang": "zh", "min_share": 0.9}, "全是中文 `code here`", P),
    ("language", {"lang": "en", "min_share": 0.9}, "English and 中文文字中文文字", F),
    ("language", {"lang": "en", "min_share": 0.5}, "123 !!!", F),
    ("script", {"script": "simplified"}, "皇后在后面发言", P),
    ("script", {"script": "simplified"}, "發言", F),
    ("script", {"script": "simplified", "allow": "發"}, "發言", P),
    ("script", {"script": "traditional"}, "說話的時候，他乾著杯", P),
    ("script", {"script": "traditional"}, "说話", F),
    ("width", {"width": "full"}, "你好，价格是 1,000.50 元，时间 12:30。", P),
    ("width", {"width": "full"}, "你好,世界", F),
    ("width", {"width": "full"}, "用 Node.js 写 `f(a, b)`，见 https://a.b/c?d=1。", P),
    ("width", {"width": "full"}, "他说 Hello, world 很好。", L),
    ("width", {"width": "half"}, "Hello, world.", P),
    ("width", {"width": "half"}, "“Hello” — she said.", L),
    ("width", {"width": "half"}, "Hello，world", F),
    ("starts_with", {"value": "尊敬的"}, "尊敬的客户", P),
    ("starts_with", {"values": ["Dear", "Hi"]}, "**Dear** Ms Li", L),
    ("starts_with", {"value": "Dear"}, "Hello", F),
    ("ends_with", {"value": "谢谢"}, "多谢。谢谢", P),
    ("ends_with", {"value": "谢谢"}, "谢谢。", L),
    ("ends_with", {"value": "Done", "where": "first_line"}, "done\nmore", L),
]


@pytest.mark.parametrize(("kind", "args", "text", "wanted"), CASES)
def test_check_reads_as_described(kind: str, args: dict[str, Any], text: str, wanted: tuple[bool, bool]) -> None:
    """Both readings of one check on one answer; what fails says why."""
    result = check_one({"type": kind, "args": args}, text)
    assert (result.status, result.strict, result.loose) == ("ok", *wanted), result.detail
    assert bool(result.detail) == (not result.strict)


FUZZED = list({json.dumps([kind, args], ensure_ascii=False): (kind, args) for kind, args, _, _ in CASES}.values())
ALPHABET = st.one_of(
    st.sampled_from(
        '一二三万亿分之点０９，。：“”【】答案是为好的\n\r\t \u2028\u0085`*_#{}[]":,0123456789.-/%\\$發说—①1、（）'
    ),
    st.sampled_from(
        ["```", "```json\n", "\\boxed{", "\\frac{", "####", "Answer:", "http://a.b", '{"a": ', "\ud800", "\0", "😀"]
    ),
    st.characters(),
)


@given(st.lists(ALPHABET, max_size=60).map("".join))
def test_no_text_breaks_a_check(text: str) -> None:
    """Any text gives an orderly outcome; passing as it stands implies passing when forgiven."""
    prompt = Prompt(suite="s", id="p", messages=(), checks=tuple({"type": k, "args": a} for k, a in FUZZED))
    for result in check_answer(prompt, text):
        assert result.status == "ok"
        assert result.loose is True or result.strict is False
        assert result.detail.isprintable()
        json.dumps(result.to_json(), ensure_ascii=False).encode()


@given(st.text(alphabet="春夏秋冬天地人〇㐀𠀀", max_size=50), st.text(alphabet="，。ab1 \n!（", max_size=20))
def test_hanzi_are_counted_alone(hanzi: str, rest: str) -> None:
    """Only ideographs count, rare ones too; marks, letters and digits do not."""
    args = {"unit": "hanzi", "min": len(hanzi), "max": len(hanzi)}
    assert check_one({"type": "count", "args": args}, hanzi + rest).strict


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    JSON,
    st.sampled_from(
        ["{}", "好的，结果是：{}。请查收", "```json\n{}\n```", "Here [see] it is:\n```\n{}\n```\nBye", "a ] {} ["]
    ),
)
def test_json_is_found_in_prose(value: Any, prose: str) -> None:
    """An object is read back wherever it stands."""
    text = prose.replace("{}", json.dumps({"k": value}, ensure_ascii=False))
    assert check_one({"type": "json_fields", "args": {"fields": {"k": value}}}, text).loose or _is_matcher(value)


def _is_matcher(value: Any) -> bool:
    return isinstance(value, dict)


@given(
    st.text(alphabet=sorted(only_in("traditional"))[:500], min_size=1, max_size=10), st.text("中文的是不了", max_size=9)
)
def test_traditional_characters_are_seen(other: str, common: str) -> None:
    """One character of the other script fails the check; those of both never do."""
    assert not check_one({"type": "script", "args": {"script": "simplified"}}, common + other).strict
    assert check_one({"type": "script", "args": {"script": "simplified"}}, common).strict
    assert check_one({"type": "script", "args": {"script": "traditional"}}, common + other).strict


def test_a_pattern_without_end_is_an_error() -> None:
    """Catastrophic backtracking on a hostile text ends in about a second, as an error and not as a failure."""
    began = time.monotonic()
    result = check_one({"type": "regex", "args": {"pattern": "(a|aa)+$"}}, "a" * 60 + "b")
    assert (result.status, result.strict) == ("error", None)
    assert "nested repeats" in result.detail
    assert time.monotonic() - began < 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "{",
        "[",
        "*",
        "_",
        "`",
        "```\n",
        "~",
        "\n",
        "\n\n",
        " ",
        ",",
        ".",
        "。",
        "答案",
        "\\boxed{",
        "a ",
        "#",
        "1.",
    ],
)
def test_long_texts_are_read_in_time(piece: str) -> None:
    """Two hundred thousand characters of one piece take every check together only seconds."""
    text = piece * (200_000 // len(piece))
    prompt = Prompt(
        suite="s", id="p", messages=(), checks=tuple({"type": k, "args": a} for k, a in FUZZED if k != "regex")
    )
    began = time.monotonic()
    check_answer(prompt, text)
    assert time.monotonic() - began < 20


def test_code_checks_are_unavailable_without_a_sandbox() -> None:
    """Reading alone leaves them open, in their place among the others."""
    checks = ({"type": "python_output", "args": {"value": "1"}}, {"type": "exact", "args": {"value": "1"}})
    found = check_answer(Prompt(suite="s", id="p", messages=(), checks=checks), "1")
    assert [result.status for result in found] == ["unavailable", "ok"]
    assert readings(found) == (None, None)


def test_readings_of_an_answer() -> None:
    """All must pass; a failure outweighs what is missing; nothing to check is neither."""
    good, bad = CheckResult(type="x", strict=True, loose=True), CheckResult(type="x", strict=False, loose=True)
    gone = CheckResult(type="x", status="unavailable")
    assert readings([good, good]) == (True, True)
    assert readings([good, bad]) == (False, True)
    assert readings([bad, gone]) == (False, None)
    assert readings([]) == (None, None)
