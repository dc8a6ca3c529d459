"""Golden files: compared, or written anew with EVALS_UPDATE_GOLDEN=1."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).with_name("golden")


def check_golden(name: str, text: str) -> None:
    """The text equals the file of that name, byte for byte."""
    path = FOLDER / name
    if os.environ.get("EVALS_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path} differs; to renew it: EVALS_UPDATE_GOLDEN=1"
