"""The cheapest chat-completions server that is still honest: for measuring clients, not models.

Every call has a latency that follows from what it asks (lognormal, seeded by the cell), so that two clients face the
same work in any order and the ideal schedule can be computed without them. One process, one asyncio protocol, no HTTP
library: about 40 microseconds of CPU a call, so that the client is what is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
import sys
from statistics import NormalDist

ANSWER_CHARACTERS = 1_600  # about 400 tokens
_CELL = re.compile(rb"\[cell ([0-9]+)\]")
_MODEL = re.compile(rb'"model":\s*"([^"]+)"')
_CODE = re.compile(rb'\\"code\\" is \\"([0-9a-f]{8})\\"')
_FILLER = ("The committee reviewed the schedule and noted three open points for next week. " * 40)[:ANSWER_CHARACTERS]


def latency(identity: str, median: float, sigma: float) -> float:
    """Seconds that the call with this identity takes: lognormal, the same in every process."""
    if median == 0:
        return 0.0
    share = (int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=7).digest(), "big") + 0.5) / 2**56
    return median * math.exp(sigma * NormalDist().inv_cdf(share))


def answer_identity(model: str, prompt: int) -> str:
    """Identity of an answer's call."""
    return f"{model} {prompt}"


def verdict_identity(first: str, second: str, prompt: int) -> str:
    """Identity of a verdict's call, in the order shown."""
    return f"{first} v {second} {prompt}"


class _Connection(asyncio.Protocol):
    """One kept-alive connection; requests come one at a time."""

    def __init__(self, median: float, sigma: float) -> None:
        self._median, self._sigma = median, sigma
        self._buffer = bytearray()
        self._needed = -1
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._needed < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            found = re.search(rb"(?i)content-length:\s*(\d+)", self._buffer[:end])
            self._needed = end + 4 + (int(found.group(1)) if found else 0)
        if len(self._buffer) >= self._needed:
            request = bytes(self._buffer[: self._needed])
            del self._buffer[: self._needed]
            self._needed = -1
            self._serve(request)

    def _serve(self, request: bytes) -> None:
        model = _MODEL.search(request)
        cells = _CELL.findall(request)
        assert model is not None
        code = _CODE.search(request)
        if code is None:
            prompt = int(cells[0])
            identity = answer_identity(model.group(1).decode(), prompt)
            text = f"[by {model.group(1).decode()}] [cell {prompt}] {_FILLER}"
        else:
            authors = re.findall(rb"\[by ([^\]]+)\]", request)
            identity = verdict_identity(authors[-2].decode(), authors[-1].decode(), int(cells[-1]))
            winner = "1" if hashlib.blake2b(identity.encode()).digest()[0] % 2 else "2"
            text = f'Reason. {{"winner": "{winner}", "code": "{code.group(1).decode()}"}}'
        body = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": model.group(1).decode(),
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 500, "completion_tokens": 400, "total_tokens": 900},
            }
        ).encode()
        reply = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        wait = latency(identity, self._median, self._sigma)
        asyncio.get_running_loop().call_later(wait, self._send, reply)

    def _send(self, reply: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(reply)


async def serve(median: float, sigma: float) -> None:
    """Listen on a free loopback port, print it, and serve until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(median, sigma), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), float(sys.argv[2])))
