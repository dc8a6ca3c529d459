"""A run from start to end: plan -> collect and judge -> score -> report, resumable after any interruption.

Collecting and judging overlap: a verdict is asked for as soon as both answers of a pair are stored.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals import __version__, calibrate, routing, store
from evals.calibrating import Calibrating, uncalibrated
from evals.catalog import Endpoint
from evals.forecast import stages as planned_stages
from evals.importers import read_judgments
from evals.measured import measure
from evals.planning import Prepared, Round, Settings, budget, prepare, simulated_endpoints
from evals.records import (
    CONTROL_PREFIX,
    HUMAN_PREFIX,
    SIMULATOR_FINGERPRINT,
    Cost,
    EvalsError,
    InterruptedRunError,
    Judgment,
    Plan,
    Prompt,
    Response,
    Suite,
    UsageError,
)
from evals.score import AnswerStatus, CheckOutcome, Facts, score
from evals.session import Session, Watcher
from evals.store import RunFolder
from evals.suites import asked_hash

STAGES = frozenset({"collect", "judge"})

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
    now: Round | None = None,
    announce: Callable[[Prepared], None] | None = None,
) -> None:
    """Make all calls that are still to be made and store what comes back. Scoring is a separate step.

    `now` is where a search for the best model stands (see `planning.prepare`); `announce` is told what a new run will
    ask before anything is sent.

    Raises UsageError before the first call for all that can be known then, BudgetExceeded or StoreError when the run
    had to stop, InterruptedRunError after Ctrl-C. The folder is resumable after each of them.
    """
    resumed = store.read_json(folder_path / store.MANIFEST) if (folder_path / store.MANIFEST).exists() else None
    prepared = prepare(settings, env=env, resumed=resumed, now=now)
    lacking = uncalibrated(prepared, folder_path.parent) if "judge" in stages else ()
    if announce is not None and resumed is None and prepared.callers:
        announce(prepared)
    with contextlib.ExitStack() as stack:
        endpoints: Mapping[str, Endpoint] = prepared.endpoints
        if prepared.simulate:
            endpoints = stack.enter_context(_simulator(prepared, watcher))
        cap = budget(settings, prepared.catalog, endpoints)
        for note in prepared.notes:
            watcher.say(f"note: {note}")
        folder = stack.enter_context(RunFolder(folder_path))
        if resumed is not None:  # read again under the lock: another process may have closed the run meanwhile
            resumed = store.read_json(folder_path / store.MANIFEST)
        manifest = _manifest(prepared, folder, endpoints, command, resumed)
        calibrating = Calibrating(watcher)
        folder.write_manifest(manifest)
        _write_prompts(folder, prepared)
        session = Session(prepared, folder, endpoints, watcher, stages)
        session.unrecorded_usd = manifest["totals"].get("unrecorded_usd")
        state = "interrupted"
        started = time.monotonic()
        try:
            before = sum((Cost.from_json(one).known for one in manifest["calibrated"]), Decimal(0))
            calibrating.make(lacking, prepared, folder_path.parent, env=env, spent=before + session.spent)
            session.load()
            session.work(cap, elsewhere=before + calibrating.cost.known)
            state = "called"
        except EvalsError as error:
            state = "interrupted" if isinstance(error, InterruptedRunError) else "stopped"
            raise
        finally:
            watcher.finish()
            totals = _add_totals(manifest["totals"], session.totals, time.monotonic() - started)
            if session.unrecorded_usd is not None:
                totals["unrecorded_usd"] = session.unrecorded_usd
            closed: dict[str, Any] = {"state": state, "totals": totals, "closed_at": _now()}
            closed["sandbox"] = session.sandbox or manifest["sandbox"]
            if lacking:
                planned = planned_stages(prepared, endpoints, lacking)[0]
                closed["calibrated"] = [*manifest["calibrated"], {"planned": planned, **calibrating.to_json()}]
            folder.write_manifest({**manifest, **closed})


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


# --------------------------------------------------------------------------------------------- labels
BY_CLASS = "by-class@1"
"""The definition of labels on prompts that were chosen by verdict or label, not at random."""


def import_labels(
    folder: Path, paths: Sequence[str], *, column_map: Mapping[str, str] | None = None, by_class: bool = False
) -> int:
    """Store people's labels of a run's own pairs beside the verdicts; returns how many are new.

    The rows are recorded verdicts (`prompt_id, judge, first, second, winner`) by judges called `human:NAME`. `by_class`
    says that their prompts were chosen by verdict or label. Raises UsageError for a judge that is no person and for
    models or pairs the run does not compare, InputError as `read_judgments`.
    """
    with RunFolder(folder) as opened:
        plan = Plan.from_json(store.read_json(folder / store.MANIFEST)["plan"])
        suites = [
            Suite(
                name=suite.name,
                prompts=tuple(Prompt(suite=suite.name, id=prompt_id, messages=()) for prompt_id in suite.prompt_ids),
                hash=suite.hash,
            )
            for suite in plan.suites
        ]
        labels = list(read_judgments(paths, suites, column_map=column_map))
        couples = {frozenset((pair.first, pair.second)) for pair in plan.pairs}
        for label in labels:
            if not label.judge.startswith(HUMAN_PREFIX):
                raise UsageError(
                    f'"{label.judge}" is no person: labels are by judges called {HUMAN_PREFIX}NAME; what a model '
                    "said comes in with run --judgments"
                )
            if frozenset((label.first, label.second)) not in couples:
                raise UsageError(f"{label.first} v {label.second} is not compared in this run")
        if by_class:
            labels = [replace(label, definition=BY_CLASS, key=f"{label.key}:{BY_CLASS}") for label in labels]
        there = {record.get("key") for _, _, record in opened.judgments}
        new = [label for label in labels if label.key not in there]
        for label in new:
            opened.judgments.append(label.to_json())
        return len(new)


# --------------------------------------------------------------------------------------------- what is written
def score_run(folder: Path) -> dict[str, Any]:
    """Compute `scores.json` and `measured.json` from what is stored, write them and return the scores.

    Raises UsageError while another process writes the run.
    """
    with RunFolder(folder):
        return _score_run(folder)


def _score_run(folder: Path) -> dict[str, Any]:
    manifest = store.read_json(folder / store.MANIFEST)
    plan = Plan.from_json(manifest["plan"])
    fingerprints: set[str | None] = set()

    def statuses() -> Iterator[AnswerStatus]:
        for response in _responses(folder):
            fingerprints.add(response.completion.fingerprint)
            yield AnswerStatus(
                response.suite,
                response.prompt_id,
                response.model,
                response.sample,
                response.completion.status,
                response.has_answer,
                characters=len(response.exchange),
                tokens=response.completion.usage.completion_tokens,
            )

    def verdicts() -> Iterator[Judgment]:
        for judgment in _judgments(folder):
            fingerprints.add(judgment.fingerprint)
            yield judgment

    families = {name: str(model["family"]) for name, model in manifest["models"].items() if model.get("family")}
    languages = {suite["name"]: str(suite.get("language") or "") for suite in manifest["suites"]}
    facts = Facts(families=families, languages=languages)
    scores = score(plan, statuses(), verdicts(), _check_outcomes(folder), facts)
    scores["simulated"] = plan.simulated or SIMULATOR_FINGERPRINT in fingerprints
    store.write_json(folder / store.SCORES, scores)
    checked = sum(1 for _ in store.iter_records(folder / store.CHECKS))
    measured = measure(_responses(folder), _judgments(folder), manifest=manifest, checked=checked)
    complete = bool(scores["coverage"]["complete"])
    # a run that stopped by what it saw measured its models on different prompts: nothing to route by
    measured["routing"] = routing.glance(routing.read_evidence(folder)) if complete and plan.cap is None else None
    store.write_json(folder / store.MEASURED, measured)
    closed = {
        "state": "complete" if complete else "incomplete",
        "simulated": scores["simulated"],
        "calibration": _calibrations(folder, manifest, plan, measured, simulated=scores["simulated"]),
    }
    store.write_json(folder / store.MANIFEST, {**manifest, **closed})
    return scores


def _calibrations(
    folder: Path, manifest: Mapping[str, Any], plan: Plan, measured: Mapping[str, Any], *, simulated: bool
) -> list[dict[str, Any]]:
    """What is known of each judge of the run on each of its suites; nothing is asked of recorded verdicts."""
    judges = dict.fromkeys(judge for pair in plan.pairs for judge in pair.judges)
    found = []
    for planned, facts in zip(plan.suites, manifest["suites"], strict=True):
        name = manifest["settings"].get("definition") or planned.definition.rpartition("@")[0]
        for judge in judges if plan.orders == "both" else ():
            served = (measured["models"].get(judge) or {}).get("served_model") or ()
            one = calibrate.find(folder.parent, facts, judge, name, simulated=simulated)
            found.append(calibrate.served_otherwise(one, served).to_json())
    return found


def _check_outcomes(folder: Path) -> Iterator[CheckOutcome]:
    for _, _, record in store.iter_records(folder / store.CHECKS):
        reasons = [result["status"] for result in record["results"] if result["status"] != "ok"]
        why = "ok" if record["loose"] is not None else reasons[0] if reasons else "error"
        place = record["suite"], record["prompt_id"], record["model"], record["sample"]
        yield (*place, record["strict"], record["loose"], why)


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
        "forecast": planned_stages(prepared, endpoints),
        "calibrated": list(resumed.get("calibrated") or ()) if resumed else [],
        "sandbox": resumed.get("sandbox", "") if resumed else "",
        "totals": dict(resumed["totals"]) if resumed else {"sessions": 0, "wall_s": 0.0},
    }


def _model_facts(name: str, endpoint: Endpoint | None, prepared: Prepared) -> dict[str, Any]:
    facts: dict[str, Any] = {"family": prepared.catalog.family(name), "judge": name in prepared.judges}
    if (known := prepared.catalog.models.get(name)) is not None:
        facts |= {"modalities": list(known.modalities), "context": known.context}
    if endpoint is None:
        return facts
    prices = endpoint.prices
    return {
        **facts,
        "wire_id": endpoint.wire_id,
        "host": endpoint.host,
        "region": endpoint.region,
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

    lines = (
        orjson.dumps(
            {
                "suite": prompt.suite,
                "id": prompt.id,
                "category": prompt.category,
                "lang": prompt.lang,
                "difficulty": prompt.difficulty,
                "image": _has_image(prompt),
                "text": prompt.question,
                "reference": prompt.reference,
                "answer": prompt.answer,
                "hash": asked_hash(prompt, suite.params),
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for suite in prepared.suites
        for prompt in suite.prompts
    )
    store.write_atomic(folder.path / store.PROMPTS, lines)


def _has_image(prompt: Prompt) -> bool:
    contents = (message["content"] for message in prompt.messages)
    parts = (part for content in contents if not isinstance(content, str) for part in content)
    return any(part.get("type") == "image_url" for part in parts)


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
