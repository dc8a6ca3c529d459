"""Calendar problems counted in days: a deadline with interest, a loan, inspections that move off days of rest."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import closing, date_check, dated, decimal, money, numeric, puzzle

DAY = timedelta(days=1)


# ------------------------------------------------------------------------------------------------ deadline
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
    facts = {"kind": "deadline", "level": level, **{k: _iso(x) for k, x in v.items()}}
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, form)],
        steps=_deadline_steps(lang, level, v, due, fine, total),
        answer=answer,
        shown=shown,
        checks=checks,
        facts=facts,
        size=count + (0, 6, 40, 80)[level - 1],
    )


def _iso(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [_iso(x) for x in value] if isinstance(value, list) else value


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


# ------------------------------------------------------------------------------------------------ loan
def loan(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 one rate; 2 the rate changes; 3 a repayment too; 4 the interest is added to the loan at one date."""
    scene = rng.choice((0, 1))
    while True:
        start = date(rng.choice((2025, 2026, 2027, 2028)), rng.randrange(1, 9), rng.randrange(1, 29))
        marks = sorted(rng.sample(range(20, 170), (1, 2, 3, 4)[level - 1]))
        end = start + DAY * marks[-1]
        v: dict[str, Any] = {
            "start": start,
            "end": end,
            "base": rng.choice((360, 365)),
            "amount": rng.randrange(10, 90) * 2000,
            "rate": rng.randrange(20, 60) * 10,
            "change": None,
            "rate2": 0,
            "back": None,
            "part": 0,
            "added": None,
        }
        inner = [start + DAY * m for m in marks[:-1]]
        rng.shuffle(inner)
        if level >= 2:
            v["change"], v["rate2"] = inner[0], v["rate"] + rng.choice((-60, -40, 30, 50, 70))
        if level >= 3:
            v["back"], v["part"] = inner[1], v["amount"] * rng.randrange(2, 6) // 10
        if level == 4:
            v["added"] = inner[2]
        pieces, total, kept = _pieces(v)
        if level < 4 or v["added"] > start + DAY * 30:
            break
    cents = int(total * 100 + Fraction(1, 2))
    answer = decimal(Fraction(cents, 100))
    text = (_loan_zh if lang == "zh" else _loan_en)(rng, scene, level, v)
    facts = {"kind": "loan", "level": level, **{k: _iso(x) for k, x in v.items()}}
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, "××元" if lang == "zh" else "£…")],
        steps=_loan_steps(lang, v, pieces, kept, total),
        answer=answer,
        shown=money(lang, cents),
        checks=numeric(answer, 0.011),
        facts=facts,
        size=(4, 8, 14, 22)[level - 1],
    )


def _pieces(v: dict[str, Any]) -> tuple[list[tuple[Fraction, int, int, date, date]], Fraction, Fraction]:
    """Stretches with one balance and one rate: balance, basis points, days, from, to; all interest; what was added."""
    cuts = sorted({v["start"], v["end"], *(v[k] for k in ("change", "back", "added") if v[k])})
    balance, found, total, kept = Fraction(v["amount"]), [], Fraction(0), Fraction(0)
    for a, b in pairwise(cuts):
        if v["back"] == a:
            balance -= v["part"]
        if v["added"] == a:
            kept = Fraction(int(total * 100 + Fraction(1, 2)), 100)
            balance, total = balance + kept, Fraction(0)
        rate = v["rate2"] if v["change"] and a >= v["change"] else v["rate"]
        found.append((balance, rate, (b - a).days, a, b))
        total += balance * rate * (b - a).days / (10_000 * v["base"])
    return found, total + kept, kept


def _pct(points: int) -> str:
    return decimal(Fraction(points, 100)) + "%"


def _day(lang: Lang, v: dict[str, Any], day: date) -> str:
    return dated(lang, day, year=day.year != v["start"].year)


