"""The model catalog: facts of each model, who serves it, at what price, and with which habits.

A catalog is a TOML file (`evals/models.toml` unless `--catalog` names another). Prices, limits and habits belong to
(model, host), never to a model alone. Unknown facts are absent, and an unknown price makes an unknown cost, not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals.reading.baseurl import base_url_fault
from evals.reading.strict import hint, nearest
from evals.reading.tomlfile import Table, TomlFile, read_toml
from evals.records import (
    CONTROL_PREFIX,
    HUMAN_PREFIX,
    Cost,
    InputError,
    Message,
    Params,
    Problem,
    Usage,
    UsageError,
    content_hash,
)

SHIPPED = Path(__file__).with_name("models.toml")
GATEWAY = "gateway"
"""The host whose prices, limits and habits hold at a base URL given by the user."""
BASE_URL_VARIABLES = ("EVALS_BASE_URL", "OPENAI_BASE_URL")
KEY_VARIABLES = ("EVALS_API_KEY", "OPENAI_API_KEY")
MODALITIES = ("text", "image", "audio", "video")
_RESERVED = (CONTROL_PREFIX, HUMAN_PREFIX, "rule:")
_MILLION = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars per million tokens at one host; None is unknown. `invented` marks the simulator's."""

    input_usd_per_mtok: Decimal | None = None
    output_usd_per_mtok: Decimal | None = None
    invented: bool = False

    def cost(self, usage: Usage) -> Cost:
        """The known part of what a call cost, and the names of what is missing from it. No tokens need no price."""
        known = Decimal(0)
        unknown: list[str] = []
        for tokens, price, name in (
            (usage.prompt_tokens, self.input_usd_per_mtok, "input price"),
            (usage.completion_tokens, self.output_usd_per_mtok, "output price"),
        ):
            if tokens is None:
                unknown.append("usage")
            elif tokens > 0 and price is None:
                unknown.append(name)
            elif tokens > 0 and price is not None:
                known += (tokens * price).scaleb(-_MILLION)
        return Cost(known=known, unknown=tuple(sorted(set(unknown))))

    def worst_case(self, prompt_tokens: int, max_tokens: int) -> Decimal:
        """Dollars of a call whose answer uses its whole limit. Raises ValueError when a price it needs is unknown."""
        cost = self.cost(Usage(prompt_tokens=prompt_tokens, completion_tokens=max_tokens))
        if cost.unknown:
            raise ValueError(f"{', '.join(cost.unknown)} unknown")
        return cost.known


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a host lets one key do; None is unknown, not unlimited."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a model at a host departs from the plain chat-completions wire.

    `fixed_temperature`: the only one it accepts. `stream_only`: refuses plain replies. `never_retry`: parts of error
    bodies that are final, such as a content filter's.
    """

    fixed_temperature: float | None = None
    stream_only: bool = False
    json_mode: bool = False
    accepts_seed: bool = True
    never_retry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Somebody who serves models. Without `base_url` it is reached only at the base URL the user gives."""

    name: str
    title: str = ""
    base_url: str | None = None
    key_variable: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model at a host: the name it has there, and the host's and model's habits and limits folded into its own."""

    wire_id: str
    prices: Prices = Prices()
    limits: Limits = Limits()
    habits: Habits = Habits()
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Facts of a model wherever it is served. `context` in tokens; `hosts` in order of preference."""

    name: str
    family: str | None
    vendor: str = ""
    modalities: tuple[str, ...] = ("text",)
    context: int | None = None
    habits: Habits = Habits()
    hosts: Mapping[str, Served] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where and how one model is called in this run."""

    name: str
    family: str | None
    wire_id: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    key_variable: str | None = None
    host: str = GATEWAY
    region: str | None = None
    prices: Prices = Prices()
    limits: Limits = Limits()
    habits: Habits = Habits()

    def request(self, messages: Sequence[Message], params: Params) -> dict[str, Any]:
        """The JSON body that decides the answer: what a key hashes and the wire carries (besides the stream flag)."""
        body: dict[str, Any] = {
            "model": self.wire_id,
            "messages": [dict(message) for message in messages],
            "max_tokens": params.max_tokens,
        }
        if params.temperature is not None:
            fixed = self.habits.fixed_temperature
            body["temperature"] = params.temperature if fixed is None else fixed
        if params.seed is not None and self.habits.accepts_seed:
            body["seed"] = params.seed
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """The endpoints of the models asked for, and the names that no host in reach serves."""

    endpoints: dict[str, Endpoint]
    unreachable: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All known models and hosts, and the models' roles. `hash` covers the content, not its formatting."""

    path: str
    models: Mapping[str, Model]
    hosts: Mapping[str, Host]
    candidates: tuple[str, ...]
    judges: tuple[str, ...]
    hash: str
    file: TomlFile = field(repr=False, compare=False)
    gateway: Served = field(repr=False, default_factory=lambda: Served(wire_id=""))

    def family(self, name: str) -> str | None:
        """The family of a model, None when the catalog does not know it."""
        model = self.models.get(name)
        return None if model is None else model.family

    def suggest(self, name: str) -> str | None:
        """The known model most like a name; a last part such as `glm-5` finds `THUDM/glm-5`."""
        last_parts = {model.rsplit("/", 1)[-1]: model for model in self.models}
        found = nearest(name, {*self.models, *last_parts})
        return None if found is None else last_parts.get(found, found)

    def price_line(self, name: str, host: str) -> str:
        """`evals/models.toml:41`: where a missing price of a model at a host is to be filled in."""
        keys = ("models", name, "hosts", host) if name in self.models else ("models",)
        return f"{self.path}:{self.file.line(*keys)}"

    def endpoints(self, names: Iterable[str], *, base_url: str | None, env: Mapping[str, str]) -> Reachability:
        """Who can be called, as `contract.md` ("Where the models come from") says. Nothing is sent.

        A base URL (the argument, else EVALS_BASE_URL, else OPENAI_BASE_URL) overrides every endpoint of the catalog,
        with EVALS_API_KEY, else OPENAI_API_KEY, else no key. Without one a model is reachable at the first of its
        hosts whose own key variable is set. Raises UsageError on a base URL or key that cannot be used.
        """
        wanted = list(dict.fromkeys(names))
        url, source = base_url, "--base-url"
        if url is None:
            url, source = _first_set(env, BASE_URL_VARIABLES)
        if url is not None:
            key, variable = _first_set(env, KEY_VARIABLES, secret=True)
            if fault := base_url_fault(url, with_key=key is not None):
                raise UsageError(f"{source}: {fault}")
            url = url.strip().rstrip("/")
            return Reachability(
                endpoints={name: self._at_base_url(name, url, key, variable or None) for name in wanted}
            )
        found = {name: self._at_own_host(name, env) for name in wanted}
        return Reachability(
            endpoints={name: endpoint for name, endpoint in found.items() if endpoint is not None},
            unreachable=tuple(name for name, endpoint in found.items() if endpoint is None),
        )

    def _at_base_url(self, name: str, url: str, key: str | None, variable: str | None) -> Endpoint:
        model = self.models.get(name)
        if model is None:
            family, served = None, replace(self.gateway, wire_id=name)
        else:
            family = model.family
            served = model.hosts.get(GATEWAY) or replace(
                self.gateway, wire_id=name, habits=_fold_habits(self.gateway.habits, model.habits)
            )
        return _endpoint(name, family, served, GATEWAY, url, key, variable)

    def _at_own_host(self, name: str, env: Mapping[str, str]) -> Endpoint | None:
        model = self.models.get(name)
        for host_name, served in (model.hosts if model else {}).items():
            host = self.hosts[host_name]
            key = _secret(env, host.key_variable) if host.key_variable else None
            # a host that names no key variable asks for no key
            if host.base_url is not None and (key is not None or host.key_variable is None):
                return _endpoint(name, self.family(name), served, host_name, host.base_url, key, host.key_variable)
        return None


