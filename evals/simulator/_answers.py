"""How a model answers: which facts of the sheet it gets right, and the words it wraps them in.

`draw_states` is the law of the facts; `_truth.py` has the same law for whole arrays, and a test holds them equal.
Length says nothing about skill: every answer is padded to a length that depends on the model's style alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.simulator._facts import SOFT, Line, Sheet
from evals.simulator._models import Profile
from evals.simulator._script import to_simplified, to_traditional
from evals.simulator._seeds import as_normal, normal, uniform, uniforms
from evals.simulator._wording import (
    EN_CONNECTIVES,
    EN_OPENERS,
    EN_THOUGHTS,
    SYNONYMS,
    ZH_CONNECTIVES,
    ZH_OPENERS,
    ZH_THOUGHTS,
)

STYLE_DRAWS = 16
AFFINITY = 0.55
"""Standard deviation, in logits, of how much better or worse a model is at one prompt than at its suite."""

SCRIPT_RATE, CUT_RATE = 0.25, 0.12
"""Chance of the wrong script and of a cut end, as shares of the chance to get an average fact wrong."""

SOLVES_AT, SOLVES_SLOPE = 0.5, 1.4
"""Where a program is asked for, a model at this level writes a right one every other time; the slope is that of the
logit. Line by line the longest programs would never be right."""

CODE_DRAW = 8
"""Which of the style draws decides whether the code is right."""

LEAST_SEEN, FLOOR = 0.2, 0.35
"""An answer that would keep less than a fifth of the reference's matter keeps at least its first third right."""

LENGTH_SPREAD = 0.06
_BLANKS = re.compile(r"\n{3,}")
CUT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAnswer:
    """What a simulated model says: the answer, and its thought (shown in the model's own way, or not at all)."""

    text: str
    reasoning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """What becomes of each fact (index into its options; CUT: left out by the cut end), and the two larger defects."""

    options: tuple[int, ...]
    script_from: int
    cut: int


def ability(profile: Profile, sheet: Sheet, seed: int, fresh: int) -> float:
    """The logit of getting an average fact of this prompt right; `fresh` draws the model's affinity to it anew."""
    affinity = AFFINITY * normal("affinity", seed, profile.name, sheet.key, fresh)
    return profile.skill_in(sheet.suite) + sheet.difficulty + affinity


def draw_states(sheet: Sheet, level: float, draws: Sequence[float]) -> States:
    """The facts of one answer. `draws`: `STYLE_DRAWS` uniforms, then one for each fact."""
    units = sheet.units
    count = len(units)
    slip = 1 / (1 + math.exp(level))
    options = []
    for unit, draw in zip(units, draws[STYLE_DRAWS:], strict=True):
        good = 1 / (1 + math.exp(unit.hardness - level)) if unit.cumulative else 1.0
        if draw < good:
            options.append(0)
            continue
        rest = (draw - good) / (1 - good)
        options.append(1 + sum(rest >= share for share in unit.cumulative[:-1]))
    if sheet.slips:
        _settle_code(sheet, level, draws[CODE_DRAW], options)
    cut = count
    if count > 3 and draws[2] < CUT_RATE * slip:
        cut = count - 1 - int(draws[3] * 0.4 * count)
        options[cut:] = [CUT] * (count - cut)
    seen = sum(unit.weight for unit, at in zip(units, options, strict=True) if at >= 0 and unit.options[at].value)
    if seen < LEAST_SEEN * sheet.total_weight:
        kept = math.ceil(FLOOR * count)
        options[:kept] = [0] * kept
        cut = max(cut, kept)
    script_from = count
    if sheet.wrong_script and draws[0] < SCRIPT_RATE * slip:
        script_from = int(draws[1] * 0.7 * count)
    return States(options=tuple(options), script_from=script_from, cut=cut)


def _settle_code(sheet: Sheet, level: float, draw: float, options: list[int]) -> None:
    """Make the code right as a whole, or see to it that something is wrong with it."""
    coded = [at for at, unit in enumerate(sheet.units) if unit.code]
    solves = 1 / (1 + math.exp(SOLVES_SLOPE * (SOLVES_AT - level)))
    if draw < solves:
        for at in coded:
            options[at] = 0
    elif not any(options[at] for at in coded):
        at, option = sheet.slips[int((draw - solves) / (1 - solves) * len(sheet.slips))]
        options[at] = option


def answer_draws(sheet: Sheet, seed: int, model: str, sample: int, fresh: int) -> list[float]:
    """The uniforms behind one answer."""
    return uniforms(STYLE_DRAWS + len(sheet.units), "answer", seed, model, sheet.key, sample, fresh)


def compose(profile: Profile, sheet: Sheet, level: float, draws: Sequence[float]) -> SimulatedAnswer:
    """The whole answer of a model whose ability here is `level`."""
    states = draw_states(sheet, level, draws)
    text = _Writer(sheet, states, draws, profile.name).write()
    text = _pad(text, profile, sheet, states, draws)
    if not sheet.has_code:
        text = _synonyms(text, draws[11])
    return SimulatedAnswer(text=text, reasoning=_thought(profile, sheet, draws[14]))


def _other_script(sheet: Sheet, text: str) -> str:
    return to_traditional(text) if sheet.wrong_script == "traditional" else to_simplified(text)


