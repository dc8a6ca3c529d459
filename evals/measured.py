"""What may differ between equal runs: cost, latency, attempts and who served the calls, from the stored records."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.records import CONTROL_PREFIX, RULE_PREFIX, Completion, Cost, Judgment, Plan, Response
from evals.stats import percentiles

RANKS = (50, 95, 99)
STAGES = ("calibrate", "collect", "check", "judge", "noise-check", "controls")
"""What a run does, in this order; `check` asks nobody."""


@dataclass(slots=True)
class _Account:
    """The calls to one model in one role."""

    cost: Cost = field(default_factory=Cost)
    latencies: array[float] = field(default_factory=lambda: array("d"))
    calls: int = 0
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    served: set[str] = field(default_factory=set)
    fingerprints: set[str] = field(default_factory=set)

    def add(self, call: Completion | Judgment, *, answered: bool) -> None:
        self.calls += 1
        self.attempts += call.attempts
        self.prompt_tokens += call.usage.prompt_tokens or 0
        self.completion_tokens += call.usage.completion_tokens or 0
        self.cost = self.cost + call.cost
        if call.latency_s is not None and answered:
            self.latencies.append(call.latency_s)
        if call.served_model:
            self.served.add(call.served_model)
        if call.fingerprint:
            self.fingerprints.add(call.fingerprint)

    def _latency(self) -> dict[str, float] | None:
        if not self.latencies:
            return None
        return {
            f"p{rank}": round(value, 4) for rank, value in zip(RANKS, percentiles(self.latencies, RANKS), strict=True)
        }

    @classmethod
    def of(cls, parts: Iterable[_Account]) -> _Account:
        """Several accounts as one."""
        whole = cls()
        for part in parts:
            whole.cost = whole.cost + part.cost
            whole.latencies += part.latencies
            whole.calls += part.calls
            whole.attempts += part.attempts
            whole.prompt_tokens += part.prompt_tokens
            whole.completion_tokens += part.completion_tokens
            whole.served |= part.served
            whole.fingerprints |= part.fingerprints
        return whole

    def to_json(self, *, invented: bool) -> dict[str, Any]:
        return {
            **self.cost.to_json(),
            "invented_prices": invented,
            "latency_s": self._latency(),
            "calls": self.calls,
            "attempts": self.attempts,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "served_model": sorted(self.served),
            "fingerprint": sorted(self.fingerprints),
        }


@dataclass(slots=True)
class _Stage:
    calls: int = 0
    attempts: int = 0
    cost: Cost = field(default_factory=Cost)

    def add(self, calls: int, attempts: int, cost: Cost) -> None:
        self.calls += calls
        self.attempts += attempts
        self.cost = self.cost + cost


def measure(
    responses: Iterable[Response], judgments: Iterable[Judgment], *, manifest: Mapping[str, Any], checked: int = 0
) -> dict[str, Any]:
    """Build `measured.json` from the records and `run.json`; latencies in seconds, money in dollars.

    Calls that were never made (recorded answers and verdicts, verdicts by rule) have no cost and no latency.
    `stages[]` sets what was planned beside what was done: {stage, planned_calls, at_most_calls (fewer may do), planned
    (its likely cost), calls, attempts, cost_usd}; a call of the stage `check` is one of `checked` answers. A model's
    entry counts all its calls; `as_candidate` and `as_judge` those it was asked for in this role, where it had it;
    `suites` its answers to each suite.
    """
    suites: dict[str, dict[str, _Account]] = {}
    judges: dict[str, _Account] = {}
    stages: dict[str, _Stage] = {}
    plan = Plan.from_json(manifest["plan"])
    for response in responses:
        account = suites.setdefault(response.suite, {}).setdefault(response.model, _Account())
        made = response.completion
        if made.attempts:
            account.add(made, answered=response.has_answer)
            stages.setdefault("collect", _Stage()).add(1 + len(response.earlier), made.attempts, made.cost)
    for judgment in judgments:
        if judgment.judge.startswith(RULE_PREFIX) or not judgment.attempts:
            continue
        judges.setdefault(judgment.judge, _Account()).add(judgment, answered=judgment.status != "error")
        stage, calls = _stage_of(judgment, plan)
        stages.setdefault(stage, _Stage()).add(calls, judgment.attempts, judgment.cost)
    if checked:
        stages["check"] = _Stage(calls=checked)
    for one in manifest.get("calibrated") or ():
        stages.setdefault("calibrate", _Stage()).add(one["calls"], one["attempts"], Cost.from_json(one))
    planned = [*(one["planned"] for one in manifest.get("calibrated") or ()), *(manifest.get("forecast") or ())]
    facts, totals = manifest["models"], manifest["totals"]
    invented = {name for name, fact in facts.items() if (fact.get("prices") or {}).get("invented")}
    candidates = {name for answers in suites.values() for name in answers}
    return {
        "run_id": manifest["run_id"],
        "models": {
            name: _entry(
                candidate=[answers[name] for answers in suites.values() if name in answers],
                judge=[judges[name]] if name in judges else [],
                invented=name in invented,
            )
            for name in sorted(candidates | judges.keys())
        },
        "suites": {
            suite: {name: answers[name].to_json(invented=name in invented) for name in sorted(answers)}
            for suite, answers in sorted(suites.items())
        },
        "stages": _compared(stages, planned),
        "total": sum((stage.cost for stage in stages.values()), start=Cost()).to_json(),
        "wall_s": totals.get("wall_s"),
        "unknown_outcomes": totals.get("unknown_outcomes", 0),
    }


def _entry(*, candidate: Sequence[_Account], judge: Sequence[_Account], invented: bool) -> dict[str, Any]:
    held = {role: parts for role, parts in (("candidate", candidate), ("judge", judge)) if parts}
    return {
        "role": list(held),
        **_Account.of([*candidate, *judge]).to_json(invented=invented),
        **{f"as_{role}": _Account.of(parts).to_json(invented=invented) for role, parts in held.items()},
    }


def _stage_of(judgment: Judgment, plan: Plan) -> tuple[str, int]:
    """The stage a verdict belongs to, and how many calls it is: two where both answers were scored for it."""
    if any((name or "").startswith(CONTROL_PREFIX) for name in (judgment.first, judgment.second)):
        alone = any(suite.alone for suite in plan.suites if suite.name == judgment.suite)
        return "controls", 2 if alone else 1
    return "noise-check" if plan.noise_check and judgment.repeat >= plan.repeats else "judge", 1


def _compared(made: Mapping[str, _Stage], planned: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    before = {str(row["stage"]): row for row in planned}
    for name in STAGES:
        if name not in made and name not in before:
            continue
        row, stage = before.get(name), made.get(name, _Stage())
        rows.append(
            {
                "stage": name,
                "planned_calls": 0 if row is None else row["calls"],
                "at_most_calls": row is not None and row["at_most_calls"],
                "planned": Cost().to_json() if row is None else row["likely"],
                "calls": stage.calls,
                "attempts": stage.attempts,
                **stage.cost.to_json(),
            }
        )
    return rows
