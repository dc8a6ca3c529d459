"""Second solvers of the word problems: unit by unit, minute by minute, day by day, or by trying every number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from evals.puzzles._family import Facts


def _plain(value: Fraction, places: int = 2) -> str:
    """A decimal without superfluous zeros, rounded half up."""
    units = (value * 10**places * 2 + 1) // 2
    text = f"{units:0{places + 1}d}"
    return f"{text[:-places]}.{text[-places:]}".rstrip("0").rstrip(".")


def tariff(facts: Facts) -> str:
    """Adds up prices unit by unit and tries every use."""

    def bill(rates: list[int], use: int) -> int:
        low, high = facts["limits"]
        return sum(rates[0] if n <= low else rates[1] if n <= high else rates[2] for n in range(1, use + 1))

    if facts["level"] == 1:
        return _plain(Fraction(bill(facts["first"], facts["total"]) + facts["extra"], 100))
    goal = facts["bill"] - facts["extra"]
    if facts["level"] == 2:
        uses = [n for n in range(1, 500) if bill(facts["first"], n) == goal]
    else:
        total = facts["total"]
        top = (total - 1) // 2 if facts["level"] == 3 else total
        uses = [n for n in range(top + 1) if bill(facts["first"], n) + bill(facts["second"], total - n) == goal]
    return ",".join(map(str, uses))


def basket(facts: Facts) -> str:
    """Puts each thing into each order and the voucher on each order or none."""
    orders = facts["orders"]
    best = None
    for places in product(range(orders), repeat=len(facts["prices"])):
        sums = [sum(p for p, at in zip(facts["prices"], places, strict=True) if at == k) for k in range(orders)]
        for voucher in range(-1, orders if facts["coupon"] else 0):
            total = 0
            for k, listed in enumerate(sums):
                if listed == 0:
                    if k == voucher:
                        break
                    continue
                due = listed
                if listed >= facts["step2"]:
                    due -= facts["off2"]
                elif listed >= facts["step"]:
                    due -= facts["off"]
                if k == voucher:
                    if due < facts["floor"]:
                        break
                    due -= facts["coupon"]
                total += due + (facts["post"] if due < facts["free"] else 0)
            else:
                best = total if best is None else min(best, total)
    return str(best)


def quotes(facts: Facts) -> str:
    """Prices every number from 1 to 12,000 and looks where the second supplier last is not cheaper."""

    def price(n: int) -> int:
        step = sum(n >= edge for edge in facts["breaks"])
        return int(facts["fixed"] + n * facts["prices"][step])

    def first(n: int) -> int:
        return min(price(m) for m in [n, *(e for e in facts["breaks"] if e > n)]) if facts["more"] else price(n)

    def second(n: int) -> int:
        return int(facts["setup"] + n * facts["rival"])

    if facts["n"] is not None:
        return _plain(Fraction(abs(first(facts["n"]) - second(facts["n"])), 100))
    return str(max(n for n in range(12_000) if n == 0 or second(n) >= first(n)) + 1)


def line(facts: Facts) -> str:
    """Lets the clock run minute by minute."""
    jobs, times, (rest, back) = facts["jobs"], facts["times"], facts["pause"]
    at = [0] * jobs
    until: list[int | None] = [None] * jobs
    minute = facts["start"]
    while any(step < len(times) for step in at):
        for job in range(jobs):
            if until[job] == minute:
                at[job], until[job] = at[job] + 1, None
        for step, span in enumerate(times):
            room = (facts["machines"] if step == 1 else 1) - sum(
                at[j] == step and until[j] is not None for j in range(jobs)
            )
            for job in range(jobs):
                clash = back > 0 and minute < back and minute + span > rest
                if room > 0 and at[job] == step and until[job] is None and not clash:
                    until[job], room = minute + span, room - 1
        minute += 1
    return f"{(minute - 1) // 60}:{(minute - 1) % 60:02d}"


def crew(facts: Facts) -> str:
    """Works through the calendar day by day."""
    done, day = Fraction(0), 0
    own = [0] * len(facts["alone"])
    while done < 1:
        day += 1
        for k, (alone, join, rest) in enumerate(zip(facts["alone"], facts["joins"], facts["rests"], strict=True)):
            if day >= join:
                own[k] += 1
                done += 0 if rest and own[k] % rest == 0 else Fraction(1, alone)
        if facts["redo"] and day == facts["redo"]["day"]:
            done -= done / facts["redo"]["part"]
    return str(day)


def chase(facts: Facts) -> str:
    """Drives both for a given number of minutes, and finds the first minute at which the second is level by halving."""
    unit = Fraction

    def drive(at: Fraction, speed: int, left: Fraction, way: int) -> tuple[Fraction, Fraction]:
        edges = [facts["from"], facts["to"]]
        ahead = [e for e in edges if (e - at) * way > 0]
        nearest = min((abs(e - at) for e in ahead), default=unit(10**6))
        middle = at + way * min(nearest, unit(1, 1000))
        pace = unit(min(speed, facts["zone"]) if facts["from"] < middle < facts["to"] else speed, 60)
        step = min(left, nearest / pace)
        return at + way * pace * step, left - step

    def travel(speed: int, start: int, every: int, stop: int, minutes: Fraction) -> Fraction:
        at, left, n = unit(0), minutes - start, 1
        while left > 0:
            before = at
            at, rest = drive(at, speed, left, 1)
            if every and at > n * every:
                part = (n * every - before) / (at - before)
                at, rest = unit(n * every), left - part * (left - rest)
            left = rest
            if every and at == n * every:
                left, n = left - stop, n + 1
        return at

    low, high = facts["later"], 400 * 60
    while low < high:
        middle = (low + high) // 2
        lead = travel(facts["slow"], 0, facts["every"], facts["stop"], unit(middle))
        low, high = (
            (low, middle) if travel(facts["fast"], facts["later"], 0, 0, unit(middle)) >= lead else (middle + 1, high)
        )
    end = unit(low)
    if facts["level"] == 4:
        at = far = travel(facts["fast"], facts["later"], 0, 0, end)
        end += facts["hand"]
        gone = 0
        while at > 0:
            goal = max(unit(0), far - (gone + 1) * facts["every2"])
            while at > goal:
                spot, left = drive(at, facts["fast"], unit(10**6), -1)
                if spot < goal:
                    spot, left = _reach(drive, at, goal, facts["fast"])
                end += unit(10**6) - left
                at = spot
            gone += 1
            end += facts["stop2"] if at > 0 else 0
    minutes = facts["start"] + int(end)
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"


def _reach(drive: Any, at: Fraction, goal: Fraction, speed: int) -> tuple[Fraction, Fraction]:
    """Driving from `at` back to `goal` on a stretch without a corner: the place, and what is left of a large time."""
    spot, left = drive(at, speed, Fraction(10**6), -1)
    share = (at - goal) / (at - spot)
    return goal, Fraction(10**6) - share * (Fraction(10**6) - left)


def vat(facts: Facts) -> str:
    """Keeps water and concentrate apart and tries every number of cans."""

    def strength(cans: int) -> Fraction:
        solute = Fraction(facts["volume"] * facts["start"], 100)
        water = facts["volume"] - solute
        for day in range(1, facts["days"] + 1):
            water -= facts["loss"]
            share = solute / (solute + water)
            solute, water = solute - share * facts["carry"], water - (1 - share) * facts["carry"]
            if facts["level"] == 4 or (facts["level"] == 3 and day == facts["days"]):
                solute += Fraction(cans * facts["can"] * facts["stock"], 100)
            water = facts["volume"] - solute
        return Fraction(100 * solute / facts["volume"])

    if facts["level"] < 3:
        return _plain(strength(0)) + "%"
    return str(next(k for k in range(100) if strength(k) >= facts["goal"]))


def backward(facts: Facts) -> str:
    """Runs the moves forwards from every possible start."""
    total = sum(facts["end"]) - sum(m[3] for m in facts["moves"] if m[0] == "in")
    starts = [[a, total - a] for a in range(1, total)] if facts["pair"] else [[a, 0] for a in range(1, 6000)]
    return ",".join(str(start[facts["ask"]]) for start in starts if _ends_at(list(start), facts))


def _ends_at(stock: list[int], facts: Facts) -> bool:
    for turn, (kind, part, whole, extra) in enumerate(facts["moves"]):
        side = turn % 2 if kind == "give" else 0
        if stock[side] * part % whole:
            return False
        moved = stock[side] * part // whole + extra if kind != "in" else -extra
        stock[side] -= moved
        if kind == "give":
            stock[1 - side] += moved
    return list(facts["end"]) == stock


def moisture(facts: Facts) -> str:
    """Carries water and dry matter through each stage; the last level tries every weight."""

    def packed(second: int) -> Fraction:
        dry = water = Fraction(0)
        for fresh, wet in zip([facts["fresh"][0], second], facts["wet"], strict=True):
            good = Fraction(fresh) - Fraction(fresh * facts["out"], 100)
            water += good * wet / 100
            dry += good - good * wet / 100
        water = dry * facts["dry"] / (100 - facts["dry"])
        return Fraction((dry + water) * (1 - Fraction(facts["waste"], 100)))

    if facts["level"] <= 2:
        return _plain(packed(0))
    if facts["level"] == 3:
        return str(packed(facts["fresh"][1]) * 1000 // facts["bag"])
    return str(next(n for n in range(10_000) if packed(n) * 1000 // facts["bag"] >= facts["bags"]))


def split(facts: Facts) -> str:
    """Fills the shares like vessels: the level at which points times level, cut at the cap, use up the sum."""
    points = [d * r for d, r in zip(facts["days"], facts["rates"], strict=True)]
    part = Fraction(facts["pool"] * (100 - facts["equal"]), 100)
    cap = facts["cap"] or part
    order = sorted(range(len(points)), key=lambda i: -points[i])
    for full in range(len(points)):
        level = (part - full * cap) / sum(points[i] for i in order[full:])
        if all(points[i] * level >= cap for i in order[:full]) and points[order[full]] * level <= cap:
            break
    shares = [min(cap, p * level) + Fraction(facts["pool"] * facts["equal"], 100 * len(points)) for p in points]
    paid = [int(s) for s in shares]
    if facts["rest_to"] is not None:
        paid[facts["days"].index(min(facts["days"]))] += facts["pool"] - sum(paid)
    return str(paid[facts["asked"]])


def tickets(facts: Facts) -> str:
    """Tries all numbers of all kinds but one, which is what is left."""
    found = [
        [*some, last]
        for last in range(1, facts["total"])
        for some in _others(facts, last)
        if sum(p * s for p, s in zip(facts["prices"], [*some, last], strict=True))
        - (last // facts["free"] * facts["prices"][-1] if facts["free"] else 0)
        == facts["taken"]
    ]
    return ",".join(str(sold[facts["asked"]]) for sold in found)


def _others(facts: Facts, last: int) -> Iterator[list[int]]:
    """What the other kinds may be: all splits of the rest that obey the ratio and the difference."""
    rest, kinds = facts["total"] - last, len(facts["prices"])
    if kinds == 2:
        yield [rest]
        return
    for first in range(1, rest):
        if facts["times"] and first != facts["times"] * last:
            continue
        for second in range(1, rest - first + 1):
            some = [first, second] if kinds == 3 else [first, second, rest - first - second]
            if min(some) < 1 or sum(some) != rest or (facts["more"] and first - second != facts["more"]):
                continue
            if facts["odd"] and second - some[2] != facts["odd"]:
                continue
            yield some


def grades(facts: Facts) -> str:
    """Works out the final score for every mark from 0 to 100."""
    a, b, c = facts["weights"]
    for mark in range(101):
        tests = list(facts["tests"])
        if facts["drop"]:
            tests.remove(min(tests))
        middle = max(mark, facts["middle"]) if facts["swap"] else facts["middle"]
        score = a * Fraction(sum(tests), len(tests)) / 100 + Fraction(b * middle + c * mark, 100)
        if facts["round"]:
            score = Fraction((2 * score + 1) // 2)
        if score >= facts["goal"]:
            return str(mark)
    return "none"


SOLVERS = {
    "tariff": tariff, "basket": basket, "quotes": quotes, "line": line, "crew": crew, "chase": chase, "vat": vat,
    "backward": backward, "moisture": moisture, "split": split, "tickets": tickets, "grades": grades,
}  # fmt: skip
