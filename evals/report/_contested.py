"""Which prompts a page shows, and their answers and verdicts.

Two passes over the journals: the first keeps a few bytes per pair and prompt to find where verdicts contradict each
other or come out close; the second keeps the byte offsets of the shown prompts' records. Texts are read by offset,
one prompt at a time, so memory stays flat however long the run is.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.records import (
    CHECKS_JUDGE,
    CONTROL_PREFIX,
    HUMAN_PREFIX,
    NO_ANSWER_JUDGE,
    RULE_PREFIX,
    Judgment,
    Plan,
    in_turns,
)
from evals.store import CHECKS, JUDGMENTS, PROMPTS, RESPONSES, iter_records, read_record

SHOWN_PROMPTS = 300
TEXT_LIMIT = 6_000
"""Characters of a prompt, reference or answer that a page shows; the rest is in the journal, and the page says so."""
REASON_LIMIT = 2_000

_FOR_FIRST, _FOR_SECOND = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A text as shown: at most the limit, and how many characters are left out."""

    text: str
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One model's answer; `line` is its line in responses.jsonl (0: there is no record)."""

    model: str
    sample: int
    status: str
    body: Excerpt
    line: int = 0
    thought: int = 0
    latency_s: float | None = None
    tokens: int | None = None
    error: str = ""
    checks: str = ""
    """"" when its prompt carries no check, "passed", or which of its checks fail and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One verdict in one order: who was chosen ("" for a tie or none), or why there is none."""

    winner: str
    status: str
    reason: Excerpt
    preference: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One judge on one pair, both orders. `forward` was shown with the pair's first model first."""

    judge: str
    label: str
    forward: Verdict | None
    backward: Verdict | None

    @property
    def flipped(self) -> bool:
        """True when each order has a winner, and not the same one."""
        winners = [verdict.winner for verdict in (self.forward, self.backward) if verdict and verdict.winner]
        return len(set(winners)) == 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRulings:
    """All verdicts on one pair of answers."""

    first: str
    second: str
    rulings: tuple[Ruling, ...]

    @property
    def flipped(self) -> bool:
        """True when some judge changed its winner with the order."""
        return any(ruling.flipped for ruling in self.rulings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What one judge gave one answer alone: a score on its scale, or why there is none."""

    model: str
    judge: str
    label: str
    status: str
    score: float | None
    reason: Excerpt


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPage:
    """One prompt with everything said about it."""

    suite: str
    prompt_id: str
    category: str
    difficulty: int | None
    text: Excerpt
    reference: Excerpt
    answers: tuple[Answer, ...]
    pairs: tuple[PairRulings, ...]
    scores: tuple[Scoring, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCount:
    """What one judge returned over the run: verdicts by status, the ok ones by the place that won or as a score."""

    judge: str
    statuses: Mapping[str, int]
    first: int
    second: int
    ties: int
    scores: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The prompts to show, the most contested first, and how many prompts there are in all."""

    shown: tuple[tuple[str, str], ...]
    total: int
    judges: tuple[JudgeCount, ...]


@dataclass(slots=True)
class _Tally:
    """Verdicts of one judge, being counted."""

    statuses: Counter[str] = field(default_factory=Counter)
    winners: Counter[str] = field(default_factory=Counter)
    scores: int = 0


def choose(run_dir: Path, plan: Plan, *, limit: int = SHOWN_PROMPTS) -> Choice:
    """Rank prompts by how contested they are: contradicted pairs (an order flip, or judges at odds), then closeness.

    A prompt's measure is the mean over its pairs of [1 when verdicts name both sides] + [1 - 2·|mean - 0.5|]. Where
    answers were scored one at a time it is the mean over pairs of 1 - gap of their scores / widest gap of the run.
    """
    prompts = [(suite.name, prompt_id) for suite in plan.suites for prompt_id in suite.prompt_ids]
    place = {prompt: number for number, prompt in enumerate(prompts)}
    sides = _sides(plan)
    cells = len(prompts) * len(plan.pairs)
    totals, counts, named = array("d", bytes(8 * cells)), array("L", bytes(8 * cells)), bytearray(cells)
    tallies: dict[str, _Tally] = {}
    scores = _Scores(plan, len(prompts))
    for _, _, record in iter_records(run_dir / JUDGMENTS):
        judgment = Judgment.from_json(record)
        _count(tallies, judgment)
        prompt = place.get((judgment.suite, judgment.prompt_id))
        side = sides.get((judgment.first, judgment.second))
        value = judgment.value
        if prompt is not None and judgment.second is None:
            scores.note(prompt, judgment)
        if prompt is None or side is None or value is None or judgment.judge.startswith(HUMAN_PREFIX):
            continue
        pair, swapped = side
        cell = prompt * len(plan.pairs) + pair
        share = 1.0 - value if swapped else value
        totals[cell] += share
        counts[cell] += 1
        named[cell] |= _FOR_FIRST if share > 0.5 else _FOR_SECOND if share < 0.5 else 0
    contest = [_contest(totals, counts, named, n * len(plan.pairs), len(plan.pairs)) for n in range(len(prompts))]
    contest = [scores.closeness(number, otherwise=known) for number, known in enumerate(contest)]
    order = sorted(range(len(prompts)), key=lambda number: (-contest[number], number))[:limit]
    judges = tuple(_judge_count(*one) for one in sorted(tallies.items()) if not one[0].startswith(RULE_PREFIX))
    return Choice(shown=tuple(prompts[number] for number in order), total=len(prompts), judges=judges)


def pages(run_dir: Path, plan: Plan, choice: Choice) -> Iterator[PromptPage]:
    """The chosen prompts in order, each read from the journals when it is asked for."""
    chosen = set(choice.shown)
    prompts = {
        (record["suite"], record["id"]): offset
        for offset, _, record in iter_records(run_dir / PROMPTS)
        if (record["suite"], record["id"]) in chosen
    }
    answers: dict[tuple[str, str], dict[tuple[str, int], tuple[int, int]]] = {prompt: {} for prompt in chosen}
    for offset, line, record in iter_records(run_dir / RESPONSES):
        found = answers.get((record["suite"], record["prompt_id"]))
        if found is not None:  # of two records of one cell the later one counts
            found[record["model"], record.get("sample", 0)] = offset, line
    checks: dict[tuple[str, str], dict[tuple[str, int], str]] = {prompt: {} for prompt in chosen}
    for _, _, record in iter_records(run_dir / CHECKS):
        checked = checks.get((record["suite"], record["prompt_id"]))
        if checked is not None:
            checked[record["model"], record.get("sample", 0)] = _said(record)
    verdicts: dict[tuple[str, str], dict[tuple[Any, ...], int]] = {prompt: {} for prompt in chosen}
    for offset, _, record in iter_records(run_dir / JUDGMENTS):
        asked = verdicts.get((record["suite"], record["prompt_id"]))
        if asked is not None:
            names = ("judge", "sample", "repeat", "first", "second")
            asked[tuple(record.get(name) for name in names)] = offset
    for key in choice.shown:
        record = read_record(run_dir / PROMPTS, prompts[key]) if key in prompts else {}
        judgments = [Judgment.from_json(read_record(run_dir / JUDGMENTS, offset)) for offset in verdicts[key].values()]
        yield PromptPage(
            suite=key[0],
            prompt_id=key[1],
            category=str(record.get("category") or ""),
            difficulty=record.get("difficulty"),
            text=excerpt(str(record.get("text") or ""), TEXT_LIMIT),
            reference=excerpt(str(record.get("reference") or record.get("answer") or ""), TEXT_LIMIT),
            answers=tuple(_answers(run_dir, plan, answers[key], checks[key])),
            pairs=tuple(_rulings(plan, judgments)),
            scores=tuple(_scorings(plan, judgments)),
        )


class _Scores:
    """The mean score of each answer, in a few bytes each."""

    def __init__(self, plan: Plan, prompts: int) -> None:
        self._model = {model: number for number, model in enumerate(plan.models)}
        self._pairs = [(self._model[pair.first], self._model[pair.second]) for pair in plan.pairs]
        self._totals = array("d", bytes(8 * prompts * len(self._model)))
        self._counts = array("L", bytes(8 * prompts * len(self._model)))
        self._widest = 0.0

    def note(self, prompt: int, judgment: Judgment) -> None:
        """Take one score in."""
        model = self._model.get(judgment.first)
        if model is not None and judgment.score is not None and judgment.status == "ok":
            self._totals[prompt * len(self._model) + model] += judgment.score
            self._counts[prompt * len(self._model) + model] += 1
            self._widest = max([self._widest, *self._gaps(prompt)])

    def closeness(self, prompt: int, *, otherwise: float) -> float:
        """1 when all answers to a prompt scored the same; `otherwise` where no two were scored."""
        gaps = self._gaps(prompt)
        return 1.0 - sum(gaps) / len(gaps) / (self._widest or 1.0) if gaps else otherwise

    def _gaps(self, prompt: int) -> list[float]:
        start = prompt * len(self._model)
        read = [(start + a, start + b) for a, b in self._pairs if self._counts[start + a] and self._counts[start + b]]
        return [abs(self._totals[a] / self._counts[a] - self._totals[b] / self._counts[b]) for a, b in read]


def excerpt(text: str, limit: int) -> Excerpt:
    """The text cut to `limit` characters, and how many were left out."""
    return Excerpt(text=text[:limit], left_out=max(0, len(text) - limit))


def _sides(plan: Plan) -> dict[tuple[str, str | None], tuple[int, bool]]:
    """(first, second) as shown -> the pair's number, and whether the order is swapped."""
    sides: dict[tuple[str, str | None], tuple[int, bool]] = {}
    for number, pair in enumerate(plan.pairs):
        sides[pair.first, pair.second] = number, False
        sides[pair.second, pair.first] = number, True
    return sides


def _count(tallies: dict[str, _Tally], judgment: Judgment) -> None:
    tally = tallies.setdefault(judgment.judge, _Tally())
    tally.statuses[judgment.status] += 1
    tally.scores += judgment.second is None and judgment.score is not None
    if judgment.value is not None:
        tally.winners["first" if judgment.value > 0.5 else "second" if judgment.value < 0.5 else "tie"] += 1


def _judge_count(name: str, tally: _Tally) -> JudgeCount:
    first, second, ties = (tally.winners[winner] for winner in ("first", "second", "tie"))
    counts = {"first": first, "second": second, "ties": ties, "scores": tally.scores}
    return JudgeCount(judge=name, statuses=dict(tally.statuses), **counts)


def _contest(totals: array[float], counts: array[int], named: bytearray, start: int, pairs: int) -> float:
    read = [cell for cell in range(start, start + pairs) if counts[cell]]
    if not read:
        return -1.0
    close = sum(1.0 - 2.0 * abs(totals[cell] / counts[cell] - 0.5) for cell in read)
    return (close + sum(named[cell] == _FOR_FIRST | _FOR_SECOND for cell in read)) / len(read)


def _said(record: Mapping[str, Any]) -> str:
    """The outcome of an answer's checks in words."""
    if record["strict"]:
        return "passed"
    parts = [f"{r['type']}: {r['detail'] or r['status']}" for r in record["results"] if r["strict"] is not True]
    if not parts:
        return "failed: no answer"
    start = {True: "passed loosely", False: "failed", None: "not checked"}[record["loose"]]
    return f"{start}: {'; '.join(parts)}"[:REASON_LIMIT]


def _spoken(record: Mapping[str, Any]) -> str:
    text, earlier = str(record.get("text") or ""), record.get("earlier") or ()
    return in_turns([*earlier, text]) if earlier else text


def _answers(
    run_dir: Path, plan: Plan, found: Mapping[tuple[str, int], tuple[int, int]], checks: Mapping[tuple[str, int], str]
) -> Iterator[Answer]:
    for model in plan.models:
        for sample in range(plan.samples):
            if (model, sample) not in found:
                if not model.startswith(CONTROL_PREFIX):
                    yield Answer(model=model, sample=sample, status="not made", body=Excerpt(text=""))
                continue
            offset, line = found[model, sample]
            record = read_record(run_dir / RESPONSES, offset)
            yield Answer(
                model=model,
                sample=sample,
                status=str(record["status"]),
                body=excerpt(_spoken(record), TEXT_LIMIT),
                line=line,
                thought=len(record.get("reasoning") or ""),
                latency_s=record.get("latency_s"),
                tokens=(record.get("usage") or {}).get("completion_tokens"),
                error=str(record.get("error") or ""),
                checks=checks.get((model, sample), ""),
            )


def _rulings(plan: Plan, judgments: Sequence[Judgment]) -> Iterator[PairRulings]:
    """The verdicts by planned pair; in a pair by judge, sample and repeat, the two orders side by side."""
    sides = _sides(plan)
    grouped: dict[int, dict[tuple[str, int, int], dict[bool, Verdict]]] = {}
    for judgment in judgments:
        side = sides.get((judgment.first, judgment.second))
        if side is not None:
            key = judgment.judge, judgment.sample, judgment.repeat
            grouped.setdefault(side[0], {}).setdefault(key, {})[side[1]] = _verdict(judgment)
    for number, pair in enumerate(plan.pairs):
        if number not in grouped:
            continue
        rulings = [
            Ruling(
                judge=judge,
                label=_label(plan, judge, sample, repeat),
                forward=orders.get(False),
                backward=orders.get(True),
            )
            for (judge, sample, repeat), orders in sorted(grouped[number].items())
        ]
        yield PairRulings(first=pair.first, second=pair.second, rulings=tuple(rulings))


def _scorings(plan: Plan, judgments: Sequence[Judgment]) -> Iterator[Scoring]:
    """The scores of single answers, by model in the plan's order, then judge, sample and repeat."""
    place = {model: number for number, model in enumerate(plan.models)}
    alone = [judgment for judgment in judgments if judgment.second is None and judgment.first in place]
    for judgment in sorted(alone, key=lambda j: (place[j.first], j.judge, j.sample, j.repeat)):
        yield Scoring(
            model=judgment.first,
            judge=judgment.judge,
            label=_label(plan, judgment.judge, judgment.sample, judgment.repeat),
            status=judgment.status,
            score=judgment.score,
            reason=excerpt(judgment.explanation or judgment.error or "", REASON_LIMIT),
        )


def _label(plan: Plan, judge: str, sample: int, repeat: int) -> str:
    if judge == NO_ANSWER_JUDGE:
        return "by rule: one side gave no answer"
    if judge == CHECKS_JUDGE:
        return "by rule: one side fails its checks"
    parts = [f"sample {sample + 1}"] if plan.samples > 1 else []
    return ", ".join([*parts, f"repeat {repeat + 1}"] if plan.repeats > 1 else parts)


def _verdict(judgment: Judgment) -> Verdict:
    value = judgment.value
    winner = ""
    if value is not None and value != 0.5:
        winner = judgment.first if value > 0.5 else judgment.second or ""
    return Verdict(
        winner=winner,
        status=judgment.status if value is None else "ok",
        reason=excerpt(judgment.explanation or judgment.error or "", REASON_LIMIT),
        preference=judgment.preference,
    )
