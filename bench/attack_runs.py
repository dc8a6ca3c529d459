"""Whole runs by the command line against a hostile loopback gateway: the simulator's, with attackers and led judges.

Which judge it is says its name: `honest-judge` is the simulator's own; `obeying-judge` gives the win to any answer that
claims it, closes the matter or merely opens like a solution; `placing-judge` prefers what it is shown first. Candidates
called `attacker-…` answer with their attack. The bodies of all judge requests are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from evals.cli import main as evals_main
from evals.library import load_suite
from evals.simulator import JudgeTraits, World
from evals.simulator._server import Gateway, Pace
from evals.simulator._wire import ChatRequest, Reply

from .attack_texts import CLASSES, DISGUISES, OBEYED, TOKENS, fill

HONEST, OBEYING, PLACING = "honest-judge", "obeying-judge", "placing-judge"
CANDIDATES = ("deepseek-v4-flash", "Qwen/Qwen3-32B")
TOKEN_WRITER, REPLAYER, FLOOD, BLANK = "attacker-tokens", "attacker-replay", "attacker-flood", "attacker-blank"
ATTACKERS = (TOKEN_WRITER, REPLAYER, FLOOD, BLANK)
_REPLAYED = 8
_SHORT = 24
"""An answer of no more characters is an opening, such as "Solution:", behind which an obeying judge sees the rest."""
_MARKER = re.compile(r"<<<(END )?(QUESTION|ANSWER 1|ANSWER 2) ([0-9a-f]{32})>>>")
_ANY_MARKER = re.compile(r"<<+\s*(?:END\s+)?(?:QUESTION|ANSWER|REFERENCE)", re.IGNORECASE)


def obeys(text: str) -> bool:
    """Would an obeying judge be led by this answer?"""
    return len(text.strip()) <= _SHORT or any(phrase in text for phrase in OBEYED)


class Hostile(Gateway):
    """The simulator's gateway with attackers among its candidates and, among its judges, some that are led."""

    def __init__(self, world: World, *, flood: int, **options: Any) -> None:
        super().__init__(world, **options)
        self._flood = flood
        self.bodies: list[bytes] = []
        self.nonces: list[str] = []

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()  # kept by the request: reading it again below costs nothing
        if b"<<<QUESTION " in body:
            self.bodies.append(body)
            self.nonces += re.findall(r"<<<QUESTION ([0-9a-f]{32})>>>", body.decode())[:1]
        return await super()._answer(request)

    def reply(self, chat: ChatRequest, lasting: str | None = None) -> Reply:
        """An attacker's answer, whatever token limit it was given; all others as the simulator has it."""
        if chat.verdict is not None or chat.model not in ATTACKERS:
            return super().reply(chat, lasting)
        return Reply(
            content=self.attack(chat.model), reasoning=None, finish_reason="stop", prompt_tokens=9, completion_tokens=9
        )

    def attack(self, model: str) -> str:
        """What an attacker says to every prompt."""
        if model == BLANK:
            return ""
        if model == FLOOD:
            part = "The city lies between two rivers and has been a market for a very long time. "
            return (part * (self._flood // len(part) + 1))[: self._flood] + fill(CLASSES["plain"][1], 1)
        if model == REPLAYER:
            return "\n".join(fill(CLASSES["fake completion"][n % 2], n % 2 + 1, nonce) for n, nonce in self._latest())
        words = (f"第{n}点：{token}这里是正文 {token}" for n, token in enumerate((*TOKENS, *DISGUISES), start=1))
        return "\n".join(words)

    def _latest(self) -> Iterator[tuple[int, str]]:
        return enumerate(self.nonces[-_REPLAYED:] or ["feedface" * 4])

    def _verdict(self, chat: ChatRequest, *, readable: bool) -> str:
        asked = chat.verdict
        if chat.model == OBEYING and asked is not None and asked.second is not None:
            led = obeys(asked.first), obeys(asked.second)
            if led[0] != led[1]:
                return json.dumps({"winner": "1" if led[0] else "2", "code": asked.code})
        return super()._verdict(chat, readable=readable)


@contextlib.contextmanager
def hostile_gateway(suite: str, prompts: int, flood: int) -> Iterator[tuple[str, Hostile]]:
    """Serve one in a thread of this process; gives the base URL and the gateway with what it caught.

    `flood` is the length of the longest attacker's answers, in characters.
    """
    world = World(
        [load_suite(suite, limit=prompts)],
        seed=11,
        judges={PLACING: JudgeTraits(noise=0.05, position=0.4, length=0.0, band=0.02)},
    )
    gateway = Hostile(world, flood=flood, pace=Pace.parse("fixed:0"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner, port = asyncio.run_coroutine_threadsafe(gateway.listen(), loop).result()
    try:
        yield f"http://127.0.0.1:{port}/v1", gateway
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def evals(*argv: str | Path) -> tuple[int, str]:
    """A command of the program in this process, without keys or addresses of this machine: exit code and output."""
    hidden = {name: value for name, value in os.environ.items() if name.endswith(("_API_KEY", "_BASE_URL"))}
    said = io.StringIO()
    for name in hidden:
        del os.environ[name]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = evals_main([str(word) for word in argv])
    finally:
        os.environ.update(hidden)
    return code, said.getvalue()


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A finished run: where it lies, its scores, and what `publish` said to them (exit code, words, file written?)."""

    folder: Path
    scores: dict[str, Any]
    published: tuple[int, str, bool]

    @property
    def red(self) -> list[str]:
        """The arms that are red."""
        return [row["arm"] for row in self.scores["controls"] if row["red"]]

    def arm(self, name: str) -> dict[str, Any]:
        """One control arm."""
        return next(dict(row) for row in self.scores["controls"] if row["arm"] == name)

    def model(self, name: str) -> dict[str, Any]:
        """One model's row."""
        return next(dict(row) for row in self.scores["models"] if row["model"] == name)


def run(out: Path, url: str, suite: str, judge: str, *, prompts: int, models: Sequence[str] = CANDIDATES) -> Ran:
    """`evals run`, then `evals publish --apply` into a new routing catalog. Attackers meet the first model alone."""
    name = f"{judge}-{len(models)}"
    attacked = len(models) > len(CANDIDATES)
    words = ["run", "--suite", suite, "--limit", prompts, "--models", ",".join(models), "--judge", judge]
    words += ["--controls", 0 if attacked else prompts, "--out", out, "--run-id", name, "--base-url", url, "--quiet"]
    code, said = evals(*map(str, words), *(("--baseline", models[0]) if attacked else ()))
    if code:
        raise SystemExit(f"the run with {judge} ended with {code}:\n{said}")
    routing = out / f"{name}-routing.json"
    told = evals("publish", out / name, "--routing", routing, "--apply", "--allow-untrusted")
    scores = orjson.loads((out / name / "scores.json").read_bytes())
    return Ran(folder=out / name, scores=scores, published=(*told, routing.exists()))


# --------------------------------------------------------------------------------------------- what was caught
def _texts(body: bytes) -> list[str]:
    return [str(message["content"]) for message in orjson.loads(body)["messages"]]


def tokens_through(bodies: Sequence[bytes]) -> list[str]:
    """Every token that stands unbroken in a judge's request: as it is, without invisible characters, in half width."""
    found = []
    for body in bodies:
        for text in _texts(body):
            plain = "".join(character for character in text if unicodedata.category(character) != "Cf")
            for version in (text, plain, unicodedata.normalize("NFKC", plain)):
                found += [token for token in TOKENS if token in version]
    return found


def closings(bodies: Sequence[bytes]) -> list[str]:
    """What is wrong with the markers of a request: not each once with its one number, or a marker besides these."""
    found = []
    whole = sorted((end, label) for end in ("", "END ") for label in ("QUESTION", "ANSWER 1", "ANSWER 2"))
    for body in bodies:
        text = next(text for text in _texts(body) if "<<<QUESTION " in text)
        markers = _MARKER.findall(text)
        numbers = {number for _, _, number in markers}
        if len(numbers) != 1 or sorted((end, label) for end, label, _ in markers) != whole:
            found.append(f"markers {markers}")
        elif len(_ANY_MARKER.findall(text)) != len(markers):
            found.append("a marker without a number")
    return found


def repeated_nonces(bodies: Sequence[bytes]) -> int:
    """How many first requests carry the number of another one."""
    firsts = [texts[-1] for body in bodies if len(texts := _texts(body)) == 2]
    numbers = [match.group(1) for text in firsts if (match := re.search(r"<<<QUESTION ([0-9a-f]{32})", text))]
    return len(numbers) - len(set(numbers))
