"""From what the user asked to what will be done: suites, models, who judges whom, and who answers the calls.

Everything that can be known to fail is found here, before the first call is paid.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from evals.catalog import Catalog, Endpoint, load_catalog
from evals.checks import is_objective
from evals.importers import read_judgments, read_responses
from evals.library import Definition, load_definition, load_suite
from evals.recorded import are_scores, recorded_number, recorded_pairs
from evals.records import (
    CONTROL_PREFIX,
    Judgment,
    Plan,
    PlannedPair,
    PlannedSuite,
    Response,
    Suite,
    UsageError,
    content_hash,
)

TEMPLATE = "template"
"""The tag of a prompt that was made from a template: its other tags say from which."""
_HEAVIEST = 1_000.0
"""A judge's weight lies between this and its inverse: sums of weights stay exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of `run` that decide what happens; stored in `run.json` so that a resume needs only the run's id."""

    suite: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    judge: tuple[str, ...] = ()
    definition: str | None = None
    panel: int = 1
    repeats: int = 1
    baseline: str | None = None
    limit: int | None = None
    samples: int = 1
    concurrency: int = 64
    budget_usd: str | None = None
    max_missing: float = 0.02
    noise_check: float = 0.0
    seed: int = 0
    catalog: str | None = None
    base_url: str | None = None
    responses: tuple[str, ...] = ()
    judgments: tuple[str, ...] = ()
    preset: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    simulate: bool = False
    unsafe_local_exec: bool = False
    controls: int = 10
    find_best: bool = False
    trust_checks: bool = False
    calibrate: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values for `run.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Settings:
        """Inverse of `to_json`; unknown names of a later version are left out."""
        known: dict[str, Any] = {item.name: record[item.name] for item in fields(cls) if item.name in record}
        for name, value in known.items():
            known[name] = tuple(value) if isinstance(value, list) else value
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How far a search for the best model is: so many prompts in its order, and after how many a model was dropped.

    Control arms wait for the `last` one, whose answers they are put up against.
    """

    prompts: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A run that is ready to start. `endpoints` is empty when the embedded simulator is to answer (`simulate`)."""

    settings: Settings
    catalog: Catalog
    suites: tuple[Suite, ...]
    definitions: Mapping[str, Definition]
    plan: Plan
    endpoints: Mapping[str, Endpoint]
    callers: tuple[str, ...]
    simulate: bool
    responses: tuple[Response, ...] = ()
    judgments: tuple[Judgment, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges that will be called, in order."""
        if self.plan.orders == "recorded":
            return ()
        return tuple(dict.fromkeys(judge for pair in self.plan.pairs for judge in pair.judges))


