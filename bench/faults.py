"""What faults, kills and resumes cost: the same run undisturbed and disturbed, against the simulator.

    python -m bench.faults

Each call of the disturbed run may meet a 429, a 5xx, a reset, a truncated or a malformed reply (together 10 % of the
attempts, seeded per cell and attempt, the last attempt good); a second disturbed run is also killed with -9 four times
and taken up again. Printed: wall times and their ratio to the clean run, whether scores.json is equal byte for byte,
and how many complete replies the server gave beyond one a call (what was paid twice).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from evals import simulator
from evals.library import load_suite
from evals.simulator import Faults

MODELS = ("deepseek-v4-flash", "Qwen/Qwen3-32B", "moonshot/k2.5", "THUDM/glm-5")
FAULTS = Faults(
    rate_limit=0.03,
    server_error=0.02,
    reset_before=0.01,
    reset_mid=0.01,
    truncated_body=0.01,
    malformed_json=0.01,
    empty_choices=0.01,
    seed=5,
    retry_after_s=0.1,
)
KILLS = (("responses.jsonl", 40), ("responses.jsonl", 200), ("judgments.jsonl", 300), ("judgments.jsonl", 900))


def _start(base_url: str, out: Path, prompts: int, concurrency: int) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("EVALS_", "OPENAI_"))}
    command = [sys.executable, "-m", "evals", "run", "--suite", "chinese", "--limit", str(prompts), "--run-id", "r"]
    command += [
        "--quiet",
        "--controls",
        "0",
        "--out",
        str(out),
        "--base-url",
        base_url,
        "--concurrency",
        str(concurrency),
    ]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _kill_when(child: subprocess.Popen[bytes], journal: Path, lines: int) -> None:
    while not journal.exists() or journal.read_bytes().count(b"\n") < lines:
        if child.poll() is not None:
            return
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()


def _run(faults: Faults | None, kills: tuple[tuple[str, int], ...], out: Path, options: Any) -> dict[str, Any]:
    suites = [load_suite("chinese", limit=options.prompts)]
    with simulator.start(
        suites, catalog_models=MODELS, seed=3, time_scale=options.time_scale, faults=faults
    ) as running:
        started = time.monotonic()
        for name, lines in kills:
            with _start(running.base_url, out, options.prompts, options.concurrency) as child:
                _kill_when(child, out / "r" / name, lines)
        with _start(running.base_url, out, options.prompts, options.concurrency) as child:
            errors = child.communicate()[1]
            if child.returncode:
                raise SystemExit(errors.decode())
        wall = time.monotonic() - started
        with urllib.request.urlopen(f"{running.base_url}/stats") as reply:
            stats = json.loads(reply.read())
    return {"wall": wall, "scores": (out / "r" / "scores.json").read_bytes(), "stats": stats}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=80)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--time-scale", type=float, default=8.0)
    options = parser.parse_args()
    from tabulate import tabulate

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        clean = _run(None, (), Path(folder, "clean"), options)
        for title, faults, kills in (
            ("clean", None, ()),
            ("10 % faults", FAULTS, ()),
            ("10 % faults, 4 kills", FAULTS, KILLS),
        ):
            out = Path(folder, title.replace(" ", "-").replace(",", ""))
            found = clean if title == "clean" else _run(faults, kills, out, options)
            rows.append(
                [
                    title,
                    f"{found['wall']:.1f}",
                    f"{found['wall'] / clean['wall']:.2f}",
                    "yes" if found["scores"] == clean["scores"] else "NO",
                    found["stats"]["requests"],
                    found["stats"]["complete_cells"],
                    found["stats"]["complete_beyond_one"],
                ]
            )
    heads = ["run", "wall s", "/ clean", "same scores.json", "requests", "calls", "paid twice"]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
