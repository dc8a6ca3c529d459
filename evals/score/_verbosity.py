"""How long Chinese answers are, in characters and in tokens: the two rank models differently."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evals.score._answers import AnswerStatus
from evals.score._intervals import LEVEL
from evals.stats import paired_difference


class Verbosity:
    """Collects the lengths of Chinese answers that pass through `passing`; of two for one cell the later one counts."""

    def __init__(self, languages: Mapping[str, str]) -> None:
        self._chinese = {suite for suite, language in languages.items() if language.startswith("zh")}
        self._found: dict[str, dict[tuple[str, str], dict[int, tuple[int, int]]]] = {}

    def passing(self, statuses: Iterable[AnswerStatus]) -> Iterator[AnswerStatus]:
        """The same answers."""
        for row in statuses:
            answer = AnswerStatus(*row)
            if answer.suite in self._chinese and answer.has_answer and answer.characters and answer.tokens is not None:
                on_prompt = self._found.setdefault(answer.model, {}).setdefault((answer.suite, answer.prompt_id), {})
                on_prompt[answer.sample] = answer.characters, answer.tokens
            yield row

    def entry(self, models: Sequence[str]) -> dict[str, Any] | None:
        """The entry `verbosity-zh` of `biases[]`, None without a Chinese answer whose tokens are known.

        `models[]`: {model, characters, tokens, tokens_per_character}, each the mean over prompts with its interval.
        """
        rows = []
        for model in models:
            cells = [list(samples.values()) for _, samples in sorted(self._found.get(model, {}).items())]
            if cells:
                columns = {
                    "characters": [_mean([c for c, _ in cell]) for cell in cells],
                    "tokens": [_mean([t for _, t in cell]) for cell in cells],
                    "tokens_per_character": [_mean([t / c for c, t in cell]) for cell in cells],
                }
                rows.append({"model": model, **{name: _interval(column) for name, column in columns.items()}})
        if not rows:
            return None
        said = "; ".join(f"{row['model']} {_words(row)}" for row in rows)
        return {
            "name": "verbosity-zh",
            "value": None,
            "low": None,
            "high": None,
            "level": LEVEL,
            "n": len({place for found in self._found.values() for place in found}),
            "sentence": f"Mean length of a Chinese answer (tokens as billed, thought included): {said}.",
            "models": rows,
        }


def _interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean and t interval; the statistics know figures of at most 1."""
    most = max(values) or 1.0
    found = paired_difference([value / most for value in values], level=LEVEL)
    scaled = {
        name: None if (figure := getattr(found, name)) is None else figure * most for name in ("value", "low", "high")
    }
    return {**scaled, "level": LEVEL, "n": found.n}


def _words(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{_figure(row[name])} {name}" for name in ("characters", "tokens"))


def _figure(found: Mapping[str, Any]) -> str:
    text = f"{found['value']:.0f}"
    return text if found["low"] is None else f"{text} ({found['low']:.0f} to {found['high']:.0f})"


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
