"""Calendar problem: a deadline in working days, with interest when it is missed."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, date_check, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import dated, decimal, money
from evals.puzzles.calendar._dates import DAY, iso


def deadline(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 weekends; 2 a closure; 3 a working Saturday and interest on late payment; 4 payment in two parts."""
    scene = rng.choice((0, 1))
    start = date(rng.choice((2026, 2027)), rng.randrange(2, 11), rng.randrange(1, 29))
    while start.weekday() > 4:
        start += DAY
    count = rng.choice((10, 12, 15, 20, 25)) if level > 1 else rng.choice((5, 8, 10))
    closed: list[date] = []
    extra: list[date] = []
    if level >= 2:
        first = start + DAY * rng.randrange(4, count)
        closed = [first + DAY * k for k in range(rng.randrange(3, 7))]
    if level >= 3:
        saturday = closed[-1] + DAY
        while saturday.weekday() != 5:
            saturday += DAY
        extra = [saturday]
    due, number = start, 0
    while number < count:
        due += DAY
        number += due in extra or (due.weekday() < 5 and due not in closed)
    amount = rng.randrange(20, 200) * 2000 if scene == 0 else rng.randrange(2, 13) * 1000
    rate = rng.choice((2, 3, 4, 5, 6, 8))
    late = sorted(rng.sample(range(4, 40), 2 if level == 4 else 1))
    paid = [due + DAY * k for k in late]
    parts = [amount] if level < 4 else [amount * rng.randrange(3, 8) // 10]
    if level == 4:
        parts.append(amount - parts[0])
    fine = [(amount, late[0])] + ([(parts[1], late[1] - late[0])] if level == 4 else [])
    total = sum((Fraction(sum_ * rate * days, 10_000) for sum_, days in fine), Fraction(0))
    v = {
        "start": start,
        "count": count,
        "closed": closed,
        "extra": extra,
        "amount": amount,
        "rate": rate,
        "paid": paid,
        "parts": parts,
    }
    if level < 3:
        answer, shown, checks, form = (
            due.isoformat(),
            dated(lang, due),
            date_check(due),
            "×年×月×日" if lang == "zh" else "D Month YYYY",
        )
    else:
        answer, form = decimal(total), "××元" if lang == "zh" else "£…"
        shown, checks = money(lang, int(total * 100)), numeric(decimal(total))
    text = (_deadline_zh if lang == "zh" else _deadline_en)(rng, scene, level, v)
    facts = {"kind": "deadline", "level": level, **{k: iso(x) for k, x in v.items()}}
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, form)],
        steps=_deadline_steps(lang, level, v, due, fine, total),
        answer=answer,
        shown=shown,
        checks=checks,
        facts=facts,
        size=count + (0, 6, 40, 80)[level - 1],
    )


def _closure(lang: Lang, v: dict[str, Any]) -> str:
    first, last = v["closed"][0], v["closed"][-1]
    if lang == "zh":
        text = f"{dated('zh', first, year=False)}至{dated('zh', last, year=False)}放假"
        text += f"，{dated('zh', v['extra'][0], year=False, week=True)}照常上班" if v["extra"] else ""
        return text + "，其余周六、周日休息。"
    text = f"{dated('en', first, year=False)} to {dated('en', last, year=False)} inclusive are holidays"
    text += f", {dated('en', v['extra'][0], year=False, week=True)} is a working day" if v["extra"] else ""
    return text + ", and apart from that Saturdays and Sundays are free."


