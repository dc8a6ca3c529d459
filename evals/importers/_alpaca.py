"""AlpacaEval: `model_outputs.json` (answers) and `annotations.json` (one preference a pair, 1 to 2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evals.importers._recorded import judgment_of, response_of
from evals.importers._rows import Row, RowError, Suites, is_number, name_of, optional_name_of, text_of, value_of
from evals.reading.strict import clip
from evals.records import Completion, Judgment, Response, Winner, content_hash, shows_anything


def alpaca_response(row: Row, _: Path, suites: Suites) -> Iterator[Response]:
    """The answer of `generator`; a row of annotations holds two."""
    prompt_id = _prompt_id(row)
    suite = suites.of(None, prompt_id)
    if suite is None:
        return
    mark = "" if "output" in row else "_1"
    for side in (mark, "_2") if mark else (mark,):
        text = text_of(row, f"output{side}")
        completion = Completion(status="ok" if shows_anything(text) else "empty", text=text)
        yield response_of(suite, prompt_id, name_of(row, f"generator{side}"), 0, completion)


def alpaca_judgment(row: Row, _: Path, suites: Suites) -> Iterator[Judgment]:
    """One verdict a pair. Which answer was shown first is not recorded: `output_1` stands for it."""
    prompt_id = _prompt_id(row)
    suite = suites.of(None, prompt_id)
    if suite is None:
        return
    winner, preference = by_preference(value_of(row, {}, "preference"))
    raw = row.get("raw_completion")
    yield judgment_of(
        suite=suite,
        prompt_id=prompt_id,
        judge=optional_name_of(row, "annotator", {}, "annotator"),
        definition="alpaca-eval@1",
        first=name_of(row, "generator_1"),
        second=name_of(row, "generator_2"),
        winner=winner,
        preference=preference,
        explanation=raw if isinstance(raw, str) else "",
    )


def by_preference(value: object) -> tuple[Winner | None, float | None]:
    """Winner, or soft preference for the first, from 1 (first) to 2 (second); 1.5 and the older 0 are ties.

    (None, None) for null: a verdict that was not read.
    """
    if value is None:
        return None, None
    if not is_number(value) or not (value == 0 or 1 <= value <= 2):  # type: ignore[operator]
        raise RowError(f"preference must be a number from 1 to 2 (or 0 for a tie), not {clip(str(value))}")
    number = float(value)  # type: ignore[arg-type]
    hard: dict[float, Winner] = {0.0: "tie", 1.0: "first", 1.5: "tie", 2.0: "second"}
    return (hard[number], None) if number in hard else (None, 2.0 - number)


def _prompt_id(row: Row) -> str:
    """As the preset for the suite makes it: the set has no ids of its own."""
    named = optional_name_of(row, "id", {}, "")
    return named or f"alpaca-{content_hash(text_of(row, 'instruction'))[:10]}"
