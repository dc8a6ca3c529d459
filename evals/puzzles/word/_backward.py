"""Word problem: a stock worked out backwards."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle


def backward(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Stock found from what is left: 2, 3 or 4 steps; at level 4 two stores that pass goods to each other."""
    pair = level == 4
    scene = rng.choice(_STORES)[lang]
    while True:
        start = [rng.randrange(60, 400), rng.randrange(60, 400) if pair else 0]
        moves: list[tuple[str, int, int, int]] = []
        for k in range((2, 3, 4, 4)[level - 1]):
            part = rng.choice((3, 4, 5, 6, 7, 8))
            moves.append(
                (
                    "give" if pair else "out",
                    rng.randrange(1, part // 2 + 1),
                    part,
                    rng.randrange(0, 13) if k or pair else 0,
                )
            )
        if level >= 3:
            moves.insert(rng.randrange(1, 3), ("in", 0, 1, rng.randrange(2, 12) * 10))
        held = _forward(start, moves)
        if held is None or held[-1][0] < 20 or (pair and held[-1][1] < 20):
            continue
        if len({tuple(m[1:]) for m in moves}) == len(moves) and all(
            m[1] == 0 or Fraction(m[1], m[2]).denominator == m[2] for m in moves
        ):
            break
    end = held[-1]
    ask = 0 if not pair else rng.randrange(2)
    answer = str(start[ask])
    unit = scene["unit"]
    text = (_back_zh if lang == "zh" else _back_en)(rng, scene, moves, end, ask, level)
    shown = f"{answer}{unit}" if lang == "zh" else f"{answer} {unit}"
    facts = {"kind": "backward", "moves": moves, "end": list(end), "ask": ask, "pair": pair}
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, f"××{unit}" if lang == "zh" else f"… {unit}")],
        steps=_back_steps(lang, scene, moves, held),
        answer=answer,
        shown=shown,
        checks=numeric(answer),
        facts=facts,
        size=len(moves) * (3, 3, 4, 7)[level - 1],
    )


def _forward(start: list[int], moves: list[tuple[str, int, int, int]]) -> list[tuple[int, int]] | None:
    """The two stocks after each move, or None when a fraction of a piece would be needed."""
    a, b = start
    seen = [(a, b)]
    for turn, (kind, part, whole, extra) in enumerate(moves):
        if kind == "in":
            a += extra
        else:
            giver = a if kind == "out" or turn % 2 == 0 else b
            if giver * part % whole:
                return None
            moved = giver * part // whole + extra
            if moved >= giver or moved <= 0:
                return None
            if kind == "out":
                a -= moved
            elif turn % 2 == 0:
                a, b = a - moved, b + moved
            else:
                a, b = a + moved, b - moved
        seen.append((a, b))
    return seen


def _share_zh(part: int, whole: int) -> str:
    return "一半" if (part, whole) == (1, 2) else f"{part}/{whole}"


def _back_zh(rng: random.Random, scene: Any, moves: Any, end: Any, ask: int, level: int) -> list[str]:
    unit, thing = scene["unit"], scene["thing"]
    lines = []
    for n, (kind, part, whole, extra) in enumerate(moves):
        when = scene["when"][n]
        more = f"还多{extra}{unit}" if extra else ""
        if kind == "in":
            lines.append(f"{when}，{scene['a'] if level == 4 else ''}新到{extra}{unit}")
        elif kind == "out":
            lines.append(f"{when}，{scene['verb']}了当时存量的{_share_zh(part, whole)}{more}")
        else:
            one, two = (scene["a"], scene["b"]) if n % 2 == 0 else (scene["b"], scene["a"])
            lines.append(f"{when}，{one}把自己当时存量的{_share_zh(part, whole)}{more}调给{two}")
    if level == 4:
        left = f"最后盘点，{scene['a']}有{end[0]}{unit}，{scene['b']}有{end[1]}{unit}。"
        return [
            f"{scene['open2']}：{'；'.join(lines)}。{left}",
            f"{(scene['a'], scene['b'])[ask]}最初有多少{unit}{thing}？",
        ]
    return [
        f"{scene['open']}：{'；'.join(lines)}。最后盘点还剩{end[0]}{unit}。",
        rng.choice((f"最初有多少{unit}{thing}？", f"一开始的存量是多少{unit}？")),
    ]


