"""Small valid records for tests, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.catalog import Endpoint
from evals.library import Definition, load_definition
from evals.records import (
    Completion,
    Message,
    Params,
    Plan,
    PlannedPair,
    PlannedSuite,
    Prompt,
    Response,
    Suite,
    content_hash,
)

ROOT = Path(__file__).resolve().parents[1]


def make_suite(prompts: int = 3, *, name: str = "small", text: str = "第{n}题：请写一句话介绍城市。") -> Suite:
    """A suite of a few prompts with references."""
    made = tuple(
        Prompt(
            suite=name,
            id=f"p{n}",
            messages=({"role": "user", "content": text.format(n=n)},),
            category="even" if n % 2 == 0 else "odd",
            lang="zh",
            reference=f"第{n}座城市有{n + 2}条河。它建于{1000 + n}年。居民约{n + 1}万。",
        )
        for n in range(prompts)
    )
    return Suite(name=name, prompts=made, hash=content_hash([p.text for p in made]), params=Params(max_tokens=256))


def make_endpoint(name: str = "m", *, family: str | None = None, base_url: str = "http://127.0.0.1:9/v1") -> Endpoint:
    """An endpoint that no test calls unless it says where."""
    return Endpoint(name=name, family=family, wire_id=name, base_url=base_url)


def make_response(prompt: Prompt, model: str, text: str = "答", **completion: Any) -> Response:
    """A stored answer."""
    status = completion.pop("status", "ok" if text else "empty")
    return Response(
        suite=prompt.suite,
        prompt_id=prompt.id,
        model=model,
        sample=0,
        key=content_hash([model, prompt.id, text]),
        completion=Completion(status=status, text=text, attempts=1, **completion),
    )


def make_plan(suite: Suite, models: Sequence[str], judges: Sequence[str] = ("j",), **changes: Any) -> Plan:
    """All pairs of the models, each judged by all these judges in both orders."""
    pairs = tuple(
        PlannedPair(first=first, second=second, judges=tuple(judges))
        for place, first in enumerate(models)
        for second in models[place + 1 :]
    )
    planned = PlannedSuite(
        name=suite.name,
        hash=suite.hash,
        definition="pairwise-zh@1",
        prompt_ids=tuple(p.id for p in suite.prompts),
        categories=tuple(p.category for p in suite.prompts),
    )
    return replace(Plan(suites=(planned,), models=tuple(models), pairs=pairs), **changes)


def definition(name: str = "pairwise-zh") -> Definition:
    """A shipped judge definition."""
    return load_definition(str(ROOT / "judges" / f"{name}.toml"))


class StubCaller:
    """Answers each call with what a plain function makes of the last user message; counts calls."""

    def __init__(self, reply: Callable[[str, int], Completion | str]) -> None:
        self.reply = reply
        self.calls: list[tuple[str, tuple[Message, ...]]] = []

    async def complete(self, name: str, messages: tuple[Message, ...], params: Params) -> Completion:
        """Return the stub's reply as an `ok` completion, or the completion it made."""
        self.calls.append((name, tuple(messages)))
        made = self.reply(str(messages[-1]["content"]), len(self.calls))
        return Completion(status="ok", text=made, attempts=1) if isinstance(made, str) else made
