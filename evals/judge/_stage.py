"""The judging of a run: a verdict is asked for as soon as both answers of a pair are there, and never twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from evals.cells import Answers, Grid
from evals.engine import Feed, Halt, for_each
from evals.judge._pairwise import RULE_DEFINITION, Judge, judge_without_answer
from evals.records import NO_ANSWER_JUDGE, Caller, Judgment, Plan, content_hash


class Journal(Protocol):
    """What judging needs of the store."""

    def append(self, record: Mapping[str, Any]) -> int:
        """Store a record; returns its byte offset."""
        ...


class Task(NamedTuple):
    """One verdict to be made: the cells as they are shown, and which repeat."""

    first: int
    second: int
    repeat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    first: int
    second: int
    judges: tuple[str, ...]


class JudgeStage:
    """Turns arriving answers into verdicts.

    `judges` maps (suite name, judge name) to the judge with that suite's definition. `stored` is told of each record.
    """

    def __init__(
        self,
        plan: Plan,
        grid: Grid,
        answers: Answers,
        journal: Journal,
        judges: Mapping[tuple[str, str], Judge],
        *,
        stored: Callable[[Judgment], None] | None = None,
    ) -> None:
        self._plan = plan
        self._grid = grid
        self._answers = answers
        self._journal = journal
        self._judges = judges
        self._stored = stored
        self._done: set[bytes] = set()
        self._feeds: dict[str, Feed[Task]] = {name: Feed() for name in sorted({name for _, name in judges})}
        self._pairs = [
            _Pair(first=grid.models.index(pair.first), second=grid.models.index(pair.second), judges=pair.judges)
            for pair in plan.pairs
        ]

    @property
    def judge_names(self) -> tuple[str, ...]:
        """The judges that take part, each with a lane of its own."""
        return tuple(self._feeds)

    @property
    def done(self) -> int:
        """Verdicts that were found stored and still hold."""
        return len(self._done)

    # ----------------------------------------------------------------------------------------- resume
    def is_stale(self, record: dict[str, Any]) -> bool:
        """True for a stored verdict to set aside: a failed call, or one on answers or settings that have changed.

        What is neither stale nor outside the plan counts as done. Call it for every stored record before any arrival.
        """
        first = self._grid.find({**record, "model": record.get("first", "")})
        second = self._grid.find({**record, "model": record.get("second", "")})
        if first is None or second is None:
            return False
        judge = record.get("judge", "")
        if judge != NO_ANSWER_JUDGE and (record["suite"], judge) not in self._judges:
            return False
        if record.get("status") == "error" or first not in self._answers or second not in self._answers:
            return True
        key = self._key(judge, Task(first=first, second=second, repeat=record.get("repeat", 0)))
        if key is None or key != record.get("key"):
            return True
        self._done.add(bytes.fromhex(key)[:16])
        return False

    # ----------------------------------------------------------------------------------------- work
    def catch_up(self) -> None:
        """Hand out the verdicts on answers that were stored before. Call it once, after every `is_stale`."""
        for number in range(len(self._grid.prompts)):
            for sample in range(self._grid.samples):
                for pair in self._pairs:
                    self._hand_out(pair, number, sample)

    def arrived(self, cell: int) -> None:
        """A new answer is stored: hand out every verdict whose two answers are now there."""
        number, model, sample = self._grid.split(cell)
        for pair in self._pairs:
            if model in (pair.first, pair.second):
                self._hand_out(pair, number, sample)

    def close(self) -> None:
        """No more answers will arrive."""
        for feed in self._feeds.values():
            feed.close()

    async def judge(
        self, name: str, caller: Caller, *, workers: int, halt: Halt, drained: Callable[[], None] = lambda: None
    ) -> None:
        """Make one judge's verdicts until `close` was called and all are made.

        `drained` is called, perhaps more than once, when its last verdict has been taken up.
        """
        halt.watch(self._feeds[name])

        async def make(task: Task) -> None:
            number, _, _ = self._grid.split(task.first)
            prompt = self._grid.prompts[number]
            judge = self._judges[prompt.suite, name]
            first, second = self._answers.response(task.first), self._answers.response(task.second)
            self._store(await judge.verdict(caller, prompt, first, second, repeat=task.repeat))

        await for_each(self._feeds[name], make, workers=workers, halt=halt, drained=drained)

    def _hand_out(self, pair: _Pair, number: int, sample: int) -> None:
        first, second = self._grid.cell(number, pair.first, sample), self._grid.cell(number, pair.second, sample)
        one, other = self._answers.get(first), self._answers.get(second)
        if one is None or other is None or "error" in (one.status, other.status):
            return  # missing, not lost: nothing is scored until both models have had their say
        decided = not (one.has_answer and other.has_answer)
        for repeat in range(self._plan.repeats):
            for task in (Task(first, second, repeat), Task(second, first, repeat)):
                for name in (NO_ANSWER_JUDGE,) if decided else pair.judges:
                    self._assign(name, task)

    def _assign(self, name: str, task: Task) -> None:
        key = self._key(name, task)
        if key is None or bytes.fromhex(key)[:16] in self._done:
            return
        if name == NO_ANSWER_JUDGE:
            self._store_rule(task, key)
        else:
            self._feeds[name].put(task)

    def _store_rule(self, task: Task, key: str) -> None:
        prompt = self._grid.prompts[self._grid.split(task.first)[0]]
        first, second = self._answers.response(task.first), self._answers.response(task.second)
        judgment = judge_without_answer(prompt, first, second, repeat=task.repeat, key=key)
        if judgment is not None:
            self._store(judgment)

    def _store(self, judgment: Judgment) -> None:
        self._journal.append(judgment.to_json())
        if self._stored is not None:
            self._stored(judgment)

    def _key(self, judge: str, task: Task) -> str | None:
        """The key a verdict on this task has, or None when an answer it depends on is missing."""
        number, _, sample = self._grid.split(task.first)
        prompt = self._grid.prompts[number]
        first, second = self._answers.get(task.first), self._answers.get(task.second)
        if first is None or second is None:
            return None
        if judge == NO_ANSWER_JUDGE:
            parts = [RULE_DEFINITION, prompt.id, first.status, first.digest, second.status, second.digest]
            return content_hash([*parts, task.repeat, sample])
        if not (first.has_answer and second.has_answer):
            return None
        return self._judges[prompt.suite, judge].key(
            prompt, first.digest, second.digest, repeat=task.repeat, sample=sample
        )
