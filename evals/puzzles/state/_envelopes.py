"""State tracking: budget envelopes with top-ups, fees and refusals."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import phrased
from evals.puzzles.state._events import EVENTS, Event

_SHARES = ((5, 3, 2), (4, 3, 3), (6, 3, 1), (5, 4, 1))


def _envelopes(rng: random.Random, lang: Lang, level: int) -> Draft:
    names = ("房租", "伙食", "交通", "备用") if lang == "zh" else ("rent", "food", "travel", "reserve")
    shares, step, fee = rng.choice(_SHARES), rng.choice((50, 60, 80)), rng.choice((2, 3, 5))
    while True:
        start = [rng.randint(8, 30) * 10 + rng.randint(0, 9) for _ in range(3)] + [rng.randint(4, 9) * step]
        events = _envelope_events(rng, EVENTS[level])
        state, told, low, refused = list(start), [], start[3], 0
        for event in events:
            before = state[3]
            told.append(_envelope_step(lang, names, shares, step, fee, state, event))
            low = min(low, state[3])
            refused += event[0] == "pay" and before - state[3] == fee
        if low > fee and (level < 3 or refused):
            break
    answer = ("、" if lang == "zh" else ", ").join(
        f"{n}{v}" if lang == "zh" else f"{n} {v}" for n, v in zip(names, state, strict=True)
    )
    return Draft(
        body=_envelope_question(rng, lang, names, shares, step, fee, start, events),
        form=("、".join(f"{n}……" for n in names)) if lang == "zh" else ", ".join(f"{n} ..." for n in names),
        lines=told,
        answer=answer,
        checks=(numbers(state),),
        facts={
            "start": start,
            "shares": list(shares),
            "step": step,
            "fee": fee,
            "events": events,
            "names": list(names),
        },
        size=len(events),
    )


def _envelope_events(rng: random.Random, count: int) -> list[Event]:
    events: list[Event] = []
    for kind in rng.choices(("pay", "income", "move"), (6, 2, 2), k=count):
        if kind == "pay":
            events.append(["pay", rng.randrange(3), rng.randint(45, 240)])
        elif kind == "income":
            events.append(["income", rng.randint(150, 480)])
        else:
            events.append(["move", *rng.sample(range(3), 2)])
    return events


def _envelope_step(
    lang: Lang, names: Sequence[str], shares: Sequence[int], step: int, fee: int, state: list[int], event: Event
) -> str:
    zh = lang == "zh"
    if event[0] == "income":
        parts = [event[1] * share // 10 for share in shares]
        rest = event[1] - sum(parts)
        for k, part in enumerate(parts):
            state[k] += part
        state[3] += rest
        shown = "、".join(map(str, parts)) if zh else ", ".join(map(str, parts))
        text = (
            f"收入{event[1]}元，三项各得{shown}元" + (f"，余{rest}元归备用" if rest else "")
            if zh
            else f"Income {event[1]}: {shown}" + (f", and {rest} to the reserve" if rest else "")
        )
    elif event[0] == "move":
        a, b = event[1], event[2]
        amount = max(0, (state[a] - state[b]) // 3)
        state[a] -= amount
        state[b] += amount
        if zh:
            text = f"{names[a]}转给{names[b]}" + (f"{amount}元" if amount else "：不用转")
        else:
            text = f"{amount or 'nothing'} moved from {names[a]} to {names[b]}"
    else:
        k, amount = event[1], event[2]
        need = max(0, amount - state[k])
        bundles = -(-need // step)
        drawn = bundles * step
        if need and drawn + fee <= state[3]:
            state[3] -= drawn + fee
            state[k] += drawn - amount
            text = (
                f"{names[k]}要付{amount}元，差{need}元，从备用补{drawn}元、手续费{fee}元，付清"
                if zh
                else f"{names[k]} has to pay {amount}, {need} short: {drawn} from the reserve plus the {fee} fee, paid"
            )
        elif need:
            state[3] -= fee
            text = (
                f"{names[k]}要付{amount}元，差{need}元，备用不够补{drawn}元加手续费，这笔不付，备用扣{fee}元"
                if zh
                else (
                    f"{names[k]} has to pay {amount}, {need} short; the reserve cannot give "
                    f"{drawn} plus the fee, so nothing is paid and the reserve loses {fee}"
                )
            )
        else:
            state[k] -= amount
            text = f"{names[k]}付{amount}元" if zh else f"{names[k]} pays {amount}"
    left = ("、" if zh else ", ").join(f"{n}{v}" if zh else f"{n} {v}" for n, v in zip(names, state, strict=True))
    return f"{text}：{left}。" if zh else f"{text[0].upper() + text[1:]}: {left}."


def _envelope_question(
    rng: random.Random,
    lang: Lang,
    names: Sequence[str],
    shares: Sequence[int],
    step: int,
    fee: int,
    start: Sequence[int],
    events: Sequence[Event],
) -> str:
    if lang == "zh":
        return _envelope_question_zh(rng, names, shares, step, fee, start, events)
    return _envelope_question_en(rng, names, shares, step, fee, start, events)


def _envelope_question_zh(
    rng: random.Random,
    names: Sequence[str],
    shares: Sequence[int],
    step: int,
    fee: int,
    start: Sequence[int],
    events: Sequence[Event],
) -> str:
    head = rng.choice(("我家用四个信封记账", "合租的三个人把公共开支分进四个信封", "驻外项目组的现金分在四个信封里"))
    rules = (
        f"：{names[0]}{start[0]}元、{names[1]}{start[1]}元、{names[2]}{start[2]}元、{names[3]}{start[3]}元。"
        + phrased(
            rng,
            ("规矩是：\n", "收支按下面几条办：\n"),
            (
                (
                    f"· 每笔收入按{shares[0]}∶{shares[1]}∶{shares[2]}分给{names[0]}、"
                    f"{names[1]}、{names[2]}，各份都舍去不足1元的零头，零头合起来放进备用。"
                    "\n"
                ),
                (
                    f"· 有收入时，{names[0]}、{names[1]}、"
                    f"{names[2]}按{shares[0]}∶{shares[1]}∶{shares[2]}分，每份只取整数元，"
                    "分剩下的零头都归备用。\n"
                ),
            ),
            (
                (
                    f"· 付款从指定的信封出。不够时从备用补，只能补{step}元的整数倍，"
                    f"刚够为止，每次补钱另从备用扣{fee}元手续费。"
                ),
                (
                    "· 哪个信封的账就从哪个信封付。钱不够就向备用借，"
                    f"一借就是{step}元的整数倍，够付即止，"
                    f"另外每借一次备用还要出{fee}元手续费（借的钱不用还）。"
                ),
            ),
            (
                f"备用不够补（连手续费一起算）的，这笔就不付，只从备用扣{fee}元。\n",
                f"如果备用拿不出这笔钱加手续费，这笔账就不付了，备用照样扣{fee}元。\n",
            ),
            (
                "· “匀一下”是指甲给乙转去两者差额的三分之一，舍去零头；甲不比乙多就不转。\n",
                "· 甲给乙“匀一下”，就是把甲比乙多出的部分的三分之一转给乙，只转整数元；甲并不比乙多，就不动。\n",
            ),
        )
        + "依次发生："
    )
    items = []
    for event in events:
        if event[0] == "income":
            items.append(f"收入{event[1]}元")
        elif event[0] == "pay":
            items.append(f"{names[event[1]]}付{event[2]}元")
        else:
            items.append(f"{names[event[1]]}（甲）给{names[event[2]]}（乙）匀一下")
    return f"{head}{rules}\n" + "；".join(items) + "。\n最后四个信封里各有多少元？"


def _envelope_question_en(
    rng: random.Random,
    names: Sequence[str],
    shares: Sequence[int],
    step: int,
    fee: int,
    start: Sequence[int],
    events: Sequence[Event],
) -> str:
    head = rng.choice(
        (
            "We keep our household money in four envelopes",
            "Three flatmates run their shared money in four envelopes",
            "A team away on a job keeps its cash in four envelopes",
        )
    )
    rules = (
        f": {names[0]} £{start[0]}, {names[1]} £{start[1]}, {names[2]} £{start[2]} and {names[3]} £{start[3]}. "
        + phrased(
            rng,
            ("The rules:\n", "This is how it works:\n"),
            (
                (
                    f"- Income is split {shares[0]}:{shares[1]}:{shares[2]} between "
                    f"{names[0]}, {names[1]} and {names[2]}, each part rounded down to "
                    "whole pounds; what is left over goes to the reserve.\n"
                ),
                (
                    f"- When money comes in, {names[0]}, {names[1]} and {names[2]} share it "
                    f"{shares[0]}:{shares[1]}:{shares[2]}. Each gets whole pounds only, and "
                    "the odd pounds that remain go into the reserve.\n"
                ),
            ),
            (
                (
                    "- A payment comes out of its envelope. If that is short, the reserve "
                    f"tops it up by the smallest multiple of £{step} that is enough, and a "
                    f"further £{fee} leaves the reserve as a fee. "
                ),
                (
                    "- Bills are paid from their own envelope. When it does not hold "
                    f"enough, as many times £{step} as are needed, and no more, are moved "
                    f"over from the reserve, which also pays a £{fee} fee. "
                ),
            ),
            (
                (
                    "If the reserve cannot cover top-up and fee together, nothing is paid "
                    f"and the reserve just loses £{fee}.\n"
                ),
                (
                    "Should the reserve be unable to afford both, the bill stays unpaid "
                    f"and only £{fee} is taken from the reserve.\n"
                ),
            ),
            (
                (
                    '- To "even out" from one envelope to another is to move a third of '
                    "the difference, rounded down; if the first does not hold more than "
                    "the second, nothing moves.\n"
                ),
                (
                    '- "Even out" from one envelope to another means that a third of what '
                    "the first holds more than the second is moved across, in whole pounds "
                    "(rounded down). If it does not hold more, nothing happens.\n"
                ),
            ),
        )
        + "In this order:"
    )
    items = []
    for event in events:
        if event[0] == "income":
            items.append(f"income £{event[1]}")
        elif event[0] == "pay":
            items.append(f"{names[event[1]]} pays £{event[2]}")
        else:
            items.append(f"even out from {names[event[1]]} to {names[event[2]]}")
    return f"{head}{rules}\n" + "; ".join(items) + ".\nHow much is in each envelope at the end?"


def _solve_envelopes(facts: Mapping[str, Any]) -> str:
    """One ledger line per movement; a balance is always the sum of its lines."""
    ledger: list[tuple[int, int]] = list(enumerate(facts["start"]))

    def balance(k: int) -> int:
        return sum(amount for where, amount in ledger if where == k)

    for kind, *args in facts["events"]:
        if kind == "income":
            whole = sum(facts["shares"])
            cuts = [int(args[0] * share / whole + 1e-9) for share in facts["shares"]]
            ledger += [*enumerate(cuts), (3, args[0] - sum(cuts))]
        elif kind == "move":
            gap = balance(args[0]) - balance(args[1])
            third = divmod(gap, 3)[0] if gap > 0 else 0
            ledger += [(args[0], -third), (args[1], third)]
        else:
            k, amount = args
            topped = 0
            while balance(k) + topped < amount:
                topped += facts["step"]
            if topped and balance(3) < topped + facts["fee"]:
                ledger.append((3, -min(balance(3), facts["fee"])))
                continue
            ledger += [(3, -topped - (facts["fee"] if topped else 0)), (k, topped - amount)]
    gap_text = "" if facts["lang"] == "zh" else " "
    parts = [f"{name}{gap_text}{balance(k)}" for k, name in enumerate(facts["names"])]
    return ("、" if facts["lang"] == "zh" else ", ").join(parts)


ENVELOPES = Kind(name="envelopes", make=_envelopes, solve=_solve_envelopes)
