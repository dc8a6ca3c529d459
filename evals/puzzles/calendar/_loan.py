"""Calendar problem: interest on a loan, day by day."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import dated, decimal, money
from evals.puzzles.calendar._dates import DAY, iso


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
    facts = {"kind": "loan", "level": level, **{k: iso(x) for k, x in v.items()}}
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "××元" if lang == "zh" else "£…")],
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
