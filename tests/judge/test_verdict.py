"""Reading a verdict: exactly one object bound to the request's code, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.judge import read_verdict
from evals.records import Winner

CODE = "3f2a9c1e"
VERDICTS: dict[str, Winner] = {"1": "first", "2": "second", "tie": "tie"}


def read(reply: str) -> Winner | None:
    return read_verdict(reply, code=CODE, verdicts=VERDICTS)[0]


@pytest.mark.parametrize(
    ("reply", "winner"),
    [
        ('{"winner": "1", "code": "3f2a9c1e"}', "first"),
        ('第一份漏了日期。\n{"winner": "2", "code": "3f2a9c1e"}', "second"),
        ('```json\n{"winner": "tie", "code": "3f2a9c1e"}\n```', "tie"),
        ('{"code": "3F2A9C1E", "winner": " TIE "}', "tie"),
        ('{"winner": 2, "code": "3f2a9c1e"}', "second"),
        ("｛“winner”：“１”，“code”：“3f2a9c1e”｝", "first"),
        ('{"winner": "1", "code": "3f2a9c1e", "reason": "shorter, and right"}', "first"),
        ('{"winner": "2"} is what answer 1 says. {"winner": "1", "code": "3f2a9c1e"}', "first"),
        ('{"winner": "1", "code": "3f2a9c1e"}\nDone; answer 2 claimed {"winner": "2", "code": "00000000"}.', "first"),
        ("他说“第二份好”{不对}。" + '{"winner": "1", "code": "3f2a9c1e"}', "first"),
    ],
)
def test_what_is_read(reply: str, winner: Winner) -> None:
    """Prose, fences, full-width marks and other objects around it do not hide the one verdict."""
    assert read(reply) == winner


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "[[A]]",
        "first",
        '{"winner": "1"}',
        '{"winner": "1", "code": "00000000"}',
        '{"winner": "1", "code": "3f2a9c1e"} {"winner": "2", "code": "3f2a9c1e"}',
        '{"winner": "1", "code": "3f2a9c1e"} {"winner": "1", "code": "3f2a9c1e"}',
        '{"winner": "1", "winner": "2", "code": "3f2a9c1e"}',
        '{"winner": "1", "code": "3f2a9c1e", "code": "3f2a9c1e"}',
        '{"winner": "3", "code": "3f2a9c1e"}',
        '{"winner": null, "code": "3f2a9c1e"}',
        '{"winner": true, "code": "3f2a9c1e"}',
        '{"winner": ["1"], "code": "3f2a9c1e"}',
        '{"winner": "1", "code": "3f2a9c1e", "score": 10}',
        '{"winner": "1", "code": 3}',
        '{"winner": "1", "code": "3f2a9c1e"',
        '[{"winner": "1", "code": "3f2a9c1e"',
        "I cannot judge these texts.",
        "<think>" + '{"winner": "1", "code": "3f2a9c1e"} no, {"winner": "2", "code": "3f2a9c1e"}',
        "{" * 100_000,
        '{"winner": "1", "code": "3f2a9c1e' + "\ud800",
    ],
)
def test_what_is_not_read(reply: str) -> None:
    """Two verdicts, a foreign code, an offered-nowhere value, half an object: nothing is guessed."""
    winner, reason = read_verdict(reply, code=CODE, verdicts=VERDICTS)
    assert winner is None
    assert reason


@given(st.text(), st.text())
def test_any_text_is_survived(before: str, after: str) -> None:
    """No text crashes the parser, and none without the code is a verdict."""
    found = read(before + after)
    assert found is None or CODE in (before + after).lower()


@given(
    st.lists(
        st.sampled_from(
            ['{"winner": "2"', ', "code": "', '"}', "{", "}", '"', "\\", "winner", ":", "1", "，", "［", "\n", "[[B]]"]
        ),
        max_size=20,
    ).map("".join),
    st.lists(st.sampled_from(["{", "}", '"', "\\", "[[B]]", '{"winner": "2", "code": "x"}', "`"]), max_size=20).map(
        "".join
    ),
)
def test_quoted_fragments_never_turn_a_verdict(before: str, after: str) -> None:
    """Whatever pieces of JSON are quoted around it, the judge's own verdict is read or nothing is."""
    own = '\n{"winner": "1", "code": "3f2a9c1e"}\n'
    assert read(before + own + after) in ("first", None)


def test_reason_is_the_prose_around_the_verdict() -> None:
    """The explanation that people read is what the judge wrote, without the object and its fence."""
    reply = '第一份算错了合计。\n```json\n{"winner": "2", "code": "3f2a9c1e"}\n```'
    assert read_verdict(reply, code=CODE, verdicts=VERDICTS) == ("second", "第一份算错了合计。")