def _endpoint(
    name: str, family: str | None, served: Served, host: str, url: str, key: str | None, variable: str | None
) -> Endpoint:
    return Endpoint(
        name=name,
        family=family,
        wire_id=served.wire_id,
        base_url=url,
        api_key=key,
        key_variable=variable,
        host=host,
        region=served.region,
        prices=served.prices,
        limits=served.limits,
        habits=served.habits,
    )


# ------------------------------------------------------------------------------------------- environment
def _first_set(env: Mapping[str, str], variables: Sequence[str], *, secret: bool = False) -> tuple[str | None, str]:
    for variable in variables:
        value = _secret(env, variable) if secret else env.get(variable, "").strip()
        if value:
            return value, variable
    return None, ""


def _secret(env: Mapping[str, str], variable: str) -> str | None:
    key = env.get(variable, "").strip()
    if not key.isascii() or not key.replace(" ", "x").isprintable() or " " in key:
        raise UsageError(f"{variable} holds a character that no key has (blank, line end or non-ASCII); set it again")
    return key or None


# ------------------------------------------------------------------------------------------- reading the file
def load_catalog(path: Path | None) -> Catalog:
    """Reads a catalog (None: the shipped one). Raises InputError with `file:line` for every fault, in one pass."""
    file = read_toml(path or SHIPPED)
    problems: list[Problem] = []
    top = Table(file, problems)
    top.integer("schema")
    folded = {name: _read_host(name, table) for name, table in top.tables("hosts", required=True).items()}
    hosts = {name: host for name, (host, _) in folded.items()}
    served = {name: at_host for name, (_, at_host) in folded.items()}
    models = {name: _read_model(name, table, served) for name, table in top.tables("models", required=True).items()}
    roles = top.table("roles")
    candidates, judges = (_read_role(roles, role, models) for role in ("candidates", "judges"))
    if roles is not None:
        roles.finish()
    top.finish()
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.line))
    return Catalog(
        path=file.path,
        models=models,
        hosts=hosts,
        candidates=candidates,
        judges=judges,
        hash=content_hash(_plain(file.data)),
        file=file,
        gateway=served.get(GATEWAY, Served(wire_id="")),
    )


