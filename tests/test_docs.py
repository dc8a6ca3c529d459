"""The documents: commands that exist, links that lead somewhere, and the command reference as the program prints it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.making import ROOT
from tests.test_cli import COMMANDS

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
_COMMAND = re.compile(r"(?:python -m )?\bevals ([a-z]+)\b")
_WORDS = {"is", "and", "the", "of"}


def reference() -> str:
    """`docs/cli.md`, made of the help texts that `tests/test_cli.py` holds the program to."""
    parts = ["# Commands", "Generated from the program's own help; a test keeps it so."]
    for path in [ROOT / "tests/golden/help.txt", *sorted((ROOT / "tests/golden").glob("help_*.txt"))]:
        name = path.stem.partition("_")[2]
        parts.append(f"## {f'evals {name}' if name else 'evals'}\n\n```\n{path.read_text('utf-8').rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def test_the_command_reference_is_what_the_program_prints() -> None:
    """EVALS_UPDATE_GOLDEN=1 writes it anew."""
    path = ROOT / "docs" / "cli.md"
    if os.environ.get("EVALS_UPDATE_GOLDEN"):
        path.write_text(reference(), encoding="utf-8")
    assert path.read_text("utf-8") == reference()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file of the repository."""
    missing = [link for link in _LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    """A command that a document shows is one the program knows."""
    code = re.findall(r"```.*?```|`[^`\n]+`", path.read_text("utf-8"), re.DOTALL)
    named = {name for text in code for name in _COMMAND.findall(text)}
    assert named - set(COMMANDS) - _WORDS == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_bench_modules_exist(path: Path) -> None:
    """A figure comes from a command in the repository."""
    modules = re.findall(r"python -m (bench(?:\.\w+)?)", path.read_text("utf-8"))
    files = [ROOT / (name.replace(".", "/") + ".py") for name in modules if "." in name]
    assert [file.name for file in files if not file.is_file()] == []


def test_no_document_names_this_machine() -> None:
    """No home folder, no absolute path of a checkout, no address of a package index."""
    found = [
        path.name for path in DOCUMENTS if re.search(r"/(?:root|home|work)/|pypi\.org|/tmp/", path.read_text("utf-8"))
    ]
    assert found == []
