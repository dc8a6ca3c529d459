"""From a seed to the records of a suite, or to a whole suite folder.

    generate("reasoning-hard", 20261123, canary="…")     records as `prompts.jsonl` holds them
    write_suite(folder, "reasoning-hard", 20261123)      suite.toml and prompts.jsonl

Every puzzle is solved a second time before it becomes a record, and a question that shares too many runs of thirteen
words (in Chinese: characters) with an earlier one is drawn again.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.puzzles import calendar, counting, grid, missing, order, plan, rule, state, word
from evals.puzzles._family import Family, Lang, Puzzle
from evals.records import UsageError

FAMILIES: Mapping[str, Family] = {
    room.FAMILY.name: room.FAMILY for room in (word, grid, calendar, counting, order, state, rule, plan, missing)
}
"""By the category of their prompts."""
_GRAM = 13
_SHARED = 0.25
"""Largest share of its runs that a question may have in common with another one of its category and language."""
_REPEAT = 0.15
"""What is added for each time a kind came before, beyond the first."""
_DRAWS = 24
_MASK_LAST = re.compile(r"[“\"](?:答案：|Answer:)[^”\"\n]*[”\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a battery is made of: prompts per family, levels dealt in turn, how ids are formed."""

    prefix: str
    counts: dict[str, int]
    written: dict[str, int]
    levels: tuple[int, ...]


_PLANS = {
    "reasoning": Plan(
        prefix="rs",
        counts={"word": 42, "grid": 34, "calendar": 20, "counting": 21, "order": 21, "state": 21, "rule": 21,
                "planning": 17, "missing": 13},
        written={"word": 8, "grid": 6, "calendar": 5, "counting": 4, "order": 4, "state": 4, "rule": 4, "planning": 3,
                 "missing": 2},
        levels=(3, 2, 4, 3, 3, 4, 2, 3, 4, 1),
    ),
    "reasoning-hard": Plan(
        prefix="rh",
        counts=dict.fromkeys(("word", "grid", "calendar", "counting", "order", "state", "rule", "planning"), 25),
        written={},
        levels=(3, 4),
    ),
}  # fmt: skip
GENERATED = tuple(_PLANS)
"""Names that `generate` knows."""


