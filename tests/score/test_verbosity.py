"""Lengths of Chinese answers in characters and tokens."""

from __future__ import annotations

import pytest

from evals.score._answers import AnswerStatus
from evals.score._verbosity import Verbosity


def test_chinese_answers_by_characters_and_tokens() -> None:
    """Means over prompts, samples folded first; other languages, and answers without a count, are left out."""
    rows = [
        AnswerStatus("zh", "p0", "a", 0, "ok", True, 100, 70),
        AnswerStatus("zh", "p0", "a", 1, "ok", True, 300, 90),
        AnswerStatus("zh", "p1", "a", 0, "ok", True, 400, 200),
        AnswerStatus("zh", "p1", "b", 0, "ok", True, 10, None),
        AnswerStatus("zh", "p0", "b", 0, "empty", False, 0, 0),
        AnswerStatus("en", "p0", "b", 0, "ok", True, 900, 300),
    ]
    found = Verbosity({"zh": "zh", "en": "en"})
    assert list(found.passing(rows)) == rows
    entry = found.entry(["a", "b"])
    assert entry is not None
    [row] = entry["models"]
    assert row["model"] == "a"
    assert (row["characters"]["value"], row["tokens"]["value"]) == (pytest.approx(300), pytest.approx(140))
    assert row["tokens_per_character"]["value"] == pytest.approx(((0.7 + 0.3) / 2 + 0.5) / 2)
    assert row["characters"]["low"] < 300 < row["characters"]["high"]
    assert "a 300 (" in entry["sentence"]


def test_nothing_chinese_nothing_said() -> None:
    """The entry is absent rather than empty."""
    assert Verbosity({"en": "en"}).entry(["a"]) is None
