"""Second solvers of the calendar problems: walks through days and minutes one at a time, or tries every price."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from evals.puzzles._family import Facts


def _plain(value: Fraction) -> str:
    cents = (value * 200 + 1) // 2
    return f"{cents // 100}.{cents % 100:02d}".rstrip("0").rstrip(".")


def _after(day: str, number: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


def _rests(day: str, facts: Facts) -> bool:
    if day in facts.get("extra", ()):
        return False
    return day in facts["closed"] or date.fromisoformat(day).isoweekday() > 5


def deadline(facts: Facts) -> str:
    """Crosses off working days, then lets a fine run up day by day."""
    day, left = facts["start"], facts["count"]
    while left:
        day = _after(day, 1)
        left -= not _rests(day, facts)
    if facts["level"] < 3:
        return str(day)
    owed, fine = facts["amount"], Fraction(0)
    while owed:
        day = _after(day, 1)
        fine += Fraction(owed * facts["rate"], 10_000)
        owed -= sum(part for part, when in zip(facts["parts"], facts["paid"], strict=True) if when == day)
    return _plain(fine)


def loan(facts: Facts) -> str:
    """Accrues interest one day at a time."""
    balance, open_, booked = Fraction(facts["amount"]), Fraction(0), Fraction(0)
    day, rate = facts["start"], facts["rate"]
    while day != facts["end"]:
        rate = facts["rate2"] if day == facts["change"] else rate
        balance -= facts["part"] if day == facts["back"] else 0
        if day == facts["added"]:
            rounded = Fraction((open_ * 200 + 1) // 2, 100)
            balance, booked, open_ = balance + rounded, booked + rounded, Fraction(0)
        open_ += balance * rate / 10_000 / facts["base"]
        day = _after(day, 1)
    return _plain(booked + open_)


def inspection(facts: Facts) -> str:
    """Goes through the calendar and does what is due."""
    rhythms = [[facts["start"], facts["every"]]] + ([[facts["start2"], facts["every2"]]] if facts["start2"] else [])
    due = [_after(start, every) for start, every in rhythms]
    begun = max(start for start, _ in rhythms)
    day, number = facts["start"], 0
    while True:
        day = _after(day, 1)
        done = 0
        for k, (_, every) in enumerate(rhythms):
            if due[k] <= day and not (facts["weekends"] and _rests(day, facts)):
                done += 1
                due[k] = _after(day if facts["real"] else due[k], every)
        number += done
        if facts["start2"] is None and done and number == facts["number"]:
            return str(day)
        if facts["start2"] is not None and done == 2 and day > begun:
            return str(day)


def journey(facts: Facts) -> str:
    """Looks at the clock every minute, in the air and on the ground."""
    minute, leg = facts["start"] - facts["offsets"][0], 0
    begun, left, rested = minute, facts["flights"][0], 0
    while True:
        if left:
            left -= 1
            minute += 1
            if left == 0:
                leg, rested = leg + 1, 0
                if leg == len(facts["flights"]):
                    break
            continue
        here = (minute + facts["offsets"][leg]) % 1440
        ready = rested >= facts["gap"]
        if ready and (not facts["departures"] or here in facts["departures"][leg - 1]):
            left = facts["flights"][leg]
            continue
        minute, rested = minute + 1, rested + 1
    local = (minute + facts["offsets"][-1]) % 1440
    return str(minute - begun) if facts["total"] else f"{local // 60}:{local % 60:02d}"


def meeting(facts: Facts) -> str:
    """Tries every minute of the day as a beginning."""

    def free(k: int, minute: int) -> bool:
        local = minute + facts["offsets"][k]
        taken = any(a <= local < b for a, b in (facts["lunch"][k], facts["busy"][k]))
        return facts["open"][k] <= local < facts["close"][k] and not taken

    for start in range(-900, 2000):
        span = range(start - facts["before"], start + facts["length"])
        if all(free(k, minute) for k in range(len(facts["offsets"])) for minute in span):
            local = (start + facts["offsets"][facts["ask"]]) % 1440
            return f"{local // 60}:{local % 60:02d}"
    return "never"


def parking(facts: Facts) -> str:
    """Runs a meter: a unit is charged when it begins, until the day's cap."""
    total = today = running = 0
    for minute in range(facts["start"], facts["end"]):
        clock = minute % 1440
        if facts["night"] and clock == facts["to"] % 1440:
            total += facts["night"]
        if not facts["from"] <= clock < facts["to"]:
            total, today, running = total + today, 0, 0
            continue
        if minute < facts["start"] + facts["free"]:
            continue
        if running == 0:
            today = min(today + facts["price"], facts["cap"] or 10**9)
            running = facts["unit"]
        running -= 1
    return _plain(Fraction(total + today, 100))


def trade(facts: Facts) -> str:
    """Prices each pound or gallon, then tries prices upwards from 0.1 yuan."""
    dollars = Fraction(0)
    for number in range(1, facts["amount"] + 1):
        cut = facts["rebate"] if facts["over"] and number > facts["over"] else 0
        dollars += Fraction(facts["price"], 100) * (1 - Fraction(cut, 100))
    cost = dollars * facts["rate"] / 100 + facts["freight"]
    cost += cost * facts["duty"] / 100
    if facts["level"] <= 2:
        return _plain(cost)
    small = Fraction(facts["small"]).limit_denominator(10) * facts["amount"]
    packs = (small - small * facts["loss"] / 100) // facts["pack"]
    cost += Fraction(packs * facts["wrap"], 100)
    sold = packs * facts["sold"] // 100
    for tenth in range(1, 10_000):
        takings = Fraction(sold * tenth, 10)
        if takings - cost >= takings * facts["margin"] / 100:
            return _plain(Fraction(tenth, 10))
    return "none"


SOLVERS = {
    "deadline": deadline, "loan": loan, "inspection": inspection, "journey": journey, "meeting": meeting,
    "parking": parking, "trade": trade,
}  # fmt: skip
