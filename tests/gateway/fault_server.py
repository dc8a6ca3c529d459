"""A raw-socket HTTP server that answers each request as its script says. It shares no code with `evals`.

A *reply* is an async function of the open connection; helpers below make the usual ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """One request as it arrived; `at` in seconds of the event loop's clock."""

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    prompt: str = ""


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]
Script = Callable[[Seen], Reply]


@dataclass
class FaultServer:
    """Listens on loopback while its `async with` lasts; remembers every request and the most in flight at once."""

    script: Script
    seen: list[Seen] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0
    connections: int = 0
    url: str = ""

    async def __aenter__(self) -> FaultServer:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**22)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.is_closing():
                    await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))) or b"{}")
        messages = body.get("messages") or [{}]
        seen = Seen(
            number=len(self.seen),
            path=head[0].split(" ")[1],
            headers=headers,
            body=body,
            at=asyncio.get_running_loop().time(),
            prompt=str(messages[-1].get("content")),
        )
        self.seen.append(seen)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await self.script(seen)(writer)
        finally:
            self.in_flight -= 1


# ------------------------------------------------------------------------------------------------ bodies
def answer(text: Any = "an answer", *, finish: Any = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    """A chat completion; further fields go into the message."""
    return {
        "id": "c",
        "object": "chat.completion",
        "model": "served-1",
        "system_fingerprint": "fp-1",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5} if usage is None else usage,
    }


def chunk(delta: dict[str, Any] | None = None, *, finish: Any = None, **top: Any) -> bytes:
    """One event of a stream."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    event = {"object": "chat.completion.chunk", "model": "served-1", "choices": choices, **top}
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


# ------------------------------------------------------------------------------------------------ replies
def raw(data: bytes, *, close: bool = False, delay: float = 0.0) -> Reply:
    """Exactly these bytes."""

    async def send(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(delay)
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return send


def http(status: int, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """A whole HTTP/1.1 response."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Because\r\n{head}\r\n".encode() + body


def good(text: Any = "an answer", *, delay: float = 0.0, **fields: Any) -> Reply:
    """A plain good answer."""
    return raw(http(200, json.dumps(answer(text, **fields), ensure_ascii=False).encode()), delay=delay)


def status(number: int, message: str = "no", headers: dict[str, str] | None = None, **error: Any) -> Reply:
    """An HTTP error with the usual body."""
    return raw(http(number, json.dumps({"error": {"message": message, **error}}).encode(), headers))


def body(data: bytes, headers: dict[str, str] | None = None) -> Reply:
    """HTTP 200 with any bytes."""
    return raw(http(200, data, headers))


def stream(*pieces: bytes, pause: float = 0.0, end: bool = True) -> Reply:
    """Chunked server-sent events, one HTTP chunk a piece; without `end` the connection is cut."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(pause)
        if end:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        else:
            writer.close()

    return send


def forever(start: bytes, piece: bytes, *, every: float) -> Reply:
    """Bytes without an end."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)

    return send


def reset(data: bytes = b"") -> Reply:
    """Some bytes, then a TCP reset."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.transport.abort()

    return send


async def hang(writer: asyncio.StreamWriter) -> None:
    """Nothing, until the client goes away."""
    while not writer.transport.is_closing():  # noqa: ASYNC110 - a transport has no event for it
        await asyncio.sleep(0.02)


def in_turn(*replies: Reply) -> Script:
    """The replies one after the other; the last one for ever."""
    return lambda seen: replies[min(seen.number, len(replies) - 1)]


def per_prompt(choose: Callable[[str, int], Reply]) -> Script:
    """By prompt and by how often that prompt has been asked before."""
    counts: dict[str, int] = {}

    def script(seen: Seen) -> Reply:
        attempt = counts.get(seen.prompt, 0)
        counts[seen.prompt] = attempt + 1
        return choose(seen.prompt, attempt)

    return script
