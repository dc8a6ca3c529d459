"""Public sets people know, each by one name: where it lies, and what its columns mean.

A preset turns a row of the set into a record of our own form; all else (files, hub, splits, ids, limits) is the same as
for any other suite. Sets with one right answer bring their checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.library._find import locate
from evals.library._foreign import Row, RowFault, suite_of_rows
from evals.library._hub import HUB_PREFIX, data_file_rows, hub_rows
from evals.library._humaneval import test_cases
from evals.reading.columns import MISSING, columns_there, pick
from evals.reading.strict import hint, read_jsonl, shown_path, type_name
from evals.records import Problem, Suite, UsageError, content_hash

Fields = Mapping[str, Any]


class _ColumnError(ValueError):
    """What is wrong with one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A public set: its title, where it lies by default, how a row reads, and how its answers are judged."""

    title: str
    source: str
    read: Callable[[Fields], dict[str, Any]]
    definition: str


def load_preset(name: str, spec: str | None = None) -> Suite:
    """The suite of a known set, from where it lies or from `spec` (a file, a folder with question.jsonl, `hf:…`).

    Raises UsageError for an unknown preset, InputError with every faulty row.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise UsageError(f'unknown preset "{name}"{hint(name, PRESETS)} (there are: {", ".join(PRESETS)})')
    rows, path, unit = _rows_of(spec or preset.source)
    suite = suite_of_rows(_read(rows, preset), {}, name=name, path=path, needs_id=True, unit=unit)
    return Suite(
        name=name,
        prompts=suite.prompts,
        hash="",
        title=preset.title,
        language=suite.language,
        definition=preset.definition,
        path=path,
    )


def _rows_of(spec: str) -> tuple[Iterable[Row], str, Any]:
    if spec.startswith(HUB_PREFIX):
        return hub_rows(spec), spec, "row"
    path = locate(spec)
    if path.is_dir():
        path = path / "question.jsonl"
        if not path.is_file():
            raise UsageError(f"suite {spec}: no question.jsonl in this folder; give the set's own file")
    if path.suffix == ".jsonl":
        return read_jsonl(path, skip_blank=True), shown_path(path), "line"
    return data_file_rows(Path(path)), shown_path(path), "row"


def _read(rows: Iterable[Row], preset: Preset) -> Iterator[Row]:
    for number, row in rows:
        if isinstance(row, Problem | RowFault):
            yield number, row
            continue
        try:
            yield number, preset.read(row)
        except _ColumnError as error:
            yield number, RowFault(str(error))


# --------------------------------------------------------------------------------------------- columns
def _text(row: Fields, *names: str, default: str | None = None) -> str:
    """The text in the first of these columns that is there."""
    for name in names:
        value = pick(row, name)
        if value is MISSING or value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _ColumnError(f'"{name}" must be a text, not {type_name(value)}')
        return str(value)
    if default is not None:
        return default
    raise _ColumnError(f'no column "{" or ".join(names)}"; the columns are: {columns_there(row)}')


def _user(text: str) -> list[dict[str, str]]:
    """The messages of a prompt of one turn."""
    return [{"role": "user", "content": text}]


def _turns(row: Fields, *names: str) -> list[dict[str, str]]:
    """User messages from a text, a list of texts, or a list of {content}."""
    for name in names:
        value = pick(row, name)
        if value is MISSING or value is None:
            continue
        parts = [value] if isinstance(value, str) else value
        texts = [part.get("content") if isinstance(part, Mapping) else part for part in parts] if parts else []
        if not texts or not all(isinstance(text, str) for text in texts):
            raise _ColumnError(f'"{name}" must be a text or a list of texts')
        if not all(str(text).strip() for text in texts):
            raise _ColumnError("empty prompt")
        return [message for text in texts for message in _user(str(text))]
    raise _ColumnError(f'no column "{" or ".join(names)}"; the columns are: {columns_there(row)}')


def _references(row: Fields) -> str:
    """The reference of the last turn; some sets give one a turn, most give none."""
    value = pick(row, "reference")
    if value is MISSING or value is None:
        return ""
    texts = [value] if isinstance(value, str) else list(value)
    return str(texts[-1]) if texts and texts[-1] is not None else ""


# --------------------------------------------------------------------------------------------- the sets
def _alpaca_eval(row: Fields) -> dict[str, Any]:
    asked = _text(row, "instruction")
    return {
        "id": _text(row, "id", default=f"alpaca-{content_hash(asked)[:10]}"),
        "messages": _user(asked),
        "category": _text(row, "dataset", default=""),
        "lang": "en",
    }


def _mt_bench(row: Fields) -> dict[str, Any]:
    return {
        "id": _text(row, "question_id", "prompt_id"),
        "messages": _turns(row, "turns", "prompt"),
        "category": _text(row, "category", default=""),
        "lang": "en",
        "reference": {"text": _references(row), "answer": ""},
    }


def _arena_hard(row: Fields) -> dict[str, Any]:
    return {
        "id": _text(row, "uid", "question_id"),
        "messages": _turns(row, "prompt", "turns"),
        "category": _text(row, "subcategory", "cluster", "category", default=""),
        "lang": "zh" if _text(row, "language", default="") == "Chinese" else "en",
    }


def _align_bench(row: Fields) -> dict[str, Any]:
    return {
        "id": _text(row, "question_id"),
        "messages": _user(_text(row, "question")),
        "category": _text(row, "category", default=""),
        "lang": "zh",
        "reference": {"text": _references(row), "answer": ""},
    }


