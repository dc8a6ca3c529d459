"""Verdicts one by one, before they are folded: who said what in which order, what people said, what was asked again."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from itertools import product

from evals.records import HUMAN_PREFIX, RULE_PREFIX, Judgment, Plan
from evals.score._places import Places
from evals.stats import TOLERANCE

BY_CLASS = "by-class"
"""A label whose definition bears this name is of a prompt that was chosen by verdict or label, not at random."""
_NOT_MADE, _UNREAD = -2.0, -1.0


class Each:
    """Collects what passes through `passing`; ask afterwards. Memory: eight bytes a planned verdict.

    Scores and shares are always those of the pair's first side. Of two records for one place the later one counts.
    """

    def __init__(self, plan: Plan) -> None:
        self.places = Places(plan)
        self._plan = plan
        self._recorded = plan.orders == "recorded"
        self._alone = {suite.name for suite in plan.suites if getattr(suite, "alone", False)}
        self._starts: list[int] = []
        slots = 0
        for pair in self.places.pairs:
            self._starts.append(slots)
            slots += len(pair.judges)
        self._slots = slots
        self._size = plan.samples * plan.repeats * 2
        self._values = array("d", [_NOT_MADE]) * (self.places.prompts * slots * self._size)
        self._ruled: dict[tuple[int, int, int], float] = {}
        self._scores: dict[tuple[str, int, str], dict[tuple[int, int], float]] = {}
        self._labels: dict[tuple[int, int], dict[tuple[str, int], float]] = {}
        self._again: dict[tuple[int, int, str], dict[tuple[int, int, bool], float]] = {}
        self.by_class: set[int] = set()
        """Pairs with a label that was not chosen at random."""

    def passing(self, judgments: Iterable[Judgment]) -> Iterator[Judgment]:
        """The same records, but for those that only measure the noise of asking again."""
        for record in judgments:
            if not self._note(record):
                yield record

    def _note(self, record: Judgment) -> bool:
        """True for a record that is to go no further."""
        prompt = self.places.prompt.get(record.suite, {}).get(record.prompt_id)
        if prompt is None or not 0 <= record.sample < self._plan.samples or record.repeat < 0:
            return False
        if record.second is None:
            self._note_score(record, prompt)
            return False
        found = self.places.pair.get((record.first, record.second))  # a control arm stands in no pair
        if found is None:
            return False
        pair, swapped = found
        value = record.value
        share = None if value is None or not 0.0 <= value <= 1.0 else 1.0 - value if swapped else value
        if record.judge in self.places.judge[pair]:
            return self._note_verdict(record, prompt, pair, share, swapped=swapped)
        if share is not None and record.judge.startswith(RULE_PREFIX):
            self._ruled[pair, prompt, record.sample] = share
        elif share is not None and record.judge.startswith(HUMAN_PREFIX):
            self._labels.setdefault((pair, prompt), {})[record.judge, record.repeat] = share
            if record.definition.partition("@")[0] == BY_CLASS:
                self.by_class.add(pair)
        return False

    def _note_score(self, record: Judgment, prompt: int) -> None:
        if record.suite in self._alone and record.score is not None and record.repeat < self._plan.repeats:
            there = self._scores.setdefault((record.judge, prompt, record.first), {})
            there[record.sample, record.repeat] = record.score

    def _note_verdict(self, record: Judgment, prompt: int, pair: int, share: float | None, *, swapped: bool) -> bool:
        if record.repeat >= self._plan.repeats:
            if not self._plan.noise_check:
                return False  # not planned: counted among what is ignored
            if share is not None:
                place = record.sample, record.repeat, swapped
                self._again.setdefault((pair, prompt, record.judge), {})[place] = share
            return True
        start = self._start(prompt, pair, self.places.judge[pair][record.judge])
        cell = (record.sample * self._plan.repeats + record.repeat) * 2 + swapped
        self._values[start + cell] = _UNREAD if share is None else share
        return False

    # ------------------------------------------------------------------------------------------- people
    def labels(self, pair: int) -> dict[int, float]:
        """Prompt -> what people said of a pair, the mean over people."""
        return {
            prompt: math.fsum(found.values()) / len(found)
            for (number, prompt), found in sorted(self._labels.items())
            if number == pair
        }

    @property
    def has_labels(self) -> bool:
        """True when people said something on a pair of the run."""
        return bool(self._labels)

    # ------------------------------------------------------------------------------------------- judges
    def judge_score(self, prompt: int, pair: int, judge: int) -> float | None:
        """One judge's score of a pair, a rule's where it decides; None unless every planned verdict was read."""
        parts = []
        for sample in range(self._plan.samples):
            ruled = self._ruled.get((pair, prompt, sample))
            share = self._sample(prompt, pair, judge, sample) if ruled is None else ruled
            if share is None:
                return None
            parts.append(share)
        return math.fsum(parts) / len(parts)

    def own_score(self, prompt: int, pair: int, judge: int) -> float | None:
        """As `judge_score`, but None where a rule decided for the judge."""
        if any((pair, prompt, sample) in self._ruled for sample in range(self._plan.samples)):
            return None
        return self.judge_score(prompt, pair, judge)

    def orders(self, prompt: int, pair: int, judge: int) -> tuple[float, float] | None:
        """The share of the first side when it was shown first, and when it was shown second; None unless both exist."""
        start = self._start(prompt, pair, judge)
        plain, turned = [], []
        for sample, repeat in product(range(self._plan.samples), range(self._plan.repeats)):
            cell = start + (sample * self._plan.repeats + repeat) * 2
            one, two = self._values[cell], self._values[cell + 1]
            if one >= 0.0 and two >= 0.0 and (pair, prompt, sample) not in self._ruled:
                plain.append(one)
                turned.append(two)
        return (math.fsum(plain) / len(plain), math.fsum(turned) / len(turned)) if plain else None

    def asked_again(self) -> Iterator[tuple[int, int, float, float]]:
        """(prompt, pair, share at first, share when asked again) for each verdict that was asked again, in order."""
        for (pair, prompt, judge), found in sorted(self._again.items()):
            start = self._start(prompt, pair, self.places.judge[pair][judge])
            for (sample, _, swapped), share in sorted(found.items()):
                before = self._values[start + sample * self._plan.repeats * 2 + swapped]
                if before >= 0.0:
                    yield prompt, pair, before, share

    def _sample(self, prompt: int, pair: int, judge: int, sample: int) -> float | None:
        start = self._start(prompt, pair, judge) + sample * self._plan.repeats * 2
        cells = self._values[start : start + self._plan.repeats * 2]
        read = [value for value in cells if value >= 0.0]
        made = sum(value > _NOT_MADE for value in cells)
        if read and len(read) == (made if self._recorded else len(cells)):
            return math.fsum(read) / len(read)
        return self._compared(prompt, pair, judge, sample) if self._scores else None

    def _compared(self, prompt: int, pair: int, judge: int, sample: int) -> float | None:
        """Of scores given to one answer at a time: who has the higher one."""
        planned = self.places.pairs[pair]
        name = planned.judges[judge]
        first = self._scores.get((name, prompt, planned.first), {})
        second = self._scores.get((name, prompt, planned.second), {})
        repeats = [(sample, repeat) for repeat in range(self._plan.repeats)]
        if self._recorded:
            repeats = [place for place in repeats if place in first and place in second]
            if not repeats:
                return None
        if not all(place in first and place in second for place in repeats):
            return None
        gaps = [first[place] - second[place] for place in repeats]
        shares = [0.5 if abs(gap) <= TOLERANCE else 1.0 if gap > 0 else 0.0 for gap in gaps]
        return math.fsum(shares) / len(shares)

    def _start(self, prompt: int, pair: int, judge: int) -> int:
        return (prompt * self._slots + self._starts[pair] + judge) * self._size
