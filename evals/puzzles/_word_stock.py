"""Word problems about amounts: a bath topped up day by day, and stock worked out backwards."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import closing, count, decimal, numeric, puzzle


# ------------------------------------------------------------------------------------------------ vat
def vat(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 one topping up; 2 two days; 3 the fewest cans on one day; 4 the fewest cans a day over several days."""
    scene = rng.choice((_COOLANT, _BRINE))
    while True:
        v = {
            "volume": rng.choice((120, 150, 160, 200, 240, 250)),
            "start": rng.choice((5, 6, 7, 8)),
            "loss": rng.randrange(2, 7) * 2,
            "carry": rng.randrange(2, 6) * 2,
            "stock": rng.choice((20, 25, 30, 40)),
            "can": rng.choice((2, 4, 5)),
            "goal": 0,
            "days": (1, 2, 2, 4)[level - 1],
        }
        v["goal"] = v["start"] + rng.choice((-1, 0, 1)) if level >= 3 else 0
        strengths = _strengths(v, 0, v["days"])
        cans = 0
        if level < 3:
            final = strengths[-1]
            break
        most = (v["loss"] + v["carry"]) // v["can"]
        cans = next((k for k in range(most + 1) if _final(v, k, level) >= v["goal"]), 0)
        if cans >= 2 and _final(v, 0, level) < v["goal"] and _final(v, cans, level) > v["goal"]:
            final = Fraction(0)
            break
    answer = str(cans) if level >= 3 else decimal(final, 2)
    unit = scene[lang]["can"]
    answer += "" if level >= 3 else "%"
    shown = (f"{answer}{unit}" if lang == "zh" else f"{count(cans, unit)}") if level >= 3 else answer
    form = ("××" + unit if lang == "zh" else f"… {unit}s") if level >= 3 else ("××%" if lang == "zh" else "…%")
    steps = _vat_steps(lang, v, level, cans)
    text = scene[lang]["text"](rng, v, level)
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, form)],
        steps=steps,
        answer=answer,
        shown=shown,
        checks=numeric(answer) if level >= 3 else numeric(answer, 0.00006),
        facts={"kind": "vat", "level": level, **v},
        size=(4, 8, 16, 40)[level - 1] + v["days"],
    )


def _strengths(v: dict[str, Any], cans: int, days: int) -> list[Fraction]:
    """Strength in per cent at each evening, `cans` of stock being part of each topping up."""
    amount = Fraction(v["volume"] * v["start"], 100)
    found = []
    for _ in range(days):
        left = v["volume"] - v["loss"]
        amount -= amount / left * v["carry"]
        amount += Fraction(cans * v["can"] * v["stock"], 100)
        found.append(amount * 100 / v["volume"])
    return found


def _final(v: dict[str, Any], cans: int, level: int) -> Fraction:
    if level == 3:
        before = _strengths(v, 0, v["days"] - 1)[-1]
        return _strengths({**v, "start": before}, cans, 1)[-1]
    return _strengths(v, cans, v["days"])[-1]


def _vat_steps(lang: Lang, v: dict[str, Any], level: int, cans: int) -> list[str]:
    zh = lang == "zh"
    left = v["volume"] - v["loss"]
    keep = Fraction(left - v["carry"], left)
    lines = [
        (
            f"1. 每天先蒸发{v['loss']}升水，剩{left}升，溶质不变；再带走{v['carry']}升，"
            f"溶质剩下{keep.numerator}/{keep.denominator}。"
        )
        if zh
        else f"1. Each day {v['loss']} litres of water evaporate, which leaves {left} litres with all of "
        "the concentrate; "
        f"then {v['carry']} litres go, so {keep.numerator}/{keep.denominator} of the concentrate stays."
    ]

    def run(k: int, label: str) -> None:
        days = v["days"]
        plan = [0] * (days - 1) + [k] if level == 3 else [k] * days
        amount, bits = Fraction(v["volume"] * v["start"], 100), []
        for day, used in enumerate(plan, 1):
            amount = amount * keep + Fraction(used * v["can"] * v["stock"], 100)
            name = f"第{day}天" if zh else f"day {day}"
            bits.append(f"{name}{decimal(amount, 3)}升" if zh else f"{name}: {decimal(amount, 3)} l")
        strength = decimal(amount * 100 / v["volume"], 3)
        if zh:
            lines.append(
                f"{len(lines) + 1}. {label}溶质（起初"
                f"{decimal(Fraction(v['volume'] * v['start'], 100))}升）：{'，'.join(bits)}，"
                f"浓度约{strength}%。"
            )
        else:
            lines.append(
                f"{len(lines) + 1}. {label}Concentrate (at first "
                f"{decimal(Fraction(v['volume'] * v['start'], 100))} l): {', '.join(bits)}; strength "
                f"{strength}%."
            )

    if level < 3:
        run(0, "")
        return lines
    per = decimal(Fraction(v["can"] * v["stock"], 100))
    goal = decimal(Fraction(v["goal"] * v["volume"], 100))
    if zh:
        lines.append(
            f"2. 每桶{v['can']}升原液含溶质{per}升；要达到{v['goal']}%，{v['volume']}升里至少要有{goal}升溶质。"
        )
        run(cans - 1, f"每次{cans - 1}桶时，" if level == 4 else f"只加{cans - 1}桶时，")
        lines[-1] = lines[-1][:-1] + "，不够。"
        run(cans, f"每次{cans}桶时，" if level == 4 else f"加{cans}桶时，")
        lines[-1] = lines[-1][:-1] + "，达标。"
    else:
        lines.append(
            f"2. A can of {v['can']} litres holds {per} l of concentrate; {v['goal']}% of "
            f"{v['volume']} litres is {goal} l."
        )
        run(cans - 1, f"With {count(cans - 1, 'can')}{' a day' if level == 4 else ''}: ")
        lines[-1] = lines[-1][:-1] + ", not enough."
        run(cans, f"With {count(cans, 'can')}{' a day' if level == 4 else ''}: ")
        lines[-1] = lines[-1][:-1] + ", enough."
    return lines


