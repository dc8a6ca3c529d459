"""Asks every candidate every prompt: planned cells minus stored ones, a record a call, resumable at any point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from evals.catalog import Endpoint
from evals.cells import Answers, Grid
from evals.engine import Halt, for_each
from evals.records import Caller, Completion, Cost, Message, Params, Prompt, Response, Suite, content_hash

RECORDED_KEY = "recorded:"
"""Prefix of the keys of answers that came from a file: they stand for their cell whatever the catalog says."""

Arrived = Callable[[int, Response], None]


class Journal(Protocol):
    """What collecting needs of the store."""

    def append(self, record: Mapping[str, Any]) -> int:
        """Store a record; returns its byte offset."""
        ...


def response_key(endpoint: Endpoint, prompt: Prompt, params: Params, sample: int) -> str:
    """Hash of all that decides an answer: the model asked for, the exact request body and the sample's number."""
    return content_hash(
        {"model": endpoint.name, "request": endpoint.request(prompt.messages, params), "sample": sample}
    )


def sample_params(suite: Suite, sample: int) -> Params:
    """A suite's parameters for one sample; further samples carry their number as seed, for hosts that take one."""
    if sample == 0:
        return suite.params
    return Params(max_tokens=suite.params.max_tokens, temperature=suite.params.temperature, seed=sample)


class Collector:
    """Collects the answers of one run. `arrived` is told of every final answer, stored before it is told."""

    def __init__(
        self, grid: Grid, answers: Answers, journal: Journal, endpoints: Mapping[str, Endpoint], arrived: Arrived
    ) -> None:
        self._grid = grid
        self._answers = answers
        self._journal = journal
        self._endpoints = endpoints
        self._arrived = arrived

    def missing(self, model: str) -> Iterator[int]:
        """The model's cells without an answer, in the order of the prompts, so that pairs complete early."""
        number = self._grid.models.index(model)
        for prompt in range(len(self._grid.prompts)):
            if not self._grid.asks(prompt, number):
                break
            for sample in range(self._grid.samples):
                cell = self._grid.cell(prompt, number, sample)
                if cell not in self._answers:
                    yield cell

    async def collect(
        self, model: str, caller: Caller, *, workers: int, halt: Halt, drained: Callable[[], None] = lambda: None
    ) -> None:
        """Ask one model all that is missing; a failed call is stored as `error` and asked again on resume.

        `drained` is called, perhaps more than once, when its last prompt has been taken up.
        """

        async def ask(cell: int) -> None:
            prompt, params, sample = self._task(cell)
            self._store(cell, prompt, params, sample, *await converse(model, prompt, params, caller))

        await for_each(self.missing(model), ask, workers=workers, halt=halt, drained=drained)

    def _task(self, cell: int) -> tuple[Prompt, Params, int]:
        number, _, sample = self._grid.split(cell)
        suite = self._grid.suites[self._grid.suite_of[number]]
        return self._grid.prompts[number], sample_params(suite, sample), sample

    def _store(
        self,
        cell: int,
        prompt: Prompt,
        params: Params,
        sample: int,
        completion: Completion,
        earlier: tuple[str, ...],
    ) -> None:
        endpoint = self._endpoints[self._grid.models[self._grid.split(cell)[1]]]
        response = Response(
            suite=prompt.suite,
            prompt_id=prompt.id,
            model=endpoint.name,
            sample=sample,
            key=response_key(endpoint, prompt, params, sample),
            completion=completion,
            earlier=earlier,
        )
        offset = self._journal.append(response.to_json())
        self._answers.add(cell, offset, response)
        self._arrived(cell, response)


async def converse(model: str, prompt: Prompt, params: Params, caller: Caller) -> tuple[Completion, tuple[str, ...]]:
    """The model's last answer, and its own answers to the earlier turns of a prompt with several.

    A turn without an answer ends the conversation: its outcome is that of the whole. Usage, cost and attempts are
    those of all turns; latency is their sum.
    """
    said: list[Message] = []
    done: list[Completion] = []
    for turn in prompt.turns:
        if done:
            said.append({"role": "assistant", "content": done[-1].text})
        said.extend(turn)
        done.append(await caller.complete(model, tuple(said), params))
        if done[-1].status not in ("ok", "truncated") or not done[-1].text:
            break
    return _joined(done), tuple(completion.text for completion in done[:-1])


def _joined(turns: Sequence[Completion]) -> Completion:
    last = turns[-1]
    if len(turns) == 1:
        return last
    latencies = [turn.latency_s for turn in turns if turn.latency_s is not None]
    return replace(
        last,
        usage=sum((turn.usage for turn in turns[1:]), start=turns[0].usage),
        cost=sum((turn.cost for turn in turns), start=Cost()),
        latency_s=sum(latencies) if latencies else None,
        attempts=sum(turn.attempts for turn in turns),
        started_at=turns[0].started_at,
    )


class StaleAnswers:
    """Finds stored records that this run must not reuse: changed requests, and failed calls to be made again.

    `recorded` has the key of each answer that a file brings this time: one from a file that says otherwise now is
    changed too.
    """

    def __init__(
        self, grid: Grid, endpoints: Mapping[str, Endpoint], *, recorded: Mapping[int, str] | None = None
    ) -> None:
        self._grid = grid
        self._endpoints = endpoints
        self._recorded = recorded or {}
        self.changed: list[str] = []
        self.failed = 0

    def __call__(self, record: dict[str, Any]) -> bool:
        """True for a record to set aside; cells outside the plan are left where they are."""
        cell = self._grid.find(record)
        if cell is None:
            return False
        if str(record.get("key", "")).startswith(RECORDED_KEY):
            if self._recorded.get(cell, record["key"]) == record["key"]:
                return False
            self.changed.append(f"{record['prompt_id']} by {record['model']}")
            return True
        number, model, sample = self._grid.split(cell)
        endpoint = self._endpoints.get(self._grid.models[model])
        if endpoint is None:
            return False
        if record.get("status") == "error":
            self.failed += 1
            return True
        params = sample_params(self._grid.suites[self._grid.suite_of[number]], sample)
        if record.get("key") == response_key(endpoint, self._grid.prompts[number], params, sample):
            return False
        self.changed.append(f"{record['prompt_id']} by {record['model']}")
        return True
