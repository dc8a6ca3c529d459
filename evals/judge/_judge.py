"""One judge with one definition: what it is shown, and its verdict as a record.

A request shows the question and one or two answers between markers with a fresh 128-bit nonce; the verdict must carry
the nonce's first eight digits. A pairwise judge sees each pair in both orders, as two requests and two records; a
pointwise judge and a checklist see one answer, and who wins a pair follows from two scores.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from evals.catalog import Endpoint
from evals.cells import text_digest
from evals.judge._inert import make_inert
from evals.judge._verdict import read_criteria, read_scores, read_verdict
from evals.library import Definition
from evals.records import (
    Caller,
    Completion,
    Cost,
    Judgment,
    JudgmentStatus,
    Message,
    Prompt,
    Response,
    Usage,
    Winner,
    content_hash,
)

LONGEST_EXPLANATION = 4_000
MUST_WEIGHT = 3
"""What a criterion that starts with "[must] " counts for; any other counts for one."""

_PLACEHOLDER = re.compile(r"\{(question|answer_1|answer_2|answer|reference|rubric|dimensions|criteria|code)\}")
_MUST = re.compile(r"\A\s*\[must\]\s*", re.IGNORECASE)
_EQUAL = 1e-9


def draw_nonce() -> str:
    """A fresh 128-bit number in hexadecimal."""
    return secrets.token_hex(16)


class Judge:
    """A judge model with a definition: `verdict` asks about a pair, `score` about one answer; nothing is stored here.

    Both raise only what the caller raises (budget, cancellation); every fault of a model or host is a status. What
    cannot be read is asked about once more, then `unparsed`.
    """

    def __init__(self, endpoint: Endpoint, definition: Definition) -> None:
        self.endpoint = endpoint
        self.definition = definition
        self._identity = definition.hash + content_hash(endpoint.request((), definition.params))
        self._prompt_identity: dict[tuple[str, str], str] = {}
        self._verdicts = {value.strip().lower(): winner for value, winner in definition.verdicts.items()}

    def key(self, prompt: Prompt, first_digest: str, second_digest: str = "", *, repeat: int, sample: int) -> str:
        """Hash of all that decides a verdict, computed before any nonce is drawn. No second digest: one answer."""
        about = self._prompt_identity.get((prompt.suite, prompt.id))
        if about is None:
            reference = prompt.reference if self.definition.uses_reference else ""
            about = content_hash([prompt.question, reference, prompt.rubric])
            self._prompt_identity[prompt.suite, prompt.id] = about
        parts = (self._identity, about, first_digest, second_digest, str(repeat), str(sample))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def messages(self, prompt: Prompt, first: str, second: str = "", *, nonce: str) -> tuple[Message, ...]:
        """The two messages of a request. Placeholders are filled in a single pass, so no text can add one."""
        low, high = self.definition.scale
        dimensions = self.definition.dimensions.items()
        fills: Mapping[str, Callable[[], str]] = {
            "question": lambda: _block("QUESTION", nonce, prompt.question),
            "answer": lambda: _block("ANSWER", nonce, make_inert(first)),
            "answer_1": lambda: _block("ANSWER 1", nonce, make_inert(first)),
            "answer_2": lambda: _block("ANSWER 2", nonce, make_inert(second)),
            "reference": lambda: _block("REFERENCE", nonce, prompt.reference or prompt.answer),
            "rubric": lambda: "\n".join(f"- {line}" for line in prompt.rubric),
            "dimensions": lambda: _block(
                "DIMENSIONS",
                nonce,
                "\n".join(f"{name} ({low}-{high}): {_one_line(title)}" for name, title in dimensions),
            ),
            "criteria": lambda: _block("CRITERIA", nonce, _numbered(prompt.rubric)),
            "code": lambda: nonce[:8],
        }
        content = _PLACEHOLDER.sub(lambda match: fills[match.group(1)](), self.definition.template)
        return ({"role": "system", "content": self.definition.system}, {"role": "user", "content": content})

    async def verdict(
        self,
        caller: Caller,
        prompt: Prompt,
        first: Response,
        second: Response,
        *,
        repeat: int = 0,
        key: str | None = None,
        draw_nonce: Callable[[], str] = draw_nonce,
    ) -> Judgment:
        """One verdict on (first, second) in this order. `key` replaces its own.

        A judge of one answer at a time is asked about each, and the higher score wins; the second is spared when the
        first could not be read.
        """
        if not self.definition.alone:
            return await self._ask(caller, prompt, first, second, repeat=repeat, key=key, draw_nonce=draw_nonce)
        one = await self._ask(caller, prompt, first, None, repeat=repeat, key=None, draw_nonce=draw_nonce)
        key = key or self._key(prompt, first, second, repeat)
        if one.status != "ok":
            return replace(one, second=second.model, key=key)
        other = await self._ask(caller, prompt, second, None, repeat=repeat, key=None, draw_nonce=draw_nonce)
        return _compared(one, other, key=key)

    async def score(
        self,
        caller: Caller,
        prompt: Prompt,
        answer: Response,
        *,
        repeat: int = 0,
        draw_nonce: Callable[[], str] = draw_nonce,
    ) -> Judgment:
        """The score of one answer: a record whose `second` is None. For definitions that are `alone`."""
        assert self.definition.alone
        return await self._ask(caller, prompt, answer, None, repeat=repeat, key=None, draw_nonce=draw_nonce)

    async def _ask(
        self,
        caller: Caller,
        prompt: Prompt,
        first: Response,
        second: Response | None,
        *,
        repeat: int,
        key: str | None,
        draw_nonce: Callable[[], str],
    ) -> Judgment:
        nonce = draw_nonce()
        messages = self.messages(prompt, first.exchange, "" if second is None else second.exchange, nonce=nonce)
        calls = [await caller.complete(self.endpoint.name, messages, self.definition.params)]
        said, told = self._read(prompt, calls[0], nonce[:8])
        if said is None and _worth_asking_again(calls[0]):
            again = (*messages, *self._second_turn(calls[0]))
            calls.append(await caller.complete(self.endpoint.name, again, self.definition.params))
            said, told = self._read(prompt, calls[1], nonce[:8])
        status = _judgment_status(calls[-1], read=said is not None)
        return Judgment(
            suite=prompt.suite,
            prompt_id=prompt.id,
            judge=self.endpoint.name,
            definition=self.definition.label,
            first=first.model,
            second=None if second is None else second.model,
            key=key or self._key(prompt, first, second, repeat),
            repeat=repeat,
            sample=first.sample,
            winner=said if isinstance(said, str) else None,
            score=said if isinstance(said, float) else None,
            status=status,
            explanation=told[:LONGEST_EXPLANATION] if status == "ok" else "",
            error=None if status == "ok" else (calls[-1].error or told),
            usage=Usage(
                prompt_tokens=_sum([call.usage.prompt_tokens for call in calls]),
                completion_tokens=_sum([call.usage.completion_tokens for call in calls]),
            ),
            cost=sum((call.cost for call in calls), start=Cost()),
            latency_s=_sum([call.latency_s for call in calls]),
            served_model=calls[-1].served_model,
            fingerprint=calls[-1].fingerprint,
            attempts=sum(call.attempts for call in calls),
            started_at=calls[0].started_at,
        )

    def _key(self, prompt: Prompt, first: Response, second: Response | None, repeat: int) -> str:
        digest = "" if second is None else text_digest(second.exchange)
        return self.key(prompt, text_digest(first.exchange), digest, repeat=repeat, sample=first.sample)

    def _second_turn(self, reply: Completion) -> tuple[Message, Message]:
        # An empty assistant turn is refused by several hosts; a dash stands for it.
        return (
            {"role": "assistant", "content": reply.text[:LONGEST_EXPLANATION] or "-"},
            {"role": "user", "content": self.definition.reask},
        )

    def _read(self, prompt: Prompt, reply: Completion, code: str) -> tuple[Winner | float | None, str]:
        """A winner or a score with the reason, or None and why nothing was read."""
        if reply.status not in ("ok", "truncated"):
            return None, reply.error or reply.status
        told = self.definition
        if told.kind == "pointwise":
            return read_scores(reply.text, code=code, dimensions=tuple(told.dimensions), scale=told.scale)
        if told.kind == "checklist":
            weights = [MUST_WEIGHT if _MUST.match(line) else 1 for line in prompt.rubric]
            return read_criteria(reply.text, code=code, weights=weights)
        return read_verdict(reply.text, code=code, verdicts=self._verdicts)


def _compared(one: Judgment, other: Judgment, *, key: str) -> Judgment:
    """Two scores as one verdict on the pair; what either cost is counted."""
    both = replace(
        one,
        second=other.first,
        key=key,
        score=None,
        status=other.status,
        error=other.error,
        explanation="",
        usage=one.usage + other.usage,
        cost=one.cost + other.cost,
        latency_s=_sum([one.latency_s, other.latency_s]),
        attempts=one.attempts + other.attempts,
    )
    if one.score is None or other.score is None:
        return both
    gap = one.score - other.score
    winner: Winner = "tie" if abs(gap) <= _EQUAL else "first" if gap > 0 else "second"
    told = [f"{each.first}: {each.score:g}. {each.explanation}" for each in (one, other)]
    return replace(both, winner=winner, explanation="\n\n".join(told)[:LONGEST_EXPLANATION])


def _numbered(rubric: Sequence[str]) -> str:
    """A criterion on each line; its weight is not the judge's business."""
    lines = [_one_line(_MUST.sub("", line)) for line in rubric]
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _block(label: str, nonce: str, text: str) -> str:
    return f"<<<{label} {nonce}>>>\n{text}\n<<<END {label} {nonce}>>>"


def _worth_asking_again(reply: Completion) -> bool:
    return reply.status in ("ok", "truncated", "empty")


def _judgment_status(reply: Completion, *, read: bool) -> JudgmentStatus:
    if read:
        return "ok"
    if reply.status == "error":
        return "error"
    return "refused" if reply.status in ("refused", "filtered") else "unparsed"


_Number = TypeVar("_Number", int, float)


def _sum(values: Sequence[_Number | None]) -> _Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if len(known) == len(values) and known else None