def _vat_text(lang: Lang, liquid: str, place: str, losses: tuple[str, str], can: str) -> Any:
    def zh(rng: random.Random, v: dict[str, Any], level: int) -> list[str]:
        text = rng.choice(
            (
                f"{place}里有{v['volume']}升{liquid}，浓度{v['start']}%（每100升含{v['start']}升溶质，下同）。",
                f"{place}容量{v['volume']}升，装满浓度{v['start']}%的{liquid}（即每100升中有溶质{v['start']}升）。",
            )
        )
        text += f"每天{losses[0]}{v['loss']}升水，然后{losses[1]}{v['carry']}升{liquid}，"
        if level < 3:
            day = "第1天" if level == 1 else "第2天"
            return [
                text + f"下班时用清水补满到{v['volume']}升并搅匀。",
                f"{day}下班补满后浓度是百分之几？保留两位小数。",
            ]
        top = f"用若干整桶原液（每桶{v['can']}升，浓度{v['stock']}%）加清水补满到{v['volume']}升"
        if level == 3:
            return [
                text + f"第1天下班时只用清水补满并搅匀，第2天下班时改为{top}。",
                f"要让第2天补满后的浓度不低于{v['goal']}%，最少加几桶原液？",
            ]
        return [
            text + f"每天下班时{top}并搅匀，每天加的桶数相同。",
            f"要让第{v['days']}天下班补满后的浓度不低于{v['goal']}%，每天最少加几桶？",
        ]

    def en(rng: random.Random, v: dict[str, Any], level: int) -> list[str]:
        text = rng.choice(
            (
                (
                    f"{place} holds {v['volume']} litres of {liquid} at {v['start']}% ({v['start']} litres of "
                    "concentrate in every 100)."
                ),
                f"{place} is full: {v['volume']} litres of {liquid}, of which {v['start']}% by volume is concentrate.",
            )
        )
        text += (
            f" Every day {v['loss']} litres of water {losses[0]}, and after that {v['carry']} litres of "
            f"{liquid} {losses[1]}."
        )
        if level < 3:
            when = "on the first evening" if level == 1 else "on the second evening"
            return [
                text + f" In the evening it is filled up to {v['volume']} litres with plain water and stirred.",
                f"What is the strength {when}, in per cent to two decimals?",
            ]
        top = (
            f"whole cans of stock ({v['can']} litres each, {v['stock']}%) and plain water, up to "
            f"{v['volume']} litres again"
        )
        if level == 3:
            return [
                text
                + (f" On the first evening it is filled up with plain water only; on the second evening with {top}."),
                (f"What is the smallest number of cans that gives at least {v['goal']}% on the second evening?"),
            ]
        return [
            text
            + (f" Every evening it is filled up with {top}, and stirred; the number of cans is the same every day."),
            (f"What is the smallest number of cans a day that gives at least {v['goal']}% on evening {v['days']}?"),
        ]

    return {"text": zh if lang == "zh" else en, "can": can}


_COOLANT = {
    "zh": _vat_text("zh", "切削液", "一台磨床的液槽", ("蒸发", "随工件带走"), "桶"),
    "en": _vat_text(
        "en", "coolant", "The tank of a grinding machine", ("evaporate", "are carried off on the parts"), "can"
    ),
}
_BRINE = {
    "zh": _vat_text("zh", "除锈液", "维修车间的浸泡槽", ("蒸发", "沾在零件上损失"), "桶"),
    "en": _vat_text("en", "dye", "A dye vat in a weaving mill", ("boil off", "leave with the cloth"), "can"),
}


# ------------------------------------------------------------------------------------------------ backward
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
        question=[*text, closing(rng, lang, f"××{unit}" if lang == "zh" else f"… {unit}")],
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
