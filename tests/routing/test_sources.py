"""Prices from LiteLLM's and models.dev's files: exact, with their conditions; and where they disagree with ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.catalog import load_catalog
from evals.records import UsageError
from evals.routing import new_catalog, problems
from evals.routing._prices import Call, price_at
from evals.routing._sources import compare, find, read_source, refreshed
from tests.routing.building import NOW

LITELLM = {
    "sample_spec": {"litellm_provider": "one of the providers", "mode": "one of chat, embedding"},
    "deepseek-v4-flash": {"litellm_provider": "deepseek", "mode": "chat", "input_cost_per_token": 9e-07},
    "deepseek/deepseek-v4-flash": {
        "litellm_provider": "deepseek",
        "mode": "chat",
        "input_cost_per_token": 3e-07,
        "output_cost_per_token": 1.2e-06,
        "cache_read_input_token_cost": 6e-09,
        "max_input_tokens": 1000000,
        "max_output_tokens": 393216,
        "off_peak_pricing": {
            "input_cost_per_token": 1.5e-07,
            "output_cost_per_token": 6e-07,
            "windows": [
                {"hours_utc": ["00:00-01:00", "04:00-06:00", "10:00-00:00"], "weekdays": [1, 2, 3, 4, 5]},
                {"hours_utc": "00:00-00:00", "weekdays": [6, 7]},
            ],
        },
    },
    "dashscope/qwen3-coder-30b-a3b-instruct": {
        "litellm_provider": "dashscope",
        "mode": "chat",
        "max_input_tokens": 128000,
        "tiered_pricing": [
            {"input_cost_per_token": 3e-07, "output_cost_per_token": 1.5e-06, "range": [0, 32000.0]},
            {"input_cost_per_token": 5e-07, "output_cost_per_token": 2.5e-06, "range": [32000.0, 128000.0]},
        ],
    },
    "moonshot/kimi-k2.5": {
        "litellm_provider": "moonshot",
        "mode": "chat",
        "input_cost_per_token": 6e-07,
        "output_cost_per_token": 3e-06,
        "input_cost_per_token_batches": 3e-07,
        "input_cost_per_token_above_200k_tokens": 1.2e-06,
        "max_input_tokens": 262144,
        "supports_vision": True,
        "supports_video_input": True,
    },
    "moonshot/embedding": {"litellm_provider": "moonshot", "mode": "embedding", "input_cost_per_token": 1e-09},
}
MODELS_DEV = {
    "moonshotai": {
        "id": "moonshotai",
        "models": {
            "kimi-k2.5": {
                "cost": {
                    "input": 0.6,
                    "output": 3.0,
                    "cache_read": 0.1,
                    "tiers": [{"tier": {"size": 100000}, "input": 1.2, "output": 6}],
                },
                "limit": {"context": 262144, "output": 262144},
                "modalities": {"input": ["text", "image", "video"], "output": ["text"]},
            },
            "free-one": {"cost": {"input": 0, "output": 0}, "limit": {}},
        },
    }
}
TOML = """
[cost]
input = 1.0
output = 3.2
[limit]
context = 200_000
output = 128_000
[modalities]
input = ["text"]
output = ["text"]
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Both catalogs as files, and a models.dev checkout."""
    (tmp_path / "litellm.json").write_text(json.dumps(LITELLM))
    (tmp_path / "api.json").write_text(json.dumps(MODELS_DEV))
    folder = tmp_path / "checkout" / "providers" / "zhipuai" / "models"
    folder.mkdir(parents=True)
    (folder / "glm-5.toml").write_text(TOML)
    return {
        "litellm": str(tmp_path / "litellm.json"),
        "api": str(tmp_path / "api.json"),
        "checkout": str(tmp_path / "checkout"),
    }


def price(rows: list[Any], kind: str, **call: Any) -> Decimal | None:
    """The price of the only row found."""
    (row,) = rows
    return price_at(row.rates, kind, Call(**{"at": NOW, **call}))


def test_litellm_prices_keep_every_digit_and_condition(files: dict[str, str]) -> None:
    """Per token to per million without binary rounding; off-peak windows, tiers, batch and long prompts apply."""
    listed = read_source(files["litellm"], NOW)
    flash = find(listed, "deepseek", "deepseek-v4-flash")
    night = datetime(2026, 9, 2, 2, tzinfo=UTC)
    assert price(flash, "input", at=night) == Decimal("0.3")
    assert price(flash, "input") == Decimal("0.15"), "noon is off peak"
    assert price(flash, "cache_read") == Decimal("0.006"), "stated at the full rate alone"
    assert (flash[0].max_output, flash[0].modalities) == (393_216, ("text",))
    coder = find(listed, "dashscope", "qwen3-coder-30b-a3b-instruct")
    assert price(coder, "output", prompt_tokens=31_999) == Decimal("1.5")
    assert price(coder, "output", prompt_tokens=32_000) == Decimal("2.5")
    kimi = find(listed, "moonshot", "kimi-k2.5")
    assert kimi[0].modalities == ("text", "image", "video")
    assert price(kimi, "input", batch=True) == Decimal("0.3")
    assert price(kimi, "input", prompt_tokens=200_000) == Decimal("0.6")
    assert price(kimi, "input", prompt_tokens=200_001) == Decimal("1.2")
    assert not find(listed, "moonshot", "embedding")


def test_models_dev_in_all_its_forms(files: dict[str, str]) -> None:
    """api.json with tiers, a checkout of TOML files; a price of 0 is a price."""
    listed = read_source(files["api"], NOW)
    kimi = find(listed, "moonshot", "kimi-k2.5")
    assert price(kimi, "output") == 3
    assert price(kimi, "output", prompt_tokens=100_001) == 6
    assert price(kimi, "cache_read") == Decimal("0.1")
    assert price(find(listed, "moonshot", "free-one"), "input") == 0
    glm = find(read_source(files["checkout"], NOW), "zhipu", "glm-5")
    assert (price(glm, "output"), glm[0].context) == (Decimal("3.2"), 200_000)
    assert len(glm[0].source["sha256"]) == 64


def test_the_prefixed_row_wins_over_the_bare_one(files: dict[str, str]) -> None:
    """LiteLLM lists some models twice; one row per catalog is compared."""
    assert [row.context for row in read_source(files["litellm"], NOW) if row.model == "deepseek-v4-flash"] == [
        1_000_000
    ]


def test_the_diff_names_disagreement_staleness_and_what_is_unknown(files: dict[str, str]) -> None:
    """The notes' 128K, their missing input prices, a model nobody lists, and prices read long ago."""
    listed = [row for name in ("litellm", "api") for row in read_source(files[name], NOW)]
    data, models = new_catalog(simulated=False), load_catalog(None)
    gaps = {(gap.model, gap.host, gap.what, gap.source): gap for gap in compare(data, models, listed, NOW)}
    context = gaps["moonshot/k2.5", "moonshot", "context", "litellm"]
    assert (context.ours, context.theirs, context.verdict) == ("128000", "262144", "differs")
    assert gaps["moonshot/k2.5", "moonshot", "reads", "models.dev"].theirs == "text+image+video"
    assert gaps["moonshot/k2.5", "gateway", "input price", "-"].verdict == "unknown here"
    assert gaps["THUDM/glm-4.6v", "gateway", "input and output price", "-"].ours == "unknown"
    assert gaps["Qwen/Qwen3-8B", "dashscope", "model", "all given"].verdict == "not listed"
    fresh = refreshed(data, models, listed)
    assert not [
        gap for gap in compare(fresh, models, listed[:8], NOW) if gap.verdict == "differs" and gap.source == "litellm"
    ]
    later = compare(fresh, models, listed, NOW + timedelta(days=45))
    assert [gap.ours for gap in later if gap.verdict == "stale" and gap.model == "moonshot/k2.5"] == [
        "read 45 days ago"
    ]


