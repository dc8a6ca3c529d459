"""One origin, one key, one pool of connections: bytes out, bytes in. No policy beyond what keeps the caller safe.

The `openai` client does the sending over its aiohttp transport, by its untyped path (`post(..., cast_to=Response)`),
which skips the costly transform of messages. It is told nothing it does not need: the key is put on at the last
moment by a hook here, which also drops every header the package would take from the environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx2
import openai

from evals import __version__
from evals.gateway._sse import EventStream

_CONNECT_S = 30.0
_KEEPALIVE_S = 60.0
_LAST_BYTES_S = 0.1
"""How long the end of a stream is awaited after `[DONE]`, so that its connection can be used again."""
_FAULTS = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, ValueError)
_CONNECTING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_CERTIFICATE = (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)


class SendFailed(Exception):  # noqa: N818 - an outcome of one attempt
    """No reply could be had. `sent`: the host may have worked for us; `final`: another try would end the same way."""

    def __init__(self, message: str, *, sent: bool, final: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.final = final


class _Refused(Exception):  # noqa: N818
    """A reply that is not read any further."""


class _OtherStatus(Exception):  # noqa: N818
    """A whole reply whose status is not a success."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `events` is set in place of `body` for a stream; `ttft_s` runs from the start of the request."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    events: EventStream | None = field(default=None, repr=False)
    ttft_s: float | None = None


class Transport:
    """Sends chat requests to one base URL with one key (or none). Close it with `aclose`.

    Never follows redirects, takes no proxy and no other setting from the environment unless `trust_env`, asks for
    uncompressed replies and refuses others, and stops reading at `max_bytes`.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str | None,
        connections: int,
        max_bytes: int,
        trust_env: bool,
        verify: ssl.SSLContext,
        clock: Callable[[], float],
    ) -> None:
        headers = httpx2.Headers(
            {
                "Accept": "application/json, text/event-stream",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "User-Agent": f"routing-evals/{__version__}",
                **({"Authorization": f"Bearer {api_key}"} if api_key else {}),
            }
        )

        async def set_headers(request: httpx2.Request) -> None:
            request.headers = headers

        async def guard_body(response: httpx2.Response) -> None:
            encoding = response.headers.get("content-encoding")
            if encoding and encoding.lower() != "identity":
                raise _Refused(f"the reply is compressed ({encoding[:40]}) although that was not asked for")
            if int(response.headers.get("content-length") or 0) > max_bytes:
                raise _Refused(f"the reply is longer than the limit of {_size(max_bytes)}")
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _Capped(response.stream, max_bytes)
            if response.status_code >= 300:
                # read here, because the package would guess at encodings and put the body into its own exceptions
                body = b"".join([chunk async for chunk in response.aiter_raw()])
                raise _OtherStatus(Reply(status=response.status_code, headers=response.headers, body=body))

        self._clock = clock
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key="set by a hook",
            max_retries=0,
            timeout=httpx2.Timeout(None, connect=_CONNECT_S),
            http_client=openai.DefaultAioHttpClient(
                limits=httpx2.Limits(
                    max_connections=connections,
                    max_keepalive_connections=connections,
                    keepalive_expiry=_KEEPALIVE_S,
                ),
                timeout=httpx2.Timeout(None, connect=_CONNECT_S),
                trust_env=trust_env,
                verify=verify,
                follow_redirects=False,
                event_hooks={"request": [set_headers], "response": [guard_body]},
            ),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def send(self, payload: bytes, *, stream: bool) -> Reply:
        """One request, any HTTP status. Raises SendFailed; HostError or Unreadable while a stream is read."""
        try:
            if stream:
                return await self._send_stream(payload)
            response = await self._client.post("/chat/completions", content=payload, cast_to=httpx2.Response)
            return Reply(status=response.status_code, headers=response.headers, body=response.content)
        except _OtherStatus as other:
            return other.reply
        except _Refused as error:
            raise SendFailed(str(error), sent=True) from None
        except _FAULTS as error:
            raise _send_failed(error) from None

    async def _send_stream(self, payload: bytes) -> Reply:
        started = self._clock()
        # typed as a stream of events, but `cast_to` makes it the raw response, not yet read
        raw: Any = await self._client.post(
            "/chat/completions",
            content=payload,
            cast_to=httpx2.Response,
            stream=True,
            stream_cls=openai.AsyncStream[Any],
        )
        response: httpx2.Response = raw
        try:
            if "json" in response.headers.get("content-type", ""):
                return Reply(status=response.status_code, headers=response.headers, body=await response.aread())
            events, ttft_s = EventStream(), None
            chunks = response.aiter_raw()
            async for chunk in chunks:
                events.feed(chunk)
                if ttft_s is None and events.started:
                    ttft_s = self._clock() - started
                if events.done:
                    with contextlib.suppress(TimeoutError, *_FAULTS):
                        async with asyncio.timeout(_LAST_BYTES_S):
                            await anext(chunks, None)
                    break
            return Reply(status=response.status_code, headers=response.headers, events=events, ttft_s=ttft_s)
        finally:
            await response.aclose()


class _Capped(httpx2.AsyncByteStream):
    """A body that may not grow beyond a limit, whatever its headers say."""

    def __init__(self, stream: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._max_bytes
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise _Refused(f"the reply is longer than the limit of {_size(self._max_bytes)}")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _send_failed(error: BaseException) -> SendFailed:
    """What went wrong, in words, from the innermost cause; the types are aiohttp's, wrapped twice on the way."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 8:
        chain.append(cause)
    words = next((str(link) for link in reversed(chain) if str(link)), "") or type(chain[-1]).__name__
    for link in chain:
        if isinstance(link, _CERTIFICATE):
            return SendFailed(f"no trusted connection: {words}", sent=False, final=True)
        if isinstance(link, _CONNECTING):
            return SendFailed(f"no connection: {words}", sent=False)
    return SendFailed(f"connection lost: {words}", sent=True)


def shared_context(*, trust_env: bool) -> ssl.SSLContext:
    """One TLS context for all transports; making it reads the certificate store, which takes tens of milliseconds."""
    return httpx2.create_ssl_context(trust_env=trust_env)


def _size(count: int) -> str:
    return f"{count / 2**20:g} MiB" if count >= 2**20 else f"{count} bytes"
