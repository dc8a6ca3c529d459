"""Exact chance: how a match of several games ends."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import fraction
from evals.puzzles.counting._forms import exactly

_MATCHES: tuple[dict[Lang, tuple[str, ...]], ...] = (
    {
        "zh": ("工会乒乓球决赛", "一车间", "二车间", "先发球"),
        "en": ("the final of the works table tennis cup", "the Press Shop", "the Paint Shop", "at its own table"),
    },
    {
        "zh": ("校际围棋对抗赛", "红队", "蓝队", "执黑先行"),
        "en": ("a chess match between two schools", "Northgate", "Southgate", "with the white pieces"),
    },
)


def series(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 best of three; 2 the advantage alternates; 3 best of five, its length; 4 given the first game."""
    words = rng.choice(_MATCHES)[lang]
    need = 2 if level < 3 else 3
    home, away = (
        Fraction(*rng.choice(((2, 3), (3, 5), (3, 4), (4, 7)))),
        Fraction(*rng.choice(((1, 3), (2, 5), (1, 2), (3, 7)))),
    )
    if level == 1:
        away = home
    length = rng.choice((4, 5)) if level == 3 else 0
    chances = [home if g % 2 == 0 else away for g in range(2 * need - 1)]
    paths = [w for w in _courses(need) if level != 4 or not w[0]]
    wanted = [w for w in paths if (len(w) == length if level == 3 else sum(w) == need)]
    odds = [(w, _weight(w, chances)) for w in wanted]
    value = sum((x for _, x in odds), Fraction(0))
    if level == 4:
        value /= 1 - home
    v = {"level": level, "need": need, "home": fraction(home), "away": fraction(away), "length": length}
    text = (_series_zh if lang == "zh" else _series_en)(rng, words, v)
    answer = fraction(value)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "a/b")],
        steps=_series_steps(lang, words, v, odds, value, 1 - home),
        answer=answer,
        shown=answer,
        checks=numeric(answer),
        facts={"kind": "series", **v},
        size=(3, 6, 20, 24)[level - 1],
    )


def _courses(need: int) -> list[tuple[bool, ...]]:
    """All courses of a match that ends when one side has `need` wins; True: the first side wins the game."""
    found: list[tuple[bool, ...]] = []
    open_: list[tuple[bool, ...]] = [()]
    while open_:
        now = open_.pop()
        for win in (True, False):
            after = (*now, win)
            (found if max(sum(after), len(after) - sum(after)) == need else open_).append(after)
    return sorted(found, key=lambda w: (len(w), w))


def _weight(course: tuple[bool, ...], chances: list[Fraction]) -> Fraction:
    result = Fraction(1)
    for win, p in zip(course, chances, strict=False):
        result *= p if win else 1 - p
    return result


def _series_zh(rng: random.Random, words: Any, v: dict[str, Any]) -> list[str]:
    what, one, two, edge = words
    games, unit = ("三局两胜", "五局三胜")[v["need"] - 2], "局"
    if v["level"] == 1:
        text = f"{what}采用{games}制，{one}每局战胜{two}的概率都是{v['home']}，各局互不影响，没有平局。"
    else:
        text = (
            f"{what}在{one}和{two}之间进行，采用{games}制，哪一方先赢满{'两三'[v['need'] - 2]}局就获胜，比赛随即结束。"
            f"奇数局由{one}{edge}，偶数局由{two}{edge}。{one}在奇数局获胜的概率是{v['home']}，"
            f"在偶数局获胜的概率是{v['away']}，没有平局，各局互不影响。"
        )
    if v["level"] == 3:
        ask = (
            f"比赛恰好打满{v['length']}{unit}结束的概率是多少？"
            if v["length"] == 5
            else f"比赛恰好在第{v['length']}{unit}结束的概率是多少？"
        )
    elif v["level"] == 4:
        ask = f"已知{one}输掉了第一局，{one}最终获胜的概率是多少？"
    else:
        ask = f"{one}最终获胜的概率是多少？"
    return [text, ask + exactly("zh", rng)]


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _series_en(rng: random.Random, words: Any, v: dict[str, Any]) -> list[str]:
    what, one, two, edge = words
    games = ("two", "three")[v["need"] - 2]
    text = (
        f"{_cap(one)} and {two} meet in {what}: the first to win {games} games takes the match, which "
        "ends at once. There are no draws and games do not influence one another."
    )
    if v["level"] == 1:
        text += f" {_cap(one)} wins any game with probability {v['home']}."
    else:
        text += (
            (
                f" {_cap(one)} plays {edge} in games 1, 3{', 5' if v['need'] == 3 else ''} and then wins with "
                f"probability {v['home']}; in the other games it is the other way round, and {one} wins with "
                f"probability {v['away']}."
            )
            .replace("1, 3, 5", "1, 3 and 5")
            .replace("1, 3 and then", "1 and 3 and then")
        )
    if v["level"] == 3:
        ask = f"What is the probability that the match lasts exactly {('four', 'five')[v['length'] - 4]} games?"
    elif v["level"] == 4:
        ask = f"{_cap(one)} loses the first game. What is now the probability that {one} wins the match?"
    else:
        ask = f"What is the probability that {one} wins the match?"
    return [text, f"{ask} {exactly('en', rng)}"]


def _series_steps(lang: Lang, words: Any, v: dict[str, Any], odds: Any, value: Fraction, lost: Fraction) -> list[str]:
    zh = lang == "zh"
    lines = [
        "把符合的赛程逐一列出（胜、负按" + words[1] + "记）："
        if zh
        else f"List the courses that fit (W, L: seen from {words[1]}):"
    ]
    for course, weight in odds:
        name = "".join("胜" if w else "负" for w in course) if zh else "".join("W" if w else "L" for w in course)
        p = [Fraction(v["home"]) if g % 2 == 0 else Fraction(v["away"]) for g in range(len(course))]
        terms = [fraction(x if w else 1 - x) for w, x in zip(course, p, strict=True)]
        lines.append(
            f"{name}：{'×'.join(terms)}＝{fraction(weight)}"
            if zh
            else f"{name}: {' x '.join(terms)} = {fraction(weight)}"
        )
    total = sum((x for _, x in odds), Fraction(0))
    lines.append(f"合计{fraction(total)}。" if zh else f"Together {fraction(total)}.")
    if v["level"] == 4:
        lines.append(
            f"除以第一局输的概率{fraction(lost)}，得{fraction(value)}。"
            if zh
            else f"Divided by {fraction(lost)}, the probability of losing the first game, this is {fraction(value)}."
        )
    return lines


def solve_series(f: Facts) -> str:
    """Plays all games in every way, also those after the decision, and reads off who won and when."""
    games = 2 * f["need"] - 1
    p = [Fraction(f["home"] if g % 2 == 0 else f["away"]) for g in range(games)]
    base = hit = Fraction(0)
    for course in product((0, 1), repeat=games):
        weight = Fraction(1)
        for win, x in zip(course, p, strict=True):
            weight *= x if win else 1 - x
        if f["level"] == 4 and course[0]:
            continue
        base += weight
        score, played = [0, 0], 0
        for win in course:
            score[win] += 1
            played += 1
            if max(score) == f["need"]:
                break
        hit += weight if (played == f["length"] if f["level"] == 3 else score[1] == f["need"]) else 0
    return fraction(hit / base)
