"""How good a judge is on a suite's gold pairs, measured before its verdicts are trusted.

A pairwise judge decides each pair in both orders; a judge of one answer at a time scores both answers, and the higher
score is its choice.

A calibration is a folder `calibration/<suite>/<judge>/` beside the runs: verdicts as JSONL (nothing is paid twice) and
`calibration.json` with what they come to. It belongs to one judge model with one definition on one set of gold pairs;
when any of them has changed it is stale, and an untrusted judge is marked so everywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from evals import store
from evals.catalog import Catalog, Endpoint, load_catalog
from evals.cells import text_digest
from evals.engine import Halt, for_each
from evals.judge import Judge
from evals.library import Definition, load_definition, load_gold, load_suite
from evals.planning import Settings, at_simulator, budget, reach
from evals.records import (
    SCHEMA,
    Completion,
    Cost,
    GoldPair,
    Judgment,
    Response,
    Suite,
    UsageError,
    content_hash,
    format_money,
)
from evals.stats import TRUSTED_FROM, GoldScores, GoldVerdicts, JudgeQuality, judge_quality, scored_quality
from evals.store import RunFolder

FOLDER = "calibration"
RESULT = "calibration.json"
Status = Literal["fresh", "stale", "none"]
NO_ORDER = "each answer is shown alone, so there is no order"
UNMARKED = 'the definition sets no "pass"'
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The calibration that belongs to a judge, a suite and a definition: what is known, and whether it still holds.

    `trusted` is True only for a fresh one whose accuracy on decisive pairs surely reaches 0.70. `record` is the
    content of `calibration.json`, None when there is none; `command` makes it, or makes it anew.
    """

    suite: str
    judge: str
    definition: str
    status: Status
    reasons: tuple[str, ...]
    record: Mapping[str, Any] | None
    command: str

    @property
    def trusted(self) -> bool:
        """Whether this judge's verdicts on this suite may enter a catalog."""
        return self.status == "fresh" and self.record is not None and bool(self.record["trusted"])

    def to_json(self) -> dict[str, Any]:
        """What a run folder keeps of it."""
        record = self.record or {}
        kept = ("made_at", "simulated", "served_model", "pairs", "quality", "cost_per_judgment_usd")
        return {
            "suite": self.suite,
            "judge": self.judge,
            "definition": self.definition,
            "status": self.status,
            "trusted": self.trusted,
            "reasons": list(self.reasons),
            "command": self.command,
            **{name: record.get(name) for name in kept if self.record is not None},
        }


def calibrate(
    judge: str,
    suite_spec: str,
    *,
    out: Path,
    settings: Settings,
    env: Mapping[str, str],
    told: Any,
    spent: Decimal = _NOTHING,
) -> dict[str, Any]:
    """Have a judge decide a suite's gold pairs, store its verdicts and write `calibration.json`; returns its content.

    `settings` brings definition, catalog, base URL, concurrency, budget and `simulate`; `told` is a progress watcher
    (`start`, `judged`, `say`, `finish`); `spent` is what the budget has paid for before. Taken up again, it makes only
    the verdicts that are missing. Raises UsageError before the first call for all that can be known then.
    """
    suite = load_suite(suite_spec)
    pairs = load_gold(suite)
    definition = load_definition(settings.definition or suite.definition)
    _refuse_without_criteria(pairs, definition)
    catalog = load_catalog(Path(settings.catalog) if settings.catalog else None)
    endpoints, simulate = reach([judge], settings, catalog, env)
    with contextlib.ExitStack() as stack:
        if simulate:
            endpoints = _simulated(stack, suite, judge, settings, catalog, told)
        cap = budget(settings, catalog, endpoints)
        purse = None if cap is None else (cap, spent)
        folder = stack.enter_context(RunFolder(folder_of(out, suite.name, judge, definition.name)))
        asker = Judge(endpoints[judge], definition)
        tasks = list(_missing(folder, asker, pairs))
        told.start(answers=0, answers_done=0, verdicts=2 * len(pairs), verdicts_done=2 * len(pairs) - len(tasks))
        try:
            if tasks:
                asyncio.run(_ask(asker, tasks, folder, endpoints, settings, purse, told))
        finally:
            told.finish()
        record = _result(folder, asker, suite, pairs, simulated=simulate)
        store.write_json(folder.path / RESULT, record)
    return record


