"""One judge with one definition: what it is shown, and its verdict as a record; verdicts that need no judge.

A request shows the question and two answers between markers with a fresh 128-bit nonce; the verdict must carry the
nonce's first eight digits. Each pair is judged in both orders, as two separate requests and two records.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from evals.catalog import Endpoint
from evals.cells import text_digest
from evals.judge._inert import make_inert
from evals.judge._verdict import read_verdict
from evals.library import Definition
from evals.records import (
    NO_ANSWER_JUDGE,
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
RULE_DEFINITION = "status-table@1"

_PLACEHOLDER = re.compile(r"\{(question|answer_1|answer_2|reference|rubric|code)\}")


class Judge:
    """A judge model with a definition. `verdict` asks it about one pair in one order; nothing is stored here."""

    def __init__(self, endpoint: Endpoint, definition: Definition) -> None:
        self.endpoint = endpoint
        self.definition = definition
        self._identity = definition.hash + content_hash(endpoint.request((), definition.params))
        self._prompt_identity: dict[tuple[str, str], str] = {}

    def key(self, prompt: Prompt, first_digest: str, second_digest: str, *, repeat: int, sample: int) -> str:
        """Hash of all that decides a verdict, computed before any nonce is drawn."""
        about = self._prompt_identity.get((prompt.suite, prompt.id))
        if about is None:
            reference = prompt.reference if self.definition.uses_reference else ""
            about = content_hash([prompt.question, reference, prompt.rubric])
            self._prompt_identity[prompt.suite, prompt.id] = about
        parts = (self._identity, about, first_digest, second_digest, str(repeat), str(sample))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def messages(self, prompt: Prompt, first: str, second: str, *, nonce: str) -> tuple[Message, ...]:
        """The two messages of a request. Placeholders are filled in a single pass, so no text can add one."""
        fills: Mapping[str, Callable[[], str]] = {
            "question": lambda: _block("QUESTION", nonce, prompt.question),
            "answer_1": lambda: _block("ANSWER 1", nonce, make_inert(first)),
            "answer_2": lambda: _block("ANSWER 2", nonce, make_inert(second)),
            "reference": lambda: _block("REFERENCE", nonce, prompt.reference or prompt.answer),
            "rubric": lambda: "\n".join(f"- {line}" for line in prompt.rubric),
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
        draw_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> Judgment:
        """Ask for one verdict on (first, second) in this order; one re-ask, then `unparsed`. `key` replaces its own.

        Raises only what the caller raises (budget, cancellation); every fault of a model or host is a status.
        """
        nonce = draw_nonce()
        messages = self.messages(prompt, first.exchange, second.exchange, nonce=nonce)
        calls = [await caller.complete(self.endpoint.name, messages, self.definition.params)]
        winner, explanation = self._read(calls[0], nonce[:8])
        if winner is None and _worth_asking_again(calls[0]):
            again = (*messages, *self._second_turn(calls[0]))
            calls.append(await caller.complete(self.endpoint.name, again, self.definition.params))
            winner, explanation = self._read(calls[1], nonce[:8])
        status = _judgment_status(calls[-1], winner)
        return Judgment(
            suite=prompt.suite,
            prompt_id=prompt.id,
            judge=self.endpoint.name,
            definition=self.definition.label,
            first=first.model,
            second=second.model,
            key=key
            or self.key(
                prompt,
                text_digest(first.exchange),
                text_digest(second.exchange),
                repeat=repeat,
                sample=first.sample,
            ),
            repeat=repeat,
            sample=first.sample,
            winner=winner,
            status=status,
            explanation=explanation[:LONGEST_EXPLANATION] if status == "ok" else "",
            error=None if status == "ok" else (calls[-1].error or explanation),
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

    def _second_turn(self, reply: Completion) -> tuple[Message, Message]:
        # An empty assistant turn is refused by several hosts; a dash stands for it.
        return (
            {"role": "assistant", "content": reply.text[:LONGEST_EXPLANATION] or "-"},
            {"role": "user", "content": self.definition.reask},
        )

    def _read(self, reply: Completion, code: str) -> tuple[Winner | None, str]:
        if reply.status not in ("ok", "truncated"):
            return None, reply.error or reply.status
        return read_verdict(reply.text, code=code, verdicts=self.definition.verdicts)


def no_answer_winner(first: Response, second: Response) -> Winner | None:
    """The status table: no answer loses to an answer and ties with none. None when a judge must decide.

    Both responses must be final and not `error` (an error is missing, and never scored).
    """
    if first.has_answer and second.has_answer:
        return None
    if not first.has_answer and not second.has_answer:
        return "tie"
    return "first" if first.has_answer else "second"


def judge_without_answer(
    prompt: Prompt, first: Response, second: Response, *, repeat: int, key: str
) -> Judgment | None:
    """The record of a verdict by the status table, or None when both models gave an answer."""
    winner = no_answer_winner(first, second)
    if winner is None:
        return None
    return Judgment(
        suite=prompt.suite,
        prompt_id=prompt.id,
        judge=NO_ANSWER_JUDGE,
        definition=RULE_DEFINITION,
        first=first.model,
        second=second.model,
        key=key,
        repeat=repeat,
        sample=first.sample,
        winner=winner,
        status="ok",
        explanation=f"{first.model}: {first.completion.status}; {second.model}: {second.completion.status}",
    )


def _block(label: str, nonce: str, text: str) -> str:
    return f"<<<{label} {nonce}>>>\n{text}\n<<<END {label} {nonce}>>>"


def _worth_asking_again(reply: Completion) -> bool:
    return reply.status in ("ok", "truncated", "empty")


def _judgment_status(reply: Completion, winner: Winner | None) -> JudgmentStatus:
    if winner is not None:
        return "ok"
    if reply.status == "error":
        return "error"
    return "refused" if reply.status in ("refused", "filtered") else "unparsed"


_Number = TypeVar("_Number", int, float)


def _sum(values: Sequence[_Number | None]) -> _Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if len(known) == len(values) and known else None
