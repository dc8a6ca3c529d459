"""A problem about missing or contrary facts in words: the question, the form of its answer and a worked solution."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from evals.puzzles._ending import numeric, pattern
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import fraction
from evals.puzzles.missing._draw import draw
from evals.puzzles.missing._eliminate import combine, dot, solutions
from evals.puzzles.missing._scenes import LETTERS, SCENES, Scene, opening

_MARKS = {"zh": "①②③④⑤⑥⑦", "en": "1234567"}


def _form(rng: random.Random, lang: Lang) -> str:
    if lang == "zh":
        return rng.choice(
            (
                (
                    "请先判断属于哪一种情况，说明理由，最后一行按对应的格式写：能确定的，写“答案：数值”；"
                    "条件不够的，选出A至D中唯一那条只要补上就一定能确定的，写“答案：缺少 A”这样的形式；"
                    "陈述互相矛盾的（不论碰不碰得到所求的数），写出合在一起就不可能全对、而去掉其中任何一条就不再矛盾的那几条，"
                    "写“答案：矛盾 ①②”这样的形式。"
                ),
                (
                    "答案可能是一个数，也可能是条件不够，或者上面的话自相矛盾（只要有矛盾，就按矛盾作答）。请说明理由，"
                    "最后一行写成三种形式之一：“答案：数值”；“答案：缺少 A”（A至D中只有一条，"
                    "补上它就一定能算出来）；“答案：矛盾 ①②”（列出放在一起就不可能同时成立的那几条，"
                    "可有可无的不要列）。"
                ),
            )
        )
    return rng.choice(
        (
            (
                "It may be that the answer follows, that a fact is missing, or that some statements "
                "contradict each other (if any do, that is the answer). "
                "Give your reasoning and end with one line in one of these forms: "
                '"Answer: <number>"; "Answer: missing A" (only one of the facts A to D, once known, would '
                'settle the matter for certain); "Answer: conflict 1, 2" (the statements that cannot all be '
                "true, with none that could be left out)."
            ),
            (
                'Decide first which case it is, and say why. If the number follows, end with "Answer: '
                '<number>". If something is missing, exactly one of the facts A to D would be enough '
                'whatever its value turns out to be; end with, say, "Answer: missing A". If any statements '
                "contradict each other, about this number or not, "
                "name the smallest group that cannot hold together and end with, say, "
                '"Answer: conflict 1, 2".'
            ),
        )
    )


def make(name: str, rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A problem in the named scene; the verdict is drawn with equal chances."""
    verdict = rng.choice(("settled", "missing", "conflict"))
    v = draw(rng, name, lang, level, verdict)
    scene = SCENES[name]
    marks = _MARKS[lang]
    stop = "。" if lang == "zh" else "."
    lines = []
    for k, (vector, value) in enumerate(v["statements"]):
        text = scene.say(lang, vector, value)
        lines.append(f"{marks[k]} {text}{stop}" if lang == "zh" else f"{k + 1}. {text[0].upper()}{text[1:]}{stop}")
    target = scene.what(lang, v["target"])
    offers = ("；" if lang == "zh" else "; ").join(
        f"{LETTERS[k]}. {scene.what(lang, e)}" for k, e in enumerate(v["extras"])
    )
    if lang == "zh":
        ask = rng.choice((f"要知道的是{target}。", f"想求{target}。"))
        offer = f"可以再去打听的有：{offers}。"
    else:
        ask = rng.choice((f"We want to know {target}.", f"To be found: {target}."))
        offer = f"Facts we could still ask for: {offers}."
    question = [opening(rng, lang, name, v["n"]), *lines, ask, offer, _form(rng, lang)]
    answer = v["answer"]
    shown, checks = _shown(lang, answer)
    low, high = scene.bounds[lang]
    facts = {
        "kind": name,
        "unknowns": v["n"],
        "bounds": [low, high],
        "statements": [[list(a), b] for a, b in v["statements"]],
        "target": list(v["target"]),
        "extras": [list(e) for e in v["extras"]],
    }
    steps = _steps(lang, scene, v)
    return puzzle(
        lang,
        question=question,
        steps=steps,
        answer=answer,
        shown=shown,
        checks=checks,
        facts=facts,
        size=v["n"] ** 2 * len(v["statements"]),
    )


def _shown(lang: Lang, answer: str) -> tuple[str, tuple[dict[str, Any], ...]]:
    if answer.startswith("missing"):
        letter = answer[-1]
        shown = f"缺少 {letter}" if lang == "zh" else answer
        return shown, pattern(
            rf"^[*_\s]*(?:缺少?|(?:is )?missing)\W{{0,6}}{letter}"
            rf"(?![A-Za-z])(?!.*(?<![A-Za-z])[{LETTERS.replace(letter, '')}](?![A-Za-z]))"
        )
    if answer.startswith("conflict"):
        marks = [int(m) for m in answer.split()[1].split(",")]
        gap = r"[\s,，、和与&#()（）.]*(?:and|条)?[\s,，、和与&#()（）.]*"
        parts = gap.join(f"[{m}{_MARKS['zh'][m - 1]}]" for m in marks)
        shown = (
            f"矛盾 {''.join(_MARKS['zh'][m - 1] for m in marks)}"
            if lang == "zh"
            else "conflict " + ", ".join(map(str, marks))
        )
        return shown, pattern(rf"(?:矛盾|conflict|contradict)[^\d①-⑦]{{0,20}}{parts}[^\d①-⑦]*$")
    evasions = ["缺少", "矛盾", "missing", "conflict"]
    return answer, (*numeric(answer), {"type": "absent", "args": {"values": evasions, "where": "answer"}})


