"""Prices and limits from two public catalogs, and where they disagree with ours.

LiteLLM's `model_prices_and_context_window.json` (dollars per token) and models.dev: its `api.json`, a checkout, or
one provider's TOML file (dollars per million tokens). Both are read exactly, as decimals, from a path or a URL.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals.catalog import Catalog
from evals.records import UsageError, format_money
from evals.routing._decide import place_of
from evals.routing._prices import list_price, read_time

STALE_DAYS = 30
ORDER = ("differs", "stale", "unknown here", "not listed")
"""Verdicts, the pressing ones first."""
LITELLM, MODELS_DEV = "litellm", "models.dev"
PROVIDERS: Mapping[str, Mapping[str, str]] = {
    "deepseek": {LITELLM: "deepseek", MODELS_DEV: "deepseek"},
    "dashscope": {LITELLM: "dashscope", MODELS_DEV: "alibaba"},
    "moonshot": {LITELLM: "moonshot", MODELS_DEV: "moonshotai"},
    "zhipu": {MODELS_DEV: "zhipuai"},
}
"""Our hosts and what the public catalogs call them; another host goes by its own name."""
_MILLION = 6
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row of a public catalog, in our form. `source` names it, with its hash and when it was read."""

    provider: str
    model: str
    context: int | None
    max_output: int | None
    modalities: tuple[str, ...]
    rates: tuple[Mapping[str, Any], ...]
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One fact of a model at a host, ours and theirs. `verdict`: "differs", "unknown here", "not listed", "stale"."""

    model: str
    host: str
    what: str
    ours: str
    theirs: str
    source: str
    verdict: str


# --------------------------------------------------------------------------------------------- reading
def read_source(spec: str, now: datetime) -> list[Listed]:
    """Every row of a file, a folder or a URL. Raises UsageError when it cannot be read or is neither catalog."""
    path = Path(spec)
    if path.is_dir():
        found = [row for file in sorted(path.glob("**/models/*.toml")) for row in _toml(file, file.read_bytes(), now)]
        if not found:
            raise UsageError(f"{spec}: no providers/<host>/models/*.toml in it; is it a models.dev checkout?")
        return found
    data = _fetch(spec) if re.match(r"https?://", spec) else _file(path)
    if path.suffix == ".toml":
        return list(_toml(path, data, now))
    try:
        values = json.loads(data, parse_float=Decimal)
    except ValueError as error:
        raise UsageError(f"{spec}: not valid JSON: {error}") from None
    source = {"sha256": hashlib.sha256(data).hexdigest(), "read_at": now.isoformat(timespec="seconds")}
    if isinstance(values, dict):
        entries = [entry for entry in values.values() if isinstance(entry, dict)]
        if any("litellm_provider" in entry for entry in entries):
            return list(_litellm(values, {"name": LITELLM, **source}))
        if any(isinstance(entry.get("models"), dict) for entry in entries):
            return list(_models_dev(values, {"name": MODELS_DEV, **source}))
    raise UsageError(f"{spec}: neither LiteLLM's price file nor models.dev's api.json")


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - http and https only, see caller
            return bytes(reply.read())
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UsageError(f"{url}: cannot be fetched: {reason}; download it and name the file instead") from None


def _litellm(values: Mapping[str, Any], source: Mapping[str, str]) -> Iterator[Listed]:
    for key, entry in values.items():
        if not isinstance(entry, dict) or entry.get("mode", "chat") not in ("chat", "responses", "completion"):
            continue
        provider = str(entry.get("litellm_provider", ""))
        if f"{provider}/{key}" in values:  # some models stand there twice, the bare name for another use
            continue
        modalities = ["text", *(name for name in ("image", "video", "audio") if entry.get(_SEES[name]))]
        yield Listed(
            provider=provider,
            model=key.removeprefix(f"{provider}/"),
            context=_count(entry.get("max_input_tokens")),
            max_output=_count(entry.get("max_output_tokens")),
            modalities=tuple(modalities),
            rates=tuple({**rate, "source": dict(source)} for rate in _litellm_rates(entry)),
            source=source,
        )


_SEES = {"image": "supports_vision", "video": "supports_video_input", "audio": "supports_audio_input"}
_LITELLM_KINDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "reasoning": "output_cost_per_reasoning_token",
}


def _litellm_rates(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The special rates before the plain one."""
    batch = _per_token(entry, {kind: f"{key}_batches" for kind, key in _LITELLM_KINDS.items()})
    if batch:
        yield {"usd_per_mtok": batch, "when": {"batch": True}}
    off_peak = entry.get("off_peak_pricing")
    if isinstance(off_peak, dict) and (prices := _per_token(off_peak, _LITELLM_KINDS)):
        windows = [
            {**({"days": list(rule["weekdays"])} if "weekdays" in rule else {}), "hours": _hours(rule.get("hours_utc"))}
            for rule in off_peak.get("windows") or [off_peak]
        ]
        zone = off_peak.get("weekday_timezone")
        yield {"usd_per_mtok": prices, "when": {"windows": windows, **({"timezone": zone} if zone else {})}}
    for tier in entry.get("tiered_pricing") or ():
        prices = _per_token(tier, _LITELLM_KINDS)
        if prices and "range" in tier:
            start, end = (int(bound) for bound in tier["range"])
            yield {"usd_per_mtok": prices, "when": {"prompt_tokens_from": start, "prompt_tokens_below": end}}
    for size in sorted({int(found[1]) for key in entry if (found := _ABOVE.fullmatch(key))}, reverse=True):
        keys = {kind: f"{key}_above_{size}k_tokens" for kind, key in _LITELLM_KINDS.items()}
        yield {"usd_per_mtok": _per_token(entry, keys), "when": {"prompt_tokens_from": size * 1000 + 1}}
    if plain := _per_token(entry, _LITELLM_KINDS):
        yield {"usd_per_mtok": plain}


_ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")


def _hours(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(hours) for hours in value or ["00:00-00:00"]]


def _per_token(entry: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, str]:
    found = {kind: entry[key] for kind, key in keys.items() if _is_price(entry.get(key))}
    return {kind: format_money(Decimal(price).scaleb(_MILLION)) for kind, price in found.items()}


def _is_price(value: Any) -> bool:
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def _count(value: Any) -> int | None:
    return int(value) if _is_price(value) and value >= 1 else None


def _models_dev(values: Mapping[str, Any], source: Mapping[str, str]) -> Iterator[Listed]:
    for provider, entry in values.items():
        for model, facts in (entry.get("models") or {}).items() if isinstance(entry, dict) else ():
            yield _model_dev(str(provider), str(model), facts, source)


def _toml(path: Path, data: bytes, now: datetime) -> Iterator[Listed]:
    try:
        facts = tomllib.loads(data.decode("utf-8"), parse_float=Decimal)
    except ValueError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None
    parts = path.parts
    if "providers" not in parts:
        return
    place = len(parts) - 1 - parts[::-1].index("providers")
    digest = hashlib.sha256(data).hexdigest()
    source = {"name": MODELS_DEV, "sha256": digest, "read_at": now.isoformat(timespec="seconds")}
    model = "/".join(parts[place + 3 :]).removesuffix(".toml")
    yield _model_dev(parts[place + 1], model, facts, source)


def _model_dev(provider: str, model: str, facts: Mapping[str, Any], source: Mapping[str, str]) -> Listed:
    cost, limit = facts.get("cost") or {}, facts.get("limit") or {}
    rates: list[dict[str, Any]] = []
    tiers = [tier for tier in cost.get("tiers") or () if (tier.get("tier") or {}).get("type", "context") == "context"]
    for size, tier in sorted(((int(tier["tier"]["size"]), tier) for tier in tiers), key=lambda pair: -pair[0]):
        rates += [{"usd_per_mtok": _per_million(tier), "when": {"prompt_tokens_from": size + 1}}]
    if "context_over_200k" in cost and not tiers:
        rates.append({"usd_per_mtok": _per_million(cost["context_over_200k"]), "when": {"prompt_tokens_from": 200_001}})
    rates.append({"usd_per_mtok": _per_million(cost)})
    return Listed(
        provider=provider,
        model=model,
        context=_count(limit.get("context")),
        max_output=_count(limit.get("output")),
        modalities=tuple((facts.get("modalities") or {}).get("input") or ()),
        rates=tuple({**rate, "source": dict(source)} for rate in rates if rate["usd_per_mtok"]),
        source=source,
    )


def _per_million(cost: Mapping[str, Any]) -> dict[str, str]:
    kinds = ("input", "output", "cache_read", "cache_write", "reasoning")
    return {kind: format_money(Decimal(cost[kind])) for kind in kinds if _is_price(cost.get(kind))}


# --------------------------------------------------------------------------------------------- comparing
def find(listed: Sequence[Listed], host: str, wire_id: str) -> list[Listed]:
    """The row of each public catalog for a model at a host of ours."""
    found: dict[str, Listed] = {}
    for row in listed:
        source = row.source["name"]
        if row.provider == PROVIDERS.get(host, {}).get(source, host) and row.model == wire_id:
            found.setdefault(source, row)
    return list(found.values())