def prepare(
    settings: Settings, *, env: Mapping[str, str], resumed: Mapping[str, Any] | None = None, now: Round | None = None
) -> Prepared:
    """Resolve the settings. `resumed` is the `run.json` of the run that is taken up again.

    `now` is where a search for the best model stands; without it, where a resumed one stood, and all it may ask of one
    that is new.

    Raises UsageError (or InputError) for everything that is wrong with the input; no call is made.
    """
    _check_settings(settings)
    if resumed is not None:
        _refuse_another_run(settings, Settings.from_json(resumed["settings"]))
    catalog = load_catalog(Path(settings.catalog) if settings.catalog else None)
    suites = tuple(_load_suite(spec, settings) for spec in settings.suite)
    _refuse_twins(suites)
    cap = len(suites[0].prompts) if settings.find_best else None
    if settings.find_best:
        now = now or _stored_round(resumed) or Round(prompts=len(suites[0].prompts), last=True)
        suites = (_shuffled(suites[0], settings.seed, now.prompts),)
    responses = _recorded_responses(settings, suites)
    judgments = _recorded_judgments(settings, suites)
    models = _models(settings, catalog, responses, judgments)
    notes: list[str] = []
    if judgments:
        pairs = recorded_pairs(judgments, models, baseline=settings.baseline, files=settings.judgments)
        definitions: dict[str, Definition] = {}
        weights: dict[str, float] = {}
    else:
        weights = _weights(settings, catalog)
        judges = tuple(weights) or catalog.judges
        pairs = _pairs(models, judges, settings, catalog, notes)
        definitions = {suite.name: load_definition(settings.definition or suite.definition) for suite in suites}
        _refuse_without_criteria(suites, definitions)
        if settings.trust_checks:
            _refuse_without_pairs(definitions)
            notes += _without_objective(suites)
    judging = tuple(dict.fromkeys(judge for pair in pairs for judge in pair.judges)) if not judgments else ()
    callers = tuple(dict.fromkeys((*_models_to_ask(models, suites, responses, settings), *judging)))
    endpoints, simulate = reach(callers, settings, catalog, env, resumed)
    _refuse_mixed(callers, models, responses, simulate=simulate)
    plan = Plan(
        suites=tuple(_planned_suite(suite, definitions, judgments) for suite in suites),
        models=models,
        pairs=pairs,
        samples=recorded_number(judgments, "sample") if judgments else settings.samples,
        repeats=recorded_number(judgments, "repeat") if judgments else settings.repeats,
        orders="recorded" if judgments else "both",
        baseline=settings.baseline,
        controls=0 if judgments or (now is not None and not now.last) else settings.controls,
        seed=settings.seed,
        simulated=simulate and bool(callers),
        max_missing=settings.max_missing,
        noise_check=0.0 if judgments else settings.noise_check,
        trust_checks=settings.trust_checks,
        weights=weights if set(weights.values()) - {1.0} else {},
        cap=cap,
        dropped={} if now is None else now.dropped,
    )
    return Prepared(
        settings=settings,
        catalog=catalog,
        suites=suites,
        definitions=definitions,
        plan=plan,
        endpoints=endpoints,
        callers=callers,
        simulate=plan.simulated,
        responses=responses,
        judgments=judgments,
        notes=tuple(notes),
    )


def budget(settings: Settings, catalog: Catalog, endpoints: Mapping[str, Endpoint]) -> Decimal | None:
    """The spending cap, or None. Raises UsageError for no amount, and naming the line of a price that is missing."""
    if settings.budget_usd is None:
        return None
    _refuse_no_money(settings.budget_usd)
    unpriced = [
        f"{catalog.price_line(name, endpoint.host)}: {name} has no complete price"
        for name, endpoint in endpoints.items()
        if endpoint.prices.input_usd_per_mtok is None or endpoint.prices.output_usd_per_mtok is None
    ]
    if unpriced:
        lines = "\n".join(unpriced)
        raise UsageError(
            f"--budget-usd cannot be kept without prices; fill in input_usd_per_mtok and output_usd_per_mtok:\n{lines}"
        )
    return Decimal(settings.budget_usd)


# --------------------------------------------------------------------------------------------- input
def _check_settings(settings: Settings) -> None:
    if not settings.suite:
        raise UsageError("no suite named; choose one with --suite (see: python -m evals suites)")
    if settings.judgments and settings.judge:
        raise UsageError(
            "--judgments brings recorded verdicts; leave out --judge, or leave out --judgments to judge anew"
        )
    if settings.judgments and settings.trust_checks:
        raise UsageError("--trust-checks spares calls of judges, and with --judgments none is called; leave one out")
    for name in ("panel", "repeats", "samples", "concurrency"):
        if getattr(settings, name) < 1:
            raise UsageError(f"--{name} must be at least 1")
    if settings.find_best and (len(settings.suite) != 1 or settings.judgments):
        raise UsageError("--find-best asks one suite in an order of its own: name one --suite, and no --judgments")
    if settings.controls < 0:
        raise UsageError("--controls is a number of prompts, 0 for none")
    if settings.limit is not None and settings.limit < 1:
        raise UsageError("--limit must be at least 1")
    for name in ("max_missing", "noise_check"):
        if not 0 <= getattr(settings, name) <= 1:
            raise UsageError(f"--{name.replace('_', '-')} is a share between 0 and 1")
    if settings.budget_usd is not None:
        _refuse_no_money(settings.budget_usd)


def _refuse_no_money(text: str) -> None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and amount > 0):
        raise UsageError(f'--budget-usd wants an amount of dollars above 0, such as 2.50, not "{text}"')


