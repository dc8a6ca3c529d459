"""The files of the "Vicuna benchmark" and of sets shaped like it: questions, answers a model, reviews a pair."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.importers._recorded import by_scores, judgment_of, response_of
from evals.importers._rows import Row, RowError, Suites, name_of, text_of, value_of
from evals.reading.strict import read_jsonl
from evals.records import Completion, Judgment, Problem, Response, UsageError

VICUNA_FILES = ("question.jsonl", "answer_*.jsonl", "review_*.jsonl", "reviewer.jsonl")
_REVIEWER_SETTING = re.compile(r"-(?:default|generic|general|coding|math)$")
_Authors = Mapping[str, tuple[str, str]]
"""Answer id -> (model, question id)."""


def _author(path: Path) -> str:
    """The model's short name: `answer_gpt35.jsonl` holds the answers of gpt35."""
    name = path.stem.removeprefix("answer_")
    if name == path.stem or not name:
        raise UsageError(f"{path}: with --preset answers stand in files called answer_MODEL.jsonl")
    return name


def vicuna_response(row: Row, path: Path, suites: Suites) -> Response | None:
    prompt_id, text = name_of(row, "question_id"), text_of(row, "text")
    suite = suites.of(None, prompt_id)
    if suite is None:
        return None
    completion = Completion(
        status="ok" if text.strip() else "empty",
        text=text,
        served_model=text_of(row, "model_id", required=False) or None,
    )
    return response_of(suite, prompt_id, _author(path), 0, completion)


def answer_authors(paths: Sequence[str]) -> _Authors:
    """Who wrote which answer, from the answer files named and those in the folders named."""
    files: list[Path] = []
    for path in map(Path, paths):
        files += (
            sorted(path.glob("answer_*.jsonl")) if path.is_dir() else [path] if path.match("answer_*.jsonl") else []
        )
    authors: dict[str, tuple[str, str]] = {}
    for file in dict.fromkeys(file.resolve() for file in files):
        for _, row in read_jsonl(file, skip_blank=True):
            # rows that are wrong are reported where the answers themselves are read
            if not isinstance(row, Problem) and isinstance(row.get("answer_id"), str):
                authors[row["answer_id"]] = (_author(file), str(row.get("question_id")))
    return authors


def vicuna_judgment(authors: _Authors) -> Callable[[Row, Path, Suites], Judgment | None]:
    def author(row: Row, name: str, prompt_id: str) -> str:
        model, answered = authors.get(name_of(row, name), ("", ""))
        if not model:
            raise RowError(f'{name} "{row[name]}" is in no answer_*.jsonl beside the reviews or among --responses')
        if answered != prompt_id:
            raise RowError(f"{name} is an answer to question {answered}, not {prompt_id}")
        return model

    def read(row: Row, _: Path, suites: Suites) -> Judgment | None:
        prompt_id = name_of(row, "question_id")
        suite = suites.of(None, prompt_id)
        if suite is None:
            return None
        return judgment_of(
            suite=suite,
            prompt_id=prompt_id,
            # the settings for general, coding and math questions are one judge, each asked its own kind
            judge=_REVIEWER_SETTING.sub("", name_of(row, "reviewer_id")),
            definition="vicuna80@1",
            first=author(row, "answer1_id", prompt_id),
            second=author(row, "answer2_id", prompt_id),
            winner=by_scores(value_of(row, {}, "score", required=True)),
            explanation=text_of(row, "text", required=False),
        )

    return read
