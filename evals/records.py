"""The record types that flow through a run, and the errors a user can meet.

    Prompt -> Completion -> Response -> Judgment -> scores

Everything here is frozen, keyword-only and made of plain values, so that a record read back from a
file equals the one written. Status is a field: no sentinel scores, no NaN, no missing rows.
Standard library only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol
from unicodedata import category

SCHEMA = 1
"""Version of the files in a run folder; a newer one is refused with a clear message."""

ResponseStatus = Literal["ok", "truncated", "empty", "filtered", "refused", "error"]
JudgmentStatus = Literal["ok", "unparsed", "refused", "error"]
Winner = Literal["first", "second", "tie"]

RESPONSE_STATUSES: tuple[ResponseStatus, ...] = ("ok", "truncated", "empty", "filtered", "refused", "error")
JUDGMENT_STATUSES: tuple[JudgmentStatus, ...] = ("ok", "unparsed", "refused", "error")

RULE_PREFIX = "rule:"
"""Judges called so are rules: verdicts that follow from the answers alone, and cost no call."""
NO_ANSWER_JUDGE = "rule:no-answer"
"""No answer loses to an answer and ties with none."""
CHECKS_JUDGE = "rule:checks"
"""By objective checks (`--trust-checks`): of two answers the one that passes them wins."""
HUMAN_PREFIX = "human:"
CONTROL_PREFIX = "control:"
SIMULATOR_FINGERPRINT = "evals-simulator"
"""`system_fingerprint` of every reply of the embedded simulator, so that its figures can never pass as measured."""

Message = Mapping[str, Any]
"""One chat message: `role` and `content` (a text, or a list of typed parts for vision)."""


# --------------------------------------------------------------------------------------------- errors
class EvalsError(Exception):
    """Base of every error this package raises on purpose; `exit_code` is what the command returns."""

    exit_code = 1


class IncompleteError(EvalsError):
    """The run ended in order but could not be completed, or a gate was missed (exit 1)."""


class InterruptedRunError(EvalsError):
    """The user stopped the run; everything answered so far is stored (exit 130)."""

    exit_code = 130


class UsageError(EvalsError):
    """Wrong use or bad input (exit 2): the message says what, where and the next step."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one place of a file. `line` counts from 1; 0 means the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class InputError(UsageError):
    """Bad input files: every problem found in one pass, the first `shown` of them in the message."""

    def __init__(self, problems: list[Problem], *, shown: int = 20) -> None:
        self.problems = problems
        lines = [str(problem) for problem in problems[:shown]]
        if len(problems) > shown:
            lines.append(f"... and {len(problems) - shown} more")
        super().__init__("\n".join(lines))


# --------------------------------------------------------------------------------------------- suites
@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One task of a suite. `reference` is a full answer, `answer` the short final one ("" when there is none)."""

    suite: str
    id: str
    messages: tuple[Message, ...]
    category: str = ""
    lang: str = ""
    difficulty: int | None = None
    reference: str = ""
    answer: str = ""
    rubric: tuple[str, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words of the user's turns, joined by blank lines: what a page shows and what identifies the prompt."""
        return "\n\n".join(_content_text(m["content"]) for m in self.messages if m["role"] == "user")

    @property
    def turns(self) -> tuple[tuple[Message, ...], ...]:
        """The messages cut where the model itself has to answer: between two user messages, and at the end."""
        parts: list[list[Message]] = [[]]
        for message in self.messages:
            if message["role"] == "user" and parts[-1] and parts[-1][-1]["role"] == "user":
                parts.append([])
            parts[-1].append(message)
        return tuple(tuple(part) for part in parts)

    @property
    def question(self) -> str:
        """What a judge is shown as the question: the text, its turns numbered when there are several."""
        turns = self.turns
        if len(turns) == 1:
            return self.text
        asked = ["\n\n".join(_content_text(m["content"]) for m in turn if m["role"] == "user") for turn in turns]
        return in_turns(asked)


