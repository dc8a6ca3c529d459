"""Labels, panels and asking again, from the command line to the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.driving import Outcome, evals

__all__ = ["evals"]

Evals = Callable[..., Outcome]


def run(evals: Evals, out: Path, name: str, *more: Any) -> dict[str, Any]:
    done = evals(
        *("run", "--suite", "english", "--limit", "6", "--simulate", "--quiet", "--controls", "0"),
        *("--run-id", name, "--out", out, *more),
    )
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads((out / name / "scores.json").read_text())
    return found


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_asking_again_changes_no_score(evals: Evals, tmp_path: Path) -> None:
    """A seeded share of pairs is judged twice; scores are the same, the noise is told, a resume adds nothing."""
    plain, noisy = run(evals, tmp_path, "a"), run(evals, tmp_path, "b", "--noise-check", "0.5")
    assert noisy["models"] == plain["models"]
    assert noisy["warnings"] == plain["warnings"]
    assert "panel" not in plain  # there is one judge a pair
    names = {row["name"]: row for row in noisy["biases"]}
    assert 0 < names["re-run-noise"]["n"] <= 6
    assert {row["name"]: row["n"] for row in plain["biases"]}["re-run-noise"] == 0
    journal = tmp_path / "b" / "judgments.jsonl"
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    again = [record for record in records if record["repeat"] == 1]
    assert again
    assert {(record["first"], record["second"]) for record in again} == {
        (record["second"], record["first"]) for record in again
    }
    before = journal.read_bytes()
    assert evals("run", "--run-id", "b", "--out", tmp_path, "--quiet").code == 0
    assert journal.read_bytes() == before
    assert "Asked again in the same words" in (tmp_path / "b" / "report.md").read_text()


def test_a_panel_is_in_scores_and_reports(evals: Evals, tmp_path: Path) -> None:
    """Each judge's flips, alpha, and the win rates without each of them."""
    found = run(evals, tmp_path, "p", "--panel", "2")
    judges = {judge for pair in found["pairs"] for judge in pair["judges"]}
    assert {row["judge"] for row in found["panel"]["judges"]} == judges
    assert len(found["panel"]["left_out"]) == len(judges) >= 2
    for name in ("report.md", "report.html"):
        text = (tmp_path / "p" / name).read_text()
        assert "Krippendorff" in text
        assert "Win rates without one judge" in text


def test_labels_correct_a_stored_run(evals: Evals, tmp_path: Path) -> None:
    """`score RUN --labels FILE` stores them once, refuses what would not hold, and shows both rates in the report."""
    scores = run(evals, tmp_path, "r")
    pair = scores["pairs"][0]
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    [suite] = manifest["plan"]["suites"]
    rows = [
        {
            "prompt_id": prompt_id,
            "judge": "human:ann",
            "first": pair["first"],
            "second": pair["second"],
            "winner": ("first", "second")[n % 2],
        }
        for n, prompt_id in enumerate(suite["prompt_ids"])
    ]
    path = write(tmp_path / "labels.jsonl", *rows)
    done = evals("score", "r", "--labels", path, "--out", tmp_path)
    assert (done.code, "6 new labels stored" in done.err) == (0, True), done.err
    assert "is not corrected: 6 labels; PPI++ needs 100" in " ".join(done.out.split())
    again = json.loads((tmp_path / "r" / "scores.json").read_text())
    assert again["models"] == scores["models"]
    assert again["pairs"][0]["corrected"]["code"] == "too-few-labels"
    assert "Corrected by people" in (tmp_path / "r" / "report.html").read_text()
    assert "0 new labels stored" in evals("score", "r", "--labels", path, "--out", tmp_path).err
    by_class = evals("score", "r", "--labels", path, "--labels-by-class", "--out", tmp_path, "--json")
    assert json.loads(by_class.out)["scores"]["pairs"][0]["corrected"]["method"] == "rogan-gladen"


def test_what_is_no_label_is_refused(evals: Evals, tmp_path: Path) -> None:
    """Before anything is stored; and options that would be passed over."""
    pair = run(evals, tmp_path, "r")["pairs"][0]
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    place = {"prompt_id": manifest["plan"]["suites"][0]["prompt_ids"][0], "first": pair["first"]}
    before = (tmp_path / "r" / "judgments.jsonl").read_bytes()
    for change, message in (
        ({"judge": "gpt-4"}, '"gpt-4" is no person: labels are by judges called human:NAME'),
        ({"first": "nobody"}, "is not compared in this run"),
        ({"winner": "neither"}, 'winner "neither" is neither'),
    ):
        row = {**place, "second": pair["second"], "judge": "human:ann", "winner": "first", **change}
        done = evals("score", "r", "--labels", write(tmp_path / "labels.jsonl", row), "--out", tmp_path)
        assert (done.code, message in done.err) == (2, True), done.err
    assert (tmp_path / "r" / "judgments.jsonl").read_bytes() == before
    assert "name the file with --labels" in evals("score", "r", "--labels-by-class", "--out", tmp_path).err
    wrong = evals("run", "--suite", "english", "--noise-check", "2", "--simulate")
    assert (wrong.code, "--noise-check is a share between 0 and 1" in wrong.err) == (2, True)
