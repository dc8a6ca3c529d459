"""What goes wrong on the wire, by plan: every fault follows from one seed, the cell and, where a retry may mend it,
the number of the attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from evals.records import UsageError
from evals.simulator._seeds import uniform

RETRYABLE = (
    "rate_limit",
    "server_error",
    "reset_before",
    "reset_mid",
    "truncated_body",
    "truncated_stream",
    "malformed_json",
    "empty_choices",
    "html",
    "slow_drip",
    "hang",
)
"""Drawn for each cell and attempt, at most `max_faults_per_cell` times a cell: the attempt after that is good."""

LASTING = ("null_content", "empty_content", "filtered", "cut_answer", "unclosed_think", "unreadable_verdict")
"""Drawn for each cell alone: asking again brings the same. `unreadable_verdict` befalls judges, the rest candidates."""

HELP = {
    "rate_limit": "429 with Retry-After in one of its forms",
    "server_error": "500, 502, 503 or 529 with an error body",
    "reset_before": "the connection is reset before the headers",
    "reset_mid": "the connection is reset in the middle of the body",
    "truncated_body": "the body ends before its Content-Length",
    "truncated_stream": "the stream (or chunked body) ends in the middle",
    "malformed_json": "200 with JSON that cannot be read",
    "empty_choices": "200 with an empty list of choices",
    "html": "200 with an HTML page",
    "slow_drip": "one byte every quarter of a second, for ever",
    "hang": "no reply at all",
    "null_content": "the answer is null",
    "empty_content": "the answer is empty",
    "filtered": "400 with a content filter's error",
    "cut_answer": "the answer is cut by the token limit",
    "unclosed_think": "all tokens go into an unclosed think block",
    "unreadable_verdict": "the judge forgets its JSON at the first asking",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Rates in 0..1, one for each kind. `retry_after_s` is what a 429 asks the client to wait, in seconds."""

    rate_limit: float = 0.0
    server_error: float = 0.0
    reset_before: float = 0.0
    reset_mid: float = 0.0
    truncated_body: float = 0.0
    truncated_stream: float = 0.0
    malformed_json: float = 0.0
    empty_choices: float = 0.0
    html: float = 0.0
    slow_drip: float = 0.0
    hang: float = 0.0
    null_content: float = 0.0
    empty_content: float = 0.0
    filtered: float = 0.0
    cut_answer: float = 0.0
    unclosed_think: float = 0.0
    unreadable_verdict: float = 0.0
    seed: int = 0
    max_faults_per_cell: int = 2
    retry_after_s: float = 0.2

    def __post_init__(self) -> None:
        for kinds in (RETRYABLE, LASTING):
            rates = [getattr(self, kind) for kind in kinds]
            if any(not 0 <= rate <= 1 for rate in rates) or sum(rates) > 1 + 1e-9:
                raise UsageError(f"fault rates must lie in 0..1 and add up to at most 1: {', '.join(kinds)}")

    def retryable(self, cell: str, attempt: int) -> str | None:
        """The fault of one attempt (counted from 0) at a cell."""
        if attempt >= self.max_faults_per_cell:
            return None
        return self._pick(RETRYABLE, uniform("fault", self.seed, cell, attempt))

    def lasting(self, cell: str, *, judge: bool) -> str | None:
        """The fault of a cell that no retry mends."""
        kind = self._pick(LASTING, uniform("lasting", self.seed, cell))
        return kind if (kind == "unreadable_verdict") == judge else None

    def _pick(self, kinds: tuple[str, ...], draw: float) -> str | None:
        for kind in kinds:
            draw -= getattr(self, kind)
            if draw < 0:
                return kind
        return None

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Faults:
        """Inverse of `to_json`; unknown names are refused with a TypeError."""
        return cls(**record)


KINDS = tuple(field.name for field in fields(Faults) if field.name in HELP)
