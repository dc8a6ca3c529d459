"""What is known of each answer without its text, in a few bytes."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

from evals.records import RESPONSE_STATUSES, ResponseStatus
from evals.score._places import Places

NOT_MADE, NO_ANSWER = "not_made", "no_answer"
_UNKNOWN = -1


class AnswerStatus(NamedTuple):
    """One answer without its text: whether there is one to judge and, if known, its characters and tokens billed."""

    suite: str
    prompt_id: str
    model: str
    sample: int
    status: ResponseStatus
    has_answer: bool
    characters: int | None = None
    tokens: int | None = None


class Seen:
    """The answers there are: status, whether there is a text, its length. Where one is told twice the last counts."""

    def __init__(self, places: Places, statuses: Iterable[AnswerStatus]) -> None:
        self._places = places
        self._code_of = {found: code for code, found in enumerate(product(RESPONSE_STATUSES, (False, True)), start=1)}
        self._with_text = {code for (_, has_answer), code in self._code_of.items() if has_answer}
        samples, models = places.plan.samples, len(places.models)
        self._cells = bytearray(places.prompts * models * samples)
        self._lengths = array("i", [_UNKNOWN]) * len(self._cells)
        for row in statuses:
            answer = AnswerStatus(*row)
            prompt = places.prompt.get(answer.suite, {}).get(answer.prompt_id)
            number = places.model.get(answer.model)
            if prompt is not None and number is not None and 0 <= answer.sample < samples:
                cell = (prompt * samples + answer.sample) * models + number
                self._cells[cell] = self._code_of[answer.status, answer.has_answer]
                known = answer.has_answer and answer.characters is not None
                self._lengths[cell] = answer.characters or 0 if known else _UNKNOWN

    def counts(self) -> list[list[Counter[str]]]:
        """[suite][model] -> answers by status, with those never made and those that are no answer."""
        samples, models = self._places.plan.samples, len(self._places.models)
        ends = [self._places.plan.asked(model) for model in self._places.models]

        def cells(prompts: range, model: int) -> bytearray:
            end = prompts.stop if ends[model] is None else min(prompts.stop, ends[model] or 0)
            return self._cells[prompts.start * samples * models + model : end * samples * models : models]

        return [
            [_by_status(cells(prompts, model), self._code_of) for model in range(models)]
            for prompts in self._places.suites.values()
        ]

    def has_text(self, prompt: int, model: int) -> bool:
        """True when the model's first sample on a prompt is a text."""
        return self._cells[prompt * self._places.plan.samples * len(self._places.models) + model] in self._with_text

    def length(self, prompt: int, model: int) -> float | None:
        """The mean length in characters of a model's texts on a prompt; None when a sample's is not known."""
        samples, models = self._places.plan.samples, len(self._places.models)
        start = prompt * samples * models + model
        found = self._lengths[start : start + samples * models : models]
        return None if _UNKNOWN in found else math.fsum(found) / samples


def _by_status(cells: bytearray, code_of: Mapping[tuple[ResponseStatus, bool], int]) -> Counter[str]:
    counts = Counter({NOT_MADE: cells.count(0)})
    for (status, has_answer), code in code_of.items():
        found = cells.count(code)
        counts[status] += found
        if not has_answer and status != "error":
            counts[NO_ANSWER] += found
    return counts
