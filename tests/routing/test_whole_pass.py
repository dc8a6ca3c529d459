"""From a simulated run to a route, as the walkthrough has it: what a calibration changes, and what the files hold."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.walkthrough import DOCUMENT, GAP, commands, rewritten, shortened
from evals import cli
from tests.driving import Outcome, evals

__all__ = ["evals"]
Evals = Callable[..., Outcome]
RUN = ("run", "--suite", "reasoning", "--models", "Qwen/Qwen3-32B,moonshot/k2.5", "--judge", "deepseek-v4-pro")
SHORT = ("--limit", "60", "--simulate", "--run-id", "demo", "--quiet")


@pytest.mark.slow
def test_a_calibrated_judge_is_what_lets_a_run_in(evals: Evals) -> None:
    """Refused as untrusted, with the command that helps; after that very command published into a simulated file."""
    assert evals(*RUN, *SHORT).code == 0
    refused = evals("publish", "demo", "--by", "task", "--apply")
    assert refused.code == 1
    assert "not trusted as a judge: deepseek-v4-pro on reasoning (no calibration)" in refused.out
    assert "`python -m evals run --run-id demo --calibrate`" in refused.out
    assert not Path("routing.json").exists()
    assert evals("run", "--run-id", "demo", "--calibrate", "--quiet").code == 0
    published = evals("publish", "demo", "--by", "task", "--apply")
    assert published.code == 0, published.out
    assert "Written to `routing.json`" in published.out
    written = json.loads(Path("routing.json").read_text(encoding="utf-8"))
    assert written["simulated"] is True
    rows = [row for row in written["rows"] if row.get("quality")]
    assert {row["model"] for row in rows} == {"Qwen/Qwen3-32B", "moonshot/k2.5"}
    assert not any("trusted" in row["quality"] for row in rows), "trusted, so nothing to mark"
    assert evals("check", "routing.json").code == 0
    shown = evals("route", "--task", "reasoning", "--explain").out
    assert "run demo" in shown
    run = json.loads(Path("outputs/demo/run.json").read_text(encoding="utf-8"))
    facts = run["models"]["moonshot/k2.5"]
    assert (facts["region"], facts["context"], facts["modalities"]) == (None, 128_000, ["text"])
    first = json.loads(Path("outputs/demo/prompts.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["image"] is False
    assert 'id="routing"' in Path("outputs/demo/report.html").read_text(encoding="utf-8")


def test_every_command_of_the_walkthrough_is_one() -> None:
    """Each `evals` command of the document is understood by the command line as it is now."""
    typed = [command for command in commands(DOCUMENT.read_text(encoding="utf-8")) if " -m evals " in command]
    assert len(typed) > 15
    for command in typed:
        assert cli._parse(shlex.split(command)[3:]).name


def test_the_walkthrough_shows_real_output() -> None:
    """No block is empty, and nothing of the machine that made it is in it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    blocks = [part.split("```")[0].split("\n", 1)[1] for part in text.split("```console\n")[1:]]
    assert len(blocks) == len(commands(text))
    assert all(block.strip() for block in blocks)
    assert "/tmp" not in text


def test_blocks_are_rewritten_in_place() -> None:
    """Output is replaced, prose stays, and a second pass changes nothing."""
    text = "Before.\n\n```console\n$ one\nold\n```\n\n<!-- show: /b/ +1 -->\n```console\n$ two\n```\nAfter.\n"
    outputs = {"one": "1\n", "two": "a\nb\nc\nd\n"}
    new = rewritten(text, outputs.__getitem__)
    assert new.startswith("Before.\n\n```console\n$ one\n1\n```\n")
    assert f"$ two\n{GAP}\nb\nc\n{GAP}\n```\nAfter.\n" in new
    assert rewritten(new, outputs.__getitem__) == new


def test_a_part_that_is_gone_is_told() -> None:
    """A document cannot quietly lose what it set out to show."""
    with pytest.raises(ValueError, match="no line matches /z/"):
        shortened("a\nb\n", "/z/ +0")
