"""Reply bytes to outcome, without a socket: the status table, the habits of hosts, and fuzz."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from fault_server import answer, chunk
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.gateway._sse import EventStream
from evals.gateway._wire import HostError, Reading, Unreadable, error_text, read_plain
from evals.records import RESPONSE_STATUSES

LIMIT = 100


def read(text: Any, **fields: Any) -> Reading:
    return read_plain(json.dumps(answer(text, **fields)).encode(), max_tokens=LIMIT)


FULL = {"prompt_tokens": 5, "completion_tokens": LIMIT}
TABLE: list[tuple[str, Any, dict[str, Any], tuple[str, str, str]]] = [
    ("answer", "yes", {}, ("ok", "yes", "")),
    ("no finish reason", "yes", {"finish": None}, ("ok", "yes", "")),
    ("refusal in words", "I cannot help.", {}, ("ok", "I cannot help.", "")),
    ("cut", "half an", {"finish": "length"}, ("truncated", "half an", "")),
    ("cut without text", "", {"finish": "length"}, ("truncated", "", "")),
    ("blank", " \n ", {}, ("empty", "", "")),
    ("zero width", "\u200b\ufeff\u00a0\x00 \u2060", {}, ("empty", "", "")),
    ("one dot", "\u200b.", {}, ("ok", "\u200b.", "")),
    ("null", None, {}, ("empty", "", "")),
    ("billed but empty", "", {"usage": {"completion_tokens": 5}}, ("empty", "", "")),
    ("tool call", None, {"finish": "tool_calls", "tool_calls": [{"id": "1"}]}, ("empty", "", "")),
    ("refused", None, {"refusal": "No."}, ("refused", "No.", "")),
    ("refusal null", "yes", {"refusal": None}, ("ok", "yes", "")),
    ("refusal empty", "yes", {"refusal": ""}, ("ok", "yes", "")),
    ("filtered", "half", {"finish": "content_filter"}, ("filtered", "half", "")),
    ("filtered at GLM", "", {"finish": "sensitive"}, ("filtered", "", "")),
    ("thought field", "yes", {"reasoning_content": "hm"}, ("ok", "yes", "hm")),
    ("other thought field", "yes", {"reasoning": "hm"}, ("ok", "yes", "hm")),
    ("both thought fields", "yes", {"reasoning": "hm", "reasoning_content": "hm"}, ("ok", "yes", "hm")),
    ("only thought, cut", "", {"reasoning_content": "hm", "finish": "length"}, ("truncated", "", "hm")),
    ("only thought, limit used", None, {"reasoning_content": "hm", "usage": FULL}, ("truncated", "", "hm")),
    ("only thought", None, {"reasoning_content": "hm"}, ("empty", "", "hm")),
    ("think block", "<think>\nhm\n</think>\n\nyes", {}, ("ok", "yes", "hm")),
    ("empty think block", "<think>\n\n</think>\n\nyes", {}, ("ok", "yes", "")),
    ("two think blocks", "<think>a</think> <think>b</think>yes", {}, ("ok", "yes", "a\nb")),
    ("think block only", "<think>hm</think>", {}, ("empty", "", "hm")),
    ("unclosed, cut", "<think>hm yes", {"finish": "length"}, ("truncated", "", "hm yes")),
    ("unclosed, limit used", "<think>hm yes", {"usage": FULL}, ("truncated", "", "hm yes")),
    ("unclosed", "<think>hm yes", {}, ("empty", "", "hm yes")),
    ("think later", "The tag <think>x</think> is HTML.", {}, ("ok", "The tag <think>x</think> is HTML.", "")),
    ("spaces stay", "  yes\n", {}, ("ok", "  yes\n", "")),
    ("parts", [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, "c"], {}, ("ok", "abc", "")),
    ("odd parts", [None, 3, {"type": "image_url"}, {"text": None}, {"text": "a"}], {}, ("ok", "a", "")),
    ("thinking part", [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}], {}, ("empty", "", "hm")),
    ("content a number", 42, {}, ("empty", "", "")),
    ("content an object", {"text": "a"}, {}, ("empty", "", "")),
]


@pytest.mark.parametrize(("text", "fields", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_status_table(text: Any, fields: dict[str, Any], expected: tuple[str, str, str]) -> None:
    """Each shape of an answer gets its class; thought never stands in the text."""
    reading = read(text, **fields)
    assert (reading.status, reading.text, reading.reasoning) == expected


@pytest.mark.parametrize(
    "usage",
    [{}, [], "x", {"prompt_tokens": -1}, {"prompt_tokens": 1.5}, {"prompt_tokens": True}, {"prompt_tokens": "7"}],
)
def test_odd_usage_is_unknown(usage: Any) -> None:
    """Missing, negative, fractional or textual counts are unknown, not zero and not a crash."""
    assert read("yes", usage=usage).usage.prompt_tokens is None


def test_odd_names() -> None:
    """`model` and `finish_reason` of any type or length do no harm."""
    reply = answer("yes", finish={"a": 1}) | {"model": ["x"], "system_fingerprint": "f" * 9999}
    reading = read_plain(json.dumps(reply).encode(), max_tokens=LIMIT)
    assert (reading.status, reading.served_model, reading.finish_reason) == ("ok", None, None)
    assert len(reading.fingerprint or "") == 200


def test_half_surrogates() -> None:
    """A cut emoji as some hosts send it becomes a replacement character; a pair split over two events is joined."""
    body = json.dumps(answer("a\ud83d")).encode()
    assert read_plain(body, max_tokens=LIMIT).text == "a\ufffd"
    events = EventStream()
    for half in ("\\ud83d", "\\ude00"):
        events.feed(b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n' % half.encode())
    events.feed(chunk({}, finish="stop"))
    assert events.reading(max_tokens=LIMIT).text == "😀"


@pytest.mark.parametrize(
    ("body", "status", "words", "filtered"),
    [
        ({"error": {"message": "m", "code": 429}}, 429, "m", False),
        ({"error": {"message": "m", "code": "502"}}, 502, "m (502)", False),
        ({"error": {"message": "m", "code": "insufficient_quota"}}, None, "m (insufficient_quota)", False),
        ({"error": {"message": "m", "code": "content_filter"}}, None, "m (content_filter)", True),
        ({"error": "m"}, None, "m", False),
        ({"error": {"code": [1], "status": {}}}, None, '{"code": [1], "status": {}}', False),
        ({"object": "error", "message": "m", "code": 503}, 503, "m", False),
        ({"error": [1, 2]}, None, '{"error": [1, 2]}', False),
    ],
)
def test_error_objects(body: Any, status: int | None, words: str, *, filtered: bool) -> None:
    """Errors in place of an answer are recognised in their usual shapes, with the status they name."""
    with pytest.raises(HostError) as caught:
        read_plain(json.dumps(body).encode(), max_tokens=LIMIT)
    assert (caught.value.status, str(caught.value), caught.value.filtered) == (status, words, filtered)


def test_a_stream_with_everything() -> None:
    """Thought, text, refusal, usage and names are collected from where they stand; a second choice is ignored."""
    events = EventStream()
    events.feed(chunk({"reasoning_content": "h"}) + chunk({"reasoning": "m", "content": ""}))
    assert events.started
    events.feed(chunk({"content": [{"type": "text", "text": "a"}]}) + chunk({"content": "b"}, system_fingerprint="fp"))
    events.feed(b'data: {"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "length"}]}\n\n')
    events.feed(b'id: 7\ndata: {"choices":\ndata: [{"delta": null, "finish_reason": "stop"}]}\n\n')
    events.feed(chunk(None, usage=FULL) + b"data: [DONE]\n\n: more\n\ndata: {nope\n\n")
    reading = events.reading(max_tokens=LIMIT)
    assert (reading.status, reading.text, reading.reasoning) == ("ok", "ab", "hm")
    assert (reading.usage.completion_tokens, reading.fingerprint, reading.served_model) == (LIMIT, "fp", "served-1")


def test_a_last_event_without_its_blank_line() -> None:
    """A host that forgets the blank line after the last event and `[DONE]` is still understood."""
    events = EventStream()
    events.feed(chunk({"content": "a"}) + chunk({}, finish="stop").rstrip())
    assert events.reading(max_tokens=LIMIT).text == "a"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        key: PLAIN | st.text(max_size=30)
        for key in ("content", "reasoning_content", "reasoning", "refusal", "tool_calls")
    },
)
CHOICE = st.fixed_dictionaries(
    {},
    optional={
        "index": PLAIN,
        "message": MESSAGE | PLAIN,
        "delta": MESSAGE | PLAIN,
        "finish_reason": PLAIN | st.sampled_from(["stop", "length", "content_filter", "error"]),
    },
)
REPLY = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(CHOICE | PLAIN, max_size=2) | PLAIN,
        "usage": PLAIN | st.dictionaries(st.sampled_from(["prompt_tokens", "completion_tokens"]), PLAIN),
        "model": PLAIN,
        "system_fingerprint": PLAIN,
        "error": PLAIN,
        "object": PLAIN,
    },
)


def outcome(read_it: Any) -> None:
    """Whatever was read is one of ours, and can be stored as UTF-8."""
    try:
        reading = read_it()
    except (Unreadable, HostError):
        return
    assert reading.status in RESPONSE_STATUSES
    assert reading.status != "error"
    for text in (reading.text, reading.reasoning, reading.finish_reason, reading.served_model, reading.fingerprint):
        (text or "").encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(REPLY | PLAIN)
def test_any_json_gives_an_outcome(reply: Any) -> None:
    """Any JSON at all is an outcome of ours and never a crash."""
    body = json.dumps(reply).encode()
    outcome(lambda: read_plain(body, max_tokens=LIMIT))
    assert isinstance(error_text(body), HostError)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_an_outcome(body: bytes) -> None:
    """Any bytes at all too."""
    outcome(lambda: read_plain(body, max_tokens=LIMIT))
    assert isinstance(error_text(body), HostError)


@settings(max_examples=300, deadline=None)
@given(st.lists(REPLY.map(json.dumps).map(str.encode) | st.binary(max_size=30), max_size=5), st.data())
def test_any_stream_gives_an_outcome(events: list[bytes], data: st.DataObject) -> None:
    """Streams of anything, cut anywhere, are an outcome of ours, and the same one wherever they are cut."""
    whole = b"".join(b"data: " + event + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))

    def read_in(pieces: list[bytes]) -> Any:
        collected = EventStream()
        for piece in pieces:
            collected.feed(piece)
        return collected.reading(max_tokens=LIMIT)

    def result(pieces: list[bytes]) -> Any:
        try:
            return read_in(pieces)
        except (Unreadable, HostError) as error:
            return type(error)

    edges = [0, *cuts, len(whole)]
    assert result([whole]) == result([whole[a:b] for a, b in pairwise(edges)])
    outcome(lambda: read_in([whole]))


def test_deep_nesting() -> None:
    """A hundred thousand brackets are unreadable, not a stack overflow."""
    for body in (b"[" * 100_000, b'{"error":' * 1000 + b"1" + b"}" * 1000, b'["\\ud83d"' + b",[" * 5000):
        with pytest.raises((Unreadable, HostError)):
            read_plain(body, max_tokens=LIMIT)
        assert isinstance(error_text(body), HostError)
