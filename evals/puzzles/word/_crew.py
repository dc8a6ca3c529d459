"""Word problem: teams with days off share a job."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle

_CREWS: tuple[dict[str, Any], ...] = (
    {
        "zh": ("老城区要重铺一条石板路", "铺完这条路", "三个施工队", ("一队", "二队", "三队"), "返工"),
        "en": (
            "A lane in the old town is being repaved",
            "pave the lane",
            "gang",
            ("the red gang", "the blue gang", "the green gang"),
        ),
    },
    {
        "zh": ("档案馆要把一批旧卷宗扫描入库", "扫完这批卷宗", "三个小组", ("甲组", "乙组", "丙组"), "重扫"),
        "en": (
            "An archive is scanning a collection of files",
            "scan the collection",
            "team",
            ("Team A", "Team B", "Team C"),
        ),
    },
)


def crew(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 two teams; 2 the second joins later; 3 three teams with days off; 4 also a part to be done again."""
    words = rng.choice(_CREWS)[lang]
    number = 2 if level < 3 else 3
    while True:
        alone = rng.sample(
            (12, 15, 18, 20, 24, 30, 36, 40, 45, 60) if number == 2 else (30, 36, 40, 45, 48, 60, 72, 80, 90), number
        )
        joins = [1, 1, 1] if level == 1 else [1, rng.randrange(3, 6), rng.randrange(5, 9)]
        rests = [0, 0, 0] if level < 3 else rng.sample((3, 4, 5, 6, 7), 3)
        redo = {"day": rng.randrange(7, 12), "part": rng.choice((4, 5, 6, 8))} if level == 4 else None
        days = _days(alone, joins, rests, redo)
        if (redo is None or days > redo["day"] + 3) and 4 < days < 40:
            break
    facts = {"kind": "crew", "alone": alone, "joins": joins[:number], "rests": rests[:number], "redo": redo}
    question = (_crew_zh if lang == "zh" else _crew_en)(rng, words, alone, joins, rests, redo)
    unit = ("第××天", f"第{days}天") if lang == "zh" else ("day …", f"day {days}")
    return puzzle(
        lang,
        question=[*question, ask_working(rng, lang, unit[0])],
        steps=_crew_steps(lang, words, alone, joins, rests, redo, days),
        answer=str(days),
        shown=unit[1],
        checks=numeric(str(days)),
        facts=facts,
        size=(4, 6, days * 2, days * 3)[level - 1],
    )


