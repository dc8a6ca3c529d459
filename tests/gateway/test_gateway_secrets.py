"""Keys: where they go, and where they must never be seen."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from typing import Any
from urllib.parse import quote

import pytest
from fault_server import FaultServer, Reply, body, good, http, in_turn, raw, status
from helpers_gateway import KEY, QUICK, call, endpoint, one_call, run
from hypothesis import given
from hypothesis import strategies as st

from evals.gateway import Gateway
from evals.gateway._redact import Redactor, url_secrets, visible

FORMS = {
    "plain": KEY,
    "url": quote(KEY, safe=""),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 of the header": base64.b64encode(f"Bearer {KEY}".encode()).decode(),
    "url-safe base64": base64.urlsafe_b64encode(f"xx{KEY}yy".encode()).decode(),
    "last eight": f"...{KEY[-8:]}",
    "json": json.dumps(KEY)[1:-1].replace("/", "\\/"),
}


def leaks(text: str) -> bool:
    """True when a text shows the key in any of the forms looked for."""
    plain = text.replace("\\/", "/")
    inner = base64.b64encode(KEY.encode()).decode()[4:-8]
    return any(form in plain for form in (KEY, KEY[-8:], quote(KEY, safe=""), inner))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("code", [401, 400, 500])
def test_an_error_that_echoes_the_key(form: str, code: int, caplog: pytest.LogCaptureFixture) -> None:
    """However a host echoes the key in an error, the record, the progress and the log do not show it."""
    with caplog.at_level(logging.DEBUG):
        completion, _, _ = one_call(in_turn(status(code, f"bad key {FORMS[form]}!")))
    assert completion.status == "error"
    assert "bad key" in completion.error
    assert not leaks(repr(completion)), completion.error
    assert not leaks(caplog.text)


def test_an_answer_that_echoes_the_key() -> None:
    """A model's text with the key in it loses the key and nothing else."""
    completion, _, _ = one_call(in_turn(good(f"a {KEY} b", reasoning_content=f"x{KEY}")))
    assert (completion.text, completion.reasoning) == ("a [key] b", "x[key]")


