"""A reference for a prompt that has none: sentences built from the prompt's own words, always the same ones.

Nobody should take them for knowledge; they give the simulated models facts to keep, to confuse and to leave out.
"""

from __future__ import annotations

import re

from evals.simulator._seeds import uniforms

_ZH_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_EN_WORD = re.compile(r"[A-Za-z][A-Za-z\-]{3,}")
_ZH_STOP = re.compile(r"[的了是吗呢吧请把被和与或在为对从到给我你他她它们这那哪什么怎样如何一个下面以下]+")
_EN_STOP = re.compile(
    r"about|above|after|also|because|been|before|being|below|between|both|could|does|doing|down|each|from|"
    r"have|having|here|into|itself|just|more|most|only|other|over|please|same|should|some|such|than|that|"
    r"their|them|then|there|these|they|this|those|through|under|until|very|what|when|where|which|while|"
    r"will|with|would|your|write|give|following"
)
_ZH_SENTENCES = (
    "首先要弄清{a}，它决定了{b}的范围。",
    "{a}应当放在{b}之前考虑，一般预留{n}天。",
    "其中{a}约占{n}%，其余部分与{b}有关。",
    "如果{a}发生变化，{b}也要在{n}小时内随之调整。",
    "处理{a}时可以分成{m}步，先易后难。",
    "{b}的重点是{a}，不能只看表面。",
    "常见的错误是忽略{a}，结果增加了{b}的难度。",
    "最后用{a}来检查{b}，确认没有遗漏。",
)
_EN_SENTENCES = (
    "The first step is to clarify the {a}, because it decides the scope of the {b}.",
    "The {a} should come before the {b}, with about {n} days set aside.",
    "Roughly {n} percent of the effort goes into the {a}, and the rest into the {b}.",
    "If the {a} changes, the {b} has to be adjusted within {n} hours.",
    "Working on the {a} is best split into {m} stages, starting with the easiest.",
    "The core of the {b} is the {a}, which is often overlooked.",
    "A common mistake is to ignore the {a}, which increases the risk for the {b}.",
    "Finally, the {a} can be used to check the {b} once more.",
)


def _terms(text: str, *, chinese: bool) -> list[str]:
    if chinese:
        runs = [part for run in _ZH_RUN.findall(text[:2000]) for part in _ZH_STOP.split(run)]
        terms = [run[:6] for run in runs if len(run) >= 2]
    else:
        terms = [word.lower() for word in _EN_WORD.findall(text[:4000]) if not _EN_STOP.fullmatch(word.lower())]
    return list(dict.fromkeys(terms))[:24] or (["题意", "条件"] if chinese else ["question", "context"])


def invent_reference(text: str) -> str:
    """Six to eight sentences with numbers, in the language of the prompt."""
    chinese = bool(_ZH_RUN.search(text[:400]))
    terms = _terms(text, chinese=chinese)
    sentences = _ZH_SENTENCES if chinese else _EN_SENTENCES
    draws = uniforms(1 + 4 * len(sentences), "invent", text)
    lines = []
    for index in range(6 + int(3 * draws[0])):
        a, b, n, m = draws[1 + 4 * index : 5 + 4 * index]
        first = int(a * len(terms))
        second = (first + 1 + int(b * max(1, len(terms) - 1))) % len(terms)
        lines.append(sentences[index].format(a=terms[first], b=terms[second], n=int(5 + 80 * n), m=int(3 + 5 * m)))
    return ("" if chinese else " ").join(lines)