def _refuse_another_run(settings: Settings, before: Settings) -> None:
    """A run id names one experiment: it may ask more of it, never something else under its name."""
    left_out = [suite for suite in before.suite if suite not in settings.suite]
    if left_out:
        raise UsageError(
            f"this run asks --suite {','.join(before.suite)}; for --suite {','.join(settings.suite)} alone start "
            "another run (leave out --run-id, or give a new one)"
        )
    if settings.find_best != before.find_best:
        raise UsageError("a run that looks for the best model stays one, and no other becomes one; start another run")
    if settings.seed != before.seed:
        raise UsageError(
            f"this run was started with --seed {before.seed}; start another run for --seed {settings.seed}"
        )


def _load_suite(spec: str, settings: Settings) -> Suite:
    columns = settings.map or None
    if settings.preset:
        return load_suite(spec if spec != settings.preset else "", preset=settings.preset, limit=settings.limit)
    return load_suite(spec, column_map=columns, limit=settings.limit)


def _stored_round(resumed: Mapping[str, Any] | None) -> Round | None:
    if resumed is None:
        return None
    plan = resumed["plan"]
    return Round(prompts=len(plan["suites"][0]["prompt_ids"]), dropped=plan["dropped"], last=True)


def _shuffled(suite: Suite, seed: int, count: int) -> Suite:
    """The first prompts of a suite in the order the seed gives them; prompts of one family follow each other."""
    families = _families(suite) or ("",) * len(suite.prompts)
    order = sorted(
        zip(suite.prompts, families, strict=True),
        key=lambda one: (content_hash([seed, one[1] or one[0].id]), content_hash([seed, one[0].id])),
    )
    return replace(suite, prompts=tuple(prompt for prompt, _ in order[:count]))


def _refuse_twins(suites: Sequence[Suite]) -> None:
    seen: set[str] = set()
    for suite in suites:
        if suite.name in seen:
            raise UsageError(f'suite "{suite.name}" is named twice')
        seen.add(suite.name)


def _recorded_responses(settings: Settings, suites: Sequence[Suite]) -> tuple[Response, ...]:
    if not settings.responses:
        return ()
    return tuple(read_responses(settings.responses, suites, preset=settings.preset, column_map=settings.map))


def _recorded_judgments(settings: Settings, suites: Sequence[Suite]) -> tuple[Judgment, ...]:
    if not settings.judgments:
        return ()
    found = read_judgments(
        settings.judgments, suites, preset=settings.preset, column_map=settings.map, responses=settings.responses
    )
    judgments = tuple(found)
    if not judgments:
        raise UsageError(f"no verdict in {', '.join(settings.judgments)}")
    return judgments


def _refuse_without_criteria(suites: Sequence[Suite], definitions: Mapping[str, Definition]) -> None:
    for suite in suites:
        bare = [prompt.id for prompt in suite.prompts if not prompt.rubric]
        if bare and definitions[suite.name].kind == "checklist":
            raise UsageError(
                f"{definitions[suite.name].name} judges by the criteria of each prompt, and {len(bare)} of "
                f'{len(suite.prompts)} prompts of {suite.name} have none (first: "{bare[0]}"); give them a "rubric", '
                "or choose another --definition (see: python -m evals judges)"
            )


def _refuse_without_pairs(definitions: Mapping[str, Definition]) -> None:
    for suite, definition in definitions.items():
        if definition.alone:
            raise UsageError(
                f"--trust-checks spares comparisons of two answers, and {definition.name} (for {suite}) scores every "
                "answer by itself; choose a pairwise --definition (see: python -m evals judges)"
            )


def _without_objective(suites: Sequence[Suite]) -> list[str]:
    return [
        f"--trust-checks changes nothing for {suite.name}: no prompt's checks tell a right result from a wrong one"
        for suite in suites
        if not any(is_objective(prompt.checks) for prompt in suite.prompts)
    ]