def find(out: Path, suite: Mapping[str, Any], judge: str, definition: str, *, simulated: bool) -> Found:
    """The calibration that belongs to a judge, suite and definition, and what has changed since it was made.

    `suite` has the `name` of the suite and its `spec` (name or path), `definition` is a name or path.
    """
    name = Path(definition).stem if definition.endswith(".toml") else definition
    path = folder_of(out, suite["name"], judge, name) / RESULT
    words = ["calibrate", "--judge", judge, "--suite", suite["spec"], "--definition", definition]
    command = "python -m evals " + shlex.join(words + ["--simulate"] * simulated)
    common: dict[str, Any] = {"suite": suite["name"], "judge": judge, "definition": name, "command": command}
    if not path.is_file():
        return Found(**common, status="none", reasons=("no calibration",), record=None)
    record = store.read_json(path)
    reasons = []
    try:
        if record.get("definition_hash") != load_definition(definition).hash:
            reasons.append("the judge definition has changed")
        if record.get("gold_hash") != gold_hash(load_gold(load_suite(suite["spec"]))):
            reasons.append("the gold pairs have changed")
    except UsageError as error:
        reasons.append(f"cannot be compared any more: {error}")
    if bool(record.get("simulated")) != simulated:
        reasons.append("made against the simulator" if record.get("simulated") else "made against a real model")
    if record["pairs"]["judged"] < record["pairs"]["planned"]:
        reasons.append(f"only {record['pairs']['judged']} of {record['pairs']['planned']} gold pairs judged")
    if reasons:
        return Found(**common, status="stale", reasons=tuple(reasons), record=record)
    if not record["trusted"]:
        low = (record["quality"]["accuracy"] or {}).get("low")
        shown = "unknown" if low is None else f"{100 * low:.1f} %"
        reasons.append(
            f"its accuracy on decisive gold pairs may be as low as {shown}; {100 * TRUSTED_FROM:g} % is needed"
        )
    return Found(**common, status="fresh", reasons=tuple(reasons), record=record)


def served_otherwise(found: Found, served: Iterable[str]) -> Found:
    """The same, stale when another model answered in the run than in the calibration."""
    before = set((found.record or {}).get("served_model") or ())
    now = set(served)
    if found.status != "fresh" or not now or not before or now <= before:
        return found
    reason = f"the run was judged by {', '.join(sorted(now - before))}, the calibration by {', '.join(sorted(before))}"
    return replace(found, status="stale", reasons=(*found.reasons, reason))


def folder_of(out: Path, suite: str, judge: str, definition: str) -> Path:
    """Where a calibration lives: readable, and never the same for two judges."""
    mark = hashlib.sha256(f"{judge}\x1f{definition}".encode()).hexdigest()[:8]
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", judge).strip("-.")[:60] or "judge"
    return out / FOLDER / re.sub(r"[^A-Za-z0-9._-]+", "-", suite)[:60] / f"{slug}-{definition}-{mark}"


def gold_hash(pairs: Sequence[GoldPair]) -> str:
    """Hash of all that decides what a calibration means."""
    return content_hash(
        [[p.id, p.prompt.question, p.prompt.reference, p.prompt.rubric, p.a, p.b, p.better, p.defect] for p in pairs]
    )


def _refuse_without_criteria(pairs: Sequence[GoldPair], definition: Definition) -> None:
    bare = [pair.id for pair in pairs if not pair.prompt.rubric]
    if bare and definition.kind == "checklist":
        raise UsageError(
            f"{definition.name} judges by the criteria of each prompt, and the prompts of {len(bare)} of {len(pairs)} "
            f'gold pairs have none (first: "{bare[0]}"); give them a "rubric", or choose another --definition '
            "(see: python -m evals judges)"
        )


# --------------------------------------------------------------------------------------------- calls
_Task = tuple[GoldPair, Response, Response | None]
"""What the judge is shown of a pair: both answers in this order, or one."""


def _simulated(
    stack: contextlib.ExitStack, suite: Suite, judge: str, settings: Settings, catalog: Catalog, told: Any
) -> dict[str, Endpoint]:
    from evals import simulator

    told.say("SIMULATED: the embedded simulator answers; this says nothing about the judge named.")
    running = stack.enter_context(simulator.start([suite], catalog_models=[judge], seed=settings.seed))
    return at_simulator(catalog, [judge], running.base_url, running.prices)


def _sides(pair: GoldPair) -> tuple[Response, Response]:
    one, other = (
        Response(
            suite=pair.prompt.suite,
            prompt_id=pair.id,
            model=name,
            sample=0,
            key=name,
            completion=Completion(status="ok", text=text),
        )
        for name, text in (("gold:a", pair.a), ("gold:b", pair.b))
    )
    return one, other


