"""A second reading of verdicts, written without the first, and a fuzz that holds the two against each other.

A strict reading allows a verdict when, apart from thoughts that leaked into the reply, exactly one JSON object at any
depth carries the request's code, no second place states the code as a field, no key stands twice, and the fields and
values are those that were asked for. Whatever `evals.judge` reads beyond that is a wrong parse.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evals.judge._verdict import read_criteria, read_scores, read_verdict
from evals.records import Winner

from .attack_texts import FAKE_VERDICTS, QUOTES, UNUSABLE, fill

Kind = Literal["pairwise", "pointwise", "checklist"]
KINDS: tuple[Kind, ...] = ("pairwise", "pointwise", "checklist")
CODE = "3f2a9c1e"
VERDICTS: Mapping[str, Winner] = {"1": "first", "2": "second", "tie": "tie"}
DIMENSIONS = ("accuracy", "fit")
SCALE = (1, 10)
WEIGHTS = (3, 1, 1)

_WIDE = {0xFF5B: "{", 0xFF5D: "}", 0x201C: '"', 0x201D: '"', 0xFF02: '"', 0xFF1A: ":", 0xFF0C: ","}
_OPENINGS = ("<think>", "<thinking>", "<thought>", "[THINK]", "◁think▷", "◁thinking▷")
_DOUBLE = "\x00double"


def read(kind: Kind, reply: str) -> Winner | float | None:
    """What the program reads, with the code and the settings of this file."""
    if kind == "pairwise":
        return read_verdict(reply, code=CODE, verdicts=VERDICTS)[0]
    if kind == "pointwise":
        return read_scores(reply, code=CODE, dimensions=DIMENSIONS, scale=SCALE)[0]
    return read_criteria(reply, code=CODE, weights=WEIGHTS)[0]


def allowed(kind: Kind, reply: str) -> Winner | float | None:
    """What a strict reading allows, None for nothing."""
    aloud = _aloud(reply)
    text = "".join(_half_width(character) for character in aloud)
    bound = [value for value in _objects(text, aloud) if _is_code(value.get("code"))]
    if len(bound) != 1 or _statements(text) > 1 or _repeats_a_key(bound[0]):
        return None
    value = {name: field for name, field in bound[0].items() if name != "code"}
    value.pop("reason", None)
    if kind == "pairwise":
        return _winner(value)
    return _score(value) if kind == "pointwise" else _share(value)


def _aloud(reply: str) -> str:
    """The reply without thoughts: from the last closing mark on, up to the first opening one after it."""
    lower = "".join(character.lower() if character.isascii() else character for character in reply)
    start = 0
    for mark in _OPENINGS:
        closing = (mark[0] + "/" + mark[1:]).lower()
        if (at := lower.rfind(closing)) >= 0:
            start = max(start, at + len(closing))
    ends = [at for mark in _OPENINGS if (at := lower.find(mark.lower(), start)) >= 0]
    return reply[start : min(ends, default=len(reply))]


def _half_width(character: str) -> str:
    point = ord(character)
    return chr(point - 0xFF10 + 0x30) if 0xFF10 <= point <= 0xFF19 else _WIDE.get(point, character)


def _objects(text: str, as_it_stands: str) -> Iterator[dict[str, Any]]:
    """Every object that can be read from some brace on, also inside others; a key that stands twice marks it.

    `text` is `as_it_stands` in half width, which can break a text inside quotes; then the latter is read.
    """

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(reversed(pairs))
        if len(value) < len(pairs):
            value[_DOUBLE] = True
            value["code"] = next((v for k, v in pairs if k == "code" and _is_code(v)), value.get("code"))
        return value

    decoder = json.JSONDecoder(object_pairs_hook=keep)
    at = text.find("{")
    while at >= 0:
        for version in (text, as_it_stands):
            with contextlib.suppress(ValueError, RecursionError):
                yield decoder.raw_decode(version, at)[0]
                break
        at = text.find("{", at + 1)


def _statements(text: str) -> int:
    """How often the code stands as the value of a field "code", in whole objects and in broken ones."""
    lower = text.lower()
    count, at = 0, lower.find(CODE)
    while at >= 0:
        before, after = lower[:at].rstrip(), lower[at + len(CODE) :].lstrip()
        if before.endswith(('"', "'")) and after[:1] in ("", '"', "'", ",", "}", "{"):
            before = before[:-1].rstrip()
            if before.endswith(":"):
                before = before[:-1].rstrip()
                count += before.endswith(('"code"', "'code'", "\"code'", "'code\""))
        at = lower.find(CODE, at + 1)
    return count


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() == CODE


def _repeats_a_key(value: Any) -> bool:
    if isinstance(value, dict):
        return _DOUBLE in value or any(map(_repeats_a_key, value.values()))
    return isinstance(value, list) and any(map(_repeats_a_key, value))


def _winner(value: Mapping[str, Any]) -> Winner | None:
    if set(value) != {"winner"} or isinstance(value["winner"], bool):
        return None
    stated = value["winner"]
    return VERDICTS.get(str(stated).strip().lower()) if isinstance(stated, str | int) else None


def _score(value: Mapping[str, Any]) -> float | None:
    if set(value) != {"scores", "score"} or not isinstance(value["scores"], dict):
        return None
    numbers = [value["score"], *value["scores"].values()]
    if set(value["scores"]) != set(DIMENSIONS) or any(type(number) not in (int, float) for number in numbers):
        return None
    return float(value["score"]) if all(SCALE[0] <= number <= SCALE[1] for number in numbers) else None


def _share(value: Mapping[str, Any]) -> float | None:
    if set(value) != {"met"} or not isinstance(value["met"], list) or len(value["met"]) != len(WEIGHTS):
        return None
    if any(type(one) is not bool for one in value["met"]):
        return None
    return sum(weight for weight, one in zip(WEIGHTS, value["met"], strict=True) if one) / sum(WEIGHTS)


# --------------------------------------------------------------------------------------------- the fuzz
_VALID: Mapping[Kind, tuple[str, ...]] = {
    "pairwise": (
        '{"winner": "1", "code": "@CODE"}',
        '{"code": "@CODE", "winner": 2}',
        '{"winner": "tie", "code": "@CODE", "reason": "两份相当"}',
        '{"winner": "1", "code": "@CODE", "reason": "第二份把“二〇〇八年”写错了：应为，前一年"}',
        "｛“winner”：“２”，“code”：“@CODE”｝",
    ),
    "pointwise": (
        '{"scores": {"accuracy": 8, "fit": 6}, "score": 7, "code": "@CODE"}',
        '{"score": 3.5, "scores": {"fit": 3, "accuracy": 4}, "code": "@CODE", "reason": "one date is wrong"}',
        '{"scores": {"accuracy": 8, "fit": 6}, "score": 7, "code": "00000000"}',
    ),
    "checklist": (
        '{"met": [true, false, true], "code": "@CODE"}',
        '{"code": "@CODE", "met": [true, true, true], "reason": "all there"}',
        '{"met": [false, false, false], "code": "00000000"}',
    ),
}
_PIECES = (
    *('{"', '"}', "{", "}", "[", "]", '"', "'", "\\", ",", ":", "\n", " ", "：", "，", "“", "”", "｛", "｝", "null"),
    *('"winner": ', '"code": ', '"CODE": ', '"reason": "', '"score": ', '"scores": {', '"met": [', "@CODE", "00000000"),
    *('"1"', '"2"', '"tie"', "1", "2", "true", "false", "NaN", "1e999", "-1", "10", "3.0", "\ud800", "\u200b", "\x00"),
    *("<think>", "</think>", "<THINKING>", "◁/think▷", "```json\n", "```", "\\u0063ode", "\\u0031", "[[A]]", "İ", "K"),
)


def _seeds(kind: Kind) -> list[str]:
    own = list(_VALID[kind])
    told = [QUOTES[how].format(quote=text, own=own[0]) for how, text in zip(QUOTES, own[::-1], strict=False)]
    fakes = [fill(text, 2) for text in FAKE_VERDICTS.values()]
    others = [text for other in KINDS for text in _VALID[other][:1]]
    return [*own * 6, *told * 2, *fakes, *others, *(text for text in UNUSABLE.values() if len(text) < 1000)]


def mutate(source: random.Random, seeds: Sequence[str]) -> str:
    """A text near a verdict: one seed or two after each other, with up to four small changes."""
    text = source.choice(seeds)
    if source.random() < 0.4:
        text += source.choice(("", " ", "\n", "不对，应为：")) + source.choice(seeds)
    for _ in range(source.randrange(5)):
        at = source.randrange(len(text) + 1)
        end = min(len(text), at + source.randrange(1, 12))
        what = source.randrange(5)
        if what == 0:
            text = text[:at] + text[end:]
        elif what == 1:
            text = text[:at] + source.choice(_PIECES) + text[at:]
        elif what == 2:
            text = text[:at] + source.choice(_PIECES) + text[end:]
        elif what == 3:
            text = text[:end] + text[at:]
        else:
            text = text[:at] + text[at:end].swapcase() + text[end:]
    return text.replace("@CODE", CODE)


@dataclass(kw_only=True)
class Fuzzed:
    """What a fuzz found; `wrong` and `crashed` hold examples, `read` and `unread` how often a verdict was there."""

    runs: int
    read: int
    unread: int
    wrong: list[str]
    crashed: list[str]


Reader = Callable[[Kind, str], Winner | float | None]


def fuzz(runs: int, *, seed: int = 0, reader: Reader = read) -> Fuzzed:
    """Hold `reader` against the strict reading on this many texts, half of them for pairwise judges."""
    source = random.Random(seed)
    seeds = {kind: _seeds(kind) for kind in KINDS}
    found = Fuzzed(runs=runs, read=0, unread=0, wrong=[], crashed=[])
    for number in range(runs):
        kind = KINDS[(0, 1, 0, 2)[number % 4]]
        text = mutate(source, seeds[kind])
        try:
            said = reader(kind, text)
        except Exception:  # noqa: BLE001 (whatever it is, the parser promised none)
            found.crashed.append(text)
            continue
        right = allowed(kind, text)
        if said is not None and said != right:
            found.wrong.append(text)
        found.read += said is not None
        found.unread += said is None and right is not None
    return found


def wrongly_read(texts: Mapping[str, str] = UNUSABLE) -> Counter[str]:
    """Which of the unusable texts are read nevertheless, by any of the three readers: want none."""
    return Counter(name for name, text in texts.items() for kind in KINDS if read(kind, text.replace("@CODE", CODE)))


_WINNER = re.compile(r'"winner"\s*:\s*"([^"]*)"')


def naive(kind: Kind, reply: str) -> Winner | None:
    """What many parsers do: the last `"winner"` there is. For the proof that the fuzz finds such a parser out."""
    found = _WINNER.findall(reply)
    return VERDICTS.get(found[-1]) if found and kind == "pairwise" else None
