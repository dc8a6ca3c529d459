"""The chat-completions wire as the simulator speaks it: requests read with distrust, replies and chunks written.

Nothing here is shared with the client, so that a misreading on one side shows on the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from evals.records import SIMULATOR_FINGERPRINT
from evals.simulator._seeds import digest

_BLOCK = re.compile(
    r"<<<(QUESTION|ANSWER(?: [12])?|REFERENCE|DIMENSIONS|CRITERIA) ([0-9a-f]{32})>>>\n(.*?)\n?<<<END \1 \2>>>",
    re.DOTALL,
)
_DIMENSION = re.compile(r"^(\w+) \((-?\d+)-(-?\d+)\):", re.MULTILINE)
_CRITERION = re.compile(r"^\d+\. ", re.MULTILINE)
_TURN = re.compile(r"^\[Turn \d+\]\n", re.MULTILINE)
_NONCE = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{32}|[0-9a-f]{8})(?![0-9a-f])")
_CHUNKS = 40
JSON = "application/json"


class BadRequestError(Exception):
    """The request cannot be answered: the message goes back with status 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge is asked: question, two answers or one, and the code its verdict must carry. `again` marks a re-ask.

    One answer alone (`second` is None) is scored on `dimensions` (name, lowest, highest) or held to `criteria`, a
    number of them.
    """

    question: str
    first: str
    second: str | None
    code: str
    again: bool
    chinese: bool
    dimensions: tuple[tuple[str, int, int], ...] = ()
    criteria: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A request as read. `cell` names its content without random delimiters: equal for every attempt at it."""

    model: str
    text: str
    verdict: Verdict | None
    cell: str
    stream: bool
    include_usage: bool
    max_tokens: int | None
    seed: int
    prompt_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply before it is put into bytes. `reasoning` goes into a field of its own; `content` may be null."""

    content: str | None
    reasoning: str | None
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def count_tokens(text: str) -> int:
    """About a token for four bytes of UTF-8: three quarters of a token for a Chinese character."""
    return max(1, len(text.encode("utf-8", "surrogatepass")) // 4) if text else 0


def read_request(body: bytes) -> ChatRequest:
    """The request in a body; raises BadRequestError with what is wrong."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise BadRequestError("the body must be a JSON object")
    model, messages = data.get("model"), data.get("messages")
    if not isinstance(model, str) or not model:
        raise BadRequestError("model must be a non-empty string")
    if not isinstance(messages, list) or not messages:
        raise BadRequestError("messages must be a non-empty list")
    turns = [_turn(message, index) for index, message in enumerate(messages)]
    users = [text for role, text in turns if role == "user"]
    if not users:
        raise BadRequestError("messages must hold a user message")
    options = data.get("stream_options")
    verdict, nonces = _find_verdict(turns)
    return ChatRequest(
        model=model,
        text="\n\n".join(users),
        verdict=verdict,
        cell=_cell(data, model, turns, nonces),
        stream=data.get("stream") is True,
        include_usage=isinstance(options, dict) and options.get("include_usage") is True,
        max_tokens=_whole(data, "max_tokens") or _whole(data, "max_completion_tokens"),
        seed=_whole(data, "seed") or 0,
        prompt_tokens=sum(count_tokens(text) for _, text in turns) + 4 * len(turns),
    )


