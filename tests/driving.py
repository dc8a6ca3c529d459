"""Drives the command line in tests: in this process, or in one of its own; and a stub gateway that counts its calls."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evals.cli import main

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"<<<ANSWER ([12]) [0-9a-f]{32}>>>\n(.*?)\n<<<END", re.DOTALL)
_CODE = re.compile(r'"code"[^"]*"([0-9a-f]{8})"')


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def evals(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Outcome]:
    """Runs a command in this process, in an empty folder and without any key or address in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [*os.environ]:
        if _tells_where_models_are(name):
            monkeypatch.delenv(name)

    def call(*argv: str | Path, env: Mapping[str, str] | None = None) -> Outcome:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            code = main([str(word) for word in argv])
        return Outcome(code, *capfd.readouterr())

    return call


def command(*argv: str | Path) -> list[str]:
    """The command line for a process of its own."""
    return [sys.executable, "-m", "evals", *map(str, argv)]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without keys and addresses; the checkout can be imported from anywhere."""
    kept = {name: value for name, value in os.environ.items() if not _tells_where_models_are(name)}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


def _tells_where_models_are(name: str) -> bool:
    return name.startswith("OPENAI_") or name.endswith(("_API_KEY", "_BASE_URL"))


def start(*argv: str | Path, cwd: Path, **env: str) -> subprocess.Popen[str]:
    """A command in a process of its own; its output is to be read with `communicate`."""
    return subprocess.Popen(
        command(*argv),
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ------------------------------------------------------------------------------------------------ the stub gateway
Body = dict[str, Any]
Answerer = Callable[[str, str, Mapping[str, str]], str | tuple[int, Body]]


@dataclass
class Stub:
    """An OpenAI-compatible server. `answer(model, prompt, headers)` gives a candidate's text, or a status and body.

    Judges (who are shown two answers) prefer the longer one, unless `judge` says otherwise. Every call is counted.
    """

    answer: Answerer = lambda model, prompt, headers: f"{model}: " + "字" * len(model)
    judge: Answerer | None = None
    usage: Body | None = field(default_factory=lambda: {"prompt_tokens": 10, "completion_tokens": 5})
    calls: Counter[str] = field(default_factory=Counter)
    bodies: list[Body] = field(default_factory=list)
    url: str = ""

    @property
    def total(self) -> int:
        """All calls so far."""
        return len(self.bodies)

    def reply(self, body: Body, headers: Mapping[str, str]) -> tuple[int, Body]:
        """Status and body of the reply to one request."""
        self.bodies.append(body)
        self.calls[body["model"]] += 1
        prompt = str(body["messages"][-1]["content"])
        shown = dict(_BLOCK.findall(prompt))
        if shown:
            made = self.judge(body["model"], prompt, headers) if self.judge else verdict(prompt, longer(shown))
        else:
            made = self.answer(body["model"], prompt, headers)
        return (200, completion(made, self.usage)) if isinstance(made, str) else made


def longer(shown: Mapping[str, str]) -> str:
    """ "1", "2" or "tie": which of two shown answers is longer."""
    first, second = len(shown["1"]), len(shown["2"])
    return "tie" if first == second else "1" if first > second else "2"


def verdict(prompt: str, winner: str) -> str:
    """A verdict with the code its request asks for."""
    return json.dumps({"winner": winner, "code": _CODE.findall(prompt)[-1]})


def completion(text: str, usage: Body | None) -> Body:
    """A chat completion."""
    message = {"role": "assistant", "content": text}
    return {
        "object": "chat.completion",
        "model": "stub",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """Serve a stub on loopback while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, reply = stub.reply(body, {name.lower(): value for name, value in self.headers.items()})
            data = json.dumps(reply, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            pass  # a client that was stopped leaves its connections

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        try:
            yield stub
        finally:
            server.shutdown()


# ------------------------------------------------------------------------------------------------ files
CATALOG = """schema = 1
[roles]
candidates = ["alpha", "beta-two"]
judges = ["judge-one", "judge-two"]
[hosts.gateway]
key_variable = "EVALS_API_KEY"
"""
"""The head of a small catalog: two candidates, two judges, four families."""


def write_catalog(path: Path, *, prices: bool = True, without: Sequence[str] = ()) -> Path:
    """A catalog of four models at 1 and 2 dollars a million tokens; those in `without` have no input price."""
    lines = [CATALOG]
    for name in ("alpha", "beta-two", "judge-one", "judge-two"):
        lines.append(f'[models."{name}"]\nfamily = "{name}"\nmodalities = ["text"]\n[models."{name}".hosts.gateway]')
        if prices:
            lines.append('output_usd_per_mtok = "2"' + ("" if name in without else '\ninput_usd_per_mtok = "1"'))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_suite(path: Path, prompts: int = 3, *, text: str = "第{n}题：介绍一座城市。") -> Path:
    """A `.jsonl` suite of a few prompts."""
    rows = [{"id": f"p{n}", "prompt": text.format(n=n)} for n in range(prompts)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_folder_suite(path: Path, prompts: int = 3, *, definition: str = "pairwise-zh") -> Path:
    """A suite folder like the shipped ones, with the first prompts of the Chinese suite."""
    path.mkdir()
    settings = (ROOT / "prompts/chinese/suite.toml").read_text(encoding="utf-8")
    settings = settings.replace('name = "chinese"', f'name = "{path.name}"').replace('"pairwise-zh"', f'"{definition}"')
    (path / "suite.toml").write_text(settings, encoding="utf-8")
    lines = (ROOT / "prompts/chinese/prompts.jsonl").read_text(encoding="utf-8").split("\n")[:prompts]
    text = "".join(line.replace('"suite": "chinese"', f'"suite": "{path.name}"') + "\n" for line in lines)
    (path / "prompts.jsonl").write_text(text, encoding="utf-8")
    return path


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that must be in the file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def manifest(folder: Path) -> dict[str, Any]:
    """A run's `run.json`."""
    return dict(json.loads((folder / "run.json").read_text(encoding="utf-8")))
