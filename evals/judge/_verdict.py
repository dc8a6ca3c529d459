"""Reads a verdict out of a judge's reply, strictly.

A verdict is one JSON object that carries this request's code. The code is drawn after the candidates have answered, so
nothing they wrote can be one, whatever the judge quotes and wherever. Anything but exactly one such object is unread,
and what a judge says in a thought that leaked into its reply is none.

    pairwise   {"winner": "1", "code": "3f2a9c1e"}
    pointwise  {"scores": {"accuracy": 8, "fit": 6}, "score": 7, "code": "3f2a9c1e"}
    checklist  {"met": [true, false, true], "code": "3f2a9c1e"}

A field "reason" is let pass in each of them; any other field is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evals.records import Winner

_OBJECT = re.compile(r"\{[^{}]*+\}")
# One object inside; what is quoted before it cannot swallow it, because a match has no second brace to open.
_NESTED_OBJECT = re.compile(r"\{[^{}]*+\{[^{}]*+\}[^{}]*+\}")
# The code as a field's value, in a whole object or in one that was cut off or cannot be parsed: twice is two verdicts.
_CODE = re.compile(r"""["'](?=code["']\s*:\s*["']([^"'{},]*))""", re.IGNORECASE)
_THOUGHT_START, _THOUGHT_END = (
    re.compile(rf"[<◁]{slash}think(?:ing)?[>▷]|<{slash}thought>|\[{slash}THINK\]", re.IGNORECASE) for slash in ("", "/")
)
# Chinese replies come with full-width brackets, quotes, colons and digits; only the object is read through this table.
_HALF_WIDTH = str.maketrans(
    {"｛": "{", "｝": "}", "“": '"', "”": '"', "＂": '"', "：": ":", "，": ","}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)


def read_verdict(reply: str, *, code: str, verdicts: Mapping[str, Winner]) -> tuple[Winner | None, str]:
    """Return (winner, reason in prose) or (None, why nothing was read). Never raises on any text.

    `verdicts` maps the allowed values of the field "winner" to who wins.
    """
    value, prose = _bound(reply, code, _OBJECT, {"winner"})
    if value is None:
        return None, prose
    stated = value["winner"]
    if isinstance(stated, bool) or not isinstance(stated, str | int):
        return None, "the field winner is neither text nor number"
    winner = verdicts.get(str(stated).strip().lower())
    if winner is None:
        return None, f"verdict {str(stated)[:40]!r} was not offered"
    return winner, prose


def read_scores(
    reply: str, *, code: str, dimensions: Sequence[str], scale: tuple[int, int]
) -> tuple[float | None, str]:
    """Return (overall score, dimension scores and reason in prose) or (None, why nothing was read). Never raises.

    Every score must be a number on the scale, and "scores" must name exactly the dimensions.
    """
    value, prose = _bound(reply, code, _NESTED_OBJECT, {"scores", "score"})
    if value is None:
        return None, prose
    scores = value["scores"]
    if not isinstance(scores, dict) or scores.keys() != set(dimensions):
        return None, f"scores must name {', '.join(dimensions)} and nothing else"
    for name, stated in (("score", value["score"]), *scores.items()):
        if not _is_number(stated) or not scale[0] <= stated <= scale[1]:
            return None, f"{name} {str(stated)[:40]!r} is no number from {scale[0]} to {scale[1]}"
    told = ", ".join(f"{name} {scores[name]:g}" for name in dimensions)
    return float(value["score"]), f"{told}\n{prose}".strip()


def read_criteria(reply: str, *, code: str, weights: Sequence[int]) -> tuple[float | None, str]:
    """Return (weighted share of the criteria met in 0..1, which are not and reason in prose) or (None, why not).

    `weights` has one entry for each criterion, in order. Never raises.
    """
    value, prose = _bound(reply, code, _OBJECT, {"met"})
    if value is None:
        return None, prose
    met = value["met"]
    if not isinstance(met, list) or not all(isinstance(one, bool) for one in met):
        return None, "the field met is no list of true and false"
    if not weights:
        return None, "the prompt has no criteria"
    if len(met) != len(weights):
        return None, f"met has {len(met)} entries for {len(weights)} criteria"
    failed = [str(number) for number, one in enumerate(met, start=1) if not one]
    told = f"criteria met: {sum(met)} of {len(met)}" + (f"; not met: {', '.join(failed)}" if failed else "")
    share = sum(weight for weight, one in zip(weights, met, strict=True) if one) / sum(weights)
    return share, f"{told}\n{prose}".strip()


def _bound(reply: str, code: str, shape: re.Pattern[str], fields: set[str]) -> tuple[dict[str, Any] | None, str]:
    """The one object that carries the code, with the prose around it; or None and why there is none."""
    reply = _without_thought(reply)
    text = reply.translate(_HALF_WIDTH)
    # a reason may hold quotation marks that the table turns into the end of its text: then it is read as it stands
    found = [
        (match, _strict_object(match.group()) or _strict_object(reply[match.start() : match.end()]))
        for match in shape.finditer(text)
    ]
    bound = [(match, value) for match, value in found if value is not None and _same(value.get("code"), code)]
    if not bound:
        return None, "no verdict object with this request's code"
    # as one of them, or as part of an object that cannot be read: the code is stated twice
    if len(bound) > 1 or (text.lower().count(code) > 1 and _statements(text, code) > 1):
        return None, "more than one verdict object"
    match, value = bound[0]
    if not fields | {"code"} <= set(value) <= fields | {"code", "reason"}:
        return None, f"unexpected fields {', '.join(sorted(value))[:80]}"
    prose = (reply[: match.start()] + reply[match.end() :]).replace("```json", "").replace("```", "").strip()
    return value, prose or str(value.get("reason", "")).strip()


def _statements(text: str, code: str) -> int:
    return sum(_same(value, code) for value in _CODE.findall(text))


def _without_thought(reply: str) -> str:
    """What follows the last closing mark of a thought, up to the next opening one."""
    if "think" not in (lower := reply.lower()) and "thought" not in lower:
        return reply
    start = max((mark.end() for mark in _THOUGHT_END.finditer(reply)), default=0)
    opened = _THOUGHT_START.search(reply, start)
    return reply[start : opened.start() if opened else None]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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
