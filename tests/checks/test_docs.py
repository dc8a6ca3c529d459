"""The examples of the documentation are well formed, and every check has one."""

from __future__ import annotations

import json
from pathlib import Path

from evals.checks import validate_check
from evals.checks._record import FORMS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def test_examples_are_well_formed() -> None:
    """Each example of the page is accepted as it stands, and no type lacks one."""
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    records = [json.loads(line) for line in lines if line.startswith('{"type"')]
    assert [validate_check(record) for record in records] == [None] * len(records)
    assert {record["type"] for record in records} == set(FORMS)