class _Writer:
    """Writes the lines of a sheet as the states have them."""

    def __init__(self, sheet: Sheet, states: States, draws: Sequence[float], model: str) -> None:
        self.sheet, self.states = sheet, states
        self.connective = draws[12]
        self.bullet = "-*•"[int(3 * uniform("bullet", model))]
        self.number = 0
        self.converting = False
        self.parts: list[str] = []
        plain = [line for line in sheet.lines if line.pieces]
        self.as_list = (
            draws[13] < 0.5 * uniform("lists", model)
            and len(plain) == 1
            and not plain[0].code
            and sum(piece.ends for piece in plain[0].pieces) >= 4
        )

    def write(self) -> str:
        """The body of the answer, without opener and padding."""
        for line in self.sheet.lines:
            if not line.pieces:
                self.parts.append(line.marker + "\n")
                continue
            if not self._write_line(line):
                break
        text = "".join(self.parts).strip("\n")
        return text if self.sheet.has_code else _BLANKS.sub("\n\n", text)

    def _write_line(self, line: Line) -> bool:
        """False when the text ends here, cut."""
        out: list[list[str]] = []
        alive = True
        for piece in line.pieces:
            at = self.states.options[piece.unit] if piece.unit >= 0 else 0
            self.converting |= piece.unit >= self.states.script_from
            if at == CUT:
                out.append([piece.text[: max(1, len(piece.text) // 5)], ""])
                alive = False
                break
            text = piece.text if piece.unit < 0 else self.sheet.units[piece.unit].options[at].text
            if text is not None:
                out.append([_other_script(self.sheet, text) if self.converting else text, piece.trail])
            elif piece.ends and out and out[-1][1].strip() in SOFT:
                out[-1][1] = piece.trail
        if out:
            self._emit(line, out)
        return alive

    def _emit(self, line: Line, out: list[list[str]]) -> None:
        if self.as_list:
            self._emit_list(out)
            return
        for index, words in enumerate(out):
            lead = self._marker(line.marker) if index == 0 else self._lead(out, index)
            self.parts.append(lead + words[0] + words[1])
        self.parts[-1] += "\n"

    def _emit_list(self, out: list[list[str]]) -> None:
        fresh = True
        for text, trail in out:
            ends = trail.strip() not in SOFT
            self.parts.append((f"{self.bullet} " if fresh else "") + text + trail.rstrip() + ("\n" if ends else ""))
            fresh = ends

    def _marker(self, marker: str) -> str:
        """List marks are the model's own; numbers count on over what was left out."""
        bare = marker.strip()
        if bare in ("-", "*", "•", "·"):
            return marker.replace(bare, self.bullet)
        digits = bare.rstrip(".)、．")
        if digits.isdigit():
            self.number = 1 if digits == "1" else self.number + 1
            return marker.replace(digits, str(self.number), 1)
        return marker

    def _lead(self, out: list[list[str]], index: int) -> str:
        """Now and then a connective before a sentence that has none."""
        if index == 2 and len(out) >= 4 and self.connective < 0.25 and out[1][1].strip() in ("。", "."):
            words = ZH_CONNECTIVES if self.sheet.chinese else EN_CONNECTIVES
            word = words[int(self.connective * 4 * len(words))]
            head = out[index][0]
            if self.sheet.chinese:
                return "" if head[:2] in "此外同时另外因此所以但是然而首先其次最后再者综上" else word
            if head[:4] in ("The ", "This", "It i", "Each", "You ") or head[:2] in ("A ", "If"):
                out[index][0] = head[0].lower() + head[1:]
                return word
        return ""


def pad_count(sheet: Sheet, missing: float, start: int) -> int:
    """How many padding sentences it takes to fill `missing` characters, beginning with number `start`; at most all
    but one."""
    count, length = 0, 0.0
    while length < missing - 8 and count < len(sheet.pads) - 1:
        length += len(sheet.pads[(start + count) % len(sheet.pads)])
        count += 1
    return count


def _pad(text: str, profile: Profile, sheet: Sheet, states: States, draws: Sequence[float]) -> str:
    """Opener and padding sentences up to the length this model's style asks for."""
    openers = ZH_OPENERS if sheet.chinese else EN_OPENERS
    opener = ""
    if draws[5] < 0.2 + 0.6 * uniform("opener", profile.name):
        opener = openers[int(draws[6] * len(openers))]
    target = profile.verbosity * sheet.size * math.exp(LENGTH_SPREAD * as_normal(draws[4]))
    start = int(draws[7] * len(sheet.pads))
    count = 0 if states.cut < len(sheet.units) else pad_count(sheet, target - len(text) - len(opener), start)
    pads = [sheet.pads[(start + index) % len(sheet.pads)] for index in range(count)]
    tail = ("" if sheet.chinese else " ").join(pads)
    if states.script_from < len(sheet.units):
        tail = _other_script(sheet, tail)
    return "\n\n".join(part for part in (opener, text, tail) if part)


def _synonyms(text: str, draw: float) -> str:
    """Either word of some pairs, by the bits of one draw."""
    bits = int(draw * (1 << len(SYNONYMS)))
    for index, (first, second) in enumerate(SYNONYMS):
        if bits >> index & 1:
            text = text.replace(first, second)
    return text


def _thought(profile: Profile, sheet: Sheet, draw: float) -> str:
    if profile.thought == "none":
        return ""
    lines = ZH_THOUGHTS if sheet.chinese else EN_THOUGHTS
    kept = lines[: 2 + int(draw * (len(lines) - 1))]
    return ("" if sheet.chinese else " ").join(kept)
