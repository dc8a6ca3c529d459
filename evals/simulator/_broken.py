"""The retryable faults, as they happen on the wire. Each takes the gateway, the request and what it asks."""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiohttp import web

from evals.simulator._seeds import uniform
from evals.simulator._wire import JSON, ChatRequest, Reply, completion_body, empty_choices_body, error_response
from evals.simulator._wire import stream_events as events_of

if TYPE_CHECKING:
    from evals.simulator._server import Gateway

DRIP_S = 0.25
_HTML = "<html><body><h1>Welcome</h1>Please sign in to continue.</body></html>"
Fault = Callable[["Gateway", web.BaseRequest, ChatRequest], Awaitable[web.StreamResponse]]


async def _rate_limit(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    del request
    seconds = gateway.faults.retry_after_s
    plain = str(math.ceil(seconds)) if seconds >= 1 else f"{seconds:g}"
    forms: tuple[dict[str, str], ...] = (
        {"Retry-After": plain},
        {"Retry-After": formatdate(math.floor(gateway.clock() + seconds), usegmt=True)},
        {"retry-after-ms": str(math.ceil(seconds * 1000))},
        {"llm_provider-retry-after": plain},
        {},
    )
    form = forms[int(_draw(gateway, "retry-after", chat) * len(forms))]
    return error_response(429, "rate limit reached", "rate_limit_error", "rate_limit_exceeded", headers=form)


async def _server_error(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    del request
    status = (500, 502, 503, 529)[int(_draw(gateway, "status", chat) * 4)]
    return error_response(status, "the model is overloaded", "server_error", status)


def _draw(gateway: Gateway, name: str, chat: ChatRequest) -> float:
    return uniform(name, gateway.faults.seed, chat.cell, gateway.stats.attempts[chat.cell])


async def _half(gateway: Gateway, chat: ChatRequest) -> Reply:
    """The reply that will not arrive, after half its time."""
    reply = gateway.reply(chat)
    await gateway.sleep(gateway.latency(chat, reply) / 2)
    return reply


async def _reset_before(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    await _half(gateway, chat)
    return _reset(request)


async def _reset_mid(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    body = completion_body(chat, await _half(gateway, chat), int(gateway.clock()))
    _write(request, _head(f"Content-Length: {len(body)}") + body[: len(body) // 2])
    await gateway.sleep(0.01)  # the half must leave before the reset discards what is unsent
    return _reset(request)


async def _truncated_body(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    body = completion_body(chat, await _half(gateway, chat), int(gateway.clock()))
    _write(request, _head(f"Content-Length: {len(body)}") + body[: len(body) // 2])
    return _close(request)


async def _truncated_stream(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    if chat.stream:
        reply = gateway.reply(chat)
        return await gateway.stream(request, chat, reply, gateway.latency(chat, reply), whole=False)
    body = completion_body(chat, await _half(gateway, chat), int(gateway.clock()))
    half = body[: len(body) // 2]
    _write(request, _head("Transfer-Encoding: chunked") + f"{len(half):x}\r\n".encode() + half + b"\r\n")
    return _close(request)


async def _malformed_json(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    del request
    reply = await _half(gateway, chat)
    if chat.stream:
        event = next(events_of(chat, reply, int(gateway.clock())))
        return web.Response(body=event.rstrip()[:-7] + b"\n\ndata: [DONE]\n\n", content_type="text/event-stream")
    body = completion_body(chat, reply, int(gateway.clock()))
    return web.Response(body=body[: len(body) * 2 // 3], content_type=JSON)


async def _empty_choices(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    del request
    await _half(gateway, chat)
    body = empty_choices_body(chat, int(gateway.clock()))
    if chat.stream:
        return web.Response(body=b"data: " + body + b"\n\ndata: [DONE]\n\n", content_type="text/event-stream")
    return web.Response(body=body, content_type=JSON)


async def _html(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    del request
    await _half(gateway, chat)
    return web.Response(text=_HTML, content_type="text/html")


async def _slow_drip(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    body = completion_body(chat, await _half(gateway, chat), int(gateway.clock()))
    for byte in _head(f"Content-Length: {len(body)}") + body:
        if not _write(request, bytes([byte])):
            break
        await gateway.sleep(DRIP_S)
    return _reset(request)


async def _hang(gateway: Gateway, request: web.BaseRequest, chat: ChatRequest) -> web.StreamResponse:
    del chat
    while request.transport is not None and not request.transport.is_closing():
        await gateway.sleep(0.5)
    return web.Response()


FAULTS: dict[str, Fault] = {
    "rate_limit": _rate_limit,
    "server_error": _server_error,
    "reset_before": _reset_before,
    "reset_mid": _reset_mid,
    "truncated_body": _truncated_body,
    "truncated_stream": _truncated_stream,
    "malformed_json": _malformed_json,
    "empty_choices": _empty_choices,
    "html": _html,
    "slow_drip": _slow_drip,
    "hang": _hang,
}


def _head(framing: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n{framing}\r\n\r\n".encode()


def _write(request: web.BaseRequest, data: bytes) -> bool:
    """Write past the server's own framing; False when the client has gone."""
    transport = request.transport
    if transport is None or transport.is_closing():
        return False
    transport.write(data)
    return True


def _close(request: web.BaseRequest) -> web.Response:
    """End the connection in order (FIN); the response given back finds no connection and is dropped."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _reset(request: web.BaseRequest) -> web.Response:
    """End the connection with RST; the response given back finds no connection and is dropped."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
