"""`evals plan`: what a run would ask, cost and be able to see. Nothing is sent."""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import store
from evals.catalog import Limits, Prices
from evals.records import NO_ANSWER_JUDGE, Cost, Prompt, Suite, Usage

if TYPE_CHECKING:
    from evals.planning import Prepared, Settings

GAPS = (0.03, 0.05, 0.10)
POWER = 0.8

_ANSWER_TOKENS = 500
_VERDICT_TOKENS = 250
_SECONDS = 15.0
"""Assumed of a call where no earlier run says more; stated in what is printed."""
_LONGER = 2
"""A judge may count an answer as this many times the tokens its writer did."""
_PICTURE, _LARGEST_PICTURE = 1_500, 16_384
_OVERHEAD = 64  # tokens of a request's form, beside its texts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `plan` takes beside the arguments of `run`."""
    parser.add_argument(
        "--like", metavar="RUN", help="an earlier run, for its token counts, times and spread of scores"
    )


def main(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the plan. Raises UsageError as `run` would before its first call."""
    from evals.planning import prepare
    from evals.run import find_run

    prepared = prepare(settings, env=os.environ)
    like = Earlier.read(find_run(arguments.like, Path(arguments.out))) if arguments.like else Earlier()
    found = forecast(prepared, like)
    if any(any(suite.families) for suite in prepared.plan.suites):
        found["notes"].append("prompts made from one template count for less: the gaps hold for independent prompts")
    if settings.find_best:
        found["notes"].append("with --find-best these are the most calls there can be: it drops models on the way")
    if arguments.calibrate:
        found["notes"].append("the calls of --calibrate are not counted")
    if settings.budget_usd is not None and Decimal(found["likely"].get("cost_usd") or 0) > Decimal(settings.budget_usd):
        found["notes"].append(f"--budget-usd {settings.budget_usd} would likely stop this run before its end")
    print(json.dumps(found, ensure_ascii=False) if arguments.json else _text(found))
    return 0


def headline(prepared: Prepared) -> str:
    """What a run says before its first call: how many there will be, and what they cost at most."""
    loads, served = _loads(prepared, Earlier()), _served(prepared)
    costs = [_cost(load, served[model][0]) for (_, model), load in loads.items()]
    likely, most = (sum((pair[side] for pair in costs), start=Cost()).to_json() for side in (0, 1))
    calls = f"{round(math.fsum(load.calls for load in loads.values())):,} calls"
    if prepared.simulate:
        return f"{calls}, to the simulator, so nothing is paid"
    return f"{calls}; cost likely {_money(likely)}, at most {_money(most)} (details: python -m evals plan)"


# ------------------------------------------------------------------------------------------- an earlier run
@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an earlier run teaches: mean tokens written by each (role, model), seconds of its calls, pair scores."""

    name: str | None = None
    written: Mapping[tuple[str, str], float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    scores: tuple[float, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Earlier:
        """From its folder. Raises UsageError when it has no verdicts, InputError on damage."""
        from evals.commands.compare import read_run

        scores = [
            score
            for suite in read_run(folder).suites.values()
            for pair in suite.scores.values()
            for score in pair.values()
        ]
        tokens: dict[tuple[str, str], list[int]] = {}
        seconds: dict[str, list[float]] = {}
        for file, role, name in ((store.RESPONSES, "answer", "model"), (store.JUDGMENTS, "verdict", "judge")):
            for _, _, record in store.iter_records(folder / file):
                if record[name] == NO_ANSWER_JUDGE or not record.get("attempts"):
                    continue
                if (count := (record.get("usage") or {}).get("completion_tokens")) is not None:
                    tokens.setdefault((role, record[name]), []).append(count)
                if record.get("latency_s") is not None:
                    seconds.setdefault(record[name], []).append(record["latency_s"])
        return cls(
            name=str(folder),
            written={key: statistics.fmean(counts) for key, counts in tokens.items()},
            seconds={key: statistics.fmean(found) for key, found in seconds.items()},
            scores=tuple(scores),
        )

    def tokens(self, role: str, model: str, limit: int) -> float:
        """Tokens a model likely writes in a call: its own mean, else that of the role, else the assumption."""
        assumed = _ANSWER_TOKENS if role == "answer" else _VERDICT_TOKENS
        others = [count for (kind, _), count in self.written.items() if kind == role]
        known = self.written.get((role, model), statistics.fmean(others) if others else assumed)
        return min(known, limit)

    def call_seconds(self, model: str) -> float:
        """Seconds a call of a model likely takes."""
        others = list(self.seconds.values())
        return self.seconds.get(model, statistics.fmean(others) if others else _SECONDS)


# ------------------------------------------------------------------------------------------- calls
@dataclass(slots=True, kw_only=True)
class _Load:
    """What one model is asked in one role: calls, tokens read and written, likely and at most."""

    calls: float = 0.0
    read: float = 0.0
    written: float = 0.0
    most_read: float = 0.0
    most_written: float = 0.0

    def add(self, calls: float, *, read: float, written: float, most_read: int, most_written: int) -> None:
        """So many calls more, each with these tokens."""
        self.calls += calls
        self.read += calls * read
        self.written += calls * written
        self.most_read += calls * most_read
        self.most_written += calls * most_written


Loads = dict[tuple[str, str], _Load]


def _tokens(text: str) -> float:
    """Four Latin characters to a token, one and a half of others: a rule of thumb for present tokenizers."""
    latin = sum(char < "\u2000" for char in text)
    return latin / 4.0 + (len(text) - latin) / 1.5


def _most(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))  # no tokenizer makes more tokens than there are bytes


def _loads(prepared: Prepared, like: Earlier) -> Loads:
    loads: Loads = {}
    have = Counter((r.suite, r.prompt_id, r.model) for r in prepared.responses)
    plan = prepared.plan
    for suite in prepared.suites:
        limit = suite.params.max_tokens
        written = {model: like.tokens("answer", model, limit) for model in plan.models}
        for prompt in suite.prompts:
            for model in plan.models if not prepared.judgments else ():
                calls = max(0, plan.samples - have[suite.name, prompt.id, model])
                _add_answers(loads.setdefault(("answer", model), _Load()), prompt, calls, written[model], limit)
        if suite.name in prepared.definitions:
            _add_verdicts(loads, prepared, like, suite, written)
    return {key: load for key, load in loads.items() if load.calls}


def _add_answers(load: _Load, prompt: Prompt, calls: int, written: float, limit: int) -> None:
    """A prompt with several turns is a call for each, which reads all that was said before."""
    said, most = 0.0, 0
    for turn, messages in enumerate(prompt.turns):
        parts = [part for message in messages for part in _parts(message["content"])]
        texts = [str(part["text"]) for part in parts if "text" in part]
        pictures = len(parts) - len(texts)
        said += sum(map(_tokens, texts)) + pictures * _PICTURE + (written if turn else 0.0)
        most += sum(map(_most, texts)) + pictures * _LARGEST_PICTURE + (limit if turn else 0)
        load.add(calls, read=said + _OVERHEAD, written=written, most_read=most + _OVERHEAD, most_written=limit)


def _parts(content: Any) -> Sequence[Mapping[str, Any]]:
    return [{"text": content}] if isinstance(content, str) else content


def _add_verdicts(loads: Loads, prepared: Prepared, like: Earlier, suite: Suite, written: Mapping[str, float]) -> None:
    """Each verdict reads the question and the answers; at most, every answer is at its limit and every reply unread."""
    definition, limit = prepared.definitions[suite.name], suite.params.max_tokens
    shown = 1 if definition.alone else 2
    frame, longest = definition.system + definition.template, definition.params.max_tokens
    answers = shown * statistics.fmean(written.values())
    for judge, calls in _verdicts(prepared, alone=definition.alone).items():
        load = loads.setdefault(("verdict", judge), _Load())
        says = like.tokens("verdict", judge, longest)
        for prompt in suite.prompts:
            text = frame + prompt.question + (prompt.reference if definition.uses_reference else "")
            turns = len(prompt.turns)
            most_read = _most(text) + _LONGER * shown * limit * turns + _OVERHEAD
            load.add(
                calls,
                read=_tokens(text) + answers * turns + _OVERHEAD,
                written=says,
                most_read=2 * most_read + longest,  # asked again once, with its own reply in view
                most_written=2 * longest,
            )


def _verdicts(prepared: Prepared, *, alone: bool) -> dict[str, float]:
    """For each judge its calls on one prompt; the noise check and the control arms count with their share."""
    from evals.score import ARMS

    plan = prepared.plan
    calls: dict[str, float] = dict.fromkeys(prepared.judges, 0.0)
    if alone:
        for _, judge in {(model, judge) for p in plan.pairs for model in (p.first, p.second) for judge in p.judges}:
            calls[judge] += plan.samples
    else:
        for judge in (judge for pair in plan.pairs for judge in pair.judges):
            calls[judge] += 2 * plan.samples * (1.0 + plan.noise_check)
    prompts = sum(len(suite.prompts) for suite in prepared.suites)
    control = 2 * len(ARMS) * min(plan.controls, prompts) / prompts / len(calls)
    return {judge: count + control * (2 if alone else 1) for judge, count in calls.items()}


# ------------------------------------------------------------------------------------------- money and time
def _served(prepared: Prepared) -> dict[str, tuple[Prices, Limits]]:
    """Prices and limits of everybody who is called; those of the first host in the catalog where nobody is reached."""
    found: dict[str, tuple[Prices, Limits]] = {}
    for name in prepared.callers:
        endpoint = prepared.endpoints.get(name)
        if endpoint is not None:
            found[name] = endpoint.prices, endpoint.limits
            continue
        model = prepared.catalog.models.get(name)
        served = next(iter(model.hosts.values()), None) if model else None
        found[name] = (served.prices, served.limits) if served else (Prices(), Limits())
    return found


def _cost(load: _Load, prices: Prices) -> tuple[Cost, Cost]:
    """Likely and at most."""
    likely = Usage(prompt_tokens=round(load.read), completion_tokens=round(load.written))
    most = Usage(prompt_tokens=math.ceil(load.most_read), completion_tokens=math.ceil(load.most_written))
    return prices.cost(likely), prices.cost(most)


def _seconds(loads: Loads, served: Mapping[str, tuple[Prices, Limits]], like: Earlier, concurrency: int) -> float:
    """Of the run: what all calls take side by side, or longer where a host's limits hold one model up."""
    busy: dict[str, float] = {}
    calls: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for (_, model), load in loads.items():
        busy[model] = busy.get(model, 0.0) + load.calls * like.call_seconds(model)
        calls[model] += math.ceil(load.calls)
        tokens[model] += math.ceil(load.read + load.written)
    longest = [math.fsum(busy.values()) / concurrency]
    for model, own in busy.items():
        limits = served[model][1]
        longest.append(own / min(concurrency, limits.concurrency or concurrency))
        longest.append(60.0 * calls[model] / limits.requests_per_minute if limits.requests_per_minute else 0.0)
        longest.append(60.0 * tokens[model] / limits.tokens_per_minute if limits.tokens_per_minute else 0.0)
    return max(longest)


# ------------------------------------------------------------------------------------------- what will be seen
def _power(prepared: Prepared, like: Earlier) -> dict[str, Any]:
    """The smallest gap of a pair that is found with probability 0.8, and the prompts that smaller ones need."""
    from evals.stats import TOLERANCE, HeadToHead, detectable_gap, head_to_head_design, prompts_for

    design = HeadToHead()
    assumed = True
    if any(abs(score - 0.5) > TOLERANCE for score in like.scores):
        design, assumed = head_to_head_design(like.scores), False
    comparisons = len(prepared.plan.pairs)
    sizes = {suite.name: len(suite.prompts) for suite in prepared.suites}
    if len(sizes) > 1:
        sizes["all suites"] = sum(sizes.values())
    return {
        "power": POWER,
        "comparisons": comparisons,
        "ties": design.ties,
        "assumed": assumed,
        "detectable_gap": {
            name: detectable_gap(design, n=n, power=POWER, comparisons=comparisons).gap for name, n in sizes.items()
        },
        "prompts_for": [
            {"gap": gap, "prompts": prompts_for(design, gap=gap, power=POWER, comparisons=comparisons).n}
            for gap in GAPS
        ],
    }


def forecast(prepared: Prepared, like: Earlier) -> dict[str, Any]:
    """All of the plan as plain values; money as decimal texts, null where a price is missing; time in seconds."""
    loads, served = _loads(prepared, like), _served(prepared)
    rows, likely, most = [], Cost(), Cost()
    for (role, model), load in loads.items():
        one, other = _cost(load, served[model][0])
        likely, most = likely + one, most + other
        rows.append(
            {
                "model": model,
                "role": role,
                "calls": round(load.calls),
                "prompt_tokens": round(load.read),
                "completion_tokens": round(load.written),
                "likely": one.to_json(),
                "at_most": other.to_json(),
            }
        )
    return {
        "simulated": prepared.simulate,
        "suites": {suite.name: len(suite.prompts) for suite in prepared.suites},
        "models": list(prepared.plan.models),
        "pairs": len(prepared.plan.pairs),
        "samples": prepared.plan.samples,
        "orders": prepared.plan.orders,
        "controls": prepared.plan.controls,
        "like": like.name,
        "calls": rows,
        "total_calls": round(math.fsum(load.calls for load in loads.values())),
        "likely": likely.to_json(),
        "at_most": most.to_json(),
        "seconds": round(_seconds(loads, served, like, prepared.settings.concurrency), 1),
        "power": _power(prepared, like),
        "notes": list(prepared.notes),
    }


# ------------------------------------------------------------------------------------------- showing
def _money(cost: Mapping[str, Any]) -> str:
    known = float(cost["cost_usd"] if cost["cost_usd"] is not None else cost["cost_at_least_usd"])
    shown = f"${known:.2f}" if known >= 1 or not known else f"${known:.4f}"
    return shown if cost["cost_usd"] is not None else f">= {shown} ({', '.join(cost['cost_unknown'])} unknown)"


def _points(gap: float | None) -> str:
    return "nothing" if gap is None else f"{100 * gap:.1f} points"


def _duration(seconds: float) -> str:
    return (
        f"{seconds / 3600:.1f} h"
        if seconds >= 5400
        else f"{seconds / 60:.0f} min"
        if seconds >= 90
        else f"{seconds:.0f} s"
    )


def _text(found: Mapping[str, Any]) -> str:
    from evals.report import plain_table, visible

    heads = ["model", "role", "calls", "tokens read", "tokens written", "likely", "at most"]
    rows = [
        [
            row["model"],
            row["role"],
            row["calls"],
            row["prompt_tokens"],
            row["completion_tokens"],
            *(_money(row[name]) for name in ("likely", "at_most")),
        ]
        for row in found["calls"]
    ]
    power = found["power"]
    suites = ", ".join(f"{name} ({count} prompts)" for name, count in found["suites"].items())
    like = found["like"]
    assumed = f"answers of {_ANSWER_TOKENS} tokens, verdicts of {_VERDICT_TOKENS}, {_SECONDS:.0f} s a call"
    lines = [
        f"{suites}; {len(found['models'])} models, pairs: {found['pairs']}, answers a prompt: {found['samples']}",
        "",
        *([plain_table(heads, rows), ""] if rows else ["nothing is to be called", ""]),
        f"calls: {found['total_calls']}, of which control arms on {found['controls']} prompts",
        f"cost: likely {_money(found['likely'])}, at most {_money(found['at_most'])}",
        f"time: about {_duration(found['seconds'])}",
        f"from {like}: lengths, times and spread"
        if like
        else f"assumed: {assumed} (--like RUN takes an earlier run's)",
        "at most: every answer as long as it may be, every verdict asked for twice",
    ]
    if found["simulated"]:
        lines.append("nothing is reachable: the run itself would be simulated and free; prices are the catalog's")
    told = (
        f"comparisons: {power['comparisons']}, {100 * power['ties']:.0f} % ties{' assumed' if power['assumed'] else ''}"
    )
    lines += [
        "",
        f"smallest gap of a pair's win rate from 50 that is found in 80 of 100 such runs ({told}):",
        *(f"  {name}: {_points(gap)}" for name, gap in power["detectable_gap"].items()),
        "prompts needed: "
        + "; ".join(
            f"{100 * one['gap']:.0f} points {'out of reach' if one['prompts'] is None else one['prompts']}"
            for one in power["prompts_for"]
        ),
        *(f"note: {note}" for note in found["notes"]),
    ]
    return "\n".join(line if "\n" in line else visible(line) for line in lines)
