"""`python -m bench.walkthrough`: run the commands of docs/walkthrough.md and write their output into it.

A block is run when it is a `console` block whose first line is `$ command`. All run in one temporary folder, in order.
A comment before a block, `<!-- show: /regex/ +N; /regex/ +N -->`, keeps only the first line that matches and N lines
after it, part by part; what is left out stands as `[...]`. Standard error is shown where a command fails.

`python -m bench.walkthrough outcomes NAME N` prints N invented outcomes of an A/B test, for the document itself.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "walkthrough.md"
_BLOCK = re.compile(
    r"(?:<!-- show: (?P<show>.*?) -->\n)?```console\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL
)
_PART = re.compile(r"/(.*?)/ \+(\d+)")
GAP = "[...]"


def rewritten(text: str, run: Callable[[str], str]) -> str:
    """The document with each block's output replaced by what `run` says of its command."""

    def block(match: re.Match[str]) -> str:
        output = shortened(run(match["command"]), match["show"])
        head = f"<!-- show: {match['show']} -->\n" if match["show"] else ""
        return f"{head}```console\n$ {match['command']}\n{output}```"

    return _BLOCK.sub(block, text)


def shortened(output: str, show: str | None) -> str:
    """The parts that `show` names, in order. Raises ValueError when a part is not in the output any more."""
    lines = output.rstrip("\n").split("\n")
    if show is None:
        return "\n".join(lines) + "\n"
    kept: list[str] = []
    at = 0
    for pattern, more in _PART.findall(show):
        start = next((n for n in range(at, len(lines)) if re.search(pattern, lines[n])), None)
        if start is None:
            raise ValueError(f"no line matches /{pattern}/ after line {at}:\n{output}")
        kept += [GAP] if start > at else []
        at = start + int(more) + 1
        kept += lines[start:at]
    kept += [GAP] if at < len(lines) else []
    return "\n".join(kept) + "\n"


def commands(text: str) -> list[str]:
    """The commands of a document, in order."""
    return [match["command"] for match in _BLOCK.finditer(text)]


def run_in(folder: Path) -> Callable[[str], str]:
    """A runner of shell commands in a folder, without any setting that could reach a model."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("EVALS_", "OPENAI_"))}
    settings |= {"PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def run(command: str) -> str:
        print(f"$ {command}", file=sys.stderr, flush=True)
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=settings, capture_output=True, text=True, check=False
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        output = done.stdout.rstrip("\n")
        if done.returncode:
            output = "\n".join(filter(None, [output, done.stderr.rstrip("\n"), "(exit code 1)"]))
        return output

    return run


def outcomes(name: str, count: int) -> None:
    """Print outcomes of requests r0, r1, ... of the test in outputs/NAME: the challenger is accepted more often."""
    from evals.routing import _ab as ab

    plan = ab.read_plan(Path("outputs") / name)
    rng = random.Random(0)
    for number in range(count):
        new = ab.goes_to_challenger(f"r{number}", plan.salt, plan.share)
        record = {
            "request_id": f"r{number}",
            "accepted": rng.random() < (0.82 if new else 0.66),
            "cost_usd": "0.0009" if new else "0.0004",
            "latency_s": round(rng.lognormvariate(-0.5, 0.4), 3),
            "error": None,
        }
        print(json.dumps(record))


def main() -> int:
    """Rewrite the document, or print outcomes."""
    if sys.argv[1:2] == ["outcomes"]:
        outcomes(sys.argv[2], int(sys.argv[3]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        text = rewritten(DOCUMENT.read_text(encoding="utf-8"), run_in(Path(folder)))
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