def _back_en(rng: random.Random, scene: Any, moves: Any, end: Any, ask: int, level: int) -> list[str]:
    unit = scene["unit"]
    lines = []
    for n, (kind, part, whole, extra) in enumerate(moves):
        when = scene["when"][n]
        more = f" plus {extra} more" if extra else ""
        if kind == "in":
            where = f" at {scene['a']}" if level == 4 else ""
            lines.append(f"{when}, a delivery of {extra} {unit} arrived{where}.")
        elif kind == "out":
            lines.append(f"{when}, {part}/{whole} of the stock at that moment{more} {scene['verb']}.")
        else:
            one, two = (scene["a"], scene["b"]) if n % 2 == 0 else (scene["b"], scene["a"])
            lines.append(f"{when}, {one} passed {part}/{whole} of what it then had{more} to {two}.")
    if level == 4:
        left = f"The final count was {end[0]} {unit} at {scene['a']} and {end[1]} at {scene['b']}."
        return [
            f"{scene['open2']} {' '.join(lines)} {left}",
            f"How many {unit} did {(scene['a'], scene['b'])[ask]} have at the start?",
        ]
    return [
        f"{scene['open']} {' '.join(lines)} At the final count {end[0]} {unit} were left.",
        rng.choice((f"How many {unit} were there at the start?", f"With how many {unit} did it all begin?")),
    ]


def _back_steps(lang: Lang, scene: Any, moves: Any, held: Any) -> list[str]:
    zh, pair = lang == "zh", moves[-1][0] == "give"
    lines = ["从最后往前倒推。" if zh else "Work backwards from the end."]
    for n in range(len(moves) - 1, -1, -1):
        kind, part, whole, extra = moves[n]
        (a, b), (a2, b2) = held[n], held[n + 1]
        first = kind != "give" or n % 2 == 0
        before, after = (a, a2) if first else (b, b2)
        when = scene["when"][n]
        if kind == "in":
            text = f"{after}－{extra}＝{before}" if zh else f"{after} - {extra} = {before}"
        else:
            rest = f"{whole - part}/{whole}"
            raised = (f"（{after}＋{extra}）" if zh else f"({after} + {extra})") if extra else str(after)
            text = f"{raised}÷{rest}＝{before}" if zh else f"{raised} / ({rest}) = {before}"
        if pair:
            who = scene["a"] if first else scene["b"]
            other = scene["b"] if first else scene["a"]
            text = f"{who}{text}" if zh else f"{who} had {text}"
            if kind == "give":
                gave = before - after
                has, had = (b2, b) if first else (a2, a)
                text += f"，{other}{has}－{gave}＝{had}" if zh else f", {other} {has} - {gave} = {had}"
        lines.append(f"{when}之前：{text}。" if zh else f"Before {scene['move'][n]}: {text}.")
    return lines


_STORES: tuple[dict[Lang, dict[str, Any]], ...] = (
    {
        "zh": {
            "unit": "册",
            "thing": "书",
            "a": "东馆",
            "b": "西馆",
            "verb": "领走",
            "open": "学校发教辅书，库房的账是这样的",
            "open2": "区图书馆的东馆和西馆之间互相调书",
            "when": ("周一", "周二", "周三", "周四", "周五"),
        },
        "en": {
            "unit": "books",
            "a": "the east branch",
            "b": "the west branch",
            "verb": "went out",
            "open": "A school handed out textbooks from its store.",
            "open2": "Two branches of a library moved books to and fro.",
            "when": ("On Monday", "On Tuesday", "On Wednesday", "On Thursday", "On Friday"),
            "move": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
        },
    },
    {
        "zh": {
            "unit": "箱",
            "thing": "矿泉水",
            "a": "一号库",
            "b": "二号库",
            "verb": "发走",
            "open": "救灾点的矿泉水这样进出",
            "open2": "两座仓库之间调拨矿泉水",
            "when": ("第一次", "第二次", "第三次", "第四次", "第五次"),
        },
        "en": {
            "unit": "crates",
            "a": "depot A",
            "b": "depot B",
            "verb": "was sent out",
            "open": "A relief station kept this record of its crates of water.",
            "open2": "Two depots shared out crates of water.",
            "when": ("First", "Then", "After that", "Next", "Last of all"),
            "move": (
                "the first change",
                "the second change",
                "the third change",
                "the fourth change",
                "the fifth change",
            ),
        },
    },
)
