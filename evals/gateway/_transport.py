"""One origin, one key, one pool of connections: bytes out, bytes in. No policy beyond what keeps the caller safe.

The `openai` package's own aiohttp client does the sending. The package's request building stays out of the way: it
would transform the messages again, take headers from the environment, guess at encodings and wrap the body of a failure
into its exceptions. Sending the finished request directly costs about 0.6 of the processor time (`bench/pipeline.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import httpx2
import openai

from evals import __version__
from evals.gateway._sse import EventStream
from evals.records import UsageError

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
        self._headers = httpx2.Headers(
            {
                "Accept": "application/json, text/event-stream",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "User-Agent": f"routing-evals/{__version__}",
                **({"Authorization": f"Bearer {api_key}"} if api_key else {}),
            }
        )
        try:
            self._url = httpx2.URL(base_url.rstrip("/") + "/chat/completions")
        except httpx2.InvalidURL as error:
            raise UsageError(f"no base URL of a gateway: {error}") from None
        self._max_bytes = max_bytes
        self._clock = clock
        self._client = openai.DefaultAioHttpClient(
            limits=httpx2.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=_KEEPALIVE_S,
            ),
            timeout=httpx2.Timeout(None, connect=_CONNECT_S),
            trust_env=trust_env,
            verify=verify,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, payload: bytes, *, stream: bool) -> Reply:
        """One request, any HTTP status. Raises SendFailed; HostError or Unreadable while a stream is read."""
        try:
            started = self._clock()
            request = httpx2.Request("POST", self._url, headers=self._headers, content=payload)
            response = await self._client.send(request, stream=True)
            try:
                self._guard(response.headers)
                if stream and response.status_code < 300 and "json" not in response.headers.get("content-type", ""):
                    return await self._read_events(response, started)
                return Reply(status=response.status_code, headers=response.headers, body=await self._body(response))
            finally:
                await response.aclose()
        except _Refused as error:
            raise SendFailed(str(error), sent=True) from None
        except _FAULTS as error:
            raise _send_failed(error) from None

    def _guard(self, headers: Mapping[str, str]) -> None:
        encoding = headers.get("content-encoding")
        if encoding and encoding.lower() != "identity":
            raise _Refused(f"the reply is compressed ({encoding[:40]}) although that was not asked for")
        if int(headers.get("content-length") or 0) > self._max_bytes:
            raise self._too_long()

    async def _body(self, response: httpx2.Response) -> bytes:
        chunks, length = [], 0
        async for chunk in response.aiter_raw():
            length += len(chunk)
            if length > self._max_bytes:
                raise self._too_long()
            chunks.append(chunk)
        return b"".join(chunks)

    async def _read_events(self, response: httpx2.Response, started: float) -> Reply:
        events, ttft_s, length = EventStream(), None, 0
        chunks = response.aiter_raw()
        async for chunk in chunks:
            length += len(chunk)
            if length > self._max_bytes:
                raise self._too_long()
            events.feed(chunk)
            if ttft_s is None and events.started:
                ttft_s = self._clock() - started
            if events.done:
                with contextlib.suppress(TimeoutError, *_FAULTS):
                    async with asyncio.timeout(_LAST_BYTES_S):
                        await anext(chunks, None)
                break
        return Reply(status=response.status_code, headers=response.headers, events=events, ttft_s=ttft_s)

    def _too_long(self) -> _Refused:
        return _Refused(f"the reply is longer than the limit of {_size(self._max_bytes)}")


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