def _read_host(name: str, table: Table) -> tuple[Host, Served]:
    """The host, and what it lends to every model it serves."""
    base_url = table.text("base_url") or None
    key_variable = table.text("key_variable") or None
    if base_url is not None and (fault := base_url_fault(base_url, with_key=key_variable is not None)):
        table.fault(f'"base_url": {fault}', "base_url")
    if key_variable is not None and not (key_variable.isascii() and key_variable.isidentifier()):
        table.fault('"key_variable" must be the name of an environment variable, never a key', "key_variable")
    host = Host(
        name=name,
        title=table.text("title"),
        base_url=base_url and base_url.rstrip("/"),
        key_variable=key_variable,
        region=table.text("region") or None,
    )
    lent = Served(
        wire_id="",
        limits=_read_limits(table, Limits()),
        habits=_read_habits(table, Habits()),
        region=host.region,
    )
    table.finish()
    return host, lent


def _read_model(name: str, table: Table, hosts: Mapping[str, Served]) -> Model:
    if fault := _name_fault(name):
        table.fault(f'model name "{name}" {fault}')
    habits = _read_habits(table, Habits())
    served = {}
    for host, at_host in table.tables("hosts").items():
        if host not in hosts:
            at_host.fault(f'unknown host "{host}"{hint(host, hosts)}')
        lent = hosts.get(host, Served(wire_id=""))
        served[host] = _read_served(name, at_host, replace(lent, habits=_fold_habits(lent.habits, habits)))
    modalities = table.texts("modalities", required=True)
    for modality in modalities:
        if modality not in MODALITIES:
            table.fault(f'unknown modality "{modality}"{hint(modality, MODALITIES)}', "modalities")
    model = Model(
        name=name,
        family=table.text("family", required=True),
        vendor=table.text("vendor"),
        modalities=modalities,
        context=table.integer("context"),
        habits=habits,
        hosts=served,
    )
    table.finish()
    return model


def _read_served(name: str, table: Table, lent: Served) -> Served:
    served = Served(
        wire_id=table.text("wire_id") or name,
        prices=Prices(
            input_usd_per_mtok=table.money("input_usd_per_mtok"),
            output_usd_per_mtok=table.money("output_usd_per_mtok"),
        ),
        limits=_read_limits(table, lent.limits),
        habits=_read_habits(table, lent.habits),
        region=table.text("region") or lent.region,
    )
    table.finish()
    return served


def _read_limits(table: Table, lent: Limits) -> Limits:
    own = table.table("limits")
    if own is None:
        return lent
    limits = Limits(
        requests_per_minute=own.integer("requests_per_minute") or lent.requests_per_minute,
        tokens_per_minute=own.integer("tokens_per_minute") or lent.tokens_per_minute,
        concurrency=own.integer("concurrency") or lent.concurrency,
    )
    own.finish()
    return limits


def _read_habits(table: Table, lent: Habits) -> Habits:
    own = table.table("habits")
    if own is None:
        return lent
    fixed = own.number("fixed_temperature")
    flags = {name: own.flag(name) for name in ("stream_only", "json_mode", "accepts_seed")}
    habits = replace(
        lent,
        fixed_temperature=lent.fixed_temperature if fixed is None else fixed,
        never_retry=tuple(dict.fromkeys(lent.never_retry + own.texts("never_retry"))),
        **{name: flag for name, flag in flags.items() if flag is not None},
    )
    own.finish()
    return habits


def _fold_habits(host: Habits, model: Habits) -> Habits:
    """A host's habits with a model's own on top: whatever departs from the plain wire at either holds."""
    return Habits(
        fixed_temperature=host.fixed_temperature if model.fixed_temperature is None else model.fixed_temperature,
        stream_only=host.stream_only or model.stream_only,
        json_mode=host.json_mode or model.json_mode,
        accepts_seed=host.accepts_seed and model.accepts_seed,
        never_retry=tuple(dict.fromkeys(host.never_retry + model.never_retry)),
    )


def _read_role(roles: Table | None, role: str, models: Mapping[str, Model]) -> tuple[str, ...]:
    names = roles.texts(role) if roles else ()
    for position, name in enumerate(names):
        assert roles is not None
        line = roles.file.line_of_text(("roles", role), name)
        if name not in models:
            roles.fault(f'{role}: unknown model "{name}"{hint(name, models)}', line=line)
        if name in names[:position]:
            roles.fault(f'{role}: "{name}" stands there twice', line=line)
    return names


def _name_fault(name: str) -> str | None:
    if not name or name != name.strip() or not name.isprintable() or len(name) > 200:
        return "must be a printable text of at most 200 characters without blanks around it"
    if "," in name:
        return "must hold no comma: --models separates names by it"
    if name.startswith(_RESERVED):
        return "starts with a word kept for controls, people and rules"
    return None


def _plain(value: Any) -> Any:
    """TOML values as JSON ones."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, int) else str(value)
