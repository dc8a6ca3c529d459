"""The structure of the code: imports point down, heavy packages load only where they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("openai", "datasets", "pandas", "scipy", "aiohttp", "matplotlib", "numpy", "pyarrow")


def test_import_contracts_hold() -> None:
    """The layers of docs/architecture.md, as import-linter reads them from pyproject.toml."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["simulate", "--help"], ["check", "--help"], ["judges"], ["models"]]
)
def test_small_commands_load_nothing_heavy(arguments: list[str]) -> None:
    """Help and listings start fast: none of the large packages is imported."""
    script = (
        "import sys; from evals.cli import main; code = main(sys.argv[1:]);"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules];"
        "sys.exit(f'loaded {loaded}' if loaded or code else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_files_and_functions_stay_readable() -> None:
    """No file over 600 lines and no function over 80: what is larger has more than one purpose."""
    import ast

    for path in (ROOT / "evals").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert source.count("\n") <= 600, path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 80, f"{path}: {node.name}"
