"""The cells of a run (prompt x model x sample) and where their answers stand, in memory that stays small.

A cell is a number; its entry holds the byte offset of the stored answer and a digest of the text, never the text. The
texts of the latest answers are kept in a bounded cache, because a pair is judged soon after its second answer arrives.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evals.records import Prompt, Response, ResponseStatus, Suite

CACHED_ANSWERS = 1_024


class Reader(Protocol):
    """What is needed of the answers' journal."""

    def read(self, offset: int) -> dict[str, Any]:
        """The record at a byte offset."""
        ...


class Grid:
    """All cells of a run: prompts of all suites in order, models in order, samples.

    `until` names models that are asked so many first prompts only; their other cells stay empty.
    """

    def __init__(
        self, suites: Sequence[Suite], models: Sequence[str], samples: int, *, until: Mapping[str, int] | None = None
    ) -> None:
        self.suites = tuple(suites)
        self.models = tuple(models)
        self.samples = samples
        self.prompts: list[Prompt] = [prompt for suite in suites for prompt in suite.prompts]
        self.suite_of: list[int] = [number for number, suite in enumerate(suites) for _ in suite.prompts]
        self._prompt_number = {(prompt.suite, prompt.id): number for number, prompt in enumerate(self.prompts)}
        self._model_number = {model: number for number, model in enumerate(self.models)}

        until = until or {}
        self._asked = [min(until.get(model, len(self.prompts)), len(self.prompts)) for model in self.models]

    def __len__(self) -> int:
        return sum(self._asked) * self.samples

    def asks(self, prompt: int, *models: int) -> bool:
        """True when a prompt is put to all of these models, by their numbers."""
        return all(prompt < self._asked[model] for model in models)

    def cell(self, prompt: int, model: int, sample: int) -> int:
        """The number of a cell, from the numbers of its prompt and model."""
        return (prompt * len(self.models) + model) * self.samples + sample

    def split(self, cell: int) -> tuple[int, int, int]:
        """Inverse of `cell`: prompt number, model number, sample."""
        rest, sample = divmod(cell, self.samples)
        prompt, model = divmod(rest, len(self.models))
        return prompt, model, sample

    def find(self, record: Mapping[str, Any]) -> int | None:
        """The cell of a stored record, or None when the run has no such cell."""
        prompt = self._prompt_number.get((record.get("suite", ""), record.get("prompt_id", "")))
        model = self._model_number.get(record.get("model", ""))
        sample = record.get("sample", 0)
        if prompt is None or model is None or not 0 <= sample < self.samples:
            return None
        return self.cell(prompt, model, sample)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an answer stands and what a verdict on it depends on. `digest` is that of the text."""

    offset: int
    status: ResponseStatus
    has_answer: bool
    digest: str


class Answers:
    """The answers there are, by cell."""

    def __init__(self, grid: Grid, reader: Reader) -> None:
        self.grid = grid
        self._reader = reader
        self._stored: dict[int, Stored] = {}
        self._cache: OrderedDict[int, Response] = OrderedDict()

    def __contains__(self, cell: int) -> bool:
        return cell in self._stored

    def __len__(self) -> int:
        return len(self._stored)

    def get(self, cell: int) -> Stored | None:
        """What is known of a cell's answer, or None when there is none yet."""
        return self._stored.get(cell)

    def add(self, cell: int, offset: int, response: Response, *, keep: bool = True) -> None:
        """Note an answer that stands in the journal at `offset`; `keep` its text at hand for judging."""
        self._stored[cell] = Stored(
            offset=offset,
            status=response.completion.status,
            has_answer=response.has_answer,
            digest=text_digest(response.exchange),
        )
        if keep:
            self._remember(cell, response)

    def response(self, cell: int) -> Response:
        """The whole answer, from the cache or from disk."""
        cached = self._cache.get(cell)
        if cached is not None:
            self._cache.move_to_end(cell)
            return cached
        response = Response.from_json(self._reader.read(self._stored[cell].offset))
        self._remember(cell, response)
        return response

    def cells(self) -> Iterator[tuple[int, Stored]]:
        """All cells with a stored answer, in cell order."""
        for cell in sorted(self._stored):
            yield cell, self._stored[cell]

    def _remember(self, cell: int, response: Response) -> None:
        self._cache[cell] = response
        while len(self._cache) > CACHED_ANSWERS:
            self._cache.popitem(last=False)


def text_digest(text: str) -> str:
    """A short fingerprint of an answer, from which judgment keys are made without reading the text again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
