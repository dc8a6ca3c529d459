"""The judging of a run: a verdict is asked for as soon as both answers of a pair are there, and never twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from evals.cells import Answers, Grid
from evals.checks import is_objective
from evals.engine import Feed, Halt, for_each
from evals.judge._judge import Judge
from evals.judge._rule import RULE_DEFINITIONS, checks_winner, judge_by_checks, judge_without_answer
from evals.records import CHECKS_JUDGE, NO_ANSWER_JUDGE, RULE_PREFIX, Caller, Judgment, Plan, content_hash


class Journal(Protocol):
    """What judging needs of the store."""

    def append(self, record: Mapping[str, Any]) -> int:
        """Store a record; returns its byte offset."""
        ...


class Checks(Protocol):
    """What judging needs of the checks where the plan trusts them."""

    def is_settled(self, cell: int) -> bool:
        """True when nothing more will be known of an answer."""
        ...

    def passed(self, cell: int) -> bool | None:
        """Whether an answer passes all of its checks, None when that is not known."""
        ...


class Task(NamedTuple):
    """One verdict to be made: the cells as they are shown (no second: one answer alone), and which repeat."""

    first: int
    second: int | None
    repeat: int


class _Pair(NamedTuple):
    first: int
    second: int
    judges: tuple[str, ...]


class JudgeStage:
    """Turns arriving answers into verdicts.

    A pairwise judge is asked about each of its pairs in both orders; a judge of one answer at a time is asked once
    about each answer that stands in a pair it is planned for. `judges` maps (suite name, judge name) to the judge with
    that suite's definition. `stored` is told of each record. Where the plan trusts checks, the answers to a prompt with
    objective checks wait until both are checked (`checks`, and `checked` for each); then a rule or a judge decides.
    """

    def __init__(
        self,
        plan: Plan,
        grid: Grid,
        answers: Answers,
        journal: Journal,
        judges: Mapping[tuple[str, str], Judge],
        *,
        checks: Checks | None = None,
        stored: Callable[[Judgment], None] | None = None,
    ) -> None:
        self._plan = plan
        self._grid = grid
        self._answers = answers
        self._journal = journal
        self._judges = judges
        self._checks = checks
        self._stored = stored
        self._done: set[bytes] = set()
        self._scoring: set[bytes] = set()
        self._alone = {suite.name: suite.alone for suite in plan.suites}
        self._objective = [plan.trust_checks and is_objective(prompt.checks) for prompt in grid.prompts]
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
    def planned(self) -> int:
        """Verdicts of judges that the plan asks for."""
        prompts = sum(self._planned_on(number) for number in range(len(self._grid.prompts)))
        return prompts * self._plan.samples * self._plan.repeats + self._planned_again

    def _planned_on(self, number: int) -> int:
        pairs = [pair for pair in self._pairs if self._grid.asks(number, pair.first, pair.second)]
        if self._alone[self._grid.prompts[number].suite]:
            return len({(model, judge) for pair in pairs for model in pair[:2] for judge in pair.judges})
        return 2 * sum(len(pair.judges) for pair in pairs)

    @property
    def _planned_again(self) -> int:
        if not self._plan.noise_check:
            return 0
        numbers = [n for n, prompt in enumerate(self._grid.prompts) if not self._alone[prompt.suite]]
        pairs = sum(len(pair.judges) for n in numbers for pair in self._pairs if self._is_asked_again(pair, n))
        return 2 * pairs * self._plan.samples

    @property
    def done(self) -> int:
        """Verdicts that were found stored and still hold."""
        return len(self._done)

    # ----------------------------------------------------------------------------------------- resume
    def is_stale(self, record: dict[str, Any]) -> bool:
        """True for a stored verdict to set aside: a failed call, or one on answers or settings that have changed.

        What is neither stale nor outside the plan counts as done. Call it for every stored record before any arrival.
        """
        names = [record.get("first", "")] + ([] if record.get("second") is None else [record["second"]])
        cells = [cell for name in names if (cell := self._grid.find({**record, "model": name})) is not None]
        judge = record.get("judge", "")
        by_rule = judge in RULE_DEFINITIONS
        if len(cells) < len(names) or not (by_rule or (record["suite"], judge) in self._judges):
            return False
        if record.get("status") == "error" or any(cell not in self._answers for cell in cells):
            return True
        if (len(cells) == 1) != (self._alone[record["suite"]] and not by_rule):
            return True  # made with a definition of another kind
        task = Task(cells[0], cells[1] if len(cells) > 1 else None, record.get("repeat", 0))
        key = self._key(judge, task)
        if key is None or key != record.get("key"):
            return True
        self._done.add(_mark(key, task))
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
        if not self._objective[self._grid.split(cell)[0]]:
            self._hand_out_all(cell)

    def checked(self, cell: int) -> None:
        """An answer's checks are stored: hand out the verdicts that waited for them."""
        if self._objective[self._grid.split(cell)[0]]:
            self._hand_out_all(cell)

    def close(self) -> None:
        """No more answers will arrive, nor checks where the plan trusts them."""
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
            first = self._answers.response(task.first)
            if task.second is None:
                self._store(await judge.score(caller, prompt, first, repeat=task.repeat))
            else:
                second = self._answers.response(task.second)
                self._store(await judge.verdict(caller, prompt, first, second, repeat=task.repeat))

        await for_each(self._feeds[name], make, workers=workers, halt=halt, drained=drained)

    def _hand_out_all(self, cell: int) -> None:
        number, model, sample = self._grid.split(cell)
        for pair in self._pairs:
            if model in (pair.first, pair.second):
                self._hand_out(pair, number, sample)

    def _hand_out(self, pair: _Pair, number: int, sample: int) -> None:
        if not self._grid.asks(number, pair.first, pair.second):
            return
        first, second = self._grid.cell(number, pair.first, sample), self._grid.cell(number, pair.second, sample)
        one, other = self._answers.get(first), self._answers.get(second)
        if one is None or other is None or "error" in (one.status, other.status):
            return  # missing, not lost: nothing is scored until both models have had their say
        if self._objective[number] and not all(map(self._settled, (first, second))):
            return  # handed out when the second of them is checked
        if rule := self._rule(first, second):
            for task in (Task(first, second, 0), Task(second, first, 0)):
                self._assign(rule, task)
            return
        alone = self._alone[self._grid.prompts[number].suite]
        again = not alone and self._is_asked_again(pair, number)
        for repeat in range(self._plan.repeats + again):
            tasks = [Task(first, None if alone else second, repeat), Task(second, None if alone else first, repeat)]
            for task in tasks:
                for name in pair.judges:
                    self._assign(name, task)

    def _settled(self, cell: int) -> bool:
        return self._checks is None or self._checks.is_settled(cell)

    def _passed(self, cell: int) -> bool | None:
        return None if self._checks is None else self._checks.passed(cell)

    def _rule(self, first: int, second: int) -> str | None:
        """The rule that decides between two stored answers, None when judges have to."""
        shown = [self._answers.get(cell) for cell in (first, second)]
        if not all(answer is not None and answer.has_answer for answer in shown):
            return NO_ANSWER_JUDGE
        trusted = self._objective[self._grid.split(first)[0]]
        return CHECKS_JUDGE if trusted and checks_winner(self._passed(first), self._passed(second)) else None

    def _is_asked_again(self, pair: _Pair, number: int) -> bool:
        """True for the seeded share of pairs that are judged once more, to see how steady the judge is."""
        if not self._plan.noise_check:
            return False
        prompt, models = self._grid.prompts[number], self._grid.models
        drawn = content_hash([self._plan.seed, prompt.suite, prompt.id, models[pair.first], models[pair.second]])
        return int(drawn[:8], 16) < self._plan.noise_check * 16**8

    def _assign(self, name: str, task: Task) -> None:
        key = self._key(name, task)
        if key is None or (mark := _mark(key, task)) in self._done:
            return
        if name.startswith(RULE_PREFIX):
            self._store_rule(name, task, key)
            return
        if task.second is None:
            if mark in self._scoring:
                return  # another pair of this answer needs the same score
            self._scoring.add(mark)
        self._feeds[name].put(task)

    def _store_rule(self, rule: str, task: Task, key: str) -> None:
        assert task.second is not None
        prompt = self._grid.prompts[self._grid.split(task.first)[0]]
        first, second = self._answers.response(task.first), self._answers.response(task.second)
        if rule == CHECKS_JUDGE:
            passed = self._passed(task.first), self._passed(task.second)
            judgment = judge_by_checks(prompt, first, second, passed, key=key)
        else:
            judgment = judge_without_answer(prompt, first, second, repeat=task.repeat, key=key)
        if judgment is not None:
            self._store(judgment)

    def _store(self, judgment: Judgment) -> None:
        self._journal.append(judgment.to_json())
        if self._stored is not None:
            self._stored(judgment)

    def _key(self, judge: str, task: Task) -> str | None:
        """The key a verdict on this task has, or None when what it depends on is missing or decides otherwise."""
        number, _, sample = self._grid.split(task.first)
        prompt = self._grid.prompts[number]
        cells = (task.first,) if task.second is None else (task.first, task.second)
        shown = [answer for cell in cells if (answer := self._answers.get(cell)) is not None]
        if len(shown) < len(cells):
            return None
        if judge in RULE_DEFINITIONS:
            if task.second is None or self._rule(task.first, task.second) != judge:
                return None
            parts = [part for answer in shown for part in (answer.status, answer.digest)]
            by_checks = [self._passed(cell) for cell in cells] if judge == CHECKS_JUDGE else []
            return content_hash([RULE_DEFINITIONS[judge], prompt.id, *parts, *by_checks, task.repeat, sample])
        if not all(answer.has_answer for answer in shown):
            return None
        digests = [answer.digest for answer in shown]
        return self._judges[prompt.suite, judge].key(prompt, *digests, repeat=task.repeat, sample=sample)


def _mark(key: str, task: Task) -> bytes:
    """What a verdict is known by: two models may have given the same answer, so their cells belong to it."""
    second = b"" if task.second is None else task.second.to_bytes(6)
    return bytes.fromhex(key)[:16] + task.first.to_bytes(6) + second
