"""What a check reports, and the small helpers every check uses to say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "unavailable", "error"]

DETAIL_WIDTH = 300
"""Characters a detail may have; it is shown in a table, and part of it is a model's own text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check on one answer, in two readings; `strict` implies `loose`.

    `status` is "ok" when the check was carried out (the readings are true or false), "unavailable" when code could
    not be run here, "error" when the check itself failed (a pattern that takes too long, a malformed record); both
    readings are None then: missing, never a fault of the model. `detail` says in words what failed, "" when nothing.
    """

    type: str
    strict: bool | None = None
    loose: bool | None = None
    status: Status = "ok"
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """The record as it is stored beside a response."""
        return {
            "type": self.type,
            "strict": self.strict,
            "loose": self.loose,
            "status": self.status,
            "detail": self.detail,
        }


class CheckError(Exception):
    """A check that cannot be carried out on this answer; its message becomes the detail of an "error" result."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether one reading of an answer passes, and if not why."""

    passed: bool
    detail: str = ""


PASSED = Reading(passed=True)


def failed(detail: str) -> Reading:
    """A reading that does not pass."""
    return Reading(passed=False, detail=detail)


def result(kind: str, strict: Reading, loose: Reading) -> CheckResult:
    """Both readings as one result. What passes as it stands also passes when forgiven: loose is never the harder."""
    passed = strict.passed or loose.passed
    why = strict.detail if passed else loose.detail or strict.detail
    return CheckResult(
        type=kind, strict=strict.passed, loose=passed, detail=printable(why) if not strict.passed else ""
    )


def readings(results: Sequence[CheckResult]) -> tuple[bool | None, bool | None]:
    """(strict, loose) of a whole answer: all checks must pass. None when nothing failed but some check is missing.

    An answer without checks is (None, None).
    """
    return _all([r.strict for r in results]), _all([r.loose for r in results])


def _all(values: Sequence[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values or not values else True


def quoted(text: str, width: int = 60) -> str:
    """A piece of an answer inside a message: cut, in quotation marks."""
    text = " ".join(text.split())
    return f'"{text if len(text) <= width else text[: width - 1] + "…"}"'


def printable(text: str, width: int = DETAIL_WIDTH) -> str:
    """One line without control characters, half characters or marks that turn the direction of writing."""
    line = " ".join(text[: 4 * width].split())
    line = "".join(c if c.isprintable() else "�" for c in line)
    return line if len(line) <= width else line[: width - 1] + "…"