def _steps(lang: Lang, scene: Scene, v: dict[str, Any]) -> list[str]:
    zh, answer = lang == "zh", v["answer"]
    rows = [s for s, _ in v["statements"]]
    target = scene.what(lang, v["target"])
    if answer.startswith("conflict"):
        chosen = [int(m) - 1 for m in answer.split()[1].split(",")]
        *others, last = chosen
        weights = combine([rows[i] for i in others], rows[last]) or []
        told = sum((w * v["statements"][i][1] for w, i in zip(weights, others, strict=True)), Fraction(0))
        way, real = _mix(lang, others, weights), v["statements"][last][1]
        name = _MARKS[lang][last]
        if zh:
            return [
                f"1. 把各句写成等式，按{way}合并，左边正好是{name}的左边。",
                f"2. 右边得{fraction(told)}，而{name}说的是{real}，两者不等，所以这几句不可能都对。",
                "3. 去掉其中任何一条，其余各句都能同时成立，因此正是这几条互相矛盾，答案无从确定。",
            ]
        return [
            (
                f"1. Written as equations and combined as {way}, the left-hand sides give exactly that of "
                f"statement {name}."
            ),
            (
                f"2. The right-hand sides give {fraction(told)}, but statement {name} says {real}, so these "
                "statements cannot all be true."
            ),
            (
                "3. Without any one of them the rest can hold together, so exactly these contradict "
                "each other and no answer follows."
            ),
        ]
    if answer.startswith("missing"):
        points = solutions(v["statements"], v["n"], scene.bounds[lang]) or []
        first = points[0]
        other = next(p for p in points if dot(v["target"], p) != dot(v["target"], first))
        letter = answer[-1]
        extra = v["extras"][LETTERS.index(letter)]
        weights = combine([*rows, extra], v["target"]) or []
        way = _mix(lang, list(range(len(rows))), weights[:-1], letter, weights[-1])
        units = [scene.what(lang, tuple(int(i == k) for i in range(v["n"]))) for k in range(v["n"])]
        one, two = (
            ("，" if zh else ", ").join(f"{u}{'为' if zh else ' = '}{x}" for u, x in zip(units, p, strict=True))
            for p in (first, other)
        )
        poor = "、".join(x for x in LETTERS if x != letter) if zh else ", ".join(x for x in LETTERS if x != letter)
        if zh:
            return [
                f"1. 下面两组数都符合全部陈述：{one}；或者{two}。所以{target}不能确定。",
                f"2. 如果知道了{letter}，由{way}就得到{target}，不论它是多少。",
                f"3. 只知道{poor}中的一条，仍有不止一种可能。",
            ]
        return [
            f"1. Two sets of numbers fit every statement: {one}; or {two}. So {target} does not follow.",
            f"2. Once {letter} is known, {way} gives {target}, whatever its value.",
            f"3. Any one of {poor} alone still leaves more than one possibility.",
        ]
    weights = combine(rows, v["target"]) or []
    way = _mix(lang, list(range(len(rows))), weights)
    terms = [(w, v["statements"][i][1]) for i, w in enumerate(weights) if w]
    sums = _sum(lang, terms)
    truth = ("，" if zh else ", ").join(map(str, v["truth"]))
    check = (
        f"例如各个数依次取{truth}时每一句都对" if zh else f"with the numbers {truth} in order, every statement holds"
    )
    if zh:
        return [
            f"1. 把各句写成等式，按{way}合并，左边只剩下{target}。",
            f"2. 右边是{sums}＝{answer}。",
            f"3. 各句之间没有矛盾（{check}），所以能够确定。",
        ]
    return [
        f"1. Written as equations and combined as {way}, the left-hand sides leave just {target}.",
        f"2. The right-hand sides give {sums} = {answer}.",
        f"3. The statements do not contradict each other ({check}), so the answer is certain.",
    ]


def _mix(
    lang: Lang, places: list[int], weights: Sequence[Fraction], letter: str = "", last: Fraction = Fraction(0)
) -> str:
    """`①×2－③` or `(1) x 2 - (3)`, in brackets over a number where there are fractions."""
    scale = lcm(*(w.denominator for w in [*weights, last]))
    named = [
        (_MARKS["zh"][i] if lang == "zh" else f"({i + 1})", w * scale)
        for i, w in zip(places, weights, strict=True)
        if w
    ]
    if letter:
        named.append((letter, last * scale))
    named.sort(key=lambda item: item[1] < 0)
    text = ""
    for k, (name, w) in enumerate(named):
        sign = ("－" if w < 0 else "＋" if k else "") if lang == "zh" else (" - " if w < 0 else " + " if k else "")
        times = "" if abs(w) == 1 else f"×{abs(w)}" if lang == "zh" else f" x {abs(w)}"
        text += f"{sign}{name}{times}"
    text = text.strip()
    return text if scale == 1 else f"（{text}）÷{scale}" if lang == "zh" else f"[{text}] / {scale}"


def _sum(lang: Lang, terms: list[tuple[Fraction, int]]) -> str:
    scale = lcm(*(w.denominator for w, _ in terms))
    ordered = sorted(((w * scale, b) for w, b in terms), key=lambda item: item[0] < 0)
    text = ""
    for k, (w, b) in enumerate(ordered):
        sign = ("－" if w < 0 else "＋" if k else "") if lang == "zh" else (" - " if w < 0 else " + " if k else "")
        value = f"({b})" if b < 0 and k and lang == "en" else f"（{b}）" if b < 0 and k else str(b)
        text += sign + (value if abs(w) == 1 else f"{value}×{abs(w)}" if lang == "zh" else f"{value} x {abs(w)}")
    return text if scale == 1 else f"（{text}）÷{scale}" if lang == "zh" else f"[{text}] / {scale}"
