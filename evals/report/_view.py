"""What the renderers show, read once from scores.json, measured.json and run.json into typed rows.

Nothing is computed here that a reader could mistake for a result: values are taken over, ordered and named.
Rows for later figures that a file does not hold yet are simply absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from evals.records import RESPONSE_STATUSES, RULE_PREFIX, format_money

ALL_SUITES = "(all)"
"""Name of the rows over all suites; brackets cannot stand in a shipped suite's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share in 0..1 with its interval; every part may be unknown. `n` counts prompts."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    method: str = ""
    n: int = 0

    @classmethod
    def read(cls, record: Mapping[str, Any] | None) -> Rate:
        """From the `{value, low, high, level, method, n}` of scores.json; an absent one is all unknown."""
        record = record or {}
        known = {name: record[name] for name in ("value", "low", "high") if record.get(name) is not None}
        return cls(
            **{name: float(value) for name, value in known.items()},
            level=float(record.get("level") or 0.95),
            method=str(record.get("method") or ""),
            n=int(record.get("n") or 0),
        )

    @property
    def has_interval(self) -> bool:
        """True when value and both ends are known."""
        return None not in (self.value, self.low, self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model in one suite (or in all): counts are pair scores, `statuses` counts its answers.

    `score` is its mean score on the judge's scale over `scored` prompts, where judges score answers one at a time.
    `rank` is the best and the worst rank it can have; `equal_length` its win rate were all answers of one length;
    `each_suite_alike` that over several suites when every suite, not every prompt, weighs the same.
    """

    model: str
    rate: Rate
    bounds: tuple[float | None, float | None]
    wins: int
    ties: int
    losses: int
    judged: int
    planned: int
    top: Rate
    top_strict: Rate
    statuses: Mapping[str, int]
    score: float | None = None
    scored: int = 0
    rank: tuple[int, int] | None = None
    equal_length: Rate = field(default_factory=Rate)
    each_suite_alike: Rate = field(default_factory=Rate)

    @property
    def not_ok(self) -> int:
        """Answers of any status but `ok`."""
        return sum(count for status, count in self.statuses.items() if status != "ok")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """Two models compared; the rate is that of `first`."""

    first: str
    second: str
    rate: Rate
    wins: int
    ties: int
    losses: int
    judged: int
    planned: int
    flip_rate: float | None
    bounds: tuple[float | None, float | None] = (None, None)
    mde: float | None = None
    judges: tuple[str, ...] = ()
    p_adjusted: float | None = None
    n_to_settle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """Two models against the shared baseline: `value` is the mean of (first - second), both shares in 0..1."""

    first: str
    second: str
    value: float
    low: float | None
    high: float | None
    method: str
    p_adjusted: float | None = None
    mde: float | None = None
    n_to_settle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """One model's win rate in one category of a suite; `mark` where it is surely above or below one half."""

    category: str
    model: str
    rate: Rate
    judged: int
    planned: int
    mark: str = ""
    mde: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteView:
    """Everything about one suite; models stand in the order to show. `complete` False means no ranking here.

    `ranking`, `missing_test` and `sensitivity` are these parts of scores.json as they stand.
    """

    name: str
    complete: bool = True
    reasons: tuple[str, ...] = ()
    title: str = ""
    hash: str = ""
    version: str = ""
    license: str = ""
    definition: str = ""
    language: str = ""
    prompts: int = 0
    models: tuple[ModelRow, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    differences: tuple[DifferenceRow, ...] = ()
    top_sums: tuple[float | None, float | None] = (None, None)
    separability: tuple[int, int] | None = None
    ranking: Mapping[str, Any] | None = None
    missing_test: Mapping[str, Any] | None = None
    sensitivity: Mapping[str, int] | None = None
    categories: tuple[CategoryRow, ...] = ()
    category_titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """US dollars: known part, what is missing from it, and whether the prices are invented."""

    known: Decimal | None
    unknown: tuple[str, ...] = ()
    invented: bool = False

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Money:
        """From the cost fields of measured.json."""
        invented = bool(record.get("invented_prices"))
        if record.get("cost_usd") is not None:
            return cls(known=Decimal(str(record["cost_usd"])), invented=invented)
        least = record.get("cost_at_least_usd")
        unknown = tuple(str(part) for part in record.get("cost_unknown") or ("price",))
        return cls(known=None if least is None else Decimal(str(least)), unknown=unknown, invented=invented)

    @property
    def usd(self) -> str | None:
        """The whole cost as a plain decimal, or None when a part of it is unknown."""
        return None if self.unknown or self.known is None else format_money(self.known)

    @property
    def note(self) -> str:
        """What the bare figure does not say: "", "input price unknown", "invented prices"."""
        parts = [f"{', '.join(self.unknown)} unknown"] if self.unknown else []
        return "; ".join([*parts, "invented prices"] if self.invented else parts)

    def __str__(self) -> str:
        """In full, as the contract prints it: `0.0123`, `>= 0.0123 (input price unknown)`."""
        figure = format_money(self.known or Decimal(0))
        figure = f">= {figure}" if self.unknown else figure
        return f"{figure} ({self.note})" if self.note else figure

    @property
    def short(self) -> str:
        """For a table cell: three significant digits, `>=` and a mark for invented prices."""
        if self.known is None:
            return "unknown"
        figure = _significant(self.known)
        return f"{'>=' if self.unknown else ''}{figure}{'*' if self.invented else ''}"


def _significant(amount: Decimal) -> str:
    if amount == 0:
        return "0"
    digits = max(2 - amount.adjusted(), 2 if amount >= 1 else 0)
    return f"{amount:.{min(digits, 9)}f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRow:
    """What the calls to one model in one role, "candidate" or "judge", cost and how long they took, in seconds."""

    model: str
    role: str
    cost: Money
    latency: Mapping[str, float]
    calls: int | None = None
    attempts: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    served: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """A stage of the run: calls and likely cost as planned (`at_most`: fewer may do), calls made and their cost."""

    stage: str
    planned_calls: int
    at_most: bool
    planned_cost: Money
    calls: int
    cost: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One run, ready to be shown. `complete` False means: no ranking, and the suites' `reasons` say why.

    `best` is that part of scores.json as it stands, None unless the run looked for the best model.
    `routing` is that part of measured.json as it stands, None where it has none.
    `checks` is that part of scores.json as it stands, None when no prompt carries a check; so are `pairs`, `panel` and
    `biases` in `judging`.
    `verdicts` counts the planned verdicts by what became of them, `by_checks` the pair scores that checks decided.
    `flips` are order flips and the prompts and pairs they are of; `first_shown` is the share of decisive verdicts that
    named the answer shown first (0.5: no bias).
    """

    run_id: str
    simulated: bool
    complete: bool
    judged: int
    planned: int
    max_missing: float
    suites: tuple[SuiteView, ...]
    overall: SuiteView
    measured: tuple[MeasuredRow, ...]
    measured_by_suite: Mapping[str, Mapping[str, MeasuredRow]]
    total: Money
    stages: tuple[StageRow, ...]
    judges: tuple[str, ...]
    weights: Mapping[str, float]
    warnings: tuple[str, ...]
    controls: tuple[Mapping[str, Any], ...]
    wall_s: float | None = None
    unknown_outcomes: int = 0
    baseline: str | None = None
    verdicts: Mapping[str, int] = field(default_factory=dict)
    flips: tuple[int, int] = (0, 0)
    first_shown: float | None = None
    by_checks: int = 0
    checks: Mapping[str, Any] | None = None
    best: Mapping[str, Any] | None = None
    judging: Mapping[str, Any] = field(default_factory=dict)
    routing: Mapping[str, Any] | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def answering(self, model: str, suite: str) -> MeasuredRow | None:
        """What a candidate's answers to a suite (`ALL_SUITES`: to all) took; None for a model that gave none."""
        if suite != ALL_SUITES:
            return self.measured_by_suite.get(suite, {}).get(model)
        return next((row for row in self.measured if row.model == model and row.role == "candidate"), None)

    @property
    def shown_suites(self) -> tuple[SuiteView, ...]:
        """The suites, and after several of them the table over all."""
        return (*self.suites, self.overall) if len(self.suites) > 1 else self.suites


def read_view(scores: Mapping[str, Any], measured: Mapping[str, Any], manifest: Mapping[str, Any]) -> View:
    """Take the three files over. Raises KeyError on scores of another shape.

    Nothing is read from the manifest that changes when a run is closed, so that a report can be rebuilt later.
    """
    coverage, plan = scores.get("coverage") or {}, manifest.get("plan") or {}
    judged, planned = int(coverage.get("judged") or 0), int(coverage.get("planned") or 0)
    facts = {str(suite.get("name")): suite for suite in manifest.get("suites") or ()}
    rows = tuple(
        _measured_row(name, role, record.get(f"as_{role}") or record)
        for role in ("candidate", "judge")
        for name, record in sorted((measured.get("models") or {}).items())
        if role in record["role"]
    )
    max_missing = float(coverage.get("max_missing") or 0.0)
    complete = bool(coverage.get("complete", judged == planned))
    suites = tuple(
        _suite(record, facts.get(str(record["suite"]), {}), complete, max_missing) for record in scores["suites"]
    )
    overall = _suite({**scores, "suite": ALL_SUITES}, {}, complete, max_missing)
    return View(
        run_id=str(manifest.get("run_id") or measured.get("run_id") or ""),
        simulated=bool(scores.get("simulated") or manifest.get("simulated")),
        complete=complete,
        judged=judged,
        planned=planned,
        max_missing=max_missing,
        suites=suites,
        overall=replace(overall, prompts=sum(suite.prompts for suite in suites)),
        measured=rows,
        measured_by_suite={
            suite: {name: _measured_row(name, "candidate", record) for name, record in answers.items()}
            for suite, answers in (measured.get("suites") or {}).items()
        },
        total=_total(measured, rows),
        stages=tuple(_stage_row(record) for record in measured.get("stages") or ()),
        judges=_judges(plan, rows),
        weights=(scores.get("settings") or {}).get("weights") or {},
        warnings=tuple(_sentence(warning) for warning in scores.get("warnings") or ()),
        controls=tuple(scores.get("controls") or ()),
        wall_s=measured.get("wall_s"),
        unknown_outcomes=int(measured.get("unknown_outcomes") or 0),
        baseline=(scores.get("settings") or {}).get("baseline") or plan.get("baseline"),
        verdicts=coverage.get("verdicts") or {},
        flips=(int(coverage.get("flips") or 0), int(coverage.get("flips_of") or 0)),
        first_shown=coverage.get("first_shown_share"),
        by_checks=int(coverage.get("by_checks") or 0),
        checks=scores.get("checks"),
        best=scores.get("best"),
        judging={name: scores.get(name) for name in ("pairs", "panel", "biases")},
        routing=measured.get("routing"),
        manifest=manifest,
    )


def _suite(record: Mapping[str, Any], facts: Mapping[str, Any], run_complete: bool, max_missing: float) -> SuiteView:
    models = [_model_row(row) for row in record.get("models") or ()]
    # A run that misses too much ranks nobody, not even in a suite that came through whole.
    complete = run_complete and bool(record.get("complete", True))
    if complete:  # without a ranking the order of the plan stands
        models.sort(key=lambda row: (-(row.rate.value if row.rate.value is not None else -1.0), row.model))
    prompts = record.get("prompts", facts.get("prompts"))
    top = record.get("top") or {}
    return SuiteView(
        name=str(record["suite"]),
        complete=complete,
        reasons=() if complete else _reasons(models, max_missing),
        hash=str(record.get("hash") or ""),
        definition=str(record.get("definition") or ""),
        title=str(facts.get("title") or ""),
        version=str(facts.get("version") or ""),
        license=str(facts.get("license") or ""),
        language=str(facts.get("language") or ""),
        prompts=prompts if isinstance(prompts, int) else max((row.rate.n for row in models), default=0),
        models=tuple(models),
        pairs=tuple(_pair_row(row) for row in record.get("pairs") or ()),
        differences=tuple(_difference_rows(record.get("differences") or ())),
        top_sums=(top.get("sum"), top.get("sum_strict")),
        separability=_separability(record.get("separability")),
        ranking=record.get("ranking"),
        missing_test=record.get("missing_test"),
        sensitivity=record.get("sensitivity"),
        categories=tuple(_category_rows(record.get("categories") or ())),
        category_titles={str(name): str(title) for name, title in (facts.get("categories") or {}).items()},
    )


def _separability(record: Mapping[str, int] | None) -> tuple[int, int] | None:
    """Pairs of models whose intervals do not overlap, of all pairs."""
    return (record["apart"], record["pairs"]) if record and record["pairs"] else None


def _model_row(record: Mapping[str, Any]) -> ModelRow:
    statuses = record.get("responses") or {}
    scores = record.get("scores") or {}
    return ModelRow(
        model=str(record["model"]),
        rate=Rate.read(record.get("win_rate")),
        bounds=_bounds(record),
        wins=int(record["wins"]),
        ties=int(record["ties"]),
        losses=int(record["losses"]),
        judged=int(record["judged"]),
        planned=int(record["planned"]),
        top=Rate.read(record.get("top_share")),
        top_strict=Rate.read(record.get("top_share_strict")),
        score=scores.get("mean"),
        scored=int(scores.get("n") or 0),
        rank=(rank["low"], rank["high"]) if (rank := record.get("rank")) else None,
        equal_length=Rate.read(record.get("length_controlled")),
        each_suite_alike=Rate.read(record.get("stratified")),
        statuses={status: int(statuses.get(status) or 0) for status in (*RESPONSE_STATUSES, *_extra(statuses))},
    )


def _bounds(record: Mapping[str, Any]) -> tuple[float | None, float | None]:
    bounds = record.get("win_rate_bounds") or {}
    return bounds.get("low"), bounds.get("high")


def _extra(statuses: Mapping[str, Any]) -> list[str]:
    return sorted(set(statuses) - set(RESPONSE_STATUSES))


def _pair_row(record: Mapping[str, Any]) -> PairRow:
    return PairRow(
        first=str(record["first"]),
        second=str(record["second"]),
        rate=Rate.read(record.get("win_rate")),
        wins=int(record["wins"]),
        ties=int(record["ties"]),
        losses=int(record["losses"]),
        judged=int(record["judged"]),
        planned=int(record["planned"]),
        flip_rate=record.get("flip_rate"),
        bounds=_bounds(record),
        mde=record.get("mde"),
        p_adjusted=record.get("p_adjusted"),
        n_to_settle=record.get("n_to_settle"),
        judges=tuple(str(judge) for judge in record.get("judges") or ()),
    )


def _difference_rows(records: Sequence[Mapping[str, Any]]) -> list[DifferenceRow]:
    return [
        DifferenceRow(
            first=str(record["first"]),
            second=str(record["second"]),
            value=float(found["value"]),
            low=found.get("low"),
            high=found.get("high"),
            method=str(found.get("method") or ""),
            p_adjusted=record.get("p_adjusted"),
            mde=record.get("mde"),
            n_to_settle=record.get("n_to_settle"),
        )
        for record in records
        if (found := record.get("difference")) is not None
    ]


def _category_rows(records: Sequence[Mapping[str, Any]]) -> list[CategoryRow]:
    """One row per category and model, whether the models are nested in the category or named in each record."""
    nested = [(record.get("category"), row) for record in records for row in record.get("models") or (record,)]
    return [
        CategoryRow(
            category=str(category or ""),
            model=str(row["model"]),
            rate=Rate.read(row.get("win_rate")),
            judged=int(row.get("judged") or 0),
            planned=int(row.get("planned") or 0),
            mark={"above": "▲", "below": "▼"}.get(str(row.get("mark")), ""),
            mde=row.get("mde"),
        )
        for category, row in nested
        if "model" in row
    ]


def _measured_row(name: str, role: str, record: Mapping[str, Any]) -> MeasuredRow:
    latency = record.get("latency_s") or {}
    counts = {key: record.get(key) for key in ("calls", "attempts", "prompt_tokens", "completion_tokens")}
    return MeasuredRow(
        model=name,
        role=role,
        cost=Money.read(record),
        latency={key: float(value) for key, value in latency.items() if value is not None},
        served=tuple(str(served) for served in record.get("served_model") or ()),
        fingerprints=tuple(str(value) for value in record.get("fingerprint") or ()),
        **counts,
    )


def _stage_row(record: Mapping[str, Any]) -> StageRow:
    return StageRow(
        stage=str(record["stage"]),
        planned_calls=int(record["planned_calls"]),
        at_most=bool(record["at_most_calls"]),
        planned_cost=Money.read(record["planned"]),
        calls=int(record["calls"]),
        cost=Money.read(record),
    )


def _total(measured: Mapping[str, Any], rows: Sequence[MeasuredRow]) -> Money:
    total = dict(measured.get("total") or {})
    total.setdefault("invented_prices", any(row.cost.invented for row in rows))
    return Money.read(total)


def _judges(plan: Mapping[str, Any], rows: Sequence[MeasuredRow]) -> tuple[str, ...]:
    """The judges whose verdicts count, in the order the plan first names them."""
    planned = [judge for pair in plan.get("pairs") or () for judge in pair.get("judges") or ()]
    named = planned or [row.model for row in rows if row.role == "judge"]
    return tuple(dict.fromkeys(judge for judge in named if not judge.startswith(RULE_PREFIX)))


def _reasons(models: Sequence[ModelRow], max_missing: float) -> tuple[str, ...]:
    """For each model that misses more than the limit what it misses, the worst first."""
    short = [row for row in models if row.planned and row.planned - row.judged > max_missing * row.planned]
    short.sort(key=lambda row: (row.judged / row.planned, row.model))
    return tuple(
        f"{row.model} misses {row.planned - row.judged} of {row.planned} scores "
        f"({100 * (1 - row.judged / row.planned):.1f} %)"
        for row in short
    ) or (() if any(row.planned for row in models) else ("nothing was planned",))


def _sentence(warning: Any) -> str:
    """A warning is a sentence, or an object with its sentence under `message`."""
    if isinstance(warning, Mapping):
        return str(warning.get("message") or warning.get("text") or dict(warning))
    return str(warning)
