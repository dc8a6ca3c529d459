"""The outputs in `docs/from-jsonl.md`, of a new simulated run: `python -m bench.page` writes them, `--check` compares.

The page's Python blocks run in order, in one namespace, in a folder that holds `outputs/from-jsonl`; what each prints
stands in the `text` block after it. Exit 1 when `--check` finds another output than the page shows.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.cli import main as evals

PAGE = Path(__file__).resolve().parents[1] / "docs" / "from-jsonl.md"
RUN = "from-jsonl"
_BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<shown>.*?)```\n)?", re.DOTALL)


def make_run(folder: Path, *options: str) -> Path:
    """A simulated run of the Chinese suite, as the page reads it: `outputs/from-jsonl` in `folder`."""
    out = folder / "outputs"
    words = ["run", "--suite", "chinese", "--simulate", "--run-id", RUN, "--out", str(out), "--quiet", *options]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = evals(words)
    if code:
        raise RuntimeError(f"the run ended with exit code {code}")
    return out / RUN


def run_page(text: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """The page with the outputs its blocks have in this folder, and the names they leave behind."""
    names: dict[str, Any] = {"__name__": "page"}

    def shown(block: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block["code"], PAGE.name, "exec"), names)
        output = "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())
        return f"```python\n{block['code']}```\n" + (f"\n```text\n{output}```\n" if output else "")

    with contextlib.chdir(folder):
        return _BLOCK.sub(shown, text), names


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or 1 when it is not what its blocks print."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page shows another output")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        make_run(Path(folder))
        text = PAGE.read_text("utf-8")
        made, _ = run_page(text, Path(folder))
    if options.check:
        print("as printed" if made == text else "not what it prints; write it with: python -m bench.page")
        return int(made != text)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
