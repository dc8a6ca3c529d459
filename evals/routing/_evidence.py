"""A run folder as evidence for routing: per cell and prompt who was accepted, at what cost, and who beat whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals import store
from evals.records import (
    CONTROL_PREFIX,
    Plan,
    Response,
    UsageError,
    content_hash,
)
from evals.routing._decide import ANY, Cell, reading_order
from evals.routing._verdicts import pair_scores

CLASSES: Mapping[int, str] = {1: "low", 2: "low", 3: "medium", 4: "high"}
"""A prompt's difficulty, as its author judged it, to the complexity a router knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one model's answers to one prompt came to, its samples together.

    `passed` is the share of samples whose checks all pass (None: no checks, or not all could be read). `cost_usd` is
    the mean of one answer, `latencies_s` and `tokens_per_s` those of each.
    """

    passed: float | None
    cost_usd: Decimal | None
    unknown: tuple[str, ...]
    latencies_s: tuple[float, ...]
    tokens_per_s: tuple[float, ...]
    served: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A prompt as evidence: where it belongs, whether it carries checks, its family, and each model's answer.

    `complexity` is the class of its difficulty, None where no difficulty is stated, whatever cell it is counted in.
    `scores` gives the judge's score (0..1) of the first model of each pair; both orders of a pair are there.
    """

    cell: Cell
    prompt_id: str
    checked: bool
    family: str
    complexity: str | None
    answers: Mapping[str, Answer]
    scores: Mapping[tuple[str, str], float]

    def accepted(self, model: str, incumbent: str) -> float | None:
        """1 when the answer will do, 0 when not: its checks where there are any, else no worse than the incumbent's."""
        answer = self.answers.get(model)
        if answer is None:
            return None
        if self.checked:
            return answer.passed
        if model == incumbent:
            return 1.0
        score = self.scores.get((model, incumbent))
        return None if score is None else float(score >= 0.5)

    def worth(self, model: str) -> float | None:
        """How good an answer is, 0..1, whoever answers now: its checks where there are any, else its win share."""
        answer = self.answers.get(model)
        if answer is None:
            return None
        return answer.passed if self.checked else self.share(model)

    def share(self, model: str) -> float | None:
        """The mean of the judge's scores against all others, None where there is none."""
        scores = [score for (first, _), score in self.scores.items() if first == model]
        return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArm:
    """One side of an A/B test: the accepted share with an interval that holds at any look, and its price."""

    model: str
    value: float
    low: float
    high: float
    n: int
    usd_per_accepted: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The verdict of an A/B test: what `publish` needs of a challenger that was tested on live traffic."""

    arms: tuple[TrialArm, ...] = ()

    cell: Cell
    incumbent: str
    challenger: str
    difference: float
    low: float
    high: float
    level: float
    n: int
    cost_ratio: float | None
    cost_ratio_high: float | None
    stopped: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a run says about routing.

    `untrusted` are the judges that no calibration speaks for, in words, `doubted` the suites they judged;
    `uncalibrated`: one of them lacks a calibration that holds today.
    `places` gives each model's host and region, `pools` the hash of each suite's models and prompts, `offers` what the
    run knows of each model. `faults` are the reasons not to publish it that need no catalog to see.
    """

    run: str
    simulated: bool
    untrusted: tuple[str, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    measured_at: str
    judges: Mapping[str, str]
    places: Mapping[str, tuple[str, str | None]]
    pools: Mapping[str, str]
    asked: tuple[Asked, ...]
    offers: tuple[Mapping[str, Any], ...] = ()
    trials: tuple[Trial, ...] = ()
    served: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    uncalibrated: bool = False

    @property
    def cells(self) -> list[Cell]:
        """The cells with prompts, in order."""
        return sorted(
            {*(asked.cell for asked in self.asked), *(trial.cell for trial in self.trials)}, key=reading_order
        )

    def of(self, cell: Cell) -> list[Asked]:
        """The prompts of one cell."""
        return [asked for asked in self.asked if asked.cell == cell]


def read_evidence(folder: Path, *, by: str = "complexity", tasks: Sequence[str] = ()) -> Evidence:
    """Evidence of a run folder. `by`: "complexity" (a cell per suite and class of difficulty) or "task" (per suite).

    `tasks` names the suites to read, none means all. Raises UsageError for a suite the run does not have or a file that
    is absent or damaged, InputError with file:line on a damaged record.
    """
    manifest = store.read_json(folder / store.MANIFEST)
    scores = store.read_json(folder / store.SCORES)
    plan = _only(Plan.from_json(manifest["plan"]), tasks)
    records = [record for _, _, record in store.iter_records(folder / store.PROMPTS)]
    prompts = {(record["suite"], record["id"]): record for record in records}
    answers, served = _answers(folder, plan)
    judged = pair_scores(folder, plan)
    asked = []
    for suite in plan.suites:
        checked = set(suite.checked)
        families = suite.families or ("",) * len(suite.prompt_ids)
        for prompt_id, family in zip(suite.prompt_ids, families, strict=True):
            place = suite.name, prompt_id
            record = prompts.get(place, {})
            asked.append(
                Asked(
                    cell=_cell(suite.name, record, by),
                    prompt_id=prompt_id,
                    checked=prompt_id in checked,
                    family=f"{suite.name}/{family or prompt_id}",
                    complexity=CLASSES.get(record.get("difficulty") or 0),
                    answers=answers.get(place, {}),
                    scores=judged.get(place, {}),
                )
            )
    judges = sorted({judge for pair in plan.pairs for judge in pair.judges})
    untrusted, doubted, uncalibrated = _untrusted(scores.get("calibration") or manifest.get("calibration") or (), plan)
    return Evidence(
        run=str(manifest["run_id"]),
        simulated=bool(scores["simulated"] or manifest.get("simulated")),
        untrusted=untrusted,
        doubted=doubted,
        uncalibrated=uncalibrated,
        faults=tuple(_faults(manifest, scores, plan)),
        notes=() if scores.get("controls") else ("no control was run on the judge",),
        measured_at=str(manifest.get("closed_at") or manifest["created_at"]),
        judges={suite.name: ", ".join(judges) for suite in plan.suites},
        places={
            model: (str(facts.get("host") or "unknown"), facts.get("region"))
            for model in plan.models
            for facts in [manifest["models"].get(model, {})]
        },
        pools={suite.name: content_hash([sorted(plan.models), suite.hash])[:16] for suite in plan.suites},
        asked=tuple(asked),
        offers=tuple(_offer(model, manifest["models"].get(model, {})) for model in plan.models),
        served=served,
    )


def _only(plan: Plan, tasks: Sequence[str]) -> Plan:
    known = [suite.name for suite in plan.suites]
    for task in tasks:
        if task not in known:
            raise UsageError(f'the run has no suite "{task}"; it has: {", ".join(known)}')
    return replace(plan, suites=tuple(suite for suite in plan.suites if not tasks or suite.name in tasks))


def _offer(model: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A model that the catalog may not know yet, at the prices the run was billed by."""
    prices = facts.get("prices") or {}
    stated = {
        kind: prices[name]
        for kind, name in (("input", "input_usd_per_mtok"), ("output", "output_usd_per_mtok"))
        if prices.get(name) is not None
    }
    source = {"name": "the simulator's invented prices" if prices.get("invented") else "the run's model catalog"}
    return {
        "model": model,
        "host": str(facts.get("host") or "unknown"),
        "region": facts.get("region"),
        "family": facts.get("family"),
        "wire_id": facts.get("wire_id") or model,
        **{name: facts[name] for name in ("modalities", "context") if facts.get(name)},
        "rates": [{"usd_per_mtok": stated, "source": source}] if stated else [],
    }


def _cell(suite: str, record: Mapping[str, Any], by: str) -> Cell:
    complexity = CLASSES.get(record.get("difficulty") or 0, ANY) if by == "complexity" else ANY
    return Cell(task=suite, complexity=complexity, image=bool(record.get("image")))


# --------------------------------------------------------------------------------------------- what speaks against it
def _faults(manifest: Mapping[str, Any], scores: Mapping[str, Any], plan: Plan) -> Iterable[str]:
    coverage = scores["coverage"]
    for model, entry in coverage["by_model"].items():
        if entry["share"] is not None and entry["share"] > plan.max_missing:
            share, limit = f"{entry['share']:.1%}", f"{plan.max_missing:.1%}"
            yield f"{model} misses {share} of its planned scores (at most {limit} may be missing)"
    if not coverage["complete"]:
        missing = f"{coverage['missing']} of {coverage['planned']} planned scores are missing"
        yield f"the run is incomplete: {missing}; to make them: evals run --run-id {manifest['run_id']}"
    elif manifest.get("state") not in ("complete", "called"):
        yield f"the run is {manifest.get('state')}, not complete; to end it: evals run --run-id {manifest['run_id']}"
    for control in scores.get("controls") or ():
        if control.get("red"):
            yield f"the control {control.get('arm')} is red: the judge did not notice what it must notice"
    if plan.orders == "recorded":
        yield "its verdicts were read from files: no control was run on their judge"
    else:
        for reason in (scores.get("publishable") or {}).get("reasons", ()):
            if reason in ("controls not run", "controls incomplete"):
                yield f"{reason}: nothing shows that the judge would have noticed a worthless answer"
    if plan.cap is not None:
        yield "the run stopped by what it saw (--find-best): it names the best model and measures no other"


def _untrusted(entries: Iterable[Any], plan: Plan) -> tuple[tuple[str, ...], frozenset[str], bool]:
    """The judges that no calibration speaks for, with what it says against them; the suites; whether one is lacking.

    An entry names `judge` and `suite` and is `trusted` or tells its `reasons`; without a suite it holds for all.
    """
    known = [entry for entry in entries if isinstance(entry, dict)]
    found: dict[tuple[str, str], list[str]] = {}
    lacking = False
    judges = sorted({judge for pair in plan.pairs for judge in pair.judges})
    for suite in plan.suites:
        for judge in judges:
            own = [e for e in known if e.get("judge") == judge and e.get("suite") in (None, suite.name)]
            if not any(entry.get("trusted") is True for entry in own):
                lacking = lacking or all(entry.get("status") != "fresh" for entry in own)
                reasons = "; ".join(str(reason) for entry in own for reason in entry.get("reasons") or ())
                found.setdefault((judge, reasons or "no calibration"), []).append(suite.name)
    alike: dict[tuple[str, str], list[str]] = {}
    for (judge, reason), suites in found.items():
        alike.setdefault((", ".join(suites), reason), []).append(judge)
    labels = tuple(f"{', '.join(names)} on {suites} ({reason})" for (suites, reason), names in alike.items())
    return labels, frozenset(name for suites in found.values() for name in suites), lacking


# --------------------------------------------------------------------------------------------- records
def _answers(folder: Path, plan: Plan) -> tuple[dict[tuple[str, str], dict[str, Answer]], dict[str, tuple[str, ...]]]:
    passed: dict[tuple[str, str, str], dict[int, bool | None]] = defaultdict(dict)
    for _, _, record in store.iter_records(folder / store.CHECKS):
        passed[record["suite"], record["prompt_id"], record["model"]][record["sample"]] = record["loose"]
    given: dict[tuple[str, str, str], dict[int, Response]] = defaultdict(dict)
    for _, _, record in store.iter_records(folder / store.RESPONSES):
        if not str(record.get("model", "")).startswith(CONTROL_PREFIX):
            response = Response.from_json({**record, "text": record["text"][:1], "reasoning": ""})
            given[response.suite, response.prompt_id, response.model][response.sample] = response
    found: dict[tuple[str, str], dict[str, Answer]] = defaultdict(dict)
    served: dict[str, set[str]] = defaultdict(set)
    for (suite, prompt_id, model), samples in given.items():
        if model in plan.models and len(samples) == plan.samples:
            answer = _answer(list(samples.values()), passed.get((suite, prompt_id, model), {}), plan.samples)
            found[suite, prompt_id][model] = answer
            served[model] |= set(answer.served)
    return found, {model: tuple(sorted(names)) for model, names in served.items()}


def _answer(samples: Sequence[Response], passed: Mapping[int, bool | None], planned: int) -> Answer:
    calls = [response.completion for response in samples]
    readings = list(passed.values())
    share = None if len(readings) < planned or None in readings else sum(map(bool, readings)) / planned
    unknown = {name for call in calls for name in call.cost.unknown}
    if any(not call.attempts for call in calls):
        unknown.add("calls were recorded, not made")
    return Answer(
        passed=share,
        cost_usd=None if unknown else sum((call.cost.known for call in calls), Decimal(0)) / len(calls),
        unknown=tuple(sorted(unknown)),
        latencies_s=tuple(call.latency_s for call in calls if call.latency_s is not None),
        tokens_per_s=tuple(
            call.usage.completion_tokens / call.latency_s
            for call in calls
            if call.latency_s and call.usage.completion_tokens
        ),
        served=tuple(sorted({call.served_model for call in calls if call.served_model})),
    )