def compare(data: Mapping[str, Any], models: Catalog, listed: Sequence[Listed], now: datetime) -> list[Disagreement]:
    """Where our offers and the public rows part: prices, context, modalities; and what is unknown, unlisted or stale.

    Goes over the hosts of the model catalog and over the offers of the routing catalog.
    """
    offers = {place_of(offer)[:2]: offer for offer in data["offers"]}
    found = []
    for name, model in models.models.items():
        for host, served in model.hosts.items():
            offer = offers.get((name, host), {"rates": []})
            rows = find(listed, host, served.wire_id)
            found += list(_offer_gaps(name, host, offer, now))
            facts = {
                "context": offer.get("context") or model.context,
                "reads": offer.get("modalities") or model.modalities,
            }
            for row in rows:
                found += list(_row_gaps(name, host, offer, facts, row, now))
            if not rows and host in PROVIDERS:
                found.append(_gap(name, host, "model", served.wire_id, "-", "all given", "not listed"))
    return sorted(found, key=lambda gap: ORDER.index(gap.verdict))


def _offer_gaps(model: str, host: str, offer: Mapping[str, Any], now: datetime) -> Iterator[Disagreement]:
    missing = [
        kind for kind, price in zip(("input", "output"), list_price(offer["rates"], now), strict=True) if price is None
    ]
    if missing:
        yield _gap(model, host, f"{' and '.join(missing)} price", "unknown", "-", "-", "unknown here")
    for rate in offer["rates"]:
        read_at = (rate.get("source") or {}).get("read_at")
        if read_at is not None and (age := (now - read_time(read_at)).days) > STALE_DAYS:
            yield _gap(model, host, "prices", f"read {age} days ago", "-", rate["source"]["name"], "stale")
            return


def _row_gaps(
    model: str, host: str, offer: Mapping[str, Any], facts: Mapping[str, Any], row: Listed, now: datetime
) -> Iterator[Disagreement]:
    source = row.source["name"]
    ours, theirs = list_price(offer["rates"], now), list_price(row.rates, now)
    for what, mine, other in zip(("input price now", "output price now"), ours, theirs, strict=True):
        if other is not None and mine != other:
            yield _gap(model, host, what, _money(mine), _money(other), source, "differs")
    mine_when, their_when = _conditions(offer["rates"]), _conditions(row.rates)
    if their_when != mine_when and offer["rates"]:
        yield _gap(model, host, "conditions", mine_when, their_when, source, "differs")
    if row.context is not None and facts["context"] != row.context:
        yield _gap(model, host, "context", str(facts["context"]), str(row.context), source, "differs")
    if row.modalities and (set(row.modalities) & _READ) != (set(facts["reads"]) & _READ):
        yield _gap(model, host, "reads", "+".join(facts["reads"]), "+".join(row.modalities), source, "differs")


_READ = {"text", "image", "audio", "video"}


def _conditions(rates: Sequence[Mapping[str, Any]]) -> str:
    kinds = {_NAMES.get(name, name) for rate in rates for name in rate.get("when") or {}}
    return ", ".join(sorted(kinds)) or "none"


_NAMES = {
    "windows": "time of day",
    "timezone": "time of day",
    "prompt_tokens_from": "context",
    "prompt_tokens_below": "context",
    "volume_mtok_from": "volume",
}


def _gap(model: str, host: str, what: str, ours: str, theirs: str, source: str, verdict: str) -> Disagreement:
    return Disagreement(model=model, host=host, what=what, ours=ours, theirs=theirs, source=source, verdict=verdict)


def _money(price: Decimal | None) -> str:
    return "unknown" if price is None else format_money(price)


# --------------------------------------------------------------------------------------------- refreshing
def refreshed(data: Mapping[str, Any], models: Catalog, listed: Sequence[Listed]) -> dict[str, Any]:
    """The catalog with the offers of every listed (model, host) filled from the first source that prices it.

    Rates declared here (a source other than the two public catalogs, such as a volume discount) stay in front.
    """
    offers = [dict(offer) for offer in data["offers"]]
    by_place = {place_of(offer)[:2]: offer for offer in offers}
    for name, model in models.models.items():
        for host, served in model.hosts.items():
            rows = [row for row in find(listed, host, served.wire_id) if row.rates]
            if not rows:
                continue
            row = rows[0]
            offer = by_place.get((name, host))
            if offer is None:
                offer = {"model": name, "host": host, "region": served.region, "family": model.family}
                offers.append(offer)
            own = [rate for rate in offer.get("rates", ()) if _name(rate) not in (LITELLM, MODELS_DEV)]
            facts = {"context": row.context, "max_output": row.max_output, "modalities": list(row.modalities) or None}
            offer |= {name: value for name, value in facts.items() if value is not None}
            offer |= {"wire_id": served.wire_id, "rates": [*own, *(dict(rate) for rate in row.rates)]}
            at = models.hosts[host]
            offer |= {k: v for k, v in (("base_url", at.base_url), ("key_variable", at.key_variable)) if v}
    return {**data, "offers": offers}


def _name(rate: Mapping[str, Any]) -> str | None:
    return (rate.get("source") or {}).get("name")
