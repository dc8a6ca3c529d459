"""Reads a verdict out of a judge's reply, strictly.

A verdict is one JSON object that carries this request's code. The code is drawn after the candidates have answered, so
nothing they wrote can be one, whatever the judge quotes and wherever. Anything but exactly one such object is unread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from evals.records import Winner

_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")
# Chinese replies come with full-width brackets, quotes, colons and digits; only the object is read through this table.
_HALF_WIDTH = str.maketrans(
    {"｛": "{", "｝": "}", "“": '"', "”": '"', "＂": '"', "：": ":", "，": ","}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)


def read_verdict(reply: str, *, code: str, verdicts: Mapping[str, Winner]) -> tuple[Winner | None, str]:
    """Return (winner, reason in prose) or (None, why nothing was read). Never raises on any text.

    `verdicts` maps the allowed values of the field "winner" to who wins.
    """
    found = [(match, _strict_object(match.group())) for match in _FLAT_OBJECT.finditer(reply.translate(_HALF_WIDTH))]
    bound = [(match, value) for match, value in found if value is not None and _same(value.get("code"), code)]
    if not bound:
        return None, "no verdict object with this request's code"
    if len(bound) > 1:
        return None, f"{len(bound)} verdict objects"
    match, value = bound[0]
    if not {"winner", "code"} <= set(value) <= {"winner", "code", "reason"}:
        return None, f"unexpected fields {', '.join(sorted(value))[:80]}"
    stated = value["winner"]
    if isinstance(stated, bool) or not isinstance(stated, str | int):
        return None, "the field winner is neither text nor number"
    winner = verdicts.get(str(stated).strip().lower())
    if winner is None:
        return None, f"verdict {str(stated)[:40]!r} was not offered"
    prose = (reply[: match.start()] + reply[match.end() :]).replace("```json", "").replace("```", "").strip()
    return winner, prose or str(value.get("reason", "")).strip()


def _strict_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _same(stated: object, code: str) -> bool:
    return isinstance(stated, str) and stated.strip().lower() == code
