"""The commands from a run folder to a route: publish, route, export, cost, ab and models, as a user types them."""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from evals.records import InputError, UsageError
from evals.routing import _ab as ab
from evals.routing import load
from evals.routing._decide import utc_now
from tests.report.fake_run import MODELS, read, write_run
from tests.routing.building import row

Typed = Callable[..., int]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Runs a command in an empty folder that holds one complete run, `outputs/run-a`."""
    monkeypatch.chdir(tmp_path)
    folder = write_run(tmp_path / "outputs" / "run-a")
    closed = {"state": "complete", "closed_at": utc_now().isoformat(timespec="seconds")}
    changes = {"run.json": closed, "scores.json": {"publishable": {"reasons": []}}}
    for name, change in changes.items():
        (folder / name).write_text(json.dumps({**read(folder, name), **change}), encoding="utf-8")

    def run(name: str, *words: str) -> int:
        module = import_module(f"evals.commands.{name}")
        parser = argparse.ArgumentParser(prog=f"evals {name}", allow_abbrev=False)
        module.add_arguments(parser)
        return int(module.main(parser.parse_args(list(words))))

    return run


def seed_catalog(model: str = MODELS[1]) -> None:
    """A simulated catalog in which one of the run's models answers Chinese."""
    from evals.routing import new_catalog

    data = new_catalog(simulated=True)
    data["routes"] = [{**entry, "model": model} if entry["task"] == "chinese" else entry for entry in data["routes"]]
    Path("routing.json").write_text(json.dumps(data), encoding="utf-8")


