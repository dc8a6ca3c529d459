"""A real LiteLLM Router loads the export and picks the model that `evals.route` picks, on 1,000 mixed requests.

Every request is answered by the simulator over HTTP. LiteLLM lives in an environment of its own, `.venv/litellm` or the
one EVALS_LITELLM_ENV names; `make litellm` makes it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals import simulator
from evals.library import load_suite
from evals.routing import find_catalog, load, route_in
from evals.routing._catalog import SCHEMA_FILE
from evals.routing._decide import COMPLEXITIES, utc_now
from evals.routing._route import SHIPPED
from evals.routing.exports import export
from evals.routing.exports.litellm import TIERS, name_of
from tests.driving import environment
from tests.test_litellm import litellm_environment

REQUESTS = 1000
TASKS = ("*", "code", "chinese", "english", "reasoning")
HARD = (
    "Think through this step by step and prove it: {text} Then refactor the distributed python algorithm.",
    "Implement and debug an async python endpoint with a sql schema and an exception handler: {text}",
    "{text}",
)


def mixed_requests() -> list[dict[str, Any]]:
    """Half ask an auto router and let LiteLLM classify, half name the complexity; a fifth are for images."""
    rng = random.Random(8)
    texts = [prompt.text for name in ("chinese", "english") for prompt in load_suite(name).prompts[:100]]
    made: list[dict[str, Any]] = []
    for number in range(REQUESTS):
        task, image = rng.choice(TASKS), rng.random() < 0.2
        complexity = None if number % 2 else rng.choice((*COMPLEXITIES, "any"))
        text = rng.choice(HARD).format(text=rng.choice(texts)[:400])
        name = name_of(task, image, complexity)
        made.append({"name": name, "text": text, "task": task, "image": image, "complexity": complexity})
    return made


def ask_litellm(
    folder: Path, data: dict[str, Any], requests: list[dict[str, Any]], *, base_url: str
) -> list[dict[str, Any]]:
    """What LiteLLM's Router, with the exported configuration, answers to each request."""
    python = litellm_environment() / "bin" / "python"
    (folder / "config.yaml").write_text(export("litellm", data, utc_now()), encoding="utf-8")
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    (folder / "requests.jsonl").write_text(lines, encoding="utf-8")
    local = {"EVALS_BASE_URL": base_url, "EVALS_API_KEY": "none", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("litellm_router.py")), "config.yaml", "requests.jsonl"],
        cwd=folder,
        env={**environment(), **local},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(requests)
    return answers


@pytest.mark.slow
@pytest.mark.network
def test_litellm_picks_the_same_model(tmp_path: Path) -> None:
    """1,000 of 1,000: by the tier LiteLLM's own classifier reports, or by the complexity the name states."""
    data = load(SHIPPED)
    requests = mixed_requests()
    models = tuple(offer["model"] for offer in data["offers"])
    with simulator.start(
        [load_suite("chinese"), load_suite("english")], catalog_models=models, time_scale=60
    ) as running:
        answers = ask_litellm(tmp_path, data, requests, base_url=running.base_url)
    differ, tiers = [], Counter[str]()
    for request, answer in zip(requests, answers, strict=True):
        tiers[answer["tier"]] += 1
        complexity = request["complexity"] or TIERS[answer["tier"]]
        ours = route_in(data, request["task"], complexity, image=request["image"]).model
        if ours != answer["model"]:
            differ.append((request, answer, ours))
    assert not differ, differ[:3]
    assert len(tiers) >= 4, f"the requests reach too few of LiteLLM's tiers to show anything: {tiers}"
    assert len({answer["model"] for answer in answers}) >= 4


@pytest.mark.slow
def test_litellm_calls_nearly_every_chinese_prompt_simple(tmp_path: Path) -> None:
    """Why docs/routing.md says to name the complexity: its rules see 246 of 250 Chinese prompts as simple."""
    tiers = {}
    for suite in ("chinese", "english"):
        requests = [{"name": "auto-any", "text": prompt.text, "classify": True} for prompt in load_suite(suite).prompts]
        answers = ask_litellm(tmp_path, load(SHIPPED), requests, base_url="http://127.0.0.1:9")
        tiers[suite] = Counter(answer["tier"] for answer in answers)
    assert tiers["chinese"]["SIMPLE"] >= 0.95 * tiers["chinese"].total(), tiers
    assert 0.5 * tiers["english"].total() < tiers["english"]["SIMPLE"] < 0.95 * tiers["english"].total(), tiers


@pytest.mark.slow
def test_another_validator_agrees_with_ours(tmp_path: Path) -> None:
    """The published schema is a valid 2020-12 schema, and a complete validator accepts the shipped catalog by it."""
    python = litellm_environment() / "bin" / "python"
    script = (
        "import json, sys; from jsonschema import Draft202012Validator as V;"
        "schema, data = (json.load(open(name)) for name in sys.argv[1:]);"
        "V.check_schema(schema); V(schema).validate(data);"
        "data['rows'][0]['complexity'] = 'hard'; assert not V(schema).is_valid(data)"
    )
    words = [str(python), "-c", script, str(SCHEMA_FILE), str(find_catalog(SHIPPED))]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