# --------------------------------------------------------------------------------------------- models
def _models(
    settings: Settings, catalog: Catalog, responses: Sequence[Response], judgments: Sequence[Judgment]
) -> tuple[str, ...]:
    if settings.models:
        models = tuple(dict.fromkeys(settings.models))
    elif responses or judgments:
        answered = [response.model for response in responses]
        shown = [name for judgment in judgments for name in (judgment.first, judgment.second) if name]
        models = tuple(name for name in dict.fromkeys(answered + shown) if not name.startswith(CONTROL_PREFIX))
    else:
        models = catalog.candidates
    if settings.baseline and settings.baseline not in models:
        if not settings.models:
            return (*models, settings.baseline)
        raise UsageError(f'--baseline "{settings.baseline}" is not among --models {", ".join(models)}')
    if len(models) < 2 + bool(settings.find_best and settings.baseline):
        raise UsageError("a comparison needs at least two models; name them with --models a,b")
    return models


def _models_to_ask(
    models: Sequence[str], suites: Sequence[Suite], responses: Sequence[Response], settings: Settings
) -> list[str]:
    if settings.judgments:
        return []  # the recorded verdicts are the plan: an answer they lack would serve nothing
    have = {(response.suite, response.prompt_id, response.model, response.sample) for response in responses}
    wanted = [(suite.name, prompt.id) for suite in suites for prompt in suite.prompts]
    return [
        model
        for model in models
        if any((*place, model, sample) not in have for place in wanted for sample in range(settings.samples))
    ]


def reach(
    callers: Sequence[str],
    settings: Settings,
    catalog: Catalog,
    env: Mapping[str, str],
    resumed: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Endpoint], bool]:
    """The endpoints of everyone to be called, or (nothing, True) when the embedded simulator takes all calls.

    Raises UsageError for unknown names, and when some can be reached and others cannot.
    """
    if not callers:
        return {}, False
    was_simulated = None if resumed is None else bool(resumed["plan"]["simulated"])
    if not (settings.simulate or was_simulated):
        found = catalog.endpoints(callers, base_url=settings.base_url, env=env)
        if found.endpoints and not found.unreachable:
            return dict(found.endpoints), False
        _refuse_unknown(found.unreachable, catalog)
        if found.endpoints:
            raise UsageError(_unreachable(found.unreachable, catalog))
        if was_simulated is False:
            raise UsageError(
                "this run was made against real models and nothing is reachable now; set EVALS_BASE_URL and "
                "EVALS_API_KEY (the simulator is never mixed in)"
            )
    elif was_simulated is False:
        raise UsageError("this run was made against real models; start another run for --simulate")
    elif settings.base_url and not settings.simulate:
        raise UsageError("this run was simulated, and that is never mixed; start another run for --base-url")
    _refuse_unknown(callers, catalog)
    return {}, True


def _refuse_unknown(names: Iterable[str], catalog: Catalog) -> None:
    lines = []
    for name in names:
        if name not in catalog.models:
            near = catalog.suggest(name)
            lines.append(f'unknown model "{name}"' + (f'; did you mean "{near}"?' if near else ""))
    if lines:
        raise UsageError("\n".join([*lines, "a model outside the catalog needs --base-url (see: evals models)"]))


def _unreachable(names: Sequence[str], catalog: Catalog) -> str:
    lines = []
    for name in names:
        variables = [catalog.hosts[host].key_variable for host in catalog.models[name].hosts if host in catalog.hosts]
        lines.append(f"  {name}: set {' or '.join(v for v in variables if v)}")
    return (
        "some models cannot be reached, and the simulator is never mixed in:\n"
        + "\n".join(lines)
        + "\nor set EVALS_BASE_URL for one gateway to all, choose others with --models and --judge, or type --simulate"
    )


def _refuse_mixed(
    callers: Sequence[str], models: Sequence[str], responses: Sequence[Response], *, simulate: bool
) -> None:
    if not (simulate and responses):
        return
    missing = [model for model in models if model in callers]
    if missing:
        raise UsageError(
            f"recorded answers are missing for {', '.join(missing)}, and invented ones are never mixed with recorded "
            "ones; supply them with --responses, or leave these models out with --models"
        )


