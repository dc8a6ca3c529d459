"""The checks of a run: every answer is read by its prompt's checks as soon as it is stored, beside the judging.

An answer that is none fails its checks without being read: that is the model's fault, not something missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from evals.cells import Answers, Grid, Stored
from evals.checks import CheckResult, Probe, Sandbox, needs_sandbox, readings, run_checks
from evals.engine import Feed, Halt, for_each
from evals.records import content_hash

CHECKS_VERSION = 1
"""Part of every key: raised when a check reads the same answer differently than before."""
WORKERS = 4
"""Answers in hand at once; how many of them run code is the sandbox's own limit."""


class Journal(Protocol):
    """What checking needs of the store."""

    def append(self, record: Mapping[str, Any]) -> int:
        """Store a record; returns its byte offset."""
        ...


class CheckStage:
    """Turns arriving answers into records of `checks.jsonl`. `told` hears of each record that is stored.

    A record: suite, prompt_id, model, sample, key, `strict` and `loose` (true, false, or null when a check could not
    be carried out), and `results`, one for each check. `key` hashes the checks and the answer.
    """

    def __init__(
        self,
        grid: Grid,
        answers: Answers,
        journal: Journal,
        *,
        unsafe_local_exec: bool = False,
        told: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        self._grid = grid
        self._answers = answers
        self._journal = journal
        self._unsafe = unsafe_local_exec
        self._told = told
        self._feed: Feed[int] = Feed()
        self._done: set[int] = set()
        self._passed: dict[int, bool] = {}
        self._identity: dict[int, str] = {
            number: content_hash([CHECKS_VERSION, *prompt.checks])
            for number, prompt in enumerate(grid.prompts)
            if prompt.checks
        }
        self.sandbox = ""
        """What the code of answers ran in, in words; "" when no check runs code."""

    @property
    def planned(self) -> int:
        """Answers to be checked: all of the prompts that carry checks."""
        return len(self._identity) * len(self._grid.models) * self._grid.samples

    @property
    def done(self) -> int:
        """Answers checked so far, since this start of the program and before it."""
        return len(self._done)

    @property
    def is_due(self) -> bool:
        """True when a stored answer still waits for its checks."""
        return any(cell not in self._done and self._wanted(cell, stored) for cell, stored in self._answers.cells())

    def is_settled(self, cell: int) -> bool:
        """True when a stored answer has been checked, or is not going to be."""
        stored = self._answers.get(cell)
        return cell in self._done or stored is None or not self._wanted(cell, stored)

    def passed(self, cell: int) -> bool | None:
        """Whether an answer passes all of its checks (loosely); None when that is not known."""
        return self._passed.get(cell)

    def is_stale(self, record: dict[str, Any]) -> bool:
        """True for a stored record to set aside: of a changed answer or check, or one that could not be carried out.

        What is neither stale nor outside the plan counts as done. Call it for every stored record before any arrival.
        """
        cell = self._grid.find(record)
        if cell is None:
            return False
        stored = self._answers.get(cell)
        if stored is None or not self._wanted(cell, stored) or record.get("key") != self._key(cell, stored):
            return True
        if any(result.get("status") != "ok" for result in record.get("results", ())):
            return True
        self._settle(cell, record.get("loose"))
        return False

    def catch_up(self) -> None:
        """Hand out the answers that were stored before. Call it once, after every `is_stale`."""
        for cell, _ in self._answers.cells():
            self.arrived(cell)

    def arrived(self, cell: int) -> None:
        """A new answer is stored."""
        stored = self._answers.get(cell)
        if stored is not None and cell not in self._done and self._wanted(cell, stored):
            self._feed.put(cell)

    def close(self) -> None:
        """No more answers will arrive."""
        self._feed.close()

    async def check(self, *, halt: Halt, say: Callable[[str], None]) -> None:
        """Check answers until `close` was called and all are checked. `say` is told when code cannot be run here."""
        halt.watch(self._feed)
        sandbox = Sandbox(unsafe_local_exec=self._unsafe)
        if any(needs_sandbox(check) for number in self._identity for check in self._grid.prompts[number].checks):
            probe = await sandbox.probe()
            self.sandbox = _in_words(probe)
            if not probe.works or self._unsafe:
                say(str(probe))

        async def check(cell: int) -> None:
            number, _, _ = self._grid.split(cell)
            stored = self._answers.get(cell)
            assert stored is not None
            results: Sequence[CheckResult] = ()
            strict: bool | None = False
            loose: bool | None = False
            if stored.has_answer:
                text = self._answers.response(cell).completion.text
                results = await run_checks(self._grid.prompts[number], text, sandbox)
                strict, loose = readings(results)
            self._store(cell, stored, strict, loose, results)

        await for_each(self._feed, check, workers=WORKERS, halt=halt)

    def _wanted(self, cell: int, stored: Stored) -> bool:
        return self._grid.split(cell)[0] in self._identity and stored.status != "error"

    def _key(self, cell: int, stored: Stored) -> str:
        return content_hash([self._identity[self._grid.split(cell)[0]], stored.status, stored.digest])

    def _store(
        self, cell: int, stored: Stored, strict: bool | None, loose: bool | None, results: Sequence[CheckResult]
    ) -> None:
        number, model, sample = self._grid.split(cell)
        prompt = self._grid.prompts[number]
        record = {
            "suite": prompt.suite,
            "prompt_id": prompt.id,
            "model": self._grid.models[model],
            "sample": sample,
            "key": self._key(cell, stored),
            "strict": strict,
            "loose": loose,
            "results": [result.to_json() for result in results],
        }
        self._journal.append(record)
        self._settle(cell, loose)
        if self._told is not None:
            self._told(record)

    def _settle(self, cell: int, loose: bool | None) -> None:
        self._done.add(cell)
        if loose is not None:
            self._passed[cell] = loose


def _in_words(probe: Probe) -> str:
    """For the report: what code ran in, without the place of anything on this machine."""
    if not probe.works:
        return f"unavailable: {probe.reason}"
    return probe.reason or "bubblewrap"
