"""How a simulated judge reads two texts: it counts the facts of the reference it finds in each, and errs a little.

The judge knows nothing but what is in its request. It looks the reference up by the question, as an expert would
know the answer; instructions inside an answer are words without facts to it and move nothing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from evals.records import Winner
from evals.simulator._facts import ALTERED, INTACT, MISSING, OTHER_SCRIPT, Sheet, judge_unit, normalise, squeeze
from evals.simulator._models import JudgeTraits
from evals.simulator._script import has_traditional, to_simplified
from evals.simulator._seeds import digest

LEAST_KNOWN = 0.15
"""A text with less than this share of the reference's facts, right or wrong, is judged by its general looks."""

LOOKS_CAP = 0.6
OFF_TOPIC = 0.8
"""By how much a text without any of the reference's facts is behind one that has some."""

ON_TOPIC = 0.25
"""What a text about the question is worth, by itself, though all of it is wrong."""

LENGTH_CLIP = 0.7
_WORD = re.compile(r"[a-z0-9]{2,}|[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What the judge found in one text: the worth of each fact, the quality on the whole (about 0..1), the length."""

    values: tuple[float, ...]
    quality: float
    size: int
    digest: str
    known: bool

    def facts(self, value: float) -> list[int]:
        """The numbers of the facts found in that state."""
        return [index for index, found in enumerate(self.values) if found == value] if self.known else []


def analyse(sheet: Sheet, text: str) -> Analysis:
    """Count the facts of the sheet in a text; one that shares none with it is judged by its looks."""
    norm = normalise(text)
    folded = to_simplified(norm) if sheet.chinese and has_traditional(norm) else norm
    lines: frozenset[str] = frozenset()
    squeezed = ""
    if sheet.has_code:
        lines = frozenset(map(squeeze, text.split("\n")))
        squeezed = "\n".join(lines)
    values = tuple([judge_unit(unit, norm, folded, lines, squeezed) for unit in sheet.units])
    seen = worth = 0.0
    for unit, value in zip(sheet.units, values, strict=True):
        if value:
            seen += unit.weight
            worth += unit.weight * value
    known = seen >= LEAST_KNOWN * sheet.total_weight
    quality = worth / sheet.total_weight if known else _looks(sheet, norm, text)
    return Analysis(values=values, quality=quality, size=len(norm), digest=digest(norm), known=known)


def _looks(sheet: Sheet, norm: str, text: str) -> float:
    """0..0.6 for a text of unknown origin: matter shared with reference and question, fullness, no repetition."""
    words = _WORD.findall(text.lower())
    if not words:
        return 0.0
    grams = set(pairwise(words))
    expected = _WORD.findall(sheet.reference_norm if sheet.chinese else sheet.reference_norm + " " + sheet.key)
    shared = len(set(words) & set(expected)) / max(1, len(set(expected))) if sheet.chinese else 0.0
    if not sheet.chinese:
        whole = sheet.reference_norm + sheet.key
        distinct = {word for word in words if len(word) > 3}
        shared = sum(word in whole for word in distinct) / max(1, len(distinct))
    variety = len(grams) / max(1, len(words) - 1)
    fullness = 1 - math.exp(-len(norm) / 350)
    return LOOKS_CAP * min(1.0, (0.35 * shared + 0.65 * fullness) * min(1.0, 0.25 + variety))


def chances(traits: JudgeTraits, first: Analysis, second: Analysis) -> tuple[float, float]:
    """The chances that the judge names the first and the second text; the rest is a tie."""
    longer = math.log((first.size + 1) / (second.size + 1))
    lean = first.quality - second.quality + traits.position
    if first.known != second.known:
        # beside an answer to the question, a text that is about something else loses, however well it looks
        lean = min(lean, -OFF_TOPIC) if second.known else max(lean, OFF_TOPIC)
    lean += traits.length * min(LENGTH_CLIP, max(-LENGTH_CLIP, longer))
    return _logistic((lean - traits.band) / traits.noise), _logistic((-lean - traits.band) / traits.noise)


def impression(traits: JudgeTraits, analysis: Analysis, usual: int, draw: float) -> float:
    """How good a judge finds one text by itself, in 0..1; `usual` is the length of the reference, `draw` in (0, 1).

    The error has the scale of that on a pair, and a text about something else stays at the bottom.
    """
    longer = math.log((analysis.size + 1) / (usual + 1))
    found = ON_TOPIC + (1 - ON_TOPIC) * max(0.0, analysis.quality) if analysis.known else analysis.quality - OFF_TOPIC
    found += traits.length * min(LENGTH_CLIP, max(-LENGTH_CLIP, longer))
    return min(1.0, max(0.0, found + traits.noise * math.log(draw / (1 - draw))))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def decide(chance_first: float, chance_second: float, draw: float) -> Winner:
    """The verdict of one draw in (0, 1)."""
    if draw < chance_first:
        return "first"
    return "second" if draw > 1 - chance_second else "tie"


# ------------------------------------------------------------------------------------------- reasons
def reason(sheet: Sheet, first: Analysis, second: Analysis, winner: Winner, *, chinese: bool) -> str:
    """One to three sentences that say what was found missing or wrong in each answer, in the definition's language."""
    notes = [
        _note(sheet, analysis, name, chinese=chinese)
        for name, analysis in (
            ("回答1" if chinese else "Answer 1", first),
            ("回答2" if chinese else "Answer 2", second),
        )
    ]
    if chinese:
        close = abs(first.quality - second.quality) < 0.05
        end = {"first": "综合来看，回答1更好。", "second": "综合来看，回答2更好。", "tie": "两者水平相当。"}[winner]
        return "".join(notes) + ("两者差距不大。" if close and winner != "tie" else "") + end
    end = {
        "first": "On the whole, answer 1 is better.",
        "second": "On the whole, answer 2 is better.",
        "tie": "The two are about equally good.",
    }[winner]
    return " ".join([*notes, end])


def remark(sheet: Sheet, analysis: Analysis, *, chinese: bool) -> str:
    """One sentence on one text."""
    return _note(sheet, analysis, "这份回答" if chinese else "The answer", chinese=chinese)


def _note(sheet: Sheet, analysis: Analysis, name: str, *, chinese: bool) -> str:
    if not analysis.size:
        return f"{name}没有内容。" if chinese else f"{name} is empty."
    if not analysis.known:
        looks = analysis.quality > LOOKS_CAP / 2
        if chinese:
            return f"{name}{'内容较为充实，但无法逐条核对' if looks else '内容单薄或与题目关系不大'}。"
        return f"{name} {'is fairly full but hard to check point by point' if looks else 'is thin or off the point'}."
    wrong, missing = analysis.facts(ALTERED), analysis.facts(MISSING)
    script = analysis.facts(OTHER_SCRIPT)
    right = len(analysis.facts(INTACT))
    if chinese:
        parts = [f"“{_quote(sheet, wrong[0])}”一处有误"] if wrong else []
        parts += [f"缺少“{_quote(sheet, missing[0])}”等{len(missing)}处"] if missing else []
        parts += ["夹杂了另一种字形"] if script else []
        return f"{name}{'，'.join(parts)}。" if parts else f"{name}要点齐全（{right}处）。"
    parts = [f'gets "{_quote(sheet, wrong[0])}" wrong'] if wrong else []
    parts += [f'leaves out "{_quote(sheet, missing[0])}" ({len(missing)} in all)'] if missing else []
    parts += ["mixes scripts"] if script else []
    return f"{name} {' and '.join(parts)}." if parts else f"{name} has all {right} points right."


def _quote(sheet: Sheet, index: int) -> str:
    text = " ".join(sheet.units[index].text.split())
    most = 24 if sheet.chinese else 60
    return text if len(text) <= most else text[:most].rstrip() + "…"
