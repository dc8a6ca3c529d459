"""What may differ between equal runs: cost, latency, attempts and who served the calls, from the stored records."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.records import NO_ANSWER_JUDGE, Completion, Cost, Judgment, Response
from evals.stats import percentiles

RANKS = (50, 95, 99)


@dataclass(slots=True)
class _Account:
    roles: set[str] = field(default_factory=set)
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

    def to_json(self, *, invented: bool) -> dict[str, Any]:
        return {
            "role": sorted(self.roles),
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


def measure(
    run_id: str,
    responses: Iterable[Response],
    judgments: Iterable[Judgment],
    *,
    models: Mapping[str, Mapping[str, Any]],
    totals: Mapping[str, Any],
) -> dict[str, Any]:
    """Build `measured.json`. `models` and `totals` are those of `run.json`; latencies in seconds, money in dollars.

    Calls that were never made (recorded answers and verdicts, verdicts by rule) have no cost and no latency.
    """
    accounts: dict[str, _Account] = {}
    for response in responses:
        account = accounts.setdefault(response.model, _Account())
        account.roles.add("candidate")
        if response.completion.attempts:
            account.add(response.completion, answered=response.has_answer)
    for judgment in judgments:
        if judgment.judge == NO_ANSWER_JUDGE or not judgment.attempts:
            continue
        account = accounts.setdefault(judgment.judge, _Account())
        account.roles.add("judge")
        account.add(judgment, answered=judgment.status != "error")
    total = sum((account.cost for account in accounts.values()), start=Cost())
    return {
        "run_id": run_id,
        "models": {
            name: accounts[name].to_json(invented=bool(models.get(name, {}).get("prices", {}).get("invented")))
            for name in sorted(accounts)
        },
        "total": total.to_json(),
        "wall_s": totals.get("wall_s"),
        "unknown_outcomes": totals.get("unknown_outcomes", 0),
    }
