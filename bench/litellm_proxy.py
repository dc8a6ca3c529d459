"""A real OpenAI-compatible gateway in between: the LiteLLM proxy in front of the simulator gives the same win rates.

    python -m bench.litellm_proxy                 installs LiteLLM into an environment of its own (about 60 packages)
    python -m bench.litellm_proxy --env DIR       uses or makes the environment there

LiteLLM is never installed into this project's environment and is no dependency of it.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals import simulator
from evals.catalog import load_catalog
from evals.library import load_suite

KEY = "sk-local-proxy-only"
START_S = 120.0


def make_environment(folder: Path) -> Path:
    """The `litellm` command of the environment in `folder`, made when it is not there."""
    command = folder / "bin" / "litellm"
    if not command.exists():
        print(f"installing litellm[proxy] into {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "litellm[proxy]"], check=True)
    return command


def write_config(path: Path, upstream: str, models: tuple[str, ...]) -> None:
    """A proxy configuration that passes every model on to the simulator; retries are the client's business."""
    entries = [
        {
            "model_name": model,
            "litellm_params": {"model": f"openai/{model}", "api_base": upstream, "api_key": "none", "max_retries": 0},
        }
        for model in models
    ]
    settings = {
        "model_list": entries,
        "litellm_settings": {"num_retries": 0, "request_timeout": 60, "telemetry": False},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": KEY},
    }
    path.write_text(json.dumps(settings))  # JSON is YAML


@contextmanager
def proxy(command: Path, config: Path) -> Iterator[str]:
    """Run the proxy on a free loopback port until the context ends; gives its base URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    log = config.with_name("proxy.log")
    with log.open("w") as output:
        child = subprocess.Popen(
            [str(command), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
        )
    try:
        deadline = time.monotonic() + START_S
        while not _alive(f"http://127.0.0.1:{port}/health/liveliness"):
            if child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the proxy did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.3)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        child.terminate()
        child.wait(20)


def _alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def run(base_url: str, out: Path, name: str, limit: int) -> dict[str, Any]:
    """One run of the command line against a base URL; gives its scores."""
    command = [sys.executable, "-m", "evals", "run", "--suite", "chinese", "--limit", str(limit), "--quiet"]
    command += ["--out", str(out), "--run-id", name, "--base-url", base_url, "--concurrency", "16", "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "EVALS_API_KEY": KEY}, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr}")
    return dict(json.loads(done.stdout)["scores"])


def compare(command: Path, limit: int) -> list[list[Any]]:
    """Win rates through the proxy and straight from the simulator, one row per model."""
    models = tuple(load_catalog(None).models)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with simulator.start([load_suite("chinese")], catalog_models=models, time_scale=60) as running:
            write_config(out / "config.json", running.base_url, models)
            with proxy(command, out / "config.json") as base_url:
                through = run(base_url, out, "through-proxy", limit)
            straight = run(running.base_url, out, "straight", limit)
    if not through["simulated"]:
        raise SystemExit("the simulator's fingerprint did not come through the proxy")
    rates = {row["model"]: row["win_rate"]["value"] for row in straight["models"]}
    return [[row["model"], row["win_rate"]["value"], rates[row["model"]]] for row in through["models"]]


def main() -> int:
    """Exit 0 when every win rate is the same through the proxy, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", type=Path, default=Path(".venv/litellm"), metavar="DIR")
    parser.add_argument("--limit", type=int, default=20, help="prompts of the Chinese suite")
    arguments = parser.parse_args()
    rows = compare(make_environment(arguments.env), arguments.limit)
    from tabulate import tabulate

    print(tabulate(rows, ["model", "win rate through LiteLLM", "win rate straight"], tablefmt="github", floatfmt=".4f"))
    return 0 if all(through == straight for _, through, straight in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