def test_importing_keeps_what_was_declared_here(files: dict[str, str]) -> None:
    """A volume discount of our own stays in front of the list prices, and the catalog stays valid."""
    listed = read_source(files["litellm"], NOW)
    data, models = new_catalog(simulated=False), load_catalog(None)
    once = refreshed(data, models, listed)
    offer = next(o for o in once["offers"] if (o["model"], o["host"]) == ("moonshot/k2.5", "moonshot"))
    offer["rates"].insert(
        0, {"usd_per_mtok": {"output": "2.5"}, "when": {"volume_mtok_from": 50}, "source": {"name": "contract"}}
    )
    twice = refreshed(once, models, listed)
    assert problems(twice) == []
    again = next(o for o in twice["offers"] if (o["model"], o["host"]) == ("moonshot/k2.5", "moonshot"))
    assert again["rates"] == offer["rates"]
    assert (again["wire_id"], again["key_variable"]) == ("kimi-k2.5", "MOONSHOT_API_KEY")
    assert price_at(again["rates"], "output", Call(at=NOW, volume_mtok=Decimal(60))) == Decimal("2.5")


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not valid JSON"), ('{"a": {"b": 1}}', "neither LiteLLM's price file nor models.dev's"), ("[]", "neither")],
)
def test_other_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    """Anything but the two catalogs is named for what it is not."""
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError, match=words):
        read_source(str(tmp_path / "x.json"), NOW)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("nowhere.json", "cannot be read"),
        ("http://127.0.0.1:9/prices.json", "cannot be fetched: .*; download it and name the file instead"),
        (".", "is it a models.dev checkout"),
    ],
)
def test_what_cannot_be_reached_says_so(spec: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no server, an empty folder."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words):
        read_source(spec, NOW)
