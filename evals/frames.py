"""A stored run as pandas frames, for notebooks: `evals.load_run("outputs/chinese-…")`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import store
from evals.records import Judgment, UsageError

if TYPE_CHECKING:
    import pandas as pd

_PROMPTS = ("suite", "prompt_id", "category", "lang", "difficulty", "text", "reference", "answer")
_RESPONSES = (
    *("suite", "prompt_id", "model", "sample", "status", "text", "reasoning", "finish_reason", "prompt_tokens"),
    *(
        "completion_tokens",
        "cost_usd",
        "latency_s",
        "ttft_s",
        "served_model",
        "region",
        "attempts",
        "started_at",
        "error",
    ),
)
_CHECKS = ("suite", "prompt_id", "model", "sample", "strict", "loose", "failed")
_JUDGMENTS = (
    *("suite", "prompt_id", "judge", "definition", "repeat", "sample", "first", "second", "winner", "preference"),
    "score",
    *("status", "value", "explanation", "cost_usd", "latency_s", "started_at", "error"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFrames:
    """A run as frames, one row a record, columns named as in the files.

    `responses` has usage flattened into `prompt_tokens` and `completion_tokens`; `judgments` has `value`, the share
    of the win (1, 0.5, 0 or the soft preference) that goes to `first`, missing where the verdict was not read, and
    `score`, what a judge of one answer at a time gave `first`, which has no `second` then;
    `scores` has one row per suite and model (rates in 0..1, bounds, counts); `manifest` is run.json.
    """

    prompts: pd.DataFrame
    responses: pd.DataFrame
    checks: pd.DataFrame
    judgments: pd.DataFrame
    scores: pd.DataFrame
    manifest: Mapping[str, Any]


def load_run(path: str | Path) -> RunFrames:
    """Read a run folder. Money stays a decimal text. Raises UsageError when there is no run, InputError on damage."""
    import pandas as pd

    folder = Path(path)
    if not (folder / store.MANIFEST).is_file():
        raise UsageError(f"{folder}: no run here (there is no {store.MANIFEST})")

    def frame(rows: Iterator[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
        return pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))

    responses = ({**row, **(row.get("usage") or {})} for row in _records(folder / store.RESPONSES))
    return RunFrames(
        prompts=frame(({**row, "prompt_id": row["id"]} for row in _records(folder / store.PROMPTS)), _PROMPTS),
        responses=frame(responses, _RESPONSES),
        checks=frame(({**row, "failed": _failed(row)} for row in _records(folder / store.CHECKS)), _CHECKS),
        judgments=frame(
            ({**row, "value": Judgment.from_json(row).value} for row in _records(folder / store.JUDGMENTS)), _JUDGMENTS
        ),
        scores=pd.DataFrame(list(_scores(folder))),
        manifest=store.read_json(folder / store.MANIFEST),
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    return (record for _, _, record in store.iter_records(path))


def _failed(row: Mapping[str, Any]) -> str:
    """The types of the checks that do not pass as the answer stands."""
    return ", ".join(result["type"] for result in row["results"] if result["strict"] is not True)


def _scores(folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / store.SCORES
    if not path.exists():
        return
    for suite in store.read_json(path)["suites"]:
        for model in suite["models"]:
            rate, bounds = model["win_rate"] or {}, model["win_rate_bounds"] or {}
            yield {
                "suite": suite["suite"],
                "model": model["model"],
                "win_rate": rate.get("value"),
                "low": rate.get("low"),
                "high": rate.get("high"),
                "n": rate.get("n"),
                "bounds_low": bounds.get("low"),
                "bounds_high": bounds.get("high"),
                **{name: model[name] for name in ("wins", "ties", "losses", "judged", "planned")},
                "complete": suite["complete"],
            }