def generate(name: str, seed: int, canary: str = "") -> list[dict[str, Any]]:
    """The generated records of a suite, half Chinese, half English, at least 60 % of level 3 or 4; the seed decides.

    An empty `canary` is derived from the seed. Raises UsageError for a name that is not in `GENERATED`.
    """
    if name not in _PLANS:
        raise UsageError(f'cannot generate suite "{name}"; there are generators for {", ".join(GENERATED)}')
    plan = _PLANS[name]
    guid = canary or canary_of(name, seed)
    records: list[dict[str, Any]] = []
    turn = 0
    for category, number in plan.counts.items():
        seen = {"zh": _Seen(), "en": _Seen()}
        for index in range(number):
            lang: Lang = "zh" if turn % 2 == 0 else "en"
            level = plan.levels[(turn // 2) % len(plan.levels)]
            draw, puzzle = _fresh(FAMILIES[category], _stream(seed, name, category, index), lang, level, seen[lang])
            identity = f"{plan.prefix}-{category}-{plan.written.get(category, 0) + index + 1:04d}"
            records.append(_record(name, identity, category, lang, level, puzzle, draw, guid))
            turn += 1
    return records


def canary_of(name: str, seed: int) -> str:
    """A GUID that belongs to this suite and seed."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"routing-evals {name} {seed}".encode()).digest()[:16], version=4))


def write_suite(folder: Path, name: str, seed: int) -> Path:
    """Writes suite.toml and prompts.jsonl of a fully generated suite into `folder` and returns it.

    Raises UsageError for a suite that is not fully generated, or when the folder already holds one.
    """
    if name not in _TOML:
        raise UsageError(f'cannot generate suite "{name}" as a whole; try {", ".join(_TOML)}')
    target = folder / "prompts.jsonl"
    if target.exists():
        raise UsageError(f"{target} exists; remove it first or choose another --out")
    records = generate(name, seed)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    text = _TOML[name].format(seed=seed, canary=canary_of(name, seed))
    (folder / "suite.toml").write_text(text, encoding="utf-8", newline="\n")
    return folder


# ------------------------------------------------------------------------------------------------ drawing
def _stream(seed: int, *names: object) -> Iterator[int]:
    """Numbers that seed single puzzles: the same for the same names, different for others."""
    rng = random.Random(f"{seed}:{':'.join(map(str, names))}")
    while True:
        yield rng.randrange(1, 2**31)


@dataclass(slots=True)
class _Seen:
    """The questions of one category and language so far: their runs of words, and how often each kind came."""

    grams: list[set[tuple[str, ...]]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def closeness(self, grams: set[tuple[str, ...]], kind: str) -> float:
        """The largest share of common runs, raised for a kind that came twice or more."""
        share = max((len(grams & other) / max(1, min(len(grams), len(other))) for other in self.grams), default=0.0)
        return share + (_REPEAT * max(0, self.kinds[kind] - 1) if len(self.kinds) > 1 else 0.0)


def _fresh(maker: Family, numbers: Iterator[int], lang: Lang, level: int, seen: _Seen) -> tuple[int, Puzzle]:
    """The first draw that is not close to what was seen, else the least close of many; it joins what was seen."""
    best: tuple[float, int, Puzzle, set[tuple[str, ...]]] | None = None
    for _ in range(_DRAWS):
        number = next(numbers)
        puzzle = maker.make(random.Random(number), lang, level)
        grams = _grams(puzzle.question)
        close = seen.closeness(grams, str(puzzle.facts.get("kind")))
        if best is None or close < best[0]:
            best = (close, number, puzzle, grams)
        if close <= _SHARED:
            break
    assert best is not None
    _, number, puzzle, grams = best
    again = maker.solve(json.loads(json.dumps(puzzle.facts)))
    assert again == puzzle.answer, f"{maker.name} {number}: {puzzle.answer!r} is not {again!r}"
    assert grams not in seen.grams, f"{maker.name} {number}: a question came twice"
    seen.grams.append(grams)
    seen.kinds[str(puzzle.facts.get("kind"))] += 1
    return number, puzzle


def _grams(question: str) -> set[tuple[str, ...]]:
    """Runs of thirteen words or characters, the paragraph that asks for the last line left out."""
    lines = [line for line in question.split("\n") if not _MASK_LAST.search(line)] or [question]
    words = re.findall(r"[一-鿿]|[A-Za-z]+|\d+", "\n".join(lines))
    return {tuple(words[i : i + _GRAM]) for i in range(max(1, len(words) - _GRAM + 1))}


# ------------------------------------------------------------------------------------------------ records
def _record(
    suite: str, identity: str, category: str, lang: Lang, level: int, puzzle: Puzzle, number: int, canary: str
) -> dict[str, Any]:
    return {
        "id": identity,
        "suite": suite,
        "category": category,
        "lang": lang,
        "difficulty": level,
        "messages": [{"role": "user", "content": puzzle.question}],
        "reference": {
            "text": puzzle.solution,
            "answer": puzzle.solution.split("\n")[-1].split("：" if lang == "zh" else ": ", 1)[1],
        },
        "checks": list(puzzle.checks),
        "rubric": _rubric(lang, puzzle),
        "tags": ["template", str(puzzle.facts.get("kind", category))],
        "source": {"kind": "template", "name": f"{category}_v1", "seed": number},
        "license": "Apache-2.0",
        "canary": canary,
        "version": 1,
    }


def _rubric(lang: Lang, puzzle: Puzzle) -> list[str]:
    """What a judge can tick: the answer, one step on the way to it, and the form."""
    *steps, last = puzzle.solution.split("\n")
    result = last.split("：" if lang == "zh" else ": ", 1)[1]
    step = re.sub(r"^(?:\d+\. |[·-] ?)", "", next((s for s in reversed(steps[:-1]) if 8 < len(s) <= 160), steps[0]))
    if lang == "zh":
        return [
            f"最后结果是：{result}",
            f"过程中得出：{step[:160].rstrip('。；，')}",
            "推算完整，没有引入题目之外的假设",
        ]
    return [
        f"Final result: {result}",
        f"On the way: {step[:160].rstrip('.;,')}",
        "The reasoning is complete and adds no assumption of its own",
    ]


_TOML = {
    "reasoning-hard": '''name = "reasoning-hard"
title = "Hard reasoning battery / 高难推理 200 题"
version = 1
language = "mixed"
definition = "reference-en"
max_tokens = 8192
temperature = 0.2
license = "Apache-2.0"
canary = "{canary}"
description = """
200 multi-step problems of levels 3 and 4, 25 in each of eight families, half in Chinese and half in English, generated
from templates with seed {seed} and checked by a second solver that works in another way. Every answer can be
confirmed by a machine. `python -m evals suites generate reasoning-hard --seed N` makes a fresh battery when this one
has leaked. Generated wording is plainer than that of people; compare models within the battery, not across suites.
"""

[categories]
word = "Multi-step word problems / 多步应用题"
grid = "Logic grids / 逻辑网格"
calendar = "Calendar, rates, units, money / 日历、费率、单位与金额"
counting = "Counting and exact fractions / 计数与精确概率"
order = "Order, seating, truth-tellers / 排序、座次与真假话"
state = "State tracking / 状态跟踪"
rule = "New rules, ciphers, operators / 自定义规则与密码"
planning = "Small planning problems / 小型规划"
''',
}