def _missing(folder: RunFolder, asker: Judge, pairs: Sequence[GoldPair]) -> Iterator[_Task]:
    """The verdicts still to be made; failed calls are asked again, what belongs to other settings is set aside."""
    due: dict[str, _Task] = {}
    for pair in pairs:
        one, other = _sides(pair)
        for first, second in ((one, other), (other, one)):
            task = pair, first, None if asker.definition.alone else second
            due[_key(asker, task)] = task
    folder.set_aside(folder.judgments, lambda record: record.get("key") not in due or record.get("status") == "error")
    for _, _, record in folder.judgments:
        due.pop(record["key"], None)
    yield from due.values()


def _key(asker: Judge, task: _Task) -> str:
    pair, first, second = task
    digests = [text_digest(answer.completion.text) for answer in (first, second) if answer is not None]
    return content_hash([asker.key(pair.prompt, *digests, repeat=0, sample=0), pair.id, first.model])


async def _ask(
    asker: Judge,
    tasks: Sequence[_Task],
    folder: RunFolder,
    endpoints: Mapping[str, Endpoint],
    settings: Settings,
    purse: tuple[Decimal, Decimal] | None,
    told: Any,
) -> None:
    from evals.gateway import Budget, Gateway

    halt = Halt()
    money = None if purse is None else Budget(purse[0], spent=purse[1])
    name = asker.endpoint.name
    async with Gateway({name: endpoints[name]}, concurrency=settings.concurrency, budget=money) as gateway:

        async def ask(task: _Task) -> None:
            pair, first, second = task
            if second is None:
                made = await asker.score(gateway, pair.prompt, first)
            else:
                made = await asker.verdict(gateway, pair.prompt, first, second)
            folder.judgments.append({**made.to_json(), "prompt_id": pair.id, "key": _key(asker, task)})
            told.judged(made)

        await for_each(tasks, ask, workers=settings.concurrency, halt=halt)
    halt.raise_if_stopped()


# --------------------------------------------------------------------------------------------- result
def _result(
    folder: RunFolder, asker: Judge, suite: Suite, pairs: Sequence[GoldPair], *, simulated: bool
) -> dict[str, Any]:
    definition = asker.definition
    values: dict[tuple[str, str], float | None] = {}
    cost, calls, served = Cost(), 0, set()
    for _, _, record in folder.judgments:
        judgment = Judgment.from_json(record)
        calls += 1
        cost += judgment.cost
        if judgment.served_model:
            served.add(judgment.served_model)
        values[judgment.prompt_id, judgment.first] = judgment.score if definition.alone else judgment.value
    quality = _quality(definition, pairs, values)
    each = None if cost.unknown or not calls else format_money((cost.known / calls).quantize(cost.known / 10**6 or 1))
    return {
        "schema": SCHEMA,
        "judge": asker.endpoint.name,
        "wire_id": asker.endpoint.wire_id,
        "served_model": sorted(served),
        "suite": suite.name,
        "definition": definition.label,
        "definition_hash": definition.hash,
        "kind": definition.kind,
        "pass_mark": definition.pass_mark,
        "gold_hash": gold_hash(pairs),
        "simulated": simulated,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "pairs": {"planned": quality.planned, "judged": quality.judged},
        "quality": {name: value for name, value in asdict(quality).items() if name not in ("judged", "planned")},
        "not_applicable": _not_applicable(definition),
        "trusted": quality.trusted,
        **cost.to_json(),
        "cost_per_judgment_usd": each,
        "verdicts": calls,
    }


def _quality(
    definition: Definition, pairs: Sequence[GoldPair], values: Mapping[tuple[str, str], float | None]
) -> JudgeQuality:
    def facts(pair: GoldPair) -> dict[str, Any]:
        lengths = len(pair.a), len(pair.b)
        longer = None if lengths[0] == lengths[1] else "a" if lengths[0] > lengths[1] else "b"
        return {"better": pair.better, "longer": longer, "defect": "" if pair.better == "tie" else pair.defect}

    def found(pair: GoldPair) -> tuple[float | None, float | None]:
        return values.get((pair.id, "gold:a")), values.get((pair.id, "gold:b"))

    if definition.alone:
        scored = [GoldScores(a=a, b=b, **facts(pair)) for pair in pairs for a, b in [found(pair)]]
        return scored_quality(scored, pass_mark=definition.pass_mark)
    return judge_quality(
        [GoldVerdicts(a_first=a, b_first=b, **facts(pair)) for pair in pairs for a, b in [found(pair)]]
    )


def _not_applicable(definition: Definition) -> dict[str, str]:
    """Figures that a judge of this kind cannot have, each with the reason: they are null, never 0."""
    if not definition.alone:
        return {}
    missing = {} if definition.pass_mark is not None else dict.fromkeys(("sensitivity", "specificity"), UNMARKED)
    return {**dict.fromkeys(("both_right", "flip_rate", "first_shown"), NO_ORDER), **missing}