def in_turns(texts: Sequence[str]) -> str:
    """Several turns of one side of a conversation as one text, numbered."""
    return "\n\n".join(f"[Turn {number}]\n{text}" for number, text in enumerate(texts, start=1))


def _content_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", f"[{part.get('type', 'part')}]")) for part in content)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPair:
    """Two answers to a prompt of which one is better by construction; `defect` names what is wrong with the other."""

    id: str
    prompt: Prompt
    a: str
    b: str
    better: Literal["a", "b", "tie"]
    defect: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What the caller asks of a model besides the messages. `None` leaves a value to the host's default."""

    max_tokens: int
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A named set of prompts with its settings. `hash` covers all that decides what is asked and how it is judged."""

    name: str
    prompts: tuple[Prompt, ...]
    hash: str
    title: str = ""
    version: int = 1
    language: str = ""
    definition: str = "pairwise-en"
    params: Params = field(default_factory=lambda: Params(max_tokens=2048, temperature=0.7))
    categories: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    license: str = ""
    canary: str = ""
    path: str = ""


# --------------------------------------------------------------------------------------------- calls
@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens billed for one call; `None` where the host did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=_sum_known(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_sum_known(self.completion_tokens, other.completion_tokens),
        )


def _sum_known(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """US dollars: the part that is known, and what is missing from it (empty when it is complete)."""

    known: Decimal = Decimal(0)
    unknown: tuple[str, ...] = ()

    @property
    def usd(self) -> str | None:
        """The whole cost as a decimal string, or None when a part of it is unknown."""
        return None if self.unknown else format_money(self.known)

    def to_json(self) -> dict[str, Any]:
        """`cost_usd`, null unless complete; the known part and what is missing stand beside it then."""
        if not self.unknown:
            return {"cost_usd": self.usd}
        return {"cost_usd": None, "cost_at_least_usd": format_money(self.known), "cost_unknown": list(self.unknown)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Cost:
        """Inverse of `to_json`; a record without any cost is of an unknown price."""
        if record.get("cost_usd") is not None:
            return cls(known=Decimal(record["cost_usd"]))
        if "cost_at_least_usd" in record:
            return cls(known=Decimal(record["cost_at_least_usd"]), unknown=tuple(record.get("cost_unknown", ())))
        return cls(unknown=("price",))

    def __add__(self, other: Cost) -> Cost:
        return Cost(known=self.known + other.known, unknown=tuple(sorted(set(self.unknown) | set(other.unknown))))

    def __str__(self) -> str:
        if not self.unknown:
            return f"${format_money(self.known)}"
        return f">= ${format_money(self.known)} ({', '.join(self.unknown)} unknown)"


def format_money(amount: Decimal) -> str:
    """A plain decimal string without exponent or superfluous zeros: `0.0123`, `0`."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What the gateway returns for one call, candidates and judges alike. Times in seconds, `started_at` in UTC.

    `text` is the answer alone; thought is kept apart in `reasoning`. `attempts` counts HTTP requests sent.
    `error` says what went wrong when `status` is "error", and never holds a key.
    """

    status: ResponseStatus
    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost: Cost = Cost()
    latency_s: float | None = None
    ttft_s: float | None = None
    served_model: str | None = None
    fingerprint: str | None = None
    region: str | None = None
    attempts: int = 0
    started_at: str = ""
    error: str | None = None


def shows_anything(text: str) -> bool:
    """Whether a reader would see a single character; white space, control and zero-width characters show nothing."""
    return any(not mark.isspace() and category(mark) not in ("Cc", "Cf") for mark in text)


class Caller(Protocol):
    """The gateway as those who ask see it: one call in, one outcome out."""

    async def complete(self, name: str, messages: tuple[Message, ...], params: Params) -> Completion:
        """Ask one model. Faults of a model or host are a status; only budget and cancellation raise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One model's answer to one prompt: a cell of the run. `key` hashes all that decides the answer.

    `earlier` holds its own answers to the earlier turns of a prompt with several; `completion.text` is the last one,
    and usage, cost and latency are those of all turns.
    """

    suite: str
    prompt_id: str
    model: str
    sample: int
    key: str
    completion: Completion
    earlier: tuple[str, ...] = ()

    @property
    def exchange(self) -> str:
        """What is judged: the answer, or all turns of the model's side of the conversation."""
        return in_turns([*self.earlier, self.completion.text]) if self.earlier else self.completion.text

    @property
    def has_answer(self) -> bool:
        """True when there is a text to judge: `ok`, or cut by the token limit with some text."""
        return self.completion.status in ("ok", "truncated") and bool(self.completion.text)

    def to_json(self) -> dict[str, Any]:
        """The flat record of `responses.jsonl`."""
        return {
            "suite": self.suite,
            "prompt_id": self.prompt_id,
            "model": self.model,
            "sample": self.sample,
            "key": self.key,
            **_completion_to_json(self.completion),
            **({"earlier": list(self.earlier)} if self.earlier else {}),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Response:
        """Inverse of `to_json`; raises KeyError or ValueError on a record of another shape."""
        return cls(
            suite=record["suite"],
            prompt_id=record["prompt_id"],
            model=record["model"],
            sample=record["sample"],
            key=record["key"],
            completion=_completion_from_json(record),
            earlier=tuple(record.get("earlier", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """One verdict on one pair as it was shown; the swapped order is a second record with the two exchanged.

    A verdict on one answer alone has no `second` and no `winner`, but a `score`. `winner` is None unless `status` is
    "ok". `preference` (0..1, that `first` is better) outranks it in the score.
    """

    suite: str
    prompt_id: str
    judge: str
    definition: str
    first: str
    second: str | None
    key: str
    status: JudgmentStatus
    winner: Winner | None = None
    preference: float | None = None
    score: float | None = None
    repeat: int = 0
    sample: int = 0
    explanation: str = ""
    usage: Usage = Usage()
    cost: Cost = Cost()
    latency_s: float | None = None
    served_model: str | None = None
    fingerprint: str | None = None
    attempts: int = 0
    started_at: str = ""
    error: str | None = None

    @property
    def value(self) -> float | None:
        """The share of the win that goes to `first`: 1, 0.5, 0 or the soft preference; None when unread."""
        if self.status != "ok":
            return None
        if self.preference is not None:
            return self.preference
        return None if self.winner is None else {"first": 1.0, "tie": 0.5, "second": 0.0}[self.winner]

    def to_json(self) -> dict[str, Any]:
        """The flat record of `judgments.jsonl`."""
        return {
            "suite": self.suite,
            "prompt_id": self.prompt_id,
            "judge": self.judge,
            "definition": self.definition,
            "repeat": self.repeat,
            "sample": self.sample,
            "first": self.first,
            "second": self.second,
            "key": self.key,
            "winner": self.winner,
            "preference": self.preference,
            "score": self.score,
            "status": self.status,
            "explanation": self.explanation,
            "usage": _usage_to_json(self.usage),
            **self.cost.to_json(),
            "latency_s": self.latency_s,
            "served_model": self.served_model,
            "fingerprint": self.fingerprint,
            "attempts": self.attempts,
            "started_at": self.started_at,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Judgment:
        """Inverse of `to_json`; raises KeyError or ValueError on a record of another shape."""
        plain = {
            name: record[name]
            for name in ("suite", "prompt_id", "judge", "definition", "first", "second", "key", "status")
        }
        optional = {
            name: record[name]
            for name in [
                "winner",
                "preference",
                "score",
                "repeat",
                "sample",
                "explanation",
                "latency_s",
                "served_model",
                "fingerprint",
                "attempts",
                "started_at",
                "error",
            ]
            if name in record
        }
        return cls(**plain, **optional, usage=_usage_from_json(record), cost=Cost.from_json(record))


def _completion_to_json(completion: Completion) -> dict[str, Any]:
    return {
        "status": completion.status,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "finish_reason": completion.finish_reason,
        "usage": _usage_to_json(completion.usage),
        **completion.cost.to_json(),
        "latency_s": completion.latency_s,
        "ttft_s": completion.ttft_s,
        "served_model": completion.served_model,
        "fingerprint": completion.fingerprint,
        "region": completion.region,
        "attempts": completion.attempts,
        "started_at": completion.started_at,
        "error": completion.error,
    }


def _completion_from_json(record: Mapping[str, Any]) -> Completion:
    names = (
        "status text reasoning finish_reason latency_s ttft_s served_model fingerprint region attempts started_at error"
    )
    known = {name: record[name] for name in names.split() if name in record}
    return Completion(**known, usage=_usage_from_json(record), cost=Cost.from_json(record))


def _usage_to_json(usage: Usage) -> dict[str, Any]:
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}


def _usage_from_json(record: Mapping[str, Any]) -> Usage:
    usage = record.get("usage") or {}
    return Usage(prompt_tokens=usage.get("prompt_tokens"), completion_tokens=usage.get("completion_tokens"))


# --------------------------------------------------------------------------------------------- plan
@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPair:
    """Two models to be compared on every prompt, and the judges whose verdicts count for them."""

    first: str
    second: str
    judges: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSuite:
    """A suite as planned: its identity and, for each prompt in order, the id and the category.

    `alone` says that a judge is shown one answer at a time (a pointwise judge, a checklist): who wins a pair follows
    from two scores. `checked` names the prompts that carry checks; `families`, when there are any, the family of each
    prompt ("" for a prompt of its own): prompts made from one template, which are never counted as independent.
    """

    name: str
    hash: str
    definition: str
    prompt_ids: tuple[str, ...]
    categories: tuple[str, ...]
    alone: bool = False
    checked: tuple[str, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run set out to do: the denominator of every table.

    `orders` is "both" (each pair is judged as (first, second) and as (second, first)) or "recorded" (verdicts came
    from a file: the recorded prompts, pairs and orders are the plan). `controls` is the number of prompts for each
    control arm, 0 for none. `noise_check` is the share of pairs of answers that are judged once more, as the repeat
    after the planned ones; that one never enters a score. With `trust_checks` no judge is asked where one answer passes
    the objective checks of its prompt and the other fails them. `repeats` is how often each verdict is asked for, and
    `weights` says how much a judge counts in the score of a pair that several judge; one it does not name counts 1.

    `cap` is set for a run that stops early (`--find-best`): the most prompts it may ask. Its prompts stand in the
    order they are asked in, and `dropped` says after how many of them a model was asked no more.
    """

    suites: tuple[PlannedSuite, ...]
    models: tuple[str, ...]
    pairs: tuple[PlannedPair, ...]
    samples: int = 1
    repeats: int = 1
    orders: Literal["both", "recorded"] = "both"
    baseline: str | None = None
    controls: int = 0
    seed: int = 0
    simulated: bool = False
    max_missing: float = 0.02
    noise_check: float = 0.0
    trust_checks: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)
    cap: int | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)

    def asked(self, model: str) -> int | None:
        """How many prompts, in order, a model is asked; None for all of them."""
        return self.dropped.get(model)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `run.json`; `from_json` is the inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Plan:
        """Inverse of `to_json`; raises KeyError or TypeError on a record of another shape."""
        plain = {name: value for name, value in record.items() if name not in ("suites", "models", "pairs")}
        return cls(
            suites=tuple(
                PlannedSuite(
                    name=s["name"],
                    hash=s["hash"],
                    definition=s["definition"],
                    prompt_ids=tuple(s["prompt_ids"]),
                    categories=tuple(s["categories"]),
                    alone=bool(s.get("alone", False)),
                    checked=tuple(s.get("checked", ())),
                    families=tuple(s.get("families", ())),
                )
                for s in record["suites"]
            ),
            models=tuple(record["models"]),
            pairs=tuple(
                PlannedPair(first=p["first"], second=p["second"], judges=tuple(p["judges"])) for p in record["pairs"]
            ),
            **plain,
        )


# --------------------------------------------------------------------------------------------- hashing
def content_hash(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of plain values: sorted keys, no spaces, UTF-8, no NaN."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