def test_nothing_shows_the_key(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the gateway nor its parts show the key in their repr, and the package's debug log does not either."""

    async def work() -> str:
        async with FaultServer(in_turn(good())) as server:
            made = endpoint(server.url)
            async with Gateway({"m": made}, concurrency=2) as gateway:
                await call(gateway)
                transport = gateway._by_name["m"]
                shown = [gateway, gateway.progress, gateway.totals, transport, transport._client, made]
                return " ".join(map(repr, shown)) + repr(vars(transport._client))

    with caplog.at_level(logging.DEBUG):
        shown = run(work)
    assert not leaks(shown)
    assert not leaks(caplog.text)


def test_the_key_is_sent_as_it_is_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint's key is the only credential on the wire; nothing comes from the environment."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "ambient-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: ambient-secret\nAuthorization: ambient-secret")
    for key, expected in ((KEY, f"Bearer {KEY}"), (None, None)):
        _, server, _ = one_call(in_turn(good()), key=key)
        headers = server.seen[0].headers
        assert headers.get("authorization") == expected
        assert "ambient-secret" not in str(headers)
        assert not any(name.startswith(("x-stainless", "openai-")) for name in headers)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(code: int) -> None:
    """A redirect is an error, within the origin and beyond: the key never travels on."""

    async def work() -> Any:
        async with FaultServer(in_turn(good())) as other, FaultServer(lambda _: redirect()) as server:
            targets = iter([f"{other.url}/chat/completions", "/v1/elsewhere", f"//{other.url[7:]}/x", "gopher://x"])

            def redirect() -> Reply:
                return raw(http(code, b"", {"Location": next(targets)}))

            async with Gateway({"m": endpoint(server.url)}, concurrency=1, retry=QUICK) as gateway:
                return [await call(gateway) for _ in range(4)], len(other.seen), len(server.seen)

    completions, elsewhere, here = run(work)
    assert (elsewhere, here) == (0, 4)
    assert all(c.status == "error" and "redirects are not followed" in c.error for c in completions)


@pytest.mark.parametrize("trust_env", [False, True])
def test_a_proxy_only_when_asked_for(monkeypatch: pytest.MonkeyPatch, *, trust_env: bool) -> None:
    """Proxy variables of the environment are ignored unless they are asked for."""

    async def work() -> tuple[int, int]:
        async with FaultServer(in_turn(good())) as proxy, FaultServer(in_turn(good())) as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
            async with Gateway({"m": endpoint(server.url)}, concurrency=1, trust_env=trust_env) as gateway:
                assert (await call(gateway)).status == "ok"
            return len(proxy.seen), len(server.seen)

    assert run(work) == ((1, 0) if trust_env else (0, 1))


def test_two_keys_at_one_address_stay_apart() -> None:
    """Models with different keys at the same base URL each send their own, and both are hidden from all errors."""

    async def work() -> Any:
        second = "sk-another-9876543210"
        script = in_turn(status(401, f"{KEY} and {second}"))
        async with FaultServer(script) as server:
            made = {"a": endpoint(server.url, "a"), "b": endpoint(server.url, "b", key=second)}
            async with Gateway(made, concurrency=2) as gateway:
                errors = [(await call(gateway, name=name)).error for name in "ab"]
            return errors, [seen.headers["authorization"] for seen in server.seen], second

    errors, sent, second = run(work)
    assert sent == [f"Bearer {KEY}", f"Bearer {second}"]
    assert all(error.endswith("[key] and [key]") for error in errors)


def test_error_texts_are_short_and_printable() -> None:
    """A host's error text is cut and its control characters are made visible."""
    nasty = "\x1b[31mred\x1b]8;;http://x\x07 \r\n\u202eback\u0085 " + "long " * 500
    completion, _, _ = one_call(in_turn(status(400, nasty)))
    assert len(completion.error) < 400
    assert completion.error.isprintable()
    assert "\\x1b[31mred" in completion.error
    completion, _, _ = one_call(in_turn(body(b"<html>\x1b[2J</html>")))
    assert completion.error.isprintable()


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=12, max_size=60), st.text())
def test_no_form_of_any_key_survives(key: str, around: str) -> None:
    """Whatever the key looks like, its plain, URL and base64 forms are gone, wherever they stood."""
    redactor = Redactor([key])
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + key.encode() + b"yz").decode()
        assert encoded[4:-8] not in redactor.error(f"a {encoded} b") or len(encoded) < 20
    shown = redactor.error(f"{key} {quote(key)}", limit=10_000)
    assert key not in shown
    assert redactor.answer(f"{around} {key}").count(key) == 0


def test_small_parts() -> None:
    """Very short keys are left alone, passwords in URLs are secrets, odd characters become visible."""
    assert Redactor(["k", ""]).error("kkk") == "kkk"
    assert url_secrets("http://user:p%40ss@host/v1") == ("p%40ss", "p@ss", "user", "user")
    assert url_secrets("http://[bad") == ()
    assert visible("a\x00\ud800\u200bé汉") == "a\\x00\\ud800\\u200bé汉"


def test_cancelled_calls_leave_nothing_behind() -> None:
    """Ctrl-C in the middle: slots come back, nothing keeps running, the next call works."""

    async def work() -> None:
        async with FaultServer(lambda seen: good(delay=0.0 if seen.prompt == "after" else 5.0)) as server:
            made = {"m": endpoint(server.url)}
            async with Gateway(made, concurrency=3) as gateway:
                tasks = [asyncio.create_task(call(gateway)) for _ in range(9)]
                await asyncio.sleep(0.1)
                assert gateway.progress["m"].in_flight == 3
                for task in tasks:
                    task.cancel()
                assert all(
                    isinstance(r, asyncio.CancelledError) for r in await asyncio.gather(*tasks, return_exceptions=True)
                )
                facts = gateway.progress["m"]
                assert (facts.in_flight, facts.waiting, gateway.totals.unknown_outcomes) == (0, 0, 3)
                assert (await call(gateway, "after")).status == "ok"

    run(work)


def test_calls_left_running_end_with_the_gateway() -> None:
    """Leaving the `async with` block ends calls that wait or are in flight as errors, not as crashes."""

    async def work() -> Any:
        async with FaultServer(lambda _: good(delay=5.0)) as server:
            async with Gateway({"m": endpoint(server.url)}, concurrency=2, retry=QUICK) as gateway:
                tasks = [asyncio.create_task(call(gateway)) for _ in range(6)]
                await asyncio.sleep(0.1)
            return await asyncio.gather(*tasks)

    assert {(c.status, "closed" in c.error) for c in run(work)} == {("error", True)}
