"""A run from start to end: plan -> collect and judge -> score -> report, resumable after any interruption.

Collecting and judging overlap: a verdict is asked for as soon as both answers of a pair are stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from evals import __version__, store
from evals.catalog import Endpoint
from evals.cells import Answers, Grid
from evals.collect import Collector, StaleAnswers
from evals.engine import Halt
from evals.judge import Judge, JudgeStage
from evals.measured import measure
from evals.planning import Prepared, Settings, budget, prepare, simulated_endpoints
from evals.records import (
    CONTROL_PREFIX,
    SIMULATOR_FINGERPRINT,
    EvalsError,
    InterruptedRunError,
    Judgment,
    Plan,
    Response,
    ResponseStatus,
    UsageError,
    format_money,
)
from evals.score import score
from evals.store import RunFolder

STAGES = frozenset({"collect", "judge"})
GRACE_S = 10.0
"""How long calls in flight may finish after the first Ctrl-C; a second one drops them at once."""

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Watcher(Protocol):
    """Whoever shows progress: told the totals once, then of each answer and verdict."""

    def say(self, text: str) -> None:
        """A line of news."""
        ...

    def start(self, *, answers: int, answers_done: int, verdicts: int, verdicts_done: int) -> None:
        """Calls are about to be made."""
        ...

    def answered(self, response: Response) -> None:
        """One more answer is stored."""
        ...

    def judged(self, judgment: Judgment) -> None:
        """One more verdict is stored."""
        ...

    def finish(self) -> None:
        """No more calls."""
        ...


# --------------------------------------------------------------------------------------------- folders
def new_run_id(settings: Settings, now: datetime) -> str:
    """A name for a new run: its suites and the time, in characters that are safe in a path."""
    names = "+".join(Path(spec.partition("?")[0]).stem or "suite" for spec in settings.suite)
    safe = re.sub(r"[^A-Za-z0-9+-]+", "-", names).strip("-")[:40].replace("+", "-") or "run"
    return f"{safe}-{now:%Y%m%d-%H%M%S}"


def run_folder(out: Path, run_id: str) -> Path:
    """Where a run lives. Raises UsageError for a name that would leave the folder."""
    if not _RUN_ID.fullmatch(run_id):
        raise UsageError(f'run id "{run_id}" may hold letters, digits, ".", "_" and "-" only, at most 100')
    return out / run_id


def find_run(name: str, out: Path) -> Path:
    """The folder of a stored run, given its path or its id. Raises UsageError when there is none."""
    for folder in (Path(name), out / name):
        if (folder / store.MANIFEST).is_file():
            return folder
    known = sorted(path.parent.name for path in out.glob(f"*/{store.MANIFEST}"))
    hint = f"; runs in {out}: {', '.join(known[-5:])}" if known else f"; there is no run in {out}"
    raise UsageError(f'no run "{name}"{hint}')


# --------------------------------------------------------------------------------------------- the run
def execute(
    settings: Settings,
    folder_path: Path,
    *,
    env: Mapping[str, str],
    watcher: Watcher,
    command: list[str],
    stages: frozenset[str] = STAGES,
) -> None:
    """Make all calls that are still to be made and store what comes back. Scoring is a separate step.

    Raises UsageError before the first call for all that can be known then, BudgetExceeded or StoreError when the run
    had to stop, InterruptedRunError after Ctrl-C. The folder is resumable after each of them.
    """
    resumed = store.read_json(folder_path / store.MANIFEST) if (folder_path / store.MANIFEST).exists() else None
    prepared = prepare(settings, env=env, resumed=resumed)
    with contextlib.ExitStack() as stack:
        endpoints: Mapping[str, Endpoint] = prepared.endpoints
        if prepared.simulate:
            endpoints = stack.enter_context(_simulator(prepared, watcher))
        cap = budget(settings, prepared.catalog, endpoints)
        for note in prepared.notes:
            watcher.say(f"note: {note}")
        folder = stack.enter_context(RunFolder(folder_path))
        manifest = _manifest(prepared, folder, endpoints, command, resumed)
        folder.write_manifest(manifest)
        _write_prompts(folder, prepared)
        calls = _Calls(prepared, folder, endpoints, watcher, stages)
        calls.unrecorded_usd = manifest["totals"].get("unrecorded_usd")
        state = "interrupted"
        started = time.monotonic()
        try:
            calls.load()
            if prepared.callers:
                with _rare_collections():
                    asyncio.run(calls.make(cap))
            state = "called"
        except EvalsError as error:
            state = "interrupted" if isinstance(error, InterruptedRunError) else "stopped"
            raise
        finally:
            watcher.finish()
            totals = _add_totals(manifest["totals"], calls.totals, time.monotonic() - started)
            if calls.unrecorded_usd is not None:
                totals["unrecorded_usd"] = calls.unrecorded_usd
            folder.write_manifest({**manifest, "state": state, "totals": totals, "closed_at": _now()})


@contextlib.contextmanager
def _simulator(prepared: Prepared, watcher: Watcher) -> Iterator[dict[str, Endpoint]]:
    from evals import simulator

    watcher.say(
        "SIMULATED: no model is reachable, so the embedded simulator answers; every figure below is invented.\n"
        "           Set EVALS_BASE_URL and EVALS_API_KEY to compare real models."
        if not prepared.settings.simulate
        else "SIMULATED: the embedded simulator answers, as asked; every figure below is invented."
    )
    with simulator.start(prepared.suites, catalog_models=prepared.callers, seed=prepared.settings.seed) as running:
        yield simulated_endpoints(prepared, running.base_url, running.prices)


class _Calls:
    """The calls of one session of a run: what is stored, what is missing, and making the rest."""

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
        self._grid = Grid(prepared.suites, plan.models, plan.samples)
        self._answers = Answers(self._grid, folder.responses)
        self._collector = Collector(self._grid, self._answers, folder.responses, endpoints, self._arrived)
        self._judging = JudgeStage(
            plan, self._grid, self._answers, folder.judgments, self._judges(), stored=watcher.judged
        )

    def load(self) -> None:
        """Read what is stored, set aside what must not be reused, and add recorded answers and verdicts."""
        stale = StaleAnswers(self._grid, self._endpoints if "collect" in self._stages else {})
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
        self._import_responses()
        self._import_judgments()
        if self._prepared.plan.orders == "both" and "judge" in self._stages:
            self._set_aside_verdicts()

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

    async def make(self, cap: Decimal | None) -> None:
        """Call the models until nothing is missing. See `execute` for what it raises."""
        from evals.gateway import Budget, Gateway

        halt = Halt()
        lanes = Counter[str]()
        if "collect" in self._stages:
            lanes.update(model for model in self._prepared.plan.models if model in self._endpoints)
        if "judge" in self._stages:
            lanes.update(self._judging.judge_names)
        purse = None if cap is None else Budget(cap, spent=self._recorded_cost() + Decimal(self.unrecorded_usd or 0))
        gateway = Gateway(
            {name: self._endpoints[name] for name in lanes},
            concurrency=self._prepared.settings.concurrency,
            budget=purse,
            seed=self._prepared.settings.seed,
        )
        async with gateway:
            for name in lanes:
                gateway.open(name)

            def leave(name: str) -> None:
                lanes[name] -= 1
                if not lanes[name]:
                    gateway.close(name)

            self._announce()
            try:
                with _stop_in_order(halt, self._watcher):
                    await self._all_stages(gateway, halt, leave)
            finally:
                self.totals = asdict(gateway.totals)
                if purse is not None:
                    self.unrecorded_usd = format_money(purse.spent - self._recorded_cost())
        halt.raise_if_stopped()

    async def _all_stages(self, gateway: Any, halt: Halt, leave: Any) -> None:
        async def collect(model: str) -> None:
            await self._collector.collect(model, gateway, workers=self._workers, halt=halt)
            leave(model)

        async def collect_all() -> None:
            if "collect" in self._stages:
                async with asyncio.TaskGroup() as group:
                    for model in self._prepared.plan.models:
                        if model in self._endpoints:
                            group.create_task(collect(model))
            self._judging.close()

        async def judge(name: str) -> None:
            await self._judging.judge(name, gateway, workers=self._workers, halt=halt)
            leave(name)

        if "judge" in self._stages:
            self._judging.catch_up()
        async with asyncio.TaskGroup() as group:
            group.create_task(collect_all())
            if "judge" in self._stages:
                for name in self._judging.judge_names:
                    group.create_task(judge(name))

    def _recorded_cost(self) -> Decimal:
        """What the run has paid by its records, in all sessions; what was set aside was paid for too."""
        paths = (self._folder.path / name for name in (store.RESPONSES, store.JUDGMENTS, store.SET_ASIDE))
        records = (record for path in paths for _, _, record in store.iter_records(path))
        return sum((Decimal(r.get("cost_usd") or r.get("cost_at_least_usd") or 0) for r in records), Decimal(0))

    def _arrived(self, cell: int, response: Response) -> None:
        self._watcher.answered(response)
        if "judge" in self._stages:
            self._judging.arrived(cell)

    def _announce(self) -> None:
        plan = self._prepared.plan
        verdicts = sum(len(pair.judges) for pair in plan.pairs) * len(self._grid.prompts) * plan.samples
        self._watcher.start(
            answers=len(self._grid),
            answers_done=len(self._answers),
            verdicts=verdicts * plan.repeats * 2 if "judge" in self._stages else 0,
            verdicts_done=self._judging.done,
        )

    def _judges(self) -> dict[tuple[str, str], Judge]:
        return {
            (suite, name): Judge(self._endpoints[name], definition)
            for suite, definition in self._prepared.definitions.items()
            for name in self._prepared.judges
            if name in self._endpoints
        }

    def _import_responses(self) -> None:
        for response in self._prepared.responses:
            cell = self._grid.find({**response.to_json()})
            if cell is not None and cell not in self._answers:
                self._answers.add(cell, self._folder.responses.append(response.to_json()), response, keep=False)

    def _import_judgments(self) -> None:
        if not self._prepared.judgments:
            return
        stored = {record.get("key") for _, _, record in self._folder.judgments}
        for judgment in self._prepared.judgments:
            if judgment.key not in stored:
                self._folder.judgments.append(judgment.to_json())


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


# --------------------------------------------------------------------------------------------- what is written
def score_run(folder: Path) -> dict[str, Any]:
    """Compute `scores.json` and `measured.json` from what is stored, write them and return the scores."""
    manifest = store.read_json(folder / store.MANIFEST)
    plan = Plan.from_json(manifest["plan"])
    fingerprints: set[str | None] = set()

    def statuses() -> Iterator[tuple[str, str, str, int, ResponseStatus, bool]]:
        for response in _responses(folder):
            fingerprints.add(response.completion.fingerprint)
            yield (
                response.suite,
                response.prompt_id,
                response.model,
                response.sample,
                response.completion.status,
                response.has_answer,
            )

    def verdicts() -> Iterator[Judgment]:
        for judgment in _judgments(folder):
            fingerprints.add(judgment.fingerprint)
            yield judgment

    scores = score(plan, statuses(), verdicts())
    scores["simulated"] = plan.simulated or SIMULATOR_FINGERPRINT in fingerprints
    store.write_json(folder / store.SCORES, scores)
    measured = measure(
        manifest["run_id"],
        _responses(folder),
        _judgments(folder),
        models=manifest["models"],
        totals=manifest["totals"],
    )
    store.write_json(folder / store.MEASURED, measured)
    complete = bool(scores["coverage"]["complete"])
    store.write_json(
        folder / store.MANIFEST,
        {**manifest, "state": "complete" if complete else "incomplete", "simulated": scores["simulated"]},
    )
    return scores


def _responses(folder: Path) -> Iterator[Response]:
    for _, _, record in store.iter_records(folder / store.RESPONSES):
        if not str(record.get("model", "")).startswith(CONTROL_PREFIX):
            yield Response.from_json(record)


def _judgments(folder: Path) -> Iterator[Judgment]:
    for _, _, record in store.iter_records(folder / store.JUDGMENTS):
        yield Judgment.from_json(record)


def _manifest(
    prepared: Prepared,
    folder: RunFolder,
    endpoints: Mapping[str, Endpoint],
    command: list[str],
    resumed: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {
        "run_id": folder.path.name,
        "command": command,
        "version": __version__,
        "created_at": resumed["created_at"] if resumed else _now(),
        "closed_at": None,
        "state": "open",
        "simulated": prepared.simulate,
        "seed": prepared.settings.seed,
        "settings": prepared.settings.to_json(),
        "plan": prepared.plan.to_json(),
        "suites": [
            {
                "name": suite.name,
                "spec": spec,
                "title": suite.title,
                "version": suite.version,
                "language": suite.language,
                "hash": suite.hash,
                "definition": planned.definition,
                "license": suite.license,
                "prompts": len(suite.prompts),
                "categories": dict(suite.categories),
            }
            for spec, suite, planned in zip(prepared.settings.suite, prepared.suites, prepared.plan.suites, strict=True)
        ],
        "definitions": {definition.label: definition.hash for definition in prepared.definitions.values()},
        "catalog": {"path": str(prepared.catalog.path), "hash": prepared.catalog.hash},
        "models": {
            name: _model_facts(name, endpoints.get(name), prepared)
            for name in (*prepared.plan.models, *prepared.judges)
        },
        "notes": list(prepared.notes),
        "totals": dict(resumed["totals"]) if resumed else {"sessions": 0, "wall_s": 0.0},
    }


def _model_facts(name: str, endpoint: Endpoint | None, prepared: Prepared) -> dict[str, Any]:
    facts: dict[str, Any] = {"family": prepared.catalog.family(name), "judge": name in prepared.judges}
    if endpoint is None:
        return facts
    prices = endpoint.prices
    return {
        **facts,
        "wire_id": endpoint.wire_id,
        "host": endpoint.host,
        # The embedded simulator has a new port each time; its address says nothing.
        "base_url": "simulator" if prepared.simulate else endpoint.base_url,
        "prices": {
            "input_usd_per_mtok": None if prices.input_usd_per_mtok is None else str(prices.input_usd_per_mtok),
            "output_usd_per_mtok": None if prices.output_usd_per_mtok is None else str(prices.output_usd_per_mtok),
            "invented": prices.invented,
        },
    }


def _write_prompts(folder: RunFolder, prepared: Prepared) -> None:
    """Keep the prompts as asked beside the answers, so that a report needs neither the suite nor a network."""
    import orjson

    lines = [
        orjson.dumps(
            {
                "suite": prompt.suite,
                "id": prompt.id,
                "category": prompt.category,
                "lang": prompt.lang,
                "difficulty": prompt.difficulty,
                "text": prompt.text,
                "reference": prompt.reference,
                "answer": prompt.answer,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for suite in prepared.suites
        for prompt in suite.prompts
    ]
    store.write_atomic(folder.path / store.PROMPTS, b"".join(lines))


def _add_totals(before: Mapping[str, Any], session: Mapping[str, int], wall_s: float) -> dict[str, Any]:
    totals = Counter({name: value for name, value in before.items() if isinstance(value, int)})
    totals.update(session)
    return {
        **totals,
        "sessions": int(before.get("sessions", 0)) + 1,
        "wall_s": round(float(before.get("wall_s", 0.0)) + wall_s, 3),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
