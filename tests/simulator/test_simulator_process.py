"""The simulator as a process: it starts, serves, ends with its parent however that ends, and says what went wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.records import EvalsError, Suite
from evals.simulator import Faults, World, start

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}


def ask(base_url: str, text: str, model: str = "glm-5", key: str = "") -> dict[str, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{base_url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as reply:
        told: dict[str, Any] = json.load(reply)
    return told


def gone(pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return True
        if stat.rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_child_serves_the_same_world_and_ends_with_the_context(suites: tuple[Suite, ...], tmp_path: Path) -> None:
    """Suites, seed, skills, replies and key reach the child; prices are invented and complete; no child is left."""
    replies = tmp_path / "replies.jsonl"
    replies.write_text(json.dumps({"model": "glm-5", "prompt": "水的沸点？", "text": "一百度。"}) + "\n", "utf-8")
    world = World(suites, seed=4, skills={"weak": -1.0, "two": {"chinese": 2.0}})
    prompt = suites[0].prompts[1]
    with start(
        suites,
        catalog_models=["weak", "THUDM/glm-5"],
        seed=4,
        latency="fixed:0.001",
        faults=Faults(seed=3),
        skills=world.skills,
        replies=replies,
        require_key="secret",
    ) as running:
        for model in ("weak", "two", "THUDM/glm-5"):
            said = ask(running.base_url, prompt.text, model, "secret")["choices"][0]["message"]["content"]
            assert said == world.answer(model, prompt).text
        assert ask(running.base_url, "水的沸点？", key="secret")["choices"][0]["message"]["content"] == "一百度。"
        assert set(running.prices) == {"weak", "THUDM/glm-5"}
        price = running.prices["THUDM/glm-5"]
        assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (Decimal("0.48"), Decimal("1.92"))
        assert running.price("unheard-of").invented
    assert gone(running.pid)


def test_kill_of_the_parent_ends_the_child() -> None:
    """kill -9 of the parent closes the pipe the child watches."""
    code = (
        "import sys, time\nfrom evals.simulator import start\n"
        "with start([]) as running:\n    print(running.pid, flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=ENV) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid, within=0.1)
        parent.send_signal(signal.SIGKILL)
        parent.wait(5)
        assert gone(pid)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"latency": "soon"}, "latency"),
        ({"replies": "/nonexistent/replies.jsonl"}, "replies.jsonl"),
        ({"time_scale": -1.0}, "time scale"),
    ],
)
def test_what_the_child_refuses_reaches_the_caller(options: dict[str, Any], word: str) -> None:
    """A child that cannot start is an error with the child's own words."""
    with pytest.raises(EvalsError, match=word), start([], **options):
        pass


def test_bad_recorded_replies_name_the_line(tmp_path: Path) -> None:
    """The file and line of the first bad record are in the message."""
    replies = tmp_path / "r.jsonl"
    replies.write_text('{"model":"m","prompt":"p","text":"t"}\n{"model":"m"}\n', "utf-8")
    with pytest.raises(EvalsError, match=r"r\.jsonl:2: "), start([], replies=replies):
        pass


def test_a_dead_child_is_not_silent() -> None:
    """A simulator killed during a run raises at the end of the context."""

    def run() -> None:
        with start([]) as running:
            os.kill(running.pid, signal.SIGKILL)
            os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(EvalsError, match="ended early"):
        run()


def _simulate(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evals.simulator", *options]
    return subprocess.run(command, capture_output=True, text=True, env=ENV, cwd=ROOT, timeout=60, check=False)


def _write_suite(folder: Path, suite: Suite) -> Path:
    lines = [{"id": p.id, "prompt": p.text, "reference": p.reference} for p in suite.prompts]
    path = folder / "tiny.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


def test_truth_prints_both_tables(chinese: Suite, tmp_path: Path) -> None:
    """`--truth` prints each model and each pair with both kinds of truth, marked SIMULATED, and ends with 0."""
    done = _simulate("--truth", "--suite", str(_write_suite(tmp_path, chinese)), "--models", "glm-5,deepseek-v4-flash")
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout
    assert "fresh prompts" in done.stdout
    assert done.stdout.count("deepseek-v4-flash") == 2


def test_serves_until_interrupted(chinese: Suite, tmp_path: Path) -> None:
    """The address is on the first line of stdout; Ctrl-C ends it with 130."""
    command = [
        sys.executable,
        "-m",
        "evals.simulator",
        "--suite",
        str(_write_suite(tmp_path, chinese)),
        "--html",
        "0.0",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert "SIMULATED" in line
        url = next(word for word in line.split() if word.startswith("http"))
        assert ask(url, chinese.prompts[0].text)["choices"]
        child.send_signal(signal.SIGINT)
        assert child.wait(5) == 130


def test_a_misspelt_rate_is_a_usage_error(chinese: Suite, tmp_path: Path) -> None:
    """Exit 2 and one line, no traceback."""
    done = _simulate("--suite", str(_write_suite(tmp_path, chinese)), "--html", "0.7", "--hang", "0.7")
    assert done.returncode == 2
    assert done.stderr.startswith("error: fault rates")
    assert "Traceback" not in done.stderr
