"""One session of a run: what is stored, what is missing, and making the rest, all stages side by side.

Collecting, checking and judging overlap: a verdict is asked for as soon as both answers of a pair are stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Protocol

from evals import store
from evals.catalog import Endpoint
from evals.cells import Answers, Grid
from evals.checking import CheckStage
from evals.collect import Collector, StaleAnswers
from evals.engine import Halt
from evals.judge import ControlStage, Judge, JudgeStage, Pit, control_text
from evals.planning import Prepared
from evals.records import CONTROL_PREFIX, InterruptedRunError, Judgment, Response, format_money
from evals.score import ARMS, AnswerStatus, control_opponents
from evals.store import RunFolder

GRACE_S = 10.0
"""How long calls in flight may finish after the first Ctrl-C; a second one drops them at once."""
_NOTHING = Decimal(0)


class Watcher(Protocol):
    """Whoever shows progress: told the totals once, then of each answer and verdict."""

    def say(self, text: str) -> None:
        """A line of news."""
        ...

    def start(
        self, *, answers: int, answers_done: int, verdicts: int, verdicts_done: int, checks: int, checks_done: int
    ) -> None:
        """Calls are about to be made."""
        ...

    def answered(self, response: Response) -> None:
        """One more answer is stored."""
        ...

    def checked(self, record: Mapping[str, Any]) -> None:
        """The checks of one more answer are stored."""
        ...

    def judged(self, judgment: Judgment) -> None:
        """One more verdict is stored."""
        ...

    def finish(self) -> None:
        """No more calls."""
        ...


class Session:
    """What is stored of a run, what is missing, and making the rest. Call `load`, then `work`."""

    def __init__(
        self,
        prepared: Prepared,
        folder: RunFolder,
        endpoints: Mapping[str, Endpoint],
        watcher: Watcher,
        stages: frozenset[str],
    ) -> None:
        self._prepared = prepared
        self._folder = folder
        self._endpoints = endpoints
        self._watcher = watcher
        self._stages = stages
        self._workers = prepared.settings.concurrency
        self.totals: dict[str, int] = {}
        self.unrecorded_usd: str | None = None
        """What a budget had to count beside the records: calls whose reply never came or did not say its usage."""
        plan = prepared.plan
        self._grid = Grid(prepared.suites, plan.models, plan.samples, until=plan.dropped)
        self._answers = Answers(self._grid, folder.responses)
        self._collector = Collector(self._grid, self._answers, folder.responses, endpoints, self._arrived)
        self._checking = CheckStage(
            self._grid,
            self._answers,
            folder.checks,
            unsafe_local_exec=prepared.settings.unsafe_local_exec,
            told=self._checked,
        )
        self._judging = JudgeStage(
            plan,
            self._grid,
            self._answers,
            folder.judgments,
            self._judges(),
            checks=self._checking,
            stored=watcher.judged,
        )
        self._controls = ControlStage(
            self._grid,
            self._answers,
            self._judges(),
            responses=folder.responses,
            judgments=folder.judgments,
            stored=watcher.judged,
        )

    def load(self) -> None:
        """Read what is stored, set aside what must not be reused, and add recorded answers and verdicts."""
        recorded: dict[int, str] = {}
        for place, response in self._recorded_responses():
            recorded.setdefault(place, response.key)
        stale = StaleAnswers(self._grid, self._endpoints if "collect" in self._stages else {}, recorded=recorded)
        self._folder.set_aside(self._folder.responses, stale)
        if stale.changed:
            shown = "; ".join(stale.changed[:5]) + (" ..." if len(stale.changed) > 5 else "")
            self._watcher.say(
                f"{len(stale.changed)} stored answers are set aside (prompt, model or parameters changed): {shown}"
            )
        if stale.failed:
            self._watcher.say(f"{stale.failed} failed calls will be made again")
        for offset, _, record in self._folder.responses:
            cell = self._grid.find(record)
            if cell is not None:
                self._answers.add(cell, offset, Response.from_json(record), keep=False)
            elif str(record.get("model", "")).startswith(CONTROL_PREFIX):
                self._controls.note(record)
        self._import_responses()
        self._import_judgments()
        self._folder.set_aside(self._folder.checks, self._checking.is_stale)  # first: verdicts may rest on checks
        if self._prepared.plan.orders == "both" and "judge" in self._stages:
            self._set_aside_verdicts()
        for _, _, record in self._folder.judgments:
            if CONTROL_PREFIX in f"{record.get('first')}{record.get('second')}":
                self._controls.note(record)

    def _set_aside_verdicts(self) -> None:
        examples: list[str] = []

        def stale(record: dict[str, Any]) -> bool:
            if not self._judging.is_stale(record):
                return False
            if len(examples) < 3:
                examples.append(f"{record['prompt_id']}, {record['first']} v {record['second']} by {record['judge']}")
            return True

        count = self._folder.set_aside(self._folder.judgments, stale)
        if count:
            self._watcher.say(
                f"{count} stored verdicts are set aside (call failed; prompt, answer, definition or the judge's "
                f"parameters changed): {'; '.join(examples)}{' ...' if count > len(examples) else ''}"
            )

    @property
    def sandbox(self) -> str:
        """What the code of answers ran in, in words; "" when none did."""
        return self._checking.sandbox

    @property
    def spent(self) -> Decimal:
        """Dollars that all sessions so far have paid, or may have."""
        return self._recorded_cost() + Decimal(self.unrecorded_usd or 0)

    def work(self, cap: Decimal | None, *, elsewhere: Decimal = _NOTHING) -> None:
        """Call the models and check their answers until nothing is missing. See `run.execute` for what it raises.

        `cap` is what may be spent in all, `elsewhere` what was, beside this run's records.
        """
        if self._prepared.callers:
            with _rare_collections():
                asyncio.run(self._call(cap, elsewhere))
        elif self._checking.is_due:
            asyncio.run(self._check())

    async def _check(self) -> None:
        """All checks that are due, when nobody is to be called."""
        halt = Halt()
        self._announce()
        self._checking.catch_up()
        self._checking.close()
        with _stop_in_order(halt, self._watcher):
            await self._checking.check(halt=halt, say=self._watcher.say)
        halt.raise_if_stopped()

    async def _call(self, cap: Decimal | None, elsewhere: Decimal) -> None:
        from evals.gateway import Budget, Gateway

        halt = Halt()
        work: Counter[str] = Counter()
        if "collect" in self._stages:
            work.update(model for model in self._prepared.plan.models if model in self._endpoints)
        if "judge" in self._stages:
            work.update(self._judging.judge_names)
        purse = None if cap is None else Budget(cap, spent=self.spent + elsewhere)
        gateway = Gateway(
            {name: self._endpoints[name] for name in work},
            concurrency=self._prepared.settings.concurrency,
            budget=purse,
            seed=self._prepared.settings.seed,
        )
        async with gateway:
            lanes = {name: _Lane(gateway, name, stages) for name, stages in work.items()}
            self._announce()
            try:
                with _stop_in_order(halt, self._watcher):
                    await self._all_stages(gateway, halt, lanes)
                    if "judge" in self._stages and not halt.stopped:
                        await self._control(gateway, halt)
            finally:
                self.totals = asdict(gateway.totals)
                if purse is not None:
                    self.unrecorded_usd = format_money(purse.spent - elsewhere - self._recorded_cost())
        halt.raise_if_stopped()

    async def _all_stages(self, gateway: Any, halt: Halt, lanes: Mapping[str, _Lane]) -> None:
        async def collect(model: str) -> None:
            with lanes[model].stage() as drained:
                await self._collector.collect(model, gateway, workers=self._workers, halt=halt, drained=drained)

        async def collect_all() -> None:
            if "collect" in self._stages:
                async with asyncio.TaskGroup() as group:
                    for model in self._prepared.plan.models:
                        if model in self._endpoints:
                            group.create_task(collect(model))
            self._checking.close()
            if not self._prepared.plan.trust_checks:
                self._judging.close()

        async def check() -> None:
            await self._checking.check(halt=halt, say=self._watcher.say)
            self._judging.close()  # what waited for checks has been handed out

        async def judge(name: str) -> None:
            with lanes[name].stage() as drained:
                await self._judging.judge(name, gateway, workers=self._workers, halt=halt, drained=drained)

        if "judge" in self._stages:
            self._judging.catch_up()
        self._checking.catch_up()
        async with asyncio.TaskGroup() as group:
            group.create_task(collect_all())
            group.create_task(check())
            if "judge" in self._stages:
                for name in self._judging.judge_names:
                    group.create_task(judge(name))

    async def _control(self, gateway: Any, halt: Halt) -> None:
        """The last phase: control answers against the weakest answers, which are known only now."""
        plan = self._prepared.plan
        opponents = control_opponents(plan, self._statuses(), self._verdicts()) if plan.controls else []
        pits = []
        for number, one in enumerate(opponents):
            cell = self._grid.find({"suite": one.suite, "prompt_id": one.prompt_id, "model": one.model, "sample": 0})
            assert cell is not None
            text = self._answers.response(cell).completion.text
            pits += [Pit(cell, arm, control_text(arm, number, text), one.judge) for arm in ARMS]
        await self._controls.judge(pits, gateway, workers=self._workers, halt=halt)

    def _statuses(self) -> Iterator[AnswerStatus]:
        for cell, stored in self._answers.cells():
            number, model, sample = self._grid.split(cell)
            prompt = self._grid.prompts[number]
            name = self._grid.models[model]
            yield AnswerStatus(prompt.suite, prompt.id, name, sample, stored.status, stored.has_answer)

    def _verdicts(self) -> Iterator[Judgment]:
        return (Judgment.from_json(record) for _, _, record in self._folder.judgments)

    def _recorded_cost(self) -> Decimal:
        """What the run has paid by its records, in all sessions; what was set aside was paid for too."""
        paths = (self._folder.path / name for name in (store.RESPONSES, store.JUDGMENTS, store.SET_ASIDE))
        records = (record for path in paths for _, _, record in store.iter_records(path))
        return sum((Decimal(r.get("cost_usd") or r.get("cost_at_least_usd") or 0) for r in records), Decimal(0))

    def _arrived(self, cell: int, response: Response) -> None:
        self._watcher.answered(response)
        self._checking.arrived(cell)
        if "judge" in self._stages:
            self._judging.arrived(cell)

    def _checked(self, record: Mapping[str, Any]) -> None:
        self._watcher.checked(record)
        cell = self._grid.find(record)
        if cell is not None and "judge" in self._stages:
            self._judging.checked(cell)

    def _announce(self) -> None:
        plan = self._prepared.plan
        controls = 2 * len(ARMS) * min(plan.controls, len(self._grid.prompts))
        self._watcher.start(
            answers=len(self._grid),
            answers_done=len(self._answers),
            verdicts=self._judging.planned + controls if "judge" in self._stages else 0,
            verdicts_done=self._judging.done,
            checks=self._checking.planned,
            checks_done=self._checking.done,
        )

    def _judges(self) -> dict[tuple[str, str], Judge]:
        return {
            (suite, name): Judge(self._endpoints[name], definition)
            for suite, definition in self._prepared.definitions.items()
            for name in self._prepared.judges
            if name in self._endpoints
        }

    def _recorded_responses(self) -> Iterator[tuple[int, Response]]:
        for response in self._prepared.responses:
            cell = self._grid.find(response.to_json())
            if cell is not None:
                yield cell, response

    def _import_responses(self) -> None:
        for cell, response in self._recorded_responses():
            if cell not in self._answers:
                self._answers.add(cell, self._folder.responses.append(response.to_json()), response, keep=False)

    def _import_judgments(self) -> None:
        if not self._prepared.judgments:
            return
        stored = {record.get("key") for _, _, record in self._folder.judgments}
        for judgment in self._prepared.judgments:
            if judgment.key not in stored:
                self._folder.judgments.append(judgment.to_json())


class _Lane:
    """A model's place at the gateway, open while one of its stages (answering, judging) has calls to hand over."""

    def __init__(self, gateway: Any, name: str, stages: int) -> None:
        self._gateway = gateway
        self._name = name
        self._left = stages
        gateway.open(name)

    @contextlib.contextmanager
    def stage(self) -> Iterator[Callable[[], None]]:
        """For one stage; what it yields is to be called when the last call has been taken up."""
        told = False

        def drained() -> None:
            nonlocal told
            if not told:
                told = True
                self._left -= 1
                if not self._left:
                    self._gateway.close(self._name)

        try:
            yield drained
        finally:
            drained()


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """While calls are made, do not search the modules and suites again and again for cycles of garbage."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.contextmanager
def _stop_in_order(halt: Halt, watcher: Watcher) -> Iterator[None]:
    """First Ctrl-C or SIGTERM: take no new work, let calls in flight finish for a while. Second: drop them."""
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    assert main is not None
    pressed = False

    def stop() -> None:
        nonlocal pressed
        if pressed:
            main.cancel()
            return
        pressed = True
        halt.stop(InterruptedRunError("interrupted; everything answered so far is stored"))
        watcher.say(f"stopping: calls in flight may finish for {GRACE_S:.0f} s (Ctrl-C again drops them)")
        loop.call_later(GRACE_S, main.cancel)

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not pressed:
            raise
        main.uncancel()
        raise InterruptedRunError(
            "interrupted; calls in flight were dropped, everything answered so far is stored"
        ) from None
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
