"""What a run will ask, stage by stage: calls, tokens and money before anything is sent."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.catalog import Endpoint, Limits, Prices
from evals.library import Definition
from evals.measured import STAGES
from evals.planning import Prepared
from evals.records import Cost, GoldPair, Plan, Prompt, Suite, Usage
from evals.score import ARMS

ANSWER_TOKENS = 500
VERDICT_TOKENS = 250
SECONDS = 15.0
"""Assumed of a call where no earlier run says more; stated in what is printed."""
_LONGER = 2
"""A judge may count an answer as this many times the tokens its writer did."""
_PICTURE, _LARGEST_PICTURE = 1_500, 16_384
_OVERHEAD = 64  # tokens of a request's form, beside its texts

_LATIN = re.compile("[\u0000-\u1fff]+")

Served = Mapping[str, tuple[Prices, Limits]]
"""Prices and limits of everybody who is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an earlier run teaches: mean tokens written by each (role, model), seconds of its calls, pair scores."""

    name: str | None = None
    written: Mapping[tuple[str, str], float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    scores: tuple[float, ...] = ()

    def tokens(self, role: str, model: str, limit: int) -> float:
        """Tokens a model likely writes in a call: its own mean, else that of the role, else the assumption."""
        assumed = ANSWER_TOKENS if role == "answer" else VERDICT_TOKENS
        others = [count for (kind, _), count in self.written.items() if kind == role]
        known = self.written.get((role, model), statistics.fmean(others) if others else assumed)
        return min(known, limit)

    def call_seconds(self, model: str) -> float:
        """Seconds a call of a model likely takes."""
        others = list(self.seconds.values())
        return self.seconds.get(model, statistics.fmean(others) if others else SECONDS)


@dataclass(slots=True, kw_only=True)
class Load:
    """What one model is asked in one stage: calls, tokens read and written, likely and at most."""

    calls: float = 0.0
    read: float = 0.0
    written: float = 0.0
    most_read: float = 0.0
    most_written: float = 0.0

    def add(self, calls: float, *, read: float, written: float, most_read: float, most_written: float) -> None:
        """So many calls more, each with these tokens."""
        self.calls += calls
        self.read += calls * read
        self.written += calls * written
        self.most_read += calls * most_read
        self.most_written += calls * most_written

    def join(self, other: Load) -> None:
        """All that the other asks, too."""
        for name in ("calls", "read", "written", "most_read", "most_written"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def cost(self, prices: Prices) -> tuple[Cost, Cost]:
        """Likely and at most."""
        likely = Usage(prompt_tokens=round(self.read), completion_tokens=round(self.written))
        most = Usage(prompt_tokens=math.ceil(self.most_read), completion_tokens=math.ceil(self.most_written))
        return prices.cost(likely), prices.cost(most)


Loads = dict[tuple[str, str], Load]
"""(stage, model) -> what it is asked."""
Uncalibrated = Sequence[tuple[Suite, str, Sequence[GoldPair]]]
"""Suite, judge and the gold pairs it is to be measured on first."""


# ------------------------------------------------------------------------------------------- the whole
def loads(prepared: Prepared, like: Earlier, *, uncalibrated: Uncalibrated = ()) -> Loads:
    """Everybody's calls; where the plan trusts checks or may stop early, those of the judges are the most there can be.

    The numbers of a noise check and of control arms are shared out evenly over prompts and judges.
    """
    found: Loads = {}
    have = Counter((r.suite, r.prompt_id, r.model) for r in prepared.responses)
    plan, place = prepared.plan, 0
    for suite in prepared.suites:
        limit = suite.params.max_tokens
        written = {model: like.tokens("answer", model, limit) for model in plan.models}
        for prompt in suite.prompts:
            turns = _turns(prompt)
            for model in _asked(plan, place) if not prepared.judgments else ():
                calls = max(0, plan.samples - have[suite.name, prompt.id, model])
                _add_answers(_at(found, "collect", model), turns, calls, written[model], limit)
            place += 1
        if suite.name in prepared.definitions:
            _add_verdicts(found, prepared, like, suite, place - len(suite.prompts), statistics.fmean(written.values()))
    for suite, judge, pairs in uncalibrated:
        _add_gold(_at(found, "calibrate", judge), prepared.definitions[suite.name], like, judge, pairs)
    return {key: load for key, load in found.items() if load.calls}


def stages(
    prepared: Prepared, endpoints: Mapping[str, Endpoint], uncalibrated: Uncalibrated = ()
) -> list[dict[str, Any]]:
    """The plan by stage for `run.json`; see `by_stage`."""
    return by_stage(loads(prepared, Earlier(), uncalibrated=uncalibrated), served(prepared, endpoints), prepared)


def by_stage(found: Loads, prices: Served, prepared: Prepared) -> list[dict[str, Any]]:
    """One row for each stage that has something to do: {stage, calls, at_most_calls, likely, at_most}.

    `calls` of the stage `check` are answers to be checked, which cost nothing. `at_most_calls` says that fewer may do.
    """
    rows = []
    for stage in STAGES:
        here = [(load, prices[model][0]) for (name, model), load in found.items() if name == stage]
        calls = math.fsum(load.calls for load, _ in here)
        if stage == "check":
            calls = float(_checked(prepared))
        costs = [load.cost(price) for load, price in here]
        likely, most = (sum((pair[side] for pair in costs), start=Cost()).to_json() for side in (0, 1))
        fewer = stage in ("judge", "noise-check") and prepared.plan.trust_checks
        if calls:
            row = {"stage": stage, "calls": round(calls), "at_most_calls": fewer, "likely": likely, "at_most": most}
            rows.append(row)
    return rows


def served(prepared: Prepared, endpoints: Mapping[str, Endpoint]) -> dict[str, tuple[Prices, Limits]]:
    """Prices and limits of everybody who is called; those of the first host in the catalog where nobody is reached."""
    found: dict[str, tuple[Prices, Limits]] = {}
    for name in prepared.callers:
        endpoint = endpoints.get(name)
        if endpoint is not None:
            found[name] = endpoint.prices, endpoint.limits
            continue
        model = prepared.catalog.models.get(name)
        host = next(iter(model.hosts.values()), None) if model else None
        found[name] = (host.prices, host.limits) if host else (Prices(), Limits())
    return found


# ------------------------------------------------------------------------------------------- one call
def _tokens(text: str) -> float:
    """Four Latin characters to a token, one and a half of others: a rule of thumb for present tokenizers."""
    latin = len(text) if text.isascii() else sum(map(len, _LATIN.findall(text)))
    return latin / 4.0 + (len(text) - latin) / 1.5


def _most(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))  # no tokenizer makes more tokens than there are bytes


def _at(found: Loads, stage: str, model: str) -> Load:
    return found.setdefault((stage, model), Load())


def _asked(plan: Plan, place: int) -> tuple[str, ...]:
    return tuple(model for model in plan.models if (end := plan.asked(model)) is None or place < end)


def _checked(prepared: Prepared) -> int:
    prompts = [prompt for suite in prepared.suites for prompt in suite.prompts]
    cells = sum(len(_asked(prepared.plan, place)) for place, prompt in enumerate(prompts) if prompt.checks)
    return cells * prepared.plan.samples


def _turns(prompt: Prompt) -> list[tuple[float, int]]:
    """The tokens of each turn of a prompt, likely and at most."""
    turns = []
    for messages in prompt.turns:
        parts = [part for message in messages for part in _parts(message["content"])]
        texts = [str(part["text"]) for part in parts if "text" in part]
        pictures = len(parts) - len(texts)
        likely, most = sum(map(_tokens, texts)), sum(map(_most, texts))
        turns.append((likely + pictures * _PICTURE, most + pictures * _LARGEST_PICTURE))
    return turns


def _add_answers(load: Load, turns: Sequence[tuple[float, int]], calls: int, written: float, limit: int) -> None:
    """A call for each turn, which reads all that was said before."""
    said, most = 0.0, 0
    for turn, (likely, longest) in enumerate(turns):
        said += likely + (written if turn else 0.0)
        most += longest + (limit if turn else 0)
        load.add(calls, read=said + _OVERHEAD, written=written, most_read=most + _OVERHEAD, most_written=limit)


def _parts(content: Any) -> Sequence[Mapping[str, Any]]:
    return [{"text": content}] if isinstance(content, str) else content


def _add_verdicts(found: Loads, prepared: Prepared, like: Earlier, suite: Suite, place: int, written: float) -> None:
    """Each verdict reads the question and the answers; at most, every answer is at its limit."""
    definition, limit = prepared.definitions[suite.name], suite.params.max_tokens
    shown = 1 if definition.alone else 2
    requests: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for number, prompt in enumerate(suite.prompts, start=place):
        answers = shown * len(prompt.turns)
        request = _request(definition, prompt, likely=answers * written, most=_LONGER * answers * limit)
        requests.setdefault(_asked(prepared.plan, number), []).append(request)
    for asked, each in requests.items():
        mean = statistics.fmean(likely for likely, _ in each), statistics.fmean(most for _, most in each)
        for stage, judge, calls in _verdicts(prepared, set(asked), alone=definition.alone):
            _ask(_at(found, stage, judge), calls * len(each), mean, definition, like, judge)


def _add_gold(load: Load, definition: Definition, like: Earlier, judge: str, pairs: Iterable[GoldPair]) -> None:
    """Both orders of each gold pair, or each of its answers."""
    share = 0.5 if definition.alone else 1.0
    for pair in pairs:
        likely, most = share * _tokens(pair.a + pair.b), share * _LONGER * _most(pair.a + pair.b)
        _ask(load, 2, _request(definition, pair.prompt, likely=likely, most=most), definition, like, judge)


def _request(definition: Definition, prompt: Prompt, *, likely: float, most: float) -> tuple[float, float]:
    """Tokens of a judge's request that shows a prompt and answers of so many tokens: likely, and at most."""
    text = definition.system + definition.template + prompt.question
    text += prompt.reference if definition.uses_reference else ""
    return _tokens(text) + likely + _OVERHEAD, _most(text) + most + _OVERHEAD