def _loan_zh(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    who = ("门店向银行借了一笔过桥贷款", "合作社向社员借了一笔周转金")[scene]
    text = f"{dated('zh', v['start'])}，{who}，本金{v['amount']}元，年利率{_pct(v['rate'])}。"
    text += f"利息按实际天数逐日计算，算头不算尾，一年按{v['base']}天；"
    rules = ["过程中不取整，最后四舍五入到分。"] if level < 4 else ["只在结转和最后结清时把利息四舍五入到分。"]
    events: list[tuple[date, str]] = []
    if level >= 2:
        events.append((v["change"], f"从{_day('zh', v, v['change'])}起（含当天）年利率改为{_pct(v['rate2'])}。"))
    if level >= 3:
        events.append((v["back"], f"{_day('zh', v, v['back'])}归还本金{v['part']}元，从当天起按减少后的余额计息。"))
    if level == 4:
        events.append((v["added"], f"{_day('zh', v, v['added'])}把此前的利息结转一次，并入本金，从当天起一起计息。"))
    rules += [text for _, text in sorted(events)]
    final = f"{dated('zh', v['end'], year=v['end'].year != v['start'].year)}全部结清。"
    return [
        text + "".join(rules),
        final + ("从头到尾一共产生多少利息？" if rng.random() < 0.5 else "这笔借款的利息总额是多少元？"),
    ]


def _loan_en(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    who = ("a shop took out a bridging loan", "a housing co-operative borrowed from one of its members")[scene]
    text = (
        f"On {dated('en', v['start'])} {who} of £{v['amount']:,} at {_pct(v['rate'])} a year."
        if scene == 0
        else f"On {dated('en', v['start'])} {who}: £{v['amount']:,} at {_pct(v['rate'])} a year."
    )
    text += (
        " Interest runs by the actual number of days, counting the first day of a stretch but not "
        f"the last, with {v['base']} "
        "days to the year. "
    )
    rules = (
        ["Nothing is rounded before the end; then to the nearest penny."]
        if level < 4
        else ["Interest is rounded to the penny only when it is added to the loan and at the end."]
    )
    events: list[tuple[date, str]] = []
    if level >= 2:
        events.append(
            (v["change"], f"From {_day('en', v, v['change'])} (that day included) the rate is {_pct(v['rate2'])}.")
        )
    if level >= 3:
        events.append(
            (
                v["back"],
                (
                    f"On {_day('en', v, v['back'])} £{v['part']:,} of the loan was repaid; from that day "
                    "interest runs on the smaller balance."
                ),
            )
        )
    if level == 4:
        events.append(
            (
                v["added"],
                (
                    f"On {_day('en', v, v['added'])} the interest so far was added to the loan and earns "
                    "interest from that day on."
                ),
            )
        )
    rules += [text for _, text in sorted(events)]
    final = f"Everything was settled on {_day('en', v, v['end'])}."
    return [
        text + " ".join(rules),
        f"{final} "
        + rng.choice(
            ("How much interest was there from beginning to end?", "What is the total interest on this loan?")
        ),
    ]


def _loan_steps(lang: Lang, v: dict[str, Any], pieces: Any, kept: Fraction, total: Fraction) -> list[str]:
    zh, lines = lang == "zh", []
    for balance, rate, days, a, b in pieces:
        cost = decimal(balance * rate * days / (10_000 * v["base"]), 4)
        if zh:
            if v["added"] == a:
                lines.append(f"结转利息{decimal(kept)}元，并入本金。")
            lines.append(
                f"{dated('zh', a, year=False)}至{dated('zh', b, year=False)}共{days}天："
                f"{decimal(balance)}×{_pct(rate)}×{days}÷{v['base']}≈{cost}元。"
            )
        else:
            if v["added"] == a:
                lines.append(f"Interest of {decimal(kept)} is added to the loan.")
            lines.append(
                f"{dated('en', a, year=False)} to {dated('en', b, year=False)}, {days} days: "
                f"{decimal(balance)} x {_pct(rate)} x {days}/{v['base']} = {cost}."
            )
    shown = decimal(total)
    lines.append(f"利息合计约{shown}元。" if zh else f"Together {shown}.")
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]


# ------------------------------------------------------------------------------------------------ inspection
def inspection(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 the k-th date; 2 moved off weekends; 3 counted from the day it really was; 4 two rhythms on one day."""
    scene = rng.choice((0, 1))
    while True:
        start = date(rng.choice((2026, 2027)), rng.randrange(1, 8), rng.randrange(1, 29))
        if start.weekday() > 4:
            continue
        v: dict[str, Any] = {
            "start": start,
            "every": rng.choice((9, 10, 11, 12, 13, 15, 16, 17, 18, 20)),
            "number": rng.randrange(4, 8) + level,
            "every2": 0,
            "start2": None,
            "real": level >= 3,
            "closed": [],
            "weekends": level >= 2,
        }
        if level == 4:
            v["start2"] = start + DAY * rng.randrange(2, 9)
            if v["start2"].weekday() > 4:
                continue
            v["every2"] = rng.choice([n for n in (10, 11, 13, 14, 16, 18, 19, 22, 23) if n != v["every"]])
        if level >= 3:
            shut = start + DAY * rng.randrange(25, 70)
            v["closed"] = [shut + DAY * k for k in range(rng.randrange(4, 9))]
        runs = [_run(v["start"], v["every"], v, 60)] + ([_run(v["start2"], v["every2"], v, 60)] if level == 4 else [])
        if level < 4:
            result, moved = runs[0][v["number"]][1], sum(a != b for a, b in runs[0][1 : v["number"] + 1])
            if level == 1 or (
                moved >= level and (not v["closed"] or any(a in v["closed"] for a, _ in runs[0][: v["number"]]))
            ):
                break
            continue
        both = sorted({b for _, b in runs[0][1:]} & {b for _, b in runs[1][1:]})
        if both and (both[0] - start).days > 75 and both[0] < start + DAY * 330:
            result = both[0]
            break
    text = (_inspect_zh if lang == "zh" else _inspect_en)(rng, scene, level, v)
    facts = {"kind": "inspection", "level": level, **{k: _iso(x) for k, x in v.items()}}
    steps = _inspect_steps(lang, level, v, runs, result)
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, "×年×月×日" if lang == "zh" else "D Month YYYY")],
        steps=steps,
        answer=result.isoformat(),
        shown=dated(lang, result),
        checks=date_check(result),
        facts=facts,
        size=sum(b <= result for run in runs for _, b in run) * level,
    )


def _run(start: date, every: int, v: dict[str, Any], number: int) -> list[tuple[date, date]]:
    """Planned and real day of each visit, the first one included."""
    found = [(start, start)]
    for _ in range(number):
        planned = found[-1][1 if v["real"] else 0] + DAY * every
        real = planned
        while v["weekends"] and (real.weekday() > 4 or real in v["closed"]):
            real += DAY
        found.append((planned, real))
    return found


def _inspect_zh(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    what = ("锅炉", "电梯")[scene]
    start = dated("zh", v["start"], week=True)
    text = rng.choice(
        (
            f"{what}{start}做了一次保养，以后每{v['every']}天保养一次（即与上一次相隔{v['every']}天）。",
            f"物业给{what}排保养：{start}是第0次，此后每隔{v['every']}天做一次（两次的日期相差{v['every']}天）。",
        )
    )
    if level == 4:
        text += (
            f"消防系统则从{dated('zh', v['start2'], week=True)}检查一次算起，每{v['every2']}天检查一次，"
            f"日期相差{v['every2']}天。"
        )
    if level >= 2:
        both = "" if level < 4 else "两种工作都一样："
        shut = (
            f"或{dated('zh', v['closed'][0], year=False)}至{dated('zh', v['closed'][-1], year=False)}的停业期"
            if v["closed"]
            else ""
        )
        text += f"{both}排到的日子如果是周六、周日{shut}，就顺延到其后第一个工作日；"
        text += "下一次从实际做的那天算起。" if v["real"] else "下一次仍从原定的日子算起。"
    if level < 4:
        return [text, f"从{dated('zh', v['start'], year=False)}那次之后数起，第{v['number']}次保养实际在哪一天做？"]
    return [text, "在这两次起始之后，最早在哪一天两项工作恰好都要做？"]


def _inspect_en(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    what = ("boiler", "lift")[scene]
    start = dated("en", v["start"], week=True)
    text = rng.choice(
        (
            (
                f"The {what} was serviced on {start} and from then on is due every {v['every']} days (that "
                f"is, {v['every']} days after the last time)."
            ),
            (
                f"We service the {what} every {v['every']} days, the dates being {v['every']} days apart; the "
                f"first service was on {start}."
            ),
        )
    )
    if level == 4:
        text += (
            f" The fire alarm is tested every {v['every2']} days in the same way, starting from a test on "
            f"{dated('en', v['start2'], week=True)}."
        )
    if level >= 2:
        shut = (
            (
                f" or in our closed days from {dated('en', v['closed'][0], year=False)} to "
                f"{dated('en', v['closed'][-1], year=False)} inclusive"
            )
            if v["closed"]
            else ""
        )
        text += (
            f" Whatever falls on a Saturday or Sunday{shut} is moved to the next working day, and the "
            "next date is counted from "
        )
        text += "the day on which it was really done." if v["real"] else "the date originally planned."
        text += " This holds for both." if level == 4 else ""
    if level < 4:
        n = v["number"]
        return [
            text,
            f"On which day is service number {n} after that of {dated('en', v['start'], year=False)} really done?",
        ]
    return [text, "After those two starting dates, what is the first day on which both are really done?"]


def _inspect_steps(lang: Lang, level: int, v: dict[str, Any], runs: Any, result: date) -> list[str]:
    zh, lines = lang == "zh", []
    names = ("保养", "消防检查") if zh else ("Services", "Alarm tests")
    for name, run in zip(names, runs, strict=False):
        bits = []
        for k, (planned, real) in enumerate(
            run[1 : v["number"] + 1] if level < 4 else [r for r in run[1:] if r[1] <= result], 1
        ):
            text = dated(lang, real, year=False)
            text += (
                (f"（原定{dated(lang, planned, year=False)}）" if zh else f" (due {dated(lang, planned, year=False)})")
                if real != planned
                else ""
            )
            bits.append(f"第{k}次{text}" if zh else f"{k}: {text}")
        lines.append(f"{name}：" + "，".join(bits) + "。" if zh else f"{name}: " + ", ".join(bits) + ".")
    if level == 4:
        lines.append(
            f"两列日期最早在{dated('zh', result, week=True)}重合。"
            if zh
            else f"The first date in both lists is {dated('en', result, week=True)}."
        )
    else:
        lines.append(
            f"所以第{v['number']}次实际在{dated('zh', result, week=True)}。"
            if zh
            else f"So number {v['number']} is done on {dated('en', result, week=True)}."
        )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
