"""An ordering from its generator state: the arrangement, clues that leave no other, and the way to it in words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import factorial

from evals.puzzles._deduce import Board, Narrowing, Step, Telling, Trial, told, words_for
from evals.puzzles._ending import ask_list, in_order
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._words import capital, counted, finished, han, joined, ordinal, row, word
from evals.puzzles.order._clues import PLACES, complete
from evals.puzzles.order._en import EN
from evals.puzzles.order._liars import fault_of, make_liars, written
from evals.puzzles.order._setting import Clue, Setting
from evals.puzzles.order._zh import ZH

_COUNTS = {
    "line": (5, 6, 7, 8), "steps": (5, 6, 7, 8), "round": (5, 6, 7, 8), "desks": (6, 6, 8, 8), "weights": (4, 5, 6, 7),
    "claims": (4, 5, 6, 7), "forecasts": (4, 5, 6, 7), "liars": (4, 5, 7, 8),
}  # fmt: skip
_GUESSERS = {
    "zh": ("老金", "小苏", "阿辉", "大刘", "小夏", "老石", "阿芳", "大孟", "小葛", "老秦", "阿坤", "大乔"),
    "en": (
        "Olive", "Perry", "Queenie", "Rufus", "Sally", "Trevor", "Una", "Vince", "Wilma", "Xavier", "Yvonne", "Zack",
    ),
}  # fmt: skip
"""More than the guesses that were ever needed: about one ranking of seven in five hundred takes seven."""


def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """An ordering of one of the kinds; the best of a few draws by how well its solution can be told."""
    settings = ZH if lang == "zh" else EN
    kind = rng.choice(sorted(_COUNTS))
    setting = rng.choice([s for s in settings if s.kind == kind])
    n = _COUNTS[kind][level - 1]
    names = [str(i) for i in range(n)]
    shown = rng.sample(setting.names, n)
    if kind in ("weights", "liars"):
        shown = sorted(shown, key=setting.names.index)
    if kind == "liars":
        return make_liars(rng, lang, setting, shown, level)
    weights = sorted(rng.sample(range(3, 12 + 2 * n), n)) if kind == "weights" else []
    best: tuple[int, dict[str, int], list[Clue], list[Step | Trial]] | None = None
    for _ in range(3 if kind in ("claims", "forecasts") else 5):
        truth = dict(zip(names, rng.sample(range(n), n), strict=True))
        chosen = complete(rng, kind, truth, weights, level)
        clues = [clue for clue, _ in chosen]
        trail = Board(n, [names], _labelled(setting, shown, lang, chosen)).explain()
        fault = fault_of(trail, level)
        if best is None or fault < best[0]:
            best = fault, truth, clues, trail
        if not fault:
            break
    assert best is not None
    _, truth, clues, trail = best
    order = [shown[int(name)] for name in sorted(truth, key=lambda name: truth[name])]
    telling = _telling(lang, setting, shown, n, weights)
    return Puzzle(
        question=finished(lang, _question(rng, lang, setting, shown, clues, weights)),
        answer=finished(lang, row(lang, order)),
        solution=finished(lang, written(kind, lang, told(trail, telling), row(lang, order))),
        checks=(in_order(order, {p: telling.place("", p) for p in range(n)}),),
        facts={"kind": kind, "lang": lang, "names": shown, "weights": weights, "clues": clues},
        size=factorial(n),
    )


def _labelled(
    setting: Setting, shown: Sequence[str], lang: Lang, chosen: Sequence[tuple[Clue, Narrowing]]
) -> list[Narrowing]:
    """The rules with the labels by which a solution cites them: number or speaker."""
    out = []
    for number, (clue, rule) in enumerate(chosen):
        who = str(number + 1)
        if clue[0] == "claim":
            who = shown[int(clue[1])]
        elif clue[0] == "hits":
            who = _GUESSERS[lang][number]
        out.append(rule.labelled(setting.label.format(who)))
    return out


def _telling(lang: Lang, setting: Setting, shown: Sequence[str], n: int, weights: Sequence[int]) -> Telling:
    def place(_name: str, at: int) -> str:
        if setting.kind == "weights":
            return f"{weights[at]}千克" if lang == "zh" else f"{weights[at]} kg"
        if setting.kind == "desks":
            line, column = divmod(at, n // 2)
            if lang == "zh":
                return "北南"[line] + "排第" + "一二三四五"[column] + "列"
            return f"{('north', 'south')[line]} {column + 1}"
        return setting.place(at)

    named = {str(i): setting.shown.format(name) for i, name in enumerate(shown)}
    whole = {}
    if setting.kind == "desks":
        half = n // 2
        lines = ("北排", "南排") if lang == "zh" else ("a north desk", "a south desk")
        whole = {tuple(range(k * half, k * half + half)): text for k, text in enumerate(lines)}
        column = "第{}列" if lang == "zh" else "column {}"
        whole |= {(k, k + half): column.format("一二三四五"[k] if lang == "zh" else k + 1) for k in range(half)}
    return Telling(n=n, words=words_for(lang, setting.prep), shown=named, place=place, whole=whole)


def _question(
    rng: random.Random, lang: Lang, setting: Setting, shown: list[str], clues: Sequence[Clue], weights: Sequence[int]
) -> str:
    n = len(shown)
    count = han if lang == "zh" else word
    named = shown if setting.kind in ("weights", "liars") else rng.sample(shown, n)
    opening = rng.choice(setting.intros).format(
        n=count(n),
        k=count(n // 2),
        names=joined(lang, named),
        first=setting.place(0),
        last=setting.place(n - 1),
        values=joined(lang, [str(value) for value in weights]),
    )
    lines = [_line(rng, lang, setting, shown, number, clue) for number, clue in enumerate(clues)]
    ask = rng.choice(setting.asks).format(n=count(n))
    gap = "" if lang == "zh" else " "
    return f"{capital(opening)}\n" + "\n".join(lines) + f"\n{ask}{gap}{ask_list(rng, lang, setting.form)}"


def _line(rng: random.Random, lang: Lang, setting: Setting, shown: Sequence[str], number: int, clue: Clue) -> str:
    if clue[0] == "claim":
        said = [_text(rng, lang, setting, shown, sentence, clue[1]) for sentence in clue[2:]]
        if lang == "zh":
            return f"{shown[int(clue[1])]}：“{said[0]}。”“{said[1]}。”"
        return f'{shown[int(clue[1])]}: "{capital(said[0])}." "{capital(said[1])}."'
    if clue[0] == "hits":
        if lang == "zh":
            bullet, stop, hit = "·", "。", f"猜对了{han(clue[2])}个名次" if clue[2] else "一个名次也没有猜对"
        else:
            right = f"exactly {counted(clue[2], 'place')}" if clue[2] else "no place"
            bullet, stop, hit = "-", ".", f"got {right} right"
        order = row(lang, [shown[int(name)] for name in clue[1]])
        text = setting.clues["hits"][0].format(w=_GUESSERS[lang][number], list=order, hit=hit)
        return f"{bullet} {text}{stop}"
    text = _text(rng, lang, setting, shown, clue, "")
    return f"{number + 1}. {text}。" if lang == "zh" else f"{number + 1}. {capital(text)}."


def _text(rng: random.Random, lang: Lang, setting: Setting, shown: Sequence[str], clue: Clue, speaker: str) -> str:
    """The sentence of a clue; a speaker calls himself I."""
    me = "我" if lang == "zh" else "I"
    items = [me if part == speaker else shown[int(part)] for part in clue[1:] if isinstance(part, str)]
    if lang == "en" and clue[0] == "before" and items[1] == me:
        items[1] = "me"
    if setting.kind == "weights":
        items = [setting.shown.format(item) for item in items]
    numbers = [part for part in clue[1:] if isinstance(part, int)]
    count, one = (numbers[0] if numbers else 0), numbers[:1] == [1]
    slots = {**dict(zip("xyzw", items, strict=False)), "v": setting.verb[0], "vd": setting.verb[1]}
    if clue[0] in PLACES:
        slots.update(zip("pq", (setting.place(p) for p in numbers), strict=False))
    elif clue[0] in ("total", "diff", "bigger"):
        slots["k"] = str(count)
    elif numbers:
        slots["k"] = ("一" if one else han(count)) if lang == "zh" else word(count)
        slots["kth"] = ordinal("en", count) if count else ""
    if setting.kind != "claims":
        slots["v"] = "s" if one else ""
    slots["s"] = "" if one else "s"
    if clue[0] == "clockwise" and lang == "zh" and count == 2:
        slots["k"] = "二"
    return rng.choice(setting.clues[clue[0]]).format(**slots)