def _deadline_zh(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    start = dated("zh", v["start"], week=True)
    days = f"{v['count']}个工作日"
    if scene == 0:
        text = f"{start}设备验收合格。合同约定，买方自验收合格次日起{days}内付清货款"
        who, ask = "买方", "付款期限的最后一天是哪一天？"
    else:
        text = f"{start}租户退租并交还钥匙。租约规定，房东应从交还钥匙的次日起{days}内退还押金"
        who, ask = "房东", "退还押金的最后期限是哪一天？"
    rest = "当年的安排：" + _closure("zh", v) if v["closed"] else "周六、周日休息，没有其他假日。"
    if level < 3:
        return [text + "。" + rest, ask]
    what = "货款" if scene == 0 else "押金"
    text += (
        f"（{what}共{v['amount']}元）；逾期的，从期限届满的次日算到实际付款当天（含当天），"
        f"每个自然日按当时尚未付清的金额的万分之{_zh_digit(v['rate'])}付违约金"
    )
    text += "，付款当天那笔仍算未付。" if level == 4 else "。"
    if level == 3:
        done = f"{who}到{dated('zh', v['paid'][0], year=v['paid'][0].year != v['start'].year)}才一次付清。"
    else:
        done = "；".join(
            (
                f"{who}{dated('zh', v['paid'][0], year=v['paid'][0].year != v['start'].year)}付了{v['parts'][0]}元",
                f"{dated('zh', v['paid'][1], year=v['paid'][1].year != v['start'].year)}付清余下的{v['parts'][1]}元。",
            )
        )
    return [text, rest, done + rng.choice(("违约金一共多少元？", "应付违约金多少元？"))]


def _zh_digit(n: int) -> str:
    return "零一二三四五六七八九"[n]


def _deadline_en(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    start = dated("en", v["start"], week=True)
    if scene == 0:
        text = (
            f"A machine was accepted on {start}. The buyer has {v['count']} working days to pay, the "
            "first of them being the first working day after acceptance."
        )
        who, ask = "The buyer", "What is the last day for paying in time?"
    else:
        text = (
            f"A tenant handed back the keys on {start}. The landlord must return the deposit within "
            f"{v['count']} working days, not counting the day of the keys."
        )
        who, ask = "The landlord", "What is the last day for returning the deposit in time?"
    rest = _cap(_closure("en", v)) if v["closed"] else "Saturdays and Sundays are free; there are no other holidays."
    if level < 3:
        return [f"{text} {rest}", ask]
    year = v["paid"][-1].year != v["start"].year
    text += (
        f" The sum is £{v['amount']:,}. If it is late, every calendar day from the day after the last "
        "day allowed up to and "
        f"including the day of payment costs {decimal(Fraction(v['rate'], 100))}% of what is still unpaid that day"
    )
    text += "; on the day of a payment the amount being paid still counts as unpaid." if level == 4 else "."
    if level == 3:
        done = f"{who} paid everything on {dated('en', v['paid'][0], year=year)}."
    else:
        done = (
            f"{who} paid £{v['parts'][0]:,} on {dated('en', v['paid'][0], year=year)} and the remaining "
            f"£{v['parts'][1]:,} on {dated('en', v['paid'][1], year=year)}."
        )
    return [
        text,
        rest,
        f"{done} {rng.choice(('How much is due for being late?', 'What does the delay cost altogether?'))}",
    ]


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _deadline_steps(
    lang: Lang, level: int, v: dict[str, Any], due: date, fine: list[tuple[int, int]], total: Fraction
) -> list[str]:
    weeks: list[tuple[date, int]] = []
    day, number = v["start"], 0
    while number < v["count"]:
        day += DAY
        if day in v["extra"] or (day.weekday() < 5 and day not in v["closed"]):
            number += 1
            if weeks and weeks[-1][0].isocalendar()[:2] == day.isocalendar()[:2]:
                weeks[-1] = (day, weeks[-1][1] + 1)
            else:
                weeks.append((day, 1))
    if lang == "zh":
        run = "，".join(f"到{dated('zh', d, year=False)}那周{n}个" for d, n in weeks)
        lines = [f"1. 按周数工作日：{run}，合计{v['count']}个。", f"2. 最后一天是{dated('zh', due, week=True)}。"]
        bits = [f"{a}×0.000{v['rate']}×{n}＝{decimal(Fraction(a * v['rate'] * n, 10_000))}" for a, n in fine]
        if level >= 3:
            lines.append(f"3. 从次日算起，{'，'.join(f'未付{a}元的有{n}天' for a, n in fine)}：{'，'.join(bits)}。")
            lines.append(f"4. 违约金合计{decimal(total)}元。")
        return lines
    run = ", ".join(f"{n} in the week up to {dated('en', d, year=False)}" for d, n in weeks)
    lines = [
        f"1. Working days, week by week: {run}; {v['count']} in all.",
        f"2. The last day is {dated('en', due, week=True)}.",
    ]
    if level >= 3:
        bits = [
            f"{a} x {decimal(Fraction(v['rate'], 100))}% x {n} = {decimal(Fraction(a * v['rate'] * n, 10_000))}"
            for a, n in fine
        ]
        lines.append(
            "3. From the day after, "
            f"{' and then '.join(f'£{a:,} is unpaid for {n} days' for a, n in fine)}: "
            f"{'; '.join(bits)}."
        )
        lines.append(f"4. Together {money('en', int(total * 100))}.")
    return lines