_CALCULATOR = re.compile(r"<<[^<>]*>>")


def _gsm8k(row: Fields) -> dict[str, Any]:
    asked, worked = _text(row, "question"), _text(row, "answer")
    steps, mark, answer = worked.rpartition("####")
    if not mark:
        raise _ColumnError('"answer" has no line "#### NUMBER"')
    answer = answer.strip().replace(",", "")
    return {
        "id": _text(row, "id", default=f"gsm8k-{content_hash(asked)[:10]}"),
        "messages": _user(asked),
        "lang": "en",
        "reference": {"text": f"{_CALCULATOR.sub('', steps).strip()}\nAnswer: {answer}", "answer": answer},
        "checks": [{"type": "numeric", "args": {"value": answer}}],
    }


def _human_eval(row: Fields) -> dict[str, Any]:
    start, entry = _text(row, "prompt"), _text(row, "entry_point")
    try:
        args = test_cases(_text(row, "test"), entry)
    except (SyntaxError, ValueError) as error:
        raise _ColumnError(f'"test" cannot be read: {error}') from None
    whole = start + _text(row, "canonical_solution", default="")
    return {
        "id": _text(row, "task_id"),
        "messages": _user(
            "Complete this Python function. Reply with the whole function, imports included, in one "
            f"fenced block.\n\n```python\n{start.rstrip()}\n```"
        ),
        "lang": "en",
        "reference": {"text": f"```python\n{whole.rstrip()}\n```", "answer": ""},
        "checks": [{"type": "python_tests", "args": args}],
    }


def _llmbar(row: Fields) -> dict[str, Any]:
    asked = _text(row, "input")
    parts = [asked, *(_text(row, name, default="") for name in ("output_1", "output_2"))]
    return {
        "id": _text(row, "id", default=f"llmbar-{content_hash(parts)[:10]}"),
        "messages": _user(asked),
        "lang": "en",
    }


def _gaokao_zh(row: Fields) -> dict[str, Any]:
    asked, answer = _text(row, "question"), _text(row, "standard_answer", default="")
    worked = _text(row, "analysis", default="")
    return {
        "id": _text(row, "id", default=f"gaokao-{content_hash(asked)[:10]}"),
        "messages": _user(asked),
        "category": _text(row, "category", default=""),
        "lang": "zh",
        "reference": {"text": f"{worked.strip()}\n标准答案：{answer.strip()}".strip(), "answer": ""},
    }


def _vicuna(row: Fields) -> dict[str, Any]:
    return {
        "id": _text(row, "question_id"),
        "messages": _turns(row, "text", "turns"),
        "category": _text(row, "category", default=""),
        "lang": "en",
    }


PRESETS: Mapping[str, Preset] = {
    "alpaca-eval": Preset(
        title="AlpacaEval, 805 instructions",
        source="hf:json?data_files=hf://datasets/tatsu-lab/alpaca_eval@main/alpaca_eval.json",
        read=_alpaca_eval,
        definition="pairwise-en",
    ),
    "mt-bench": Preset(
        title="MT-Bench, 80 conversations of two turns",
        source="hf:HuggingFaceH4/mt_bench_prompts@main?split=train",
        read=_mt_bench,
        definition="pairwise-en",
    ),
    "arena-hard": Preset(
        title="Arena-Hard",
        source="hf:json?data_files=hf://datasets/lmarena-ai/arena-hard-auto@main/data/arena-hard-v2.0/question.jsonl",
        read=_arena_hard,
        definition="pairwise-en",
    ),
    "alignbench": Preset(
        title="AlignBench 1.1, 683 Chinese prompts",
        source="hf:json?data_files=https://raw.githubusercontent.com/THUDM/AlignBench/master/data/data_v1.1_release.jsonl",
        read=_align_bench,
        definition="reference-zh",
    ),
    "gsm8k": Preset(
        title="GSM8K, grade-school problems with one number as the answer",
        source="hf:openai/gsm8k@main?config=main&split=test",
        read=_gsm8k,
        definition="reference-en",
    ),
    "humaneval": Preset(
        title="HumanEval, 164 functions to complete",
        source="hf:openai/openai_humaneval@main?split=test",
        read=_human_eval,
        definition="reference-en",
    ),
    "llmbar": Preset(
        title="LLMBar, instructions with two outputs of which people found one better",
        source="hf:json?data_files=https://raw.githubusercontent.com/princeton-nlp/LLMBar/main/Dataset/LLMBar/Natural/dataset.json",
        read=_llmbar,
        definition="pairwise-en",
    ),
    "gaokao-zh": Preset(
        title="GAOKAO-Bench, one file of exam questions",
        source="hf:json?data_files=https://raw.githubusercontent.com/OpenLMLab/GAOKAO-Bench/main/Data/Subjective_Questions/2010-2022_Chinese_Language_Ancient_Poetry_Reading.json",
        read=_gaokao_zh,
        definition="reference-zh",
    ),
    "vicuna80": Preset(
        title="The 80 questions of the Vicuna benchmark",
        source="hf:json?data_files=https://raw.githubusercontent.com/lm-sys/FastChat/main/fastchat/llm_judge/data/vicuna_bench/question.jsonl",
        read=_vicuna,
        definition="pairwise-en",
    ),
}
