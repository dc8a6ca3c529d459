"""New rule: a cipher that feeds on itself."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import phrased, word

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


_CIPHER = {1: 6, 2: 8, 3: 9, 4: 12}


def _cipher(rng: random.Random, lang: Lang, level: int) -> Draft:
    """Levels 1, 2: a shift that grows; 3, 4: a shift by the letter before; 4: blocks turned; decode from level 2 on."""
    length = _CIPHER[level]
    feed = level > 2
    rule = {
        "start": rng.randint(2, 9),
        "step": rng.randint(1, 4),
        "feed": feed,
        "block": rng.choice((3, 4)) if level == 4 else 0,
        "vowel": level > 1,
    }
    plain = "".join(rng.choice(_LETTERS) for _ in range(length))
    coded = _encode(rule, plain)
    decode = level > 1
    given, wanted = (coded, plain) if decode else (plain, coded)
    return Draft(
        body=_cipher_question(rng, lang, rule, given, decode=decode),
        form="……" if lang == "zh" else "...",
        lines=_cipher_lines(lang, rule, plain, coded, decode=decode),
        answer=wanted,
        checks=(
            {
                "type": "regex",
                "args": {
                    "pattern": r"(?<![A-Z])" + r"[\s,，、-]*".join(wanted) + r"(?![A-Z])\W*$",
                    "where": "answer",
                    "flags": "i",
                },
            },
        ),
        facts={"rule": rule, "given": given, "decode": decode},
        size=length * level,
    )


def _encode(rule: Mapping[str, Any], plain: str) -> str:
    out, shift = [], rule["start"]
    for letter in plain:
        out.append(_LETTERS[(_LETTERS.index(letter) + shift) % 26])
        shift = _next_shift(rule, shift, letter)
    text = "".join(out)
    size = rule["block"]
    return "".join(text[k : k + size][::-1] for k in range(0, len(text), size)) if size else text


def _next_shift(rule: Mapping[str, Any], shift: int, letter: str) -> int:
    value = _LETTERS.index(letter) % 10 + 1 if rule["feed"] else shift + rule["step"]
    return value + 5 if rule["vowel"] and letter in "AEIOU" else value


def _cipher_question(rng: random.Random, lang: Lang, rule: Mapping[str, Any], given: str, *, decode: bool) -> str:
    if lang == "zh":
        return _cipher_question_zh(rng, rule, given, decode=decode)
    return _cipher_question_en(rng, rule, given, decode=decode)


def _cipher_question_zh(rng: random.Random, rule: Mapping[str, Any], given: str, *, decode: bool) -> str:
    start, step = rule["start"], rule["step"]
    head = rng.choice(
        (
            "两个仓库之间用一种自编的密码传货位号。",
            "值班员交接保险柜口令时，用自己定的办法加密。",
            "档案室给纸箱编暗号，用的是一种自编的加密办法。",
        )
    )
    rules = phrased(
        rng,
        (
            f"26个字母看成一圈，A在Z后面。加密时从左到右逐个字母往后推：第一个字母往后推{start}位；",
            (f"加密就是把每个字母换成字母表里靠后若干位的字母，过了Z再从A接着数。从左边开始，第一个字母推{start}位；"),
        ),
    )
    if rule["feed"]:
        rules += phrased(
            rng,
            (
                (
                    "从第二个字母起，推几位由它前面那个原文字母决定："
                    "那个字母在字母表里的序号（A为1，Z为26）减1，取个位数字，再加1，"
                    "就是要推的位数"
                ),
                (
                    "往后每个字母推的位数都看它前一个原文字母："
                    "把前一个字母在字母表里排第几（A排第1，Z排第26）减去1，只留个位，"
                    "加1即得"
                ),
            ),
        )
    else:
        rules += f"以后每个字母比前一个字母多推{step}位"
    if rule["vowel"]:
        rules += "；但如果前面那个原文字母是A、E、I、O、U之一，" + (
            "位数再加5" if rule["feed"] else "在此之外再多推5位，后面的字母在这个基础上继续累加"
        )
    rules += "。"
    if rule["block"]:
        rules += f"全部推完之后，再从左起每{rule['block']}个字母一组，各组内部倒过来写。"
    return f"{head}{rules}\n" + (f"收到的密文是{given}，原文是什么？" if decode else f"原文是{given}，密文是什么？")


def _cipher_question_en(rng: random.Random, rule: Mapping[str, Any], given: str, *, decode: bool) -> str:
    start, step = rule["start"], rule["step"]
    head = rng.choice(
        (
            "Two stores pass on bin numbers in a cipher of their own.",
            "Safe codes are handed over in a home-made cipher.",
            "An archive marks its boxes in a letter code.",
        )
    )
    rules = rng.choice(
        (
            (
                " The 26 letters form a ring, with A after Z. Going from left to right,"
                f" every letter is moved forward. The first is moved {start} places."
            ),
            (
                " Every letter is replaced by one farther on in the alphabet, and "
                "after Z one goes on counting at A. Begin at the left: the first "
                f"letter moves {start} places."
            ),
        )
    )
    if rule["feed"]:
        rules += rng.choice(
            (
                (
                    " From the second on, the plain letter just before it decides: take "
                    "that letter's number in the alphabet (A is 1, Z is 26) minus 1, keep "
                    "only its last digit, and add 1."
                ),
                (
                    " How far each later letter moves depends on the plain letter in front "
                    "of it: subtract 1 from that letter's place in the alphabet (A is 1, Z "
                    "is 26), drop all but the last digit, and add 1."
                ),
            )
        )
    else:
        rules += (
            f" Each following letter is moved {word(step)} "
            f"{'place' if step == 1 else 'places'} more than the one before it."
        )
    if rule["vowel"]:
        rules += " If the plain letter just before is A, E, I, O or U, " + (
            "the move is 5 more than that."
            if rule["feed"]
            else "the move grows by another 5 on top of that, and later moves go on from there."
        )
    if rule["block"]:
        rules += (
            " When all letters have been moved, the result is cut from the left "
            f"into groups of {word(rule['block'])}, and each group is written "
            "backwards."
        )
    return f"{head}{rules}\n" + (
        f"The coded message is {given}. What was the plain text?"
        if decode
        else f"The plain text is {given}. What is the coded message?"
    )


def _cipher_lines(lang: Lang, rule: Mapping[str, Any], plain: str, coded: str, *, decode: bool) -> list[str]:
    zh, lines = lang == "zh", []
    size = rule["block"]
    moved = "".join(coded[k : k + size][::-1] for k in range(0, len(coded), size)) if size else coded
    if size:
        lines.append(
            f"先把每{size}个一组倒回来：{moved}。" if zh else f"First turn the groups of {word(size)} back: {moved}."
        )
    shift = rule["start"]
    for letter, code in zip(plain, moved, strict=True):
        if zh:
            lines.append(f"{code}往前推{shift}位是{letter}。" if decode else f"{letter}往后推{shift}位是{code}。")
        else:
            places = "1 place" if shift == 1 else f"{shift} places"
            lines.append(f"{code} back {places} is {letter}." if decode else f"{letter} forward {places} is {code}.")
        new = _next_shift(rule, shift, letter)
        if rule["feed"] or (rule["vowel"] and letter in "AEIOU"):
            last = lines.pop()
            vowel = rule["vowel"] and letter in "AEIOU"
            why = ("是元音，" if zh else "a vowel, ") if vowel else ""
            lines.append(
                f"{last[:-1]}；{letter}{why or ''}{'' if why else '之后'}下一个推{new}位。"
                if zh
                else (
                    f"{last[:-1]}; after {letter}{', ' + why.rstrip(', ') + ',' if why else ''} the next move is {new}."
                )
            )
        shift = new
    last = lines.pop()
    lines.append(last.split("；")[0].rstrip("。") + "。" if zh else last.split(";")[0].rstrip(".") + ".")
    return lines


def _solve_cipher(facts: Mapping[str, Any]) -> str:
    """Works on letter codes; decoding tries all letters for each place and keeps the one that encodes as it should."""
    rule, given = facts["rule"], facts["given"]

    def moves(text: Sequence[str]) -> Iterator[int]:
        amount = rule["start"]
        yield amount
        for letter in text:
            extra = 5 * (rule["vowel"] and letter in {"A", "E", "I", "O", "U"})
            amount = (ord(letter) - 65) % 10 + 1 + extra if rule["feed"] else amount + rule["step"] + extra
            yield amount

    def forward(letter: str, amount: int) -> str:
        return chr((ord(letter) - 65 + amount) % 26 + 65)

    if not facts["decode"]:
        return "".join(forward(letter, amount) for letter, amount in zip(given, moves(given), strict=False))
    target, size = list(given), rule["block"]
    for at in range(0, len(target), size or len(target)):
        if size:
            target[at : at + size] = target[at : at + size][::-1]
    found: list[str] = []
    for code in target:
        *_, amount = moves(found)
        found.append(next(letter for letter in _LETTERS if forward(letter, amount) == code))
    return "".join(found)


CIPHER = Kind(name="cipher", make=_cipher, solve=_solve_cipher)