def test_publish_is_dry_by_default(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """The diff is shown, no file appears, and the next step is named."""
    assert typed("publish", "run-a", "--allow-untrusted") == 0
    shown = capsys.readouterr().out
    assert "**SIMULATED**" in shown
    assert "Dry run: nothing was written. To write it, add `--apply`." in shown
    assert not Path("routing.json").exists()


def test_publish_refuses_with_exit_code_1(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """A judge nobody calibrated: refused, and even --apply writes nothing."""
    assert typed("publish", "run-a", "--apply") == 1
    assert "not trusted as a judge" in capsys.readouterr().out
    assert not Path("routing.json").exists()


def test_a_simulated_run_never_enters_a_real_catalog(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """An existing file that is not marked simulated is left as it is."""
    seed_catalog()
    text = Path("routing.json").read_text().replace('"simulated": true', '"simulated": false')
    Path("routing.json").write_text(text)
    assert typed("publish", "run-a", "--apply", "--allow-untrusted") == 1
    assert Path("routing.json").read_text() == text
    assert "the run is simulated and the catalog is not marked so" in capsys.readouterr().out


def test_from_a_run_to_a_route(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """Publish, route with the evidence, export, cost and stars, one after the other."""
    seed_catalog()
    assert typed("publish", "run-a", "--by", "task", "--allow-untrusted", "--apply", "--picture", "frontier.svg") == 0
    assert "Written to `routing.json`;" in capsys.readouterr().out
    assert Path("frontier.svg").read_text().startswith("<?xml")
    assert typed("route", "--task", "chinese", "--complexity", "high", "--explain") == 0
    shown = capsys.readouterr().out
    assert shown.startswith(MODELS[3] + "\n")
    assert "evidence  measured (n = 80, run run-a)" in shown
    assert "warning   SIMULATED" in shown
    assert typed("route", "--task", "chinese", "--json", "--preset", "economy") == 0
    assert json.loads(capsys.readouterr().out)["evidence"] == "measured"
    assert typed("export", "--format", "litellm", "--output", "config.yaml") == 0
    assert f'"chinese-high": "{MODELS[3]}"' in Path("config.yaml").read_text()
    assert typed("models", "--stars") == 0
    assert "★" in capsys.readouterr().out
    assert typed("cost", "--month", "2026-09") == 0
    assert "moonshot/k2.5 @ gateway" in capsys.readouterr().out


def test_json_of_a_publish(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """Kinds, cells and reasons as plain values."""
    seed_catalog()
    assert typed("publish", "run-a", "--by", "task", "--allow-untrusted", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (change,) = told["changes"]
    assert (change["kind"], change["cell"], change["after"]) == ("promoted", "chinese / any", MODELS[3])
    assert told["check"]["n"] > 0


def test_route_without_explain_is_one_line_for_a_script(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """stdout starts with the model; the shipped catalog is marked as an impression."""
    assert typed("route", "--task", "reasoning", "--complexity", "high") == 0
    assert capsys.readouterr().out.splitlines() == ["moonshot/k2.5", "(an impression, not a measurement (n = 0))"]
    assert typed("route", "--task", "chinse") == 0
    assert 'nothing is known of the task "chinse"; known: chinese, code,' in capsys.readouterr().out


def test_cost_states_its_unit_and_never_prints_0_for_unknown(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """Requests by default, tokens on demand; GLM-4.6V has no price and says so."""
    assert typed("cost") == 0
    shown = capsys.readouterr().out
    assert "by volume in requests; a request has 400 prompt tokens and 300 answer tokens" in shown
    line = next(line for line in shown.splitlines() if line.startswith("THUDM/glm-4.6v"))
    assert line.split()[3:] == ["unknown", "unknown", "unknown", "input", "price,", "output", "price"]
    assert "routed:  8 % moonshot/k2.5, 92 % deepseek-v4-flash" in shown
    assert typed("cost", "--unit", "tokens", "--volume", "1M", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["models"]["moonshot/k2.5 @ gateway"][0]["usd"] is None
    assert told["models"]["moonshot/k2.5 @ gateway"][0]["unknown"] == ["input price"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("cost", "--answer-tokens", "0"), "an answer has at least one"),
        (("cost", "--cached", "500"), "--cached cannot be more than --prompt-tokens"),
        (("export", "--format", "yaml"), 'unknown format "yaml"'),
        (("export", "--format", "csv", "--output", "no/where.csv"), "cannot be written"),
        (("ab", "plan", "t", "--challenger", "deepseek-v4-flash"), "name an --incumbent that is not the challenger"),
        (("ab", "plan", "t", "--challenger", "m", "--share", "0"), "--share must lie between 0 and 100 percent"),
        (("ab", "read", "t"), "plan a test first"),
        (("ab", "read", "../t"), "a test's name holds letters"),
        (("publish", "run-z"), 'no run "run-z"'),
    ],
)
def test_wrong_use_is_told(typed: Typed, words: tuple[str, ...], message: str) -> None:
    """Each is a UsageError with what to change."""
    with pytest.raises(UsageError, match=message):
        typed(*words)


CHECKED: list[tuple[str, Callable[[dict[str, Any]], Any], tuple[str, ...]]] = [
    ("newer", lambda data: data.update(schema=9), ("schema 9 is newer than this program knows (1)", "upgrade")),
    ("schema", lambda data: data["routes"][0].pop("host"), ("routes[0]: host is missing", "evals/routing/schema.json")),
    ("loose", lambda data: data["routes"][0].update(model="m-9"), ("routes[0]: m-9 at gateway is not among the",)),
]


@pytest.mark.parametrize(("name", "change", "words"), CHECKED, ids=[case[0] for case in CHECKED])
def test_check_reads_routing_catalogs(
    typed: Typed, name: str, change: Callable[[dict[str, Any]], Any], words: tuple[str, ...]
) -> None:
    """The file, the place in it, what is wrong and what to do; a sound one passes."""
    seed_catalog("moonshot/k2.5")
    assert typed("check", "routing.json") == 0
    data = json.loads(Path("routing.json").read_text())
    change(data)
    Path("routing.json").write_text(json.dumps(data))
    with pytest.raises(InputError) as caught:
        typed("check", "routing.json")
    for word in ("routing.json: ", *words):
        assert word in str(caught.value)


def test_what_is_unknown_never_prints_as_0(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """A model without input price, measured without cost: in cost, models, the CSV and the explanation of a route."""
    seed_catalog("moonshot/k2.5")
    data = json.loads(Path("routing.json").read_text())
    data["rows"] = [row("moonshot/k2.5", low=0.5, cost=None), row("deepseek-v4-flash", low=0.5, cost="0")]
    Path("routing.json").write_text(json.dumps(data))
    assert typed("route", "--task", "chinese", "--explain") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("moonshot/k2.5" in line and " unknown " in line and "0 (free)" not in line for line in lines)
    assert any("deepseek-v4-flash" in line and "0 (free)" in line for line in lines), "free is free, not unknown"
    assert typed("export", "--format", "csv") == 0
    cells = next(r for r in csv.DictReader(io.StringIO(capsys.readouterr().out)) if r["model"] == "moonshot/k2.5")
    assert (cells["usd_per_accepted"], cells["input_usd_per_mtok"]) == ("", "")
    assert typed("models") == 0
    assert capsys.readouterr().out.split("moonshot/k2.5")[1].split("\n")[0].split()[-6:-4] != ["0", "0"]
    assert typed("cost") == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("moonshot/k2.5 @")]
    assert line.split()[3:5] == [">=", "9.00"]
    assert line.endswith("input price")


def test_a_measured_cell_without_a_winner_says_why_its_route_stands(
    typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    """The route is the wider one, and the explanation does not hide that the cell was measured."""
    seed_catalog("moonshot/k2.5")
    data = json.loads(Path("routing.json").read_text())
    data["rows"] += [row("moonshot/k2.5", "chinese", "high", low=0.5, cost="0.001")]
    cell = {"task": "chinese", "complexity": "high", "image": False}
    data["open"] = [{**cell, "run": "r", "reason": "undecided: about 9 more prompts would settle it"}]
    Path("routing.json").write_text(json.dumps(data))
    assert typed("route", "--task", "chinese", "--complexity", "high", "--explain") == 0
    shown = capsys.readouterr().out
    assert "but       run r measured chinese / high and left the route as it was: undecided: about 9 more" in shown
    assert ">  moonshot/k2.5" in shown


def test_an_ab_test_says_what_it_covers_and_what_to_write(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """Narrower routes are not part of it; and without outcomes it shows the record to append, not "no such file"."""
    seed_catalog()
    data = json.loads(Path("routing.json").read_text())
    (route,) = [entry for entry in data["routes"] if entry["task"] == "code"]
    data["routes"].append({**route, "complexity": "high"})
    Path("routing.json").write_text(json.dumps(data))
    assert typed("ab", "plan", "glm", "--challenger", "THUDM/glm-5", "--task", "code", "--simulated") == 0
    assert "not in the test: code / high; they have routes of their own" in capsys.readouterr().out
    with pytest.raises(UsageError, match="no outcomes yet; append an object a line"):
        typed("ab", "read", "glm")


def test_an_ab_test_from_plan_to_catalog(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """Plan, split, store outcomes, read, publish."""
    words = ("--challenger", "THUDM/glm-5", "--task", "code", "--share", "50", "--gap", "15", "--a-day", "500")
    assert typed("ab", "plan", "glm-code", *words, "--simulated") == 0
    shown = capsys.readouterr().out
    assert "50 % of code / any goes to THUDM/glm-5, the rest to deepseek-v4-flash" in shown
    assert "days" in shown
    ids = [f"r{number}" for number in range(3000)]
    assert typed("ab", "split", "glm-code", *ids) == 0
    rng = random.Random(1)
    with Path("outputs/glm-code", ab.OUTCOMES).open("w") as file:
        for line in capsys.readouterr().out.splitlines():
            record = json.loads(line)
            record["accepted"] = rng.random() < (0.9 if record["model"] == "THUDM/glm-5" else 0.6)
            file.write(json.dumps({**record, "cost_usd": "0.001", "latency_s": 0.4, "error": None}) + "\n")
    assert typed("ab", "read", "glm-code") == 0
    shown = capsys.readouterr().out
    assert "verdict: promote" in shown
    assert "at every look, 95%" in shown
    assert typed("ab", "read", "glm-code", "--json") == 0
    assert json.loads(capsys.readouterr().out)["reading"]["verdict"] == "promote"
    assert typed("publish", "glm-code", "--apply") == 0
    capsys.readouterr()
    assert typed("route", "--task", "code") == 0
    assert capsys.readouterr().out.splitlines()[0] == "THUDM/glm-5"
    assert load(Path("routing.json"))["simulated"] is True


def test_models_diff_and_import(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """A difference is shown, an import is dry until told, and then the prices are in the catalog with their source."""
    entry = {"litellm_provider": "moonshot", "mode": "chat", "input_cost_per_token": 6e-07, "max_input_tokens": 262144}
    Path("prices.json").write_text(json.dumps({"moonshot/kimi-k2.5": entry}))
    assert typed("models", "diff", "prices.json") == 0
    assert "262144" in capsys.readouterr().out
    assert typed("models", "import", "prices.json") == 0
    assert "dry run" in capsys.readouterr().out
    assert not Path("routing.json").exists()
    assert typed("models", "import", "prices.json", "--apply") == 0
    offers = load(Path("routing.json"))["offers"]
    offer = next(offer for offer in offers if offer["host"] == "moonshot")
    assert offer["rates"][0]["usd_per_mtok"] == {"input": "0.6"}
    assert offer["rates"][0]["source"]["name"] == "litellm"
    assert typed("models", "--json") == 0