# --------------------------------------------------------------------------------------------- pairs
def _pairs(
    models: Sequence[str], judges: Sequence[str], settings: Settings, catalog: Catalog, notes: list[str]
) -> tuple[PlannedPair, ...]:
    """All pairs, or those with the baseline, each with its judges: the first K of families on neither side."""
    unknown = [name for name in dict.fromkeys((*models, *judges)) if catalog.family(name) is None]
    if unknown:
        notes.append(
            f"the family of {', '.join(unknown)} is unknown, so a relative may sit in judgment; add it to the catalog"
        )
    if settings.baseline:
        couples = [(model, settings.baseline) for model in models if model != settings.baseline]
    else:
        couples = list(itertools.combinations(models, 2))
    pairs, stuck = [], []
    for first, second in couples:
        sides = {first, second, catalog.family(first), catalog.family(second)} - {None}
        fit = [judge for judge in judges if judge not in sides and catalog.family(judge) not in sides]
        if len(fit) < settings.panel:
            stuck.append(f"{first} v {second}")
        pairs.append(PlannedPair(first=first, second=second, judges=tuple(fit[: settings.panel])))
    if stuck:
        raise UsageError(
            f"not enough judges of another family for: {'; '.join(stuck)}\n"
            f"the judges are {', '.join(judges)}; no family judges itself, so name more with --judge A,B"
        )
    return tuple(pairs)


def _weights(settings: Settings, catalog: Catalog) -> dict[str, float]:
    """The judges as typed, each with its weight: `NAME`, which counts 1, or `NAME=WEIGHT`."""
    found: dict[str, float] = {}
    for word in settings.judge:
        name, equals, weight = word.rpartition("=")
        if not equals or word in catalog.models:
            found[word] = 1.0
            continue
        try:
            found[name] = float(weight)
        except ValueError:
            found[name] = math.nan
        if not (name and 1.0 / _HEAVIEST <= found[name] <= _HEAVIEST):
            raise UsageError(
                f"--judge {word}: a weight is a number from {1.0 / _HEAVIEST:g} to {_HEAVIEST:g}, such as "
                f'"{name or "NAME"}=2"'
            )
    if settings.panel == 1 and set(found.values()) - {1.0}:
        raise UsageError("weights of --judge count where several judges judge a pair; add --panel 2 or more")
    return found


def _planned_suite(suite: Suite, definitions: Mapping[str, Definition], judgments: Sequence[Judgment]) -> PlannedSuite:
    definition = definitions.get(suite.name)
    label = definition.label if definition else next((j.definition for j in judgments if j.suite == suite.name), "")
    return PlannedSuite(
        name=suite.name,
        hash=suite.hash,
        definition=label,
        prompt_ids=tuple(prompt.id for prompt in suite.prompts),
        categories=tuple(prompt.category for prompt in suite.prompts),
        alone=definition.alone if definition else are_scores(suite.name, judgments),
        checked=tuple(prompt.id for prompt in suite.prompts if prompt.checks),
        families=_families(suite),
    )


def _families(suite: Suite) -> tuple[str, ...]:
    """Each prompt's family, "" for one of its own; nothing when there are none.

    Prompts tagged "template" are made from one, which the other tags name within their category.
    """
    names = tuple(
        ":".join([prompt.category, *(tag for tag in prompt.tags if tag != TEMPLATE)]) if TEMPLATE in prompt.tags else ""
        for prompt in suite.prompts
    )
    return names if any(names) else ()


def simulated_endpoints(prepared: Prepared, base_url: str, prices: Mapping[str, Any]) -> dict[str, Endpoint]:
    """The endpoints of a simulated run: every caller at the embedded gateway, at invented prices."""
    return at_simulator(prepared.catalog, prepared.callers, base_url, prices)


def at_simulator(
    catalog: Catalog, names: Sequence[str], base_url: str, prices: Mapping[str, Any]
) -> dict[str, Endpoint]:
    """These models as endpoints of the embedded gateway, at invented prices."""
    found = catalog.endpoints(names, base_url=base_url, env={})
    return {name: replace(endpoint, prices=prices[name]) for name, endpoint in found.endpoints.items()}
