"""What a run writes into the catalog: rows with every figure's origin, the old ones in their history, and routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from evals.records import format_money
from evals.routing._compare import account, money
from evals.routing._decide import Cell, cell_of, place_of
from evals.routing._evidence import Asked, Evidence, Trial
from evals.routing._prices import read_time
from evals.routing._route import incumbent, written_route
from evals.stats import WinRate, percentiles, win_rate


def write_rows(
    after: dict[str, Any], evidence: Evidence, cell: Cell, against: str | None, *, max_age_days: int
) -> None:
    """Put what the evidence says of a cell into the catalog `after`, figures valid for `max_age_days`.

    `against` is the incumbent that decides which answers without checks were accepted.
    """
    until = (read_time(evidence.measured_at) + timedelta(days=max_age_days)).isoformat(timespec="seconds")
    for trial in evidence.trials:
        if trial.cell == cell:
            for row in _trial_rows(after, evidence, trial, until):
                _replace_row(after, row)
    asked = evidence.of(cell)
    for model in evidence.places if asked else ():
        _replace_row(after, measured_row(evidence, asked, cell, model, against or model, until=until))


def _trial_rows(after: Mapping[str, Any], evidence: Evidence, trial: Trial, until: str) -> Iterator[dict[str, Any]]:
    """Both arms of an A/B test as rows: accepted share and dollars per accepted answer; quality was not judged."""
    for arm in trial.arms:
        origin = {"level": trial.level, "n": arm.n, "run": evidence.run, "judge": None}
        origin |= {"valid_from": evidence.measured_at, "valid_until": until}
        host, region = _host(after, evidence, arm.model)
        dollars = None if arm.usd_per_accepted is None else format_money(money(Decimal(repr(arm.usd_per_accepted))))
        yield {
            "model": arm.model,
            "host": host,
            "region": region,
            "task": trial.cell.task,
            "complexity": trial.cell.complexity,
            "image": trial.cell.image,
            "evidence": "ab",
            "accepted": {
                **{name: round(getattr(arm, name), 6) for name in ("value", "low", "high")},
                "method": trial.method,
                **origin,
            },
            "cost_per_accepted_usd": {
                "value": dollars,
                "low": None,
                "high": None,
                "method": "mean-over-accepted",
                **origin,
            },
        }


def _host(catalog: Mapping[str, Any], evidence: Evidence, model: str) -> tuple[str, str | None]:
    if model in evidence.places:
        return evidence.places[model]
    offer = next((offer for offer in catalog["offers"] if offer["model"] == model), None)
    return ("unknown", None) if offer is None else (offer["host"], offer.get("region"))


def measured_row(
    evidence: Evidence, asked: Sequence[Asked], cell: Cell, model: str, against: str, *, until: str | None = None
) -> dict[str, Any]:
    """What some prompts of the evidence say of one model: quality, accepted answers and their cost, latency, speed."""
    origin = {
        "run": evidence.run,
        "judge": evidence.judges.get(cell.task),
        "pool": evidence.pools.get(cell.task),
        "valid_from": evidence.measured_at,
        "valid_until": until,
        **({"trusted": False} if cell.task in evidence.doubted else {}),
    }
    bill = account(asked, model, against)
    answers = [answer for prompt in asked if (answer := prompt.answers.get(model)) is not None]
    latencies = [seconds for answer in answers for seconds in answer.latencies_s]
    speeds = [speed for answer in answers for speed in answer.tokens_per_s]
    return {
        "model": model,
        "host": evidence.places[model][0],
        "region": evidence.places[model][1],
        "task": cell.task,
        "complexity": cell.complexity,
        "image": cell.image,
        "evidence": "measured",
        "quality": _number(_quality(evidence, asked, model), origin),
        "accepted": _number(bill.accepted, origin),
        "cost_per_accepted_usd": {
            **{
                name: None if amount is None else format_money(amount)
                for name, amount in (("value", bill.dollars), ("low", bill.low), ("high", bill.high))
            },
            "level": 0.95,
            "method": "delta-log-ratio",
            "n": bill.n,
            **({"unknown": list(bill.unknown)} if bill.unknown else {}),
            **origin,
        },
        "latency_s": _latency(latencies, origin),
        "tokens_per_s": round(percentiles(speeds, (50,))[0], 2) if speeds else None,
        "served_model": sorted({name for answer in answers for name in answer.served}),
    }


def _quality(evidence: Evidence, asked: Sequence[Asked], model: str) -> WinRate | None:
    """The win rate over all other models of the run, one score a prompt."""
    means, families = [], []
    for prompt in asked:
        others = [prompt.scores[model, other] for other in evidence.places if (model, other) in prompt.scores]
        if others:
            means.append(sum(others) / len(others))
            families.append(prompt.family)
    return win_rate(means, families=families) if means else None


def _number(rate: WinRate | None, origin: Mapping[str, Any]) -> dict[str, Any] | None:
    if rate is None:
        return None
    figures = {name: value for name, value in asdict(rate).items() if name != "families"}
    rounded = {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in figures.items()}
    return {**rounded, **origin}


def _latency(latencies: Sequence[float], origin: Mapping[str, Any]) -> dict[str, Any] | None:
    if not latencies:
        return None
    values = percentiles(latencies, (50, 95, 99))
    figures = {f"p{rank}": round(value, 4) for rank, value in zip((50, 95, 99), values, strict=True)}
    return {**figures, "n": len(latencies), **{name: origin[name] for name in ("run", "valid_from", "valid_until")}}


def _replace_row(after: dict[str, Any], new: dict[str, Any]) -> None:
    """Put a row in the place of the same model and cell; its figures go to the history, unknown keys stay."""
    for number, old in enumerate(after["rows"]):
        if place_of(old) == place_of(new) and cell_of(old) == cell_of(new):
            figures = {name: old[name] for name in _FIGURES if name in new and old.get(name) is not None}
            same_run = (old.get("accepted") or {}).get("run") == (new["accepted"] or {}).get("run")
            history = [*old.get("history", ()), *([] if same_run or not figures else [figures])]
            after["rows"][number] = {**old, **new, **({"history": history} if history else {})}
            return
    after["rows"].append(new)


def write_open(after: dict[str, Any], cell: Cell, run: str, reason: str) -> None:
    """Keep why a measured cell has no route of its own; an empty reason takes the entry away."""
    rest = [entry for entry in after.get("open", ()) if cell_of(entry) != cell]
    new = {"task": cell.task, "complexity": cell.complexity, "image": cell.image, "run": run, "reason": reason}
    if reason or "open" in after:
        after["open"] = [*rest, new] if reason else rest


_FIGURES = ("quality", "accepted", "cost_per_accepted_usd", "latency_s", "tokens_per_s", "served_model")


def write_route(
    after: dict[str, Any],
    evidence: Evidence,
    cell: Cell,
    model: str,
    *,
    reason: str,
    promoted: bool,
    now: datetime,
) -> None:
    """Put a cell's route into the catalog `after`; a promotion keeps who answered before in its history."""
    host, region = _host(after, evidence, model)
    old, before = written_route(after, cell) or {}, incumbent(after, cell)
    when = now.isoformat(timespec="seconds")
    new = {
        **old,
        "model": model,
        "host": host,
        "region": region,
        "task": cell.task,
        "complexity": cell.complexity,
        "image": cell.image,
        "evidence": "ab" if any(trial.cell == cell for trial in evidence.trials) else "measured",
        "since": when if promoted else old.get("since"),
        "run": evidence.run,
        "reason": reason,
    }
    if promoted and before is not None:
        gone = {name: before.get(name) for name in ("model", "host", "region", "evidence", "since", "run")}
        new["history"] = [*old.get("history", ()), {**gone, "until": when}]
    after["routes"] = [entry for entry in after["routes"] if cell_of(entry) != cell] + [new]
