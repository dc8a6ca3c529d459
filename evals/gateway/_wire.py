"""Reply bytes to outcome: the chat-completions wire as hosts really speak it. No socket, no clock, no retry here.

Whatever the bytes, the result is a `Reading`, or `Unreadable` (the machinery's fault: try again), or `HostError` (an
error object instead of an answer); nothing else is raised.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from evals.records import ResponseStatus, Usage, shows_anything

_CUT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})
_FILTERED = frozenset({"content_filter", "content-filter", "sensitive", "safety"})
"""`sensitive` is GLM's word for its content filter."""
_BROKEN = frozenset({"error", "network_error", "insufficient_system_resource"})
"""Reasons of GLM and DeepSeek hosts that mean: the machine failed in the middle of the answer."""
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
_THINK, _THINK_END = "<think>", "</think>"
_LONGEST_NAME = 200


class Unreadable(Exception):  # noqa: N818 - an outcome, not an error of ours
    """A reply that is no answer and no error object: cut, malformed, HTML, empty."""


class HostError(Exception):
    """An error object in the place of an answer; `status` is the HTTP status it names, if any."""

    def __init__(self, message: str, *, status: int | None = None, filtered: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.filtered = filtered


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An answer as the wire had it, classed by the contract's response-status table."""

    status: ResponseStatus
    text: str
    reasoning: str
    finish_reason: str | None
    usage: Usage
    served_model: str | None
    fingerprint: str | None


@dataclass(slots=True, kw_only=True)
class Parts:
    """What a reply is made of, collected from one message or from the events of a stream."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish_reason: str | None = None
    usage: Any = None
    model: Any = None
    fingerprint: Any = None


def read_plain(body: bytes, *, max_tokens: int) -> Reading:
    """A whole JSON reply. Raises Unreadable or HostError."""
    reply = load(body)
    if not isinstance(reply, dict):
        raise Unreadable(f"the reply is not a JSON object but {type(reply).__name__}")
    raise_host_error(reply)
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Unreadable("the reply has no choices")
    message = choices[0].get("message")
    if not isinstance(message, dict):
        raise Unreadable("the reply has no message")
    parts = Parts(usage=reply.get("usage"), model=reply.get("model"), fingerprint=reply.get("system_fingerprint"))
    take_message(parts, message)
    parts.finish_reason = name(choices[0].get("finish_reason"))
    return classify(parts, max_tokens=max_tokens)


def take_message(parts: Parts, message: dict[str, Any]) -> None:
    """Add the texts of a message, or of one delta of a stream, to what is there."""
    text, thought = _content(message.get("content"))
    parts.text += text
    # hosts that send both fields send the same thought twice
    field = message.get("reasoning_content") or message.get("reasoning")
    parts.reasoning += thought + (field if isinstance(field, str) else "")
    refusal = message.get("refusal")
    if isinstance(refusal, str):
        parts.refusal += refusal


def _content(content: Any) -> tuple[str, str]:
    """The answer and the thought in a `content` field: a text, null, or a list of typed parts."""
    if isinstance(content, str):
        return content, ""
    text, thought = "", ""
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            text += part
        elif isinstance(part, dict):
            if part.get("type") in ("thinking", "reasoning"):
                inner = part.get("thinking") or part.get("reasoning") or part.get("text")
                thought += inner if isinstance(inner, str) else _joined(inner)
            elif isinstance(part.get("text"), str):
                text += part["text"]
    return text, thought


def _joined(inner: Any) -> str:
    pieces = [piece.get("text") for piece in inner if isinstance(piece, dict)] if isinstance(inner, list) else []
    return "".join(piece for piece in pieces if isinstance(piece, str))


def classify(parts: Parts, *, max_tokens: int) -> Reading:
    """The status of a complete reply. Raises Unreadable when the host says that it broke off.

    Thought without an answer is `truncated` when the token limit cut it (the host says "length", or says "stop" with
    the limit used up, as GLM does), else `empty`.
    """
    if parts.finish_reason in _BROKEN:
        raise Unreadable(f"the host broke off: finish_reason {parts.finish_reason}")
    text, thought = split_thought(whole(parts.text))
    reasoning = "\n".join(part for part in (whole(parts.reasoning), thought) if part)
    if not shows_anything(text):
        text = ""
    usage = read_usage(parts.usage)
    used_up = bool(reasoning) and not text and (usage.completion_tokens or 0) >= max_tokens
    status: ResponseStatus = "ok" if text else "empty"
    if parts.finish_reason in _FILTERED:
        status = "filtered"
    elif parts.refusal.strip():
        status = "refused"
        text = text or whole(parts.refusal)
    elif parts.finish_reason in _CUT or used_up:
        status = "truncated"
    return Reading(
        status=status,
        text=text,
        reasoning=reasoning,
        finish_reason=parts.finish_reason,
        usage=usage,
        served_model=name(parts.model),
        fingerprint=name(parts.fingerprint),
    )


def split_thought(text: str) -> tuple[str, str]:
    """Answer and thought of a text that opens with `<think>` blocks; an unclosed block is all thought."""
    thoughts = []
    while (start := text.lstrip()).startswith(_THINK):
        thought, closed, rest = start[len(_THINK) :].partition(_THINK_END)
        thoughts.append(thought.strip())
        text = rest.lstrip() if closed else ""
    return text, "\n".join(thought for thought in thoughts if thought)


def read_usage(usage: Any) -> Usage:
    """Token counts; anything but a whole number of at least 0 is unknown."""
    if not isinstance(usage, dict):
        return Usage()
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")), completion_tokens=_count(usage.get("completion_tokens"))
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def name(value: Any) -> str | None:
    """A short name from the wire, or None; never a text of any length."""
    return whole(value[:_LONGEST_NAME]) if isinstance(value, str) and value else None


def load(body: bytes) -> Any:
    """Strict JSON, UTF-8. Half surrogate escapes, which some hosts send for a cut emoji, are read, not refused."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"\\ud" in body or b"\\uD" in body:
            return _load_surrogates(body)
        raise Unreadable(_malformed(body, str(error))) from None


def _load_surrogates(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_malformed(body, str(error))) from None


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _malformed(body: bytes, reason: str) -> str:
    start = body[:200].lstrip()
    if not start:
        return "the reply is empty"
    if start[:1] == b"<":
        return f"the reply is not JSON but markup: {start[:80].decode('utf-8', 'replace')}"
    return f"malformed JSON in the reply ({reason})"


def whole(text: str) -> str:
    """The text with surrogate pairs joined and half ones replaced, so that it can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def raise_host_error(reply: dict[str, Any]) -> None:
    """Raise HostError when an object carries an error in one of the usual shapes, whatever its HTTP status was."""
    error = reply.get("error")
    if not error and (reply.get("object") != "error" or "choices" in reply):
        return
    raise host_error(reply)


def host_error(reply: Any) -> HostError:
    """The error a JSON reply describes: `{"error": {...}}`, `{"error": "text"}`, or message and code at the top."""
    error = reply.get("error") if isinstance(reply, dict) else None
    facts = error if isinstance(error, dict) else reply if isinstance(reply, dict) else {}
    message = error if isinstance(error, str) else facts.get("message") or facts.get("detail") or facts
    code = facts.get("code")
    status = next((found for key in ("status", "code") if (found := _http_status(facts.get(key)))), None)
    text = message if isinstance(message, str) else _compact(message)
    if isinstance(code, str) and code and code not in text:
        text = f"{text} ({code})"
    return HostError(text, status=status, filtered=code in _FILTER_CODES if isinstance(code, str) else False)


def _compact(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "an error object that cannot be shown"


def _http_status(value: Any) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600 else None


def error_text(body: bytes) -> HostError:
    """The error in the body of an HTTP status of 400 and more; never raises."""
    try:
        reply = load(body)
    except Unreadable:
        return HostError(body[:4000].decode("utf-8", "replace").strip())
    if isinstance(reply, dict):
        return host_error(reply)
    return HostError(reply if isinstance(reply, str) else body[:4000].decode("utf-8", "replace"))
