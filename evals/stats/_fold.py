"""Folding of order swaps, repeats, samples and judges into one score per prompt and pair.

A table of numbers, so that 300,000 streamed verdicts cost a few bytes each: places are small integers (which prompt,
which pair, which of its judges), a verdict is the share of the win that went to the answer shown first.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ._winrate import TOLERANCE

_NOT_MADE, _OK, _UNPARSED = 0, 1, 2
_CODES = {"ok": _OK, "unparsed": _UNPARSED, "refused": 3, "error": 4}

_NOT_COMPARED, _SAME_WINNER, _FLIPPED = 0, 1, 2
_BY_CHECKS_IN_PART, _BY_CHECKS_ALONE = 1, 2

_NAN = math.nan  # stands for "missing" inside these arrays only; it never leaves this package


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTally:
    """One pair over some prompts: the scores of its first side that exist, the prompt of each, and counts.

    `compared` counts the prompts where both orders were read and at least one named a winner, `flipped` those of
    them where the two orders name different winners. `by_checks` counts the scores that checks decided and no judge.
    """

    scores: list[float]
    prompts: list[int]
    wins: int
    ties: int
    losses: int
    planned: int
    compared: int
    flipped: int
    by_checks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SideScores:
    """One side on every prompt: the sum of its pair scores read, how many were read, how many were planned."""

    totals: array[float]
    read: array[int]
    planned: array[int]

    def mean(self, prompt: int) -> float:
        """The side's score on a prompt: the mean over its opponents with a score. Needs at least one read."""
        return self.totals[prompt] / self.read[prompt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What a table of verdicts came to.

    `verdicts` counts the planned verdicts by what became of them and adds up. `decisive` counts the verdicts that
    named a winner where both orders were read, `first_shown` those of them that named the answer shown first.
    """

    verdicts: dict[str, int]
    decisive: int
    first_shown: int
    _scores: tuple[array[float], ...]
    _planned: tuple[bytearray, ...]
    _swaps: tuple[bytearray, ...]
    _checks: tuple[bytearray, ...]

    def tally(self, pair: int, prompts: Sequence[int]) -> PairTally:
        """One pair over these prompts."""
        column, planned, swaps = self._scores[pair], self._planned[pair], self._swaps[pair]
        read = [prompt for prompt in prompts if not math.isnan(column[prompt])]
        scores = [column[prompt] for prompt in read]
        signs = [_winner(score) for score in scores]
        compared = [swaps[prompt] for prompt in prompts if swaps[prompt] != _NOT_COMPARED]
        return PairTally(
            scores=scores,
            prompts=read,
            wins=signs.count(1),
            ties=signs.count(0),
            losses=signs.count(-1),
            planned=sum(planned[prompt] for prompt in prompts),
            compared=len(compared),
            flipped=compared.count(_FLIPPED),
            by_checks=sum(self._checks[pair][prompt] == _BY_CHECKS_ALONE for prompt in prompts),
        )

    def score(self, pair: int, prompt: int) -> float | None:
        """The score of a pair's first side on one prompt, or None when it is missing."""
        found = self._scores[pair][prompt]
        return None if math.isnan(found) else found

    def judged_score(self, pair: int, prompt: int) -> float | None:
        """As `score`, but None where checks decided, wholly or in part: what may be held against the judges."""
        return None if self._checks[pair][prompt] else self.score(pair, prompt)

    def side(self, places: Sequence[tuple[int, bool]]) -> SideScores:
        """One model on every prompt, from the pairs it stands in and whether it is their first side."""
        size = len(self._scores[0]) if self._scores else 0
        totals, read, planned = array("d", [0.0]) * size, array("l", [0]) * size, array("l", [0]) * size
        for prompt in range(size):
            scores = []
            for pair, is_first in places:
                score = self._scores[pair][prompt]
                planned[prompt] += self._planned[pair][prompt]
                if not math.isnan(score):
                    scores.append(score if is_first else 1.0 - score)
            totals[prompt], read[prompt] = math.fsum(scores), len(scores)
        return SideScores(totals=totals, read=read, planned=planned)

    def complete(self, prompts: Sequence[int]) -> list[int]:
        """Those of these prompts on which every pair has a score."""
        return [prompt for prompt in prompts if not any(math.isnan(column[prompt]) for column in self._scores)]


class VerdictTable:
    """Collects verdicts in any order, then folds them. The last verdict for one place wins.

    `judges` holds the number of judges of each pair. `recorded=True` takes the verdicts that were added as the plan;
    otherwise every pair is planned on every prompt in both orders, for each judge, sample and repeat. `until` limits
    that to so many first prompts for each pair (None: no limit). `weights` says for each pair how much each of its
    judges counts, 1 when it is left out.
    """

    def __init__(
        self,
        *,
        prompts: int,
        judges: Sequence[int],
        samples: int,
        repeats: int,
        recorded: bool,
        until: Sequence[int | None] = (),
        weights: Sequence[Sequence[float]] = (),
    ) -> None:
        self._prompts = prompts
        self._until = [prompts if end is None else end for end in until] or [prompts] * len(judges)
        self._judges = tuple(judges)
        self._weights = weights or [[1.0] * count for count in judges]
        self._samples = samples
        self._recorded = recorded
        self._sample_cells = 2 * repeats
        self._judge_cells = samples * self._sample_cells
        self._starts = [sum(self._judges[:pair]) * self._judge_cells for pair in range(len(self._judges))]
        self._stride = sum(self._judges) * self._judge_cells
        self._values = array("d", [_NAN]) * (prompts * self._stride)
        self._status = bytearray(prompts * self._stride)
        self._rules: dict[int, float] = {}
        self._by_checks: set[int] = set()
        self._alone = bytearray(prompts)

    def add(
        self, *, prompt: int, pair: int, judge: int, sample: int, repeat: int, swapped: bool, status: str, value: float
    ) -> None:
        """Stores one judge's verdict. `value` (0..1) is the share of the answer shown first; NaN when unread.

        `swapped` says that the pair's second side was shown first. An "ok" without a value in 0..1 is "unparsed".
        """
        cell = self._first_cell(prompt, pair, judge) + sample * self._sample_cells + 2 * repeat + swapped
        code = _CODES[status]
        if code == _OK and 0.0 <= value <= 1.0:
            self._values[cell] = 1.0 - value if swapped else value
        else:
            self._values[cell] = _NAN
            code = max(code, _UNPARSED)
        self._status[cell] = code

    def rate(
        self, *, prompt: int, pair: int, judge: int, sample: int, repeat: int, second: bool, status: str, score: float
    ) -> None:
        """Stores what one judge gave one side's answer alone, on any scale; NaN when unread. `second` names the side.

        Two such scores make one verdict, the same in both orders: the higher wins, equal ones tie. A prompt has
        scores or verdicts, not both.
        """
        cell = self._first_cell(prompt, pair, judge) + sample * self._sample_cells + 2 * repeat + second
        read = status == "ok" and math.isfinite(score)
        self._values[cell] = score if read else _NAN
        self._status[cell] = _OK if read else max(_CODES[status], _UNPARSED)
        self._alone[prompt] = True

    def decide(
        self, *, prompt: int, pair: int, sample: int, swapped: bool, value: float, by_checks: bool = False
    ) -> None:
        """Stores a verdict that follows from the answers alone and stands in place of every judge's for this sample.

        `by_checks` says that it rests on the answers' checks, not on one of them being none.
        """
        cell = self._rule_cell(prompt, pair, sample)
        self._rules[cell + swapped] = 1.0 - value if swapped else value
        if by_checks:
            self._by_checks.add(cell)

    def fold(self) -> Folded:
        """One score per prompt and pair: per judge the mean over all that was planned, then the mean by weight.

        A judge has a score only when every planned verdict of it was read; a score without any judge is missing.
        """
        pairs = range(len(self._judges))
        scores = tuple(array("d", [_NAN]) * self._prompts for _ in pairs)
        planned = tuple(bytearray(self._prompts) for _ in pairs)
        swaps = tuple(bytearray(self._prompts) for _ in pairs)
        checks = tuple(bytearray(self._prompts) for _ in pairs)
        counts = [self._status.count(code) for code in range(5)]
        counts[_NOT_MADE] -= self._beyond()
        by_rule = by_checks = decisive = first_shown = 0
        for prompt in range(self._prompts):
            for pair in pairs:
                if prompt >= self._until[pair]:
                    continue  # nothing was to be asked; what is there all the same is not looked at
                ruled = self._ruled(prompt, pair)
                scores[pair][prompt], planned[pair][prompt] = self._score(prompt, pair, ruled)
                swaps[pair][prompt], named, named_first = self._swap(prompt, pair, ruled)
                decisive += named
                first_shown += named_first
                checked = self._checked(prompt, pair, ruled)
                if checked:
                    checks[pair][prompt] = _BY_CHECKS_ALONE if len(ruled) == self._samples else _BY_CHECKS_IN_PART
                by_checks += self._take_ruled(prompt, pair, checked, counts)
                by_rule += self._take_ruled(prompt, pair, ruled.keys() - checked, counts)
        return Folded(
            verdicts=self._verdicts(counts, {"rule_no_answer": by_rule, "rule_checks": by_checks}),
            decisive=decisive,
            first_shown=first_shown,
            _scores=scores,
            _planned=planned,
            _swaps=swaps,
            _checks=checks,
        )

    def _beyond(self) -> int:
        """Verdicts that were never to be made, because the pair's prompts end before."""
        return sum(
            self._status[start : start + judges * self._judge_cells].count(_NOT_MADE)
            for pair, judges in enumerate(self._judges)
            for prompt in range(self._until[pair], self._prompts)
            for start in [self._first_cell(prompt, pair, 0)]
        )

    def _first_cell(self, prompt: int, pair: int, judge: int) -> int:
        return prompt * self._stride + self._starts[pair] + judge * self._judge_cells

    def _rule_cell(self, prompt: int, pair: int, sample: int) -> int:
        return ((prompt * len(self._judges) + pair) * self._samples + sample) * 2

    def _ruled(self, prompt: int, pair: int) -> dict[int, float]:
        """Sample -> score, for the samples that a rule decides."""
        ruled: dict[int, float] = {}
        if self._rules:
            for sample in range(self._samples):
                cell = self._rule_cell(prompt, pair, sample)
                both = [self._rules[side] for side in (cell, cell + 1) if side in self._rules]
                if both:
                    ruled[sample] = math.fsum(both) / len(both)
        return ruled

    def _checked(self, prompt: int, pair: int, ruled: Collection[int]) -> set[int]:
        """Those of the ruled samples that checks decided."""
        if not self._by_checks:
            return set()
        return {sample for sample in ruled if self._rule_cell(prompt, pair, sample) in self._by_checks}

    def _score(self, prompt: int, pair: int, ruled: dict[int, float]) -> tuple[float, bool]:
        """The pair's score (NaN when missing) and whether one was planned."""
        scores: list[float] = []
        weights: list[float] = []
        judged = False
        if len(ruled) < self._samples:
            for judge in range(self._judges[pair]):
                cell = self._first_cell(prompt, pair, judge)
                score, made = self._judge_score(cell, ruled, alone=bool(self._alone[prompt]))
                judged = judged or made
                if score is not None:
                    scores.append(score)
                    weights.append(self._weights[pair][judge])
        if ruled and (len(ruled) == self._samples or (self._recorded and not judged)):
            scores, weights = list(ruled.values()), [1.0] * len(ruled)
        planned = judged or bool(ruled) or not self._recorded
        return (_weighted(scores, weights) if scores else _NAN), planned

    def _judge_score(self, cell: int, ruled: dict[int, float], *, alone: bool) -> tuple[float | None, bool]:
        """One judge's score, None when it has none, and whether it has any verdict besides the rule's."""
        parts: list[float] = []
        made = False
        for sample in range(self._samples):
            if sample in ruled:
                parts.append(ruled[sample])
            else:
                status = self._status[cell : cell + self._sample_cells]
                values = self._values[cell : cell + self._sample_cells]
                if alone and self._recorded:
                    status, values = _of_both_sides(status, values)
                wanted = len(status) - status.count(_NOT_MADE) if self._recorded else self._sample_cells
                if status.count(_OK) < wanted:
                    return None, True
                if wanted:
                    made = True
                    if alone:
                        values = _compared(values)
                    read = [value for value, code in zip(values, status, strict=True) if code == _OK]
                    parts.append(math.fsum(read) / wanted)
            cell += self._sample_cells
        return (math.fsum(parts) / len(parts) if made else None), made

    def _swap(self, prompt: int, pair: int, ruled: dict[int, float]) -> tuple[int, int, int]:
        """How the two orders compare, then the decisive verdicts among them and those for the answer shown first."""
        if self._alone[prompt]:
            return _NOT_COMPARED, 0, 0  # there was no order
        plain: list[float] = []
        turned: list[float] = []
        start = self._first_cell(prompt, pair, 0)
        for cell in range(start, start + self._judges[pair] * self._judge_cells, 2):
            sample = (cell - start) // self._sample_cells % self._samples
            if self._status[cell] == self._status[cell + 1] == _OK and sample not in ruled:
                plain.append(self._values[cell])
                turned.append(self._values[cell + 1])
        if not plain:
            return _NOT_COMPARED, 0, 0
        sides = _winner(math.fsum(plain) / len(plain)), _winner(math.fsum(turned) / len(turned))
        swap = _NOT_COMPARED if sides == (0, 0) else _FLIPPED if sides[0] * sides[1] < 0 else _SAME_WINNER
        named = [_winner(value) for value in plain] + [-_winner(value) for value in turned]
        return swap, len(named) - named.count(0), named.count(1)

    def _take_ruled(self, prompt: int, pair: int, ruled: Collection[int], counts: list[int]) -> int:
        """Moves the planned verdicts that a rule stands in for out of `counts`; returns how many there are."""
        moved = 0
        for sample in ruled:
            here = 0
            for judge in range(self._judges[pair]):
                cell = self._first_cell(prompt, pair, judge) + sample * self._sample_cells
                for code in self._status[cell : cell + self._sample_cells]:
                    if code != _NOT_MADE or not self._recorded:
                        counts[code] -= 1
                        here += 1
            moved += max(here, 1) if self._recorded or not self._judges[pair] else here
        return moved

    def _verdicts(self, counts: Sequence[int], by_rule: Mapping[str, int]) -> dict[str, int]:
        """The verdicts by outcome; in a recorded plan nothing is planned that was not made."""
        not_made = 0 if self._recorded else counts[_NOT_MADE]
        outcomes = {name: counts[code] for name, code in _CODES.items()}
        planned = sum(outcomes.values()) + not_made + sum(by_rule.values())
        return {"planned": planned, **outcomes, "not_made": not_made, **by_rule}


def _weighted(scores: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(weight * score for weight, score in zip(weights, scores, strict=True)) / math.fsum(weights)


def _of_both_sides(status: bytearray, scores: array[float]) -> tuple[bytearray, array[float]]:
    """The repeats in which both sides were scored: in a recorded plan those alone were to be compared."""
    kept = [side for n in range(0, len(status), 2) if status[n] and status[n + 1] for side in (n, n + 1)]
    return bytearray(status[n] for n in kept), array("d", [scores[n] for n in kept])


def _compared(scores: array[float]) -> array[float]:
    """The scores of two sides in turn to the share of the win that goes to the first, in each of the two places."""
    shares = [0.5 if abs(a - b) <= TOLERANCE else float(a > b) for a, b in zip(scores[::2], scores[1::2], strict=True)]
    return array("d", [share for share in shares for _ in range(2)])


def _winner(share: float) -> int:
    """1 for the side the share belongs to, -1 for the other, 0 for a tie."""
    return 0 if abs(share - 0.5) <= TOLERANCE else 1 if share > 0.5 else -1
