"""Word problem: the lowest last mark that brings a course mark or a supplier's score to a goal."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal, joined


def grades(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """The lowest last mark: 1 plain weights; 2 the worst test dropped; 3 the exam may replace one; 4 rounding."""
    course = rng.random() < 0.5
    while True:
        v: dict[str, Any] = {
            "tests": [rng.randrange(52, 98) for _ in range((3, 4, 4, 5)[level - 1])],
            "middle": rng.randrange(48, 90),
            "weights": rng.choice(((30, 30, 40), (25, 25, 50), (20, 30, 50), (40, 20, 40), (30, 25, 45))),
            "goal": rng.choice((75, 80, 85)),
            "drop": level >= 2,
            "swap": level >= 3,
            "round": level == 4,
        }
        kept = sorted(v["tests"])[1:] if v["drop"] else v["tests"]
        a, b, c = v["weights"]
        average = Fraction(sum(kept), len(kept))
        goal = v["goal"] - (Fraction(1, 2) if v["round"] else 0)
        plain = (goal * 100 - a * average - b * v["middle"]) / c
        swapped = (goal * 100 - a * average) / (b + c)
        needed = min(plain, max(swapped, Fraction(v["middle"] + 1))) if v["swap"] else plain
        mark = -(-needed.numerator // needed.denominator)
        if (
            len(set(v["tests"])) == len(v["tests"])
            and 55 <= mark <= 99
            and (not v["swap"] or (mark > v["middle"] + 2 and plain > mark + 1))
        ):
            break
    text = (_grade_zh if lang == "zh" else _grade_en)(course, v)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "××分" if lang == "zh" else "… points")],
        steps=_grade_steps(lang, course, v, kept, average, goal, plain, swapped, mark),
        answer=str(mark),
        shown=f"{mark}分" if lang == "zh" else f"{mark} points",
        checks=numeric(str(mark)),
        facts={"kind": "grades", **{k: list(x) if isinstance(x, tuple) else x for k, x in v.items()}},
        size=(5, 8, 13, 17)[level - 1],
    )


def _grade_zh(course: bool, v: dict[str, Any]) -> list[str]:
    quiz, mid, last, whole = (
        ("小测", "期中", "期末", "总评") if course else ("月度评分", "年中审核", "年末审核", "年度得分")
    )
    a, b, c = v["weights"]
    marks = "、".join(map(str, v["tests"]))
    drop = f"{quiz}去掉一个最低分后取平均，" if v["drop"] else f"{quiz}取平均，"
    start = (
        f"这门课我{len(v['tests'])}次{quiz}的成绩是{marks}，{mid}{v['middle']}分，只剩{last}没考。"
        if course
        else f"一家供应商今年{len(v['tests'])}次{quiz}是{marks}，{mid}得{v['middle']}分，还差{last}。"
    )
    text = f"{start}{whole}的算法：{drop}占{a}%；{mid}占{b}%；{last}占{c}%。"
    if v["swap"]:
        text += f"如果{last}分数高于{mid}，就用{last}分数代替{mid}分数参加计算。"
    if v["round"]:
        text += f"{whole}最后四舍五入到整数，中间步骤不取整。"
    aim = f"{whole}要达到{v['goal']}分" + ("及以上" if not v["round"] else "（取整之后）及以上")
    return [text, f"{aim}，{last}至少要得多少分（满分100，只有整数分）？"]


def _grade_en(course: bool, v: dict[str, Any]) -> list[str]:
    quiz, mid, last, whole = (
        ("quizzes", "midterm", "final exam", "course mark")
        if course
        else ("monthly ratings", "mid-year audit", "year-end audit", "annual score")
    )
    a, b, c = v["weights"]
    marks = joined("en", [str(m) for m in v["tests"]])
    start = (
        f"My {quiz} went {marks}, the {mid} {v['middle']}; only the {last} is to come."
        if course
        else f"A supplier's {quiz} this year are {marks}; the {mid} gave {v['middle']} and the {last} is still to come."
    )
    drop = f"the average of the {quiz}, with the lowest one dropped," if v["drop"] else f"the average of the {quiz}"
    text = f"{start} The {whole} is made up like this: {drop} counts {a}%, the {mid} {b}% and the {last} {c}%."
    if v["swap"]:
        text += f" If the {last} is higher than the {mid}, it also takes the place of the {mid}."
    if v["round"]:
        text += (
            f" At the very end the {whole} is rounded to the nearest whole number, halves upwards; "
            "nothing is rounded before."
        )
    return [
        text,
        (
            f"{'Marks' if course else 'Scores'} are whole numbers out of 100. What is the lowest "
            f"{'mark' if course else 'score'} in the {last} that brings the "
            f"{whole} to {v['goal']} or more"
        )
        + (" after rounding?" if v["round"] else "?"),
    ]


def _grade_steps(
    lang: Lang,
    course: bool,
    v: dict[str, Any],
    kept: list[int],
    average: Fraction,
    goal: Fraction | int,
    plain: Fraction,
    swapped: Fraction,
    mark: int,
) -> list[str]:
    zh = lang == "zh"
    a, b, c = v["weights"]
    last = ("期末" if course else "年末审核") if zh else ("final exam" if course else "year-end audit")
    mid = ("期中" if course else "年中审核") if zh else ("midterm" if course else "mid-year audit")
    mean, aim = decimal(average, 4), decimal(Fraction(goal))
    lines = [
        (
            f"参加计算的{len(kept)}次平均：{'＋'.join(map(str, kept))}＝{sum(kept)}，除以{len(kept)}得{mean}，"
            f"乘{a}%得{decimal(average * a / 100, 4)}。"
        )
        if zh
        else (
            f"The {len(kept)} that count: {' + '.join(map(str, kept))} = {sum(kept)}, average "
            f"{mean}, times {a}% gives {decimal(average * a / 100, 4)}."
        )
    ]
    if v["round"]:
        lines.append(
            f"四舍五入后达到{v['goal']}，取整前至少要{aim}。"
            if zh
            else f"To round to {v['goal']}, at least {aim} is needed before rounding."
        )
    lines.append(
        (
            f"设{last}得x分。若x不超过{mid}的{v['middle']}："
            f"0.{b:02d}×{v['middle']}＋0.{c:02d}x不小于{aim}－{decimal(average * a / 100, 4)}，"
            f"x不小于{decimal(plain)}"
        )
        if zh
        else (
            f"Let x be the {last}. {'Without replacement' if v['swap'] else 'Then'} 0.{b:02d} x "
            f"{v['middle']} + 0.{c:02d}x must reach {aim} - {decimal(average * a / 100, 4)}, so "
            f"x is at least {decimal(plain)}"
        )
    )
    if not v["swap"]:
        lines[-1] = lines[-1].replace(f"若x不超过{mid}的{v['middle']}：", "") + (
            f"，取整数{mark}。" if zh else f", that is {mark}."
        )
        return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
    lines[-1] += (
        f"，已经超过{v['middle']}，与假设不符。"
        if zh
        else f", which is above {v['middle']}, so the {mid} would be replaced anyway."
    )
    lines.append(
        (
            f"若x超过{v['middle']}，{mid}也按x算：0.{b + c:02d}x不小于{aim}－{decimal(average * a / 100, 4)}，"
            f"x不小于{decimal(swapped)}，取整数{mark}，确实高于{v['middle']}。"
        )
        if zh
        else (
            f"With x above {v['middle']} it counts twice: 0.{b + c:02d}x must reach the same, so "
            f"x is at least {decimal(swapped)}, that is {mark}, which is indeed above "
            f"{v['middle']}."
        )
    )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
