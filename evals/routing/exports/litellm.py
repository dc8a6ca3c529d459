"""LiteLLM: a config.yaml with one complexity router per task, fallbacks and prices.

Written for LiteLLM 1.106 (docs.litellm.ai: "Auto Router", "Fallbacks", "Custom pricing"). A caller asks the model
`auto-chinese` and LiteLLM's own classifier chooses the tier; one that knows the complexity asks the alias
`chinese-high` and gets exactly the route of this catalog. `auto-chinese-image` is for requests with an image.
JSON is YAML, so every scalar and short list is written as JSON: no value can be taken for another type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from evals.records import UsageError, format_money
from evals.routing._decide import ANY, COMPLEXITIES, EVERY_TASK, place_of
from evals.routing._prices import Call, price_at
from evals.routing._route import Route, route_in

SUFFIX = ".yaml"
TIERS = {"SIMPLE": "low", "MEDIUM": "medium", "COMPLEX": "high", "REASONING": "high"}
"""LiteLLM's tiers and the complexity each stands for."""
BASE_URL, KEY = "os.environ/EVALS_BASE_URL", "os.environ/EVALS_API_KEY"
_PRICES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
}
_MILLION = 6


def render(data: Mapping[str, Any], now: datetime) -> str:
    """The configuration. A price that depends on the time or the length of a call is the price of a short call now."""
    routes = _routes(data, now)
    models = sorted({name for found in routes.values() for name in (found.model, *found.fallbacks)})
    lines = [*_heading(data), "model_list:"]
    for offer in _offers(data, routes, models):
        lines += _model(offer, now)
    tasks = sorted({(task, image) for task, _, image in routes})
    for task, image in tasks:
        lines += _router(task, image, routes)
    lines.append("router_settings:")
    lines += _aliases(routes)
    lines += _fallbacks(data, routes, models)
    lines += ["  num_retries: 2", ""]
    return "\n".join(lines)


def name_of(task: str, image: bool, complexity: str | None = None) -> str:
    """The model name a caller sends: `auto-chinese`, `chinese-high`, `auto-any-image`."""
    plain = "any" if task == EVERY_TASK else task
    parts = ["auto", plain] if complexity is None else [plain, complexity]
    return "-".join([*parts, *(["image"] if image else [])])


def _routes(data: Mapping[str, Any], now: datetime) -> dict[tuple[str, str, bool], Route]:
    """Every cell the catalog has a route for, widened to all complexities."""
    tasks = sorted({entry["task"] for entry in data["routes"]})
    found = {}
    for task in tasks:
        for image in (False, True):
            for complexity in (*COMPLEXITIES, ANY):
                try:
                    found[task, complexity, image] = route_in(data, task, complexity, image=image, now=now)
                except UsageError:
                    continue
    return {key: found[key] for key in found if all((key[0], each, key[2]) in found for each in (*COMPLEXITIES, ANY))}


def _heading(data: Mapping[str, Any]) -> list[str]:
    lines = ["# Written by `evals export --format litellm`. EVALS_BASE_URL and EVALS_API_KEY name the gateway."]
    if data.get("simulated"):
        lines.append("# SIMULATED: the routes follow from invented figures. Not for real traffic.")
    check = data.get("check")
    if check is None:
        lines.append("# The routes were never checked against a shuffled control: publish a run to have it done.")
    else:
        flag = "WARNING" if check.get("worthless") else "Checked"
        lines.append(f"# {flag}: {' '.join(str(check.get('verdict')).split())} (run {json.dumps(check.get('run'))})")
    return lines


def _offers(
    data: Mapping[str, Any], routes: Mapping[tuple[str, str, bool], Route], models: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Where each model is served: at the hosts its routes name, else at its first."""
    routed = {(found.model, found.host, found.region) for found in routes.values()}
    for model in models:
        known = [offer for offer in data["offers"] if offer["model"] == model]
        yield from [offer for offer in known if place_of(offer) in routed] or known[:1] or [{"model": model}]


def _model(offer: Mapping[str, Any], now: datetime) -> list[str]:
    model = offer["model"]
    key = "os.environ/" + offer["key_variable"] if offer.get("key_variable") else KEY
    lines = [
        f"  - model_name: {_text(model)}",
        "    litellm_params:",
        f"      model: {_text('openai/' + str(offer.get('wire_id') or model))}",
        f"      api_base: {_text(offer.get('base_url') or BASE_URL)}",
        f"      api_key: {_text(key)}",
    ]
    call = Call(at=now, prompt_tokens=1, answer_tokens=1)
    for name, kind in _PRICES.items():
        price = price_at(offer.get("rates", ()), kind, call)
        if price is not None:
            lines.append(f"      {name}: {_number(price)}")
        elif kind in ("input", "output"):
            lines.append(f"      # {name} is unknown; LiteLLM counts what is unknown as 0")
    info = {
        "max_input_tokens": offer.get("context"),
        "max_output_tokens": offer.get("max_output"),
        "supports_vision": "image" in offer["modalities"] if "modalities" in offer else None,
    }
    if any(value is not None for value in info.values()):
        lines.append("    model_info:")
        lines += [f"      {name}: {_text(value)}" for name, value in info.items() if value is not None]
    return lines


def _router(task: str, image: bool, routes: Mapping[tuple[str, str, bool], Route]) -> list[str]:
    tiers = [f"          {tier}: {_text(routes[task, each, image].model)}" for tier, each in TIERS.items()]
    return [
        f"  - model_name: {_text(name_of(task, image))}",
        "    litellm_params:",
        f"      model: {_text('auto_router/complexity_router')}",
        f"      complexity_router_default_model: {_text(routes[task, ANY, image].model)}",
        "      complexity_router_config:",
        "        tiers:",
        *tiers,
    ]


def _aliases(routes: Mapping[tuple[str, str, bool], Route]) -> list[str]:
    lines = ["  model_group_alias:"]
    for (task, complexity, image), found in sorted(routes.items()):
        lines.append(f"    {_text(name_of(task, image, complexity))}: {_text(found.model)}")
    return lines


def _fallbacks(
    data: Mapping[str, Any], routes: Mapping[tuple[str, str, bool], Route], models: Sequence[str]
) -> list[str]:
    """Fallbacks of a model: those of the routes that name it, first named first, able to do what it does."""
    sees = {offer["model"]: "image" in offer.get("modalities", ()) for offer in data["offers"]}
    lines = []
    for model in models:
        wanted: Iterable[str] = dict.fromkeys(
            name for found in routes.values() if found.model == model for name in found.fallbacks
        )
        needs_image = any(found.cell.image for found in routes.values() if found.model == model)
        able = [name for name in wanted if name != model and (sees.get(name) or not needs_image)]
        if able:
            lines.append(f"    - {_text(model)}: {_text(able)}")
    return ["  fallbacks:", *lines] if lines else []


def _number(price: Decimal) -> str:
    """Dollars per token as a YAML number: no exponent, no binary rounding."""
    return format_money(price.scaleb(-_MILLION))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
