"""State tracking: a bench with few places."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import capital, han, joined, row, word

_TOOLS = {
    "zh": ("扳手", "钳子", "锉刀", "卡尺", "锯", "锤子", "螺丝刀", "电烙铁"),
    "en": ("wrench", "pliers", "file", "calipers", "saw", "hammer", "screwdriver", "soldering iron"),
}
_BENCH = {1: (3, 5, 9), 2: (3, 6, 12), 3: (4, 7, 17), 4: (4, 8, 22)}


def _bench(rng: random.Random, lang: Lang, level: int) -> Draft:
    slots, kinds, count = _BENCH[level]
    tools = rng.sample(_TOOLS[lang], kinds)
    rule = rng.choice(("recent", "seldom"))
    while True:
        asked = [rng.choice(tools)]
        while len(asked) < count:
            asked.append(rng.choice([tool for tool in tools if tool != asked[-1]]))
        pinned = rng.choice(asked[:2])
        trips, bench, told = _run_bench(lang, slots, pinned, rule, asked)
        if trips < count - 3 and len(bench) == slots:
            break
    ordered = [tool for tool in tools if tool in bench]
    answer = f"{trips}次；{row(lang, ordered)}" if lang == "zh" else f"{trips} trips; {row(lang, ordered)}"
    return Draft(
        body=_bench_question(rng, lang, slots, tools, pinned, rule, asked),
        form="……次；……" if lang == "zh" else "... trips; ...",
        note="分号后面按题目开头列出的先后写台面上的工具。"
        if lang == "zh"
        else "After the semicolon list the tools on the bench in the order in which they are introduced above.",
        lines=told,
        answer=answer,
        checks=(in_order([str(trips), *ordered], units={0: "次|趟|trips?"}),),
        facts={"slots": slots, "tools": tools, "pinned": pinned, "rule": rule, "asked": asked},
        size=count,
    )


def _run_bench(
    lang: Lang, slots: int, pinned: str, rule: str, asked: Sequence[str]
) -> tuple[int, list[str], list[str]]:
    """Trips to the store, the bench (longest unused first) and the steps; the pinned tool never leaves the bench."""
    bench: list[str] = []
    uses: dict[str, int] = {}
    told, trips = [], 0
    for tool in asked:
        note = ""
        if tool not in bench:
            trips += 1
            if len(bench) == slots:
                free = [item for item in bench if item != pinned]
                out = free[0] if rule == "recent" else min(free, key=lambda item: uses[item])
                bench.remove(out)
                del uses[out]
                note = (
                    f"去取，换下{out}，第{'二' if trips == 2 else han(trips)}趟"
                    if lang == "zh"
                    else f"fetched in exchange for {out} (trip {trips})"
                )
            else:
                note = f"去取，第{'二' if trips == 2 else han(trips)}趟" if lang == "zh" else f"fetched (trip {trips})"
        else:
            bench.remove(tool)
            note = "台面上有" if lang == "zh" else "already there"
        bench.append(tool)
        uses[tool] = uses.get(tool, 0) + 1
        shown = (
            [f"{item}{uses[item]}" if lang == "zh" else f"{item} {uses[item]}" for item in bench]
            if rule == "seldom"
            else bench
        )
        told.append(
            f"{tool}：{note}。台面：{row(lang, shown)}。"
            if lang == "zh"
            else f"{capital(tool)}: {note}. Bench: {row(lang, shown)}."
        )
    first = (
        "每步后面按“上次用得最早的在前”列出台面" + ("，数字是上台以来用过的次数。" if rule == "seldom" else "。")
        if lang == "zh"
        else "After each step the bench is listed with what has been unused longest first"
        + ("; the numbers count uses since the tool was put there." if rule == "seldom" else ".")
    )
    return trips, bench, [first, *told]


def _bench_question(
    rng: random.Random, lang: Lang, slots: int, tools: Sequence[str], pinned: str, rule: str, asked: Sequence[str]
) -> str:
    if lang == "zh":
        which = (
            "放回上一次使用离现在最久的那件"
            if rule == "recent"
            else (
                "放回这次上台以来用得次数最少的那件，"
                "次数相同就放回其中上一次使用离现在最久的（放回以后再取来，"
                "次数从头算）"
            )
        )
        head = rng.choice(
            ("老师傅的台面很小，只摆得下{k}件工具，其余放在工具间。", "维修台上最多同时放{k}件工具，别的都挂在库房里。")
        )
        return (
            head.format(k=han(slots)) + f"师傅会用到的有{row(lang, tools)}。要用的工具不在台面上，就跑一趟去取；"
            f"台面满了就先挑一件放回去：{which}。"
            f"只有{pinned}例外，一上台面就再不放回。取来用一次、在台面上直接用一次，都算用了一次。\n"
            f"早上台面是空的，师傅先后用了：{'、'.join(asked)}。\n师傅一共跑了几趟？最后台面上是哪些工具？"
        )
    which = (
        "the one whose last use is longest ago"
        if rule == "recent"
        else (
            "the one that has been used least often since it was put there, and "
            "among equals the one whose last use is longest ago (a tool that comes "
            "back starts counting afresh)"
        )
    )
    head = rng.choice(
        (
            "A mechanic's bench has room for {k} tools; the rest hang in the store.",
            "No more than {k} tools fit on the repair bench. All others stay in the store room.",
        )
    )
    return (
        head.format(k=word(slots)) + f" The tools in question are {joined(lang, list(tools))}. When the "
        "mechanic needs one that is not on the bench, he makes a trip to fetch "
        f"it, and if the bench is full he first takes back {which}. "
        f"The {pinned} {'are' if pinned in ('pliers', 'calipers') else 'is'} an "
        "exception: once on the bench, never taken back. Every use counts, the "
        "first one after fetching included.\n"
        "In the morning the bench is empty. He then uses, in this order: "
        f"{', '.join(asked)}.\nHow many trips did he make, and what is on the "
        "bench at the end?"
    )


def _solve_bench(facts: Mapping[str, Any]) -> str:
    """Works from the list of uses alone: every count and every last use is looked up in it."""
    asked, trips = facts["asked"], 0
    here: dict[str, int] = {}
    for now, tool in enumerate(asked):
        if tool in here:
            continue
        trips += 1
        if len(here) == facts["slots"]:

            def rank(item: str, now: int = now) -> tuple[int, int]:
                uses = [k for k in range(here[item], now) if asked[k] == item]
                return (len(uses) if facts["rule"] == "seldom" else 0), uses[-1]

            del here[min((item for item in here if item != facts["pinned"]), key=rank)]
        here[tool] = now
    ordered = row(facts["lang"], [tool for tool in facts["tools"] if tool in here])
    return f"{trips}次；{ordered}" if facts["lang"] == "zh" else f"{trips} trips; {ordered}"


BENCH = Kind(name="bench", make=_bench, solve=_solve_bench)