def _ask(
    load: Load, calls: float, request: tuple[float, float], definition: Definition, like: Earlier, judge: str
) -> None:
    """Calls of a judge; at most, every one is made again with the reply that could not be read in view."""
    longest = definition.params.max_tokens
    load.add(
        calls,
        read=request[0],
        written=like.tokens("verdict", judge, longest),
        most_read=2 * request[1] + longest,
        most_written=2 * longest,
    )


def _verdicts(prepared: Prepared, asked: set[str], *, alone: bool) -> Iterator[tuple[str, str, float]]:
    """(stage, judge, calls) on a prompt that these models are asked."""
    plan = prepared.plan
    pairs = [pair for pair in plan.pairs if {pair.first, pair.second} <= asked]
    if alone:
        scorings = {(model, judge) for p in pairs for model in (p.first, p.second) for judge in p.judges}
        asked_of = Counter(judge for _, judge in scorings)
    else:
        asked_of = Counter(judge for pair in pairs for judge in pair.judges for _ in range(2))
    for judge in prepared.judges:
        yield "judge", judge, asked_of[judge] * plan.samples * plan.repeats
        if not alone:
            yield "noise-check", judge, asked_of[judge] * plan.samples * plan.noise_check
    prompts = sum(len(suite.prompts) for suite in prepared.suites)
    control = 2 * len(ARMS) * min(plan.controls, prompts) / prompts / len(prepared.judges)
    for judge in prepared.judges:
        yield "controls", judge, control * (2 if alone else 1)