def _whole(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or (value <= 0 and name != "seed"):
        raise BadRequestError(f"{name} must be a {'' if name == 'seed' else 'positive '}whole number")
    return value


def _turn(message: Any, index: int) -> tuple[str, str]:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise BadRequestError(f"messages[{index}] must be an object with a role")
    content = message.get("content")
    if isinstance(content, str):
        return message["role"], content
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return message["role"], "\n".join(str(part.get("text", f"[{part.get('type', 'part')}]")) for part in content)
    if content is None and message["role"] == "assistant":
        return "assistant", ""
    raise BadRequestError(f"messages[{index}].content must be a string or a list of parts")


def _find_verdict(turns: list[tuple[str, str]]) -> tuple[Verdict | None, list[str]]:
    """The blocks of a judge's request. The first block gives the nonce: blocks with another are somebody's words."""
    for at, (role, text) in enumerate(turns):
        if role != "user" or "<<<" not in text:
            continue
        found = [match.groups() for match in _BLOCK.finditer(text)]
        if not found:
            continue
        nonce = found[0][1]
        blocks = {name: body for name, own, body in reversed(found) if own == nonce}
        pair = {"QUESTION", "ANSWER 1", "ANSWER 2"} <= blocks.keys()
        if pair or ({"QUESTION", "ANSWER"} <= blocks.keys() and {"DIMENSIONS", "CRITERIA"} & blocks.keys()):
            system = "".join(said for role, said in turns if role == "system") or text
            verdict = Verdict(
                question=_TURN.sub("", blocks["QUESTION"]),
                first=_last_turn(blocks["ANSWER 1" if pair else "ANSWER"]),
                second=_last_turn(blocks["ANSWER 2"]) if pair else None,
                code=nonce[:8],
                again=any(role == "assistant" for role, _ in turns[at:]),
                chinese=_mostly_chinese(system),
                dimensions=tuple(
                    (name, int(low), int(high)) for name, low, high in _DIMENSION.findall(blocks.get("DIMENSIONS", ""))
                ),
                criteria=len(_CRITERION.findall(blocks.get("CRITERIA", ""))),
            )
            return verdict, [nonce, nonce[:8]]
    return None, []


def _last_turn(answer: str) -> str:
    """What counts of a conversation is where it ends."""
    return _TURN.split(answer)[-1] if answer.startswith("[Turn 1]\n") else answer


def _mostly_chinese(text: str) -> bool:
    return 4 * sum("\u3400" <= character <= "\u9fff" for character in text[:400]) >= len(text[:400])


def _cell(data: Mapping[str, Any], model: str, turns: list[tuple[str, str]], nonces: list[str]) -> str:
    parts = [model, data.get("max_tokens"), data.get("temperature"), data.get("seed")]
    for role, text in turns:
        plain = text
        for nonce in nonces:
            plain = plain.replace(nonce, "")
        parts += [role, plain if nonces else _NONCE.sub("", plain) if "<<<" in plain else plain]
    return digest(*parts)


# ------------------------------------------------------------------------------------------- replies
def completion_body(request: ChatRequest, reply: Reply, created: int) -> bytes:
    """A plain reply."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.reasoning is not None:
        message["reasoning_content"] = reply.reasoning
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}
    return orjson.dumps(
        _head(request, created, "chat.completion") | {"choices": [choice], "usage": _usage(reply)},
    )


def empty_choices_body(request: ChatRequest, created: int) -> bytes:
    """A reply without a choice, as some gateways send it."""
    return orjson.dumps(_head(request, created, "chat.completion") | {"choices": [], "usage": None})


def error_response(
    status: int,
    message: str,
    kind: str,
    code: str | int | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An error in the form all clients know."""
    body = orjson.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})
    return web.Response(status=status, body=body, content_type=JSON, headers=headers)


def stream_events(request: ChatRequest, reply: Reply, created: int) -> Iterator[bytes]:
    """The events of a streamed reply, thought first; usage comes in the last one before `[DONE]`."""
    head = _head(request, created, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return b"data: " + orjson.dumps({**head, "choices": [choice], **more}) + b"\n\n"

    yield event({"role": "assistant", "content": ""})
    for field, text in (("reasoning_content", reply.reasoning), ("content", reply.content)):
        step = max(4, -(-len(text or "") // _CHUNKS))
        for start in range(0, len(text or ""), step):
            yield event({field: (text or "")[start : start + step]})
    if request.include_usage:
        yield event({}, reply.finish_reason)
        yield b"data: " + orjson.dumps({**head, "choices": [], "usage": _usage(reply)}) + b"\n\n"
    else:
        yield event({}, reply.finish_reason, usage=_usage(reply))
    yield b"data: [DONE]\n\n"


def _head(request: ChatRequest, created: int, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{request.cell}",
        "object": kind,
        "created": created,
        "model": request.model,
        "system_fingerprint": SIMULATOR_FINGERPRINT,
    }


def _usage(reply: Reply) -> dict[str, int]:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": reply.prompt_tokens + reply.completion_tokens,
    }