def _worked(day: int, join: int, rest: int) -> int:
    """Days worked from the day of joining through `day`, every `rest`-th of the team's own days being free."""
    own = max(0, day - join + 1)
    return own - (own // rest if rest else 0)


def _done(day: int, alone: list[int], joins: list[int], rests: list[int]) -> Fraction:
    return sum((Fraction(_worked(day, j, r), a) for a, j, r in zip(alone, joins, rests, strict=False)), Fraction(0))


def _days(alone: list[int], joins: list[int], rests: list[int], redo: dict[str, int] | None) -> int:
    lost = _done(redo["day"], alone, joins, rests) / redo["part"] if redo else Fraction(0)
    day = 1
    while _done(day, alone, joins, rests) < 1 + lost:
        day += 1
    return day


def _crew_zh(
    rng: random.Random, words: Any, alone: list[int], joins: list[int], rests: list[int], redo: Any
) -> list[str]:
    start, job, _, teams, again = words
    single = "，".join(f"{team}要{days}天" for team, days in zip(teams, alone, strict=False))
    text = f"{start}。如果各自单独干、天天都干，{job}{single}。"
    if joins[1] == 1:
        text += f"{teams[0]}和{teams[1]}从第1天起一起干。"
    elif len(alone) == 2:
        text += f"{teams[0]}从第1天开工，{teams[1]}从第{joins[1]}天起加入（第{joins[1]}天当天就干）。"
    else:
        text += f"{teams[0]}从第1天开工，{teams[1]}从第{joins[1]}天、{teams[2]}从第{joins[2]}天起加入，加入当天就干。"
    rules = None
    if rests[0]:
        rules = "".join(
            f"{team}每连干{rest - 1}天歇1天；" for team, rest in zip(teams, rests, strict=False)
        )  # fmt: skip
        rules = f"轮休各按自己加入之日起算：{rules}".rstrip("；") + "。每个队每天的进度都是固定的。".replace(
            "队", "组" if "组" in teams[0] else "队"
        )
    if redo:
        rules = (rules or "") + (
            f"第{redo['day']}天收工后检查，当时已完成的部分里有1/{redo['part']}不合格，必须{again}，"
            f"{again}的速度与原来一样。"
        )
    ask = rng.choice(("全部工作在第几天完成？", "照这样安排，第几天能全部完工？"))
    return [text, *([rules] if rules else []), ask]


def _crew_en(
    rng: random.Random, words: Any, alone: list[int], joins: list[int], rests: list[int], redo: Any
) -> list[str]:
    start, job, noun, teams = words
    single = [f"{team} {days} days" for team, days in zip(teams, alone, strict=False)]
    single[0] = single[0].replace(f"{alone[0]} days", f"would take {alone[0]} days")
    route = " and ".join(single) if len(single) == 2 else f"{single[0]}, {single[1]} and {single[2]}"
    text = f"{start}. Working alone and without days off, {route} to {job}."
    if joins[1] == 1:
        text += f" {_cap(teams[0])} and {teams[1]} start together on day 1."
    elif len(alone) == 2:
        text += (
            f" {_cap(teams[0])} starts on day 1 and {teams[1]} joins on day {joins[1]}, working on that day already."
        )
    else:
        text += (
            f" {_cap(teams[0])} starts on day 1, {teams[1]} joins on day {joins[1]} and {teams[2]} on day {joins[2]}; "
            "each works on the day it joins."
        )
    rules = None
    if rests[0]:
        free = [
            f"{team} {'has' if i == 0 else ''} every {_th(rest)} day".replace("  ", " ")
            for i, (team, rest) in enumerate(zip(teams, rests, strict=False))
        ]
        rules = f"Days off, counted for each {noun} from the day it joins: {free[0]} off, {free[1]} and {free[2]}."
        rules += f" On every other day each {noun} gets the same amount done."
    if redo:
        rules = (rules or "") + (
            f" At the end of day {redo['day']} an inspection found that 1/{redo['part']} of "
            "everything done by then had "
            "to be done again, at the same pace as before."
        )
    ask = rng.choice(("On which day is the whole job finished?", "Which day will be the last one of the job?"))
    return [text, *([rules] if rules else []), ask]


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _th(n: int) -> str:
    return {3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh"}[n]


def _crew_steps(
    lang: Lang, words: Any, alone: list[int], joins: list[int], rests: list[int], redo: Any, days: int
) -> list[str]:
    zh, teams = lang == "zh", words[3]

    def told(day: int) -> str:
        worked = [_worked(day, j, r) for j, r in zip(joins, rests, strict=False)][: len(alone)]
        parts = [f"{w}/{a}" for w, a in zip(worked, alone, strict=True)]
        total = _done(day, alone, joins, rests)
        return ("＋" if zh else " + ").join(parts) + ("＝" if zh else " = ") + f"{total.numerator}/{total.denominator}"

    lost = _done(redo["day"], alone, joins, rests) / redo["part"] if redo else Fraction(0)
    goal = f"{(1 + lost).numerator}/{(1 + lost).denominator}"
    ahead = [_worked(days - 1, j, r) for j, r in zip(joins, rests, strict=False)][: len(alone)]
    names = "、".join(teams[: len(alone)]) if zh else ", ".join(teams[: len(alone)])
    if zh:
        lines = [f"1. 把全部工作看作1，{names}每天依次完成" + "、".join(f"1/{a}" for a in alone) + "。"]
        if redo:
            lines.append(
                f"2. 到第{redo['day']}天为止：{told(redo['day'])}，其中1/{redo['part']}要重做，所以一共要干出{goal}。"
            )
        lines.append(
            f"{len(lines) + 1}. 到第{days - 1}天为止（{'扣去休息，' if rests[0] else ''}"
            f"各干了{'、'.join(map(str, ahead))}天）：{told(days - 1)}，不到{goal if redo else 1}。"
        )
        lines.append(
            f"{len(lines) + 1}. 到第{days}天为止：{told(days)}，"
            f"{'已够' if _done(days, alone, joins, rests) > 1 + lost else '正好是'}"
            f"{goal if redo else 1}。"
        )
        return lines
    lines = [
        "1. Call the whole job 1. A day's work is " + ", ".join(f"1/{a}" for a in alone) + f" for {names} in turn."
    ]
    if redo:
        lines.append(
            f"2. By the end of day {redo['day']}: {told(redo['day'])}; 1/{redo['part']} of it is "
            f"lost, so {goal} must be worked in all."
        )
    lines.append(
        f"{len(lines) + 1}. By the end of day {days - 1} ({', '.join(map(str, ahead))} days worked): "
        f"{told(days - 1)}, less than {goal if redo else 1}."
    )
    lines.append(f"{len(lines) + 1}. By the end of day {days}: {told(days)}, which is enough.")
    return lines
